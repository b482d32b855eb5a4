"""The learners: each learns by its published formula."""

from __future__ import annotations

from typing import Any

import pytest

from harness import Bot, Decision, Seat
from harness.agents import learners
from harness.agents.constant import Cooperator
from harness.games.catalogue import prisoners_dilemma
from harness.match import Entry, Match
from harness.play import play
from harness.space import Choice

C, D = "cooperate", "defect"


def begun(bot: Bot) -> Any:
    """A player of this bot, seated in the standard prisoner's dilemma."""
    game = prisoners_dilemma()
    return bot.player(Seat(0, 2, game.name, game.facts(0), lambda: 0))


def shown(player: Any, own: str, other: str) -> str:
    """What a player does after one round."""
    observation = {"own": [own], "other": [other]}
    return str(player.act(Decision(0, Choice((C, D)), observation)))


def defections_against_a_cooperator(bot: Bot, rounds: int, last: int) -> float:
    """The share of defections in the last rounds of a match."""
    game = Entry("g", prisoners_dilemma(rounds=rounds))
    record = play(Match(game, (Entry("a", bot), Entry("b", Cooperator()))))
    return float(sum(r.actions[0] == D for r in record.rounds[-last:]) / last)


@pytest.mark.parametrize(
    ("own", "other", "p"), [(C, C, 0.55), (C, D, 0.25), (D, C, 0.25), (D, D, 0.65)]
)
def test_bush_mosteller_learns_by_macy_and_flache(own: str, other: str, p: float) -> None:
    # Aspiration 2.5: the stimuli of R, S, T, P are 0.2, -1, 1, -0.6; rate 1/2.
    player = begun(learners.BushMosteller())
    shown(player, own, other)
    assert player.p == pytest.approx(p)


def test_roth_erev_adds_payoffs_and_forgets() -> None:
    # Mean payoff 2.25, so both start from 9 * 2.25 / 2 = 10.125; then 0.9 of it, plus shares of R.
    player = begun(learners.RothErev())
    shown(player, C, C)
    assert player.propensity == pytest.approx({C: 11.5125, D: 9.7125})


def test_regret_matching_leaves_an_action_in_proportion_to_regret() -> None:
    player = begun(learners.RegretMatching())
    n = 4000
    left = 0
    for _ in range(n):
        player.regret = {C: 0.0, D: 0.0}
        left += shown(player, C, C) == D  # T - R = 2, over 2 x (5 - 0): one in five
    assert left / n == pytest.approx(0.2, abs=0.03)
    player.regret = {C: 0.0, D: 0.0}
    assert {shown(player, D, C) for _ in range(50)} == {D}


@pytest.mark.parametrize(
    "bot",
    [
        learners.BushMosteller(),
        learners.RothErev(experimentation=0),
        learners.RegretMatching(),
        learners.FictitiousPlay(),
    ],
    ids=lambda bot: str(bot.name),
)
def test_learners_learn_to_exploit_a_cooperator(bot: Bot) -> None:
    assert defections_against_a_cooperator(bot, rounds=2000, last=500) > 0.9


def test_roth_erev_experiments_to_the_end() -> None:
    # Against a cooperator its mean share p of D solves p = (0.6 + 3.4 p) / (3 + 2 p): 0.657.
    share = defections_against_a_cooperator(learners.RothErev(), rounds=20_000, last=20_000)
    assert share == pytest.approx(0.657, abs=0.03)
