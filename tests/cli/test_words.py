"""Numbers as people say them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.words import count, duration, money

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (0.04, "0 s"),
        (0.94, "0.9 s"),
        (0.96, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3 * 60 + 20, "3 min"),
        (HOUR - 31, "59 min"),
        (HOUR - 1, "1 h"),
        (2 * HOUR + 600, "2 h 10 min"),
        (DAY - 31, "23 h 59 min"),
        (DAY - 1, "1 d"),
        (3 * DAY - 1800, "3 d"),
        (3 * DAY + 2 * HOUR, "3 d 2 h"),
        (math.inf, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_a_time_is_said_in_its_greatest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (0, "$0"),
        (0.00009, "under $0.0001"),
        (0.0031, "$0.0031"),
        (0.0256, "$0.026"),
        (0.312, "$0.31"),
        (0.999, "$1.00"),
        (12.4, "$12.40"),
        (999.99, "$999.99"),
        (999.996, "$1,000"),
        (2310.44, "$2,310"),
        (math.nan, "unknown"),
    ],
)
def test_money_has_the_digits_that_matter(usd: float, said: str) -> None:
    assert money(usd) == said


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0"),
        (999, "999"),
        (9_999, "9,999"),
        (9_999.6, "10.0 k"),
        (12_345, "12.3 k"),
        (99_949, "99.9 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (1_234_567, "1.23 M"),
        (5_600_000_000, "5.60 B"),
        (10**16, "10,000 T"),
    ],
)
def test_many_are_said_with_three_digits(n: float, said: str) -> None:
    assert count(n) == said


@given(st.floats(min_value=10_000, max_value=9e14))
def test_what_is_said_is_within_half_a_percent(n: float) -> None:
    digits, size = count(n).split(" ")
    said = float(digits.replace(",", "")) * 1000 ** (" kMBT".index(size))
    assert said == pytest.approx(n, rel=0.0051)
