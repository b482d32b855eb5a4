"""Traces that what is dealt to one player leaves in what another sees and reads.

One draw of a match is made another at a time. A field of one player's observation that becomes
another by it, and something that another player sees or reads and that takes the same values, or
changes by as much each time, are taken for the same fact, unless any other draw tells them apart.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from harness.errors import shorten
from harness.game import Game
from harness.testing.walk import Trace

__all__ = ["Traces"]

Values: TypeAlias = tuple[Any, Any]
"""What something was, and what it was after another draw."""

Shown: TypeAlias = tuple[int, str, int, str]
"""A player, what it sees, another player, and a field that that one sees."""

LEAST_SAME = 2
LEAST_STEPS = 3
"""Changes in common by which two things are taken for one fact: where values are the same, and
where they change by as much."""

ROUNDED = 0.03
"""By how much such steps may differ, as those of a mean that is told with two decimals do."""

WORDS = "the words"
"""What the text that a player reads goes by, among the fields that it sees."""

GONE = object()
"""What a field is that is there no more."""

PIECE = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?|\w+")
"""What texts are taken apart into: numbers and words."""


class Change(NamedTuple):
    """One change that two things may have in common.

    Attributes:
        kept: whether the other player's own field of that name stayed as it was.
        dealt: what was dealt, before and after.
        seen: what the other player saw.
    """

    kept: bool
    dealt: Values
    seen: Values


STRUCK: list[Change] = []


class Traces:
    """What draws have changed for all players of a game, so far as it may be one fact."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._changes: dict[Shown, list[Change]] = {}

    def compare(self, plain: Trace, other: Trace) -> None:
        """Take down what one draw changes first, for each pair of players.

        Pairs of which only one thing has become another, or that became different things, are
        struck off, with what was taken down of them: they have an empty list that stays empty.
        """
        players = range(self._game.n_players)
        pairs = [list(zip(plain.of(p), other.of(p), strict=False)) for p in players]
        for turn in range(min(map(len, pairs), default=0)):
            at = [pairs[player][turn] for player in players]
            views = [_changes(*(_fields(asked.seen) for asked in pair)) for pair in at]
            if not any(map(_changed, views)):
                continue
            if _rounds(plain, at[0][0].step) != _rounds(other, at[0][1].step):
                return  # what was played and paid is no secret
            said = [[dict(_pieces(WORDS, str(asked.words))) for asked in pair] for pair in at]
            for whose, player in itertools.permutations(players, 2):
                seen = views[player] | _changes(*said[player])
                self._compare(whose, _changed(views[whose]), player, seen)
            return

    def _compare(
        self, whose: int, dealt: dict[str, Values], player: int, seen: dict[str, Values]
    ) -> None:
        """Take down what a player sees and reads, at one turn, of what is dealt to another."""
        changed = {name: now for name, now in _changed(seen).items() if _text(name) != WORDS}
        told, known = {_text(name) for name in changed}, list(changed.values())
        for field, values in dealt.items():
            if values[1] is GONE:
                continue
            for name, now in seen.items():
                if _text(name) == _text(field) or (_text(name) == WORDS and now in known):
                    continue  # its own field of that name, or what says in words what it sees
                shown = player, name, whose, field
                if now[0] == now[1] or (now != values and not (_step(now) and _step(values))):
                    self._changes[shown] = STRUCK
                elif (found := self._changes.setdefault(shown, [])) is not STRUCK:
                    found.append(Change(_text(field) not in told, values, now))

    def found(self) -> Iterator[str]:
        """A message for each fact that reaches who must not know it, unless the game says so."""
        said = set[Shown]()
        for (player, name, whose, field), changes in self._changes.items():
            shown = player, _text(name), whose, _text(field)
            public = {_top(name), _top(field)} & set(self._game.public)
            same = all(change.dealt == change.seen for change in changes)
            read = _text(name) == WORDS
            alike = _same(changes, read=read) if same else not read and _in_step(changes)
            if alike and not public and shown not in said:
                said.add(shown)
                yield _message(shown, changes[0].dealt, same=same)


def _message(shown: Shown, dealt: Values, *, same: bool) -> str:
    """What a player sees or reads that it must not, and what to do."""
    player, own, whose, field = shown
    before, after = map(shorten, dealt)
    if own == WORDS:
        seen, leave, top = f"reads in {WORDS}", "its words", _top(field)
    else:
        seen, leave, top = f"sees in `{own}`", "its observation", _top(own)
    less = "" if same else ", plus or times what it can find out"
    return (
        f"player {player} {seen} what is dealt to player {whose} as `{field}` ({before}, or"
        f" {after} after another draw){less}; leave it out of {leave}, or name {top!r} in the"
        " game's `public` if all may know it"
    )


def _same(changes: list[Change], *, read: bool) -> bool:
    """Whether changes suffice to take what has the same values for one fact.

    What is read is none that the player sees itself, so that its own fields may be others too.
    """
    kept = any(change.kept for change in changes)
    return len(changes) >= (LEAST_SAME if kept else LEAST_STEPS) and (kept or read)


def _in_step(changes: list[Change]) -> bool:
    """Whether one number changes by the same multiple of another's change each time."""
    if len(changes) < LEAST_STEPS or not all(change.kept for change in changes):
        return False
    steps = [_step(change.dealt) for change in changes]
    slopes = [_step(c.seen) / step for c, step in zip(changes, steps, strict=True) if step]
    if len(slopes) < len(changes) or len(set(steps)) < LEAST_SAME:
        return False
    return all(math.isclose(slope, slopes[0], rel_tol=ROUNDED) for slope in slopes)


def _step(values: Values) -> float:
    """By how much a number changes; 0 where it is none."""
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        return 0.0
    return float(values[1] - values[0])


def _rounds(trace: Trace, step: int) -> str:
    """What was played and paid before a step."""
    return repr([(r.actions, r.payoffs) for before, r in trace.rounds if before <= step])


def _fields(seen: str) -> dict[str, Any]:
    """The leaves of an observation by their paths, and the pieces of its texts."""
    try:
        content = json.loads(seen)
    except ValueError:
        return {}
    found: dict[str, Any] = {}
    left: list[tuple[str, Any]] = [("", content)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            left += [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(f"{path}.{i}", inner) for i, inner in enumerate(value)]
        else:
            found[path] = value
            if isinstance(value, str):
                found |= dict(_pieces(path, value))
    return found


def _pieces(path: str, text: str) -> Iterator[tuple[str, str | float]]:
    """The numbers and words of a text, by its path and their place in it."""
    for i, piece in enumerate(PIECE.findall(text)):
        try:
            yield f"{path}~{i}", float(piece)
        except ValueError:
            yield f"{path}~{i}", piece


def _text(path: str) -> str:
    """The path of the text that a piece is of; of anything else, the path."""
    return path.partition("~")[0]


def _top(path: str) -> str:
    """The field of an observation that a path begins with."""
    return _text(path).partition(".")[0]


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Values]:
    """All that there was, with what it was and is."""
    return {path: (value, after.get(path, GONE)) for path, value in before.items()}


def _changed(changes: dict[str, Values]) -> dict[str, Values]:
    """What of it has become another."""
    return {path: values for path, values in changes.items() if values[0] != values[1]}
