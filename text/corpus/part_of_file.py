"""A part of a file, cut at the ends of lines: a line belongs to the part in which its first byte is."""

from __future__ import annotations

from typing import BinaryIO

PIECE = 1 << 20  # bytes read at a time of a line that belongs to the part before
Span = tuple[int, int]  # bytes of a file, from the first up to the second


class LinesOf:
    """The lines of an open file that begin in the bytes from ``start`` to ``stop``.

    Attributes
    ----------
    begin : int
        Where the first of them begins.

    >>> import io
    >>> part = LinesOf(io.BytesIO(b"a bat\\na cat\\na hat\\n"), 3, 8)
    >>> part.begin, part.readline(100), part.readline(100)
    (6, b'a cat\\n', b'')
    """

    def __init__(self, file: BinaryIO, start: int, stop: int) -> None:
        self.file, self.stop = file, stop
        self.begin = self.place = self._first_line(start)
        self.is_over = self.place >= stop

    def _first_line(self, start: int) -> int:
        """Where the first line that begins at ``start`` or later does."""
        place = self.file.seek(max(start - 1, 0))
        while start and (piece := self.file.readline(PIECE)):
            place += len(piece)
            if piece.endswith(b"\n"):
                break
        return place

    def readline(self, size: int) -> bytes:
        """As a file's: at most ``size`` bytes of a line, b"" at the end."""
        piece = b"" if self.is_over else self.file.readline(size)
        self.place += len(piece)
        self.is_over |= piece.endswith(b"\n") and self.place >= self.stop  # a line that began is read whole
        return piece
