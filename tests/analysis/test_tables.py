"""Tables of moves that somebody else made: right numbers, or one clear message."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest

from harness.analysis.analysis import Analysis, analyse, families
from harness.analysis.studies import Given, read_studies
from harness.errors import FolkError

HEAD = "match,round,agent,action,payoff\n"


def analysis(path: Path, text: str | bytes, cooperate: str | None = "C") -> Analysis:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    chosen = families(["payoff", "cooperation", "conditional"])
    (played,) = read_studies(path, Given(cooperate=cooperate))
    return analyse(played, chosen)


def table_of(unit: float) -> str:
    """Moves of eight matches of random play, in a dilemma that pays so much for a point."""
    rng, rows = Random(1), []
    for match, number in itertools.product(range(8), range(6)):
        pair = rng.choice("CD") + rng.choice("CD")
        for agent, action, paid in zip("AB", pair, PAID[pair], strict=True):
            rows.append(f"{match},{number},{agent},{action},{paid * unit!r}\n")
    return HEAD + "".join(rows)


PAID = {"CC": (3, 3), "CD": (0, 5), "DC": (5, 0), "DD": (1, 1)}


@pytest.mark.parametrize("unit", [1e76, 1e300, 1e307])
def test_payoffs_too_large_to_reckon_with_are_refused_and_not_overrun(
    tmp_path: Path, unit: float
) -> None:
    with pytest.raises(FolkError, match="divide all payoffs by the same number") as no:
        analysis(tmp_path / "t.csv", table_of(unit))
    assert "t: player 0 of match '0'" in str(no.value)
    assert no.value.exit_code == 2


def test_payoffs_that_are_large_are_told_as_small_ones_are(tmp_path: Path) -> None:
    """By all families, without a warning of numpy's, which would be an error here."""
    path = tmp_path / "t.csv"
    found = []
    for unit in (1.0, 1e73):
        path.write_text(table_of(unit))
        (played,) = read_studies(path, Given(cooperate="C"))
        estimate = analyse(played, families()).agents["A"]["payoff_per_round"]
        assert estimate.low is not None
        assert estimate.high is not None
        found.append([bound / unit for bound in (estimate.value or 0, estimate.low, estimate.high)])
    assert found[0] == pytest.approx(found[1])


def value(found: Analysis, agent: str, metric: str) -> float | None:
    return found.agents[agent][metric].value


def test_one_row_is_one_payoff(tmp_path: Path) -> None:
    found = analysis(tmp_path / "t.csv", f"{HEAD}m,0,A,C,3\n")
    assert (value(found, "A", "payoff_per_round"), value(found, "A", "cooperation_rate")) == (3, 1)
    assert found.agents["A"]["payoff_per_round"].low is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "no row"),
        ("m,0,A,C,3\nm,0,B,D,\n", "t.csv:3: payoff is empty"),
        ("m,0,A,C,3\nm,0,B,D,NaN\n", "t.csv:3: payoff is 'NaN'"),
        ("m,0,A,C,inf\n", "t.csv:2: payoff is 'inf'"),
        ("m,0,A,C,lots\n", "t.csv:2: payoff is 'lots'"),
        ("\nm,0,A,C,3\n\nm,0,B,D,x\n", "t.csv:5: payoff is 'x'"),
        ("m,-1,A,C,3\n", "t.csv:2: round is '-1'"),
        ("m,0.5,A,C,3\n", "t.csv:2: round is '0.5'"),
        ("m,first,A,C,3\n", "t.csv:2: round is 'first'"),
        ("m,0,,C,3\n", "t.csv:2: agent is empty"),
        ("m,0,A,C,3\nm,0,A,C,3\nm,1,A,C,3\n", "t.csv:3: agent 'A' is there twice"),
        ("m,0,A,C,3\nm,0,B,D\n", "t.csv:3: 4 cells"),
        ("m,0,A,C,3\nm,0,B,D,5,6\n", "t.csv:3: 6 cells"),
    ],
)
def test_what_cannot_be_is_told_with_its_line_and_value(
    tmp_path: Path, rows: str, said: str
) -> None:
    with pytest.raises(FolkError) as error:
        analysis(tmp_path / "t.csv", HEAD + rows)
    assert said in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Match,Round,Agent,Action,Payoff", "did you mean 'Match'"),
        ("match,round,agents,action,payoff", "did you mean agents"),
        ("match,round,agent,move,score", "no column 'action'"),
        ("match,match,round,agent,action,payoff", "two columns are called 'match'"),
    ],
)
def test_a_column_that_is_named_otherwise_is_asked_for(
    tmp_path: Path, header: str, said: str
) -> None:
    with pytest.raises(FolkError) as error:
        analysis(tmp_path / "t.csv", f"{header}\n")
    assert said in str(error.value)


