"""Numbers of any size in tables for people."""

from __future__ import annotations

import pytest

from harness.cli.table import cell
from harness.metrics.interval import Estimate


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2.5, "2.500"),
        (123.456, "123.5"),
        (0.0, "0.000"),
        (-1e-17, "0.000"),
        (-0.0004, "-0.0004"),
        (1.23456e-4, "0.0001235"),
        (1e300, "1e+300"),
    ],
)
def test_a_number_has_digits_that_tell_something(value: float, told: str) -> None:
    assert cell(Estimate(value, None, None, 1)) == told
