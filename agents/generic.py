"""Bots that can sit at any table: at random, always the same, in turn, from a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness import (
    Action,
    Bot,
    Choice,
    Decision,
    Distribution,
    Form,
    Integer,
    OneOf,
    Real,
    Seat,
    Space,
    Text,
    UsageError,
    shorten,
)


@dataclass
class RandomBot(Bot):
    """Plays uniformly at random, or its first of two actions with probability `p`.

    Args:
        p: the probability of the first action, where there are two; uniform if None.
    """

    name = "random"
    takes_asides: ClassVar[bool] = True
    p: float | None = None

    def __post_init__(self) -> None:
        if self.p is None:
            return
        if not _is_probability(self.p):
            raise UsageError(f"random: p is {shorten(self.p)}; it must be a number from 0 to 1")

    def begin(self, seat: Seat) -> None:
        """Refuse a probability `p` where the game is known not to have two actions."""
        actions = seat.facts.get("actions")
        if self.p is not None and actions is not None and len(actions) != 2:
            raise self._not_two(f"{len(actions)} actions")

    def act(self, decision: Decision) -> Action:
        """A legal action by chance."""
        if self.p is None:
            return decision.space.sample(self.seat.rng)
        space = decision.space
        if not isinstance(space, Choice) or len(space.actions) != 2:
            raise self._not_two(str(space))
        return space.actions[self.seat.rng.random() >= self.p]

    def mixed(self, decision: Decision) -> Mapping[Action, float]:
        """The probability of each action, where there are finitely many.

        Raises:
            UsageError: there are not, or `p` is given and there are not two.
        """
        space = decision.space
        if self.p is not None:
            if not isinstance(space, Choice) or len(space.actions) != 2:
                raise self._not_two(str(space))
            return dict(zip(space.actions, (self.p, 1 - self.p), strict=True))
        match space:
            case Choice():
                actions: Sequence[Action] = space.actions
            case Integer():
                actions = range(space.low, space.high + 1)
            case _:
                raise UsageError(f"random: {space} cannot be listed, so that nothing is uniform")
        return dict.fromkeys(actions, 1 / len(actions))

    def _not_two(self, found: str) -> UsageError:
        """The error that tells what was found in place of two actions."""
        return UsageError(
            f"random: p needs a choice between two actions, but {self.seat.game} asks for"
            f" {found}; leave p out"
        )


@dataclass
class First(Bot):
    """Always plays the first legal action: the first of a choice, the least number, no words."""

    name = "first"
    takes_asides: ClassVar[bool] = True

    def act(self, decision: Decision) -> Action:
        """The first action of the decision's space."""
        return first_action(decision.space)


@dataclass
class Cycle(Bot):
    """Plays the given actions in turn, over and over.

    Args:
        actions: what to play, in order; all actions of a choice if None.
    """

    name = "cycle"
    actions: Sequence[Action] | None = None

    def __post_init__(self) -> None:
        if self.actions is not None:
            _check_list("cycle", self.actions)
            if not self.actions:
                raise UsageError("cycle: actions is empty; name at least one action")

    def begin(self, seat: Seat) -> None:
        """Start at the first action, and refuse actions that the game is known not to have."""
        self._turn = 0
        if self.actions is None or "actions" not in seat.facts:
            return
        legal = seat.facts["actions"]
        for action in self.actions:
            if action not in legal:
                raise _illegal("cycle", seat.game, action, ", ".join(map(str, legal)))

    def act(self, decision: Decision) -> Action:
        """The action whose turn it is."""
        if self.actions is not None:
            actions = self.actions
        elif isinstance(decision.space, Choice):
            actions = decision.space.actions
        else:
            raise UsageError(
                f"cycle: {self.seat.game} asks for {decision.space}, which cannot be listed; name"
                " the actions to cycle through"
            )
        action = actions[self._turn % len(actions)]
        if not is_legal(action, decision.space):
            raise _illegal("cycle", self.seat.game, action, str(decision.space))
        self._turn += 1
        return action


@dataclass
class Replay(Bot):
    """Plays exactly the given actions, in order, so that a logged match can be played again.

    Args:
        actions: what to play, one for each decision of the match.
    """

    name = "replay"
    takes_asides: ClassVar[bool] = True
    actions: Sequence[Action] = ()

    def __post_init__(self) -> None:
        _check_list("replay", self.actions)

    def begin(self, seat: Seat) -> None:
        """Start at the first action."""
        self._turn = 0

    def act(self, decision: Decision) -> Action:
        """The next action of the list."""
        if self._turn == len(self.actions):
            raise UsageError(
                f"replay: {self.seat.game} asks for action {self._turn + 1}, but the list holds"
                f" {len(self.actions)}; give one action for each decision"
            )
        action = self.actions[self._turn]
        self._turn += 1
        if not is_legal(action, decision.space):
            problem = _illegal("replay", self.seat.game, action, str(decision.space))
            raise UsageError(f"{problem} (action {self._turn} of {len(self.actions)})")
        return action


def first_action(space: Space) -> Action:
    """The first legal action of a space.

    >>> first_action(Form({"offer": Integer(1, 9), "words": Text(80)}))
    {'offer': 1, 'words': ''}

    Raises:
        UsageError: the space is of a kind that this function does not know.
    """
    match space:
        case Choice():
            return space.actions[0]
        case Integer() | Real():
            return space.low
        case Text():
            return ""
        case Form():
            return {name: first_action(part) for name, part in space.fields.items()}
        case OneOf():
            kind = next(iter(space.kinds))
            return {kind: first_action(space.kinds[kind])}
        case Distribution():
            first = space.over.actions[0]
            return {str(action): float(action == first) for action in space.over.actions}
    raise UsageError(f"first: no first action is known of {space} ({type(space).__name__})")


def is_legal(action: Action, space: Space) -> bool:
    """Whether an action, of whatever type, is legal in a space.

    >>> is_legal("stag", Choice(("stag", "hare"))), is_legal(["stag"], Choice(("stag", "hare")))
    (True, False)
    """
    try:
        return space.canonical(action) is not None
    except TypeError:  # a value that cannot be looked up is no action
        return False


def _is_probability(value: object) -> bool:
    """Whether a value is a number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _check_list(bot: str, actions: object) -> None:
    """Refuse a parameter that is no list."""
    if not isinstance(actions, list | tuple):
        raise UsageError(f"{bot}: actions is {shorten(actions)}; it must be a list of actions")


def _illegal(bot: str, game: str, action: Action, legal: str) -> UsageError:
    """The error that names an action the game does not take."""
    return UsageError(f"{bot}: {shorten(action)} is not legal in {game}; play {legal}")
