"""The words of beauty contests, and what each player gets to see of the others."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from harness import Decision, Round, UsageError
from harness.games.beauty import Beauty
from harness.games.beauty_08 import beauty_08


class Table:
    """A match followed from within: what each player sees and hears at each decision."""

    def __init__(self, game: Beauty, rounds: Sequence[Sequence[float]]) -> None:
        self.seen: dict[int, list[Any]] = {i: [] for i in range(game.players)}
        self.heard: dict[int, list[str]] = {i: [] for i in range(game.players)}
        self.rules: dict[int, str] = {}
        script, moves = game.play(Random(0)), iter(rounds)
        item: Any = next(script)
        try:
            while True:
                reply = None
                if not isinstance(item, Round):
                    for decision in item:
                        self._listen(game, decision)
                    row = next(moves)
                    reply = tuple(row[decision.player] for decision in item)
                item = script.send(reply)
        except StopIteration:
            pass

    def _listen(self, game: Beauty, decision: Decision) -> None:
        me = decision.player
        self.rules.setdefault(me, game.rules(decision))
        self.seen[me].append(copy.deepcopy(decision.observation))
        self.heard[me].append(str(game.describe(decision)))


def test_simultaneous_choices_stay_secret_until_they_are_made() -> None:
    one = Table(Beauty(rounds=2), [[1, 2, 3, 4], [5, 6, 7, 8]])
    two = Table(Beauty(rounds=2), [[1, 2, 3, 4], [90, 6, 7, 80]])
    assert (one.seen, one.heard, one.rules) == (two.seen, two.heard, two.rules)


@pytest.mark.parametrize("health", [None, 5])
def test_feedback_shows_no_more_than_it_says(health: int | None) -> None:
    def told(feedback: Any, *rounds: Sequence[float]) -> tuple[Any, str]:
        table = Table(Beauty(rounds=2, health=health, feedback=feedback), [*rounds, rounds[0]])
        return table.seen[3][1], table.heard[3][1]

    base, same_target, other = (10, 20, 30, 60), (20, 10, 33, 57), (10, 20, 30, 80)
    assert told("none", base) == told("none", (1, 2, 3, 60)) == told("none", (99, 2, 3, 60))
    assert told("own", base) == told("own", (0, 25, 30, 60))
    assert told("target", base)[1].count("20") == 1  # the target, 2/3 of 30
    assert told("target", base) == told("target", (20, 11, 29, 60))
    assert told("target", base) != told("target", (10, 20, 31, 60))
    assert told("full", base) != told("full", (20, 11, 29, 60))
    assert told("full", same_target) != told("full", other)


def test_a_player_cannot_reach_what_another_player_sees() -> None:
    game = Beauty(rounds=2)
    script = game.play(Random(0))
    first = next(script)
    script.send((10, 20, 30, 40))
    second: Any = next(script)
    views = [decision.observation for decision in second]
    assert first is second
    for name in views[0]:
        if name != "round":
            assert views[0][name] is not views[1][name]
    views[0]["choices"][0][1] = 99
    views[0]["winners"][0].append(3)
    assert views[1]["choices"] == [[10, 20, 30, 40]]
    assert views[1]["winners"] == [[1]]


def test_facts_hide_a_hidden_horizon_and_cannot_be_changed() -> None:
    facts = Beauty(rounds=7, horizon="hidden").facts(0)
    assert facts["rounds"] is None
    assert Beauty(rounds=7).facts(0)["rounds"] == 7
    with pytest.raises(TypeError):
        facts["p"] = 1  # type: ignore[index]


def test_words_tell_the_number_of_rounds_only_where_it_is_announced() -> None:
    table = Table(Beauty(rounds=77, horizon="hidden"), [[1, 2, 3, 4]] * 77)
    assert "77" not in table.rules[0] + " ".join(table.heard[0][:76])
    assert "77" in Table(Beauty(rounds=77), [[1, 2, 3, 4]] * 77).rules[0]


@pytest.mark.parametrize(
    ("game", "legal"),
    [
        (Beauty(rounds=3), "a whole number from 0 to 100"),
        (Beauty(rounds=3, low=2, high=9, integers=False), "a number from 2 to 9"),
        (beauty_08(players=4), "a whole number from 1 to 100"),
    ],
)
def test_every_question_states_the_legal_numbers(game: Beauty, legal: str) -> None:
    table = Table(game, [[2, 3, 4, 5]] * game.rounds)
    for heard in table.heard.values():
        assert heard
        assert all(text.endswith(f"Which number do you choose: {legal}?") for text in heard)


def test_rules_state_every_parameter_that_matters() -> None:
    game = Beauty(
        players=7,
        p=0.7,
        low=3,
        high=60,
        decimals=1,
        ties="lower",
        all_equal_wins=False,
        rounds=9,
        prize=12,
        currency="dollars",
        opponents="experts",
        goal="Earn what you can.",
    )
    text = Table(game, [[3, 4, 5, 6, 7, 8, 9]] * 9).rules[2]
    for part in (
        *("6 other players", "9 rounds", "you are player 3", "from 3 to 60", "0.7 times the mean"),
        *("1 decimal", "12 dollars", "the lower one", "share the prize", "nobody receives"),
        *("researchers in game theory", "Earn what you can."),
    ):
        assert part in text


def test_opponents_are_named_or_told_in_ones_own_words() -> None:
    assert Beauty(opponents="people").opponents == "The other players are people."
    assert Beauty(players=2, opponents="people").opponents == "The other player is a person."
    assert Beauty(opponents="They are tired.").opponents == "They are tired."
    with pytest.raises(UsageError, match="did you mean people"):
        Beauty(opponents="peopel")


def test_a_sole_winner_is_told_in_the_singular_and_a_rule_that_cannot_apply_is_left_out() -> None:
    text = Table(beauty_08(players=2, rounds=1), [[4, 5]]).rules[0]
    assert "loses 1 health point." in text
    assert "both players chose that number" not in text
    assert "If both players choose the same number, however, nobody wins" in text


def test_full_news_tell_the_whole_round_and_who_is_out() -> None:
    table = Table(beauty_08(players=3, health=1, rounds=3), [[20, 20, 60], [30, 20, 0]])
    assert table.heard[1][1].startswith(
        "In round 1, player 1 chose 20, you chose 20 and player 3 chose 60. The mean of these"
        " numbers was 33.33333333; the target was 26.67. Player 1 and you won. Now player 1 has"
        " 1 health point, you have 1 health point and player 3 has 0 health points and is out of"
        " the game."
    )
    assert len(table.heard[2]) == 1


def test_words_hint_at_nothing_that_theory_says() -> None:
    for game in (Beauty(rounds=2), beauty_08(players=4, rounds=2)):
        table = Table(game, [[0, 10, 20, 30], [5, 5, 5, 6]])
        heard = itertools.chain.from_iterable(table.heard.values())
        said = " ".join([*table.rules.values(), *heard]).lower()
        for hint in ("equilibrium", "reason", "rational", "strateg", "guess", "should", "beauty"):
            assert hint not in said
