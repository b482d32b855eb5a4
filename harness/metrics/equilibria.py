"""Equilibria of two-player games, each checked by its NashConv before it is returned.

Small games are solved in exact arithmetic, so that ties, duplicated rows and constant payoffs
cannot mislead; constant-sum games of any size by linear programming. A solver that reaches its
limit says so and returns no equilibrium.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.best_response_polytopes import Exact, extreme_pairs, whole_payoffs
from harness.metrics.lemke_howson import complementary_path
from harness.metrics.normal_form import Floats, check_payoffs, nash_conv
from harness.metrics.security import is_constant_sum

__all__ = [
    "NashSubset",
    "Solution",
    "equilibria",
    "extreme_equilibria",
    "lemke_howson",
    "nash_components",
    "zero_sum_equilibrium",
]

LIMIT_S = 30.0
MAX_PIVOTS = 10_000
MOST_ACTIONS = 5
"""Up to so many actions a player, `equilibria` finds all extreme equilibria."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver found.

    Attributes:
        equilibria: pairs of mixed strategies, shapes (k_1,) and (k_2,); empty if not finished.
        nash_conv: the largest NashConv among them, in points; None if there are none.
        method: `lemke-howson`, `linear program` or `vertex enumeration`.
        complete: whether these are all extreme equilibria; where not, there may be others.
        finished: whether the solver came to its end, and what it found passed the check.
        reason: why it did not; empty if it did.
    """

    equilibria: tuple[tuple[Floats, Floats], ...]
    nash_conv: float | None
    method: str
    complete: bool
    finished: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NashSubset:
    """Strategies that can be exchanged: any mix of the rows against any mix of the columns.

    Attributes:
        rows: extreme strategies of the first player, exact.
        columns: likewise of the second.
    """

    rows: tuple[Exact, ...]
    columns: tuple[Exact, ...]


def equilibria(
    payoffs: ArrayLike, limit_s: float = LIMIT_S, max_pivots: int = MAX_PIVOTS
) -> Solution:
    """All extreme equilibria up to 5x5 actions; one equilibrium of a larger game.

    Args:
        payoffs: shape (2, k_1, k_2), in points.
        limit_s: seconds after which an unfinished search gives up.
        max_pivots: of Lemke-Howson, after which it gives up.

    Raises:
        UsageError: not two players.

    >>> found = equilibria([[[-1, 2], [0, 1]], [[-1, 0], [2, 1]]])  # hawk-dove, v = 2, c = 4
    >>> found.equilibria[1]
    (array([0.5, 0.5]), array([0.5, 0.5]))
    """
    game = _bimatrix(payoffs)
    if max(game.shape[1:]) <= MOST_ACTIONS:
        return extreme_equilibria(game, limit_s)
    if is_constant_sum(game):
        solution = zero_sum_equilibrium(game)
        if solution.finished:
            return solution
    return lemke_howson(game, limit_s=limit_s, max_pivots=max_pivots)


def zero_sum_equilibrium(payoffs: ArrayLike) -> Solution:
    """One equilibrium of a two-player constant-sum game, by linear programming.

    The strategies are the primal and the dual solution of the first player's maximin program
    (Dantzig 1951, A proof of the equivalence of the programming problem and the game problem).

    Args:
        payoffs: shape (2, k_1, k_2), in points.

    Raises:
        UsageError: not two players, or payoffs that do not sum to a constant.

    >>> zero_sum_equilibrium([[[2, 0], [0, 1]], [[-2, 0], [0, -1]]]).equilibria[0][1].round(9)
    array([0.33333333, 0.66666667])
    """
    from scipy.optimize import linprog

    game = _bimatrix(payoffs)
    if not is_constant_sum(game):
        raise UsageError("payoffs do not sum to a constant; use lemke_howson or equilibria")
    k, m = game.shape[1:]
    scaled = (game[0] - game[0].min()) / (np.ptp(game[0]) or 1.0)
    solved = linprog(
        c=np.append(np.zeros(k), -1.0),
        A_ub=np.column_stack([-scaled.T, np.ones(m)]),
        b_ub=np.zeros(m),
        A_eq=[[1.0] * k + [0.0]],
        b_eq=[1.0],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if solved.status != 0:
        return Solution((), None, "linear program", False, False, str(solved.message))
    x, y = np.asarray(solved.x)[:k].clip(min=0), (-solved.ineqlin.marginals).clip(min=0)
    return _checked(game, [(x / x.sum(), y / y.sum())], "linear program", complete=False)


def lemke_howson(
    payoffs: ArrayLike, label: int = 0, limit_s: float = LIMIT_S, max_pivots: int = MAX_PIVOTS
) -> Solution:
    """One equilibrium of a two-player game, by complementary pivoting in exact arithmetic.

    Lemke & Howson (1964, Journal of SIAM 12(2), 413-423) with the lexicographic choice of the
    leaving variable, which no tie can make cycle, and integer pivoting (von Stengel 2007,
    Equilibrium computation for two-player games, in Algorithmic Game Theory, section 3.6).

    Args:
        payoffs: shape (2, k_1, k_2), in points.
        label: the action that is dropped first, the first player's from 0, then the second's;
            different ones may lead to different equilibria.
        limit_s: seconds after which it gives up.
        max_pivots: steps after which it gives up; paths can be exponentially long.

    Raises:
        UsageError: not two players, or a label out of range.

    >>> lemke_howson([[[10, 0], [0, 7]], [[7, 0], [0, 10]]]).equilibria
    ((array([1., 0.]), array([1., 0.])),)
    """
    game = _bimatrix(payoffs)
    n_rows, n_columns = game.shape[1:]
    if not 0 <= label < n_rows + n_columns:
        raise UsageError(f"label is {label}; this game has labels 0 to {n_rows + n_columns - 1}")
    found = complementary_path(
        whole_payoffs(game[0]),
        whole_payoffs(game[1]),
        label,
        time.monotonic() + limit_s,
        max_pivots,
    )
    if found is None:
        return _unfinished(
            "lemke-howson",
            f"no end within {max_pivots} pivots and {limit_s:g} s; try another label, or raise"
            " max_pivots and limit_s",
        )
    return _checked(game, [(_floats(found[0]), _floats(found[1]))], "lemke-howson", complete=False)


def extreme_equilibria(payoffs: ArrayLike, limit_s: float = LIMIT_S) -> Solution:
    """All extreme equilibria of a two-player game, degenerate or not, in exact arithmetic.

    The pairs of vertices of the two best-response polytopes that together carry every label;
    every equilibrium mixes such pairs (Mangasarian 1964, Journal of SIAM 12(4), 778-780; Avis,
    Rosenberg, Savani & von Stengel 2010, Economic Theory 42(1), 9-37). Meant for up to 5 actions
    a player, where it takes a few hundredths of a second; the time grows exponentially.

    Args:
        payoffs: shape (2, k_1, k_2), in points.
        limit_s: seconds after which it gives up.

    Raises:
        UsageError: not two players.

    >>> found = extreme_equilibria([[[10, 0], [0, 7]], [[7, 0], [0, 10]]])
    >>> [(x.round(4).tolist(), y.round(4).tolist()) for x, y in found.equilibria]  # 10/17, 7/17
    [([0.0, 1.0], [0.0, 1.0]), ([0.5882, 0.4118], [0.4118, 0.5882]), ([1.0, 0.0], [1.0, 0.0])]
    """
    game = _bimatrix(payoffs)
    pairs = _extreme_pairs(game, limit_s)
    if pairs is None:
        return _unfinished("vertex enumeration", f"no end within {limit_s:g} s; use lemke_howson")
    profiles = [(_floats(x), _floats(y)) for x, y in pairs]
    return _checked(game, profiles, "vertex enumeration", complete=True)


def nash_components(
    payoffs: ArrayLike, limit_s: float = LIMIT_S
) -> tuple[tuple[NashSubset, ...], ...] | None:
    """The whole set of equilibria of a two-player game: its components, each exact.

    A component is a connected set, given as the union of its maximal Nash subsets: a single
    pair of strategies where an equilibrium is isolated, products of convex sets where it is not
    (Winkels 1979, in Game Theory and Related Topics, 137-148; Avis et al. 2010, section 5).

    Args:
        payoffs: shape (2, k_1, k_2), in points.
        limit_s: seconds after which it gives up.

    Returns:
        Components in lexicographic order; None where the time did not suffice.

    Raises:
        UsageError: not two players.

    >>> (component,) = nash_components([[[1, 1], [1, 1]], [[1, 0], [0, 1]]])  # an indifferent row
    >>> len(component)
    3
    """
    pairs = _extreme_pairs(_bimatrix(payoffs), limit_s)
    if pairs is None:
        return None
    replies: dict[Exact, frozenset[Exact]] = {}
    for x, y in pairs:
        replies[x] = replies.get(x, frozenset()) | {y}
    # Maximal products: the closed sets of columns, each with all rows that go with them.
    closed = set(replies.values())
    fresh = closed
    while fresh:
        fresh = {a & b for a in fresh for b in replies.values()} - closed - {frozenset[Exact]()}
        closed = closed | fresh
    subsets = sorted(
        (tuple(sorted(x for x, all_y in replies.items() if ys <= all_y)), tuple(sorted(ys)))
        for ys in closed
    )
    components: list[list[NashSubset]] = []
    for rows, columns in subsets:
        subset = NashSubset(rows, columns)
        touching = [c for c in components if any(_meet(subset, other) for other in c)]
        components = [c for c in components if c not in touching]
        components.append([*(s for c in touching for s in c), subset])
    return tuple(
        sorted(
            (tuple(sorted(c, key=lambda s: (s.rows, s.columns))) for c in components),
            key=lambda c: (c[0].rows, c[0].columns),
        )
    )


def _meet(one: NashSubset, other: NashSubset) -> bool:
    """Whether two maximal Nash subsets share an equilibrium: then they share an extreme one."""
    return bool(set(one.rows) & set(other.rows) and set(one.columns) & set(other.columns))


def _extreme_pairs(game: Floats, limit_s: float) -> list[tuple[Exact, Exact]] | None:
    """All extreme equilibria; None where the time did not suffice."""
    rows, columns = whole_payoffs(game[0]), whole_payoffs(game[1])
    return extreme_pairs(rows, columns, time.monotonic() + limit_s)


def _bimatrix(payoffs: ArrayLike) -> Floats:
    game = check_payoffs(payoffs)
    if len(game) != 2:
        raise UsageError(
            f"payoffs are for {len(game)} players; these solvers take two, and pure_equilibria any"
        )
    return game


def _floats(strategy: Iterable[Fraction]) -> Floats:
    return np.array([float(p) for p in strategy])


def _unfinished(method: str, reason: str) -> Solution:
    return Solution((), None, method, complete=False, finished=False, reason=reason)


def _checked(
    game: Floats, profiles: Sequence[tuple[Floats, Floats]], method: str, *, complete: bool
) -> Solution:
    """The solution, if no profile's NashConv is more than 1e-8 or what rounding alone makes it."""
    worst = max(nash_conv(game, profile) for profile in profiles)
    spread = max(np.ptp(matrix) for matrix in game)
    allowed = max(1e-8 * min(1.0, spread), 1e-13 * np.abs(game).max())
    if worst > allowed:
        return _unfinished(method, f"NashConv is {worst:.1e} where {allowed:.1e} is allowed")
    return Solution(tuple(profiles), worst, method, complete, finished=True)
