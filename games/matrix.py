"""Repeated games in normal form between two players: any payoffs, any number of actions.

`MatrixGame` is the engine of every named matrix game (`harness.games.catalogue`), of the 144
ordinal 2x2 games (`harness.games.ordinal`), the traveler's dilemma and Rock Paper Scissors. A
function decorated with `named` turns a game's own parameters into payoffs, and takes the
parameters of repeated play besides.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from random import Random
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from harness import (
    Action,
    Choice,
    Decision,
    Game,
    Ladder,
    Play,
    Result,
    Round,
    Words,
)
from harness.games import ladders, matrix_checks, matrix_words

Payoffs: TypeAlias = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class MatrixGame(Game):
    """A game in normal form, played for one round or many.

    Args:
        name: the game's name in logs.
        row: payoffs of player 0, one row per own action, one column per action of player 1.
        column: payoffs of player 1, laid out as `row` is.
        row_actions: names of player 0's actions, as logged.
        column_actions: names of player 1's actions, as logged.
        cooperate: the action that counts as cooperation, for each player; None where none does.
        payoff_rule: words that tell the payoffs, in place of a sentence per cell, where actions
            go by their names; `{currency}` stands for the currency.
        rounds: how many rounds; 10 if neither this nor `continuation` is given. With
            `continuation`, the most there can be (None: no limit).
        continuation: probability that another round follows, for a game of random length.
        horizon: whether the players are told how long the game lasts: `announced` or `hidden`.
        discount: weight of each round's payoffs in the total, relative to the round before.
        noise: probability that a player's action is replaced by another one (a tremble).
        stakes: factor on all payoffs.
        labels: what readers call the actions: `letters`, `names`, or a list.
        relabel: when labels are drawn anew: `never`, `match` or `round`.
        order: when the order in which options are named is drawn: `fixed`, `match` or `round`.
        currency: what payoffs are called.
        story: a cover story; a name out of `harness/games/stories.toml`, or any text.
        goal: a last sentence on what to aim at; none by default.
        feedback: what is told after a round: `full`, `payoffs` (own only) or `none`.
        recall: how many past rounds are shown at each decision; None for all, as programs see
            them, and the last one, as readers do who remember what they were told.

    Raises:
        UsageError: a parameter is out of its range; the message names it.
    """

    name: str = "matrix"
    row: Payoffs = ()
    column: Payoffs = ()
    row_actions: tuple[str, ...] = ()
    column_actions: tuple[str, ...] = ()
    cooperate: tuple[str | None, str | None] = (None, None)
    payoff_rule: str = ""
    rounds: int | None = None
    continuation: float | None = None
    horizon: Literal["announced", "hidden"] = "announced"
    discount: float = 1.0
    noise: float = 0.0
    stakes: float = 1
    labels: str | tuple[str, ...] = "letters"
    relabel: Literal["never", "match", "round"] = "never"
    order: Literal["fixed", "match", "round"] = "fixed"
    currency: str = "points"
    story: str = ""
    goal: str = ""
    feedback: Literal["full", "payoffs", "none"] = "full"
    recall: int | None = None

    version = 1

    def __post_init__(self) -> None:
        if self.rounds is None and self.continuation is None:
            object.__setattr__(self, "rounds", 10)
        if isinstance(self.labels, list):
            object.__setattr__(self, "labels", tuple(self.labels))
        for name in ("row", "column"):
            numbers = tuple(tuple(_whole(u) for u in line) for line in getattr(self, name))
            object.__setattr__(self, name, numbers)
        object.__setattr__(self, "stakes", _whole(self.stakes))
        matrix_checks.check_payoffs(self)
        matrix_checks.check_settings(self)
        object.__setattr__(self, "story", matrix_words.story(self.story))

    def actions(self, player: int) -> tuple[str, ...]:
        """The names of a player's actions, as logged."""
        return self.column_actions if player else self.row_actions

    def payoff(self, player: int, own: int, other: int) -> float:
        """What a player receives for its own action against the other's, both as positions."""
        value = self.column[other][own] if player else self.row[own][other]
        return value * self.stakes

    def cooperative(self, player: int) -> Action | None:
        """The action that counts as cooperation for this player, if any does."""
        return self.cooperate[player]

    @property
    def ladder(self) -> Ladder:
        """The exploiters of games with such payoffs."""
        return ladders.matrix_ladder(self)

    @property
    def untold(self) -> Collection[str]:
        """How long the game lasts, if that is hidden."""
        return ("rounds", "continuation") if self.horizon == "hidden" else ()

    def facts(self, player: int) -> Mapping[str, Any]:
        """Actions and payoffs from this player's view, `[own][other]`, and the rules of play."""
        return self._facts[player]

    @cached_property
    def _facts(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Both players' facts, unchangeable, since every match hands out the same."""
        first, second = (MappingProxyType(self._view(player)) for player in (0, 1))
        return first, second

    def _view(self, player: int) -> dict[str, Any]:
        """One player's facts."""
        own, other = self.actions(player), self.actions(1 - player)
        rows, columns = range(len(own)), range(len(other))
        told = self.horizon == "announced"
        return {
            "actions": own,
            "other_actions": other,
            "payoffs": tuple(tuple(self.payoff(player, i, j) for j in columns) for i in rows),
            "other_payoffs": tuple(
                tuple(self.payoff(1 - player, j, i) for j in columns) for i in rows
            ),
            "rounds": self.rounds if told else None,
            "continuation": self.continuation if told else None,
            "discount": self.discount,
            "noise": self.noise,
            "feedback": self.feedback,
            "recall": self.recall,
        }

    def play(self, rng: Random) -> Play:
        """Both players choose at once, round by round, until the horizon or a random stop."""
        draws, trembles, stops = (rng.getrandbits(64) for _ in range(3))
        outcomes = self._outcomes
        views: tuple[View, View] = ({"own": [], "other": []}, {"own": [], "other": []})
        view_0, view_1 = views
        own_0, other_0, own_1, other_1 = (view[key] for view in views for key in ("own", "other"))
        partly = _Partly(views, self.feedback, self.recall) if self._partly else None
        tremble = _Tremble(self, trembles) if self.noise else None
        stopping = Random(stops) if self.continuation is not None else None
        pairs = self._pairs(draws, views)
        pair = next(pairs)
        totals, weight = [0.0, 0.0], 1.0
        discounted, last = self.discount != 1, self.rounds
        redrawn = "round" in (self.relabel, self.order)
        for t in itertools.count():
            view_0["round"] = view_1["round"] = t
            chosen = yield pair
            played = tremble.strike(chosen) if tremble else chosen
            happened = outcomes[played]
            if partly:
                partly.show(chosen, happened)
            else:  # the lists are each player's own: whoever changes them fools only itself
                a, b = played
                own_0.append(a)
                other_0.append(b)
                own_1.append(b)
                other_1.append(a)
            if discounted:
                paid = (u for u in happened.payoffs if u is not None)  # both always are
                totals = [u + weight * v for u, v in zip(totals, paid, strict=True)]
                weight *= self.discount
            if played is not chosen and played != chosen:
                fell = [player for player in (0, 1) if played[player] != chosen[player]]
                happened = happened._replace(info={"trembles": fell})
            yield happened
            if t + 1 == last or (stopping and stopping.random() >= (self.continuation or 0)):
                break
            if redrawn:
                pair = next(pairs)
        return Result(payoffs=(totals[0], totals[1])) if discounted else None

    @property
    def _partly(self) -> bool:
        """Whether the players see less than all that was played."""
        return self.feedback != "full" or self.recall is not None

    def rules(self, decision: Decision) -> str:
        """The rules as this player reads them."""
        return matrix_words.rules(self, decision)

    def describe(self, decision: Decision) -> Words:
        """The last round, or the last `recall` rounds, and the question."""
        return matrix_words.describe(self, decision)

    @cached_property
    def _outcomes(self) -> dict[tuple[str, str], Round]:
        """The round that each pair of actions brings."""
        return {
            (a, b): Round((a, b), (self.payoff(0, i, j), self.payoff(1, j, i)))
            for i, a in enumerate(self.row_actions)
            for j, b in enumerate(self.column_actions)
        }

    def _pairs(self, seed: int, views: tuple[View, View]) -> Iterator[tuple[Decision, Decision]]:
        """Both players' decisions, with labels and orders drawn as often as they are to be."""
        drawn = self.relabel != "never" or self.order != "fixed"
        spaces = self._look(Random(seed)) if drawn else itertools.repeat(self._fixed)
        for both in spaces:
            for view, own, other in zip(views, both, reversed(both), strict=True):
                view["labels"] = {"own": own.labels, "other": other.labels}
            yield Decision(0, both[0], views[0]), Decision(1, both[1], views[1])

    @cached_property
    def _fixed(self) -> tuple[Choice, Choice]:
        """Both players' choices where neither labels nor orders are drawn."""
        return next(self._look(Random(0)))

    def _look(self, rng: Random) -> Iterator[tuple[Choice, Choice]]:
        """Both players' choices, round by round."""
        names = self.row_actions, self.column_actions
        labels: tuple[str, ...] | None = None
        orders: list[tuple[int, ...]] = []
        while True:
            if labels is None or self.relabel == "round":
                labels = self._draw_labels(rng)
            if not orders or self.order == "round":
                orders = [self._draw_order(rng, len(own)) for own in names]
            first, second = (
                Choice(own, labels[: len(own)], order)
                for own, order in zip(names, orders, strict=True)
            )
            yield first, second

    def _draw_labels(self, rng: Random) -> tuple[str, ...]:
        """One label per position in the longer list of actions; none to use the names."""
        if self.labels == "names":
            return ()
        size = max(len(self.row_actions), len(self.column_actions))
        pool = matrix_checks.LETTERS if self.labels == "letters" else self.labels
        return tuple(pool[:size] if self.relabel == "never" else rng.sample(tuple(pool), size))

    def _draw_order(self, rng: Random, size: int) -> tuple[int, ...]:
        """The positions of the actions in the order in which they are named."""
        return tuple(range(size) if self.order == "fixed" else rng.sample(range(size), size))

    def __reduce__(self) -> tuple[Any, ...]:
        return MatrixGame, tuple(getattr(self, name) for name in FIELDS)


def _whole(value: Any) -> Any:
    """A number without its point where that says nothing: 1 for 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


View: TypeAlias = dict[str, Any]


class _Tremble:
    """Action noise: with probability `noise`, each player's action becomes another one."""

    def __init__(self, game: MatrixGame, seed: int) -> None:
        self.rng = Random(seed)
        self.noise = game.noise
        self.others = [
            {a: [b for b in actions if b != a] for a in actions}
            for actions in (game.row_actions, game.column_actions)
        ]

    def strike(self, chosen: tuple[Action, Action]) -> tuple[Action, Action]:
        """What is played, given what was chosen."""
        first, second = (self._one(player, action) for player, action in enumerate(chosen))
        return first, second

    def _one(self, player: int, action: Action) -> Action:
        others = self.others[player][action]
        if self.rng.random() >= self.noise or not others:
            return action
        return others[int(self.rng.random() * len(others))]


class _Partly:
    """What the players see of the past where that is less than everything."""

    def __init__(self, views: tuple[View, View], feedback: str, recall: int | None) -> None:
        self.views = views
        self.feedback = feedback
        self.recall = recall
        for view in views if feedback != "full" else ():
            del view["other"]
            if feedback == "payoffs":
                view["payoffs"] = []

    def show(self, chosen: tuple[Action, Action], happened: Round) -> None:
        """Show one more round, and forget what is beyond recall."""
        for player, view in enumerate(self.views):
            actions = chosen if self.feedback == "none" else happened.actions
            view["own"].append(actions[player])
            if self.feedback == "full":
                view["other"].append(actions[1 - player])
            elif self.feedback == "payoffs":
                view["payoffs"].append(happened.payoffs[player])
            if self.recall is not None:
                for name in view.keys() & {"own", "other", "payoffs"}:
                    del view[name][: -self.recall]


FIELDS = [f.name for f in fields(MatrixGame)]
REPEATED = FIELDS[FIELDS.index("rounds") :]
"""The parameters that every game in normal form takes: `rounds` and what follows it."""


def named(
    **defaults: Any,
) -> Callable[[Callable[..., Mapping[str, Any]]], Callable[..., MatrixGame]]:
    """Turn a function from a game's own parameters to those of `MatrixGame` into a game.

    The game takes the function's parameters and all those of repeated play, with these defaults.
    """

    def decorate(make: Callable[..., Mapping[str, Any]]) -> Callable[..., MatrixGame]:
        own = inspect.signature(make).parameters

        @functools.wraps(make)
        def build(**given: Any) -> MatrixGame:
            mine = {key: given.pop(key) for key in own if key in given}
            return MatrixGame(**{"name": make.__name__, **defaults, **make(**mine), **given})

        shared = [
            p.replace(default=defaults.get(p.name, p.default))
            for p in inspect.signature(MatrixGame).parameters.values()
            if p.name in REPEATED
        ]
        signature = inspect.Signature(
            [p.replace(kind=p.KEYWORD_ONLY) for p in (*own.values(), *shared)],
            return_annotation=MatrixGame,
        )
        build.__signature__ = signature  # type: ignore[attr-defined]
        return build

    return decorate
