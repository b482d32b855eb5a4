"""What is shown on stderr while a run plays."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TextIO

import click
import pytest

from harness.cli import live
from harness.cli.live import Display, Lines, Pace, Picture, showing
from harness.runner.progress import AgentProgress, Progress
from tests.cli.terminal import Screen, Terminal

RUN = Progress(matches=400, done=120, under_way=30, seconds=60, left_s=190)
MODEL = AgentProgress("mock/cycle", calls=2310, waiting=12, most=64)
ENDING = "finishing 12 calls under way; Ctrl-C again stops at once"
HOSTILE = "[red]x[/] \x1b[2J\x1b]0;title\x07\nz :smile:"
HOSTILE_SHOWN = "folk: [red]x[/] \\x1b[2J\\x1b]0;title\\x07\\nz :smile:"


@dataclass
class Clock:
    """A clock that tells what the test sets it to."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "80"), ("LINES", "24")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(live, "REFRESH_S", 0.02)
    terminal = Terminal()
    yield terminal
    terminal.close()


@contextlib.contextmanager
def on(terminal: Terminal, clock: Clock, *, quiet: bool = False) -> Iterator[Display]:
    """A display on this terminal."""
    with contextlib.redirect_stderr(terminal.stderr):
        with showing(quiet=quiet, clock=clock) as display:
            yield display
        assert sys.stderr is terminal.stderr


@contextlib.contextmanager
def drawn(terminal: Terminal, clock: Clock) -> Iterator[Display]:
    """A display that is past its first two seconds and has drawn."""
    with on(terminal, clock) as display:
        clock.now_s += 3
        display.update(RUN)
        terminal.look()
        terminal.wait_for("120 of 400 matches")
        yield display


def test_lines_come_after_two_seconds_then_every_ten_then_every_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    display, begun_s, told_at_s = Lines(clock), clock(), []
    for half_seconds in range(2 * 900):
        clock.now_s = begun_s + half_seconds / 2
        display.update(RUN)
        if capsys.readouterr().err:
            told_at_s.append(half_seconds / 2)
    assert told_at_s == [*range(2, 610, 10), *range(662, 900, 60)]


