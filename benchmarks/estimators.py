"""How well the metrics estimate what is known: bias, coverage of the intervals, width.

`python -m benchmarks.estimators` lets players with known parameters play many studies and prints a
line per estimator, truth and number of matches of 20 rounds; then how best-response values come to
the exact ones, how often players pass for extortioners, and when players are declared predictable.
docs/estimators.md has its output. `--studies` is how many studies a line rests on (those of best
responses on half as many), `--quick` leaves most of them out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from tests.metrics import simulations as simulate
from tests.metrics.memory_one_players import PLAYERS
from tests.metrics.sequences.detection import bots, declared, even, full
from tests.metrics.simulated_cases import CASES
from tests.metrics.simulations import Trial
from tests.metrics.test_extortion_recognised import recognised

STUDIES = 1000
QUICK = 50
SLOW = 2
"""By how much fewer studies the estimates of best responses rest on."""

SIZES = (20, 200)
GROWING = (20, 200, 2000)
SEED = 1


def measured(name: str, n: int, studies: int) -> Trial:
    """One line of the first table."""
    fewer = max(studies // SLOW, 1) if name.startswith("(c)") else studies
    return CASES[name].run(n, fewer, SEED)


def told(name: str, n: int, found: Trial) -> str:
    """It as text."""
    before = "" if found.before is None else f"{found.before:+.4f}"
    width = "" if "bound" in name else f"{found.width:.4f}"
    return (
        f"{name:36} {n:4}  {found.truth:7.4f}  {before:>7}  {found.after:+.4f}  {found.error:.4f}"
        f"  {100 * found.coverage:5.1f} %  {width:6}  {found.replications:7}"
    )


def approach(name: str, seed: int = SEED) -> list[float]:
    """Errors of the estimated best-response value of a player, by number of matches."""
    return [simulate.best_answer(name, n, 1, seed, draws=100).after for n in GROWING]


def found_after(bot: str, n_rounds: int, matches: int) -> str:
    """When a bot is declared predictable: median round, and share by the end."""
    own, other = bots(matches, n_rounds, SEED)[bot]
    rounds = np.array(declared(own, other, full(n_rounds)))
    caught = rounds[rounds > 0]
    middle, last = (int(np.median(caught)), int(caught.max())) if caught.size else (0, 0)
    return f"  {bot:36} {caught.size / matches:7.1%} of {matches}, median {middle}, latest {last}"


def false_alarms(n_rounds: int, matches: int) -> str:
    """How often even play is declared predictable."""
    own, other = even(matches, n_rounds, SEED)
    share = np.mean(np.array(declared(own, other, full(n_rounds))) > 0)
    return f"  {'even, independent play':36} {share:7.1%} of {matches}, in {n_rounds} rounds"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    studies = QUICK if given.quick else given.studies
    cells = [(name, n) for name in CASES for n in SIZES]
    with ProcessPoolExecutor(given.workers) as pool:
        print(f"{'estimator':36}    n    truth  plug-in    value   error    cover   width  studies")
        asked = [pool.submit(measured, *cell, studies) for cell in cells]
        for cell, answer in zip(cells, asked, strict=True):
            print(told(*cell, answer.result()), flush=True)
        print("\n(c) errors of the value for 30 known players, by matches")
        errors = np.abs(list(pool.map(approach, PLAYERS)))
        for n, column in zip(GROWING, errors.T, strict=True):
            print(f"  {n:5}: mean {column.mean():.4f}, largest {column.max():.4f}")
        print("\npass for extortioners, share of studies")
        trials = max(studies // 20, 2)
        for n in SIZES:
            shares = pool.map(partial(recognised, matches=n, studies=trials), PLAYERS)
            seen = [
                f"{name} {share:.0%}" for name, share in zip(PLAYERS, shares, strict=True) if share
            ]
            print(f"  {n:5}: {', '.join(seen)} of {trials}; all others never")
        print("\n(b) declared predictable")
        for n_rounds in (100, 300):
            print(false_alarms(n_rounds, min(studies, 1000)))
        for bot in bots(1, 2, 0):
            print(found_after(bot, 500 if "%" in bot else 60, max(studies // 10, 5)), flush=True)


if __name__ == "__main__":
    main()
