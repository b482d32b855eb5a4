"""Agents that answer from outside this process: programs in any language, people.

What they answer cannot be worked out again, so it is logged as it comes, before the match goes on
(`harness.record.answers`): a match that was broken off is gone on with, and played again, without
asking anybody twice.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

from harness.agent import Agent

__all__ = ["TERMINAL", "Ask", "Heard", "Outside", "Terminal", "terminal"]


class Heard(NamedTuple):
    """An answer, as it came.

    Attributes:
        text: the answer.
        logged: whether it was taken from the log, and nobody was asked now.
    """

    text: str
    logged: bool = False


Ask: TypeAlias = Callable[[int, Mapping[str, Any], Callable[[], Awaitable[str]]], Awaitable[Heard]]
"""`Seat.call` of such a player: `await call(number, asked, send)`.

`number` is which of the player's questions this is, from 1; `asked` what tells it from any other,
as JSON data; `send` puts it, and is called only where the log holds no answer. It raises
`ProviderError` where there is none, `TimedOut` where there was none in time."""


class Outside(Agent, ABC):
    """Base of agents that answer from outside this process.

    Attributes:
        at_once: most matches with such an agent at once; None for no limit of its own.
        timed: whether the run's limit of time for a call holds for it.
    """

    at_once: ClassVar[int | None] = None
    timed: ClassVar[bool] = True

    async def ready(self) -> None:
        """Look whether it can be asked at all, before matches begin.

        Raises:
            ProviderError: it cannot.
        """


class Terminal(Protocol):
    """Where a person sits."""

    def tell(self, text: str) -> None:
        """Show a text."""

    async def ask(self, prompt: str) -> str:
        """The next line that the person types."""


TERMINAL: ContextVar[Terminal | None] = ContextVar("TERMINAL", default=None)
"""The terminal of this run, if a person plays in it."""


def terminal() -> Terminal | None:
    """Where the person sits who plays in this run; None where nobody does."""
    return TERMINAL.get()
