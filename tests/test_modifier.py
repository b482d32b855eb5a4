from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from harness import (
    Action,
    Answer,
    Bot,
    Choice,
    Course,
    Decision,
    Forfeit,
    Game,
    Integer,
    Join,
    Modified,
    Modifier,
    Play,
    PluginError,
    Result,
    Round,
    Steps,
    Text,
    UsageError,
    Words,
    merged,
)
from harness.games.reflect import Reflect
from harness.games.talk import Talk
from harness.match import Entry
from harness.play import play, play_async
from tests.sketches import Coin, Fixed, Haggle, Model, Pennies, table
from tests.test_match import Odd


@dataclass(frozen=True)
class Trio(Game):
    """Three players choose at once, or in turn; a fourth may join after the first round."""

    rounds: int = 2
    in_turn: bool = False
    late: bool = False
    name = "trio"
    n_players = 4
    n_seats = 3

    def play(self, rng: Random) -> Play:
        players = [0, 1, 2]
        for t in range(self.rounds):
            asked = tuple(Decision(p, Choice(("a", "b")), {"round": t}) for p in players)
            actions: list[Action] = [None] * 4
            for step in [(d,) for d in asked] if self.in_turn else [asked]:
                taken = yield step
                for decision, action in zip(step, taken, strict=True):
                    actions[decision.player] = action
            yield Round(tuple(actions), tuple(float(p) if p in players else None for p in range(4)))
            if self.late and t == 0:
                yield Join(3, 0)
                players = [1, 2, 3]
        return Result(info={"rounds": self.rounds}, measures={"ones": [1, 1, 1, None]})

    def rules(self, decision: Decision) -> str:
        return "Choose a or b."

    def describe(self, decision: Decision) -> Words:
        t = decision.observation["round"]
        return Words(f"Round {t} is over." if t else "", "a or b?")

    def cooperative(self, player: int) -> Action:
        return "a"

    def facts(self, player: int) -> dict[str, Any]:
        return {"actions": ["a", "b"]}


@dataclass(frozen=True)
class Guess(Modifier):
    """Asks everybody for a number first, and draws one itself."""

    high: int = 9
    name = "guess"

    def own_measures(self) -> dict[str, str]:
        return {"guesses": "numbers guessed"}

    def course(self, rng: Random) -> Course:
        return Guesses(self, rng)

    def clause(self, player: int) -> str:
        return "Guess a number first."

    def question(self, decision: Modified) -> str:
        return f"Your guess: {decision.space}?"

    def news(self, decision: Modified) -> str:
        return f"The number drawn is {decision.notes}."


class Guesses(Course):
    def __init__(self, game: Guess, rng: Random) -> None:
        super().__init__()
        self.game = game
        self.rng = rng
        self.guesses: list[int] = []
        self.chosen: list[tuple[int, Action]] = []

    def before(self, asked: tuple[Decision, ...]) -> Steps:
        self.rng.random()
        space = Integer(0, self.game.high)
        self.guesses += yield tuple(self.ask(d, space, "guess", aside=0) for d in asked)

    def taken(self, asked: tuple[Decision, ...], actions: tuple[Action, ...]) -> None:
        self.chosen += [(d.player, a) for d, a in zip(asked, actions, strict=True)]

    def notes(self, inner: Decision) -> int:
        return 7

    def view(self, inner: Decision) -> dict[str, Any]:
        return {"guesses": list(self.guesses)}

    def result(self, result: Result | None) -> Result:
        return Result(info={"chosen": self.chosen})


@dataclass
class Recorder(Bot):
    """Answers as told, and keeps what it saw and read."""

    takes_asides = True

    answers: Callable[[Decision], Action]
    game: Game
    log: list[tuple[int, str, dict[str, Any], Words]]
    name = "recorder"

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def act(self, decision: Decision) -> Action:
        words = self.game.describe(decision)
        seen = {**decision.observation}
        seen |= {key: copy.deepcopy(seen[key]) for key in ("messages", "notes") if key in seen}
        self.log.append((decision.player, decision.kind, seen, words))
        return self.answers(decision)


def heard(
    game: Game, answers: Callable[[Decision], Action]
) -> list[tuple[int, str, dict[str, Any], Words]]:
    """Every decision of a match: player, kind, observation, words."""
    log: list[tuple[int, str, dict[str, Any], Words]] = []
    record = play(table(game, *(Recorder(answers, game, log) for _ in range(game.n_seats))))
    assert (record.status, record.reason) == ("ok", "")
    return log


def guess_or(action: Action) -> Callable[[Decision], Action]:
    return lambda decision: 3 if decision.kind == "guess" else action


