from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.tournament import (
    TournamentRatings,
    principal_eigenvector,
    tournament_ratings,
)
from tests.metrics import axelrod_figures as figures


def played(repetitions: int = 1) -> dict[str, Any]:
    """The rows of the library's tournament: two a match, also where one plays itself."""
    n = len(figures.AGENTS)
    cells = [
        (i, j)
        for first in range(n)
        for second in range(first, n)
        for i, j in ((first, second), (second, first))
    ] * repetitions
    i, j = np.array(cells).T
    return {
        "agents": [figures.AGENTS[k] for k in i],
        "opponents": [figures.AGENTS[k] for k in j],
        "repetitions": [k // (n * (n + 1)) for k in range(len(cells))],
        "rounds": np.full(len(cells), figures.TURNS),
        "payoffs": figures.PAYOFFS[i, j],
        "opponent_payoffs": figures.PAYOFFS[j, i],
        "decisions": np.full(len(cells), figures.TURNS),
        "cooperations": figures.COOPERATIONS[i, j],
        "opponent_cooperations": figures.COOPERATIONS[j, i],
        "opened": np.array(figures.OPENED, float)[i],
    }


@pytest.fixture
def rated() -> TournamentRatings:
    return tournament_ratings(**played())


def test_a_tournament_is_rated_as_the_axelrod_library_rates_it(rated: TournamentRatings) -> None:
    assert list(rated.agents) == figures.AGENTS
    assert list(rated.wins) == figures.WINS
    assert list(rated.score) == figures.SCORES
    assert list(rated.ranking) == figures.RANKING
    assert rated.median_score == pytest.approx(figures.MEDIAN_SCORES, abs=1e-12)
    assert rated.cooperating_rating == pytest.approx(figures.COOPERATING_RATING, abs=1e-12)
    assert rated.good_partner_rating == pytest.approx(figures.GOOD_PARTNER_RATING, abs=1e-12)
    assert list(rated.initial_cooperation_rate) == figures.OPENED
    np.testing.assert_allclose(rated.normalised_cooperation, figures.COOPERATIONS / figures.TURNS)


def test_eigenjesus_and_eigenmoses_are_the_librarys(rated: TournamentRatings) -> None:
    assert rated.eigenjesus is not None
    assert rated.eigenmoses is not None
    np.testing.assert_allclose(rated.eigenjesus.vector, figures.EIGENJESUS, atol=2e-3)
    np.testing.assert_allclose(rated.eigenmoses.vector, figures.EIGENMOSES, atol=2e-3)
    # numpy.linalg.eig of the library's matrices
    assert rated.eigenjesus.eigenvalue == pytest.approx(7.248781729651108)
    assert rated.eigenmoses.eigenvalue == pytest.approx(6.429046843299536)


def test_tit_for_tat_tops_the_ranking_and_wins_no_match(rated: TournamentRatings) -> None:
    best = rated.ranking[0]
    assert (rated.agents[best], rated.wins[best]) == ("TitForTat", 0)
    assert max(rated.wins) == rated.wins[rated.agents.index("Defector")] == 9


def test_repetitions_change_no_rate() -> None:
    once, thrice = tournament_ratings(**played()), tournament_ratings(**played(3))
    assert thrice.cooperating_rating == pytest.approx(once.cooperating_rating)
    assert thrice.median_score == pytest.approx(once.median_score)
    assert list(thrice.wins) == [3 * wins for wins in once.wins]


def test_who_never_met_another_has_none_and_not_zero() -> None:
    one = tournament_ratings(
        ["a", "a"],
        ["a", "a"],
        [0, 0],
        rounds=[5, 5],
        payoffs=[3, 3],
        opponent_payoffs=[3, 3],
        decisions=[5, 5],
        cooperations=[2, 4],
        opponent_cooperations=[4, 2],
        opened=[1, 1],
    )
    assert one.cooperating_rating == one.good_partner_rating == one.median_score == (None,)
    assert one.initial_cooperation_rate == (None,)
    assert one.normalised_cooperation[0, 0] == 0.6  # both seats of self-play together


def test_an_agent_without_a_valid_move_has_payoffs_but_no_rates() -> None:
    seats = played()
    mute = np.array([agent == "Prober" for agent in seats["agents"]])
    seats["decisions"] = np.where(mute, 0, seats["decisions"])
    seats["cooperations"] = np.where(mute, 0, seats["cooperations"])
    seats["opened"] = np.where(mute, np.nan, seats["opened"])
    rated = tournament_ratings(**seats)
    last = rated.agents.index("Prober")
    assert rated.cooperating_rating[last] is None
    assert rated.initial_cooperation_rate[last] is None
    assert rated.good_partner_rating[last] is None
    assert rated.eigenjesus is None
    assert rated.median_score[last] == pytest.approx(figures.MEDIAN_SCORES[last])


def test_the_order_of_agents_does_not_matter() -> None:
    seats = played()
    order = np.random.default_rng(1).permutation(len(seats["agents"]))
    mixed = {
        key: [column[k] for k in order] if isinstance(column, list) else column[order]
        for key, column in seats.items()
    }
    rated, again = tournament_ratings(**seats), tournament_ratings(**mixed)
    scores = dict(zip(again.agents, again.score, strict=True))
    assert [scores[agent] for agent in rated.agents] == list(rated.score)
    assert again.eigenmoses is not None
    assert dict(zip(again.agents, again.eigenmoses.vector, strict=True))["Defector"] < 0


def test_an_eigenvector_that_is_not_unique_is_none() -> None:
    assert principal_eigenvector(np.eye(2)) is None
    assert principal_eigenvector(np.zeros((2, 2))) is None
    assert principal_eigenvector([[0, 1], [1, 0]]) is None  # 1 and -1
    assert principal_eigenvector([[1.0, float("nan")], [0.0, 0.0]]) is None


def test_more_cooperations_than_decisions_are_refused() -> None:
    seats = played()
    with pytest.raises(UsageError, match="no seat more cooperations than decisions"):
        tournament_ratings(**{**seats, "decisions": seats["decisions"] - 1})
    with pytest.raises(UsageError, match="one entry a seat"):
        tournament_ratings(**{**seats, "opened": [1.0]})
