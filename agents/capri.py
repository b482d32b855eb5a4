"""CAPRI: a memory-three strategy that is friendly and cannot be beaten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


def outcomes(history: str) -> int:
    """The number of a history, written as three own actions, a stroke, and the other's three.

    Each round is worth 1 for the other's defection and 2 for the own; the newest round counts once,
    each older one four times the next.

    >>> outcomes("ccd/ccc")
    2
    """
    own, other = history.split("/")
    rounds = zip(own, other, strict=True)
    return sum(
        (2 * (a == "d") + (b == "d")) * 4**age
        for age, (a, b) in zip((2, 1, 0), rounds, strict=True)
    )


@dataclass
class Capri(TwoByTwoBot):
    """Cooperates after fourteen of the sixty-four histories of three rounds, and else defects.

    It cooperates at mutual cooperation, Accepts punishment, Punishes once, Recovers, and In all
    other cases defects; before the start, all are taken to have cooperated. Source: Murase & Baek
    (2020), "Five rules for friendly rivalry in direct reciprocity", Scientific Reports 10.
    """

    name = "capri"

    COOPERATING: ClassVar[frozenset[int]] = frozenset(
        map(
            outcomes,
            (
                # C: cooperate at mutual cooperation.
                "ccc/ccc",
                # A: accept punishment after an own error.
                *("ccd/ccc", "cdc/ccd", "dcc/cdc", "ccc/dcc"),
                # P: having punished the other's defection once, cooperate again.
                *("ccd/cdc", "cdc/dcc", "dcc/ccc"),
                # R: recover when either cooperated at mutual defection.
                *("ddd/ddc", "ddc/dcc", "dcc/ccc", "ddc/ddd"),
                *("dcc/ddc", "ccc/dcc", "ddc/ddc", "dcc/dcc"),
            ),
        )
    )

    def begin(self, seat: Seat) -> None:
        """Suppose that all have cooperated so far."""
        super().begin(seat)
        self.score = self.by_name(((0, 1), (2, 3)))
        self.outcomes = 0

    def act(self, decision: Decision) -> Action:
        """As the last three rounds say."""
        own, other = decision.observation["own"], decision.observation["other"]
        if other:
            self.outcomes = (self.outcomes * 4 + int(self.score[own[-1]][other[-1]])) % 64
        return self.c if self.outcomes in self.COOPERATING else self.d
