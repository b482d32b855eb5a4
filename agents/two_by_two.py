"""What the bots for two-action games share: the names of the actions, and what they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from harness import Action, Bot, Seat, UsageError, shorten


class TwoByTwoBot(Bot):
    """Base of the bots for repeated games of two players with two actions each.

    By convention a player's first action is the one that cooperates and the second the one that
    defects. The two players may call them differently; `reply` maps the other's names to one's
    own.

    Attributes:
        needs_history: whether the bot looks at what was played; one that does refuses games that
            hide it.
        c: the own action that cooperates.
        d: the own action that defects.
        their_c: what the other's cooperation is called.
        their_d: what the other's defection is called.
        reply: from each action of the other to the own action that is like it.
        payoffs: the own payoffs, `payoffs[own][other]`, by position.
    """

    needs_history: ClassVar[bool] = True

    c: Action
    d: Action
    their_c: Action
    their_d: Action
    reply: dict[Action, Action]
    payoffs: Sequence[Sequence[float]]

    def begin(self, seat: Seat) -> None:
        """Learn the game's names and payoffs.

        Raises:
            UsageError: the game is no matrix game of two actions each, or hides the history from
                a bot that needs it.
        """
        own, other = self._actions(seat)
        self._check_history(seat)
        self.c, self.d = own
        self.their_c, self.their_d = other
        self.reply = dict(zip(other, own, strict=True))
        self.payoffs = seat.facts["payoffs"]

    def by_name(self, matrix: Sequence[Sequence[float]]) -> dict[Action, dict[Action, float]]:
        """A matrix `[own][other]` by position as dictionaries by the actions' names."""
        (cc, cd), (dc, dd) = matrix
        return {
            self.c: {self.their_c: cc, self.their_d: cd},
            self.d: {self.their_c: dc, self.their_d: dd},
        }

    def dilemma(self) -> tuple[float, float, float, float]:
        """The payoffs R, S, T, P of a prisoner's dilemma, as this player has them.

        Raises:
            UsageError: the payoffs are not those of a prisoner's dilemma, T > R > P > S.
        """
        (r, s), (t, p) = self.payoffs
        if not t > r > p > s:
            raise UsageError(
                f"{self.name} cannot play {self.seat.game} with payoffs R={r:g}, S={s:g}, T={t:g},"
                f" P={p:g}: what it computes from them has a meaning only where T > R > P > S;"
                " let it play a prisoner's dilemma"
            )
        return r, s, t, p

    def check(self, legal: bool, parameter: str, must: str) -> None:
        """Refuse a parameter's value unless it is legal; `must` says what it must be.

        Raises:
            UsageError: it is not.
        """
        if not legal:
            value = shorten(getattr(self, parameter))
            raise UsageError(f"{self.name}: {parameter} is {value}; it must be {must}")

    def check_probabilities(self, *parameters: str) -> None:
        """Refuse parameters that are no probabilities.

        Raises:
            UsageError: one of them is not.
        """
        for parameter in parameters:
            value = getattr(self, parameter)
            legal = isinstance(value, int | float) and 0 <= value <= 1
            self.check(legal, parameter, "a probability, from 0 to 1")

    def _actions(self, seat: Seat) -> tuple[Sequence[Any], Sequence[Any]]:
        """Both players' actions, once it is sure that there are two of each."""
        facts = seat.facts
        if "actions" not in facts or "other_actions" not in facts:
            raise UsageError(
                f"{self.name} cannot play {seat.game}, which is no matrix game of two players;"
                " let it play a 2x2 game such as prisoners_dilemma"
            )
        own, other = facts["actions"], facts["other_actions"]
        if len(own) != 2 or len(other) != 2:
            raise UsageError(
                f"{self.name} cannot play {seat.game}, which has {len(own)}x{len(other)} actions;"
                " let it play a game with 2x2 actions such as prisoners_dilemma"
            )
        return own, other

    def _check_history(self, seat: Seat) -> None:
        """Refuse games that hide the history from a bot that needs it."""
        feedback, recall = seat.facts.get("feedback", "full"), seat.facts.get("recall")
        if self.needs_history and (feedback != "full" or recall is not None):
            raise UsageError(
                f"{self.name} cannot play {seat.game} with feedback={feedback}, recall={recall}:"
                " it needs to see all that was played; set feedback=full and leave recall out"
            )
