"""The highest of several means that are estimated from the same blocks of play.

The highest observed mean is biased upwards, since it picks what chance favoured. Cross-fitting
chooses on some blocks and judges on the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.metrics.interval import LEAST_FREEDOM
from harness.metrics.normal_form import Floats

__all__ = ["HighestMean"]

MOST_FOLDS = 10
DRAWS = 9_999
ALPHA = 0.05


class HighestMean:
    """Means of several deviations over the same rounds, and inference on the highest of them.

    Args:
        sums: shape (n_matches, D), a match's total of each deviation.
        rounds: shape (n_matches,), over how many rounds.
        blocks: length n_matches.
        tables: length n_matches; blocks of different tables are no sample of one thing.
        seed: of the folds and of the bootstrap.

    Attributes:
        total: rounds of all matches; where it is 0, there is nothing else.
        means: shape (D,), the observed means.
        highest: the highest of them, biased upwards.
        best: which one it is.
        n_blocks: blocks with at least one round.

    >>> found = HighestMean(np.eye(2), np.ones(2), ["a", "b"], ["t", "t"], seed=0)
    >>> found.highest, found.cross_fitted()  # what is best in one block is not in the other
    (0.5, 0.0)
    """

    def __init__(
        self,
        sums: Floats,
        rounds: Floats,
        blocks: Sequence[Hashable],
        tables: Sequence[Hashable],
        seed: int,
    ) -> None:
        keys = list(zip(tables, blocks, strict=True))
        if len(keys) != len(sums):
            raise UsageError(f"{len(keys)} blocks are named for {len(sums)} matches")
        codes: dict[tuple[Hashable, Hashable], int] = {}
        kept = np.flatnonzero(rounds > 0)
        self.which = np.array([codes.setdefault(keys[i], len(codes)) for i in kept], dtype=int)
        self.kept, self.n_blocks, self.seed = kept, len(codes), seed
        self.sums, self.rounds = self._by_block(sums), self._by_block(rounds[:, None])[:, 0]
        strata: dict[Hashable, list[int]] = {}
        for (table, _), code in codes.items():
            strata.setdefault(table, []).append(code)
        self.strata = list(strata.values())
        self.total = float(self.rounds.sum())
        if self.total:
            self.means = self.sums.sum(axis=0) / self.total
            self.highest, self.best = float(self.means.max()), int(self.means.argmax())

    def _by_block(self, values: Floats) -> Floats:
        """Totals of each block, shape (n_blocks, …), of values of each match."""
        totals: Floats = np.zeros((self.n_blocks, values.shape[1]))
        np.add.at(totals, self.which, values[self.kept])
        return totals

    def _errors(self, sums: Floats) -> Floats:
        """How far each block pulls each mean, scaled so that the squares sum to its variance."""
        pulls: Floats = (sums - self.rounds[:, None] * (sums.sum(axis=0) / self.total)) / self.total
        for stratum in self.strata:
            n = len(stratum)
            pulls[stratum] -= pulls[stratum].mean(axis=0)
            pulls[stratum] *= np.sqrt(n / max(n - 1, 1))
        return pulls

    def cross_fitted(self) -> float | None:
        """The mean of the deviations that the other folds choose; None with fewer than 2 blocks."""
        if self.n_blocks < 2:
            return None
        rng = np.random.default_rng(self.seed)
        dealt = np.concatenate([rng.permutation(stratum) for stratum in self.strata])
        n_folds = min(MOST_FOLDS, self.n_blocks)
        gained = 0.0
        for fold in range(n_folds):
            judged = self.sums[dealt[fold::n_folds]].sum(axis=0)
            others = self.means * self.total - judged
            chosen = others >= others.max() - 1e-9 * max(1.0, np.abs(others).max())
            gained += judged[chosen].mean()
        return float(gained / self.total)

    def interval(self, known: NDArray[np.bool_]) -> tuple[float | None, float | None]:
        """Bounds of the 95 % interval of the highest mean; None where too little varied.

        `known` tells which deviations gain the same in every round by the rules.
        """
        from scipy.stats import t

        pulls = self._errors(self.sums)
        error = np.sqrt((pulls**2).sum(axis=0))
        error[error <= 1e-9 * np.abs(self.means).max()] = 0.0
        varied = [len(s) - 1 for s in self.strata if np.abs(pulls[s]).max() > 1e-9 * error.max()]
        freedom = sum(varied)
        if freedom < LEAST_FREEDOM or not error.any():
            return None, None
        high = (self.means + t.ppf(1 - ALPHA / 2, freedom) * error).max()
        told = (error > 0) | known
        means, error, varies = self.means[told], error[told], error[told] > 0
        draws = np.zeros((DRAWS, len(means)))
        draws[:, varies] = self._draws(pulls[:, told][:, varies] / error[varies], freedom)
        sure = np.quantile(draws.max(axis=1), 1 - 0.1 / np.log(self.n_blocks))
        may_be_best = means >= (means - sure * error).max() - 2 * sure * error
        critical = np.quantile(draws[:, may_be_best].max(axis=1), 1 - ALPHA / 2)
        return float((means - critical * error).max()), float(high)

    def _draws(self, pulls: Floats, freedom: int) -> Floats:
        """Studentised errors as Gaussian multipliers of the blocks make them, (DRAWS, D)."""
        rng = np.random.default_rng(self.seed)
        values, vectors = np.linalg.eigh(pulls.T @ pulls)
        root = vectors * np.sqrt(values.clip(min=0))
        draws: Floats = rng.standard_normal((DRAWS, len(values))) @ root.T
        draws /= np.sqrt(rng.chisquare(freedom, (DRAWS, 1)) / freedom)
        return draws

    def design_effect(self, played: Floats) -> float | None:
        """Variance of the mean strategy over that of as many independent rounds, at least 1."""
        by_block = self._by_block(played)
        mean = by_block.sum(axis=0) / self.total
        independent = (mean * (1 - mean)).sum() / self.total
        if independent <= 0:
            return None
        return max(1.0, float((self._errors(by_block) ** 2).sum() / independent))
