"""Matches with players that take their time: many at once, on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.match import Entry, Match
from harness.models.transport import Transport
from harness.play import play_async
from harness.record.calls import CallLog
from harness.runner.scripted import Played, played

__all__ = ["play_waiting"]

COLLECT_AFTER = (5_000, 20, 50)
"""Thresholds of the garbage collector while matches are played: thousands of calls on the way are
thousands of objects that live long, and to look through them all again and again took a sixth of
the processor time of a call."""

MOST_AT_ONCE = 512
"""Matches under way at once where the concurrency of calls is found out."""


async def play_waiting(
    matches: Sequence[Match],
    agents: Sequence[Entry],
    transport: Transport,
    *,
    begin: Callable[[], Path],
    done: Callable[[Played], None],
    match_timeout_s: float,
) -> None:
    """Play all matches, as many at once as the limits let be useful.

    Args:
        matches: the matches, in the order in which they begin.
        agents: who takes part; every model among them is asked for a word first.
        transport: what carries the models' calls.
        begin: called when all models have answered; gives the run's folder.
        done: called with each match when it is over, in whatever order that is.
        match_timeout_s: seconds after which a match ends as an error.

    Raises:
        ProviderError: a model does not answer at all.
        PluginError: a game breaks the engine's contract.
        RecordError: the disk refuses a line.
    """
    await transport.preflight(agents)
    log = CallLog(begin())
    try:
        transport.attach(log)
        waiting = iter(matches)

        async def play_on() -> None:
            for match in waiting:
                record = await play_async(match, transport, match_timeout_s)
                done(played(record))

        concurrency = transport.limits.concurrency
        at_once = min(len(matches), 2 * concurrency or MOST_AT_ONCE)
        with _seldom_collected():
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(play_on())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        await log.close()


@contextlib.contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector run less often, and not look at what there is already."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
