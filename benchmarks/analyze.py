"""Time of `folk analyze` against the size of a tournament, on one core.

    python -m benchmarks.analyze [--agents 10 20 50] [--rounds 200] [--repeats 20]

The tournament is a noisy prisoner's dilemma between scripted agents, every pair in one seating. The
largest size, 50 agents, 24,500 matches and 9.8 million rows, is to take 60 s at most.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path

from harness import registry
from harness.cli.analyze import analyze
from harness.config import RunConfig, resolve
from harness.runner.run import run

MODULES = {
    *("tit_for_tats", "constant", "memory_one", "grudgers", "zero_determinant", "forgiving"),
    *("probers", "majorities", "first_tournament", "second_tournament", "learners"),
}


def scripted(n: int) -> tuple[str, ...]:
    """Names of agents that play the prisoner's dilemma without parameters."""
    found = []
    for name in registry.names("agent"):
        module = registry.load("agent", name).__module__.rpartition(".")[2]
        needed = registry.parameters("agent", name).values()
        if module in MODULES and all(p.default is not p.empty for p in needed):
            found.append(name)
    return tuple(found[:n])


def main() -> None:
    """Play tournaments of rising size and analyse each in full."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, nargs="+", default=[10, 20, 50])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    print(f"{'agents':>6} {'matches':>8} {'rows':>11} {'seconds':>8} {'CPU':>8}")
    for n in given.agents:
        config = RunConfig(
            games=(f"prisoners_dilemma(rounds={given.rounds}, noise=0.01)",),
            agents=scripted(n),
            repeats=given.repeats,
            swap=False,
        )
        with tempfile.TemporaryDirectory() as folder:
            plan, out = resolve(config), Path(folder, "run")
            run(plan, out)
            start, spent = time.perf_counter(), time.process_time()
            with contextlib.redirect_stdout(io.StringIO()):
                analyze.main([str(out), "--json"], standalone_mode=False)
            wall, cpu = time.perf_counter() - start, time.process_time() - spent
        n_matches = len(plan.matches)
        rows = n_matches * given.rounds * 2
        print(f"{len(config.agents):>6} {n_matches:>8,} {rows:>11,} {wall:>8.1f} {cpu:>8.1f}")


if __name__ == "__main__":
    main()
