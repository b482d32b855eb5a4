"""What a fixed ladder of scripted exploiters takes from an agent: a lower bound of what can be.

The exploiter that takes most is chosen on one half of the blocks and judged on the other, since the
largest of several observed means is biased upwards. However much it takes, somebody who is not on
the ladder may take more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.metrics.equilibria import extreme_equilibria
from harness.metrics.interval import FEWEST_BLOCKS, Estimate, ratio
from harness.metrics.ladder_evidence import EVIDENCE, evidence
from harness.metrics.ladder_extortion import EXTORTION, extorted
from harness.metrics.ladder_matches import Met, Tried, tried
from harness.metrics.normal_form import expected_payoffs
from harness.metrics.security import is_constant_sum, maximin
from harness.metrics.study import Family, Findings, Study

__all__ = ["LADDER", "Baseline", "baseline", "on_the_ladder"]

HEADLINE_BLOCKS = 20
"""Blocks with each exploiter below which a number is fit for a trial only."""

MOST_ACTIONS = 5
"""Up to so many, all equilibria are found."""

VALUE = "value"

METRICS = {
    "exploited_by_ladder": "lower bound: what the exploiter that takes most earns above the"
    " baseline, per round; chosen on one half of the blocks, judged on the other",
    "taken_by_ladder": "what that exploiter earns, per round",
    "payoff_against_ladder": "what it leaves the agent, per round",
    **EVIDENCE,
    **EXTORTION,
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an exploiter would earn without exploiting anybody.

    Attributes:
        name: `value` (of a game of constant sum), `mutual cooperation` or `equilibrium`.
        payoffs: by seat, per round.
    """

    name: str
    payoffs: tuple[float, ...]


def baseline(study: Study) -> Baseline | None:
    """What an exploiter would earn without exploiting anybody; None where that is not known.

    The value in games of constant sum; mutual cooperation where the game names it; what all
    equilibria pay where they pay the same.
    """
    if study.payoffs is None or study.payoffs.ndim != 3:
        return None
    payoffs = np.asarray(study.payoffs, float)
    if is_constant_sum(payoffs):
        first, second = (maximin(payoffs, player).value for player in (0, 1))
        return Baseline(VALUE, (first, second))
    good = _cooperation(study)
    if good is not None:
        return Baseline("mutual cooperation", tuple(float(table[good]) for table in payoffs))
    if max(payoffs.shape[1:]) > MOST_ACTIONS:
        return None
    solution = extreme_equilibria(payoffs)
    paid = np.array([expected_payoffs(payoffs, profile) for profile in solution.equilibria])
    if not solution.finished or np.ptp(paid, axis=0).max() > 1e-9 * np.abs(payoffs).max():
        return None
    return Baseline("equilibrium", tuple(float(u) for u in paid[0]))


def _cooperation(study: Study) -> tuple[int, ...] | None:
    """The position of the cell in which all cooperate."""
    if not study.actions or len(study.cooperative) != len(study.actions):
        return None
    pairs = list(zip(study.cooperative, study.actions, strict=True))
    if not all(good in actions for good, actions in pairs):
        return None
    return tuple(list(actions).index(good) for good, actions in pairs)


@dataclass(frozen=True)
class OnTheLadder:
    """What the ladder takes from an agent.

    Attributes:
        exploiter: who takes most, by the first half of the blocks; None where there are too few.
        gain: what it takes above the baseline, by the other half.
        taken: what it earns there.
        left: what the agent earns there.
        n_blocks: blocks that it is judged on.
        rates: what each exploiter earns per round over all blocks, and their number.
    """

    exploiter: str | None
    gain: Estimate
    taken: Estimate
    left: Estimate
    n_blocks: int
    rates: dict[str, tuple[float, int]]


NOTHING = Estimate(None, None, None, 0)


