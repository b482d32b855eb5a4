"""What is told of an exception in other people's code: what it says, and where it arose.

Such code may raise anything at all, also what is no `Exception`, and it may fail again when it is
asked what it says. Only an interrupt by the user, and the cancelling of what it runs in, are none
of its doing.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["described", "ignored", "is_cancelled", "place_of", "without_addresses"]

MOST_TEXT = 500
"""Characters of an exception's own text that are told."""

ADDRESS = re.compile(r"(?<=\S) at 0x[0-9A-Fa-f]+")
"""Where an object lies in memory, as Python shows it: elsewhere in every process."""


def described(error: BaseException, *, logged: bool = False) -> str:
    r"""An exception in a plug-in as `NAME: TEXT at FILE:LINE`, as far as there is any of it.

    Its text is cut to a sane length. Where it is logged, line breaks in it are kept, and the file's
    name has no folder (see `place_of`).

    >>> described(ValueError("a slip\nof the pen")), described(ValueError())
    ('ValueError: a slip of the pen', 'ValueError')
    """
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as other:  # noqa: BLE001 - its text is other people's code, too
        text = f"its text cannot be had, for that raises {type(other).__name__}"
    text = without_addresses(text) if logged else " ".join(without_addresses(text).split())
    text = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
    name = type(error).__name__
    return (f"{name}: {text}" if text else name) + place_of(error, logged=logged)


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Let nothing that a plug-in raises in here be heard of; an interrupt by the user is.

    >>> with ignored():
    ...     raise SystemExit("enough")
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a boundary to other people's code
        return


def without_addresses(text: str) -> str:
    """A text without the addresses in memory that Python shows objects by.

    >>> without_addresses("<object object at 0x7ff4c0ffee00> is no move")
    '<object object> is no move'
    """
    return ADDRESS.sub("", text)


def is_cancelled(error: BaseException) -> bool:
    """Whether an exception is the cancelling of the task that it came up in, from outside of it.

    A plug-in can raise the same exception itself; then nobody has asked its task to end.
    """
    import asyncio  # slow to import, and needed only where something went wrong

    if not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:  # there is no event loop
        return False
    return task is not None and task.cancelling() > 0


def place_of(error: BaseException, *, logged: bool = False) -> str:
    """Where in somebody's plug-in an exception arose, as ` at FILE:LINE`; empty if in none.

    Where it is logged, the file's name has no folder: the same match has the same line elsewhere.

    The plug-in's file is the first outside of this package and Python's own library; of its lines,
    the last one counts.
    """
    file, line = "", 0
    at = error.__traceback__
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        if name == file or not (file or _is_no_plugin(name)):
            file, line = name, at.tb_lineno
        at = at.tb_next
    told = Path(file).name if logged else file
    return f" at {told}:{line}" if file else ""


def _is_no_plugin(file: str) -> bool:
    """Whether a file is this package's, or of Python's own library."""
    home, library = (f"{Path(each).parent}{os.sep}" for each in (__file__, os.__file__))
    installed = f"{os.sep}site-packages{os.sep}" in file
    return file.startswith((home, "<")) or (file.startswith(library) and not installed)
