"""Entries of Axelrod's first tournament, as far as its report defines them.

Source of all: Axelrod (1980), "Effective choice in the prisoner's dilemma", Journal of Conflict
Resolution 24(1). Tit for tat, Friedman's grudger and RANDOM have files of their own families;
entries that the report leaves open (Graaskamp, Stein & Rapoport, Tideman & Chieruzzi, the entry
whose name was withheld) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness import Action, Decision, Seat
from harness.agents.memory_one import FourVector, MemoryOneBot
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Nydegger(TwoByTwoBot):
    """Looks up the last three outcomes in a table of those that call for defection.

    Submitted by Rudy Nydegger; third. It plays tit for tat for three moves, except that it defects
    on the third if it was the only one to cooperate on the first and the only one to defect on the
    second. Then it scores each of the last three rounds 2 for the other's defection and 1 for its
    own, weighs them 16, 4 and 1 "in chronological order", and defects at 19 of the sums.

    Chronological order gives the oldest round the weight 16, so that it never defects right after
    mutual cooperation. The Axelrod library (4.14) gives 16 to the newest, and so differs. Source:
    Axelrod (1980), first tournament.
    """

    name = "nydegger"

    DEFECTING: ClassVar[frozenset[int]] = frozenset(
        (1, 6, 7, 17, 22, 23, 26, 29, 30, 31, 33, 38, 39, 45, 49, 54, 55, 58, 61)
    )

    def begin(self, seat: Seat) -> None:
        """Start with an empty record of outcomes."""
        super().begin(seat)
        self.score = self.by_name(((0, 2), (1, 3)))
        self.outcomes = 0

    def act(self, decision: Decision) -> Action:
        """Tit for tat for three moves, then as the table says."""
        own, other = decision.observation["own"], decision.observation["other"]
        if not other:
            return self.c
        self.outcomes = (self.outcomes * 4 + int(self.score[own[-1]][other[-1]])) % 64
        if len(other) > 2:
            return self.d if self.outcomes in self.DEFECTING else self.c
        # 2 * 4 + 1: it alone cooperated, then it alone defected.
        if len(other) == 2 and self.outcomes == 9:
            return self.d
        return self.reply[other[-1]]


@dataclass
class Grofman(MemoryOneBot):
    """Cooperates for certain if both did the same last, else with probability 2/7.

    Submitted by Bernard Grofman; fourth. Source: Axelrod (1980), first tournament.
    """

    name = "grofman"

    def four_vector(self) -> FourVector:
        """Grofman's probabilities."""
        return 1.0, 2 / 7, 2 / 7, 1.0


@dataclass
class Shubik(TwoByTwoBot):
    """Answers each departure from mutual cooperation with one more defection than the last.

    Submitted by Martin Shubik; fifth. What the other does during the retaliation is not counted.
    Source: Axelrod (1980), first tournament; Shubik (1970), "Game theory, behavior, and the paradox
    of the prisoner's dilemma", Journal of Conflict Resolution 14(2).
    """

    name = "shubik"

    def begin(self, seat: Seat) -> None:
        """Owe nothing yet."""
        super().begin(seat)
        self.departures = 0
        self.due = 0

    def act(self, decision: Decision) -> Action:
        """Defection while it retaliates; cooperation otherwise."""
        if not self.due:
            other = decision.observation["other"]
            if not other or other[-1] == self.their_c:
                return self.c
            if decision.observation["own"][-1] == self.d:
                return self.c
            self.departures += 1
            self.due = self.departures
        self.due -= 1
        return self.d


@dataclass
class Davis(TwoByTwoBot):
    """Cooperates for ten moves, then defects for ever if the other has ever defected.

    Submitted by Morton Davis; eighth. Source: Axelrod (1980), first tournament.

    Args:
        patience: how many rounds it cooperates whatever happens.
    """

    patience: int = 10

    name = "davis"

    def __post_init__(self) -> None:
        legal = isinstance(self.patience, int) and self.patience >= 0
        self.check(legal, "patience", "a whole number of rounds, 0 or more")

    def begin(self, seat: Seat) -> None:
        """Hold no grudge yet."""
        super().begin(seat)
        self.answer = self.c

    def act(self, decision: Decision) -> Action:
        """Defection after the first rounds, once the other has defected."""
        other = decision.observation["other"]
        if other and other[-1] == self.their_d:
            self.answer = self.d
        return self.answer if len(other) >= self.patience else self.c


