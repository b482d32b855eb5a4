"""Invaded societies: fitness, cost and who takes over, against what the log says of each match."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.metrics.families.donor import FAMILY
from harness.metrics.interval import Estimate
from harness.metrics.invaded import Invaded, invasions
from harness.metrics.invasion import fixation_frequency
from harness.metrics.study import Study
from harness.record.folder import read_matches
from tests.metrics.studies import studies

GIVER, JUDGE = "donate_fraction(f=0.5)", "trace_discriminator"


def invaded_run(folder: Path, game: str, **knobs: Any) -> tuple[Study, list[dict[str, Any]]]:
    (study,) = studies(folder, (game,), (GIVER, JUDGE), schedule=("invade",), **knobs)
    return study, list(read_matches(folder))


@pytest.fixture(scope="module")
def evolving(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, list[dict[str, Any]]]:
    """Societies over three generations, so that measures of individuals are not of the first."""
    game = "donor(agents=8, generations=3, rounds=6, games_per_generation=2)"
    return invaded_run(tmp_path_factory.mktemp("evolving"), game, repeats=6, swap=False)


def found(study: Study) -> dict[tuple[str, str, int], dict[str, Any]]:
    told = FAMILY.compute(study).details["invasions"]
    return {(one["resident"], one["mutant"], one["mutants"]): one for one in told}


def units(match: dict[str, Any], agent: str) -> float:
    """What an agent's individuals had after the first generation, by what they were selected by."""
    first = match["info"]["generations"][0]
    scores = zip(match["agents"][: len(first["players"])], first["scores"], strict=True)
    return float(np.mean([score for name, score in scores if name == agent]))


def of(matches: list[dict[str, Any]], resident: str, mutant: str, k: int) -> list[dict[str, Any]]:
    seats = [resident] * (8 - k) + [mutant] * k
    return [match for match in matches if match["agents"][:8] == seats]


CASES = [(GIVER, "free_rider", 1), (GIVER, "free_rider", 2), (JUDGE, "free_rider", 2)]


@pytest.mark.parametrize("case", CASES)
def test_mutants_fare_as_the_scores_of_the_first_generation_say(
    case: tuple[str, str, int], evolving: tuple[Study, list[dict[str, Any]]]
) -> None:
    study, matches = evolving
    own = of(matches, *case)
    expected = [np.log(units(match, case[1]) / units(match, case[0])) for match in own]
    told = found(study)[case]
    assert told["fitness"]["value"] == pytest.approx(np.mean(expected))
    assert (told["fitness"]["n"], told["society"], told["runs"]) == (6, 8, 6)


@pytest.mark.parametrize("case", CASES)
def test_the_cost_is_against_the_same_society_under_the_same_chance(
    case: tuple[str, str, int], evolving: tuple[Study, list[dict[str, Any]]]
) -> None:
    study, matches = evolving
    alone = {match["block"]: units(match, case[0]) for match in of(matches, case[0], "", 0)}
    expected = [
        np.log(units(match, case[0]) / alone[match["block"]]) for match in of(matches, *case)
    ]
    assert found(study)[case]["cost"]["value"] == pytest.approx(np.mean(expected))
    assert found(study)[case]["cost"]["value"] < 0


@pytest.mark.parametrize("case", CASES)
def test_mutants_have_taken_over_when_only_they_live_in_the_last_generation(
    case: tuple[str, str, int], evolving: tuple[Study, list[dict[str, Any]]]
) -> None:
    study, matches = evolving
    living = [
        {match["agents"][player] for player in match["info"]["generations"][-1]["players"]}
        for match in of(matches, *case)
    ]
    told = found(study)[case]
    assert told["fixation"]["value"] == np.mean([agents == {case[1]} for agents in living])
    assert told["extinction"]["value"] == np.mean([case[1] not in agents for agents in living])
    assert told["fixation"]["n"] == 6


def test_free_riders_take_over_givers_and_not_those_who_judge(
    evolving: tuple[Study, list[dict[str, Any]]],
) -> None:
    told = found(evolving[0])
    assert told[GIVER, "free_rider", 2]["resists"] is False
    assert told[GIVER, "free_rider", 2]["fixation"]["value"] > 0.5
    assert told[JUDGE, "free_rider", 2]["resists"] is True
    assert told[JUDGE, "free_rider", 2]["fixation"]["value"] == 0


def test_a_reader_is_told_of_every_resident_and_mutant(
    evolving: tuple[Study, list[dict[str, Any]]],
) -> None:
    notes = FAMILY.compute(evolving[0]).notes
    assert len(notes) == 6  # three mutants each, bar those that are the residents themselves
    assert notes[-1] == "Invasions of fewer than 20 runs are fit for a trial only."
    (riders,) = (n for n in notes if n.startswith(f"Society of {JUDGE} with free_rider in it: "))
    assert "; 2 of 8: resists, log fitness -" in riders
    assert "take over in 0.000 (0.000 to 0.390), n 6" in riders


