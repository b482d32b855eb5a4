"""The 144 strictly ordinal 2x2 games, generated.

Each player ranks the four outcomes 4 (best) to 1. Up to the order of rows and columns there are
12 rankings for one player: with the other's action that holds one's best outcome put first, the
4 stands at R (both play their first action) or at T (own second, other's first), and the other
three ranks follow in any of 6 orders. A game is a pair of rankings, the row player's and the
column player's: 12 x 12 = 144 games (Robinson & Goforth 2005, The Topology of the 2x2 Games); 78 if
players are interchangeable (Rapoport & Guyer 1966, General Systems 11, 203-214).

Names: the 12 rankings are those of the 12 symmetric games, and a game is called by its row
player's and its column player's (the scheme of Bruns 2015, Games 6(4), 495-520), as in `PdCh`.

Numbers: layer, row, column. The layer tells where the two 4s lie: 1 both at T, 2 the row player's
at T and the column player's at R, 3 both at R, 4 the other way about. Within a layer, rankings
count from 1 to 6 around the cycle of swaps of neighbouring ranks, 1-2 and 2-3 by turns, beginning
with the prisoner's dilemma at T and with "no conflict" at R. Symmetric games so carry the numbers
of Robinson & Goforth: 111 prisoner's dilemma, 122 chicken, 322 stag hunt, 366 harmony.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from harness import UsageError, did_you_mean, shorten
from harness.games.matrix import Payoffs, named


@dataclass(frozen=True)
class Ranking:
    """How one player ranks the outcomes, by the symmetric game in which both rank them so.

    `ranks` are R, S, T, P: both first, own first and other's second, own second and other's first,
    both second.
    """

    abbreviation: str
    name: str
    ranks: tuple[int, int, int, int]


AT_T = (
    Ranking("Pd", "prisoners_dilemma", (3, 1, 4, 2)),
    Ranking("Ch", "chicken", (3, 2, 4, 1)),
    Ranking("Ba", "battle", (2, 3, 4, 1)),
    Ranking("Hr", "hero", (1, 3, 4, 2)),
    Ranking("Cm", "compromise", (1, 2, 4, 3)),
    Ranking("Dl", "deadlock", (2, 1, 4, 3)),
)
"""Rankings whose best outcome is at T, in the order of their numbers."""

AT_R = (
    Ranking("Nc", "no_conflict", (4, 2, 3, 1)),
    Ranking("Sh", "stag_hunt", (4, 1, 3, 2)),
    Ranking("As", "assurance", (4, 1, 2, 3)),
    Ranking("Co", "coordination", (4, 2, 1, 3)),
    Ranking("Pc", "peace", (4, 3, 1, 2)),
    Ranking("Ha", "harmony", (4, 3, 2, 1)),
)
"""Rankings whose best outcome is at R, in the order of their numbers."""

LAYERS = {1: (AT_T, AT_T), 2: (AT_T, AT_R), 3: (AT_R, AT_R), 4: (AT_R, AT_T)}

GAMES: dict[int, tuple[Ranking, Ranking]] = {
    100 * layer + 10 * (r + 1) + c + 1: (row, column)
    for layer, (rows, columns) in LAYERS.items()
    for r, row in enumerate(rows)
    for c, column in enumerate(columns)
}
"""The row and column player's ranking of each of the 144 games, by number."""

COOPERATIVE = ("Pd", "Ch", *(ranking.abbreviation for ranking in AT_R))
"""Symmetric games whose first action is cooperative: dilemmas, and all where both 4s meet."""


def bimatrix(number: int) -> tuple[Payoffs, Payoffs]:
    """Row and column player's payoffs of the game of this number, `[row action][column action]`."""
    row, column = GAMES[number]
    (r, s, t, p), (cr, cs, ct, cp) = row.ranks, column.ranks
    return ((r, s), (t, p)), ((cr, ct), (cs, cp))


@cache
def names() -> dict[str, list[int]]:
    """The numbers of the games that go by a name; two or more where the literature gives it so.

    Besides pairs of abbreviations and the names of the symmetric games, these are the names of
    Bruns (2015) as the data of Akata et al. (2025) have them, in `ordinal_names.toml`.
    """
    known: dict[str, list[int]] = {}
    for number, (row, column) in GAMES.items():
        known[row.abbreviation + column.abbreviation] = [number]
        if row is column:
            known[row.name] = [number]
    source = resources.files("harness.games").joinpath("ordinal_names.toml").read_text("utf-8")
    for name, numbers in tomllib.loads(source).items():
        known.setdefault(name, numbers)
    return known


def find(game: int | str) -> int:
    """The number of a game given by number or name.

    Raises:
        UsageError: no game has this number or name, or several share the name.

    >>> find("chicken"), find("PdCh")
    (122, 112)
    """
    if isinstance(game, bool) or not isinstance(game, int | str):
        raise UsageError(f"ordinal_2x2: game is {shorten(game)}; give a number or a name")
    if isinstance(game, int):
        if game not in GAMES:
            raise UsageError(
                f"ordinal_2x2: there is no game {game}; a number is a layer from 1 to 4, a row and"
                " a column from 1 to 6, as in 111"
            )
        return game
    numbers = names().get(game) or names().get(game.lower().replace(" ", "_").replace("-", "_"))
    if numbers is None:
        raise UsageError(f"ordinal_2x2: there is no game {game!r}{did_you_mean(game, names())}")
    if len(numbers) > 1:
        listed = ", ".join(map(str, numbers))
        raise UsageError(f"ordinal_2x2: {game!r} names the games {listed}; give one of the numbers")
    return numbers[0]


@named()
def ordinal_2x2(game: int | str = 111) -> dict[str, Any]:
    """One of the 144 strictly ordinal 2x2 games, by number or name; payoffs are ranks, 4 is best.

    Args:
        game: layer, row and column as a number (111 is the prisoner's dilemma), the names of the
            row and column player's rankings (`PdCh`), or a name of the literature (`chicken`).
    """
    number = find(game)
    row, column = bimatrix(number)
    first, second = GAMES[number]
    symmetric = first is second and first.abbreviation in COOPERATIVE
    return {
        "name": f"ordinal_2x2_{number}",
        "row": row,
        "column": column,
        "row_actions": ("A", "B"),
        "column_actions": ("A", "B"),
        "cooperate": ("A", "A") if symmetric else (None, None),
    }
