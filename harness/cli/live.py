"""What is shown on stderr while a run plays: a live picture on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO, TypeAlias

import click

from harness.cli.panel import WINDOW_S, matches_told, outlook_told, picture
from harness.cli.table import printable
from harness.cli.words import count
from harness.runner.progress import AgentProgress, Progress

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Display", "Lines", "Pace", "Picture", "showing"]

BEGIN_S = 2.0
"""A run that ends sooner shows nothing."""

REFRESH_S = 0.4

LINE_EVERY_S, LATER_EVERY_S, LATER_S = 10.0, 60.0, 600.0
"""Seconds between lines, then later, and from when on it is later."""

Clock: TypeAlias = Callable[[], float]


@contextlib.contextmanager
def showing(*, quiet: bool = False, clock: Clock = time.monotonic) -> Iterator[Display]:
    """What shows a run while it plays.

    Args:
        quiet: show no progress; messages are told all the same.
        clock: tells seconds that only grow.
    """
    display = Display() if quiet else Picture(clock) if _can_redraw() else Lines(clock)
    try:
        yield display
    finally:
        display.close()


class Display:
    """What shows a run: this one shows no progress and tells messages.

    Its methods return at once, and nothing that is wrong with stderr makes them raise: whether
    somebody looks on must not matter to a run.
    """

    def update(self, progress: Progress) -> None:
        """Take notice of where the run stands."""

    def say(self, message: str) -> None:
        """Tell the user something, on a line of its own."""
        with contextlib.suppress(OSError, ValueError):  # gone, full, or closed
            click.echo(f"folk: {printable(message)}", err=True)

    def close(self) -> None:
        """Show nothing any more."""


class Lines(Display):
    """Shows a run as plain lines: often at first, then more seldom."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_s = clock()
        self._next_s = self._begun_s + BEGIN_S
        self._ending = False
        self._pace = Pace()

    def update(self, progress: Progress) -> None:
        """Print a line where one is due, or where the run is now about to stop."""
        now_s = self._clock()
        rates = self._pace.rates(progress.agents, now_s)
        ends_now = bool(progress.ending) and not self._ending
        if now_s < self._next_s and not ends_now:
            return
        self._ending = bool(progress.ending)
        late = now_s - self._begun_s >= LATER_S
        self._next_s = now_s + (LATER_EVERY_S if late else LINE_EVERY_S)
        self.say(_line(progress, sum(rates.values())))


