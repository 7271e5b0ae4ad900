"""Token ids that may be more than fit into memory: beyond a limit they go to a file, which is
mapped, not read.

On disk a text is a folder of two files: ``tokens.int32``, the ids as they are (little-endian), and
``vocab.txt``, "word count" lines as of ``word2vec -save-vocab``.  One pass over the text makes them
(`encode_to`), and training reads them as often as there are epochs (`open_encoded`).
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

IN_MEMORY = 1 << 22  # token ids: 16 MB
BLOCK = 1 << 18  # token ids read at a time


def checked(asked_by: str, tokens: object, words: int) -> np.ndarray:
    """Return token ids as the loops take them, int32 (T,) in one run, each a row of a vocabulary.

    The loops do not look whether an id has a row: it is done here, once a training.

    Raises
    ------
    TypeError
        Not whole numbers.
    ValueError
        Not one axis, or an id that is not in 0 .. ``words`` - 1.
    """
    if not isinstance(tokens, np.ndarray) or tokens.dtype.kind not in "iu":
        came = tokens.dtype if isinstance(tokens, np.ndarray) else type(tokens).__name__
        raise TypeError(
            f"{asked_by}: expected token ids, an array of int32, came {came}\n"
            "    hint: encode(corpus) makes them"
        )
    if tokens.ndim != 1:
        raise ValueError(f"{asked_by}: expected token ids (T,), came an array of shape {tokens.shape}")
    if len(tokens) and not 0 <= tokens.min() <= tokens.max() < words:
        raise ValueError(
            f"{asked_by}: expected token ids from 0 to {words - 1}, came {tokens.min()} to {tokens.max()}\n"
            "    hint: are they of this vocabulary?"
        )
    return np.require(tokens, np.int32, ["C", "A"])


def has_neighbours(tokens: np.ndarray) -> bool:
    """Whether two words stand next to each other in a sentence; looks no further than the first.

    >>> has_neighbours(np.array([1, 0, 2, 0])), has_neighbours(np.array([1, 0, 2, 3]))
    (False, True)
    """
    for start in range(0, len(tokens), BLOCK):
        block = tokens[start : start + BLOCK + 1]
        if ((block[1:] != 0) & (block[:-1] != 0)).any():
            return True
    return False


class TokenIds:
    """Token ids that come in pieces.

    Parameters
    ----------
    file : open binary file, optional
        Where they go; by default memory, and, when they are many, a temporary file without a name.
    """

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self.file, self.pieces, self.length = file, [], 0

    def add(self, piece: np.ndarray) -> None:
        """Append int32 ids."""
        self.length += len(piece)
        if self.file is not None:
            self.file.write(piece.data)
            return
        self.pieces.append(piece)
        if self.length > IN_MEMORY:
            self.file = tempfile.TemporaryFile()  # noqa: SIM115  closed by `array` or `close`
            for each in self.pieces:
                self.file.write(each.data)
            self.pieces = []

    def blocks(self) -> Iterator[np.ndarray]:
        """All ids, in pieces."""
        if self.file is None:
            yield from self.pieces
            return
        self.file.seek(0)
        for start in range(0, self.length, BLOCK):
            yield np.fromfile(self.file, np.int32, min(BLOCK, self.length - start))

    def array(self) -> np.ndarray:
        """All ids, int32 (T,): in memory, or mapped."""
        if self.file is None:
            return np.concatenate([np.zeros(0, np.int32), *self.pieces])
        self.file.flush()
        ids = mapped(self.file, self.length)
        self.close()  # what is mapped stays
        return ids

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if self.file is not None:
            self.file.close()


def mapped(file: IO[bytes] | Path, length: int) -> np.ndarray:
    """A file of ids as an array, of which only what is read comes into memory."""
    # subtle: copy-on-write, since the compiled loops know only arrays that can be written
    return np.asarray(np.memmap(file, np.int32, "c", shape=(length,)))


def empty(length: int) -> np.ndarray:
    """Room for so many ids, int32: in memory, or, if they are many, in a temporary file, mapped.

    Raises
    ------
    OSError
        The disk is full.
    """
    if length <= IN_MEMORY:
        return np.empty(length, np.int32)
    with tempfile.TemporaryFile() as file:  # what is mapped stays
        if hasattr(os, "posix_fallocate"):  # subtle: a full disk is an error here, and later a crash (SIGBUS)
            os.posix_fallocate(file.fileno(), 0, 4 * length)
        else:
            file.truncate(4 * length)
        return np.asarray(np.memmap(file, np.int32, "r+", shape=(length,)))


def fingerprint(tokens: np.ndarray, comm: Any = None) -> str:
    """Length and CRC of a text, enough to notice that it is another one; the parts of ranks are one text."""
    crc = 0 if comm is None or comm.rank == 0 else comm.recv(source=comm.rank - 1)
    for start in range(0, len(tokens), 1 << 20):  # they may be more than fit into memory
        crc = zlib.crc32(tokens[start : start + (1 << 20)].tobytes(), crc)
    if comm is None:
        return f"{len(tokens)}-{crc:08x}"
    if comm.rank + 1 < comm.size:
        comm.send(crc, comm.rank + 1)
    return f"{comm.allreduce(len(tokens))}-{comm.bcast(crc, comm.size - 1):08x}"
