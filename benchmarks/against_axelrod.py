"""Turns played per CPU second, beside the Axelrod library playing the same; log and memory.

`make bench` runs it. Axelrod 4.14 gets an environment of its own, `.venv-axelrod` (it needs
PyTorch); AXELROD_PYTHON names a Python that has it already. Both sides play the same strategies
for the same turns and repeats, each on one core in a process of its own, measured in CPU seconds
without imports. A turn is one round, as the library counts. Ours logs every round to disk; the
library keeps nothing, or builds its results, as the row says. One repeat is compared where pairs
are deterministic, since the library copies further repeats of those from a cache.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.axelrod_names import DETERMINISTIC, STOCHASTIC, Pair
from harness.config import RunConfig, RunPlan, resolve
from harness.play import play
from harness.runner.run import run
from harness.spec import write

ROOT = Path(__file__).parent.parent
TRIALS = 3


def axelrod_python() -> str:
    """A Python that has the Axelrod library, in an environment made for it if need be."""
    if given := os.environ.get("AXELROD_PYTHON"):
        return given
    home = ROOT / ".venv-axelrod"
    python = str(home / "bin/python")
    if not (home / "ready").exists():
        print("making .venv-axelrod; it takes a few minutes the first time", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "torch==2.13.0"], check=True)
        subprocess.run([*pip, "axelrod==4.14.0"], check=True)
        (home / "ready").touch()
    return python


def theirs(python: str, chosen: list[Pair], turns: int, repeats: int, *, results: bool) -> float:
    """CPU seconds of the library's tournament."""
    task = {
        "classes": [[name, arguments] for name, arguments, _, _ in chosen],
        "turns": turns,
        "repeats": repeats,
        "results": results,
    }
    side = subprocess.run(
        [python, "-m", "benchmarks.axelrod_side"],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return float(side.stdout)


def planned(chosen: list[Pair], turns: int, repeats: int) -> RunPlan:
    """The same tournament as a plan of ours: every pair once, and everybody with itself."""
    return resolve(
        RunConfig(
            games=(f"prisoners_dilemma(rounds={turns})",),
            agents=tuple(write(name, parameters) for _, _, name, parameters in chosen),
            schedule=("round_robin", "self_play"),
            repeats=repeats,
            swap=False,
        )
    )


def ours(plan: RunPlan) -> tuple[float, float]:
    """CPU seconds of our tournament with its log on disk, and of the play alone."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        run(plan, Path(folder, "run"))
        logged = time.process_time() - begun
    begun = time.process_time()
    for match in plan.matches:
        play(match)
    return logged, time.process_time() - begun


def compare(python: str, title: str, chosen: list[Pair], turns: int, repeats: int) -> None:
    """Print how many turns both sides play per CPU second, and the ratio, trial by trial."""
    plan = planned(chosen, turns, repeats)
    played = turns * len(plan.matches)
    print(f"\n{title}: {len(plan.matches):,} matches, {played:,} turns")
    for results in (False, True):
        trials = []
        for _ in range(TRIALS):
            they = theirs(python, chosen, turns, repeats, results=results)
            trials.append((they, *ours(plan)))
        ratios = sorted(they / logged for they, logged, _ in trials)
        they, logged, alone = (statistics.median(column) for column in zip(*trials, strict=True))
        print(
            f"  axelrod {'with results' if results else 'keeping none'} {played / they:9,.0f}"
            f"   folkbench logging all {played / logged:9,.0f}"
            f"   ratio {statistics.median(ratios):5.1f}x ({ratios[0]:.1f} to {ratios[-1]:.1f})"
            f"   log {max(0, 1 - alone / logged):.0%} of our time",
            flush=True,
        )


def long_run() -> None:
    """Play 1,000 matches of 10,000 turns with their log, and print the peak memory."""
    pairs = [p for p in (*DETERMINISTIC, *STOCHASTIC) if p[2] in ("tit_for_tat", "random", "joss")]
    plan = planned(pairs, 10_000, 1000 // 6 + 1)
    plan = replace(plan, matches=plan.matches[:1000])
    with tempfile.TemporaryDirectory() as folder:
        run(plan, Path(folder, "run"))
        size = Path(folder, "run", "matches.jsonl").stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:.0f} MB, log {size:.0f} MB")


def main() -> None:
    """Run all comparisons."""
    if "--long" in sys.argv:
        long_run()
        return
    python = axelrod_python()
    ours(planned(DETERMINISTIC[:2], 1, 1))  # so that nothing is imported while it is measured
    print("Turns per CPU second on one core; medians of 3 trials, ratios of paired trials.")
    mixed = [*DETERMINISTIC[:20], *STOCHASTIC[:10]]
    compare(python, f"Round robin of {len(mixed)} strategies, 200 turns", mixed, 200, 1)
    compare(python, "Stochastic strategies only, 200 turns", STOCHASTIC[:10], 200, 10)
    pair = [p for p in (*DETERMINISTIC, *STOCHASTIC) if p[2] in ("tit_for_tat", "random")]
    compare(python, "Tit for tat and random, 100,000 turns", pair, 100_000, 1)
    print("\n1,000 matches of 10,000 turns, every round logged:", flush=True)
    # A process of its own, so that nothing else counts towards its peak.
    subprocess.run([sys.executable, "-m", __spec__.name, "--long"], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
