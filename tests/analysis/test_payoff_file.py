"""Payoffs that a file or an installed game tells beside a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.analysis.payoff_file import read_payoffs
from harness.analysis.studies import Given, read_studies
from harness.errors import UsageError

DILEMMA = {"actions": ["C", "D"], "payoffs": [[3, 0], [5, 1]], "cooperative": "C"}
ROWS = "match,round,agent,action,payoff\nm,0,A,C,0\nm,0,B,D,5\n"
NAMED = ROWS.replace(",C,", ",cooperate,").replace(",D,", ",defect,")


def written(path: Path, told: Any) -> Path:
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


def test_a_symmetric_game_is_told_by_one_matrix(tmp_path: Path) -> None:
    game = read_payoffs(written(tmp_path / "g.json", DILEMMA))
    assert game.payoffs is not None
    np.testing.assert_array_equal(game.payoffs, [[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert (game.actions, game.cooperative) == ((("C", "D"), ("C", "D")), ("C", "C"))


def test_csv_has_a_row_for_each_cell(tmp_path: Path) -> None:
    text = "action_0,action_1,payoff_0,payoff_1\nU,L,1,2\nU,R,3,4\nD,L,5,6\nD,R,7,8\n"
    game = read_payoffs(written(tmp_path / "g.csv", text))
    assert game.payoffs is not None
    np.testing.assert_array_equal(game.payoffs, [[[1, 3], [5, 7]], [[2, 4], [6, 8]]])
    assert game.actions == (("U", "D"), ("L", "R"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{", "not valid JSON"),
        ([], "an object with the keys"),
        ({**DILEMMA, "action": []}, "did you mean actions"),
        ({**DILEMMA, "payoffs": [[3, 0]]}, "do not fit"),
        ({**DILEMMA, "payoffs": [[3, "x"], [5, 1]]}, "nested lists of numbers"),
        ({**DILEMMA, "cooperative": "E"}, "no action of player 0"),
        ({**DILEMMA, "actions": ["C", "C"]}, "two actions of one name"),
    ],
)
def test_what_is_no_game_is_refused(tmp_path: Path, told: Any, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_payoffs(written(tmp_path / "g.json", told))
    assert said in str(error.value)


def test_payoffs_that_the_table_contradicts_are_refused(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", ROWS)
    game = written(tmp_path / "g.json", {**DILEMMA, "payoffs": [[3, 0], [4, 1]]})
    with pytest.raises(UsageError, match=r"paid 5 for \(C, D\) .* is paid 4 in"):
        read_studies(table, Given(payoffs=game))


def test_actions_that_the_game_does_not_have_are_refused(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", NAMED.replace(",defect,", ",defekt,"))
    with pytest.raises(
        UsageError, match=r"'defekt' in the table .* player 1 .* did you mean defect"
    ):
        read_studies(table, Given(game="prisoners_dilemma"))


def test_an_installed_game_tells_payoffs_and_cooperation(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", NAMED)
    (played,) = read_studies(table, Given(game="prisoners_dilemma"))
    assert played.study.cooperative == ("cooperate", "cooperate")
    assert played.study.payoffs is not None
    with pytest.raises(UsageError, match="cooperation in prisoners_dilemma is 'cooperate'"):
        read_studies(table, Given(game="prisoners_dilemma", cooperate="defect"))
    with pytest.raises(UsageError, match="both tell the payoffs"):
        read_studies(table, Given(game="chicken", payoffs=tmp_path / "g.json"))
