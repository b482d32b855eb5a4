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
from tests.cli.runs import AGENTS, GAMES, answered, played

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
    assert "and max_errors is 0.5" in stopped.err
    assert len(played("run")) < 60
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
