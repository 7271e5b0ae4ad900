"""Bytes of text to numbers of words, compiled: does what ``reference.py`` does."""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from .reference import BLANKS, NEWLINE, OFFSET, PRIME

LOW = np.uint64(0xFFFFFFFF)
SIGN = np.uint64(0xFFFFFF00)
START, FACTOR = np.uint64(OFFSET), np.uint64(PRIME)


BLANK = np.zeros(256, np.bool_)
BLANK[list(BLANKS)] = True


@njit(nogil=True, boundscheck=False, cache=True)
def read_words(text, position, tokens, slots, hashes, ends, letters, count):
    """Arguments and results as in ``reference.py``."""
    written = 0
    mask = np.uint64(slots.shape[0] - 1)
    while position < len(text):
        byte = text[position]
        if BLANK[byte]:
            if byte == NEWLINE:
                tokens[written] = 0
                written += 1
            position += 1
            continue
        end = position
        value = START
        while end < len(text) and not BLANK[text[end]]:
            byte = np.uint64(text[end])
            value = ((value ^ (byte | SIGN if byte >= 128 else byte)) * FACTOR) & LOW
            end += 1
        hashed = np.int32(np.uint32(value))
        slot = value & mask
        word = slots[slot]
        while word >= 0:
            if hashes[word] == hashed and ends[word + 1] - ends[word] == end - position:
                first, i = ends[word], 0
                while i < end - position and letters[first + i] == text[position + i]:
                    i += 1
                if i == end - position:
                    break
            slot = (slot + np.uint64(1)) & mask
            word = slots[slot]
        if word < 0:
            if count == hashes.shape[0] or 2 * count >= slots.shape[0]:
                break
            if ends[count] + end - position > letters.shape[0]:
                break
            for i in range(end - position):
                letters[ends[count] + i] = text[position + i]
            ends[count + 1] = ends[count] + end - position
            hashes[count] = hashed
            slots[slot] = word = np.int32(count)
            count += 1
        tokens[written] = word
        written += 1
        position = end
    return position, written, count
