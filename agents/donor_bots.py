"""Bots for the Donor Game: unconditional donors, and those that look at the recipient's past."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness import Action, Bot, Decision, OneOf, Seat, UsageError, shorten

NEEDED = ("endowment", "multiplier", "trace", "reputation", "max_chars")
"""Facts by which a donor game is known."""

TOLERANCE = 1e-9
"""Shares are quotients of floats: this much less than a threshold still reaches it."""


class DonorBot(Bot):
    """Base of the bots for the Donor Game: each gives some share of what it owns.

    A subclass writes `share`, and `plan`, the strategy that it tells.

    Attributes:
        reads: what the bot has to be shown of recipients: `trace`, `image` or `standing`; any of
            them does. None where it looks at nothing.
    """

    reads: ClassVar[tuple[str, ...]] = ()

    def begin(self, seat: Seat) -> None:
        """Look whether this is a donor game that shows what the bot needs to see.

        Raises:
            UsageError: it is not.
        """
        facts = seat.facts
        if any(name not in facts for name in NEEDED):
            raise UsageError(
                f"{self.name} cannot play {seat.game}, which is no donor game; let it play donor"
            )
        shown = facts["reputation"] or ("trace" if facts["trace"] else "nothing")
        if self.reads and shown not in self.reads:
            raise UsageError(
                f"{self.name} cannot play {seat.game} with reputation={facts['reputation']},"
                f" trace={facts['trace']}: it needs to be shown {' or '.join(self.reads)}"
            )

    def act(self, decision: Decision) -> Action:
        """The strategy in a few words, or a donation."""
        if decision.kind == "strategy":
            return self.plan()[: self.seat.facts["max_chars"]]
        seen = decision.observation
        return as_asked(decision, "donate", self.share(seen) * seen["resources"])

    @abstractmethod
    def share(self, seen: Mapping[str, Any]) -> float:
        """The share of its units that the bot gives, from 0 to 1."""

    @abstractmethod
    def plan(self) -> str:
        """What the bot does, in a sentence."""

    def check_shares(self, *parameters: str) -> None:
        """Refuse parameters that are no shares.

        Raises:
            UsageError: one of them is not.
        """
        for parameter in parameters:
            value = getattr(self, parameter)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and 0 <= value <= 1):
                raise UsageError(
                    f"{self.name}: {parameter} is {shorten(value)}; it must be a share, from 0 to 1"
                )


def as_asked(decision: Decision, kind: str, units: float) -> Action:
    """An amount in the form in which this decision takes it."""
    return {kind: units} if isinstance(decision.space, OneOf) else units


def given(act: Mapping[str, Any]) -> float | None:
    """The share of its units that an act of a trace gave; None where there were none."""
    if act["act"] == "nothing":
        return None
    return act["share"] if act["act"] == "donate" else 0.0


def per_cent(share: float) -> str:
    """A share in per cent.

    >>> per_cent(0.5)
    '50%'
    """
    return f"{100 * share:.10g}%"


@dataclass
class DonateFraction(DonorBot):
    """Always gives the same share of what it owns.

    Args:
        f: the share.
    """

    name = "donate_fraction"
    f: float = 0.5

    def __post_init__(self) -> None:
        self.check_shares("f")

    def share(self, seen: Mapping[str, Any]) -> float:
        """The same share as ever."""
        return self.f

    def plan(self) -> str:
        """What the bot does."""
        return f"My strategy will be to give {per_cent(self.f)} of what I own to everyone."


@dataclass
class FreeRider(DonorBot):
    """Never gives anything."""

    name = "free_rider"

    def share(self, seen: Mapping[str, Any]) -> float:
        """Nothing."""
        return 0.0

    def plan(self) -> str:
        """What the bot does."""
        return "My strategy will be to give nothing to anyone."


@dataclass
class LateFreeRider(DonorBot):
    """Gives a share in the first rounds of each game, and nothing later.

    It takes the reputation that early gifts bring into the rounds in which nothing can come back.

    Args:
        f: the share.
        until: the first round of a game, from 0, in which it gives nothing.
    """

    name = "late_free_rider"
    f: float = 0.5
    until: int = 6

    def __post_init__(self) -> None:
        self.check_shares("f")
        if not isinstance(self.until, int) or isinstance(self.until, bool) or self.until < 0:
            raise UsageError(
                f"late_free_rider: until is {shorten(self.until)}; it must be a whole number, 0 or"
                " more"
            )

    def share(self, seen: Mapping[str, Any]) -> float:
        """The share, while it is early."""
        return self.f if seen["round"] < self.until else 0.0

    def plan(self) -> str:
        """What the bot does."""
        return f"My strategy will be to give {per_cent(self.f)} of what I own in early rounds."


@dataclass
class RandomDonor(DonorBot):
    """Gives a share of what it owns that is uniform between 0 and 1."""

    name = "random_donor"

    def share(self, seen: Mapping[str, Any]) -> float:
        """A share by chance."""
        return self.seat.rng.random()

    def plan(self) -> str:
        """What the bot does."""
        return "My strategy will be to give a random share of what I own."


@dataclass
class TraceDiscriminator(DonorBot):
    """Gives `f` to those whose last act was generous, `low` to others.

    Those of whom no act is known, or who had nothing to give, get the benefit of the doubt.

    Args:
        f: the share given to the generous.
        low: the share given to others.
        threshold: the least share that is generous.
    """

    name = "trace_discriminator"
    reads = ("trace",)
    f: float = 0.5
    low: float = 0.0
    threshold: float = 0.5

    def __post_init__(self) -> None:
        self.check_shares("f", "low", "threshold")

    def share(self, seen: Mapping[str, Any]) -> float:
        """`f` or `low`, by the recipient's last act."""
        last = given(seen["trace"][0]) if seen["trace"] else None
        return self.low if last is not None and last < self.threshold - TOLERANCE else self.f

    def plan(self) -> str:
        """What the bot does."""
        return (
            f"My strategy will be to give {per_cent(self.f)} of what I own to those who gave"
            f" {per_cent(self.threshold)} or more the last time, or have not had a turn to give,"
            f" and {per_cent(self.low)} to others."
        )


