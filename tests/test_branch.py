from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from harness import Agent, Answer, Bot, Choice, Decision, Game, Play, Round, Words, registry
from harness.agents.generic import RandomBot
from harness.branch import Branch
from harness.errors import RecordError, UsageError
from harness.match import AnswerPolicy, Entry, Match, MatchRecord, Status
from harness.past import Past
from harness.play import play, play_async
from harness.record.lines import encode, match_fields
from tests.sketches import Coin, Fixed, Model, Pennies, refusal, table
from tests.small_games import GAMES


def line(record: MatchRecord) -> dict[str, Any]:
    """A match as its line in the log tells it."""
    told: dict[str, Any] = json.loads(encode(match_fields(record)))
    return told


def course(record: MatchRecord) -> dict[str, Any]:
    """All that happened in a match, without what it is."""
    told = line(record)
    for key in ("match", "block", "table", "repeat", "agents", "branch"):
        told.pop(key, None)
    return told


def match(spec: str, *agents: Agent, **settings: Any) -> Match:
    """A match of a game of the registry; the last agent takes all seats that are left."""
    game = registry.build("game", spec)
    seats = [*agents, *[agents[-1]] * (game.what.n_seats - len(agents))]
    policy = AnswerPolicy(settings.pop("reask", 2), settings.pop("then", "void"))
    entries = tuple(Entry(agent.name, agent) for agent in seats)
    return Match(game, entries, policy=policy, **settings)


def branch(record: MatchRecord, before: int, *agents: Agent, **settings: Any) -> Branch:
    """What continues a match; the agents that are not given are the same."""
    source = record.match
    new = tuple(Entry(agent.name, agent) for agent in agents)
    return Branch(
        game=source.game,
        seats=new + source.seats[len(new) :],
        seed=source.seed,
        repeat=settings.pop("repeat", 0),
        policy=settings.pop("policy", source.policy),
        source=source,
        past=Past.of({**line(record), **settings}, before),
    )


@dataclass
class Silent(Bot):
    """Does what is first, and knows no asides."""

    name = "silent"

    def act(self, decision: Decision) -> Any:
        return decision.space.sample(Random(0))


@dataclass
class Talker(Bot):
    """Chooses by chance, and says which decision this is."""

    takes_asides = True
    name = "talker"

    def begin(self, seat: Any) -> None:
        self.said = 0

    def act(self, decision: Decision) -> Any:
        self.said += 1
        told = decision.space.sample(self.seat.rng)
        return f"word {self.said}" if told == "" else told


@pytest.mark.parametrize("spec", GAMES)
def test_the_same_bots_go_on_as_they_did_from_any_round(spec: str) -> None:
    record = play(match(spec, Talker(), RandomBot()))
    assert record.status is Status.OK
    for before in range(len(record.rounds) + 1):
        assert course(play(branch(record, before))) == course(record), before


def bots() -> Iterator[Agent]:
    """Every scripted agent that plays the prisoner's dilemma by itself."""
    needed = {"constant": "constant(action='defect')", "replay": "replay(actions=['defect'])"}
    for name in registry.names("agent"):
        try:
            agent = registry.build("agent", needed.get(name, name)).what
            seated = agent.player(match("prisoners_dilemma", RandomBot()).seat(0))
        except UsageError:
            continue
        if hasattr(seated, "act"):
            yield agent


def test_whatever_a_bot_remembers_it_goes_on_as_it_did() -> None:
    tried = 0
    for agent in bots():
        record = play(match("prisoners_dilemma(rounds=30, noise=0.1)", agent, RandomBot()))
        if record.status is Status.OK:  # some need arguments that fit
            tried += 1
            assert course(play(branch(record, 17))) == course(record), agent.name
    assert tried > 60


def test_other_players_meet_the_same_luck_and_the_same_opponent() -> None:
    record = play(match("prisoners_dilemma(rounds=40, noise=0.3)", RandomBot(), RandomBot(p=0.5)))
    other = play(branch(record, 20, Fixed(("defect",))))
    assert [r.actions for r in other.rounds[:20]] == [r.actions for r in record.rounds[:20]]
    assert other.turns is not None
    assert record.turns is not None
    assert [a for p, a in other.turns if p == 1] == [a for p, a in record.turns if p == 1]
    assert {a for p, a in other.turns[40:] if p == 0} == {"defect"}
    trembles = [[(r.info or {}).get("trembles") for r in m.rounds] for m in (record, other)]
    assert trembles[0] == trembles[1]


@pytest.mark.parametrize("spec", GAMES)
def test_repeats_share_the_past_and_nothing_after_it(spec: str) -> None:
    record = play(match(spec, RandomBot()))
    before = min(1, len(record.rounds) - 1)
    played = [play(branch(record, before, repeat=k)) for k in range(4)]
    assert course(played[0]) == course(record)
    for other in played[1:]:
        assert other.rounds[:before] == record.rounds[:before]
        assert other.status is Status.OK
    assert len({json.dumps(course(other)) for other in played}) > 1


def test_repeats_have_chance_of_their_own_in_game_and_players() -> None:
    record = play(match("prisoners_dilemma(rounds=60, noise=0.5)", RandomBot()))

    def chance(repeat: int, *agents: Agent) -> tuple[Any, ...]:
        other = play(branch(record, 20, *agents, repeat=repeat))
        assert other.turns is not None
        fell = tuple(tuple((r.info or {}).get("trembles", ())) for r in other.rounds)
        second = tuple(a for p, a in other.turns if p == 1)
        return fell[:20], second[:20], fell[20:], second[20:]

    shared, one, two = chance(0), chance(1), chance(2)
    assert shared[:2] == one[:2] == two[:2]
    assert all(len({a, b, c}) == 3 for a, b, c in zip(shared[2:], one[2:], two[2:], strict=True))
    # Who sits opposite does not matter to the chance of a repeat.
    fell = [r for r in one[2] if 1 in r], [r for r in chance(1, Fixed(("defect",)))[2] if 1 in r]
    assert chance(1, Fixed(("defect",)))[3] == one[3]
    assert len(fell[0]) == len(fell[1])


def test_a_match_is_told_apart_by_source_round_players_repeat_and_policy() -> None:
    record = play(table(Pennies(), Coin(), Coin()))
    first = branch(record, 1)
    others = [
        record.match,
        branch(record, 2),
        branch(record, 1, Fixed()),
        branch(record, 1, repeat=1),
        branch(record, 1, policy=AnswerPolicy(0)),
        branch(play(table(Pennies(), Coin(), Coin(), seed=1)), 1),
    ]
    assert len({m.id for m in (first, *others)}) == 7
    assert first.id == branch(record, 1).id
    # Branches share their chance, and so their block, whoever plays them.
    assert [m.block == first.block for m in others] == [False, False, True, False, True, False]
    assert [m.table == first.table for m in others] == [False, False, False, True, True, False]
    assert line(play(first))["branch"] == {"match": record.match.id, "round": 1}
    assert "branch" not in line(record)


def test_a_branch_survives_the_way_to_another_process() -> None:
    record = play(match("donor(agents=4, generations=2, rounds=2)", RandomBot()))
    there = pickle.loads(pickle.dumps(branch(record, 3, Silent(), repeat=2)))  # noqa: S301
    assert course(play(there)) == course(play(branch(record, 3, Silent(), repeat=2)))


def test_a_branch_can_be_played_again_and_again() -> None:
    record = play(match("prisoners_dilemma(rounds=9, noise=0.4)+talk", Talker(), RandomBot()))
    made = branch(record, 4, Silent(), repeat=1)
    assert course(play(made)) == course(play(made))


