"""Matches of 40 turns played by Axelrod 4.14.0 with torch left out, and what others make of them.

For each: both players' moves; how often the first one cooperated and how often it could have after
CC, CD, DC, DD, by the library's `compute_state_to_action_distribution`; and the five dimensions of
Fontana, Pierri & Aiello (2025) as fractions, by the formulas of their published code
(NicoloFontana/nicer_than_humans_icwsm25): nice, forgiving, retaliatory, troublemaking, emulative.
Where a fraction has the denominator 0, their code gives 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.metrics.memory_one import Ints, moves

Fraction = tuple[int, int]


@dataclass(frozen=True)
class Match:
    player: str
    own: str
    other: str
    cooperated: tuple[Fraction, Fraction, Fraction, Fraction]
    fontana: tuple[Fraction, Fraction, Fraction, Fraction, Fraction]

    def arrays(self) -> tuple[Ints, Ints]:
        own, other = (moves([["CD".index(c) for c in m]]) for m in (self.own, self.other))
        return own, other


MATCHES = (
    Match(
        "GTFT",
        "CCCDCCCCCCDCCCCDCDDCCCCDDCCCDCDDDCCDCCCC",
        "DCDCCCCDCDCCCCDCDDCCCDDDCCCDCDDDCCDDCCDC",
        ((15, 15), (4, 12), (7, 7), (1, 5)),
        ((1, 1), (12, 12), (9, 14), (0, 23), (34, 39)),
    ),
    Match(
        "ZD-Extort-2",
        "CCCCCCCCCCCCDCCCCCDDCCDDDDCCCDDDDDDDDCCC",
        "CCCCCCCDCCCDCCDCCDDCDDDCDCCCDDDCDCDDCCDD",
        ((16, 16), (4, 8), (4, 7), (0, 8)),
        ((1, 1), (8, 12), (7, 10), (3, 24), (32, 39)),
    ),
    Match(
        "Tit For 2 Tats",
        "CCCCCCCCDDDCCDCCCDDDDDDDCCCCCCCCCCCCCCCC",
        "CDCCCCDDDDCDDCCDDDDDDDDCDCCDCCCDCCCCDCCC",
        ((17, 17), (8, 11), (3, 3), (0, 8)),
        ((1, 1), (11, 11), (5, 11), (0, 21), (31, 39)),
    ),
    Match(
        "Win-Stay Lose-Shift",
        "CDDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCDD",
        "DCCDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCDDCD",
        ((0, 0), (0, 13), (0, 14), (12, 12)),
        ((1, 1), (12, 27), (1, 1), (14, 15), (13, 39)),
    ),
    Match(
        "Grudger",
        "CCCCCCCCCCDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD",
        "CCCCCCCCCDCDCCDCCCCCCCCCCCCCCCCCCCCCCCCC",
        ((9, 9), (0, 1), (0, 27), (0, 2)),
        ((1, 1), (0, 28), (1, 1), (27, 37), (12, 39)),
    ),
    Match(
        "Two Tits For Tat",
        "CDDDDCDDCDDDDDDDDDCCCCCCCDDDDDDCCCDDDDDC",
        "DCDCCDCCDDCDDDCDCCCCCCCCDDDCDCCCCDDCDCCD",
        ((8, 8), (0, 5), (5, 15), (0, 11)),
        ((1, 1), (5, 16), (6, 6), (10, 24), (29, 39)),
    ),
    Match(
        "Suspicious Tit For Tat",
        "DDCCDDCCDDCCCCCCCCDDCCDCCCCCCDDCCCCDDDDD",
        "DCCDDCCDDCCCCCCCCDDCCDCCCCCCDDCCCCDDDDDD",
        ((18, 18), (0, 6), (6, 6), (0, 9)),
        ((0, 1), (6, 7), (12, 12), (1, 25), (39, 39)),
    ),
    Match(
        "Cooperator",
        "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
        "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
        ((39, 39), (0, 0), (0, 0), (0, 0)),
        ((1, 1), (0, 0), (0, 0), (0, 40), (39, 39)),
    ),
)
