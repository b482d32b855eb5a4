"""What a player can make sure of in a whole game tree, by one linear program.

The sequence form: a mixed strategy with perfect recall is a realization plan, one number per
information state and action, and the best reply to it is the dual of a linear program in the other
player's information states. Koller, Megiddo & von Stengel (1996), "Efficient computation of
equilibria for extensive two-person games", Games and Economic Behavior 14(2), 247-259, section 3.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeAlias

from harness.errors import UsageError
from harness.metrics.game_tree import END, GameTree

__all__ = ["security_level"]

ROOT = (END, END)
"""The sequence of a player who has not moved yet."""

Sequence: TypeAlias = tuple[int, int]
"""What a player did last, an information state and an action: it tells all that it did."""


def security_level(tree: GameTree, player: int) -> float:
    """The most that a player can expect for sure, whatever the other does, in total points.

    In a game of constant sum it is the player's value (von Neumann).

    Raises:
        UsageError: the solver found none, which a finite game always has.

    >>> pennies = GameTree(
    ...     player=[0, 1, 1, END, END, END, END],
    ...     state=[0, 1, 1, END, END, END, END],
    ...     children=[(1, 2), (3, 4), (5, 6), (), (), (), ()],
    ...     payoffs=[(0, 0)] * 3 + [(2, -2), (0, 0), (0, 0), (1, -1)],
    ... )
    >>> round(security_level(pennies, 0), 12)  # 2/3
    0.666666666667
    """
    import numpy as np
    from scipy.optimize import linprog

    own, other = _numbered(tree, player), _numbered(tree, 1 - player)
    n_variables = len(own) + 1 + len(tree.states(1 - player))
    flow, begin = _plan(tree, player, own, n_variables)
    replies = _replies(tree, player, own, other)
    goal = np.zeros(n_variables)
    goal[len(own)] = -1.0
    free = n_variables - len(own)
    solved = linprog(
        goal,
        A_ub=replies,
        b_ub=np.zeros(len(other)),
        A_eq=flow,
        b_eq=begin,
        bounds=[(0.0, None)] * len(own) + [(None, None)] * free,
        method="highs",
    )
    if not solved.success or solved.x is None:
        raise UsageError(f"the linear program of {len(other)} sequences: {solved.message}")
    return float(solved.x[len(own)])


def _plan(
    tree: GameTree, player: int, own: dict[Sequence, int], n_variables: int
) -> tuple[Any, list[float]]:
    """What makes a realization plan: each information state deals out what leads to it."""
    from scipy.sparse import csr_array

    rows, columns, entries, wanted = [0], [own[ROOT]], [1.0], [1.0]
    states = zip(tree.states(player), tree.sequence(player), strict=True)
    for row, (state, before) in enumerate(states, 1):
        leaving = [own[state, action] for action in range(tree.n_actions[state])]
        rows += [row] * (1 + len(leaving))
        columns += [own[before], *leaving]
        entries += [-1.0, *[1.0] * len(leaving)]
        wanted.append(0.0)
    return csr_array((entries, (rows, columns)), shape=(len(wanted), n_variables)), wanted


def _replies(
    tree: GameTree, player: int, own: dict[Sequence, int], other: dict[Sequence, int]
) -> Any:
    """What the other's replies leave: one row per sequence of the other.

    The variables are the plan, what the whole is worth, and what each information state of the
    other is worth to the player. That is at most what the plan brings at the ends right after one
    of its sequences, and what the states that follow this one are worth.
    """
    from scipy.sparse import csr_array

    states, whole = tree.states(1 - player), len(own)
    place = {state: whole + 1 + i for i, state in enumerate(states)}
    filled = [
        (row, whole if sequence == ROOT else place[sequence[0]], 1.0)
        for sequence, row in other.items()
    ]
    filled += [
        (other[before], place[state], -1.0)
        for state, before in zip(states, tree.sequence(1 - player), strict=True)
    ]
    filled += [
        (theirs, mine, -value) for (mine, theirs), value in _worth(tree, player, own, other).items()
    ]
    rows, columns, entries = zip(*filled, strict=True)
    shape = len(other), whole + 1 + len(states)
    return csr_array((entries, (rows, columns)), shape=shape)


def _numbered(tree: GameTree, player: int) -> dict[Sequence, int]:
    """A player's sequences, numbered: none yet, and each information state with each action."""
    found = {ROOT: 0}
    for state in tree.states(player):
        for action in range(tree.n_actions[state]):
            found[state, action] = len(found)
    return found


def _worth(
    tree: GameTree, player: int, own: dict[Sequence, int], other: dict[Sequence, int]
) -> dict[tuple[int, int], float]:
    """The player's payoff at the ends of each pair of sequences."""
    totals: dict[tuple[int, int], float] = defaultdict(float)
    for end in tree.ends:
        mine, theirs = own[tree.before[player][end]], other[tree.before[1 - player][end]]
        totals[mine, theirs] += tree.payoffs[end][player]
    return totals
