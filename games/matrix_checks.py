"""What a game in normal form may be: its payoffs and settings, checked when it is made."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness import UsageError, one_of, shorten

if TYPE_CHECKING:
    from harness.games.matrix import MatrixGame

LETTERS = "JFQXRHTNPMKVWZBCDGLSAEUY"
"""Names given to options that have none of their own; I and O are left out as unlike letters."""


def check_payoffs(game: MatrixGame) -> None:
    """Refuse payoffs that are no bimatrix, and actions that do not fit them.

    Raises:
        UsageError: the message says which number or name it is.
    """
    where = f"{game.name}: payoffs"
    shapes = {}
    for whose, matrix in (("row", game.row), ("column", game.column)):
        if not matrix or not all(matrix):
            raise UsageError(
                f"{where} of the {whose} player are empty; give at least one action each"
            )
        widths = {len(line) for line in matrix}
        if len(widths) > 1:
            raise UsageError(
                f"{where} of the {whose} player have lines of {sorted(widths)} numbers;"
                " all lines must be equally long"
            )
        for i, line in enumerate(matrix):
            for j, value in enumerate(line):
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise UsageError(f"{where}[{i}][{j}] is {shorten(value)}; it must be a number")
                if not math.isfinite(value):
                    raise UsageError(f"{where}[{i}][{j}] is {value}; it must be a finite number")
        shapes[whose] = (len(matrix), *widths)
    if shapes["row"] != shapes["column"]:
        raise UsageError(
            f"{where} have unequal shapes: {shapes['row']} for the row player,"
            f" {shapes['column']} for the column player"
        )
    for whose, actions, size in (
        ("row", game.row_actions, shapes["row"][0]),
        ("column", game.column_actions, shapes["row"][1]),
    ):
        if len(actions) != size or len(set(actions)) != size or not all(actions):
            raise UsageError(
                f"{game.name}: {whose} actions are {shorten(list(actions))}; there must be {size}"
                " distinct names, one for each line of payoffs"
            )


def check_settings(game: MatrixGame) -> None:
    """Refuse settings of repeated play that are out of range.

    Raises:
        UsageError: the message names the setting, its value and what it must be.
    """

    def refuse(name: str, must: str) -> None:
        raise UsageError(
            f"{game.name}: {name} is {shorten(getattr(game, name))}; it must be {must}"
        )

    def whole(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1

    def number(value: object) -> bool:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )

    if game.rounds is not None and not whole(game.rounds):
        refuse("rounds", "a whole number, 1 or more")
    if game.recall is not None and not whole(game.recall):
        refuse("recall", "a whole number, 1 or more, or None")
    if game.continuation is not None and not (
        number(game.continuation) and 0 <= game.continuation < 1
    ):
        refuse("continuation", "a probability below 1, or None")
    if not number(game.discount) or not 0 < game.discount <= 1:
        refuse("discount", "above 0 and at most 1")
    if not number(game.noise) or not 0 <= game.noise <= 1:
        refuse("noise", "a probability")
    if not number(game.stakes) or game.stakes <= 0:
        refuse("stakes", "a finite number above 0")
    for name, known in (
        ("horizon", ("announced", "hidden")),
        ("relabel", ("never", "match", "round")),
        ("order", ("fixed", "match", "round")),
        ("feedback", ("full", "payoffs", "none")),
    ):
        if getattr(game, name) not in known:
            refuse(name, one_of(known))
    _check_labels(game, refuse)
    for name in ("currency", "story", "goal"):
        if not isinstance(getattr(game, name), str):
            refuse(name, "text")


def _check_labels(game: MatrixGame, refuse: Callable[[str, str], None]) -> None:
    """Refuse labels that do not name every action, each differently."""
    size = max(len(game.row_actions), len(game.column_actions))
    if game.labels == "letters" and size > len(LETTERS):
        refuse("labels", f"'names' or a list of {size}: there are not enough letters")
    if game.labels == "names" and game.relabel != "never":
        refuse("labels", "'letters' or a list where they are drawn anew (relabel)")
    if game.labels in ("letters", "names"):
        return
    labels = game.labels
    listed = isinstance(labels, tuple) and all(isinstance(x, str) and x.strip() for x in labels)
    if not listed or len(labels) != size or len(set(labels)) != size:
        refuse("labels", f"'letters', 'names' or a list of {size} different texts")
