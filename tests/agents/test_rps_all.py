"""What all Rock Paper Scissors bots owe the game, and which games they refuse."""

from __future__ import annotations

import functools
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from harness import Bot, Choice, Decision, Seat, UsageError
from harness.agents.generic import RandomBot
from harness.agents.iocaine import Iocaine
from harness.agents.rps_base import BEATS
from harness.agents.rps_basic import (
    BeatLast,
    Biased,
    ConditionalResponse,
    Constant,
    DeBruijn,
    Rotate,
    Switch,
    WinStayLoseRotate,
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
from harness.match import Entry
from tests.agents.rps_matches import ALL, BLIND, meet, thrown


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