def on_the_ladder(one: Tried, base: Sequence[float] | None, seed: int = 0) -> OnTheLadder:
    """What the ladder takes from an agent.

    Args:
        one: the agent and its matches with exploiters.
        base: what an exploiter would earn per round otherwise, by seat; None where not known.
        seed: of the halves and of the resampling.

    >>> bout = lambda block, taken: Met(block, block, 0, 10, taken, 0)
    >>> against = {"a": [bout(f"a{i}", 30) for i in range(4)], "b": [bout("b0", 50)]}
    >>> found = on_the_ladder(Tried("x", against, complete=True), [1.0, 1.0])
    >>> found.exploiter, found.gain.value  # b was met in one block, which cannot be halved
    ('a', 2.0)
    """
    rates = {rung: (_rate(met), one.n_blocks(rung)) for rung, met in one.matches.items()}
    halves = {rung: _halves(met, seed) for rung, met in one.matches.items()}
    chosen = {rung: _gain(first, base) for rung, (first, second) in halves.items() if second}
    if not chosen:
        return OnTheLadder(None, NOTHING, NOTHING, NOTHING, 0, rates)
    best = max(chosen, key=chosen.__getitem__)
    judged = halves[best][1]
    above = NOTHING if base is None else _mean(judged, _above(judged, base), seed)
    return OnTheLadder(
        best,
        above,
        _mean(judged, [met.taken for met in judged], seed),
        _mean(judged, [met.left for met in judged], seed),
        len({met.block for met in judged}),
        rates,
    )


def _rate(matches: Sequence[Met]) -> float:
    """What the exploiter earned per round."""
    return sum(met.taken for met in matches) / sum(met.rounds for met in matches)


def _above(matches: Sequence[Met], base: Sequence[float]) -> list[float]:
    """What the exploiter earned above the baseline in each match."""
    return [met.taken - met.rounds * base[met.seat] for met in matches]


def _gain(matches: Sequence[Met], base: Sequence[float] | None) -> float:
    """The same per round; what it earned where there is no baseline."""
    gained = [met.taken for met in matches] if base is None else _above(matches, base)
    return sum(gained) / sum(met.rounds for met in matches)


def _halves(matches: Sequence[Met], seed: int) -> tuple[list[Met], list[Met]]:
    """Matches by their blocks, in two halves that chance deals; the second is empty for one."""
    blocks = sorted({met.block for met in matches})
    first = set(np.random.default_rng(seed).permutation(blocks)[: (len(blocks) + 1) // 2].tolist())
    return (
        [met for met in matches if met.block in first],
        [met for met in matches if met.block not in first],
    )


def _mean(matches: Sequence[Met], sums: Sequence[float], seed: int) -> Estimate:
    """A mean per round with its interval by block."""
    blocks = [met.block for met in matches]
    return ratio(sums, [met.rounds for met in matches], blocks, ["one"] * len(blocks), seed)


def compute(study: Study) -> Findings:
    """What the game's ladder takes from each agent that it was set against."""
    ladder = study.ladder
    agents = tried(study)
    if ladder is None or not agents:
        return Findings()
    base = baseline(study)
    found, details, notes = {}, {}, []
    for one in agents:
        taken = on_the_ladder(one, None if base is None else base.payoffs, study.seed)
        metrics = {"taken_by_ladder": taken.taken, "payoff_against_ladder": taken.left}
        if base is not None:
            metrics["exploited_by_ladder"] = taken.gain
        if base is not None and base.name == VALUE:
            metrics |= evidence(study, one, base.payoffs)
        by_extortioner, figures = extorted(study, one)
        found[one.agent] = metrics | figures
        details[one.agent] = _details(taken) | by_extortioner
        notes += _notes(one, taken)
    version = {"name": ladder.name, "version": ladder.version, "rungs": list(ladder.rungs)}
    told = None if base is None else {"name": base.name, "payoffs": list(base.payoffs)}
    return Findings(
        found,
        {"ladder": version, "baseline": told, "agents": details},
        ["what a ladder takes is a lower bound: somebody who is not on it may take more", *notes],
    )


def _details(taken: OnTheLadder) -> dict[str, Any]:
    """Who takes how much from an agent, as JSON data."""
    rates = {
        rung: {"payoff_per_round": rate, "n_blocks": n} for rung, (rate, n) in taken.rates.items()
    }
    return {"takes_most": taken.exploiter, "judged_on_blocks": taken.n_blocks, "exploiters": rates}


def _notes(one: Tried, taken: OnTheLadder) -> list[str]:
    """What a reader has to know of an agent's numbers."""
    fewest = min(n for _, n in taken.rates.values())
    notes = []
    if fewest < HEADLINE_BLOCKS:
        fit = "not enough for an interval" if fewest < 2 * FEWEST_BLOCKS else "fit for a trial only"
        notes.append(
            f"{one.agent} met exploiters in as few as {fewest} blocks, {fit};"
            f" {HEADLINE_BLOCKS} with each are the least for a headline"
        )
    if not one.complete:
        notes.append(f"{one.agent} has not met all of the ladder; the bound is of whom it met")
    return notes


LADDER = Family(compute, METRICS, "What a fixed ladder of exploiters takes: a lower bound.")
"""The family, as `folk analyze` finds it."""
