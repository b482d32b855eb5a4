"""Bots for the Donor Game that keep, or are shown, a reputation of everyone: image and standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness import Decision, Seat, UsageError, shorten
from harness.agents.donor_bots import TOLERANCE, DonorBot, given, per_cent

HELP = 0.5
"""The least share of its units that counts as help, as in the game's own reputations."""

BOUND = 5
"""Image scores stay between -5 and 5, as in Nowak & Sigmund (1998)."""


class Witness(DonorBot):
    """Base of the bots that remember every act they have been shown in the present game."""

    def begin(self, seat: Seat) -> None:
        """Start without memories."""
        super().begin(seat)
        self._game: tuple[int, int] | None = None
        self._acts: dict[tuple[int, int], Mapping[str, Any]] = {}

    def act(self, decision: Decision) -> Any:
        """Remember what is shown, then act on it."""
        seen = decision.observation
        if decision.kind != "strategy":
            if self._game != (seen["generation"], seen["game"]):
                self._game = (seen["generation"], seen["game"])
                self._acts.clear()
            for act in seen.get("trace", ()):
                self._acts[act["round"], act["donor"]] = dict(act)
        return super().act(decision)

    def remembered(self) -> list[Mapping[str, Any]]:
        """The acts with units that the bot knows of, in the order in which they were done."""
        acts = (self._acts[key] for key in sorted(self._acts))
        return [act for act in acts if given(act) is not None]


def helped(act: Mapping[str, Any]) -> bool:
    """Whether an act of a trace counts as help."""
    return (given(act) or 0.0) >= HELP - TOLERANCE


@dataclass
class ImageScorer(Witness):
    """Helps those whose image score is `k` or more (Nowak & Sigmund 1998, Nature 393, 573-577).

    Everyone's score begins at 0. It rises by 1 when its owner gives half of its units or more,
    and falls by 1 when it gives less, within -5 and 5. The bot knows of those acts that traces
    have shown it. Where the game shows an image itself, the share of acts that helped, it helps
    those whose share is half or more, and those who have none yet; `k` has no use there.

    Args:
        f: the share of its units that it gives when it helps.
        k: the least score of those it helps.
    """

    name = "image_scorer"
    reads = ("trace", "image")
    f: float = 0.5
    k: int = 0

    def __post_init__(self) -> None:
        self.check_shares("f")
        if not isinstance(self.k, int) or isinstance(self.k, bool) or abs(self.k) > BOUND + 1:
            raise UsageError(
                f"{self.name}: k is {shorten(self.k)}; it must be a whole number from"
                f" {-BOUND - 1} to {BOUND + 1}"
            )

    def share(self, seen: Mapping[str, Any]) -> float:
        """`f` for those of good image, nothing for others."""
        if "reputation" in seen:
            image = seen["reputation"]
            return self.f if image is None or image >= 0.5 else 0.0
        return self.f if self.score(seen["partner"]) >= self.k else 0.0

    def score(self, player: int) -> int:
        """A player's image score, as far as the bot has seen its acts."""
        score = 0
        for act in self.remembered():
            if act["donor"] == player:
                score = max(-BOUND, min(BOUND, score + (1 if helped(act) else -1)))
        return score

    def plan(self) -> str:
        """What the bot does."""
        return (
            "My strategy will be to keep a score of everyone, one up for each time I see them give"
            f" half or more, one down for less, and to give {per_cent(self.f)} of what I own to"
            f" those whose score is {self.k} or more."
        )


@dataclass
class Standing(Witness):
    """Helps those in good standing (Leimar & Hammerstein 2001, Proc. R. Soc. B 268, 745-753).

    Everyone begins in good standing. Whoever gives less than half of its units to someone in good
    standing falls into bad standing; whoever gives half or more returns to good standing. To give
    less to someone in bad standing is no fault. The bot judges by the acts that traces have shown
    it, or takes the standing that the game shows.

    Args:
        f: the share of its units that it gives when it helps.
    """

    name = "standing"
    reads = ("trace", "standing")
    f: float = 0.5

    def __post_init__(self) -> None:
        self.check_shares("f")

    def share(self, seen: Mapping[str, Any]) -> float:
        """`f` for those in good standing, nothing for others."""
        if "reputation" in seen:
            return self.f if seen["reputation"] == "good" else 0.0
        return self.f if seen["partner"] not in self.bad() else 0.0

    def bad(self) -> set[int]:
        """Who is in bad standing, as far as the bot has seen their acts."""
        bad: set[int] = set()
        # Those who receive in a round do not act in it, so that the order within it is all one.
        for act in self.remembered():
            if helped(act):
                bad.discard(act["donor"])
            elif act["recipient"] not in bad:
                bad.add(act["donor"])
        return bad

    def plan(self) -> str:
        """What the bot does."""
        return (
            f"My strategy will be to give {per_cent(self.f)} of what I own to everyone in good"
            " standing: those who gave half or more, or gave less only to players who were not in"
            " good standing themselves."
        )
