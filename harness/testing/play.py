"""Whole matches, played by the engine as a run plays them, with the kit's own players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from harness.agent import Bot, Seat
from harness.errors import FolkError, shorten
from harness.game import Decision, Game, Result
from harness.match import AnswerPolicy, Entry, Match, MatchRecord, Status
from harness.play import play
from harness.record.lines import encode, match_fields
from harness.space import Action
from harness.testing.walk import Trace, cut, least, parting, some

__all__ = ["Least", "Some", "badly_paid", "ends_badly", "forfeits_badly", "not_replayed", "seated"]


@dataclass
class Some(Bot):
    """Acts by chance, and says a few words where words are asked for."""

    name = "some"
    takes_asides: ClassVar[bool] = True

    def act(self, decision: Decision) -> Action:
        """A legal action by chance."""
        return some(decision.space, self.seat.rng)


@dataclass
class Least(Bot):
    """Takes the first action of all, and says nothing."""

    name = "least"
    takes_asides: ClassVar[bool] = True

    def act(self, decision: Decision) -> Action:
        """The first legal action."""
        return least(decision, 0)


@dataclass
class Again(Bot):
    """Does what a log says that the player in its seat did.

    Args:
        like: who played then.
        turns: what everybody did, in the order asked.
    """

    like: Bot
    turns: Sequence[tuple[int, Action]]
    takes_asides: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.name = self.like.name

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the one who played."""
        return self.like.parameters

    def begin(self, seat: Seat) -> None:
        """Find the turns of this seat."""
        self.left = [action for player, action in self.turns if player == seat.player]

    def act(self, decision: Decision) -> Action:
        """The action that was taken here."""
        return self.left.pop(0)


@dataclass
class Illegal(Bot):
    """Acts by chance until a turn at which it does what is never legal.

    Args:
        turn: which of its turns that is.
    """

    name = "illegal"
    takes_asides: ClassVar[bool] = True
    turn: int = 0
    done: int = field(default=0, init=False)

    def begin(self, seat: Seat) -> None:
        """Begin to count."""
        self.done = 0

    def act(self, decision: Decision) -> Action:
        """A legal action by chance, or none."""
        self.done += 1
        return some(decision.space, self.seat.rng) if self.done <= self.turn else [object()]


def seated(game: Entry, bots: Sequence[Bot], **settings: Any) -> Match:
    """A match of these bots, who take turns at sitting down until all seats are taken."""
    seats = itertools.islice(itertools.cycle(bots), game.what.n_seats)
    return Match(game, tuple(Entry(bot.name, bot) for bot in seats), seed=3, **settings)


def ends_badly(game: Entry) -> Iterator[str]:
    """Why matches between those who act by chance, and those who always act alike, end badly."""
    for bots in ([Some()], [Least()], [Least(), Some()]):
        record = play(seated(game, bots))
        if record.status is not Status.OK:
            yield f"a match of legal play ended as {record.status}: {record.reason}"


def badly_paid(game: Game, trace: Trace) -> Iterator[str]:
    """What of rounds and result is not one finite number for each player."""
    n_players = game.n_players
    for number, (_, happened) in enumerate(trace.rounds):
        for what in ("actions", "payoffs"):
            entries = getattr(happened, what)
            if not isinstance(entries, tuple | list) or len(entries) != n_players:
                size = len(entries) if isinstance(entries, tuple | list) else shorten(entries)
                yield (
                    f"round {number} has {size} {what} for {n_players} players; a Round has one of"
                    " each for each player (None for a player that had no part in it)"
                )
                return
        yield from _not_finite(f"round {number}", happened.payoffs)
    if trace.result is None:
        return
    if not isinstance(trace.result, Result):
        yield f"play() returned {shorten(trace.result)}; it returns a Result, or nothing"
        return
    if trace.result.payoffs is not None:
        if len(trace.result.payoffs) != n_players:
            yield f"the result has {len(trace.result.payoffs)} payoffs for {n_players} players"
        yield from _not_finite("the result", trace.result.payoffs)
    for name, values in (trace.result.measures or {}).items():
        if name not in game.measures:
            yield f"the result has a measure {name!r} that the game's `measures` do not explain"
        if len(values) != n_players:
            yield f"the measure {name!r} has {len(values)} entries for {n_players} players"
        yield from _not_finite(f"the measure {name!r}", values)


def _not_finite(where: str, values: Sequence[Any]) -> Iterator[str]:
    for player, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where} pays player {player} {shorten(value)}, which is no number"
        elif not math.isfinite(value):
            yield (
                f"{where} pays player {player} {value!r}; a payoff is a finite number, so that"
                " those of a match add up"
            )


def not_replayed(game: Entry) -> Iterator[str]:
    """How a match differs from the same, played again from its log."""
    for bots in ([Some()], [Least(), Some()]):
        record = play(seated(game, bots))
        try:
            logged = encode(match_fields(record))
        except (TypeError, ValueError) as error:
            yield f"a round or the result is no JSON data, so that it cannot be logged: {error}"
            return
        turns = _turns(record)
        again = play(seated(game, [Again(bot, turns) for bot in bots]))
        if (now := encode(match_fields(again))) != logged:
            lines = logged.decode(), now.decode()
            one, two = (cut(line, parting(*lines) - 30, 70) for line in lines)
            yield (
                "a match that is played again from its log comes out as another: its line has"
                f" {one} and then {two}; all chance must come from the rng of play(), and"
                " nothing may be kept between matches"
            )
            return


def _turns(record: MatchRecord) -> list[tuple[int, Action]]:
    if record.turns is not None:
        return record.turns
    return [(p, a) for r in record.rounds for p, a in enumerate(r.actions)]


def forfeits_badly(game: Entry) -> Iterator[str]:
    """What breaks when a player forfeits, at its first turn or a later one."""
    for turn in (0, 1, 3):
        match = seated(game, [Illegal(turn)], policy=AnswerPolicy(0, "forfeit"))
        try:
            record = play(match)
        except FolkError as error:
            yield f"when a player forfeits at its turn {turn}: {error}"
            return
        if record.status is Status.FORFEIT and record.payoffs is None:
            yield f"a match forfeited at turn {turn} has no payoffs"
