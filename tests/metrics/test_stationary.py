from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.stationary import (
    four_vector,
    limiting_distribution,
    mean_payoffs,
    memory_of,
    pair_chain,
    press_dyson,
    recurrent_classes,
    stationary_distribution,
)
from tests.metrics.memory_one_players import PLAYERS, Floats, play, policy_of

OWN, OTHER = np.array([[3, 0], [5, 1]], float), np.array([[3, 5], [0, 1]], float)
GAME = OWN, OTHER
VECTORS = OWN.ravel(), OTHER.ravel()


@pytest.mark.parametrize(
    ("p", "q", "shares", "payoffs"),
    [
        # quantecon 0.11.4, MarkovChain.stationary_distributions
        (
            [0.238, 0.073, 0.357, 0.286],
            [0.84, 0.793, 0.388, 0.432],
            [0.2076209099, 0.0843725937, 0.4778967563, 0.2301097402],
            [3.24245625, 1.27483544],
        ),
        (
            [0.066, 0.673, 0.246, 0.33],
            [0.444, 0.152, 0.241, 0.541],
            [0.1222810828, 0.2360963759, 0.2419213387, 0.3997012027],
            [1.97615114, 1.94702633],
        ),
        (
            [0.58, 0.856, 0.55, 0.321],
            [0.837, 0.022, 0.02, 0.741],
            [0.1050732725, 0.58675882, 0.1297036954, 0.1784642121],
            [1.14220251, 3.42747813],
        ),
    ],
)
def test_long_run_play_is_that_of_quantecon(
    p: list[float], q: list[float], shares: list[float], payoffs: list[float]
) -> None:
    chain, _ = pair_chain(four_vector(p), four_vector(q))
    assert stationary_distribution(chain[1:, 1:]) == pytest.approx(shares, abs=1e-9)
    assert limiting_distribution(chain, np.eye(5)[0])[1:] == pytest.approx(shares, abs=1e-9)
    assert press_dyson(p, q, VECTORS) == pytest.approx(payoffs, abs=1e-7)
    assert mean_payoffs(four_vector(p), four_vector(q), GAME) == pytest.approx(payoffs, abs=1e-7)


@pytest.mark.parametrize("chi", [1.5, 2, 3, 10])
def test_extortioners_and_cooperators_earn_what_press_and_dyson_say(chi: float) -> None:
    """Their equation 15, for payoffs 5, 3, 1, 0."""
    phi = 0.5 / (4 * chi + 1)  # half of the largest that is possible
    p = [
        1 - phi * 2 * (chi - 1),
        1 - phi * (4 * chi + 1),
        phi * (chi + 4),
        0,
    ]
    expected = (2 + 13 * chi) / (2 + 3 * chi), (12 + 3 * chi) / (2 + 3 * chi)
    assert mean_payoffs(four_vector(p), policy_of("ALLC"), GAME) == pytest.approx(expected)
    assert press_dyson(p, [1, 1, 1, 1], VECTORS) == pytest.approx(expected)


def test_an_equalizer_sets_the_others_payoff_whatever_it_does() -> None:
    """Press & Dyson (2012), equation 9; SET-2 of Stewart & Plotkin (2012)."""
    for name in PLAYERS:
        assert mean_payoffs(policy_of("ZDSET-2"), policy_of(name), GAME)[1] == pytest.approx(2)


def test_generous_zero_determinant_play_loses_twice_what_the_other_loses() -> None:
    """Stewart & Plotkin (2013): s_X - R = 2 (s_Y - R) for ZDGTFT-2."""
    for name in ("random 1/2", "Extort-3", "general cooperator", "ALLC", "mostly unkind"):
        own, other = mean_payoffs(policy_of("ZDGTFT-2"), policy_of(name), GAME)
        assert own - 3 == pytest.approx(2 * (other - 3))


def test_where_play_ends_may_depend_on_the_opening() -> None:
    tit_for_tat, suspicious = policy_of("TFT"), policy_of("suspicious TFT")
    assert mean_payoffs(tit_for_tat, tit_for_tat, GAME) == (3, 3)
    assert mean_payoffs(suspicious, suspicious, GAME) == (1, 1)
    assert mean_payoffs(tit_for_tat, suspicious, GAME) == (2.5, 2.5)  # they alternate for ever
    with pytest.raises(UsageError, match="depends on the opening"):
        press_dyson([1, 0, 1, 0], [1, 0, 1, 0], VECTORS)


def exact(p: tuple[int, ...], q: tuple[int, ...], rounds: int) -> Fraction:
    """What the first of two deterministic players, opening with C, earns in some rounds."""
    total, a, b = 0, 0, 0
    for _ in range(rounds):
        total += int(OWN[a, b])
        a, b = 1 - p[2 * a + b], 1 - q[2 * b + a]
    return Fraction(total, rounds)