@dataclass
class TraceCopier(DonorBot):
    """Gives the share that the recipient gave the last time.

    Args:
        first: the share given to those of whom no act is known, or who had nothing to give.
    """

    name = "trace_copier"
    reads = ("trace",)
    first: float = 0.5

    def __post_init__(self) -> None:
        self.check_shares("first")

    def share(self, seen: Mapping[str, Any]) -> float:
        """The recipient's last share."""
        last = given(seen["trace"][0]) if seen["trace"] else None
        return self.first if last is None else last

    def plan(self) -> str:
        """What the bot does."""
        return (
            "My strategy will be to give the share that the recipient gave the last time, and"
            f" {per_cent(self.first)} of what I own to those who have not had a turn to give."
        )


@dataclass
class Punisher(TraceDiscriminator):
    """Gives `f` to those whose last act was generous, and punishes others where that is possible.

    Where there is no punishment, it gives others `low`.

    Args:
        f: the share given to the generous.
        low: the share given to others where there is no punishment.
        threshold: the least share that is generous.
        spend: the share of its own units that it spends on punishing.
    """

    name = "punisher"
    spend: float = 0.25

    def __post_init__(self) -> None:
        self.check_shares("f", "low", "threshold", "spend")

    def act(self, decision: Decision) -> Action:
        """The strategy in a few words, a donation or a punishment."""
        space, seen = decision.space, decision.observation
        if decision.kind == "donate" and isinstance(space, OneOf) and "punish" in space.kinds:
            last = given(seen["trace"][0]) if seen["trace"] else None
            if last is not None and last < self.threshold - TOLERANCE:
                return as_asked(decision, "punish", self.spend * seen["resources"])
        return super().act(decision)

    def plan(self) -> str:
        """What the bot does."""
        if not self.seat.facts["punishment"]:
            return super().plan()
        return (
            f"My strategy will be to give {per_cent(self.f)} of what I own to those who gave"
            f" {per_cent(self.threshold)} or more the last time, or have not had a turn to give,"
            f" and to spend {per_cent(self.spend)} on punishing others."
        )
