"""From the matches that were rehearsed to all matches of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.match import Entry
from harness.models.prices import Prices
from harness.models.request import Usage
from harness.runner.figures import NOTHING, Figures, Range
from harness.runner.rehearsal import Table

__all__ = ["Extrapolation", "extrapolated"]

Seat: TypeAlias = tuple[Entry, Entry]
"""A game, and a model that plays it."""


@dataclass(frozen=True)
class Extrapolation:
    """What the matches of a run are taken to be like.

    Attributes:
        agents: what all calls of each model take, by agent as specified.
        calls_at: calls of a match on average, by the keys of the game and of those at its table,
            for tables that were rehearsed.
        calls_from: calls from a seat in a match on average, by the keys of the game and the agent.
    """

    agents: Mapping[str, Figures]
    calls_at: Mapping[tuple[str, ...], float]
    calls_from: Mapping[tuple[str, str], float]


def extrapolated(tables: Sequence[Table], prices: Prices) -> Extrapolation:
    """What all matches take, where at least one of each game was rehearsed.

    Those of a rehearsed table are like its rehearsals on average. At other tables, a model does in
    each of its seats what it does on average in that game; one that was not rehearsed in it at all
    does what all models do there, at its own price.
    """
    agents: dict[str, Figures] = {}
    calls_at: dict[tuple[str, ...], float] = {}
    others: Counter[Seat] = Counter()
    for table in tables:
        if not table.rehearsed:
            for agent in table.models:
                others[table.game, agent] += len(table.matches)
            continue
        share = len(table.matches) / len(table.rehearsed)
        total = 0.0
        for rehearsed in table.rehearsed:
            for spec, took in rehearsed.took.items():
                agents[spec] = agents.get(spec, NOTHING) + took.times(share)
                total += took.calls.likely
        calls_at[table.keys] = total / len(table.rehearsed)
    seats = _seats(tables, others, prices)
    for seat, n in others.items():
        spec = seat[1].spec
        agents[spec] = agents.get(spec, NOTHING) + seats[seat].times(n)
    calls_from = {(game.key, agent.key): f.calls.likely for (game, agent), f in seats.items()}
    return Extrapolation(agents, calls_at, calls_from)


def _seats(tables: Sequence[Table], wanted: Counter[Seat], prices: Prices) -> dict[Seat, Figures]:
    """What a model's calls from a seat in a match take on average."""
    sums: dict[Seat, Figures] = {}
    n_seats: Counter[Seat] = Counter()
    for table in tables:
        for agent, n in Counter(table.models if table.rehearsed else ()).items():
            seat = table.game, agent
            n_seats[seat] += n * len(table.rehearsed)
            for rehearsed in table.rehearsed:
                sums[seat] = sums.get(seat, NOTHING) + rehearsed.took.get(agent.spec, NOTHING)
    means = {seat: took.times(1 / n_seats[seat]) for seat, took in sums.items()}
    for game, agent in wanted.keys() - means.keys():
        played = [seat for seat in sums if seat[0] is game]
        total = sum((sums[seat] for seat in played), NOTHING)
        mean = total.times(1 / sum(n_seats[seat] for seat in played))
        means[game, agent] = _priced(mean, agent, prices)
    return means


def _priced(figures: Figures, agent: Entry, prices: Prices) -> Figures:
    """Calls of others at this agent's price."""
    usd = []
    columns = (figures.calls, figures.input_tokens, figures.output_tokens)
    for calls, read, written in zip(*columns, strict=True):
        each = Usage(round(read / calls), round(written / calls)) if calls else Usage(0, 0)
        cost = prices.of(agent.what, each)
        if cost is None:
            return Figures(*columns, None)
        usd.append(calls * cost)
    return Figures(*columns, Range(*usd))
