from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pytest

from harness import Agent, Bot, Decision, Seat, Text, UsageError
from harness.agents.donor_bots import DonateFraction, FreeRider, Punisher, RandomDonor
from harness.games.donor import Donor
from harness.games.donor_measures import efficiency, gini
from harness.match import MatchRecord
from harness.play import play
from harness.record.lines import encode, match_fields
from harness.record.tables import match_rows
from tests.games.donor_course import STRAIGHT, Course, by_chance, drive, giving
from tests.sketches import table


def society(**settings: Any) -> Course:
    """Four individuals in the halves (0, 1) and (2, 3), of whom 0 gives all and 2 nothing."""
    parameters = {"agents": 4, "generations": 2, "rounds": 2, **settings}
    return drive(Donor(**parameters), giving({0: 1, 1: 0.5, 2: 0, 3: 0.5}), STRAIGHT)


def test_a_society_computed_by_hand() -> None:
    # Game 1: 0 gives 10 to 2, 1 gives 5 to 3; then 3 gives 10 to 0, 2 gives 0 to 1.
    # Game 2: 2 gives 0 to 0, 3 gives 5 to 1; then 0 gives 10 to 3, 1 gives 10 to 2.
    course = society(schedule="alternating")
    assert [r.payoffs for r in course.rounds[:4]] == [
        (-10, -5, 20, 10, None, None),
        (20, 0, 0, -10, None, None),
        (0, 10, 0, -5, None, None),
        (-10, -10, 20, 20, None, None),
    ]
    assert course.rounds[0].info == {
        "generation": 0,
        "game": 0,
        "round": 0,
        "pairs": [[0, 2], [1, 3]],
        "shares": [1, 0.5],
    }
    info = course.result.info
    assert info is not None
    first, second = info["generations"]
    assert first["scores"] == [10, 7.5, 30, 17.5]
    assert first["survivors"] == [2, 3]
    assert first["final_resources"] == 16.25
    assert first["donated_share"] == 0.5
    assert first["survivor_gap"] == pytest.approx((0.25 - 0.75) / 0.5)
    # All differences of (7.5, 10, 17.5, 30), both ways: 2 * (2.5 + 10 + 22.5 + 7.5 + 20 + 12.5)
    assert first["gini"] == pytest.approx(150 / (2 * 4 * 4 * 16.25))
    assert info["full_donation"] == 30
    assert second["players"] == [2, 3, 4, 5]
    assert [child for child, _ in second["parents"]] == [4, 5]
    assert {parent for _, parent in second["parents"]} <= {2, 3}
    assert [list(join) for join in course.joins] == second["parents"]
    assert second["survivors"] is None
    assert course.result.measures is not None
    assert course.result.measures["generation"] == [0, 0, 0, 0, 1, 1]
    assert course.result.measures["final_resources"][:2] == [10, 7.5]
    assert course.result.measures["donated_share"] == [1, 0.5, 0, 0.5, 0, 0]
    assert course.result.measures["punishments"] == [None] * 6
    # In game 2, 0 gives all to 3, who had given half; 1 gives half to 2, who had given nothing.
    assert course.result.measures["share_to_givers"][:2] == [1, None]
    assert course.result.measures["share_to_keepers"][:2] == [None, 0.5]


@pytest.mark.parametrize(
    ("selection", "scores", "survivors"),
    [("both", [10, 7.5, 30, 17.5], [2, 3, 0]), ("second", [0, 10, 30, 25], [2, 3, 1])],
)
def test_selection_is_by_both_games_or_the_second(
    selection: str, scores: list[float], survivors: list[int]
) -> None:
    course = society(schedule="alternating", selection=selection, survivors=0.75)
    assert course.result.info is not None
    first = course.result.info["generations"][0]
    assert (first["scores"], first["survivors"]) == (scores, survivors)


