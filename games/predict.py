"""Forecasts: what players expect of each other, asked before they decide.

Forecasts are scored by proper rules, under which honest beliefs fare best in expectation
(Gneiting & Raftery 2007, Journal of the American Statistical Association 102(477), 359-378). The
single expected action is what the "social chain of thought" asks for before the own choice (Akata
et al. 2025, Nature Human Behaviour 9(7)).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal, TypeAlias

from harness import (
    Action,
    Choice,
    Course,
    Decision,
    Distribution,
    Form,
    Integer,
    Modified,
    Modifier,
    Real,
    Result,
    Round,
    Space,
    Steps,
    UsageError,
    merged,
    shorten,
)
from harness.games.matrix_words import number, options

LEAST = 1e-6
"""Probabilities below this one count as this one in the logarithmic score, to keep it finite."""

MEASURES = {
    "brier": "mean Brier score of forecasts: 0 is best, 2 worst",
    "log_score": "mean natural logarithm of the probability forecast of what was done: 0 is best",
    "hit_rate": "share of forecast actions that were what was done",
    "squared_error": "mean squared difference between the numbers forecast and chosen",
}
SCORES = {"distribution": ("brier", "log_score"), "point": ("hit_rate",)}
"""What forecasts of a choice are scored by; those of numbers are by the squared error."""

Forecasts: TypeAlias = dict[int, Action]
"""One player's forecasts, by the player that they are about."""


@dataclass(frozen=True)
class Predict(Modifier):
    """Players forecast what the others are about to do, before they decide themselves.

    Asked before steps at which several players decide at once: every one of them forecasts the
    action of every other whose action is one of a few, or a number within public bounds. The
    forecast of a number is a single number; that of a choice is as `kind` says. With two players a
    forecast is the answer itself; with more it is a form with a field for each of the others, as
    words call them: `player 1` and so on.

    Bounds are public where the game puts one and the same space to both players; bounds of a
    player's own, such as what a donor owns, may be a secret, and to ask for a forecast would tell
    them. Where there is nothing to forecast, nobody is asked and there are no measures: in `donor`,
    and in games in which players take turns, such as `deal_or_no_deal`.

    At the decision that follows, a player's observation holds its own `forecast`, as it gave it;
    no other player ever sees it. Each round's info holds `forecasts` (the match's info those
    after the last round): `{"player", "about", "forecast", "action"}`, where `action` is what the
    other chose, before any tremble. `brier`, `log_score`, `hit_rate` and `squared_error` are means
    over a player's forecasts.

    The options of a choice are told to those who forecast it: this is for games in which they are
    no secret.

    Args:
        game: the game that is played.
        kind: forecasts of a choice are a probability for each action, a `distribution`, or the
            one action that is expected, a `point`.

    Raises:
        UsageError: `kind` is neither.
    """

    kind: Literal["distribution", "point"] = "distribution"

    name = "predict"
    names_players = True

    def __post_init__(self) -> None:
        if self.kind not in SCORES:
            raise UsageError(
                f"predict: kind is {shorten(self.kind)}; it must be distribution or point"
            )
        super().__post_init__()

    def own_measures(self) -> Mapping[str, str]:
        """The scores that this kind of forecasts has."""
        return {name: MEASURES[name] for name in (*SCORES[self.kind], "squared_error")}

    def course(self, rng: Random) -> Course:
        """The forecasts of one match."""
        return Forecaster(self)

    def clause(self, player: int) -> str:
        """When forecasts are asked for, and what becomes of them."""
        whom = "the other player" if self.n_players == 2 else "other players"
        choose = "chooses" if self.n_players == 2 else "choose"
        return (
            f"Before some of your decisions, you are asked for a forecast of what {whom} {choose}"
            " at the same time. No other player sees your forecasts, and they change nothing about"
            " what anybody receives."
        )

    def question(self, decision: Modified) -> str:
        """The call for a forecast."""
        spaces, _ = decision.notes
        if self.n_players == 2:
            (space,) = spaces.values()
            what = f"Answer with {expected(space)}."
            return f"First, what do you expect the other player to choose? {what}"
        ask = "First, what do you expect these players to choose? Answer for each of them:"
        lines = [f"- {self.called(about)}: {expected(space)}" for about, space in spaces.items()]
        return "\n".join([ask, *lines])

    def news(self, decision: Modified) -> str:
        """The own forecasts, at the decision that follows them."""
        spaces, forecasts = decision.notes
        told = []
        for about, forecast in forecasts.items():
            whom = "the other player" if self.n_players == 2 else self.called(about)
            told.append(f"Your forecast of {whom}: {told_again(forecast, spaces[about])}.")
        return "\n".join(told)


