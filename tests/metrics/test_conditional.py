"""How players answer: against play of the Axelrod library, published code, and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.conditional import conditional, fontana, rounds_to_forgive
from harness.metrics.interval import Estimate
from tests.metrics.answers_figures import MATCHES, Match
from tests.metrics.memory_one_players import PLAYERS, play, policy_of, pool

NULL = (None, None, None, 0)


def both(own: str, other: str) -> tuple[list[list[int]], list[list[int]]]:
    """Two rows of moves written as C and D; '-' for no move of its own."""
    mine, theirs = ([["CD-".index(c) if c != "-" else -1 for c in m]] for m in (own, other))
    return mine, theirs


def plain(estimate: Estimate) -> tuple[float | None, float | None, float | None, int]:
    return estimate.value, estimate.low, estimate.high, estimate.n


@pytest.mark.parametrize("match", MATCHES, ids=lambda m: m.player)
def test_rates_are_those_of_the_axelrod_library(match: Match) -> None:
    found = conditional(*match.arrays())
    rates = found.loyalty, found.forgiveness, found.contrition, found.reconciliation
    for rate, (hits, chances) in zip(rates, match.cooperated, strict=True):
        assert rate.n == chances
        assert rate.value == (hits / chances if chances else None)
    (cc, n_cc), (cd, n_cd), (dc, n_dc), (dd, n_dd) = match.cooperated
    if n_cd:
        assert found.retaliation.value == pytest.approx(1 - cd / n_cd)
    if n_cc + n_dc and n_cd + n_dd:
        expected = (cc + dc) / (n_cc + n_dc) - (cd + dd) / (n_cd + n_dd)
        assert found.reciprocity.value == pytest.approx(expected)
    else:
        assert plain(found.reciprocity)[:3] == (None, None, None)


@pytest.mark.parametrize("match", MATCHES, ids=lambda m: m.player)
def test_the_five_dimensions_are_those_of_their_authors_code(match: Match) -> None:
    found = fontana(*match.arrays())
    told = (found.nice, found.forgiving, found.retaliatory, found.troublemaking, found.emulative)
    for dimension, (part, whole) in zip(told, match.fontana, strict=True):
        assert dimension.value == (pytest.approx(part / whole) if whole else None)
        assert dimension.n == int(whole > 0)


def test_emulation_is_the_fifth_dimension_of_one_match() -> None:
    for match in MATCHES:
        assert conditional(*match.arrays()).emulation.value == pytest.approx(
            fontana(*match.arrays()).emulative.value
        )


def test_dimensions_are_means_over_matches_that_had_an_opportunity() -> None:
    chosen = [MATCHES[0], MATCHES[-1], MATCHES[1]]
    own, other = (np.concatenate([match.arrays()[side] for match in chosen]) for side in (0, 1))
    found = fontana(own, other)
    assert found.forgiving.value == pytest.approx((12 / 12 + 8 / 12) / 2)
    assert found.forgiving.n == 2  # the cooperator met no defection
    assert found.nice.n == 3


def test_rates_are_pooled_over_opportunities() -> None:
    found = conditional([[0, 1, 1], [0, 0, 1]], [[0, 1, 0], [1, 1, 1]])
    # After CC: D. After DD: D. After CD: C, then D.
    assert plain(found.loyalty) == (0, None, None, 1)
    assert plain(found.forgiveness) == (0.5, None, None, 2)
    assert plain(found.reconciliation) == (0, None, None, 1)
    assert found.contrition.n == 0


@pytest.mark.parametrize(
    ("own", "other", "nice"),
    [
        ("CCC", "CCC", 1),
        ("CCD", "CDC", 1),
        ("CD", "CD", 0),  # at the same time
        ("D", "D", 0),
        ("CDC", "CCD", 0),
        ("CCD", "CCC", 0),
        ("C-D", "CDC", None),  # one cannot tell what it would have done in time
        ("D-C", "CCC", 0),
        ("--", "CC", None),
        ("CCCDC", "CC-CC", None),  # it may answer the move that was played in place of the other's
        ("CD", "C-", 0),  # it cannot answer what comes at the same time
        ("C-D", "CCC", 0),  # nothing of the other's was missing
    ],
)
def test_nice_is_who_never_defected_first_or_at_the_same_time(
    own: str, other: str, nice: int | None
) -> None:
    found = conditional(*both(own, other)).niceness
    assert (found.value, found.n) == (nice, int(nice is not None))


def test_one_round_tells_the_opening_alone() -> None:
    found = conditional([[1], [0]], [[0], [0]])
    assert found.opening_cooperation.value == 0.5
    for rate in (found.loyalty, found.forgiveness, found.retaliation, found.contrition):
        assert plain(rate) == NULL
    assert plain(found.reconciliation) == plain(found.reciprocity) == NULL
    assert plain(found.emulation) == plain(found.rounds_to_forgive) == NULL


def test_an_agent_without_a_move_of_its_own_has_no_answers() -> None:
    found = conditional([[-1, -1, -1]], [[0, 1, 0]])
    for name in found.__dataclass_fields__:
        assert plain(getattr(found, name)) == NULL, name
    for name in fontana([[-1, -1]], [[0, 1]]).__dataclass_fields__:
        assert plain(getattr(fontana([[-1, -1]], [[0, 1]]), name)) == NULL, name


def test_all_cooperation_gives_no_chance_to_forgive() -> None:
    found = conditional([[0, 0, 0]], [[0, 0, 0]])
    assert found.niceness.value == found.loyalty.value == 1
    assert plain(found.forgiveness) == plain(found.rounds_to_forgive) == NULL


# Waits of 6 patients of whom two left early, by hand: S(2) = 5/6, S(3) = 5/6 * 3/4 = 0.625,
# S(7) = 0.625 * 1/2 = 0.3125, so the median is 7.
WAITS = ([2, 2, 3, 5, 7, 9], [True, False, True, False, True, True])


def test_the_median_wait_is_that_of_scipys_survival_function() -> None:
    from scipy.stats import CensoredData, ecdf

    waits, ended = (np.array(a) for a in WAITS)
    data = CensoredData(uncensored=waits[ended], right=waits[~ended])
    survival = ecdf(data).sf
    median = survival.quantiles[survival.probabilities <= 0.5][0]
    assert rounds_to_forgive(waits, ended).value == median == 7


def test_more_than_half_cut_short_or_no_wait_is_null() -> None:
    assert plain(rounds_to_forgive([], [])) == NULL
    assert plain(rounds_to_forgive([1, 5, 5], [True, False, False])) == (None, None, None, 3)


def test_waits_are_counted_from_the_others_return() -> None:
    # The other returns in round 3; D, D, then C in round 6: 3 rounds.
    assert conditional(*both("CCDDDC", "CDCCCC")).rounds_to_forgive.value == 3
    assert conditional(*both("CCDC", "CDCC")).rounds_to_forgive.value == 1
    grim = conditional(*both("CCDDDD", "CDCCCC")).rounds_to_forgive
    assert (grim.value, grim.n) == (None, 1)


def test_missing_moves_end_what_can_be_told() -> None:
    assert plain(fontana([[0, -1, 0]], [[0, 1, 0]]).nice) == NULL
    assert fontana([[0, 1, -1]], [[0, 1, -1]]).troublemaking.value == 0.5  # 1{D1}=0, D after C
    found = conditional(*both("C-C", "DCC"))
    assert found.forgiveness.n == 0


def test_swapping_the_order_of_matches_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    own, other = rng.integers(0, 2, (2, 12, 8))
    blocks = list(range(12))
    order = rng.permutation(12)
    first = conditional(own, other, blocks)
    second = conditional(own[order], other[order], [blocks[i] for i in order])
    for name in first.__dataclass_fields__:
        a, b = getattr(first, name), getattr(second, name)
        assert a.value == pytest.approx(b.value)
        assert a.n == b.n


def test_what_is_no_move_is_refused() -> None:
    with pytest.raises(UsageError):
        conditional([[0, 2]], [[0, 0]])
    with pytest.raises(UsageError):
        fontana([[0, 0]], [[0]])


def covered(names: tuple[str, ...], replications: int) -> float:
    """How often the intervals of five rates hold the truth, 20 matches of 20 rounds each."""
    rng, others, hits = np.random.default_rng(6), pool(20), []
    for name, _ in itertools.product(names, range(replications)):
        cc, cd, dc, dd = PLAYERS[name][0]
        found = conditional(*play(policy_of(name), others, 20, rng))
        told = (
            (found.loyalty, cc),
            (found.forgiveness, cd),
            (found.retaliation, 1 - cd),
            (found.contrition, dc),
            (found.reconciliation, dd),
        )
        for rate, truth in told:
            assert rate.low is not None
            assert rate.high is not None
            hits.append(rate.low <= truth <= rate.high)
    return float(np.mean(hits))


def test_rates_of_known_players_are_covered_about_as_often_as_intervals_say() -> None:
    assert covered(("reactive", "mostly kind", "general cooperator"), 10) >= 0.88


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_rates_of_known_players_are_covered_as_often_as_intervals_say() -> None:
    assert 0.92 <= covered(("reactive",), 500) <= 0.98
