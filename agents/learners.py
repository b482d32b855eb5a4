"""Learners from the theory of games: they adapt to what they see, in any game of 2x2 actions."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class MyopicBestResponse(TwoByTwoBot):
    """Plays the best response to what the other did last.

    It begins with its first action, and takes it on a tie. Source: Cournot (1838), Recherches sur
    les principes mathématiques de la théorie des richesses, chapter 7.
    """

    name = "myopic_best_response"

    def begin(self, seat: Seat) -> None:
        """Work out both best responses."""
        super().begin(seat)
        first, second = self.payoffs
        best = [self.c if first[j] >= second[j] else self.d for j in (0, 1)]
        self.best = dict(zip((self.their_c, self.their_d), best, strict=True))

    def act(self, decision: Decision) -> Action:
        """The best response to the other's last action."""
        other = decision.observation["other"]
        return self.best[other[-1]] if other else self.c


@dataclass
class FictitiousPlay(TwoByTwoBot):
    """Plays the best response to how often the other has done what.

    It starts as if it had seen each of the other's actions `prior` times, and takes its first
    action on a tie. Source: Brown (1951), "Iterative solution of games by fictitious play", in
    Koopmans (ed.), Activity Analysis of Production and Allocation; Fudenberg & Levine (1998), The
    Theory of Learning in Games, chapter 2.

    Args:
        prior: how many times each action of the other counts as seen at the start.
    """

    prior: float = 1.0

    name = "fictitious_play"

    def __post_init__(self) -> None:
        legal = isinstance(self.prior, int | float) and 0 <= self.prior < float("inf")
        self.check(legal, "prior", "a finite number, 0 or more")

    def begin(self, seat: Seat) -> None:
        """Work out what the first action gains over the second, against each of the other's."""
        super().begin(seat)
        first, second = self.payoffs
        gains = [first[j] - second[j] for j in (0, 1)]
        self.gain = dict(zip((self.their_c, self.their_d), gains, strict=True))
        self.advantage = self.prior * sum(gains)

    def act(self, decision: Decision) -> Action:
        """The best response to the other's frequencies."""
        other = decision.observation["other"]
        if other:
            self.advantage += self.gain[other[-1]]
        return self.c if self.advantage >= 0 else self.d


@dataclass
class RegretMatching(TwoByTwoBot):
    """Leaves its last action with a probability that grows with the regret of having played it.

    The regret of an action is the mean per round of what the other action would have paid more
    whenever it was played; divided by twice the largest difference of own payoffs it is the
    probability of changing. Source: Hart & Mas-Colell (2000), "A simple adaptive procedure leading
    to correlated equilibrium", Econometrica 68(5), equation 2.2.
    """

    name = "regret_matching"

    def begin(self, seat: Seat) -> None:
        """Regret nothing yet."""
        super().begin(seat)
        (cc, cd), (dc, dd) = self.payoffs
        self.missed = self.by_name(((dc - cc, dd - cd), (cc - dc, cd - dd)))
        cells = (cc, cd, dc, dd)
        self.inertia = 2 * (max(cells) - min(cells)) or 1.0
        self.regret = {self.c: 0.0, self.d: 0.0}
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """The last action, or the other one out of regret; either at first."""
        own, other = decision.observation["own"], decision.observation["other"]
        if not own:
            return self.c if self.draw() < 0.5 else self.d
        last = own[-1]
        self.regret[last] += self.missed[last][other[-1]]
        if self.draw() >= self.regret[last] / (len(own) * self.inertia):
            return last
        return self.d if last == self.c else self.c


