"""Every history of a small game, as a tree.

A node is a history: the game's generator run over the actions leads there. What a player knows at a
decision is all that it has been shown and has done until then: its observations as programs see
them, their words as readers do, and its own actions. Histories that are alike in this are one
information state, in which it has one mixed strategy.

Walked are games of two players, in which every decision is between finitely many actions and
nothing happens by chance. Chance is found in two ways: by the streams of chance that the game
holds, which must not be drawn from once the first decision is due; and by walking every history
under two seeds, which must not differ in anything that is shown or paid.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.errors import UsageError, plugin_call
from harness.exact.course import History, Reached, lead
from harness.game import Decision, Game, plain
from harness.identity import canonical_json
from harness.match import Entry
from harness.metrics.game_tree import END, GameTree
from harness.models.value import options
from harness.space import Action

__all__ = ["SEED", "Walked", "walk"]

MOST_NODES = 2_000_000
"""More than these, ends of the game included, do not fit."""

SEED = 0
"""Of the game's chance, which nothing may come of."""

OTHER_SEED = 1

Last: TypeAlias = tuple[int, int]
"""A player's last information state and action."""

NOTHING_YET: Last = (END, END)
"""What a player did last who has not been asked yet."""

Place: TypeAlias = tuple[int, History, tuple[Last, Last]]
"""A node, the history that leads there, and what both players did last."""


@dataclass(frozen=True)
class Walked:
    """A game that was walked.

    Attributes:
        game: the game.
        tree: its tree, payoffs being totals in points.
        places: the first history found of each information state.
        actions: the actions in each information state, in the order of the tree's children.
        n_histories: at how many histories each player is asked.
        rounds: how many rounds it has; None where that depends on what is done.
    """

    game: Entry
    tree: GameTree = field(repr=False)
    places: Sequence[History] = field(repr=False)
    actions: Sequence[tuple[Action, ...]] = field(repr=False)
    n_histories: tuple[int, int]
    rounds: int | None

    @property
    def cooperation(self) -> tuple[float, float] | None:
        """Both players' totals where everybody always cooperates; None where that means nothing."""
        node, game = 0, self.game.what
        while (player := self.tree.player[node]) != END:
            good, actions = game.cooperative(player), self.actions[self.tree.state[node]]
            if good is None or good not in actions:
                return None
            node = self.tree.children[node][actions.index(good)]
        return self.tree.payoffs[node]


