from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from harness import (
    Answer,
    Bot,
    Choice,
    Decision,
    Forfeit,
    Game,
    Outcome,
    Play,
    PluginError,
    Result,
    Round,
    Words,
)
from harness.match import MatchRecord, Status
from harness.play import play, play_async
from harness.record.lines import match_fields
from tests.sketches import Coin, Fixed, Haggle, Model, Pennies, refusal, table

SAY = {"say": "Two for me?"}
TAKE_2 = {"propose": {"apples": 2}}


def test_simultaneous_rounds_pay_by_both_actions() -> None:
    record = play(table(Pennies(), Fixed(("H", "T")), Fixed(("H",))))
    assert [r.actions for r in record.rounds] == [("H", "H"), ("T", "H"), ("H", "H")]
    assert record.payoffs == (1, -1)
    assert record.status is Status.OK


def test_rounds_that_tell_everything_leave_no_turns() -> None:
    assert play(table(Pennies(), Coin(), Coin())).turns is None


def test_turns_by_turns_with_words_are_logged_in_the_order_asked() -> None:
    record = play(table(Haggle(), Fixed((SAY, TAKE_2)), Fixed(({"say": "No."}, {"apples": 1}))))
    assert record.turns == [(0, SAY), (1, {"say": "No."}), (0, TAKE_2), (1, {"apples": 1})]
    assert record.info["agreement"] is True
    first, second = record.info["values"]
    assert record.payoffs == (2 * first, second)


def test_the_same_match_is_the_same_however_often_it_is_played() -> None:
    match = table(Pennies(rounds=50), Coin(), Coin(), seed=5)
    assert match_fields(play(match)) == match_fields(play(match))


def test_another_seed_or_repeat_brings_other_chance() -> None:
    def moves(**settings: int) -> list[Any]:
        return [
            r.actions for r in play(table(Pennies(rounds=50), Coin(), Coin(), **settings)).rounds
        ]

    assert len({tuple(moves(seed=s, repeat=r)) for s in (0, 1) for r in (0, 1)}) == 4


def test_an_agents_chance_follows_it_when_seats_are_swapped() -> None:
    first = play(table(Pennies(rounds=50), Coin(), Fixed(("H",))))
    second = play(table(Pennies(rounds=50), Fixed(("H",)), Coin()))
    assert [r.actions[0] for r in first.rounds] == [r.actions[1] for r in second.rounds]


def test_an_agent_that_meets_itself_has_two_streams_of_chance() -> None:
    record = play(table(Pennies(rounds=50), Coin(), Coin()))
    assert [r.actions[0] for r in record.rounds] != [r.actions[1] for r in record.rounds]


@pytest.mark.parametrize("game", [Pennies(rounds=20), Haggle(cap=5)])
def test_replaying_a_log_gives_the_same_record(game: Game) -> None:
    actors = (Coin(), Coin())
    if isinstance(game, Haggle):
        script = Fixed((SAY, {"say": "Hm."}, TAKE_2)), Fixed((SAY, SAY))
        record = play(table(game, *script))
    else:
        record = play(table(game, *actors))
    logged = match_fields(record)
    replayed = MatchReplay(record)
    again = play(table(game, replayed.player(0), replayed.player(1)))
    # Other agents are another match, with chance of its own: what must agree is the play.
    for key in ("status", "rounds", "actions", "turns"):
        assert match_fields(again).get(key) == logged.get(key)


class MatchReplay:
    """Feeds a record's actions to the seats again."""

    def __init__(self, record: MatchRecord) -> None:
        self.turns = record.turns or [
            (player, action) for r in record.rounds for player, action in enumerate(r.actions)
        ]

    def player(self, seat: int) -> Fixed:
        return Fixed(tuple(action for player, action in self.turns if player == seat))


async def test_a_model_hears_the_rules_once_and_the_news_at_each_turn() -> None:
    model = Model(lambda _: Answer("T"))
    record = await play_async(table(Pennies(), model, Fixed(("H",))))
    assert record.payoffs == (-3, 3)
    assert model.heard == [
        ("Each of you shows H or T, 3 times.", "H or T?", ""),
        ("", "The other showed H.\n\nH or T?", ""),
        ("", "The other showed H.\n\nH or T?", ""),
    ]


async def test_two_models_are_asked_together() -> None:
    async def both() -> list[tuple[str, ...]]:
        record = await play_async(
            table(Pennies(), Model(lambda _: Answer("H")), Model(lambda _: Answer("T")))
        )
        return [r.actions for r in record.rounds]

    assert await both() == [("H", "T")] * 3


async def test_a_model_that_answers_legally_when_asked_again_plays_on() -> None:
    model = Model(lambda problem: Answer("H") if problem else Answer("Q"))
    record = await play_async(table(Pennies(rounds=1), model, Fixed()))
    assert record.status is Status.OK
    assert model.heard[1][2] == "'Q' is not legal; answer with H or T"
    (problem,) = record.problems
    assert (problem.outcome, problem.substituted) == (Outcome.ILLEGAL, False)


