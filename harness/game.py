"""Games: what they are written in.

A game is a frozen dataclass with one generator, `Game.play`, that tells its rules from top to
bottom. It yields the decisions that are due now, receives the actions taken, and yields a `Round`
whenever something is paid. This module knows no particular game, agent or provider.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

Action: TypeAlias = Any
"""What a player does: JSON data, legal in the space it was asked for."""


class Space(Protocol):
    """The actions that are legal at a decision."""

    def canonical(self, action: Action) -> Action | None:
        """The one form in which a legal action is recorded; None where it is not legal."""

    def sample(self, rng: Random) -> Action:
        """A legal action, uniformly at random."""

    def __str__(self) -> str:
        """The legal actions in words, as they complete "answer with …"."""


@dataclass(frozen=True)
class Choice:
    """One of a few named actions.

    Args:
        actions: the actions as they are recorded, text or whole numbers, distinct.
        labels: what readers call them, in the same order; the actions themselves if empty.
        order: the order in which readers see them, as positions in `actions`; as given if empty.

    >>> Choice(("cooperate", "defect"), labels=("J", "F")).canonical("defect")
    'defect'
    """

    actions: tuple[str | int, ...]
    labels: tuple[str, ...] = ()
    order: tuple[int, ...] = ()
    canonical: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.labels:
            object.__setattr__(self, "labels", tuple(map(str, self.actions)))
        if not self.order:
            object.__setattr__(self, "order", tuple(range(len(self.actions))))
        # A dictionary's own `get`: the engine asks at every turn, and this costs one C call. It
        # takes True and 1.0 for 1, though, so that numbers are looked up with more care.
        texts = all(isinstance(action, str) for action in self.actions)
        canonical = {action: action for action in self.actions}.get if texts else self._listed
        object.__setattr__(self, "canonical", canonical)

    def _listed(self, action: Action) -> str | int | None:
        return action if type(action) in (int, str) and action in self.actions else None

    def __reduce__(self) -> tuple[Any, ...]:
        return Choice, (self.actions, self.labels, self.order)

    def sample(self, rng: Random) -> str | int:
        """One of the actions, uniformly at random."""
        return self.actions[int(rng.random() * len(self.actions))]

    def label(self, action: Action) -> str:
        """What readers call this action."""
        return self.labels[self.actions.index(action)]

    @property
    def shown(self) -> tuple[str, ...]:
        """The labels in the order in which readers see them."""
        return tuple(self.labels[i] for i in self.order)

    def __str__(self) -> str:
        return one_of(self.shown)


@dataclass(frozen=True)
class Integer:
    """A whole number between two bounds, both included."""

    low: int
    high: int

    def canonical(self, action: Action) -> int | None:
        """The number itself if it is a whole number within the bounds, else None."""
        legal = isinstance(action, int) and not isinstance(action, bool)
        return action if legal and self.low <= action <= self.high else None

    def sample(self, rng: Random) -> int:
        """A whole number within the bounds, uniformly at random."""
        return rng.randint(self.low, self.high)

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Real:
    """A finite number between two bounds, both included."""

    low: float
    high: float

    def canonical(self, action: Action) -> float | None:
        """The number as a float if it is finite and within the bounds, else None."""
        if isinstance(action, bool) or not isinstance(action, int | float):
            return None
        if not self.low <= action <= self.high:
            return None
        try:
            number = float(action)
        except OverflowError:  # a whole number beyond the range of floats
            return None
        return number if math.isfinite(number) else None

    def sample(self, rng: Random) -> float:
        """A number within the bounds, uniformly at random."""
        return rng.uniform(self.low, self.high)

    def __str__(self) -> str:
        return f"a number from {self.low:.10g} to {self.high:.10g}"


@dataclass(frozen=True)
class Text:
    """Free words, up to a length in characters."""

    max_chars: int

    def canonical(self, action: Action) -> str | None:
        """The text itself if it is text and not too long, else None."""
        return action if isinstance(action, str) and len(action) <= self.max_chars else None

    def sample(self, rng: Random) -> str:
        """The empty text: no words are more uniform than others."""
        return ""

    def __str__(self) -> str:
        return f"a text of at most {self.max_chars} characters"


@dataclass(frozen=True)
class Form:
    """Several named fields, each with a space of its own; an action is a dictionary of them."""

    fields: Mapping[str, Space]

    def canonical(self, action: Action) -> dict[str, Action] | None:
        """The fields in the form's order, each canonical; None if one is missing or illegal."""
        if not isinstance(action, dict) or action.keys() != self.fields.keys():
            return None
        read = {name: space.canonical(action[name]) for name, space in self.fields.items()}
        return None if None in read.values() else read

    def sample(self, rng: Random) -> dict[str, Action]:
        """Every field uniformly at random."""
        return {name: space.sample(rng) for name, space in self.fields.items()}

    def __str__(self) -> str:
        return ", ".join(f"{name}: {space}" for name, space in self.fields.items())


