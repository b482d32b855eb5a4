"""The named games, against the textbooks' inequalities and numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import UsageError, registry
from harness.games.catalogue import bimatrix, catalogue, donation, hawk_dove, matrix
from harness.games.matrix import MatrixGame

few = settings(max_examples=50, deadline=None)

SYMMETRIC = {
    "prisoners_dilemma": "TRPS",
    "chicken": "TRSP",
    "deadlock": "TPRS",
    "harmony": "RSTP",
}
"""From best to worst: both first (R), own first (S), own second (T), both second (P)."""

SETS = [(name, which) for name, entry in catalogue().items() for which in entry["payoffs"]]


def game(spec: str) -> MatrixGame:
    made = registry.build("game", spec).what
    assert isinstance(made, MatrixGame)
    return made


def outcomes(made: MatrixGame, player: int = 0) -> dict[str, float]:
    return {name: made.payoff(player, i, j) for name, (i, j) in CELLS.items()}


CELLS = {"R": (0, 0), "S": (0, 1), "T": (1, 0), "P": (1, 1)}


@pytest.mark.parametrize(
    ("spec", "row", "column"),
    [
        ("prisoners_dilemma", ((3, 0), (5, 1)), ((3, 5), (0, 1))),
        ("prisoners_dilemma(payoffs='akata')", ((8, 0), (10, 5)), ((8, 10), (0, 5))),
        (
            "prisoners_dilemma(payoffs='dal_bo_frechette_32')",
            ((32, 12), (50, 25)),
            ((32, 50), (12, 25)),
        ),
        (
            "prisoners_dilemma(payoffs='dal_bo_frechette_40')",
            ((40, 12), (50, 25)),
            ((40, 50), (12, 25)),
        ),
        (
            "prisoners_dilemma(payoffs='dal_bo_frechette_48')",
            ((48, 12), (50, 25)),
            ((48, 50), (12, 25)),
        ),
        ("stag_hunt", ((4, 1), (3, 2)), ((4, 3), (1, 2))),
        ("chicken", ((3, 2), (4, 1)), ((3, 4), (2, 1))),
        ("battle_of_the_sexes", ((2, 0), (0, 1)), ((1, 0), (0, 2))),
        ("battle_of_the_sexes(payoffs='akata')", ((10, 0), (0, 7)), ((7, 0), (0, 10))),
        ("matching_pennies", ((1, -1), (-1, 1)), ((-1, 1), (1, -1))),
        ("coordination", ((1, 0), (0, 1)), ((1, 0), (0, 1))),
        ("coordination(payoffs='hi_lo')", ((2, 0), (0, 1)), ((2, 0), (0, 1))),
        ("deadlock", ((2, 1), (4, 3)), ((2, 4), (1, 3))),
        ("harmony", ((4, 3), (2, 1)), ((4, 2), (3, 1))),
        ("donation", ((2, -1), (3, 0)), ((2, 3), (-1, 0))),
        ("hawk_dove", ((1, 0), (2, -1)), ((1, 2), (0, -1))),
    ],
)
def test_payoffs_are_those_of_the_source(spec: str, row: Any, column: Any) -> None:
    made = game(spec)
    assert (made.row, made.column) == (row, column)


@pytest.mark.parametrize(("name", "which"), SETS)
def test_every_set_of_payoffs_keeps_the_inequalities_of_its_game(name: str, which: str) -> None:
    made = game(f"{name}(payoffs={which!r})")
    for player in (0, 1):
        u = outcomes(made, player)
        if name in SYMMETRIC:
            ranked = [u[outcome] for outcome in SYMMETRIC[name]]
            assert ranked == sorted(ranked, reverse=True)
            assert len(set(ranked)) == 4
        elif name == "stag_hunt":
            assert u["R"] > u["T"] >= u["P"] > u["S"]
        elif name == "matching_pennies":
            assert u["R"] == u["P"] == -u["S"] == -u["T"]
        else:
            assert name in ("battle_of_the_sexes", "coordination")
            assert min(u["R"], u["P"]) > max(u["S"], u["T"])


@pytest.mark.parametrize(
    "which",
    ["axelrod", "dal_bo_frechette_32", "dal_bo_frechette_40", "dal_bo_frechette_48", "akata"],
)
def test_taking_turns_at_defecting_pays_less_than_cooperating(which: str) -> None:
    """2R > T + S, the second condition of Rapoport & Chammah (1965)."""
    u = outcomes(game(f"prisoners_dilemma(payoffs={which!r})"))
    assert 2 * u["R"] > u["T"] + u["S"]


def test_matching_pennies_is_zero_sum_and_the_row_player_wants_equal_sides() -> None:
    made = game("matching_pennies")
    assert all(made.row[i][j] + made.column[i][j] == 0 for i, j in CELLS.values())
    assert made.row[0][0] > made.row[0][1]


def test_in_the_battle_of_the_sexes_each_prefers_another_meeting_place() -> None:
    made = game("battle_of_the_sexes")
    assert made.row[0][0] > made.row[1][1]
    assert made.column[0][0] < made.column[1][1]


@few
@given(st.integers(2, 50), st.integers(1, 49))
def test_the_donation_game_is_a_prisoners_dilemma_where_benefit_exceeds_cost(
    benefit: int, cost: int
) -> None:
    u = outcomes(donation(benefit=benefit, cost=cost))
    assert u["R"] - u["S"] == u["T"] - u["P"] == benefit
    assert u["T"] - u["R"] == u["P"] - u["S"] == cost
    assert (u["T"] > u["R"] > u["P"] > u["S"]) == (benefit > cost)


@few
@given(st.integers(1, 50), st.integers(1, 50))
def test_hawk_dove_is_that_of_maynard_smith(value: int, cost: int) -> None:
    u = outcomes(hawk_dove(value=value, cost=cost))
    assert u == {"R": value / 2, "S": 0, "T": value, "P": (value - cost) / 2}
    assert (u["T"] > u["R"] > u["S"] > u["P"]) == (cost > value)


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("prisoners_dilemma", "cooperate"),
        ("stag_hunt", "stag"),
        ("chicken", "swerve"),
        ("harmony", "cooperate"),
        ("donation", "cooperate"),
        ("hawk_dove", "dove"),
        ("battle_of_the_sexes", None),
        ("matching_pennies", None),
        ("coordination", None),
        ("deadlock", None),
    ],
)
def test_cooperation_is_counted_where_it_has_a_meaning(name: str, action: str | None) -> None:
    assert [game(name).cooperative(player) for player in (0, 1)] == [action, action]


def test_payoffs_can_be_given_in_place_of_a_named_set() -> None:
    made = game("prisoners_dilemma(payoffs=[[3, -1], [4, 0]])")
    assert outcomes(made) == {"R": 3, "S": -1, "T": 4, "P": 0}
    assert made.cooperative(0) == "cooperate"


def test_payoffs_of_an_asymmetric_dilemma_can_be_given_as_pairs() -> None:
    made = game("prisoners_dilemma(payoffs=[[[3, 2], [0, 6]], [[5, 0], [1, 1]]])")
    assert made.row == ((3, 0), (5, 1))
    assert made.column == ((2, 6), (0, 1))


def test_an_unknown_set_of_payoffs_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match="no payoffs named 'axelrd'; did you mean axelrod"):
        game("prisoners_dilemma(payoffs='axelrd')")


@pytest.mark.parametrize(
    ("payoffs", "words"),
    [
        (3, ["3", "lists of lists"]),
        ([], ["[]", "lists of lists"]),
        ([[]], ["[[]]", "lists of lists"]),
        ([3, 0], ["[3, 0]", "lists of lists"]),
        ([[1, 2], []], ["lists of lists"]),
        ({"a": 1}, ["{'a': 1}", "lists of lists"]),
        ([[1, 2], [3]], ["[2, 1]", "equally long"]),
        ([[[1, 2], [3, 4]], [[1, 2]]], ["[2, 1]", "equally long"]),
        ([[1, 2, 3], [4, 5, 6]], ["2 x 3", "pairs"]),
        ([[[1, 2], 3], [[1, 2], [3, 4]]], ["hold 3", "pairs"]),
        ([[[1, 2, 3], [1, 2]], [[1, 2], [3, 4]]], ["[1, 2, 3]", "pairs"]),
        ([["a", 0], [0, 1]], ["'a'", "number"]),
        ([[None, 0], [0, 1]], ["None", "number"]),
        ([[True, 0], [0, 1]], ["True", "number"]),
        ([[float("nan"), 0], [0, 1]], ["nan", "finite"]),
        ([[float("inf"), 0], [0, 1]], ["inf", "finite"]),
        ([[[0, 0], [0, float("-inf")]], [[0, 0], [0, 0]]], ["-inf", "[0][1]", "column"]),
    ],
)
def test_payoffs_of_no_game_are_refused_with_the_value(payoffs: object, words: list[str]) -> None:
    with pytest.raises(UsageError) as refusal:
        matrix(payoffs=payoffs)
    message = str(refusal.value)
    assert all(word in message for word in ["payoffs", *words]), message


def test_actions_of_a_named_game_must_fit_the_payoffs_given() -> None:
    with pytest.raises(UsageError, match="payoffs are 3 x 3; they must be 2 x 2"):
        game("prisoners_dilemma(payoffs=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])")


@few
@given(st.data())
def test_a_bimatrix_keeps_every_number_where_it_was(data: st.DataObject) -> None:
    n, m = (data.draw(st.integers(1, 4)) for _ in range(2))
    cell = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
    cells = data.draw(st.lists(st.lists(cell, min_size=m, max_size=m), min_size=n, max_size=n))
    row, column = bimatrix(cells)
    assert [[(row[i][j], column[i][j]) for j in range(m)] for i in range(n)] == cells


@few
@given(st.data())
def test_single_numbers_make_a_symmetric_game(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    line = st.lists(st.integers(-9, 9), min_size=n, max_size=n)
    numbers = data.draw(st.lists(line, min_size=n, max_size=n))
    made = matrix(payoffs=numbers)
    for i in range(n):
        for j in range(n):
            assert made.payoff(0, i, j) == made.payoff(1, i, j) == numbers[i][j]


WIDE = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]


def test_actions_go_by_letters_unless_named() -> None:
    made = matrix(payoffs=WIDE)
    assert (made.actions(0), made.actions(1)) == (("A", "B"), ("A", "B", "C"))


def test_more_actions_than_letters_go_by_numbers() -> None:
    made = matrix(payoffs=[[0] * 27 for _ in range(27)], labels="names")
    assert made.actions(0)[:2] == ("0", "1")
    assert len(made.actions(0)) == 27


def test_both_players_actions_can_be_named_together_or_apart() -> None:
    both = matrix(payoffs=[[1, 0], [0, 1]], actions=["in", "out"])
    assert both.actions(0) == both.actions(1) == ("in", "out")
    apart = matrix(payoffs=WIDE, row_actions=["up", "down"], column_actions=["l", "m", "r"])
    assert (apart.actions(0), apart.actions(1)) == (("up", "down"), ("l", "m", "r"))


def test_an_action_can_count_as_cooperation_for_the_players_that_have_it() -> None:
    both = matrix(payoffs=[[1, 0], [0, 1]], actions=["in", "out"], cooperate="out")
    assert [both.cooperative(player) for player in (0, 1)] == ["out", "out"]
    one = matrix(
        payoffs=WIDE, row_actions=["up", "down"], column_actions=["l", "m", "r"], cooperate="m"
    )
    assert [one.cooperative(player) for player in (0, 1)] == [None, "m"]


@pytest.mark.parametrize(
    ("given_actions", "words"),
    [
        ({"actions": ["in"]}, ["['in']", "there must be 2"]),
        ({"actions": ["in", "in"]}, ["['in', 'in']", "distinct"]),
        ({"actions": ["in", ""]}, ["['in', '']", "distinct"]),
        ({"actions": ["in", 2]}, ["['in', 2]", "list of texts"]),
        ({"actions": [["in"], "out"]}, ["[['in'], 'out']", "list of texts"]),
        ({"actions": "io"}, ["'io'", "list of texts"]),
        ({"row_actions": ["a", "b", "c"]}, ["row actions", "there must be 2"]),
        ({"column_actions": ["a"]}, ["column actions", "there must be 2"]),
        ({"cooperate": "C"}, ["cooperate is 'C'", "A, B"]),
        ({"cooperate": ["A"]}, ["cooperate is ['A']"]),
    ],
)
def test_actions_that_do_not_fit_are_refused(
    given_actions: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(UsageError) as refusal:
        matrix(payoffs=[[1, 0], [0, 1]], **given_actions)
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize("value", [5, "io", {"a": 1}])
def test_a_refusal_of_actions_names_the_parameter_that_was_given(value: object) -> None:
    with pytest.raises(UsageError, match=r"^(matrix: )?actions "):
        matrix(payoffs=[[1, 0], [0, 1]], actions=value)


def test_an_empty_list_of_actions_is_refused() -> None:
    with pytest.raises(UsageError, match="actions"):
        matrix(payoffs=[[1, 0], [0, 1]], actions=[])


TOML = """
payoffs = [[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]]
row_actions = ["up", "down"]
column_actions = ["left", "right"]
cooperate = "up"
"""
STORED = {
    "payoffs": [[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]],
    "row_actions": ["up", "down"],
    "column_actions": ["left", "right"],
    "cooperate": "up",
}


@pytest.fixture(params=["toml", "json"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"game.{request.param}"
    path.write_text(TOML if request.param == "toml" else json.dumps(STORED))
    return path


def test_payoffs_and_names_are_read_from_a_file(stored: Path) -> None:
    made = matrix(payoffs=str(stored))
    assert made.row == ((1, 3), (5, 7))
    assert made.column == ((2, 4), (6, 8.5))
    assert (made.actions(0), made.actions(1)) == (("up", "down"), ("left", "right"))
    assert made.cooperate == ("up", None)


def test_what_is_given_wins_over_the_file(stored: Path) -> None:
    made = matrix(payoffs=str(stored), row_actions=["a", "b"], cooperate="b")
    assert made.actions(0) == ("a", "b")
    assert made.cooperate == ("b", None)


def test_the_identity_of_a_stored_game_is_its_content_and_not_its_path(stored: Path) -> None:
    plain = matrix(**STORED)
    assert matrix(payoffs=str(stored)).parameters == plain.parameters


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("game.toml", "payoffs = [[1, ", ["not valid TOML"]),
        ("game.json", '{"payoffs": [[1, ', ["not valid JSON"]),
        ("game.json", "", ["not valid JSON"]),
        ("game.toml", "", ["no key 'payoffs'"]),
        ("game.json", "[[1, 0], [0, 1]]", ["no key 'payoffs'"]),
        ("game.json", "3", ["no key 'payoffs'"]),
        ("game.toml", "payoffs = [[1]]\naction = ['a']", ["'action'", "did you mean actions"]),
        ("game.toml", "payoffs = 'other.toml'", ["'other.toml'", "lists"]),
        ("game.toml", "payoffs = [[nan]]", ["nan", "finite"]),
        ("game.json", '{"payoffs": [[NaN]]}', ["nan", "finite"]),
        ("game.json", '{"payoffs": [[1e999]]}', ["inf", "finite"]),
        ("game.json", '{"payoffs": [[null]]}', ["None", "number"]),
        ("game.json", '{"payoffs": [[true]]}', ["True", "number"]),
        ("game.json", '{"payoffs": [["1"]]}', ["'1'", "number"]),
        ("game.json", '{"payoffs": [[1, 2], [3]]}', ["[2, 1]", "equally long"]),
        ("game.toml", "payoffs = [[1]]\nactions = 'A'", ["'A'", "list of texts"]),
        ("game.toml", "payoffs = [[1]]\ncooperate = 'C'", ["'C'", "no action"]),
        ("game.txt", "payoffs = [[1]]", ["game.txt", ".toml or .json"]),
        ("game", "payoffs = [[1]]", ["game", ".toml or .json"]),
    ],
)
def test_a_file_that_holds_no_game_is_refused(
    tmp_path: Path, name: str, content: str, words: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(UsageError) as refusal:
        matrix(payoffs=str(path))
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize("name", ["game.toml", "game.json"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"cannot read payoffs from .*No such file"):
        matrix(payoffs=str(tmp_path / name))
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=r"cannot read payoffs from .*Is a directory"):
        matrix(payoffs=str(tmp_path / name))


@pytest.mark.parametrize(("name", "kind"), [("game.toml", "TOML"), ("game.json", "JSON")])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=f"is not valid {kind}"):
        matrix(payoffs=str(tmp_path / name))


@pytest.mark.parametrize("name", ["game.toml", "game.json"])
def test_a_file_nested_too_deeply_is_refused(tmp_path: Path, name: str) -> None:
    nested = "[" * 100_000 + "]" * 100_000
    content = f'{{"payoffs": {nested}}}' if name.endswith("json") else f"payoffs = {nested}"
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError):
        matrix(payoffs=str(tmp_path / name))