def test_what_bots_say_of_the_past_does_not_count() -> None:
    @dataclass
    class Stubborn(Bot):
        """Breaks off, then answers what is not legal, then plays on."""

        name = "stubborn"

        def begin(self, seat: Any) -> None:
            self.turn = 0

        def act(self, decision: Decision) -> Any:
            self.turn += 1
            if self.turn == 1:
                raise RuntimeError("not this one")
            return "Q" if self.turn == 2 else "T"

    record = play(table(Pennies(rounds=4), Fixed(("H",)), Fixed(("H",))))
    other = play(branch(record, 2, Stubborn()))
    assert other.status is Status.OK
    assert other.problems == []
    assert [r.actions[0] for r in other.rounds] == ["H", "H", "T", "T"]
    assert play(branch(record, 0, Stubborn())).status is Status.ERROR


def test_what_was_said_stays_said_when_a_bot_that_says_nothing_goes_on() -> None:
    record = play(match("rock_paper_scissors(rounds=4)+talk", Talker()))
    assert record.turns is not None
    other = play(branch(record, 2, Silent()))
    assert other.turns is not None
    assert other.turns[:8] == record.turns[:8]
    assert other.turns[0] == (0, "word 1")
    said = [[a for p, a in other.turns[8::4] + other.turns[9::4] if p == i] for i in (0, 1)]
    assert said == [["", ""], ["word 5", "word 7"]]


def test_newcomers_are_of_the_agents_that_go_on() -> None:
    record = play(match("donor(agents=4, generations=3, rounds=2)", RandomBot()))
    n_past = sum((r.info or {})["generation"] < 2 for r in record.rounds)
    other = play(branch(record, n_past, *[Silent()] * 4))
    assert {agent.spec for agent in other.agents if agent} == {"silent"}
    assert other.rounds[:n_past] == record.rounds[:n_past]
    assert other.rounds != record.rounds


def test_problems_and_substituted_moves_of_the_past_stay_visible() -> None:
    flaws = Fixed(("H", "Q", "T", "Q", "H"))
    record = play(table(Pennies(rounds=5), Fixed(("H",)), flaws, then="substitute"))
    assert [p.round for p in record.problems] == [1, 3]
    other = play(branch(record, 2, Fixed(("T",)), Fixed(("H",))))
    assert other.problems == record.problems[:1]
    assert other.problems[0].substituted
    assert course(play(branch(record, 2))) == course(record)


@dataclass(frozen=True)
class Bursts(Game):
    """One decision brings two rounds, then comes a round that nobody decides, then a decision."""

    name = "bursts"

    def play(self, rng: Random) -> Play:
        coin = Choice(("H", "T"))
        for _ in range(2):
            action = yield Decision(0, coin, {})
            yield Round((action, None), (1, 0))
            yield Round((action, None), (2, 0))
            yield Round((None, None), (rng.random(), 0))
        yield Decision(1, coin, {})
        return None

    def rules(self, decision: Decision) -> str:
        return "Choose."

    def describe(self, decision: Decision) -> Words:
        return Words("", "H or T?")


@pytest.mark.parametrize(("before", "expected"), [(0, "TTT"), (1, "HTT"), (3, "HTT"), (4, "HHT")])
def test_a_decision_is_past_if_it_was_due_before_the_last_round_of_the_past(
    before: int, expected: str
) -> None:
    record = play(table(Bursts(), Fixed(("H",)), Fixed(("H",))))
    other = play(branch(record, before, Fixed(("T",)), Fixed(("T",))))
    assert other.turns is not None
    assert "".join(action for _, action in other.turns) == expected
    assert [r.payoffs for r in other.rounds] == [r.payoffs for r in record.rounds]


