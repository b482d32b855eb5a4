"""The errors that Folkbench raises on purpose.

One tree, so that a caller can catch as widely or narrowly as it needs::

    FolkError                 anything below; the command prints its message and exits
    ├── UsageError            a name, value or flag that cannot be: exit 2
    │   └── ConfigError       the same in a run file, with file and line
    ├── PluginError           a game or agent that breaks the engine's contract
    └── RecordError           a run folder that cannot be written or read

What a model answers badly is no error: it is an outcome (see `harness.agent.Outcome`).
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = [
    "ConfigError",
    "FolkError",
    "PluginError",
    "RecordError",
    "UsageError",
    "did_you_mean",
    "plugin_call",
    "shorten",
]


class FolkError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command returns."""

    exit_code = 1


class UsageError(FolkError):
    """Something the user asked for cannot be: an unknown name, a value out of range."""

    exit_code = 2


class ConfigError(UsageError):
    """A run file that cannot be used; the message begins with its path and line."""

    def __init__(self, message: str, file: Path, line: int | None = None) -> None:
        where = f"{file}:{line}" if line else str(file)
        super().__init__(f"{where}: {message}")


class PluginError(FolkError):
    """A game or an agent does not keep the engine's contract."""

    exit_code = 2


class RecordError(FolkError):
    """A run folder cannot be written, or what it holds cannot be read."""

    exit_code = 2


@contextlib.contextmanager
def plugin_call(spec: str, what: str) -> Iterator[None]:
    """Whatever somebody's game or agent raises in here is a `PluginError` that names it.

    >>> with plugin_call("my_game", "rules()"):
    ...     {}["x"]
    Traceback (most recent call last):
    harness.errors.PluginError: my_game: rules() raised KeyError: 'x'
    """
    try:
        yield
    except FolkError:
        raise
    except (Exception, SystemExit) as error:  # what other people's code may do
        raise PluginError(f"{spec}: {what} raised {type(error).__name__}: {error}") from error


def shorten(value: object, limit: int = 80) -> str:
    """The repr of a value, cut to `limit` characters for a message.

    >>> shorten("x" * 100, limit=10)
    "'xxxxxxxx…"
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # whole numbers of thousands of digits, endless nesting
        text = f"<{type(value).__name__} too large to show>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the closest known names, or all of them where there are few.

    >>> did_you_mean("tit_for_tatt", ["tit_for_tat", "grudger"])
    '; did you mean tit_for_tat?'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    if 0 < len(names) <= 12:
        return f"; known: {', '.join(names)}"
    return ""
