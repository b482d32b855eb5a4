from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from harness import Action, Decision, UsageError, registry
from harness.agent import Mixing
from harness.exact.course import History, lead
from harness.exact.scripted import scripted_policy
from harness.exact.walk import Walked
from harness.match import Match
from tests.exact.games import walked

MIXING = {
    "prisoners_dilemma(rounds=3)": (
        "memory_one(p_cc=0.9, p_cd=0.2, p_dc=0.6, p_dd=0.3, first=0.4)",
        "reactive(p_c=0.8, p_d=0.3, first=0.6)",
        "extort_2",
        "generous_tit_for_tat",
        "firm_but_fair",
        "random",
        "random(p=0.3)",
    ),
    "rock_paper_scissors(rounds=2)": ("biased(probabilities=[0.6, 0.3, 0.1])", "random"),
}


def after(found: Walked, history: History, bot: Mixing) -> Action:
    """What a bot does in the second seat after a history that it was asked through."""

    def told(decision: Decision, _: Action) -> None:
        if decision.player == 1:
            bot.act(decision)

    return bot.act(lead(found.game, history, 0, told).asked[1])


@pytest.mark.parametrize(
    ("game", "agent"), [(g, a) for g, agents in MIXING.items() for a in agents]
)
def test_bots_act_by_the_probabilities_that_they_tell(game: str, agent: str) -> None:
    """In 600 matches each, within five standard errors, after every history of two rounds."""
    found, entry = walked(game), registry.build("agent", agent)
    policy = scripted_policy(found, entry, 1)
    rng = Random(1)
    for state in rng.sample(sorted(policy), 4):
        moves: Counter[object] = Counter()
        for seed in range(600):
            bot = entry.what.player(Match(found.game, (entry, entry), seed=seed).seat(1))
            assert isinstance(bot, Mixing)
            moves[after(found, found.places[state], bot)] += 1
        for action, p in zip(found.actions[state], policy[state], strict=True):
            error = (p * (1 - p) / 600) ** 0.5
            assert moves[action] / 600 == pytest.approx(p, abs=5 * error + 1e-12)


def test_a_bot_that_keeps_its_turn_is_led_through_each_past() -> None:
    found = walked("rock_paper_scissors(rounds=3)")
    policy = scripted_policy(found, registry.build("agent", "cycle"), 0)
    for state, chances in policy.items():
        assert chances.index(1.0) == len(found.places[state])


def test_a_bot_that_draws_lots_untold_is_refused() -> None:
    found = walked("prisoners_dilemma(rounds=3)")
    for agent in ("bush_mosteller", "naive_prober"):
        with pytest.raises(UsageError, match=f"{agent} draws lots"):
            scripted_policy(found, registry.build("agent", agent), 0)
    with pytest.raises(UsageError, match="iocaine draws lots"):
        scripted_policy(
            walked("rock_paper_scissors(rounds=2)"), registry.build("agent", "iocaine"), 0
        )


def test_a_bot_that_does_what_is_not_legal_is_refused() -> None:
    found = walked("prisoners_dilemma(rounds=2)")
    with pytest.raises(UsageError, match="not legal"):
        scripted_policy(found, registry.build("agent", "replay(actions=['x', 'y'])"), 0)
