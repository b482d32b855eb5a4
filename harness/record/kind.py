"""What the lines of a log are: which keys they have, and values of which types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.check import is_whole
from harness.match import Status

__all__ = ["MATCH", "Kind", "is_place"]

MATCH_KEYS = {
    *("match", "block", "table", "game", "agents", "status", "payoffs"),
    *("rounds", "actions", "round_payoffs"),
}

MOST_HAVE = {*MATCH_KEYS, "seed", "repeat"}

TEXT: set[type] = {str}
LISTS: set[type] = {list}
MAYBE_TEXT: set[type] = {str, type(None)}
NUMBER: set[type] = {int, float}
MAYBE_NUMBER: set[type] = {int, float, type(None)}
PAID = {Status.OK.value, Status.FORFEIT.value}
STATUSES = {status.value for status in Status}


@dataclass(frozen=True)
class Kind:
    """One kind of line.

    Attributes:
        name: what to call it in messages.
        keys: those that every such line has.
        checks: of a line that has them, key by key, whether its value can be there; what comes
            later may rely on what came before.
    """

    name: str
    keys: Collection[str]
    checks: Callable[[Mapping[str, Any]], Iterator[tuple[str, bool]]]

    def wrong(self, told: Mapping[str, Any]) -> str:
        """The first key that holds what no such line has; empty if none does."""
        for key, good in self.checks(told):
            if not good:
                return key
        return ""


def _match_checks(told: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Check the line of a match."""
    if not TEXT.issuperset(map(type, (told["match"], told["block"], told["table"], told["game"]))):
        yield (
            next(k for k in ("match", "block", "table", "game") if type(told[k]) is not str),
            False,
        )
    agents, status, payoffs, rounds = (told[k] for k in ("agents", "status", "payoffs", "rounds"))
    yield "agents", _listed(agents, MAYBE_TEXT)
    n = len(agents)
    yield "status", type(status) is str and status in STATUSES
    paid = payoffs is None or _listed(payoffs, NUMBER, n)
    yield "payoffs", paid and (payoffs is not None) == (status in PAID)
    yield "rounds", is_whole(rounds, 0)
    for key, types in (("actions", None), ("round_payoffs", MAYBE_NUMBER)):
        rows = told[key]
        yield key, _listed(rows, LISTS, n) and all(_listed(row, types, rounds) for row in rows)
    yield "seed", type(told.get("seed", 0)) is int
    yield "repeat", type(told.get("repeat", 0)) is int
    if not told.keys() <= MOST_HAVE:
        yield from _further_checks(told, n)


def _further_checks(told: Mapping[str, Any], n_players: int) -> Iterator[tuple[str, bool]]:
    """Check the keys that not every match has."""
    for key in ("problems", "strategies"):
        yield key, _listed(told.get(key, []), {dict})
        yield key, all(is_place(each, n_players) for each in told.get(key, ()))
    for problem in told.get("problems", ()):
        yield "problems", type(problem.get("outcome")) is str
        yield "problems", type(problem.get("substituted")) is bool
    for mixed in told.get("strategies", ()):
        yield "strategies", type(mixed.get("probabilities")) is dict
    yield "turns", _listed(told.get("turns", []), {list})
    yield "turns", all(len(turn) == 2 for turn in told.get("turns", ()))
    yield "stages", _listed(told.get("stages", []), {dict})
    measures, branch = told.get("measures", {}), told.get("branch", {"match": "", "round": 0})
    yield "measures", type(measures) is dict
    for values in measures.values():
        yield "measures", _listed(values, MAYBE_NUMBER, n_players)
    yield "branch", type(branch) is dict and type(branch.get("match")) is str
    yield "branch", is_whole(branch.get("round"), 0)


def is_place(told: Mapping[str, Any], n_players: int) -> bool:
    """Whether data tell a round and one of so many players."""
    player = told.get("player")
    return is_whole(told.get("round"), 0) and is_whole(player, 0) and player < n_players


def _listed(value: Any, types: set[type] | None, length: int | None = None) -> bool:
    """Whether a value is a list of so many values of these types."""
    if type(value) is not list or (length is not None and len(value) != length):
        return False
    return types is None or types.issuperset(map(type, value))


MATCH = Kind("match", MATCH_KEYS, _match_checks)
