"""The simple Rock Paper Scissors bots, and what all of them owe the game."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness import Bot, Choice, Decision, Seat, UsageError
from harness.agents.generic import RandomBot, Replay
from harness.agents.iocaine import Iocaine
from harness.agents.rps_base import BEATS
from harness.agents.rps_basic import (
    AntiFrequency,
    BeatLast,
    Biased,
    ConditionalResponse,
    Constant,
    CopyLast,
    DeBruijn,
    Flat,
    Frequency,
    PiDigits,
    Rotate,
    Switch,
    WinStayLoseRotate,
    de_bruijn,
)
from harness.agents.rps_predictors import (
    Backoff,
    ContextMixing,
    Markov,
    OutcomeShift,
    PatternMatch,
    Rotation,
)
from harness.games.matrix import MatrixGame
from harness.games.rps import ACTIONS, rock_paper_scissors
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play

SIMPLE: list[Callable[[], Bot]] = [
    Constant,
    Biased,
    Rotate,
    DeBruijn,
    PiDigits,
    CopyLast,
    BeatLast,
    Frequency,
    AntiFrequency,
    Flat,
    Switch,
    WinStayLoseRotate,
    ConditionalResponse,
]
PREDICTORS: list[Callable[[], Bot]] = [
    Markov,
    Backoff,
    ContextMixing,
    PatternMatch,
    Rotation,
    OutcomeShift,
]
ALL = [*SIMPLE, *PREDICTORS, Iocaine]
BLIND = (Constant, Biased, Rotate, DeBruijn, PiDigits)
NAMES = dict(zip("RPS", ACTIONS, strict=True))
REFERENCE = json.loads((Path(__file__).parent / "roshambo_reference.json").read_text())


def meet(a: Bot, b: Bot, rounds: int = 1000, repeat: int = 0, game: Any = None) -> MatchRecord:
    game = game or rock_paper_scissors(rounds=rounds)
    seats = (Entry(a.name, a), Entry(b.name, b))
    record = play(Match(Entry("rps", game), seats, repeat=repeat))
    assert record.status is Status.OK, record.reason
    return record


def thrown(record: MatchRecord, player: int = 0) -> list[Any]:
    return [r.actions[player] for r in record.rounds]


# Published bots


def named(moves: str) -> list[str]:
    return [NAMES[move] for move in moves]


def published_bots() -> dict[str, Bot]:
    return {
        "rockbot": Constant("rock"),
        "rotatebot": Rotate(),
        "copybot": BeatLast(),
        "freqbot2": Frequency(),
        "pibot": PiDigits(),
    }


@pytest.mark.parametrize("seen", REFERENCE["matches"], ids=lambda m: f"{m['a']}-{m['b']}")
def test_bots_of_the_roshambo_test_suite_move_as_published(seen: dict[str, Any]) -> None:
    ours = published_bots()
    moves = {"a": named(seen["moves_a"]), "b": named(seen["moves_b"])}
    a = ours.get(seen["a"], Replay(moves["a"]))
    b = ours.get(seen["b"], Replay(moves["b"]))
    record = meet(a, b, rounds=len(moves["a"]))
    assert thrown(record, 0) == moves["a"]
    assert thrown(record, 1) == moves["b"]
    assert record.payoffs == (seen["return_a"], -seen["return_a"])


def test_the_reference_exercises_every_published_bot() -> None:
    sides = {m[side] for m in REFERENCE["matches"] for side in "ab"}
    assert published_bots().keys() <= sides
    assert len(REFERENCE["matches"]) == 25


# Simple bots


def test_rotation_goes_both_ways() -> None:
    assert thrown(meet(Rotate(step=1), Constant(), 4)) == ["rock", "paper", "scissors", "rock"]
    assert thrown(meet(Rotate(step=2), Constant(), 4)) == ["rock", "scissors", "paper", "rock"]


def test_copy_last_plays_the_others_last_move() -> None:
    record = meet(CopyLast(), RandomBot(), 300)
    assert thrown(record, 0)[1:] == thrown(record, 1)[:-1]


def test_anti_frequency_beats_frequency() -> None:
    payoffs = meet(AntiFrequency(), Frequency()).payoffs
    assert payoffs is not None
    assert payoffs[0] > 950


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_a_de_bruijn_sequence_holds_every_series_once(order: int) -> None:
    sequence = de_bruijn(order)
    around = sequence + sequence[: order - 1]
    series = {around[i : i + order] for i in range(len(sequence))}
    assert len(series) == len(sequence) == 3**order


def test_de_bruijn_starts_over_after_its_period() -> None:
    moves = thrown(meet(DeBruijn(order=2), Constant(), 27))
    assert moves[:9] == [ACTIONS[m] for m in (0, 0, 1, 0, 2, 1, 1, 2, 2)]
    assert moves == moves[:9] * 3


def test_biased_keeps_its_probabilities() -> None:
    moves = thrown(meet(Biased((0.2, 0.2, 0.6)), Constant(), 4000))
    shares = [moves.count(action) / 4000 for action in ACTIONS]
    # Four standard deviations of a share are at most 4 * sqrt(0.24 / 4000) = 0.031.
    assert shares == pytest.approx([0.2, 0.2, 0.6], abs=0.031)


def test_flat_plays_every_move_equally_often() -> None:
    moves = thrown(meet(Flat(), Constant(), 300))
    assert [moves.count(action) for action in ACTIONS] == [100, 100, 100]
    assert all(set(moves[i : i + 3]) == set(ACTIONS) for i in range(0, 300, 3))


def test_switch_repeats_itself_as_often_as_told() -> None:
    def share_of_repeats(p_repeat: float) -> float:
        moves = thrown(meet(Switch(p_repeat), Constant(), 2001))
        return sum(1 for a, b in itertools.pairwise(moves) if a == b) / 2000

    assert share_of_repeats(0) == 0
    assert share_of_repeats(1) == 1
    assert share_of_repeats(0.3) == pytest.approx(0.3, abs=0.041)


def shifts_by_outcome(bot: Bot, rounds: int = 6000) -> dict[int, list[float]]:
    """The shares of stay, up and down after a tie (0), a win (1) and a loss (2)."""
    record = meet(bot, RandomBot(), rounds)
    own, other = ([ACTIONS.index(a) for a in thrown(record, i)] for i in (0, 1))
    counts = {outcome: [0, 0, 0] for outcome in range(3)}
    for now, then, last in zip(own[1:], own, other, strict=False):
        counts[(then - last) % 3][(now - then) % 3] += 1
    return {outcome: [n / sum(c) for n in c] for outcome, c in counts.items()}


def test_conditional_response_keeps_its_nine_probabilities() -> None:
    win, tie, loss = (0.7, 0.1, 0.2), (0.2, 0.3, 0.5), (0.0, 0.6, 0.4)
    seen = shifts_by_outcome(ConditionalResponse(win, tie, loss))
    # Four standard deviations of a share in some 2,000 throws are at most 0.046.
    for outcome, probabilities in enumerate((tie, win, loss)):
        assert seen[outcome] == pytest.approx(probabilities, abs=0.046)


def test_win_stay_lose_rotate_shifts_as_told() -> None:
    seen = shifts_by_outcome(WinStayLoseRotate(lose="beat_own", tie="beaten_by_own"), 300)
    assert seen == {0: [0, 0, 1], 1: [1, 0, 0], 2: [0, 1, 0]}
    seen = shifts_by_outcome(WinStayLoseRotate(), 300)
    assert seen == {0: [1, 0, 0], 1: [1, 0, 0], 2: [0, 0, 1]}


# All bots


def seat(game: Any, player: int = 0) -> Seat:
    return Seat(player, 2, game.name, game.facts(player), lambda: 5)


@pytest.mark.parametrize("make", ALL)
def test_the_same_match_brings_the_same_moves(make: Callable[[], Bot]) -> None:
    first, again = (meet(make(), Switch(), 150) for _ in range(2))
    assert first.rounds == again.rounds


@pytest.mark.parametrize("make", ALL)
def test_one_agent_plays_both_seats_without_mixing_them_up(make: Callable[[], Bot]) -> None:
    agent = make()
    assert meet(agent, agent, 100).rounds == meet(make(), make(), 100).rounds


class Frozen(list[Any]):
    """A history that only the game can change."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("a bot changed its observation")

    append = extend = insert = pop = remove = clear = sort = reverse = _refuse  # type: ignore[assignment]
    __setitem__ = __delitem__ = __iadd__ = _refuse


