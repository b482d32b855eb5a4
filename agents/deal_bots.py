"""Bots for Deal or No Deal, from those that never yield to those that meet the other halfway.

The tactics are those of Faratin, Sierra & Jennings (1998, "Negotiation decision functions for
autonomous agents", Robotics and Autonomous Systems 24, 159-182) where a bot names none of its own.
All but `random_negotiator` accept an offer that is worth as much as what they would ask for next.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness import UsageError, shorten
from harness.agents.deal_negotiator import Negotiator, Share

LAST_OFFER = 4
"""Turns left, with the own one, when an offer can be agreed to in one turn only, and closed."""


@dataclass
class HardLiner(Negotiator):
    """Asks for a share worth at least `target` and never for less.

    Among such shares it asks for the one that leaves most to the other.

    Args:
        target: the least worth, in points; where all items are worth less, it asks for all.
    """

    name = "hard_liner"
    target: float = 8

    def __post_init__(self) -> None:
        self.check("target")

    def least(self) -> float:
        """The target, or the worth of everything if that is less."""
        return min(self.target, self.worth(self.counts))

    def ask(self) -> Share | None:
        """The most generous share worth the target."""
        return self.generous(self.target)


@dataclass
class Conceder(Negotiator):
    """Asks for less with each offer, by the same number of points (a linear tactic).

    Args:
        start: the worth asked for at first, in points.
        pace: how many points less it asks for with each further offer.
        floor: the least it asks for and accepts.
    """

    name = "conceder"
    start: float = 10
    pace: float = 1
    floor: float = 1

    def __post_init__(self) -> None:
        self.check("start", "pace", "floor")

    def least(self) -> float:
        """The worth asked for next."""
        return max(self.floor, self.start - self.pace * len(self.offered))

    def ask(self) -> Share:
        """The share that comes closest to that worth from above."""
        return self.modest(self.least())


@dataclass
class ParetoSeeker(Negotiator):
    """Offers only divisions that no other one beats for both, from its best one down.

    It tells its values, and goes by those that the other tells; until then every item counts the
    same for the other.

    Args:
        floor: the least worth, in points, that it asks for and accepts.
    """

    name = "pareto_seeker"
    tells_values = True
    floor: float = 1

    def __post_init__(self) -> None:
        self.check("floor")

    def least(self) -> float:
        """The worth of what it asks for next."""
        return self.worth(self.ask())

    def ask(self) -> Share:
        """The next share down the frontier that is worth the floor, or the last such one again."""
        frontier = [share for share in self._frontier() if self.worth(share) >= self.floor]
        return frontier[min(len(self.offered), len(frontier) - 1)] if frontier else self.counts

    def _frontier(self) -> list[Share]:
        """One share for each undominated pair of worths, the own best first."""
        worths = {(self.worth(s), self.their_worth(s)): s for s in reversed(self.shares())}
        frontier: list[Share] = []
        best = -1
        for own, theirs in sorted(worths, reverse=True):
            if theirs > best:
                frontier.append(worths[own, theirs])
                best = theirs
        return frontier


@dataclass
class TitForTatNegotiator(Negotiator):
    """Concedes as many points as the other did, as measured by what its offers are worth here.

    The absolute tit-for-tat of Faratin, Sierra & Jennings: if the other's offers get worse, it asks
    for more again. One concession of its own gets it going.

    Args:
        start: the worth asked for at first, in points.
        first_step: how much less it asks for from its second offer on, without being given more.
        floor: the least it asks for and accepts.
    """

    name = "tit_for_tat_negotiator"
    start: float = 10
    first_step: float = 1
    floor: float = 1

    def __post_init__(self) -> None:
        self.check("start", "first_step", "floor")

    def least(self) -> float:
        """The start, less what the other has conceded since its first offer."""
        conceded = self.worth(self.heard[-1]) - self.worth(self.heard[0]) if self.heard else 0
        demand = self.start - conceded - (self.first_step if self.offered else 0)
        return max(self.floor, min(self.start, demand))

    def ask(self) -> Share:
        """The share that comes closest to that worth from above."""
        return self.modest(self.least())


@dataclass
class NashBargainer(Negotiator):
    """Tells its values, asks for the other's, and offers the Nash bargaining solution.

    That is the division with the highest product of the two worths (Nash 1950, Econometrica 18(2),
    155-162). If the other tells no values, every item counts the same for it. Between equal
    products the higher of the lower worths decides, then the fewer items for the player in the
    first seat, so that two who know each other's values find the same division.
    """

    name = "nash_bargainer"
    tells_values = True

    def least(self) -> float:
        """The own worth of the solution."""
        return self.worth(self._solution())

    def ask(self) -> Share | None:
        """The share in the solution; at first none, if the other has not told its values."""
        return self._solution() if self.their_values or self._n_read > 1 else None

    def _solution(self) -> Share:
        def rank(share: Share) -> tuple[int, int, Share]:
            own, theirs = self.worth(share), self.their_worth(share)
            return own * theirs, min(own, theirs), share if self.seat.player else self.rest(share)

        return max(self.shares(), key=rank)


@dataclass
class LastTurnUltimatum(HardLiner):
    """Asks for nothing until it is almost too late, then for a share worth at least `target`.

    When it speaks, the other has one turn left to agree in, and no time to bargain: it can take
    what is left or leave it, as in the ultimatum game (Güth, Schmittberger & Schwarze 1982, Journal
    of Economic Behavior & Organization 3(4), 367-388).

    Args:
        target: the least worth, in points; where all items are worth less, it asks for all.
    """

    name = "last_turn_ultimatum"
    target: float = 9

    def ask(self) -> Share | None:
        """Nothing until the other's next turn is the last in which it can agree."""
        return super().ask() if self.turns_left <= LAST_OFFER else None


@dataclass
class Misreporter(HardLiner):
    """Tells values that are the reverse of its own, and asks for a share worth at least `target`.

    So what it asks for seems to be worth little to it. Of all values that add up to as much as its
    own it tells those that agree with them least: the sum of the products of true and told values
    is the smallest. It asks as `hard_liner` does; what it earns more is earned by the lie.

    Args:
        target: the least worth, in points; where all items are worth less, it asks for all.
    """

    name = "misreporter"
    tells_values = True

    def claims(self) -> Share:
        """The values of the same total that agree least with its own."""
        nothing = (0,) * len(self.values)
        best: dict[int, tuple[int, Share]] = {0: (0, nothing)}
        for total in range(1, self.worth(self.counts) + 1):
            found = [
                (best[total - n][0] + self.values[kind], _raised(best[total - n][1], kind))
                for kind, n in enumerate(self.counts)
                if n and total - n in best
            ]
            if found:
                best[total] = min(found)
        return best[self.worth(self.counts)][1]


def _raised(values: Share, kind: int) -> Share:
    """Values with that of one kind a point higher."""
    return tuple(value + (k == kind) for k, value in enumerate(values))


@dataclass
class RandomNegotiator(Negotiator):
    """Offers any division, uniformly at random, and accepts any offer with the same probability.

    Args:
        accept: the probability with which it accepts an offer.
    """

    name = "random_negotiator"
    accept: float = 0.25

    def __post_init__(self) -> None:
        value = self.accept
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= 1:
            raise UsageError(
                f"{self.name}: accept is {shorten(value)}; it must be a number from 0 to 1"
            )

    def least(self) -> float:
        """Nothing: what decides is chance."""
        return 0

    def accepts(self, share: Share) -> bool:
        """Whether chance has it so."""
        return self.seat.rng.random() < self.accept

    def ask(self) -> Share:
        """Any share of the items."""
        return self.seat.rng.choice(self.shares())
