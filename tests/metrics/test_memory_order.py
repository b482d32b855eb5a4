"""How far back players look: BIC as statsmodels has it and by hand, and bots of known memory."""

from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.families.repeated import FAMILY
from harness.metrics.memory_one import Ints
from harness.metrics.memory_order import (
    MEMORY_0,
    MEMORY_1,
    MEMORY_1_LAST,
    MEMORY_2,
    added,
    memory_fits,
)
from harness.metrics.study import Study
from tests.metrics.studies import check_names, studies, value

# statsmodels 0.15.0: Logit on dummies of the states, `llf` and `bic`, of the moves made below.
STATSMODELS = {
    MEMORY_0: (-1079.593197, 2166.564154),
    MEMORY_1: (-1076.722612, 2190.334019),
    MEMORY_2: (-1067.674986, 2290.282910),
    MEMORY_1_LAST: (-1077.110712, 2198.487977),
}


def moves() -> tuple[Ints, Ints]:
    rng = np.random.default_rng(7)
    own, other = (rng.random((200, 8)) < share for share in (0.4, 0.5))
    return own.astype(np.int64), other.astype(np.int64)


@pytest.mark.parametrize("model", STATSMODELS)
def test_the_criterion_is_that_of_statsmodels(model: str) -> None:
    fit = memory_fits(*moves(), end=8)[model]
    assert (fit.log_likelihood, fit.bic) == pytest.approx(STATSMODELS[model], abs=1e-6)
    assert fit.n == 1600


def test_by_hand_four_moves_one_of_them_other() -> None:
    """No memory: (3/4)^3 (1/4), one parameter. Memory one: the opening, CC, CD and DC once each."""
    fits = memory_fits([[0, 0, 1, 0]], [[0, 1, 0, 0]])
    likelihood = 3 * np.log(3 / 4) + np.log(1 / 4)
    assert fits[MEMORY_0].bic == pytest.approx(np.log(4) - 2 * likelihood)
    assert fits[MEMORY_1].bic == pytest.approx(4 * np.log(4))
    assert (fits[MEMORY_1].parameters, fits[MEMORY_2].parameters) == (4, 4)
    assert MEMORY_1_LAST not in fits


def test_all_models_explain_the_same_moves() -> None:
    """After a move that is no own one, two rounds tell nothing: to none of the models."""
    fits = memory_fits([[0, -1, 0, 1, 1, 0]], [[0, 1, 0, 0, 1, 1]], end=6)
    assert {fit.n for fit in fits.values()} == {3}  # the first, and the last two
    assert memory_fits([[-1]], [[0]]) == {}


def test_a_last_round_of_its_own_costs_one_parameter_and_explains_who_defects_then() -> None:
    rng = np.random.default_rng(3)
    other = (rng.random((30, 10)) < 0.5).astype(np.int64)
    own = np.zeros_like(other)
    own[:, 1:] = other[:, :-1]  # tit for tat
    own[:, -1] = 1
    fits = memory_fits(own, other, end=10)
    assert min(fits, key=lambda model: fits[model].bic) == MEMORY_1_LAST
    assert fits[MEMORY_1_LAST].parameters == fits[MEMORY_1].parameters + 1
    assert fits[MEMORY_1_LAST].log_likelihood == 0
    assert fits[MEMORY_1].log_likelihood < -10


def test_sides_have_parameters_of_their_own() -> None:
    one, other = memory_fits([[0, 1, 0]], [[0, 0, 0]]), memory_fits([[1, 1, 0]], [[0, 0, 0]])
    both = added([one, {}, other])[MEMORY_0]
    assert both.parameters == 2
    assert both.n == 6
    assert both.log_likelihood == pytest.approx(3 * (2 * np.log(2 / 3) + np.log(1 / 3)) * 2 / 3)


GAME = "prisoners_dilemma(rounds=40, noise=0.1)"
AGENTS = ("tit_for_tat", "tit_for_two_tats", "win_stay_lose_shift", "random", "end_game_defector")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    (played,) = studies(tmp_path_factory.mktemp("memory"), (GAME,), AGENTS, repeats=6)
    return played


def test_bots_are_seen_to_look_back_as_far_as_they_do(study: Study) -> None:
    check_names(FAMILY, study)
    orders = {agent: value(FAMILY, study, agent, "memory_order") for agent in AGENTS[:4]}
    assert orders == {
        "tit_for_tat": 1,
        "tit_for_two_tats": 2,
        "win_stay_lose_shift": 1,
        "random": 0,
    }
    assert value(FAMILY, study, "tit_for_tat", "memory_one_excess_bic") == 0
    assert value(FAMILY, study, "tit_for_two_tats", "memory_one_excess_bic") > 10
    # Memory one contains less: that it has parameters to spare is no evidence against it.
    assert value(FAMILY, study, "random", "memory_one_excess_bic") == 0


def test_a_reader_is_warned_where_memory_one_is_not_what_explains_play(study: Study) -> None:
    found = FAMILY.compute(study)
    (note,) = (n for n in found.notes if n.startswith("Memory one does not explain best"))
    assert "tit_for_two_tats (memory 2, BIC lower by" in note
    assert "end_game_defector (memory 1 and the last round, " in note
    assert "tit_for_tat" not in note.replace("tit_for_two_tats", "")
    assert "random" not in note  # less memory is contained in memory one
    told = found.details["memory"]["tit_for_two_tats"]
    assert told[MEMORY_2]["bic"] < told[MEMORY_1]["bic"]
