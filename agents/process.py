"""Programs in any language, over JSON lines on standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness import Outside, Seat, UsageError, shorten
from harness.agents.process_guard import GUARD
from harness.agents.program import MOST_BYTES, ProgramPlayer, as_line
from harness.models import ProviderError

__all__ = ["Process", "ProcessPlayer"]

WAIT_AND_RUN = ("/bin/sh", "-c", 'read -r _ || exit; exec "$@"', "sh")
"""Before the command line: it is run when a line comes in, by which time the guard knows of it."""

MOST_LATE = 1000
"""Answers to earlier questions that are passed over while one is waited for."""

MOST_ERROR = 400
"""Characters of the end of standard error that a reason shows."""

PAUSE_S = 0.005
"""Seconds between looks at standard error, so that who floods it gets little of our time."""

GRACE_S = 1.0
"""Seconds that a program has to end by itself when its match is over."""

KILL_S = 30.0
"""Seconds in which what was killed is gone, however busy the machine is."""


@dataclass
class Process(Outside):
    """A program in any language: `process:COMMAND`, by the protocol in docs/programs.md.

    One process plays one seat of one match. It is started when it is first asked and ends with the
    match; it may write whatever it likes to standard error.

    Args:
        command: the command line, split as a POSIX shell does; no shell runs it.
        words: whether to send the rules and each decision in words as well.
    """

    name = "process"
    at_once: ClassVar[int | None] = 32

    command: str
    words: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.words, bool):
            raise UsageError(f"process: words is {shorten(self.words)}; it must be True or False")
        if not isinstance(self.command, str) or "\0" in self.command:
            raise UsageError(f"process: command is {shorten(self.command)}; it must be a text")
        try:
            empty = not self.arguments
        except ValueError as error:
            raise UsageError(f"process: cannot split {shorten(self.command)}: {error}") from error
        if empty:
            raise UsageError("process: command is empty; write process:COMMAND")

    @property
    def arguments(self) -> list[str]:
        """The command line, split."""
        return shlex.split(self.command)

    async def ready(self) -> None:
        """Look whether there is such a program; it is not started.

        Raises:
            ProviderError: there is none.
        """
        if shutil.which(self.arguments[0]) is None:
            raise ProviderError(f"there is no program {shorten(self.arguments[0])} to run")

    def player(self, seat: Seat) -> ProcessPlayer:
        """This program in a seat."""
        return ProcessPlayer(self.arguments, seat, words=self.words)


class ProcessPlayer(ProgramPlayer):
    """A process in a seat.

    Args:
        arguments: the command line.
        seat: the seat.
        words: whether it is told everything in words as well.
    """

    def __init__(self, arguments: list[str], seat: Seat, *, words: bool) -> None:
        super().__init__(seat, words=words)
        self._arguments = arguments
        self._untold: list[tuple[int, Mapping[str, Any]]] = []
        self._process: asyncio.subprocess.Process | None = None
        self._complaints: asyncio.Task[None] | None = None
        self._complaint = bytearray()
        self._broken = False

    def _missed(self, number: int, asked: Mapping[str, Any]) -> None:
        self._untold.append((number, asked))

    async def _send(self, number: int, asked: Mapping[str, Any]) -> str:
        """Put a question to the process, which has answered all earlier ones of the match."""
        if self._broken:
            raise ProviderError("the program has been ended")
        self._broken = True  # until it has answered: whoever breaks off leaves a mess
        process = self._process or await self._start()
        while self._untold:
            await self._exchange(process, *self._untold[0])
            del self._untold[0]
        text = await self._exchange(process, number, asked)
        self._broken = False
        return text

    async def _start(self) -> asyncio.subprocess.Process:
        """Start the process in a session of its own, so that it ends with all that it starts."""
        try:
            process = await asyncio.create_subprocess_exec(
                *WAIT_AND_RUN,
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=MOST_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            named = shorten(self._arguments[0])
            raise ProviderError(f"cannot start {named}: {error.strerror}") from error
        self._process = process
        GUARD.watch(process.pid)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        self._complaints = asyncio.ensure_future(self._listen(process))
        await self._write(process, self.greeting)
        return process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Keep the end of what it writes to standard error."""
        assert process.stderr is not None
        while part := await process.stderr.read(1 << 16):
            self._complaint += part
            del self._complaint[: -4 * MOST_ERROR]
            await asyncio.sleep(PAUSE_S)

    async def _write(self, process: asyncio.subprocess.Process, message: Mapping[str, Any]) -> None:
        """Send a message; one that has ended is found out when its answer is read."""
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(as_line(message))
            await process.stdin.drain()

    async def _exchange(
        self, process: asyncio.subprocess.Process, number: int, asked: Mapping[str, Any]
    ) -> str:
        """The line that answers a question; late answers to earlier ones are passed over.

        Raises:
            ProviderError: it has ended, or writes without end.
        """
        await self._write(process, asked)
        for _ in range(MOST_LATE):
            line = await self._line(process)
            if not _is_late(line, number):
                return line.decode("utf-8", "surrogateescape")
        raise ProviderError(
            f"the program wrote {MOST_LATE} answers to earlier questions and none to this one"
        )

    async def _line(self, process: asyncio.subprocess.Process) -> bytes:
        """The next line of its standard output."""
        assert process.stdout is not None
        try:
            return (await process.stdout.readuntil(b"\n"))[:-1]
        except asyncio.LimitOverrunError:
            raise ProviderError(
                f"the program wrote a line of more than {MOST_BYTES} bytes"
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ProviderError(await self._how_it_ended(process)) from None

    async def _how_it_ended(self, process: asyncio.subprocess.Process) -> str:
        """Why there is no further line: its exit status, and its last words."""
        how = "the program closed its standard output"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                code = await process.wait()
                how = f"the program ended with exit code {code}"
                if code < 0:
                    how = f"the program was ended by {_named(-code)}"
                if self._complaints is not None:
                    await asyncio.shield(self._complaints)
        said = self._complaint.decode("utf-8", "replace").strip()[-MOST_ERROR:]
        return f"{how}; it said: {said}" if said else how

    async def leave(self, status: str, payoff: float | None) -> None:
        """Tell the process that the match is over, and end it with all that it has started."""
        process = self._process
        if process is None:
            return
        try:
            if not self._broken and process.returncode is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GRACE_S):
                        end = {"type": "end", "status": status, "payoff": payoff}
                        await self._write(process, end)
                        assert process.stdin is not None
                        process.stdin.close()
                        await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            GUARD.forget(process.pid)
            if self._complaints is not None:
                self._complaints.cancel()
            # Nothing public closes the pipes of a process that is not read to its end.
            process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), KILL_S)
            await asyncio.sleep(0)


def _is_late(line: bytes, number: int) -> bool:
    """Whether a line is an answer to an earlier question."""
    import orjson

    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(told, dict) and type(told.get("id")) is int and 0 < told["id"] < number


def _named(number: int) -> str:
    """A signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
