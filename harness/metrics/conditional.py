"""How a player answers: niceness, retaliation, forgiveness, contrition, reciprocity.

Rates are over opportunities, pooled over the matches given; where there was no opportunity they are
None. Matches are the unit of inference, or blocks of them: what happens within one is never taken
for independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.metrics.interval import Estimate, ratio
from harness.metrics.memory_one import match_counts

__all__ = ["Conditional", "Fontana", "conditional", "fontana", "rounds_to_forgive"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Conditional:
    """How a player answers what happened in the last round.

    Attributes:
        niceness: share of matches in which it never defected before, or in the same round as, the
            other's first defection.
        opening_cooperation: cooperated in the first round.
        loyalty: cooperated after both had.
        forgiveness: cooperated after it had cooperated and met defection.
        retaliation: defected then: 1 - forgiveness.
        contrition: cooperated after it had defected and met cooperation.
        reconciliation: cooperated after both had defected.
        reciprocity: cooperation after the other's C less cooperation after its D, from -1 to 1.
        emulation: did what the other had done in the last round.
        rounds_to_forgive: median number of rounds from the other's first return to C, after it had
            defected, to the player's next C (Kaplan & Meier 1958, Journal of the American
            Statistical Association 53(282)); None where more than half of the matches ended
            before.
    """

    niceness: Estimate
    opening_cooperation: Estimate
    loyalty: Estimate
    forgiveness: Estimate
    retaliation: Estimate
    contrition: Estimate
    reconciliation: Estimate
    reciprocity: Estimate
    emulation: Estimate
    rounds_to_forgive: Estimate


@dataclass(frozen=True, slots=True)
class Fontana:
    """Five dimensions of behaviour, each from 0 to 1: means over matches with an opportunity.

    After Fontana, Pierri & Aiello (2025), "Nicer than humans: how do large language models behave
    in the prisoner's dilemma?", ICWSM 2025, as their published code defines them, except that a
    match without opportunity is left out and not counted as 0.

    Attributes:
        nice: it was not the first to defect.
        forgiving: defections of the other that it forgave, relative to those and to the rounds of
            penalty after the other had cooperated again; one grudge at a time.
        retaliatory: unprovoked defections of the other that it answered with defection.
        troublemaking: unprovoked defections of its own, relative to the occasions for them: the
            first round, and each cooperation of the other.
        emulative: rounds in which it did what the other had done in the round before.
    """

    nice: Estimate
    forgiving: Estimate
    retaliatory: Estimate
    troublemaking: Estimate
    emulative: Estimate


def conditional(
    own: ArrayLike,
    other: ArrayLike,
    blocks: Sequence[Hashable] | None = None,
    tables: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Conditional:
    """How a player answered, with bootstrap intervals over blocks.

    Args:
        own: its moves, shape (matches, rounds): 0 for C, 1 for D, -1 for none of its own.
        other: the other's moves, of the same shape.
        blocks: the unit of inference of each match; each match its own if not given.
        tables: who played in each match; the same everywhere if not given. The interval is for
            playing the same tables again (`harness.metrics.interval.ratio`).
        seed: of the bootstrap.

    Raises:
        UsageError: the shapes differ, or there is a move that is no action.

    >>> copied = conditional([[0, 0, 1, 0]], [[0, 1, 0, 0]])  # tit for tat
    >>> copied.niceness.value, copied.retaliation.value, copied.contrition.value
    (1.0, 1.0, 1.0)
    >>> copied.reconciliation.value is None
    True
    """
    counts = match_counts(own, other)
    mine, theirs = np.asarray(own, np.int64), np.asarray(other, np.int64)
    where = blocks if blocks is not None else list(range(len(mine)))
    who = tables if tables is not None else [0] * len(mine)

    def rate(hits: Ints, chances: Ints) -> Estimate:
        """A rate over opportunities; matches that had none are left out."""
        had = np.flatnonzero(chances).tolist()
        found = ratio(hits[had], chances[had], [where[i] for i in had], [who[i] for i in had], seed)
        return Estimate(found.value, found.low, found.high, int(chances.sum()))

    def answer(state: int, action: int = 0) -> Estimate:
        """How often the player took an action in a state of `memory_one.STATES`."""
        return rate(counts[:, state, action], counts[:, state].sum(axis=1))

    after_c, after_d = counts[:, [1, 3]].sum(axis=1), counts[:, [2, 4]].sum(axis=1)
    lasting, ended = _waits(mine, theirs)
    nice, judged = _nice(mine, theirs)
    return Conditional(
        niceness=rate(nice, judged),
        opening_cooperation=answer(0),
        loyalty=answer(1),
        forgiveness=answer(2),
        retaliation=answer(2, 1),
        contrition=answer(3),
        reconciliation=answer(4),
        reciprocity=_difference(after_c, after_d, where, who, seed),
        emulation=rate(after_c[:, 0] + after_d[:, 1], (after_c + after_d).sum(axis=1)),
        rounds_to_forgive=rounds_to_forgive(lasting, ended),
    )


def rounds_to_forgive(waits: ArrayLike, ended: ArrayLike) -> Estimate:
    """Median of waiting times, some of which were cut short: the estimate of Kaplan & Meier.

    Args:
        waits: shape (n,), rounds waited.
        ended: shape (n,), whether the wait ended in what was waited for; else it was cut short.

    Returns:
        The first time by which at least half of the waits have ended, without bounds; None where
        there was no wait, or more than half were cut short.

    >>> rounds_to_forgive([1, 2, 2, 5], [True, True, True, False]).value
    2.0
    """
    times, events = np.asarray(waits, float), np.asarray(ended, bool)
    n = int(times.size)
    if n == 0 or events.mean() < 0.5:
        return Estimate(None, None, None, n)
    surviving = 1.0
    for time in np.unique(times[events]):
        surviving *= 1 - (events & (times == time)).sum() / (times >= time).sum()
        if surviving <= 0.5 + 1e-12:
            return Estimate(float(time), None, None, n)
    return Estimate(None, None, None, n)


def fontana(
    own: ArrayLike,
    other: ArrayLike,
    blocks: Sequence[Hashable] | None = None,
    tables: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Fontana:
    """The five dimensions of Fontana et al., with bootstrap intervals over blocks.

    Matches in which a move was not a player's own before the last one that was are left out: the
    definitions need every round. Arguments and errors are as in `conditional`.

    >>> print(fontana([[0, 0, 1, 0]], [[0, 1, 0, 0]]).retaliatory.value)
    1.0
    """
    match_counts(own, other)
    mine, theirs = np.asarray(own, np.int64), np.asarray(other, np.int64)
    where = blocks if blocks is not None else list(range(len(mine)))
    who = tables if tables is not None else [0] * len(mine)
    table = _dimensions(mine, theirs)

    def mean(values: Floats) -> Estimate:
        had = np.flatnonzero(~np.isnan(values)).tolist()
        ones = np.ones(len(had))
        return ratio(values[had], ones, [where[i] for i in had], [who[i] for i in had], seed)

    return Fontana(*(mean(values) for values in table.T))


def _nice(own: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Whether each match was nice, and whether that can be told.

    The player's defection counts up to the round of the other's first one; a round in which either
    move is missing before that leaves it open, unless the player had defected by then. It stays
    open where a move of the other's is missing before the player's first defection: what was played
    in its place was seen, and may be what is answered.
    """
    rounds = own.shape[1]
    at = np.arange(rounds)
    theirs = np.where((other == 1).any(axis=1), (other == 1).argmax(axis=1), rounds)
    before = at <= theirs[:, None]
    defected = (before & (own == 1)).any(axis=1)
    played = np.where((own >= 0) | (other >= 0), at + 1, 0).max(axis=1, initial=0)
    missing = (own < 0) | (other < 0)
    opened = (before & missing & (at < played[:, None])).any(axis=1)
    mine = np.where((own == 1).any(axis=1), (own == 1).argmax(axis=1), rounds)
    provoked = ((other < 0) & (at < mine[:, None])).any(axis=1)
    known = (played > 0) & np.where(defected, ~provoked, ~opened)
    return (known & ~defected).astype(np.int64), known.astype(np.int64)