@dataclass
class BushMosteller(TwoByTwoBot):
    """Does more often what paid more than it aspires to, and less often what paid less.

    After an action with payoff u, its probability p rises by rate x stimulus x (1 - p) or falls by
    rate x -stimulus x p, where the stimulus is (u - aspiration) over the largest difference of a
    payoff from the aspiration. Source: Bush & Mosteller (1955), Stochastic Models for Learning;
    Macy & Flache (2002), "Learning dynamics in social dilemmas", PNAS 99(suppl. 3), equations 1 and
    2, without habituation. The Axelrod library (4.14) learns the two probabilities apart.

    Args:
        rate: how fast it learns, from 0 to 1.
        aspiration: the payoff it is content with; None for the middle of all own payoffs.
        first: the probability of cooperating in the first round.
    """

    rate: float = 0.5
    aspiration: float | None = None
    first: float = 0.5

    name = "bush_mosteller"

    def __post_init__(self) -> None:
        self.check_probabilities("rate", "first")
        legal = self.aspiration is None or (
            isinstance(self.aspiration, int | float) and abs(self.aspiration) < float("inf")
        )
        self.check(legal, "aspiration", "a finite number, or None")

    def begin(self, seat: Seat) -> None:
        """Work out the stimulus of each outcome, times the rate."""
        super().begin(seat)
        cells = [value for line in self.payoffs for value in line]
        level = (max(cells) + min(cells)) / 2 if self.aspiration is None else self.aspiration
        scale = max(abs(value - level) for value in cells) or 1.0
        (cc, cd), (dc, dd) = [
            [self.rate * (value - level) / scale for value in line] for line in self.payoffs
        ]
        self.step = self.by_name(((cc, cd), (dc, dd)))
        self.p = self.first
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Cooperation with the probability learned so far."""
        own, other = decision.observation["own"], decision.observation["other"]
        if own:
            last = own[-1]
            step = self.step[last][other[-1]]
            p = self.p if last == self.c else 1 - self.p
            p += step * (1 - p) if step >= 0 else step * p
            self.p = p if last == self.c else 1 - p
        return self.c if self.draw() < self.p else self.d


@dataclass
class RothErev(TwoByTwoBot):
    """Plays each action in proportion to what it has brought so far, with some forgetting.

    Payoffs count above the least that is possible. Each round both propensities shrink by the share
    `forgetting`; then the payoff adds to the action played, but for the share `experimentation`
    that adds to the other action. Source: Roth & Erev (1995), "Learning in extensive-form games",
    Games and Economic Behavior 8(1); Erev & Roth (1998), "Predicting how people play games",
    American Economic Review 88(4), whose best-fitting parameters are the defaults.

    Args:
        strength: how many rounds of average payoff the first propensities are worth, above 0.
        forgetting: phi, from 0 to 1.
        experimentation: epsilon, from 0 to 1.
    """

    strength: float = 9.0
    forgetting: float = 0.1
    experimentation: float = 0.2

    name = "roth_erev"

    def __post_init__(self) -> None:
        legal = isinstance(self.strength, int | float) and 0 < self.strength < float("inf")
        self.check(legal, "strength", "a finite number above 0")
        self.check_probabilities("forgetting", "experimentation")

    def begin(self, seat: Seat) -> None:
        """Set both propensities to half the strength, in units of the average payoff."""
        super().begin(seat)
        least = min(map(min, self.payoffs))
        (cc, cd), (dc, dd) = [[value - least for value in line] for line in self.payoffs]
        self.reward = self.by_name(((cc, cd), (dc, dd)))
        half = self.strength * (cc + cd + dc + dd) / 4 / 2
        self.propensity = {self.c: half, self.d: half}
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Either action, in proportion to the propensities."""
        own, other = decision.observation["own"], decision.observation["other"]
        propensity = self.propensity
        if own:
            self._learn(own[-1], self.reward[own[-1]][other[-1]])
        # Written so that two propensities of nought, where all payoffs are equal, are even odds.
        total = propensity[self.c] + propensity[self.d]
        chance = propensity[self.c] / total if total else 0.5
        return self.c if self.draw() < chance else self.d

    def _learn(self, played: Action, reward: float) -> None:
        """Let both propensities shrink, then share the reward between them."""
        other = self.d if played == self.c else self.c
        keep, stray = 1 - self.forgetting, self.experimentation
        self.propensity[played] = keep * self.propensity[played] + (1 - stray) * reward
        self.propensity[other] = keep * self.propensity[other] + stray * reward
