"""Games in normal form as other programs take them: Gambit, OpenSpiel, Nashpy.

What is written is one round of a matrix game, by its facts: whatever a repeated game adds to it
(rounds, noise, discount) is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.game import Game

__all__ = ["NormalForm", "normal_form"]

NEEDED = {"actions", "other_actions", "payoffs", "other_payoffs"}
"""The facts that tell a normal form."""


@dataclass(frozen=True)
class NormalForm:
    """A game of two players in normal form.

    Attributes:
        title: the game's name.
        actions: the names of each player's actions.
        payoffs: in points, `payoffs[player][i][j]` for the first player's action i and the second
            player's action j. `nashpy.Game(*payoffs)` takes it, and so does
            `pyspiel.create_matrix_game(title, title, *actions, *payoffs)`.
    """

    title: str
    actions: tuple[Sequence[str], Sequence[str]]
    payoffs: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]]

    def nfg(self) -> str:
        """The game as a file in Gambit's format for strategic games, payoff version.

        The payoffs of both players follow each other, cell by cell, the first player's action
        running fastest (https://gambitproject.readthedocs.io/en/stable/formats.nfg.html). Actions
        are counted and not named, since OpenSpiel, which reads it as `nfg_game(filename=…)`, reads
        no names.

        >>> pennies = NormalForm("mp", (("H", "T"),) * 2, (((1, -1), (-1, 1)), ((-1, 1), (1, -1))))
        >>> print(pennies.nfg(), end="")
        NFG 1 R "mp"
        { "player 0" "player 1" }
        { 2 2 }
        <BLANKLINE>
        1 -1 -1 1 -1 1 1 -1
        """
        rows, columns = (range(len(actions)) for actions in self.actions)
        cells = (_number(paid[i][j]) for j in columns for i in rows for paid in self.payoffs)
        return (
            f'NFG 1 R {_quoted(self.title)}\n{{ "player 0" "player 1" }}\n'
            f"{{ {len(rows)} {len(columns)} }}\n\n{' '.join(cells)}\n"
        )


def normal_form(game: Game) -> NormalForm | None:
    """The normal form that a game's facts tell; None where they tell none."""
    facts = game.facts(0)
    if game.n_players != 2 or not facts.keys() >= NEEDED:
        return None
    actions = (list(map(str, facts["actions"])), list(map(str, facts["other_actions"])))
    payoffs = tuple([list(line) for line in facts[key]] for key in ("payoffs", "other_payoffs"))
    return NormalForm(game.name, actions, (payoffs[0], payoffs[1]))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "/").replace('"', "'") + '"'


def _number(value: float) -> str:
    """A payoff without an exponent, which not every reader knows."""
    return format(Decimal(repr(value)), "f")
