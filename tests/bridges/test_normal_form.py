"""What we write of games in normal form, read by OpenSpiel and Nashpy."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.metrics.normal_form import pure_equilibria
from harness.normal_form import NormalForm, normal_form

pytestmark = pytest.mark.bridges

GAMES = (
    "prisoners_dilemma",
    "battle_of_the_sexes",
    "rock_paper_scissors",
    "travelers_dilemma(high=10)",
    "matrix(payoffs=[[[1, 7], [2, 8], [3.25, 9]], [[4, 10], [5, 11], [6, -12]]])",
)


def form(spec: str) -> NormalForm:
    found = normal_form(registry.build("game", spec).what)
    assert found is not None
    return found


@pytest.mark.parametrize("spec", GAMES)
def test_open_spiel_reads_the_file_that_we_write(spec: str, tmp_path: Path) -> None:
    import pyspiel

    ours, file = form(spec), tmp_path / "game.nfg"
    file.write_text(ours.nfg())
    game = pyspiel.load_game("nfg_game", {"filename": str(file)})
    made = pyspiel.create_matrix_game(ours.title, ours.title, *ours.actions, *ours.payoffs)
    for player in (0, 1):
        for i, line in enumerate(ours.payoffs[player]):
            for j, paid in enumerate(line):
                for read in (game, made):
                    state = read.new_initial_state()
                    state.apply_actions([i, j])
                    assert state.returns()[player] == paid


@pytest.mark.parametrize("spec", [spec for spec in GAMES if "travelers" not in spec])
def test_nashpy_finds_our_pure_equilibria_in_the_payoffs(spec: str) -> None:
    import nashpy

    ours = form(spec)
    game = nashpy.Game(*map(np.array, ours.payoffs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate games
        found = {
            (int(row.argmax()), int(column.argmax()))
            for row, column in game.support_enumeration()
            if row.max() == column.max() == 1
        }
    assert found == set(map(tuple, pure_equilibria(ours.payoffs)))
