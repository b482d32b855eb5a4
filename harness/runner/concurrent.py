"""Matches with players that take their time: many at once, on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
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

MOST_MATCHES = 512
"""Matches under way at once, at least where so many are useful: so many calls to each model, that
play against others who answer at once, or take turns with each other."""

MOST_ENDING = 32
"""Matches that wait for their line to be on disk while others begin: what they brought does not
count yet, and may be a reason to stop."""

LOOKED_EVERY_S = 0.5
COLLECTED_EVERY_S = 60.0
MOST_UNCOLLECTED = 400_000
"""Seconds, or objects beyond those that went again, after which garbage is looked for."""


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
    under_way = ending = 0

    async def play(match: Match) -> None:
        nonlocal under_way, ending
        begun(match)
        done = None
        try:
            done = played(await play_async(match, caller, match_timeout_s))
            ending += 1
            try:
                await log.append(clean(done.line))
            finally:
                ending -= 1
        except Stopped:
            done = None
        except Exception as error:  # noqa: BLE001 - raised when what is paid for is on disk
            done = None
            failed.append(error)
            transport.gate.close(Stopped("a match broke off"))
        finally:
            under_way -= 1
            transport.changed.set()
            queue.over(match)
            over(match, done)

    def shut(match: Match) -> bool:
        return transport.given_up(match.seats)

    def held(match: Match) -> bool:
        return shut(match) or transport.busy(match.seats)

    most = max(MOST_MATCHES, 2 * transport.limits.concurrency)
    with _collected_apart():
        async with asyncio.TaskGroup() as group:
            while transport.gate.why is None:
                transport.changed.clear()
                more = under_way < most and ending < MOST_ENDING
                match = queue.next(held) if more else None
                if match is not None:
                    under_way += 1
                    group.create_task(play(match))
                    for _ in range(2):  # until it has asked what it first asks, several at once too
                        await asyncio.sleep(0)
                elif under_way:
                    await transport.changed.wait()
                else:
                    break
    if failed:
        raise failed[0]


@contextlib.contextmanager
def _collected_apart() -> Iterator[None]:
    """Look for garbage seldom, and not among what there is already.

    Thousands of calls on the way are a hundred thousand objects that the collector looks through
    again and again, which took a quarter of the processor time, and a tenth of a second at once.
    Play makes no garbage that counting references does not find; what fails makes a little.
    """
    enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    looking = asyncio.get_running_loop().create_task(_collect_now_and_then())
    try:
        yield
    finally:
        looking.cancel()
        gc.collect()  # of what was made in here alone
        gc.unfreeze()
        if enabled:
            gc.enable()


async def _collect_now_and_then() -> None:
    """Look for garbage after a while, or after much has been made that has not gone again."""
    last = time.monotonic()
    while True:
        await asyncio.sleep(LOOKED_EVERY_S)
        much = gc.get_count()[0] > MOST_UNCOLLECTED
        if much or time.monotonic() - last > COLLECTED_EVERY_S:
            gc.collect()
            last = time.monotonic()