def test_own_questions_come_first_and_are_logged_as_turns() -> None:
    record = play(table(Guess(Pennies(rounds=1)), Fixed((4, "H")), Fixed((5, "T"))))
    assert record.turns == [(0, 4), (1, 5), (0, "H"), (1, "T")]
    assert [r.actions for r in record.rounds] == [("H", "T")]
    assert record.payoffs == (-1, 1)
    assert record.info == {"chosen": [(0, "H"), (1, "T")]}


def test_illegal_answers_to_own_questions_are_no_moves() -> None:
    record = play(table(Guess(Pennies(rounds=1)), Fixed((10,)), Fixed((5,))))
    assert record.status == "void"


def test_a_player_that_decides_alone_is_asked_alone() -> None:
    record = play(table(Guess(Trio(rounds=1, in_turn=True)), *[Fixed((1, "a"))] * 3))
    assert record.turns == [(p, a) for p in range(3) for a in (1, "a")]


def test_news_come_with_the_first_question_of_a_step_and_only_once() -> None:
    game = Guess(Pennies(rounds=2))
    words = [w for player, _, _, w in heard(game, guess_or("T")) if player == 0]
    assert [w.news for w in words] == [
        "The number drawn is 7.",
        "The number drawn is 7.",
        "The other showed T.\n\nThe number drawn is 7.",
        "The number drawn is 7.",
    ]
    assert words[0].question == (
        "Your next decision is this one; do not answer it yet:\n> H or T?\n\n"
        "Your guess: a whole number from 0 to 9?"
    )
    assert words[1].question == "H or T?"


def test_a_question_passed_on_keeps_what_is_said_for_those_who_do_not_take_it() -> None:
    asked: Any = next(Talk(Guess(Pennies())).play(Random(0)))
    assert [(d.kind, d.passed, d.aside) for d in asked] == [("guess", True, 0)] * 2


def test_rules_are_the_games_and_then_the_modifiers() -> None:
    game = Talk(Guess(Pennies()))
    asked = next(game.play(Random(0)))
    assert isinstance(asked, tuple)
    assert isinstance(asked[0], Decision)
    rules = game.rules(asked[0]).split("\n\n")
    assert rules[:2] == ["Each of you shows H or T, 3 times.", "Guess a number first."]
    assert rules[2].startswith("Before each of its decisions, each player sends")


def test_observations_of_the_game_stay_current_and_gain_the_modifiers() -> None:
    log = heard(Guess(Pennies(rounds=3)), guess_or("H"))
    acts = [seen for player, kind, seen, _ in log if player == 0 and kind == "act"]
    assert acts[2]["guesses"] == [3] * 6
    assert acts[2]["own"] == ["H"] * 3  # the game's own list, which has grown since
    assert [kind for player, kind, _, _ in log if player == 0] == ["guess", "act"] * 3


def test_stacked_modifiers_act_in_the_order_in_which_they_are_written() -> None:
    def answer(decision: Decision) -> Action:
        return {"talk": "hi", "guess": 1}.get(decision.kind, "H")

    for game, order in (
        (Talk(Guess(Pennies(rounds=1))), ["guess", "talk", "act"]),
        (Guess(Talk(Pennies(rounds=1))), ["talk", "guess", "act"]),
    ):
        log = heard(game, answer)
        assert [kind for player, kind, _, _ in log if player == 0] == order
        assert sum("The other player said" in w.news for player, _, _, w in log if player == 0) == 1


def test_everything_else_is_as_in_the_game_inside() -> None:
    inner = Trio(late=True)
    game = Guess(inner)
    assert (game.name, game.n_players, game.n_seats) == ("trio+guess", 4, 3)
    assert game.facts(1) == inner.facts(1)
    assert game.cooperative(2) == "a"
    assert game.measures == {"guesses": "numbers guessed"}


def test_players_that_join_are_played_and_asked() -> None:
    record = play(table(Guess(Trio(late=True)), *[Fixed((1, "a"))] * 3))
    assert record.status == "ok"
    assert record.turns is not None
    assert [p for p, a in record.turns if a == 1] == [0, 1, 2, 1, 2, 3]
    assert record.rounds[1].payoffs == (None, 1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    "other",
    [
        Guess(Pennies(rounds=4)),
        Guess(Pennies(), high=8),
        Talk(Pennies()),
        Guess(Talk(Pennies())),
        Talk(Guess(Pennies())),
        Pennies(),
    ],
)
def test_any_change_inside_or_outside_is_another_identity(other: Game) -> None:
    assert Entry("", other).key != Entry("", Guess(Pennies())).key


