"""Ratings of a tournament of cooperators and defectors, as Axelrod's tournaments report them.

The definitions are those of the `axelrod` library (Knight et al. 2016, Journal of Open Research
Software 4(1), e35), version 4.14, where it has a number; where there was no opportunity, None is
reported in place of its 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.matrices import Floats

__all__ = ["Eigenvector", "TournamentRatings", "principal_eigenvector", "tournament_ratings"]


@dataclass(frozen=True, slots=True)
class Eigenvector:
    """The eigenvector of the largest eigenvalue.

    Attributes:
        vector: shape (n,), of length 1, its sum positive.
        eigenvalue: the largest in absolute value.
    """

    vector: Floats
    eigenvalue: float


@dataclass(frozen=True, slots=True)
class TournamentRatings:
    """How agents fared and how they treated each other. Lists are in the order of `agents`.

    Attributes:
        agents: names.
        normalised_cooperation: shape (n, n), share of decisions in which row cooperated with
            column, self-play on the diagonal; NaN where they made none.
        cooperating_rating: share of decisions that were cooperation, without self-play.
        initial_cooperation_rate: share of matches opened with cooperation, likewise.
        good_partner_rating: share of matches, likewise, in which the agent cooperated at least as
            often as its opponent.
        eigenjesus: principal eigenvector of the normalised cooperation: who cooperates with
            those who cooperate; None where it is not unique or a cell is missing. Relative to this
            population: do not compare between tournaments.
        eigenmoses: that of 2 (cooperation - 1/2): who defects on defectors gains too.
        wins: matches with a larger total than the opponent's.
        score: sum of payoffs, without self-play.
        median_score: median over repetitions of the mean payoff per round, each match alike.
        ranking: indices of agents by median score, the best first, ties in the order of `agents`,
            those without a score last.
    """

    agents: tuple[str, ...]
    normalised_cooperation: Floats
    cooperating_rating: tuple[float | None, ...]
    initial_cooperation_rate: tuple[float | None, ...]
    good_partner_rating: tuple[float | None, ...]
    eigenjesus: Eigenvector | None
    eigenmoses: Eigenvector | None
    wins: tuple[int, ...]
    score: tuple[float, ...]
    median_score: tuple[float | None, ...]
    ranking: tuple[int, ...]


def tournament_ratings(
    agents: Sequence[str],
    opponents: Sequence[str],
    repetitions: Sequence[Hashable],
    *,
    rounds: ArrayLike,
    payoffs: ArrayLike,
    opponent_payoffs: ArrayLike,
    decisions: ArrayLike,
    cooperations: ArrayLike,
    opponent_cooperations: ArrayLike,
    opened: ArrayLike,
) -> TournamentRatings:
    """Rate a tournament of matches of two, one row for each seat of each match.

    Args:
        agents: length m, who sat there.
        opponents: length m, against whom; self-play is two rows of the same name.
        repetitions: length m, which repetition of the tournament the match belongs to.
        rounds: shape (m,), rounds of the match, above 0.
        payoffs: shape (m,), what the seat earned in all.
        opponent_payoffs: shape (m,), what the other did.
        decisions: shape (m,), valid moves of the seat.
        cooperations: shape (m,), how many of these were cooperation.
        opponent_cooperations: shape (m,), of the other seat's valid moves.
        opened: shape (m,), 1 where the first move was cooperation, 0 where not, NaN where it was
            not valid.

    Raises:
        UsageError: lengths that differ, a match without rounds, or more cooperations than
            decisions.

    >>> found = tournament_ratings(
    ...     ["tit for tat", "defector"], ["defector", "tit for tat"], [0, 0],
    ...     rounds=[10, 10], payoffs=[9, 14], opponent_payoffs=[14, 9],
    ...     decisions=[10, 10], cooperations=[1, 0], opponent_cooperations=[0, 1], opened=[1, 0])
    >>> found.cooperating_rating, found.wins, found.ranking
    ((0.1, 0.0), (0, 1), (1, 0))
    """
    columns = [rounds, payoffs, opponent_payoffs, decisions, cooperations, opponent_cooperations]
    length, earned, theirs, moves, own, their_own, first = (
        np.asarray(column, float) for column in (*columns, opened)
    )
    sizes = {len(agents), len(opponents), len(repetitions)}
    sizes |= {x.size for x in (length, earned, theirs, moves, own, their_own, first)}
    if len(sizes) > 1:
        raise UsageError(f"columns of a tournament have one entry a seat, not {sorted(sizes)}")
    if not (length > 0).all() or not ((own >= 0) & (own <= moves)).all():
        raise UsageError("every match has rounds, and no seat more cooperations than decisions")
    names = tuple(dict.fromkeys((*agents, *opponents)))
    code = {name: k for k, name in enumerate(names)}
    i, j = (np.array([code[name] for name in side], np.intp) for side in (agents, opponents))
    n, other = len(names), i != j

    def total(weights: Floats, chosen: Floats | None = None) -> Floats:
        kept = other if chosen is None else other & (chosen > 0)
        return np.bincount(i[kept], weights[kept], n).astype(float)

    made, cooperated = (np.zeros((n, n)) for _ in range(2))
    np.add.at(made, (i, j), moves)
    np.add.at(cooperated, (i, j), own)
    normalised = np.divide(cooperated, made, out=np.full((n, n), np.nan), where=made > 0)
    valid = np.isfinite(first).astype(float)
    median = _median_scores(
        i[other],
        (earned / length)[other],
        [repetition for repetition, kept in zip(repetitions, other, strict=True) if kept],
        n,
    )
    order = sorted(range(n), key=lambda k: (median[k] is None, -(median[k] or 0.0)))
    return TournamentRatings(
        names,
        normalised,
        _shares(total(own), total(moves)),
        _shares(total(np.nan_to_num(first)), total(valid)),
        _shares(total((own >= their_own).astype(float), moves), total(np.ones_like(moves), moves)),
        principal_eigenvector(normalised),
        principal_eigenvector(2 * (normalised - 0.5)),
        tuple(int(w) for w in total((earned > theirs).astype(float))),
        tuple(float(s) for s in total(earned)),
        tuple(median),
        tuple(order),
    )


def principal_eigenvector(matrix: ArrayLike) -> Eigenvector | None:
    """The eigenvector that power iteration from equal entries comes to, where there is one.

    Args:
        matrix: shape (n, n).

    Returns:
        None where a cell is missing (NaN), the two largest eigenvalues differ by less than 1e-6 of
        the larger in absolute value, the largest is complex, or the vector's entries cancel, which
        leaves its sign open.

    >>> principal_eigenvector([[1, 1], [0, 0]]).vector
    array([1., 0.])
    >>> principal_eigenvector([[0, 1], [-1, 0]])  # two complex ones of the same size
    """
    cells = np.asarray(matrix, float)
    if not cells.size or not np.isfinite(cells).all():
        return None
    values, vectors = np.linalg.eig(cells)
    order = np.argsort(-np.abs(values), kind="stable")
    sizes = np.abs(values[order])
    if sizes[0] <= 1e-12 or (sizes.size > 1 and sizes[0] - sizes[1] < 1e-6 * sizes[0]):
        return None
    vector = np.real(vectors[:, order[0]])
    vector = vector / np.linalg.norm(vector)
    total = vector.sum()
    if abs(total) < 1e-9:
        return None
    signed = vector * np.sign(total)
    return Eigenvector(np.where(signed == 0, 0.0, signed), float(np.real(values[order[0]])))


def _median_scores(
    agents: NDArray[np.intp], per_round: Floats, repetitions: Sequence[Hashable], n: int
) -> list[float | None]:
    """Median over repetitions of the mean over matches of the payoff per round."""
    scores: list[dict[Hashable, list[float]]] = [{} for _ in range(n)]
    for agent, repetition, score in zip(agents, repetitions, per_round, strict=True):
        scores[int(agent)].setdefault(repetition, []).append(float(score))
    return [
        float(np.median([np.mean(matches) for matches in of_agent.values()])) if of_agent else None
        for of_agent in scores
    ]


def _shares(tops: Floats, bottoms: Floats) -> tuple[float | None, ...]:
    return tuple(float(t / b) if b else None for t, b in zip(tops, bottoms, strict=True))
