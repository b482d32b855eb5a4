"""The command as a fixture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.cli import main
from tests.cli.runs import AGENTS, GAMES


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Folk: TypeAlias = Callable[..., Ended]


@pytest.fixture
def folk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Folk:
    """The command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["folk", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def run(folk: Folk) -> Ended:
    """A finished run, in `run`."""
    done = folk("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out", "run")
    assert done.code == 0
    return done
