"""Bots for p-beauty contests: reasoners by levels, and the scripted opponents of one study.

Of the reasoners, `level_k` follows Nagel (1995, American Economic Review 85(5), 1313-1326), and
`cognitive_hierarchy` Camerer, Ho & Chong (2004, Quarterly Journal of Economics 119(3), 861-898).
`zero_level`, `mono_trend` and `last_bids` are the programmed opponents of Zhang et al.
(arXiv:2402.01521), who let them choose whole numbers by cutting off the decimals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from harness import Decision, Seat, UsageError, is_number, is_whole, one_of
from harness.agents.beauty_base import BeautyBot, aggregate


class Reasoner(BeautyBot):
    """Base of the bots that reason a number of steps from where level zero is.

    A subclass has these as its parameters.

    Attributes:
        anchor: where level zero is after the first round: at the `last` aggregate (mean, median
            or maximum, where the game tells the target), or at the game's `start` always.
        counts_itself: whether a level's reply counts its own number in the mean.
    """

    anchor: str
    counts_itself: bool

    def check_reasoning(self) -> None:
        """Refuse parameters of reasoning that cannot be.

        Raises:
            UsageError: one of them cannot.
        """
        self.check(self.anchor in ("last", "start"), "anchor", one_of(("last", "start")))
        self.check(isinstance(self.counts_itself, bool), "counts_itself", "True or False")

    def start(self, decision: Decision) -> float:
        """Where level zero is in this round."""
        targets = decision.observation.get("targets")
        return targets[-1] / self.p if targets and self.anchor == "last" else self.level_zero

    def step(self, others: float) -> float:
        """A level's number, given the mean number of the others; within the range."""
        n_players = self.seat.n_players
        return self._legal(self.reply(others, n_players, counts_itself=self.counts_itself))


@dataclass
class LevelK(Reasoner):
    """Level k replies to others of level k - 1; level 0 does not reason.

    From 50, p times per level: for p = 2/3, levels 1 to 3 choose 33.33, 22.22 and 14.81 (Nagel
    1995). In later rounds level 0 is the last round's mean, as Nagel reckons.

    Args:
        k: the level, 0 or more.
        level_0: what level 0 chooses: the game's `middle`, or `random`, uniformly. Others of a
            random level 0 are expected at their mean; where the target is the maximum, at the
            expected maximum of all but one of the players.
        anchor: where level 0 is after the first round: at the `last` aggregate, or at the `start`.
        counts_itself: whether a level's reply counts its own number in the mean.
    """

    name = "level_k"
    k: int = 1
    level_0: Literal["middle", "random"] = "middle"
    anchor: Literal["last", "start"] = "last"
    counts_itself: bool = False

    def __post_init__(self) -> None:
        self.check(is_whole(self.k, 0), "k", "a whole number, 0 or more")
        self.check(self.level_0 in ("middle", "random"), "level_0", "middle or random")
        self.check_reasoning()

    def act(self, decision: Decision) -> float:
        """The number of this level."""
        if self.k == 0 and self.level_0 == "random":
            number: float = decision.space.sample(self.seat.rng)
            return number
        value = self.start(decision)
        for _ in range(self.k):
            value = self.step(value)
        return self.choice(value)

    def start(self, decision: Decision) -> float:
        """Where level zero is in this round."""
        told = self.anchor == "last" and decision.observation.get("targets")
        if self.level_0 == "middle" or told:
            return super().start(decision)
        low, high, others = self.facts["low"], self.facts["high"], self.seat.n_players - 1
        share = others / (others + 1) if self.facts["target"] == "max" else 1 / 2
        return float(low + (high - low) * share)


@dataclass
class CognitiveHierarchy(Reasoner):
    """Replies to a mixture of all lower levels, weighted as the Poisson distribution has them.

    Level k expects shares f(j) / (f(0) + … + f(k - 1)) of levels j < k, where f is Poisson with
    mean `tau` (Camerer, Ho & Chong 2004, who find an average of 1.5 steps to fit many games).

    Args:
        tau: the mean level in the population.
        level: this bot's own level, one above the highest that it expects; 0 or more.
        anchor: where level 0 is after the first round: at the `last` aggregate, or at the `start`.
        counts_itself: whether replies count the own number in the mean, exact for n players; as
            published, they do not.
    """

    name = "cognitive_hierarchy"
    tau: float = 1.5
    level: int = 3
    anchor: Literal["last", "start"] = "last"
    counts_itself: bool = False

    def __post_init__(self) -> None:
        self.check(is_number(self.tau) and self.tau > 0, "tau", "a number above 0")
        self.check(is_whole(self.level, 0), "level", "a whole number, 0 or more")
        self.check_reasoning()

    def act(self, decision: Decision) -> float:
        """The number of this level."""
        return self.choice(self.choices(self.start(decision))[-1])

    def choices(self, start: float) -> list[float]:
        """The numbers of all levels up to this bot's, before rounding, from that of level 0."""
        numbers, weights = [start], [1.0]
        for level in range(1, self.level + 1):
            expected = math.fsum(w * x for w, x in zip(weights, numbers, strict=True))
            numbers.append(self.step(expected / math.fsum(weights)))
            weights.append(weights[-1] * self.tau / level)  # f(k) / f(0)
        return numbers


