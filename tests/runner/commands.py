"""The real command, with a model that counts, for tests of what it survives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.record.folder import MANIFEST
from tests.runner.counted import LEDGER, Ledger, installed, read_ledger

__all__ = ["Command", "Ended"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code; below 0 if it was killed.
        err: what it said on stderr.
        seconds: how long it took.
        ledger: what its models were asked.
    """

    code: int
    err: str
    seconds: float
    ledger: Ledger


class Command:
    """The real command with a model that counts, in a folder of its own.

    Args:
        home: the folder.
        run_file: what is played, as TOML.
    """

    def __init__(self, home: Path, run_file: str) -> None:
        self._home = home
        self._run_file = home / "run.toml"
        self._run_file.write_text(run_file)
        path = os.pathsep.join([str(installed(home)), str(ROOT)])
        self._environment = os.environ | {"PYTHONPATH": path}
        self._n_calls = 0

    def go_on(
        self,
        folder: Path,
        *more: str,
        kill_after_s: float | None = None,
        within: Sequence[str] = (),
    ) -> Ended:
        """Begin a run, or go on with it if it has begun.

        Whatever processes the command has begun end as it does, or this waits for them in vain.

        Args:
            folder: the run's.
            more: further arguments.
            kill_after_s: when to kill it, unless it has ended.
            within: the command by which it is run, if it is.
        """
        begun = (folder / MANIFEST).exists()
        what = ["resume"] if begun else ["run", self._run_file, "--out"]
        command = [*within, sys.executable, "-m", "harness.cli", *what, folder, "--quiet", *more]
        self._n_calls += 1
        ledger = self._home / f"ledger-{self._n_calls}"
        since = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=self._home,
            env=self._environment | {LEDGER: str(ledger)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _, err = process.communicate(timeout=kill_after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate(timeout=60)
        seconds = time.monotonic() - since
        return Ended(process.returncode, err, seconds, read_ledger(ledger))
