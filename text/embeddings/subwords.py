"""Words as the sum of their parts: character n-grams, and the rows of v that they share by hashing.

(Bojanowski et al. 2017, section 3.2; the hash is fastText's, so that its files can be read and written.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ext.embeddings.word_table.reference import OFFSET, PRIME
from ...ext.embeddings.word_table.reference import fnv1a as hash_of_bytes
from ..corpus.utf8 import to_bytes

BEGIN, END = "<", ">"  # of a word: "<ан" is not "ан" in the middle
BLOCK = 20_000  # words hashed at a time


def char_ngrams(word: str, min_n: int = 3, max_n: int = 6) -> list[str]:
    """The parts of a word: itself with its marks, then its n-grams of ``min_n`` to ``max_n`` characters.

    >>> char_ngrams("руслан", 3, 3)
    ['<руслан>', '<ру', 'рус', 'усл', 'сла', 'лан', 'ан>']
    """
    marked = BEGIN + word + END
    length = len(marked)
    ngrams = [
        marked[start : start + n]
        for start in range(length)
        for n in range(max(min_n, 1), min(max_n, length - start) + 1)
        if not (n == 1 and start in (0, length - 1))  # a mark alone says nothing
    ]
    return [marked, *ngrams]


def fnv1a(text: str) -> int:
    """FNV-1a of the UTF-8 bytes, as fastText computes it.

    >>> fnv1a("ан>") % 2_000_000
    872336
    """
    return hash_of_bytes(to_bytes(text))


def subword_table(
    words: Sequence[str], min_n: int, max_n: int, buckets: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of v for each word of a vocabulary: its own, then those of its n-grams.

    Word i has row i, and the n-gram g has row ``V + fnv1a(g) % buckets``; n-grams that collide share it.
    ``words[0]``, which is ``</s>``, has no n-grams.

    Returns
    -------
    starts : int64 (V + 1,)
        Word i has ``rows[starts[i]:starts[i + 1]]``.
    rows : int32 (all of them,)
    """
    pieces, counts = [np.zeros(1, np.int64)], [np.ones(1, np.int64)]
    for i in range(1, len(words), BLOCK):
        block = words[i : i + BLOCK]
        word, hashes = ngram_hashes(block, min_n, max_n)
        own = np.arange(len(block))
        all_words = np.concatenate([own, word])
        rows = np.concatenate([own + i, len(words) + hashes % buckets])
        pieces.append(rows[np.argsort(all_words, kind="stable")])
        counts.append(np.bincount(all_words, minlength=len(block)))
    starts = np.cumsum(np.concatenate([[0], *counts]))
    return starts, np.concatenate(pieces).astype(np.int32)


def ngram_hashes(words: Sequence[str | bytes], min_n: int, max_n: int) -> tuple[np.ndarray, np.ndarray]:
    """(word, hash) of every n-gram of every word, in order: `fnv1a` of many texts at once."""
    raw = [word if isinstance(word, bytes) else to_bytes(word) for word in words]
    marked = [BEGIN.encode() + word + END.encode() for word in raw]
    text = np.frombuffer(b"".join(marked), np.uint8)
    starts = np.flatnonzero((text & 0xC0) != 0x80)  # the first byte of each character
    word = np.repeat(np.arange(len(words)), [len(each) for each in marked])[starts]
    edges = np.append(starts, len(text))
    signed = text.astype(np.int8).astype(np.uint32)  # sign-extended
    found = []
    for n in range(max(min_n, 1), max_n + 1):
        first = np.arange(max(len(starts) - n + 1, 0))
        first = first[word[first] == word[first + n - 1]]
        if n == 1:
            inner = (first > 0) & (first < len(word) - 1)
            first = first[inner]
            first = first[(word[first] == word[first - 1]) & (word[first] == word[first + 1])]
        low, high = edges[first], edges[first + n]
        value = np.full(len(first), OFFSET, np.uint32)
        for k in range(int((high - low).max(initial=0))):
            inside = low + k < high
            value[inside] = (value[inside] ^ signed[low[inside] + k]) * np.uint32(PRIME)
        found.append(np.stack([word[first], first, np.full(len(first), n), value]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    all_words, first, n, value = np.concatenate(found, axis=1)
    order = np.lexsort((n, first))
    return all_words[order], value[order]
