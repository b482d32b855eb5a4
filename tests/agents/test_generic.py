"""The bots for every game."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from harness import (
    Bot,
    Choice,
    Decision,
    Form,
    Game,
    Integer,
    OneOf,
    Play,
    Real,
    Round,
    Space,
    Text,
    UsageError,
    Words,
)
from harness.agents.generic import Cycle, First, RandomBot, Replay, first_action, is_legal
from harness.games.rps import rock_paper_scissors
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play

COIN = Choice(("heads", "tails"))
BID = Form({"bid": Integer(2, 5), "words": Text(20)})
MOVE = OneOf({"offer": BID, "accept": Choice(("yes", "no"))})
SPACES: list[Space] = [COIN, Integer(-3, 3), Real(0.5, 1.5), Text(5), BID, MOVE]


@dataclass(frozen=True)
class Solo(Game):
    """One player, asked for something in each of several spaces."""

    spaces: tuple[Space, ...] = (COIN,)
    told: dict[str, Any] = field(default_factory=dict)
    name = "solo"
    n_players = 1

    @property
    def parameters(self) -> dict[str, Any]:
        return {"spaces": [str(space) for space in self.spaces]}

    def facts(self, player: int) -> dict[str, Any]:
        return self.told

    def play(self, rng: Random) -> Play:
        for space in self.spaces:
            action = yield Decision(0, space, {})
            yield Round((action,), (0,))
        return None

    def rules(self, decision: Decision) -> str:
        return "Answer."

    def describe(self, decision: Decision) -> Words:
        return Words("", "What now?")


def run(bot: Bot, *spaces: Space, seed: int = 0, **told: Any) -> MatchRecord:
    seats = (Entry(bot.name, bot),)
    return play(Match(Entry("solo", Solo(tuple(spaces), told)), seats, seed=seed))


def actions(record: MatchRecord) -> list[Any]:
    assert record.status is Status.OK, record.reason
    return [r.actions[0] for r in record.rounds]


def test_random_is_legal_in_every_space_and_the_same_for_the_same_match() -> None:
    record = run(RandomBot(), *SPACES * 20)
    assert not record.problems
    assert actions(record) == actions(run(RandomBot(), *SPACES * 20))
    assert actions(record) != actions(run(RandomBot(), *SPACES * 20, seed=1))


@pytest.mark.parametrize(("p", "low", "high"), [(0, 0, 0), (1, 1, 1), (0.8, 0.76, 0.84)])
def test_random_plays_the_first_of_two_actions_with_probability_p(
    p: float, low: float, high: float
) -> None:
    played = actions(run(RandomBot(p=p), *[COIN] * 2000))
    assert low <= played.count("heads") / 2000 <= high


def test_random_without_p_is_uniform() -> None:
    played = actions(run(RandomBot(), *[Choice(("a", "b", "c"))] * 3000))
    # Four standard deviations of a count are 4 * sqrt(3000 * 2/9) = 103.
    assert all(abs(played.count(action) - 1000) < 103 for action in "abc")


@pytest.mark.parametrize("p", [-0.1, 1.1, "half", True, float("nan")])
def test_random_refuses_what_is_no_probability(p: Any) -> None:
    with pytest.raises(UsageError, match=r"p is .*must be a number from 0 to 1"):
        RandomBot(p=p)


def test_random_refuses_p_where_there_are_not_two_actions() -> None:
    game = Entry("rps", rock_paper_scissors(rounds=2))
    with pytest.raises(UsageError, match="3 actions; leave p out"):
        play(Match(game, (Entry("random", RandomBot(p=0.5)), Entry("first", First()))))
    for space in (Choice(("a", "b", "c")), Integer(0, 1)):
        record = run(RandomBot(p=0.5), space)
        assert record.status is Status.ERROR
        assert "UsageError: random: p needs a choice between two actions" in record.reason


def test_first_plays_the_first_action_of_every_space() -> None:
    bid = {"bid": 2, "words": ""}
    assert actions(run(First(), *SPACES)) == ["heads", -3, 0.5, "", bid, {"offer": bid}]


def test_first_refuses_a_space_it_does_not_know() -> None:
    class Odd:
        def canonical(self, action: Any) -> Any:
            return action

        def sample(self, rng: Random) -> Any:
            return 1

        def __str__(self) -> str:
            return "something odd"

    with pytest.raises(UsageError, match="something odd"):
        first_action(Odd())


def test_cycle_plays_its_actions_over_and_over_and_afresh_in_each_match() -> None:
    bot = Cycle(["tails", "tails", "heads"])
    for _ in range(2):
        played = actions(run(bot, *[COIN] * 7))
        assert played == ["tails", "tails", "heads", "tails", "tails", "heads", "tails"]


def test_cycle_plays_all_actions_by_default() -> None:
    assert actions(run(Cycle(), *[COIN] * 3)) == ["heads", "tails", "heads"]
    record = run(Cycle(), Integer(0, 9))
    assert "cannot be listed" in record.reason


def test_cycle_takes_actions_of_any_kind() -> None:
    assert actions(run(Cycle([{"accept": "no"}, {"accept": "yes"}]), MOVE, MOVE)) == [
        {"accept": "no"},
        {"accept": "yes"},
    ]


def test_cycle_names_an_illegal_action_and_the_legal_ones() -> None:
    with pytest.raises(UsageError, match="'edge' is not legal in solo; play heads, tails"):
        run(Cycle(["heads", "edge"]), COIN, actions=COIN.actions)
    record = run(Cycle(["heads", "edge"]), COIN, COIN)
    assert record.status is Status.ERROR
    assert "'edge' is not legal in solo; play heads or tails" in record.reason


@pytest.mark.parametrize("given", [[], "heads", 3, {"heads": 1}])
def test_cycle_refuses_what_is_no_list_of_actions(given: Any) -> None:
    with pytest.raises(UsageError, match="cycle: actions"):
        Cycle(given)


def test_replay_repeats_a_match_action_by_action() -> None:
    first = run(RandomBot(), *SPACES * 5)
    again = run(Replay(actions(first)), *SPACES * 5)
    assert again.rounds == first.rounds
    assert again.payoffs == first.payoffs


def test_replay_says_where_its_list_ends() -> None:
    record = run(Replay(["heads"]), COIN, COIN)
    assert record.status is Status.ERROR
    assert "asks for action 2, but the list holds 1" in record.reason


def test_replay_names_the_action_that_is_not_legal() -> None:
    record = run(Replay(["heads", ["tails"], "heads"]), COIN, COIN, COIN)
    assert record.status is Status.ERROR
    assert "['tails'] is not legal in solo; play heads or tails" in record.reason
    assert "action 2 of 3" in record.reason


def test_replay_refuses_what_is_no_list() -> None:
    with pytest.raises(UsageError, match="replay: actions is 'heads'"):
        Replay("heads")


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_nothing_odd_counts_as_legal(space: Space) -> None:
    assert not any(is_legal(odd, space) for odd in (None, [], {}, [1], {"x": [1]}, object()))
