"""Named games in normal form, their payoffs kept as data, and `matrix` for any others."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from harness import UsageError, did_you_mean, shorten
from harness.games.matrix import MatrixGame, Payoffs, named
from harness.games.matrix_checks import check_numbers, finite


@functools.cache
def catalogue() -> dict[str, dict[str, Any]]:
    """All that `catalogue.toml` says, by the game's name."""
    source = resources.files("harness.games").joinpath("catalogue.toml").read_text("utf-8")
    return tomllib.loads(source)


def bimatrix(payoffs: Any) -> tuple[Payoffs, Payoffs]:
    """Row and column player's payoffs out of nested lists.

    Args:
        payoffs: `[row][column]` lists, either of pairs (row player's, column player's) or of the
            row player's numbers, for a symmetric game.

    Raises:
        UsageError: the lists are neither, or of unequal shape.

    >>> bimatrix([[3, 0], [5, 1]])
    (((3, 0), (5, 1)), ((3, 5), (0, 1)))
    """
    if not _listed(payoffs) or not payoffs or not all(_listed(line) and line for line in payoffs):
        raise UsageError(
            f"payoffs are {shorten(payoffs)}; give lists of lists, [row action][column action]"
        )
    widths = [len(line) for line in payoffs]
    if len(set(widths)) > 1:
        raise UsageError(f"payoffs have lines of {widths} entries; all must be equally long")
    cells = [cell for line in payoffs for cell in line]
    if all(_listed(cell) and len(cell) == 2 for cell in cells):
        row, column = (tuple(tuple(c[p] for c in line) for line in payoffs) for p in (0, 1))
        return row, column
    if any(_listed(cell) for cell in cells):
        odd = next(cell for cell in cells if not _listed(cell) or len(cell) != 2)
        raise UsageError(f"payoffs hold {shorten(odd)} where other cells are pairs of numbers")
    if widths[0] != len(payoffs):
        raise UsageError(
            f"payoffs are {len(payoffs)} x {widths[0]} single numbers, which only a square game"
            " (symmetric) can be; give pairs, [row player's, column player's]"
        )
    own = tuple(tuple(line) for line in payoffs)
    return own, tuple(zip(*own, strict=True))


def _listed(value: Any) -> bool:
    return isinstance(value, list | tuple)


def catalogued(name: str) -> Callable[..., MatrixGame]:
    """The game of this name in the catalogue, with its payoffs as a parameter."""
    entry = catalogue()[name]
    sets: dict[str, Any] = entry["payoffs"]
    actions = tuple(entry["actions"])
    cooperate = actions[0] if entry["cooperate"] else None
    order: str = entry.get("order", "")

    def make(payoffs: str | Sequence[Any] = next(iter(sets))) -> dict[str, Any]:
        if isinstance(payoffs, str) and payoffs not in sets:
            hint = did_you_mean(payoffs, sets)
            raise UsageError(f"{name} has no payoffs named {payoffs!r}{hint}")
        row, column = bimatrix(sets[payoffs] if isinstance(payoffs, str) else payoffs)
        if order:
            _check_order(name, order, row, column)
        return {
            "row": row,
            "column": column,
            "row_actions": actions,
            "column_actions": actions,
            "cooperate": (cooperate, cooperate),
        }

    make.__name__ = make.__qualname__ = name
    about = entry["about"][:-1] + (f" ({order})" if order else "")
    make.__doc__ = (
        f"{about}.\n\n    Args:\n        payoffs: one of {', '.join(sets)}, or nested"
        " lists, `[row action][column action]`,\n            of pairs, or of the row player's"
        " numbers for a symmetric game.\n    "
    )
    return named()(make)


def _check_order(name: str, order: str, row: Payoffs, column: Payoffs) -> None:
    """Refuse payoffs that are not in the order that defines a game.

    Args:
        name: the game.
        order: R, S, T and P with > or >= between them: what a player receives if both play their
            first action, it alone does, the other alone does, and neither does.
        row: payoffs of the row player.
        column: payoffs of the column player.
    """
    if (len(row), len(row[0])) != (2, 2):
        raise UsageError(f"{name}: payoffs are {len(row)} x {len(row[0])}; they must be 2 x 2")
    signs = order.split()
    for whose, own in (("row", row), ("column", tuple(zip(*column, strict=True)))):
        value = dict(zip("RSTP", (u for line in own for u in line), strict=True))
        for greater, sign, less in zip(signs[::2], signs[1::2], signs[2::2], strict=False):
            a, b = value[greater], value[less]
            if not all(map(finite, (a, b))):
                return  # the game says which number it is
            if not (a >= b if sign == ">=" else a > b):
                told = ", ".join(f"{key}={u:g}" for key, u in value.items())
                raise UsageError(
                    f"{name}: the {whose} player's payoffs are {told}, but {order} must hold; any"
                    " other payoffs make a game with matrix(payoffs=…)"
                )


