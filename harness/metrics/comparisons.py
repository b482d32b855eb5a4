"""Whether agents earned more than others: differences by pairs, corrected for their number."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.interval import LEAST_FREEDOM
from harness.metrics.multiplicity import holm
from harness.metrics.seats import Seats

__all__ = ["Comparison", "compare_payoffs"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """By how much one agent earned more than another, against those whom both met.

    Attributes:
        agents: the two.
        difference: mean over common opponents of the difference of the payoffs per round.
        low: lower 95 % bound; None where nothing varied or fewer than 5 blocks were repeated.
        high: upper bound, likewise.
        p_value: two-sided, that there is none; None likewise.
        p_holm: the same, corrected for all pairs that were compared (Holm 1979).
        opponents: common opponents.
        paired: whether blocks of the same name were compared with each other.
    """

    agents: tuple[str, str]
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    p_holm: float | None
    opponents: int
    paired: bool


def compare_payoffs(seats: Seats) -> list[Comparison]:
    """Compare all agents of a tournament by pairs, each with its matches against third agents.

    The difference is taken opponent by opponent, so that who met whom how often does not matter.
    Where all blocks against an opponent are named alike for both, as with common seeds, they are
    compared block by block; otherwise as independent, with the degrees of freedom of Welch (1947,
    Biometrika 34, 28-35).

    >>> import pandas as pd
    >>> from harness.metrics.seats import seats_of
    >>> rows = [("m1", "a", 3.0), ("m1", "z", 0.0), ("m2", "b", 1.0), ("m2", "z", 0.0)]
    >>> moves = pd.DataFrame([
    ...     {"match": m, "table": m, "block": m, "agent": a, "payoff": u, "player": int(a == "z"),
    ...      "round": 0, "action": "C", "outcome": "ok", "substituted": False} for m, a, u in rows])
    >>> compare_payoffs(seats_of(moves, None))[0].difference
    2.0
    """
    blocks = _block_means(seats)
    found = []
    for i, j in itertools.combinations(range(len(seats.names)), 2):
        common = [k for k in blocks.get(i, {}) if k in blocks.get(j, {}) and k not in (i, j)]
        if common:
            told = _compared([(blocks[i][k], blocks[j][k]) for k in common])
            found.append(((seats.names[i], seats.names[j]), len(common), told))
    p_values = [told[3] for _, _, told in found if told[3] is not None]
    corrected = iter(holm(p_values).tolist() if p_values else ())
    return [
        Comparison(
            agents=agents,
            difference=told[0],
            low=told[1],
            high=told[2],
            p_value=told[3],
            p_holm=None if told[3] is None else next(corrected),
            opponents=n,
            paired=told[4],
        )
        for agents, n, told in found
    ]


def _block_means(seats: Seats) -> dict[int, dict[int, dict[int, float]]]:
    """Payoff per round by agent, opponent, and name of the block."""
    rows = np.flatnonzero(seats.opponent >= 0)
    sums: dict[tuple[int, int, int], list[float]] = {}
    columns = (
        seats.agent[rows].tolist(),
        seats.opponent[rows].tolist(),
        seats.block_name[rows].tolist(),
        seats.payoff[rows].tolist(),
        seats.rounds[rows].tolist(),
    )
    for agent, opponent, block, paid, rounds in zip(*columns, strict=True):
        cell = sums.setdefault((agent, opponent, block), [0.0, 0.0])
        cell[0] += paid
        cell[1] += rounds
    found: dict[int, dict[int, dict[int, float]]] = {}
    for (agent, opponent, block), (paid, rounds) in sums.items():
        found.setdefault(agent, {}).setdefault(opponent, {})[block] = paid / rounds
    return found


def _compared(
    pairs: list[tuple[dict[int, float], dict[int, float]]],
) -> tuple[float, float | None, float | None, float | None, bool]:
    """Difference, bounds, p-value, and whether paired, over common opponents."""
    from scipy.special import stdtr, stdtrit

    paired = all(one.keys() == two.keys() for one, two in pairs)
    means, parts = [], []
    for one, two in pairs:
        first, second = (np.array(list(side.values())) for side in (one, two))
        means.append(first.mean() - second.mean())
        samples = (first - np.array([two[b] for b in one]),) if paired else (first, second)
        parts += [(float(x.var(ddof=1)) / len(x), len(x) - 1) for x in samples if len(x) > 1]
    difference = float(np.mean(means))
    variance = sum(v for v, _ in parts)
    varied = sum(freedom for v, freedom in parts if v > 1e-12 * variance)
    if variance <= 1e-18 * max(1.0, difference**2) or varied < LEAST_FREEDOM:
        return difference, None, None, None, paired
    freedom = variance**2 / sum(v**2 / f for v, f in parts)
    error = float(np.sqrt(variance)) / len(pairs)
    width = float(stdtrit(freedom, 0.975)) * error
    p_value = float(2 * stdtr(freedom, -abs(difference) / error))
    return difference, difference - width, difference + width, p_value, paired
