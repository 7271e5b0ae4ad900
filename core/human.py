"""Large numbers for human eyes."""

from __future__ import annotations


def count(amount: float) -> str:
    """Return a number with its thousands as a letter.

    >>> count(43_800_000), count(12)
    ('43.8 M', '12 ')
    """
    scaled, letter = _scaled(amount, 1000, ("", "k", "M", "G", "T"))
    return f"{scaled:.3g} {letter}"


def size(amount: float) -> str:
    """Return a number of bytes in a readable unit.

    >>> size(12), size(2_500_000)
    ('12 B', '2.4 MiB')
    """
    scaled, unit = _scaled(amount, 1024, ("B", "KiB", "MiB", "GiB"))
    return f"{scaled:.{0 if unit == 'B' else 1}f} {unit}"


def _scaled(amount: float, step: int, units: tuple[str, ...]) -> tuple[float, str]:
    """Return the amount in the first unit of which it has less than ``step``, or in the last one."""
    for unit in units[:-1]:
        if abs(amount) < step:
            return amount, unit
        amount /= step
    return amount, units[-1]
