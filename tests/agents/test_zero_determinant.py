"""The zero-determinant bots: the published probabilities, and the relations that they force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from harness import Bot, Seat, UsageError
from harness.agents import zero_determinant
from harness.games.catalogue import prisoners_dilemma

STANDARD = ((3, 0), (5, 1))
OTHER = ((32, 12), (50, 25))


def begun(bot: Bot, payoffs: Any = STANDARD) -> Any:
    """A player of this bot, seated in a prisoner's dilemma."""
    game = prisoners_dilemma(payoffs=payoffs)
    return bot.player(Seat(0, 2, game.name, game.facts(0), lambda: 0))


@pytest.mark.parametrize(
    ("bot", "published"),
    [
        (zero_determinant.Extort2(), (8 / 9, 1 / 2, 1 / 3, 0)),
        (zero_determinant.ZDGTFT2(), (1, 1 / 8, 1, 1 / 4)),
        (zero_determinant.ZDExtortion(factor=3), (11 / 13, 1 / 2, 7 / 26, 0)),
        (zero_determinant.ZDEqualizer(), (3 / 4, 1 / 4, 1 / 2, 1 / 4)),
        (zero_determinant.ZDExtortion(factor=1, strength=1), (1, 0, 1, 0)),
    ],
)
def test_zero_determinant_bots_are_those_of_the_papers(
    bot: Bot, published: tuple[float, ...]
) -> None:
    assert begun(bot).four_vector() == pytest.approx(published)


def long_run(p: Sequence[float], q: Sequence[float], payoffs: Any) -> tuple[float, float]:
    """Both mean payoffs of two memory-one players: the stationary law of Press & Dyson's chain."""
    (r, s), (t, u) = payoffs
    seen = q[0], q[2], q[1], q[3]  # the other's view of CC, CD, DC, DD
    chain = np.array(
        [[a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)] for a, b in zip(p, seen, strict=True)]
    )
    system = np.vstack([chain.T - np.eye(4), np.ones(4)])
    law = np.linalg.lstsq(system, np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    return float(law @ np.array([r, s, t, u])), float(law @ np.array([r, t, s, u]))


@pytest.mark.parametrize("payoffs", [STANDARD, OTHER])
@pytest.mark.parametrize(
    "bot",
    [
        zero_determinant.ZDExtortion(factor=1.5),
        zero_determinant.ZDExtortion(factor=10, strength=0.9),
        zero_determinant.ZDGenerous(factor=3),
        zero_determinant.ZDEqualizer(),
        zero_determinant.Extort2(),
        zero_determinant.ZDGTFT2(),
    ],
    ids=lambda bot: f"{bot.name}{list(bot.parameters.values())}",
)
def test_zero_determinant_bots_force_their_linear_relation(
    bot: zero_determinant.ZeroDeterminantBot, payoffs: Any
) -> None:
    player = begun(bot, payoffs)
    baseline, slope, _ = player.relation()
    rng = np.random.default_rng(5)
    opponents = [(0.9, 0.1, 0.8, 0.2), (0.5, 0.5, 0.5, 0.5), *rng.uniform(0.05, 0.95, (20, 4))]
    others = set()
    for q in opponents:
        own, other = long_run(player.four_vector(), q, payoffs)
        assert other - baseline == pytest.approx(slope * (own - baseline), abs=1e-9)
        others.add(round(other, 6))
    assert len(others) == (1 if slope == 0 else len(opponents))


def test_extortion_and_generosity_are_what_their_factors_say() -> None:
    q = (0.9, 0.2, 0.7, 0.4)
    own, other = long_run(begun(zero_determinant.ZDExtortion(4)).four_vector(), q, STANDARD)
    assert own - 1 == pytest.approx(4 * (other - 1), abs=1e-9)
    own, other = long_run(begun(zero_determinant.ZDGenerous(4)).four_vector(), q, STANDARD)
    assert 3 - own == pytest.approx(4 * (3 - other), abs=1e-9)
    assert own < other
    vector = begun(zero_determinant.ZDEqualizer(payoff=1.5)).four_vector()
    assert long_run(vector, q, STANDARD)[1] == pytest.approx(1.5, abs=1e-9)


def test_zero_determinant_bots_refuse_a_dilemma_of_unequal_players() -> None:
    unequal = [[(3, 3), (0, 6)], [(5, 0), (1, 1)]]
    with pytest.raises(UsageError, match=r"extort_2 cannot play .*not the same for both"):
        begun(zero_determinant.Extort2(), unequal)


@pytest.mark.parametrize(
    "bot",
    [
        zero_determinant.ZeroDeterminant(baseline=0.5),
        zero_determinant.ZeroDeterminant(baseline=3.5),
        zero_determinant.ZeroDeterminant(baseline=2, slope=1.5),
        zero_determinant.ZeroDeterminant(baseline=2, slope=-0.9),
        zero_determinant.ZDEqualizer(payoff=4),
    ],
)
def test_relations_that_cannot_be_forced_are_refused(bot: Bot) -> None:
    with pytest.raises(
        UsageError, match=f"{bot.name} cannot force baseline .* in prisoners_dilemma"
    ):
        begun(bot)
