"""How many matches with models are under way at once, and what play does to the collector."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from harness.config import RunConfig, resolve
from harness.match import Match
from harness.runner.course import Course
from harness.runner.run import run

PAIR = ("mock/random(latency_s=0.01)", "mock/biased(latency_s=0.01)")


def most_under_way(
    monkeypatch: pytest.MonkeyPatch, folder: Path, game: str, *agents: str, concurrency: int
) -> int:
    """The most matches that were under way at once in a run of 80, none waiting for its log."""
    monkeypatch.setattr("harness.record.synced.MOST_GATHERED_S", 0.0)
    most = 0
    begun = Course.begun

    def note(course: Course, match: Match) -> None:
        nonlocal most
        begun(course, match)
        most = max(most, course.progress().under_way)

    monkeypatch.setattr(Course, "begun", note)
    config = RunConfig(games=(game,), agents=agents, repeats=40, concurrency=concurrency)
    assert run(resolve(config), folder).played == 80
    return most


def test_as_many_matches_are_under_way_as_keep_all_models_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = "prisoners_dilemma(rounds=3)"
    assert 9 <= most_under_way(monkeypatch, tmp_path / "run", game, *PAIR, concurrency=8) <= 24


def test_a_limit_of_one_call_does_not_begin_many_matches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = "prisoners_dilemma(rounds=2)"
    assert 2 <= most_under_way(monkeypatch, tmp_path / "run", game, *PAIR, concurrency=1) <= 6


def test_where_models_take_turns_more_matches_are_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = "deal_or_no_deal"
    assert most_under_way(monkeypatch, tmp_path / "run", game, *PAIR, concurrency=8) > 12


def test_the_collector_rests_while_matches_are_played_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, frozen = [], gc.get_freeze_count()
    monkeypatch.setattr(Course, "begun", lambda course, match: looked.append(gc.isenabled()))
    config = RunConfig(games=("prisoners_dilemma(rounds=2)",), agents=PAIR, repeats=2)
    run(resolve(config), tmp_path / "run")
    assert looked == [False] * 4
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen
