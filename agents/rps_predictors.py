"""Rock Paper Scissors bots that predict the other's next move and play what beats it.

A *model* takes in throw after throw (`see`) and predicts the other's next move (`guess`); it knows
nothing of names and payoffs. A bot is a model at the table; `harness.agents.iocaine` sets several
models at one table and follows whichever does best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args

from harness.agents.rps_base import (
    BEATEN_BY,
    BEATS,
    History,
    Move,
    RpsBot,
    check_between,
    check_one_of,
    check_probability,
)


class Model(Protocol):
    """What predicts the other's next move."""

    def see(self, own: Move, other: Move) -> None:
        """Take in one throw of both players."""

    def guess(self) -> Move | None:
        """The other's next move; None where nothing speaks for any."""


class MarkovModel:
    """Predicts what came most often after the last `order` throws, or most often of all if 0."""

    def __init__(self, order: int, history: History = "other") -> None:
        self._order = order
        self._symbols = Symbols(history)
        self._modulus = self._symbols.size**order
        self._context = 0
        self._n_seen = 0
        self._counts: dict[int, list[int]] = {}

    def see(self, own: Move, other: Move) -> None:
        """Count the move under the context it came after."""
        if self._n_seen >= self._order:
            self._counts.setdefault(self._context, [0, 0, 0])[other] += 1
        self._n_seen += 1
        code = self._symbols.code(own, other)
        self._context = (self._context * self._symbols.size + code) % self._modulus

    def guess(self) -> Move | None:
        """The most frequent move in this context; of equally frequent ones the first."""
        counts = self.counts()
        return counts.index(max(counts)) if any(counts) else None

    def counts(self) -> Sequence[int]:
        """How often each move came in this context."""
        if self._n_seen < self._order:
            return NEVER
        return self._counts.get(self._context, NEVER)


class BackoffModel:
    """Predicts by the longest context that was seen often enough to be trusted."""

    def __init__(self, order: int, history: History, min_count: int) -> None:
        self._models = [MarkovModel(k, history) for k in range(order, -1, -1)]
        self._min_count = min_count

    def see(self, own: Move, other: Move) -> None:
        """Count the move under its contexts of every length."""
        for model in self._models:
            model.see(own, other)

    def guess(self) -> Move | None:
        """The most frequent move in the longest context with enough counts."""
        for model in self._models:
            if sum(model.counts()) >= self._min_count:
                return model.guess()
        return self._models[-1].guess()


class MixingModel:
    """Mixes the probabilities of contexts of all lengths, weighted by how well each has done."""

    def __init__(self, order: int, history: History, share: float) -> None:
        self._models = [MarkovModel(k, history) for k in range(order + 1)]
        self._weights = [1 / (order + 1)] * (order + 1)
        self._share = share

    def see(self, own: Move, other: Move) -> None:
        """Weight each length by the probability that it gave this move, and count the move."""
        weights = [
            weight * estimate(model.counts())[other]
            for weight, model in zip(self._weights, self._models, strict=True)
        ]
        scale, floor = (1 - self._share) / sum(weights), self._share / len(weights)
        self._weights = [scale * weight + floor for weight in weights]
        for model in self._models:
            model.see(own, other)

    def guess(self) -> Move | None:
        """The move beaten by the best response to the mixed probabilities."""
        p = self.probabilities()
        gains = [p[move] - p[BEATS[move]] for move in range(3)]
        best = max(gains)
        return gains.index(best) if best > 1e-12 else None

    def probabilities(self) -> tuple[float, float, float]:
        """The probabilities of the other's next move; they sum to 1."""
        p = [0.0, 0.0, 0.0]
        for weight, model in zip(self._weights, self._models, strict=True):
            for move, chance in enumerate(estimate(model.counts())):
                p[move] += weight * chance
        return p[0], p[1], p[2]


