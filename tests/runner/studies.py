"""A small run with a model that counts, on a disk that can fail: what do crashes leave of it?"""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import registry
from harness.config import RunConfig, RunPlan, resolve
from harness.errors import FolkError
from harness.record.calls import CALLS
from harness.record.folder import MANIFEST, MATCHES
from harness.runner.run import RunResult, resume, run
from tests.runner.counted import LEDGER, Ledger, installed, read_ledger
from tests.runner.crashing import Logged, check_session, check_whole, whole_lines
from tests.runner.failing_disk import FailingDisk, Fault

__all__ = ["Session", "Study", "study"]

CONFIG = RunConfig(
    games=("prisoners_dilemma(rounds=2)",),
    agents=("counted/random(mock={'illegal': 0.2, 'error': 0.1, 'status': 400})", "random"),
    schedule=("self_play", "versus"),
    concurrency=2,
    seed=8,
)
"""Four matches, of which one ends as an error."""

NUMBERS = itertools.count(1)
"""Of the sessions of all studies."""


@dataclass
class Session:
    """What came of one stretch of the run.

    Attributes:
        raised: the error that ended it, if one did.
        ledger: what the model was asked.
        told: what the user was warned of.
    """

    raised: FolkError | None = None
    ledger: Ledger = field(default_factory=Ledger)
    told: list[str] = field(default_factory=list)


@dataclass
class Study:
    """The run: what it holds, and what is logged of it if nothing happens."""

    plan: RunPlan
    home: Path
    undisturbed: Logged = field(default_factory=Logged)

    @property
    def folder(self) -> Path:
        """Where the run is: below a folder that does not exist at first."""
        return self.home / "disk" / "results" / "run"

    def clear(self, begun: Path | None = None) -> None:
        """Empty the disk, and put the run there as it is in a folder, if it has begun."""
        shutil.rmtree(self.home / "disk", ignore_errors=True)
        (self.home / "disk").mkdir()
        if begun is not None:
            shutil.copytree(begun, self.folder)

    def disk(self, fault: Fault | None = None) -> FailingDisk:
        """The disk as it is, with a fault to come."""
        return FailingDisk(self.home / "disk", fault or Fault())

    def go_on(self, disk: FailingDisk | None = None, *, retry_errors: bool = False) -> Session:
        """Begin the run, or go on with it if it has begun.

        Whatever happens: no call is made whose answer was logged before, no fault becomes the
        result of a match, and neither a file nor a thread is left open.
        """
        disk, before, session = disk or self.disk(), Logged.read(self.folder), Session()
        ledger = self.home / f"ledger-{next(NUMBERS)}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(LEDGER, str(ledger))
            with disk.working():
                try:
                    self.play(session.told.append, retry_errors=retry_errors)
                except FolkError as error:
                    session.raised = error
        session.ledger = read_ledger(ledger)
        if self.undisturbed.matches:
            check_session(session.ledger, before, Logged.read(self.folder), self.undisturbed)
        assert not disk.handles, "a file is left open"
        assert not [t for t in threading.enumerate() if t.name.startswith("log ")]
        return session

    def play(
        self, warn: Callable[[str], None] = lambda _: None, *, retry_errors: bool = False
    ) -> RunResult:
        """The same, and nothing is looked at."""
        if not (self.folder / MANIFEST).exists():
            return run(self.plan, self.folder, warn=warn)
        return resume(self.plan, self.folder, retry_errors=retry_errors, warn=warn)

    def go_on_to_the_end(self, *, retry_errors: bool = False) -> Session:
        """Go on with the run on a disk that does not fail; it comes to what it should."""
        session = self.go_on(retry_errors=retry_errors)
        assert session.raised is None
        check_whole(self.folder, self.undisturbed)
        return session

    @property
    def finished(self) -> Path:
        """The folder of the run as it is at its end."""
        return self.home / "finished"

    @property
    def broken_off(self) -> Path:
        """The folder of the run as a crash leaves it.

        All calls are made, and of the matches only those are over that ended as errors.
        """
        kept = self.home / "broken_off"
        if not kept.exists():
            shutil.copytree(self.finished, kept)
            lines = [line + b"\n" for line in whole_lines(kept / MATCHES)]
            over = [line for line in lines if b'"status":"error"' in line]
            assert 0 < len(over) < len(lines) - 1
            (kept / MATCHES).write_bytes(b"".join(over))
        return kept

    @property
    def torn(self) -> Path:
        """The same folder where the crash has torn the last lines of both logs."""
        kept = self.home / "torn"
        if not kept.exists():
            shutil.copytree(self.broken_off, kept)
            over, calls = whole_lines(kept / MATCHES), (kept / CALLS).read_bytes()
            line = next(line for line in self.undisturbed.matches if line not in over)
            with (kept / MATCHES).open("ab") as file:
                file.write(line[: len(line) // 2])
            (kept / CALLS).write_bytes(calls[: -len(whole_lines(kept / CALLS)[-1]) // 2])
        return kept


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """The run, which has been played once without a fault."""
    home = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(installed(home)))
        patch.setenv(LEDGER, str(home / "ledger"))
        registry._offers.cache_clear()
        made = Study(resolve(CONFIG), home)
        made.clear()
        assert made.go_on().raised is None
        made.undisturbed = Logged.read(made.folder)
        shutil.copytree(made.folder, made.finished)
        yield made
    registry._offers.cache_clear()
