"""Tit for tat and its nearest kin: rules of the other's last two or three actions."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class TitForTat(TwoByTwoBot):
    """Cooperates first, then does what the other did last.

    Submitted by Anatol Rapoport; the winner. Source: Axelrod (1980), first tournament.
    """

    name = "tit_for_tat"

    def act(self, decision: Decision) -> Action:
        """The other's last action; cooperation at first."""
        other = decision.observation["other"]
        return self.reply[other[-1]] if other else self.c


@dataclass
class SuspiciousTitForTat(TwoByTwoBot):
    """Defects first, then does what the other did last.

    Also known as mistrust. Source: Boyd & Lorberbaum (1987), "No pure strategy is evolutionarily
    stable in the repeated prisoner's dilemma game", Nature 327.
    """

    name = "suspicious_tit_for_tat"

    def act(self, decision: Decision) -> Action:
        """The other's last action; defection at first."""
        other = decision.observation["other"]
        return self.reply[other[-1]] if other else self.d


@dataclass
class AntiTitForTat(TwoByTwoBot):
    """Cooperates first, then does the opposite of what the other did last.

    Also known as psycho. Source: Hilbe, Nowak & Sigmund (2013), "Evolution of extortion in iterated
    prisoner's dilemma games", PNAS 110(17).
    """

    name = "anti_tit_for_tat"

    def act(self, decision: Decision) -> Action:
        """The opposite of the other's last action; cooperation at first."""
        other = decision.observation["other"]
        return self.d if other and other[-1] == self.their_c else self.c


@dataclass
class Bully(TwoByTwoBot):
    """Defects first, then does the opposite of what the other did last.

    Also known as reverse tit for tat. Source: Nachbar (1992), "Evolution in the finitely repeated
    prisoner's dilemma", Journal of Economic Behavior & Organization 19(3).
    """

    name = "bully"

    def act(self, decision: Decision) -> Action:
        """The opposite of the other's last action; defection at first."""
        other = decision.observation["other"]
        return self.c if other and other[-1] == self.their_d else self.d


@dataclass
class TitForTwoTats(TwoByTwoBot):
    """Defects only after two defections of the other in a row.

    Submitted by John Maynard Smith. Source: Axelrod (1980), "More effective choice in the
    prisoner's dilemma", second tournament.
    """

    name = "tit_for_two_tats"

    def act(self, decision: Decision) -> Action:
        """Defection if the other's last two actions were defections."""
        other = decision.observation["other"]
        if len(other) > 1 and other[-1] == self.their_d and other[-2] == self.their_d:
            return self.d
        return self.c


@dataclass
class TwoTitsForTat(TwoByTwoBot):
    """Answers each defection with two.

    Source: Axelrod (1984), The Evolution of Cooperation.
    """

    name = "two_tits_for_tat"

    def act(self, decision: Decision) -> Action:
        """Defection if one of the other's last two actions was one."""
        return self.d if self.their_d in decision.observation["other"][-2:] else self.c


@dataclass
class HardTitForTat(TwoByTwoBot):
    """Answers each defection with three.

    Source: Stewart & Plotkin (2012), "Extortion and cooperation in the prisoner's dilemma", PNAS
    109(26), supporting information.
    """

    name = "hard_tit_for_tat"

    def act(self, decision: Decision) -> Action:
        """Defection if one of the other's last three actions was one."""
        return self.d if self.their_d in decision.observation["other"][-3:] else self.c


@dataclass
class HardTitForTwoTats(TwoByTwoBot):
    """Defects if the other defected twice in a row within the last three rounds.

    Source: Stewart & Plotkin (2012), "Extortion and cooperation in the prisoner's dilemma", PNAS
    109(26), supporting information.
    """

    name = "hard_tit_for_two_tats"

    def begin(self, seat: Seat) -> None:
        """Note what two defections look like."""
        super().begin(seat)
        self.twice = [self.their_d, self.their_d]

    def act(self, decision: Decision) -> Action:
        """Defection if two of the other's last three actions were defections in a row."""
        other = decision.observation["other"]
        return self.d if self.twice in (other[-2:], other[-3:-1]) else self.c


@dataclass
class SlowTitForTat(TwoByTwoBot):
    """Cooperates twice, then changes to what the other has done twice in a row.

    Known as slow_tft. Source: Mathieu & Delahaye's PRISON project (1998), University of Lille.
    """

    name = "slow_tit_for_tat"

    def act(self, decision: Decision) -> Action:
        """The other's last action if it was done twice, else the own last one."""
        other = decision.observation["other"]
        if len(other) < 2:
            return self.c
        if other[-1] == other[-2]:
            return self.reply[other[-1]]
        return decision.observation["own"][-1]


@dataclass
class SpitefulTitForTat(TwoByTwoBot):
    """Plays tit for tat until the other defects twice in a row, then defects for ever.

    Source: Mathieu & Delahaye's PRISON project (1998), University of Lille.
    """

    name = "spiteful_tit_for_tat"

    def begin(self, seat: Seat) -> None:
        """Hold no grudge yet."""
        super().begin(seat)
        self.angry = False

    def act(self, decision: Decision) -> Action:
        """The other's last action; defection once it has defected twice in a row."""
        other = decision.observation["other"]
        if not other:
            return self.c
        if other[-1] == self.their_c:
            return self.d if self.angry else self.c
        if len(other) > 1 and other[-2] == self.their_d:
            self.angry = True
        return self.d
