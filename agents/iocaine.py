"""Iocaine Powder: an ensemble that guesses, second-guesses and follows what has worked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import UsageError, shorten
from harness.agents.rps_base import BEATEN_BY, Move, RpsBot
from harness.agents.rps_predictors import MarkovModel, Model, PatternModel, ShiftModel

UNKNOWN = 3
"""What stands for the expected move where a model guesses none."""

N_TWISTS = 3
"""Twist 0 beats the expected move, 1 beats what would beat that, and 2 what would beat this."""


def _gains() -> NDArray[np.int64]:
    """What each twist gains, by the other's move and the move that was expected."""
    gains = np.zeros((3, 4, N_TWISTS), dtype=np.int64)
    for other in range(3):
        for expected in range(3):
            for twist in range(N_TWISTS):
                gains[other, expected, twist] = (0, 1, -1)[(_twisted(expected, twist) - other) % 3]
    return gains


def _twisted(expected: Move, twist: int) -> Move:
    """The move that a twist plays against an expected move."""
    return (expected + 1 - twist) % 3


GAINS = _gains()


def models() -> list[Model]:
    """The models of the ensemble, fresh."""
    return [
        MarkovModel(0),
        MarkovModel(1, "both"),
        MarkovModel(2, "other"),
        ShiftModel(0.95, by_outcome=True),
        PatternModel(16, "other"),
        PatternModel(16, "own"),
        PatternModel(16, "both"),
    ]


@dataclass
class Iocaine(RpsBot):
    """Plays what would have won most of late: some model's guess, or a second guess of it.

    Iocaine Powder (Egnor 1999), winner of the first RoShamBo programming competition, after its
    published description. Every model P gives six strategies. P.0 beats the move that P expects
    of the other; P.1 and P.2 beat an other who sees that coming, and one who sees that coming too.
    P'.0 to P'.2 set P in the other's place: it expects the own move, and the other to beat it.
    Each strategy is scored by its wins less its losses over several horizons; every horizon
    proposes its best strategy's move, and the horizon whose proposals have won most is followed.
    While all have lost more than they have won, moves are drawn by lot.

    The models are this project's, not Egnor's (he had frequencies and history matching, over six
    lengths of history each).

    Args:
        horizons: how many past throws count for a score, one score each.
    """

    name = "iocaine"
    horizons: Sequence[int] = (1000, 100, 20, 5, 2)

    def __post_init__(self) -> None:
        listed = isinstance(self.horizons, list | tuple) and len(self.horizons) > 0
        if not listed or not all(_is_count(h) for h in self.horizons):
            raise UsageError(
                f"iocaine: horizons is {shorten(self.horizons)}; it must list whole numbers from"
                " 1 to 100000"
            )

    def start(self, facts: Mapping[str, Any]) -> None:
        """Fresh models, and no scores."""
        self._models, self._mirrored = models(), models()
        n_sources = len(self._models) + len(self._mirrored)
        self._length = max(self.horizons) + 1
        # Scores summed since the first throw, for the last throws; a horizon's are a difference.
        self._sums = np.zeros((self._length, n_sources * N_TWISTS), dtype=np.int64)
        self._lags = np.array(self.horizons)
        self._expected = np.full(n_sources, UNKNOWN)
        self._n_thrown = 0
        self._proposals = [UNKNOWN] * len(self.horizons)
        self._trust = [0.0] * len(self.horizons)

    def see(self, own: Move, other: Move) -> None:
        """Score every strategy and every horizon, and let the models learn."""
        gains = GAINS[other][self._expected].ravel()
        now = self._n_thrown
        self._n_thrown += 1
        last, this = now % self._length, self._n_thrown % self._length
        np.add(self._sums[last], gains, out=self._sums[this])
        for i, move in enumerate(self._proposals):
            if move != UNKNOWN:
                self._trust[i] = FADING * self._trust[i] + (0, 1, -1)[(move - other) % 3]
        for model, mirrored in zip(self._models, self._mirrored, strict=True):
            model.see(own, other)
            mirrored.see(other, own)

    def throw(self) -> Move:
        """The move proposed by the horizon that has done best."""
        chance = int(self.seat.rng.random() * 3)
        self._expected = np.array(self._expectations())
        self._proposals = self._propose()
        best = max(self._trust)
        if best < 0:
            return chance
        move = self._proposals[self._trust.index(best)]
        return chance if move == UNKNOWN else move

    def _expectations(self) -> list[int]:
        """The move that each model expects of the other: first as it is, then in its place."""
        plain = [model.guess() for model in self._models]
        mirrored = [model.guess() for model in self._mirrored]
        return [UNKNOWN if guess is None else guess for guess in plain] + [
            UNKNOWN if guess is None else BEATEN_BY[guess] for guess in mirrored
        ]

    def _propose(self) -> list[int]:
        """The move of each horizon's best strategy."""
        starts = np.maximum(self._n_thrown - self._lags, 0) % self._length
        scores = self._sums[self._n_thrown % self._length] - self._sums[starts]
        sources, twists = np.divmod(scores.argmax(axis=1), N_TWISTS)
        expected = self._expected[sources]
        moves = np.where(expected == UNKNOWN, UNKNOWN, (expected + 1 - twists) % 3)
        proposals: list[int] = moves.tolist()
        return proposals


FADING = 0.98
"""What is left of a horizon's score after each further throw."""


def _is_count(value: object) -> bool:
    """Whether a value is a whole number of throws within bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10**5
