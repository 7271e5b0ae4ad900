"""Text to words: two ways that cover most corpora.  A tokeniser is any function ``line -> list of words``."""

from __future__ import annotations

import functools
import re
import unicodedata

from .token import split


def whitespace(line: str) -> list[str]:
    """Split at white space and change nothing else, as the C tools do: theirs is ASCII's (``token.py``).

    >>> whitespace("The bat, the BAT.")
    ['The', 'bat,', 'the', 'BAT.']
    """
    return split(line)


def letters(line: str) -> list[str]:
    """Runs of letters of any script, lower-cased; digits, punctuation and underscores separate.

    >>> letters("The bat's echolocation, 30 kHz: «Летучая мышь»")
    ['the', 'bat', 's', 'echolocation', 'khz', 'летучая', 'мышь']
    """
    return _word_pattern().findall(unicodedata.normalize("NFC", line).lower())


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    """A letter, then letters and marks: the vowel signs of Hindi or Tamil are marks, not letters."""
    characters = [chr(code) for code in range(0x80, 0x10000)]
    marks = "".join(c for c in characters if unicodedata.category(c) in ("Mn", "Mc"))
    numbers = "".join(c for c in characters if unicodedata.category(c) in ("No", "Nl"))  # ² and Ⅷ are in \w
    return re.compile(rf"[^\W\d_{numbers}](?:[^\W\d_{numbers}]|[{marks}])*")
