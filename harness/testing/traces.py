"""Traces that what is dealt to one player leaves in what another sees and reads.

One draw of a match is made another at a time. A field of one player's observation that becomes
another by it, and something that another player sees or reads and that takes the same values, or
changes by as much each time, are taken for the same fact, unless any other draw tells them apart:
one that changes what is dealt alone, or what is seen alone, as noise does.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from harness.errors import shorten
from harness.game import Game
from harness.testing.views import GONE, Values, both, leaves, moved, pieces, text_of, top_of
from harness.testing.walk import Trace

__all__ = ["Traces"]

Shown: TypeAlias = tuple[int, str, int, str]
"""A player, what it sees, another player, and a field that that one sees."""

Rank: TypeAlias = tuple[int, int, int, float]
"""How surely one of two fields is made from the other; greater is surer."""

LEAST_SAME = 2
LEAST_STEPS = 3
"""Changes in common by which two things are taken for one fact: where values are the same, and
where they change by as much."""

ROUNDED = 0.03
"""By how much such steps may differ, as those of a mean that is told with two decimals do."""

LESS = ", plus or times what it can find out"

WORDS = "the words"
"""What the text that a player reads goes by, among the fields that it sees."""


class Change(NamedTuple):
    """One change that two things may have in common.

    Attributes:
        kept: whether the other player's own field of that name stayed as it was.
        dealt: what was dealt, before and after.
        seen: what the other player saw.
        twin: whether the one to whom it was dealt has a field of the name that the other saw.
    """

    kept: bool
    dealt: Values
    seen: Values
    twin: bool


STRUCK: list[Change] = []


class Leak(NamedTuple):
    """Something that a player sees or reads, and the fact that was dealt to another.

    Attributes:
        player: who sees it.
        name: what it sees.
        whose: to whom the fact was dealt.
        field: what that one sees of it.
        dealt: what was dealt, before and after another draw.
        same: whether both have the same values.
        rank: how surely `name` is made from `field`, and not the other way round.
    """

    player: int
    name: str
    whose: int
    field: str
    dealt: Values
    same: bool
    rank: Rank

    @property
    def shown(self) -> Shown:
        """Who sees what of which field of whom."""
        return self.player, self.name, self.whose, self.field

    @property
    def mirrored(self) -> Shown:
        """The same with what is dealt and what is seen exchanged."""
        return self.whose, self.field, self.player, self.name


class Traces:
    """What draws have changed for all players of a game, so far as it may be one fact."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._changes: dict[Shown, list[Change]] = {}
        self._moves: list[list[frozenset[str]]] = []  # for each draw, what changes for each player

    def compare(self, plain: Trace, other: Trace) -> None:
        """Take down what one draw changes first, for each pair of players.

        Pairs of which only what is dealt has become another, or that became different things, are
        struck off, with what was taken down of them: they have an empty list that stays empty.
        """
        players = range(self._game.n_players)
        pairs = [list(zip(plain.of(p), other.of(p), strict=False)) for p in players]
        for turn in range(min(map(len, pairs), default=0)):
            at = [pairs[player][turn] for player in players]
            views = [both(*(leaves(asked.seen) for asked in pair)) for pair in at]
            if not any(map(moved, views)):
                continue
            if _rounds(plain, at[0][0].step) != _rounds(other, at[0][1].step):
                return  # what was played and paid is no secret
            said = [both(*(dict(pieces(WORDS, str(a.words))) for a in pair)) for pair in at]
            self._moves.append([frozenset(moved(views[p] | said[p])) for p in players])
            for whose, player in itertools.permutations(players, 2):
                self._compare(whose, views[whose], player, views[player] | said[player])
            return

    def _compare(
        self, whose: int, theirs: dict[str, Values], player: int, seen: dict[str, Values]
    ) -> None:
        """Take down what a player sees and reads, at one turn, of what is dealt to another."""
        new = {name: now for name, now in moved(seen).items() if text_of(name) != WORDS}
        told, known = {text_of(name) for name in new}, list(new.values())
        tops = {top_of(name) for name in theirs}
        for field, values in moved(theirs).items():
            if values[1] is GONE:
                continue
            for name, now in seen.items():
                read = text_of(name) == WORDS
                if text_of(name) == text_of(field) or (read and now in known):
                    continue  # its own field of that name, or what says in words what it sees
                shown = player, name, whose, field
                if now[0] == now[1] or (now != values and not (_step(now) and _step(values))):
                    self._changes[shown] = STRUCK
                elif (found := self._changes.setdefault(shown, [])) is not STRUCK:
                    kept, twin = text_of(field) not in told, top_of(name) in tops
                    found.append(Change(kept, values, now, twin))

    def found(self) -> Iterator[str]:
        """A message for each fact that reaches who must not know it, unless the game says so.

        Where each of two fields could be made from the other, there is one message, which is about
        the one that looks made; it names both where nothing tells which that is.
        """
        leaks = dict[Shown, Leak]()
        for leak in self._leaks():
            leaks[leak.shown] = max(leak, leaks.get(leak.shown, leak), key=attrgetter("rank"))
        public, said = set(self._game.public), set[Shown]()
        for leak in leaks.values():
            other = leaks.get(leak.mirrored)
            if other is not None and other.rank > leak.rank:
                continue
            open_ended = other is not None and other.rank == leak.rank
            named = [top_of(leak.field if leak.name == WORDS else leak.name)]
            named += [top_of(leak.field)] if open_ended else []
            if said.isdisjoint((leak.shown, leak.mirrored)) and public.isdisjoint(named):
                yield _message(leak, named)
            said.add(leak.shown)

    def _leaks(self) -> Iterator[Leak]:
        """All pairs that changes suffice to take for one fact, by whole texts."""
        for shown, changes in self._changes.items():
            player, name, whose, field = shown
            same = all(change.dealt == change.seen for change in changes)
            read = text_of(name) == WORDS
            alike = _same(changes, read=read) if same else not read and _in_step(changes)
            if alike and not self._is_noisy(shown):
                rank = _rank(changes[0], name, field)
                dealt = changes[0].dealt
                yield Leak(player, text_of(name), whose, text_of(field), dealt, same, rank)

    def _is_noisy(self, shown: Shown) -> bool:
        """Whether a draw changes what a player sees, alone, and not what was dealt.

        What changes with the fact itself explains nothing: it is as noisy. The player's own value
        does, which changes a sum with the fact.
        """
        player, name, whose, field = shown
        along = frozenset[str]().union(*(m[player] for m in self._moves if field in m[whose]))
        return any(
            name in move[player] and field not in move[whose] and move[player] <= along
            for move in self._moves
        )


