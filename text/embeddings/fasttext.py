"""FastText (Bojanowski et al. 2017): a word is the mean of its own row and its n-grams' rows of v.

So forms of one word share most of what is learnt, and a word never seen, or misspelt, has a vector too.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.reading import expect_room, reading
from ...ext.embeddings.tables import stride, zeros
from ..corpus.token import SENTENCE_END
from ..corpus.vocabulary import Vocabulary
from ..files import checkpoint, fasttext_bin
from ..vectors.word_vectors import WordVectors
from .base import Embedding
from .buckets import Spread, places, rows_of
from .options import FastTextOptions
from .subword_vectors import BLOCK, SubwordVectors
from .subwords import ngram_hashes, subword_table

LOSS_OF = {"tree": "hs", "negative": "ns", "softmax": "softmax"}  # by output layer


class Table(NamedTuple):
    """Which rows of v belong to what."""

    starts: np.ndarray  # int64 (V + 1,): word i has rows[starts[i]:starts[i + 1]]
    rows: np.ndarray  # int32
    met: np.ndarray  # the buckets that have rows, sorted
    rows_of_v: int


class FastText(Embedding):
    """Vectors for the words of a corpus, and for any other word.

    Parameters
    ----------
    dim, window, negative, sample, alpha, epochs, min_count, power, seed, threads
        As for `Word2Vec`; the original tool draws noise with ``power=0.5``.
    min_n, max_n : int
        Characters in an n-gram, the marks ``<`` and ``>`` at the word's ends included; ``max_n=0``: none.
    buckets : int
        Rows that the n-grams share by hashing; v has those that a word of the
        vocabulary meets: ``buckets.py``.
    cbow, hs, softmax, shared, deterministic, sync, comm, max_vocab_size
        As for `Word2Vec`.  Skip-gram predicts the context from the centre here, as the original does.  CBOW
        reads and writes a word's rows once while it is near: ``ext/embeddings/subwords/cbow_reference.py``.

    Attributes
    ----------
    vectors : SubwordVectors
    pretrained : WordVectors, optional
        Where the rows of its words begin; set it before `fit`.
    vocabulary, v, vp, epoch, history, stop
        As for `Word2Vec`; v has a row for each word, then those of the buckets.

    Examples
    --------
    >>> model = FastText(buckets=100_000).fit(Path("wiki.txt.xz"))          # doctest: +SKIP
    >>> model.vectors.most_similar("eigenvlaue")                            # doctest: +SKIP
    """

    Options = FastTextOptions
    on_ranks = True
    FOLLOWING = (*Embedding.FOLLOWING, "_made")
    options: FastTextOptions
    _made: tuple[tuple[Vocabulary, bool], Table] | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.pretrained: WordVectors | None = None
        self.has_all_buckets = False  # v has a row for every bucket: it was read from a .bin

    def _make_vectors(self) -> SubwordVectors:
        return SubwordVectors(self)

    @property
    def rows(self) -> int:
        """Rows of v: one a word, one a bucket that is met, and one of zeros for those that are not."""
        return self._table().rows_of_v

    def bucket_rows(self, buckets: np.ndarray) -> np.ndarray:
        """The rows of v of some buckets."""
        return rows_of(buckets, self._table().met, len(self.vocabulary))

    def subword_table(self) -> tuple[np.ndarray, np.ndarray]:
        table = self._table()
        return table.starts, table.rows

    def _table(self) -> Table:
        """The table of the vocabulary, made once."""
        known = (self.vocabulary, self.has_all_buckets)
        if self._made is None or any(a is not b for a, b in zip(self._made[0], known, strict=True)):
            self._made = known, self._make_table(self.vocabulary.words)
        return self._made[1]

    def _make_table(self, words: Sequence[str]) -> Table:
        starts, rows = subword_table(words, self.options.min_n, self.options.max_n, self.options.buckets)
        is_bucket = rows >= len(words)
        met = (
            np.arange(self.options.buckets)
            if self.has_all_buckets
            else np.unique(rows[is_bucket] - len(words))
        )
        rows[is_bucket] = rows_of(rows[is_bucket] - len(words), met, len(words))
        return Table(starts, rows, met, len(words) + len(met) + (not self.has_all_buckets))

    def shapes(self) -> dict[str, tuple[int, int]]:
        return {"v": (-1, stride(self.options.dim)), "vp": (len(self.vocabulary), stride(self.options.dim))}

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """v uniform in +-1/D, v' zeros, as in the original."""
        v = zeros(self.rows, stride(self.options.dim))
        rng = np.random.default_rng(self.options.seed)
        for i in range(0, self.rows, BLOCK):  # v is the largest array there is: no copies of it
            some = v[i : i + BLOCK, : self.options.dim]
            some[...] = (2 * rng.random(some.shape, np.float32) - 1) / self.options.dim
        if not self.has_all_buckets:
            v[-1] = 0
        if self.pretrained is not None:
            known = [word for word in self._expect_pretrained().words if word in self.vocabulary]
            begin = self.pretrained.matrix[[self.pretrained.index[word] for word in known]]
            v[[self.vocabulary.index[word] for word in known], : self.options.dim] = begin
        return v, zeros(len(self.vocabulary), v.shape[1])

    def _expect_pretrained(self) -> WordVectors:
        """Vectors of ``dim`` numbers, and a warning if no word of the text has one."""
        given = self.pretrained
        if not isinstance(given, WordVectors) or given.matrix.shape[1] != self.options.dim:
            came = given.matrix.shape[1] if isinstance(given, WordVectors) else type(given).__name__
            raise ValueError(f"pretrained: expected vectors of dim={self.options.dim} numbers, came {came}")
        if not any(word in self.vocabulary for word in given.words):
            example, own = given.words[:1], self.vocabulary.words[1:2]
            warnings.warn(
                f"pretrained: none of its {len(given):,} words, such as {example}, is in the text, which has "
                f"words such as {own}: training begins at random",
                stacklevel=2,
            )
        return given

    def _grown(self, v: np.ndarray, first: np.ndarray, before: int) -> np.ndarray:
        """New words' rows stand between the old words' and the buckets', and new buckets' between the old."""
        first[:before] = v[:before]
        met = self._make_table(self.vocabulary.words[:before]).met
        first[self.bucket_rows(met)] = v[before : before + len(met)]
        return first

    def vector(self, word: str) -> np.ndarray:
        """The vector of any word, (D,): the mean of its rows; zeros for one too short to have n-grams.

        The word need not be known: an unknown one is the mean of its n-grams.
        """
        rows = [self.vocabulary.index[word]] if word in self.vocabulary else []
        if word != SENTENCE_END:
            hashes = ngram_hashes([word], self.options.min_n, self.options.max_n)[1]
            rows += self.bucket_rows(hashes % self.options.buckets).tolist()
        return (
            self.state.v[rows, : self.options.dim].mean(0) if rows else np.zeros(self.options.dim, np.float32)
        )

    @classmethod
    def load(cls, path: str | os.PathLike, max_bytes: int | None = None) -> FastText:
        """Read what `save` wrote; then `resume` or `continue_on`; ``max_bytes`` as for `load_bin`."""
        model = checkpoint.load(cls, path, max_bytes)
        options, lengths = model.options, sum(len(word) + 2 for word in model.vocabulary.words)
        ngrams = lengths * max(options.max_n - max(options.min_n, 1) + 1, 0)
        expect_room(path, fasttext_bin.NGRAM_COSTS * ngrams, f"{ngrams:,} n-grams", max_bytes)
        model.has_all_buckets = len(model.state.v) == len(model.vocabulary) + model.options.buckets
        if len(model.state.v) != model.rows:
            raise checkpoint.CheckpointError(
                f"{path}: expected {model.rows:,} rows of v for these words and their n-grams, or one for "
                f"each of {model.options.buckets:,} buckets, came {len(model.state.v):,}"
            )
        return model

    def save_bin(self, path: str | os.PathLike) -> None:
        """Write the original's ``.bin`` (``text/files/fasttext_bin.py``), which fastText and gensim load."""
        self._expect_vectors()
        o, vocabulary, n = self.options, self.vocabulary, len(self.vocabulary)
        args = fasttext_bin.Args(
            dim=o.dim,
            ws=o.window,
            epoch=o.epochs,
            minCount=o.min_count,
            neg=o.negative,
            loss=fasttext_bin.LOSSES[LOSS_OF[o.output]],
            model=fasttext_bin.MODELS["cbow" if o.cbow else "skipgram"],
            bucket=o.buckets,
            minn=o.min_n,
            maxn=o.max_n,
            t=o.sample,
        )
        v = Spread(self.state.v[:, : o.dim], n, places(self._table().met, n, o.buckets))
        vp = self.state.vp[:, : o.dim]
        fasttext_bin.write(path, fasttext_bin.Model(args, vocabulary.words, vocabulary.counts, v, vp))

    @classmethod
    def load_bin(cls, path: str | os.PathLike, max_bytes: int | None = None) -> FastText:
        """Read the original's ``.bin`` of a skipgram or cbow model; `continue_on` trains it further.

        It takes at most ``max_bytes`` of memory, by default four times the file and 200 MB.
        """
        read = fasttext_bin.read(path, max_bytes)
        with reading(path, "a model of fastText"):
            return cls._of(read)

    @classmethod
    def _of(cls, read: fasttext_bin.Model) -> FastText:
        args = read.args
        model = cls(
            dim=args.dim,
            window=max(args.ws, 1),
            negative=max(args.neg, 1),
            sample=args.t,
            epochs=max(args.epoch, 1),
            min_count=max(args.minCount, 1),
            min_n=args.minn,
            max_n=args.maxn,
            buckets=max(args.bucket, 1),
            cbow=args.model == fasttext_bin.MODELS["cbow"],
            hs=args.loss == fasttext_bin.LOSSES["hs"],
            softmax=args.loss == fasttext_bin.LOSSES["softmax"],
        )
        model.vocabulary, state = Vocabulary(read.words, read.counts), model.state
        model.has_all_buckets = True
        state.v, state.vp = (zeros(rows, stride(args.dim)) for rows in (model.rows, len(read.words)))
        state.v[: len(read.input), : args.dim] = read.input
        state.vp[:, : args.dim] = read.output
        state.random = model.first_states()
        return model