@dataclass(frozen=True)
class OneOf:
    """A turn of one kind or another: "say something, or propose".

    An action is a dictionary with one key, the kind: `{"say": "hello"}`.
    """

    kinds: Mapping[str, Space]

    def canonical(self, action: Action) -> dict[str, Action] | None:
        """The action with its content canonical; None for an unknown kind or illegal content."""
        if not isinstance(action, dict) or len(action) != 1:
            return None
        ((kind, content),) = action.items()
        read = self.kinds[kind].canonical(content) if kind in self.kinds else None
        return None if read is None else {kind: read}

    def sample(self, rng: Random) -> dict[str, Action]:
        """A kind uniformly at random, then its content."""
        kind = list(self.kinds)[int(rng.random() * len(self.kinds))]
        return {kind: self.kinds[kind].sample(rng)}

    def __str__(self) -> str:
        return one_of([f"{kind} ({space})" for kind, space in self.kinds.items()])


@dataclass(frozen=True)
class Distribution:
    """A probability for each action of a choice.

    An action is a dictionary by the actions as text: `{"cooperate": 0.7, "defect": 0.3}`.

    Args:
        over: the choice, its actions distinct as text.
        tolerance: how far from 1 the probabilities may sum; they are then scaled to sum to 1.

    >>> Distribution(Choice(("H", "T"))).canonical({"H": 1, "T": 0})
    {'H': 1.0, 'T': 0.0}
    """

    over: Choice
    tolerance: float = 0.01

    def canonical(self, action: Action) -> dict[str, float] | None:
        """The probabilities in the choice's order, summing to 1; None where they are none."""
        told = Form({str(a): Real(0, 1) for a in self.over.actions}).canonical(action)
        if told is None:
            return None
        total = math.fsum(told.values())
        if abs(total - 1) > self.tolerance + 1e-9:  # 0.99 is not exactly 1 - 0.01
            return None
        # What is scaled already is left as it is, so that a logged action reads as itself.
        return told if abs(total - 1) <= 1e-9 else {name: p / total for name, p in told.items()}

    def sample(self, rng: Random) -> dict[str, float]:
        """Uniformly among all distributions: exponential variates, scaled (Devroye 1986, V.2)."""
        weights = [-math.log(1 - rng.random()) for _ in self.over.actions]
        total = math.fsum(weights)
        return {str(a): w / total for a, w in zip(self.over.actions, weights, strict=True)}

    def __str__(self) -> str:
        names = ", ".join(self.over.shown)
        return (
            f"a probability from 0 to 1 for each of {names}, which together make 1"
            f" (or differ from it by at most {self.tolerance:g})"
        )


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
    """

    payoffs: tuple[float, ...] | None = None
    measures: Mapping[str, Sequence[float | None]] | None = None
    info: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Words:
    """A decision in words: what is new since this player's last decision, and the question."""

    news: str
    question: str

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.news, self.question) if part)


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
        measures: what the numbers in `Result.measures` are, by name, for the standings.
    """

    name: str = ""
    version: int = 1
    n_players: int = 2
    measures: Mapping[str, str] = MappingProxyType({})

    @property
    def n_seats(self) -> int:
        """How many of the players are there from the start, each played by the agent in its seat.

        The others come by `Join`.
        """
        return self.n_players

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


def one_of(words: Sequence[str]) -> str:
    """Words as a choice.

    >>> one_of(("J", "F", "Q"))
    'J, F or Q'
    """
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
