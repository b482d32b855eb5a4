"""Which matches a tournament holds, and what they are called."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from dataclasses import dataclass
from math import comb
from random import Random
from typing import Any

import pytest

from harness import Choice, Decision, Game, Play, Round, UsageError, Words, registry
from harness.match import AnswerPolicy, Entry, Match
from harness.schedule import SCHEDULES, plan, round_robin, self_play, versus

NAMES = ["tit_for_tat", "random", "defector", "grudger", "cooperator"]
PARAMETERS = ["", '"p":null', ""]


@dataclass(frozen=True)
class Trio(Game):
    """Three players choose once."""

    name = "trio"
    n_players = 3
    prize: int = 1

    def play(self, rng: Random) -> Play:
        space = Choice(("a", "b"))
        actions = yield tuple(Decision(player, space, {}) for player in range(3))
        yield Round(actions, (self.prize,) * 3)
        return None

    def rules(self, decision: Decision) -> str:
        return "Choose."

    def describe(self, decision: Decision) -> Words:
        return Words("", "What now?")


TRIO = Entry("trio", Trio())


def game(spec: str = "prisoners_dilemma(rounds=3)") -> Entry:
    return registry.build("game", spec)


def agents(n: int) -> list[Entry]:
    return [registry.build("agent", name) for name in NAMES[:n]]


def seated(matches: list[Match]) -> list[tuple[str, ...]]:
    return [tuple(seat.spec for seat in match.seats) for match in matches]


def ids(matches: list[Match]) -> list[str]:
    return [match.id for match in matches]


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_round_robin_of_two_seats_meets_every_pair_in_both_orders(n: int) -> None:
    expected = list(itertools.permutations(NAMES[:n], 2))
    assert sorted(seated(plan([game()], agents(n)))) == sorted(expected)


def test_without_swap_every_pair_meets_once_in_the_order_given() -> None:
    matches = plan([game()], agents(4), swap=False)
    assert seated(matches) == list(itertools.combinations(NAMES[:4], 2))


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_round_robin_of_three_seats_meets_every_trio_in_every_rotation(n: int) -> None:
    matches = plan([TRIO], agents(n))
    assert len(matches) == 3 * comb(n, 3)
    assert all(count == 3 for count in Counter(map(frozenset, seated(matches))).values())


def test_in_all_rotations_everybody_sits_in_every_seat_equally_often() -> None:
    places = Counter(
        (name, player)
        for seats in seated(plan([TRIO], agents(4)))
        for player, name in enumerate(seats)
    )
    assert set(places.values()) == {3}
    assert len(places) == 4 * 3


def test_self_play_seats_every_agent_with_itself_once() -> None:
    assert seated(plan([game()], agents(3), ["self_play"])) == [(n, n) for n in NAMES[:3]]
    assert seated(plan([TRIO], agents(2), ["self_play"])) == [(n, n, n) for n in NAMES[:2]]


def test_versus_meets_the_first_with_each_of_the_others_in_both_orders() -> None:
    first, *others = NAMES[:4]
    expected = [seats for other in others for seats in ((first, other), (other, first))]
    assert seated(plan([game()], agents(4), ["versus"])) == expected


@pytest.mark.parametrize("seat", [0, 1, 2])
def test_versus_seats_the_first_where_it_is_told_to(seat: int) -> None:
    a, b = NAMES[:2]
    (told,) = seated(plan([TRIO], agents(2), [f"versus@{seat}"], swap=False))
    assert [at for at, name in enumerate(told) if name == a] == [seat]
    assert told.count(b) == 2


@pytest.mark.parametrize(
    "name", ["versus@3", "versus@-1", "versus@", "versus@x", "society@1", "exploit@1"]
)
def test_a_seat_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        plan([TRIO], agents(2), [name])


def test_versus_at_three_seats_gives_the_other_all_the_rest() -> None:
    a, b = NAMES[:2]
    assert seated(plan([TRIO], agents(2), ["versus"])) == [(a, b, b), (b, b, a), (b, a, b)]
    assert seated(plan([TRIO], agents(2), ["versus"], swap=False)) == [(a, b, b)]


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("swap", [True, False])
def test_every_repeat_plays_all_tables_before_the_next_begins(name: str, *, swap: bool) -> None:
    once = seated(plan([game()], agents(3), [name], swap=swap))
    matches = plan([game()], agents(3), [name], swap=swap, repeats=4)
    assert seated(matches) == once * 4
    assert [m.repeat for m in matches] == [r for r in range(4) for _ in once]


def test_every_game_is_played_by_all_tables() -> None:
    games = [game("chicken"), game("deadlock")]
    matches = plan(games, agents(3))
    assert Counter(m.game.spec for m in matches) == {"chicken": 6, "deadlock": 6}


def test_several_schedules_are_played_one_after_another() -> None:
    matches = plan([game()], agents(2), ["round_robin", "self_play"], swap=False)
    a, b = NAMES[:2]
    assert seated(matches) == [(a, b), (a, a), (b, b)]


def test_a_schedule_named_twice_is_played_once() -> None:
    assert len(plan([game()], agents(3), ["self_play", "self_play"])) == 3


@pytest.mark.parametrize(
    "schedules", [["round_robin"], ["round_robin", "self_play"], ["self_play", "versus"]]
)
def test_no_two_matches_of_a_tournament_share_an_identity(schedules: list[str]) -> None:
    matches = plan([game(), game("chicken"), TRIO], agents(4), schedules, repeats=3)
    assert len(set(ids(matches))) == len(matches)


def test_a_table_that_two_schedules_hold_is_not_counted_twice() -> None:
    matches = plan([game()], agents(3), ["round_robin", "versus"])
    assert len(set(ids(matches))) == len(matches)


def test_swapped_seats_share_a_block() -> None:
    first, second = plan([game()], agents(2))
    assert first.id != second.id
    assert first.block == second.block


def test_all_rotations_of_three_seats_share_a_block() -> None:
    assert len({m.block for m in plan([TRIO], agents(3))}) == 1
    assert len({m.block for m in plan([TRIO], agents(2), ["versus"])}) == 1


def test_other_opponents_repeats_seeds_and_games_are_other_blocks() -> None:
    planned = [
        *plan([game(), game("chicken")], agents(3), swap=False, repeats=2),
        *plan([game()], agents(3), swap=False, seed=1),
    ]
    assert len({m.block for m in planned}) == len(planned)


def test_who_fills_more_seats_tells_blocks_apart() -> None:
    a, b = agents(2)
    one, other = Match(TRIO, (a, b, b)), Match(TRIO, (a, a, b))
    assert one.block != other.block


def test_adding_an_agent_changes_no_other_match() -> None:
    before = plan([game()], agents(3), ["round_robin", "self_play"], repeats=2)
    after = plan([game()], agents(4), ["round_robin", "self_play"], repeats=2)
    assert set(ids(before)) < set(ids(after))


def test_adding_a_game_a_repeat_or_a_schedule_changes_no_other_match() -> None:
    before = set(ids(plan([game()], agents(3))))
    assert before < set(ids(plan([game("chicken"), game()], agents(3))))
    assert before < set(ids(plan([game()], agents(3), repeats=2)))
    assert before < set(ids(plan([game()], agents(3), ["self_play", "round_robin"])))


def test_the_order_of_agents_changes_no_match() -> None:
    backwards = agents(4)[::-1]
    assert set(ids(plan([game()], agents(4)))) == set(ids(plan([game()], backwards)))


def test_the_spelling_of_a_specification_changes_no_match() -> None:
    terse, wordy = game("prisoners_dilemma"), game("prisoners_dilemma(rounds=10, noise=0.0)")
    assert ids(plan([terse], agents(3))) == ids(plan([wordy], agents(3)))


@pytest.mark.parametrize(
    "changed",
    [
        {"games": [game("prisoners_dilemma(rounds=4)")]},
        {"games": [game("prisoners_dilemma(rounds=3, currency='coins')")]},
        {"seed": 1},
        {"policy": AnswerPolicy(reask=1)},
        {"policy": AnswerPolicy(then="forfeit")},
        {"agents": [registry.build("agent", s) for s in ("random(p=0.1)", "random(p=0.2)")]},
    ],
    ids=["parameter", "words", "seed", "reask", "then", "agents"],
)
def test_whatever_changes_a_match_changes_its_identity(changed: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"games": [game()], "agents": agents(2)}
    assert set(ids(plan(**usual))).isdisjoint(ids(plan(**usual | changed)))


def test_a_new_version_of_a_game_changes_the_identity_of_its_matches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = ids(plan([Entry("trio", Trio())], agents(3)))
    monkeypatch.setattr(Trio, "version", 2)
    assert set(before).isdisjoint(ids(plan([Entry("trio", Trio())], agents(3))))


def hashed(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def test_identities_are_hashes_of_plain_text_that_anyone_can_compute() -> None:
    [match] = plan([TRIO], agents(3), swap=False, seed=7)
    game_key = hashed('{"name":"trio","parameters":{"prize":1},"version":1}')
    keys = [
        hashed(f'{{"name":"{n}","parameters":{{{p}}}}}')
        for n, p in zip(NAMES[:3], PARAMETERS, strict=True)
    ]
    seats, in_order = ('["' + '","'.join(k) + '"]' for k in (keys, sorted(keys)))
    assert match.id == hashed(f'["match","{game_key}",{seats},7,0,[2,"void"]]')
    assert match.block == hashed(f'["block","{game_key}",{in_order},7,0]')


def refused(**given: Any) -> str:
    usual: dict[str, Any] = {"games": [game()], "agents": agents(3)}
    with pytest.raises(UsageError) as refusal:
        plan(**usual | given)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("games", "n", "schedule", "needed"),
    [
        ([game()], 1, "round_robin", 2),
        ([TRIO], 2, "round_robin", 3),
        ([game()], 1, "versus", 2),
        ([TRIO], 1, "versus", 2),
    ],
)
def test_too_few_agents_are_refused_with_how_many_it_takes(
    games: list[Entry], n: int, schedule: str, needed: int
) -> None:
    message = refused(games=games, agents=agents(n), schedules=[schedule])
    assert f"{schedule} of {games[0].spec} needs at least {needed} agents" in message
    assert f"{n} are given" in message


def test_one_agent_can_play_itself() -> None:
    assert len(plan([game()], agents(1), ["self_play"])) == 1


def test_no_agents_and_no_games_are_refused_with_where_to_find_some() -> None:
    assert "folk list agents" in refused(agents=[])
    assert "folk list games" in refused(games=[])


def test_an_agent_named_twice_is_refused() -> None:
    twice = [*agents(2), *agents(1)]
    message = refused(agents=twice)
    assert "agent tit_for_tat is given twice" in message
    assert "self_play" in message


def test_an_agent_spelled_two_ways_is_refused_with_both() -> None:
    pair = [registry.build("agent", spec) for spec in ("random", "random(p=None)")]
    message = refused(agents=pair)
    assert "random(p=None)" in message
    assert "also as random" in message


def test_a_game_spelled_two_ways_is_refused() -> None:
    assert "also as chicken" in refused(games=[game("chicken"), game("chicken(noise=0.0)")])


def test_a_whole_number_and_its_float_are_the_same_setting() -> None:
    assert "also as" in refused(games=[game("chicken(noise=0)"), game("chicken(noise=0.0)")])


def test_an_unknown_schedule_suggests_the_nearest() -> None:
    message = refused(schedules=["round_robbin"])
    assert message == "there is no schedule 'round_robbin'; did you mean round_robin?"


@pytest.mark.parametrize("repeats", [0, -1])
def test_no_repeats_are_refused_with_the_number(repeats: int) -> None:
    assert f"repeats is {repeats}" in refused(repeats=repeats)


def test_a_tournament_without_a_schedule_is_refused() -> None:
    assert refused(schedules=[])


def test_the_schedules_themselves_are_lists_of_tables() -> None:
    three = agents(3)
    assert list(round_robin(three, 2)) == list(itertools.combinations(three, 2))
    assert list(self_play(three, 3)) == [(a, a, a) for a in three]
    assert list(versus(three, 2)) == [(three[0], three[1]), (three[0], three[2])]


def test_swapped_matches_meet_the_same_chance_and_other_blocks_do_not() -> None:
    first, second = plan([game()], agents(2))
    [other] = plan([game()], agents(2), swap=False, seed=1)
    assert first.stream("game") == second.stream("game")
    assert first.seat(0).rng.random() == second.seat(1).rng.random()
    assert first.stream("game") != other.stream("game")


def test_twins_at_one_table_have_streams_of_their_own() -> None:
    [match] = plan([game()], agents(1), ["self_play"])
    assert match.seat(0).rng.random() != match.seat(1).rng.random()


def test_a_society_seats_all_agents_at_one_table_in_turn() -> None:
    agents = [registry.build("agent", name) for name in ("free_rider", "random", "punisher")]
    donor = registry.build("game", "donor(agents=8, generations=2)")
    (match,) = plan([donor], agents, ["society"], swap=False)
    expected = ["free_rider", "random", "punisher"] * 2 + ["free_rider", "random"]
    assert [seat.spec for seat in match.seats] == expected
    assert donor.what.n_players > len(match.seats) == donor.what.n_seats


def test_exploiters_meet_every_agent_once_in_each_seat() -> None:
    given, rungs = agents(2), [registry.build("agent", n) for n in ("grudger", "random")]
    dilemma = game()
    matches = plan([dilemma], given, ["exploit"], exploiters={dilemma.key: rungs})
    assert sorted(seated(matches)) == sorted(
        [
            ("tit_for_tat", "grudger"),
            ("grudger", "tit_for_tat"),
            ("tit_for_tat", "random"),
            ("random", "tit_for_tat"),
            ("random", "grudger"),
            ("grudger", "random"),
            ("random", "random"),  # who is on the ladder meets itself
        ]
    )
    # The others of a larger table are all copies of the agent: a society that is invaded.
    trios = plan([TRIO], given[:1], ["exploit"], exploiters={TRIO.key: rungs[:1]}, swap=False)
    assert seated(trios) == [("tit_for_tat", "tit_for_tat", "grudger")]


def test_matches_with_an_exploiter_are_those_of_any_other_schedule() -> None:
    dilemma, (one, other) = game(), agents(2)
    rungs = {dilemma.key: [other]}
    assert ids(plan([dilemma], [one], ["exploit"], exploiters=rungs)) == ids(
        plan([dilemma], [one, other], ["versus"])
    )


def test_a_game_without_exploiters_cannot_have_the_schedule() -> None:
    with pytest.raises(UsageError, match="no match to play"):
        plan([TRIO], agents(1), ["exploit"])
