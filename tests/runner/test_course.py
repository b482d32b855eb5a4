"""How far a run has come, as it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.config import RunConfig, resolve
from harness.errors import Interrupted, RecordError
from harness.record.folder import read_manifest
from harness.runner.course import Course
from harness.runner.halt import Halt
from harness.runner.progress import Progress
from harness.runner.run import RunResult, resume, run

SCRIPTED = RunConfig(
    games=("prisoners_dilemma(rounds=3)",), agents=("tit_for_tat", "grudger", "random"), repeats=3
)
PRICED = RunConfig(
    games=("prisoners_dilemma(rounds=4)",),
    agents=("mock/random(refuse=0.1, latency_s=0.02)", "tit_for_tat"),
    repeats=30,
    concurrency=4,
    max_cost=100.0,
    prices={"mock/random": {"input": 1, "output": 2}},
)


def seen(config: RunConfig, folder: Path, **given: Any) -> tuple[list[Progress], RunResult]:
    shown: list[Progress] = []
    return shown, run(resolve(config), folder, show=shown.append, **given)


def test_the_last_that_is_shown_is_the_whole(tmp_path: Path) -> None:
    shown, result = seen(SCRIPTED, tmp_path / "run")
    last = shown[-1]
    assert (last.matches, last.done, last.before, last.not_ok) == (18, 18, 0, 0)
    assert last.agents == ()
    assert (last.usd, last.projected_usd) == (None, None)
    assert (result.played, result.stopped) == (18, None)


def test_spending_is_shown_and_foreseen(tmp_path: Path) -> None:
    shown, result = seen(PRICED, tmp_path / "run")
    (tally,) = result.tallies.values()
    last = shown[-1]
    (agent,) = last.agents
    assert (agent.calls, agent.input, agent.output) == (tally.calls, tally.input, tally.output)
    assert agent.usd == last.usd == last.projected_usd == tally.usd
    assert agent.invalid == result.matches["invalid"].sum() > 0
    assert (agent.waiting, agent.most, last.max_cost) == (0, 4, 100.0)
    midway = [p for p in shown if 0.3 < p.done / p.matches < 0.8]
    assert midway
    for progress in midway:
        assert progress.projected_usd == pytest.approx(tally.usd, rel=0.3)
        assert progress.left_s is not None
        assert 0 < progress.under_way <= 8


def test_what_was_over_before_is_told_apart(tmp_path: Path) -> None:
    _, result = seen(PRICED, tmp_path / "run")
    log = tmp_path / "run/matches.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:20]))
    shown: list[Progress] = []
    again = resume(resolve(PRICED), tmp_path / "run", show=shown.append)
    assert (shown[-1].before, shown[-1].done) == (20, 60)
    assert again.matches.equals(result.matches)
    before, after = ({k: t.as_dict() for k, t in r.tallies.items()} for r in (result, again))
    assert after == before


def test_a_run_that_is_asked_to_end_says_so_and_ends(tmp_path: Path) -> None:
    halt, shown = Halt(), list[Progress]()

    def show(progress: Progress) -> None:
        shown.append(progress)
        if progress.done:
            halt.ask(Interrupted("interrupted"))

    result = run(resolve(PRICED), tmp_path / "run", show=show, halt=halt)
    assert isinstance(result.stopped, Interrupted)
    assert 0 < result.played < 60
    assert resume(resolve(PRICED), tmp_path / "run").played == 60


def test_a_run_that_was_asked_to_end_before_it_began_plays_nothing(tmp_path: Path) -> None:
    for config in (SCRIPTED, PRICED):
        halt = Halt()
        halt.ask(Interrupted("interrupted"))
        folder = tmp_path / str(len(config.agents))
        result = run(resolve(config), folder, halt=halt)
        assert isinstance(result.stopped, Interrupted)
        assert result.played <= 1
        assert resume(resolve(config), folder).stopped is None


def test_what_the_log_holds_of_another_run_is_refused(tmp_path: Path) -> None:
    run(resolve(SCRIPTED), tmp_path / "run")
    other = resolve(RunConfig(games=SCRIPTED.games, agents=("tit_for_tat", "grudger")))
    with pytest.raises(RecordError, match=r"matches.jsonl:\d+: match \w+ is none of this run"):
        Course(other, lambda progress: None).read(
            tmp_path / "run", read_manifest(tmp_path / "run"), retry_errors=False
        )
