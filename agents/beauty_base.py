"""What the bots for beauty contests share: the range, the reply, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from harness import Bot, Seat, UsageError, is_number, shorten


class BeautyBot(Bot):
    """Base of the bots for beauty contests.

    Attributes:
        needs_targets: whether the bot looks at past targets; one that does refuses games of
            several rounds that hide them.
    """

    needs_targets: ClassVar[bool] = False

    def begin(self, seat: Seat) -> None:
        """Learn the range, the factor and where reasoning starts.

        Raises:
            UsageError: the game is no beauty contest, or hides the targets from a bot that needs
                them.
        """
        facts = seat.facts
        if not {"p", "low", "high", "target", "level_zero"} <= facts.keys():
            raise UsageError(
                f"{self.name} cannot play {seat.game}, which is no beauty contest; let it play"
                " beauty or beauty_08"
            )
        feedback = facts["feedback"]
        if self.needs_targets and feedback not in ("full", "target") and facts["rounds"] != 1:
            raise UsageError(
                f"{self.name} cannot play {seat.game} with feedback={feedback}: it needs to see the"
                " targets; set feedback to full or target"
            )
        self.p: float = facts["p"]
        self.level_zero: float = facts["level_zero"]
        self.facts = facts

    def choice(self, value: float) -> float:
        """The legal number nearest to a value; a half is rounded up."""
        return self._legal(math.floor(value + 0.5) if self.facts["integers"] else value)

    def cut(self, value: float) -> float:
        """The legal number that remains of a value without its decimals, where they must go."""
        return self._legal(math.trunc(value) if self.facts["integers"] else value)

    def _legal(self, value: float) -> float:
        """A value moved into the range."""
        legal: float = min(max(value, self.facts["low"]), self.facts["high"])
        return legal

    def reply(self, others: float, n_players: int, *, counts_itself: bool) -> float:
        """The number that is p times the mean of all numbers, given the mean of the others.

        p x m, or, counting the own number x, the x that solves x = p ((n - 1) m + x) / n, which is
        p (n - 1) m / (n - p). The own number counts where the target is a mean (of two players,
        also a median); the highest number is reached where p is n or more.
        """
        target = self.facts["target"]
        own = target == "mean" or (target == "median" and n_players == 2)
        if not counts_itself or not own:
            return self.p * others
        if self.p >= n_players:
            return float(self.facts["high"])
        return self.p * (n_players - 1) * others / (n_players - self.p)

    def check(self, legal: bool, parameter: str, must: str) -> None:
        """Refuse a parameter's value unless it is legal; `must` says what it must be.

        Raises:
            UsageError: it is not.
        """
        if not legal:
            value = shorten(getattr(self, parameter))
            raise UsageError(f"{self.name}: {parameter} is {value}; it must be {must}")

    def check_number(self, parameter: str, least: float = 0) -> None:
        """Refuse a parameter that is no finite number, `least` or more."""
        legal = is_number(value := getattr(self, parameter)) and value >= least
        self.check(legal, parameter, f"a number, {least:g} or more")


def aggregate(target: str, numbers: Sequence[float]) -> float:
    """The mean, median or maximum of numbers.

    >>> aggregate("median", [10, 40, 20])
    20
    """
    if target == "max":
        return max(numbers)
    ordered, n = sorted(numbers), len(numbers)
    if target == "median":
        return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2
    return math.fsum(numbers) / n
