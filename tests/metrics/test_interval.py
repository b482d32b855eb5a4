from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.metrics import interval
from harness.metrics.interval import Estimate, ratio


def blocks(n: int) -> list[int]:
    return list(range(n))


def test_the_value_is_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    estimate = ratio([10, 0], [10, 90], blocks=[0, 1], tables=[0, 1])
    assert estimate == Estimate(0.1, None, None, 2)


def test_nothing_to_estimate_from_is_null_and_not_zero() -> None:
    assert ratio([], [], blocks=[], tables=[]) == Estimate(None, None, None, 0)


def test_fewer_than_five_blocks_give_no_interval() -> None:
    estimate = ratio([1, 2, 3, 4], [1] * 4, blocks(4), blocks(4))
    assert (estimate.value, estimate.low, estimate.high) == (2.5, None, None)


def test_blocks_of_tables_that_never_vary_make_no_interval_of_two_that_do() -> None:
    """Tit for tat against five that it plays alike, and one that it does not, twice each."""
    payoffs = [2.8, 2.4, *np.repeat([3.0, 3.0, 1.2, 1.2, 2.9], 2)]
    estimate = ratio(payoffs, np.ones(12), blocks(12), np.repeat(range(6), 2).tolist())
    assert (estimate.low, estimate.high) == (None, None)


@pytest.mark.parametrize(
    ("varying", "alike", "repeats"), [(5, 0, 2), (4, 4, 2), (2, 3, 3), (1, 4, 5)]
)
def test_intervals_of_few_repeats_cover_as_often_as_they_say(
    varying: int, alike: int, repeats: int
) -> None:
    """Draws of blocks alone, without Student's bounds, cover 89 % of 5 tables played twice."""
    rng = np.random.default_rng(10)
    tables = np.repeat(range(varying + alike), repeats)
    trials, hits = 300, 0
    for _ in range(trials):
        payoffs = np.where(tables < varying, rng.normal(2, 1, tables.size), 2.0)
        estimate = ratio(payoffs, np.ones(tables.size), blocks(tables.size), tables.tolist())
        assert estimate.low is not None
        assert estimate.high is not None
        hits += estimate.low <= 2 <= estimate.high
    assert hits >= 273  # 91 %, below 0.3 % for 95 % coverage: stats.binom.cdf(272, 300, 0.95)


def test_alike_observations_give_no_interval() -> None:
    assert ratio([3] * 20, [1] * 20, blocks(20), blocks(20)).low is None


def test_repeats_between_deterministic_players_add_no_certainty_and_no_doubt() -> None:
    payoffs = [p for p in (1, 2, 3, 4, 5, 7) for _ in range(10)]
    tables = [t for t in range(6) for _ in range(10)]
    assert ratio(payoffs, [1] * 60, blocks(60), tables).low is None
    noisy = np.random.default_rng(6).normal(size=10)
    alone = ratio(noisy, np.ones(10), blocks(10), ["noisy"] * 10)
    among = ratio([*payoffs, *noisy], [1] * 70, blocks(70), [*tables, *["noisy"] * 10])
    assert among.low is not None
    assert among.high is not None
    assert alone.low is not None
    assert alone.high is not None
    # 10 of 70 matches vary, so the interval is a seventh as wide.
    assert among.high - among.low == pytest.approx((alone.high - alone.low) / 7, rel=0.05)
    assert among.low < among.value < among.high  # type: ignore[operator]


def test_different_opponents_are_no_sampling_error() -> None:
    """Two repeats against each of 20 opponents: within each, payoffs differ by 0 or 0.1."""
    rng = np.random.default_rng(7)
    payoffs = np.repeat(np.arange(20.0), 2) + rng.choice([0, 0.1], size=40)
    estimate = ratio(payoffs, np.ones(40), blocks(40), np.repeat(range(20), 2).tolist())
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.high - estimate.low < 0.05


