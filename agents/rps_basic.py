"""Simple Rock Paper Scissors bots: fixed sequences, fixed habits and one-step rules.

Any rule that looks at nothing but its own last move and does not draw lots is a rotation, so
"beat your own last move" is `rotate`, and "lose to your own last move" is `rotate(step=2)`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from harness import Action, Decision
from harness.agents.rps_base import (
    BEATEN_BY,
    Move,
    RpsBot,
    check_between,
    check_distribution,
    check_one_of,
    check_probability,
    draw,
)


@dataclass
class Constant(RpsBot):
    """Always plays the same action.

    "Good Ole Rock" among the dummy bots of the RoShamBo programming competition (Billings 1999).

    Args:
        action: the action; the game's first if None.
    """

    name = "constant"
    needs_history: ClassVar[bool] = False
    action: str | None = None

    def start(self, facts: Mapping[str, Any]) -> None:
        """Find the action among the game's."""
        if self.action is not None:
            check_one_of(self.name, "action", self.action, facts["actions"])
        self._move = 0 if self.action is None else self.moves.index(self.action)

    def throw(self) -> Move:
        """The one move."""
        return self._move


@dataclass
class Biased(RpsBot):
    """Plays by chance, with fixed probabilities for the game's actions in their order.

    The dummy bots "R-P-S 20-20-60" and "Random (Optimal)" of the RoShamBo programming competition
    (Billings 1999) are the probabilities 0.2, 0.2, 0.6 and one third each.

    Args:
        probabilities: of the first, second and third action.
    """

    name = "biased"
    needs_history: ClassVar[bool] = False
    probabilities: Sequence[float] = (0.5, 0.25, 0.25)

    def __post_init__(self) -> None:
        check_distribution(self.name, "probabilities", self.probabilities)

    def start(self, facts: Mapping[str, Any]) -> None:
        """Bring the probabilities from the order of actions into that of moves."""
        by_action = dict(zip(facts["actions"], self.probabilities, strict=True))
        self._by_move = [by_action[action] for action in self.moves]

    def throw(self) -> Move:
        """A move by chance."""
        return draw(self.seat.rng, self._by_move)

    def mixed(self, decision: Decision) -> Mapping[Action, float]:
        """The probability of each action."""
        return dict(zip(self.moves, self._by_move, strict=True))


@dataclass
class Rotate(RpsBot):
    """Plays each move in turn: rock, paper, scissors, and again, or the other way round.

    "Rotate R-P-S" (rotatebot) of the RoShamBo programming competition (Billings 1999).

    Args:
        step: how far to go each time: 1 plays what beats its last move, 2 what its last move
            beats.
    """

    name = "rotate"
    needs_history: ClassVar[bool] = False
    step: int = 1

    def __post_init__(self) -> None:
        check_between(self.name, "step", self.step, 1, 2)

    def start(self, facts: Mapping[str, Any]) -> None:
        """Begin with the first move."""
        self._moves = itertools.cycle((0, self.step, 2 * self.step % 3))

    def throw(self) -> Move:
        """The move whose turn it is."""
        return next(self._moves)


@dataclass
class DeBruijn(RpsBot):
    """Plays a de Bruijn sequence: every series of `order` moves comes once in each period.

    No shorter context predicts it (de Bruijn 1946, Proc. KNAW 49:758). "De Bruijn" of the RoShamBo
    programming competition (Billings 1999) played other sequences of order 4.

    Args:
        order: length of the series; the period is 3 to its power.
    """

    name = "de_bruijn"
    needs_history: ClassVar[bool] = False
    order: int = 4

    def __post_init__(self) -> None:
        check_between(self.name, "order", self.order, 1, 9)

    def start(self, facts: Mapping[str, Any]) -> None:
        """Begin at the beginning of the sequence."""
        self._moves = itertools.cycle(de_bruijn(self.order))

    def throw(self) -> Move:
        """The next move of the sequence."""
        return next(self._moves)


@dataclass
class PiDigits(RpsBot):
    """Plays the digits of pi modulo 3, without the zeros.

    "Pi" (pibot) of the RoShamBo programming competition (Billings 1999).
    """

    name = "pi_digits"
    needs_history: ClassVar[bool] = False

    def start(self, facts: Mapping[str, Any]) -> None:
        """Begin with the digit 3."""
        self._digits = pi_digits()

    def throw(self) -> Move:
        """The next digit."""
        return next(digit for digit in self._digits if digit) % 3


