"""Bytes of text to numbers of words, as fastText reads: the specification of ``jit.py``.

Words are what stands between blanks; a newline is the word ``</s>``, which has number 0.  Each word has
a 32-bit hash (FNV-1a, see ``text/embeddings/subwords.py``), which finds its slot in a table and later
its word n-grams.

    B bytes, W words that there is room for, 2^n slots of the table

A table with open addressing: a word's number stands in slot ``hash % 2^n``, or if that is taken in the next.
"""

from __future__ import annotations

import numpy as np

OFFSET, PRIME = 2166136261, 16777619  # FNV-1a, 32 bits
NEWLINE = 10
BLANKS = b" \n\r\t\v\f\0"  # what ends a word, in fastText


def fnv1a(word: bytes) -> int:
    """Each byte as a signed char, as fastText takes it: a slip that became the format."""
    value = OFFSET
    for byte in word:
        value = ((value ^ (byte | 0xFFFFFF00 if byte >= 128 else byte)) * PRIME) & 0xFFFFFFFF
    return value


def read_words(
    text: np.ndarray,
    position: int,
    tokens: np.ndarray,
    slots: np.ndarray,
    hashes: np.ndarray,
    ends: np.ndarray,
    letters: np.ndarray,
    count: int,
) -> tuple[int, int, int]:
    """Read words from ``position`` on; one that is new gets the next number.

    Parameters
    ----------
    text : uint8 (B,), IN
    tokens : int32 (at least B,), OUT
        The words' numbers, one after the other.
    slots : int32 (2^n,), INOUT
        Numbers of words, -1 where there is none.
    hashes : int32 (W,), INOUT
        Of each word.
    ends : int64 (W + 1,), INOUT
        Word w is ``letters[ends[w]:ends[w + 1]]``.
    letters : uint8, INOUT
    count : int
        Words so far; the first is ``</s>``.

    Returns
    -------
    position, written, count : int
        Where it stopped: at the end, or before a new word for which there is no room.
    """
    written = 0
    while position < len(text):
        if text[position] in BLANKS:
            if text[position] == NEWLINE:
                tokens[written] = 0
                written += 1
            position += 1
            continue
        end = position
        while end < len(text) and text[end] not in BLANKS:
            end += 1
        word = text[position:end].tobytes()
        hashed = fnv1a(word)
        slot = hashed % len(slots)
        while slots[slot] >= 0 and letters[ends[slots[slot]] : ends[slots[slot] + 1]].tobytes() != word:
            slot = (slot + 1) % len(slots)
        if slots[slot] < 0:
            full = count == len(hashes) or 2 * count >= len(slots)
            if full or ends[count] + len(word) > len(letters):
                break
            ends[count + 1] = ends[count] + len(word)
            letters[ends[count] : ends[count + 1]] = text[position:end]
            hashes[count] = np.uint32(hashed).astype(np.int32)
            slots[slot] = count
            count += 1
        tokens[written] = slots[slot]
        written += 1
        position = end
    return position, written, count
