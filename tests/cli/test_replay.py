"""Runs that are played again from their logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Folk
from tests.cli.runs import GAMES, played


@pytest.mark.usefixtures("run")
def test_a_replay_needs_nobody_and_is_byte_for_byte_the_same(
    folk: Folk, run: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.agents.mock.Mock.connect", lambda self: 1 / 0)
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 0, again.err
    assert "byte for byte" in again.err
    assert again.out.replace("logged in again", "logged in run") == run.out
    for name in ("matches.jsonl", "calls.jsonl"):
        assert Path("again", name).read_bytes() == Path("run", name).read_bytes()


@pytest.mark.usefixtures("run")
def test_a_replay_that_differs_says_where(folk: Folk) -> None:
    path = Path("run/calls.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"call":2' in line)
    call = json.loads(lines[at])
    said = call["reply"]["text"]
    call["reply"]["text"] = said.replace('"J"', '"F"') if '"J"' in said else said.replace("F", "J")
    lines[at] = json.dumps(call) + "\n"
    path.write_text("".join(lines))
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 1
    assert call["match"] in again.err
    assert "byte for byte" not in again.err


def test_failures_are_replayed_as_they_were(folk: Folk) -> None:
    agents = (
        "mock/flaky(error=0.3, extra={'n': %d}),mock/refuser,mock/random(stall=0.02),tit_for_tat"
    )
    flags = ("--attempts", "1", "--timeout", "0.2", "--match-timeout", "0.5", "--repeats", "3")
    code = 2
    for n in range(20):  # until the word that is asked for first is replied to
        code = folk("run", GAMES[0], "--agents", agents % n, *flags, "--out", "run").code
        if code != 2:
            break
    assert code == 3
    assert {json.loads(line)["status"] for line in played("run")} >= {"error", "void"}
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 3, again.err
    assert Path("again/matches.jsonl").read_bytes() == Path("run/matches.jsonl").read_bytes()
