from __future__ import annotations

from collections import Counter

import pytest

from harness.models.budget import Budget
from harness.models.tally import Tally

SPENT = {"a": Tally(calls=10, input=900, output=100, usd=1.0)}


def test_no_budget_refuses_nothing() -> None:
    assert Budget().refusal("a", Counter(a=10**6), SPENT) == ""


@pytest.mark.parametrize(
    ("budget", "fits"),
    [
        (Budget(usd=1.1), True),
        (Budget(usd=1.09), False),
        (Budget(tokens=1100), True),
        (Budget(tokens=1099), False),
        (Budget(usd=100.0, tokens=1099), False),
    ],
)
def test_the_next_call_is_reckoned_at_the_average(budget: Budget, fits: bool) -> None:
    assert (budget.refusal("a", Counter(), SPENT) == "") is fits


def test_calls_on_the_way_are_reckoned_too() -> None:
    budget = Budget(usd=1.5)
    assert budget.refusal("a", Counter(a=4), SPENT) == ""
    assert budget.refusal("a", Counter(a=5), SPENT)


def test_an_agent_that_has_not_called_yet_is_reckoned_at_nothing() -> None:
    assert Budget(usd=1.0).refusal("b", Counter(b=100), SPENT) == ""
    assert Budget(usd=0.99).refusal("b", Counter(), SPENT), "what is spent counts all the same"


def test_what_is_not_known_is_not_taken_for_nothing() -> None:
    unpriced = {"a": Tally(calls=1, input=1, output=1, unpriced=1)}
    assert "is not known" in Budget(usd=1.0).refusal("a", Counter(), unpriced)
    assert Budget(tokens=10).refusal("a", Counter(), unpriced) == ""
    untold = {"a": Tally(calls=1, untold=1)}
    assert "is not told" in Budget(tokens=10).refusal("a", Counter(), untold)
