"""The command is killed at random instants, and resumed: nothing is lost, nothing is paid twice.

The models count for themselves what they are asked (see `tests.runner.counted`). An answer that was
given and was not yet on disk when the process was killed may be asked for again; one that is in the
log may not, in whatever session.
"""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from harness.record.folder import MANIFEST
from tests.runner.commands import Command
from tests.runner.crashing import Logged, check_session, check_whole

FAILING = "{'latency_s': 0.02, 'error': 0.1, 'retry_after_s': 0.01, 'illegal': 0.1, 'talk': 0.1}"

RUN_FILE = f"""
games = [
    "prisoners_dilemma(rounds=2)",
    "rock_paper_scissors(rounds=2)",
    "beauty(players=3, rounds=2)",
    "donor(agents=4, generations=2, rounds=2)",
    "deal_or_no_deal(max_messages=4)",
]
agents = [
    "counted/random(mock={FAILING})",
    "counted/biased(elicit='logits', mock={{'latency_s': 0.02}})",
    "random",
]
schedule = ["self_play", "society"]
concurrency = 8
"""

SCRIPTED = """
games = ["prisoners_dilemma(rounds=20)"]
agents = ["tit_for_tat", "random", "grudger"]
repeats = 1000
"""

MOST_IN_A_ROW = 6
"""Kills of one run, at most, before it is left to come to its end."""


class Ladder:
    """A command that is killed again and again, and what it logs if it is not."""

    def __init__(self, home: Path, run_file: str) -> None:
        self._home = home
        self._command = Command(home, run_file)
        self._n_runs = 0
        ended = self._command.go_on(home / "undisturbed")
        assert ended.code == 0, ended.err
        self._seconds = ended.seconds
        self._whole = Logged.read(home / "undisturbed")
        assert max(self._whole.calls.values(), default=1) == 1
        assert ended.ledger.answered == self._whole.bodies

    def climb(self, rng: Random, n_kills: int) -> Counter[str]:
        """Kill runs, each several times in a row, and let each come to its end; when they were hit.

        Each kill is at an instant drawn uniformly from the time that a whole run takes.
        """
        hit: Counter[str] = Counter()
        while hit.total() < n_kills:
            folder = self._home / f"run-{self._n_runs}"
            workers = 1 + self._n_runs % 2
            self._n_runs += 1
            in_a_row = min(rng.randint(1, MOST_IN_A_ROW), n_kills - hit.total())
            for i in itertools.count():
                before = Logged.read(folder)
                wait_s = rng.uniform(0, self._seconds) if i < in_a_row else None
                ended = self._command.go_on(folder, f"--workers={workers}", kill_after_s=wait_s)
                check_session(ended.ledger, before, Logged.read(folder), self._whole)
                if ended.code >= 0:
                    break
                hit[self._phase(folder)] += 1
            assert ended.code == 0, ended.err
            check_whole(folder, self._whole)
        return hit

    def _phase(self, folder: Path) -> str:
        """How far a run had come when it was killed."""
        if not (folder / MANIFEST).exists():
            return "before the manifest"
        logged = Logged.read(folder)
        if len(logged.matches) == len(self._whole.matches):
            return "after the last match"
        if logged.calls != self._whole.calls:
            return "in the midst of calls" if logged.calls else "before the first call"
        return "in the midst of scripted matches"


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Ladder:
    return Ladder(tmp_path_factory.mktemp("ladder"), RUN_FILE)


@pytest.mark.timeout(300)
def test_a_run_that_is_killed_loses_nothing_and_asks_for_nothing_twice(ladder: Ladder) -> None:
    assert ladder.climb(Random(5), 10).total() == 10


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_runs_that_are_killed_again_and_again_lose_nothing(ladder: Ladder) -> None:
    hit = ladder.climb(Random(0), 120)
    logging.getLogger(__name__).info("killed %s", dict(hit))
    assert hit.total() == 120


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_scripted_runs_that_are_killed_again_and_again_lose_nothing(tmp_path: Path) -> None:
    hit = Ladder(tmp_path, SCRIPTED).climb(Random(1), 30)
    logging.getLogger(__name__).info("killed %s", dict(hit))
    assert hit.total() == 30
