"""Predictors of a player's next move, each learning as a match goes on.

A predictor follows many matches side by side, and starts each from nothing: ask it for the
`probabilities` of the next moves, then `update` it with the moves that were made. What it needs is
known before the round, so that what it does on a log it could have done at the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.sequences.context_tree import ContextTree, depth_for
from harness.metrics.sequences.moves import Floats, History, Ints, Past, histories

__all__ = ["LongestMatch", "Maker", "Markov", "Predictor", "StayShift", "predictors"]

MOST_CONTEXTS = 4096
"""Longer or richer contexts than these are seen too rarely in a match to be worth counting."""


class Predictor(Protocol):
    """What predicts the next move of the player in each of many matches."""

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions); each row sums to 1."""

    def update(self, own: Ints, other: Ints) -> None:
        """Take in one round: moves of the predicted player and the other, shape (matches,) each.

        A move is -1 where there was no valid one; rounds after it see nothing in its place.
        """


Maker: TypeAlias = Callable[[int], Predictor]
"""Makes a new predictor for so many matches."""


class Markov:
    """The frequencies of moves after the last rounds, 1/2 added to each count.

    Of order 0 it is the frequency of moves in the match so far. The halves are the Dirichlet(1/2)
    prior of Krichevsky & Trofimov (1981).

    Args:
        n_actions: moves that the predicted player has.
        order: how many of the last rounds make up the context.
        history: what of each of them.
        n_matches: how many matches go on side by side.

    Raises:
        UsageError: there would be more than 1,048,576 contexts.

    >>> markov = Markov(2, 1, histories([[1, -1], [-1, 1]])["own"])
    >>> for move in (0, 1, 0):
    ...     markov.update(np.array([move]), np.array([0]))
    >>> markov.probabilities().tolist()
    [[0.25, 0.75]]
    """

    def __init__(self, n_actions: int, order: int, history: History, n_matches: int = 1) -> None:
        self._past = Past(history, order, n_matches)
        if self._past.n_codes > 1 << 20:
            raise UsageError(f"order {order}: {self._past.n_codes} contexts; take a smaller order")
        self._rows = np.arange(n_matches)
        self._counts = np.full((n_matches, self._past.n_codes, n_actions), 0.5, np.float32)

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions)."""
        counts = self._counts[self._rows, self._past.code].astype(float)
        shares: Floats = counts / counts.sum(axis=1, keepdims=True)
        return shares

    def update(self, own: Ints, other: Ints) -> None:
        """Count one round's moves under the context that they came after."""
        rows = np.flatnonzero(own >= 0)
        self._counts[rows, self._past.code[rows], own[rows]] += 1
        self._past.push(own, other)


