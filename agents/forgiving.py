"""Bots that retaliate and make their peace, most of them made for a world with errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Gradual(TwoByTwoBot):
    """Answers the n-th provocation with n defections, and then cooperates twice to calm down.

    What the other does while it is punished or calmed does not count as a provocation. Source:
    Beaufils, Delahaye & Mathieu (1997), "Our meeting with gradual, a good strategy for the
    iterated prisoner's dilemma", Artificial Life V.
    """

    name = "gradual"

    def begin(self, seat: Seat) -> None:
        """Owe nothing yet."""
        super().begin(seat)
        self.provocations = 0
        self.due = 0

    def act(self, decision: Decision) -> Action:
        """What is due after a provocation; cooperation otherwise."""
        if not self.due:
            other = decision.observation["other"]
            if not other or other[-1] == self.their_c:
                return self.c
            self.provocations += 1
            self.due = self.provocations + 2
        self.due -= 1
        return self.d if self.due >= 2 else self.c


@dataclass
class ContriteTitForTat(TwoByTwoBot):
    """Plays tit for tat, but accepts the answer to a defection of its own that was an error.

    It is content, contrite or provoked. A unilateral defection while content makes the victim
    provoked and the defector contrite; who is provoked defects until the other cooperates, who is
    contrite cooperates until it has cooperated indeed. Source: Wu & Axelrod (1995), "How to cope
    with noise in the iterated prisoner's dilemma", Journal of Conflict Resolution 39(1); Boyd
    (1989), "Mistakes allow evolutionary stability in the repeated prisoner's dilemma game".
    """

    name = "contrite_tit_for_tat"

    def begin(self, seat: Seat) -> None:
        """Start out content."""
        super().begin(seat)
        self.state: Literal["content", "contrite", "provoked"] = "content"

    def act(self, decision: Decision) -> Action:
        """Defection while provoked, cooperation otherwise."""
        other = decision.observation["other"]
        if not other:
            return self.c
        i_cooperated = decision.observation["own"][-1] == self.c
        they_cooperated = other[-1] == self.their_c
        if self.state == "content":
            if i_cooperated and not they_cooperated:
                self.state = "provoked"
            elif they_cooperated and not i_cooperated:
                self.state = "contrite"
        elif (self.state == "provoked" and they_cooperated) or (
            self.state == "contrite" and i_cooperated
        ):
            self.state = "content"
        return self.d if self.state == "provoked" else self.c


@dataclass
class OmegaTitForTat(TwoByTwoBot):
    """Plays tit for tat, breaks alternating retaliation, and gives up on those who seem random.

    Known as OmegaTFT. Source: Slany & Kienreich (2007), "On some winning strategies for the
    iterated prisoner's dilemma", in Kendall, Yao & Chong (eds.), The Iterated Prisoners' Dilemma:
    20 Years On.

    Args:
        deadlock: how many changes of the other's mind in a row are taken for a deadlock.
        randomness: how much disorder is taken for chance.
    """

    deadlock: int = 3
    randomness: int = 8

    name = "omega_tit_for_tat"

    def __post_init__(self) -> None:
        for parameter in ("deadlock", "randomness"):
            value = getattr(self, parameter)
            self.check(isinstance(value, int) and value >= 1, parameter, "a whole number above 0")

    def begin(self, seat: Seat) -> None:
        """Count from nought."""
        super().begin(seat)
        self.changes = 0
        self.disorder = 0

    def act(self, decision: Decision) -> Action:
        """The other's last action, unless in a deadlock or against chance."""
        other = decision.observation["other"]
        if len(other) < 2:
            return self.reply[other[-1]] if other else self.c
        if self.changes >= self.deadlock:
            # Two cooperations break a deadlock; the count tells the first from the second.
            self.changes = self.deadlock + 1 if self.changes == self.deadlock else 0
            return self.c
        last, changed = other[-1], other[-1] != other[-2]
        if changed:
            self.disorder += 1
        elif last == self.their_c:
            self.disorder -= 1
        if decision.observation["own"][-1] != self.reply[last]:
            self.disorder += 1
        if self.disorder >= self.randomness:
            return self.d
        self.changes = self.changes + 1 if changed else 0
        return self.reply[last]


@dataclass
class AdaptiveTitForTat(TwoByTwoBot):
    """Cooperates while its running image of the other is at least half cooperative.

    Known as ATFT. Source: Tzafestas (2000), "Toward adaptive cooperative behavior", Simulation of
    Adaptive Behavior conference (SAB 2000), volume 2.

    Args:
        rate: how fast the image follows the other's actions, from 0 to 1.
    """

    rate: float = 0.5

    name = "adaptive_tit_for_tat"

    def __post_init__(self) -> None:
        self.check_probabilities("rate")

    def begin(self, seat: Seat) -> None:
        """Think the world half good."""
        super().begin(seat)
        self.world = 0.5

    def act(self, decision: Decision) -> Action:
        """Cooperation if the image is at least one half; cooperation at first."""
        other = decision.observation["other"]
        if not other:
            return self.c
        seen = 1.0 if other[-1] == self.their_c else 0.0
        self.world += self.rate * (seen - self.world)
        return self.c if self.world >= 0.5 else self.d
