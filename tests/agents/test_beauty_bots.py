"""The bots for beauty contests: each plays by its published rule, and refuses other games."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from harness import Agent, Bot, Decision, Integer, Real, Seat, UsageError
from harness.agents import beauty_bots
from harness.agents.beauty_base import BeautyBot
from harness.agents.beauty_bots import (
    BestResponseLast,
    CognitiveHierarchy,
    Equilibrium,
    LastBids,
    LevelK,
    MonoTrend,
    ZeroLevel,
)
from harness.agents.generic import Replay
from harness.games.beauty import Beauty
from harness.games.beauty_08 import beauty_08
from harness.games.catalogue import prisoners_dilemma
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play

BOTS: list[type[BeautyBot]] = [
    bot
    for bot in vars(beauty_bots).values()
    if isinstance(bot, type) and issubclass(bot, BeautyBot) and bot.name
]


def match(game: Beauty, *agents: Agent, seed: int = 0) -> MatchRecord:
    seats = tuple(Entry(f"{agent.name}{i}", agent) for i, agent in enumerate(agents))
    record = play(Match(Entry("g", game), seats, seed))
    assert record.status is Status.OK, record.reason
    return record


def numbers(record: MatchRecord, player: int) -> list[Any]:
    return [r.actions[player] for r in record.rounds]


def begun(bot: Bot, game: Beauty, seed: int = 0) -> Any:
    seat = Seat(0, game.n_players, game.name, game.facts(0), lambda: seed)
    return bot.player(seat)


def first(bot: Bot, game: Beauty) -> Any:
    """What the bot chooses in the first round."""
    space = Integer(int(game.low), int(game.high)) if game.integers else Real(game.low, game.high)
    return begun(bot, game).act(Decision(0, space, {"round": 0, "own": []}))


def test_every_bot_is_tested_here() -> None:
    assert {bot.name for bot in BOTS} == {
        *("level_k", "cognitive_hierarchy", "best_response_last", "last_bids", "mono_trend"),
        *("zero_level", "equilibrium"),
    }


@pytest.mark.parametrize(("k", "number"), [(0, 50), (1, 33.33), (2, 22.22), (3, 14.81), (5, 6.58)])
def test_levels_choose_nagels_numbers(k: int, number: float) -> None:
    # Nagel (1995), p = 2/3.
    assert first(LevelK(k), Beauty(integers=False)) == pytest.approx(number, abs=0.005)
    assert first(LevelK(k), Beauty()) == round(number)


@pytest.mark.parametrize(("p", "number"), [("1/2", 12.5), ("4/3", 88.89), (3, 100)])
def test_level_2_follows_p_and_stays_within_the_range(p: float | str, number: float) -> None:
    assert first(LevelK(2), Beauty(p=p, integers=False)) == pytest.approx(number, abs=0.005)


def test_levels_start_from_50_in_zhang_et_als_game() -> None:
    assert [first(LevelK(k), beauty_08()) for k in range(4)] == [50, 40, 32, 26]


def test_a_level_that_counts_its_own_number_meets_the_target() -> None:
    game = Beauty(players=4, integers=False)
    number = first(LevelK(1, counts_itself=True), game)
    assert number == pytest.approx(2 / 3 * 3 * 50 / (4 - 2 / 3))  # 30
    others = dict.fromkeys((1, 2, 3), 50.0)
    assert float(game.judge({0: number, **others}).target) == pytest.approx(number)


def test_a_random_level_0_is_uniform_and_expected_at_its_mean() -> None:
    game = Beauty(rounds=2000)
    zero = LevelK(0, level_0="random")
    drawn = numbers(match(game, zero, *[Equilibrium()] * 3), 0)
    assert (min(drawn), max(drawn)) == (0, 100)
    assert sum(drawn) / len(drawn) == pytest.approx(50, abs=2.5)
    assert first(LevelK(1, level_0="random"), Beauty()) == 33
    # The maximum of three uniform numbers is expected at 75.
    assert first(LevelK(1, level_0="random"), Beauty(target="max", p="1/2", integers=False)) == 37.5


def test_later_rounds_are_reasoned_from_the_last_mean_or_from_the_start() -> None:
    game = Beauty(players=2, rounds=2, integers=False)
    fixed = Replay([10.0, 10.0])
    # The mean is (22.22 + 10) / 2 = 16.11; 4/9 of it is 7.16.
    assert numbers(match(game, LevelK(2), fixed), 0)[1] == pytest.approx(7.1605, abs=1e-4)
    assert numbers(match(game, LevelK(2, anchor="start"), fixed), 0)[1] == pytest.approx(200 / 9)
    hidden = Beauty(players=2, rounds=2, integers=False, feedback="own")
    assert numbers(match(hidden, LevelK(2), fixed), 0)[1] == pytest.approx(200 / 9)


# The mean choice of a population of all levels, p = 2/3: sums of Poisson(tau) shares.
@pytest.mark.parametrize(
    ("tau", "mean"), [(0.5, 43.10), (1, 37.84), (1.5, 33.50), (2, 29.81), (3, 23.81)]
)
def test_a_population_of_a_cognitive_hierarchy_chooses_its_mean(tau: float, mean: float) -> None:
    player = begun(CognitiveHierarchy(tau, level=60), Beauty(integers=False))
    weights = [math.exp(-tau) * tau**k / math.factorial(k) for k in range(61)]
    found = sum(w * x for w, x in zip(weights, player.choices(50), strict=True))
    assert found == pytest.approx(mean, abs=0.006)


def test_a_cognitive_hierarchy_replies_to_the_truncated_mixture() -> None:
    game = Beauty(integers=False)
    # tau = 1.5: level 1 expects 50; level 2 expects (50 + 1.5 x 100/3) / 2.5 = 40.
    assert first(CognitiveHierarchy(level=0), game) == 50
    assert first(CognitiveHierarchy(level=1), game) == pytest.approx(100 / 3)
    assert first(CognitiveHierarchy(level=2), game) == pytest.approx(80 / 3)
    # Level 3: weights 1, 1.5, 1.125 on 50, 33.33, 26.67.
    assert first(CognitiveHierarchy(), game) == pytest.approx(2 / 3 * 130 / 3.625)


def test_a_cognitive_hierarchy_that_counts_itself_is_exact_for_n_players() -> None:
    game = Beauty(players=3, integers=False)
    # p (n - 1) / (n - p) = 4/7: level 1 chooses 200/7, level 2 4/7 of the mixture's mean.
    bot = CognitiveHierarchy(level=2, counts_itself=True)
    assert first(bot, game) == pytest.approx(4 / 7 * (50 + 1.5 * 200 / 7) / 2.5)


def test_the_best_response_counts_its_own_number_in_the_mean() -> None:
    game = Beauty(players=3, rounds=2, integers=False)
    others = Replay([30.0, 30.0]), Replay([60.0, 60.0])
    record = match(game, BestResponseLast(), *others)
    # At first the others are expected at 50; then at 45: 4/7 of it.
    assert numbers(record, 0) == pytest.approx([200 / 7, 180 / 7])
    assert record.info["targets"][1] == pytest.approx(180 / 7)
    narrow = Beauty(players=3, rounds=2, integers=False, feedback="target")
    assert numbers(match(narrow, BestResponseLast(), *others), 0) == pytest.approx(
        [200 / 7, 180 / 7]
    )


def test_a_simple_best_response_chooses_p_times_the_last_mean() -> None:
    game = Beauty(players=3, rounds=2, integers=False)
    bot = BestResponseLast(counts_itself=False)
    record = match(game, bot, Replay([30.0, 0.0]), Replay([60.0, 0.0]))
    assert numbers(record, 0) == pytest.approx([100 / 3, 2 / 3 * (100 / 3 + 90) / 3])


def test_the_best_response_forgets_who_is_out() -> None:
    # 0.8 x 60 / 3 = 16: the players of 4 and 36 each lose a point, 36 has but one.
    player = begun(BestResponseLast(), beauty_08(players=3))
    seen = {
        "own": [20],
        "targets": [16.0],
        "choices": [[20, 4, 36]],
        "healths": [2, 1, 0],
    }
    # One other is left, at 4: 0.8 x 4 / (2 - 0.8).
    assert player.act(Decision(0, Integer(1, 100), seen)) == 3


@pytest.mark.parametrize(
    ("target", "expected"), [("median", 2 / 3 * 50), ("max", 2 / 3 * 90), ("mean", 4 / 7 * 50)]
)
def test_the_best_response_follows_the_contests_aggregate(target: Any, expected: float) -> None:
    game = Beauty(players=3, target=target, rounds=2, integers=False)
    record = match(game, BestResponseLast(), Replay([10.0, 0.0]), Replay([90.0, 0.0]))
    assert numbers(record, 0)[1] == pytest.approx(expected)


def test_fixed_zero_level_chooses_40_for_ever() -> None:
    record = match(beauty_08(), *[ZeroLevel()] * 4, LevelK(1))
    assert numbers(record, 0) == [40] * 10


def test_fixed_mono_trend_falls_by_5_to_the_lowest_number() -> None:
    record = match(beauty_08(), *[MonoTrend()] * 4, LevelK(1))
    assert numbers(record, 3) == [40, 35, 30, 25, 20, 15, 10, 5, 1, 1]


def test_fixed_last_bids_cuts_the_last_target() -> None:
    ninety = Replay([90, 1, 100])
    record = match(beauty_08(rounds=3), *[LastBids()] * 4, ninety)
    # 0.8 x 250 / 5 = 40; 0.8 x 161 / 5 = 25.76; then 25.
    assert record.info["targets"][:2] == [40, 25.76]
    assert numbers(record, 2) == [40, 40, 25]


def test_fixed_opponents_alone_lose_as_all_are_the_same() -> None:
    record = match(beauty_08(), *[LastBids()] * 5)
    assert numbers(record, 0) == [40, 32, 25, 20, 16, 12, 9, 7, 5, 4]
    assert record.payoffs == (-10,) * 5


def test_variable_mono_trend_draws_its_step_once_for_the_match() -> None:
    game = beauty_08(players=2, health=99)
    for least, steps in ((1, {1, 2, 3, 4, 5}), (0, {0, 1, 2, 3, 4, 5})):
        found = set()
        for seed in range(60):
            bot = begun(MonoTrend(least_step=least), game, seed)
            line = [bot.act(Decision(0, Integer(1, 100), {"round": t})) for t in range(8)]
            paces = {a - b for a, b in itertools.pairwise(line)}
            assert line[0] == 40
            assert len(paces) == 1
            found |= paces
        assert found == steps


def test_four_variable_opponents_draw_apart() -> None:
    record = match(beauty_08(), *[MonoTrend(least_step=1)] * 4, LevelK(1))
    assert len({tuple(numbers(record, i)) for i in range(4)}) > 1


def test_variable_numbers_are_normal_and_cut_to_whole_ones() -> None:
    game = Beauty(players=2, rounds=4000)
    drawn = numbers(match(game, ZeroLevel(sd=5), Equilibrium()), 0)
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(39.5, abs=0.3)  # cutting takes a half on average
    assert math.sqrt(sum((x - mean) ** 2 for x in drawn) / len(drawn)) == pytest.approx(5, abs=0.2)
    assert all(isinstance(x, int) for x in drawn)


def test_variable_last_bids_scatters_around_the_last_target() -> None:
    player = begun(LastBids(sd=5), Beauty(rounds=5))
    seen = {"round": 3, "targets": [70.0, 20.0]}
    drawn = [player.act(Decision(0, Integer(0, 100), seen)) for _ in range(2000)]
    assert sum(drawn) / len(drawn) == pytest.approx(19.5, abs=0.5)


def test_a_scripted_number_keeps_its_decimals_where_they_may_be_chosen() -> None:
    assert first(ZeroLevel(mean=41.5), Beauty(integers=False)) == 41.5
    assert first(ZeroLevel(mean=41.5), Beauty()) == 41


@pytest.mark.parametrize(
    ("parameters", "number"),
    [({}, 0), ({"p": 1.2}, 100), ({"p": 1}, 50), ({"low": 3}, 3), ({"target": "max", "p": 0.5}, 0)],
)
def test_the_equilibrium_is_the_end_that_p_leads_to(
    parameters: dict[str, Any], number: int
) -> None:
    game = Beauty(**parameters)
    assert first(Equilibrium(), game) == number
    assert game.equilibrium in (number, None)


def test_the_equilibrium_is_refused_where_there_is_none() -> None:
    with pytest.raises(UsageError, match="no common number is one"):
        begun(Equilibrium(), Beauty(target="max"))


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: str(bot.name))
def test_bots_refuse_games_that_are_no_beauty_contest(bot: type[BeautyBot]) -> None:
    game = prisoners_dilemma()
    with pytest.raises(UsageError, match="no beauty contest"):
        bot().player(Seat(0, 2, game.name, game.facts(0), lambda: 0))


@pytest.mark.parametrize("bot", [LastBids(), BestResponseLast()], ids=lambda bot: str(bot.name))
def test_bots_that_need_targets_refuse_games_that_hide_them(bot: Bot) -> None:
    with pytest.raises(UsageError, match="needs to see the targets"):
        begun(bot, Beauty(rounds=2, feedback="own"))
    begun(bot, Beauty(rounds=1, feedback="none"))


@pytest.mark.parametrize("feedback", ["full", "target", "own", "none"])
@pytest.mark.parametrize("integers", [True, False])
def test_every_bot_plays_legally_at_every_table(feedback: Any, integers: bool) -> None:
    rng = Random(f"{feedback}{integers}")
    for target, p in (("mean", "2/3"), ("median", 1.3), ("max", 0.5), ("mean", 5)):
        game = Beauty(
            players=3,
            p=p,
            target=target,  # type: ignore[arg-type]
            low=5,
            high=30,
            integers=integers,
            rounds=6,
            health=rng.choice([None, 2]),
            feedback=feedback,
        )
        for bot in BOTS:
            if bot.needs_targets and feedback in ("own", "none"):
                continue
            # `match` holds that no answer was illegal.
            assert match(game, bot(), LevelK(0, level_0="random"), MonoTrend(least_step=0)).rounds


@pytest.mark.parametrize(
    ("bot", "parameters"),
    [
        (LevelK, {"k": -1}),
        (LevelK, {"k": 1.5}),
        (LevelK, {"level_0": "low"}),
        (LevelK, {"anchor": "first"}),
        (LevelK, {"counts_itself": 1}),
        (CognitiveHierarchy, {"tau": 0}),
        (CognitiveHierarchy, {"level": -1}),
        (BestResponseLast, {"counts_itself": "no"}),
        (LastBids, {"start": -1}),
        (LastBids, {"sd": float("nan")}),
        (MonoTrend, {"step": -5}),
        (MonoTrend, {"least_step": 6}),
        (MonoTrend, {"least_step": 1, "step": 2.5}),
        (ZeroLevel, {"mean": "forty"}),
        (ZeroLevel, {"sd": -1}),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(
    bot: type[BeautyBot], parameters: dict[str, Any]
) -> None:
    name = list(parameters)[-1]
    with pytest.raises(UsageError, match=f"{bot.name}: {name} is .*; it must be"):
        bot(**parameters)


def test_a_match_of_bots_is_the_same_however_often_it_is_played() -> None:
    agents: Sequence[Agent] = [
        *(LastBids(sd=5), MonoTrend(least_step=1), ZeroLevel(sd=5), LevelK(2)),
        CognitiveHierarchy(),
    ]
    one, two = (match(beauty_08(), *agents, seed=s) for s in (0, 0))
    assert one.rounds == two.rounds
    assert one.rounds != match(beauty_08(), *agents, seed=1).rounds
