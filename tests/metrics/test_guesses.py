"""Numbers against best answers by brute force, and depth against a published table."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.games.beauty import Beauty
from harness.metrics.guesses import best_number, foregone_share, prize_share, strategic_depth
from harness.metrics.published_guesses import PUBLISHED, published_means

P = 2 / 3

# Zhang et al. (arXiv:2402.01521): mean first choices and depths, at 0.8 for prompting methods and
# at 2/3 for people. Depths of means, to two decimals as printed (25.20 is printed as 1.68).
DEPTHS_08 = {47.29: 0.25, 37.8: 1.25, 41.0: 0.89, 45.2: 0.45, 44.0: 0.57, 38.42: 1.18, 32.79: 1.89}
DEPTHS_PEOPLE = {35.13: 0.87, 26.84: 1.53, 25.20: 1.68, 17.15: 2.63, 22.16: 2.01, 23.08: 1.91}


def test_the_best_number_hits_its_own_target() -> None:
    for players in (2, 3, 18):
        best = float(best_number(40, P, players))
        assert P * ((players - 1) * 40 + best) / players == pytest.approx(best)


def test_players_may_differ_in_number_from_round_to_round() -> None:
    found = best_number([40, 40], P, [2, 10_000])
    assert found == pytest.approx([20, P * 40], abs=1e-2)


def test_the_best_number_is_moved_into_the_range() -> None:
    assert float(best_number(1, P, 4, low=1)) == 1


def test_too_few_players_are_refused() -> None:
    for players in (1, 0):
        with pytest.raises(UsageError, match="players"):
            best_number(40, P, players)


@pytest.mark.parametrize("integers", [True, False])
def test_no_number_wins_more_than_the_best_one(integers: bool) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        numbers = rng.integers(0, 101, size=int(rng.integers(2, 6))).astype(float)
        foregone = foregone_share(numbers, 0, P, integers=integers)
        won = prize_share(numbers, 0, P)
        tried = [prize_share(np.r_[x, numbers[1:]], 0, P) for x in range(101)]
        if integers:
            assert foregone == pytest.approx(max(tried) - won)
        assert foregone + won >= max(tried) - 1e-9


def test_prizes_are_those_of_the_game() -> None:
    game, rng = Beauty(players=4), np.random.default_rng(2)
    for _ in range(50):
        numbers = rng.integers(0, 30, size=4)
        paid = game.judge(dict(enumerate(map(int, numbers)))).payoffs
        assert [prize_share(numbers, i, P) for i in range(4)] == pytest.approx(list(paid.values()))


def test_all_alike_share_and_two_players_win_below() -> None:
    assert prize_share([7, 7, 7], 1, P) == pytest.approx(1 / 3)
    assert prize_share([60, 61], 0, P) == 1


def test_depths_are_those_of_the_published_table() -> None:
    for table, p in ((DEPTHS_08, 0.8), (DEPTHS_PEOPLE, P)):
        depths = strategic_depth(list(table), p)
        assert depths == pytest.approx(list(table.values()), abs=0.012)


def test_nothing_has_the_depth_of_zero() -> None:
    assert np.isnan(strategic_depth([0.0], 0.8)).all()
    with pytest.raises(UsageError, match="factor"):
        strategic_depth([3.0], 1)


def test_published_means_are_for_one_factor_and_one_range() -> None:
    assert [m.mean for m in published_means(0.5)] == [27.05]
    assert published_means(P)[0].mean == 36.73
    assert published_means(P, low=1) == published_means(0.8) == ()
    assert len(PUBLISHED) == len(published_means(0.5)) + len(published_means(P))
    printed = [m.mean for m in PUBLISHED if "2402.01521" in m.source]
    assert printed == list(DEPTHS_PEOPLE)
