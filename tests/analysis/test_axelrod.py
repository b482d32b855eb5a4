"""A tournament of twelve strategies, read and analysed, as the axelrod library 4.14 rates it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.analysis.analysis import Analysis, analyse, families
from harness.analysis.studies import Given, read_studies
from tests.metrics.axelrod_figures import AGENTS, COOPERATIONS, OPENED, PAYOFFS, TURNS


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The tournament as a table: per pair the right sums, in an order that opens as it did."""
    path = tmp_path_factory.mktemp("axelrod") / "moves.csv"
    lines = ["match,round,agent,action,payoff"]
    for i, row in enumerate(AGENTS):
        for j, column in enumerate(AGENTS[i:], i):
            for seat, (own, other) in enumerate(((i, j), (j, i))):
                opened, n_good = OPENED[own], int(COOPERATIONS[own, other])
                moves = "C" * n_good + "D" * (TURNS - n_good)
                moves = moves if opened == (moves[0] == "C") else moves[::-1]
                paid = PAYOFFS[own, other] / TURNS
                name = (row, column)[seat]
                lines += [f"{i}-{j},{t},{name},{moves[t]},{paid}" for t in range(TURNS)]
    path.write_text("\n".join(lines) + "\n")
    (played,) = read_studies(path, Given(cooperate="C"))
    return analyse(played, families(["payoff", "cooperation", "tournament", "population"]))


def values(found: Analysis, metric: str) -> NDArray[np.float64]:
    return np.array([found.agents[agent][metric].value for agent in AGENTS], float)


def others(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums over all opponents but oneself."""
    return np.asarray(table.sum(axis=1) - np.diag(table), float)


def test_scores_and_rates_without_self_play_are_axelrods(found: Analysis) -> None:
    scores = others(PAYOFFS)
    np.testing.assert_allclose(values(found, "axelrod_score"), scores)
    np.testing.assert_allclose(values(found, "payoff_per_round_by_opponent"), scores / 11 / TURNS)
    np.testing.assert_allclose(values(found, "axelrod_median_score"), scores / 11 / TURNS)
    rates = others(COOPERATIONS) / 11 / TURNS
    np.testing.assert_allclose(values(found, "cooperating_rating"), rates)
    np.testing.assert_allclose(values(found, "cooperation_by_opponent"), rates)
    np.testing.assert_allclose(values(found, "initial_cooperation_rate"), OPENED)


def test_tit_for_tat_wins_no_match_and_defector_nine(found: Analysis) -> None:
    assert found.agents["TitForTat"]["axelrod_wins"].value == 0
    assert found.agents["Defector"]["axelrod_wins"].value == 9
    assert found.agents["TitForTat"]["payoff_per_round_by_opponent"].value == pytest.approx(
        2.612, abs=5e-4
    )
    assert found.agents["Defector"]["payoff_per_round_by_opponent"].value == pytest.approx(
        2.104, abs=5e-4
    )


def test_the_population_is_the_published_one(found: Analysis) -> None:
    """NashConv of the uniform population is 0.855139, twice the gain of the best newcomer."""
    details = found.as_dict()["details"]["population"]
    np.testing.assert_allclose(details["payoff_matrix"], PAYOFFS / TURNS)
    assert 2 * details["uniform_gain"]["value"] == pytest.approx(0.855139, abs=1e-6)


def test_one_match_a_pair_has_no_intervals_and_says_so(found: Analysis) -> None:
    assert found.agents["Prober"]["payoff_per_round"].low is None
    assert found.agents["Prober"]["axelrod_wins"].low is None