@pytest.mark.parametrize("reask", [0, 1, 3])
async def test_a_refusal_is_asked_again_as_often_as_declared_and_then_voids(reask: int) -> None:
    model = Model(refusal)
    record = await play_async(table(Pennies(), model, Fixed(), reask=reask))
    assert len(model.heard) == reask + 1
    assert record.status is Status.VOID
    assert (record.player, record.payoffs, record.rounds) == (0, None, [])
    assert record.reason == "refused: that is no move"
    assert {p.outcome for p in record.problems} == {Outcome.REFUSED}


async def test_a_forfeit_keeps_the_payoffs_so_far() -> None:
    answers: Iterator[Answer] = iter([Answer("H"), Answer("H"), refusal()])
    model = Model(lambda _: next(answers))
    record = await play_async(table(Pennies(), Fixed(), model, reask=0, then="forfeit"))
    assert (record.status, record.player, record.payoffs) == (Status.FORFEIT, 1, (2, -2))


async def test_a_substituted_move_is_legal_flagged_and_the_same_every_time() -> None:
    def match() -> Any:
        return table(Pennies(rounds=20), Model(refusal), Fixed(), reask=1, then="substitute")

    record = await play_async(match())
    assert record.status is Status.OK
    assert sum(p.substituted for p in record.problems) == 20
    assert len(record.problems) == 40
    assert {r.actions[0] for r in record.rounds} == {"H", "T"}
    assert match_fields(await play_async(match())) == match_fields(record)


async def test_an_exception_in_a_model_ends_its_match_with_type_message_and_place() -> None:
    def broken(_: str) -> Answer:
        raise ConnectionError("no route")

    record = await play_async(table(Pennies(), Model(broken), Fixed()))
    assert record.status is Status.ERROR
    place = (
        r"ConnectionError: no route at sketches\.py:\d+"  # where a sketch of a model lets it pass
    )
    assert re.fullmatch(place, record.reason)


def test_a_bot_that_raises_ends_its_match_and_the_reason_says_where() -> None:
    class Broken(Coin):
        def act(self, decision: Decision) -> Any:
            raise ZeroDivisionError("a slip")

    record = play(table(Pennies(), Fixed(), Broken()))
    assert (record.status, record.player, record.payoffs) == (Status.ERROR, 1, None)
    line = Broken.act.__code__.co_firstlineno + 1
    assert record.reason == f"ZeroDivisionError: a slip at test_match.py:{line}"


@pytest.mark.parametrize("action", ["Q", None, 1, ["H"], {"H": 1}])
def test_a_bots_illegal_action_is_never_played(action: Any) -> None:
    record = play(table(Pennies(), Fixed((action,)), Fixed()))
    assert (record.status, record.rounds) == (Status.VOID, [])
    assert record.problems[0].outcome is Outcome.ILLEGAL


@pytest.mark.parametrize("then", ["void", "forfeit"])
def test_what_was_said_before_a_match_ended_early_is_kept(then: str) -> None:
    record = play(table(Haggle(), Fixed((SAY,)), Fixed(({"say": "No."}, "what?")), then=then))
    assert record.turns == [(0, SAY), (1, {"say": "No."}), (0, SAY)]


def test_a_model_needs_the_driver_that_waits() -> None:
    with pytest.raises(PluginError, match="model cannot answer at once"):
        play(table(Pennies(), Model(refusal), Fixed()))


@dataclass(frozen=True)
class Odd(Game):
    """A game that does what is wanted of it, right or wrong."""

    script: Any = None
    name = "odd"

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def play(self, rng: Random) -> Play:
        script = self.script if isinstance(self.script, Generator) else yielding(self.script)
        result: Result | None = yield from script
        return result

    def rules(self, decision: Decision) -> str:
        return ""

    def describe(self, decision: Decision) -> Words:
        return Words("", "")


def yielding(items: Iterable[Any]) -> Play:
    """Yield these, whatever they are."""
    for item in items:  # noqa: UP028 - `yield from` would send into them
        yield item
    return None


def ask(*players: int) -> tuple[Decision, ...]:
    return tuple(Decision(p, Choice(("a", "b")), {}) for p in players)


