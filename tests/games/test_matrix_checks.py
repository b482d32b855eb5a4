"""Repeated games in normal form: what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from harness import UsageError
from harness.games.catalogue import matrix, prisoners_dilemma
from harness.games.matrix import MatrixGame

BAD = [
    ("rounds", 0),
    ("rounds", -1),
    ("rounds", 2.0),
    ("rounds", True),
    ("rounds", "10"),
    ("rounds", math.inf),
    ("recall", 0),
    ("recall", 1.5),
    ("recall", True),
    ("continuation", 1),
    ("continuation", 1.5),
    ("continuation", -0.1),
    ("continuation", math.nan),
    ("continuation", True),
    ("continuation", "0.5"),
    ("discount", 0),
    ("discount", 1.01),
    ("discount", -1),
    ("discount", math.nan),
    ("discount", None),
    ("noise", 1.5),
    ("noise", -0.1),
    ("noise", math.nan),
    ("noise", True),
    ("noise", None),
    ("noise", "0.1"),
    ("stakes", 0),
    ("stakes", -2),
    ("stakes", math.inf),
    ("stakes", math.nan),
    ("stakes", True),
    ("stakes", 10**400),
    ("horizon", "known"),
    ("horizon", None),
    ("horizon", ["hidden"]),
    ("relabel", "always"),
    ("relabel", True),
    ("order", "random"),
    ("feedback", "all"),
    ("feedback", None),
    ("labels", "numbers"),
    ("labels", ""),
    ("labels", 5),
    ("labels", None),
    ("labels", ["one"]),
    ("labels", ["one", "one"]),
    ("labels", ["one", "two", "three"]),
    ("labels", ["one", " "]),
    ("labels", ["one", 2]),
    ("currency", 3),
    ("currency", None),
    ("story", ["a"]),
    ("goal", 0),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda part: str(part)[:20])
def test_a_setting_out_of_range_is_refused_with_its_name_and_value(name: str, value: Any) -> None:
    with pytest.raises(UsageError) as refusal:
        prisoners_dilemma(**{name: value})
    message = str(refusal.value)
    assert message.startswith("prisoners_dilemma: ")
    assert f"{name} is " in message
    assert str(value).strip("[]")[:40] in message


def test_labels_alike_but_for_spaces_or_case_are_refused() -> None:
    for labels in (["red", "red "], ["red", "Red"]):
        with pytest.raises(UsageError, match="labels"):
            prisoners_dilemma(labels=labels)


def test_more_actions_than_letters_are_refused_with_a_way_out() -> None:
    with pytest.raises(UsageError, match="labels is 'letters'; it must be 'names' or a list of 25"):
        matrix(payoffs=[[0] * 25 for _ in range(25)])
    assert matrix(payoffs=[[0] * 24 for _ in range(24)]).labels == "letters"


@pytest.mark.parametrize("relabel", ["match", "round"])
def test_names_cannot_be_drawn_anew(relabel: str) -> None:
    with pytest.raises(UsageError, match="labels is 'names'; it must be 'letters' or a list"):
        prisoners_dilemma(labels="names", relabel=relabel)


def test_an_unknown_story_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no story named 'xyz'; known: contest, firms, project"):
        prisoners_dilemma(story="xyz")


ROW = ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ((), ROW, ["row player", "empty"]),
        (ROW, ((), ()), ["column player", "empty"]),
        (ROW, ((1, 2), (3,)), ["column player", "[1, 2]"]),
        (ROW, ((1, 2, 3), (4, 5, 6)), ["unequal shapes", "(2, 2)", "(2, 3)"]),
        (((1, 2), (3, math.nan)), ROW, ["payoffs[1][1]", "nan", "finite"]),
        (((1, 2), (math.inf, 4)), ROW, ["payoffs[1][0]", "inf", "finite"]),
        (((1, "2"), (3, 4)), ROW, ["payoffs[0][1]", "'2'", "number"]),
        (((False, 2), (3, 4)), ROW, ["payoffs[0][0]", "False", "number"]),
    ],
)
def test_payoffs_that_are_no_bimatrix_are_refused(row: Any, column: Any, words: list[str]) -> None:
    with pytest.raises(UsageError) as refusal:
        MatrixGame(row=row, column=column, row_actions=("A", "B"), column_actions=("A", "B"))
    message = str(refusal.value)
    assert all(word in message for word in ["matrix: payoffs", *words]), message


@pytest.mark.parametrize("actions", [("A",), ("A", "A"), ("A", ""), ("A", "B", "C"), ()])
def test_actions_that_do_not_fit_the_payoffs_are_refused(actions: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="there must be 2 distinct names"):
        MatrixGame(row=ROW, column=ROW, row_actions=actions, column_actions=("A", "B"))