def _rank(change: Change, name: str, field: str) -> Rank:
    """How surely what is seen is made from what is dealt, and not the other way round.

    Above all if only who sees it has such a field; then if it is a piece of a list or text; then if
    it has decimals; then if it changes by a multiple.
    """
    inner = (name != top_of(name)) - (field != top_of(field))
    decimals = isinstance(change.seen[0], float) - isinstance(change.dealt[0], float)
    step, dealt = abs(_step(change.seen)), abs(_step(change.dealt))
    return -change.twin, inner, decimals, step / dealt if step and dealt else 1.0


def _message(leak: Leak, named: list[str]) -> str:
    """What a player sees or reads that it must not, and what to do."""
    before, after = map(shorten, leak.dealt)
    read = leak.name == WORDS
    seen = f"reads in {WORDS}" if read else f"sees in `{leak.name}`"
    values = f"({before}, or {after} after another draw){'' if leak.same else LESS}"
    if len(named) > 1:
        return (
            f"player {leak.player} {seen} what player {leak.whose} sees in `{leak.field}` {values};"
            " leave it out of the one or the other, or name that of the two that is meant to show"
            f" it, {named[0]!r} or {named[1]!r}, in the game's `public`"
        )
    return (
        f"player {leak.player} {seen} what is dealt to player {leak.whose} as `{leak.field}`"
        f" {values}; leave it out of its {'words' if read else 'observation'}, or name"
        f" {named[0]!r} in the game's `public` if it is meant to be seen"
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
