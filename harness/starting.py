"""What Ctrl-C does while the command `folk` is still being imported: a line, and exit code 130.

This is imported before all else. Until `over()`, an interrupt ends the process there and then:
there is nothing to tidy up yet, and an exception in the midst of imports would be a traceback, or
be lost. Where `harness` is imported by anything else than its command, nothing is changed.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys

__all__ = ["over"]


def over() -> None:
    """Let interrupts be exceptions again, as the commands expect."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(number: int, frame: object) -> None:
    """End the process."""
    os.write(2, b"folk: interrupted\n")
    os._exit(130)


def _is_command() -> bool:
    """Whether Python was started to run `folk`, or `python -m harness.cli`."""
    given, name = sys.orig_argv[1:], sys.argv[0] if sys.argv else ""
    as_module = ("-m", "harness.cli") in itertools.pairwise(given)
    return as_module or (name in given and name.rpartition(os.sep)[2] == "folk")


def _begin() -> None:
    """Take interrupts, if this process is the command, and nobody else takes or ignores them."""
    if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        try:
            signal.signal(signal.SIGINT, _leave)
        except ValueError:  # a thread other than the main one imports this
            return


_begin()
