"""What two players who look a fixed number of rounds back earn against each other.

Policies are as in `harness.metrics.memory_one`: a row of probabilities for each state, each state
in the player's own view, the opening first. Payoffs are matrices of shape (row's actions, column's
actions).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.memory_one import n_states, successors

__all__ = [
    "four_vector",
    "limiting_distribution",
    "mean_payoffs",
    "memory_of",
    "pair_chain",
    "press_dyson",
    "recurrent_classes",
    "stationary_distribution",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def four_vector(p: ArrayLike, opening: float = 1.0) -> Floats:
    """The policy of a player given by its probabilities of C after CC, CD, DC and DD.

    Returns:
        Shape (5, 2): opening, CC, CD, DC, DD by C, D.

    Raises:
        UsageError: not four probabilities.

    >>> four_vector([1, 0, 1, 0])[:, 0].tolist()
    [1.0, 1.0, 0.0, 1.0, 0.0]
    """
    values = np.asarray(p, float)
    if values.shape != (4,) or not ((values >= 0) & (values <= 1)).all():
        raise UsageError(
            f"a memory-one player of a game of cooperation is four probabilities, those of"
            f" cooperating after CC, CD, DC and DD; these were given: {values.tolist()}"
        )
    cooperate = np.concatenate([[opening], values])
    return np.stack([cooperate, 1 - cooperate], axis=1)


def press_dyson(p: ArrayLike, q: ArrayLike, payoffs: Sequence[ArrayLike]) -> tuple[float, ...]:
    """Long-run payoffs by the determinant of Press & Dyson.

    s = D(p, q, S) / D(p, q, 1): Press & Dyson (2012), "Iterated prisoner's dilemma contains
    strategies that dominate any evolutionary opponent", PNAS 109(26), equations 4 and 5.

    Args:
        p: probabilities of C after CC, CD, DC, DD of the first player, in its own view.
        q: those of the second player, in its own view.
        payoffs: vectors of shape (4,) over CC, CD, DC, DD in the first player's view.

    Returns:
        A long-run mean for each vector.

    Raises:
        UsageError: the quotient is undefined, since where play ends depends on the opening.

    >>> tft, alld = [1, 0, 1, 0], [0, 0, 0, 0]
    >>> [round(s, 12) for s in press_dyson(tft, alld, [[3, 0, 5, 1], [3, 5, 0, 1]])]
    [1.0, 1.0]
    """
    first, second = np.asarray(p, float), np.asarray(q, float)[[0, 2, 1, 3]]
    columns = np.stack([first * second, first, second], axis=1)
    columns -= [[1, 1, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    chain = _four_states(first, second)
    if len(recurrent_classes(chain)) > 1:
        raise UsageError(
            "the determinant of Press & Dyson is undefined for this pair, whose long-run play"
            " depends on the opening; use mean_payoffs, which takes openings into account"
        )
    mass = np.linalg.det(np.column_stack([columns, np.ones(4)]))
    return tuple(
        float(np.linalg.det(np.column_stack([columns, np.asarray(f, float)])) / mass)
        for f in payoffs
    )


def memory_of(policy: ArrayLike, n_other: int) -> int:
    """How many rounds back a policy looks, told from its shape.

    Raises:
        UsageError: no memory has that many states.

    >>> memory_of(four_vector([1, 0, 1, 0]), n_other=2)
    1
    """
    states, actions = np.shape(policy)
    memory = 0
    while n_states(actions * n_other, memory) < states:
        memory += 1
    if n_states(actions * n_other, memory) != states:
        known = ", ".join(str(n_states(actions * n_other, m)) for m in range(4))
        raise UsageError(
            f"a policy has {states} rows; with {actions} own actions and {n_other} of the other's"
            f" there must be {known}, ... of them, for memory 0, 1, 2, 3, ..."
        )
    return memory


def pair_chain(row: ArrayLike, column: ArrayLike) -> tuple[Floats, Floats]:
    """The Markov chain of states, in the row player's view, that two players make together.

    Args:
        row: its policy, shape (states, actions).
        column: the other's policy, in its own view; its memory may differ.

    Returns:
        The chain, shape (states, states), the opening first; and the probability of each joint
        action in each state, shape (states, row's actions, column's actions).

    >>> chain, joint = pair_chain(four_vector([1, 0, 1, 0]), four_vector([0, 0, 0, 0], 0))
    >>> chain[0].tolist()  # from the opening, where tit for tat cooperates and the other defects
    [0.0, 0.0, 1.0, 0.0, 0.0]
    """
    first, second = np.asarray(row, float), np.asarray(column, float)
    n_row, n_column = first.shape[1], second.shape[1]
    memories = memory_of(first, n_column), memory_of(second, n_row)
    memory = max(*memories, 1)
    own = _remembered(n_row, n_column, memory, memories[0])
    seen = _remembered(n_row, n_column, memory, memories[1])
    swapped = _swapped(n_row, n_column, memories[1])
    joint = first[own][:, :, None] * second[swapped[seen]][:, None, :]
    following = successors(n_row, n_column, memory)
    states = len(following)
    cell = np.arange(states)[:, None, None] * states + following
    flat = np.bincount(cell.ravel(), weights=joint.ravel(), minlength=states * states)
    return flat.reshape(states, states).astype(float), joint


def mean_payoffs(
    row: ArrayLike,
    column: ArrayLike,
    payoffs: Sequence[ArrayLike],
    rounds: int | None = None,
    discount: float | None = None,
) -> tuple[float, ...]:
    """Expected mean payoffs per round of two players, from the opening.

    Over a number of rounds they are exact sums; discounted, (1 - discount) times the sum of
    discounted payoffs; else long-run means, in the sense of Cesàro where play alternates or where
    it ends depends on the opening.

    Args:
        row: the row player's policy.
        column: the column player's policy, in its own view.
        payoffs: matrices of shape (row's actions, column's actions), such as both players'.
        rounds: how many are played, at least 1; None for no end.
        discount: weight of each round relative to the one before, from 0 to below 1.

    Returns:
        A mean per round for each matrix.

    Raises:
        UsageError: both `rounds` and `discount`, or one out of range.

    >>> extort_2 = four_vector([8 / 9, 1 / 2, 1 / 3, 0])
    >>> cooperator = four_vector([1, 1, 1, 1])
    >>> game = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    >>> [round(s, 10) for s in mean_payoffs(extort_2, cooperator, game)]
    [3.5, 2.25]
    """
    if rounds is not None and discount is not None:
        raise UsageError("rounds and discount were both given; a match has one or the other")
    if (rounds is not None and rounds < 1) or (discount is not None and not 0 <= discount < 1):
        raise UsageError(
            f"rounds={rounds}, discount={discount}; rounds must be at least 1, a discount be"
            " from 0 to below 1"
        )
    chain, joint = pair_chain(row, column)
    start: Floats = np.eye(len(chain))[0]
    weights: Floats = np.zeros(len(start))
    if rounds is not None:
        now = start
        for _ in range(rounds):
            weights += now / rounds
            now = np.asarray(now @ chain)
    elif discount is not None:
        visits = np.linalg.solve(np.eye(len(chain)) - discount * chain.T, start)
        weights = np.asarray((1 - discount) * visits)
    else:
        weights = limiting_distribution(chain, start)
    shares = np.tensordot(weights, joint, axes=1)
    return tuple(float((shares * np.asarray(matrix, float)).sum()) for matrix in payoffs)


def recurrent_classes(chain: ArrayLike) -> list[Ints]:
    """The sets of states that a Markov chain never leaves and visits for ever.

    Args:
        chain: shape (states, states), rows summing to 1.

    >>> [c.tolist() for c in recurrent_classes([[0, 0.5, 0.5], [0, 1, 0], [0, 0, 1]])]
    [[1], [2]]
    """
    reach = (np.asarray(chain, float) > 0) | np.eye(len(np.asarray(chain)), dtype=bool)
    for _ in range(len(reach).bit_length()):
        reach = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
    mutual = reach & reach.T
    closed = (reach == mutual).all(axis=1)
    return [np.flatnonzero(mutual[s]) for s in np.flatnonzero(closed) if mutual[s].argmax() == s]


def stationary_distribution(chain: ArrayLike) -> Floats:
    """The one stationary distribution of an irreducible chain, accurate entry by entry.

    By elimination without subtraction: Grassmann, Taksar & Heyman (1985), "Regenerative analysis
    and steady state distributions for Markov chains", Operations Research 33(5).

    Args:
        chain: shape (states, states), rows summing to 1, every state reachable from every other.

    >>> stationary_distribution([[0.5, 0.5], [0.25, 0.75]]).round(6).tolist()
    [0.333333, 0.666667]
    """
    reduced = np.array(chain, float)
    n = len(reduced)
    for last in range(n - 1, 0, -1):
        reduced[:last, last] /= reduced[last, :last].sum()
        reduced[:last, :last] += np.outer(reduced[:last, last], reduced[last, :last])
    weights: Floats = np.ones(n)
    for state in range(1, n):
        weights[state] = weights[:state] @ reduced[:state, state]
    return np.asarray(weights / weights.sum())


def limiting_distribution(chain: ArrayLike, start: ArrayLike) -> Floats:
    """Long-run shares of rounds spent in each state: the Cesàro limit from a start.

    Each recurrent class has its stationary distribution, weighted with the probability of ending
    there: Kemeny & Snell (1960), Finite Markov Chains, theorems 3.3.7 and 5.1.1.

    Args:
        chain: shape (states, states), rows summing to 1.
        start: shape (states,), where it starts.

    >>> limiting_distribution([[0, 0.5, 0.5], [0, 1, 0], [0, 0, 1]], [1, 0, 0]).tolist()
    [0.0, 0.5, 0.5]
    """
    moves, first = np.asarray(chain, float), np.asarray(start, float)
    classes = recurrent_classes(moves)
    transient = np.setdiff1d(np.arange(len(moves)), np.concatenate(classes))
    inner = np.eye(len(transient)) - moves[np.ix_(transient, transient)]
    visits = np.linalg.solve(inner.T, first[transient]) if transient.size else np.zeros(0)
    shares = np.zeros(len(moves))
    for members in classes:
        mass = first[members].sum() + visits @ moves[np.ix_(transient, members)].sum(axis=1)
        shares[members] = mass * stationary_distribution(moves[np.ix_(members, members)])
    return shares


def _four_states(p: Floats, q: Floats) -> Floats:
    """The chain over CC, CD, DC, DD; both players' probabilities in the first one's order."""
    columns = p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)
    return np.stack(columns, axis=1)


def _remembered(n_row: int, n_column: int, memory: int, own: int) -> Ints:
    """The state that a player remembers in each state of a longer memory."""
    joint = n_row * n_column
    states = []
    for length in range(memory + 1):
        kept = min(length, own)
        states.append(n_states(joint, kept - 1) + np.arange(joint**length) % joint**kept)
    return np.concatenate(states)


def _swapped(n_row: int, n_column: int, memory: int) -> Ints:
    """The state of the column player in each state of the row player."""
    joint = n_row * n_column
    turned = np.arange(joint).reshape(n_column, n_row).T.ravel()  # row's code to column's
    states = []
    for length in range(memory + 1):
        code, left = np.zeros(joint**length, np.int64), np.arange(joint**length)
        for place in range(length):
            code += turned[left // joint**place % joint] * joint**place
        states.append(n_states(joint, length - 1) + code)
    return np.concatenate(states)
