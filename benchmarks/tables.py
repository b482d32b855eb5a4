"""How long the tables of a large run take to load: 100,000 matches of 10 rounds.

`python -m benchmarks.tables` runs it: bots play the matches, and then each table is made from the
log in a process of its own. Time is from the call to the table, imports of pandas included; memory
is the most that the process has held at once, and what the table itself takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scale_watch import peak_mb
from harness.config import RunConfig, resolve
from harness.record import tables
from harness.runner.run import run

ROOT = Path(__file__).parent.parent
MATCHES = 100_000
MOST_S = 20.0
TRIALS = 3

BOTS = ("tit_for_tat", "random", "grudger", "defector", "joss")
PAIRS = 10

TABLES = {
    "matches": tables.matches_table,
    "moves": tables.moves_table,
    "stages": tables.stages_table,
}


def play(folder: Path, matches: int) -> None:
    """Let every bot play every other: as many matches as are wanted."""
    plan = resolve(
        RunConfig(
            games=("prisoners_dilemma(rounds=10)",),
            agents=BOTS,
            repeats=matches // PAIRS,
            swap=False,
            workers=2,
        )
    )
    run(plan, folder)


def load(name: str, folder: Path) -> None:
    """Make a table; print what it took as a JSON object."""
    begun = time.perf_counter()
    table = TABLES[name](folder)
    took_s = time.perf_counter() - begun
    size_mb = table.memory_usage(deep=True).sum() / 1e6
    told = {"s": took_s, "rows": len(table), "peak_mb": peak_mb(), "size_mb": size_mb}
    print(json.dumps(told))


def measured(name: str, folder: Path) -> float:
    """Print what a table takes, in processes of their own; the seconds of the fastest."""
    command = [sys.executable, "-m", "benchmarks.tables", "--load", name, str(folder)]
    trials = []
    for _ in range(TRIALS):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
        trials.append(json.loads(done.stdout))
    best = min(trials, key=lambda told: told["s"])
    slowest_s = max(told["s"] for told in trials)
    print(
        f"  {name:8} {best['rows']:10,} rows  {best['s']:5.1f} s (of {TRIALS}: up to"
        f" {slowest_s:.1f})  {best['peak_mb']:5.0f} MB at most, of which the table"
        f" {best['size_mb']:.0f} MB",
        flush=True,
    )
    return float(best["s"])


def main() -> None:
    """Play, then load each table; exit 1 where all three together take too long."""
    parser = argparse.ArgumentParser(description="How long the tables of a large run take to load.")
    parser.add_argument("--matches", type=int, default=MATCHES)
    parser.add_argument("--load", nargs=2, metavar=("TABLE", "DIR"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        load(given.load[0], Path(given.load[1]))
        return
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "run")
        begun = time.perf_counter()
        play(folder, given.matches)
        took_s = time.perf_counter() - begun
        size_mb = (folder / "matches.jsonl").stat().st_size / 1e6
        print(
            f"{given.matches:,} matches of 10 rounds, played and logged in {took_s:.0f} s:"
            f" matches.jsonl is {size_mb:.0f} MB.",
            flush=True,
        )
        total_s = sum(measured(name, folder) for name in TABLES)
    print(f"  together {total_s:.1f} s")
    if total_s > MOST_S:
        raise SystemExit(f"the tables took {total_s:.1f} s, and {MOST_S:g} s are the most")


if __name__ == "__main__":
    main()
