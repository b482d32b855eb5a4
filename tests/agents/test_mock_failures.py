from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness import UsageError
from harness.agents.mock import Mock
from harness.models import (
    AuthError,
    BadRequest,
    ContextOverflow,
    Message,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Transient,
    UnknownModel,
)
from harness.models.elicit import elicit
from tests.agents.mocked import PD, asked, mock, near, request


def attempts(model: Mock, n: int) -> list[ProviderError]:
    """What went wrong at each of the first attempts at one call."""

    async def try_again() -> list[ProviderError]:
        client, errors = model.connect(), []
        for _ in range(n):
            with pytest.raises(ProviderError) as caught:
                await client.send(model.body(asked(model, seed=1)))
            errors.append(caught.value)
        return errors

    return asyncio.run(try_again())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, AuthError),
        (402, QuotaExceeded),
        (403, AuthError),
        (404, UnknownModel),
        (408, Transient),
        (413, ContextOverflow),
        (422, BadRequest),
        (429, RateLimited),
        (500, Transient),
        (502, Transient),
        (503, Transient),
        (529, Transient),
    ],
)
def test_an_error_is_what_a_provider_with_this_status_means(
    status: int, kind: type[ProviderError]
) -> None:
    for error in attempts(mock(error=1, status=status, retry_after_s=1.5), 3):
        assert type(error) is kind
        assert error.status == status
        if isinstance(error, RateLimited | Transient):
            assert error.retry_after_s == 1.5


def test_errors_are_drawn_for_each_attempt_so_that_further_ones_succeed() -> None:
    model = mock("flaky")

    async def until_answered() -> list[list[str]]:
        client = model.connect()
        courses = []
        for seed in range(500):
            body, course = model.body(asked(model, seed=seed)), []
            while True:
                try:
                    await client.send(body)
                    break
                except (RateLimited, Transient) as error:
                    course.append(str(error))
            courses.append(course)
        return courses

    courses = asyncio.run(until_answered())
    failed = sum(map(len, courses))
    assert near(failed / (failed + 500), 0.3, failed + 500)
    assert len({error for course in courses for error in course}) == 7
    assert asyncio.run(until_answered()) == courses


def test_one_call_failing_says_nothing_about_another() -> None:
    model = mock(error=0.5)

    async def first_attempts() -> int:
        client, failed = model.connect(), 0
        for seed in range(500):
            try:
                await client.send(model.body(asked(model, seed=seed)))
            except ProviderError:
                failed += 1
        return failed

    assert near(asyncio.run(first_attempts()) / 500, 0.5, 500)


async def test_a_staller_never_replies() -> None:
    model = mock("staller")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.connect().send(model.body(asked(model))), 0.05)


async def test_a_call_that_stalled_can_be_answered_at_a_further_attempt() -> None:
    model = mock(stall=0.5)
    client = model.connect()
    stalled = 0
    for seed in range(8):
        body = model.body(asked(model, seed=seed))
        for _ in range(30):
            try:
                await asyncio.wait_for(client.send(body), 0.01)
                break
            except TimeoutError:
                stalled += 1
        else:
            pytest.fail("it was never answered")
    assert stalled


async def test_a_conversation_has_no_end_but_the_one_that_is_set() -> None:
    model = mock(context_tokens=100)
    client = model.connect()
    said = await client.send(model.body(asked(model)))
    assert said.text
    long = request(elicit(model, PD, reasons=False), messages=(Message("user", "x" * 404),))
    with pytest.raises(ContextOverflow, match="101 tokens, and 100"):
        await client.send(model.body(long))


async def test_a_reply_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    for settings, least in (({"latency_s": 0.05}, 0.05), ({"tokens_per_s": 100}, 0.04)):
        model = mock(**settings)
        begun = loop.time()
        await model.connect().send(model.body(asked(model)))
        assert loop.time() - begun >= least * 0.9


def test_models_with_different_manners_share_nothing() -> None:
    different = [mock(), mock(error=0.1), mock(error=0.1, status=500), mock(latency_s=1)]
    assert len({model.connection for model in different}) == len(different)
    assert mock(error=0.1).connection == mock(error=0.1).connection


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"model": "refusr"}, "did you mean refuser"),
        ({"refuse": 1.2}, "refuse is 1.2; it must be a number from 0 to 1"),
        ({"ramble": 0.6, "empty": 0.6}, "make 1.2 together"),
        ({"error": 0.6, "stall": 0.6}, "error, stall make 1.2 together"),
        ({"first": -1}, "first is -1"),
        ({"status": 401}, "give error=1"),
        ({"status": 200, "error": 1}, "status is 200"),
        ({"thinking": "low"}, "a number of tokens"),
        ({"latency_s": -1}, "latency_s is -1"),
        ({"tokens_per_s": 0}, "tokens_per_s is 0"),
        ({"context_tokens": 0}, "context_tokens is 0"),
        ({"marked": 1}, "True or False"),
    ],
)
def test_settings_that_cannot_be_are_refused(parameters: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Mock(**{"model": "random"} | parameters)


def test_what_it_does_not_heed_is_said() -> None:
    assert mock().notices() == []
    assert mock(temperature=0.5).notices() == ["mock/random does not heed temperature"]