class StayShift:
    """How the player goes on from its own last move after each outcome: win-stay, lose-shift.

    Counted, with 1/2 added, is the step from one move to the next, whatever the move, under what
    the last round brought. Among two or three actions the step is (next - last) modulo their
    number; among more it is to stay or to shift, each other move being as likely.

    Args:
        n_actions: moves that the predicted player has.
        outcomes: the history whose symbols are outcomes.
        n_matches: how many matches go on side by side.

    >>> win_stay = StayShift(2, histories([[1, -1], [-1, 1]])["outcome"])
    >>> for own, other in ((0, 0), (0, 1), (1, 1)):
    ...     win_stay.update(np.array([own]), np.array([other]))
    >>> win_stay.probabilities().tolist()
    [[0.25, 0.75]]
    """

    def __init__(self, n_actions: int, outcomes: History, n_matches: int = 1) -> None:
        self._past = Past(outcomes, 1, n_matches)
        self._last = np.full(n_matches, -1)
        self._rows = np.arange(n_matches)
        self._actions = np.arange(n_actions)
        n_steps = n_actions if n_actions <= 3 else 2
        prior = np.bincount(self._step(self._actions, 0), minlength=n_steps) / 2
        self._ways = prior * 2  # moves that one step can lead to
        self._counts = np.tile(prior, (n_matches, self._past.n_codes, 1))

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions); even where the last move is not known."""
        counts = self._counts[self._rows, self._past.code]
        shares = counts / counts.sum(axis=1, keepdims=True) / self._ways
        steps = self._step(self._actions, self._last[:, None])
        chances: Floats = np.take_along_axis(shares, steps, axis=1)
        chances[self._last < 0] = 1 / self._actions.size
        return chances

    def update(self, own: Ints, other: Ints) -> None:
        """Count the step that each player made under the outcome that it came after."""
        rows = np.flatnonzero((own >= 0) & (self._last >= 0))
        steps = self._step(own[rows], self._last[rows])
        self._counts[rows, self._past.code[rows], steps] += 1
        self._past.push(own, other)
        self._last = own

    def _step(self, moves: Ints, last: Ints | int) -> Ints:
        size = self._actions.size
        steps: Ints = (moves - last) % size
        return steps if size <= 3 else np.minimum(steps, 1)


class LongestMatch:
    """What came next where the longest end of the history had occurred before.

    The idea of Lempel & Ziv (1978), IEEE Transactions on Information Theory 24(5), 530-536, as
    players use it: of all earlier places where the most last rounds agree with now, the moves that
    followed are counted, with 1/2 added to each. Where nothing agrees that is the frequency.

    Args:
        n_actions: moves that the predicted player has.
        history: what of a round must agree.
        n_matches: how many matches go on side by side.

    >>> longest = LongestMatch(3, histories(np.eye(3))["own"])
    >>> for move in (0, 1, 2, 0, 1):
    ...     longest.update(np.array([move]), np.array([0]))
    >>> longest.probabilities().tolist()
    [[0.2, 0.2, 0.6]]
    """

    def __init__(self, n_actions: int, history: History, n_matches: int = 1) -> None:
        self._table, self._nothing = history.table, history.n_symbols
        self._n_actions, self._n_rounds = n_actions, 0
        # Rounds first, so that one round of all matches lies together.
        self._moves = np.full((16, n_matches), -1, np.int16)
        self._symbols = np.full((16, n_matches), -1, np.int32)
        self._agreed = np.zeros((16, n_matches), np.int16)  # rounds that agree, ending before each

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions)."""
        moves, agreed = self._moves[: self._n_rounds], self._agreed[: self._n_rounds]
        counts = np.full((moves.shape[1], self._n_actions), 0.5)
        if self._n_rounds:
            known = np.where(moves >= 0, agreed, -1)
            longest = (known == known.max(axis=0)) & (moves >= 0)
            for action in range(self._n_actions):
                counts[:, action] += np.count_nonzero(longest & (moves == action), axis=0)
        shares: Floats = counts / counts.sum(axis=1, keepdims=True)
        return shares

    def update(self, own: Ints, other: Ints) -> None:
        """Keep one round, and lengthen or break each agreement with it."""
        t = self._n_rounds
        if t == len(self._moves):
            for name in ("_moves", "_symbols", "_agreed"):
                kept = getattr(self, name)
                setattr(self, name, np.concatenate([kept, np.zeros_like(kept)]))
        symbols = self._table[own, other]
        self._moves[t], self._symbols[t] = own, symbols
        # agreed[i]: how far the rounds before i agree with the last ones; one round on it is what
        # agreed[i - 1] was, and 1 more, if round i - 1 agrees with this round.
        same = (self._symbols[:t] == symbols) & (symbols != self._nothing)
        self._agreed[1 : t + 1] = np.where(same, self._agreed[:t] + 1, 0)
        self._agreed[0] = 0
        self._n_rounds += 1


def predictors(payoffs: ArrayLike, n_rounds: int) -> dict[str, Maker]:
    """The predictors that are tried on every player, by name.

    `frequency`; `markov_1` to `markov_3` on the own moves, the joint moves (`_both`) and the
    outcomes (`_outcome`); `stay_shift`; `context_tree` and `longest_match` on the own and on the
    joint moves. Left out are those with more than 4,096 contexts in the game at hand.

    Args:
        payoffs: shape (own actions, other's actions), to the predicted player.
        n_rounds: length of a match, for the depth of the context trees: 3 up to 100 rounds, else 5;
            on joint moves 2 less.

    >>> names = list(predictors([[1, -1], [-1, 1]], n_rounds=100))
    >>> len(names), names[0], names[-1]
    (15, 'frequency', 'longest_match_both')
    """
    looks = histories(payoffs)
    n_actions = np.shape(payoffs)[0]
    found: dict[str, Maker] = {
        "frequency": lambda n: Markov(n_actions, 0, looks["own"], n),
        "stay_shift": lambda n: StayShift(n_actions, looks["outcome"], n),
    }
    for name, history in looks.items():
        suffix = "" if name == "own" else f"_{name}"
        for order in (1, 2, 3):
            if (history.n_symbols + 1) ** order <= MOST_CONTEXTS:
                found[f"markov_{order}{suffix}"] = _markov(n_actions, order, history)
    for name, less in (("own", 0), ("both", 2)):
        suffix = "" if name == "own" else f"_{name}"
        depth = depth_for(n_rounds) - less
        if (looks[name].n_symbols + 1) ** depth <= MOST_CONTEXTS:
            found[f"context_tree{suffix}"] = _tree(n_actions, depth, looks[name])
        found[f"longest_match{suffix}"] = _longest(n_actions, looks[name])
    return found


def _markov(n_actions: int, order: int, history: History) -> Maker:
    return lambda n: Markov(n_actions, order, history, n)


def _tree(n_actions: int, depth: int, history: History) -> Maker:
    return lambda n: ContextTree(n_actions, depth, history, n)


def _longest(n_actions: int, history: History) -> Maker:
    return lambda n: LongestMatch(n_actions, history, n)
