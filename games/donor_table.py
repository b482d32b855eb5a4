"""One game of the Donor Game: who owns what, and what is known of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from harness import Action, Real
from harness.games.donor_schedule import Pair

Deed: TypeAlias = Literal["donate", "punish", "refuse", "nothing"]


class Act(NamedTuple):
    """What a donor did in one round.

    Attributes:
        round: the round of the game, from 0.
        donor: who acted.
        recipient: whom it was paired with.
        deed: what it did; `nothing` where it owned nothing to speak of (`shown`), and so was not
            asked.
        units: the units it gave, or spent on punishing; all it had where it answered with all
            that it was shown to have.
        share: these as a share of all it had; None where it had none or refused.
        effect: the change of the recipient's units.
    """

    round: int
    donor: int
    recipient: int
    deed: Deed
    units: float
    share: float | None
    effect: float

    @property
    def donated(self) -> float | None:
        """The share of its units that the donor gave; None where it had none."""
        if self.deed == "nothing":
            return None
        return self.share if self.deed == "donate" else 0.0

    @property
    def generous(self) -> bool:
        """Whether the donor gave half of its units or more, in whole per cent."""
        return round(100 * (self.donated or 0)) >= 50

    def shown(self) -> dict[str, Any]:
        """The act as other players see it in a trace."""
        return {
            "round": self.round,
            "donor": self.donor,
            "recipient": self.recipient,
            "act": self.deed,
            "share": self.share,
        }


class Table:
    """The state of one game, in which acts take effect.

    Attributes:
        resources: what each player owns.
        traces: for each player its last act, then the act that this act's recipient had done
            last before it, and so on, most recent first.
        acts: all acts so far, in order.
    """

    def __init__(
        self,
        players: Iterable[int],
        endowment: float,
        multiplier: float,
        punishment: float,
        depth: int,
    ) -> None:
        self.multiplier = multiplier
        self.punishment = punishment
        self.depth = depth
        self.resources = dict.fromkeys(players, float(endowment))
        self.traces: dict[int, tuple[Act, ...]] = dict.fromkeys(self.resources, ())
        self.acts: list[Act] = []
        self._good = dict.fromkeys(self.resources, True)

    def settle(self, t: int, pairs: Iterable[Pair], actions: Mapping[int, Action]) -> list[Act]:
        """Let one round's acts take effect, all at once, and tell them in the order of pairs."""
        acts = [self._act(t, pair, actions.get(pair[0])) for pair in pairs]
        traces, good = dict(self.traces), dict(self._good)
        for act in acts:
            if act.deed in ("donate", "punish"):
                self.resources[act.donor] -= act.units
                self.resources[act.recipient] += act.effect
            traces[act.donor] = (act, *self.traces[act.recipient])[: self.depth]
            if act.generous:
                good[act.donor] = True
            elif act.deed != "nothing" and self._good[act.recipient]:
                good[act.donor] = False
        self.traces, self._good = traces, good
        self.acts += acts
        return acts

    def image(self, player: int) -> float | None:
        """The share of a player's acts in which it gave half of its units or more.

        Rounds in which it had no units do not count; None where there is no other.
        """
        own = [act.generous for act in self.acts if act.donor == player and act.deed != "nothing"]
        return sum(own) / len(own) if own else None

    def standing(self, player: int) -> str:
        """Whether a player is in `good` or `bad` standing.

        All begin in good standing. Who gives less than half of its units to someone in good
        standing falls into bad standing, and who gives half or more returns to good standing
        (Leimar & Hammerstein 2001, Proceedings of the Royal Society B 268, 745-753).
        """
        return "good" if self._good[player] else "bad"

    def _act(self, t: int, pair: Pair, action: Action) -> Act:
        """What a donor's action does, given what both own before the round."""
        donor, recipient = pair
        owned, theirs = self.resources[donor], self.resources[recipient]
        if not shown(owned):
            return Act(t, donor, recipient, "nothing", 0.0, None, 0.0)
        deed, units = next(iter(action.items())) if isinstance(action, dict) else ("donate", action)
        if deed == "refuse":
            return Act(t, donor, recipient, "refuse", 0.0, None, 0.0)
        if units == shown(owned):
            units = owned
        share = units / owned
        if deed == "punish":
            lost = min(theirs, self.punishment * units)
            return Act(t, donor, recipient, "punish", units, share, -lost if lost else 0.0)
        return Act(t, donor, recipient, "donate", units, share, self.multiplier * units)


@dataclass(frozen=True)
class Units(Real):
    """An amount of units; in words its upper bound is cut to two decimals, never rounded up.

    >>> str(Units(0, 12345.678))
    'a number from 0 to 12345.67'
    """

    def __str__(self) -> str:
        return f"a number from {units(self.low)} to {units(self.high)}"


def shown(value: float) -> float:
    """An amount as readers see it, as a number: 0 for what is too little to be shown.

    >>> shown(26.888), shown(0.0099), shown(2.0**80) == 2.0**80
    (26.88, 0.0, True)
    """
    return float(units(value))


def units(value: float) -> str:
    """An amount in words: cut to two decimals, so that who reads it as theirs can give it.

    >>> units(10.0), units(0.29), units(53.129), units(2.0**80)
    ('10', '0.29', '53.12', '1208925819614629174706176')
    """
    if value == int(value):
        return str(int(value))
    cut = Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_DOWN)
    return f"{cut:f}".rstrip("0").rstrip(".")