prisoners_dilemma = catalogued("prisoners_dilemma")
stag_hunt = catalogued("stag_hunt")
chicken = catalogued("chicken")
battle_of_the_sexes = catalogued("battle_of_the_sexes")
matching_pennies = catalogued("matching_pennies")
coordination = catalogued("coordination")
deadlock = catalogued("deadlock")
harmony = catalogued("harmony")


@named()
def donation(benefit: float = 3, cost: float = 1) -> dict[str, Any]:
    """Donation game: cooperating costs the giver `cost` and brings the other `benefit`.

    A prisoner's dilemma where `benefit` > `cost` > 0, with equal gains from switching
    (Nowak & Sigmund 1998, Nature 393, 573-577).

    Args:
        benefit: what the other receives from a cooperator.
        cost: what cooperating costs.
    """
    check_numbers("donation", benefit=benefit, cost=cost)
    row = ((benefit - cost, -cost), (benefit, 0))
    return _cooperation(row)


@named()
def hawk_dove(value: float = 2, cost: float = 4) -> dict[str, Any]:
    """Hawk-dove: doves share a resource, hawks take it, and hawks who meet fight.

    Maynard Smith & Price (1973), Nature 246, 15-18. Like chicken where `cost` > `value`.

    Args:
        value: the worth of the resource.
        cost: the cost of losing a fight.
    """
    check_numbers("hawk_dove", value=value, cost=cost)
    row = ((value / 2, 0), (value, (value - cost) / 2))
    return _cooperation(row, ("dove", "hawk"))


def _cooperation(
    row: Payoffs, actions: tuple[str, str] = ("cooperate", "defect")
) -> dict[str, Any]:
    """A symmetric game whose first action is the cooperative one."""
    return {
        "row": row,
        "column": tuple(zip(*row, strict=True)),
        "row_actions": actions,
        "column_actions": actions,
        "cooperate": (actions[0], actions[0]),
    }


@named()
def matrix(
    payoffs: str | Sequence[Any],
    actions: Sequence[str] | None = None,
    row_actions: Sequence[str] | None = None,
    column_actions: Sequence[str] | None = None,
    cooperate: str | None = None,
) -> dict[str, Any]:
    """Any game in normal form between two players, of any size.

    Args:
        payoffs: nested lists, `[row action][column action]`, of pairs, or of the row player's
            numbers for a symmetric game; or the path of a `.toml` or `.json` file that holds
            `payoffs`, and may hold this function's other arguments.
        actions: names of the actions, the same for both players; A, B, C … by default.
        row_actions: names of the row player's actions, where they differ.
        column_actions: names of the column player's actions, where they differ.
        cooperate: the action that counts as cooperation, if any does.
    """
    given = {
        "actions": actions,
        "row_actions": row_actions,
        "column_actions": column_actions,
        "cooperate": cooperate,
    }
    if isinstance(payoffs, str):
        stored = _stored(Path(payoffs))
        payoffs = stored.pop("payoffs")
        unknown = sorted(stored.keys() - given.keys())
        if unknown:
            raise UsageError(
                f"{unknown[0]!r} is no key of a payoff file{did_you_mean(unknown[0], given)}"
            )
        given = stored | {key: value for key, value in given.items() if value is not None}
    row, column = bimatrix(payoffs)
    rows = _names(given, "row_actions", len(row))
    columns = _names(given, "column_actions", len(row[0]))
    good = given.get("cooperate")
    if good is not None and good not in rows and good not in columns:
        raise UsageError(
            f"cooperate is {good!r}, which is no action{did_you_mean(str(good), rows)}"
        )
    cooperative = (good if good in rows else None, good if good in columns else None)
    return {
        "row": row,
        "column": column,
        "row_actions": rows,
        "column_actions": columns,
        "cooperate": cooperative,
    }


def _names(given: dict[str, Any], key: str, size: int) -> tuple[str, ...]:
    """The names of one player's actions: its own, those of both, or letters."""
    named_so = key if given.get(key) is not None else "actions"
    names = given.get(named_so)
    if names is None:
        return tuple(chr(ord("A") + i) if size <= 26 else str(i) for i in range(size))
    if not _listed(names) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"matrix: {named_so} are {shorten(names)}; give a list of texts")
    return tuple(names)


def _stored(path: Path) -> dict[str, Any]:
    """The content of a payoff file.

    Raises:
        UsageError: it cannot be read, or holds no `payoffs`.
    """
    readers = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix not in readers:
        raise UsageError(f"payoffs are {str(path)!r}; give lists, or a .toml or .json file")
    try:
        content = readers[path.suffix](path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read payoffs from {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # of either format, or of the encoding
        raise UsageError(f"{path} is not valid {path.suffix[1:].upper()}: {error}") from error
    if not isinstance(content, dict) or "payoffs" not in content:
        raise UsageError(f"{path} has no key 'payoffs'")
    return content
