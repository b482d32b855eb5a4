"""A finite game of two players in extensive form, as data.

Decisions that are due at the same time stand one after the other, the second player not knowing
what the first did. Chance has no moves here: `harness.exact` refuses games in which it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from harness.errors import UsageError

__all__ = ["END", "GameTree", "Policy"]

Policy: TypeAlias = Mapping[int, Sequence[float]]
"""The probability of each action, by information state: a player's mixed strategy."""

END = -1
"""Stands in place of a player where the game is over."""


@dataclass(frozen=True)
class GameTree:
    """A game tree with its information states; nodes are numbered from the root, parents first.

    Attributes:
        player: who moves at each node, 0 or 1; `END` where the game is over.
        state: the information state at each node, numbered over both players; `END` at an end.
        children: the nodes that each action leads to; empty at an end.
        payoffs: both players' totals in points, at ends; zeros elsewhere.

    Raises:
        UsageError: nodes of one information state differ in player, number of actions, or in what
            the player has done before, which a player with perfect recall would know.

    >>> pennies = GameTree(
    ...     player=[0, 1, 1, END, END, END, END],
    ...     state=[0, 1, 1, END, END, END, END],  # player 1 does not know which it is
    ...     children=[(1, 2), (3, 4), (5, 6), (), (), (), ()],
    ...     payoffs=[(0, 0)] * 3 + [(1, -1), (-1, 1), (-1, 1), (1, -1)],
    ... )
    >>> pennies.n_actions, pennies.sequence(1)
    ([2, 2], [(-1, -1)])
    """

    player: Sequence[int]
    state: Sequence[int]
    children: Sequence[Sequence[int]]
    payoffs: Sequence[tuple[float, float]] = field(repr=False)

    def __post_init__(self) -> None:
        told: dict[int, tuple[int, int, tuple[int, int]]] = {}
        for node, state in enumerate(self.state):
            if state == END:
                continue
            player = self.player[node]
            now = player, len(self.children[node]), self.before[player][node]
            if told.setdefault(state, now) != now:
                raise UsageError(
                    f"information state {state} is no single one: its nodes differ in player,"
                    " actions or what the player did before; exact values need perfect recall"
                )

    @cached_property
    def before(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """By player and node: the player's last information state before it, and action there."""
        found = [(END, END)] * len(self.player), [(END, END)] * len(self.player)
        for node, children in enumerate(self.children):
            for action, child in enumerate(children):
                for player in (0, 1):
                    mine = self.player[node] == player
                    last = (self.state[node], action) if mine else found[player][node]
                    found[player][child] = last
        return found

    @cached_property
    def nodes(self) -> list[list[int]]:
        """The nodes of each information state."""
        found: list[list[int]] = [[] for _ in range(max(self.state, default=END) + 1)]
        for node, state in enumerate(self.state):
            if state != END:
                found[state].append(node)
        return found

    @cached_property
    def ends(self) -> list[int]:
        """The nodes at which the game is over."""
        return [node for node, player in enumerate(self.player) if player == END]

    @cached_property
    def n_actions(self) -> list[int]:
        """How many actions there are in each information state."""
        return [len(self.children[nodes[0]]) for nodes in self.nodes]

    def states(self, player: int) -> list[int]:
        """The information states of a player, each after those that come before it."""
        return [s for s, nodes in enumerate(self.nodes) if self.player[nodes[0]] == player]

    def sequence(self, player: int) -> list[tuple[int, int]]:
        """What a player did last before each of its information states, in their order."""
        return [self.before[player][self.nodes[state][0]] for state in self.states(player)]

    def constant_sum(self) -> bool:
        """Whether both players' totals sum to the same wherever the game ends."""
        sums = [sum(self.payoffs[end]) for end in self.ends]
        largest = max((abs(u) for end in self.ends for u in self.payoffs[end]), default=0.0)
        return max(sums) - min(sums) <= 1e-12 * max(largest, 1e-300)
