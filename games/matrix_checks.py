"""What a game in normal form may be: its payoffs and settings, checked when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from harness import UsageError, is_number, is_whole, one_of, shorten

if TYPE_CHECKING:
    from harness.games.matrix import MatrixGame, Payoffs

LETTERS = "JFQXRHTNPMKVWZBCDGLSAEUY"
"""Names given to options that have none of their own; I and O are left out as unlike letters."""

LARGEST = 1e300
"""No payoff is larger in size, so that those of any match add up."""

CHOICES = {
    "horizon": ("announced", "hidden"),
    "relabel": ("never", "match", "round"),
    "order": ("fixed", "match", "round"),
    "feedback": ("full", "payoffs", "none"),
}


def finite(value: object) -> TypeGuard[float]:
    """Whether a value is a number that payoffs can be made of.

    >>> finite(1), finite(True), finite(float("nan")), finite(10**400)
    (True, False, False, False)
    """
    return is_number(value) and abs(value) <= LARGEST


def check_numbers(game: str, **values: object) -> None:
    """Refuse parameters of a game that are no finite numbers.

    Raises:
        UsageError: the message names the parameter.
    """
    for name, value in values.items():
        if not finite(value):
            raise UsageError(f"{game}: {name} is {shorten(value)}; it must be a finite number")


def check_payoffs(game: MatrixGame) -> None:
    """Refuse payoffs that are no bimatrix, and actions that do not fit them.

    Raises:
        UsageError: the message says which number or name it is.
    """
    row, column = (_shape(game, whose) for whose in ("row", "column"))
    if row != column:
        raise UsageError(
            f"{game.name}: payoffs have unequal shapes: {row} for the row player, {column} for the"
            " column player"
        )
    for whose, actions, size in (
        ("row", game.row_actions, row[0]),
        ("column", game.column_actions, row[1]),
    ):
        if len(actions) != size or len(set(actions)) != size or not all(actions):
            raise UsageError(
                f"{game.name}: {whose} actions are {shorten(list(actions))}; there must be {size}"
                " distinct names, one for each line of payoffs"
            )


def _shape(game: MatrixGame, whose: str) -> tuple[int, int]:
    """How many lines and columns one player's payoffs have, all of them checked."""
    matrix: Payoffs = getattr(game, whose)
    where = f"{game.name}: payoffs of the {whose} player"
    if not matrix or not all(matrix):
        raise UsageError(f"{where} are empty; give at least one action each")
    widths = {len(line) for line in matrix}
    if len(widths) > 1:
        raise UsageError(
            f"{where} have lines of {sorted(widths)} numbers; all lines must be equally long"
        )
    factor = game.stakes if finite(game.stakes) else 1
    for i, line in enumerate(matrix):
        for j, value in enumerate(line):
            if not finite(value) or not finite(value * factor):
                raise UsageError(
                    f"{game.name}: payoffs[{i}][{j}] of the {whose} player is {shorten(value)}"
                    f"{f' at stakes {factor:g}' if factor != 1 else ''}; it must be a finite number"
                )
    return len(matrix), len(matrix[0])


def check_settings(game: MatrixGame) -> None:
    """Refuse settings of repeated play that are out of range.

    Raises:
        UsageError: the message names the setting, its value and what it must be.
    """
    for name in ("rounds", "recall"):
        value = getattr(game, name)
        legal = value is None or is_whole(value, 1)
        _expect(game, name, "a whole number, 1 or more", legal=legal)
    for name, must, low, high in (
        ("noise", "a probability", 0, 1),
        ("discount", "above 0 and at most 1", 1e-300, 1),
        ("stakes", "a finite number above 0", 1e-300, LARGEST),
    ):
        value = getattr(game, name)
        _expect(game, name, must, legal=finite(value) and low <= value <= high)
    stops = game.continuation
    legal = stops is None or (finite(stops) and 0 <= stops < 1)
    _expect(game, "continuation", "a probability below 1, or None", legal=legal)
    for name, known in CHOICES.items():
        _expect(game, name, one_of(known), legal=getattr(game, name) in known)
    for name in ("currency", "story", "goal"):
        _expect(game, name, "text", legal=isinstance(getattr(game, name), str))
    _expect(game, "currency", "text that is not empty", legal=bool(game.currency.strip()))
    _check_labels(game)


def _expect(game: MatrixGame, name: str, must: str, *, legal: bool) -> None:
    """Refuse a setting that is not legal."""
    if not legal:
        raise UsageError(
            f"{game.name}: {name} is {shorten(getattr(game, name))}; it must be {must}"
        )


def _check_labels(game: MatrixGame) -> None:
    """Refuse labels that do not name every action, each differently."""
    size = max(len(game.row_actions), len(game.column_actions))
    if game.labels == "letters":
        must = f"'names' or a list of {size}: there are not enough letters"
        _expect(game, "labels", must, legal=size <= len(LETTERS))
    elif game.labels == "names":
        must = "'letters' or a list where they are drawn anew (relabel)"
        _expect(game, "labels", must, legal=game.relabel == "never")
    else:
        labels = game.labels if isinstance(game.labels, tuple) else ()
        texts = [label.strip().casefold() for label in labels if isinstance(label, str)]
        legal = len(labels) == size and len(set(filter(None, texts))) == size
        must = f"'letters', 'names' or a list of {size} different texts"
        _expect(game, "labels", must, legal=legal)