def drive(bot: Bot, game: MatrixGame, others: list[Any]) -> list[Any]:
    """What a bot plays against a series of actions, with the same chance in every game."""
    player: Any = bot.player(seat(game))
    own, other = Frozen(), Frozen()
    decision = Decision(0, Choice(game.row_actions), {"own": own, "other": other})
    for action in others:
        list.append(own, player.act(decision))
        list.append(other, action)
    return list(own)


def random_actions(actions: tuple[str, ...], n: int = 120) -> list[str]:
    rng = Random(2)
    return [actions[int(rng.random() ** 2 * 3)] for _ in range(n)]


@pytest.mark.parametrize("make", ALL)
def test_no_bot_changes_what_it_is_shown(make: Callable[[], Bot]) -> None:
    played = drive(make(), rock_paper_scissors(rounds=120), random_actions(ACTIONS))
    assert len(played) == 120
    assert set(played) <= set(ACTIONS)


def cyclic_game(actions: tuple[str, ...], rounds: int = 200, **more: Any) -> MatrixGame:
    """Rock Paper Scissors in which every action beats the one before it in `actions`."""
    row = tuple(tuple((0, 4, -2)[(i - j) % 3] for j in range(3)) for i in range(3))
    column = tuple(zip(*row, strict=True))
    given = {"row": row, "column": column, "row_actions": actions, "column_actions": actions}
    return MatrixGame(name="cyclic", rounds=rounds, **{**given, **more})


