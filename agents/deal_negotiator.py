"""What the bots for Deal or No Deal share: how they talk, listen, accept and close."""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

from harness import Action, Bot, Decision, Seat, UsageError, shorten
from harness.agents.deal_sentences import read_offer, read_values, write_offer, write_values

Share: TypeAlias = tuple[int, ...]

FACTS = frozenset({"items", "other_weight", "max_messages", "max_chars", "open_with_proposal"})
"""What the game tells of itself before it begins."""

REST = "If you agree, propose all the rest for yourself."
ASK = "Please tell me your values in the same words."
WAIT = "I am waiting."
HINT = "I understand numbers only in sentences of the same form as mine."


class Negotiator(Bot):
    """Base of the bots for Deal or No Deal.

    A negotiator offers shares in a fixed form of words (`harness.agents.deal_sentences`) and reads
    the other's offers and values where they are of that form. An offer binds: to accept one is to
    propose the rest of the items, and whoever hears that a proposal was made proposes what it last
    offered to take. It goes by the points of the items to itself, whatever the game's objective.

    A subclass says what it asks for next (`ask`) and how little it accepts (`least`).

    Attributes:
        tells_values: whether the bot tells its values with its first words.
        counts: how many items there are of each kind.
        values: what one item of each kind is worth to this player.
        claimed: what it says that they are worth; the same, unless a subclass lies (`claims`).
        their_values: what the other last said that they are worth to it; None before.
        heard: the shares that the other's offers leave for this player, in order.
        offered: the shares that this player asked for, in order.
        turns_left: how many turns there are, with the one that is due.
    """

    tells_values: ClassVar[bool] = False

    counts: Share
    values: Share
    claimed: Share
    their_values: Share | None
    heard: list[Share]
    offered: list[Share]
    turns_left: int

    @abstractmethod
    def ask(self) -> Share | None:
        """The share to ask for next; None to ask for none yet."""

    @abstractmethod
    def least(self) -> float:
        """The least worth of a share left by the other's last offer that is accepted now."""

    def begin(self, seat: Seat) -> None:
        """Forget all offers.

        Raises:
            UsageError: the game is not Deal or No Deal, or its messages are too short for the
                sentences of this bot.
        """
        if not seat.facts.keys() >= FACTS:
            raise UsageError(
                f"{self.name} cannot play {seat.game}; let it play deal_or_no_deal, for which its"
                " sentences are made"
            )
        self._items: Sequence[str] = seat.facts["items"]
        self._n_read = 0
        self.their_values = None
        self.heard, self.offered = [], []
        self.counts = self.values = self.claimed = (999,) * len(self._items)
        longest, most = len(self._words(self.counts)), seat.facts["max_chars"]
        if longest > most:
            raise UsageError(
                f"{self.name} cannot play {seat.game} with max_chars={most}; it needs {longest}"
            )

    def act(self, decision: Decision) -> Action:
        """Accept the other's offer if it is enough, else make one's own; close as was offered."""
        seen = decision.observation
        self.counts, self.values = tuple(seen["counts"]), tuple(seen["values"])
        self.claimed, self.turns_left = self.claims(), int(seen["turns_left"])
        for turn in seen["turns"][self._n_read :]:
            self._listen(turn)
        self._n_read = len(seen["turns"])
        if decision.kind == "close":
            return self._propose(self._last_word())
        answerable = decision.kind == "talk" and self.turns_left > 1
        if answerable and self.heard and self.accepts(self.heard[-1]):
            return self._propose(self.heard[-1])
        share = self.ask()
        words = self._words(share)
        if share is not None:
            self.offered.append(share)
        return {"say": words}

    def accepts(self, share: Share) -> bool:
        """Whether the share that the other's last offer leaves is enough."""
        return self.worth(share) >= self.least()

    def claims(self) -> Share:
        """What one item of each kind is worth, as it tells the other."""
        return self.values

    def worth(self, share: Share) -> int:
        """What a share is worth to this player."""
        return _worth(self.values, share)

    def their_worth(self, share: Share) -> int:
        """What is left by a share is worth to the other, by the values it told.

        Before it told any, every item counts the same.
        """
        values = self.their_values or (1,) * len(self.counts)
        return _worth(values, self.rest(share))

    def rest(self, share: Share) -> Share:
        """What a share leaves of the items."""
        return tuple(n - taken for n, taken in zip(self.counts, share, strict=True))

    def shares(self) -> list[Share]:
        """All shares of the items, from none to all."""
        return list(itertools.product(*(range(count + 1) for count in self.counts)))

    def generous(self, demand: float) -> Share:
        """The share that leaves most to the other among those worth at least `demand`.

        The own worth decides between equals, then the fewer items. If all items are worth less
        than `demand`, they are the share.
        """
        enough = self._worth_at_least(demand)
        return max(enough, key=lambda s: (self.their_worth(s), self.worth(s), self.rest(s)))

    def modest(self, demand: float) -> Share:
        """The share of the lowest worth that is at least `demand`.

        What is left to the other decides between equals, then the fewer items. If all items are
        worth less than `demand`, they are the share.
        """
        enough = self._worth_at_least(demand)
        return max(enough, key=lambda s: (-self.worth(s), self.their_worth(s), self.rest(s)))

    def _worth_at_least(self, demand: float) -> list[Share]:
        """All shares worth at least `demand`, or that of all items if there is none."""
        return [share for share in self.shares() if self.worth(share) >= demand] or [self.counts]

    def check(self, *parameters: str) -> None:
        """Refuse parameters that are no finite numbers of at least 0.

        Raises:
            UsageError: one of them is not.
        """
        for parameter in parameters:
            value: Any = getattr(self, parameter)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0:
                raise UsageError(
                    f"{self.name}: {parameter} is {shorten(value)}; it must be a number of points,"
                    " 0 or more"
                )

    def _listen(self, turn: dict[str, Any]) -> None:
        """Take in a turn: what the other offers and tells of its values, if it can be read."""
        if turn["player"] == self.seat.player or "say" not in turn:
            return
        taken = read_offer(self._items, turn["say"])
        if taken and all(n <= most for n, most in zip(taken, self.counts, strict=True)):
            self.heard.append(self.rest(taken))
        self.their_values = read_values(self._items, turn["say"]) or self.their_values

    def _last_word(self) -> Share:
        """What this player is bound to: its last offer, or the other's, or what it would ask."""
        for offers in (self.offered, self.heard):
            if offers:
                return offers[-1]
        return self.ask() or self.generous(self.least())

    def _propose(self, share: Share) -> Action:
        return {"propose": dict(zip(self._items, share, strict=True))}

    def _words(self, share: Share | None) -> str:
        """A message that asks for a share; the first one with values, if told, and a hint."""
        first = self._n_read < 2
        told = [write_values(self._items, self.claimed), ASK] if first and self.tells_values else []
        asked = [] if share is None else [write_offer(self._items, share), REST]
        return " ".join([*told, *asked, *([HINT] if first else [])]) or WAIT


def _worth(values: Share, share: Share) -> int:
    """What a share is worth at these values."""
    return sum(value * count for value, count in zip(values, share, strict=True))
