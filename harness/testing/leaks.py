"""Whether private facts reach other players: found by making them others, and looking who notices.

A match is led through again with one thing changed at a time: one draw of the game's chance, or
one answer of another player. Then:

- *Words, legal actions, kind.* As long as all that a player's program sees is the same, so must be
  what its reader reads, what it may do, and what the decision is called: where they tell more than
  the observation, they tell what nobody has put there.
- *Observation.* Where draws change a field of one player's observation, no field of another name,
  and nothing that is read, may become another by it for a player whose own field of that name
  stays as it was: neither by the very same values, whole or as a piece of a text or list, nor as
  much more or less each time, as a sum with it would. What other draws change alone is no trace,
  but a signal with noise. Fields that a game shows on purpose are named in `Game.public`.
  (`harness.testing.traces`)

What this cannot see: a fact that all players are shown under one name (a card on the table looks
the same), one that is worked out in any other way, and whether an answer was meant to stay private.
For these there is `same_view`: two games that differ in nothing but what a player must not know.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from harness.game import Decision, Game
from harness.space import Action
from harness.testing.draws import EXTREMES, Draws
from harness.testing.traces import Traces
from harness.testing.walk import Answer, Trace, by_chance, cut, parting, walk

__all__ = ["leaks", "same_view", "variants"]

Change: TypeAlias = tuple[str, int | None, Trace]
"""What was changed, whose answer it was if it was one, and what came of it."""

SEEDS = (1, 2)
"""Of the matches that are looked at."""

MORE_SEEDS = (3, 4, 5, 6)
"""Of those that are looked at more closely where a fact seems to show, since noise may be rare."""

WAYS = (1, 2)
MORE_WAYS = (1, 2, *EXTREMES)
"""To alter a draw."""

MOST_DRAWS = 12
MOST_ANSWERS = 4
"""Draws, and answers of each player, that are changed in a match; draws in two ways."""

REACH = 120


def leaks(game: Game) -> Iterator[str]:
    """What players learn that they may not, as far as can be told without knowing the game."""
    traces, said = Traces(game), set[tuple[int, str]]()
    for seed in SEEDS:
        plain, changed = variants(game, seed)
        for what, whose, other in changed:
            for player in set(range(game.n_players)) - {whose}:
                change, fault = _told(what, player, plain, other)
                if change and (player, change) not in said:
                    said.add((player, change))
                    yield fault
            if whose is None:
                traces.compare(plain, other)
    for seed in MORE_SEEDS:
        if not any(traces.found()):
            return
        plain, redrawn = _redrawn(game, seed, MORE_WAYS)
        for other in redrawn.values():
            traces.compare(plain, other)
    yield from traces.found()


def variants(game: Game, seed: int) -> tuple[Trace, list[Change]]:
    """A match, and the same with one draw or one answer changed."""
    plain, redrawn = _redrawn(game, seed, WAYS)
    answer = by_chance(seed)
    found: list[Change] = [
        (f"draw {draw} of its chance", None, other) for (draw, _), other in redrawn.items()
    ]
    for player in range(game.n_players):
        turns = len(plain.of(player))
        for turn in sorted({turns * i // MOST_ANSWERS for i in range(MOST_ANSWERS)} - {turns}):
            otherwise = _otherwise(answer, player, turn)
            other = walk(game, Draws(seed), otherwise, reach=REACH)
            found.append((f"answer {turn + 1} of player {player}", player, other))
    return plain, found


def _redrawn(
    game: Game, seed: int, ways: Sequence[int]
) -> tuple[Trace, dict[tuple[int, int], Trace]]:
    """A match, and the same with one draw altered, by the draw and the way."""
    rng, answer = Draws(seed), by_chance(seed)
    plain = walk(game, rng, answer, reach=REACH)
    altered = itertools.product(range(min(rng.n_drawn, MOST_DRAWS)), ways)
    return plain, {
        (draw, by): walk(game, Draws(seed, draw, by), answer, reach=REACH) for draw, by in altered
    }


def _otherwise(answer: Answer, player: int, turn: int) -> Answer:
    """What players do, but for one turn of one of them."""
    again = by_chance(99)

    def other(decision: Decision, at: int) -> Action:
        mine = decision.player == player and at == turn
        return (again if mine else answer)(decision, at)

    return other


def _told(what: str, player: int, plain: Trace, other: Trace) -> tuple[str, str]:
    """What a player reads or may do otherwise though it sees the same, and a message of it."""
    for before, after in zip(plain.of(player), other.of(player), strict=False):
        if before.seen != after.seen:
            break
        pairs = {
            "kind of decision becomes another": (before.kind, after.kind),
            "legal actions become others": (str(before.space), str(after.space)),
            "words become others": (str(before.words), str(after.words)),
            "rules become others": (before.rules, after.rules),
        }
        for change, (one, two) in pairs.items():
            if one != two:
                return change, (
                    f"at {before.place} the {change} when {what} does, though all that the player"
                    f" sees stays the same: {_around(one, two)}; let them follow from nothing but"
                    " what the decision's observation holds"
                )
        if (before.space, before.action) != (after.space, after.action):
            break
    return "", ""


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
    return " and ".join(cut(text, parting(one, two) - 20, 60) for text in (one, two))