def test_the_interval_is_unbiased_with_two_repeats_of_each_table() -> None:
    """Coverage with the smallest strata, where a plain bootstrap within them covers 83 %."""
    rng = np.random.default_rng(8)
    trials, hits = 200, 0
    for _ in range(trials):
        estimate = ratio(
            rng.normal(size=60), np.ones(60), blocks(60), np.repeat(range(30), 2).tolist()
        )
        assert estimate.low is not None
        assert estimate.high is not None
        hits += estimate.low <= 0 <= estimate.high
    assert hits >= 180  # as below


def test_seats_of_one_block_are_one_observation() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=30)
    single = ratio(values, np.ones(30), blocks(30), [0] * 30)
    doubled = ratio(np.repeat(values, 2), np.ones(60), np.repeat(range(30), 2).tolist(), [0] * 60)
    assert doubled.low == pytest.approx(single.low, abs=0.02)
    assert doubled.high == pytest.approx(single.high, abs=0.02)


def test_the_interval_agrees_with_students_for_plain_means() -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, size=200)
    estimate = ratio(values, np.ones(200), blocks(200), [0] * 200)
    low, high = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    assert estimate.low == pytest.approx(low, abs=0.02)
    assert estimate.high == pytest.approx(high, abs=0.02)


def test_the_interval_is_scipys_bca_up_to_resampling() -> None:
    rng = np.random.default_rng(4)
    counts = rng.integers(5, 50, size=60).astype(float)
    sums = rng.gamma(0.7, 1.0, size=60) * counts
    estimate = ratio(sums, counts, blocks(60), [0] * 60)
    theirs = stats.bootstrap(
        (sums, counts),
        lambda u, n, axis=-1: u.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        n_resamples=50_000,
        rng=np.random.default_rng(0),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert estimate.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert estimate.high == pytest.approx(theirs.high, abs=0.03 * width)


@pytest.mark.parametrize("shape", [0.7, 3.0])
def test_many_blocks_get_the_limit_that_the_bootstrap_comes_to(
    shape: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    counts = rng.integers(5, 50, size=400).astype(float)
    sums = rng.gamma(shape, 1.0, size=400) * counts
    where = np.repeat(range(4), 100).tolist()
    resampled = ratio(sums, counts, blocks(400), where)
    monkeypatch.setattr(interval, "MOST_RESAMPLED", 399)
    limit = ratio(sums, counts, blocks(400), where)
    assert resampled.low is not None
    assert resampled.high is not None
    assert limit != resampled
    width = resampled.high - resampled.low
    assert limit.low == pytest.approx(resampled.low, abs=0.05 * width)
    assert limit.high == pytest.approx(resampled.high, abs=0.05 * width)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    trials, hits = 200, 0
    for _ in range(trials):
        cooperations = rng.binomial(10, 0.3, size=40)
        estimate = ratio(cooperations, np.full(40, 10), blocks(40), [0] * 40)
        assert estimate.low is not None
        assert estimate.high is not None
        hits += estimate.low <= 0.3 <= estimate.high
    # Below 0.1 % for 95 % coverage: stats.binom.cdf(179, 200, 0.95)
    assert hits >= 180


def test_the_same_data_give_the_same_interval() -> None:
    values = np.random.default_rng(3).normal(size=50)
    first, second = (ratio(values, np.ones(50), blocks(50), [0] * 50) for _ in range(2))
    assert first == second


def test_the_order_of_rows_changes_no_bound() -> None:
    rng = np.random.default_rng(3)
    sums, order = rng.normal(2, 1, 30), rng.permutation(30)
    blocks, tables = [i // 2 for i in range(30)], [i // 10 for i in range(30)]
    found = ratio(sums, np.ones(30), blocks, tables)
    again = ratio(sums[order], np.ones(30), [blocks[i] for i in order], [tables[i] for i in order])
    assert found.low == pytest.approx(again.low, abs=1e-12)
    assert found.high == pytest.approx(again.high, abs=1e-12)