def test_a_line_tells_matches_calls_money_and_time(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run = replace(RUN, usd=0.312, projected_usd=1.02, agents=(replace(MODEL, calls=2228),))
    with showing(clock=clock) as display:
        display.update(run)
        clock.now_s += 2
        display.update(replace(run, agents=(MODEL,)))
    assert capsys.readouterr().err == (
        "folk: 120 of 400 matches, 30 under way, 2,310 calls at 41/s, $0.31 of about $1.02, "
        "about 3 min left\n"
    )


def test_a_line_tells_what_goes_wrong_and_what_was_free(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    agents = (replace(MODEL, failed=2, invalid=3), AgentProgress("b", cached=7, failed=1))
    with showing(clock=clock) as display:
        clock.now_s += 2
        display.update(replace(RUN, not_ok=4, max_cost=5.0, left_s=None, agents=agents))
    assert capsys.readouterr().err == (
        "folk: 120 of 400 matches, 30 under way, 4 not ok, 2,310 calls, 7 replies from the cache, "
        "3 calls failed, 3 invalid answers, limit $5.00\n"
    )


def test_a_line_tells_at_once_and_once_that_the_run_is_about_to_stop(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with showing(clock=clock) as display:
        for calls in (12, 11, 10):
            display.update(replace(RUN, ending=ENDING.replace("12", str(calls))))
            clock.now_s += 0.25
    assert capsys.readouterr().err == f"folk: {ENDING} (120 of 400 matches, 30 under way)\n"


def test_quiet_shows_no_progress_but_messages(clock: Clock, terminal: Terminal) -> None:
    with on(terminal, clock, quiet=True) as display:
        clock.now_s += 60
        display.update(replace(RUN, ending=ENDING))
        display.say(HOSTILE)
        terminal.look()
        terminal.wait_for("smile")
    assert terminal.sent == f"{HOSTILE_SHOWN}\r\n"


def closed() -> TextIO:
    file = io.StringIO()
    file.close()
    return file


def without_a_reader() -> TextIO:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", buffering=1)


@pytest.mark.parametrize(
    "stderr",
    [
        closed,
        without_a_reader,
        lambda: None,
        lambda: os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", buffering=1),
        lambda: io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict"),
    ],
    ids=["closed", "without a reader", "none", "full", "ascii"],
)
def test_no_stderr_stops_a_run(
    stderr: Callable[[], TextIO | None], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stderr()
    monkeypatch.setattr(sys, "stderr", file)
    with showing(clock=clock) as display:
        for _ in range(3):
            clock.now_s += 60
            display.update(replace(RUN, agents=(MODEL,)))
            display.say("é")
    monkeypatch.undo()
    with contextlib.suppress(OSError, AttributeError):
        file.close()  # type: ignore[union-attr]  # what could not be written still cannot


def test_a_terminal_shows_a_picture_and_keeps_only_the_messages(
    clock: Clock, terminal: Terminal
) -> None:
    with drawn(terminal, clock) as display:
        terminal.wait_to_show("━+─+  120 of 400 matches, 30 under way, 1:00, about 3 min left")
        assert not Screen(terminal.sent).cursor
        for done in range(121, 140):
            display.update(replace(RUN, done=done, agents=(replace(MODEL, calls=done),)))
            display.say(f"message {done}")
        display.say("x" * 200)
        click.echo("somebody else's", err=True)
        sys.stderr.write("another\ttwo \x1b[2J\nlines\n")
        sys.stderr.write("no end")
        terminal.wait_to_show(
            "━+─+  139 of 400 matches, 30 under way, 1:00, about 3 min left",
            "agent       calls  on the way",
            "mock/cycle    139    12 of 64",
        )
        display.say("the last one")
    terminal.close()
    last = Screen(terminal.sent)
    assert last.told == [
        *(f"folk: message {done}" for done in range(121, 140)),
        f"folk: {'x' * 200}",
        "somebody else's",
        "another two \\x1b[2J",
        "lines",
        "folk: the last one",
        "no end",
    ]
    assert last.cursor


def test_time_goes_on_between_updates(clock: Clock, terminal: Terminal) -> None:
    with drawn(terminal, clock):
        clock.now_s += 70
        terminal.wait_for("2:10, about 2 min left")


def test_a_terminal_shows_at_once_that_the_run_is_about_to_stop(
    clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.look()
    monkeypatch.setattr(live, "REFRESH_S", 60)
    with on(terminal, clock) as display:
        display.update(replace(RUN, ending=ENDING))
        terminal.wait_for(ENDING)
    with on(terminal, clock) as display:
        clock.now_s += 3
        display.update(RUN)
        terminal.wait_for("about 3 min left")
        so_far = len(terminal.sent)
        display.update(replace(RUN, ending=ENDING))
        terminal.wait_for(ENDING, since=so_far)


def test_a_message_and_a_name_cannot_steer_the_terminal(clock: Clock, terminal: Terminal) -> None:
    with drawn(terminal, clock) as display:
        display.update(replace(RUN, agents=(replace(MODEL, agent=HOSTILE),)))
        display.say(HOSTILE)
        terminal.wait_for("2,310")
    terminal.close()
    assert Screen(terminal.sent).told == [HOSTILE_SHOWN]


def test_messages_before_the_picture_are_printed_at_once(clock: Clock, terminal: Terminal) -> None:
    with on(terminal, clock) as display:
        assert isinstance(display, Picture)
        display.say("early")
        terminal.look()
        terminal.wait_for("folk: early")


def test_a_terminal_that_takes_nothing_does_not_halt_the_run(
    clock: Clock, terminal: Terminal
) -> None:
    said = []
    with on(terminal, clock) as display, contextlib.ExitStack() as at_the_end:
        at_the_end.callback(terminal.look)
        assert isinstance(display, Picture)
        clock.now_s += 3
        for i in range(500):
            said.append(f"{i:0100}")
            display.update(replace(RUN, agents=(replace(MODEL, calls=i),)))
            display.say(said[-1])
        while len(said) < 600 and not display._lines:  # until it is stuck with what it took
            said.append(f"and {len(said)}")
            display.say(said[-1])
            time.sleep(0.1)
        assert display._lines
    terminal.close()
    assert Screen(terminal.sent).told == [f"folk: {line}" for line in said]


def test_a_terminal_that_goes_away_does_not_stop_the_run(clock: Clock, terminal: Terminal) -> None:
    with on(terminal, clock) as display:
        assert isinstance(display, Picture)
        clock.now_s += 3
        display.update(RUN)
        terminal.hang_up()
        assert display._thread is not None
        display._thread.join(20)
        assert not display._thread.is_alive()
        display.update(RUN)
        display.say("nobody hears")


def test_a_dumb_terminal_gets_lines(
    clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with on(terminal, clock) as display:
        clock.now_s += 3
        display.update(RUN)
        terminal.look()
        terminal.wait_for("left")
    assert terminal.sent == "folk: 120 of 400 matches, 30 under way, about 3 min left\r\n"


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"])
def test_a_file_gets_plain_lines_whatever_is_forced(
    name: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "1")
    with showing(clock=clock) as display:
        clock.now_s += 3
        display.update(replace(RUN, agents=(replace(MODEL, failed=1),)))
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("unwanted", [False, True])
def test_no_color_is_heeded(
    unwanted: bool, clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if unwanted:
        monkeypatch.setenv("NO_COLOR", "1")
    with drawn(terminal, clock):
        pass
    terminal.close()
    assert bool(re.search(r"\x1b\[[\d;]*3\dm", terminal.sent)) is not unwanted


def test_a_short_run_on_a_terminal_imports_no_rich_and_shows_nothing(terminal: Terminal) -> None:
    code = (
        "import sys\n"
        "from harness.cli.live import showing\n"
        "from harness.runner.progress import Progress\n"
        "assert sys.stderr.isatty()\n"
        "with showing() as display:\n"
        "    for done in range(100):\n"
        "        display.update(Progress(100, done))\n"
        "print('rich' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=terminal.stderr, check=True
    )
    assert ended.stdout == b"False\n"
    terminal.look()
    terminal.close()
    assert terminal.sent == ""


def test_the_pace_is_that_of_the_last_ten_seconds_of_this_session() -> None:
    pace = Pace()
    assert pace.rates([MODEL], 0.0) == {}  # 2,310 calls of an earlier session
    for tenth in range(1, 600):
        slow, fast = (replace(MODEL, agent=a, calls=2310 + n * tenth // 10) for a, n in RATES)
        rates = pace.rates([slow, fast], tenth / 10)
    assert rates == {name: pytest.approx(n, rel=0.05) for name, n in RATES}
    for tenth in range(600, 720):
        rates = pace.rates([slow, fast], tenth / 10)
    assert rates == {name: 0 for name, _ in RATES}
    assert len(pace._past) < 30


RATES = (("slow", 4), ("fast", 400))
