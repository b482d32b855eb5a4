"""Agents and players.

An *agent* is who takes part in a tournament: a strategy or a model with its settings. A *player*
is that agent in one seat of one match. A player that answers at once has `act`; one that takes
its time (a model, a person at the other end of a wire) has `answer`.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from functools import cached_property
from random import Random
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

from harness.errors import PluginError, shorten
from harness.game import Decision, Words, plain
from harness.space import Action, Space


class Outcome(StrEnum):
    """What became of an answer. Only `OK` is a move.

    `TIMEOUT` and `PROVIDER_ERROR` say that there was no answer at all: they end a match as an
    error, whatever the run's policy is, for they are no choice of the player's.
    `CONTEXT_OVERFLOW` says that the conversation has become longer than the model reads: the
    policy applies, but nobody is asked again.
    """

    OK = "ok"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    UNPARSED = "unparsed"
    AMBIGUOUS = "ambiguous"
    ILLEGAL = "illegal"
    CONTEXT_OVERFLOW = "context_overflow"
    TIMEOUT = "timeout"
    PROVIDER_ERROR = "provider_error"


@dataclass(frozen=True)
class Strategy:
    """A mixed strategy at one decision.

    Attributes:
        probabilities: of each legal action, by the action as text, in the space's order; they
            sum to 1.
        mass: the probability that the model gives to all legal answers together, before the
            probabilities were scaled: little mass says that it would rather have said something
            else.
    """

    probabilities: Mapping[str, float]
    mass: float


@dataclass(frozen=True)
class Answer:
    """What a player answered.

    Attributes:
        action: what was read from it; None unless `outcome` is `ok`.
        outcome: what became of it.
        text: the answer as it came.
        reason: why it is not `ok`, in words that can be shown to the one who answered.
        strategy: the mixed strategy that `action` was drawn from, where it could be read.
    """

    action: Action | None = None
    outcome: Outcome = Outcome.OK
    text: str = ""
    reason: str = ""
    strategy: Strategy | None = None

    def within(self, space: Space) -> Answer:
        """This answer, its action in canonical form; `illegal` if the space has no such action."""
        if self.outcome is not Outcome.OK:
            return self
        try:
            action = space.canonical(self.action)
        except TypeError:  # a value that cannot be looked up is no action
            action = None
        if action is not None:
            return replace(self, action=action)
        reason = f"{shorten(self.action)} is not legal; answer with {space}"
        return replace(self, action=None, outcome=Outcome.ILLEGAL, reason=reason)


class Seat:
    """A player's place in a match, and all that it may know before its first decision.

    Attributes:
        player: the seat's index, counted from 0.
        n_players: how many sit at the table.
        game: the game's name.
        facts: the rules for programs (`Game.facts`).
        call: for models: `await call(model, request)` sends a request to the model's provider
            and gives the reply (`harness.models.transport`); for those who answer from outside:
            what asks and logs (`harness.outside.Ask`); None where nothing carries calls.
        match: the match's identity, for those who must tell several apart.
    """

    def __init__(
        self,
        player: int,
        n_players: int,
        game: str,
        facts: Mapping[str, Any],
        seed: Callable[..., int],
        *,
        call: Callable[..., Awaitable[Any]] | None = None,
        match: str = "",
    ) -> None:
        self.player = player
        self.n_players = n_players
        self.game = game
        self.facts = facts
        self.call = call
        self.match = match
        self._seed = seed

    def seed(self, *names: Any) -> int:
        """The seed of a further stream of this player's own; `names` are JSON data."""
        return self._seed(*names)

    @cached_property
    def rng(self) -> Random:
        """This player's own stream of chance, the same whenever the match is played."""
        return Random(self._seed())


@runtime_checkable
class Player(Protocol):
    """A player that answers at once."""

    def act(self, decision: Decision) -> Action:
        """The action taken at this decision."""


@runtime_checkable
class Reader(Protocol):
    """A player that reads words and takes its time."""

    def answer(
        self, decision: Decision, words: Words, rules: str, problem: str
    ) -> Awaitable[Answer]:
        """An answer to this decision.

        `rules` holds the rules at the player's first decision and is empty afterwards; `problem`
        says what was wrong with the last answer to this same decision, and is empty at first.
        """


@runtime_checkable
class Recaller(Protocol):
    """A reader that can go on with a match that others began in its seat."""

    def recall(self, decision: Decision, words: Words, rules: str, action: Action) -> None:
        """Take a decision of the past for one's own: it was asked so, and answered with `action`.

        `rules` is as in `Reader.answer`. Nothing is sent to anybody.
        """


@runtime_checkable
class Mixing(Player, Protocol):
    """A player that answers at once by chance, and can tell by which."""

    def mixed(self, decision: Decision) -> Mapping[Action, float]:
        """The probability of each action that `act` might take here; they sum to 1.

        Asked after `act` was for all earlier decisions, whatever it said then. So what it tells
        may depend on what was shown and played, but on no chance that was drawn.
        """


@runtime_checkable
class Leaver(Protocol):
    """A reader that holds something for the length of its match, such as a process."""

    async def leave(self, status: str, payoff: float | None) -> None:
        """Let go of it: the match is over for this player, however it ended.

        `status` is that of the match, or "unfinished"; `payoff` the player's own, if it counts.
        """


AnyPlayer: TypeAlias = Player | Reader


class Agent(ABC):
    """Base of all agents. A subclass is a dataclass; its fields are its parameters.

    Attributes:
        name: what the agent is called on the command line and in logs.
    """

    name: str = ""

    @abstractmethod
    def player(self, seat: Seat) -> AnyPlayer:
        """A player of this agent for one match.

        Raises:
            UsageError: the agent cannot play this game.
        """

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name, as JSON data."""
        if not is_dataclass(self):
            raise TypeError(f"{type(self).__name__} must be a dataclass: @dataclass")
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


class Bot(Agent):
    """A scripted agent. The agent is a pattern; a fresh copy of it plays each match.

    A subclass writes `act`, and `begin` if it keeps anything between turns.

    Attributes:
        takes_asides: whether it answers questions put beside a game's own (`Decision.aside`);
            where it does not, the engine says for it what says nothing.
    """

    takes_asides: ClassVar[bool] = False
    seat: Seat

    def player(self, seat: Seat) -> Player:
        """A fresh copy of this bot, seated and begun.

        Raises:
            PluginError: it is a frozen dataclass.
            UsageError: it cannot play this game.
        """
        player = copy.copy(self)
        try:
            player.seat = seat
        except FrozenInstanceError as error:
            raise PluginError(
                f"{type(self).__name__} is frozen, and a bot keeps its seat and what it sees in"
                " itself: write @dataclass, without frozen=True"
            ) from error
        player.begin(seat)
        return player

    def begin(self, seat: Seat) -> None:
        """Set up for one match.

        Raises:
            UsageError: the bot cannot play this game.
        """

    @abstractmethod
    def act(self, decision: Decision) -> Action:
        """The action taken at this decision."""
