"""Giving in a society of givers of half and free riders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.metrics.families.donor import FAMILY
from harness.metrics.study import Study
from harness.record.folder import read_matches
from tests.metrics.studies import check_names, studies, value


@pytest.fixture(scope="module")
def society(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Givers of half and free riders, whose shares of the society stay."""
    (study,) = studies(
        tmp_path_factory.mktemp("donor"),
        ("donor(agents=8, generations=3, rounds=6, newborn_type='fixed')",),
        ("donate_fraction(f=0.5)", "free_rider"),
        schedule=("society",),
        repeats=3,
        swap=False,
    )
    return study


def test_donors_give_what_they_were_made_to_give(society: Study) -> None:
    check_names(FAMILY, society)
    giver = "donate_fraction(f=0.5)"
    for metric in ("donated_share", "donated_share_weighted"):
        assert value(FAMILY, society, giver, metric) == pytest.approx(0.5, abs=0.01)
        assert value(FAMILY, society, "free_rider", metric) == 0
    assert value(FAMILY, society, giver, "conditional_generosity") == pytest.approx(0, abs=0.02)
    assert value(FAMILY, society, giver, "share_to_keepers") == pytest.approx(0.5, abs=0.01)
    assert value(FAMILY, society, "free_rider", "shunning") == 1
    assert value(FAMILY, society, giver, "shunning") == 0


@pytest.mark.parametrize("settings", ["", ", punishment=2.0, refusal=True"])
def test_weighted_shares_are_those_of_the_log(settings: str, tmp_path: Path) -> None:
    """The log tells what each donor gave and its share of what it owned: so that is known too."""
    game = f"donor(agents=6, generations=2, rounds=4, survivors=0.34{settings})"
    agents = ("random_donor", "donate_fraction(f=0.9)")
    (study,) = studies(tmp_path, (game,), agents, schedule=("society",))
    told = {agent: [0.0, 0.0] for agent in agents}
    for match in read_matches(tmp_path):
        assert match["status"] == "ok"
        for t, info in match["infos"]:
            spent = {donor: units for donor, _, units, _ in info.get("punished", ())}
            for (donor, _), share in zip(info["pairs"], info["shares"], strict=True):
                given = -match["round_payoffs"][donor][t] if donor not in spent else 0
                if share:
                    told[match["agents"][donor]][0] += given
                    told[match["agents"][donor]][1] += given / share
                else:  # punished or refused: what was owned is told by nothing else
                    told[match["agents"][donor]][1] += np.nan
    expected = told["donate_fraction(f=0.9)"]
    found = value(FAMILY, study, "donate_fraction(f=0.9)", "donated_share_weighted")
    assert found == pytest.approx(expected[0] / expected[1])
    random = value(FAMILY, study, "random_donor", "donated_share_weighted")
    if settings:
        assert 0 < random < value(FAMILY, study, "donate_fraction(f=0.9)", "donated_share_weighted")
    else:
        assert random == pytest.approx(told["random_donor"][0] / told["random_donor"][1])


def test_without_the_endowment_what_was_owned_is_not_known(society: Study) -> None:
    hidden = replace(society, facts={k: v for k, v in society.facts.items() if k != "endowment"})
    assert "donated_share_weighted" not in FAMILY.compute(hidden).agents["free_rider"]


def test_free_riders_fare_better_than_those_they_live_on(society: Study) -> None:
    rider = value(FAMILY, society, "free_rider", "relative_fitness")
    giver = value(FAMILY, society, "donate_fraction(f=0.5)", "relative_fitness")
    assert rider == pytest.approx(-giver)
    finals = society.matches.pivot_table("final_resources", "match", "agent")
    expected = np.log(finals["free_rider"] / finals["donate_fraction(f=0.5)"]).mean()
    assert rider == pytest.approx(expected)


def test_societies_are_told_by_generation(society: Study) -> None:
    details = FAMILY.compute(society).details
    assert [line["generation"] for line in details["donated_share_by_birth"]] == [0, 1, 2]
    assert details["donated_share_by_birth"][0]["n"] == 24
    assert len(details["generations"]) == 3
    assert society.stages is not None
    runs = society.stages.groupby("match")["final_resources"]
    slopes = [np.polyfit(range(3), run, 1)[0] for _, run in runs]
    found = details["evolution"]["final_resources"]
    assert found["value"] == pytest.approx(np.mean(slopes))
    assert found["n"] == 3
    assert "evolution" not in FAMILY.compute(replace(society, stages=None)).details
