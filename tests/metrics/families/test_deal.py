"""Negotiated divisions of bots, against the same numbers from the matches by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.metrics.families.deal import FAMILY
from harness.metrics.study import Study
from tests.metrics.studies import check_names, studies, value


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Study:
    agents = ("nash_bargainer", "hard_liner", "conceder")
    (study,) = studies(tmp_path_factory.mktemp("deal"), ("deal_or_no_deal",), agents, repeats=5)
    return study


def test_deals_are_told_over_all_matches_and_over_deals(deals: Study) -> None:
    check_names(FAMILY, deals)
    rows = deals.matches[deals.matches["agent"] == "nash_bargainer"]
    deal = rows["agreement"] == 1
    assert deal.sum() > 0
    found = {m: e.value for m, e in FAMILY.compute(deals).agents["nash_bargainer"].items()}
    assert found["agreement_rate"] == pytest.approx(deal.mean())
    assert found["walk_away_rate"] == pytest.approx(1 - deal.mean())
    assert found["utility"] == pytest.approx(rows["own_score"].fillna(0).mean())
    assert found["pareto_share"] == pytest.approx(rows["pareto"].fillna(0).mean())
    assert found["objective"] == pytest.approx(rows["payoff"].mean())


def test_opponents_have_the_same_weight_however_often_they_were_met(deals: Study) -> None:
    matches = deals.matches
    of_pair = matches.groupby("match")["agent"].transform(lambda a: "conceder" in set(a))
    few = matches[~of_pair | matches["block"].isin(matches["block"][of_pair].unique()[:1])]
    met = few[few["agent"] == "nash_bargainer"].merge(few, on="match", suffixes=("", "_other"))
    met = met[met["agent_other"] != "nash_bargainer"]
    expected = met.groupby("agent_other")["own_score_all"].mean().mean()
    assert met["agent_other"].value_counts().nunique() == 2
    found = value(FAMILY, replace(deals, matches=few), "nash_bargainer", "utility")
    assert found == pytest.approx(expected)


def test_what_the_hardest_took_is_above_its_fair_share(deals: Study) -> None:
    details = FAMILY.compute(deals).details["by_opponent"]["conceder"]
    assert set(details) == {"nash_bargainer", "hard_liner"}
    found = FAMILY.compute(deals).agents["conceder"]["most_taken"]
    assert found.value is not None
    rows = deals.matches[deals.matches["agent"] != "conceder"].merge(
        deals.matches.loc[deals.matches["agent"] == "conceder", ["match"]], on="match"
    )
    excess = (rows["own_score_all"] - rows["fair_score"]).groupby(rows["agent"]).mean()
    assert excess.min() - 1e-9 <= found.value
    assert found.value == pytest.approx(excess.max(), abs=3)


def test_without_a_deal_everything_of_deals_is_null(deals: Study) -> None:
    agreed = [str(name) for name in deals.matches if f"{name}_all" in deals.matches]
    none = deals.matches.assign(agreement=0.0, own_score_all=0.0, pareto_all=0.0)
    none = none.assign(**dict.fromkeys(agreed, np.nan))
    found = FAMILY.compute(replace(deals, matches=none)).agents["conceder"]
    assert found["agreement_rate"].value == found["pareto_share"].value == 0
    for metric in ("utility_agreed", "pareto_share_agreed", "nash_ratio_agreed"):
        assert (found[metric].value, found[metric].n) == (None, 0)