def _waits(own: Ints, other: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Rounds from the other's first return to C until the player's next C, and whether it came.

    A wait is cut short by the end of the match and by a move that was not the player's own.
    """
    waits, ended = [], []
    for a, b in zip(own, other, strict=True):
        returns = np.flatnonzero((b[1:] == 0) & (b[:-1] == 1)) + 1
        after = a[returns[0] + 1 :] if returns.size else a[:0]
        cut = np.flatnonzero(after < 0)
        after = after[: cut[0]] if cut.size else after
        if after.size:
            forgiven = np.flatnonzero(after == 0)
            waits.append(int(forgiven[0]) + 1 if forgiven.size else len(after))
            ended.append(bool(forgiven.size))
    return np.array(waits, np.int64), np.array(ended, bool)


def _difference(
    first: Ints,
    second: Ints,
    blocks: Sequence[Hashable],
    tables: Sequence[Hashable],
    seed: int,
) -> Estimate:
    """Difference of two pooled rates, with the interval of its linearisation over matches."""
    n = first.sum(), second.sum()
    if not n[0] or not n[1]:
        return Estimate(None, None, None, int(n[0] + n[1]))
    rates = first[:, 0].sum() / n[0], second[:, 0].sum() / n[1]
    influence = (first[:, 0] - rates[0] * first.sum(axis=1)) / n[0]
    influence = influence - (second[:, 0] - rates[1] * second.sum(axis=1)) / n[1]
    value = float(rates[0] - rates[1])
    found = ratio(value + len(first) * influence, np.ones(len(first)), blocks, tables, seed)
    return Estimate(value, found.low, found.high, int(n[0] + n[1]))


def _dimensions(own: Ints, other: Ints) -> Floats:
    """The five dimensions of each match, shape (matches, 5); NaN where there was no opportunity.

    All are NaN of a match in which a move is missing before the last one that was made.
    """
    valid = (own >= 0) & (other >= 0)
    n = valid.sum(axis=1)
    at = np.arange(own.shape[1])
    whole = (n > 0) & (valid == (at < n[:, None])).all(axis=1)
    a, b, within = own[whole], other[whole], at < n[whole, None]
    a, b = np.where(within, a, -1), np.where(within, b, -1)
    answer, before = a[:, 1:], b[:, :-1]
    follows = within[:, 1:]
    kind = follows & (before == 0)
    provoked = follows & (before == 1)
    provoked[:, 1:] &= a[:, :-2] == 0
    forgiven, occasions = _grudges(a, b)
    opened = a[:, :1].sum(axis=1) if a.shape[1] else np.zeros(len(a))
    shares = (
        (_nice(a, b)[0], np.ones(len(a))),
        (forgiven, occasions),
        ((provoked & (answer == 1)).sum(axis=1), provoked.sum(axis=1)),
        (opened + (kind & (answer == 1)).sum(axis=1), 1 + kind.sum(axis=1)),
        ((follows & (answer == before)).sum(axis=1), follows.sum(axis=1)),
    )
    found = np.full((len(own), 5), np.nan)
    found[whole] = np.column_stack(
        [np.where(under > 0, over / np.maximum(under, 1), np.nan) for over, under in shares]
    )
    return found


def _grudges(own: Ints, other: Ints) -> tuple[Ints, Ints]:
    """How many defections each match's player forgave, and how many it might have.

    One grudge at a time; a round in which it still defects after the other has come back is one
    more that it might have forgiven.
    """
    grudge = np.zeros(len(own), bool)
    forgiven, occasions = (np.zeros(len(own), np.int64) for _ in range(2))
    for t in range(own.shape[1]):
        forgives = grudge & (own[:, t] == 0)
        forgiven += forgives
        grudge &= ~forgives
        if t + 1 < own.shape[1]:
            occasions += grudge & (other[:, t] == 0) & (own[:, t + 1] == 1)
        harmed = ~grudge & (other[:, t] == 1)
        occasions += harmed
        grudge |= harmed
    return forgiven, occasions