def expected(space: Space) -> str:
    """The legal forecasts, in words; long rows of numbers as a range."""
    if isinstance(space, Distribution):
        listed, names = ", ".join(space.over.shown), options(space.over.shown)
        if names.startswith("a whole number"):
            return str(space).replace(f"each of {listed}", f"each {names.removeprefix('a ')}")
        return str(space)
    return options(space.shown) if isinstance(space, Choice) else str(space)


def told_again(forecast: Action, space: Space) -> str:
    """A forecast in words.

    >>> told_again({"H": 0.75, "T": 0.25}, Distribution(Choice(("H", "T"))))
    'H with probability 0.75, T with probability 0.25'
    """
    if isinstance(space, Distribution):
        labels = {str(a): space.over.label(a) for a in space.over.actions}
        chances = {labels[name]: format(p, ".4g") for name, p in forecast.items() if p}
        return ", ".join(f"{label} with probability {p}" for label, p in chances.items())
    return space.label(forecast) if isinstance(space, Choice) else number(forecast)


def forecast_space(space: Space, kind: str, order: Sequence[int]) -> Space | None:
    """How an action in a space is forecast; None where it is not.

    Args:
        space: the other player's legal actions.
        kind: `distribution` or `point`.
        order: the order in which the forecaster sees its own actions named; those of a choice as
            large are named in the same order.
    """
    match space:
        case Choice():
            same = tuple(order) if len(order) == len(space.actions) else ()
            choice = Choice(space.actions, space.labels, same)
            return Distribution(choice) if kind == "distribution" else choice
        case Integer():
            return Real(space.low, space.high)  # a mean need not be whole
        case Real():
            return space
    return None


def vague(space: Space) -> Action:
    """A forecast that leaves open what can be left open: even chances, the middle of a range.

    >>> vague(Distribution(Choice(("H", "T")))), vague(Real(0, 100))
    ({'H': 0.5, 'T': 0.5}, 50.0)
    """
    match space:
        case Form():
            return {name: vague(part) for name, part in space.fields.items()}
        case Distribution():
            actions = space.over.actions
            return {str(action): 1 / len(actions) for action in actions}
        case Choice():
            return space.actions[0]
        case Real():
            return (space.low + space.high) / 2
    raise TypeError(f"no forecast has the space {space!r}")


def scores(forecast: Action, action: Action, space: Space) -> dict[str, float]:
    """A forecast's scores, given what was done.

    The Brier score is `sum((p_k - o_k)**2)` over all actions, with `o_k` 1 for the one done and
    else 0 (Brier 1950, Monthly Weather Review 78(1), equation 2); the logarithmic score is the
    natural logarithm of the probability of the one done (Good 1952, Journal of the Royal
    Statistical Society B 14(1)), probabilities below `LEAST` counting as that.

    >>> scores({"H": 0.5, "T": 0.5}, "H", Distribution(Choice(("H", "T"))))["brier"]
    0.5
    """
    match space:
        case Distribution():
            done = str(action)
            errors = [(p - (name == done)) ** 2 for name, p in forecast.items()]
            return {
                "brier": math.fsum(errors),
                "log_score": math.log(max(forecast[done], LEAST)),
            }
        case Choice():
            return {"hit_rate": float(forecast == action)}
    return {"squared_error": float((forecast - action) ** 2)}