def test_after_the_last_round_what_is_decided_then_is_decided_anew() -> None:
    record = play(table(Bursts(), Fixed(("H",)), Fixed(("H",))))
    other = play(branch(record, 6, Fixed(("T",)), Fixed(("T",))))
    assert other.turns == [(0, "H"), (0, "H"), (1, "T")]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"actions": [["H", "Q"], ["H", "H"]]}, "round 1, player 0 did 'Q', and legal is H or T"),
        ({"actions": [["H", ["H"]], ["H", "H"]]}, "round 1, player 0 did ['H'], and legal is"),
        ({"turns": [[0, "H"], [0, "H"]]}, "round 0, the game asks player 1, and the log tells of"),
        ({"turns": [[0, "H"], [1, "H"], [0, "H"]]}, "round 1, the game asks player 1, and the log"),
        ({"round_payoffs": [[1, 2], [-1, -2]]}, "round 1, payoffs are (1, -1) now, and (2, -2)"),
        ({"infos": [[0, {"trembles": [1]}]]}, "round 0, info are None now, and {'trembles': [1]}"),
        (
            {"actions": [["H"] * 4, ["H"] * 4], "round_payoffs": [[1] * 4, [-1] * 4]},
            "round 3, the game is over",
        ),
    ],
)
def test_a_log_that_contradicts_the_game_is_refused(changed: dict[str, Any], what: str) -> None:
    record = play(table(Pennies(), Fixed(("H",)), Fixed(("H",))))
    made = branch(record, 4 if "over" in what else 2, **changed)
    with pytest.raises(RecordError) as error:
        play(made)
    assert what in str(error.value)
    assert f"match {record.match.id} cannot be gone on with: in " in str(error.value)


@dataclass
class Reader(Agent):
    """Reads, remembers what it is told, and can take a past for its own."""

    name = "reader"
    heard: list[tuple[str, str, str]] = field(default_factory=list, compare=False)

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def player(self, seat: Any) -> Reader:
        return self

    def recall(self, decision: Decision, words: Words, rules: str, action: Any) -> None:
        self.heard.append((rules, str(words), action))

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        self.heard.append((rules, str(words), ""))
        return Answer("T")


async def test_who_reads_and_is_new_is_told_the_past_as_its_own() -> None:
    reader = Reader()
    record = play(table(Pennies(), Fixed(("H",)), Fixed(("H", "T"))))
    other = await play_async(branch(record, 2, reader))
    assert [r.actions for r in other.rounds] == [("H", "H"), ("H", "T"), ("T", "H")]
    assert reader.heard == [
        ("Each of you shows H or T, 3 times.", "H or T?", "H"),
        ("", "The other showed H.\n\nH or T?", "H"),
        ("", "The other showed T.\n\nH or T?", ""),
    ]


async def test_who_cannot_be_told_a_past_is_refused_by_name() -> None:
    record = play(table(Pennies(), Coin(), Coin()))
    with pytest.raises(UsageError, match="model cannot go on with a match that others began"):
        await play_async(branch(record, 1, Model(refusal)))
    model = Model(lambda problem: Answer("T"))
    other = await play_async(branch(record, 0, model))
    assert [r.actions[0] for r in other.rounds] == ["T"] * 3


async def test_a_match_that_was_void_can_be_played_to_its_end() -> None:
    record = await play_async(table(Pennies(), Fixed(("H", "T", "Q")), Fixed(), reask=0))
    assert (record.status, len(record.rounds)) == (Status.VOID, 2)
    assert course(play(branch(record, 2))) == course(record)
    other = play(branch(record, 2, Fixed(("T",))))
    assert [r.actions[0] for r in other.rounds] == ["H", "T", "T"]
    assert other.payoffs is not None


def test_a_branch_of_a_branch_has_both_pasts() -> None:
    spec = "donor(agents=4, generations=3, rounds=2)+talk"
    record = play(match(spec, RandomBot(), Talker()))
    for repeat in (0, 3):
        first = play(branch(record, 2, Silent(), repeat=repeat))
        for before in range(2, len(first.rounds)):
            again = branch(first, before)
            assert course(play(again)) == course(first), (repeat, before)
            assert play(replace(again, repeat=1)).rounds[:before] == first.rounds[:before]
