from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.metrics.alpha_rank import alpha_rank
from harness.metrics.interval import Estimate
from harness.metrics.meta_game import resampled_matrices
from harness.metrics.pair_blocks import pair_blocks, percentile_estimate
from harness.metrics.population import analyse_population
from tests.metrics.axelrod_figures import AGENTS, PAYOFFS, TURNS


def noisy(
    payoffs: list[list[float]], n_blocks: int, deviation: float, seed: int = 0
) -> tuple[list[str], list[str], list[float], list[int]]:
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, float, int]] = []
    for i in range(len(payoffs)):
        for j in range(i, len(payoffs)):
            for block in range(n_blocks):
                for a, b in ((i, j), (j, i)):
                    error = float(rng.normal(0, deviation))
                    rows.append((f"p{a}", f"p{b}", payoffs[a][b] + error, block))
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows]


def test_a_tournament_of_deterministic_strategies_has_numbers_and_no_intervals() -> None:
    """The Axelrod library's payoffs; α-Rank's plateau, open_spiel's NashConv halved."""
    n = len(AGENTS)
    i, j = np.divmod(np.arange(n * n), n)
    names = np.array(AGENTS)
    played: list[Any] = [list(names[i]), list(names[j]), PAYOFFS[i, j] / TURNS, [0] * n * n]
    found = analyse_population(*played, resamples=5)
    assert found.uniform_gain is not None
    assert found.uniform_gain.value == pytest.approx(0.8551388888888902 / 2)
    assert found.uniform_gain.low is None
    assert found.first is None
    assert found.alpha_rank is not None
    best = max(range(n), key=lambda k: found.alpha_rank[k].value or 0)  # type: ignore[index]
    assert AGENTS[best] in ("Grudger", "TwoTitsForTat", "TitForTat")
    assert found.equilibria is not None
    assert [e.kind for e in found.equilibria] == ["replicator"]
    assert found.margins is not None
    assert AGENTS[int(found.margins.nash_population.argmax())] == "Defector"


@pytest.mark.parametrize("replications", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_intervals_hold_the_true_payoff_about_19_times_in_20(replications: int) -> None:
    """Of the gain over a uniform population and of one cell, whose true values are 0.75 and -1."""
    held = np.zeros(2)
    for seed in range(replications):
        seats = pair_blocks(*noisy([[3.0, 0.0], [5.0, 1.0]], 20, 0.5, seed))
        drawn = resampled_matrices(seats, resamples=400, seed=seed)
        earned = drawn.mean(axis=2)
        for k, (of_resamples, truth) in enumerate(
            [
                (earned.max(axis=1) - earned.mean(axis=1), 0.75),
                (drawn[:, 0, 1] - drawn[:, 1, 1], -1),
            ]
        ):
            found = percentile_estimate(truth, of_resamples, 80, seats.fewest)
            assert found.low is not None
            assert found.high is not None
            held[k] += found.low <= truth <= found.high
    margin = 4 * np.sqrt(0.05 * 0.95 / replications)
    assert (np.abs(held / replications - 0.95) <= margin).all(), held
    assert replications < 500 or (held / replications >= 0.92).all()


def test_the_prisoners_dilemma_is_read_as_one() -> None:
    found = analyse_population(*noisy([[3.0, 0.0], [5.0, 1.0]], 12, 0.2), resamples=60)
    assert found.uniform_gain is not None
    assert found.uniform_gain.value == pytest.approx(0.75, abs=0.1)
    assert found.equilibria is not None
    (defection,) = found.equilibria
    assert (defection.kind, defection.support) == ("strict", 1.0)
    assert defection.population.tolist() == [0, 1]
    assert [r.value for r in defection.regret] == pytest.approx([1, 0], abs=0.2)
    assert found.first == (0, 1)
    assert found.sweep is not None
    assert found.sweep.masses[-1] == pytest.approx(alpha_rank(found.matrix.mean, 10))
    assert found.invasion_low[1, 0] > 0  # defectors invade cooperators
    assert found.invasion_high[0, 1] < 0  # and resist them


def test_the_mixed_equilibrium_is_found_where_no_pure_one_is() -> None:
    """Hawks and doves of value 4 and cost 6: two thirds hawks."""
    found = analyse_population(*noisy([[-1, 4], [0, 2]], 10, 0.05), resamples=30)
    assert found.equilibria is not None
    (mixed,) = found.equilibria
    assert (mixed.kind, mixed.support) == ("replicator", 1.0)
    assert mixed.population == pytest.approx([2 / 3, 1 / 3], abs=0.02)
    assert [e.value for e in mixed.regret] == pytest.approx([0, 0], abs=1e-6)


def test_without_self_play_only_margins_are_told() -> None:
    agents, opponents, earned, blocks = noisy(
        [[0, -1, 1], [1, 0, -1], [-1, 1, 0]], n_blocks=8, deviation=0.01
    )
    others = [k for k in range(len(agents)) if agents[k] != opponents[k]]
    found = analyse_population(
        [agents[k] for k in others],
        [opponents[k] for k in others],
        [earned[k] for k in others],
        [blocks[k] for k in others],
        resamples=25,
    )
    assert found.alpha_rank is None
    assert len(found.matrix.missing) == 3
    assert found.margins is not None
    assert found.margins.cyclic_share.value == pytest.approx(1, abs=1e-3)
    assert found.margins.corrected_share == pytest.approx(1, abs=1e-3)
    assert found.margins.nash_population == pytest.approx([1 / 3] * 3, abs=0.01)


def test_a_pair_that_never_met_leaves_no_rank() -> None:
    found = analyse_population(["a", "b", "c"], ["b", "a", "a"], [1, 2, 3], [0, 0, 0], resamples=5)
    assert found.margins is None
    assert found.equilibria is None
    assert ("b", "c") in found.matrix.missing


def test_with_fewer_than_five_blocks_nobody_is_probably_first() -> None:
    found = analyse_population(*noisy([[3, 0], [5, 1]], 4, 0.5), resamples=20)
    assert found.first is None
    assert np.isnan(found.invasion_low).all()
    assert found.alpha_rank is not None
    assert found.alpha_rank[0].low is None


def test_bounds_that_coincide_are_no_interval() -> None:
    """One resample in a hundred differs: quantiles that are alike tell of no certainty."""
    drawn = [0.25] * 99 + [0.75]
    assert percentile_estimate(0.25, drawn, n=20, fewest=10) == Estimate(0.25, None, None, 20)
    rounding = [0.25 + 1e-16 * k for k in range(100)]
    assert percentile_estimate(0.25, rounding, n=20, fewest=10).low is None
