"""fastText's ``.bin`` and ``.ftz``, versions 11 and 12: the whole model, little-endian.

    int32 magic, version
    int32 dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, float64 t
    int32 size nwords nlabels, int64 ntokens pruned
    for each entry: its UTF-8 bytes, a zero byte, int64 count, int8 type (0 word, 1 label), words first
    for each of the buckets kept, if pruned > 0: int32 bucket, row
    int8 quantised, matrix        input: nwords + bucket rows, or nwords + pruned
    int8 quantised, matrix        output: nwords rows, or of a supervised model nlabels

    matrix: int64 rows columns, float32 (rows, columns); a quantised one: see ``product_quantiser_file.py``

A file may be cut off, edited, or made to hurt: nothing is allocated that the file's size does not allow, and
an error names the byte at which it stops making sense.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.files import replacing
from ...core.reading import reading, room
from ...ext.embeddings.tables import stride
from ..corpus.utf8 import to_bytes, to_text
from . import product_quantiser_file
from .binary_reader import BinaryReader
from .product_quantiser import Quantised

MAGIC, VERSIONS = 793712314, (12, 11)
LOSSES = {"hs": 1, "ns": 2, "softmax": 3, "ova": 4}
MODELS = {"cbow": 1, "skipgram": 2, "supervised": 3}
ARGS, SIZES = struct.Struct("<12id"), struct.Struct("<iiiqq")
ENTRY_END, SHAPE = struct.Struct("<qb"), struct.Struct("<qq")
BUCKET_COSTS, NGRAM_COSTS, WORD_COSTS = 12, 40, 200  # bytes of memory for each
MOST_TOKENS = 10**15 - 1  # the tree of labels takes 10^15 for infinite
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


MOST_INT = 2**31 - 1
RANGES: list[tuple[float, float]] = [  # of each argument
    (1, 10_000),  # dim
    (0, 1000),  # ws
    (0, 1_000_000),  # epoch
    (0, MOST_INT),  # minCount
    *[(0, 100)] * 2,  # neg, wordNgrams
    (1, 4),  # loss
    (1, 3),  # model
    (0, MOST_INT),  # bucket
    *[(0, 100)] * 2,  # minn, maxn
    (0, MOST_INT),  # lrUpdateRate
    (0, 1),  # t
]


class Model(NamedTuple):
    """What the file holds."""

    args: Args
    words: Any  # of str, or of bytes
    counts: np.ndarray
    input: Any  # float32 (rows, dim), or what gives slices of that, or `Quantised`
    output: Any  # the same
    labels: Sequence[bytes] = ()
    label_counts: Any = ()
    tokens: int | None = None
    pruned: np.ndarray | None = None


def write(path: str | os.PathLike, model: Model) -> None:
    """Write a model, beside ``path`` and then renamed."""
    entries = [(each, count, 0) for each, count in zip(model.words, model.counts, strict=True)]
    entries += [(each, count, 1) for each, count in zip(model.labels, model.label_counts, strict=True)]
    tokens = int(model.counts.sum()) if model.tokens is None else model.tokens
    with replacing(path) as file:
        file.write(struct.pack("<ii", MAGIC, VERSIONS[0]) + ARGS.pack(*model.args))
        pruned = -1 if model.pruned is None else len(model.pruned)
        file.write(SIZES.pack(len(entries), len(model.words), len(model.labels), tokens, pruned))
        for entry, count, kind in entries:
            file.write((to_bytes(entry) if isinstance(entry, str) else entry) + b"\0")
            file.write(ENTRY_END.pack(int(count), kind))
        if model.pruned is not None:
            file.write(np.ascontiguousarray(model.pruned, "<i4").tobytes())
        for matrix in (model.input, model.output):
            file.write(bytes([isinstance(matrix, Quantised)]))
            if isinstance(matrix, Quantised):
                product_quantiser_file.write(file, matrix)
                continue
            file.write(SHAPE.pack(*matrix.shape))
            for i in range(0, len(matrix), WRITTEN):
                file.write(np.ascontiguousarray(matrix[i : i + WRITTEN], "<f4").tobytes())


def read(path: str | os.PathLike, max_bytes: int | None = None) -> Model:
    """Read a skipgram or cbow model to train it further.

    The rows are put in this library's order, in which ``</s>`` is the first word.

    Parameters
    ----------
    max_bytes : int, optional
        Of memory that reading may take; by default four times the file and 200 MB.

    Raises
    ------
    FileError
        Names file, byte offset, what was expected and what came.
    """
    return _sentence_end_first(_read(path, ("skipgram", "cbow"), False, max_bytes))


def read_any(path: str | os.PathLike, *kinds: str, max_bytes: int | None = None) -> Model:
    """Read a model of any kind, or of these kinds, quantised or not; words are bytes.  Raises as `read`."""
    return _read(path, kinds or tuple(MODELS), True, max_bytes)


def _read(path: str | os.PathLike, kinds: Sequence[str], raw: bool, max_bytes: int | None) -> Model:
    """Read a file; ``raw``: words are bytes, and matrices may be quantised."""
    with reading(path, "a model of fastText"), open(path, "rb") as opened:
        file = _Reader(opened, path, max_bytes)
        magic, version = file.unpack(struct.Struct("<ii"), "magic number and version")
        if magic != MAGIC or version not in VERSIONS:
            raise file.error(f"{MAGIC} and 12", f"{magic} and {version}: no .bin of fastText", 0)
        args = Args(*file.unpack(ARGS, "13 arguments"))
        if args.model not in [MODELS[kind] for kind in kinds] or args.loss not in LOSSES.values():
            raise file.error(f"a {' or '.join(kinds)} model", f"model {args.model} with loss {args.loss}", 8)
        supervised = args.model == MODELS["supervised"]
        if supervised and version == 11:
            args = args._replace(maxn=0)  # such models had none
        file.expect_ranges(args)
        words, counts, labels, tokens, pruned = file.dictionary(args, raw)
        rows = len(words) + (args.bucket if pruned is None else len(pruned))
        first = file.matrix(rows, args.dim, raw)
        second = file.matrix(len(labels) if supervised else len(words), args.dim, raw)
        if file.left():
            raise file.error("the end of the file", f"{file.left():,} more bytes")
        own = 8 * stride(args.dim) * (0 if raw else rows + len(words))  # the copies that are trained
        looked_up = BUCKET_COSTS * args.bucket + NGRAM_COSTS * file.ngrams(words, args)
        output = 8 * len(second) * args.dim  # whole, also of a quantised one
        file.expect_room(own + looked_up + output + WORD_COSTS * len(counts), "the model")
    split = len(words)
    return Model(args, words, counts[:split], first, second, labels, counts[split:], tokens, pruned)


def _sentence_end_first(model: Model) -> Model:
    """fastText sorts ``</s>`` among the words, by its count; it has none of a text without line ends."""
    words, n = list(model.words), len(model.words)
    if "</s>" not in words:
        none = np.zeros((1, model.args.dim), np.float32)
        rows = [np.concatenate([none, matrix]) for matrix in (model.input, model.output)]
        counts = np.append(0, model.counts)
        return model._replace(words=["</s>", *words], counts=counts, input=rows[0], output=rows[1])
    place = words.index("</s>")
    order = [place, *range(place), *range(place + 1, n)]
    rows = np.concatenate([model.input[order], model.input[n:]]) if place else model.input
    words = [words[i] for i in order]
    return model._replace(words=words, counts=model.counts[order], input=rows, output=model.output[order])


class _Reader(BinaryReader):
    """The parts of the file."""

    def expect_ranges(self, args: Args) -> None:
        """FileError, which names the field and its byte, for an argument out of its range."""
        for place, (name, value, (least, most)) in enumerate(zip(Args._fields, args, RANGES, strict=True)):
            if not least <= value <= most:
                raise self.error(f"{name} from {least:,} to {most:,}", f"{value:,}", 8 + 4 * place)

    def ngrams(self, words: Sequence[Any], args: Args) -> int:
        """N-grams of all words, at most."""
        lengths = sum(len(word) + 2 for word in words)
        return lengths * max(args.maxn - max(args.minn, 1) + 1, 0)

    def dictionary(self, args: Args, raw: bool) -> tuple[list, np.ndarray, list, int, np.ndarray | None]:
        """(words, counts of words and labels, labels, tokens, pruned)."""
        offset = self.file.tell()
        size, nwords, nlabels, tokens, kept = self.unpack(SIZES, "the sizes of the dictionary")
        supervised = args.model == MODELS["supervised"]
        fits = 0 < size * (ENTRY_END.size + 1) <= self.left() and nwords + nlabels == size
        pruned_fits = kept == -1 or (raw and 0 <= kept * 8 <= self.left())
        kinds_fit = nwords > 0 and (nlabels > 0 if supervised else nlabels == 0 or (raw and nlabels > 0))
        if not (fits and kinds_fit and pruned_fits and 0 <= tokens <= MOST_TOKENS):
            came = (
                f"{size:,} entries, {nwords:,} words, {nlabels:,} labels, {tokens:,} tokens, {kept:,} pruned"
            )
            raise self.error(f"a dictionary of words that fits {self.left():,} bytes", came, offset)
        if kept != -1 and BUCKET_COSTS * args.bucket > room(self.path, self.max_bytes):
            raise self.error("buckets whose table is not too large", f"{args.bucket:,}", 8 + ARGS.size - 24)
        words, counts = [], np.empty(size, np.int64)
        for i in range(size):
            words.append(self.word(raw))
            counts[i], kind = self.unpack(ENTRY_END, "count and type")
            least = 0 if words[-1] in ("</s>", b"</s>") else 1
            if not least <= counts[i] <= MOST_TOKENS or kind != (i >= nwords):
                raise self.error(f"count and type of {words[-1]!r}", f"{counts[i]} and {kind}")
        if len(set(words)) < size:
            raise self.error("different words", "one of them twice", offset)
        if counts.astype(float).sum() > MOST_TOKENS:
            raise self.error(f"counts of at most {MOST_TOKENS:,} together", "more", offset)
        pruned = None if kept == -1 else self.array("<i4", 2 * kept).reshape(-1, 2).astype(np.int64)
        if pruned is not None and len(pruned):
            bounds = (pruned >= 0).all() and (pruned < [max(args.bucket, 1), kept]).all()
            if not (bounds and len(np.unique(pruned[:, 0])) == kept):
                raise self.error("the buckets that are left", "numbers out of range, or one twice", offset)
        return words[:nwords], counts, words[nwords:], tokens, pruned

    def word(self, raw: bool) -> bytes | str:
        text = self.text("a word")
        return text if raw else to_text(text)

    def matrix(self, rows: int, columns: int, quantised_too: bool) -> np.ndarray | Quantised:
        offset = self.file.tell()
        (quantised,) = self.unpack(struct.Struct("<b"), "a matrix")
        if quantised and quantised_too:
            return product_quantiser_file.read(self, rows, columns)
        if quantised:
            raise self.error("plain numbers", "a quantised matrix (.ftz)", offset)
        shape = self.unpack(SHAPE, "the shape of a matrix")
        if shape != (rows, columns) or rows < 1 or columns < 1 or 4 * rows * columns > self.left():
            raise self.error(
                f"a matrix ({rows}, {columns}) that fits {self.left():,} bytes", f"{shape}", offset
            )
        start = self.file.tell()
        matrix = self.array("<f4", rows * columns).reshape(rows, columns)
        self.expect_numbers(matrix, start)
        return matrix
