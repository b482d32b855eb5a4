"""Write the reference against which the bots for 2x2 games are tested: the Axelrod library's play.

Run it with a Python that has axelrod 4.14, from the root of the repository::

    python -m benchmarks.axelrod_reference tests/agents/axelrod_reference.json

It takes some minutes. Deterministic strategies all meet each other (and themselves) once;
stochastic ones, and some deterministic ones with noise, meet a small panel thousands of times.
Payoffs are R=3, S=0, T=5, P=1. `tests/agents/test_axelrod_parity.py` reads the result.

Left out are strategies whose published rule the library departs from (see our docstrings):
adaptive, bush_mosteller, champion, downing, nydegger; and contrite_tit_for_tat under noise.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import axelrod

from benchmarks.axelrod_names import DETERMINISTIC, NOISY, PANEL, STOCHASTIC, Pair

TURNS = 200
STOCHASTIC_TURNS = 100
MATCHES = 2000
NOISE = 0.05
SEED = 20240501


def player(pair: Pair) -> Any:
    """A player of the library."""
    name, arguments, _, _ = pair
    return getattr(axelrod, name)(**arguments)


def deterministic() -> dict[str, Any]:
    """Total payoffs and cooperations of every strategy (row) against every other (column)."""
    payoffs, cooperations = [], []
    for row in DETERMINISTIC:
        totals, counts = [], []
        for column in DETERMINISTIC:
            match = axelrod.Match((player(row), player(column)), turns=TURNS)
            match.play()
            totals.append(int(match.final_score()[0]))
            counts.append(int(match.cooperation()[0]))
        payoffs.append(totals)
        cooperations.append(counts)
    return {
        "turns": TURNS,
        "strategies": [ours(pair) for pair in DETERMINISTIC],
        "payoffs": payoffs,
        "cooperations": cooperations,
    }


def stochastic() -> dict[str, Any]:
    """Means and standard deviations over matches, per turn, of every strategy against the panel.

    The measures of a match are the own payoff, the other's payoff, and the own cooperation.
    """
    cells: list[dict[str, Any]] = []
    for noise, pairs in ((0.0, STOCHASTIC), (NOISE, NOISY)):
        for pair in pairs:
            for opponent in PANEL:
                measures = repeated(pair, opponent, noise, SEED + len(cells))
                means = [round(statistics.fmean(m), 8) for m in measures]
                deviations = [round(statistics.stdev(m), 8) for m in measures]
                cell = {"strategy": ours(pair), "opponent": ours(opponent), "noise": noise}
                cells.append({**cell, "means": means, "deviations": deviations})
    return {"turns": STOCHASTIC_TURNS, "matches": MATCHES, "cells": cells}


def repeated(pair: Pair, opponent: Pair, noise: float, seed: int) -> list[list[float]]:
    """The three measures of each of many matches."""
    players = (player(pair), player(opponent))
    match = axelrod.Match(players, turns=STOCHASTIC_TURNS, noise=noise, seed=seed)
    measures: list[list[float]] = [[], [], []]
    for _ in range(MATCHES):
        match.play()
        own, other = match.final_score()
        for values, value in zip(measures, (own, other, match.cooperation()[0]), strict=True):
            values.append(float(value) / STOCHASTIC_TURNS)
    return measures


def ours(pair: Pair) -> dict[str, Any]:
    """A strategy's names in both worlds, as JSON data."""
    theirs, arguments, name, parameters = pair
    return {"axelrod": theirs, "arguments": arguments, "name": name, "parameters": parameters}


def main(path: Path) -> None:
    """Write the reference."""
    reference = {
        "axelrod": axelrod.__version__,
        "payoffs": {"R": 3, "S": 0, "T": 5, "P": 1},
        "deterministic": deterministic(),
        "stochastic": stochastic(),
    }
    path.write_text(json.dumps(reference, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
