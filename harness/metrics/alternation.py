"""Taking turns in repeated games where each player has a favourite efficient cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.efficiency import efficient_cells
from harness.metrics.normal_form import check_payoffs

__all__ = ["Alternation", "alternation", "favourite_cells"]

Cell: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """How two players shared the two favourite cells over the rounds of one match.

    Attributes:
        coordination: share of rounds in either cell; None without rounds.
        alternation: share of successive rounds that went from one to the other; None with fewer
            than two rounds.
        fairness: `1 - |n_1 - n_2| / (n_1 + n_2)` for the rounds in each cell; None if in neither.
        turn_taking: joint payoff as a share of what perfect turns pay; None without rounds, or
            where perfect turns pay nothing or less.
    """

    coordination: float | None
    alternation: float | None
    fairness: float | None
    turn_taking: float | None


def favourite_cells(payoffs: ArrayLike) -> tuple[Cell, Cell] | None:
    """The Pareto-efficient cells that the players could take turns in: the best for each.

    Returns:
        None where a player has no single best one, both have the same, or turns would not pay the
        two together more than every other cell: then there is nothing to alternate for.

    >>> favourite_cells([[[10, 0], [0, 7]], [[7, 0], [0, 10]]])
    ((0, 0), (1, 1))
    >>> favourite_cells([[[3, 0], [5, 1]], [[3, 5], [0, 1]]]) is None
    True
    """
    game = check_payoffs(payoffs)
    if len(game) != 2:
        raise UsageError(f"payoffs are for {len(game)} players; only two can take turns here")
    cells = efficient_cells(game)
    best = []
    for mine in game:
        paid = [mine[cell] for cell in cells]
        if paid.count(max(paid)) > 1:
            return None
        best.append(cells[int(np.argmax(paid))])
    first, second = best
    joint = game.sum(axis=0)
    turns = (joint[first] + joint[second]) / 2
    joint[first] = joint[second] = -np.inf
    return None if first == second or turns <= joint.max() else (first, second)


def alternation(payoffs: ArrayLike, play: Sequence[Sequence[int]]) -> Alternation | None:
    """Coordination, alternation and fairness of one match.

    The benchmark of turns in the battle of the sexes is that of Akata et al. (2025, Playing
    repeated games with large language models, Nature Human Behaviour 9). Always the same cell:
    coordination 1, alternation 0, fairness 0; independent fair coins: 1/2, 1/8 and less than 1.

    Args:
        payoffs: shape (2, k_1, k_2), in points.
        play: the cell of each round, in order.

    Returns:
        None where the game has no favourite cells.

    >>> alternation([[[10, 0], [0, 7]], [[7, 0], [0, 10]]], [(0, 0), (1, 1), (0, 0), (1, 1)])
    Alternation(coordination=1.0, alternation=1.0, fairness=1.0, turn_taking=1.0)
    """
    game = check_payoffs(payoffs)
    cells = favourite_cells(game)
    if cells is None:
        return None
    rounds = [cells.index(cell) if cell in cells else None for cell in map(tuple, play)]
    ones, twos, n = rounds.count(0), rounds.count(1), len(rounds)
    turns = sum({a, b} == {0, 1} for a, b in pairwise(rounds))
    joint = game.sum(axis=0)
    best = float(joint[cells[0]] + joint[cells[1]]) / 2
    paid = float(sum(joint[tuple(cell)] for cell in play))
    return Alternation(
        coordination=(ones + twos) / n if n else None,
        alternation=turns / (n - 1) if n > 1 else None,
        fairness=1 - abs(ones - twos) / (ones + twos) if ones + twos else None,
        turn_taking=paid / n / best if n and best > 0 else None,
    )
