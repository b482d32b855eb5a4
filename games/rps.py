"""Rock Paper Scissors, repeated.

Rock beats scissors, scissors beats paper, paper beats rock. With equal stakes on winning and
losing, the only Nash equilibrium plays each action with probability one third (von Neumann 1928).
Payoffs for a win, a tie and a loss are parameters: 1, 0, -1 is the zero-sum standard of the
RoShamBo programming competitions (Billings 2000); 3, 1, 0 and 1, 0, 0 occur in studies of language
models (replications of Vidler & Walsh 2025, arXiv:2503.02582).
"""

from __future__ import annotations

from typing import Any

from harness.games.matrix import named
from harness.games.matrix_checks import check_numbers

ACTIONS = ("rock", "paper", "scissors")


@named(labels="names")
def rock_paper_scissors(win: float = 1, tie: float = 0, loss: float = -1) -> dict[str, Any]:
    """Rock Paper Scissors: rock beats scissors, scissors beats paper, paper beats rock.

    Args:
        win: payoff of the player whose action beats the other's.
        tie: payoff of both for equal actions.
        loss: payoff of the player whose action is beaten.
    """
    check_numbers("rock_paper_scissors", win=win, tie=tie, loss=loss)
    by_difference = (tie, win, loss)  # own position minus the other's, modulo 3
    row = tuple(tuple(by_difference[(i - j) % 3] for j in range(3)) for i in range(3))
    return {
        "row": row,
        "column": tuple(zip(*row, strict=True)),
        "row_actions": ACTIONS,
        "column_actions": ACTIONS,
    }
