"""A corpus: files or lines, streamed, to sentences of words, to token ids.

path "wiki.txt.xz"  ->  line "The bat ..."  ->  ["the", "bat", ...]  ->  int32 [1, 57, ..., 0, 1, 12, ...]
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ...core.errors import FileError
from ...core.reading import bad_file, reading
from ...core.unpack import open_text
from . import tokenise as tokenisers
from .folder import files_in
from .part_of_file import LinesOf, Span
from .token import BLANKS, SENTENCE_END
from .utf8 import KEEP_BYTES

Tokeniser = Callable[[str], list[str]]
LONGEST_SENTENCE = 1 << 20  # bytes; a longer line (text8 is one line) is read in pieces, each a sentence
LONGEST_LINE = 1 << 24  # bytes of a line that must be whole, or of a piece without a blank
_BLANKS = [blank.encode() for blank in BLANKS]


class Corpus:
    """Sentences, each a list of words, read anew at every iteration.

    A line of a file is a sentence; as for the C tools, the word ``</s>`` ends one, too, and a line above
    1 MiB is read in pieces, cut at blanks.  A text given as such, a str or a list of words, is always one
    sentence; the word ``</s>`` within it is none, and is dropped when it gets its number.

    Parameters
    ----------
    source : path, or iterable of paths, of lines, or of lists of words
        A ``str`` or ``Path`` is a UTF-8 text file, ``.gz``, ``.bz2`` and ``.xz`` included, or a folder of
        them; several are ``Path`` objects in a list, because a list of ``str`` is a list of lines.
    tokenise : callable, line -> list of words
        `tokenise.whitespace` (as the C tools) or `tokenise.letters` or your own.  Lists of words are taken
        as they are.
    errors : {"strict", "surrogateescape"}
        Bytes that are not UTF-8: an error that names line and byte, or kept as they are (``utf8.py``).
    max_bytes : int, optional
        A packed file may unpack to so many bytes, by default to 20 times its size and 32 MB.
    """

    def __init__(
        self,
        source: Any,
        tokenise: Tokeniser = tokenisers.whitespace,
        errors: str = "strict",
        max_bytes: int | None = None,
    ) -> None:
        if errors not in ("strict", KEEP_BYTES):
            raise ValueError(f"Corpus: errors is 'strict' or '{KEEP_BYTES}', got {errors!r}")
        if not isinstance(source, str | os.PathLike | Iterable):
            raise TypeError(f"Corpus: expected a path or an iterable of lines, got {type(source).__name__}")
        self.source = source
        self.tokenise = tokenise
        self.errors = errors
        self.max_bytes = max_bytes
        self.has_whole_lines = False

    def whole_lines(self) -> Corpus:
        """Return the same corpus with lines that are texts: one of a file is as one given as such, never
        cut; FileError if it has more than 16 MiB.
        """
        twin = copy.copy(self)
        twin.has_whole_lines = True
        return twin

    def __iter__(self) -> Iterator[list[str]]:
        source = [Path(self.source)] if isinstance(self.source, str | os.PathLike) else self.source
        for item in source:
            if isinstance(item, os.PathLike):
                for file in files_in(Path(item)):
                    yield from self._of_file(file)
            elif isinstance(item, str):
                yield self.tokenise(item)
            elif isinstance(item, bytes):
                raise TypeError(
                    "Corpus: lines are str, got bytes\n    hint: open the file as text, or pass its Path"
                )
            elif isinstance(item, Iterable):
                yield list(item)
            else:
                raise TypeError(
                    f"Corpus: expected lines or lists of words, came {item!r:.60}, of type "
                    f"{type(item).__name__}\n    hint: a word is a str; a sentence is a list of words"
                )

    def _of_file(self, path: os.PathLike, part: Span | None = None) -> Iterator[list[str]]:
        whole, tokenise = self.has_whole_lines, self.tokenise
        for line in read_lines(path, self.errors, self.max_bytes, whole, part):
            words = tokenise(line)
            if SENTENCE_END in line and not whole:
                yield from _sentences(words)
            else:
                yield words


def _sentences(words: list[str]) -> Iterator[list[str]]:
    """What the word ``</s>`` ends, and what follows the last."""
    sentence: list[str] = []
    for word in words:
        if word == SENTENCE_END:
            yield sentence
            sentence = []
        else:
            sentence.append(word)
    yield sentence


def read_lines(
    path: str | os.PathLike,
    errors: str = "strict",
    max_bytes: int | None = None,
    whole: bool = True,
    part: Span | None = None,
) -> Iterator[str]:
    """Lines of a UTF-8 file as str, one at a time; those above 1 MiB in pieces, unless they are to be whole.

    Of a file that is not packed it may be a ``part``: the lines that begin in these bytes.

    Raises
    ------
    FileError
        Not UTF-8 (names the file and the byte's offset in the unpacked text), a damaged packed file, one
        that unpacks to more than ``max_bytes``, or a line (or, in pieces, a word) of more than 16 MiB.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"no file {str(path)!r}\n    hint: a str is a path; to train on text itself pass a list of lines"
        )
    lines = _lines(path, errors, max_bytes, whole, part)
    offset = 0
    while True:
        try:
            # subtle: not around a yield, where errors of who reads the lines would pass for the file's
            with reading(path, "text"):
                found = next(lines, None)
        except FileError as error:
            if isinstance(error.__cause__, ValueError) or error.__cause__ is None:
                raise
            raise FileError(
                f"{path}: damaged after {offset:,} unpacked bytes: {error.__cause__}", path, "text", offset
            ) from error
        if found is None:
            return
        yield found[0]
        offset += found[1]


