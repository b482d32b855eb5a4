"""Ends programs that play when the run that started them is killed.

A run ends its programs itself, however it ends, unless it is killed at once. For that case there is
this script, of which the first program of a run starts a copy in a session of its own: it is told
on its standard input which process groups there are, and kills those left when that is closed,
which the kernel does when the run is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys

__all__ = ["GUARD", "Guard"]

END_S = 5.0


class Guard:
    """The way to the script, which is started when it is first needed."""

    def __init__(self) -> None:
        self._script: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The script's process, if there is one."""
        return None if self._script is None else self._script.pid

    def watch(self, group: int) -> None:
        """Let a process group be killed when this process is gone."""
        self._tell(b"+%d\n" % group)

    def forget(self, group: int) -> None:
        """Let a process group be: it has ended."""
        self._tell(b"-%d\n" % group)

    def close(self) -> None:
        """End the script, which kills what it still knows of."""
        script, self._script = self._script, None
        if script is not None and script.stdin is not None:
            with contextlib.suppress(OSError):
                script.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                script.wait(END_S)

    def _tell(self, line: bytes) -> None:
        if self._script is None or self._script.poll() is not None:
            self._script = self._start()
        assert self._script.stdin is not None
        with contextlib.suppress(
            BrokenPipeError
        ):  # somebody has killed it; the next gets a new one
            self._script.stdin.write(line)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", __file__]
        script = subprocess.Popen(  # noqa: S603 - this very file
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.unregister(self.close)
        atexit.register(self.close)
        return script


GUARD = Guard()


def main() -> None:
    """Take note of process groups until the input ends, and kill those that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
