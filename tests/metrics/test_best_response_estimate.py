from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.best_response_estimate import BestResponseEstimate, estimate_best_response
from harness.metrics.induced_mdp import finite
from harness.metrics.memory_one import match_counts
from tests.metrics.memory_one_players import PLAYERS, Floats, Ints, play, policy_of, pool
from tests.metrics.simulations import best_answer

PD = np.array([[3, 0], [5, 1]], float)
RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], float)
ROUNDS = 20

UNIFORM = np.full((10, 3), 1 / 3)


def counted(policy: Floats, matches: int, rng: np.random.Generator) -> Ints:
    """Counts of matches of 20 rounds: in the dilemma with the pool, else with uniform play."""
    others = pool(matches) if policy.shape[1] == 2 else np.repeat(UNIFORM[None], matches, axis=0)
    return match_counts(*play(policy, others, ROUNDS, rng), policy.shape[1], policy.shape[1])


def estimate(counts: Ints, seed: int = 0, draws: int = 400) -> BestResponseEstimate:
    payoffs = PD if counts.shape[2] == 2 else RPS
    return estimate_best_response(
        counts,
        payoffs,
        payoffs.T,
        rounds=ROUNDS,
        cooperative=(0, 0) if counts.shape[2] == 2 else None,
        draws=draws,
        seed=seed,
    )


def test_a_player_seen_often_is_known() -> None:
    exact = finite(policy_of("Extort-2"), PD.T, PD, ROUNDS)
    found = estimate(counted(policy_of("Extort-2"), 3000, np.random.default_rng(1)))
    assert found.value.value == pytest.approx(float(exact.value), abs=0.03)
    assert found.agent_payoff.value == pytest.approx(float(exact.second), abs=0.06)
    assert found.value.low is not None
    assert found.value.high is not None
    assert found.value.low < float(exact.value) < found.value.high
    assert found.value.high - found.value.low < 0.1
    assert not found.model_incomplete
    assert found.value.n == 3000


def test_gain_and_damage_are_measured_from_mutual_cooperation() -> None:
    found = estimate(counted(policy_of("reactive"), 30, np.random.default_rng(2)))
    assert found.gain is not None
    assert found.damage is not None
    for gained, whole in zip(
        (found.gain.value, found.gain.low, found.gain.high),
        (found.value.value, found.value.low, found.value.high),
        strict=True,
    ):
        assert gained is not None
        assert whole is not None
        assert gained == pytest.approx(whole - 3)
    assert found.damage.value == pytest.approx(3 - found.plug_in.agent_payoff)
    assert found.damage.low is not None
    assert found.damage.high is not None
    assert found.damage.low <= 3 - found.plug_in.agent_payoff <= found.damage.high


def test_states_never_seen_leave_the_model_incomplete_and_the_interval_wide() -> None:
    """Two players that always cooperate: nothing is known of what provocation would do.

    An unconditional cooperator is worth 5 a round; one that answers with defection for good pays 3
    and, in the last round, 5.
    """
    kind = np.zeros((20, ROUNDS), int)
    found = estimate(match_counts(kind, kind))
    assert found.model_incomplete
    assert found.unseen == (2, 3, 4)
    assert found.value.low == pytest.approx((3 * (ROUNDS - 1) + 5) / ROUNDS)
    assert found.value.high == pytest.approx(5)
    assert found.value.value == pytest.approx(found.value.low)
    assert found.agent_payoff.low == 0
    rng = np.random.default_rng(3)
    varied = match_counts(kind, rng.integers(0, 2, kind.shape))
    found = estimate(varied)
    assert found.unseen == (3, 4)
    assert found.value.value == pytest.approx(5, abs=0.05)


def test_matches_that_all_went_alike_give_no_interval() -> None:
    own, other = np.tile([0, 0, 1, 0, 1, 1], (20, 1)), np.tile([0, 1, 0, 1, 1, 1], (20, 1))
    found = estimate(match_counts(own, other))
    assert (found.value.low, found.value.high) == (None, None)
    assert found.value.value is not None


