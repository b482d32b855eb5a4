"""Best responses in a whole game tree, exactly: nothing is sampled.

The other player's mixed strategy is known in each of its information states; the responder knows
what the game lets it see, and chooses one action in each of its own. Information states are solved
from the last to the first, each by the sum over the nodes that the responder cannot tell apart,
weighted by how likely the other player makes them (Koller, Megiddo & von Stengel 1996, "Efficient
computation of equilibria for extensive two-person games", Games and Economic Behavior 14, section
2; Lanctot et al. 2017, "A unified game-theoretic approach to multiagent reinforcement learning",
arXiv:1711.00832, for NashConv).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.errors import UsageError
from harness.metrics.game_tree import END, GameTree, Policy

__all__ = ["Response", "best_response", "expected_payoffs", "uniform"]

TIE = 1e-9
"""Payoffs that differ by less, relative to the largest, count as equal."""

Pair: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Response:
    """Best play against a mixed strategy.

    Attributes:
        value: expected total of what was to be made large.
        second: expected total of what was to be made small among the best.
        actions: what to do in each of the responder's information states.
    """

    value: float
    second: float
    actions: dict[int, int]


def uniform(tree: GameTree, player: int) -> dict[int, list[float]]:
    """The strategy that chooses every action with the same probability."""
    counts = {state: tree.n_actions[state] for state in tree.states(player)}
    return {state: [1 / n] * n for state, n in counts.items()}


def expected_payoffs(tree: GameTree, first: Policy, second: Policy) -> tuple[float, float]:
    """Both players' expected totals where each plays its mixed strategy.

    Raises:
        UsageError: a strategy lacks an information state or is no distribution.
    """
    policies = first, second
    for player, policy in enumerate(policies):
        _check(tree, player, policy)
    reach = [1.0] + [0.0] * (len(tree.player) - 1)
    totals = [0.0, 0.0]
    for node, mover in enumerate(tree.player):
        if mover == END:
            for player in (0, 1):
                totals[player] += reach[node] * tree.payoffs[node][player]
            continue
        for child, p in zip(tree.children[node], policies[mover][tree.state[node]], strict=True):
            reach[child] = reach[node] * p
    return totals[0], totals[1]


def best_response(
    tree: GameTree, responder: int, policy: Policy, *, harm: bool = False
) -> Response:
    """The best that a player can do against the other's mixed strategy.

    Args:
        tree: the game.
        responder: who responds, 0 or 1.
        policy: the other player's mixed strategy, by information state.
        harm: whether the responder wants the other's payoff to be small, whatever it costs;
            otherwise it wants its own to be large, and among equally good plays `second` is the
            least that these leave the other.

    Returns:
        `value` is the responder's total, and `second` the other's; with `harm`, `value` is minus
        the other's total, and `second` minus the responder's.

    Raises:
        UsageError: the strategy lacks an information state or is no distribution.

    >>> dilemma = GameTree(
    ...     player=[0, 1, 1, END, END, END, END],
    ...     state=[0, 1, 1, END, END, END, END],
    ...     children=[(1, 2), (3, 4), (5, 6), (), (), (), ()],
    ...     payoffs=[(0, 0)] * 3 + [(3, 3), (0, 5), (5, 0), (1, 1)],
    ... )
    >>> best_response(dilemma, 1, {0: [1, 0]})  # against a cooperator
    Response(value=5.0, second=0.0, actions={1: 1})
    """
    other = 1 - responder
    _check(tree, other, policy)
    sign = -1.0 if harm else 1.0
    first, second = (other, responder) if harm else (responder, other)
    reach = _reach(tree, other, policy)
    levels = _levels(tree, responder)
    scale = TIE * max((abs(u) for end in tree.ends for u in tree.payoffs[end]), default=0.0)
    values: list[Pair] = [(0.0, 0.0)] * len(tree.player)
    actions: dict[int, int] = {}
    for states, nodes in reversed(levels):
        for state in states:
            actions[state] = _choose(tree, state, reach, values, scale)
        for node in reversed(nodes):
            mover = tree.player[node]
            if mover == END:
                paid = tree.payoffs[node]
                values[node] = sign * paid[first], sign * paid[second]
            elif mover == responder:
                values[node] = values[tree.children[node][actions[tree.state[node]]]]
            else:
                values[node] = _mean(tree.children[node], policy[tree.state[node]], values)
    return Response(float(values[0][0]), float(values[0][1]), dict(sorted(actions.items())))


def _check(tree: GameTree, player: int, policy: Policy) -> None:
    """Refuse what is no strategy of this player."""
    for state in tree.states(player):
        given = policy.get(state)
        n = tree.n_actions[state]
        if given is None or len(given) != n or min(given) < 0 or abs(sum(given) - 1) > 1e-6:
            raise UsageError(
                f"the strategy of player {player} in information state {state} is {given}; it must"
                f" be {n} probabilities that sum to 1"
            )


def _reach(tree: GameTree, other: int, policy: Policy) -> list[float]:
    """How likely the other player's choices make each node, where the responder leads to it."""
    reach = [1.0] * len(tree.player)
    for node, children in enumerate(tree.children):
        mine = policy[tree.state[node]] if tree.player[node] == other else None
        for action, child in enumerate(children):
            reach[child] = reach[node] * (1.0 if mine is None else mine[action])
    return reach


def _levels(tree: GameTree, responder: int) -> list[tuple[list[int], list[int]]]:
    """The responder's information states, and all nodes, by how often it has moved before."""
    depth = [0] * len(tree.player)
    for node, children in enumerate(tree.children):
        for child in children:
            depth[child] = depth[node] + (tree.player[node] == responder)
    levels: list[tuple[list[int], list[int]]] = [([], []) for _ in range(max(depth) + 1)]
    for node, level in enumerate(depth):
        levels[level][1].append(node)
    for state in tree.states(responder):
        levels[depth[tree.nodes[state][0]]][0].append(state)
    return levels


def _choose(
    tree: GameTree, state: int, reach: list[float], values: list[Pair], scale: float
) -> int:
    """The action with the largest first and, among those, the smallest second number."""
    totals = []
    for action in range(tree.n_actions[state]):
        nodes = [(reach[node], tree.children[node][action]) for node in tree.nodes[state]]
        totals.append(tuple(sum(r * values[child][k] for r, child in nodes) for k in (0, 1)))
    weight = sum(reach[node] for node in tree.nodes[state])
    enough = max(first for first, _ in totals) - scale * weight
    best = [a for a, (first, _) in enumerate(totals) if first >= enough]
    return min(best, key=lambda action: totals[action][1])


def _mean(children: Sequence[int], chances: Sequence[float], values: list[Pair]) -> Pair:
    """The mean of the children's values; what has no chance does not count."""
    likely = [(p, values[child]) for child, p in zip(children, chances, strict=True) if p]
    return sum(p * v[0] for p, v in likely), sum(p * v[1] for p, v in likely)
