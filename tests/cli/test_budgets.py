"""Runs that a budget, failures or a provider stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.models import QuotaExceeded, Reply, Transient
from harness.models.line import Line
from harness.record.calls import read_calls
from tests.cli.conftest import Folk
from tests.cli.runs import AGENTS, GAMES, answered, cut, played

PRICED = """\
games = ["prisoners_dilemma(rounds=5)"]
agents = ["mock/random", "mock/biased"]
repeats = 20
concurrency = 4

[prices."mock/random"]
input = 1.0
output = 2.0

[prices."mock/biased"]
input = 1.0
output = 2.0
"""


@pytest.mark.parametrize("cap", ["cost", "tokens"])
def test_a_budget_stops_a_run_which_then_goes_on_to_the_same_end(folk: Folk, cap: str) -> None:
    Path("priced.toml").write_text(PRICED)
    assert folk("run", "priced.toml", "--out", "full").code == 0
    told = json.loads(folk("run", "priced.toml", "--dry-run", "--json").out)["forecast"]
    tokens = told["input_tokens"]["value"] + told["output_tokens"]["value"]
    half = {"cost": told["usd"]["value"] / 2, "tokens": int(tokens / 2)}[cap]
    stopped = folk("run", "priced.toml", "--out", "run", f"--max-{cap}", str(half))
    assert stopped.code == 4
    assert "To go on: folk resume run" in stopped.err
    calls = list(read_calls(Path("run")))
    usage = [
        c["usd"] if cap == "cost" else sum(c["usage"].get(k, 0) for k in ("input", "output"))
        for c in calls
    ]
    in_flight = 8  # matches: twice the concurrency
    assert half - in_flight * max(usage) <= sum(usage) <= half + in_flight * max(usage)
    again = folk("resume", "run")
    assert (again.code, len(list(read_calls(Path("run"))))) == (4, len(calls)), (
        "the cap still holds"
    )
    assert folk("resume", "run", f"--max-{cap}", str(int(half * 10) + 1)).code == 0
    assert played("run") == played("full")
    assert answered("run") == answered("full")


@pytest.mark.parametrize("cap", ["cost", "tokens"])
def test_a_first_burst_keeps_to_the_budget(folk: Folk, cap: str) -> None:
    slow = PRICED.replace('mock/random", "mock/biased', "mock/random(latency_s=0.05)")
    Path("priced.toml").write_text(slow)
    most, flags = {"cost": 0.004, "tokens": 4000}[cap], ("--concurrency", "512", "--schedule")
    stopped = folk(
        "run", "priced.toml", *flags, "self_play", f"--max-{cap}", str(most), "--out", "run"
    )
    assert stopped.code == 4
    calls = list(read_calls(Path("run")))
    took = [
        c["usd"] if cap == "cost" else sum(c["usage"].get(k, 0) for k in ("input", "output"))
        for c in calls
    ]
    assert most - 2 * max(took) < sum(took) < most + max(took)
    told = {"cost": f"${sum(took):.4g} is spent", "tokens": f"{sum(took):,} tokens are used"}[cap]
    assert told in stopped.err, "what was spent once everything had come in"


@pytest.mark.parametrize("cap", ["cost", "tokens", "hours", "errors"])
def test_a_cap_is_lifted_by_none(folk: Folk, cap: str) -> None:
    text = PRICED.replace("repeats = 20", f'repeats = 1\nmax_{cap} = "none"')
    Path("priced.toml").write_text(text)
    tiny = {"cost": "1e-6", "tokens": "1", "hours": "1e-9", "errors": "0"}[cap]
    assert folk("run", "priced.toml", "--out", "free").code == 0
    stopped = folk("run", "priced.toml", "--out", "run", f"--max-{cap}", tiny)
    assert stopped.code in ((4,) if cap in ("cost", "tokens") else (0, 4))
    cut("run", "matches.jsonl", 1)  # a run that is over is only read
    resumed = folk("resume", "run", f"--max-{cap}", "none")
    assert resumed.code == 0
    assert (
        f"the cap max_{cap} {float(tiny):g} of the earlier session no longer holds" in resumed.err
    )
    assert played("run") == played("free")
    assert folk("run", "priced.toml", "--out", "new", f"--max-{cap}", "none").code == 0
    wrong = folk("resume", "run", f"--max-{cap}", "-1")
    assert wrong.code == 2
    assert "none" in wrong.err


def test_the_same_command_without_its_cap_says_that_it_no_longer_holds(folk: Folk) -> None:
    Path("priced.toml").write_text(PRICED.replace("repeats = 20", "repeats = 1"))
    same = ("run", "priced.toml", "--out", "run")
    assert folk(*same, "--max-tokens", "500").code == 4
    again = folk(*same, "--max-tokens", "500")
    assert again.code == 4
    assert "no longer holds" not in again.err
    freed = folk(*same)
    assert freed.code == 0
    assert "the cap max_tokens 500 of the earlier session no longer holds" in freed.err


def test_what_was_played_without_a_price_counts_once_there_is_one(folk: Folk) -> None:
    unpriced, prices = PRICED.split("\n\n", 1)
    Path("run.toml").write_text(unpriced)
    stopped = folk("run", "run.toml", "--out", "run", "--max-tokens", "20000")
    assert stopped.code == 4
    assert "is spent" not in stopped.err
    log = Path("run/calls.jsonl").read_bytes()
    assert {call["usd"] for call in read_calls(Path("run"))} == {None}
    used = [call["usage"] for call in read_calls(Path("run"))]
    cost = sum(u["input"] * 1e-6 + u["output"] * 2e-6 for u in used)
    Path("run.toml").write_text(f"{unpriced}\n\n{prices}")
    same = ("run", "run.toml", "--out", "run", "--json", "--max-cost")
    again = folk(*same, str(cost))
    assert again.code == 4
    assert Path("run/calls.jsonl").read_bytes() == log, "lines stay as they are"
    told = json.loads(again.out)
    assert sum(c["usd"] for c in told["calls"].values()) == pytest.approx(cost)
    assert "past max_cost" in told["stopped"]
    assert folk(*same, "10").code == 0


def test_a_call_that_its_match_cuts_off_is_logged_and_asked_again(folk: Folk) -> None:
    agents = ("--agents", "mock/random(latency_s=0.15),tit_for_tat", "--no-swap")
    command = ("run", "prisoners_dilemma(rounds=3)", *agents, "--out")
    assert folk(*command, "full").code == 0
    late = folk(*command, "run", "--match-timeout", "0.4")
    assert late.code == 3
    assert "1 attempt had no reply in time and may be billed all the same" in late.out
    *_, cut = read_calls(Path("run"))
    assert (cut["call"], cut["reply"], cut["error"]["error"]) == (3, None, "CutOff")
    assert [attempt["error"] for attempt in cut["attempts"]] == ["CutOff"]
    again = folk("run", "--replay", "run", "--out", "again")
    assert "byte for byte" in again.err
    assert folk("resume", "run", "--retry-errors", "--match-timeout", "60").code == 0
    assert played("run") == played("full")
    assert answered("run") == answered("full")
    assert "byte for byte" in folk("run", "--replay", "run", "--out", "twice").err


def test_a_budget_needs_a_price(folk: Folk) -> None:
    refused = folk(
        "run", GAMES[0], "--agents", "mock/random,tit_for_tat", "--max-cost", "1", "--out", "run"
    )
    assert refused.code == 2
    assert "no price is known for mock/random" in refused.err
    assert not Path("run").exists()


@pytest.mark.parametrize("cap", ["cost", "tokens", "hours", "errors"])
def test_a_budget_of_nothing_is_refused(folk: Folk, cap: str) -> None:
    value = "1.5" if cap == "errors" else "0"
    refused = folk("run", GAMES[0], "--agents", AGENTS, f"--max-{cap}", value)
    assert refused.code == 2
    assert f"max_{cap} is {value}" in refused.err


def test_too_many_errors_stop_a_run_and_are_played_again_on_request(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "20", "--attempts", "1", "--out")
    assert folk(*command, "full").code == 0

    async def broken(*_: object) -> None:
        raise Transient("the server is down")

    with monkeypatch.context() as patch:
        patch.setattr("harness.models.transport.Transport.preflight", nothing)
        patch.setattr("harness.models.line.Line.send", broken)
        stopped = folk(*command, "run", "--max-errors", "0.5", "--concurrency", "2")
    assert stopped.code == 4
    assert "than max_errors allows, 0.5" in stopped.err
    n = len(played("run"))
    assert f"; {n} of 120 matches are over, {n} of them void, forfeited or ended" in stopped.err
    assert n < 60
    assert folk("resume", "run", "--max-errors", "1").code == 0
    assert b'"status":"error"' in b"".join(played("run"))
    assert folk("resume", "run", "--retry-errors").code == 0
    assert played("run") == played("full")
    assert b'"status":"error"' in Path("run/matches.retried.jsonl").read_bytes()


async def nothing(*_: object) -> None:
    """Ask nobody."""


def test_time_that_is_up_stops_a_run(folk: Folk) -> None:
    agents = "mock/random(latency_s=0.05),tit_for_tat"
    command = ("run", GAMES[0], "--agents", agents, "--repeats", "20", "--concurrency", "2")
    stopped = folk(*command, "--out", "run", "--max-hours", str(1 / 3600))
    assert stopped.code == 4
    assert "which max_hours allows" in stopped.err
    assert folk("resume", "run", "--max-hours", "1", "--concurrency", "50").code == 0


def test_a_provider_that_refuses_leaves_its_matches_for_later(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out")
    assert folk(*command, "full").code == 0
    in_time, n_sent = Line._in_time, 0

    async def poor(self: Line, body: Any, agent: str) -> Reply:
        nonlocal n_sent
        n_sent += 1
        if n_sent > 30:
            raise QuotaExceeded("used up")
        return await in_time(self, body, agent)

    with monkeypatch.context() as patch:
        patch.setattr(Line, "_in_time", poor)
        stopped = folk(*command, "run", "--json")
    assert stopped.code == 4
    told = json.loads(stopped.out)
    assert "used up" in told["stopped"]
    assert told["played"] == len(played("run")) < 18
    assert b"used up" not in b"".join(played("run"))
    assert folk("resume", "run").code == 0
    assert played("run") == played("full")
