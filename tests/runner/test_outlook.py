"""The time left, against what a run of even pace would take."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config import RunConfig, resolve
from harness.models.model import Model
from harness.models.tally import Tally
from harness.runner.forecast import forecast
from harness.runner.outlook import FORESEEN_COUNTS, Outlook

SLOW, FAST = "mock/biased(latency_s=1)", "mock/random(latency_s=0.01)"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("harness.runner.outlook.time.monotonic", lambda: now[0])
    return now


def looking(*agents: str, **settings: Any) -> tuple[Outlook, dict[str, float]]:
    """What tells the time left, and how many calls of each agent are foreseen."""
    given: dict[str, Any] = {
        "games": ("prisoners_dilemma(rounds=10)",),
        "repeats": 20,
        "swap": False,
    }
    plan = resolve(RunConfig(**(given | {"agents": (*agents, "tit_for_tat")} | settings)))
    foreseen = forecast(plan, seconds=0.2)
    models = [agent for agent in plan.agents if isinstance(agent.what, Model)]
    calls = {spec: took.calls.likely for spec, took in foreseen.agents.items()}
    return Outlook(foreseen, models), calls


@pytest.mark.usefixtures("clock")
def test_nothing_is_told_before_a_round_of_calls_has_come_back() -> None:
    outlook, calls = looking(SLOW, concurrency=4)
    tallies = {SLOW: Tally(calls=1)}
    assert outlook.left_s(tallies) is None, "no match has begun"
    outlook.begin(tallies)
    for n, told in ((1, False), (4, False), (5, True), (100, True)):
        tallies[SLOW].calls = n
        assert (outlook.left_s(tallies) is not None) is told
    tallies[SLOW].calls = int(calls[SLOW])
    assert outlook.left_s(tallies) is None, "all that was foreseen is over"


def test_an_even_pace_that_was_foreseen_is_told_as_it_is(clock: list[float]) -> None:
    outlook, calls = looking(SLOW, concurrency=4)
    tallies = {SLOW: Tally(calls=1)}
    outlook.begin(tallies)
    for n in (8, 40, 120):  # a second a call, and four at once
        clock[0], tallies[SLOW].calls = 1000.0 + n / 4, 1 + n
        assert outlook.left_s(tallies) == pytest.approx((calls[SLOW] - 1 - n) / 4, rel=0.02)


def test_what_is_observed_outweighs_what_was_foreseen(clock: list[float]) -> None:
    outlook, calls = looking(SLOW, concurrency=4)
    tallies = {SLOW: Tally(calls=0)}
    outlook.begin(tallies)
    n, whole = 100, calls[SLOW]
    clock[0], tallies[SLOW].calls = 1000.0 + n * 1.0, n  # a second for each, not a quarter
    counts = min(FORESEEN_COUNTS * whole, 16)
    expected = (whole - n) * (n * 1.0 + counts * 0.25) / (n + counts)
    assert outlook.left_s(tallies) == pytest.approx(expected, rel=0.01)


def test_the_slowest_model_decides(clock: list[float]) -> None:
    outlook, calls = looking(SLOW, FAST, concurrency=4)
    tallies = {SLOW: Tally(), FAST: Tally()}
    outlook.begin(tallies)
    clock[0] = 1010.0
    tallies[SLOW].calls, tallies[FAST].calls = 40, int(calls[FAST] - 2)
    assert outlook.left_s(tallies) == pytest.approx((calls[SLOW] - 40) / 4, rel=0.05)


def test_calls_of_earlier_sessions_tell_no_pace(clock: list[float]) -> None:
    outlook, calls = looking(SLOW, concurrency=4)
    tallies = {SLOW: Tally(calls=60)}
    outlook.begin(tallies)
    clock[0], tallies[SLOW].calls = 1010.0, 100
    assert outlook.left_s(tallies) == pytest.approx((calls[SLOW] - 100) / 4, rel=0.02)
