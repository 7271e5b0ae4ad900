"""What ``cutaway glove`` does otherwise under mpiexec: ranks agree on what is there, and count together."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import reuse

if TYPE_CHECKING:
    import numpy as np

    from ..text import Corpus, GloVe, Vocabulary


def expect_train(flags: dict[str, Any], comm: Any) -> None:
    """ValueError, on all ranks, unless there is a text: cells are counted for the ranks that train them."""
    from ..core.ranks import together

    with together(comm):
        if comm is not None and not flags["train"]:
            raise ValueError(
                "expected -train FILE, the text, since ranks count together\n"
                "    hint: -mpi 0 trains -input-file in each process alone"
            )


def first(value: Any, comm: Any) -> Any:
    """What rank 0 says."""
    return value if comm is None else comm.bcast(value)


def fingerprint(path: str, comm: Any) -> str:
    """`reuse.fingerprint` of a text, or of all ranks' texts, if each has one of its own."""
    from ..core.ranks import together
    from ..text.corpus.shards import OWN

    if comm is None:
        return reuse.fingerprint(path)
    with together(comm):
        own = reuse.fingerprint(path.replace(OWN, str(comm.rank)))
    return "; ".join(dict.fromkeys(comm.allgather(own)))


def encoded(
    corpus: Corpus, flags: dict[str, Any], model: GloVe, path: Path
) -> tuple[Vocabulary, Iterable[np.ndarray]]:
    """The words of the whole text, which rank 0 keeps in ``path``, and this rank's token ids."""
    from ..core.ranks import speaks, together
    from ..text import Vocabulary
    from ..text.corpus.encode import MAX_WORDS, number_words
    from ..text.corpus.stream import count_words
    from ..text.corpus.token_ids import TokenIds

    comm, read, tokens = model.comm, None, TokenIds()
    if not first(path.exists(), comm):
        with together(comm):
            if comm is None:
                counts = count_words(corpus)
            else:  # it may be of a slow file system: read once
                read = number_words(corpus, 1, MAX_WORDS)
                counts = Counter(dict(zip(read.words[1:], read.counts[1:].tolist(), strict=True)))
        counts = _added(counts, comm)
        with together(comm):
            if speaks(comm):
                Vocabulary.from_counts(counts, model.min_count, flags["max-vocab"] or None).save(path)
    with together(comm):
        found = Vocabulary.load(path, max_bytes=sys.maxsize) if speaks(comm) else None
    vocabulary = first(found, comm)
    if read is None:
        return vocabulary, vocabulary.encode_in_pieces(corpus)
    with together(comm):
        read.write(vocabulary, tokens)
        return vocabulary, [tokens.array()]


def _added(counts: Counter[str], comm: Any) -> Counter[str]:
    """Rank 0's are those of all ranks; it holds one other's at a time."""
    if comm is None:
        return counts
    for rank in range(1, comm.size):
        if comm.rank == rank:
            comm.send(counts, 0)
        elif comm.rank == 0:
            counts.update(comm.recv(source=rank))
    return counts


def cells(model: GloVe, work: Path) -> tuple[Path, bool]:
    """Where the cells of a model are to be, and whether they are there."""
    from ..text.glove import part_files
    from ..text.glove.ring import Ring

    if not model.in_parts:
        return work / "cells.bin", (work / "cells.bin").exists()
    ring = Ring(model.comm)
    folder = work / f"cells-{ring.parts}"  # more than 32 ranks have more parts
    return folder, part_files.are_there(folder, ring)
