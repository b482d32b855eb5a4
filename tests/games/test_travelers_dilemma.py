"""The traveler's dilemma."""

from __future__ import annotations

import math
import re

import pytest

from harness import UsageError
from harness.cli.catalogue import sample
from harness.games.travelers_dilemma import travelers_dilemma
from harness.match import Entry


def paid(own: int, other: int, penalty: float) -> float:
    """Basu (1994): the lower claim to both, a reward to whoever made it, a penalty to the other."""
    if own == other:
        return own
    return own + penalty if own < other else other - penalty


def test_basu_game_has_99_claims_from_2_to_100() -> None:
    assert travelers_dilemma().actions(0) == tuple(str(n) for n in range(2, 101))


@pytest.mark.parametrize(
    ("low", "high", "penalty", "step"),
    [(2, 100, 2, 1), (80, 200, 5, 1), (80, 200, 80, 10), (0, 4, 1.5, 2)],
)
def test_payoffs_are_those_of_the_paper_for_every_pair_of_claims(
    low: int, high: int, penalty: float, step: int
) -> None:
    game = travelers_dilemma(low=low, high=high, penalty=penalty, step=step)
    claims = range(low, high + 1, step)
    assert game.row == tuple(tuple(paid(a, b, penalty) for b in claims) for a in claims)
    assert game.column == tuple(tuple(paid(b, a, penalty) for b in claims) for a in claims)


@pytest.mark.parametrize("penalty", [2, 5, 80])
def test_the_lowest_claim_is_the_only_pure_equilibrium(penalty: int) -> None:
    row = travelers_dilemma(low=80, high=200, penalty=penalty).row
    n = len(row)
    best = [max(row[i][j] for i in range(n)) for j in range(n)]
    stable = [
        (i, j) for i in range(n) for j in range(n) if row[i][j] == best[j] and row[j][i] == best[i]
    ]
    assert stable == [(0, 0)]


def test_claiming_one_less_than_the_other_is_the_best_reply() -> None:
    row = travelers_dilemma().row
    replies = [max(range(99), key=lambda i: row[i][j]) for j in range(1, 99)]
    assert replies == list(range(98))


def test_a_step_that_misses_the_highest_claim_stops_below_it() -> None:
    assert travelers_dilemma(low=2, high=9, step=3).actions(0) == ("2", "5", "8")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"low": 2.0}, ["low is 2.0", "whole"]),
        ({"low": True}, ["low is True", "whole"]),
        ({"high": "100"}, ["high is '100'", "whole"]),
        ({"step": None}, ["step is None", "whole"]),
        ({"step": 0}, ["steps of 0", "between 2 and 1000"]),
        ({"step": -1}, ["steps of -1", "between 2 and 1000"]),
        ({"low": 100, "high": 100}, ["from 100 to 100", "between 2 and 1000"]),
        ({"low": 5, "high": 2}, ["from 5 to 2", "between 2 and 1000"]),
        ({"high": 1002}, ["from 2 to 1002", "between 2 and 1000"]),
        ({"low": 2, "high": 3, "step": 2}, ["steps of 2", "between 2 and 1000"]),
        ({"penalty": "2"}, ["penalty is '2'", "number"]),
        ({"penalty": True}, ["penalty is True", "number"]),
        ({"penalty": math.nan}, ["nan", "finite number"]),
        ({"penalty": math.inf}, ["inf", "finite number"]),
    ],
)
def test_claims_that_cannot_be_are_refused_with_what_was_given(
    given: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(UsageError) as refusal:
        travelers_dilemma(**given)
    message = str(refusal.value)
    assert all(word in message for word in ["travelers_dilemma", *words]), message


def test_1000_claims_are_the_most_there_can_be() -> None:
    assert len(travelers_dilemma(low=1, high=1000).row) == 1000


def rules(**given: object) -> str:
    game = travelers_dilemma(**given)
    return sample(Entry("travelers_dilemma", game))[0]["text"]


def test_the_rule_stands_in_place_of_a_sentence_for_every_pair() -> None:
    text = rules(penalty=7, currency="cents")
    assert "receives 7 more" in text
    assert "that number of cents" in text
    assert "a whole number from 2 to 100" in text
    assert len(text) < 1000
    assert not re.search(r"[{}]", text)


def test_stakes_are_told_beside_the_rule() -> None:
    assert "All amounts are then multiplied by 3." in rules(stakes=3)
    assert "multiplied" not in rules()


def test_drawing_the_order_of_claims_does_not_spell_out_the_whole_range() -> None:
    assert "a whole number from 2 to 100" in rules(order="match")


def test_with_letters_the_payoffs_are_told_cell_by_cell() -> None:
    text = rules(high=4, labels="letters")
    assert text.count("If you choose") == 9
    assert "lower of the two numbers" not in text