@pytest.mark.parametrize(
    ("inheritance", "read"),
    [
        (
            "scores",
            [{"strategy": "I give 0.", "score": 30}, {"strategy": "I give 0.5.", "score": 17.5}],
        ),
        ("strategies", [{"strategy": "I give 0."}, {"strategy": "I give 0.5."}]),
        ("none", []),
    ],
)
def test_newcomers_read_what_the_survivors_wrote(inheritance: str, read: list[Any]) -> None:
    course = society(schedule="alternating", inheritance=inheritance)
    asked = [d for d in course.decisions if d.kind == "strategy"]
    assert [d.player for d in asked] == [0, 1, 2, 3, 4, 5]
    assert [d.observation["inherited"] for d in asked] == [[]] * 4 + [read] * 2


def test_only_the_living_are_asked_and_paid() -> None:
    course = drive(Donor(generations=4), by_chance(0))
    assert course.result.info is not None
    living = [set(told["players"]) for told in course.result.info["generations"]]
    assert Donor(generations=4).n_players == 12 + 3 * 6
    for decision in course.decisions:
        assert decision.player in living[decision.observation["generation"]]
    for r in course.rounds:
        assert r.info is not None
        there = {player for player, paid in enumerate(r.payoffs) if paid is not None}
        assert there == living[r.info["generation"]]


def test_newcomers_are_played_like_a_survivor_or_keep_the_shares() -> None:
    agents = [DonateFraction(0.5)] * 6 + [FreeRider()] * 6
    fixed = play(table(Donor(newborn_type="fixed"), *agents))
    for told in fixed.info["generations"]:
        names = Counter(entry.what.name for p in told["players"] if (entry := fixed.agents[p]))
        assert names == {"donate_fraction": 6, "free_rider": 6}
    kin = play(table(Donor(), *agents))
    for before, told in itertools.pairwise(kin.info["generations"]):
        for child, parent in told["parents"]:
            assert parent in before["survivors"]
            assert kin.agents[child] is kin.agents[parent]


def test_ties_at_the_boundary_are_broken_by_the_matchs_chance() -> None:
    def survivors(seed: int) -> list[int]:
        info = drive(Donor(generations=2), giving({}), seed).result.info
        assert info is not None
        chosen: list[int] = info["generations"][0]["survivors"]
        return chosen

    assert survivors(1) == survivors(1)
    times = Counter(itertools.chain(*map(survivors, range(100))))
    assert sorted(times) == list(range(12))
    assert min(times.values()) > 30


def test_a_parameter_does_not_shift_the_chance_of_others() -> None:
    def pairs(**settings: Any) -> list[Any]:
        course = drive(Donor(generations=1, **settings), giving({}))
        return [r.info["pairs"] for r in course.rounds if r.info]

    assert pairs() == pairs(punishment=2) == pairs(newborn_type="fixed", reputation="image")


def test_where_everyone_survives_nobody_joins() -> None:
    game = Donor(generations=2, survivors=1)
    course = drive(game, giving({}))
    assert (game.n_players, course.joins) == (12, [])
    assert sum(d.kind == "strategy" for d in course.decisions) == 12


@dataclass
class Script(Bot):
    """Says and does what a record's players did."""

    turns: Any = ()
    name = "script"

    def begin(self, seat: Seat) -> None:
        self.mine = iter([action for player, action in self.turns if player == seat.player])

    def act(self, decision: Decision) -> Any:
        return next(self.mine)


MIXED: list[Agent] = [*[Punisher()] * 4, *[FreeRider()] * 4, *[RandomDonor()] * 4]


def test_replaying_the_log_gives_the_same_play() -> None:
    game = Donor(generations=3, punishment=2, refusal=True)
    record = play(table(game, *MIXED))
    log = json.loads(encode(match_fields(record)))
    turns = {p: iter([a for q, a in log["turns"] if q == p]) for p in range(game.n_players)}
    course = drive(game, lambda d: next(turns[d.player]), record.match.stream("game"))
    assert course.rounds == record.rounds
    assert course.result.measures == record.measures
    assert course.result.info == record.info
    assert [list(t) for t in course.turns] == log["turns"]
    again = [play(table(game, *[Script(record.turns)] * 12, seed=s)) for s in (3, 3)]
    assert match_fields(again[0]) == match_fields(again[1])


