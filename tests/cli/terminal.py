"""A pseudo-terminal, and what it shows of what was sent to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Screen:
    """What a terminal shows that was sent this: knows how to redraw, and refuses all else."""

    sent: str
    rows: list[str] = field(default_factory=lambda: [""])
    cursor: bool = True

    def __post_init__(self) -> None:
        row, column = 0, 0
        whole = re.sub(r"\x1b(\[\??[\d;]*)?$", "", self.sent)  # the rest is on the way
        for sign in re.findall(r"\x1b\[\??[\d;]*[A-Za-z]|[^\x1b]|\x1b", whole):
            if sign == "\r":
                column = 0
            elif sign == "\n":
                row += 1
                self.rows += [""] * (row + 1 - len(self.rows))
            elif up := re.fullmatch(r"\x1b\[(\d+)A", sign):
                row -= int(up[1])
                assert row >= 0
            elif sign == "\x1b[2K":
                self.rows[row] = ""
            elif sign in {"\x1b[?25l", "\x1b[?25h"}:
                self.cursor = sign[-1] == "h"
            elif not re.fullmatch(r"\x1b\[[\d;]*m", sign):
                assert sign.isprintable(), sign
                line = self.rows[row].ljust(column)
                self.rows[row] = line[:column] + sign + line[column + 1 :]
                column += 1

    @property
    def told(self) -> list[str]:
        """The lines that are not empty."""
        return [row.rstrip() for row in self.rows if row.strip()]


class Terminal:
    """A pseudo-terminal as stderr, and all that was sent to it."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.stderr = os.fdopen(slave, "w", buffering=1, encoding="utf-8")
        self._bytes = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 65536):
                self._bytes += data

    def look(self) -> None:
        """Take from now on what is sent."""
        self._thread.start()

    @property
    def sent(self) -> str:
        return self._bytes.decode(errors="replace")

    def wait_for(self, text: str, since: int = 0, within_s: float = 10) -> None:
        """Return when this was sent."""
        end_s = time.monotonic() + within_s
        while text not in self.sent[since:]:
            assert time.monotonic() < end_s, f"{text!r} was not sent: {self.sent!r}"
            time.sleep(0.005)

    def wait_to_show(self, *patterns: str) -> None:
        """Return when these are the last lines shown."""
        end_s = time.monotonic() + 10
        while True:
            rows = Screen(self.sent).told[-len(patterns) :]
            if [*map(bool, map(re.fullmatch, patterns, rows))] == [True] * len(patterns):
                return
            assert time.monotonic() < end_s, f"{patterns} is not shown: {rows}"
            time.sleep(0.005)

    def hang_up(self) -> None:
        """Be gone."""
        master, self.master = self.master, -1
        if master >= 0:
            os.close(master)

    def close(self) -> None:
        """Be left by whoever writes, after all that they wrote was taken."""
        with contextlib.suppress(OSError):
            self.stderr.close()
        if self._thread.is_alive():
            self._thread.join()
        self.hang_up()
