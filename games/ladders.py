"""The ladders of exploiters, kept as data, and which of them a game in normal form has."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from harness import Ladder

if TYPE_CHECKING:
    from harness.games.matrix import MatrixGame, Payoffs

FEW = 6
"""Actions of each player that a model-based exploiter can tell apart."""


@functools.cache
def ladders() -> dict[str, Ladder]:
    """All that `ladders.toml` says, by the family's name."""
    source = resources.files("harness.games").joinpath("ladders.toml").read_text("utf-8")
    return {
        name: Ladder(
            name,
            told["version"],
            tuple(told["rungs"]),
            told.get("extortioners", {}),
            tuple(told.get("invaders", ())),
            told.get("best_responder", ""),
        )
        for name, told in tomllib.loads(source).items()
    }


def matrix_ladder(game: MatrixGame) -> Ladder:
    """The ladder of a game in normal form, by its payoffs."""
    return ladders()[_family(game)]


def _family(game: MatrixGame) -> str:
    """The family of a game in normal form."""
    own, other = game.row, tuple(zip(*game.column, strict=True))  # both `[own][other's]`
    shape = len(own), len(own[0])
    if game.feedback != "full" or game.recall is not None or max(shape) > FEW:
        return "plain"
    if shape == (2, 2):
        (r, s), (t, p) = own
        return "dilemma" if own == other and t > r > p > s else "two_by_two"
    if shape == (3, 3) and own == other and _cyclic(own):
        return "cycle"
    return "few_actions"


def _cyclic(own: Payoffs) -> bool:
    """Whether each action is the one best response to another, all three in a cycle."""
    columns = list(zip(*own, strict=True))
    best = [max(range(3), key=column.__getitem__) for column in columns]
    single = all(column.count(max(column)) == 1 for column in columns)
    return single and sorted(best) == [0, 1, 2] and all(best[j] != j for j in range(3))