def test_text_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(FolkError, match=r"t.csv:3: not UTF-8"):
        analysis(tmp_path / "t.csv", f"{HEAD}m,0,A,C,3\n".encode() + b"m,0,J\xe9,D,5\n")


def test_the_same_player_twice_in_a_round_is_told_with_both_lines(tmp_path: Path) -> None:
    head = "match,round,player,agent,action,payoff\n"
    with pytest.raises(FolkError, match=r"t.csv:3: .*round 0 of player 0 already at .*t.csv:2"):
        analysis(tmp_path / "t.csv", f"{head}m,0,0,A,C,3\nm,0,0,A,C,3\n")


def test_an_agent_that_changes_its_seat_in_a_match_is_refused(tmp_path: Path) -> None:
    head = "match,round,player,agent,action,payoff\n"
    rows = "m,0,0,A,C,3\nm,0,1,B,C,3\nm,1,0,B,D,5\nm,1,1,A,C,0\n"
    with pytest.raises(FolkError, match="player 0 of match 'm' is 'B' here and was 'A'"):
        analysis(tmp_path / "t.csv", head + rows)


def test_rows_in_any_order_are_seated_by_the_agents_names(tmp_path: Path) -> None:
    rows = "m,1,B,D,5\nm,1,A,C,0\nm,0,A,C,3\nm,0,B,C,3\n"
    found = analysis(tmp_path / "t.csv", HEAD + rows)
    assert (value(found, "A", "payoff_per_round"), value(found, "B", "payoff_per_round")) == (
        1.5,
        4,
    )
    assert value(found, "B", "loyalty") == 0
    assert value(found, "A", "win_share") == 0


def test_self_play_without_a_column_of_players_is_two_seats(tmp_path: Path) -> None:
    rows = "m,0,A,C,3\nm,0,A,C,3\nm,1,A,C,0\nm,1,A,D,5\n"
    found = analysis(tmp_path / "t.csv", HEAD + rows)
    assert value(found, "A", "payoff_per_round") == 11 / 4
    assert value(found, "A", "cooperation_rate") == 3 / 4
    assert value(found, "A", "loyalty") == 0.5


@pytest.mark.parametrize("one", ["1", "1.0"])
def test_numbers_as_actions_match_however_they_are_written(tmp_path: Path, one: str) -> None:
    rows = f"m,0,A,{one},3\nm,0,B,0,5\nm,1,A,,3\nm,1,B,{one},3\n"
    found = analysis(tmp_path / "t.csv", HEAD + rows, cooperate="1")
    assert value(found, "A", "cooperation_rate") == 1
    assert found.agents["A"]["cooperation_rate"].n == 1
    assert value(found, "B", "cooperation_rate") == 0.5
    assert "1 rows name no action" in " ".join(found.notes)


def test_an_action_that_nobody_plays_is_no_cooperation(tmp_path: Path) -> None:
    with pytest.raises(FolkError, match="--cooperate Coop: nobody plays that"):
        analysis(tmp_path / "t.csv", f"{HEAD}m,0,A,C,3\n", cooperate="Coop")


