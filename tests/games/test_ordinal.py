"""The 144 strictly ordinal 2x2 games, against an enumeration that knows nothing of their making."""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from importlib import resources
from typing import TypeAlias

import pytest

from harness import UsageError, registry
from harness.games.matrix import MatrixGame
from harness.games.ordinal import GAMES, find, names, ordinal_2x2

Cells: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Pairs of payoffs at (0, 0), (0, 1), (1, 0), (1, 1)."""


def cells(number: int | str) -> Cells:
    game = ordinal_2x2(game=number)
    (a, b), (c, d) = (
        (tuple(zip(r, k, strict=True))) for r, k in zip(game.row, game.column, strict=True)
    )
    return a, b, c, d  # type: ignore[return-value]


def relabelled(game: Cells) -> set[Cells]:
    """The game with its rows, its columns, both or neither swapped."""
    a, b, c, d = game
    return {(a, b, c, d), (c, d, a, b), (b, a, d, c), (d, c, b, a)}


def exchanged(game: Cells) -> Cells:
    """The game with its players exchanged."""
    a, b, c, d = ((y, x) for x, y in game)
    return a, c, b, d


def orbit(game: Cells) -> frozenset[Cells]:
    return frozenset(relabelled(game))


def orbit_of_both(game: Cells) -> frozenset[Cells]:
    return frozenset(relabelled(game) | relabelled(exchanged(game)))


ALL_ORBITS = {
    orbit(tuple(zip(row, column, strict=True)))  # type: ignore[arg-type]
    for row in itertools.permutations((1, 2, 3, 4))
    for column in itertools.permutations((1, 2, 3, 4))
}
"""All pairs of strict rankings of four outcomes, 24 x 24, up to the order of rows and columns."""


def best_replies(game: Cells) -> list[tuple[int, int]]:
    """Cells from which neither player would move alone: the pure equilibria."""
    at = dict(zip(itertools.product((0, 1), repeat=2), game, strict=True))
    return [
        (i, j) for i, j in at if at[i, j][0] > at[1 - i, j][0] and at[i, j][1] > at[i, 1 - j][1]
    ]


def dominant(game: Cells) -> int:
    """How many players have a dominant action."""
    (a, b, c, d) = game
    row = (a[0] > c[0]) == (b[0] > d[0])
    column = (a[1] > b[1]) == (c[1] > d[1])
    return row + column


def test_an_enumeration_of_all_rankings_has_144_games() -> None:
    assert len(ALL_ORBITS) == 144
    assert {len(o) for o in ALL_ORBITS} == {4}


def test_every_game_of_the_enumeration_has_exactly_one_number() -> None:
    ours = [orbit(cells(number)) for number in GAMES]
    assert len(ours) == 144
    assert set(ours) == ALL_ORBITS


def test_numbers_are_layer_row_and_column() -> None:
    expected = {100 * a + 10 * b + c for a in range(1, 5) for b in range(1, 7) for c in range(1, 7)}
    assert set(GAMES) == expected


def test_78_games_are_left_where_players_are_interchangeable() -> None:
    """Rapoport & Guyer (1966)."""
    assert len({orbit_of_both(cells(number)) for number in GAMES}) == 78


def test_12_games_are_symmetric() -> None:
    symmetric = [n for n in GAMES if orbit(cells(n)) == orbit(exchanged(cells(n)))]
    assert symmetric == [111, 122, 133, 144, 155, 166, 311, 322, 333, 344, 355, 366]


def test_a_symmetric_game_is_written_symmetrically() -> None:
    for number in (111, 122, 133, 144, 155, 166, 311, 322, 333, 344, 355, 366):
        assert cells(number) == exchanged(cells(number))


def test_pure_equilibria_are_as_many_as_in_the_topology() -> None:
    """Robinson & Goforth (2005): 18 games without, 108 with one, 18 with two."""
    counts = Counter(len(best_replies(cells(number))) for number in GAMES)
    assert counts == {0: 18, 1: 108, 2: 18}


def test_dominant_actions_are_as_many_as_in_the_topology() -> None:
    """Robinson & Goforth (2005): both players 36, one 72, neither 36."""
    counts = Counter(dominant(cells(number)) for number in GAMES)
    assert counts == {2: 36, 1: 72, 0: 36}


def test_a_layer_tells_where_the_best_outcomes_lie() -> None:
    for number in GAMES:
        best = {0: [], 1: []}  # type: dict[int, list[int]]
        for cell, pair in enumerate(cells(number)):
            for player in (0, 1):
                if pair[player] == 4:
                    best[player].append(cell)
        [row], [column] = best[0], best[1]
        # the row player's temptation lies in cell 2 (its second action), the column player's in 1
        assert {1: (2, 1), 2: (2, 0), 3: (0, 0), 4: (0, 1)}[number // 100] == (row, column)


def test_neighbours_in_a_layer_differ_by_a_swap_of_two_neighbouring_ranks() -> None:
    for number in GAMES:
        layer, r, c = number // 100, number // 10 % 10, number % 10
        beside = 100 * layer + 10 * r + c % 6 + 1
        ours, theirs = cells(number), cells(beside)
        assert [pair[0] for pair in ours] == [pair[0] for pair in theirs]
        changed = [(a[1], b[1]) for a, b in zip(ours, theirs, strict=True) if a != b]
        assert len(changed) == 2
        assert abs(changed[0][0] - changed[0][1]) == 1
        assert changed[0] == changed[1][::-1]


@pytest.mark.parametrize(
    ("name", "number", "order"),
    [
        ("prisoners_dilemma", 111, "TRPS"),
        ("chicken", 122, "TRSP"),
        ("battle", 133, "TSRP"),  # Rapoport (1967): leader
        ("hero", 144, "TSPR"),
        ("compromise", 155, "TPSR"),
        ("deadlock", 166, "TPRS"),
        ("no_conflict", 311, "RTSP"),
        ("stag_hunt", 322, "RTPS"),
        ("assurance", 333, "RPTS"),
        ("coordination", 344, "RPST"),
        ("peace", 355, "RSPT"),
        ("harmony", 366, "RSTP"),
    ],
)
def test_a_known_name_has_its_textbook_ranking(name: str, number: int, order: str) -> None:
    assert find(name) == number
    ranks = dict(zip("RSTP", (pair[0] for pair in cells(name)), strict=True))
    assert "".join(sorted(ranks, key=lambda outcome: -ranks[outcome])) == order


@pytest.mark.parametrize(
    "name", ["prisoners_dilemma", "chicken", "stag_hunt", "deadlock", "harmony"]
)
def test_a_name_means_the_same_game_as_in_the_catalogue(name: str) -> None:
    catalogued: MatrixGame = registry.build("game", f"{name}(payoffs='ordinal')").what
    game = ordinal_2x2(game=name)
    assert (game.row, game.column) == (catalogued.row, catalogued.column)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (111, 111),
        ("PdPd", 111),
        ("PdCh", 112),
        ("ChPd", 121),
        ("HaHa", 366),
        ("Stag Hunt", 322),
        ("stag-hunt", 322),
        ("PRISONERS_DILEMMA", 111),
        ("big bully", None),
        ("endless", 222),
    ],
)
def test_a_game_is_found_by_number_pair_or_name(given: int | str, number: int | None) -> None:
    if number is None:
        with pytest.raises(UsageError, match="252, 425"):
            find(given)
    else:
        assert find(given) == number


def test_every_pair_of_abbreviations_names_its_game() -> None:
    for number, (row, column) in GAMES.items():
        assert find(row.abbreviation + column.abbreviation) == number


def test_a_name_of_several_games_is_refused_with_their_numbers() -> None:
    with pytest.raises(UsageError) as refusal:
        find("hegemony")
    message = str(refusal.value)
    assert message == "ordinal_2x2: 'hegemony' names the games 221, 412; give one of the numbers"


def test_every_name_of_the_literature_leads_to_games_that_exist() -> None:
    text = resources.files("harness.games").joinpath("ordinal_names.toml").read_text("utf-8")
    listed = tomllib.loads(text)
    numbers = [number for group in listed.values() for number in group]
    assert set(numbers) <= set(GAMES)
    several = [number for number in set(numbers) if numbers.count(number) > 1]
    assert several == [133], "only the battle of the sexes bears several names"
    assert listed.keys() <= names().keys()


def test_games_of_one_name_are_the_same_up_to_players_or_of_one_kind() -> None:
    text = resources.files("harness.games").joinpath("ordinal_names.toml").read_text("utf-8")
    pairs = {name: group for name, group in tomllib.loads(text).items() if len(group) == 2}
    alike = [orbit_of_both(cells(a)) == orbit_of_both(cells(b)) for a, b in pairs.values()]
    assert all(alike), [n for n, same in zip(pairs, alike, strict=True) if not same]


@pytest.mark.parametrize("number", [0, 11, 110, 117, 171, 511, 1111, -111])
def test_a_number_of_no_game_is_refused_with_how_numbers_are_made(number: int) -> None:
    with pytest.raises(UsageError, match=f"there is no game {number}; a number is a layer"):
        find(number)


@pytest.mark.parametrize("given", [True, 111.0, None, ["chicken"]])
def test_what_is_neither_number_nor_name_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match="give a number or a name"):
        ordinal_2x2(game=given)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean chicken"):
        find("chiken")


def test_a_game_is_logged_under_its_number() -> None:
    assert ordinal_2x2(game="chicken").name == "ordinal_2x2_122"


def test_only_symmetric_games_with_a_cooperative_action_count_cooperation() -> None:
    counted = [n for n in GAMES if ordinal_2x2(game=n).cooperative(0) is not None]
    assert counted == [111, 122, 311, 322, 333, 344, 355, 366]
    assert all(ordinal_2x2(game=n).cooperative(1) == "A" for n in counted)
