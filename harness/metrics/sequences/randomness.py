"""Whether moves look as if drawn evenly and each for itself, matches being the clusters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS
from harness.metrics.sequences.entropy import shuffles
from harness.metrics.sequences.moves import Floats, Ints, checked

__all__ = ["Independence", "Uniformity", "independence", "uniformity"]


@dataclass(frozen=True)
class Uniformity:
    """Tests that every move is as frequent.

    Attributes:
        chi_square: Pearson's statistic of the frequencies; None without moves.
        p_value: that moves are drawn evenly *and independently*; None with fewer than 5 expected
            of each. Moves that hang together make it small though all are as frequent.
        p_clustered: that moves are as frequent on average, whatever hangs together within a block;
            None with too few blocks.
        n: moves.
        n_blocks: blocks with moves.
    """

    chi_square: float | None
    p_value: float | None
    p_clustered: float | None
    n: int
    n_blocks: int


@dataclass(frozen=True)
class Independence:
    """Test that a move does not depend on the round before.

    Attributes:
        statistic: sum of squared deviations of the transitions from what shuffled moves give, each
            over what they give; None without transitions.
        p_value: how often shuffled moves deviate as far; None likewise.
        n: transitions.
    """

    statistic: float | None
    p_value: float | None
    n: int


def uniformity(moves: ArrayLike, n_actions: int, blocks: Sequence[Hashable]) -> Uniformity:
    """Whether a player's moves are as frequent.

    Two tests, since they answer different questions: Pearson's (1900) of moves drawn evenly and
    independently, and Hotelling's T-squared (1931, Annals of Mathematical Statistics 2(3),
    360-378) of the blocks' surpluses, which takes any dependence within a block.

    Args:
        moves: shape (matches, rounds); -1 where there is no valid move.
        n_actions: moves that the player has.
        blocks: length matches, the unit of inference that each belongs to.

    Raises:
        UsageError: a move is out of range, or blocks are not as many as matches.

    >>> uniformity([[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]], 2, blocks=["a"])
    Uniformity(chi_square=0.0, p_value=1.0, p_clustered=None, n=10, n_blocks=1)
    """
    from scipy.stats import chi2

    table = checked(moves, n_actions)
    if len(blocks) != len(table):
        raise UsageError(f"blocks: {len(blocks)} for {len(table)} matches; give one for each")
    codes: dict[Hashable, int] = {}
    which = np.array([codes.setdefault(block, len(codes)) for block in blocks], np.int64)
    counts = np.zeros((len(codes), n_actions))
    for action in range(n_actions):
        np.add.at(counts[:, action], which, (table == action).sum(axis=1))
    counts = counts[counts.sum(axis=1) > 0]
    n = int(counts.sum())
    if not n:
        return Uniformity(None, None, None, 0, 0)
    expected = n / n_actions
    statistic = float(((counts.sum(axis=0) - expected) ** 2 / expected).sum())
    p_value = float(chi2.sf(statistic, n_actions - 1)) if expected >= 5 else None
    return Uniformity(statistic, p_value, _hotelling(counts), n, len(counts))


def independence(
    moves: ArrayLike,
    n_actions: int,
    *,
    given: ArrayLike | None = None,
    seed: int,
    n_shuffles: int = 1999,
) -> Independence:
    """Whether a move depends on the move before it, or on what else was seen in the round before.

    The transitions of all matches are counted together and compared with those of the same moves
    shuffled within each match, so that matches may differ in their frequencies, and a match that
    is played evenly throughout and another that is not do not pass for dependence.

    Args:
        moves: shape (matches, rounds); -1 where there is no valid move.
        n_actions: moves that the player has.
        given: shape (matches, rounds), what each round showed, as numbers from 0, such as the
            opponent's moves or the outcomes; -1 where nothing. The player's own moves if left out.
        seed: of the shuffles.
        n_shuffles: how many.

    Raises:
        UsageError: a move is out of range, or the shapes differ.

    >>> independence([0, 1] * 20, n_actions=2, seed=1).p_value
    0.0005
    """
    table = checked(moves, n_actions)
    seen = None if given is None else checked(given, np.iinfo(np.int64).max, "given")
    if seen is not None and seen.shape != table.shape:
        raise UsageError(f"given has shape {seen.shape} and moves {table.shape}: they must agree")
    n_seen = n_actions if seen is None else int(seen.max(initial=0)) + 1
    rng = np.random.default_rng(seed)
    observed = _transitions(table, table if seen is None else seen, n_actions, n_seen)
    if not observed.sum():
        return Independence(None, None, 0)
    counts = np.empty((n_shuffles + 1, observed.size))
    counts[0] = observed
    for i in range(1, n_shuffles + 1):
        drawn = shuffles(table, rng)
        counts[i] = _transitions(drawn, drawn if seen is None else seen, n_actions, n_seen)
    expected = counts.mean(axis=0)  # the observed one among them, which keeps the test exact
    statistics = ((counts - expected) ** 2 / np.where(expected, expected, 1)).sum(axis=1)
    as_far = int(np.count_nonzero(statistics >= statistics[0] - 1e-9))
    return Independence(float(statistics[0]), as_far / (1 + n_shuffles), int(observed.sum()))


def _transitions(moves: Ints, seen: Ints, n_actions: int, n_seen: int) -> Ints:
    """How often each move came after each thing seen, flat."""
    before, after = seen[:, :-1], moves[:, 1:]
    valid = (before >= 0) & (after >= 0)
    codes = before[valid] * n_actions + after[valid]
    return np.bincount(codes, minlength=n_seen * n_actions)


def _hotelling(counts: Floats) -> float | None:
    """P-value of T-squared that the blocks' surpluses are 0 on average; None where undefined."""
    from scipy.stats import f as fisher

    n_blocks, n_free = len(counts), counts.shape[1] - 1
    if n_blocks < max(FEWEST_BLOCKS, n_free + 1):
        return None
    surplus = (counts - counts.mean(axis=1, keepdims=True))[:, :-1]
    covariance = np.atleast_2d(np.cov(surplus.T))
    if np.linalg.matrix_rank(covariance) < n_free:
        return None
    mean = surplus.mean(axis=0)
    squared = n_blocks * mean @ np.linalg.solve(covariance, mean)
    free = n_blocks - n_free
    return float(fisher.sf(squared * free / (n_free * (n_blocks - 1)), n_free, free))
