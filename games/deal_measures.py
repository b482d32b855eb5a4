"""What is measured of a game of Deal or No Deal: agreement, efficiency, fairness.

Everything is computed from the points that the two shares are worth to those who receive them,
whatever the objective of the game, by looking through all divisions of the items.

Many of these measures have two readings in the literature. Over *agreed* games alone (Lewis et al.
2017, arXiv:1706.05125, in the code published with it), a measure is None where there is no deal,
so that the mean of the others is the one over deals. Over *all* games (Liao, Tomlin & Klein 2024,
arXiv:2406.18872), a game without a deal counts 0: the measure whose name ends in `_all`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from harness.games.deal_contexts import Context, Numbers, worth

Scores: TypeAlias = tuple[int, int]
Measured: TypeAlias = dict[str, tuple[float | None, float | None]]

MEASURES = {
    "agreement": "whether there was a deal: 1 or 0",
    "own_score": "points that the own share is worth to the player itself; deals only",
    "own_score_all": "the same, 0 without a deal",
    "joint_score": "points of both players together; deals only",
    "pareto": "whether no division is better for one and not worse for the other; deals only",
    "pareto_all": "the same, 0 without a deal",
    "joint_score_all": "points of both players together; 0 without a deal",
    "joint_ratio": "joint score as a share of the highest possible one; deals only",
    "joint_ratio_all": "the same, 0 without a deal",
    "pareto_distance": "distance of the scores, in points, from the nearest Pareto-optimal ones;"
    " deals only",
    "pareto_distance_all": "the same; without a deal from scores of 0 and 0",
    "gap": "points that the player could have had besides, the other having no less; deals only",
    "gap_all": "the same; without a deal, the most it could have had with the other having 1",
    "nash_ratio": "product of the scores as a share of the highest possible one; deals only",
    "nash_ratio_all": "the same, 0 without a deal",
    "egalitarian_ratio": "the lower score as a share of the highest possible lower one; deals only",
    "egalitarian_ratio_all": "the same, 0 without a deal",
    "fairness": "1 less the difference of the scores as a share of their sum; deals only",
    "fairness_all": "the same, 0 without a deal",
    "score_gap": "absolute difference of the two scores; deals only",
    "envy": "how many points more the other's share is worth to the player than its own, 0 if it"
    " is worth no more; deals only",
    "fair_score": "points of the player where the product of the scores is highest, on average over"
    " ties, whether or not there was a deal",
    "messages": "messages that the player sent",
}
"""What each number in the results of a game is."""


def bounds(most: float) -> dict[str, tuple[float, float]]:
    """The least and the greatest that each can be, where all items are worth `most` to a player.

    >>> bounds(10)["own_score"], bounds(10)["joint_score_all"], bounds(10)["pareto"]
    ((0, 10), (0, 20), (0, 1))
    """
    shares = ("pareto", "joint_ratio", "nash_ratio", "egalitarian_ratio", "fairness")
    points = {"own_score": most, "gap": most, "joint_score": 2 * most, "pareto_distance": math.inf}
    ends = {**dict.fromkeys(shares, 1), **points}
    return {
        "agreement": (0, 1),
        **{f"{name}{which}": (0, end) for name, end in ends.items() for which in ("", "_all")},
        **dict.fromkeys(("score_gap", "envy", "fair_score"), (0, most)),
        "messages": (0, math.inf),
    }


def outcomes(context: Context) -> list[Scores]:
    """Both players' scores in every division of all the items, in the order of player 0's share."""
    first, second = context.values
    shares = itertools.product(*(range(count + 1) for count in context.counts))
    return [(worth(first, own), worth(second, rest(context.counts, own))) for own in shares]


def rest(counts: Numbers, share: Sequence[int]) -> Numbers:
    """What a share leaves of the items."""
    return tuple(count - taken for count, taken in zip(counts, share, strict=True))


def pareto_frontier(points: Iterable[Scores]) -> list[Scores]:
    """The scores that no others dominate, by rising score of player 0.

    Scores dominate others if they are better for one player and not worse for the other.

    >>> pareto_frontier([(2, 10), (10, 6), (10, 5), (1, 10)])
    [(2, 10), (10, 6)]
    """
    frontier: list[Scores] = []
    for point in sorted(set(points), reverse=True):
        if not frontier or point[1] > frontier[-1][1]:
            frontier.append(point)
    return frontier[::-1]


def measure(
    context: Context, shares: tuple[Numbers, Numbers] | None, messages: tuple[int, int]
) -> Measured:
    """All measures of one game, by name; see `MEASURES`.

    A measure is None as well where it would divide by 0: the ratio to a highest value of 0, and
    fairness where both scores are 0.

    Sources: `nash_ratio` after Nash (1950, Econometrica 18(2), 155-162), with no deal as
    the disagreement point; `pareto_distance`, Euclidean and to the nearest single point of the
    frontier, after Baarslag, Hindriks, Jonker, Kraus & Lin (2012, "The First Automated Negotiating
    Agents Competition"); `score_gap` after He, Chen, Balakrishnan & Liang (2018, arXiv:1808.09637).

    Args:
        context: the items and their values.
        shares: what each player received; None without a deal.
        messages: how many messages each player sent.
    """
    points = outcomes(context)
    scores = (0, 0)
    if shares:
        scores = worth(context.values[0], shares[0]), worth(context.values[1], shares[1])
    measured: Measured = {
        "agreement": _both(float(shares is not None)),
        "own_score": scores if shares else (None, None),
        "own_score_all": scores,
    }
    zero_filled = _efficiency(points, scores) | {"fairness": _fairness(scores)}
    if not shares:
        zero_filled = {k: None if v is None else 0.0 for k, v in zero_filled.items()}
    zero_filled["fairness"] = zero_filled["fairness"] if shares else 0.0
    filled = {name: _both(value) for name, value in zero_filled.items()}
    filled["pareto_distance"] = _both(_distance(points, scores))
    filled["gap"] = _gaps(points, scores, least=0 if shares else 1)
    for name, value in filled.items():
        measured[name] = value if shares else (None, None)
        measured[f"{name}_all"] = value
    difference = float(abs(scores[0] - scores[1]))
    measured["score_gap"] = _both(difference if shares else None)
    measured["envy"] = _envy(context, shares) if shares else (None, None)
    measured["fair_score"] = _fair(points)
    measured["messages"] = messages
    return {name: measured[name] for name in MEASURES}


def _both(value: float | None) -> tuple[float | None, float | None]:
    """A number of the game as one of each player."""
    return value, value


def _efficiency(points: Sequence[Scores], scores: Scores) -> dict[str, float | None]:
    """How much of what was possible the scores are, by several standards."""
    return {
        "joint_score": float(sum(scores)),
        "joint_ratio": _ratio(sum(scores), max(map(sum, points))),
        "pareto": float(scores in pareto_frontier(points)),
        "nash_ratio": _ratio(math.prod(scores), max(map(math.prod, points))),
        "egalitarian_ratio": _ratio(min(scores), max(map(min, points))),
    }


def _ratio(value: int, best: int) -> float | None:
    return value / best if best else None


def _fairness(scores: Scores) -> float | None:
    return 1 - abs(scores[0] - scores[1]) / sum(scores) if any(scores) else None


def _distance(points: Sequence[Scores], scores: Scores) -> float:
    """The Euclidean distance from the nearest point of the Pareto frontier."""
    return min(math.dist(scores, point) for point in pareto_frontier(points))


def _gaps(
    points: Sequence[Scores], scores: Scores, least: int
) -> tuple[float | None, float | None]:
    """What each player left on the table: the other keeps its score, and at least `least`.

    None where the other cannot have as much as `least`.
    """
    gaps: list[float | None] = []
    for me, other in ((0, 1), (1, 0)):
        kept = max(scores[other], least)
        possible = [point[me] for point in points if point[other] >= kept]
        gaps.append(float(max(possible) - scores[me]) if possible else None)
    return gaps[0], gaps[1]


def _fair(points: Sequence[Scores]) -> tuple[float | None, float | None]:
    """Both players' scores at the Nash bargaining solution; None where no division has one."""
    best = max(map(math.prod, points))
    ties = sorted({point for point in points if math.prod(point) == best})
    if not best:
        return None, None
    first, second = (sum(scores) / len(ties) for scores in zip(*ties, strict=True))
    return first, second


def _envy(context: Context, shares: tuple[Numbers, Numbers]) -> tuple[float, float]:
    first, second = (
        float(max(0, worth(values, shares[1 - me]) - worth(values, shares[me])))
        for me, values in enumerate(context.values)
    )
    return first, second
