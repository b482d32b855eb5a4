"""How sure it is that a ladder's exploiters get more than the value, in games of constant sum.

Whoever plays a maximin mix in every round, whatever came before, holds every exploiter to the value
in expectation. So each exploiter's payoffs are bets against that claim, all of them played, and the
mean wealth over the whole ladder is an e-value, valid whenever one looks and with no exploiter
chosen (`harness.metrics.sequences.e_values`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.metrics.interval import Estimate
from harness.metrics.ladder_matches import Met, Tried
from harness.metrics.sequences.e_values import log_wealth, lower_bound
from harness.metrics.sequences.moves import Floats
from harness.metrics.study import Study

__all__ = ["EVIDENCE", "evidence"]

EVIDENCE = {
    "ladder_log_e_value": "evidence that exploiters of the ladder earn more than the value, all of"
    " them together; natural logarithm, above 3 in fewer than 5 % of samples if they do not",
    "exploited_at_least": "what the exploiter that takes most surely takes above the value per"
    " round, with 95 % confidence whenever one looks; below 0 where nothing is sure",
}


def evidence(study: Study, one: Tried, values: Sequence[float]) -> dict[str, Estimate]:
    """How sure it is that somebody takes something from an agent.

    Args:
        study: the game, of constant sum, and all that was played of it.
        one: the agent and its matches with exploiters.
        values: of the stage game, by seat.

    Returns:
        The numbers of `EVIDENCE`, without intervals; none where the payoffs never differ.
    """
    assert study.payoffs is not None
    ranges = [(u.min() - v, u.max() - v) for u, v in zip(_tables(study), values, strict=True)]
    lowest, highest = min(low for low, _ in ranges), max(high for _, high in ranges)
    if not lowest < 0 < highest:
        return {}
    suite = [_gains(study, met, values) for met in one.matches.values()]
    ends = [float(log_wealth(gains, 0, lowest, highest)[-1]) for gains in suite if gains.size]
    n = sum(len(met) for met in one.matches.values())
    if not ends:
        return dict.fromkeys(EVIDENCE, Estimate(None, None, None, n))
    together = float(np.logaddexp.reduce(ends) - np.log(len(ends)))
    surely = lower_bound([gains for gains in suite if gains.size], lowest, highest)
    return {
        "ladder_log_e_value": Estimate(together, None, None, n),
        "exploited_at_least": Estimate(surely, None, None, n),
    }


def _tables(study: Study) -> list[Floats]:
    """Each player's payoffs."""
    assert study.payoffs is not None
    return list(study.payoffs)


def _gains(study: Study, matches: Sequence[Met], values: Sequence[float]) -> Floats:
    """What an exploiter earned above the value, round by round, its matches one after the other."""
    seats = {met.match: met.seat for met in matches}
    moves = study.moves[study.moves["match"].isin(list(seats))]
    seat = moves["match"].astype(str).map(seats).astype(int)
    theirs = moves[moves["player"] == seat].sort_values(["match", "round"])
    worth = np.asarray(values)[theirs["player"].to_numpy(int)]
    gains: Floats = theirs["payoff"].to_numpy(float) - worth
    return gains