def _lines(
    path: Path, errors: str, max_bytes: int | None, whole: bool, part: Span | None
) -> Iterator[tuple[str, int]]:
    with open_text(path, max_bytes) as file:
        lines = LinesOf(file, *part) if part else file
        yield from decode_lines(lines, path, errors, whole)


def decode_lines(
    file: BinaryIO | LinesOf, name: str | os.PathLike, errors: str = "strict", whole: bool = False
) -> Iterator[tuple[str, int]]:
    """Lines of an open file and how many bytes each has; `read_lines` says more."""
    offset = file.begin if isinstance(file, LinesOf) else 0
    for number, piece in enumerate(_pieces(file, name, whole), 1):
        try:
            line = piece.decode("utf-8", errors).rstrip("\r\n")
        except UnicodeDecodeError as error:
            bad = error.start
            line = f"line {number:,}" + (" of the part" if isinstance(file, LinesOf) and file.begin else "")
            raise FileError(
                f"{name}: expected UTF-8, byte {offset + bad:,} ({line}) is 0x{piece[bad]:02x}\n"
                f"    near {piece[max(0, bad - 20) : bad + 20]!r}\n"
                f"    hint: errors='surrogateescape' keeps such bytes; from latin-1: iconv -f latin1 -t utf8",
                name,
                "UTF-8",
                offset + bad,
                number,
            ) from None
        yield line, len(piece)
        offset += len(piece)


def _pieces(file: Any, name: str | os.PathLike, whole: bool) -> Iterator[bytes]:
    """Lines of a binary file; unless ``whole``, one above LONGEST_SENTENCE is cut at blanks."""
    line, offset = b"", 0
    while piece := file.readline(LONGEST_SENTENCE):
        if not line and piece.endswith(b"\n"):  # nearly always
            yield piece
            offset += len(piece)
            continue
        line += piece
        is_complete = piece.endswith(b"\n") or len(piece) < LONGEST_SENTENCE
        cut = len(line) if is_complete else 0 if whole else 1 + max(line.rfind(blank) for blank in _BLANKS)
        if max(cut, len(line) - cut) > LONGEST_LINE:
            expected = f"a {'line' if whole else 'word'} of at most {LONGEST_LINE:,} bytes"
            hint = f"has the file {'line ends' if whole else 'blanks'}?"
            raise bad_file(name, expected, "a longer one", offset, hint=hint)
        if cut:
            yield line[:cut]
            line, offset = line[cut:], offset + cut
    if line:
        yield line


def count_words(sentences: Iterable[Iterable[str]]) -> Counter[str]:
    """How often each word occurs."""
    counts: Counter[str] = Counter()
    for words in sentences:
        counts.update(words)
    return counts
