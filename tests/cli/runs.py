"""Run folders as tests look at them, and runs in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from harness.record.calls import read_calls

GAMES = ("prisoners_dilemma(rounds=4)", "chicken(rounds=4)")
AGENTS = "mock/random,mock/biased,tit_for_tat"


def played(folder: str | Path) -> list[bytes]:
    return sorted(Path(folder, "matches.jsonl").read_bytes().splitlines())


def answered(folder: str | Path) -> list[tuple[Any, ...]]:
    """Every call that was replied to, as often as it was."""
    calls = read_calls(Path(folder))
    return sorted(
        (c["match"] or "", c["agent"], c["player"] or 0, c["call"])
        for c in calls
        if c["reply"] is not None
    )


def whole(folder: str | Path) -> dict[str, bytes]:
    """Every byte in a folder."""
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def cut(folder: str, name: str, n_lines: int) -> None:
    """Leave only the first lines of a log."""
    path = Path(folder, name)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:n_lines]))


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness.cli", *arguments]
    return subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_calls(folder: Path, n_calls: int) -> None:
    path, until = folder / "calls.jsonl", time.monotonic() + 30
    while not path.exists() or path.read_bytes().count(b"\n") < n_calls:
        assert time.monotonic() < until, "the run makes no calls"
        time.sleep(0.02)