def test_states_that_no_answer_leads_to_leave_nothing_open() -> None:
    """A player that always defects never comes to where it had cooperated."""
    unkind = np.ones((20, ROUNDS), int)
    found = estimate(match_counts(unkind, np.tile(np.arange(ROUNDS) % 2, (20, 1))))
    assert found.unseen == (1, 2)
    assert found.guesses == ()
    assert (found.value.value, found.value.low) == (1, None)


def test_one_match_cannot_correct_itself() -> None:
    found = estimate(counted(policy_of("reactive"), 1, np.random.default_rng(4)))
    assert (found.cross_fitted, found.optimism) == (None, None)
    assert found.value.value is None
    assert found.plug_in.value > 0


def test_blocks_and_not_matches_are_the_unit() -> None:
    counts = counted(policy_of("reactive"), 40, np.random.default_rng(5))
    paired = estimate_best_response(
        counts, PD, PD.T, rounds=ROUNDS, blocks=[i // 2 for i in range(40)], draws=100
    )
    assert paired.value.n == 20
    assert paired.plug_in.value == estimate(counts).plug_in.value


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = counted(policy_of("mostly kind"), 20, np.random.default_rng(6))
    assert estimate(counts, seed=9).value == estimate(counts, seed=9).value
    assert estimate(counts, seed=9).value != estimate(counts, seed=10).value


def test_without_a_known_end_the_long_run_counts() -> None:
    counts = counted(policy_of("Extort-2"), 2000, np.random.default_rng(7))
    found = estimate_best_response(counts, PD, PD.T, draws=200)
    assert found.value.value == pytest.approx(2.25, abs=0.05)
    discounted = estimate_best_response(counts, PD, PD.T, discount=0.9, draws=200)
    assert discounted.value.value == pytest.approx(7 / 3, abs=0.05)  # from CC, as the opening is C


def test_no_match_is_refused() -> None:
    with pytest.raises(UsageError, match="one match or more"):
        estimate_best_response(np.zeros((0, 5, 2), int), PD, PD.T)
    with pytest.raises(UsageError, match="blocks"):
        estimate_best_response(np.ones((3, 5, 2), int), PD, PD.T, blocks=["a"])


def test_uniform_play_is_not_found_exploitable_where_the_plug_in_says_it_is() -> None:
    found = best_answer("uniform", 20, 12, seed=5, draws=400)
    assert found.before is not None
    assert found.before > 0.1  # points per round, of a player that loses nothing
    assert abs(found.after) < 0.5 * found.before
    assert found.coverage >= 0.8


def test_what_is_taken_off_is_the_optimism_and_nothing_where_the_answer_is_clear() -> None:
    found = estimate(counted(policy_of("WSLS with noise 0.05"), 200, np.random.default_rng(8)))
    assert found.optimism is not None
    assert found.value.value == found.plug_in.value - found.optimism
    assert found.optimism < 0.003
    unclear = estimate(counted(UNIFORM, 20, np.random.default_rng(8)))
    assert unclear.optimism is not None
    assert unclear.optimism > 0.05


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("matches", [20, 200])
@pytest.mark.parametrize("player", ["uniform", "rocky", "leaning"])
def test_answers_nearly_as_good_as_each_other_are_no_trap(player: str, matches: int) -> None:
    """What is left of the bias is below the error of sampling; the interval is on the wide side."""
    found = best_answer(player, matches, 500, seed=5, draws=400)
    assert found.before is not None
    assert found.coverage >= 0.92
    assert abs(found.after) < 0.75 * found.error or abs(found.after) < 0.4 * found.before


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_estimates_of_thirty_players_come_to_the_exact_values() -> None:
    assert len(PLAYERS) == 30
    errors = np.array(
        [
            [abs(best_answer(name, n, 1, seed=1, draws=100).after) for n in (20, 200, 2000)]
            for name in PLAYERS
        ]
    )
    few, more, most = errors.mean(axis=0)
    assert most < 0.45 * more < 0.3 * few  # a third each time, if it goes as 1 / sqrt(n)
    assert errors[:, 2].max() < 0.04


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["TFT", "GTFT 1/3", "ALLC", "WSLS"])
def test_intervals_of_players_that_never_slip_hold_the_exact_value(name: str) -> None:
    """Their probabilities are 0 or 1, where posteriors lie to one side: the plug-in is included."""
    assert best_answer(name, 20, 100, seed=5).coverage >= 0.92
