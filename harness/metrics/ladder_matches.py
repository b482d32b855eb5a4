"""The matches of a tournament in which an exploiter sits opposite an agent, seat by seat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from harness.metrics.study import Study

__all__ = ["Met", "Tried", "tried"]


class Met(NamedTuple):
    """A match of an agent with an exploiter.

    Attributes:
        match: its identity.
        block: its unit of inference.
        seat: the exploiter's.
        rounds: how many there were.
        taken: sum over rounds of the exploiter's payoffs.
        left: the same of the agent's, on average where it sits in several seats.
    """

    match: str
    block: str
    seat: int
    rounds: float
    taken: float
    left: float


@dataclass(frozen=True)
class Tried:
    """An agent, and the exploiters that were set against it.

    Attributes:
        agent: the agent.
        matches: with each exploiter, by its name, in the order of the ladder.
        complete: whether it has met all of the ladder.
    """

    agent: str
    matches: dict[str, list[Met]]
    complete: bool

    def n_blocks(self, exploiter: str) -> int:
        """Blocks that were played with an exploiter."""
        return len({met.block for met in self.matches[exploiter]})


Row: TypeAlias = tuple[str, str, int, str, float, float]


def tried(study: Study) -> list[Tried]:
    """All agents that exploiters of the ladder were set against.

    An agent that is itself on the ladder is one of them only where it has met all of it, since it
    may have met others as an exploiter.
    """
    ladder = study.ladder
    if ladder is None:
        return []
    found: dict[str, dict[str, list[Met]]] = defaultdict(lambda: defaultdict(list))
    for rows in _matches(study):
        agents = [row[3] for row in rows]
        for seat, exploiter in enumerate(agents):
            others = {agent for i, agent in enumerate(agents) if i != seat}
            if exploiter in ladder.rungs and len(others) == 1:
                found[others.pop()][exploiter].append(_met(rows, seat))
    result = []
    for agent, matches in found.items():
        complete = set(matches) == set(ladder.rungs)
        if complete or agent not in ladder.rungs:
            in_order = {rung: matches[rung] for rung in ladder.rungs if rung in matches}
            result.append(Tried(agent, in_order, complete))
    return sorted(result, key=lambda one: one.agent)


def _matches(study: Study) -> Iterator[list[Row]]:
    """The matches whose payoffs count, each with a row per player in the order of the seats."""
    columns = ["match", "block", "player", "agent", "round_payoff", "rounds"]
    counted: Any = study.matches[study.matches["payoff"].notna() & (study.matches["rounds"] > 0)]
    rows = sorted(counted[columns].itertuples(index=False, name=None), key=lambda row: row[::2][:2])
    for _, group in groupby(rows, key=lambda row: row[0]):
        listed = list(group)
        if len(listed) > 1:
            yield listed


def _met(rows: list[Row], seat: int) -> Met:
    """A match as the exploiter in this seat sees it."""
    match, block, player, _, taken, rounds = rows[seat]
    others = [row for i, row in enumerate(rows) if i != seat]
    left = sum(row[4] for row in others) / len(others)
    return Met(match, block, player, float(rounds), float(taken), left)