@pytest.mark.parametrize("make", ALL)
def test_names_and_stakes_do_not_matter(make: Callable[[], Bot]) -> None:
    names = ("fire", "water", "grass")
    played = drive(make(), cyclic_game(names), random_actions(names))
    plain = drive(make(), rock_paper_scissors(), random_actions(ACTIONS))
    assert [ACTIONS[names.index(action)] for action in played] == plain


@pytest.mark.parametrize("make", [make for make in ALL if make is not Biased])
def test_the_order_of_actions_does_not_matter(make: Callable[[], Bot]) -> None:
    others = random_actions(ACTIONS)
    played = drive(make(), reversed_game(), others)
    assert played == drive(make(), rock_paper_scissors(), others)


def test_biased_goes_by_the_order_of_actions() -> None:
    moves = thrown(meet(Biased((0, 1, 0)), Constant(), game=reversed_game()))
    assert set(moves) == {"scissors"}


def reversed_game() -> MatrixGame:
    """Rock Paper Scissors with the actions in another order: scissors after rock."""
    beats = {"rock": "scissors", "scissors": "paper", "paper": "rock"}
    order = ("rock", "scissors", "paper")
    row = tuple(tuple((beats[a] == b) - (beats[b] == a) for b in order) for a in order)
    column = tuple(zip(*row, strict=True))
    return cyclic_game(order, row=row, column=column)


def test_the_players_names_for_their_actions_may_differ() -> None:
    game = cyclic_game(("a", "b", "c"), column_actions=("x", "y", "z"))
    assert thrown(meet(BeatLast(), Constant("z"), game=game), 0)[1:] == ["a"] * 199
    assert thrown(meet(Constant("b"), BeatLast(), game=game), 1)[1:] == ["z"] * 199


def prisoners_dilemma() -> MatrixGame:
    names, row, column = ("a", "b"), ((3, 0), (5, 1)), ((3, 5), (0, 1))
    return MatrixGame(row=row, column=column, row_actions=names, column_actions=names)