@pytest.mark.parametrize(
    ("yielded", "message"),
    [
        (["nonsense"], "yielded 'nonsense'"),
        ([()], "asked players"),
        ([ask(1, 0)], "asked players .1, 0. at once"),
        ([ask(0, 0)], "asked players .0, 0. at once"),
        ([ask(0, 2)], "asked players .0, 2. at once"),
        ([Round(("a", "a"), (1, 2, 3))], "payoffs .1, 2, 3. for 2 players"),
        ([Round(("a", "a"), (1, 2)), Round(("a", "a"), (1,))], "payoffs .1,. for 2 players"),
        ([Round(("a",), (1, 2))], "actions ..a.,. for 2 players"),
        ([Round(("a", "a"), (float("nan"), 0))], "a payoff is nan"),
        ([Round(("a", "a"), (float("inf"), 0))], "a payoff is inf"),
        ([Round(("a", "a"), (True, 0))], "a payoff is True"),
        ([Round(("a", "a"), ("1", 0))], "a payoff is '1'"),  # type: ignore[arg-type]
    ],
)
def test_a_game_that_breaks_the_contract_is_named(yielded: list[Any], message: str) -> None:
    with pytest.raises(PluginError, match=f"odd.*{message}"):
        play(table(Odd(yielded), Fixed(("a",)), Fixed(("a",))))


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("done", "returned 'done'; a game returns a Result or None"),
        (Result(payoffs=(1,)), "payoffs .1,. for 2 players"),
        (Result(payoffs=(float("nan"), 0)), "a payoff is nan"),
    ],
)
def test_a_game_that_returns_nonsense_is_named(result: Any, message: str) -> None:
    def script() -> Play:
        yield Round(("a", "a"), (1, 2))
        done: Result | None = result
        return done

    with pytest.raises(PluginError, match=f"odd.*{message}"):
        play(table(Odd(script()), Fixed(("a",)), Fixed(("a",))))


@pytest.mark.parametrize("error", [ZeroDivisionError("a slip"), SystemExit(5)])
def test_a_game_that_raises_is_named_and_a_player_that_does_ends_its_match(
    error: BaseException,
) -> None:
    def script() -> Play:
        yield Round(("a", "a"), (1, 2))
        raise error

    class Broken(Fixed):
        def act(self, decision: Decision) -> Any:
            raise error

    with pytest.raises(PluginError, match=r"odd: play\(\) raised"):
        play(table(Odd(script()), Fixed(("a",)), Fixed(("a",))))
    record = play(table(Pennies(), Broken(), Fixed()))
    assert (record.status, record.player) == (Status.ERROR, 0)
    assert type(error).__name__ in record.reason


async def test_a_game_can_say_what_a_forfeit_brings() -> None:
    def script() -> Play:
        yield Round(("a", "a"), (1, 2))
        try:
            yield ask(0, 1)
        except Forfeit as forfeit:
            yield Round((None, None), tuple(-9 if p == forfeit.player else 0 for p in (0, 1)))
        return Result(measures={"left": (1, 0)})

    record = await play_async(
        table(Odd(script()), Model(refusal), Fixed(("a",)), reask=0, then="forfeit")
    )
    assert (record.status, record.player, record.payoffs) == (Status.FORFEIT, 0, (-8, 2))
    assert record.measures == {"left": (1, 0)}


def test_one_player_asked_alone_is_sent_its_action_itself() -> None:
    got = []

    def script() -> Play:
        got.append((yield ask(1)[0]))
        got.append((yield ask(0, 1)))
        return None

    record = play(table(Odd(script()), Fixed(("a",)), Fixed(("b",))))
    assert got == ["b", ("a", "b")]
    assert record.turns == [(1, "b"), (0, "a"), (1, "b")]
    assert record.payoffs == (0, 0)


def test_a_tremble_is_told_apart_from_what_was_chosen() -> None:
    def script() -> Play:
        for played in (("a", "a"), ("b", "a"), ("a", "a")):
            yield ask(0, 1)
            yield Round(played, (1, 1))
        return None

    record = play(table(Odd(script()), Fixed(("a",)), Fixed(("a",))))
    assert record.turns == [(p, "a") for _ in range(3) for p in (0, 1)]
    assert record.rounds[1].actions == ("b", "a")


def test_whole_payoffs_add_up_to_whole_totals_and_others_exactly() -> None:
    whole = play(table(Odd([Round(("a", "a"), (1, 2))] * 3), Fixed(), Fixed()))
    assert whole.payoffs == (3, 6)
    assert all(isinstance(u, int) for u in whole.payoffs or ())
    tenths = play(table(Odd([Round(("a", "a"), (0.1, 0))] * 10), Fixed(), Fixed()))
    assert tenths.payoffs == (1.0, 0)


def test_a_bot_that_changes_what_it_sees_fools_only_itself() -> None:
    from harness.games.catalogue import prisoners_dilemma

    @dataclass
    class Vandal(Bot):
        name = "vandal"

        def act(self, decision: Decision) -> Any:
            for seen in ("own", "other"):
                decision.observation[seen].clear()
            return "defect"

    @dataclass
    class Witness(Bot):
        name = "witness"

        def act(self, decision: Decision) -> Any:
            assert decision.observation["other"] == ["defect"] * decision.observation["round"]
            return "cooperate"

    record = play(table(prisoners_dilemma(rounds=5), Vandal(), Witness()))
    assert (record.status, record.reason) == (Status.OK, "")
    assert record.payoffs == (25, 0)
