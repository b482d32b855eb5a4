"""The estimators and truths that are simulated, and how often their intervals are to cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from tests.metrics import simulations as simulate
from tests.metrics.simulations import TABLES, Trial

__all__ = ["CASES", "Case"]

Study: TypeAlias = Callable[[int, int, int], Trial]
"""A simulation, given matches, studies and a seed."""


@dataclass(frozen=True, slots=True)
class Case:
    """A simulation and what its coverage has to be.

    Attributes:
        run: the simulation.
        least: least coverage.
        most: greatest; 1 for bounds to one side, at the edge of what can be, and where answers are
            nearly as good as each other: there intervals are wider than they would have to be.
    """

    run: Study
    least: float = 0.92
    most: float = 0.98


GRIM = "GRIM with noise 0.05"
DILEMMA_PLAYERS = (
    *("mostly kind", "mostly unkind", "general cooperator", "reactive", "Extort-2"),
    *("GTFT 1/3 with noise 0.05", "TFT with noise 0.05", "random 1/2"),
)

CASES: dict[str, Case] = {
    "cooperation rate, 1 table": Case(
        partial(simulate.cooperation, "mostly kind", ("random 9/10",))
    ),
    "cooperation rate, 5 tables": Case(partial(simulate.cooperation, "mostly kind", TABLES)),
    "cooperation rate, all or nothing": Case(partial(simulate.cooperation, GRIM, (GRIM,))),
    "cooperation rate of 0.99 *": Case(
        partial(simulate.cooperation, "TFT with noise 0.01", ("ALLC",)), least=0.85, most=1
    ),
    "payoff per round, 5 tables": Case(partial(simulate.payoff, "mostly kind", TABLES)),
    "payoff difference, paired": Case(
        partial(simulate.payoff_difference, "mostly kind", "reactive")
    ),
    "payoff difference of 0, paired": Case(
        partial(simulate.payoff_difference, "mostly kind", "mostly kind")
    ),
    **{
        f"P(C) after {name}": Case(partial(simulate.memory_one_parameter, "mostly kind", state))
        for state, name in enumerate(("CC", "CD", "DC", "DD"), start=1)
    },
    "reciprocity, matches differ": Case(simulate.reciprocity),
    "(a) mix 50/25/25": Case(partial(simulate.mixed, "leaning", None)),
    "(a) mix 40/30/30": Case(partial(simulate.mixed, "rocky", None)),
    "(a) mix 50/25/25, matches differ": Case(partial(simulate.mixed, "leaning", 10.0)),
    "(a) uniform mix *": Case(partial(simulate.mixed, "uniform", None), most=1),
    "(b) frequency exploiter, 50/25/25": Case(partial(simulate.open_loop_gain, "leaning")),
    "(b) frequency exploiter, uniform": Case(partial(simulate.open_loop_gain, "uniform")),
    "(b) lower bound, 50/25/25 *": Case(
        partial(simulate.e_value_bound, "leaning"), least=0.95, most=1
    ),
    "(b) lower bound, uniform *": Case(
        partial(simulate.e_value_bound, "uniform"), least=0.95, most=1
    ),
    **{f"(c) {name}": Case(partial(simulate.best_answer, name)) for name in DILEMMA_PLAYERS},
    "(c) mix 50/25/25 *": Case(partial(simulate.best_answer, "leaning"), most=1),
    "(c) mix 40/30/30 *": Case(partial(simulate.best_answer, "rocky"), most=1),
    "(c) uniform mix *": Case(partial(simulate.best_answer, "uniform"), most=1),
}
