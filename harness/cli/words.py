"""Numbers as people say them: times, money, many of something."""

from __future__ import annotations

import math

__all__ = ["count", "duration", "money"]

LEAST_USD = 0.0001
"""Less than this is said to be under it: nobody counts it."""

THOUSANDS = ("", " k", " M", " B", " T")


def duration(seconds: float) -> str:
    """A time in its one or two greatest units; "unknown" where it is no finite number.

    >>> [duration(s) for s in (0.3, 45, 200, 7790, 100_000)]
    ['0.3 s', '45 s', '3 min', '2 h 10 min', '1 d 4 h']
    """
    if not math.isfinite(seconds):
        return "unknown"
    if 0.05 <= seconds < 0.95:
        return f"{seconds:.1f} s"
    if (whole := round(max(0.0, seconds))) < 60:
        return f"{whole} s"
    if (minutes := round(whole / 60)) < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(minutes / 60), 24, "d", "h")


def _two(n: int, size: int, great: str, small: str) -> str:
    """A number of small units as great ones and what is left."""
    most, rest = divmod(n, size)
    return f"{most} {great} {rest} {small}" if rest else f"{most} {great}"


def money(usd: float) -> str:
    """An amount of USD: cents, two digits where it is less than one, none where it is much.

    >>> [money(usd) for usd in (0, 0.0000012, 0.0031, 0.312, 12.4, 2310.44)]
    ['$0', 'under $0.0001', '$0.0031', '$0.31', '$12.40', '$2,310']
    """
    if not math.isfinite(usd):
        return "unknown"
    if usd <= 0:
        return "$0"
    if usd < LEAST_USD:
        return f"under ${LEAST_USD}"
    if usd >= 999.995:
        return f"${usd:,.0f}"
    return f"${usd:.{max(2, 1 - math.floor(math.log10(usd)))}f}"


def count(n: float) -> str:
    """How many: in full up to ten thousand, then three digits and the size.

    >>> [count(n) for n in (0, 2310, 12_345, 999_950, 1_234_567)]
    ['0', '2,310', '12.3 k', '1.00 M', '1.23 M']
    """
    if not math.isfinite(n):
        return "unknown"
    if round(n) < 10_000:
        return f"{round(n):,}"
    size = 0
    while n >= 999.5 and size < len(THOUSANDS) - 1:
        n, size = n / 1000, size + 1
    digits = 0 if n >= 99.95 else 1 if n >= 9.995 else 2
    return f"{n:,.{digits}f}{THOUSANDS[size]}"
