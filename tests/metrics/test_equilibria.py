"""Equilibria against pygambit 17.0.0b2, quantecon 0.11.4 and published games."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import TypeAlias

import numpy as np
import pytest

from harness import UsageError
from harness.metrics import equilibria as module
from harness.metrics.equilibria import (
    Solution,
    equilibria,
    extreme_equilibria,
    lemke_howson,
    nash_components,
    zero_sum_equilibrium,
)
from harness.metrics.normal_form import nash_conv

Matrix: TypeAlias = Sequence[Sequence[float]]

RPS = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
BIASED_RPS = [[0, -25, 50], [25, 0, -5], [-50, 5, 0]]
BLOTTO = [[4, 0, 2, 1], [0, 4, 1, 2], [1, -1, 3, 0], [-1, 1, 0, 3], [-2, -2, 2, 2]]


def negative(matrix: Matrix) -> Matrix:
    return [[-u for u in line] for line in matrix]


# All extreme equilibria: pygambit 17.0.0b2, nash.enummixed_solve(rational=True). The second is
# Hawk-Dove with v = 2 and c = 4 (Maynard Smith 1982), the seventh figure 3.3 of von Stengel
# (2007), which prints the same three equilibria.
PYGAMBIT: dict[str, tuple[Matrix, Matrix, list[str]]] = {
    "battle of the sexes": (
        [[10, 0], [0, 7]],
        [[7, 0], [0, 10]],
        ["0 1 | 0 1", "10/17 7/17 | 7/17 10/17", "1 0 | 1 0"],
    ),
    "hawk-dove": (
        [[-1, 2], [0, 1]],
        [[-1, 0], [2, 1]],
        ["0 1 | 1 0", "1/2 1/2 | 1/2 1/2", "1 0 | 0 1"],
    ),
    "chicken": (
        [[0, -1], [1, -10]],
        [[0, 1], [-1, -10]],
        ["0 1 | 1 0", "9/10 1/10 | 9/10 1/10", "1 0 | 0 1"],
    ),
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], ["1/2 1/2 | 1/2 1/2"]),
    "rock paper scissors": (RPS, negative(RPS), ["1/3 1/3 1/3 | 1/3 1/3 1/3"]),
    "biased rock paper scissors": (
        BIASED_RPS,
        negative(BIASED_RPS),
        ["1/16 5/8 5/16 | 1/16 5/8 5/16"],
    ),
    "three by two": (
        [[3, 3], [2, 5], [0, 6]],
        [[3, 2], [2, 6], [3, 1]],
        ["0 1/3 2/3 | 1/3 2/3", "4/5 1/5 0 | 2/3 1/3", "1 0 0 | 1 0"],
    ),
    "three by two, degenerate": (
        [[3, 3], [2, 5], [0, 6]],
        [[3, 3], [2, 6], [3, 1]],
        ["0 1/3 2/3 | 1/3 2/3", "1 0 0 | 1 0", "1 0 0 | 2/3 1/3"],
    ),
    "Blotto": (
        BLOTTO,
        negative(BLOTTO),
        ["4/9 4/9 0 0 1/9 | 1/30 7/90 8/15 16/45", "4/9 4/9 0 0 1/9 | 7/90 1/30 16/45 8/15"],
    ),
    "an indifferent row player": (
        [[1, 1], [1, 1]],
        [[1, 0], [0, 1]],
        ["0 1 | 0 1", "1/2 1/2 | 0 1", "1/2 1/2 | 1 0", "1 0 | 1 0"],
    ),
    "constant": (
        [[1, 1], [1, 1]],
        [[2, 2], [2, 2]],
        ["0 1 | 0 1", "0 1 | 1 0", "1 0 | 0 1", "1 0 | 1 0"],
    ),
    "duplicated actions": (
        [[3, 0, 3], [0, 2, 0], [3, 0, 3]],
        [[2, 0, 2], [0, 3, 0], [2, 0, 2]],
        [
            "0 0 1 | 0 0 1",
            "0 0 1 | 1 0 0",
            "0 2/5 3/5 | 0 3/5 2/5",
            "0 2/5 3/5 | 2/5 3/5 0",
            "0 1 0 | 0 1 0",
            "3/5 2/5 0 | 0 3/5 2/5",
            "3/5 2/5 0 | 2/5 3/5 0",
            "1 0 0 | 0 0 1",
            "1 0 0 | 1 0 0",
        ],
    ),
}

# Numbers of extreme equilibria and of maximal Nash subsets: the same solver with cliques=True.
PYGAMBIT_COUNTS: list[tuple[Matrix, Matrix, int, int]] = [
    (
        [[0, 1, 0, 1, 1], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 1, 1]],
        [[0, -1, 0, -1, -1], [0, -1, 0, 0, 0], [-1, 0, 0, 0, 0], [0, 0, -1, 0, -1]],
        10,
        4,
    ),
    ([[5, 5, 2, 5, 9], [2, 7, 0, 3, 9]], [[8, 0, 8, 8, 4], [3, 9, 9, 6, 3]], 5, 2),
    ([[0, 0, 2], [1, 1, 1], [1, 2, 1]], [[2, 1, 0], [0, 2, 1], [0, 2, 2]], 2, 1),
    ([[74, 0], [76, 19], [64, 34]], [[23, 92], [47, 88], [18, 48]], 1, 1),
    (
        [[0, 2, 1, 2, 3], [2, 2, 1, 2, 1], [2, 0, 0, 0, 3], [2, 1, 1, 0, 3]],
        [[3, 0, 2, 2, 1], [1, 3, 2, 1, 2], [2, 2, 3, 2, 2], [1, 2, 2, 3, 0]],
        6,
        3,
    ),
    ([[0, 0, 0, 0], [0, 0, 0, 1]], [[0, 0, 0, 1], [0, 0, 0, 0]], 4, 1),
    ([[1, 0, 0, 2], [2, 3, 1, 3], [3, 3, 3, 1]], [[2, 2, 1, 2], [1, 0, 1, 2], [3, 2, 0, 2]], 3, 3),
    ([[0, 1], [1, 1], [0, 1]], [[0, 0], [1, 0], [1, 0]], 2, 2),
    (
        [[3, 2, 6, 0, 3], [2, 0, 4, 5, 1], [5, 2, 1, 7, 4], [3, 2, 6, 0, 3]],
        [[6, 5, 1, 9, 9], [1, 3, 8, 0, 7], [2, 6, 4, 5, 2], [5, 5, 1, 7, 5]],
        3,
        1,
    ),
]


def read(profile: str) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, side.split())) for side in profile.split("|"))


def exact(rows: Matrix, columns: Matrix) -> list[tuple[tuple[Fraction, ...], ...]]:
    """Extreme equilibria by way of the components."""
    components = nash_components([rows, columns])
    assert components is not None
    subsets = [subset for component in components for subset in component]
    return sorted({(x, y) for s in subsets for x in s.rows for y in s.columns})


@pytest.mark.parametrize("name", PYGAMBIT)
def test_all_extreme_equilibria_are_pygambits(name: str) -> None:
    rows, columns, told = PYGAMBIT[name]
    profiles = sorted(map(read, told))
    assert exact(rows, columns) == profiles
    found = extreme_equilibria([rows, columns])
    assert found.complete
    assert found.finished
    for mine, theirs in zip(found.equilibria, profiles, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            assert one.tolist() == [float(p) for p in other]


@pytest.mark.parametrize(("rows", "columns", "n_extreme", "n_subsets"), PYGAMBIT_COUNTS)
def test_degenerate_games_have_as_many_equilibria_and_subsets_as_in_pygambit(
    rows: Matrix, columns: Matrix, n_extreme: int, n_subsets: int
) -> None:
    assert len(exact(rows, columns)) == n_extreme
    components = nash_components([rows, columns])
    assert components is not None
    assert sum(map(len, components)) == n_subsets


@pytest.mark.parametrize("name", PYGAMBIT)
def test_lemke_howson_ends_at_an_extreme_equilibrium_from_every_label(name: str) -> None:
    rows, columns, told = PYGAMBIT[name]
    all_of_them = {tuple(tuple(map(float, side)) for side in read(profile)) for profile in told}
    for label in range(len(rows) + len(rows[0])):
        (found,) = lemke_howson([rows, columns], label).equilibria
        assert tuple(tuple(side.tolist()) for side in found) in all_of_them


def test_an_indifferent_player_makes_one_connected_component() -> None:
    rows, columns, _ = PYGAMBIT["an indifferent row player"]
    components = nash_components([rows, columns])
    assert components is not None
    assert list(map(len, components)) == [3]


def test_isolated_equilibria_are_components_of_their_own() -> None:
    rows, columns, _ = PYGAMBIT["battle of the sexes"]
    components = nash_components([rows, columns])
    assert components is not None
    assert [[(len(s.rows), len(s.columns)) for s in c] for c in components] == [[(1, 1)]] * 3


def test_strict_ordinal_games_have_one_equilibrium_or_three() -> None:
    """Three where two are pure, 18 of the 144 games, and one in the others; four times each.

    Robinson & Goforth (2005), The Topology of the 2x2 Games.
    """
    orders = [np.reshape(p, (2, 2)) for p in permutations(range(1, 5))]
    counts = [len(extreme_equilibria([a, b]).equilibria) for a in orders for b in orders]
    assert (counts.count(1), counts.count(3)) == (4 * 126, 4 * 18)


def test_the_travelers_dilemma_of_nine_claims_is_solved() -> None:
    """Its only equilibrium is the lowest claims (pygambit 17.0.0b2; Basu 1994)."""
    row = [[min(a, b) + 2 * np.sign(b - a) for b in range(9)] for a in range(9)]
    game = np.array([row, np.transpose(row)])
    for label in range(18):
        (found,) = lemke_howson(game, label).equilibria
        assert found[0][0] == found[1][0] == 1
    assert equilibria(game).method == "lemke-howson"


def test_a_game_is_given_to_the_solver_that_suits_it() -> None:
    zero_sum = np.random.default_rng(0).normal(size=(8, 7))
    assert equilibria([zero_sum, -zero_sum]).method == "linear program"
    small = equilibria([RPS, negative(RPS)])
    assert (small.method, small.complete) == ("vertex enumeration", True)


def test_a_solver_that_reaches_its_limit_says_so() -> None:
    game = np.random.default_rng(0).normal(size=(2, 12, 12))
    for found in (
        lemke_howson(game, max_pivots=2),
        lemke_howson(game, limit_s=-1),
        extreme_equilibria(game, limit_s=-1),
        equilibria(game, max_pivots=2),
    ):
        assert not found.finished
        assert found.equilibria == ()
        assert found.nash_conv is None
        assert "no end within" in found.reason
    assert nash_components(game, limit_s=-1) is None


def test_what_fails_the_check_is_not_returned() -> None:
    game = 1.0 * np.array([RPS, negative(RPS)])
    wrong = [(np.array([1.0, 0, 0]), np.array([1.0, 0, 0]))]
    found = module._checked(game, wrong, "guess", complete=False)
    assert (found.equilibria, found.finished) == ((), False)
    assert "NashConv is 2.0e+00" in found.reason


def test_payoffs_that_differ_by_little_or_by_much_are_told_apart() -> None:
    for scale in (1e-12, 1e12):
        game = scale * np.array(PYGAMBIT["three by two"][:2])
        assert len(extreme_equilibria(game).equilibria) == 3
        assert lemke_howson(game).finished


def test_other_numbers_of_players_are_refused() -> None:
    with pytest.raises(UsageError, match="for 3 players"):
        equilibria(np.zeros((3, 2, 2, 2)))
    with pytest.raises(UsageError, match="labels 0 to 3"):
        lemke_howson(np.zeros((2, 2, 2)), label=4)
    with pytest.raises(UsageError, match="constant"):
        zero_sum_equilibrium([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])


def random_game(rng: np.random.Generator) -> np.ndarray:
    shape = (2, *rng.integers(1, 6, 2))
    return rng.normal(size=shape) * 10 ** rng.integers(0, 3)


def degenerate_game(rng: np.random.Generator) -> np.ndarray:
    """Ties, then a duplicated row, a duplicated column, or constant payoffs of one player."""
    game = rng.integers(0, 3, (2, *rng.integers(2, 6, 2))).astype(float)
    kind = rng.integers(4)
    if kind == 1:
        game[:, -1] = game[:, 0]
    elif kind == 2:
        game[:, :, -1] = game[:, :, 0]
    elif kind == 3:
        game[rng.integers(2)] = 1
    return game


def zero_sum_game(rng: np.random.Generator, most: int) -> np.ndarray:
    shape = rng.integers(1, most + 1, 2)
    whole = rng.integers(-2, 3, shape).astype(float)
    matrix = whole if rng.integers(2) else rng.normal(size=shape)
    return np.array([matrix, -matrix])


def check(game: np.ndarray, found: Solution) -> None:
    assert found.finished
    assert found.equilibria
    assert all(nash_conv(game, profile) <= 1e-8 for profile in found.equilibria)


def check_solvers(n_random: int, n_degenerate: int, n_zero_sum: int, most: int) -> None:
    rng = np.random.default_rng(2)
    games = [random_game(rng) for _ in range(n_random)]
    games += [degenerate_game(rng) for _ in range(n_degenerate)]
    for game in games:
        check(game, extreme_equilibria(game))
        check(game, lemke_howson(game, int(rng.integers(sum(game.shape[1:])))))
    for _ in range(n_zero_sum):
        game = zero_sum_game(rng, most)
        check(game, zero_sum_equilibrium(game))


def test_what_is_returned_is_an_equilibrium_in_a_sample_of_games() -> None:
    check_solvers(n_random=25, n_degenerate=15, n_zero_sum=10, most=20)


@pytest.mark.slow
def test_what_is_returned_is_an_equilibrium_in_all_games() -> None:
    check_solvers(n_random=1_000, n_degenerate=100, n_zero_sum=200, most=50)


def test_zero_sum_games_of_fifty_actions_are_solved() -> None:
    rng = np.random.default_rng(4)
    for matrix in (rng.normal(size=(50, 50)), rng.integers(-1, 2, (50, 50)).astype(float)):
        check(np.array([matrix, -matrix]), zero_sum_equilibrium([matrix, -matrix]))
