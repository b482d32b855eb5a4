"""Which matches a tournament holds: a pure list, known before anything runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from harness.errors import UsageError, did_you_mean, shorten
from harness.match import AnswerPolicy, Entry, Match

__all__ = [
    "EXPLOIT",
    "NAMES",
    "SCHEDULES",
    "exploit",
    "plan",
    "round_robin",
    "self_play",
    "society",
    "versus",
]

MOST_MATCHES = 2_000_000

Table: TypeAlias = tuple[Entry, ...]
"""Who meets whom, in the order of their seats."""


def round_robin(agents: Sequence[Entry], n_seats: int) -> Iterator[Table]:
    """Every set of different agents that fills the table, once."""
    return itertools.combinations(agents, n_seats)


def self_play(agents: Sequence[Entry], n_seats: int) -> Iterator[Table]:
    """Every agent with itself in all seats."""
    return ((agent,) * n_seats for agent in agents)


def versus(agents: Sequence[Entry], n_seats: int, seat: int = 0) -> Iterator[Table]:
    """The first agent, in this seat, against each of the others, who fills all other seats."""
    first, *others = agents
    return ((*(o,) * seat, first, *(o,) * (n_seats - 1 - seat)) for o in others)


def society(agents: Sequence[Entry], n_seats: int) -> Iterator[Table]:
    """All agents at one table, in equal shares as far as its seats go round."""
    yield tuple(itertools.islice(itertools.cycle(agents), n_seats))


def exploit(agents: Sequence[Entry], n_seats: int, exploiters: Sequence[Entry]) -> Iterator[Table]:
    """Every agent in all seats but one, which each of the exploiters takes in turn."""
    known = {agent.key: agent for agent in agents}
    for agent, rung in itertools.product(agents, exploiters):
        yield (*(agent,) * (n_seats - 1), known.get(rung.key, rung))


SCHEDULES: dict[str, Callable[[Sequence[Entry], int], Iterator[Table]]] = {
    "round_robin": round_robin,
    "self_play": self_play,
    "versus": versus,
    "society": society,
}

"""Schedules of the given agents among each other."""

EXPLOIT = "exploit"
"""The schedule of every agent against the exploiters that the game offers."""

NAMES = (*SCHEDULES, EXPLOIT)
"""All schedules."""


def plan(
    games: Sequence[Entry],
    agents: Sequence[Entry],
    schedules: Sequence[str] = ("round_robin",),
    *,
    repeats: int = 1,
    seed: int = 0,
    swap: bool = True,
    policy: AnswerPolicy | None = None,
    exploiters: Mapping[str, Sequence[Entry]] = MappingProxyType({}),
) -> list[Match]:
    """All matches of a tournament, the repeats of each table spread over the whole.

    Args:
        games: the games played, each by all tables.
        agents: who takes part.
        schedules: names out of `NAMES`; their tables are played one after another. `versus@2`
            is `versus` with the first agent in seat 2.
        repeats: how many times each table is played.
        seed: the tournament's seed.
        swap: whether each table is played in every rotation of its seats (with two players, in
            both orders) under the same chance.
        policy: what follows an answer that is not a move.
        exploiters: of each game, by its key, for the schedule `exploit`.

    Raises:
        UsageError: an unknown schedule, too few agents, an agent named twice, or no match at all.
    """
    _check_distinct("game", games)
    _check_distinct("agent", agents)
    if repeats < 1:
        raise UsageError(f"repeats is {repeats}; it must be 1 or more")
    if not -(2**63) <= seed < 2**63:
        raise UsageError(f"seed is {shorten(seed)}; it must be a number of at most 64 bits")
    tables: list[tuple[Entry, Table]] = []
    for game, written in itertools.product(games, dict.fromkeys(schedules)):
        n_seats: int = game.what.n_seats
        name, seat = _read(written, n_seats)
        needed = {"round_robin": n_seats, "versus": 2}.get(name, 1)
        if len(agents) < needed:
            raise UsageError(
                f"{name} of {game.spec} needs at least {needed} agents, and {len(agents)} are"
                " given; --schedule self_play does with one, and society with any number"
            )
        if name == EXPLOIT:
            found = exploit(agents, n_seats, exploiters.get(game.key, ()))
        elif seat:
            found = versus(agents, n_seats, seat)
        else:
            found = SCHEDULES[name](agents, n_seats)
        for table in found:
            tables += [(game, seats) for seats in (_rotations(table) if swap else [table])]
    policy = policy or AnswerPolicy()
    if not tables:
        raise UsageError(f"there is no match to play; name a schedule: {', '.join(NAMES)}")
    distinct = dict.fromkeys(tables)  # schedules may share tables
    if len(distinct) * repeats > MOST_MATCHES:
        raise UsageError(
            f"this would be {len(distinct) * repeats:,} matches; a run holds at most"
            f" {MOST_MATCHES:,}; play fewer repeats, or several runs with different seeds"
        )
    return [
        Match(game, seats, seed, repeat, policy)
        for repeat in range(repeats)
        for game, seats in distinct
    ]


def _read(written: str, n_seats: int) -> tuple[str, int]:
    """The name of a schedule, and the seat of the first agent, which `versus` may name.

    Raises:
        UsageError: there is no such schedule or seat.
    """
    name, at, seat = written.partition("@")
    if name not in NAMES or (at and name != "versus"):
        raise UsageError(f"there is no schedule {written!r}{did_you_mean(name, NAMES)}")
    if at and not (seat.isdecimal() and int(seat) < n_seats):
        raise UsageError(f"{written}: there is no seat {seat!r}; seats are 0 to {n_seats - 1}")
    return name, int(seat or 0)


def _rotations(table: Table) -> list[Table]:
    """A table in every rotation of its seats, equal ones once."""
    return list(dict.fromkeys(table[i:] + table[:i] for i in range(len(table))))


def _check_distinct(kind: str, entries: Sequence[Entry]) -> None:
    """Refuse games or agents that are the same in all but spelling."""
    if not entries:
        raise UsageError(f"no {kind} is given; folk list {kind}s shows what there is")
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.key, entry)
        if other is not entry:
            twice = "twice" if other.spec == entry.spec else f"also as {other.spec}"
            hint = "; an agent meets itself in --schedule self_play" if kind == "agent" else ""
            raise UsageError(f"{kind} {entry.spec} is given {twice}{hint}")
