"""Matches with players that take their time: many at once, on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator

from harness.errors import Stopped
from harness.match import Match
from harness.models.transport import Transport
from harness.play import play_async
from harness.record.synced import SyncedLog
from harness.runner.order import Queue
from harness.runner.scripted import Played, played
from harness.seating import Caller

__all__ = ["play_waiting"]

COLLECT_AFTER = (5_000, 20, 50)
"""Thresholds of the garbage collector while matches are played: thousands of calls on the way are
thousands of objects that live long, and to look through them all again and again took a sixth of
the processor time of a call."""

MOST_AT_ONCE = 512
"""Matches under way at once where the concurrency of calls is found out."""


async def play_waiting(
    queue: Queue,
    transport: Transport,
    log: SyncedLog,
    *,
    caller: Caller,
    clean: Callable[[bytes], bytes],
    begun: Callable[[Match], None],
    over: Callable[[Match, Played | None], None],
    match_timeout_s: float,
) -> None:
    """Play matches, as many at once as the limits let be useful, until none is left or can begin.

    What is on the way when the transport's gate closes comes to its end and is logged; the matches
    it belongs to are left as they are.

    Args:
        queue: the matches.
        transport: what carries the models' calls.
        log: where the line of each is put before it counts.
        caller: what players are given to ask by: the transport, or what stands before it.
        clean: takes out of a line what may not be written.
        begun: called with each match that begins.
        over: called with each that ends, and what it brought: None if it was left unfinished.
        match_timeout_s: seconds after which a match ends as an error.

    Raises:
        PluginError: a game breaks the engine's contract.
        RecordError: the disk refuses a line.
    """
    failed: list[Exception] = []

    async def play_on() -> None:
        while transport.gate.why is None and (match := queue.next(shut)) is not None:
            begun(match)
            done = None
            try:
                done = played(await play_async(match, caller, match_timeout_s))
                await log.append(clean(done.line))
            except Stopped:
                done = None
            except Exception as error:  # noqa: BLE001 - raised when what is paid for is on disk
                done = None
                failed.append(error)
                transport.gate.close(Stopped("a match broke off"))
            finally:
                queue.over(match)
                over(match, done)

    def shut(match: Match) -> bool:
        return transport.given_up(match.seats)

    at_once = min(len(queue), 2 * transport.limits.concurrency or MOST_AT_ONCE)
    with _seldom_collected():
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(play_on())
    if failed:
        raise failed[0]


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
