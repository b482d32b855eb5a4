"""How the cost of a run grows with its size: 1,000 to 10,000 matches between two models.

`python -m benchmarks.scale` runs it. A local server in a process of its own answers every call
after 50 ms; two models behind it play prisoner's dilemmas of 10 rounds against each other, as many
at once as 512 calls to each model let be useful, every call synced to disk before it is used. Each
size is a process of its own. The same with few calls at once tells how close to the ideal a run
comes that does not wait for the processor; without HTTP, with a model that is a timer in the
process, what of the cost is the harness.

Ideal is the wall time that the latency allows: calls to one model x latency / concurrency, both
models side by side. CPU is that of the harness's process with all its threads, imports left out. A
stall is a timer of the event loop that goes off more than 100 ms too late; those that are not so
because others had the processors are the harness's own. `log` is what of the CPU goes into
writing: the threads that write and sync, and handing lines to them; `+ lines` counts the making of
their JSON too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from benchmarks.calls import ROOT, server

SIZES = (1000, 2000, 5000, 10_000)
QUICK = (100, 200)
FEW = 32
"""Calls at once to each model that leave the processor idle for most of the time."""

LATENCY_S = 0.05
MOST_MB = 1000
MOST_LOG = 0.05

COLUMNS = (
    " matches    calls  wall s  / ideal  CPU ms/call  CPU ms/match  peak MB"
    "  stalls (own)  longest ms    log  + lines"
)


@dataclass(frozen=True)
class Size:
    """A run that was measured: `told` is what its process says of it."""

    matches: int
    concurrency: int
    told: dict[str, Any]

    @property
    def ideal_s(self) -> float:
        """The least wall time, if the processor took none."""
        return float(self.told["calls"] / 2 * LATENCY_S / self.concurrency)

    @property
    def match_ms(self) -> float:
        """Processor milliseconds of a match."""
        return float(1000 * self.told["cpu_s"] / self.matches)

    def share(self, *names: str) -> float:
        """The share of the processor time that these take together."""
        return float(sum(self.told[name] for name in names) / self.told["cpu_s"])

    def __str__(self) -> str:
        told = self.told
        return (
            f"{self.matches:8,} {told['calls']:8,} {told['wall_s']:7.1f}"
            f"  {told['wall_s'] / self.ideal_s:7.2f}"
            f"  {1000 * told['cpu_s'] / told['calls']:11.3f}  {self.match_ms:12.2f}"
            f"  {told['peak_mb']:7.0f}  {told['stalls']:6} {told['own_stalls']:5}"
            f"  {1000 * told['longest_s']:10.0f}"
            f"  {self.share('thread_s', 'handing_s'):5.1%}"
            f"  {self.share('thread_s', 'handing_s', 'making_s'):6.1%}"
        )

    def beside(self) -> str:
        """What explains the figures: who else had the processor, and the garbage collector."""
        told = self.told
        return (
            f"{'':8} busy for {told['cpu_s'] / told['wall_s']:.0%} of the time; waited"
            f" {told['waited_s']:.1f} s for a processor that others had; collected"
            f" garbage for {told['collecting_s']:.1f} s, {1000 * told['longest_collection_s']:.0f}"
            f" ms at most; {told['log_mb']:.0f} MB of calls; log's threads"
            f" {self.share('thread_s'):.1%}, handing over {self.share('handing_s'):.1%}, making"
            f" lines {self.share('making_s'):.1%}"
        )


def measured(agents: Sequence[str], matches: int, concurrency: int) -> Size:
    """Play so many matches in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        task = {
            "agents": agents,
            "matches": matches,
            "concurrency": concurrency,
            "folder": folder,
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale_side"],
            input=json.dumps(task),
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=True,
        )
    return Size(matches, concurrency, json.loads(done.stdout.splitlines()[-1]))


def curve(title: str, sizes: Sequence[int], concurrency: int, *, http: bool) -> list[Size]:
    """Print a row for each size, and how the cost of a match changes; the rows."""
    print(f"\n{title}\n{COLUMNS}", flush=True)
    rows = []
    for matches in sizes:
        with server(LATENCY_S) if http else nullcontext("") as url:
            size = measured(behind(url) if http else timers(), matches, concurrency)
        print(f"{size}\n{size.beside()}", flush=True)
        rows.append(size)
    first = rows[0].match_ms
    changes = ", ".join(f"{row.match_ms / first - 1:+.1%}" for row in rows)
    print(f"{'':8} CPU per match beside the smallest: {changes}", flush=True)
    return rows


def behind(url: str) -> list[str]:
    """Two models behind a server, which the harness takes for different servers'."""
    return [f"compatible/bench(base_url={f'{url}/{name}/v1'!r})" for name in ("a", "b")]


def timers() -> list[str]:
    """Two models in the process, which take as long to answer."""
    return [f"mock/{name}(latency_s={LATENCY_S})" for name in ("random", "biased")]


def misses(rows: Sequence[Size], logs: Sequence[Size]) -> list[str]:
    """What is not as it has to be: memory and stalls of all rows, the share of the log of some."""
    found = []
    for row in rows:
        if row.told["peak_mb"] > MOST_MB:
            found.append(f"{row.matches:,} matches took {row.told['peak_mb']:.0f} MB")
        if row.told["own_stalls"]:
            found.append(f"{row.matches:,} matches stalled {row.told['own_stalls']} times")
    shares = {row.matches: row.share("thread_s", "handing_s") for row in logs}
    return found + [
        f"{matches:,} matches: the log took {share:.1%} of the CPU"
        for matches, share in shares.items()
        if share > MOST_LOG
    ]


def main() -> None:
    """Run all sizes; exit 1 where memory, stalls or the log are not what they should be."""
    parser = argparse.ArgumentParser(description="How the cost of a run grows with its size.")
    parser.add_argument("--matches", type=int, nargs="+", help="sizes, in matches; even numbers")
    parser.add_argument("--concurrency", type=int, default=512, help="most calls to each model")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    given = parser.parse_args()
    sizes = given.matches or (QUICK if given.quick else SIZES)
    load = os.getloadavg()[0]
    print(
        f"Prisoner's dilemmas of 10 rounds between two models, {given.concurrency} calls at once to"
        f" each, {1000 * LATENCY_S:.0f} ms each; {os.cpu_count()} processors, load {load:.1f}."
    )
    full = curve("Over HTTP:", sizes, given.concurrency, http=True)
    rows = [*full]
    rows += curve(f"Over HTTP, {FEW} calls at once to each:", sizes[:1], FEW, http=True)
    rows += curve("Without HTTP:", sizes, given.concurrency, http=False)
    if found := misses(rows, full):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
