from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.induced_mdp import Solution, average, discounted, finite, worth
from harness.metrics.memory_one import successors
from harness.metrics.stationary import four_vector, limiting_distribution
from tests.metrics.memory_one_players import PLAYERS, Floats, policy_of

AGENT, OTHER = np.array([[3, 0], [5, 1]], float), np.array([[3, 5], [0, 1]], float)

# Values of the best answer in the standard game, per round. quantecon 0.11.4, DiscreteDP by policy
# iteration, discount 0.9, from CC, CD, DC, DD; pymdptoolbox 4.0b3, FiniteHorizon, 10 rounds, from
# the same; its RelativeValueIteration, long-run mean (one number whatever the start).
FIGURES: dict[str, tuple[list[float], list[float], float | None]] = {
    "ALLC": ([5, 5, 5, 5], [5, 5, 5, 5], 5),
    "ALLD": ([1, 1, 1, 1], [1, 1, 1, 1], 1),
    "TFT": ([3, 2.7, 3, 2.7], [3.2, 2.9, 3.2, 2.9], 3),
    "WSLS": ([3.105263158, 2.894736842, 2.894736842, 3.105263158], [3.2, 3, 3, 3.2], 3),
    "GRIM": ([3, 1, 1, 1], [3.2, 1, 1, 1], None),
    "GTFT 1/3": ([3.105263158, 2.894736842, 3.105263158, 2.894736842], [3.2, 3, 3.2, 3], 3),
    "random 1/2": ([3, 3, 3, 3], [3, 3, 3, 3], 3),
    "Extort-2": (
        [2.333333333, 2.1, 2.0, 1.8],
        [2.545490522, 2.283302246, 2.170935842, 1.946203034],
        2.25,
    ),
    "Extort-3": (
        [2.04, 1.824, 1.68, 1.512],
        [2.257570362, 2.012579265, 1.849251866, 1.658703235],
        1.909090909,
    ),
    "ZDGTFT-2": ([3, 2.7375, 3, 2.775], [3.2, 2.9375, 3.2, 2.975], 3),
    "ZDSET-2": ([2.2, 2, 2.1, 2], [2.2, 2, 2.1, 2], 2),
    "Joss": ([2.7, 2.43, 2.7, 2.43], [2.89, 2.62, 2.89, 2.62], 2.7),
    "general cooperator": (
        [2.648509808, 2.368376141, 2.381005205, 2.433569417],
        [2.799818317, 2.369052954, 2.381479486, 2.436621162],
        2.51059274,
    ),
    "firm but fair": ([3, 2.71, 3, 2.9], [3.2, 2.9, 3.2, 3.1], 3),
    "anti-TFT": ([4.6, 5, 4.6, 5], [4.6, 5, 4.6, 5], 5),
    "mostly kind": (
        [2.716375229, 2.510430828, 2.677792884, 2.476958417],
        [2.859259259, 2.659259259, 2.825925926, 2.625925926],
        2.666666667,
    ),
}


def begun(name: str, state: int) -> Floats:
    """A player whose opening is what it does after CC, CD, DC or DD."""
    policy = policy_of(name)
    policy[0] = policy[1 + state]
    return policy


@pytest.mark.parametrize("name", FIGURES)
def test_best_answers_earn_what_quantecon_and_mdptoolbox_say(name: str) -> None:
    by_discount, by_rounds, long_run = FIGURES[name]
    for state in range(4):
        policy = begun(name, state)
        discount = discounted(policy, OTHER, AGENT, 0.9)
        assert float(discount.value) == pytest.approx(by_discount[state], abs=1e-8)
        assert worth(policy, OTHER, discount.actions, discount=0.9) == pytest.approx(discount.value)
        rounds = finite(policy, OTHER, AGENT, 10)
        assert float(rounds.value) == pytest.approx(by_rounds[state], abs=1e-8)
        assert worth(policy, OTHER, rounds.actions, rounds=10) == pytest.approx(rounds.value)
        if long_run is not None:
            assert float(average(policy, OTHER, AGENT).value) == pytest.approx(long_run, abs=1e-7)


def enumerated(policy: Floats, reward: Floats, second: Floats) -> tuple[float, float]:
    """The best long-run mean, and the least of the other among those that reach it, by trying."""
    states, n_actions = len(policy), reward.shape[1]
    following = successors(*reward.shape)
    means = []
    for actions in product(range(n_actions), repeat=states):
        chain = np.zeros((states, states))
        now = np.zeros((2, states))
        for s, a in enumerate(actions):
            np.add.at(chain[s], following[s, :, a], policy[s])
            now[:, s] = policy[s] @ reward[:, a], policy[s] @ second[:, a]
        means.append(now @ limiting_distribution(chain, np.eye(states)[0]))
    table = np.array(means)
    best = table[:, 0].max()
    return float(best), float(table[table[:, 0] >= best - 1e-9, 1].min())


@pytest.mark.parametrize("name", PLAYERS)
def test_long_run_best_answers_are_those_found_by_trying_all(name: str) -> None:
    found = average(policy_of(name), OTHER, AGENT)
    best, least = enumerated(policy_of(name), OTHER, AGENT)
    assert float(found.value) == pytest.approx(best, abs=1e-8)
    assert float(found.second) == pytest.approx(least, abs=1e-7)


