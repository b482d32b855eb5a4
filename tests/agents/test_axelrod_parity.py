"""The bots for 2x2 games against the Axelrod library's (`benchmarks/axelrod_reference.py`)."""

from __future__ import annotations

import json
import math
import statistics
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from harness import registry
from harness.games.catalogue import prisoners_dilemma
from harness.match import Entry, Match, MatchRecord
from harness.play import play
from harness.spec import write

FAMILY_WISE_ALPHA = 0.01
"""The chance that a faithful set of bots fails the statistical test, over all its comparisons."""

REFERENCE = json.loads(Path(__file__).with_name("axelrod_reference.json").read_text("utf-8"))


@cache
def bot(spec: str) -> Entry:
    """One of our bots."""
    return registry.build("agent", spec)


def entry(strategy: dict[str, Any]) -> Entry:
    """One of our bots, from what the reference says of it."""
    return bot(write(strategy["name"], strategy["parameters"]))


def totals(record: MatchRecord, player: int) -> tuple[int, int]:
    """A player's payoffs and cooperations in a match."""
    assert record.payoffs is not None
    return int(record.payoffs[player]), sum(r.actions[player] == "cooperate" for r in record.rounds)


def test_the_reference_is_large_enough_to_mean_something() -> None:
    cells = REFERENCE["stochastic"]["cells"]
    assert len(REFERENCE["deterministic"]["strategies"]) >= 20
    assert len({cell["strategy"]["name"] for cell in cells}) >= 10
    assert {cell["noise"] for cell in cells} == {0.0, 0.05}
    assert REFERENCE["stochastic"]["matches"] == 2000


def test_deterministic_bots_play_exactly_as_in_the_axelrod_library() -> None:
    reference = REFERENCE["deterministic"]
    game = Entry("prisoners_dilemma", prisoners_dilemma(rounds=reference["turns"]))
    entries = [entry(strategy) for strategy in reference["strategies"]]
    n = len(entries)
    payoffs = [[0] * n for _ in entries]
    cooperations = [[0] * n for _ in entries]
    for i in range(n):
        for j in range(i, n):
            record = play(Match(game, (entries[i], entries[j])))
            payoffs[j][i], cooperations[j][i] = totals(record, 1)
            payoffs[i][j], cooperations[i][j] = totals(record, 0)
    wrong = [
        f"{entries[i].spec} against {entries[j].spec}: {payoffs[i][j]},"
        f" not {reference['payoffs'][i][j]}"
        for i in range(n)
        for j in range(n)
        if payoffs[i][j] != reference["payoffs"][i][j]
        or cooperations[i][j] != reference["cooperations"][i][j]
    ]
    assert wrong == []
    assert payoffs == reference["payoffs"]
    assert cooperations == reference["cooperations"]


def measures(cell: dict[str, Any], n_matches: int) -> list[list[float]]:
    """Own payoff, other's payoff and own cooperation per turn, over fixed seeds."""
    turns = REFERENCE["stochastic"]["turns"]
    game = Entry("prisoners_dilemma", prisoners_dilemma(rounds=turns, noise=cell["noise"]))
    seats = entry(cell["strategy"]), entry(cell["opponent"])
    found: list[list[float]] = [[], [], []]
    for repeat in range(n_matches):
        record = play(Match(game, seats, seed=1, repeat=repeat))
        (own, cooperations), (other, _) = totals(record, 0), totals(record, 1)
        for values, value in zip(found, (own, other, cooperations), strict=True):
            values.append(value / turns)
    return found


def compare(n_matches: int) -> None:
    """Two-sample z tests with the joint standard error, Bonferroni-corrected over all of them.

    Where neither sample varies, the means must be equal.
    """
    cells, n_reference = REFERENCE["stochastic"]["cells"], REFERENCE["stochastic"]["matches"]
    critical = NormalDist().inv_cdf(1 - FAMILY_WISE_ALPHA / (2 * 3 * len(cells)))
    wrong = []
    for cell in cells:
        names = "own payoff", "other's payoff", "own cooperation"
        found = measures(cell, n_matches)
        for name, values, mean, deviation in zip(
            names, found, cell["means"], cell["deviations"], strict=True
        ):
            ours, spread = statistics.fmean(values), statistics.stdev(values)
            error = math.sqrt(deviation**2 / n_reference + spread**2 / n_matches)
            if abs(ours - mean) > max(critical * error, 1e-7):
                who = f"{cell['strategy']['name']} against {cell['opponent']['name']}"
                wrong.append(
                    f"{who}, noise {cell['noise']}: {name} {ours:.4f}, not {mean:.4f}"
                    f" (standard error {error:.4f})"
                )
    assert wrong == []


def test_stochastic_bots_play_as_in_the_axelrod_library() -> None:
    compare(n_matches=100)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_stochastic_bots_play_as_in_the_axelrod_library_in_2000_matches() -> None:
    compare(n_matches=2000)
