"""A person's terminal: what is shown there, and the lines that are typed."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from harness.cli.table import printable_lines
from harness.errors import Interrupted, UsageError
from harness.runner.halt import Halt

__all__ = ["Console", "check_terminal"]


def check_terminal() -> None:
    """Do nothing where a person can be asked.

    Raises:
        UsageError: standard input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "a person plays at a terminal, and standard input and output are not both one"
        )


class Console:
    """The terminal that the command was started at.

    Lines are read by the event loop, so that an interrupt finds nobody waiting in a thread.

    Args:
        halt: asked to end the run when the input ends.
    """

    def __init__(self, halt: Halt) -> None:
        self._halt = halt
        self._typed = b""

    def tell(self, text: str) -> None:
        """Show a text, in which nothing can steer the terminal."""
        click.echo(f"{printable_lines(text)}\n")

    async def ask(self, prompt: str) -> str:
        """The next line that is typed; when the input has ended, the run is asked to end."""
        click.echo(prompt, nl=False)
        answered = False
        try:
            while b"\n" not in self._typed:
                part = await _read(sys.stdin.fileno())
                if not part:
                    self._halt.ask(Interrupted("the input ended"))
                    await asyncio.get_running_loop().create_future()  # until that is heard
                self._typed += part
            line, _, self._typed = self._typed.partition(b"\n")
            answered = True
            return line.decode("utf-8", "replace")
        finally:
            if not answered:
                click.echo()


async def _read(fd: int) -> bytes:
    """What comes next from a terminal; nothing at its end."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def told() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(fd, told)
    try:
        await ready
    finally:
        loop.remove_reader(fd)
    try:
        return os.read(fd, 1 << 16)
    except OSError:  # the terminal is gone
        return b""
