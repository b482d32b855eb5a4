from __future__ import annotations

from collections import Counter

import pytest

from harness.models.budget import KNOWN_FROM, Budget, Foreseen, Taken
from harness.models.entry import Served, Site
from harness.models.request import Finish, Reply, Usage
from harness.models.tally import Tally

NOBODY = Counter[str]()
SPENT = {
    "a": Tally(
        calls=11,
        input=945,
        output=100,
        usd=1.0,
        in_play=10,
        in_play_tokens=1000,
        in_play_usd=1.0,
        most_tokens=300,
        most_usd=0.3,
    )
}
FORESEEN = {"a": Foreseen(Taken(0.2, 200), Taken(0.8, 800))}


def test_no_budget_refuses_nothing() -> None:
    assert not Budget().limits
    assert Budget().refusal("a", Counter(a=10**6), SPENT) == ""


@pytest.mark.parametrize(
    ("budget", "fits"),
    [
        (Budget(usd=1.1), True),
        (Budget(usd=1.09), False),
        (Budget(tokens=1145), True),
        (Budget(tokens=1144), False),
        (Budget(usd=100.0, tokens=1144), False),
    ],
)
def test_a_call_alone_is_reckoned_at_the_average_of_those_in_matches(
    budget: Budget, fits: bool
) -> None:
    assert (budget.refusal("a", NOBODY, SPENT) == "") is fits


@pytest.mark.parametrize("cap", [{"usd": 2.5}, {"tokens": 2545}])
def test_calls_on_the_way_and_the_next_are_reckoned_at_the_most_that_one_took(
    cap: dict[str, float],
) -> None:
    budget = Budget(**cap)  # type: ignore[arg-type]
    assert budget.refusal("a", Counter(a=4), SPENT) == ""
    assert budget.refusal("a", Counter(a=5), SPENT)


def test_calls_on_the_way_are_reckoned_at_the_forecast_at_least() -> None:
    foreseen = {"a": Foreseen(Taken(0.5, 200), Taken(0.8, 800))}
    budget = Budget(usd=2.5, foreseen=foreseen)
    assert budget.refusal("a", Counter(a=2), SPENT) == ""
    assert budget.refusal("a", Counter(a=3), SPENT)


@pytest.mark.parametrize("in_play", [0, KNOWN_FROM - 1])
def test_before_calls_are_known_the_forecast_stands_for_them(in_play: int) -> None:
    known = {"a": Tally(calls=1 + in_play, input=45, usd=0.001, in_play=in_play)}
    budget = Budget(usd=0.25, foreseen=FORESEEN)
    assert budget.refusal("a", NOBODY, known) == "", "one of average cost fits"
    assert Budget(usd=0.19, foreseen=FORESEEN).refusal("a", NOBODY, known)
    assert Budget(usd=1.7, foreseen=FORESEEN).refusal("a", Counter(a=1), known) == ""
    assert Budget(usd=1.6, foreseen=FORESEEN).refusal("a", Counter(a=1), known)
    assert Budget(tokens=1645, foreseen=FORESEEN).refusal("a", Counter(a=1), known) == ""
    assert Budget(tokens=1644, foreseen=FORESEEN).refusal("a", Counter(a=1), known)


def test_calls_of_others_on_the_way_are_reckoned_as_theirs() -> None:
    budget = Budget(usd=2.0, foreseen={"b": Foreseen(Taken(0.01, 1), Taken(0.02, 2))})
    assert budget.refusal("b", Counter(a=3), SPENT) == ""
    assert budget.refusal("b", Counter(a=4), SPENT)


def test_an_agent_of_which_nothing_is_known_is_reckoned_at_nothing() -> None:
    assert Budget(usd=1.0).refusal("b", Counter(b=100), SPENT) == ""
    assert Budget(usd=0.99).refusal("b", NOBODY, SPENT), "what is spent counts all the same"


def test_what_is_not_known_is_not_taken_for_nothing() -> None:
    unpriced = {"a": Tally(calls=1, input=1, output=1, unpriced=1)}
    assert "is not known" in Budget(usd=1.0).refusal("a", NOBODY, unpriced)
    assert Budget(tokens=10).refusal("a", NOBODY, unpriced) == ""
    untold = {"a": Tally(calls=1, untold=1)}
    assert "is not told" in Budget(tokens=10).refusal("a", NOBODY, untold)


def test_a_greeting_is_spent_but_tells_nothing_of_other_calls() -> None:
    tally = Tally()
    for match, n_tokens, usd in ((None, 45, 0.01), ("m1", 500, 0.4), ("m2", 300, 0.2)):
        served = Served(Site(match, None if match is None else 0, "a"), 1)
        served.note(1, 0.1)
        reply = Reply("J", Finish.STOP, usage=Usage(n_tokens - 5, 5))
        tally.add(served, reply, usd)
    assert (tally.calls, tally.in_play) == (3, 2)
    assert (tally.in_play_tokens, tally.most_tokens) == (800, 500)
    assert (tally.in_play_usd, tally.most_usd) == pytest.approx((0.6, 0.4))
    assert (tally.input + tally.output, tally.usd) == pytest.approx((845, 0.61))
