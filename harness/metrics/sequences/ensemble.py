"""Many predictors in one: weighted by how well each has done in this match."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.metrics.sequences.moves import Floats, Ints
from harness.metrics.sequences.predictors import Maker, Predictor, predictors

__all__ = ["Ensemble", "best_responses", "ensemble"]

EVEN = 0.01
"""Part of each expert's prediction that is even over the moves, so that no move is impossible."""

SHARE = 0.01
"""Part of the weights that is dealt out evenly after each round, so that experts can come back."""


def best_responses(payoffs: ArrayLike) -> Floats:
    """Best responses to each pure move of the other, ties shared evenly.

    Args:
        payoffs: shape (own actions, other's actions), to the player who responds.

    Returns:
        Shape (other's actions, own actions); each row sums to 1.

    >>> best_responses([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).argmax(axis=1).tolist()
    [1, 2, 0]
    """
    table = np.asarray(payoffs, float).T
    best = table >= table.max(axis=1, keepdims=True) - 1e-9
    shares: Floats = best / best.sum(axis=1, keepdims=True)
    return shares


class Ensemble:
    """Exponentially weighted experts, second-guessing included.

    Each of the given predictors is asked what the player does next, and what the other does, whose
    moves the player may be predicting in the same way. From the first come the player's move as
    predicted, and what it becomes when the player expects the best response to that and responds to
    it, once and twice; from the second the best response to what the other is predicted to do, and
    the same one and two steps on. In Rock Paper Scissors these are the six rotations of Egnor
    (2000), "Iocaine Powder", ICGA Journal 23(1), 33-35.

    An expert's weight is multiplied by the probability that it gave the move that was made
    (exponential weights with logarithmic loss and rate 1: Cesa-Bianchi & Lugosi 2006, Prediction,
    Learning, and Games, section 3.3), and a hundredth of all weight is dealt out evenly after each
    round (Herbster & Warmuth 1998, Machine Learning 32, 151-178, fixed share).

    Args:
        own: predictors of the player's moves.
        other: predictors of the other's moves; updated with the moves in swapped places.
        responses: shape (other's actions, own actions): the player's best responses.
        replies: shape (own actions, other's actions): the other's best responses.
    """

    def __init__(
        self,
        own: Sequence[Predictor],
        other: Sequence[Predictor],
        responses: ArrayLike,
        replies: ArrayLike,
    ) -> None:
        self._own, self._other = own, other
        self._responses = np.asarray(responses, float)
        self._onwards = np.asarray(replies, float) @ self._responses
        self._weights: Floats | None = None
        self._experts: Floats | None = None

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions)."""
        experts = self._predicted()
        if self._weights is None:
            self._weights = np.full(experts.shape[:2], 1 / len(experts))
        mixed: Floats = np.einsum("em,ema->ma", self._weights, experts)
        return mixed

    def update(self, own: Ints, other: Ints) -> None:
        """Weight each expert by the probability that it gave the move, and let all learn."""
        self.probabilities()  # so that there are weights
        experts, weights = self._predicted(), self._weights
        assert weights is not None
        rows = np.flatnonzero(own >= 0)
        scored = weights[:, rows] * experts[:, rows, own[rows]]
        scored /= scored.sum(axis=0)
        weights[:, rows] = (1 - SHARE) * scored + SHARE / len(experts)
        self._experts = None
        for predictor in self._own:
            predictor.update(own, other)
        for predictor in self._other:
            predictor.update(other, own)

    def _predicted(self) -> Floats:
        """What each expert says, shape (experts, matches, actions)."""
        if self._experts is None:
            first = [predictor.probabilities() for predictor in self._own]
            first += [predictor.probabilities() @ self._responses for predictor in self._other]
            stages = [np.stack(first)]
            for _ in range(2):
                stages.append(stages[-1] @ self._onwards)
            experts = np.concatenate(stages)
            self._experts = (1 - EVEN) * experts + EVEN / experts.shape[2]
        return self._experts


def ensemble(payoffs: ArrayLike, others_payoffs: ArrayLike, n_rounds: int) -> Maker:
    """A maker of the ensemble over all that `predictors` gives for this game.

    Args:
        payoffs: shape (own actions, other's actions), to the predicted player.
        others_payoffs: shape (own actions, other's actions), to the other.
        n_rounds: length of a match.

    >>> rps = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> every = ensemble(rps, -rps, n_rounds=20)(1)
    >>> for move in (0, 1, 2, 0, 1, 2, 0, 1):
    ...     every.update(np.array([move]), np.array([0]))
    >>> int(every.probabilities().argmax())
    2
    """
    mine, theirs = np.asarray(payoffs, float), np.asarray(others_payoffs, float)
    own, other = predictors(mine, n_rounds), predictors(theirs.T, n_rounds)
    return lambda n: Ensemble(
        [make(n) for make in own.values()],
        [make(n) for make in other.values()],
        best_responses(mine),
        best_responses(theirs.T),
    )
