"""Whether long play leaks: runs one after another in one process, from a provider that fails.

`python -m benchmarks.soak --minutes 20` runs it. Two models, one over bare HTTP and one over an
official client, play prisoner's dilemmas through a server in a process of its own, which fails at
one attempt in twenty: it asks to slow down, breaks, never answers, resets connections, or sends
half of a reply. Each run, of half a minute or so, has a fresh seed and a folder of its own, which
is removed when it is over.

The process looks at itself in the middle of each run, and after it, when nothing should be left.
Where memory grows by more than 5 % after the first fifth of the time, or tasks, files, sockets,
threads or the objects that are left after a run grow, it says so and exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from harness.config import RunConfig, resolve
from harness.runner.progress import Progress
from harness.runner.run import run

ROOT = Path(__file__).parent.parent
SHARE = 0.05
LATENCY_S = 0.05
TIMEOUT_S = 2.0
MATCHES = 400
CONCURRENCY = 48
WARM_UP = 0.2
"""The share of the time that is not looked at; nor are the first `WARM_RUNS`, which import."""

WARM_RUNS = 3
MOST_GROWTH = 0.05
"""Of memory, as a share."""

MOST_LEFT = 0.001
"""Of objects after a run, as a share: what the soak itself notes down."""

SPARE = 0.1
"""By how much the median of what is there in the middle of runs may be off by chance."""


class Look(NamedTuple):
    """What the process holds at a moment."""

    at_s: float
    rss_mb: float
    objects: int
    tasks: int
    files: int
    sockets: int
    threads: int


COUNTS = ("tasks", "files", "sockets", "threads")


def look(begun: float) -> Look:
    """Look at this process, within its event loop or where there is none."""
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:
        tasks = 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    opened = list(open_files())
    return Look(
        at_s=time.monotonic() - begun,
        rss_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        objects=len(gc.get_objects()) + gc.get_freeze_count(),
        tasks=tasks,
        files=len(opened),
        sockets=sum(name.startswith("socket:") for name in opened),
        threads=threading.active_count(),
    )


def open_files() -> Iterator[str]:
    """What the files are that this process has open."""
    for handle in Path("/proc/self/fd").iterdir():
        try:
            yield str(handle.readlink())
        except FileNotFoundError:  # the one by which the folder is read
            continue


class Soak:
    """Plays run after run, and looks.

    Attributes:
        under_way: what it saw in the middle of each run.
        between: what it saw after each run.
        statuses: how the matches ended.
        calls: how many calls had a reply.
        retries: how many attempts had to be made again.
    """

    def __init__(self, url: str, minutes: float) -> None:
        self.under_way: list[Look] = []
        self.between: list[Look] = []
        self.statuses: Counter[str] = Counter()
        self.calls = 0
        self.retries = 0
        self._agents = (
            f"compatible/bare(base_url='{url}/v1')",
            f"openai/official(base_url='{url}/v1',api='chat')",
        )
        self._begun = time.monotonic()
        self._until = self._begun + 60 * minutes

    def play(self) -> None:
        """Play until time is up."""
        while time.monotonic() < self._until:
            self._run(seed=len(self.between))
            gc.collect()
            self.between.append(look(self._begun))

    def _run(self, seed: int) -> None:
        """One run, in a folder of its own."""
        plan = resolve(
            RunConfig(
                games=("prisoners_dilemma(rounds=10)",),
                agents=self._agents,
                repeats=MATCHES // 2,
                seed=seed,
                concurrency=CONCURRENCY,
                timeout=TIMEOUT_S,
                attempts=8,
            )
        )
        with tempfile.TemporaryDirectory() as folder:
            result = run(plan, Path(folder, "run"), show=self._show)
        assert result.stopped is None, result.stopped
        self.statuses.update(result.matches["status"])
        for tally in result.tallies.values():
            self.calls += tally.calls
            self.retries += tally.retries

    def _show(self, progress: Progress) -> None:
        """Look, once half of the matches are over."""
        if len(self.under_way) == len(self.between) and 2 * progress.done >= progress.matches:
            seen = look(self._begun)
            self.under_way.append(seen)
            told = ", ".join(f"{name} {getattr(seen, name)}" for name in COUNTS)
            print(
                f"  {seen.at_s:6.0f} s: {seen.rss_mb:.1f} MB, {told}, objects {seen.objects:,};"
                f" {len(self.between)} runs over",
                file=sys.stderr,
                flush=True,
            )


@contextmanager
def failing_server() -> Iterator[str]:
    """The server in a process of its own; its URL."""
    command = [sys.executable, "-m", "benchmarks.soak_server", str(SHARE), str(LATENCY_S), "1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()  # it ends with its standard input


def met(url: str) -> Counter[str]:
    """How many requests met what at the server."""
    with urllib.request.urlopen(f"{url}/met") as answered:  # noqa: S310 - it is our own
        return Counter(json.load(answered))


def table(title: str, looks: Sequence[Look]) -> None:
    """Print first, median, last and the slope of everything that was seen."""
    print(f"\n{title}, {len(looks)} times:\n{'':10}     first    median      last   per hour")
    for name in Look._fields[1:]:
        seen = [float(getattr(one, name)) for one in looks]
        print(
            f"  {name:8}{seen[0]:10,.1f}{statistics.median(seen):10,.1f}{seen[-1]:10,.1f}"
            f"{3600 * slope([one.at_s for one in looks], seen):+11,.1f}"
        )


def slope(at_s: Sequence[float], seen: Sequence[float]) -> float:
    """The slope of the line of least squares; 0 where there is none."""
    return statistics.linear_regression(at_s, seen).slope if len(set(at_s)) > 1 else 0.0


def grown(under_way: Sequence[Look], between: Sequence[Look]) -> list[str]:
    """What grows that should not, after the warm-up: the medians of both halves are compared."""
    by_chance = dict.fromkeys(COUNTS, SPARE)
    left = {"objects": MOST_LEFT, **dict.fromkeys(COUNTS, 0.0)}
    found = []
    for title, looks, spare in (
        ("in the middle of runs", under_way, by_chance),
        ("after runs", between, left),
    ):
        half = len(looks) // 2
        for name, share in {"rss_mb": MOST_GROWTH, **spare}.items():
            first, last = (
                statistics.median(getattr(one, name) for one in part)
                for part in (looks[:half], looks[half:])
            )
            if last > first * (1 + share):
                found.append(f"{name} {title} grew from {first:,.1f} to {last:,.1f}")
    return found


def main() -> None:
    """Play for so many minutes; exit 1 where something grows."""
    parser = argparse.ArgumentParser(description="Whether long play under faults leaks.")
    parser.add_argument("--minutes", type=float, default=20.0)
    minutes = parser.parse_args().minutes
    os.environ.setdefault("OPENAI_API_KEY", "soak-key")
    with failing_server() as url:
        soak = Soak(url, minutes)
        soak.play()
        there = met(url)
    n, failed = there.total(), there.total() - there["ok"]
    print(
        f"{minutes:g} minutes: {len(soak.between)} runs, {soak.statuses.total() // 2:,} matches"
        f" ({dict(soak.statuses)} by player), {soak.calls:,} calls, {soak.retries:,} of them tried"
        f" again; the server failed at {failed:,} of {n:,} requests ({failed / n:.1%}):"
    )
    print("  " + ", ".join(f"{name} {there[name]:,}" for name in sorted(there)))
    after = 60 * minutes * WARM_UP
    warm = [
        [seen for seen in looks[WARM_RUNS:] if seen.at_s >= after]
        for looks in (soak.under_way, soak.between)
    ]
    if min(map(len, warm)) < 2:
        raise SystemExit("too short: there were not two runs after the warm-up")
    table("In the middle of each run", warm[0])
    table("After each run", warm[1])
    if found := grown(*warm):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
