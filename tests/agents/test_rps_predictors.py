"""The Rock Paper Scissors bots that predict, and the ensemble."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness import Bot, Seat
from harness.agents.generic import RandomBot
from harness.agents.iocaine import Iocaine
from harness.agents.rps_base import BEATEN_BY, Move
from harness.agents.rps_basic import (
    AntiFrequency,
    BeatLast,
    Biased,
    ConditionalResponse,
    Constant,
    CopyLast,
    DeBruijn,
    Flat,
    Frequency,
    PiDigits,
    Rotate,
    Switch,
    WinStayLoseRotate,
    de_bruijn,
)
from harness.agents.rps_predictors import (
    Backoff,
    Markov,
    MixingModel,
    OutcomeShift,
    PatternMatch,
    PatternModel,
    Rotation,
)
from harness.games.rps import rock_paper_scissors
from tests.agents.rps_matches import PREDICTORS, meet

LADDER = json.loads((Path(__file__).parent / "roshambo_reference.json").read_text())[
    "iocaine_ladder"
]


def gain(a: Bot, b: Bot, rounds: int = 1000, n: int = 1) -> float:
    """What `a` wins per throw against `b`."""
    records = [meet(a, b, rounds, repeat) for repeat in range(n)]
    return sum(r.payoffs[0] for r in records if r.payoffs) / (n * rounds)


# Predictors


@pytest.mark.parametrize("victim", [Constant(), Rotate(), Rotate(step=2)], ids=str)
@pytest.mark.parametrize("make", [*PREDICTORS, Iocaine])
def test_every_predictor_beats_constants_and_cycles_nearly_always(
    make: Callable[[], Bot], victim: Bot
) -> None:
    assert gain(make(), victim, 300) > 0.95


@pytest.mark.parametrize("victim", [CopyLast(), BeatLast()], ids=str)
def test_markov_on_its_own_last_move_beats_who_reacts_to_it(victim: Bot) -> None:
    assert gain(Markov(order=1, history="own"), victim) > 0.98
    # Blind to its own moves it cannot tell what a beater of last moves reacts to.
    assert gain(Markov(order=1, history="other"), victim) < 0.6


def test_markov_needs_the_order_of_a_de_bruijn_sequence() -> None:
    assert gain(Markov(order=3), DeBruijn(order=3)) > 0.8
    assert gain(Markov(order=1), DeBruijn(order=3)) < 0.1


def test_pattern_match_beats_a_long_period_once_it_has_come_twice() -> None:
    record = meet(PatternMatch(history="other"), DeBruijn(order=4), 3 * 81)
    payoffs = [r.payoffs[0] or 0 for r in record.rounds]
    assert sum(payoffs[2 * 81 :]) == 81
    assert sum(payoffs[:81]) < 27


def test_pattern_match_finds_the_longest_and_latest_series() -> None:
    rng, model = Random(3), PatternModel(4, "other")
    moves: list[Move] = []
    for _ in range(400):
        assert model.guess() == latest_follower(moves, 4)
        move = int(rng.random() * 3)
        model.see(0, move)
        moves.append(move)


def latest_follower(moves: list[Move], max_length: int) -> Move | None:
    """What the model should find, by search from the end."""
    for length in range(min(max_length, len(moves) - 1), 0, -1):
        for end in range(len(moves) - 1, length - 1, -1):
            if moves[end - length : end] == moves[-length:]:
                return moves[end]
    return None


def test_backoff_trusts_short_contexts_until_long_ones_have_counts() -> None:
    assert gain(Backoff(order=6, history="other"), DeBruijn(order=4)) > 0.7
    assert gain(Backoff(order=6, history="other"), Biased((0.8, 0.1, 0.1)), n=3) > 0.4


def test_context_mixing_gives_its_weight_to_the_order_that_predicts() -> None:
    model = MixingModel(3, "other", share=0.0)
    for i in range(300):
        model.see(0, de_bruijn(2)[i % 9])
    probabilities = model.probabilities()
    assert sum(probabilities) == pytest.approx(1)
    assert max(probabilities) > 0.95
    assert probabilities.index(max(probabilities)) == de_bruijn(2)[300 % 9]


def test_context_mixing_expects_nothing_at_first() -> None:
    model = MixingModel(3, "both", share=0.02)
    assert model.probabilities() == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert model.guess() is None


def test_outcome_shift_sees_through_conditional_responses() -> None:
    # A perfect prediction would gain 0.6 - 0.2 after wins and losses and 0.4 - 0.2 after ties.
    assert gain(OutcomeShift(), ConditionalResponse(), n=3) > 0.2
    assert gain(OutcomeShift(), WinStayLoseRotate()) > 0.95
    assert gain(Rotation(), ConditionalResponse(), n=3) < 0.15


# The ensemble

MARGINS: list[tuple[Bot, float]] = [
    (Constant(), 0.97),
    (Biased(), 0.10),
    (Rotate(), 0.97),
    (Rotate(step=2), 0.97),
    (DeBruijn(), 0.90),
    (CopyLast(), 0.97),
    (BeatLast(), 0.97),
    (Frequency(), 0.85),
    (AntiFrequency(), 0.95),
    (Flat(), 0.30),
    (Switch(), 0.20),
    (WinStayLoseRotate(), 0.97),
    (WinStayLoseRotate(lose="beat_own", tie="beat_own"), 0.97),
    (ConditionalResponse(), 0.20),
]


@pytest.mark.parametrize(("victim", "margin"), MARGINS, ids=str)
def test_the_ensemble_beats_every_simple_bot_by_its_margin(victim: Bot, margin: float) -> None:
    assert gain(Iocaine(), victim, n=3) >= margin


@pytest.mark.parametrize("make", PREDICTORS)
def test_the_ensemble_second_guesses_every_single_predictor(make: Callable[[], Bot]) -> None:
    assert gain(Iocaine(), make(), n=2) > 0.1


def test_the_ensemble_loses_nothing_to_chance() -> None:
    # The standard error of 4,000 throws is sqrt(2/3 / 4000) = 0.013.
    assert abs(gain(Iocaine(), RandomBot(), n=4)) < 4 * 0.013


def test_the_ensemble_draws_lots_while_all_else_loses() -> None:
    """An other that knows every proposal in advance is left with nothing but luck."""
    ensemble = Iocaine()
    game = rock_paper_scissors(rounds=10)
    player: Any = ensemble.player(Seat(0, 2, game.name, game.facts(0), lambda: 5))
    losses = 0
    for _ in range(600):
        own = player.throw()
        trusted = player._proposals[player._trust.index(max(player._trust))]
        other = BEATEN_BY[trusted % 3]
        losses += other == BEATEN_BY[own]
        player.see(own, other)
    assert losses < 600 * 0.6


@pytest.mark.parametrize("rung", LADDER, ids=lambda r: r["agent"])
def test_the_ensemble_exploits_as_much_as_the_published_iocaine_powder(
    rung: dict[str, Any],
) -> None:
    opponents: dict[str, Bot] = {
        "rockbot": Constant("rock"),
        "rotatebot": Rotate(),
        "copybot": BeatLast(),
        "freqbot2": Frequency(),
        "pibot": PiDigits(),
        "randbot": RandomBot(),
    }
    opponent = opponents[rung["agent"]]
    ours = gain(Iocaine(), opponent, rounds=rung["throws"], n=4)
    # Four standard errors of 1,200 uniform throws are 0.094.
    slack = 0.1 if rung["agent"] in ("randbot", "pibot") else 0.01
    assert ours >= rung["iocainebot"]["mean"] - slack
