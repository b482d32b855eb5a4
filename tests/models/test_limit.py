from __future__ import annotations

import asyncio
import contextlib
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.models import limit as module
from harness.models.limit import MOST_HISTORY, Limit


async def hold(limit: Limit, n: int) -> None:
    for _ in range(n):
        await limit.acquire()


async def clean_round(limit: Limit, in_use: float = 1.0) -> None:
    """As many replies as the limit allows, with a share of it in use."""
    n, replies = max(1, int(limit.most * in_use)), limit.most
    await hold(limit, n)
    for _ in range(replies):
        limit.succeeded()
    for _ in range(n):
        limit.release()


def slow_down(limit: Limit, wait_s: float | None = None) -> None:
    limit.rate_limited(time.monotonic(), wait_s)


async def test_no_more_are_let_through_than_the_limit_and_the_first_come_first() -> None:
    limit = Limit(2)
    order: list[int] = []

    async def call(i: int) -> None:
        async with limit:
            order.append(i)
            assert limit.used <= 2
            await asyncio.sleep(0)

    await asyncio.gather(*map(call, range(50)))
    assert order == list(range(50))
    assert (limit.used, limit.waiting) == (0, 0)


async def test_a_newcomer_does_not_overtake_those_in_line() -> None:
    limit = Limit(1)
    await limit.acquire()
    first = asyncio.create_task(limit.acquire())
    await asyncio.sleep(0)
    limit.release()  # the place is the first one's, though it has not run yet
    second = asyncio.create_task(limit.acquire())
    await asyncio.sleep(0)
    assert (first.done(), second.done()) == (True, False)
    limit.release()
    await second