class Forecaster(Course):
    """The forecasts of one match, and how they fared."""

    def __init__(self, game: Predict) -> None:
        super().__init__()
        self.game = game
        self.spaces: dict[int, dict[int, Space]] = {}
        self.forecasts: dict[int, Forecasts] = {}
        self.answers: dict[int, Action] = {}
        self.scored: list[dict[str, list[float]]] = [{} for _ in range(game.n_players)]
        self.entries: list[dict[str, Any]] = []

    def before(self, asked: tuple[Decision, ...]) -> Steps:
        """Ask everyone for a forecast of everyone else."""
        self.forecasts, self.answers = {}, {}
        self.spaces = {d.player: self._about_others(d, asked) for d in asked}
        forecasters = [decision for decision in asked if self.spaces[decision.player]]
        if not forecasters:
            return
        answers = yield tuple(map(self._invite, forecasters))
        for decision, answer in zip(forecasters, answers, strict=True):
            player = decision.player
            names = list(self.spaces[player])
            single = self.game.n_players == 2
            told = [answer] if single else [answer[self.game.called(about)] for about in names]
            self.answers[player] = answer
            self.forecasts[player] = dict(zip(names, told, strict=True))

    def _about_others(self, decision: Decision, asked: tuple[Decision, ...]) -> dict[int, Space]:
        """How this decision's player forecasts each of the others who decide with it."""
        own = decision.space
        order = own.order if isinstance(own, Choice) else ()
        spaces = {
            other.player: forecast_space(other.space, self.game.kind, order)
            for other in asked
            if other.player != decision.player
            and (isinstance(other.space, Choice) or other.space is own)  # equal may be by chance
        }
        return {about: space for about, space in spaces.items() if space is not None}

    def _invite(self, decision: Decision) -> Modified:
        """Ask a player for its forecasts."""
        spaces = self.spaces[decision.player]
        space: Space = Form({self.game.called(about): space for about, space in spaces.items()})
        if self.game.n_players == 2:
            (space,) = spaces.values()
        return self.ask(decision, space, "predict", aside=vague(space))

    def taken(self, asked: tuple[Decision, ...], actions: tuple[Action, ...]) -> None:
        """Score the forecasts by what was done."""
        done = {d.player: action for d, action in zip(asked, actions, strict=True)}
        for player, forecasts in self.forecasts.items():
            for about, forecast in forecasts.items():
                entry = {"player": player, "about": about, "forecast": forecast}
                self.entries.append(entry | {"action": done[about]})
                found = scores(forecast, done[about], self.spaces[player][about])
                for name, score in found.items():
                    self.scored[player].setdefault(name, []).append(score)
        self.forecasts, self.answers = {}, {}

    def view(self, inner: Decision) -> dict[str, Any]:
        """The own forecast, where one has just been given."""
        given = inner.player in self.answers
        return {"forecast": copy.deepcopy(self.answers[inner.player])} if given else {}

    def notes(self, inner: Decision) -> tuple[dict[int, Space], Forecasts]:
        """What is to be forecast, and the forecasts if they have just been made."""
        player = inner.player
        return self.spaces.get(player, {}), self.forecasts.get(player, {})

    def brought(self, happened: Round) -> Round:
        """The round, with the forecasts made in it."""
        entries, self.entries = self.entries, []
        info = merged(happened.info, "forecasts", entries) if entries else happened.info
        return happened._replace(info=info)

    def result(self, result: Result | None) -> Result | None:
        """The result, with the mean scores."""
        before = result or Result()
        found = {
            name: [_mean(scored.get(name)) for scored in self.scored]
            for name in self.game.own_measures()
        }
        told = {name: means for name, means in found.items() if set(means) != {None}}
        info = merged(before.info, "forecasts", self.entries) if self.entries else before.info
        return replace(before, measures={**(before.measures or {}), **told} or None, info=info)


def _mean(values: list[float] | None) -> float | None:
    return math.fsum(values) / len(values) if values else None
