"""Words as bytes and back, those that are not UTF-8 too: a byte that cannot be read stays what it is.

Python holds such a byte as a lone surrogate ("surrogateescape", PEP 383), so that two words which differ in
it stay two words, and are written as they were.

>>> to_bytes(to_text(b"caf\\xe9"))
b'caf\\xe9'
"""

from __future__ import annotations

KEEP_BYTES = "surrogateescape"


def to_text(word: bytes) -> str:
    """A word as str."""
    return word.decode("utf-8", KEEP_BYTES)


def to_bytes(word: str) -> bytes:
    """A word as bytes."""
    return word.encode("utf-8", KEEP_BYTES)
