"""What a call to a model costs: the whole harness beside bare clients, and beside Inspect AI.

`make bench` runs it. A local server in a process of its own answers every call after a fixed time.
The harness plays a prisoner's dilemma of 10 rounds against tit for tat through it, many matches at
once, its call log synced to disk; then a bare client sends the very bodies that were logged, as
many at once, without retries. Each trial is a process of its own; figures are medians, ratios those
of paired trials. CPU is that of the process with all its threads; efficiency is
calls x latency / concurrency / wall, of the whole run with its log and its standings.

Inspect AI plays the same game where INSPECT_PYTHON names a Python that has `inspect-ai` and
`openai`; where it does not, its row is skipped.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TRIALS = 3
ANSWER = '{"action": "J"}'
CALLS_PER_REPEAT = 20
"""Two matches of ten rounds: seats are swapped."""

KEYS = {"OPENAI_API_KEY": "benchmark-key", "ANTHROPIC_API_KEY": "benchmark-key"}
BASE = {"openai": "/v1", "anthropic": "", "compatible": "/v1"}
"""What each provider's base URL ends with."""


@dataclass(frozen=True)
class Setting:
    """A load: calls at once, seconds that each takes to be answered, and how many there are."""

    concurrency: int
    latency_s: float
    calls: int

    def __str__(self) -> str:
        return f"{self.concurrency:3} at once, {1000 * self.latency_s:3.0f} ms each"


@dataclass(frozen=True)
class Cost:
    """What one side took.

    Attributes:
        cpu_ms: processor milliseconds per call.
        efficiency: how close it came to the least wall time that the load allows.
        rate: calls per second.
    """

    cpu_ms: float
    efficiency: float
    rate: float


HOSTED = (Setting(1, 0.005, 1000), Setting(32, 0.05, 1920), Setting(256, 0.2, 5120))
LOCAL = (Setting(32, 0.05, 3200), Setting(256, 0.2, 10240))
THOUSAND = Setting(32, 0.05, 1000)


@contextmanager
def server(latency_s: float) -> Iterator[str]:
    """A server in a process of its own; its URL."""
    command = [sys.executable, "-m", "benchmarks.calls_server", str(latency_s), ANSWER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()  # it ends with its standard input


def taken(command: list[str], task: dict[str, Any], setting: Setting) -> Cost:
    """What a side takes that reads its task from standard input."""
    done = subprocess.run(
        command,
        input=json.dumps(task),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | KEYS,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    calls, wall_s = told["calls"], told["wall_s"]
    least_s = calls * setting.latency_s / setting.concurrency
    return Cost(1000 * told["cpu_s"] / calls, least_s / wall_s, calls / wall_s)


def pair(provider: str, bare: str, setting: Setting) -> tuple[Cost, Cost]:
    """One trial: the harness with a provider, then a bare client with the bodies it sent."""
    side = [sys.executable, "-m", "benchmarks.calls_side"]
    with server(setting.latency_s) as url, tempfile.TemporaryDirectory() as folder:
        shared = {"concurrency": setting.concurrency, "bodies": f"{folder}/bodies", "url": url}
        ours = shared | {
            "side": "harness",
            "model": f"{provider}/bench(base_url={url + BASE[provider]!r})",
            "repeats": setting.calls // CALLS_PER_REPEAT,
            "log": folder,
        }
        costs = taken(side, ours, setting), taken(side, shared | {"side": bare}, setting)
        check_server(url)
    return costs


def check_server(url: str) -> None:
    """Say so if the server may have been what was measured."""
    with urllib.request.urlopen(f"{url}/cpu") as answer:  # noqa: S310 - it is our own
        told = json.load(answer)
    busy_ms = 1000 * told["cpu_s"] / told["answered"]
    if busy_ms > 0.25:
        print(f"  the server took {busy_ms:.2f} ms per call: the machine is too busy for figures")


def compare(provider: str, bare: str, setting: Setting) -> None:
    """Print what the harness takes beside a bare client, in paired trials."""
    trials = [pair(provider, bare, setting) for _ in range(TRIALS)]
    ours, theirs = zip(*trials, strict=True)
    ratios = sorted(o.cpu_ms / t.cpu_ms for o, t in trials)
    print(
        f"  {provider:10} {setting}: {median(ours, 'cpu_ms'):5.2f} ms CPU per call,"
        f" bare {bare} {median(theirs, 'cpu_ms'):5.2f},"
        f" ratio {statistics.median(ratios):4.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f});"
        f" efficiency {spread(ours)}, bare {spread(theirs)};"
        f" {median(ours, 'rate'):,.0f} calls per second",
        flush=True,
    )


def spread(costs: tuple[Cost, ...]) -> str:
    """The median efficiency and its range: whatever else runs on the machine lowers it."""
    found = sorted(cost.efficiency for cost in costs)
    return f"{statistics.median(found):4.2f} ({found[0]:.2f} to {found[-1]:.2f})"


def median(costs: tuple[Cost, ...], name: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(cost, name) for cost in costs))


def inspect_side(python: str, setting: Setting) -> None:
    """Print what Inspect AI takes for the same calls."""
    trials = []
    for _ in range(TRIALS):
        with server(setting.latency_s) as url, tempfile.TemporaryDirectory() as folder:
            task = {
                "url": url,
                "samples": setting.calls // 10,
                "rounds": 10,
                "concurrency": setting.concurrency,
                "log": folder,
            }
            trials.append(taken([python, "benchmarks/calls_inspect.py"], task, setting))
    costs = tuple(trials)
    print(
        f"  inspect    {setting}: {median(costs, 'cpu_ms'):5.2f} ms CPU per call;"
        f" efficiency {spread(costs)}; {median(costs, 'rate'):,.0f} calls per second",
        flush=True,
    )


def main() -> None:
    """Run all comparisons."""
    print(f"Calls to models through a local server; medians of {TRIALS} trials.")
    print("\nHosted providers, over their official clients with the aiohttp backend:")
    for setting in HOSTED:
        for provider in ("openai", "anthropic"):
            compare(provider, provider, setting)
    print("\nCompatible and local servers, over aiohttp:")
    for setting in LOCAL:
        compare("compatible", "aiohttp", setting)
    print(f"\n{THOUSAND.calls:,} calls of a trivial prisoner's dilemma:")
    for provider, bare in (("compatible", "aiohttp"), ("openai", "openai")):
        compare(provider, bare, THOUSAND)
    if python := os.environ.get("INSPECT_PYTHON"):
        inspect_side(python, THOUSAND)
    else:
        print("  inspect    skipped: INSPECT_PYTHON names no Python that has inspect-ai and openai")


if __name__ == "__main__":
    main()
