"""One decision as a match of its own: a model is told a past, asked once, and it is over.

So all that holds of matches holds of the walk through a game: calls are on disk before they are
used, limits and budgets apply, what is on the way is finished, and a run that was stopped can be
gone on with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from harness.agent import Answer, AnyPlayer, Reader, Recaller
from harness.errors import RecordError, UsageError
from harness.exact.course import History
from harness.exact.walk import SEED, Walked
from harness.game import Decision, Game, Play, Result, Round, Words, plain
from harness.identity import content_hash
from harness.match import Entry, Match, MatchRecord
from harness.models.model import Model
from harness.retelling import Call, saying_all
from harness.seating import Caller, Seating
from harness.space import Action

__all__ = ["Asked", "asked_of", "legal_mass", "read_policy"]


@dataclass(frozen=True, kw_only=True)
class Asked(Match):
    """A decision after a history.

    Attributes:
        player: who is asked.
        history: what was done before.
    """

    player: int
    history: History

    @cached_property
    def id(self) -> str:
        """The identity: a hash of the game, who is asked, and the history."""
        told = [self.game.key, self.seats[self.player].key, self.player, plain(self.history)]
        return content_hash(["asked", *told])

    @cached_property
    def block(self) -> str:
        """Itself: there is nothing to infer from a strategy that is read."""
        return self.id

    @cached_property
    def table(self) -> str:
        """Who is asked in which seat of this game."""
        seat = self.seats[self.player]
        return content_hash(["asked", self.game.key, seat.key, self.player])

    def seating(self, record: MatchRecord, caller: Caller | None) -> Seating:
        """Script and players of this decision, which is now to be put."""
        return _Asking(self, record, caller)

    def for_rehearsal(self, seats: tuple[Entry, ...]) -> Match:
        """This decision, put to others who stand in."""
        return replace(self, seats=seats)


class _Asking(Seating):
    """A decision being put.

    Attributes:
        forced: what the player did at the decision of the past that it is told now; None when the
            past is over.
    """

    def __init__(self, match: Asked, record: MatchRecord, caller: Caller | None) -> None:
        self.match = match
        self.forced: Action | None = None
        super().__init__(record, caller)

    def script(self) -> Play:
        """The decisions of this player in the history, and then the one that it is asked."""
        game: Game = self.match.game.what
        script = game.play(Random(SEED))
        steps = iter(self.match.history)
        reply: Any = None
        while True:
            item: Any = script.send(reply)
            reply = None
            if isinstance(item, Round):
                continue
            asked = item if isinstance(item, tuple) else (item,)
            step = next(steps, None)
            for i, decision in enumerate(asked):
                if decision.player == self.match.player:
                    self.forced = None if step is None else step[i]
                    yield decision
            if step is None:
                told = {"player": self.match.player, "history": plain(self.match.history)}
                return Result(payoffs=(0.0, 0.0), info={"asked": told})
            reply = step if isinstance(item, tuple) else step[0]

    def _call(self, player: int, agent: Entry) -> Call | None:
        """What a model calls its provider by: the past has not been sent before."""
        real = super()._call(player, agent)
        return None if real is None else saying_all(real)

    def _seated(self, player: int, agent: Entry) -> AnyPlayer:
        seated = super()._seated(player, agent)
        if isinstance(seated, Reader) and isinstance(seated, Recaller):
            return _Told(seated, self)
        return seated


class _Told:
    """A reader that takes the past for its own."""

    def __init__(self, reader: Reader, asking: _Asking) -> None:
        self._reader = reader
        self._asking = asking

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        """The reader's answer, or what it did in the past."""
        action = self._asking.forced
        if action is None:
            return await self._reader.answer(decision, words, rules, problem)
        assert isinstance(self._reader, Recaller)
        self._reader.recall(decision, words, rules, action)
        return Answer(action)


def asked_of(walked: Walked, agent: Entry) -> Iterator[Asked]:
    """A model's decisions in both seats, one for each of its information states.

    Raises:
        UsageError: the model's mixed strategy cannot be read.
    """
    model: Model = agent.what
    if model.elicit != "logits":
        raise UsageError(
            f"{agent.spec} is asked for an answer, and exact values need the probability of each:"
            " write elicit='logits', where the provider has it"
        )
    for player in (0, 1):
        for state in walked.tree.states(player):
            history = walked.places[state]
            asked = Asked(walked.game, (agent, agent), player=player, history=history)
            _check_styles(agent, asked)
            yield asked


def _check_styles(agent: Entry, asked: Asked) -> None:
    """Refuse styles by which the model says something of its own before it is asked."""
    model: Model = agent.what
    script = asked.game.what.play(Random(SEED))
    first = next(script)
    decision = first[0] if isinstance(first, tuple) else first
    for style in model.styles:
        if style.reasons or style.before(decision):
            raise UsageError(
                f"{agent.spec} says something of its own before it answers ({style.name}), on which"
                " its mixed strategy depends; exact values are of models that do not: leave it out"
            )


def read_policy(
    walked: Walked, agent: Entry, player: int, logged: Mapping[str, Mapping[str, Any]]
) -> dict[int, list[float]]:
    """A model's mixed strategy, from the log.

    Args:
        walked: the game.
        agent: the model.
        player: in which seat.
        logged: the lines of the log, by the match's identity.

    Raises:
        RecordError: the log lacks a strategy.
    """
    found = {}
    for state in walked.tree.states(player):
        history = walked.places[state]
        asked = Asked(walked.game, (agent, agent), player=player, history=history)
        line = logged.get(asked.id, {})
        read = line.get("strategies", ())
        if line.get("status") != "ok" or not read:
            raise RecordError(
                f"{agent.spec} gave no strategy as player {player} after {plain(history)}:"
                f" {line.get('reason', 'it was not asked')}; --retry-errors asks again"
            )
        chances = read[-1]["probabilities"]
        found[state] = [float(chances[str(action)]) for action in walked.actions[state]]
    return found


def legal_mass(
    walked: Walked, agent: Entry, logged: Mapping[str, Mapping[str, Any]]
) -> list[float]:
    """The probability that a model gave to all legal answers together, at each of its decisions.

    Little says that it would rather have said something else, and that its strategy, which is
    scaled to sum to 1, is not all there is to its play.
    """
    lines = [logged[asked.id] for asked in asked_of(walked, agent)]
    return [float(line["strategies"][-1]["mass"]) for line in lines]