@dataclass
class Downing(TwoByTwoBot):
    """Estimates how the other answers cooperation and defection, and plays best against that.

    Submitted by Leslie Downing; tenth. It takes the other to cooperate with a probability that
    depends only on the own last action; until an answer is seen, each probability is one half.
    Against such a player the best is to cooperate always, to defect always, or to alternate, and
    it does what has the highest mean payoff (on a tie, the first of these). The Axelrod library
    (4.14) counts the answers differently and alternates on a tie only. Source: Axelrod (1980),
    first tournament; Downing (1975), "The prisoner's dilemma game as a problem-solving phenomenon",
    Simulation & Games 6(4).
    """

    name = "downing"

    def begin(self, seat: Seat) -> None:
        """Know nothing of the other."""
        super().begin(seat)
        self.asked = {self.c: 0, self.d: 0}
        self.granted = {self.c: 0, self.d: 0}

    def act(self, decision: Decision) -> Action:
        """The next action of the best of three plans."""
        own, other = decision.observation["own"], decision.observation["other"]
        if len(other) > 1:
            self.asked[own[-2]] += 1
            self.granted[own[-2]] += other[-1] == self.their_c
        after_c, after_d = self._estimate(self.c), self._estimate(self.d)
        (r, s), (t, p) = self.payoffs
        cooperate = after_c * r + (1 - after_c) * s
        defect = after_d * t + (1 - after_d) * p
        alternate = (after_d * r + (1 - after_d) * s + after_c * t + (1 - after_c) * p) / 2
        if cooperate >= defect and cooperate >= alternate:
            return self.c
        if defect >= alternate or not own:
            return self.d
        return self.d if own[-1] == self.c else self.c

    def _estimate(self, action: Action) -> float:
        """The probability that the other cooperates after this own action."""
        asked = self.asked[action]
        return self.granted[action] / asked if asked else 0.5


@dataclass
class Feld(TwoByTwoBot):
    """Plays tit for tat, but is ever less likely to answer cooperation with cooperation.

    Submitted by Scott Feld; eleventh. The probability falls from 1 to one half over two hundred
    rounds; the report does not say how, here it falls by the same amount every round. Source:
    Axelrod (1980), first tournament.

    Args:
        end: the probability at which it comes to rest.
        rounds: how many rounds it falls.
    """

    end: float = 0.5
    rounds: int = 200

    name = "feld"

    def __post_init__(self) -> None:
        self.check_probabilities("end")
        legal = isinstance(self.rounds, int) and self.rounds >= 1
        self.check(legal, "rounds", "a whole number, 1 or more")

    def begin(self, seat: Seat) -> None:
        """Work out the fall per round."""
        super().begin(seat)
        self.fall = (1 - self.end) / self.rounds
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Defection after defection, waning cooperation after cooperation."""
        other = decision.observation["other"]
        if not other:
            return self.c
        if other[-1] == self.their_d:
            return self.d
        p = max(self.end, 1 - self.fall * len(other))
        return self.c if self.draw() < p else self.d


@dataclass
class Joss(MemoryOneBot):
    """Plays tit for tat, but answers one cooperation in ten with defection.

    Submitted by Johann Joss; twelfth. Source: Axelrod (1980), first tournament.

    Args:
        p: the probability of cooperating after the other cooperated.
    """

    p: float = 0.9

    name = "joss"

    def __post_init__(self) -> None:
        self.check_probabilities("p")

    def four_vector(self) -> FourVector:
        """Never cooperation after defection."""
        return self.p, 0.0, self.p, 0.0


@dataclass
class Tullock(TwoByTwoBot):
    """Cooperates for eleven moves, then ten per cent less than the other in the last ten rounds.

    Submitted by Gordon Tullock; thirteenth. Source: Axelrod (1980), first tournament.
    """

    name = "tullock"

    def begin(self, seat: Seat) -> None:
        """Take up its chance."""
        super().begin(seat)
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Cooperation with the other's recent frequency, less a tenth."""
        other = decision.observation["other"]
        if len(other) < 11:
            return self.c
        p = other[-10:].count(self.their_c) / 10 - 0.1
        return self.c if self.draw() < p else self.d
