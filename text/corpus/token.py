"""What a word may be: decided here, when a text comes in, so that what is trained can be written and read.

A word ends at a blank, one of six bytes of ASCII as in the C tools, or at a zero byte, as in fastText.
Python's `str.split` knows 23 more blanks, the no-break space and the ideographic one among them: in the
tools' files these are parts of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .utf8 import to_bytes, to_text

SENTENCE_END = "</s>"
BLANKS = " \t\n\v\f\r\0"
LONGEST = 1 << 20  # bytes of a word
_NAMES = {BLANKS: "white space or a zero byte", "\n": "a line's end", "\t\n\r": "a tab or a line's end"}
_SPLIT_OTHERWISE = re.compile("[\0\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_WORD = re.compile(f"[^{BLANKS}]+")
_END = re.compile(rb"(?<![^ \t\n\v\f\r\0])</s>(?![^ \t\n\v\f\r\0])")


def split(line: str) -> list[str]:
    """Words between blanks.

    >>> split("10\\u00a0km \\t to\\u3000go")
    ['10\\xa0km', 'to\\u3000go']
    """
    if line.isascii():  # each `in` is faster by far than a look at every character
        usual = not ("\0" in line or "\x1c" in line or "\x1d" in line or "\x1e" in line or "\x1f" in line)
    else:
        usual = line.isprintable()
    return line.split() if usual or not _SPLIT_OTHERWISE.search(line) else _WORD.findall(line)


def split_bytes(line: bytes) -> list[bytes]:
    """Words between blanks, as bytes.

    >>> split_bytes(b"a\\0bat \\xa0")
    [b'a', b'bat', b'\\xa0']
    """
    return line.replace(b"\0", b" ").split()


def without_ends(text: bytes) -> bytes:
    """The text without the word ``</s>``, which would end a line where there is none.

    >>> without_ends(b"x </s> y <</s>")
    b'x  y <</s>'
    """
    return _END.sub(b"", text) if b"</s>" in text else text


def line_bytes(line: str | bytes) -> bytes:
    """A text given as such, as bytes.

    Raises
    ------
    TypeError, ValueError
        No text, or one that UTF-8 cannot hold.
    """
    if isinstance(line, bytes):
        return line
    if not isinstance(line, str):
        raise TypeError(f"expected lines, each a str, got {type(line).__name__}")
    try:
        return to_bytes(line)
    except UnicodeEncodeError:
        raise ValueError(
            f"expected lines that UTF-8 can hold, came {line[:60]!r}, with half a character\n"
            "    hint: read the text anew, or line.encode('utf-8', 'replace').decode()"
        ) from None


def split_at_ends(line: bytes) -> list[bytes]:
    """The lines that fastText sees in a line of a file: the word ``</s>`` ends one.

    >>> split_at_ends(b"x </s> y")
    [b'x ', b' y']
    """
    return _END.split(line)


def expect_word(word: object, asked_by: str, blanks: str = BLANKS) -> None:
    """Look at one word.

    Raises
    ------
    TypeError
        Not a str.
    ValueError
        Empty, with a blank in it, longer than `LONGEST`, or not what UTF-8 can hold.
    """
    if not isinstance(word, str):
        raise TypeError(
            f"{asked_by}: expected words of type str, came {word!r:.60}, of type {type(word).__name__}\n"
            "    hint: str(word) for numbers, word.decode() for bytes"
        )
    if not word or any(blank in word for blank in blanks):
        raise ValueError(
            f"{asked_by}: expected words, came {word[:60]!r}, which is empty or has {_NAMES[blanks]}\n"
            "    hint: word.split() makes several words, '_'.join(word.split()) one"
        )
    if not word.isascii():
        try:
            fits = to_text(to_bytes(word)) == word
        except UnicodeEncodeError:
            fits = False
        if not fits:
            raise ValueError(
                f"{asked_by}: expected words that UTF-8 can hold, came {word[:60]!r}, with half a character\n"
                "    hint: read the text anew, or word.encode('utf-8', 'replace').decode()"
            )
    if len(word) > LONGEST // 4 and len(to_bytes(word)) > LONGEST:
        raise ValueError(
            f"{asked_by}: expected words of at most {LONGEST:,} bytes, came one of {len(to_bytes(word)):,}: "
            f"{word[:20]!r} ...\n    hint: has the text blanks? a tokeniser of its language finds the words"
        )


def expect_words(words: Sequence[object], asked_by: str, blanks: str = BLANKS) -> None:
    """Look at many different words, in a tenth of the time; raises as `expect_word`."""
    if not words:
        return
    try:
        joined = "\n".join(words)  # type: ignore[arg-type]
        raw = joined.encode()
    except (TypeError, UnicodeEncodeError):
        raw = b""
    ends = len(words) - 1
    without = raw.translate(None, "".join({*blanks, "\n"}).encode())
    usual = len(raw) - len(without) == ends and b"\n\n" not in b"\n" + raw + b"\n"
    if not usual or max(map(len, words)) > LONGEST // 4:  # type: ignore[arg-type]
        for word in words:
            expect_word(word, asked_by, blanks)