@functools.cache
def wrong_games() -> dict[str, MatrixGame]:
    """Games that are not cyclic, by what should be said of them."""
    three = ("a", "b", "c")
    zeros, identity = ((0, 0, 0),) * 3, ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    dominant = ((2, 2, 2), (1, 1, 1), (0, 0, 0))
    return {
        "indifferent": cyclic_game(three, row=zeros, column=zeros),
        "coordination": cyclic_game(three, row=identity, column=identity),
        "dominant": cyclic_game(three, row=dominant, column=tuple(zip(*dominant, strict=True))),
        "two": prisoners_dilemma(),
    }


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("kind", ["indifferent", "coordination", "dominant", "two"])
def test_games_without_the_cycle_are_refused(make: Callable[[], Bot], kind: str) -> None:
    game, bot = wrong_games()[kind], make()
    with pytest.raises(UsageError, match=f"{bot.name} cannot play {game.name}: .*; it plays games"):
        meet(bot, RandomBot(), game=game)


def test_a_game_that_tells_no_payoffs_is_refused() -> None:
    with pytest.raises(UsageError, match="does not tell its actions and payoffs"):
        Rotate().player(Seat(0, 2, "silent", {}, lambda: 1))


@pytest.mark.parametrize("more", [{"feedback": "payoffs"}, {"feedback": "none"}, {"recall": 2}])
@pytest.mark.parametrize("make", ALL)
def test_bots_that_need_history_refuse_games_that_hide_it(
    make: Callable[[], Bot], more: dict[str, Any]
) -> None:
    game = rock_paper_scissors(rounds=5, **more)
    if make in BLIND:
        assert len(meet(make(), RandomBot(), game=game).rounds) == 5
    else:
        (setting,) = more
        with pytest.raises(UsageError, match=f"must see .*{setting}="):
            meet(make(), RandomBot(), game=game)


def test_trembles_are_seen_as_they_happened() -> None:
    """A bot follows what was played, not what it meant to play."""
    game = rock_paper_scissors(rounds=400, noise=0.3)
    record = meet(WinStayLoseRotate(), RandomBot(), game=game)
    assert record.turns is not None
    own = [ACTIONS.index(a) for a in thrown(record, 0)]
    other = [ACTIONS.index(a) for a in thrown(record, 1)]
    meant = [ACTIONS.index(action) for player, action in record.turns if player == 0]
    for i in range(1, 400):
        lost = own[i - 1] == BEATS[other[i - 1]]
        assert meant[i] == (BEATS[own[i - 1]] if lost else own[i - 1])


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (Biased, {"probabilities": (0.5, 0.5)}),
        (Biased, {"probabilities": (0.5, 0.5, 0.5)}),
        (Biased, {"probabilities": (-0.5, 0.5, 1)}),
        (Biased, {"probabilities": "thirds"}),
        (Rotate, {"step": 0}),
        (Rotate, {"step": 1.5}),
        (DeBruijn, {"order": 10}),
        (Switch, {"p_repeat": 1.2}),
        (WinStayLoseRotate, {"lose": "left"}),
        (WinStayLoseRotate, {"tie": 1}),
        (ConditionalResponse, {"loss": (1, 1, 1)}),
        (Markov, {"order": -1}),
        (Markov, {"order": True}),
        (Markov, {"history": "mine"}),
        (Backoff, {"min_count": 0}),
        (ContextMixing, {"share": 2}),
        (PatternMatch, {"max_length": 0}),
        (Rotation, {"decay": "slow"}),
        (OutcomeShift, {"decay": -1}),
        (Iocaine, {"horizons": ()}),
        (Iocaine, {"horizons": (10, 0)}),
        (Iocaine, {"horizons": 10}),
    ],
    ids=str,
)
def test_parameters_out_of_range_are_refused(
    make: Callable[..., Bot], given: dict[str, Any]
) -> None:
    (parameter,) = given
    with pytest.raises(UsageError, match=f"{parameter} is .*must"):
        make(**given)


def test_constant_refuses_an_action_that_the_game_does_not_have() -> None:
    with pytest.raises(UsageError, match="action is 'lizard'; it must be rock, paper or scissors"):
        meet(Constant("lizard"), RandomBot())


def test_names_are_distinct_and_lists_work_like_tuples() -> None:
    names = [make().name for make in ALL]
    assert len(set(names)) == len(names) >= 20
    assert Entry("b", Biased([0.5, 0.25, 0.25])).key == Entry("b", Biased()).key