@dataclass
class CopyLast(RpsBot):
    """Plays the other's last move; at first by chance.

    Imitation can be exploited without limit in games that hold such a cycle, and hardly in others
    (Duersch, Oechssler & Schipper 2012, Games Econ. Behav. 76:88).
    """

    name = "copy_last"

    def throw(self) -> Move:
        """The other's last move."""
        return int(self.seat.rng.random() * 3) if self.other is None else self.other


@dataclass
class BeatLast(RpsBot):
    """Plays what beats the other's last move; at first the second move (paper).

    "Beat Last Move" (copybot) of the RoShamBo programming competition (Billings 1999), which opens
    as if the other had just played rock; the best response dynamics of Cournot (1838).
    """

    name = "beat_last"

    def throw(self) -> Move:
        """What beats the other's last move."""
        return BEATEN_BY[self.other or 0]


@dataclass
class Frequency(RpsBot):
    """Plays what beats the other's most frequent move.

    "Beat Frequent Pick" (freqbot) of the RoShamBo programming competition (Billings 1999), that is
    fictitious play (Brown 1951). Of equally frequent moves it takes the last to be the likeliest
    (of rock, paper and scissors in this order), and so it opens with rock.
    """

    name = "frequency"

    def start(self, facts: Mapping[str, Any]) -> None:
        """Nothing counted yet."""
        self._counts = [0, 0, 0]

    def see(self, own: Move, other: Move) -> None:
        """Count the other's move."""
        self._counts[other] += 1

    def throw(self) -> Move:
        """What beats the other's most frequent move."""
        return BEATEN_BY[likeliest(self._counts)]


@dataclass
class AntiFrequency(RpsBot):
    """Expects the other to beat its own most frequent move, and beats that.

    The second guess against `frequency`: "P'.0" of frequency analysis in Iocaine Powder (Egnor
    1999).
    """

    name = "anti_frequency"

    def start(self, facts: Mapping[str, Any]) -> None:
        """Nothing counted yet."""
        self._counts = [0, 0, 0]

    def see(self, own: Move, other: Move) -> None:
        """Count the own move."""
        self._counts[own] += 1

    def throw(self) -> Move:
        """What beats what beats the own most frequent move."""
        return BEATEN_BY[BEATEN_BY[likeliest(self._counts)]]


@dataclass
class Flat(RpsBot):
    """Plays its own least frequent move, and draws lots between equally rare ones.

    After "Flat" (flatbot) of the RoShamBo programming competition (Billings 1999).
    """

    name = "flat"

    def start(self, facts: Mapping[str, Any]) -> None:
        """Nothing counted yet."""
        self._counts = [0, 0, 0]

    def see(self, own: Move, other: Move) -> None:
        """Count the own move."""
        self._counts[own] += 1

    def throw(self) -> Move:
        """One of the own least frequent moves."""
        least = min(self._counts)
        rare = [move for move in range(3) if self._counts[move] == least]
        return rare[int(self.seat.rng.random() * len(rare))]


@dataclass
class Switch(RpsBot):
    """Plays its last move again only with a small probability; else one of the others by chance.

    "Always Switchin'" (switchbot) of the RoShamBo programming competition (Billings 1999) never
    plays a move twice in a row; people, too, alternate more than chance would (Wagenaar 1972,
    Psychol. Bull. 77:65).

    Args:
        p_repeat: probability of the last move; 1/3 is uniform play, above that the bot is inert.
    """

    name = "switch"
    p_repeat: float = 0.0

    def __post_init__(self) -> None:
        check_probability(self.name, "p_repeat", self.p_repeat)

    def throw(self) -> Move:
        """The last move, or one of the others."""
        if self.own is None:
            return int(self.seat.rng.random() * 3)
        others = (1 - self.p_repeat) / 2
        shift = draw(self.seat.rng, (self.p_repeat, others, others))
        return (self.own + shift) % 3


SHIFTS = {"stay": 0, "beat_own": 1, "beaten_by_own": 2}
"""How far to go from the own last move: not at all, to what beats it, to what it beats."""

Shift = Literal["stay", "beat_own", "beaten_by_own"]


