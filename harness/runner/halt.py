"""The way to ask a run to end, from a signal's handler or another thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from harness.errors import Interrupted

__all__ = ["Halt"]


class Halt:
    """Asked or not; a run looks at it, or is told.

    Attributes:
        why: what was asked, once it was.
    """

    def __init__(self) -> None:
        self.why: Interrupted | None = None
        self._tell: Callable[[Interrupted], None] | None = None

    def ask(self, why: Interrupted) -> None:
        """Ask the run to end; what is on the way comes to its end first."""
        if self.why is None:
            self.why = why
            if self._tell is not None:
                self._tell(why)

    @contextlib.contextmanager
    def heard_by(self, tell: Callable[[Interrupted], None]) -> Iterator[None]:
        """Within this, whoever asks calls `tell`, from any thread; at once if it was asked."""
        self._tell = tell
        if self.why is not None:
            tell(self.why)
        try:
            yield
        finally:
            self._tell = None

    def check(self) -> None:
        """Do nothing unless it was asked.

        Raises:
            Interrupted: it was.
        """
        if self.why is not None:
            raise self.why
