"""The families of single games: found by their entry points, silent on other games."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from harness.metrics.families import beauty, deal, donor, forecasts
from harness.metrics.study import Family
from tests.metrics.studies import studies

FAMILIES = {
    "beauty": beauty.FAMILY,
    "deal": deal.FAMILY,
    "donor": donor.FAMILY,
    "forecasts": forecasts.FAMILY,
}


def test_families_come_by_entry_points() -> None:
    found = {point.name: point.load() for point in entry_points(group="folkbench.metrics")}
    assert FAMILIES.items() <= found.items()


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_other_games_are_none_of_their_business(family: Family, tmp_path: Path) -> None:
    games = ("rock_paper_scissors(rounds=3)",)
    (study,) = studies(tmp_path, games, ("rotate", "flat"))
    found = family.compute(study)
    assert not found.agents
    assert not found.details
