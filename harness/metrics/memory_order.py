"""How far back a player looks: which memory explains its moves best, by an information criterion.

Models of its next move: the same mixed action always (memory 0), one for each outcome of the last
round (memory 1), one for each outcome of the last two (memory 2), and memory 1 with a mixed action
of its own in the last round. The one with the lowest BIC is the best (Schwarz 1978, Annals of
Statistics 6(2), 461-464; consistent for the order of Markov chains: Csiszár & Shields 2000, the
same 28(6), 1601-1619). A best response to memory-one play rests on memory 1 being enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from harness.metrics.memory_one import match_counts, n_states

__all__ = ["MEMORY_0", "MEMORY_1", "MEMORY_1_LAST", "MEMORY_2", "MemoryFit", "added", "memory_fits"]

MEMORY_0, MEMORY_1, MEMORY_2 = "memory 0", "memory 1", "memory 2"
MEMORY_1_LAST = "memory 1 and the last round"

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """How well a model explains moves.

    Attributes:
        log_likelihood: natural, at its maximum.
        parameters: free ones, in states that were seen: of others nothing is to be learned.
        n: moves that are explained.
    """

    log_likelihood: float
    parameters: int
    n: int

    @property
    def bic(self) -> float:
        """Schwarz' criterion, `parameters * log(n) - 2 log_likelihood`: the lower the better."""
        return self.parameters * float(np.log(max(self.n, 1))) - 2 * self.log_likelihood


def memory_fits(
    own: ArrayLike, other: ArrayLike, n_own: int = 2, n_other: int = 2, *, end: int | None = None
) -> dict[str, MemoryFit]:
    """How well the models explain the same moves.

    A move counts if the moves of both players in the two rounds before it are valid, or in the one
    before it in round 1; so all models explain the same ones. Each has states of its own for the
    rounds that have less of a past than it looks back.

    Args:
        own: the player's moves, shape (matches, rounds), from 0 to `n_own` - 1, or -1.
        other: the other's moves, of the same shape.
        n_own: number of its actions.
        n_other: number of the other's actions.
        end: how many rounds all matches have, if players know it; None if not, and then there is no
            model with a last round.

    Returns:
        The fits by model; none of them where no move counts.

    Raises:
        UsageError: as `harness.metrics.memory_one.match_counts`.

    >>> fits = memory_fits([[0, 0, 1, 0, 0, 1]], [[0, 1, 0, 0, 1, 0]])  # tit for tat
    >>> min(fits, key=lambda model: fits[model].bic)
    'memory 1'
    """
    mine, theirs = np.asarray(own), np.asarray(other)
    joint = n_own * n_other
    two = match_counts(mine, theirs, n_own, n_other, memory=2).sum(axis=0)
    if not two.sum():
        return {}
    one = _shorter(two, joint)
    found = {MEMORY_0: _fit(two.sum(axis=0)[None]), MEMORY_1: _fit(one), MEMORY_2: _fit(two)}
    if end is not None and end > 1:
        before = match_counts(mine[:, : end - 1], theirs[:, : end - 1], n_own, n_other, memory=2)
        early = before.sum(axis=0)
        last = (two - early).sum(axis=0)
        found[MEMORY_1_LAST] = _fit(np.vstack([_shorter(early, joint), last]))
    return found


def added(fits: Sequence[dict[str, MemoryFit]]) -> dict[str, MemoryFit]:
    """Fits to several parts of play, such as both sides of a game, each with its own parameters.

    >>> added([memory_fits([[0, 1]], [[0, 0]]), memory_fits([[1, 1]], [[0, 0]])])["memory 0"].n
    4
    """
    told = [one for one in fits if one]
    common = [model for model in (told[0] if told else ()) if all(model in one for one in told)]
    return {
        model: MemoryFit(
            sum(one[model].log_likelihood for one in told),
            sum(one[model].parameters for one in told),
            sum(one[model].n for one in told),
        )
        for model in common
    }


def _shorter(counts: Ints, joint: int) -> Ints:
    """Counts by two rounds of the past, as counts by the last of them."""
    start = n_states(joint, 1)  # before it: the opening, and the rounds with one round of a past
    late = counts[start:].reshape(joint, joint, -1).sum(axis=0)  # the older round named first
    shorter: Ints = counts[:start].copy()
    shorter[1:] += late
    return shorter


def _fit(counts: Ints) -> MemoryFit:
    """The model of one mixed action per state; `counts` has shape (states, actions)."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    free = int((totals > 0).sum()) * (counts.shape[1] - 1)
    return MemoryFit(float(xlogy(counts, shares).sum()), free, int(totals.sum()))
