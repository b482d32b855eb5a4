"""Tables that hold what their makers did not mean, and rows in any order."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from harness.analysis.analysis import analyse, families
from harness.analysis.studies import Given, read_studies
from harness.errors import RecordError

HEAD = "match,round,agent,action,payoff"
PAID = {"CC": (3, 3), "CD": (0, 5), "DC": (5, 0), "DD": (1, 1)}


def notes(path: Path, rows: list[str], head: str = HEAD) -> list[str]:
    path.write_text("\n".join([head, *rows]) + "\n")
    (played,) = read_studies(path, Given())
    return played.notes


def tournament(*, seated: bool) -> list[str]:
    """Three agents that play at random, each pair and each with itself, in 6 blocks of 4 rounds."""
    rng, rows = random.Random(4), []
    pairs = [(a, b) for a in "xyz" for b in "xyz" if a <= b and (seated or a < b)]
    for pair in pairs:
        for block in range(6):
            for swapped in (False, True) if seated else (False,):
                seats = pair[::-1] if swapped else pair
                match = f"{''.join(pair)}{block}{int(swapped)}"
                for t in range(4):
                    moves = "".join(rng.choice("CD" if agent == "y" else "CCD") for agent in seats)
                    for k in (0, 1):
                        row = f"{match},{t},{seats[k]},{moves[k]},{PAID[moves][k]}"
                        rows.append(f"{row},{k},{''.join(pair)}{block}" if seated else row)
    return rows


def told(path: Path, rows: list[str], head: str) -> str:
    path.write_text("\n".join([head, *rows]) + "\n")
    payoffs = path.parent / "payoffs.json"
    payoffs.write_text(
        json.dumps({"actions": ["C", "D"], "payoffs": [[3, 0], [5, 1]], "cooperative": "C"})
    )
    (played,) = read_studies(path, Given(payoffs=payoffs))
    return json.dumps(analyse(played, families()).as_dict())


@pytest.mark.parametrize("seated", [True, False])
def test_no_number_of_any_family_depends_on_the_order_of_rows(tmp_path: Path, seated: bool) -> None:
    rows = tournament(seated=seated)
    head = f"{HEAD},player,block" if seated else HEAD
    found = told(tmp_path / "t.csv", rows, head)
    random.Random(5).shuffle(rows)
    assert told(tmp_path / "t.csv", rows, head) == found


def test_a_table_that_holds_every_row_twice_is_refused(tmp_path: Path) -> None:
    rows = ["m,0,A,C,0", "m,0,B,D,5", "m,1,A,D,1", "m,1,B,D,1"]
    with pytest.raises(RecordError, match=r"t.csv:6: every row of match 'm'.*t.csv:2"):
        notes(tmp_path / "t.csv", rows + rows)


def test_an_agent_that_plays_as_it_does_against_itself_is_no_repeated_row(tmp_path: Path) -> None:
    assert not notes(tmp_path / "t.csv", ["m,0,A,C,3", "m,0,A,C,3", "m,1,A,C,3", "m,1,A,C,3"])


def test_one_name_for_many_matches_is_told(tmp_path: Path) -> None:
    rows = [f"m,0,{who},{move},{k}" for k in range(4) for who, move in (("A", "C"), ("B", "D"))]
    assert "Match 'm' has 4 seats of 'A'" in " ".join(notes(tmp_path / "t.csv", rows))
    seated = [f"{row},{i}" for i, row in enumerate(rows)]
    assert not notes(tmp_path / "t.csv", seated, f"{HEAD},player")


def test_names_that_differ_in_spaces_alone_are_told(tmp_path: Path) -> None:
    rows = ["m,0,a,C,3", "m,0, a ,D,4", "m,0,b,C,3"]
    assert notes(tmp_path / "t.csv", rows)[0].startswith("Agents 'a' and ' a ' are taken for one")


def test_rounds_that_lack_a_row_are_counted(tmp_path: Path) -> None:
    rows = [f"m,{t},{who},C,3" for t in range(5) for who in "AB"]
    assert not notes(tmp_path / "t.csv", rows)
    assert "In 1 round a player of the match has no row" in notes(tmp_path / "t.csv", rows[:-1])[0]
    turns = [f"m,{t},{'AB'[t % 2]},C,3" for t in range(6)]
    assert not notes(tmp_path / "t.csv", turns)


def test_an_installed_game_that_the_table_contradicts_is_said_not_to_be_used(
    tmp_path: Path,
) -> None:
    rows = ["prisoners_dilemma,m,0,A,cooperate,0", "prisoners_dilemma,m,0,B,defect,6"]
    found = notes(tmp_path / "t.csv", rows, f"game,{HEAD}")
    assert "not used: player 1 was paid 6" in " ".join(found)
