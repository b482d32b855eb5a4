"""Matches that continue another one from some round on, with the same players or with others.

A branch has the past of its source: the game is led through it, with the chance that it had, and
what was decided is decided again whoever is asked. Then the new seats decide.

- Whoever reads and keeps its seat (the same agent, a model) is restored: it is asked as it was, and
  its calls are answered from the source's log, word for word. Nothing of that is paid or logged.
- Whoever reads and is new in its seat is told the past as its own (`harness.agent.Recaller`).
- Scripted players, kept or new, are asked in the past too, so that what they remember is what they
  would if they had played it; their answers are overruled, illegal ones and exceptions included.

The first branch (`repeat` 0) shares all chance with its source, from beginning to end: the same
players decide the same again, and other players meet the same luck. Each further one has chance of
its own from its first round on: that of the game (`harness.chance`), and that which players get by
`Seat.rng` and `Seat.seed`. A stream that a scripted player made for itself before then, by
`Random(seat.seed(…))`, goes on as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from harness.chance import renew
from harness.game import Game, Play
from harness.identity import content_hash, derived_seed
from harness.match import Entry, Match, MatchRecord
from harness.models.model import Model
from harness.models.replies import Replies
from harness.past import Forced, Past
from harness.retelling import Retelling
from harness.seating import Caller, Seating

__all__ = ["Branch"]


@dataclass(frozen=True, kw_only=True)
class Branch(Match):
    """A match that continues another one.

    `seed` is the source's, and `repeat` tells apart the branches that the same players make of the
    same source and round.

    Its `block` is what branches of one source, round and repeat share, whoever plays them: their
    chance. Repeats are independent of each other given the past that they have in common, so an
    interval over them is about what follows that past, and says nothing of other matches. Its
    `table` is the source, the round, and who sits where: after a past, seats are not alike.

    Attributes:
        source: the match that is continued.
        past: what is kept of it.
        replies: what the source's models replied; None to restore nobody, but to tell all who read
            the past as their own.
    """

    source: Match
    past: Past
    replies: Replies | None = None

    @cached_property
    def id(self) -> str:
        """The match's identity: a hash of its source, the round, and who goes on and how."""
        seats = [seat.key for seat in self.seats]
        policy = [self.policy.reask, self.policy.then]
        where = [self.source.id, self.past.round]
        return content_hash(["branch", *where, seats, self.repeat, policy])

    @cached_property
    def block(self) -> str:
        """The unit of inference: one source, round and repeat, whoever plays."""
        return content_hash(["branch block", self.source.id, self.past.round, self.repeat])

    @cached_property
    def table(self) -> str:
        """Who goes on from this round of this source, and in which seats."""
        seats = [seat.key for seat in self.seats]
        return content_hash(["branch table", self.source.id, self.past.round, seats])

    @property
    def branched(self) -> dict[str, Any]:
        """The source and the round."""
        return {"match": self.source.id, "round": self.past.round}

    def stream(self, *names: Any) -> int:
        """The seed of one of the streams of chance after the past: the source's, or own ones."""
        return derived_seed(self.block, *names) if self.repeat else self.source.stream(*names)

    def stream_of(self, player: int) -> tuple[Any, ...]:
        """What a player's stream is called: as in the source, if its agent has kept its seat."""
        if player >= len(self.seats) or self.seats[player].key == self.source.seats[player].key:
            return self.source.stream_of(player)
        return "seated", self.source.id, player, self.seats[player].key

    def seating(self, record: MatchRecord, caller: Caller | None) -> Seating:
        """Script and players, who know the past when it is over."""
        return Retelling(self, record, caller)

    def for_rehearsal(self, seats: tuple[Entry, ...]) -> Match:
        """This match with others in its seats, who are told the past as their own."""
        return replace(self, seats=seats, replies=None)

    @property
    def origin(self) -> Match:
        """The match that began it all, which continues no other."""
        return self.source.origin if isinstance(self.source, Branch) else self.source

    @cached_property
    def renewals(self) -> dict[int, Match]:
        """The rounds from which on chance is another one: that of this branch, or its sources'."""
        before = self.source.renewals if isinstance(self.source, Branch) else {}
        return {**before, self.past.round: self} if self.repeat else before

    def restored_from(self, player: int, agent: Entry) -> int:
        """The first round of the past of which an agent's own words in this seat are logged."""
        if self.replies is None or not isinstance(agent.what, Model):
            return self.past.round
        keys = {seat.spec: seat.key for seat in self.source.seats}
        if keys.get(self.past.agents[player] or "") != agent.key:
            return self.past.round
        if isinstance(self.source, Branch):
            return self.source.restored_from(player, agent)
        return 0

    def logged_at(self, number: int) -> tuple[Replies, Match]:
        """The log in which a round of the past stands, and the match that it is a round of."""
        if isinstance(self.source, Branch) and number < self.source.past.round:
            return self.source.logged_at(number)
        assert self.replies is not None
        return self.replies, self.source

    def retold(self, begins: Callable[[int], None], force: Callable[[Forced], None]) -> Play:
        """The game, led through the past as `Past.retold` does, and then on its own.

        `begins` is also called when the past is over, with the number of the round that is next.
        """
        game: Game = self.game.what
        script = game.play(Random(self.origin.stream("game")))

        def renewed(number: int) -> None:
            if number in self.renewals:
                renew(script, self.renewals[number].stream("game"))
            begins(number)

        yield from self.past.retold(script, renewed, force)
        renewed(self.past.round)
        return (yield from script)
