"""One run of `scale.py`, in a process of its own: many matches between two models, all logged.

Reads one JSON object from standard input, `{"agents": [A, B], "matches": …, "concurrency": …,
"folder": …}`, plays, and prints one JSON object: what it took, measured from within. Imports and
the making of the plan are not counted, the forecast, the log and the tables are.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.scale_watch import STALL_S, Collections, LogWatch, LoopWatch, peak_mb, waited_s
from harness.config import RunConfig, RunPlan, resolve
from harness.runner.run import run

ROUNDS = 10


def plan_of(agents: list[str], matches: int, concurrency: int) -> RunPlan:
    """As many matches between two models, half of them with the seats swapped."""
    return resolve(
        RunConfig(
            games=(f"prisoners_dilemma(rounds={ROUNDS})",),
            agents=tuple(agents),
            repeats=matches // 2,
            concurrency=concurrency,
        )
    )


def played(plan: RunPlan, folder: Path) -> dict[str, Any]:
    """Play a plan; what it took."""
    loop, log, collections = LoopWatch(), LogWatch(), Collections()
    with log.watching(), collections.watching():
        begun, cpu, waited = time.perf_counter(), time.process_time(), waited_s()
        result = run(plan, folder, halt=loop)
        wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
        others_s = waited_s() - waited
    assert (result.matches["status"] == "ok").all(), result.errors
    return {
        "calls": sum(tally.calls for tally in result.tallies.values()),
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "waited_s": others_s,
        "peak_mb": peak_mb(),
        "stalls": len(loop.stalls),
        "own_stalls": sum(late_s - others_had_s > STALL_S for late_s, others_had_s in loop.stalls),
        "longest_s": loop.longest.late_s,
        "collecting_s": collections.total_s,
        "longest_collection_s": collections.longest_s,
        "thread_s": log.thread_s,
        "handing_s": log.handing_s,
        "making_s": log.making_s,
        "log_mb": (folder / "calls.jsonl").stat().st_size / 1e6,
    }


def main() -> None:
    """Warm up, measure, print."""
    task = json.load(sys.stdin)
    folder = Path(task["folder"])
    played(plan_of(task["agents"], 4, task["concurrency"]), folder / "warm")
    plan = plan_of(task["agents"], task["matches"], task["concurrency"])
    print(json.dumps(played(plan, folder / "measured")))


if __name__ == "__main__":
    main()
