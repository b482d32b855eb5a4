"""Whether private facts reach other players: found by making them others, and looking who notices.

A match is led through again with one thing changed at a time: one draw of the game's chance, or
one answer of another player. Then:

- *Words.* As long as all that a player's program sees is the same, all that its reader reads must
  be the same: words that tell more than the observation tell what nobody has put there.
- *Observation.* Where draws change a field of one player's observation, no other player may see
  the same changes in a field of another name, while its own field of that name stays as it was: it
  is then told what was dealt to the other. Fields that a game shows on purpose are named in
  `Game.public`.

What this cannot see: a fact that all players are shown under one name (a card on the table looks
the same), one that only follows from others, and whether an answer was meant to stay private. For
these there is `same_view`: two games that differ in nothing but what a player must not know.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from harness.errors import shorten
from harness.game import Decision, Game
from harness.space import Action
from harness.testing.draws import Draws
from harness.testing.walk import Answer, Trace, by_chance, parting, walk

__all__ = ["leaks", "same_view", "variants"]

Change: TypeAlias = tuple[str, int | None, Trace]
"""What was changed, whose answer it was if it was one, and what came of it."""

Values: TypeAlias = tuple[Any, Any]
"""What a field was, and what it was after another draw."""

Shown: TypeAlias = tuple[int, str, int, str]
"""A player, a field that it sees, another player, and a field that that one sees."""

STRUCK: list[tuple[bool, Values]] = []

LEAST_EVIDENCE = 2
"""Changes that two fields must have in common, to be taken for the same fact."""

SEEDS = (1, 2)
"""Of the matches that are looked at."""

MOST_DRAWS = 12
MOST_ANSWERS = 4
"""Draws, and answers of each player, that are changed in a match; draws in two ways."""

REACH = 120


def leaks(game: Game) -> Iterator[str]:
    """What players learn that they may not, as far as can be told without knowing the game."""
    dealt: dict[Shown, list[tuple[bool, Values]]] = {}
    for seed in SEEDS:
        plain, changed = variants(game, seed)
        for what, whose, other in changed:
            for player in range(game.n_players):
                if player != whose:
                    yield from _told(what, player, plain, other)
            if whose is None:
                _compare(game, plain, other, dealt)
    for (player, own, whose, field), found in dealt.items():
        ours = [values for unchanged, values in found if unchanged]
        tops = {name.partition(".")[0] for name in (own, field)}
        if len(found) >= LEAST_EVIDENCE and ours and tops.isdisjoint(game.public):
            before, after = ours[0]
            yield (
                f"player {player} sees in `{own}` what is dealt to player {whose} as `{field}`"
                f" ({shorten(before)}, or {shorten(after)} after another draw); leave it out of its"
                f" observation, or name {own.split('.')[0]!r} in the game's `public` if all may"
                " know it"
            )


def variants(game: Game, seed: int) -> tuple[Trace, list[Change]]:
    """A match, and the same with one draw or one answer changed."""
    rng, answer = Draws(seed), by_chance(seed)
    plain = walk(game, rng, answer, reach=REACH)
    found: list[Change] = []
    for draw in range(min(rng.n_drawn, MOST_DRAWS)):
        for by in (1, 2):
            other = walk(game, Draws(seed, draw, by), answer, reach=REACH)
            found.append((f"draw {draw} of its chance", None, other))
    for player in range(game.n_players):
        turns = len(plain.of(player))
        for turn in sorted({turns * i // MOST_ANSWERS for i in range(MOST_ANSWERS)} - {turns}):
            otherwise = _otherwise(answer, player, turn)
            other = walk(game, Draws(seed), otherwise, reach=REACH)
            found.append((f"answer {turn + 1} of player {player}", player, other))
    return plain, found


def _otherwise(answer: Answer, player: int, turn: int) -> Answer:
    """What players do, but for one turn of one of them."""
    again = by_chance(99)

    def other(decision: Decision, at: int) -> Action:
        mine = decision.player == player and at == turn
        return (again if mine else answer)(decision, at)

    return other


def _told(what: str, player: int, plain: Trace, other: Trace) -> Iterator[str]:
    """What a player reads otherwise though it sees the same."""
    for before, after in zip(plain.of(player), other.of(player), strict=False):
        if (before.seen, before.kind, before.space) != (after.seen, after.kind, after.space):
            return
        for name in ("words", "rules"):
            one, two = str(getattr(before, name)), str(getattr(after, name))
            if one != two:
                yield (
                    f"at {before.place} the {name} become others when {what} does, though all that"
                    f" the player sees stays the same: {_around(one, two)}; put into words nothing"
                    " but the decision's observation"
                )
                return
        if before.action != after.action:
            return


def _compare(
    game: Game, plain: Trace, other: Trace, dealt: dict[Shown, list[tuple[bool, Values]]]
) -> None:
    """Take down what fields of one player became others as those of another player did.

    Pairs of fields of which only one has become another, or that became different things, are
    struck off, with what was taken down of them: they have an empty list that stays empty.
    """
    players = range(game.n_players)
    pairs = [list(zip(plain.of(p), other.of(p), strict=False)) for p in players]
    for turn in range(min(map(len, pairs), default=0)):
        at = [pairs[player][turn] for player in players]
        views = [(_fields(before.seen), _fields(after.seen)) for before, after in at]
        changes = [_changes(*view) for view in views]
        if not any(changes):
            continue
        if _rounds(plain, at[0][0].step) != _rounds(other, at[0][1].step):
            return  # what was played and paid is no secret
        for whose, player in itertools.permutations(players, 2):
            for field, values in changes[whose].items():
                for own in views[player][0]:
                    if own == field:
                        continue
                    shown = player, own, whose, field
                    if changes[player].get(own) != values:
                        dealt[shown] = STRUCK
                    elif (found := dealt.setdefault(shown, [])) is not STRUCK:
                        found.append((field not in changes[player], values))
        return


def _rounds(trace: Trace, step: int) -> str:
    """What was played and paid before a step."""
    return repr([(r.actions, r.payoffs) for before, r in trace.rounds if before <= step])


def _fields(seen: str) -> dict[str, Any]:
    """The leaves of an observation by their paths."""
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
    return found


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields that are in both and differ, with both values."""
    return {
        path: (value, after[path])
        for path, value in before.items()
        if path in after and after[path] != value
    }


def same_view(
    one: Game, other: Game, player: int, *, seed: int = 1, answer: Answer | None = None
) -> str:
    """Whether a player can tell two games apart that differ in what it must not know.

    Args:
        one: a game.
        other: the same, but for what is private to other players.
        player: whose view is to be the same.
        seed: of chance and of what all players do.
        answer: what players do in `other`, where that is what differs.

    Returns:
        Where the views differ, in words; empty if they do not.
    """
    first = walk(one, Draws(seed), by_chance(seed)).of(player)
    second = walk(other, Draws(seed), answer or by_chance(seed)).of(player)
    for before, after in zip(first, second, strict=False):
        for name in ("seen", "words", "rules"):
            a, b = str(getattr(before, name)), str(getattr(after, name))
            if a != b:
                return f"at {before.place}, in {name}: {_around(a, b)}"
    if len(first) != len(second):
        return f"{len(first)} decisions of player {player}, then {len(second)}"
    return ""


def _around(one: str, two: str) -> str:
    """Two texts, from a little before where they begin to differ."""
    start = max(0, parting(one, two) - 20)
    return f"{shorten(one[start:], 60)} and {shorten(two[start:], 60)}"
