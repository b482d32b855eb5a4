"""Games: what they are written in.

A game is a frozen dataclass with one generator, `Game.play`, that tells its rules from top to
bottom. It yields the decisions that are due now, receives the actions taken, and yields a `Round`
whenever something is paid. This module knows no particular game, agent or provider.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from harness.space import Action, Space


class Decision:
    """One question to one player: all that the player gets to see.

    Attributes:
        player: the seat that is asked, counted from 0.
        space: the legal actions.
        observation: what this player knows, for programs: JSON data under names that the game
            documents. Its lists may grow as the match goes on; copy what is to be kept.
        kind: what sort of question this is, for games that ask several.
        aside: None, or a legal action that says as little as can be, such as silence: what a bot
            answers that knows the game, but not a question put beside it.
    """

    __slots__ = ("aside", "kind", "observation", "player", "space")

    def __init__(
        self,
        player: int,
        space: Space,
        observation: Mapping[str, Any],
        kind: str = "act",
        aside: Action = None,
    ) -> None:
        self.player = player
        self.space = space
        self.observation = observation
        self.kind = kind
        self.aside = aside

    def __repr__(self) -> str:
        return f"Decision(player={self.player}, space={self.space}, kind={self.kind!r})"


class Round(NamedTuple):
    """What a round brought: one entry per player in `actions` and `payoffs`.

    `actions` holds what was played, after any tremble; None for a player that had nothing to do.
    `payoffs` holds what that paid; None for a player that took no part in the round at all.
    `info` holds further facts worth logging, as JSON data.
    """

    actions: tuple[Action, ...]
    payoffs: tuple[float | None, ...]
    info: Mapping[str, Any] | None = None


class Join(NamedTuple):
    """A player takes the field in the course of a match: one of those beyond the seats.

    `player` is played by the agent that plays the player `like`. It stays for good; a player that
    leaves is simply not asked any more.
    """

    player: int
    like: int


@dataclass(frozen=True)
class Result:
    """How a match ended, where that is more than the sum of its rounds.

    Attributes:
        payoffs: the totals; None for the sums over rounds.
        measures: numbers that sum up the match, by the names in `Game.measures`: one per player,
            None for a player of whom there is none.
        info: further facts of the whole match, as JSON data.
        stages: numbers of the whole table at each stage of the match, such as its generations, in
            order and by name; None where there is none.
    """

    payoffs: tuple[float, ...] | None = None
    measures: Mapping[str, Sequence[float | None]] | None = None
    info: Mapping[str, Any] | None = None
    stages: Sequence[Mapping[str, float | None]] = ()


@dataclass(frozen=True)
class Words:
    """A decision in words: what is new since this player's last decision, and the question."""

    news: str
    question: str

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.news, self.question) if part)


@dataclass(frozen=True)
class Ladder:
    """Scripted opponents that try to take from whoever plays the game, always the same ones.

    Attributes:
        name: what the ladder is called: games of one family share it.
        version: rises whenever a rung or an invader changes; numbers of different versions never
            mix.
        rungs: the opponents, as specified, from the plainest to those that adapt.
        extortioners: which of them extort, and by which factor (`harness.metrics.extortion`).
        invaders: who invades societies of whoever plays the game, the most harmful first.
        best_responder: which of them plays the best response to what it has learned, if any.
    """

    name: str
    version: int
    rungs: tuple[str, ...]
    extortioners: Mapping[str, float] = field(default_factory=dict)
    invaders: tuple[str, ...] = ()
    best_responder: str = ""


class Forfeit(Exception):
    """Thrown into a game's generator where it waits for an action, when a player forfeits.

    A game that catches it may yield the rounds that this brings and return its result. In one that
    does not, the match ends there, and the payoffs so far stand.

    Attributes:
        player: who forfeits.
    """

    def __init__(self, player: int) -> None:
        super().__init__(f"player {player} forfeits")
        self.player = player


Play: TypeAlias = Generator[Decision | tuple[Decision, ...] | Round | Join, Any, Result | None]
"""What `Game.play` returns: for a `Decision` it is sent the action, for a tuple of decisions
(simultaneous) a tuple of actions in the same order, for a `Round` or a `Join` nothing."""


class Game(ABC):
    """Base of all games. A subclass is a frozen dataclass; its fields are its parameters.

    Attributes:
        name: what the game is called on the command line and in logs.
        version: rises whenever payoffs, words, legal actions or their reading change.
        n_players: how many players take part in the course of a match.
        measures: what the numbers in `Result.measures` are, by name. The standings show the first
            six; all of them are in their JSON and in the tables.
        measure_bounds: the least and the greatest that a measure can be, where its intervals in the
            standings are cut; none for one that is not named.
    """

    name: str = ""
    version: int = 1
    n_players: int = 2
    measures: Mapping[str, str] = MappingProxyType({})
    measure_bounds: Mapping[str, tuple[float, float]] = MappingProxyType({})

    @property
    def n_seats(self) -> int:
        """How many of the players are there from the start, each played by the agent in its seat.

        The others come by `Join`.
        """
        return self.n_players

    @property
    def public(self) -> Collection[str]:
        """Fields of observations that show, on purpose, what was dealt to other players.

        The conformance kit (`harness.testing`) takes such fields for mistakes otherwise.
        """
        return ()

    @property
    def untold(self) -> Collection[str]:
        """Parameters that change the play, and that readers are kept in the dark about on purpose.

        The conformance kit takes them for mistakes otherwise.
        """
        return ()

    @abstractmethod
    def play(self, rng: Random) -> Play:
        """The rules, as a generator; `rng` is the only source of chance."""

    def facts(self, player: int) -> Mapping[str, Any]:
        """The rules for programs: what this player may know before the first decision."""
        return {}

    @abstractmethod
    def rules(self, decision: Decision) -> str:
        """The rules in words, said once, before this player's first decision."""

    @abstractmethod
    def describe(self, decision: Decision) -> Words:
        """A decision in words; only called for players that read."""

    def called(self, player: int) -> str:
        """What readers call a player among more than two, in the game's own words."""
        return f"player {player + 1}"

    def cooperative(self, player: int) -> Action | None:
        """The action that counts as cooperation for this player; None where none does."""
        return None

    @property
    def ladder(self) -> Ladder | None:
        """The opponents that `--schedule exploit` and `invade` set against every agent, if any."""
        return None

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name, as JSON data."""
        if not is_dataclass(self):
            raise TypeError(f"{type(self).__name__} must be a dataclass: @dataclass(frozen=True)")
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


def plain(value: Any) -> Any:
    """A value as JSON data in one form: lists, dictionaries, and 1 for 1.0."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
