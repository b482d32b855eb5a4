"""The family `payoff` where what a match paid is not what its rounds paid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.metrics.families.payoff import FAMILY
from tests.metrics.studies import studies, value


def test_gini_is_of_what_is_owned_in_the_end_endowments_included(tmp_path: Path) -> None:
    """Over net gifts no number is left: givers among free riders end with negative sums."""
    (study,) = studies(
        tmp_path,
        ("donor(agents=6, generations=1, rounds=4)",),
        ("donate_fraction(f=0.5)", "free_rider"),
        schedule=("society",),
        repeats=2,
    )
    ginis = []
    for _, own in study.matches.groupby("match", observed=True):
        units = own["final_resources"].to_numpy(float)
        assert own["round_payoff"].min() < 0 < units.min()
        apart = np.abs(units[:, None] - units[None, :]).sum()
        ginis.append(apart / (2 * units.size * units.sum()))
    for agent in study.seats.names:
        assert value(FAMILY, study, agent, "gini") == pytest.approx(np.mean(ginis))
