"""The family `repeated` on matches that tell little of their players."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.metrics.families.repeated import FAMILY
from tests.metrics.studies import check_names, studies


def test_a_best_response_to_who_was_never_provoked_is_called_a_guess(tmp_path: Path) -> None:
    (study,) = studies(
        tmp_path, ("prisoners_dilemma(rounds=5)",), ("cooperator", "tit_for_tat"), repeats=2
    )
    check_names(FAMILY, study)
    found = FAMILY.compute(study)
    told = found.agents["cooperator"]["best_response_value"]
    assert told.low is not None
    assert told.high is not None
    assert told.high == pytest.approx(5)  # which is what it is worth
    assert told.low < told.high
    (note,) = found.notes
    assert "cooperator after (cooperate, defect), (defect, cooperate), (defect, defect)" in note


def test_nothing_is_a_guess_where_no_answer_leads_to_what_was_not_seen(tmp_path: Path) -> None:
    games, agents = ("prisoners_dilemma(rounds=8)",), ("defector", "random")
    (study,) = studies(tmp_path, games, agents, repeats=8)
    assert not [note for note in FAMILY.compute(study).notes if "defector after" in note]