def test_a_new_version_of_the_game_inside_is_another_identity() -> None:
    class Later(Pennies):
        version = 2

    assert Entry("", Guess(Later())).key != Entry("", Guess(Pennies())).key
    assert Entry("", Guess(Pennies())).identity == {
        "name": "pennies+guess",
        "version": 1,
        "parameters": {
            "game": {"name": "pennies", "version": 1, "parameters": {"rounds": 3}},
            "high": 9,
        },
    }


def test_the_modifiers_chance_does_not_shift_the_games() -> None:
    def value(game: Game, rng: Random) -> Any:
        asked = next(game.play(rng))
        first = asked[0] if isinstance(asked, tuple) else asked
        assert isinstance(first, Decision)
        return first.observation["value"]

    for seed in range(20):
        alone = value(Haggle(), Random(Random(seed).getrandbits(64)))
        assert value(Guess(Haggle()), Random(seed)) == alone
        assert value(Talk(Haggle()), Random(seed)) == alone


def test_a_modified_game_travels_to_other_processes() -> None:
    game = Guess(Talk(Pennies()))
    again = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert again == game
    assert (again.name, again.n_players) == ("pennies+talk+guess", 2)


def test_only_a_game_can_be_modified() -> None:
    with pytest.raises(UsageError, match="guess: game is 'pennies'; it must be a game"):
        Guess("pennies")  # type: ignore[arg-type]


def test_the_same_match_is_the_same_however_often_it_is_played() -> None:
    match = table(Talk(Guess(Pennies(rounds=9))), Coin(), Coin(), seed=2)
    assert play(match) == play(match)


def test_facts_are_added_to_those_that_are_there() -> None:
    assert merged(None, "n", [1]) == {"n": [1]}
    before = {"n": [1], "m": 2}
    assert merged(before, "n", [2]) == {"n": [1, 2], "m": 2}
    assert before == {"n": [1], "m": 2}


@dataclass(frozen=True)
class Stakes(Pennies):
    """Pennies in which whoever forfeits pays nine to the other."""

    name = "stakes"

    def play(self, rng: Random) -> Play:
        try:
            yield from super().play(rng)
        except Forfeit as forfeit:
            u = (-9, 9) if forfeit.player == 0 else (9, -9)
            yield Round((None, None), u)
            return Result(info={"left": forfeit.player})
        return Result(payoffs=(100, 200))


@pytest.mark.parametrize("n_answers", range(6))
def test_a_forfeit_at_any_question_is_for_the_game_inside_to_settle(n_answers: int) -> None:
    game = Talk(Guess(Stakes(rounds=2)))
    answers = (3, "hm", "H") * 2
    leaves = Fixed((*answers[:n_answers], ["no action"]))
    record = play(table(game, leaves, Fixed(answers), then="forfeit"))
    assert (record.status, record.player) == ("forfeit", 0)
    assert record.rounds[-1].payoffs == (-9, 9)
    assert len(record.rounds) == 1 + n_answers // 3


def test_a_forfeit_after_the_end_leaves_the_games_result_alone() -> None:
    game = Reflect(Stakes(rounds=1), when="end")
    record = play(table(game, Fixed(("H", 5)), Fixed(("H", "hm")), then="forfeit"))
    assert (record.status, record.player) == ("forfeit", 0)
    assert record.payoffs == (100, 200)


async def test_a_model_hears_the_rules_once_and_every_question_in_turn() -> None:
    answers = iter([Answer(3), Answer("H"), Answer(99), Answer(4), Answer("T")])
    model = Model(lambda _: next(answers))
    game = Guess(Pennies(rounds=2))
    record = await play_async(table(game, model, Fixed((5, "T"))))
    assert [r.actions for r in record.rounds] == [("H", "T"), ("T", "T")]
    rules, words, problems = zip(*model.heard, strict=True)
    assert rules == ("Each of you shows H or T, 2 times.\n\nGuess a number first.", "", "", "", "")
    assert problems == ("", "", "", "99 is not legal; answer with a whole number from 0 to 9", "")
    assert words[2] == words[3]  # asked again, in the same words
    assert words[2].startswith("The other showed T.")
    assert "The other showed" not in words[4]


@pytest.mark.parametrize("yielded", [["nonsense"], [()], [(1, 2)]])
def test_a_game_that_breaks_the_contract_is_named_under_a_modifier_too(yielded: Any) -> None:
    with pytest.raises(PluginError, match=r"odd\+talk"):
        play(table(Talk(Odd(yielded)), Fixed(("a",)), Fixed(("a",))))


def test_a_text_is_as_long_as_it_may_be() -> None:
    assert Text(3).canonical("abc") == "abc"
    assert Text(3).canonical("abcd") is None
