"""A text in N parts, one for each rank, and one vocabulary for all of them.

Files are cut by bytes, at the ends of lines: of a text of B bytes rank r has the lines that begin in

    [r B / N, (r + 1) B / N)

so each rank reads its part alone, once.  A packed file cannot be read from its middle: it belongs to one rank
whole.  Names with ``{rank}`` are a file a rank: rank 2 reads part-2.txt for part-{rank}.txt.  Of lines, or
lists of words, each rank has the sentences [r S / N, (r + 1) S / N).

Parts in the order of the ranks are the text, so words in the order in which the text has them first are those
of rank 0, then the new ones of rank 1, and so on: the vocabulary is what one process gives.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...core.ranks import expect_same, together
from ...core.unpack import PACKED
from . import encode as encoding
from .again import readable_again
from .folder import files_in
from .stream import Corpus
from .token_ids import TokenIds
from .vocabulary import Vocabulary

OWN = "{rank}"  # in a file's name: the rank's number


class Part(NamedTuple):
    """Lines of a file: those that begin in the bytes from ``start`` to ``stop``."""

    path: Path
    start: int
    stop: int


class Shard(Corpus):
    """The sentences of some parts of files, otherwise as `Corpus`."""

    def __init__(self, corpus: Corpus, parts: list[Part]) -> None:
        super().__init__([part.path for part in parts], corpus.tokenise, corpus.errors, corpus.max_bytes)
        self.has_whole_lines, self.parts = corpus.has_whole_lines, parts

    def __iter__(self) -> Iterator[list[str]]:
        for path, start, stop in self.parts:
            yield from self._of_file(path, None if path.suffix in PACKED else (start, stop))


def shard(corpus: Any, comm: Any) -> Corpus:
    """The part of this rank; ``comm=None``: the whole.

    Parameters
    ----------
    corpus : Corpus, or what `Corpus` takes
        The same on all ranks.
    comm : mpi4py.MPI.Comm

    Raises
    ------
    RankError
        Files that are not as large on another rank as here.
    """
    whole = corpus if isinstance(corpus, Corpus) else Corpus(corpus)
    if comm is None:
        return whole
    with together(comm):
        source = readable_again(whole).source
        paths = _paths(source, comm.rank)
        sizes = [os.path.getsize(path) for path in paths or ()]
    if paths is None:
        return _some_sentences(whole, source, comm)
    if any(OWN in os.fspath(path) for path in _named(source)):
        return Shard(whole, [Part(path, 0, size) for path, size in zip(paths, sizes, strict=True)])
    expect_same(comm, sizes_of_the_text_in_bytes=sizes)
    return Shard(whole, parts(paths, sizes, comm.rank, comm.size))


def parts(paths: list[Path], sizes: list[int], rank: int, ranks: int) -> list[Part]:
    """What rank ``rank`` of ``ranks`` reads of some files.

    >>> parts([Path("a"), Path("b")], [60, 40], 1, 2)
    [Part(path=PosixPath('a'), start=50, stop=60), Part(path=PosixPath('b'), start=0, stop=40)]
    """
    total, begin, found = sum(sizes), 0, []
    first, last = total * rank // ranks, total * (rank + 1) // ranks
    for path, size in zip(paths, sizes, strict=True):
        start, stop = max(first - begin, 0), min(last - begin, size)
        if path.suffix in PACKED:  # whole, for the rank in whose bytes it begins
            start, stop = (0, size) if first <= begin < last else (0, 0)
        if start < stop:
            found.append(Part(path, start, stop))
        begin += size
    return found


def encode_shards(
    corpus: Any, min_count: int, max_vocab_size: int = encoding.MAX_WORDS, comm: Any = None
) -> tuple[Vocabulary, np.ndarray]:
    """The vocabulary of the whole text and the token ids of this rank's part, int32 (T,).

    As `encode`; with more than ``max_vocab_size`` words each rank forgets its own rarest, and so does rank 0
    when it puts them together.
    """
    if comm is None:
        return encoding.encode(corpus, min_count, max_vocab_size=max_vocab_size)
    own = shard(corpus, comm)
    with together(comm):
        found = encoding.number_words(own, min_count, max_vocab_size)
    counted = found.words, found.counts
    vocabulary = merged(counted, min_count, max_vocab_size, comm)
    target = TokenIds()
    with together(comm):
        found.write(vocabulary, target)
    return vocabulary, target.array()


def merged(
    counted: tuple[list[str], np.ndarray], min_count: int, max_vocab_size: int, comm: Any
) -> Vocabulary:
    """One vocabulary of what the ranks have counted: words in order of first occurrence, and their counts."""
    both: Vocabulary | None = None
    for rank in range(1, comm.size):  # one after the other: rank 0 holds one other's words at a time
        if comm.rank == rank:
            comm.send(counted, 0)
        elif comm.rank == 0:
            counted = _added(counted, comm.recv(source=rank), max_vocab_size)
    with together(comm):
        if comm.rank == 0:
            both = encoding.sorted_words(*counted, min_count)
    return comm.bcast(both)


def _added(
    ours: tuple[list[str], np.ndarray], theirs: tuple[list[str], np.ndarray], most: int
) -> tuple[list[str], np.ndarray]:
    """Our words, then their new ones; counts are added, and the rarest forgotten where there are too many."""
    row = {word: at for at, word in enumerate(ours[0])}
    places = np.array([row.setdefault(word, len(row)) for word in theirs[0]], np.int64)
    counts = np.zeros(len(row), np.int64)
    counts[: len(ours[1])] = ours[1]
    counts[places] += theirs[1]
    words, rare = [*row], 0
    while len(words) > most:
        rare += 1
        kept = [0, *(1 + np.flatnonzero(counts[1:] > rare)).tolist()]  # row 0 is </s>
        words, counts = [words[at] for at in kept], counts[kept]
    return words, counts


def _named(source: Any) -> list[Any]:
    return [source] if isinstance(source, str | os.PathLike) else list(source)


def _paths(source: Any, rank: int) -> list[Path] | None:
    """The files of a source, in order; None if it has none."""
    if isinstance(source, str | os.PathLike):
        source = [Path(source)]
    elif not all(isinstance(item, os.PathLike) for item in source):
        return None
    named = [Path(os.fspath(path).replace(OWN, str(rank))) for path in source]
    for path in named:
        if not path.exists():
            raise FileNotFoundError(f"no file {str(path)!r} on this rank")
    return [Path(file) for path in named for file in files_in(path)]


def _some_sentences(whole: Corpus, source: Any, comm: Any) -> Corpus:
    own = copy.copy(whole)
    with together(comm):
        count = sum(1 for _ in source)
    expect_same(comm, number_of_sentences=count)
    first, last = (count * rank // comm.size for rank in (comm.rank, comm.rank + 1))
    own.source = list(islice(iter(source), first, last))
    return own
