from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.errors import PluginError
from harness.match import MatchRecord
from harness.play import play, play_async
from harness.record.export import Format, export
from harness.record.lines import encode, match_fields
from harness.record.tables import (
    match_rows,
    matches_table,
    moves_table,
    stage_rows,
    stages_table,
)
from tests.record.logs import create
from tests.sketches import Fixed, Haggle, Model, Pennies, refusal, table

GAMES = [
    {"spec": "pennies", "cooperative": ["H", None]},
    {"spec": "haggle", "cooperative": [None, None]},
]

MANIFEST = {"games": GAMES, "agents": [], "matches": []}


def written(folder: Path, *records: MatchRecord) -> Path:
    with create(folder / "run", MANIFEST) as log:
        for record in records:
            log.append(encode(match_fields(record)))
    return folder / "run"


def test_moves_have_a_row_per_round_and_player(tmp_path: Path) -> None:
    match = table(Pennies(rounds=2), Fixed(("H", "T")), Fixed(("H",)))
    moves = moves_table(written(tmp_path, play(match)))
    assert moves.to_dict("records") == [
        row(match.id, match.block, round=0, player=0, action="H", payoff=1.0),
        row(match.id, match.block, round=0, player=1, action="H", payoff=-1.0),
        row(match.id, match.block, round=1, player=0, action="T", payoff=-1.0),
        row(match.id, match.block, round=1, player=1, action="H", payoff=1.0),
    ]


def row(match: str, block: str, **values: Any) -> dict[str, Any]:
    fixed = {"match": match, "block": block, "game": "pennies", "agent": "fixed"}
    return {**fixed, "outcome": "ok", "substituted": False, **values}


async def test_substituted_moves_are_flagged_with_the_outcome(tmp_path: Path) -> None:
    match = table(Pennies(rounds=3), Fixed(), Model(refusal), reask=1, then="substitute")
    before = play(table(Pennies(rounds=3), Fixed(), Fixed()))
    moves = moves_table(written(tmp_path, before, await play_async(match)))
    flagged = moves[moves["substituted"]]
    assert flagged[["agent", "round", "player"]].to_numpy().tolist() == [
        ["model", r, 1] for r in range(3)
    ]
    assert set(flagged["outcome"]) == {"refused"}
    assert set(moves[~moves["substituted"]]["outcome"]) == {"ok"}


def test_actions_that_are_no_scalars_are_json_text(tmp_path: Path) -> None:
    bots = Fixed(({"propose": {"apples": 2}},)), Fixed(({"apples": 1},))
    moves = moves_table(written(tmp_path, play(table(Haggle(), *bots))))
    assert moves["action"].tolist() == [2, 1]


def test_matches_have_a_row_per_player_with_totals_and_cooperations(tmp_path: Path) -> None:
    good = play(table(Pennies(rounds=4), Fixed(("H", "T")), Fixed(("H",))))
    void = play(table(Pennies(rounds=4), Fixed(), Fixed(("H", "Q"))))
    matches = matches_table(written(tmp_path, good, void))
    columns = ["player", "status", "payoff", "rounds", "cooperations", "invalid"]
    shown = matches[columns].astype(object).where(matches[columns].notna(), None)
    assert shown.to_numpy().tolist() == [
        [0, "ok", 0.0, 4, 2.0, 0],
        [1, "ok", 0.0, 4, None, 0],
        [0, "void", None, 1, 1.0, 0],
        [1, "void", None, 1, None, 1],
    ]


def test_a_run_without_matches_gives_empty_tables_with_all_columns(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert len(moves_table(folder)) == len(matches_table(folder)) == 0
    assert "substituted" in moves_table(folder)
    assert "cooperations" in matches_table(folder)


def test_a_match_void_before_its_first_round_has_no_moves(tmp_path: Path) -> None:
    folder = written(tmp_path, play(table(Pennies(), Fixed(("Q",)), Fixed())))
    assert moves_table(folder).empty
    assert matches_table(folder)["rounds"].tolist() == [0, 0]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_every_format_gives_the_table_back(tmp_path: Path, form: Format) -> None:
    folder = written(tmp_path, play(table(Pennies(rounds=3), Fixed(("H", "T")), Fixed())))
    paths = {path.name: path for path in export(folder, form, tmp_path / "out")}
    moves = next(path for name, path in paths.items() if name.startswith("moves"))
    readers: dict[str, Any] = {
        "parquet": pd.read_parquet,
        "csv": pd.read_csv,
        "jsonl": lambda path: pd.read_json(path, lines=True, dtype={"match": str, "block": str}),
    }
    back = readers[form](moves).astype({"match": str, "block": str})
    assert back.to_dict("list") == moves_table(folder).to_dict("list")


def test_small_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    fields = match_fields(play(table(Pennies(rounds=1), Fixed(), Fixed())))
    with create(tmp_path / "run", MANIFEST) as log:
        log.append(encode({**fields, "measures": {"share": [1 / 24, None]}}))
    export(tmp_path / "run", "jsonl")
    lines = (tmp_path / "run" / "matches_table.jsonl").read_text().splitlines()
    assert [json.loads(line)["share"] for line in lines] == [1 / 24, None]


@pytest.mark.parametrize(
    "own",
    [{"measures": {"payoff": [1, 2]}}, {"stages": [{"block": 3.0}]}, {"stages": [{"stage": 1}]}],
)
def test_a_game_cannot_give_its_numbers_the_names_of_columns(own: dict[str, Any]) -> None:
    fields = {**match_fields(play(table(Pennies(rounds=1), Fixed(), Fixed()))), **own}
    with pytest.raises(PluginError, match=r"pennies: a .* cannot be called '"):
        _ = [*match_rows(fields, {}), *stage_rows(fields)]


def test_an_export_never_touches_the_log(tmp_path: Path) -> None:
    folder = written(tmp_path, play(table(Pennies(), Fixed(), Fixed())))
    before = (folder / "matches.jsonl").read_bytes()
    export(folder, "jsonl")
    assert (folder / "matches.jsonl").read_bytes() == before


def test_a_cell_that_a_spreadsheet_would_run_is_defused(tmp_path: Path) -> None:
    record = play(table(Pennies(rounds=1), Fixed(), Fixed()))
    fields = match_fields(record) | {"agents": ["=HYPERLINK(1)", "@x"]}
    with create(tmp_path / "run", MANIFEST) as log:
        log.append(encode(fields))
    export(tmp_path / "run", "csv")
    text = (tmp_path / "run" / "moves.csv").read_text()
    assert "'=HYPERLINK(1)" in text
    assert ",@x" not in text
    assert ",-1.0," in text  # numbers stay numbers


def test_stages_are_exported_where_a_game_has_them(tmp_path: Path) -> None:
    fields = match_fields(play(table(Pennies(rounds=1), Fixed(), Fixed())))
    stages = [{"wealth": 1.5, "share": None}, {"wealth": 2.0, "share": 0.5}]
    with create(tmp_path / "run", MANIFEST) as log:
        log.append(encode({**fields, "stages": stages}))
    rows = stages_table(tmp_path / "run")
    assert rows["stage"].tolist() == [0, 1]
    assert rows["wealth"].tolist() == [1.5, 2.0]
    names = {path.name for path in export(tmp_path / "run", "csv")}
    assert names == {"matches.csv", "moves.csv", "stages.csv"}
    assert pd.read_csv(tmp_path / "run" / "stages.csv")["share"].tolist()[1] == 0.5
