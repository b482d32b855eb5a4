"""Running other people's code under denial: no files, no network, no clock, no global chance.

Files, sockets and processes are watched by an audit hook of the interpreter, and refused. The clock
and the process's own chance are seen as they are called, by whatever name they were imported; they
answer, and the state of chance is put back afterwards. What is imported meanwhile may be read.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import gc
import os
import random
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any

__all__ = ["Denied", "denial"]

ADVICE = {
    "chance": "draw from the `rng` that it is given: any other chance makes matches unrepeatable",
    "clock": "leave time out: a match must come out the same whenever it is played",
    "files": "read what is needed when the module is imported, and keep it there",
    "outside": "a match depends on nothing outside it",
}

CLOCK = frozenset(
    {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
        *("process_time", "process_time_ns", "sleep", "localtime", "gmtime", "ctime", "asctime"),
    }
)
NOW = frozenset({"now", "utcnow", "today"})
OUTSIDE = frozenset({"print", "input"})
ENTROPY = frozenset({"urandom", "getrandom", "getpid"})

FILES = ("open", "os.", "shutil.", "tempfile.", "glob.", "pathlib.", "sqlite3.")
NETWORK = ("socket.", "subprocess.", "urllib.", "http.", "ftplib.", "smtplib.", "ctypes.dlopen")

HARMLESS = frozenset({"os.putenv", "os.unsetenv", "socket.__new__"})

HERE = str(Path(__file__).parents[1]) + os.sep
LIBRARY = sysconfig.get_paths()["stdlib"] + os.sep

SEED = random.Random.seed.__code__


class Denied(PermissionError):
    """What is raised in code that reaches outside while it is under denial."""


class _Watch:
    """What one thread does that it may not."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.found: list[str] = []
        self.busy = False

    def note(self, what: str, kind: str, frame: FrameType | None) -> None:
        """Note that this was done, once for each place."""
        message = f"{what}{_place(frame)}; {ADVICE[kind]}"
        if message not in self.found:
            self.found.append(message)


_watches: list[_Watch] = []


@functools.cache
def _hook() -> None:
    """Have the interpreter ask before it does anything outside, from now on and once for all."""
    sys.addaudithook(_audit)  # it cannot be taken back, and does nothing while nobody watches


@contextlib.contextmanager
def denial() -> Iterator[list[str]]:
    """Watch what this thread does meanwhile, and refuse what reaches outside.

    Yields:
        What was done that may not be, a message each; it grows.
    """
    _hook()
    watch, before, chance = _Watch(), sys.getprofile(), random.getstate()
    numpy = sys.modules.get("numpy.random")
    lines = numpy.get_state() if numpy else None
    _watches.append(watch)
    # What others do when the collector runs, such as taking its time, is not the watched code's.
    callbacks, gc.callbacks[:] = list(gc.callbacks), []
    sys.setprofile(lambda frame, event, what: _profile(watch, frame, event, what))
    try:
        yield watch.found
    finally:
        sys.setprofile(before)
        gc.callbacks[:] = callbacks
        _watches.remove(watch)
        random.setstate(chance)
        if numpy:
            numpy.set_state(lines)


def _profile(watch: _Watch, frame: FrameType, event: str, what: Any) -> None:
    """Look at what is called."""
    if event == "call" and frame.f_code is SEED and frame.f_locals.get("a") is None:
        watch.note("made a random.Random without a seed", "chance", frame.f_back)
    if event != "c_call" or not isinstance(what, BuiltinFunctionType):
        return
    owner, name = what.__self__, what.__name__
    if owner is time and name in CLOCK:
        watch.note(f"read the clock by time.{name}()", "clock", frame)
    elif name in NOW and isinstance(owner, type) and issubclass(owner, datetime.date):
        watch.note(f"read the clock by {owner.__name__}.{name}()", "clock", frame)
    elif _is_global(owner):
        watch.note("used the chance of the whole process", "chance", frame)
    elif name in ENTROPY and getattr(owner, "__name__", "") in ("posix", "nt"):
        watch.note(f"used os.{name}()", "chance", frame)
    elif name in OUTSIDE and getattr(owner, "__name__", "") == "builtins":
        watch.note(f"called {name}()", "outside", frame)


def _is_global(owner: Any) -> bool:
    """Whether this is the hidden stream of `random`, or that of numpy."""
    if owner is random._inst:  # noqa: SLF001 - the hidden stream
        return True
    numpy = sys.modules.get("numpy.random")
    return numpy is not None and owner is getattr(numpy.mtrand, "_rand", None)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what the interpreter is about to do outside, where a watched thread asks for it."""
    if not _watches or event in HARMLESS or not event.startswith((*FILES, *NETWORK)):
        return
    thread = threading.get_ident()
    watch = next((w for w in reversed(_watches) if w.thread == thread and not w.busy), None)
    if watch is None:
        return
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to the caller
    if _importing(frame):
        return
    watch.busy = True
    try:
        told = f" {arguments[0]!r}" if arguments else ""
        kind = "files" if event.startswith(FILES) else "outside"
        watch.note(f"{'opened' if event == 'open' else f'called {event} on'}{told}", kind, frame)
    finally:
        watch.busy = False
    raise Denied(f"{event}{told} is denied while a match is checked")


def _importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported just now."""
    while frame is not None:
        if "importlib._bootstrap" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _place(frame: FrameType | None) -> str:
    """The innermost place that is neither Python's library nor the harness's own."""
    first = frame
    while frame is not None and _is_ours(frame.f_code):
        frame = frame.f_back
    frame = frame or first
    return "" if frame is None else f" at {frame.f_code.co_filename}:{frame.f_lineno}"


def _is_ours(code: CodeType) -> bool:
    """Whether code is the engine's or Python's own, and no game, agent or installed package's."""
    file = code.co_filename
    if file.startswith(("<", HERE)):
        return not file.startswith((f"{HERE}games{os.sep}", f"{HERE}agents{os.sep}"))
    return file.startswith(LIBRARY) and f"{os.sep}site-packages{os.sep}" not in file
