"""A person at the terminal, driven through a pseudo-terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cli.play import _config
from harness.config import resolve
from harness.record.folder import read_matches
from tests.cli.conftest import Folk
from tests.cli.terminal import Terminal

LAUNCH = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], [sys.argv[1], '-m', 'harness.cli', *sys.argv[2:]])"
)
"""Makes the pseudo-terminal the one from which Ctrl-C reaches the command."""


class Person:
    """Somebody who reads and types."""

    def __init__(self, terminal: Terminal, command: subprocess.Popen[bytes]) -> None:
        self._terminal = terminal
        self._read = 0
        self.command = command

    @property
    def seen(self) -> str:
        return self._terminal.sent

    def reads(self, text: str) -> None:
        """Wait until this is shown, after all that was read before."""
        self._terminal.wait_for(text, self._read, 60)
        self._read = self.seen.index(text, self._read) + len(text)

    def types(self, text: str) -> None:
        self.reads("> ")
        os.write(self._terminal.master, text.encode())

    def leaves(self) -> int:
        code = self.command.wait(60)
        self._terminal.close()
        return code


@contextmanager
def person(*arguments: str, cwd: Path) -> Iterator[Person]:
    """Somebody at a terminal, at which this was entered."""
    terminal = Terminal()
    terminal.look()
    launch = [sys.executable, "-I", "-S", "-c", LAUNCH, sys.executable, *arguments]
    tty = terminal.stderr
    with subprocess.Popen(
        launch, cwd=cwd, stdin=tty, stdout=tty, stderr=tty, start_new_session=True
    ) as command:
        tty.close()
        try:
            yield Person(terminal, command)
        finally:
            command.kill()
            terminal.close()


def test_a_person_plays_a_match_with_wrong_keys(tmp_path: Path) -> None:
    same = ("play", "prisoners_dilemma(rounds=2)", "--against", "tit_for_tat", "--out", "run")
    with person(*same, cwd=tmp_path) as somebody:
        somebody.reads("You are playing a game with one other player.")
        somebody.reads("Which option do you choose: J or F?")
        somebody.reads("Type J or F.")
        somebody.types("Q\n")
        somebody.reads("Your answer must be J or F.")
        somebody.types("\n")
        somebody.reads("Your reply is empty.")
        somebody.types("J or F\n")
        somebody.types("\x1b[31mF\n")  # an arrow or a colour is no answer
        somebody.types("f\n")
        somebody.reads("you chose F")
        somebody.types("J\n")
        somebody.reads("The match is over. You got 5 in all.")
        somebody.reads("player 0 (human): 5")
        somebody.reads("player 1 (tit_for_tat): 5")
        somebody.reads("logged in run")
        assert somebody.leaves() == 0
    (match,) = read_matches(tmp_path / "run")
    assert match["actions"] == [["defect", "cooperate"], ["cooperate", "defect"]]


def test_after_ctrl_c_nothing_is_lost(tmp_path: Path, folk: Folk) -> None:
    same = ("play", "prisoners_dilemma(rounds=3)", "--against", "random", "--seat", "1")
    with person(*same, "--out", "run", cwd=tmp_path) as somebody:
        somebody.types("F\n")
        somebody.types("\x03")
        somebody.reads("folk: interrupted; 0 of 1 matches are over. To go on: folk resume run")
        assert somebody.leaves() == 130
        assert "Traceback" not in somebody.seen
    assert not list(read_matches(tmp_path / "run"))
    with person("resume", "run", cwd=tmp_path) as somebody:
        somebody.reads("You answered: F")
        somebody.types("J\n")
        somebody.types("\x04")  # the end of the input
        somebody.reads("folk: the input ended; 0 of 1 matches are over.")
        assert somebody.leaves() == 130
    with person("resume", "run", cwd=tmp_path) as somebody:
        somebody.types("F\n")
        somebody.reads("The match is over.")
        assert somebody.leaves() == 0
    (match,) = read_matches(tmp_path / "run")
    assert match["agents"] == ["random", "human"]
    assert match["actions"][1] == ["defect", "cooperate", "defect"]
    assert folk("run", "--replay", "run", "--out", "again").code == 0


def test_a_person_is_refused_where_there_is_no_terminal(folk: Folk) -> None:
    done = folk("play", "chicken", "--against", "tit_for_tat")
    assert done.code == 2
    assert "not both one" in done.err
    done = folk("run", "chicken", "--agents", "human,tit_for_tat", "--out", "run")
    assert done.code == 2
    assert "folk play GAME --against AGENT" in done.err
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--against", "tit_for_tat", "--seat", "2"), "seats 0 to 1"),
        (("--against", "tit_for_tat,grudger"), "names 2, and 1 others play"),
    ],
)
def test_seats_that_cannot_be_filled_are_told(
    folk: Folk, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], told: str
) -> None:
    monkeypatch.setattr("harness.cli.play.check_terminal", lambda: None)
    done = folk("play", "chicken", *flags)
    assert done.code == 2
    assert told in done.err


@pytest.mark.parametrize(("game", "n_seats"), [("beauty(players=3,rounds=1)", 3), ("chicken", 2)])
def test_one_other_plays_all_other_seats_whatever_ones_own(game: str, n_seats: int) -> None:
    other = "random"
    for seat in range(n_seats):
        (match,) = resolve(_config(game, other, seat, 0, "")).matches
        told = [entry.what.name for entry in match.seats]
        assert told == [other] * seat + ["human"] + [other] * (n_seats - 1 - seat)
