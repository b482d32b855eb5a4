"""How well an agent's next move is told from the past, in constant-sum games of two.

All of it is open loop: over moves as they were logged. An agent that faced the exploiter might have
moved otherwise, so that this is a diagnosis; what an exploiter wins in play is the claim.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from harness.metrics.interval import SHARE, Estimate
from harness.metrics.security import is_constant_sum, maximin
from harness.metrics.sequences.context_tree import code_length, depth_for
from harness.metrics.sequences.ensemble import ensemble
from harness.metrics.sequences.entropy import conditional_entropy, shuffle_test
from harness.metrics.sequences.predictability import Predictability, predictability
from harness.metrics.sequences.predictors import predictors
from harness.metrics.sequences.randomness import independence, uniformity
from harness.metrics.sequences.stay_shift import Response, stay_shift
from harness.metrics.sides import Side, averaged, sides
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

METRICS = {
    "open_loop_payoff": "what the best response to an ensemble of predictors would have won per "
    "round above the game's value, on the log",
    "open_loop_lower": "lower 95 % confidence bound for the best predictor of a suite, by betting "
    "(Waudby-Smith & Ramdas 2024)",
    "open_loop_log_e": "natural logarithm of the suite's e-value against play that holds everybody "
    "to the value; 3 is evidence at the 5 % level",
    "predictable_at": "round, over all matches in order, at which it was found predictable at the "
    "5 % level; none if it was not",
    "hit_rate": "share of moves that the ensemble held for likeliest",
    "prediction_bits": "bits per move that the ensemble left unknown, what it had to learn "
    "included; log2 of the number of actions for even play",
    "code_length": "bits per move of its own moves by context-tree weighting (Willems et al. 1995)",
    "entropy": "entropy of its moves in bits (Miller 1955)",
    "entropy_given_1": "the same given its last move; compare with shuffled_entropy_given_1",
    "shuffled_entropy_given_1": "what that is when the moves of each match come in random order",
    "order_p": "p-value that its last move tells nothing of the next (Phipson & Smyth 2010)",
    "uniformity_p": "p-value that all moves are as frequent on average, by blocks (Hotelling 1931)",
    "independence_p": "p-value that its moves do not depend on the other's in the round before",
    **{
        f"{step}_after_{outcome}": about
        for outcome in ("win", "tie", "loss")
        for step, about in {
            "stay": f"share of moves after a {outcome} that repeat the last (Wang, Xu & Zhou 2014)",
            "up": f"share after a {outcome} that go to the move that beats its last",
            "down": f"share after a {outcome} that go to the move that its last beats",
        }.items()
    },
}

MOST_MATCHES = 100
"""Matches of an agent that are read, evenly spread over all of them."""

MOST_ACTIONS = 10
SHUFFLES = 499


def compute(study: Study) -> Findings:
    """Predictability of every agent; nothing unless a constant-sum game of two repeats."""
    game, seats = study.payoffs, study.seats
    small = game is not None and len(game) == 2 and max(game.shape[1:]) <= MOST_ACTIONS
    if game is None or not small or not is_constant_sum(game) or seats.moves.shape[1] < 2:
        return Findings()
    found: dict[str, dict[str, Estimate]] = {}
    details: dict[str, Any] = {}
    cut = False
    for agent, every in zip(seats.names, seats.own, strict=True):
        rows = every
        if len(every) > MOST_MATCHES:
            cut = True
            rows = every[np.linspace(0, len(every) - 1, MOST_MATCHES).astype(np.int64)]
        each = [_of_side(side, study.seed) for side in sides(seats, rows, game)]
        names = dict.fromkeys(name for metrics, _ in each for name in metrics)
        found[agent] = {
            name: averaged([metrics[name] for metrics, _ in each if name in metrics])
            for name in names
        }
        details[agent] = [told for _, told in each]
    notes = [f"Sequences rest on {MOST_MATCHES} matches an agent, evenly spread."] if cut else []
    return Findings(found, details, notes)


def _of_side(side: Side, seed: int) -> tuple[dict[str, Estimate], dict[str, Any]]:
    """The metrics of an agent on one side of the game, and what its predictors found."""
    gains = side.payoffs[1]
    value = maximin(side.payoffs, 1).value
    rounds = side.own.shape[1]
    suite = predictors(side.payoffs[0], rounds)
    suite["ensemble"] = ensemble(side.payoffs[0], gains, rounds)
    told = predictability(
        suite,
        side.own,
        side.other,
        gains,
        value=value,
        blocks=side.blocks,
        tables=side.tables,
        seed=seed,
    )
    responses = stay_shift(
        side.own,
        side.other,
        side.payoffs[0],
        maximin(side.payoffs, 0).value,
        blocks=side.blocks,
        tables=side.tables,
        seed=seed,
    )
    metrics = _predicted(told)
    metrics |= _randomness(side, seed)
    metrics |= {f"{r.step}_after_{r.outcome}": r.rate for r in responses}
    return metrics, _details(told, responses)


def _predicted(told: Predictability) -> dict[str, Estimate]:
    """What the suite, and the ensemble that was named beforehand, made of the moves."""
    best, n = told.predictors["ensemble"], told.n_rounds
    declared = None if told.declared_at is None else float(told.declared_at)
    return {
        "open_loop_payoff": best.payoff,
        "open_loop_lower": Estimate(told.lower, None, None, n),
        "open_loop_log_e": Estimate(told.log_e_value, None, None, n),
        "predictable_at": Estimate(declared, None, None, n),
        "hit_rate": best.hit_rate,
        "prediction_bits": best.bits,
    }


def _randomness(side: Side, seed: int) -> dict[str, Estimate]:
    """Entropies and tests; n counts moves."""
    size = side.payoffs.shape[1]
    n = int((side.own >= 0).sum())
    shuffled = shuffle_test(side.own, size, 1, seed, SHUFFLES)
    even = uniformity(side.own, size, side.blocks)
    free = independence(side.own, size, given=side.other, seed=seed, n_shuffles=SHUFFLES)
    depth = min(depth_for(side.own.shape[1]), max(side.own.shape[1] - 1, 0))
    coded = int((side.own[:, depth:] >= 0).sum())
    bits = float(code_length(side.own, size, depth).sum()) / coded if coded else None
    told = {
        "code_length": (bits, coded),
        "entropy": (conditional_entropy(side.own, size, 0, correct=True), n),
        "entropy_given_1": (shuffled.value, shuffled.n),
        "shuffled_entropy_given_1": (shuffled.expected, shuffled.n),
        "order_p": (shuffled.p_value, shuffled.n),
        "uniformity_p": (even.p_clustered, even.n),
        "independence_p": (free.p_value, free.n),
    }
    return {name: Estimate(value, None, None, count) for name, (value, count) in told.items()}


def _details(told: Predictability, responses: list[Response]) -> dict[str, Any]:
    """Every predictor, and the tests of every response."""
    return {
        "n_distinct": told.n_distinct,
        "predictors": {
            name: {
                "payoff": one.payoff,
                "hit_rate": one.hit_rate,
                "bits": one.bits,
                "e_value": None if one.log_e_value is None else math.exp(min(one.log_e_value, 700)),
            }
            for name, one in told.predictors.items()
        },
        "responses": [
            {
                "after": r.outcome,
                "step": r.step,
                "even": r.even,
                "p_value": r.p_value,
                "p_holm": r.p_holm,
            }
            for r in responses
        ],
    }


SHARES = ("hit_rate", *(name for name in METRICS if "_after_" in name))
"""Metrics that are shares, from 0 to 1."""

FAMILY = Family(
    compute,
    METRICS,
    "How well the next move is told from the past, open loop.",
    dict.fromkeys(SHARES, SHARE),
)
