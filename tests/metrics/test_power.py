"""Figures made with statsmodels 0.15.0: TTestPower, TTestIndPower, NormalIndPower."""

from __future__ import annotations

import math

import pytest

from harness.errors import UsageError
from harness.metrics.power import (
    blocks_for_half_width,
    design_effect,
    detectable_difference,
    independent_blocks,
    paired_blocks,
    paired_power,
    proportion_decisions,
)


@pytest.mark.parametrize(
    ("effect", "paired", "independent"),
    [
        (0.1, 786.808940181792, 1570.7330430520037),
        (0.3, 89.14936472045834, 175.38466947047476),
        (0.5, 33.36713118431779, 63.76561058891169),
        (0.8, 14.30276455812943, 25.524571854446116),
        (1.5, 5.686142097745736, 8.060294283896704),
    ],
)
def test_blocks_for_means_are_those_of_statsmodels(
    effect: float, paired: float, independent: float
) -> None:
    assert paired_blocks(effect) == math.ceil(paired)
    assert independent_blocks(effect) == math.ceil(independent)


def test_an_effect_beyond_all_doubt_is_found_for_sure() -> None:
    assert paired_power(10, 3) == pytest.approx(1.0, abs=1e-6)
    assert paired_power(1e6, 2) == 1.0
    assert (paired_blocks(10), independent_blocks(10)) == (3, 2)


def test_other_levels_and_powers_too() -> None:
    assert paired_blocks(0.4, alpha=0.01, power=0.9) == math.ceil(96.33694563132651)
    assert independent_blocks(0.4, alpha=0.01, power=0.9) == math.ceil(187.65856145712772)


def test_power_is_that_of_statsmodels() -> None:
    expected = [0.140516689990298, 0.5645044184390203, 0.8077775012792737, 0.9677885873049401]
    assert [paired_power(0.5, n) for n in (5, 20, 34, 60)] == pytest.approx(expected, abs=1e-7)


def test_detectable_differences_are_those_of_statsmodels() -> None:
    expected = [1.6819970833232674, 0.6604416544380312, 0.36770432031149547]
    assert [detectable_difference(n) for n in (5, 20, 60)] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "decisions", "strict"),
    [
        (0.5, 0.6, 387.1677468578107, 733.9688082596733),
        (0.5, 0.7, 92.69608121266198, 175.7275294078299),
        (0.05, 0.15, 132.36735652583937, 250.93389506326938),
        (0.9, 0.99, 79.92878603803828, 151.52407816605373),
    ],
)
def test_decisions_for_rates_are_those_of_statsmodels(
    first: float, second: float, decisions: float, strict: float
) -> None:
    assert proportion_decisions(first, second) == math.ceil(decisions)
    assert proportion_decisions(second, first) == math.ceil(decisions)
    assert proportion_decisions(first, second, alpha=0.01, power=0.9) == math.ceil(strict)


def test_decisions_that_resemble_each_other_count_for_less() -> None:
    assert design_effect(1, 0.9) == 1
    assert design_effect(10, 0.5) == 5.5
    assert design_effect(10, 1) == 10
    assert proportion_decisions(0.5, 0.7, design_effect=5.5) == math.ceil(92.69608121266198 * 5.5)


def test_blocks_for_a_width_are_by_the_normal_distribution() -> None:
    """(1.959964 · 0.4 / w)² = 61.46, 27.32, 15.37: Cochran 1977, chapter 4."""
    assert [blocks_for_half_width(0.4, width) for width in (0.10, 0.15, 0.20)] == [62, 28, 16]
    assert blocks_for_half_width(0, 0.1) == 2


def test_huge_effects_need_two_blocks_or_few_and_tiny_ones_many() -> None:
    assert paired_blocks(1000) == 2
    assert independent_blocks(1000) == 2
    assert paired_blocks(0.001) == pytest.approx(7.849 * 1e6, rel=1e-3)
    assert paired_power(50, 20) == 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="effect must lie between 0 and inf"):
        paired_blocks(0)
    with pytest.raises(UsageError, match="power must lie"):
        paired_blocks(0.5, power=1)
    with pytest.raises(UsageError, match="two different rates"):
        proportion_decisions(0.5, 0.5)
    with pytest.raises(UsageError, match="2 blocks"):
        paired_power(0.5, 1)
    with pytest.raises(UsageError, match="2 blocks"):
        detectable_difference(1)
    with pytest.raises(UsageError, match="1 decision"):
        design_effect(0, 0.5)
    with pytest.raises(UsageError, match="more than"):
        paired_blocks(1e-6)
    with pytest.raises(UsageError, match="standard deviation"):
        blocks_for_half_width(-1, 0.1)
