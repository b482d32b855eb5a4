"""Win-stay, lose-shift: where a player goes from its last move after each outcome.

The conditional responses of Wang, Xu & Zhou (2014), "Social cycling and conditional responses in
the Rock-Paper-Scissors game", Scientific Reports 4, 5830: nine rates in Rock Paper Scissors, one
for each outcome and step. A player who draws each move evenly has all at 1/3.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS, Estimate, ratio
from harness.metrics.multiplicity import holm
from harness.metrics.sequences.moves import Floats, Ints, checked

__all__ = ["Response", "stay_shift"]

OUTCOMES = ("win", "tie", "loss")

TIE = 1e-9
"""Differences from the value, as a share of the range of payoffs, that are rounding."""


@dataclass(frozen=True)
class Response:
    """How often the player takes one step after one outcome.

    Attributes:
        outcome: of the round before: `win`, `tie` or `loss`.
        step: `stay`; `up` to the move that beats one's last, `down` to the one that it beats.
        rate: share of the rounds after this outcome; its n are matches.
        even: the rate of a player who draws each move evenly.
        p_value: two-sided, that the rate is `even`, by blocks; None with fewer than 5 blocks with
            such rounds, or nothing varied.
        p_holm: the same, corrected for all rates that were tested.
    """

    outcome: str
    step: str
    rate: Estimate
    even: float
    p_value: float | None
    p_holm: float | None


def stay_shift(
    own: ArrayLike,
    other: ArrayLike,
    payoffs: ArrayLike,
    value: float,
    *,
    blocks: Sequence[Hashable],
    tables: Sequence[Hashable],
    seed: int = 0,
) -> list[Response]:
    """The rates of staying and shifting after each outcome, and whether they differ from chance.

    A round counts if it and the round before hold a valid move of the player, and the round before
    one of the other. Where three moves beat each other in a circle the steps are `stay`, `up` and
    `down`; in other games only `stay` is told, since what is not staying is shifting.

    Args:
        own: shape (matches, rounds), moves of the player; -1 where there was no valid one.
        other: shape (matches, rounds), moves of its opponents, likewise.
        payoffs: shape (own actions, other's actions), to the player.
        value: a round that paid more is won, one that paid less lost; what differs from it by less
            than a billionth of the range of payoffs is a tie, since values are computed.
        blocks: length matches, the unit of inference that each belongs to.
        tables: length matches, who played.
        seed: of the bootstrap.

    Returns:
        Nine responses for Rock Paper Scissors, otherwise one for each outcome that the game has.

    Raises:
        UsageError: the shapes differ, or a move is out of range.

    >>> rps = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
    >>> rates = stay_shift([0, 0, 1], [2, 1, 0], rps, 0, blocks=["a"], tables=["b"])
    >>> [(r.outcome, r.step, r.rate.value) for r in rates if r.rate.value]
    [('win', 'stay', 1.0), ('loss', 'up', 1.0)]
    """
    table = np.asarray(payoffs, float)
    moves = checked(own, table.shape[0], "own")
    others = checked(other, table.shape[1], "other")
    if moves.shape != others.shape:
        raise UsageError(f"own has shape {moves.shape} and other {others.shape}: they must agree")
    last, met, now = moves[:, :-1], others[:, :-1], moves[:, 1:]
    valid = (last >= 0) & (met >= 0) & (now >= 0)
    results = _results(table, value)
    result = results[last, met]
    found = []
    for name, sign in zip(OUTCOMES, (1, 0, -1), strict=True):
        if not (results == sign).any():
            continue
        after = valid & (result == sign)
        n_after = after.sum(axis=1)
        for step, reached in _steps(results).items():
            taken = (after & reached[last, now]).sum(axis=1)
            even = 1 / len(table)
            p_value = _p_value(taken - even * n_after, n_after, blocks)
            rate = ratio(taken, n_after, blocks, tables, seed)
            found.append(Response(name, step, rate, even, p_value, None))
    tested = [i for i, response in enumerate(found) if response.p_value is not None]
    corrected = holm([p for response in found if (p := response.p_value) is not None])
    for i, p_holm in zip(tested, corrected, strict=True):
        found[i] = replace(found[i], p_holm=float(p_holm))
    return found


def _results(payoffs: Floats, value: float) -> Floats:
    """1 for each cell that is won, -1 for one lost, 0 for a tie."""
    above = payoffs - value
    return np.where(np.abs(above) <= TIE * np.ptp(payoffs), 0.0, np.sign(above))


def _steps(results: Floats) -> dict[str, NDArray[np.bool_]]:
    """For each step, whether it leads from one move (row) to another (column)."""
    stay = np.eye(len(results), dtype=bool)
    if results.shape == (3, 3):
        beats = results > 0
        one_each = (beats.sum(axis=0) == 1).all() and (beats.sum(axis=1) == 1).all()
        if one_each and ((beats != beats.T) == ~stay).all():
            return {"stay": stay, "up": beats.T, "down": beats}
    return {"stay": stay}


def _p_value(surplus: Floats, counts: Ints, blocks: Sequence[Hashable]) -> float | None:
    """Student's t test that the surplus of blocks is 0 on average."""
    from scipy.stats import t as student

    codes: dict[Hashable, int] = {}
    which = [codes.setdefault(block, len(codes)) for block in blocks]
    sums = np.bincount(which, weights=surplus)[np.bincount(which, weights=counts) > 0]
    if sums.size < FEWEST_BLOCKS or np.ptp(sums) < 1e-9:
        return None
    statistic = sums.mean() / (sums.std(ddof=1) / np.sqrt(sums.size))
    return float(2 * student.sf(abs(statistic), sums.size - 1))
