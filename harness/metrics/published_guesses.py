"""What people chose in p-beauty contests: published mean first choices, as data.

Only means: the sources quoted here give no distributions. All contests are for numbers from 0 to
100 with p times the mean as the target.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PUBLISHED", "PublishedMean", "published_means"]

ALEKSEENKO = "Alekseenko et al. (arXiv:2502.03158), human means beside their scenarios"
ZHANG = "Zhang et al. (arXiv:2402.01521), human choices with p = 2/3 and their depth"


class PublishedMean(NamedTuple):
    """A mean first choice.

    Attributes:
        p: the factor: 1/2 or 2/3.
        who: the people, and whom they played with.
        players: how many took part in one contest; None where the source does not say.
        mean: of the numbers chosen.
        source: where the mean is quoted.
    """

    p: float
    who: str
    players: int | None
    mean: float
    source: str


PUBLISHED = (
    PublishedMean(1 / 2, "laboratory, 18 players", 18, 27.05, ALEKSEENKO),
    PublishedMean(2 / 3, "laboratory, 18 players", 18, 36.73, ALEKSEENKO),
    PublishedMean(2 / 3, "two players, first-year students", 2, 35.57, ALEKSEENKO),
    PublishedMean(2 / 3, "two players, experts", 2, 21.73, ALEKSEENKO),
    PublishedMean(2 / 3, "18 players, first-year students", 18, 29.31, ALEKSEENKO),
    PublishedMean(2 / 3, "18 players, game theorists", 18, 18.98, ALEKSEENKO),
    PublishedMean(2 / 3, "laboratory", None, 35.13, ZHANG),
    PublishedMean(2 / 3, "classroom", None, 26.84, ZHANG),
    PublishedMean(2 / 3, "take-home", None, 25.20, ZHANG),
    PublishedMean(2 / 3, "theorists", None, 17.15, ZHANG),
    PublishedMean(2 / 3, "internet newsgroup", None, 22.16, ZHANG),
    PublishedMean(2 / 3, "newspaper", None, 23.08, ZHANG),
)
"""All that is quoted, in the order of the sources."""


def published_means(p: float, low: float = 0.0, high: float = 100.0) -> tuple[PublishedMean, ...]:
    """The published means for a contest like this; the laboratory's 18 players come first.

    Returns:
        Nothing for contests with another factor or range.

    >>> [round(one.mean, 2) for one in published_means(1 / 2)]
    [27.05]
    """
    if (low, high) != (0, 100):
        return ()
    return tuple(one for one in PUBLISHED if abs(one.p - p) < 1e-9)
