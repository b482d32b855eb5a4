"""What the Rock Paper Scissors bots share: the game's cycle, and the match's history in numbers.

The bots think in *moves*, not in names: 0, 1 and 2, where each move is beaten by the next one
(`BEATEN_BY`). In Rock Paper Scissors these are rock, paper and scissors. So the bots play every
game with three actions in which each action is the one best response to another.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar, Literal, TypeAlias

from harness import Action, Bot, Decision, Seat, UsageError, one_of, shorten

Move: TypeAlias = int
"""0, 1 or 2: rock, paper and scissors, or what corresponds to them."""

History: TypeAlias = Literal["other", "own", "both"]
"""Whose past moves a bot looks at."""

BEATEN_BY: tuple[Move, Move, Move] = (1, 2, 0)
"""The move that beats each move."""

BEATS: tuple[Move, Move, Move] = (2, 0, 1)
"""The move that each move beats."""


class RpsBot(Bot):
    """Base of the Rock Paper Scissors bots.

    A subclass writes `throw`, and where it keeps anything between throws `start` and `see`.

    Attributes:
        needs_history: whether the bot must be told every throw of both players.
        moves: the names of this player's three actions, by move.
        own: this player's last move; None before the first throw.
        other: the other player's last move; None before the first throw.
    """

    needs_history: ClassVar[bool] = True
    moves: tuple[Action, Action, Action]
    own: Move | None
    other: Move | None

    def begin(self, seat: Seat) -> None:
        """Find out which action beats which.

        Raises:
            UsageError: the game is not cyclic, or does not tell what this bot needs to know.
        """
        own, other = self._orders(seat)
        if self.needs_history:
            self._check_history(seat)
        actions, other_actions = seat.facts["actions"], seat.facts["other_actions"]
        self.moves = (actions[own[0]], actions[own[1]], actions[own[2]])
        self._own_moves = {actions[i]: move for move, i in enumerate(own)}
        self._other_moves = {other_actions[i]: move for move, i in enumerate(other)}
        self._n_seen = 0
        self.own = self.other = None
        self.start(seat.facts)

    def act(self, decision: Decision) -> Action:
        """Take in the throws since the last decision, and throw."""
        if self.needs_history:
            own, other = decision.observation["own"], decision.observation["other"]
            n_thrown = len(other)
            for i in range(self._n_seen, n_thrown):
                self.own, self.other = self._own_moves[own[i]], self._other_moves[other[i]]
                self.see(self.own, self.other)
            self._n_seen = n_thrown
        return self.moves[self.throw()]

    def start(self, facts: Mapping[str, Any]) -> None:
        """Set up what is kept between throws."""

    def see(self, own: Move, other: Move) -> None:
        """Take in one throw of both players."""

    @abstractmethod
    def throw(self) -> Move:
        """The move to make now."""

    def _orders(self, seat: Seat) -> tuple[list[int], list[int]]:
        """The positions of both players' actions in the cycle's order, from this one's first."""
        facts = seat.facts
        names = ("actions", "other_actions", "payoffs", "other_payoffs")
        if not all(name in facts for name in names):
            raise self._refusal(seat, "the game does not tell its actions and payoffs")
        if not len(facts["actions"]) == len(facts["other_actions"]) == 3:
            raise self._refusal(seat, f"it has the actions {shorten(facts['actions'])}, not three")
        best = [_best([row[j] for row in facts["payoffs"]]) for j in range(3)]
        reply = [_best(row) for row in facts["other_payoffs"]]
        if -1 not in best + reply:
            # The best response to the other's best response lies two steps on, one step back.
            third = best[reply[0]]
            own = [0, best[reply[third]], third]
            other = [reply[own[i - 1]] for i in range(3)]
            names_agree = own == other or set(facts["actions"]) != set(facts["other_actions"])
            if set(own) == {0, 1, 2} and names_agree:
                return own, other
        raise self._refusal(seat, "the best responses do not form a cycle of three actions")

    def _check_history(self, seat: Seat) -> None:
        """Refuse a game that hides throws."""
        feedback, recall = seat.facts.get("feedback", "full"), seat.facts.get("recall")
        if feedback != "full":
            raise self._refusal(seat, f"it must see the other's throws, and feedback={feedback}")
        if recall is not None:
            raise self._refusal(seat, f"it must see all throws, and recall={recall}")

    def _refusal(self, seat: Seat, why: str) -> UsageError:
        """The error that tells why this bot cannot play."""
        return UsageError(
            f"{self.name} cannot play {seat.game}: {why}; it plays games with the cycle of Rock"
            f" Paper Scissors{' and full feedback' if self.needs_history else ''}"
        )


def _best(payoffs: Sequence[float]) -> int:
    """The position of the greatest payoff; -1 where it is not the only one."""
    best = max(payoffs)
    return payoffs.index(best) if payoffs.count(best) == 1 else -1


def check_between(bot: str, name: str, value: object, low: int, high: int) -> None:
    """Refuse a parameter that is not a whole number within bounds.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UsageError(
            f"{bot}: {name} is {shorten(value)}; it must be a whole number from {low} to {high}"
        )


def check_one_of(bot: str, name: str, value: object, known: Sequence[Any]) -> None:
    """Refuse a parameter that is not one of a few words.

    Raises:
        UsageError: it is not.
    """
    if value not in known:
        words = one_of([str(word) for word in known])
        raise UsageError(f"{bot}: {name} is {shorten(value)}; it must be {words}")


def check_probability(bot: str, name: str, value: object) -> None:
    """Refuse a parameter that is not a probability.

    Raises:
        UsageError: it is not.
    """
    if not _is_probability(value):
        raise UsageError(f"{bot}: {name} is {shorten(value)}; it must be a number from 0 to 1")


def check_distribution(bot: str, name: str, value: object) -> None:
    """Refuse a parameter that is not three probabilities that sum to 1.

    Raises:
        UsageError: it is not.
    """
    listed = value if isinstance(value, list | tuple) else ()
    if len(listed) != 3 or not all(map(_is_probability, listed)) or abs(sum(listed) - 1) > 1e-9:
        raise UsageError(
            f"{bot}: {name} is {shorten(value)}; it must be three probabilities that sum to 1"
        )


def draw(rng: Random, distribution: Sequence[float]) -> Move:
    """A move by chance, with the given probabilities.

    >>> draw(Random(1), (0, 1, 0))
    1
    """
    number = rng.random()
    if number < distribution[0]:
        return 0
    return 1 if number < distribution[0] + distribution[1] else 2


def _is_probability(value: object) -> bool:
    """Whether a value is a number from 0 to 1."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= 1  # type: ignore[operator]