@dataclass
class WinStayLoseRotate(RpsBot):
    """Stays with a move that won, and shifts in a fixed direction from one that lost.

    Win-stay lose-shift in the deterministic form with a direction; the shifts are the "+" and "-"
    of Wang, Xu & Zhou 2014, Sci. Rep. 4:5830 (rock, paper, scissors being "+").

    Args:
        lose: where to go after a loss: `beat_own` is the move that has just won (imitation),
            `beaten_by_own` the one that would have won.
        tie: where to go after a tie, likewise, or `stay`.
    """

    name = "win_stay_lose_rotate"
    lose: Shift = "beaten_by_own"
    tie: Shift = "stay"

    def __post_init__(self) -> None:
        check_one_of(self.name, "lose", self.lose, tuple(SHIFTS))
        check_one_of(self.name, "tie", self.tie, tuple(SHIFTS))

    def throw(self) -> Move:
        """The last move, shifted by what it brought."""
        if self.own is None or self.other is None:
            return int(self.seat.rng.random() * 3)
        shifts = (SHIFTS[self.tie], 0, SHIFTS[self.lose])
        return (self.own + shifts[(self.own - self.other) % 3]) % 3


@dataclass
class ConditionalResponse(RpsBot):
    """Stays or shifts by chance, with probabilities that depend on a win, a tie or a loss.

    The conditional response of Wang, Xu & Zhou 2014, Sci. Rep. 4:5830, who find it in people:
    each triple holds the probabilities to stay ("0"), to shift up ("+", to what beats the own last
    move) and to shift down ("-", to what it beats). The defaults are win-stay lose-shift with
    some noise, not the probabilities of that paper.

    Args:
        win: probabilities after a win.
        tie: probabilities after a tie.
        loss: probabilities after a loss.
    """

    name = "conditional_response"
    win: Sequence[float] = (0.6, 0.2, 0.2)
    tie: Sequence[float] = (0.4, 0.4, 0.2)
    loss: Sequence[float] = (0.2, 0.2, 0.6)

    def __post_init__(self) -> None:
        for outcome in ("win", "tie", "loss"):
            check_distribution(self.name, outcome, getattr(self, outcome))

    def throw(self) -> Move:
        """The last move, shifted by chance."""
        if self.own is None or self.other is None:
            return int(self.seat.rng.random() * 3)
        response = (self.tie, self.win, self.loss)[(self.own - self.other) % 3]
        return (self.own + draw(self.seat.rng, response)) % 3


def likeliest(counts: Sequence[int]) -> Move:
    """The most frequent move; where several are, the last of them.

    >>> likeliest([2, 2, 1]), likeliest([0, 0, 0])
    (1, 2)
    """
    rock, paper, scissors = counts
    if rock > paper and rock > scissors:
        return 0
    return 1 if paper > scissors else 2


@functools.cache
def de_bruijn(order: int) -> tuple[Move, ...]:
    """The least de Bruijn sequence of three moves: its Lyndon words in order.

    Fredricksen & Maiorana 1978, Discrete Math. 23:207: those Lyndon words whose length divides the
    order, in lexicographic order, as Duval's algorithm (1988) brings them.

    >>> de_bruijn(2)
    (0, 0, 1, 0, 2, 1, 1, 2, 2)
    """
    sequence: list[Move] = []
    word = [-1]
    while word:
        word[-1] += 1
        if order % len(word) == 0:
            sequence += word
        word = [word[i % len(word)] for i in range(order)]
        while word and word[-1] == 2:
            word.pop()
    return tuple(sequence)


def pi_digits() -> Iterator[int]:
    """The decimal digits of pi, one by one.

    Gosper's series in the unbounded spigot of Gibbons 2006, Amer. Math. Monthly 113:318: each
    term narrows an interval in exact arithmetic, and a digit is given once it is certain.

    >>> digits = pi_digits()
    >>> [next(digits) for _ in range(6)]
    [3, 1, 4, 1, 5, 9]
    """
    q, r, t, i = 1, 180, 60, 2
    while True:
        u = 3 * (3 * i + 1) * (3 * i + 2)
        digit = (q * (27 * i - 12) + 5 * r) // (5 * t)
        yield digit
        q, r, t = 10 * q * i * (2 * i - 1), 10 * u * (q * (5 * i - 2) + r - digit * t), t * u
        i += 1
