"""The errors that Folkbench raises on purpose.

One tree, so that a caller can catch as widely or narrowly as it needs::

    FolkError                 anything below; the command prints its message and exits
    ├── UsageError            a name, value or flag that cannot be: exit 2
    │   └── ConfigError       the same in a run file, with file and line
    ├── PluginError           a game or agent that breaks the engine's contract
    ├── RecordError           a run folder that cannot be written or read
    │   └── Mismatch            what is logged of a match is not what it would be now
    ├── Stopped               a run that ends before its matches do, and can be resumed: exit 4
    │   └── Interrupted         because the user said so: exit 130
    └── ProviderError         a model's provider did not give a reply
        ├── RateLimited         it asks to slow down: tried again when it says
        ├── Transient           it failed, and may not fail again: tried again
        │   └── TimedOut          it did not reply in time
        │       └── CutOff          what it was for was over before it replied
        ├── BadRequest          it refuses this one request
        │   └── ContextOverflow   the conversation is longer than the model reads
        └── Fatal               it will refuse all requests: nothing more is sent to it
            ├── AuthError         no key, a wrong key, or one without the right
            ├── QuotaExceeded     what was paid for is used up
            └── UnknownModel      there is no such model

What a model answers badly is no error: it is an outcome (see `harness.agent.Outcome`).
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.crash import described, is_cancelled, without_addresses

__all__ = [
    "AuthError",
    "BadRequest",
    "ConfigError",
    "ContextOverflow",
    "CutOff",
    "Fatal",
    "FolkError",
    "Interrupted",
    "Mismatch",
    "PluginError",
    "ProviderError",
    "QuotaExceeded",
    "RateLimited",
    "RecordError",
    "Stopped",
    "TimedOut",
    "Transient",
    "UnknownModel",
    "UsageError",
    "did_you_mean",
    "plugin_call",
    "shorten",
]


class FolkError(Exception):
    """Base of every error raised on purpose.

    Attributes:
        exit_code: what the command returns.
        in_play: whether it broke off a run after its start; what was played until then is kept.
    """

    exit_code = 1
    in_play = False


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


class Mismatch(RecordError):
    """What a log holds of a match is an answer to something else than would be asked now."""


class Stopped(FolkError):
    """A run, or one match of it, ends before its end; what is on disk suffices to go on later."""

    exit_code = 4


class Interrupted(Stopped):
    """The user, or a batch system, asked the run to end."""

    exit_code = 130


class ProviderError(FolkError):
    """A model's provider did not give a reply; see the subclasses for what follows.

    Attributes:
        status: the HTTP status, where there was one.
        body: what the provider sent, cut to what a log can bear.
        request_id: the provider's own name for the request, where it gave one.
    """

    exit_code = 2

    def __init__(
        self, message: str, *, status: int | None = None, body: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.request_id = request_id


class RateLimited(ProviderError):
    """The provider asks to slow down.

    Attributes:
        retry_after_s: seconds to wait, as it says; None where it does not.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, **told: Any) -> None:
        super().__init__(message, **told)
        self.retry_after_s = retry_after_s


class Transient(ProviderError):
    """The provider failed in a way that may pass: a 5xx, a reset, half a reply.

    Attributes:
        retry_after_s: seconds to wait, if it says; else None.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, **told: Any) -> None:
        super().__init__(message, **told)
        self.retry_after_s = retry_after_s


class TimedOut(Transient):
    """The provider did not reply in time."""


class CutOff(TimedOut):
    """The match was over, or the run ended at once, before the provider had replied."""


class BadRequest(ProviderError):
    """The provider refuses this request, and would refuse it again."""


class ContextOverflow(BadRequest):
    """The conversation is longer than the model reads."""


class Fatal(ProviderError):
    """The provider would refuse every request for this model."""


class AuthError(Fatal):
    """There is no key, or the provider does not accept it."""


class QuotaExceeded(Fatal):
    """What was paid for is used up: waiting does not help."""


class UnknownModel(Fatal):
    """The provider has no such model."""


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
    except (FolkError, KeyboardInterrupt):
        raise
    except BaseException as error:  # what other people's code may do
        if is_cancelled(error):
            raise
        raise PluginError(f"{spec}: {what} raised {described(error)}") from error


def shorten(value: object, limit: int = 80) -> str:
    """The repr of a value, cut to `limit` characters for a message, without addresses in memory.

    >>> shorten("x" * 100, limit=10)
    "'xxxxxxxx…"
    """
    try:
        text = without_addresses(repr(value))
    except (ValueError, RecursionError):  # whole numbers of thousands of digits, endless nesting
        text = f"<{type(value).__name__} too large to show>"
    except Exception:  # noqa: BLE001 - the value may be of somebody's own class
        text = f"<{type(value).__name__} that cannot be shown>"
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
