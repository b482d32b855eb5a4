"""What calls take, as ranges that can be added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["NONE", "NOTHING", "Figures", "Range"]


@dataclass(frozen=True, slots=True)
class Range:
    """A number that is not known exactly.

    >>> Range(1, 2, 4) + Range.exactly(1)
    Range(low=2, likely=3, high=5)
    """

    low: float
    likely: float
    high: float

    @classmethod
    def exactly(cls, number: float) -> Range:
        """A number that is known."""
        return cls(number, number, number)

    def __iter__(self) -> Iterator[float]:
        return iter((self.low, self.likely, self.high))

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def times(self, factor: float) -> Range:
        """The range of something that happens so many times."""
        return Range(self.low * factor, self.likely * factor, self.high * factor)

    def by(self, other: Range) -> Range:
        """The product, each end with the same end."""
        return Range(self.low * other.low, self.likely * other.likely, self.high * other.high)


@dataclass(frozen=True, slots=True)
class Figures:
    """What calls take.

    Attributes:
        calls: how many there are.
        input_tokens: tokens read.
        output_tokens: tokens written.
        usd: what they cost; None where that is not known.
    """

    calls: Range
    input_tokens: Range
    output_tokens: Range
    usd: Range | None

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            None if self.usd is None or other.usd is None else self.usd + other.usd,
        )

    def times(self, factor: float) -> Figures:
        """What so many times the calls take."""
        return Figures(
            self.calls.times(factor),
            self.input_tokens.times(factor),
            self.output_tokens.times(factor),
            None if self.usd is None else self.usd.times(factor),
        )


NONE = Range.exactly(0)
"""Nothing at all."""

NOTHING = Figures(NONE, NONE, NONE, NONE)
"""What no calls take."""
