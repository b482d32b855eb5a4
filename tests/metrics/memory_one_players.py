"""Memory-one players of the prisoner's dilemma that the literature names, and how they play."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.stationary import four_vector

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# Probabilities of C after CC, CD, DC, DD, and of opening with C. Sources: Axelrod 1984, Frean 1994,
# Nowak & Sigmund 1992 and 1993, Press & Dyson 2012, Stewart & Plotkin 2012 and 2013, Adami & Hintze
# 2013; those "with noise" slip at the rate given.
PLAYERS: dict[str, tuple[tuple[float, float, float, float], float]] = {
    "ALLC": ((1, 1, 1, 1), 1),
    "ALLD": ((0, 0, 0, 0), 0),
    "TFT": ((1, 0, 1, 0), 1),
    "suspicious TFT": ((1, 0, 1, 0), 0),
    "anti-TFT": ((0, 1, 0, 1), 1),
    "WSLS": ((1, 0, 0, 1), 1),
    "win-shift lose-stay": ((0, 1, 1, 0), 0),
    "GRIM": ((1, 0, 0, 0), 1),
    "alternator": ((0, 0, 1, 1), 1),
    "GTFT 1/3": ((1, 1 / 3, 1, 1 / 3), 1),
    "GTFT 1/10": ((1, 0.1, 1, 0.1), 1),
    "firm but fair": ((1, 0, 1, 2 / 3), 1),
    "random 1/2": ((0.5, 0.5, 0.5, 0.5), 0.5),
    "random 9/10": ((0.9, 0.9, 0.9, 0.9), 0.9),
    "random 1/10": ((0.1, 0.1, 0.1, 0.1), 0.1),
    "Joss": ((0.9, 0, 0.9, 0), 1),
    "general cooperator": ((0.935, 0.229, 0.266, 0.42), 1),
    "Extort-2": ((8 / 9, 1 / 2, 1 / 3, 0), 1),
    "Extort-3": ((11 / 13, 1 / 2, 7 / 26, 0), 1),
    "Extort-5": ((17 / 21, 1 / 2, 3 / 14, 0), 1),
    "ZDGTFT-2": ((1, 1 / 8, 1, 1 / 4), 1),
    "ZDSET-2": ((3 / 4, 1 / 4, 1 / 2, 1 / 4), 1),
    "TFT with noise 0.01": ((0.99, 0.01, 0.99, 0.01), 0.99),
    "TFT with noise 0.05": ((0.95, 0.05, 0.95, 0.05), 0.95),
    "WSLS with noise 0.05": ((0.95, 0.05, 0.05, 0.95), 0.95),
    "GRIM with noise 0.05": ((0.95, 0.05, 0.05, 0.05), 0.95),
    "GTFT 1/3 with noise 0.05": ((0.95, 0.35, 0.95, 0.35), 0.95),
    "mostly kind": ((0.9, 0.3, 0.8, 0.2), 0.9),
    "mostly unkind": ((0.6, 0.1, 0.4, 0.05), 0.3),
    "reactive": ((0.8, 0.25, 0.8, 0.25), 0.7),
}

# What they meet: tit for tat, both constant players, random ones, win-stay lose-shift.
POOL = ("TFT", "ALLC", "ALLD", "random 1/2", "WSLS", "random 9/10")


def policy_of(name: str) -> Floats:
    p, opening = PLAYERS[name]
    return four_vector(p, opening)


def pool(matches: int) -> Floats:
    """The policies met, one for each match, shape (matches, 5, 2)."""
    policies = np.stack([policy_of(name) for name in POOL])
    return policies[np.arange(matches) % len(policies)]


def play(
    policy: Floats, others: Floats, rounds: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Moves of a memory-one player against one other in each match, shape (matches, rounds)."""
    matches, (_, actions) = len(others), policy.shape
    n_other = others.shape[2]
    own, other = np.zeros((2, matches, rounds), np.int64)
    state, seen = np.zeros((2, matches), np.int64)
    mine, theirs = policy.cumsum(axis=1), others.cumsum(axis=2)
    for t in range(rounds):
        a = (rng.random((matches, 1)) >= mine[state, :-1]).sum(axis=1)
        b = (rng.random((matches, 1)) >= theirs[np.arange(matches), seen, :-1]).sum(axis=1)
        own[:, t], other[:, t] = a, b
        state, seen = 1 + a * n_other + b, 1 + b * actions + a
    return own, other
