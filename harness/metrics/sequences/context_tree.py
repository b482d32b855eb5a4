"""Context-tree weighting: prediction by all contexts up to a length, mixed.

Willems, Shtarkov & Tjalkens (1995), "The context-tree weighting method: basic properties", IEEE
Transactions on Information Theory 41(3), 653-664; for alphabets of any size with the estimator of
Krichevsky & Trofimov (1981), IEEE Transactions on Information Theory 27(2), 199-207.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.sequences.moves import Floats, History, Ints, Past, checked, histories

__all__ = ["ContextTree", "code_length", "depth_for"]

MOST_NODES = 1 << 20
"""Of one match's tree; more would be memory without use, since most are never visited."""


def depth_for(n_rounds: int) -> int:
    """The depth that a match of this length can fill: 3 up to 100 rounds, and 5 above.

    >>> depth_for(100), depth_for(1000)
    (3, 5)
    """
    return 3 if n_rounds <= 100 else 5


class ContextTree:
    """The tree's probabilities of the next move, for many matches side by side.

    At node s, which stands for a context, moves a were seen n_s(a) times and are estimated by
    `P_e(a|s) = (n_s(a) + 1/2) / (n_s + A/2)`. Leaves use that; a node above mixes it evenly with
    what its children gave: `P_w^s = P_e^s / 2 + prod_c P_w^{cs} / 2` (Willems et al. 1995).
    Kept here are the odds of the two parts at each node, so that a round costs depth + 1 steps.

    Rounds before the first, and rounds without a valid move, are a context symbol of their own.

    Args:
        n_actions: moves that the predicted player has.
        depth: rounds that the longest context holds, at least 0.
        history: what of a round makes up the context; the player's own moves if left out.
        n_matches: how many matches go on side by side.

    Raises:
        UsageError: the tree would have more than 1,048,576 nodes.

    >>> tree = ContextTree(n_actions=2, depth=1)
    >>> for move in (0, 1, 0, 1, 0):
    ...     tree.update(np.array([move]), np.array([-1]))
    >>> tree.probabilities().round(3).tolist()
    [[0.226, 0.774]]
    """

    def __init__(
        self, n_actions: int, depth: int, history: History | None = None, n_matches: int = 1
    ) -> None:
        base = (n_actions if history is None else history.n_symbols) + 1
        n_nodes = sum(base**length for length in range(depth + 1))
        if n_nodes > MOST_NODES:
            raise UsageError(
                f"a context tree of depth {depth} over {base} symbols has {n_nodes} nodes; "
                f"the most is {MOST_NODES}: take a smaller depth"
            )
        own = history or histories(np.zeros((n_actions, 1)))["own"]
        self.past = Past(own, depth, n_matches)
        sizes = base ** np.arange(depth + 1)
        self._sizes, self._starts = sizes, np.cumsum(sizes) - sizes
        self._rows = np.arange(n_matches)
        self._counts = np.zeros((n_matches, n_nodes, n_actions), np.float32)
        self._log_odds = np.zeros((n_matches, n_nodes))  # of the estimate against the children
        self._levels: tuple[Ints, Floats, Floats] | None = None

    def probabilities(self) -> Floats:
        """Of each next move, shape (matches, actions); each row sums to 1."""
        return self._predicted()[2][:, 0]

    def update(self, own: Ints, other: Ints) -> None:
        """Take in one round: moves of the predicted player and the other, shape (matches,) each."""
        nodes, estimates, mixed = self._predicted()
        rows = np.flatnonzero(own >= 0)
        moves = own[rows]
        seen, visited = self._rows[rows, None], nodes[rows]
        gained = np.log(estimates[rows, :-1, moves]) - np.log(mixed[rows, 1:, moves])
        self._log_odds[seen, visited[:, :-1]] += gained
        self._counts[seen, visited, moves[:, None]] += 1
        self.past.push(own, other)
        self._levels = None

    def _predicted(self) -> tuple[Ints, Floats, Floats]:
        """Along the path from the root to the leaf: the nodes, their estimates, their mixtures.

        Shapes (matches, depth + 1), and twice (matches, depth + 1, actions).
        """
        if self._levels is None:
            nodes = self._starts + self.past.code[:, None] % self._sizes
            counts = self._counts[self._rows[:, None], nodes].astype(float)
            estimates = counts + 0.5
            estimates /= estimates.sum(axis=2, keepdims=True)
            log_odds = self._log_odds[self._rows[:, None], nodes[:, :-1]]
            share = 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))
            mixed = estimates.copy()
            for level in range(nodes.shape[1] - 2, -1, -1):
                weight = share[:, level, None]
                mixed[:, level] = weight * estimates[:, level] + (1 - weight) * mixed[:, level + 1]
            self._levels = nodes, estimates, mixed
        return self._levels


def code_length(
    moves: ArrayLike, n_actions: int, depth: int, past: Sequence[int] | None = None
) -> Floats:
    """Bits that context-tree weighting needs for each match: -log2 of its probability.

    Divide by the number of coded moves for a rate; uniform play has log2(n_actions). A rate holds
    what the tree had to learn, so it falls with the length of the match: compare rates of matches
    of one length only.

    Args:
        moves: shape (matches, rounds), or (rounds,) for one match; -1 where there is no valid move.
        n_actions: moves that the player has.
        depth: of the tree.
        past: moves before the first, taken as context and not coded. If left out, the first `depth`
            rounds of each match are that.

    Returns:
        Shape (matches,), in bits.

    Raises:
        UsageError: a move is out of range.

    >>> bits = code_length([0, 1, 0, 0, 1, 1, 0], 2, depth=3, past=[1, 1, 0])
    >>> round(2 ** -float(bits[0]) * 2048, 9)  # published: 7/2048
    7.0
    """
    table = checked(moves, n_actions)
    tree = ContextTree(n_actions, depth, n_matches=len(table))
    nothing = np.full(len(table), -1)
    if past is not None:
        for row in checked([past], n_actions, "past").T:
            tree.past.push(np.full(len(table), row[0]), nothing)
    bits = np.zeros(len(table))
    for t, own in enumerate(table.T):
        if past is None and t < depth:
            tree.past.push(own, nothing)
            continue
        valid = own >= 0
        bits[valid] -= np.log2(tree.probabilities()[valid, own[valid]])
        tree.update(own, nothing)
    return bits