def test_moves_of_the_harness_count_for_payoffs_and_not_for_behaviour(tmp_path: Path) -> None:
    head = "match,round,agent,action,payoff,outcome,substituted\n"
    rows = "m,0,A,C,3,ok,false\nm,0,B,D,5,refused,true\nm,1,A,C,3,ok,false\nm,1,B,C,3,ok,False\n"
    found = analysis(tmp_path / "t.csv", head + rows)
    assert value(found, "B", "payoff_per_round") == 4
    assert value(found, "B", "cooperation_rate") == 1
    assert dict(found.outcomes) == {"ok": 3, "refused": 1}
    assert found.counts["B"]["substituted"] == 1
    assert found.counts["B"]["invalid_rate"] == 0.5
    told = found.sensitivity["void"]["B"]["payoff_per_round"]
    assert (told.value, told.n) == (None, 0)
    assert found.sensitivity["as_played"]["B"]["payoff_per_round"].value == 4


def test_a_gap_between_rounds_is_no_step_from_one_to_the_next(tmp_path: Path) -> None:
    rows = "m,1,A,C,3\nm,1,B,C,3\nm,5,A,C,0\nm,5,B,D,5\nm,999999999,A,C,0\nm,999999999,B,D,5\n"
    found = analysis(tmp_path / "t.csv", HEAD + rows)
    assert value(found, "B", "loyalty") is None
    assert value(found, "B", "cooperation_rate") == pytest.approx(1 / 3)


def test_semicolons_a_byte_order_mark_and_further_columns_are_read(tmp_path: Path) -> None:
    text = "\ufeffmatch;round;agent;action;payoff;mood\nm;0;A;C;3;good\n"
    assert value(analysis(tmp_path / "t.csv", text), "A", "payoff_per_round") == 3


def test_json_lines_and_parquet_say_the_same_as_csv(tmp_path: Path) -> None:
    import pandas as pd

    rows = [("m", 0, "A", "C", 3), ("m", 0, "B", 1, 5), ("n", 0, "A", 1, 1), ("n", 0, "B", "C", 0)]
    names = ["match", "round", "agent", "action", "payoff"]
    lines = pd.DataFrame(rows, columns=names).to_json(orient="records", lines=True)
    found = analysis(tmp_path / "t.jsonl", lines)
    table = pd.DataFrame(rows, columns=names).astype({"action": "string"})
    table.to_parquet(tmp_path / "t.parquet")
    again = analysis(tmp_path / "t.parquet", (tmp_path / "t.parquet").read_bytes())
    for one in (found, again):
        assert value(one, "A", "payoff_per_round") == 2
        assert value(one, "B", "cooperation_rate") == 0.5


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.jsonl", '{"match": "m"}\n{"match"\n', "t.jsonl:2: not valid JSON"),
        ("t.jsonl", "[1]\n", "t.jsonl:1: [1] is no object"),
        ("t.parquet", "PAR1xx", "no readable Parquet file"),
        ("t.csv", "", "is empty"),
        ("t.json", "[]", "name it .jsonl"),
    ],
)
def test_files_that_are_no_tables_are_refused(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(FolkError) as error:
        analysis(tmp_path / name, text)
    assert said in str(error.value)


def test_two_games_in_a_table_are_two_studies(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"game,{HEAD}g1,m,0,A,C,3\ng1,m,0,B,C,3\ng2,m,0,A,C,1\ng2,m,0,B,C,3\n")
    found = read_studies(path, Given())
    assert [played.study.game for played in found] == ["g1", "g2"]
    assert [len(played.study.moves) for played in found] == [2, 2]


def test_a_table_that_names_an_installed_game_and_agrees_has_its_payoffs(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "prisoners_dilemma,m,0,A,cooperate,0\nprisoners_dilemma,m,0,B,defect,{}\n"
    path.write_text(f"game,{HEAD}{rows.format(5)}")
    assert read_studies(path, Given())[0].study.payoffs is not None
    path.write_text(f"game,{HEAD}{rows.format(6)}")
    assert read_studies(path, Given())[0].study.payoffs is None