def test_all_pairs_of_deterministic_players_earn_what_they_earn_when_played() -> None:
    """16 x 16 pairs: after 4 rounds each is in a cycle of 1, 2, 3 or 4 rounds."""
    players = list(product([0, 1], repeat=4))
    for p, q in product(players, players):
        one, two = four_vector(p), four_vector(q)
        played = mean_payoffs(one, two, GAME, rounds=7)[0]
        assert played == pytest.approx(float(exact(p, q, 7)))
        cycle = 16 * exact(p, q, 16) - 4 * exact(p, q, 4)  # 12 rounds, whole cycles of all lengths
        assert mean_payoffs(one, two, GAME)[0] == pytest.approx(float(cycle / 12)), (p, q)


def test_many_rounds_come_to_the_long_run_and_discounting_to_neither_end() -> None:
    one, two = policy_of("Extort-2"), policy_of("general cooperator")
    long_run = mean_payoffs(one, two, GAME)
    assert mean_payoffs(one, two, GAME, rounds=20_000) == pytest.approx(long_run, abs=1e-3)
    assert mean_payoffs(one, two, GAME, discount=0.99999) == pytest.approx(long_run, abs=1e-3)
    first = mean_payoffs(one, two, GAME, rounds=1)
    assert mean_payoffs(one, two, GAME, discount=0) == pytest.approx(first)


def test_simulated_play_earns_what_is_computed() -> None:
    rng = np.random.default_rng(3)
    two = policy_of("reactive")
    own, other = play(policy_of("mostly kind"), np.repeat(two[None], 4000, axis=0), 10, rng)
    computed = mean_payoffs(policy_of("mostly kind"), two, GAME, rounds=10)
    assert OWN[own, other].mean() == pytest.approx(computed[0], abs=0.03)
    assert OTHER[own, other].mean() == pytest.approx(computed[1], abs=0.03)


def longer(policy: Floats, n_own: int, n_other: int) -> Floats:
    """The same player, written as one that looks two rounds back."""
    joint = n_own * n_other
    return np.concatenate([policy, np.tile(policy[1:], (joint, 1))])


def test_players_of_different_memory_meet() -> None:
    one, two = policy_of("Extort-2"), policy_of("mostly kind")
    plain = mean_payoffs(one, two, GAME)
    assert mean_payoffs(longer(one, 2, 2), two, GAME) == pytest.approx(plain)
    assert mean_payoffs(one, longer(two, 2, 2), GAME) == pytest.approx(plain)
    assert mean_payoffs([[0.5, 0.5]], two, GAME, rounds=9) == pytest.approx(
        mean_payoffs(policy_of("random 1/2"), two, GAME, rounds=9)
    )
    assert memory_of(longer(one, 2, 2), 2) == 2


def test_players_with_different_numbers_of_actions_meet() -> None:
    """The column player answers the row's action a with a mod 2, in the round after."""
    rng = np.random.default_rng(4)
    row = rng.dirichlet(np.ones(3), size=7)
    column = np.zeros((7, 2))
    column[0] = [1, 0]
    for mine, theirs in product(range(2), range(3)):
        column[1 + 3 * mine + theirs, theirs % 2] = 1
    chain, joint = pair_chain(row, column)
    state = 1 + 2 * 1 + 0  # row played 1, column 0
    assert joint[state, :, 1] == pytest.approx(row[state])
    assert chain[state].sum() == pytest.approx(1)


def test_seats_do_not_matter() -> None:
    one, two = policy_of("Joss"), policy_of("GTFT 1/3")
    there = mean_payoffs(one, two, GAME, rounds=13)
    back = mean_payoffs(two, one, (OWN.T, OTHER.T), rounds=13)
    assert back == pytest.approx(there)


def test_rare_states_keep_their_accuracy() -> None:
    """Grassmann, Taksar & Heyman subtract nothing: a share of 1e-12 is right to 12 digits."""
    rare = 1e-12
    shares = stationary_distribution([[1 - rare, rare], [1.0, 0.0]])
    assert shares[1] == pytest.approx(rare / (1 + rare), rel=1e-12)


def test_classes_of_a_chain_are_found() -> None:
    chain = np.zeros((6, 6))
    chain[0, [1, 3]] = 0.5
    chain[1, 2] = chain[2, 1] = chain[3, 4] = chain[4, 4] = chain[5, 0] = 1
    assert [c.tolist() for c in recurrent_classes(chain)] == [[1, 2], [4]]
    assert limiting_distribution(chain, np.eye(6)[5]) == pytest.approx([0, 0.25, 0.25, 0, 0.5, 0])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rounds": 3, "discount": 0.5}, "one or the other"),
        ({"rounds": 0}, "at least 1"),
        ({"discount": 1.0}, "below 1"),
    ],
)
def test_a_match_without_a_length_is_refused(given: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        mean_payoffs(policy_of("TFT"), policy_of("TFT"), GAME, **given)  # type: ignore[arg-type]


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(UsageError, match="four probabilities"):
        four_vector([0.5, 1.5, 0, 0])
    with pytest.raises(UsageError, match="1, 5, 21, 85"):
        memory_of(np.ones((4, 2)), 2)
