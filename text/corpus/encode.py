"""A text becomes token ids, in one pass and in bounded memory.

Words get numbers as they come.  When there are too many, the rarest are forgotten, as in word2vec's
ReduceVocab: their numbers are not used again.  At the end words are sorted and their ids made anew.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from ...core.files import replacing, together
from ...core.reading import bad_file, reading
from . import tokenise as tokenisers
from .stream import Corpus, Tokeniser
from .token import expect_word, expect_words
from .token_ids import BLOCK, TokenIds, mapped
from .vocabulary import SENTENCE_END, Vocabulary

TOKENS, WORDS = "tokens.int32", "vocab.txt"
MAX_WORDS = 21_000_000  # as word2vec.c; a word in Python takes about 200 bytes


def encode(
    source: Any,
    min_count: int = 5,
    tokenise: Tokeniser = tokenisers.whitespace,
    errors: str = "strict",
    max_vocab_size: int = MAX_WORDS,
) -> tuple[Vocabulary, np.ndarray]:
    """Vocabulary and token ids of a corpus, in one pass, so a generator will do.

    Parameters
    ----------
    source : Corpus, or what `Corpus` takes
    min_count : int
        Words seen less often are dropped from the text.
    max_vocab_size : int
        When there are more different words than this, the rarest so far are forgotten, and with them what
        was seen of them: first those seen once, the next time those seen up to twice, and so on.

    Returns
    -------
    Vocabulary
    tokens : int32 (T,)
        Each sentence is followed by a 0.  Of a large text they are in a temporary file, which is mapped.

    Raises
    ------
    TypeError, ValueError
        A word that no file could hold (``token.py``); one too long in a file is a FileError.

    >>> vocabulary, tokens = encode(["a bat", "a cat"], min_count=1)
    >>> vocabulary.words, tokens.tolist()
    (['</s>', 'a', 'bat', 'cat'], [1, 2, 0, 1, 3, 0])
    """
    sentences = source if isinstance(source, Corpus) else Corpus(source, tokenise, errors)
    vocabulary, tokens = _encode(sentences, min_count, max_vocab_size, TokenIds())
    return vocabulary, tokens.array()


def encode_to(
    folder: str | os.PathLike, source: Any, min_count: int = 5, max_vocab_size: int = MAX_WORDS
) -> tuple[Vocabulary, np.ndarray]:
    """As `encode`; the ids and the vocabulary stay in ``folder``, for `open_encoded`."""
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    with together():  # ids beside another text's words would be read as those
        with replacing(folder / TOKENS) as file:
            sentences = source if isinstance(source, Corpus) else Corpus(source)
            vocabulary, _ = _encode(sentences, min_count, max_vocab_size, TokenIds(file))
        vocabulary.save(folder / WORDS)
    return open_encoded(folder, sys.maxsize)  # its own file


def open_encoded(folder: str | os.PathLike, max_bytes: int | None = None) -> tuple[Vocabulary, np.ndarray]:
    """Vocabulary and token ids that `encode_to` wrote, the ids mapped; ``max_bytes`` as of `Vocabulary.load`.

    Raises
    ------
    FileError
        Ids that are not of the vocabulary, or half an id: names the byte.

    >>> model = Word2Vec().fit_tokens(*open_encoded("wiki.ids"))            # doctest: +SKIP
    """
    path = Path(folder) / TOKENS
    vocabulary = Vocabulary.load(Path(folder) / WORDS, max_bytes=max_bytes)
    size = path.stat().st_size
    if size == 0 or size % 4:
        raise bad_file(path, "a token id of 4 bytes", str(size % 4), size - size % 4)
    with reading(path, "token ids"):
        tokens = mapped(path, size // 4)
        for start in range(0, len(tokens), BLOCK):
            block = tokens[start : start + BLOCK]
            if block.min() < 0 or block.max() >= len(vocabulary):
                bad = start + int(np.argmax((block < 0) | (block >= len(vocabulary))))
                raise bad_file(path, f"an id from 0 to {len(vocabulary) - 1:,}", str(tokens[bad]), 4 * bad)
    return vocabulary, tokens


def _encode(
    sentences: Iterable[list[str]], min_count: int, max_vocab_size: int, target: TokenIds
) -> tuple[Vocabulary, TokenIds]:
    found = number_words(sentences, min_count, max_vocab_size)
    vocabulary = sorted_words(found.words, found.counts, min_count)
    found.write(vocabulary, target)
    return vocabulary, target


class Numbered:
    """A text as numbers of words, in order of first occurrence, before the vocabulary is known.

    Attributes
    ----------
    words : list of str
        ``</s>``, then the words.
    numbers : int64 (len(words),)
        The number of each in ``ids``; those of forgotten words are missing.
    counts : int64 (len(words),)
    ids : TokenIds
    """

    def __init__(self, number_of: dict[str, int], counts: np.ndarray, ids: TokenIds) -> None:
        self.words, self.ids = [SENTENCE_END, *number_of], ids
        self.numbers = np.array([0, *number_of.values()])
        self.counts = counts[self.numbers]

    def write(self, vocabulary: Vocabulary, target: TokenIds) -> None:
        """Add the text as rows of ``vocabulary``, without the words it does not have; lets go of ``ids``."""
        new_row = np.full(1 + int(self.numbers.max()), -1, np.int32)
        row = vocabulary.index
        new_row[self.numbers] = [row.get(word, -1) for word in self.words]
        with closing(self.ids):
            for piece in self.ids.blocks():
                known = piece < len(new_row)
                rows = new_row[piece if known.all() else piece[known]]
                target.add(rows[rows >= 0])


def number_words(sentences: Iterable[list[str]], min_count: int, max_vocab_size: int) -> Numbered:
    """Read a text once, for `sorted_words` and `Numbered.write`."""
    for name, value in (("min_count", min_count), ("max_vocab_size", max_vocab_size)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"encode: {name} is an integer, at least 1, got {value!r}")
    number_of = defaultdict(count(1).__next__)  # a new word gets the next number; 0 ends a sentence
    looked_at = 0  # of them, in order
    counts, rare = np.zeros(1, np.int64), 0
    found, ids = TokenIds(), array("i")

    def put_down() -> None:
        nonlocal counts, ids, looked_at
        _expect_words([*islice(reversed(number_of), len(number_of) - looked_at)][::-1], sentences)
        looked_at = len(number_of)
        piece = np.frombuffer(ids, np.int32)
        seen = np.bincount(piece, minlength=len(counts))
        seen[: len(counts)] += counts
        counts = seen
        found.add(piece)
        ids = array("i")

    try:
        for number, words in enumerate(sentences, 1):
            try:
                ids.extend(map(number_of.__getitem__, words))
            except TypeError:  # a word that cannot be looked up
                for word in words:
                    expect_word(word, f"sentence {number:,}")
                raise
            ids.append(0)
            if len(ids) >= BLOCK or len(number_of) > 2 * max_vocab_size:
                put_down()
                while len(number_of) > max_vocab_size:
                    rare += 1
                    _forget(number_of, counts, rare)
                    looked_at = len(number_of)
        put_down()
    except BaseException:
        found.close()
        raise
    number_of.pop(SENTENCE_END, None)  # as a word within a sentence it is none
    return Numbered(number_of, counts, found)


def _expect_words(words: list[str], sentences: Iterable[list[str]]) -> None:
    """`expect_words`; of a file, in which a word is what stands between blanks, it is a FileError."""
    source = getattr(sentences, "source", None)
    is_split = getattr(sentences, "tokenise", None) is tokenisers.whitespace
    if is_split and isinstance(source, str | os.PathLike):
        with reading(source, "text"):
            expect_words(words, os.fspath(source))
    else:
        expect_words(words, "encode")


def _forget(number_of: dict[str, int], counts: np.ndarray, rare: int) -> None:
    """Remove the words seen up to ``rare`` times."""
    for word in [word for word, number in number_of.items() if counts[number] <= rare]:
        del number_of[word]


def sorted_words(words: list[str], counts: np.ndarray, min_count: int) -> Vocabulary:
    """The words seen ``min_count`` times; ``words[0]`` is ``</s>``.

    From frequent to rare; equal counts stay in order of first occurrence, so a corpus has one vocabulary.
    """
    by_count = np.argsort(-counts[1:], kind="stable") + 1
    kept = np.concatenate([[0], by_count[counts[by_count] >= min_count]])
    return Vocabulary([_copy(words[at]) for at in kept], counts[kept])


def _copy(word: str) -> str:
    """The same word elsewhere in memory: the words kept lie among all the others, whose memory
    they would hold.
    """
    return word[:1] + word[1:]
