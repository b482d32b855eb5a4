"""The Rock Paper Scissors bots, and matches between two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness import Bot
from harness.agents.iocaine import Iocaine
from harness.agents.rps_basic import (
    AntiFrequency,
    BeatLast,
    Biased,
    ConditionalResponse,
    Constant,
    CopyLast,
    DeBruijn,
    Flat,
    Frequency,
    PiDigits,
    Rotate,
    Switch,
    WinStayLoseRotate,
)
from harness.agents.rps_predictors import (
    Backoff,
    ContextMixing,
    Markov,
    OutcomeShift,
    PatternMatch,
    Rotation,
)
from harness.games.rps import rock_paper_scissors
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play

SIMPLE: list[Callable[[], Bot]] = [
    Constant,
    Biased,
    Rotate,
    DeBruijn,
    PiDigits,
    CopyLast,
    BeatLast,
    Frequency,
    AntiFrequency,
    Flat,
    Switch,
    WinStayLoseRotate,
    ConditionalResponse,
]
PREDICTORS: list[Callable[[], Bot]] = [
    Markov,
    Backoff,
    ContextMixing,
    PatternMatch,
    Rotation,
    OutcomeShift,
]
ALL = [*SIMPLE, *PREDICTORS, Iocaine]
BLIND = (Constant, Biased, Rotate, DeBruijn, PiDigits)


def meet(a: Bot, b: Bot, rounds: int = 1000, repeat: int = 0, game: Any = None) -> MatchRecord:
    game = game or rock_paper_scissors(rounds=rounds)
    seats = (Entry(a.name, a), Entry(b.name, b))
    record = play(Match(Entry("rps", game), seats, repeat=repeat))
    assert record.status is Status.OK, record.reason
    return record


def thrown(record: MatchRecord, player: int = 0) -> list[Any]:
    return [r.actions[player] for r in record.rounds]
