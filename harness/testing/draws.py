"""Chance of which one draw can be another, with all others as they were."""

from __future__ import annotations

from random import Random
from typing import Any

__all__ = ["EXTREMES", "Draws"]

EXTREMES = {3: 1e-9, 4: 1 - 1e-9}
"""Ways of altering a draw that put it at the lower or the upper end of its range, so that what
happens with some probability does so, or does not; others shift it."""


class Draws(Random):
    """A stream of chance that counts its draws and can alter one of them.

    Every number that is asked for, whatever its range, is one draw, so that an altered draw leaves
    those after it as they were.

    Args:
        seed: of the stream.
        altered: which draw is another, counted from 0; none if negative.
        by: tells apart several ways to alter it, from 1; two of them are `EXTREMES`.

    Attributes:
        n_drawn: how many draws there were.

    >>> plain, other = Draws(7), Draws(7, altered=1)
    >>> one, two = ([stream.randint(1, 6) for _ in range(4)] for stream in (plain, other))
    >>> [a == b for a, b in zip(one, two, strict=True)]
    [True, False, True, True]
    """

    def __init__(self, seed: int, altered: int = -1, by: int = 1) -> None:
        super().__init__(seed)
        self.n_drawn = 0
        self._altered = altered
        self._by = by

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Begin anew, as `random.Random.seed` does."""
        super().seed(a, version)
        self.n_drawn = 0

    def random(self) -> float:
        """A number from 0 to below 1."""
        number, shift = super().getrandbits(53) * 2.0**-53, self._shift()
        return EXTREMES.get(shift, (number + 0.375 * shift) % 1.0)

    def getrandbits(self, k: int, /) -> int:
        """A whole number of `k` bits."""
        bits = super().getrandbits(max(k, 1))
        shift = self._shift()
        return (bits + shift) % 2**k if k else 0

    def _randbelow(self, n: int) -> int:
        """A whole number from 0 to below `n`: what choices, samples and shuffles are made of."""
        number = super().getrandbits(n.bit_length() + 64)
        shift = self._shift()
        return int(EXTREMES[shift] * n) if shift in EXTREMES else (number + shift) % n

    def _shift(self) -> int:
        """How far the draw that is due now is shifted."""
        self.n_drawn += 1
        return self._by if self.n_drawn - 1 == self._altered else 0