class _Growing:
    """A tree while it is being walked."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.player: list[int] = []
        self.state: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.payoffs: list[tuple[float, float]] = []
        self.places: list[History] = []
        self.actions: list[tuple[Action, ...]] = []
        self.n_histories = [0, 0]
        self.rounds: set[int] = set()
        self._known: dict[tuple[int, Last, str], int] = {}

    def node(self) -> int:
        """A new node, an end until it is found to be none."""
        self.player.append(END)
        self.state.append(END)
        self.children.append(())
        self.payoffs.append((0.0, 0.0))
        return len(self.player) - 1

    def know(self, decision: Decision, last: Last, view: str, history: History) -> int:
        """The information state of a player at a decision."""
        key = decision.player, last, view
        if key not in self._known:
            self._known[key] = len(self._known)
            self.places.append(history)
            self.actions.append(_listed(self.entry, decision))
        self.n_histories[decision.player] += 1
        return self._known[key]


def walk(entry: Entry, most: int) -> Walked:
    """Walk every history of a game.

    Args:
        entry: the game.
        most: how many histories there may be at which somebody is asked.

    Raises:
        UsageError: the game is not of the kind that is walked, or has more histories.
        PluginError: the game breaks the engine's contract.
    """
    game: Game = entry.what
    if (game.n_players, game.n_seats) != (2, 2):
        raise UsageError(
            f"{entry.spec} has {game.n_players} players; exact values are of games between two"
        )
    growing = _Growing(entry)
    waiting: deque[Place] = deque([(growing.node(), (), (NOTHING_YET, NOTHING_YET))])
    n_found, checked = 0, False
    while waiting:
        node, history, last = place = waiting.popleft()
        with plugin_call(entry.spec, "play() or words"):
            reached, views = _shown(entry, history, last)
        if not reached.asked:
            first, second = reached.payoffs
            growing.payoffs[node] = float(first), float(second)
            growing.rounds.add(reached.rounds)
            if not checked:
                checked = True
                _check_chance(entry, history)
            continue
        n_found += 1
        if n_found > most or len(growing.player) > MOST_NODES:
            raise UsageError(
                f"{entry.spec} has more than {min(most, n_found):,} histories at which somebody is"
                " asked; play fewer rounds, or set --max-histories higher"
            )
        waiting += _expanded(growing, place, reached.asked, views)
    tree = GameTree(growing.player, growing.state, growing.children, growing.payoffs)
    first, second = growing.n_histories
    rounds = growing.rounds.pop() if len(growing.rounds) == 1 else None
    return Walked(entry, tree, growing.places, growing.actions, (first, second), rounds)


def _shown(entry: Entry, history: History, last: tuple[Last, Last]) -> tuple[Reached, list[str]]:
    """Where a history leads, and what is shown there to each who is asked.

    Raises:
        UsageError: another seed shows or pays something else.
    """
    told = []
    for seed in (SEED, OTHER_SEED):
        reached = lead(entry, history, seed)
        views = [_view(entry.what, d, first=last[d.player] == NOTHING_YET) for d in reached.asked]
        told.append((reached.payoffs, reached.rounds, [d.player for d in reached.asked], views))
    if told[0] != told[1]:
        raise _by_chance(entry)
    return reached, views


def _view(game: Game, decision: Decision, *, first: bool) -> str:
    """All that a player is shown at a decision."""
    rules = game.rules(decision) if first else ""
    words = str(game.describe(decision))
    space = [str(decision.space), options(decision.space)]
    seen = plain(dict(decision.observation))
    return canonical_json([decision.kind, space, seen, rules, words, decision.aside])


def _listed(entry: Entry, decision: Decision) -> tuple[Action, ...]:
    """The actions at a decision.

    Raises:
        UsageError: there are too many, or no end of them.
    """
    listed = options(decision.space)
    if listed is None:
        raise UsageError(
            f"{entry.spec} asks for {decision.space}; exact values are of games in which every"
            " decision is between finitely many actions, at most 1,001"
        )
    return tuple(action for _, action in listed)


def _check_chance(entry: Entry, history: History) -> None:
    """Refuse a game that draws lots on its way through a history."""
    with plugin_call(entry.spec, "play()"):
        reached = lead(entry, history, SEED, watch=True)
    if reached.drawn:
        raise _by_chance(entry)


def _by_chance(entry: Entry) -> UsageError:
    return UsageError(
        f"in {entry.spec} something happens by chance (what is dealt, labelled or ordered, what"
        " trembles, when it ends); exact values are of games without: leave it out"
    )


def _expanded(
    growing: _Growing, place: Place, asked: Sequence[Decision], views: Sequence[str]
) -> list[Place]:
    """Put the decisions that are due under a node, and tell what is to be walked next.

    Of several, each is decided without knowing what the others of the same time are.
    """
    node, history, last = place
    now: list[tuple[int, tuple[Action, ...], tuple[Last, Last]]] = [(node, (), last)]
    for decision, view in zip(asked, views, strict=True):
        player = decision.player
        state = growing.know(decision, last[player], view, history)
        actions = growing.actions[state]
        following = []
        for here, step, done in now:
            growing.player[here], growing.state[here] = player, state
            below = [growing.node() for _ in actions]
            growing.children[here] = tuple(below)
            for i, (child, action) in enumerate(zip(below, actions, strict=True)):
                mine = (state, i)
                after = (mine, done[1]) if player == 0 else (done[0], mine)
                following.append((child, (*step, action), after))
        now = following
    return [(child, (*history, step), done) for child, step, done in now]
