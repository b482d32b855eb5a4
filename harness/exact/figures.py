"""The exact values of a game and of the agents in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from harness.exact.walk import Walked
from harness.metrics.exact_response import best_response, expected_payoffs
from harness.metrics.game_tree import Policy
from harness.metrics.sequence_form import security_level

__all__ = ["METRICS", "AgentFigures", "GameFigures", "SeatFigures"]

METRICS: Mapping[str, str] = {
    "best_response": "what the best of all opponents earns, per round",
    "payoff_under_best_response": "what such an opponent leaves the agent at the least, per round",
    "worst_case": "what the agent earns against whoever wants it to earn as little as can be",
    "security_gap": "how far that lies below what the agent could make sure of",
    "exploitability": "the same in games of constant sum, where it is called so",
    "gain_over_cooperation": "how much more the best of all opponents earns than by mutual"
    " cooperation",
    "nash_conv": "what both together would gain by best responses where the agent plays itself",
}
"""What each number is, all in points per round; null where it does not apply."""


@dataclass(frozen=True)
class SeatFigures:
    """The exact values of an agent in one seat, in points per round.

    Attributes:
        player: the seat.
        best_response: what the best of all opponents earns.
        payoff_under_best_response: what the best responses leave the agent at the least.
        worst_case: what it earns against whoever wants it to earn as little as can be.
        security: what it could make sure of (maximin).
        other_security: what the opponent could.
        own: what it earns where it plays itself; None where only one seat was read.
        other: what its opponent earns there.
        cooperation: what the opponent earns by mutual cooperation; None where that means nothing.
        n_evaluated: information states in which its strategy was read.
    """

    player: int
    best_response: float
    payoff_under_best_response: float
    worst_case: float
    security: float
    other_security: float
    own: float
    other: float
    cooperation: float | None
    n_evaluated: int

    @property
    def security_gap(self) -> float:
        """How far the worst case lies below what the agent could make sure of; never below 0."""
        return max(0.0, self.security - self.worst_case)

    @property
    def gain_over_cooperation(self) -> float | None:
        """How much more the best opponent earns than by mutual cooperation."""
        return None if self.cooperation is None else self.best_response - self.cooperation

    @property
    def opponent_regret(self) -> float:
        """What a best response would gain the opponent over what the agent itself does there."""
        return max(0.0, self.best_response - self.other)


@dataclass(frozen=True)
class AgentFigures:
    """The exact values of an agent.

    Attributes:
        agent: the agent, as specified.
        seats: its values in each seat.
        constant_sum: whether the game is of constant sum.
    """

    agent: str
    seats: tuple[SeatFigures, ...]
    constant_sum: bool

    @property
    def n_evaluated(self) -> int:
        """Information states in which its strategy was read, in both seats."""
        return sum(seat.n_evaluated for seat in self.seats)

    @property
    def metrics(self) -> dict[str, float | None]:
        """The numbers of `METRICS`: means over the seats, and NashConv, which is of both."""
        gains = [seat.gain_over_cooperation for seat in self.seats]
        known = [gain for gain in gains if gain is not None]
        gap = fmean(seat.security_gap for seat in self.seats)
        return {
            **{
                name: fmean(getattr(seat, name) for seat in self.seats)
                for name in ("best_response", "payoff_under_best_response", "worst_case")
            },
            "security_gap": gap,
            "exploitability": gap if self.constant_sum else None,
            "gain_over_cooperation": fmean(known) if len(known) == len(gains) else None,
            "nash_conv": sum(seat.opponent_regret for seat in self.seats),
        }


class GameFigures:
    """The exact values of a game.

    Args:
        walked: the game.

    Attributes:
        unit: rounds by which totals are divided: 1 where their number depends on what is done, and
            all numbers are totals.
        constant_sum: whether both totals sum to the same wherever the game ends.
    """

    def __init__(self, walked: Walked) -> None:
        self.walked = walked
        self.unit = walked.rounds or 1
        self.constant_sum = walked.tree.constant_sum()

    @cached_property
    def security(self) -> tuple[float, float]:
        """What each player can make sure of per round: in games of constant sum, the value."""
        tree, unit = self.walked.tree, self.unit
        first = security_level(tree, 0)
        second = sum(tree.payoffs[tree.ends[0]]) - first if self.constant_sum else None
        if second is None:
            second = security_level(tree, 1)
        return first / unit + 0.0, second / unit + 0.0

    def of(self, agent: str, policies: tuple[Policy, Policy]) -> AgentFigures:
        """The exact values of an agent.

        Args:
            agent: as specified.
            policies: its mixed strategy in each seat.
        """
        seats = tuple(self._seat(player, policies) for player in (0, 1))
        return AgentFigures(agent, seats, self.constant_sum)

    def _seat(self, player: int, policies: tuple[Policy, Policy]) -> SeatFigures:
        tree, unit, other = self.walked.tree, self.unit, 1 - player
        best = best_response(tree, other, policies[player])
        worst = best_response(tree, other, policies[player], harm=True)
        played = expected_payoffs(tree, *policies)
        good = self.walked.cooperation
        return SeatFigures(
            player=player,
            best_response=best.value / unit,
            payoff_under_best_response=best.second / unit,
            worst_case=-worst.value / unit + 0.0,
            security=self.security[player],
            other_security=self.security[other],
            own=played[player] / unit,
            other=played[other] / unit,
            cooperation=None if good is None else good[other] / unit,
            n_evaluated=len(tree.states(player)),
        )

    def as_dict(self) -> dict[str, Any]:
        """What is known of the game itself, as JSON data."""
        walked = self.walked
        return {
            "game": walked.game.spec,
            "rounds": walked.rounds,
            "histories": list(walked.n_histories),
            "information_states": [len(walked.tree.states(player)) for player in (0, 1)],
            "constant_sum": self.constant_sum,
            "security": list(self.security),
        }