def test_random_players_of_random_games_are_answered_as_by_trying_all() -> None:
    rng = np.random.default_rng(17)
    for _ in range(20):
        policy = four_vector(np.where(rng.random(4) < 0.4, rng.integers(0, 2, 4), rng.random(4)))
        agent, other = rng.integers(-2, 6, (2, 2, 2)).astype(float)
        found = average(policy, other, agent)
        best, least = enumerated(policy, other, agent)
        assert float(found.value) == pytest.approx(best, abs=1e-8)
        assert float(found.second) == pytest.approx(least, abs=1e-7)


def test_the_long_run_is_what_patience_comes_to() -> None:
    rng = np.random.default_rng(18)
    policies = np.stack([four_vector(rng.uniform(0.05, 0.95, 4)) for _ in range(30)])
    patient = discounted(policies, OTHER, AGENT, 1 - 1e-6)
    for policy, value in zip(policies, patient.value, strict=True):
        assert float(average(policy, OTHER, AGENT).value) == pytest.approx(float(value), abs=1e-4)


def test_against_grim_it_matters_where_one_starts() -> None:
    values = [float(average(policy_of("GRIM"), OTHER, AGENT, start=s).value) for s in range(5)]
    assert values == pytest.approx([3, 3, 1, 1, 1])


def test_the_last_round_is_taken_from_tit_for_tat() -> None:
    """V = 3 + (5 - 3) / N, and N - 1 rounds of cooperation before."""
    for rounds in (1, 2, 10, 200):
        best = finite(policy_of("TFT"), OTHER, AGENT, rounds)
        assert float(best.value) == pytest.approx(3 + 2 / rounds)
        state, actions = 0, []
        for now in best.actions:
            actions.append(int(now[state]))
            state = 1 + actions[-1] if policy_of("TFT")[state, 0] else 3 + actions[-1]
        assert actions == [0] * (rounds - 1) + [1]


def test_among_equally_good_answers_the_one_worst_for_the_player_counts() -> None:
    best = finite(policy_of("WSLS"), OTHER, AGENT, 200)
    kind = finite(policy_of("WSLS"), OTHER, -AGENT, 200)
    assert best.value == pytest.approx(kind.value)
    assert float(best.second) == pytest.approx(0.51)
    assert float(-kind.second) > 2.9


def test_a_rock_paper_scissors_player_that_repeats_wins_is_read() -> None:
    """It plays what beats its own last move with probability 0.8, else either other: 0.8 - 0.1."""
    policy = np.full((10, 3), 0.1)
    policy[0] = 1 / 3
    for own, other in product(range(3), range(3)):
        policy[1 + 3 * own + other, (own + 1) % 3] = 0.8
    win = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], float)
    assert float(average(policy, -win, win).value) == pytest.approx(0.7)
    assert float(finite(policy, -win, win, 10).value) == pytest.approx(0.63)
    assert float(discounted(policy, -win, win, 0.5).value) == pytest.approx(0.35)


def test_memory_two_players_are_answered_by_what_memory_two_sees() -> None:
    """Tit for two tats gives in to defection in every second round: (5 + 3) / 2."""
    policy = np.zeros((21, 2))
    policy[:, 0] = 1
    for older, newer in product((1, 3), (1, 3)):  # the other defected in both
        policy[5 + 4 * older + newer] = [0, 1]
    assert float(average(policy, OTHER, AGENT).value) == pytest.approx(4)
    assert float(finite(policy, OTHER, AGENT, 10).value) == pytest.approx(4.2)  # and the last two


def test_many_problems_are_solved_as_each_alone() -> None:
    policies = np.stack([policy_of(name) for name in PLAYERS])
    for together, alone in (
        (finite(policies, OTHER, AGENT, 7), [finite(p, OTHER, AGENT, 7) for p in policies]),
        (
            discounted(policies, OTHER, AGENT, 0.8),
            [discounted(p, OTHER, AGENT, 0.8) for p in policies],
        ),
    ):
        assert together.value == pytest.approx([float(s.value) for s in alone])
        assert together.second == pytest.approx([float(s.second) for s in alone])


@pytest.mark.parametrize("scale", [(2.0, 0.0), (0.001, 0.0), (1.0, -40.0), (1e4, 3.0)])
def test_answers_do_not_depend_on_the_units_of_payoff(scale: tuple[float, float]) -> None:
    a, b = scale
    for name in ("WSLS", "GTFT 1/3", "Extort-2"):
        for kind in range(3):
            plain = solved(kind, name, OTHER, AGENT)
            scaled = solved(kind, name, a * OTHER + b, a * AGENT + b)
            assert float(scaled.value) == pytest.approx(a * float(plain.value) + b)
            assert float(scaled.second) == pytest.approx(a * float(plain.second) + b)


def solved(kind: int, name: str, reward: Floats, second: Floats) -> Solution:
    """Best play by one of the three measures of a match."""
    if kind == 0:
        return average(policy_of(name), reward, second)
    if kind == 1:
        return finite(policy_of(name), reward, second, 12)
    return discounted(policy_of(name), reward, second, 0.7)


def test_what_cannot_be_is_refused() -> None:
    policy = policy_of("TFT")
    with pytest.raises(UsageError, match="at least one"):
        finite(policy, OTHER, AGENT, 0)
    with pytest.raises(UsageError, match="below 1"):
        discounted(policy, OTHER, AGENT, 1)
    with pytest.raises(UsageError, match="matrices"):
        average(policy, np.ones((3, 3)), np.ones((3, 3)))
    with pytest.raises(UsageError, match="give one"):
        average(policy[None], OTHER, AGENT)
    with pytest.raises(UsageError, match="one of the two"):
        worth(policy, OTHER, [0] * 5)
