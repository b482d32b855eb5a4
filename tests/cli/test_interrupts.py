"""Runs that are interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.record.folder import read_matches
from tests.cli.conftest import Folk
from tests.cli.runs import GAMES, answered, played, started, wait_for_calls


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_lets_calls_come_to_their_end(
    folk: Folk, tmp_path: Path, number: int
) -> None:
    agents = "mock/random(latency_s=0.15),tit_for_tat"
    same = (
        "run",
        GAMES[0],
        "--agents",
        agents,
        "--repeats",
        "5",
        "--concurrency",
        "4",
        "--out",
        "run",
    )
    process = started(*same, cwd=tmp_path)
    wait_for_calls(tmp_path / "run", 6)
    process.send_signal(number)
    begun = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - begun < 5
    assert "folk: interrupted; " in err
    assert "To go on: folk resume run" in err
    assert not (tmp_path / "run/run.lock").exists()
    n_calls = len(answered("run"))
    done = folk("resume", "run")
    assert done.code == 0, done.err
    assert len(answered("run")) == len(set(answered("run"))) > n_calls


def test_the_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    agents = "mock/random(latency_s=20),tit_for_tat"
    process = started(
        "run", GAMES[0], "--agents", agents, "--out", "run", "--timeout", "60", cwd=tmp_path
    )
    until = time.monotonic() + 20
    while not (tmp_path / "run/calls.jsonl").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.7)
    assert process.poll() is None, "the first waits for what is on the way"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    assert process.returncode == 130
    assert "folk resume run" in err
    assert "Traceback" not in err


def test_scripted_matches_are_interrupted_too(folk: Folk, tmp_path: Path) -> None:
    same = ("run", "prisoners_dilemma(rounds=400)", "--agents", "tit_for_tat,random,grudger")
    flags = ("--repeats", "200", "--out", "run")
    process = started(*same, *flags, cwd=tmp_path)
    until = time.monotonic() + 20
    path = tmp_path / "run/matches.jsonl"
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert 0 < len(played("run")) < 1200
    assert folk("resume", "run", "--workers", "2").code == 0
    logged = [match["match"] for match in read_matches(Path("run"))]
    assert logged == json.loads(Path("run/manifest.json").read_bytes())["matches"]


STARTS = {
    "script": ["folk", "run", "chicken"],
    "module": ["-m", "harness.cli", "run", "chicken"],
    "library": ["-c", "import harness.cli.run"],
}
"""How Python is started: as the command is installed, as a module, and by somebody else."""


def interrupted_in(module: str, start: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What becomes of a process that is interrupted while it imports a module."""
    (folder / f"{module}.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nraise SystemExit('too late')\n"
    )
    (folder / "folk").write_text("import sys\nfrom harness.cli import main\nsys.exit(main())\n")
    command, env = [sys.executable, *STARTS[start]], {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=env, timeout=60, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("start", ["script", "module"])
@pytest.mark.parametrize("module", ["difflib", "click", "tomllib"])  # first, early and late
def test_an_interrupt_during_imports_is_one_line(tmp_path: Path, module: str, start: str) -> None:
    ended = interrupted_in(module, start, tmp_path)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "folk: interrupted\n"


def test_an_interrupt_while_others_import_is_theirs(tmp_path: Path) -> None:
    ended = interrupted_in("difflib", "library", tmp_path)
    assert ended.returncode != 130
    assert "KeyboardInterrupt" in ended.stderr
