"""Action spaces: what is legal at a decision, and the one form in which it is recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol, TypeAlias

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
        plural = "" if self.max_chars == 1 else "s"
        return f"a text of at most {self.max_chars} character{plural}"


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


def one_of(words: Sequence[str]) -> str:
    """Words as a choice.

    >>> one_of(("J", "F", "Q"))
    'J, F or Q'
    """
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
