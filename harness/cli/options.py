"""Flags that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.limits import NO_LIMIT

__all__ = ["knobs"]

Command = TypeVar("Command", bound=Callable[..., Any])


class Cap(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on only
    """A number, or the word for no limit, which lifts one that was set before.

    Args:
        kind: what the number is.
    """

    def __init__(self, kind: click.ParamType[Any]) -> None:
        self.kind = kind
        self.name = kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or the word as it is."""
        return value if value == NO_LIMIT else self.kind.convert(value, param, ctx)


KNOBS = (
    click.option("--workers", type=int, help="Processes for scripted matches.  [1]"),
    click.option("--concurrency", type=int, help="Most calls at once per model.  [found out]"),
    click.option("--timeout", type=float, help="Seconds for one attempt at a call.  [120]"),
    click.option("--attempts", type=int, help="Most attempts at one call.  [6]"),
    click.option("--max-wait", type=float, help="Seconds after which no attempt begins.  [600]"),
    click.option("--match-timeout", type=float, help="Seconds for a match with models.  [3600]"),
    click.option("--cache", type=str, help="A file of replies to use again.  [none]"),
    click.option(
        "--max-cost", type=Cap(click.FLOAT), help="Most USD for all calls together.  [none]"
    ),
    click.option(
        "--max-tokens", type=Cap(click.INT), help="Most tokens for all calls together.  [none]"
    ),
    click.option("--max-hours", type=Cap(click.FLOAT), help="Most hours until it stops.  [none]"),
    click.option(
        "--max-errors",
        type=Cap(click.FLOAT),
        help="Largest share of matches that may not end well; above it, the run stops.  [none]",
    ),
)
"""Settings that no result depends on, in the order in which help lists them."""


def knobs(command: Command) -> Command:
    """Add the flags of settings that no result depends on."""
    for option in reversed(KNOBS):
        command = option(command)
    return command