class PatternModel:
    """Finds where the longest possible end of the history occurred before, and what came next.

    For every length the last place where each series of throws occurred is kept, so that a throw
    costs the same however long the match lasts.
    """

    def __init__(self, max_length: int, history: History = "both") -> None:
        self._symbols = Symbols(history)
        self._moduli = [self._symbols.size**k for k in range(1, max_length + 1)]
        self._followers: list[dict[int, Move]] = [{} for _ in self._moduli]
        self._recent = 0
        self._n_seen = 0

    def see(self, own: Move, other: Move) -> None:
        """Note what followed the last throws, for every number of them."""
        recent = self._recent
        lengths = zip(self._followers, self._moduli, range(self._n_seen), strict=False)
        for followers, modulus, _ in lengths:
            followers[recent % modulus] = other
        self._n_seen += 1
        code = self._symbols.code(own, other)
        self._recent = (recent * self._symbols.size + code) % self._moduli[-1]

    def guess(self) -> Move | None:
        """What followed the longest end of the history that occurred before."""
        recent = self._recent
        for k in range(min(self._n_seen, len(self._moduli)) - 1, -1, -1):
            found = self._followers[k].get(recent % self._moduli[k])
            if found is not None:
                return found
        return None


class ShiftModel:
    """Predicts how the other shifts from its own last move, after each outcome if so told."""

    def __init__(self, decay: float, *, by_outcome: bool) -> None:
        self._decay = decay
        self._weights = [[0.0, 0.0, 0.0] for _ in range(3 if by_outcome else 1)]
        self._by_outcome = by_outcome
        self._now = self._weights[0]
        self._last: Move | None = None

    def see(self, own: Move, other: Move) -> None:
        """Weigh the shift, and let older ones fade."""
        if self._last is not None:
            weights = self._now
            for shift in range(3):
                weights[shift] *= self._decay
            weights[(other - self._last) % 3] += 1
        self._last = other
        self._now = self._weights[(other - own) % 3 if self._by_outcome else 0]

    def guess(self) -> Move | None:
        """The other's last move, shifted as it was most often."""
        weights = self._now
        if self._last is None or not any(weights):
            return None
        return (self._last + weights.index(max(weights))) % 3


class PredictorBot(RpsBot):
    """Plays what beats the move that its model predicts; by chance where it predicts none."""

    model: Model

    def see(self, own: Move, other: Move) -> None:
        """Let the model take in the throw."""
        self.model.see(own, other)

    def throw(self) -> Move:
        """What beats the predicted move."""
        guess = self.model.guess()
        return int(self.seat.rng.random() * 3) if guess is None else BEATEN_BY[guess]


@dataclass
class Markov(PredictorBot):
    """Beats the move that most often followed the last `order` throws.

    In the spirit of Shannon's mind-reading machine (Shannon 1953, Bell Laboratories memorandum);
    ensembles of such models beat people (Wang et al. 2020, Sci. Rep. 10:13873).

    Args:
        order: how many throws make a context; 0 counts moves alone.
        history: whose moves make a context: `other`, `own` or `both`.
    """

    name = "markov"
    order: int = 1
    history: History = "other"

    def __post_init__(self) -> None:
        _check_contexts(self.name, "order", self.order, self.history, low=0)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = MarkovModel(self.order, self.history)


@dataclass
class Backoff(PredictorBot):
    """Beats the move that most often followed the longest context seen often enough.

    Prediction by partial matching (Cleary & Witten 1984, IEEE Trans. Commun. 32:396), without its
    blending of lengths.

    Args:
        order: length of the longest context.
        history: whose moves make a context: `other`, `own` or `both`.
        min_count: how often a context must have been seen to be trusted.
    """

    name = "backoff"
    order: int = 4
    history: History = "both"
    min_count: int = 2

    def __post_init__(self) -> None:
        _check_contexts(self.name, "order", self.order, self.history, low=0)
        check_between(self.name, "min_count", self.min_count, 1, 10**6)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = BackoffModel(self.order, self.history, self.min_count)