async def test_whoever_is_cancelled_in_line_leaves_it() -> None:
    limit = Limit(1)
    await limit.acquire()
    waiting = [asyncio.create_task(limit.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    assert limit.waiting == 2
    limit.release()
    await waiting[1]
    assert (limit.used, limit.waiting) == (1, 1)
    waiting[2].cancel()
    await asyncio.wait(waiting)


async def test_a_place_given_to_whoever_is_cancelled_in_that_moment_is_not_lost() -> None:
    limit = Limit(1)
    await limit.acquire()
    gone, next_one = (asyncio.create_task(limit.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    limit.release()
    gone.cancel()
    await asyncio.wait_for(next_one, 1)
    assert limit.used == 1
    with pytest.raises(asyncio.CancelledError):
        await gone


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 5))
def test_no_place_is_lost_or_given_twice_however_callers_come_and_go(seed: int, most: int) -> None:
    async def scenario() -> None:
        rng, limit, now = Random(seed), Limit(most), 0

        async def call() -> None:
            nonlocal now
            async with limit:
                now += 1
                try:
                    assert now <= most
                    for _ in range(rng.randrange(3)):
                        await asyncio.sleep(0)
                finally:
                    now -= 1

        tasks = []
        for _ in range(40):
            tasks.append(asyncio.create_task(call()))
            if rng.random() < 0.5:
                rng.choice(tasks).cancel()
            if rng.random() < 0.3:
                await asyncio.sleep(0)
        done, pending = await asyncio.wait(tasks, timeout=5)
        assert not pending
        assert not [task for task in done if not task.cancelled() and task.exception()]
        assert (now, limit.used, limit.waiting) == (0, 0, 0)

    asyncio.run(scenario())


async def test_an_uncontended_place_costs_a_few_microseconds() -> None:
    limit = Limit(8)
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(2000):
            async with limit:
                limit.succeeded()
        best = min(best, (time.perf_counter() - begun) / 2000)
    assert best < 20e-6, f"{best * 1e6:.1f} µs"


async def test_each_clean_round_doubles_the_limit_until_the_first_request_to_slow_down() -> None:
    limit = Limit()
    seen = [limit.most]
    for _ in range(8):
        await clean_round(limit)
        seen.append(limit.most)
    assert seen == [16, 32, 64, 128, 256, 512, 1024, 1024, 1024]


async def test_after_that_it_grows_by_a_twentieth_and_at_least_one() -> None:
    limit = Limit()
    for _ in range(3):
        await clean_round(limit)
    slow_down(limit)
    assert limit.most == 102  # four fifths of 128
    await clean_round(limit)
    assert limit.most == 107
    while limit.most > 1:
        slow_down(limit)
    await clean_round(limit)
    assert limit.most == 2


async def test_it_does_not_grow_where_it_is_not_in_use() -> None:
    limit = Limit()
    await clean_round(limit, in_use=0.75)
    assert limit.most == 16
    await clean_round(limit, in_use=0.9)
    assert limit.most == 32


async def test_calls_that_were_on_the_way_together_lower_it_once() -> None:
    limit = Limit()
    sent = time.monotonic()
    for _ in range(16):
        limit.rate_limited(sent, None)
    assert limit.most == 12
    slow_down(limit)  # sent after the limit was lowered: it is still too high
    assert limit.most == 9


async def test_failures_that_may_pass_stop_growth_for_a_round_and_take_nothing_away() -> None:
    limit = Limit()
    await hold(limit, 16)
    for _ in range(15):
        limit.succeeded()
    limit.transient()
    limit.succeeded()
    assert limit.most == 16
    for _ in range(15):
        limit.succeeded()
    assert limit.most == 32


async def test_a_limit_that_grows_lets_those_in_line_through() -> None:
    limit = Limit()
    await hold(limit, 16)
    waiting = [asyncio.create_task(limit.acquire()) for _ in range(16)]
    await asyncio.sleep(0)
    for _ in range(16):
        limit.succeeded()
    await asyncio.wait_for(asyncio.gather(*waiting), 1)
    assert limit.used == 32


async def test_a_lowered_limit_holds_those_in_line_until_it_is_kept() -> None:
    limit = Limit()
    await hold(limit, 16)
    waiting = asyncio.create_task(limit.acquire())
    slow_down(limit)
    for _ in range(4):
        limit.release()
        await asyncio.sleep(0)
    assert (limit.used, waiting.done()) == (12, False)
    limit.release()
    await asyncio.wait_for(waiting, 1)


async def test_a_fixed_limit_stays() -> None:
    limit = Limit(5)
    await clean_round(limit)
    slow_down(limit)
    limit.transient()
    assert limit.most == 5
    assert [change.most for change in limit.history] == [5]


async def test_nothing_new_is_let_through_while_a_provider_has_told_to_wait() -> None:
    limit = Limit(4)
    slow_down(limit, 0.08)
    slow_down(limit, 0.01)  # a shorter wait does not end a longer one
    begun = time.monotonic()
    await asyncio.gather(*(limit.acquire() for _ in range(4)))
    assert 0.07 < time.monotonic() - begun < 1
    assert limit.used == 4


async def test_a_longer_wait_told_later_counts() -> None:
    limit = Limit(4)
    slow_down(limit, 0.01)
    slow_down(limit, 0.08)
    begun = time.monotonic()
    await limit.acquire()
    assert time.monotonic() - begun > 0.07


async def test_a_caller_cancelled_while_nothing_is_let_through_takes_no_place() -> None:
    limit = Limit(1)
    slow_down(limit, 0.02)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(limit.acquire(), 0.005)
    await asyncio.wait_for(limit.acquire(), 1)
    assert (limit.used, limit.waiting) == (1, 0)


async def test_the_wait_for_all_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CLOSED_S", 0.02)
    limit = Limit(1)
    slow_down(limit, 1e9)
    await asyncio.wait_for(limit.acquire(), 1)
    assert limit.used == 1


async def test_a_long_spell_of_being_told_to_wait_longer_than_the_spacing_of_attempts_ends() -> (
    None
):
    limit = Limit()
    refused = replies = 0

    async def call() -> None:
        nonlocal refused, replies
        while True:
            async with limit:
                sent = time.monotonic()
                await asyncio.sleep(0.001)
                if refused >= 60:
                    limit.succeeded()
                    replies += 1
                    return
                refused += 1
                limit.rate_limited(sent, 0.01)
            await asyncio.sleep(0.001)  # much sooner than told

    await asyncio.wait_for(asyncio.gather(*(call() for _ in range(200))), 10)
    lowest = min(change.most for change in limit.history)
    assert replies == 200
    assert lowest <= 2
    assert limit.most > lowest
    assert (limit.used, limit.waiting) == (0, 0)


async def test_it_settles_near_what_a_provider_bears() -> None:
    limit, now, rng = Limit(), 0, Random(1)
    settled: list[int] = []

    async def call() -> None:
        nonlocal now
        while True:
            async with limit:
                sent, now = time.monotonic(), now + 1
                too_many = now > 40
                await asyncio.sleep(0)
                now -= 1
                if not too_many:
                    limit.succeeded()
                    settled.append(limit.most)
                    return
                limit.rate_limited(sent, None)
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)

    await asyncio.gather(*(call() for _ in range(4000)))
    late = settled[1000:]
    assert 24 <= min(late) <= max(late) <= 48


async def test_the_history_of_changes_stays_short_and_tells_why() -> None:
    limit = Limit()
    await clean_round(limit)
    slow_down(limit)
    whys = [(change.most, change.why) for change in limit.history]
    assert whys == [(16, "start"), (32, "a clean round"), (25, "asked to slow down")]
    for _ in range(500):
        slow_down(limit)
        await clean_round(limit)
    assert len(limit.history) == MOST_HISTORY
    times = [change.at_s for change in limit.history]
    assert times == sorted(times)
