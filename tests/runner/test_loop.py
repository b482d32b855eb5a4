from __future__ import annotations

import threading
from pathlib import Path

from harness.config import RunConfig, resolve
from harness.runner.loop import run_to_end
from harness.runner.run import run


async def name() -> str:
    return threading.current_thread().name


def test_work_is_done_in_this_thread() -> None:
    assert run_to_end(name()) == threading.current_thread().name


async def test_where_a_loop_runs_already_a_run_is_played_all_the_same(tmp_path: Path) -> None:
    assert run_to_end(name()) != threading.current_thread().name
    agents = ("mock/random", "tit_for_tat")
    plan = resolve(RunConfig(games=("prisoners_dilemma(rounds=2)",), agents=agents))
    assert run(plan, tmp_path / "run").played == 2
