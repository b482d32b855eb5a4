"""A disk that fails: at its N-th operation, once or from then on, before, amid or after it."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeAlias

import pytest

from tests.runner.platter import Platter

__all__ = ["FailingDisk", "Fault", "When"]

When: TypeAlias = Literal["before", "amid", "after"]

USUAL = {"write": errno.ENOSPC, "pwrite": errno.ENOSPC, "fsync": errno.EIO, "flock": errno.ENOLCK}
"""What operations fail with; others as those of a disk that can only be read."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Attributes:
        at: at which operation, from 1; 0 for none.
        lasting: whether at all later ones as well, of which none does anything then: what is on
            the disk is what is there if the process is killed at this operation.
        when: whether the operation fails before anything is done; amid, for a write whose first
            half arrives; or after all of it is done.
        error: the number of the error; 0 for the usual one.
        of: the operation and the name of the file that alone are counted, and fail; None for all.
            What two threads do at once has no fixed place among all operations.
    """

    at: int = 0
    lasting: bool = False
    when: When = "before"
    error: int = 0
    of: tuple[str, str] | None = None


@dataclass
class FailingDisk:
    """What is done to the files below a folder, as the system is told of it.

    Attributes:
        below: the folder.
        fault: what goes wrong.
        done: the operations so far, and the names of the files that they were done to.
        handles: what is open, and where.
        platter: what would outlive a failure of its power.
    """

    below: Path
    fault: Fault = Fault()
    done: list[tuple[str, str]] = field(default_factory=list)
    handles: dict[int, Path] = field(default_factory=dict)
    platter: Platter = field(init=False)
    _lock: Any = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.platter = Platter.of(self.below)

    @property
    def failed(self) -> bool:
        """Whether anything went wrong."""
        return 0 < self.fault.at <= self._reached()

    def _reached(self) -> int:
        """How many of the operations that the fault counts are done."""
        return len(self.done) if self.fault.of is None else self.done.count(self.fault.of)

    @contextmanager
    def working(self) -> Iterator[None]:
        """In here, the files below the folder are on this disk."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("mkdir", "rmdir", "unlink", "replace"):
                patch.setattr(os, name, self._of_path(name, getattr(os, name)))
            for name in ("write", "pwrite", "fsync", "ftruncate", "close"):
                patch.setattr(os, name, self._of_handle(name, getattr(os, name)))
            patch.setattr(fcntl, "flock", self._of_handle("flock", fcntl.flock))
            patch.setattr(os, "open", self._opening(os.open))
            patch.setattr(
                io, "open", self._of_path("read", io.open, undo=lambda file: file.close())
            )
            yield

    def _of_path(
        self, name: str, call: Callable[..., Any], undo: Callable[[Any], Any] = lambda _: None
    ) -> Callable[..., Any]:
        def failing(path: Any, *rest: Any, **more: Any) -> Any:
            if not self._is_ours(path):
                return call(path, *rest, **more)

            def do() -> Any:
                there = Path(path).exists()
                done = call(path, *rest, **more)
                if not there:
                    self.platter.make(Path(path))
                return done

            return self._do((name, Path(path).name), do, undo=undo)

        return failing

    def _of_handle(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def failing(handle: Any, *rest: Any) -> Any:
            path = self.handles.get(handle)
            if path is None:
                return call(handle, *rest)

            def do() -> Any:
                done = call(handle, *rest)
                if name == "fsync":
                    self.platter.sync(path)
                return done

            half = None
            if name == "close":
                del self.handles[handle]
            elif name in ("write", "pwrite"):
                data, *where = rest
                half = lambda: call(handle, data[: len(data) // 2], *where)  # noqa: E731
            return self._do((name, path.name), do, half, always=name == "close")

        return failing

    def _opening(self, call: Callable[..., int]) -> Callable[..., int]:
        opening = self._of_path("open", call, undo=os.close)

        def failing(path: Any, *rest: Any, **more: Any) -> int:
            handle: int = opening(path, *rest, **more)
            if self._is_ours(path):
                self.handles[handle] = Path(path)
            return handle

        return failing

    def _is_ours(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(self.below)

    def _do(
        self,
        what: tuple[str, str],
        call: Callable[[], Any],
        half: Callable[[], Any] | None = None,
        undo: Callable[[Any], Any] = lambda _: None,
        *,
        always: bool = False,
    ) -> Any:
        """Do an operation, or let it fail; what must be done `always` is, also where it fails."""
        with self._lock:
            self.done.append(what)
            number = self._reached()
        fault = self.fault
        first = number == fault.at
        if fault.of not in (None, what) or not (first or (fault.lasting and 0 < fault.at < number)):
            return call()
        if always or (first and fault.when == "after"):
            undo(call())
        elif first and fault.when == "amid" and half is not None:
            half()
        code = fault.error or USUAL.get(what[0], errno.EROFS)
        raise OSError(code, os.strerror(code))
