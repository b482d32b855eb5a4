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
    "INVADE",
    "NAMES",
    "SCHEDULES",
    "exploit",
    "invade",
    "is_invasion",
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


def invade(
    agents: Sequence[Entry], n_seats: int, invaders: Sequence[Entry], number: int = 0
) -> Iterator[Table]:
    """Every agent in all seats, and then with 1, 2 and a quarter of them left to each invader.

    Args:
        agents: the residents, one society of each.
        n_seats: how many seats the table has.
        invaders: who invades.
        number: how many of them at once; 0 for 1, 2 and a quarter. They are always fewer than half.
    """
    known = {agent.key: agent for agent in agents}
    several = [number] if number else sorted({1, 2, n_seats // 4})
    for agent in agents:
        yield (agent,) * n_seats
        mutants = [known.get(one.key, one) for one in invaders if one.key != agent.key]
        for mutant, k in itertools.product(mutants, several):
            if 0 < 2 * k < n_seats:
                yield (*(agent,) * (n_seats - k), *(mutant,) * k)


SCHEDULES: dict[str, Callable[[Sequence[Entry], int], Iterator[Table]]] = {
    "round_robin": round_robin,
    "self_play": self_play,
    "versus": versus,
    "society": society,
}

"""Schedules of the given agents among each other."""

EXPLOIT = "exploit"
"""The schedule of every agent against the exploiters that the game offers."""

INVADE = "invade"
"""The schedule of every agent's society, alone and with invaders that the game offers."""

NAMES = (*SCHEDULES, EXPLOIT, INVADE)
"""All schedules."""


def is_invasion(schedules: Sequence[str]) -> bool:
    """Whether one of these is `invade`, of however many."""
    return any(written.partition("@")[0] == INVADE for written in schedules)


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
    invaders: Mapping[str, Sequence[Entry]] = MappingProxyType({}),
) -> list[Match]:
    """All matches of a tournament, the repeats of each table spread over the whole.

    Args:
        games: the games played, each by all tables.
        agents: who takes part.
        schedules: names out of `NAMES`; their tables are played one after another. `versus@2`
            is `versus` with the first agent in seat 2, `invade@2` is `invade` by two at once.
        repeats: how many times each table is played.
        seed: the tournament's seed.
        swap: whether each table is played in every rotation of its seats (with two players, in
            both orders) under the same chance.
        policy: what follows an answer that is not a move.
        exploiters: of each game, by its key, for the schedule `exploit`.
        invaders: likewise, for the schedule `invade`.

    Raises:
        UsageError: an unknown schedule, too few agents, an agent named twice, or no match at all.
    """
    _check_distinct("game", games)
    _check_distinct("agent", agents)
    if repeats < 1:
        raise UsageError(f"repeats is {repeats}; it must be 1 or more")
    if not -(2**63) <= seed < 2**63:
        raise UsageError(f"seed is {shorten(seed)}; it must be a number of at most 64 bits")
    tables: list[tuple[Entry, Table, Entry | None]] = []
    for game, written in itertools.product(games, dict.fromkeys(schedules)):
        n_seats: int = game.what.n_seats
        name, number = _read(written, n_seats)
        needed = {"round_robin": n_seats, "versus": 2}.get(name, 1)
        if len(agents) < needed:
            raise UsageError(
                f"{name} of {game.spec} needs at least {needed} agents, and {len(agents)} are"
                " given; --schedule self_play does with one, and society with any number"
            )
        if name == EXPLOIT:
            found = exploit(agents, n_seats, exploiters.get(game.key, ()))
        elif name == INVADE:
            found = invade(agents, n_seats, invaders.get(game.key, ()), number)
        elif number:
            found = versus(agents, n_seats, number)
        else:
            found = SCHEDULES[name](agents, n_seats)
        for table in found:
            mixed = name == INVADE and len(set(table)) > 1
            residents = table[0] if mixed else None
            tables += [
                (game, seats, residents) for seats in (_rotations(table) if swap else [table])
            ]
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
        Match(game, seats, seed, repeat, policy, residents)
        for repeat in range(repeats)
        for game, seats, residents in distinct
    ]


def _read(written: str, n_seats: int) -> tuple[str, int]:
    """The name of a schedule and its number: the first agent's seat, or how many invaders.

    Raises:
        UsageError: there is no such schedule or seat, or no such number of invaders.
    """
    name, at, number = written.partition("@")
    if name not in NAMES or (at and name not in ("versus", INVADE)):
        raise UsageError(f"there is no schedule {written!r}{did_you_mean(name, NAMES)}")
    if name == INVADE:
        most = (n_seats - 1) // 2
        if not most:
            raise UsageError(f"{written}: invaders are fewer than half, of {n_seats} seats none")
        if at and not (number.isdecimal() and 1 <= int(number) <= most):
            raise UsageError(
                f"{written}: {number or 'nothing'} is no number of invaders for {n_seats} seats;"
                f" name 1 to {most}, or leave it out for 1, 2 and a quarter"
            )
    elif at and not (number.isdecimal() and int(number) < n_seats):
        raise UsageError(f"{written}: there is no seat {number!r}; seats are 0 to {n_seats - 1}")
    return name, int(number or 0)


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