@dataclass
class ContextMixing(PredictorBot):
    """Plays the best response to a mixture of Markov predictions of all orders.

    Each order's probabilities are those of Krichevsky & Trofimov (1981); the mixture is Bayesian
    with a fixed share for change (Herbster & Warmuth 1998, Mach. Learn. 32:151).

    Args:
        order: length of the longest context.
        history: whose moves make a context: `other`, `own` or `both`.
        share: the part of all weight that is dealt out evenly after every throw.
    """

    name = "context_mixing"
    order: int = 4
    history: History = "both"
    share: float = 0.02

    def __post_init__(self) -> None:
        _check_contexts(self.name, "order", self.order, self.history, low=0)
        check_probability(self.name, "share", self.share)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = MixingModel(self.order, self.history, self.share)


@dataclass
class PatternMatch(PredictorBot):
    """Looks up when the last throws came in the same series before, and beats what followed then.

    History matching, the predictor at the core of Iocaine Powder (Egnor 1999) and Greenberg
    (Nagorko 2000), winners of the first two RoShamBo programming competitions.

    Args:
        max_length: the longest series that is looked up.
        history: whose moves make a series: `other`, `own` or `both`.
    """

    name = "pattern_match"
    max_length: int = 20
    history: History = "both"

    def __post_init__(self) -> None:
        _check_contexts(self.name, "max_length", self.max_length, self.history, low=1)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = PatternModel(self.max_length, self.history)


@dataclass
class Rotation(PredictorBot):
    """Beats the other's most frequent rotation: from each of its moves to the next.

    After "Anti-rotn" (antirotnbot) of the RoShamBo programming competition (Billings 1999).

    Args:
        decay: what is left of a throw's weight after each further throw; 1 never forgets.
    """

    name = "rotation"
    decay: float = 0.95

    def __post_init__(self) -> None:
        check_probability(self.name, "decay", self.decay)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = ShiftModel(self.decay, by_outcome=False)


@dataclass
class OutcomeShift(PredictorBot):
    """Beats the other's most frequent shift after a win, a tie and a loss of its own.

    Takes the other to play the conditional response of Wang, Xu & Zhou 2014, Sci. Rep. 4:5830, and
    estimates its nine probabilities as the match goes on.

    Args:
        decay: what is left of a throw's weight after each further throw with the same outcome; 1
            never forgets.
    """

    name = "outcome_shift"
    decay: float = 0.95

    def __post_init__(self) -> None:
        check_probability(self.name, "decay", self.decay)

    def start(self, facts: Mapping[str, Any]) -> None:
        """An empty model."""
        self.model = ShiftModel(self.decay, by_outcome=True)


class Symbols:
    """Throws as numbers, by whose moves count.

    >>> Symbols("both").code(own=2, other=1), Symbols("other").code(own=2, other=1)
    (7, 1)
    """

    def __init__(self, history: History) -> None:
        self._own = {"other": 0, "own": 1, "both": 3}[history]
        self._other = 0 if history == "own" else 1
        self.size = 9 if history == "both" else 3

    def code(self, own: Move, other: Move) -> int:
        """The throw's number, below `size`."""
        return self._own * own + self._other * other


def estimate(counts: Sequence[int]) -> tuple[float, float, float]:
    """Probabilities from counts: each count plus a half (Krichevsky & Trofimov 1981).

    >>> estimate([2, 0, 0])
    (0.7142857142857143, 0.14285714285714285, 0.14285714285714285)
    """
    total = sum(counts) + 1.5
    return (counts[0] + 0.5) / total, (counts[1] + 0.5) / total, (counts[2] + 0.5) / total


NEVER = (0, 0, 0)
"""Counts of what was never seen."""


def _check_contexts(bot: str, name: str, length: object, history: object, low: int) -> None:
    """Refuse a length or a choice of moves that is none."""
    check_between(bot, name, length, low, 50)
    check_one_of(bot, "history", history, get_args(History))
