"""A bot that fails costs its own matches, and standard error says so in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Folk

PD = "prisoners_dilemma(rounds=2)"


def bot(act: str, *, dataclass: str = "@dataclass") -> None:
    """Write a bot whose act() is this."""
    Path("bot.py").write_text(
        "import asyncio\nfrom dataclasses import dataclass\nfrom harness import Bot\n\n"
        f"{dataclass}\nclass Failing(Bot):\n    name = 'failing'\n\n"
        f"    def act(self, decision):\n        {act}\n"
    )


def lines() -> list[dict[str, str]]:
    return [json.loads(line) for line in Path("run/matches.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_exception_of_its_own_is_told_in_one_line(folk: Folk, workers: str) -> None:
    bot("raise type('Own', (BaseException,), {})('one\\ntwo' + 'x' * 1000)")
    ended = folk(
        *("run", PD, "--agents", "./bot.py,tit_for_tat", "--out", "run", "--quiet"),
        *("--workers", workers),
    )
    assert ended.code == 3
    assert ended.err.startswith("folk: 2 matches ended as errors: ./bot.py: Own: one\\ntwoxx")
    assert ended.err.count("\n") == 1
    for line in lines():
        assert line["status"] == "error"
        assert line["reason"].startswith("Own: one\ntwo")
        assert len(line["reason"]) < 550


@pytest.mark.parametrize("given", ["None", "float('nan')", "object()"])
def test_what_is_no_move_is_told_as_well(folk: Folk, given: str) -> None:
    bot(f"return {given}")
    ended = folk("run", PD, "--agents", "./bot.py,tit_for_tat", "--out", "run", "--quiet")
    assert ended.code == 3
    shown = {"float('nan')": "nan", "object()": "<object object>"}.get(given, given)
    assert ended.err == (
        f"folk: 2 matches were void or forfeited: ./bot.py: illegal: {shown} is not legal\n"
    )
    again = folk("run", "--replay", "run", "--out", "again", "--quiet")
    assert "came out again" in again.err
    assert again.code == 3


def test_of_several_reasons_the_most_frequent_is_told(folk: Folk) -> None:
    bot("return {0: 'a', 1: 'b'}[self.seat.player] if self.seat.rng.random() < 0.5 else 'b'")
    ended = folk(
        *("run", PD, "--agents", "./bot.py,tit_for_tat", "--out", "run", "--quiet"),
        *("--repeats", "4", "--on-invalid", "forfeit"),
    )
    told = "folk: 8 matches were void or forfeited, most often: ./bot.py: illegal: 'b' is not legal"
    assert ended.err == f"{told}\n"
    assert {line["status"] for line in lines()} == {"forfeit"}
    resumed = folk("resume", "run", "--quiet")
    assert (resumed.code, resumed.err) == (3, ended.err)


@pytest.mark.parametrize("raised", ["asyncio.CancelledError", "type('Own', (BaseException,), {})"])
def test_the_kit_tells_whatever_is_raised(folk: Folk, raised: str) -> None:
    bot(f"raise {raised}")
    ended = folk("check", "./bot.py", PD)
    assert ended.code == 1
    assert "in seat 0 it raised " in ended.out


def test_a_frozen_bot_is_told_not_to_be(folk: Folk) -> None:
    bot("return 'cooperate'", dataclass="@dataclass(frozen=True)")
    words = "Failing is frozen, and a bot keeps its seat and what it sees in itself: write"
    ended = folk("check", "./bot.py", PD)
    assert ended.code == 1
    assert words in ended.out
    ended = folk("run", PD, "--agents", "./bot.py,tit_for_tat")
    assert ended.code == 2
    assert words in ended.err