class Picture(Display):
    """Shows a run as a live picture on a terminal.

    A thread of its own draws it and prints the messages, for a terminal that is slow, or that
    its user has halted, must not halt the run. While it draws, `sys.stderr` leads there too.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_s = clock()
        self._pace = Pace()
        self._moment: tuple[Progress, dict[str, float], float] | None = None
        self._lines: deque[str] = deque()
        self._news = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._stderr = sys.stderr
        self._others = Others(self._stderr, lambda line: self._put(printable(line.expandtabs())))

    def update(self, progress: Progress) -> None:
        """Have it shown in the next picture."""
        now_s = self._clock()
        ends_now = progress.ending and not (self._moment and self._moment[0].ending)
        # One assignment, so that the thread never reads half of it.
        self._moment = progress, self._pace.rates(progress.agents, now_s), now_s
        if self._thread is None and (ends_now or now_s - self._begun_s >= BEGIN_S):
            self._thread = threading.Thread(target=self._draw, name="folk-display", daemon=True)
            self._thread.start()
            sys.stderr = self._others
        elif ends_now:
            self._news.set()

    def say(self, message: str) -> None:
        """Have it printed above the picture."""
        self._put(f"folk: {printable(message)}")

    def close(self) -> None:
        """Take the picture away."""
        self._closed = True
        self._news.set()
        if self._thread is not None:
            self._thread.join()
        if sys.stderr is self._others:
            sys.stderr = self._stderr
        while self._lines:
            self._print(self._lines.popleft())
        self._others.end()

    def _put(self, line: str) -> None:
        """Have a line printed, or print it where nothing is drawn."""
        if self._thread is not None and self._thread.is_alive():
            self._lines.append(line)
            self._news.set()
        else:
            self._print(line)

    def _print(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            click.echo(line, file=self._stderr)

    def _draw(self) -> None:
        """Draw until closed, or until the terminal is gone."""
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(file=self._stderr, force_terminal=True, force_interactive=True)
        live = Live(
            get_renderable=lambda: self._now(console.width, console.height, console.encoding),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,  # stdout is for results
            redirect_stderr=False,  # `Others` does it: rich's own would write from other threads
        )
        with contextlib.suppress(OSError, ValueError), live:
            while not self._closed:
                self._news.clear()
                if n_lines := len(self._lines):  # all at once, for each print draws anew
                    lines = [self._lines.popleft() for _ in range(n_lines)]
                    console.print(Text("\n".join(lines)), soft_wrap=True)
                live.refresh()
                self._news.wait(REFRESH_S)

    def _now(self, width: int, height: int, encoding: str) -> Text:
        """The picture at this moment."""
        assert self._moment is not None
        progress, rates, then_s = self._moment
        passed_s = self._clock() - then_s
        left_s = None if progress.left_s is None else max(0.0, progress.left_s - passed_s)
        moved = replace(progress, seconds=progress.seconds + passed_s, left_s=left_s)
        return picture(moved, rates, width, height, ascii_only=not encoding.startswith("utf"))


class Others(io.TextIOBase):
    """What `sys.stderr` is while a picture is drawn: takes what others print, line by line."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, stderr: TextIO, put: Callable[[str], None]) -> None:
        self._stderr = stderr
        self._put = put
        self._begun = ""

    def write(self, text: str) -> int:
        """Take text; what ends no line waits for its end."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._put(line)
        return len(text)

    def end(self) -> None:
        """Give away what has begun."""
        if self._begun:
            self.write("\n")

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def isatty(self) -> bool:
        """Whether it ends up on a terminal."""
        return self._stderr.isatty()

    def fileno(self) -> int:
        """The terminal's."""
        return self._stderr.fileno()


class Pace:
    """How many calls each agent makes per second of late."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, dict[str, int]]] = deque()

    def rates(self, agents: Iterable[AgentProgress], now_s: float) -> dict[str, float]:
        """Calls per second over the last seconds; of no agent before a second is known."""
        calls = {agent.agent: agent.calls for agent in agents}
        past = self._past
        if not past or now_s - past[-1][0] >= WINDOW_S / 20:
            past.append((now_s, calls))
        while len(past) > 2 and now_s - past[1][0] >= WINDOW_S:
            past.popleft()
        then_s, before = past[0]
        if (seconds := now_s - then_s) < 1:
            return {}
        return {name: (n - before.get(name, n)) / seconds for name, n in calls.items()}


def _line(progress: Progress, calls_per_s: float) -> str:
    """The run in one line."""
    agents = progress.agents
    facts = matches_told(progress)
    if calls := sum(agent.calls for agent in agents):
        pace = f" at {calls_per_s:.{0 if calls_per_s >= 9.95 else 1}f}/s" if calls_per_s else ""
        facts.append(f"{count(calls)} calls{pace}")
    if cached := sum(agent.cached for agent in agents):
        facts.append(f"{count(cached)} replies from the cache")
    if failed := sum(agent.failed for agent in agents):
        facts.append(f"{count(failed)} calls failed")
    if invalid := sum(agent.invalid for agent in agents):
        facts.append(f"{count(invalid)} invalid answers")
    told = ", ".join([*facts, *outlook_told(progress)])
    return f"{progress.ending} ({told})" if progress.ending else told


def _can_redraw() -> bool:
    """Whether stderr is a terminal on which a picture can be drawn over the last one."""
    try:
        terminal = sys.stderr.isatty()
    except (AttributeError, ValueError, OSError):  # none, or a closed one
        return False
    told = os.environ
    unwanted = "0" in {told.get("TTY_COMPATIBLE"), told.get("TTY_INTERACTIVE")}  # rich's own names
    return terminal and not unwanted and told.get("TERM", "").lower() not in {"dumb", "unknown"}