@dataclass
class BestResponseLast(BeautyBot):
    """Expects the others to choose what they chose last: at first, the number of level zero.

    Args:
        counts_itself: whether it counts its own number: with the others' last mean m it then
            chooses p (n - 1) m / (n - p) where the target is a mean. Without, it chooses p times
            the last mean (median, maximum) of all.
    """

    name = "best_response_last"
    needs_targets = True
    counts_itself: bool = True

    def __post_init__(self) -> None:
        self.check(isinstance(self.counts_itself, bool), "counts_itself", "True or False")

    def act(self, decision: Decision) -> float:
        """The reply to the last round."""
        seen = decision.observation
        n_players = self.seat.n_players
        if not seen.get("targets"):
            others = self.level_zero
        elif not self.counts_itself:
            others = seen["targets"][-1] / self.p
        else:
            others, n_players = self._others(seen), self._inside(seen)
        return self.choice(self.reply(others, n_players, counts_itself=self.counts_itself))

    def _others(self, seen: Any) -> float:
        """What the last numbers of the others who are in came to, as far as that can be told."""
        if "choices" in seen:
            healths = seen.get("healths", [1] * self.seat.n_players)
            last = zip(seen["choices"][-1], healths, strict=True)
            others = [x for i, (x, h) in enumerate(last) if i != self.seat.player and h > 0]
            return float(aggregate(self.facts["target"], others))
        value = float(seen["targets"][-1] / self.p)
        if self.facts["target"] != "mean":
            return value
        n_players = self.seat.n_players
        return (n_players * value - float(seen["own"][-1])) / (n_players - 1)

    def _inside(self, seen: Any) -> int:
        """How many are in the game, as far as the player is told."""
        if "healths" in seen:
            return sum(health > 0 for health in seen["healths"])
        return self.seat.n_players


@dataclass
class LastBids(BeautyBot):
    """Chooses the last target, or a number around it; at first `start` (Zhang et al.).

    Args:
        start: what stands for the target in the first round.
        sd: standard deviation of the normal distribution of its numbers. The variable opponent of
            the study has sd=5; so its code, where the paper speaks of a variance of 5.
    """

    name = "last_bids"
    needs_targets = True
    start: float = 40
    sd: float = 0

    def __post_init__(self) -> None:
        self.check_number("start")
        self.check_number("sd")

    def act(self, decision: Decision) -> float:
        """A number by the last target."""
        targets = decision.observation.get("targets")
        return self.cut(self.seat.rng.gauss(targets[-1] if targets else self.start, self.sd))


@dataclass
class MonoTrend(BeautyBot):
    """Chooses less by the same step in every round (Zhang et al.).

    Args:
        start: its first number.
        step: by how much it goes down.
        least_step: if given, the step is drawn for the match from the whole numbers from this to
            `step`. The variable opponent of the study has least_step=1; the study's code draws
            from 0 on.
    """

    name = "mono_trend"
    start: float = 40
    step: float = 5
    least_step: int | None = None

    def __post_init__(self) -> None:
        self.check_number("start")
        self.check_number("step")
        if self.least_step is not None:
            self.check(is_whole(self.step, 0), "step", "a whole number where least_step is given")
            legal = is_whole(self.least_step, 0) and self.least_step <= self.step
            self.check(legal, "least_step", "a whole number from 0 to step, or None")

    def begin(self, seat: Seat) -> None:
        """Draw the step of this match."""
        super().begin(seat)
        drawn = self.least_step is not None
        self._pace = seat.rng.randint(self.least_step or 0, int(self.step)) if drawn else self.step

    def act(self, decision: Decision) -> float:
        """The next number down, as far as the range goes."""
        return self.cut(self.start - self._pace * decision.observation["round"])


@dataclass
class ZeroLevel(BeautyBot):
    """Chooses the same number, or one around it, whatever happens (Zhang et al.).

    Args:
        mean: the number.
        sd: standard deviation of the normal distribution of its numbers. The variable opponent of
            the study has sd=5; so its code, where the paper speaks of a variance of 5.
    """

    name = "zero_level"
    mean: float = 40
    sd: float = 0

    def __post_init__(self) -> None:
        self.check_number("mean")
        self.check_number("sd")

    def act(self, decision: Decision) -> float:
        """The number, or one around it."""
        return self.cut(self.seat.rng.gauss(self.mean, self.sd))


@dataclass
class Equilibrium(BeautyBot):
    """Chooses the equilibrium: the lowest number for p < 1, the highest for p > 1.

    For p = 1 all numbers are, and it chooses that of level zero.
    """

    name = "equilibrium"

    def begin(self, seat: Seat) -> None:
        """Refuse contests without an equilibrium in which all choose the same.

        Raises:
            UsageError: the target is the maximum and p is between 1/2 and 1: where all choose the
                lowest number, one who chooses more can win alone.
        """
        super().begin(seat)
        if self.facts["target"] == "max" and 1 / 2 < self.p < 1:
            raise UsageError(
                f"equilibrium cannot play {seat.game} with target=max and p={self.p:g}, where no"
                " common number is one; choose a p up to 1/2 or above 1"
            )

    def act(self, decision: Decision) -> float:
        """The equilibrium number."""
        if self.p == 1:
            return self.choice(self.level_zero)
        return self._legal(self.facts["low"] if self.p < 1 else self.facts["high"])
