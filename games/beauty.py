"""The p-beauty contest: whoever comes closest to p times the mean of all numbers wins.

Players name a number at the same time; the winner is who is nearest to p times the mean (or the
median, or the maximum) of all of them. Ledoux asked it of a magazine's readers in 1981; Nagel
(1995, American Economic Review 85(5), 1313-1326) made it an experiment, with p = 1/2, 2/3 and
4/3, numbers from 0 to 100, and a prize that tied winners share. With health points it is the game
of Zhang et al. (arXiv:2402.01521); `harness.games.beauty_08` has their parameters.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from random import Random
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from harness import Decision, Game, Integer, Ladder, Play, Real, Result, Round, Words
from harness.games import beauty_checks, beauty_words, matrix_words
from harness.games.ladders import ladders

FACTS = (
    *("players", "low", "high", "integers", "target", "decimals", "ties", "all_equal_wins"),
    *("prize", "payment", "health", "feedback", "level_zero"),
)
SHOWN = ("own", "payoffs", "targets", "aggregates", "choices", "all_payoffs", "winners")
"""What observations list round by round; how much of it depends on the feedback."""

AGGREGATES: dict[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "mean": lambda values: sum(values, Fraction()) / len(values),
    "median": statistics.median,
    "max": max,
}
MEASURES = {
    "first_choice": "the number chosen in the first round",
    "mean_choice": "mean number chosen",
    "distance": "mean distance of the number chosen to the target",
    "depth": "log_p(first choice / level zero); none for a choice of 0",
    "equilibrium_rate": "share of choices of the equilibrium, which is the lowest number for p < 1",
    "win_rate": "share of the match's rounds won",
}
SURVIVAL = {"survival": "1 for a player with health points left at the end, else 0"}


class Outcome(NamedTuple):
    """How a round comes out: numbers as fractions, so that ties are ties."""

    mean: Fraction
    aggregate: Fraction
    target: Fraction
    winners: list[int]
    payoffs: dict[int, float]


@dataclass(frozen=True)
class Beauty(Game):
    """A p-beauty contest, played for one round or many.

    Observations hold `round`, counted from 0; `own`, the player's own numbers so far; with any
    feedback `payoffs`, its own; with feedback `target` or `full` also `targets`; with `full` also
    `choices` and `all_payoffs` (by round and player, None for one who is out), `aggregates` and
    `winners` (a list of players by round). With `health` and any feedback, `health` is the
    player's own, and with `full` `healths` those of all.

    Args:
        players: how many take part.
        p: the factor, a number or a fraction in text such as "2/3".
        low: the lowest number that can be chosen.
        high: the highest.
        integers: whether only whole numbers can be chosen.
        target: what p multiplies: the `mean`, `median` or `max` of all numbers.
        decimals: to how many decimals the target is rounded; not at all if None.
        ties: which of two different numbers at the same distance from the target are nearest:
            `all` of them, or the `lower` one.
        all_equal_wins: whether there are winners where all players choose the same number.
        rounds: how many rounds there are at most.
        horizon: whether players are told how many: `announced` or `hidden`.
        prize: what is paid for a round.
        payment: how: `split` among the winners, to `each` of them, to one of the nearest drawn by
            lot (`fixed`), or `proportional`: to every player prize x max(0, 1 - d / (high - low)),
            where d is the distance to the target.
        health: how many health points each player starts with. Payoffs are then changes in health:
            0 for the winners and -1 for everyone else, and `prize` and `payment` have no meaning.
            A player with none left is out, and the match ends when fewer than two are in.
        feedback: what is told after a round: `full`, `target` (and the own payoff), `own` (payoff
            only) or `none`.
        opponents: what is said of the others: a name out of `harness/games/beauty_opponents.toml`,
            or any text.
        level_zero: the number that counts as choosing without any step of reasoning, from which
            the measure `depth` and bots reckon; the middle of the range if None.
        currency: what payoffs are called.
        story: a cover story; a name out of `harness/games/stories.toml`, or any text.
        goal: a last sentence on what to aim at; none by default.

    Raises:
        UsageError: a parameter is out of its range; the message names it.
    """

    players: int = 4
    p: float | str = "2/3"
    low: float = 0
    high: float = 100
    integers: bool = True
    target: Literal["mean", "median", "max"] = "mean"
    decimals: int | None = None
    ties: Literal["all", "lower"] = "all"
    all_equal_wins: bool = True
    rounds: int = 1
    horizon: Literal["announced", "hidden"] = "announced"
    prize: float = 1
    payment: Literal["split", "each", "fixed", "proportional"] = "split"
    health: int | None = None
    feedback: Literal["full", "target", "own", "none"] = "full"
    opponents: str = ""
    level_zero: float | None = None
    currency: str = "points"
    story: str = ""
    goal: str = ""

    name = "beauty"
    version = 1

    def __post_init__(self) -> None:
        beauty_checks.check(self)
        middle = (self.low + self.high) / 2
        settled = {
            "story": matrix_words.story(self.story),
            "opponents": beauty_words.opponents(self.opponents, self.players),
            "level_zero": middle if self.level_zero is None else self.level_zero,
            "n_players": self.players,
            "measures": MEASURES | (SURVIVAL if self.health else {}),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    @cached_property
    def factor(self) -> Fraction:
        """The factor p, exactly."""
        return beauty_checks.factor(self.p)

    @property
    def equilibrium(self) -> float | None:
        """The number at which the iteration of best replies comes to rest; None without one.

        It is `low` for p < 1 and `high` for p > 1. For p = 1 any number that all choose is an
        equilibrium. For the maximum and 1/2 < p < 1 there is none either: where all choose `low`,
        a higher number can come closer to p times itself.
        """
        p = self.factor
        if p == 1 or (self.target == "max" and Fraction(1, 2) < p < 1):
            return None
        return self.low if p < 1 else self.high

    @property
    def ladder(self) -> Ladder:
        """The exploiters of beauty contests."""
        return ladders()["beauty"]

    @property
    def untold(self) -> Collection[str]:
        """How long the game lasts, if that is hidden."""
        return ("rounds",) if self.horizon == "hidden" else ()

    def facts(self, player: int) -> Mapping[str, Any]:
        """The parameters of play, the same for every player; `rounds` is None if hidden."""
        told = {name: getattr(self, name) for name in FACTS}
        rounds = self.rounds if self.horizon == "announced" else None
        return MappingProxyType(told | {"p": float(self.factor), "rounds": rounds})

    def play(self, rng: Random) -> Play:
        """All players choose at once, round by round; those without health points are out."""
        lots = Random(rng.getrandbits(64))
        views = [self._view() for _ in range(self.players)]
        inside = list(range(self.players))
        decisions = self._ask(inside, views)
        healths = [self.health or 0] * self.players
        played: list[tuple[dict[int, float], Outcome]] = []
        for t in range(self.rounds):
            for view in views:
                view["round"] = t
            numbers = dict(zip(inside, (yield decisions), strict=True))
            outcome = self.judge(numbers, lots.random())
            played.append((numbers, outcome))
            if self.health:
                healths = [h + int(outcome.payoffs.get(i, 0)) for i, h in enumerate(healths)]
            self._show(views, numbers, outcome, healths)
            yield self._round(numbers, outcome)
            if self.health and not all(healths[i] > 0 for i in inside):
                inside = [i for i in inside if healths[i] > 0]
                if len(inside) < 2:
                    break
                decisions = self._ask(inside, views)
        return self._result(played, healths)

    def judge(self, numbers: Mapping[int, float], lot: float = 0.0) -> Outcome:
        """How a round comes out.

        Args:
            numbers: what was chosen, by player; at least two of them.
            lot: a number in [0, 1) that decides among the nearest where `payment` is `fixed`.
        """
        chosen = {player: exact(number) for player, number in numbers.items()}
        values = list(chosen.values())
        mean, aggregate = (AGGREGATES[name](values) for name in ("mean", self.target))
        target = self.factor * aggregate
        if self.decimals is not None:
            target = Fraction(round(target, self.decimals))
        distances = {player: abs(value - target) for player, value in chosen.items()}
        winners = self._winners(chosen, distances)
        if self.payment == "fixed" and winners:
            winners = [winners[int(lot * len(winners))]]
        payoffs = self._payoffs(distances, winners)
        return Outcome(mean, aggregate, target, winners, payoffs)

    def _winners(
        self, chosen: Mapping[int, Fraction], distances: Mapping[int, Fraction]
    ) -> list[int]:
        """The players nearest to the target, in ascending order."""
        if not self.all_equal_wins and len(set(chosen.values())) == 1:
            return []
        least = min(distances.values())
        nearest = [player for player, distance in distances.items() if distance == least]
        if self.ties == "lower":
            lowest = min(chosen[player] for player in nearest)
            nearest = [player for player in nearest if chosen[player] == lowest]
        return nearest

    def _payoffs(
        self, distances: Mapping[int, Fraction], winners: Sequence[int]
    ) -> dict[int, float]:
        """What each player who chose receives."""
        if self.health:
            return {player: 0 if player in winners else -1 for player in distances}
        if self.payment == "proportional" and winners:
            span = exact(self.high) - exact(self.low)
            shares = {player: max(0.0, float(1 - d / span)) for player, d in distances.items()}
            return {player: self.prize * share for player, share in shares.items()}
        shared = self.payment == "split" and len(winners) > 1
        paid = self.prize / len(winners) if shared else self.prize
        return {player: paid if player in winners else 0 for player in distances}

    def rules(self, decision: Decision) -> str:
        """The rules as this player reads them."""
        return beauty_words.rules(self, decision)

    def describe(self, decision: Decision) -> Words:
        """The last round, as far as it is told, and the question."""
        return beauty_words.describe(self, decision)

    def _ask(
        self, inside: Sequence[int], views: Sequence[Mapping[str, Any]]
    ) -> tuple[Decision, ...]:
        """The decisions of all who are in."""
        whole = self.integers
        space = Integer(int(self.low), int(self.high)) if whole else Real(self.low, self.high)
        return tuple(Decision(player, space, views[player]) for player in inside)

    def _view(self) -> dict[str, Any]:
        """What a player sees before the first round."""
        shown = {"none": 1, "own": 2, "target": 3, "full": len(SHOWN)}[self.feedback]
        view: dict[str, Any] = {"round": 0} | {name: [] for name in SHOWN[:shown]}
        if self.health and self.feedback != "none":
            view["health"] = self.health
            if self.feedback == "full":
                view["healths"] = [self.health] * self.players
        return view

    def _show(
        self,
        views: Sequence[dict[str, Any]],
        numbers: Mapping[int, float],
        outcome: Outcome,
        healths: Sequence[int],
    ) -> None:
        """Show a round to each player who took part, as far as it is told: lists of its own."""
        everyone = range(self.players)
        for player in numbers:
            news = {
                "own": numbers[player],
                "payoffs": outcome.payoffs[player],
                "targets": float(outcome.target),
                "aggregates": float(outcome.aggregate),
                "choices": [numbers.get(i) for i in everyone],
                "all_payoffs": [outcome.payoffs.get(i) for i in everyone],
                "winners": list(outcome.winners),
            }
            view = views[player]
            for name in view.keys() & news.keys():
                view[name].append(news[name])
            if "health" in view:
                view["health"] = healths[player]
            if "healths" in view:
                view["healths"] = list(healths)

    def _round(self, numbers: Mapping[int, float], outcome: Outcome) -> Round:
        """The round as it is logged, with the mean, the target and who won."""
        players = range(self.players)
        info = {
            "mean": float(outcome.mean),
            self.target: float(outcome.aggregate),
            "target": float(outcome.target),
            "winners": outcome.winners,
        }
        return Round(
            tuple(numbers.get(i) for i in players),
            tuple(outcome.payoffs.get(i) for i in players),
            info,
        )

    def _result(
        self, played: Sequence[tuple[dict[int, float], Outcome]], healths: Sequence[int]
    ) -> Result:
        """The measures of the whole match, and target and mean by round."""
        by_player = [
            self._measures([(n[i], outcome.target) for n, outcome in played if i in n])
            | {"win_rate": sum(i in outcome.winners for _, outcome in played) / len(played)}
            | {"survival": int(healths[i] > 0)}
            for i in range(self.players)
        ]
        measures = {name: [mine[name] for mine in by_player] for name in self.measures}
        info = {
            "targets": [float(outcome.target) for _, outcome in played],
            "means": [float(outcome.mean) for _, outcome in played],
        }
        return Result(measures=measures, info=info)

    def _measures(self, mine: Sequence[tuple[float, Fraction]]) -> dict[str, float | None]:
        """One player's measures, from its numbers and the targets they were to meet."""
        numbers = [number for number, _ in mine]
        rest = self.equilibrium
        settled = None if rest is None else sum(n == rest for n in numbers) / len(numbers)
        return {
            "first_choice": numbers[0],
            "mean_choice": statistics.fmean(numbers),
            "distance": statistics.fmean(abs(exact(n) - target) for n, target in mine),
            "depth": self.depth(numbers[0]),
            "equilibrium_rate": settled,
        }

    def depth(self, number: float) -> float | None:
        """Strategic depth: how many times level zero is multiplied by p to give this number.

        log_p(number / level_zero), Zhang et al. (arXiv:2402.01521, appendix C), who reckon from
        50; 0 is level 0, 1 is level 1. None where the logarithm is undefined (0, or p = 1).
        """
        start = self.level_zero
        if number <= 0 or not start or self.factor == 1:
            return None
        return math.log(number / start) / math.log(self.factor)


def exact(number: float) -> Fraction:
    """A number as a person reads it: 0.1 is a tenth, not the float nearest to it.

    >>> exact(0.1), exact(3)
    (Fraction(1, 10), Fraction(3, 1))
    """
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))
