"""Entries of Axelrod's second tournament, as far as its report defines them.

Source of all: Axelrod (1980), "More effective choice in the prisoner's dilemma", Journal of
Conflict Resolution 24(3). Tit for two tats and the majority rules have files of their own families.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Champion(TwoByTwoBot):
    """Cooperates for ten moves, plays tit for tat for fifteen, then seldom defects.

    Submitted by Danny Champion; second. From move 26 it defects only if the other defected last,
    has cooperated less than 60 per cent of the time, and less than a random number from 0 to 1.
    The Axelrod library (4.14) does so at exactly 60 per cent too. Source: Axelrod (1980), second
    tournament.
    """

    name = "champion"

    def begin(self, seat: Seat) -> None:
        """Count from nought."""
        super().begin(seat)
        self.cooperations = 0
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Cooperation, tit for tat or a seldom defection, as the time has come."""
        other = decision.observation["other"]
        if not other:
            return self.c
        if other[-1] == self.their_c:
            self.cooperations += 1
            return self.c
        turn = len(other)
        if turn < 25:
            return self.d if turn >= 10 else self.c
        share = self.cooperations / turn
        return self.d if share < 0.6 and share < self.draw() else self.c


@dataclass
class Eatherley(TwoByTwoBot):
    """Answers a defection with defection as often as the other has defected so far.

    Submitted by Graham Eatherley; fourteenth. Source: Axelrod (1980), second tournament.
    """

    name = "eatherley"

    def begin(self, seat: Seat) -> None:
        """Count from nought."""
        super().begin(seat)
        self.defections = 0
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Cooperation after cooperation, else defection with the other's frequency."""
        other = decision.observation["other"]
        if not other or other[-1] == self.their_c:
            return self.c
        self.defections += 1
        return self.d if self.draw() < self.defections / len(other) else self.c


@dataclass
class Tester(TwoByTwoBot):
    """Defects first and, where that is answered, apologises and plays tit for tat.

    Submitted by David Gladstein; forty-sixth. Where the other never defects, it cooperates on the
    second and third moves and then defects every other move. Source: Axelrod (1980), second
    tournament.
    """

    name = "tester"

    def begin(self, seat: Seat) -> None:
        """Have met no resistance yet."""
        super().begin(seat)
        self.answered = False

    def act(self, decision: Decision) -> Action:
        """Exploitation, apology, or tit for tat."""
        other = decision.observation["other"]
        if self.answered:
            return self.reply[other[-1]]
        if not other:
            return self.d
        if other[-1] == self.their_d:
            self.answered = True
            return self.c
        return self.d if len(other) > 2 and len(other) % 2 else self.c
