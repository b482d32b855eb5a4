"""The family `coordination`: what counts as the players' own behaviour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.metrics.families.coordination import FAMILY
from tests.metrics.studies import studies, value


def test_moves_made_for_a_player_are_no_equilibrium_play_of_anybody(tmp_path: Path) -> None:
    (study,) = studies(
        tmp_path, ("prisoners_dilemma(rounds=4)",), ("defector",), schedule=("self_play",)
    )
    assert value(FAMILY, study, "defector", "equilibrium_play") == 1
    assert value(FAMILY, study, "defector", "efficient_play") == 0
    last = study.moves["round"] == study.moves["round"].max()
    made = study.moves.assign(
        substituted=(study.moves["player"] == 1) & ~last,
        action=study.moves["action"].astype(object).mask(last, study.cooperative[0]),
    )
    partly = replace(study, moves=made)
    assert value(FAMILY, partly, "defector", "equilibrium_play") == 0
    assert value(FAMILY, partly, "defector", "efficient_play") == 1
    never = replace(study, moves=study.moves.assign(substituted=study.moves["player"] == 1))
    for metric in ("equilibrium_play", "efficient_play"):
        found = FAMILY.compute(never).agents["defector"][metric]
        assert (found.value, found.n) == (None, 0)