def test_measures_can_be_recomputed_from_the_log() -> None:
    game = Donor(generations=3, punishment=2, refusal=True)
    log = json.loads(encode(match_fields(play(table(game, *MIXED)))))
    finals: dict[int, dict[tuple[int, int], float]] = {p: {} for p in range(game.n_players)}
    shares: dict[int, list[float]] = {p: [] for p in range(game.n_players)}
    punished: Counter[int] = Counter()
    for t, info in log["infos"]:
        where = info["generation"], info["game"]
        for player, paid in enumerate(log["round_payoffs"]):
            if paid[t] is not None:
                finals[player][where] = finals[player].get(where, 10) + paid[t]
        for (donor, _), share in zip(info["pairs"], info["shares"], strict=True):
            shares[donor] += [] if share is None else [share]
        punished.update(donor for donor, *_ in info["punished"])
    told = log["measures"]
    assert told["final_resources"] == pytest.approx([fmean(f.values()) for f in finals.values()])
    assert told["donated_share"] == pytest.approx([fmean(s) for s in shares.values()])
    assert told["punishments"] == [punished[p] for p in range(game.n_players)]
    assert sum(told["punishments"]) > 0
    assert log["payoffs"] == told["final_resources"]


def test_every_measure_is_named_for_the_standings() -> None:
    game = Donor(generations=2)
    record: MatchRecord = play(table(game, *MIXED))
    assert record.measures is not None
    assert set(record.measures) == set(game.measures)
    rows = list(match_rows(match_fields(record), {}))
    assert len(rows) == game.n_players
    assert {row["generation"] for row in rows} == {0, 1}


def test_every_generation_is_a_stage_of_the_match() -> None:
    record = play(table(Donor(generations=3, punishment=2, refusal=True), *MIXED))
    names = ("final_resources", "donated_share", "efficiency", "gini")
    told = record.info["generations"]
    assert [dict(stage) for stage in record.stages] == [{n: t[n] for n in names} for t in told]
    assert len(record.stages) == 3
    assert record.stages[0]["final_resources"] is not None


def test_gini_and_efficiency_have_their_known_values() -> None:
    assert gini([1, 2, 3, 4]) == pytest.approx(0.25)
    assert gini([0, 0]) is None
    assert efficiency(10, 10, 30720) == 0
    assert efficiency(30720, 10, 30720) == 1
    assert efficiency(0, 10, 20) is None
    assert efficiency(5, 10, 10) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"agents": 5}, "agents is 5; it must be an even number"),
        ({"agents": 0}, "agents is 0"),
        ({"generations": 0}, "generations is 0; it must be a whole number, 1 or more"),
        ({"rounds": 1.5}, "rounds is 1.5"),
        ({"rounds": 2000}, "rounds is 2000; it must be so few"),
        ({"endowment": 0}, "endowment is 0; it must be a finite number, 0.01 or more"),
        ({"multiplier": float("nan")}, "multiplier is nan"),
        ({"schedule": "random"}, "schedule is 'random'; it must be published or alternating"),
        ({"games_per_generation": 3}, "games_per_generation is 3; it must be 1 or 2"),
        ({"games_per_generation": 1, "selection": "second"}, "selection is 'second'"),
        ({"survivors": 0}, "survivors is 0"),
        ({"survivors": 0.01}, "survivors is 0.01; it must be a share that leaves"),
        ({"inheritance": "all"}, "inheritance is 'all'"),
        ({"trace": -1}, "trace is -1"),
        ({"punishment": True}, "punishment is True; it must be False, or a finite factor"),
        ({"punishment": 0}, "punishment is 0"),
        ({"refusal": 1}, "refusal is 1; it must be True or False"),
        ({"reputation": "fame"}, "reputation is 'fame'; it must be None, image or standing"),
        ({"newborn_type": "clone"}, "newborn_type is 'clone'"),
        ({"endowment": 0.009}, "endowment is 0.009"),
        ({"currency": 3}, "currency is 3; it must be text"),
        ({"currency": ""}, "currency is ''; it must be a name"),
        ({"max_chars": 0}, "max_chars is 0"),
        ({"horizon": "known"}, "horizon is 'known'; it must be hidden or announced"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=f"donor: {message}"):
        Donor(**settings)


def test_strategies_may_be_as_long_as_declared() -> None:
    first = drive(Donor(generations=1, max_chars=77), giving({})).decisions[0]
    assert first.space == Text(77)
