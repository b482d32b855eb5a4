"""At which round players of Rock Paper Scissors are declared predictable, match by match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.sequences.e_values import first_rejection, log_wealth, mean_log_wealth
from harness.metrics.sequences.ensemble import ensemble
from harness.metrics.sequences.predictability import open_loop
from harness.metrics.sequences.predictors import Maker, predictors

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
GAINS = -RPS
"""To the exploiter, whose action is the column."""

Moves: TypeAlias = NDArray[np.int64]


def declared(own: Moves, other: Moves, suite: Mapping[str, Maker]) -> list[int]:
    """For each match by itself, the round at which it is found predictable; 0 if never."""
    loops = [open_loop(make, own, other, GAINS) for make in suite.values()]
    found = []
    for match in range(len(own)):
        wealth = [log_wealth(loop.payoffs[match], 0, -1, 1) for loop in loops]
        found.append(first_rejection(mean_log_wealth(wealth)) or 0)
    return found


def full(n_rounds: int) -> dict[str, Maker]:
    """Every predictor there is, and the ensemble of them."""
    return {**predictors(RPS, n_rounds), "ensemble": ensemble(RPS, -RPS, n_rounds)}


def others(rng: np.random.Generator, own: Moves) -> Moves:
    """A third of the opponents are even, a third biased, a third beat the player's last move."""
    met: Moves = rng.integers(0, 3, own.shape)
    met[::3] = rng.choice(3, p=[0.8, 0.1, 0.1], size=met[::3].shape)
    met[1::3, 1:] = (own[1::3, :-1] + 1) % 3
    return met


def even(n_matches: int, n_rounds: int, seed: int) -> tuple[Moves, Moves]:
    """Even and independent play against all kinds of opponents."""
    rng = np.random.default_rng(seed)
    own = rng.integers(0, 3, (n_matches, n_rounds))
    return own, others(rng, own)


def bots(n_matches: int, n_rounds: int, seed: int) -> dict[str, tuple[Moves, Moves]]:
    """Predictable players, by name, against even and independent opponents: both's moves."""
    rng = np.random.default_rng(seed)
    shape = n_matches, n_rounds
    other = rng.integers(0, 3, shape)
    opening = rng.integers(0, 3, (n_matches, 1))
    copies = np.concatenate([opening, other[:, :-1]], axis=1)
    counts = np.cumsum(other[:, :, None] == np.arange(3), axis=1)
    answers = np.concatenate([opening, (counts.argmax(axis=2)[:, :-1] + 1) % 3], axis=1)
    return {
        "cycle": ((opening + np.arange(n_rounds)) % 3, other),
        "copy of the other's last move": (copies, other),
        "answer to the other's last move": ((copies + 1) % 3, other),
        "answer to the other's commonest move": (answers, other),
        "rock in 60 %": (rng.choice(3, p=[0.6, 0.2, 0.2], size=shape), other),
        "rock in 50 %": (rng.choice(3, p=[0.5, 0.25, 0.25], size=shape), other),
    }
