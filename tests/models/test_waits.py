from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import Future, RetryCallState, Retrying

from harness.errors import RateLimited, Transient
from harness.models.waits import LONGEST_S, backoff, retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SOON = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
PAST = format_datetime(NOW - timedelta(seconds=90), usegmt=True)
RFC3339 = (NOW + timedelta(seconds=45)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"Retry-After": "0.25"}, 0.25),
        ({"RETRY-AFTER": " 3 "}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": SOON}, 90.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "1"}, 1.5),
        ({"retry-after-ms": "500", "retry-after": "1"}, 1.0),
        ({"x-ratelimit-reset-requests": "1s"}, 1.0),
        ({"x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset-requests": "20"}, 20.0),
        ({"anthropic-ratelimit-requests-reset": RFC3339}, 45.0),
        ({"anthropic-ratelimit-input-tokens-reset": "2026-03-01T13:00:45+01:00"}, 45.0),
        ({"anthropic-priority-output-tokens-reset": "2026-03-01T12:00:09"}, 9.0),
    ],
)
def test_what_a_provider_says_is_read(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "nan", "inf", "-inf", "-5", "+5", "1e3", "0x10", "1_000", "１２", "٣"),
        *("1.7976931348623157e309", "9" * 400, "1709294400", PAST, "1,5", "5 s", "s", "--"),
        *("Wed, 99 Foo 2026 99:99:99 GMT", "Sun, 01 Mar 99999 12:00:00 GMT", "\x00", "1;2"),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "retry-after",
        "retry-after-ms",
        "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-tokens-reset",
    ],
)
def test_garbage_past_and_absurd_waits_are_passed_over(name: str, text: str) -> None:
    assert retry_after({name: text}, NOW) is None


def test_garbage_does_not_hide_what_can_be_read() -> None:
    assert retry_after({"retry-after": "-1", "x-ratelimit-reset-requests": "2s"}, NOW) == 2.0


@pytest.mark.parametrize(
    ("remaining", "counts"),
    [("0", True), (None, True), ("?", True), ("1", False), ("29000", False)],
)
def test_a_reset_counts_only_where_nothing_remains(remaining: str | None, counts: bool) -> None:
    openai = {"x-ratelimit-reset-tokens": "50s", "retry-after": "1"}
    anthropic = {"anthropic-ratelimit-tokens-reset": RFC3339, "retry-after": "1"}
    if remaining is not None:
        openai["X-RateLimit-Remaining-Tokens"] = remaining
        anthropic["Anthropic-RateLimit-Tokens-Remaining"] = remaining
    assert retry_after(openai, NOW) == (50.0 if counts else 1.0)
    assert retry_after(anthropic, NOW) == (45.0 if counts else 1.0)


def test_the_limit_that_is_used_up_tells_the_wait_and_not_another() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "3s",
        "x-ratelimit-remaining-tokens": "100",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    assert retry_after(headers, NOW) == 3.0


def test_nothing_told_is_nothing_known() -> None:
    assert retry_after({"content-type": "application/json", "date": SOON}, NOW) is None
    assert retry_after({}) is None


def test_dates_are_read_against_the_present_in_any_zone() -> None:
    later = datetime.now(timezone(timedelta(hours=5))) + timedelta(seconds=30)
    waited = retry_after({"retry-after": format_datetime(later)})
    assert waited is not None
    assert 25 < waited <= 30


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset-requests"])
        | st.just("anthropic-ratelimit-requests-reset"),
        st.text(max_size=40) | st.floats().map(str) | st.integers().map(str),
    )
)
def test_whatever_headers_say_the_wait_is_none_or_sane(headers: dict[str, str]) -> None:
    waited = retry_after(headers, NOW)
    assert waited is None or 0 <= waited <= LONGEST_S


def state(attempt: int, error: BaseException | None) -> RetryCallState:
    made = RetryCallState(Retrying(), None, (), {})
    made.attempt_number = attempt
    if error is not None:
        made.outcome = Future(attempt)
        made.outcome.set_exception(error)
    return made


Wait = Callable[[RetryCallState], float]


def drawn(wait: Wait, attempt: int, error: BaseException) -> list[float]:
    return [wait(state(attempt, error)) for _ in range(2000)]


def test_waits_are_spread_from_zero_to_a_bound_that_doubles() -> None:
    wait = backoff(Random(1))
    for attempt, bound in [(1, 0.5), (2, 1.0), (3, 2.0), (6, 16.0), (7, 30.0), (5000, 30.0)]:
        waits = drawn(wait, attempt, Transient("oh"))
        assert 0 <= min(waits) < 0.01 * bound
        assert 0.99 * bound < max(waits) <= bound
        assert sum(waits) / len(waits) == pytest.approx(bound / 2, rel=0.05)


@pytest.mark.parametrize("kind", [RateLimited, Transient])
def test_waits_are_never_shorter_than_the_provider_says(
    kind: type[RateLimited | Transient],
) -> None:
    waits = drawn(backoff(Random(2)), 1, kind("slow", retry_after_s=12.0))
    assert 12.0 <= min(waits) < max(waits) <= 12.5


def test_an_error_that_says_nothing_waits_as_usual() -> None:
    assert max(drawn(backoff(Random(3)), 1, RateLimited("slow"))) <= 0.5
    assert backoff(Random(3))(state(1, None)) <= 0.5


def test_the_same_stream_of_chance_draws_the_same_waits() -> None:
    first, second = (drawn(backoff(Random(4)), 3, Transient("oh")) for _ in range(2))
    assert first == second
