from __future__ import annotations

import asyncio

import pytest

from harness.errors import Stopped
from harness.models.admission import Admission
from harness.models.budget import KNOWN_FROM, Budget, Foreseen, Taken
from harness.models.gate import Gate
from harness.models.tally import Tally

EACH = Taken(1.0, 100)


def opened(usd: float | None) -> tuple[Admission, Gate, Tally]:
    gate, tally = Gate(), Tally()
    budget = Budget(usd=usd, foreseen={"a": Foreseen(EACH, EACH)})
    return Admission(budget, gate, {"a": tally}), gate, tally


def come_back(admission: Admission, tally: Tally, usd: float) -> None:
    """A call comes back and is counted, as the transport does it."""
    admission.back("a")
    tally.calls += 1
    tally.in_play += 1
    tally.usd += usd
    tally.in_play_usd += usd
    tally.most_usd = max(tally.most_usd, usd)


async def test_without_a_budget_every_call_begins() -> None:
    admission, _, _ = opened(None)
    for _ in range(100):
        await admission.admit("a")
        admission.sent("a")
    assert (admission.under_way["a"], admission.on_the_wire) == (100, 100)


async def test_a_first_burst_is_no_larger_than_the_forecast_lets_it_be() -> None:
    admission, gate, tally = opened(3.5)
    sent: list[int] = []

    async def one(number: int) -> None:
        await admission.admit("a")
        admission.sent("a")
        sent.append(number)

    asking = [asyncio.create_task(one(number)) for number in range(10)]
    await asyncio.sleep(0.01)
    assert sent == [0, 1, 2], "the others wait, and the gate is open"
    assert gate.why is None
    come_back(admission, tally, 0.1)
    await asyncio.sleep(0.01)
    assert sent == [0, 1, 2, 3], "in their order"
    for _ in range(3):
        come_back(admission, tally, 1.0)
    await asyncio.gather(*asking, return_exceptions=True)
    assert sent == [0, 1, 2, 3]
    assert "past max_cost, $3.5" in str(gate.why)
    with pytest.raises(Stopped):
        await admission.admit("a")


@pytest.mark.parametrize("at_once", [1, 7, 512])
async def test_a_run_ends_within_a_call_of_its_limit_however_many_go_at_once(at_once: int) -> None:
    admission, _, tally = opened(20.0)

    async def caller() -> None:
        while True:
            await admission.admit("a")
            admission.sent("a")
            await asyncio.sleep(0)
            come_back(admission, tally, 0.25)

    ended = await asyncio.gather(*(caller() for _ in range(at_once)), return_exceptions=True)
    assert all(isinstance(end, Stopped) for end in ended)
    assert tally.in_play > KNOWN_FROM
    assert 20.0 - 0.25 < tally.usd <= 20.0


async def test_whoever_waits_is_sent_away_when_the_gate_closes() -> None:
    admission, gate, _ = opened(1.0)
    await admission.admit("a")
    admission.sent("a")
    waiting = [asyncio.create_task(admission.admit("a")) for _ in range(3)]
    await asyncio.sleep(0)
    gate.close(Stopped("interrupted"))
    for end in await asyncio.gather(*waiting, return_exceptions=True):
        assert str(end) == "interrupted"


async def test_whoever_is_cancelled_leaves_the_line() -> None:
    admission, _, tally = opened(1.5)
    await admission.admit("a")
    admission.sent("a")
    first, second = (asyncio.create_task(admission.admit("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    come_back(admission, tally, 0.1)
    await second
    assert first.cancelled()


async def test_models_are_greeted_whatever_a_call_is_reckoned_at() -> None:
    admission, gate, _ = opened(0.5)
    admission.greeting = True
    await admission.admit("a")
    admission.greeting = False
    with pytest.raises(Stopped):
        await admission.admit("a")
    assert gate.why is not None
