"""How long to wait before a call is tried again: as the provider says, or ever longer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["backoff", "retry_after"]

LONGEST_S = 7 * 86_400.0
"""Seconds beyond which a header is not believed: some servers put a date where seconds belong."""

FIRST_S = 0.5
MOST_S = 30.0

UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
NUMBER = r"[0-9]{1,15}(?:\.[0-9]{0,15})?"
DURATION = re.compile(rf"(?:{NUMBER}(?:ms|[smhd]))+")
PART = re.compile(rf"({NUMBER})(ms|[smhd])")
SECONDS = re.compile(NUMBER)
OPENAI_RESET = re.compile(r"(x-ratelimit-)reset-(.+)")
ANTHROPIC_RESET = re.compile(r"(anthropic-(?:ratelimit|priority)-.+)-reset")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait before another call, as a provider's headers say; None where none does.

    Of several headers the longest wait counts. A limit's reset counts where nothing remains of
    that limit, or where what remains is not told. What cannot be read, lies in the past or more
    than a week ahead is passed over.

    Args:
        headers: those of a reply.
        now: the time, with its zone; the present if None.

    >>> retry_after({"Retry-After": "2", "x-ratelimit-reset-requests": "1m0.5s"})
    60.5
    >>> retry_after({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "90"})
    >>> retry_after({"retry-after": "soon"})
    """
    now = now or datetime.now(UTC)
    told = {name.lower(): text.strip() for name, text in headers.items()}
    waits = [s for s in _waits(told, now) if s is not None and 0 <= s <= LONGEST_S]
    return max(waits, default=None)


def _waits(headers: Mapping[str, str], now: datetime) -> Iterator[float | None]:
    """Seconds that each header says, whatever they are; None for what says nothing."""
    for name, text in headers.items():
        if name == "retry-after-ms":
            milliseconds = _seconds(text)
            yield None if milliseconds is None else milliseconds / 1000
        elif name == "retry-after":
            seconds = _seconds(text)
            yield _until(text, parsedate_to_datetime, now) if seconds is None else seconds
        elif (of := OPENAI_RESET.fullmatch(name)) and _used_up(
            headers, f"{of[1]}remaining-{of[2]}"
        ):
            yield _duration(text)
        elif (of := ANTHROPIC_RESET.fullmatch(name)) and _used_up(headers, f"{of[1]}-remaining"):
            yield _until(text, datetime.fromisoformat, now)


def _used_up(headers: Mapping[str, str], remaining: str) -> bool:
    """Whether nothing remains of a limit, as far as is told."""
    left = _seconds(headers.get(remaining, ""))
    return left is None or left == 0


def _seconds(text: str) -> float | None:
    """A plain number."""
    return float(text) if SECONDS.fullmatch(text) else None


def _duration(text: str) -> float | None:
    """A duration such as `1s`, `6m0s` or `120ms`; a plain number is seconds."""
    if DURATION.fullmatch(text):
        return math.fsum(float(n) * UNITS[unit] for n, unit in PART.findall(text))
    return _seconds(text)


def _until(text: str, read: Callable[[str], datetime], now: datetime) -> float | None:
    """Seconds until a date; one without a zone is in UTC."""
    try:
        date = read(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def backoff(
    rng: Random, first_s: float = FIRST_S, most_s: float = MOST_S
) -> Callable[[RetryCallState], float]:
    """The wait before a further attempt, as tenacity asks for it.

    Drawn uniformly from zero to a bound that doubles with each attempt ("full jitter": Brooker,
    Exponential Backoff and Jitter, AWS Architecture Blog, 2015), after what the provider says,
    if it does: calls that were told the same time come back one by one.

    Args:
        rng: what the waits are drawn from.
        first_s: the bound after the first attempt.
        most_s: the highest bound.
    """

    def wait(state: RetryCallState) -> float:
        doublings = min(state.attempt_number - 1, 64)
        jitter = rng.uniform(0.0, min(most_s, first_s * 2.0**doublings))
        error = state.outcome.exception() if state.outcome is not None else None
        told = getattr(error, "retry_after_s", None) or 0.0
        return told + jitter

    return wait
