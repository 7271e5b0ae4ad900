"""fastText's ``.bin``, version 12: the whole model, little-endian.

    int32 magic, version
    int32 dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, float64 t
    int32 size nwords nlabels, int64 ntokens pruned
    for each entry: its UTF-8 bytes, a zero byte, int64 count, int8 type (0 word, 1 label)
    int8 quantised, int64 rows columns, float32 (rows, columns)        input: nwords + bucket rows
    int8 quantised, int64 rows columns, float32 (rows, columns)        output: nwords rows

A file may be cut off, edited, or made to hurt: nothing is allocated that the file's size does not allow, and an
error names the byte at which it stops making sense.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

import numpy as np

from ..core.files import replacing

MAGIC, VERSION = 793712314, 12
LOSSES = {"hs": 1, "ns": 2, "softmax": 3}
MODELS = {"cbow": 1, "skipgram": 2}
ARGS, SIZES = struct.Struct("<12id"), struct.Struct("<iiiqq")
ENTRY_END, SHAPE = struct.Struct("<qb"), struct.Struct("<qq")
LONGEST_WORD = 4096  # bytes
WRITTEN = 1 << 14  # rows written at a time


class Args(NamedTuple):
    """fastText's arguments, by its own names."""

    dim: int
    ws: int
    epoch: int
    minCount: int
    neg: int
    wordNgrams: int = 1
    loss: int = LOSSES["ns"]
    model: int = MODELS["skipgram"]
    bucket: int = 2_000_000
    minn: int = 3
    maxn: int = 6
    lrUpdateRate: int = 100
    t: float = 1e-4


class Model(NamedTuple):
    """What the file holds; the first word is ``</s>``."""

    args: Args
    words: Sequence[str]
    counts: np.ndarray
    input: np.ndarray
    output: np.ndarray


def write(path: str | os.PathLike, model: Model) -> None:
    """Write a model, beside ``path`` and then renamed."""
    with replacing(path) as file:
        file.write(struct.pack("<ii", MAGIC, VERSION) + ARGS.pack(*model.args))
        file.write(SIZES.pack(len(model.words), len(model.words), 0, int(model.counts.sum()), -1))
        for word, count in zip(model.words, model.counts, strict=True):
            file.write(word.encode() + b"\0" + ENTRY_END.pack(int(count), 0))
        for matrix in (model.input, model.output):
            file.write(b"\0" + SHAPE.pack(*matrix.shape))
            for i in range(0, len(matrix), WRITTEN):
                file.write(np.ascontiguousarray(matrix[i : i + WRITTEN], "<f4").tobytes())


def read(path: str | os.PathLike) -> Model:
    """Read a skipgram or cbow model.

    The rows are put in this library's order, in which ``</s>`` is the first word.

    Raises
    ------
    ValueError
        Names file, byte offset, what was expected and what came.
    """
    with open(path, "rb") as opened:
        file = _Reader(opened, path)
        magic, version = file.unpack(struct.Struct("<ii"), "magic number and version")
        if (magic, version) != (MAGIC, VERSION):
            raise file.error(f"{MAGIC} and {VERSION}", f"{magic} and {version}: no .bin of fastText", 0)
        args = Args(*file.unpack(ARGS, "13 arguments"))
        if args.model not in MODELS.values() or args.loss not in LOSSES.values():
            raise file.error("a skipgram or cbow model", f"model {args.model} with loss {args.loss}", 8)
        words, counts = file.dictionary()
        numbers = (file.matrix(len(words) + args.bucket, args.dim), file.matrix(len(words), args.dim))
        if file.left():
            raise file.error("the end of the file", f"{file.left():,} more bytes")
    return _sentence_end_first(Model(args, words, counts, *numbers))


def _sentence_end_first(model: Model) -> Model:
    """fastText sorts ``</s>`` among the words, by its count."""
    words, n = list(model.words), len(model.words)
    if "</s>" not in words:
        raise ValueError("facebook.read: the dictionary has no </s>")
    place = words.index("</s>")
    order = [place, *range(place), *range(place + 1, n)]
    rows = np.concatenate([model.input[order], model.input[n:]]) if place else model.input
    words = [words[i] for i in order]
    return model._replace(words=words, counts=model.counts[order], input=rows, output=model.output[order])


class _Reader:
    """A file, with errors that know where they are."""

    def __init__(self, file: BinaryIO, path: str | os.PathLike) -> None:
        self.file, self.path = file, path
        self.size = os.fstat(file.fileno()).st_size

    def left(self) -> int:
        return self.size - self.file.tell()

    def error(self, expected: str, came: str, offset: int | None = None) -> ValueError:
        offset = self.file.tell() if offset is None else offset
        return ValueError(f"{self.path}: byte {offset:,}: expected {expected}, came {came}")

    def unpack(self, layout: struct.Struct, what: str) -> tuple:
        offset, data = self.file.tell(), self.file.read(layout.size)
        if len(data) < layout.size:
            raise self.error(what, "the end of the file", offset)
        return layout.unpack(data)

    def dictionary(self) -> tuple[list[str], np.ndarray]:
        offset = self.file.tell()
        size, nwords, nlabels, _, pruned = self.unpack(SIZES, "the sizes of the dictionary")
        if not 0 < size * (ENTRY_END.size + 1) <= self.left() or nwords != size or nlabels or pruned > 0:
            came = f"{size:,} entries, {nwords:,} words, {nlabels:,} labels, {pruned:,} pruned"
            raise self.error(f"a dictionary of words that fits {self.left():,} bytes", came, offset)
        words, counts = [], np.empty(size, np.int64)
        for i in range(size):
            words.append(self.word())
            counts[i], kind = self.unpack(ENTRY_END, "count and type")
            if counts[i] < 0 or kind != 0:
                raise self.error(f"count and type of {words[-1]!r}", f"{counts[i]} and {kind}")
        if len(set(words)) < size:
            raise self.error("different words", "one of them twice", offset)
        return words, counts

    def word(self) -> str:
        offset = self.file.tell()
        text, zero, rest = self.file.read(LONGEST_WORD).partition(b"\0")
        if not zero:
            raise self.error("a word and a zero byte", f"{len(text)} bytes without one", offset)
        self.file.seek(-len(rest), os.SEEK_CUR)
        try:
            return text.decode()
        except UnicodeDecodeError:
            raise self.error("a word in UTF-8", repr(text[:60]), offset) from None

    def matrix(self, rows: int, columns: int) -> np.ndarray:
        offset = self.file.tell()
        (quantised,) = self.unpack(struct.Struct("<b"), "a matrix")
        if quantised:
            raise self.error("plain numbers", "a quantised matrix (.ftz)", offset)
        shape = self.unpack(SHAPE, "the shape of a matrix")
        if shape != (rows, columns) or rows < 1 or columns < 1 or 4 * rows * columns > self.left():
            raise self.error(
                f"a matrix ({rows}, {columns}) that fits {self.left():,} bytes", f"{shape}", offset
            )
        return np.fromfile(self.file, "<f4", rows * columns).reshape(rows, columns)