def test_mutants_meet_the_pairs_that_the_society_without_them_has(
    evolving: tuple[Study, list[dict[str, Any]]],
) -> None:
    by_block = defaultdict(set)
    for match in evolving[1]:
        pairs = [str(info["pairs"]) for t, info in match["infos"] if t < 12]
        by_block[match["block"]].add("".join(pairs))
    assert len(by_block) == 12  # two residents and six repeats
    assert all(len(courses) == 1 for courses in by_block.values())
    assert len(set.union(*by_block.values())) == 12


def test_seatings_of_one_run_count_once_for_who_takes_over(tmp_path: Path) -> None:
    game = "donor(agents=4, generations=2, rounds=2, games_per_generation=1)"
    study, _ = invaded_run(tmp_path, game, repeats=2)
    told = found(study)[GIVER, "free_rider", 1]
    assert (told["fitness"]["n"], told["fixation"]["n"]) == (8, 2)


def test_one_generation_needs_no_rules_and_takes_nobody_over(tmp_path: Path) -> None:
    game = "donor(agents=8, generations=1, rounds=6)"
    study, matches = invaded_run(tmp_path, game, repeats=2, swap=False)
    told = found(replace(study, facts={}))[CASES[0]]
    own = of(matches, *CASES[0])
    expected = [np.log(units(m, "free_rider") / units(m, GIVER)) for m in own]
    assert told["fitness"]["value"] == pytest.approx(np.mean(expected))
    assert (told["fixation"], told["extinction"]) == (None, None)
    assert told["resists"] is None


def test_where_shares_stay_nobody_can_take_over(
    evolving: tuple[Study, list[dict[str, Any]]],
) -> None:
    study = evolving[0]
    fixed = replace(study, facts={**study.facts, "newborn_type": "fixed"})
    assert found(fixed)[CASES[0]]["fixation"] is None


def test_without_the_endowment_later_generations_hide_the_first(
    evolving: tuple[Study, list[dict[str, Any]]],
) -> None:
    study = replace(evolving[0], facts={})
    assert invasions(study, study.matches) == []


def share(value: float) -> Estimate:
    return fixation_frequency([True] * int(20 * value) + [False] * (20 - int(20 * value)))


BELOW, ABOVE = Estimate(-1.5, -2.0, -1.0, 20), Estimate(1.5, 1.0, 2.0, 20)
AROUND, UNKNOWN = Estimate(0.0, -1.0, 1.0, 20), Estimate(1.0, None, None, 2)


@pytest.mark.parametrize(
    ("fitness", "harm", "luck", "verdict"),
    [
        (BELOW, 0, 0, "resists"),
        (ABOVE, 0, 0, "is invaded"),
        (AROUND, 0, 0, "undecided"),
        (UNKNOWN, 0, 0, "no verdict"),
        (UNKNOWN, 0.85, 0, "is invaded"),
        (UNKNOWN, 0, 0.85, "resists"),
        (UNKNOWN, 0.2, 0, "no verdict"),
        (BELOW, 0.2, 0, "undecided"),
        (ABOVE, 0, 0.2, "undecided"),
        (ABOVE, 0.2, 0, "is invaded"),
        (BELOW, 0, 0.2, "resists"),
    ],
)
def test_intervals_and_ruin_decide(
    fitness: Estimate, harm: float, luck: float, verdict: str
) -> None:
    one = Invaded("a", "b", 1, 12, 20, fitness, share(harm), share(luck))
    assert one.verdict == verdict
    resists = {"resists": True, "no verdict": None}.get(verdict, False)
    assert one.as_dict()["resists"] is resists


def test_those_who_give_all_are_ruined_by_free_riders_and_it_is_told(tmp_path: Path) -> None:
    game = "donor(agents=8, generations=1, rounds=6)"
    (study,) = studies(
        tmp_path, (game,), ("donate_fraction(f=1)",), schedule=("invade@3",), repeats=20, swap=False
    )
    resident = "donate_fraction(f=1)"
    own = of(list(read_matches(tmp_path)), resident, "free_rider", 3)
    ruined = np.mean([units(m, resident) == 0 < units(m, "free_rider") for m in own])
    told = found(study)[resident, "free_rider", 3]
    assert 0.5 < ruined == told["residents_ruined"]["value"]
    assert told["fitness"]["n"] == round(20 * (1 - ruined))
    assert told["resists"] is False
    (note,) = (n for n in FAMILY.compute(study).notes if "with free_rider" in n)
    assert "is invaded, log fitness" in note
    assert f"residents left with nothing in {ruined:.3f} (" in note
