"""Whether players meet where the game has them meet, and take turns where they should."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.metrics.alternation import favourite_cells
from harness.metrics.efficiency import efficient_cells
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.normal_form import Floats, pure_equilibria
from harness.metrics.seats import Moves
from harness.metrics.shares import Ints, share
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

METRICS = {
    "equilibrium_play": "share of rounds whose actions are a pure equilibrium of one round; rounds "
    "with a substituted move count neither way, here and in the next four",
    "efficient_play": "share of rounds whose actions are Pareto-efficient in one round",
    "coordination": "share of rounds in the favourite efficient cell of one or the other player, "
    "in games that have two such to take turns in (Akata et al. 2025, as the next three)",
    "alternation": "share of successive rounds that went from the one to the other",
    "turn_fairness": "1 - |n_1 - n_2| / (n_1 + n_2) for the rounds in each: mean over matches",
    "turn_taking": "joint payoff as a share of what perfect turns pay, substituted moves included",
}


def compute(study: Study) -> Findings:
    """Coordination of every agent's matches; nothing unless payoffs for two are known."""
    seats, game = study.seats, study.payoffs
    if game is None or len(game) != 2 or study.actions is None:
        return Findings()
    cells, paid = _cells(study, seats.moves), _cells(study, seats.played)
    stable, efficient = (
        np.isin(cells, [np.ravel_multi_index(cell, game.shape[1:]) for cell in which])
        for which in (pure_equilibria(game), efficient_cells(game))
    )
    turns = favourite_cells(game)
    found: dict[str, dict[str, Estimate]] = {}
    for name, every in zip(seats.names, seats.own, strict=True):
        rows = every[seats.other[every] >= 0]
        rounds = (cells[rows] >= 0).sum(axis=1)
        mine = {}
        if stable.any() or pure_equilibria(game):
            hit = stable[rows].sum(axis=1)
            mine["equilibrium_play"] = share(seats, rows, hit, rounds, study.seed)
        if len(efficient_cells(game)) < game[0].size:
            hit = efficient[rows].sum(axis=1)
            mine["efficient_play"] = share(seats, rows, hit, rounds, study.seed)
        if turns is not None:
            mine |= _turns(study, rows, (cells[rows], paid[rows]), turns)
        found[name] = mine
    return Findings(found)


def _cells(study: Study, moves: Moves) -> Ints:
    """The joint action of each seat's match in each round, player 0's first; -1 where none.

    `moves` are the seats' own, or with those that were played in place of an answer.
    """
    seats = study.seats
    assert study.payoffs is not None
    mine, theirs = (moves[side].astype(np.int64) for side in (slice(None), seats.other))
    first = (seats.player == 0)[:, None]
    row, column = np.where(first, mine, theirs), np.where(first, theirs, mine)
    there = (mine >= 0) & (theirs >= 0) & (seats.other >= 0)[:, None]
    return np.where(there, row * study.payoffs.shape[2] + column, -1)


def _turns(
    study: Study,
    rows: Ints,
    played: tuple[Ints, Ints],
    turns: tuple[tuple[int, ...], tuple[int, ...]],
) -> dict[str, Estimate]:
    """The metrics of `harness.metrics.alternation` over many matches at once.

    `played` are the cells that both chose themselves, and all that were paid for.
    """
    cells, paid_for = played
    seats, game, seed = study.seats, study.payoffs, study.seed
    assert game is not None
    codes = [int(np.ravel_multi_index(cell, game.shape[1:])) for cell in turns]
    one, two = cells == codes[0], cells == codes[1]
    rounds = (cells >= 0).sum(axis=1)
    counts = one.sum(axis=1), two.sum(axis=1)
    either = counts[0] + counts[1]
    switched = (one[:, :-1] & two[:, 1:]) | (two[:, :-1] & one[:, 1:])
    successive = (cells[:, :-1] >= 0) & (cells[:, 1:] >= 0)
    even = 1 - np.abs(counts[0] - counts[1]) / np.maximum(either, 1)
    found = {
        "coordination": share(seats, rows, either, rounds, seed),
        "alternation": share(seats, rows, switched.sum(1), successive.sum(1), seed),
        "turn_fairness": share(seats, rows, even * (either > 0), either > 0, seed),
    }
    joint: Floats = game.sum(axis=0).ravel()
    best = (joint[codes[0]] + joint[codes[1]]) / 2
    if best > 0:
        there: NDArray[np.bool_] = paid_for >= 0
        paid = (joint[paid_for] * there).sum(axis=1) / best
        found["turn_taking"] = share(seats, rows, paid, there.sum(axis=1), seed)
    return found


SHARES = (
    "equilibrium_play",
    "efficient_play",
    "coordination",
    "alternation",
    "turn_fairness",
)
"""Metrics that are shares, from 0 to 1."""

FAMILY = Family(compute, METRICS, "Meeting, and taking turns.", dict.fromkeys(SHARES, SHARE))
