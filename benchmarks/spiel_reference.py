"""Write the reference against which exact best responses are tested: those that OpenSpiel computes.

Run it with a Python that has open_spiel 2.0, from the root of the repository::

    python -m benchmarks.spiel_reference tests/exact/spiel_reference.json

Its repeated matrix games are converted to turn-based ones, in which the second player does not see
what the first has just done. Policies are drawn anew for each history, so that nothing is symmetric
by accident. `tests/exact/test_spiel.py` reads the result.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pyspiel
from open_spiel.python import policy as policies
from open_spiel.python.algorithms import best_response, exploitability

Matrix: TypeAlias = list[list[float]]
Policy: TypeAlias = dict[str, list[float]]

GAMES: dict[str, tuple[Matrix, Matrix, int]] = {
    "prisoners_dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], 3),
    "rock_paper_scissors": (
        [[0, -1, 1], [1, 0, -1], [-1, 1, 0]],
        [[0, 1, -1], [-1, 0, 1], [1, -1, 0]],
        2,
    ),
    "battle_of_the_sexes": ([[10, 0], [0, 7]], [[7, 0], [0, 10]], 3),
    "two_by_three": ([[4, 0, 2], [1, 3, 0]], [[1, 3, 0], [2, 0, 5]], 2),
}
"""Payoffs of both players and the number of rounds."""

SEED = 20261130


def cells(row: Matrix) -> list[str]:
    """The outcomes of a round, as `ab`: the positions of both actions."""
    return [f"{a}{b}" for a in range(len(row)) for b in range(len(row[0]))]


def histories(row: Matrix, rounds: int) -> list[str]:
    """All histories before a round, as outcomes in a row: `""`, `"00"`, `"00 01"` and so on."""
    played = (itertools.product(cells(row), repeat=n) for n in range(rounds))
    return [" ".join(past) for length in played for past in length]


def drawn(rng: random.Random, n_actions: int, keys: list[str]) -> Policy:
    """A mixed strategy for each history."""
    found: Policy = {}
    for key in keys:
        weights = [rng.expovariate(1) for _ in range(n_actions)]
        found[key] = [weight / sum(weights) for weight in weights]
    return found


def spiel_policy(game: Any, both: tuple[Policy, Policy]) -> Any:
    """Both strategies as OpenSpiel holds them, which names an action `a` by its position."""
    tabular = policies.TabularPolicy(game)
    for state, key in [(s, s.information_state_string()) for s in tabular.states]:
        past = key.split("\n")[1].replace(";", "").split()
        pairs = zip(past[::2], past[1::2], strict=True)
        told = " ".join(f"{ord(a) - ord('A')}{ord(b) - ord('A')}" for a, b in pairs)
        chances = both[state.current_player()][told]
        row = tabular.action_probability_array[tabular.state_lookup[key]]
        row[:] = 0
        row[: len(chances)] = chances
    return tabular


def case(name: str, row: Matrix, column: Matrix, rounds: int, rng: random.Random) -> dict[str, Any]:
    """A game with strategies for both players, and what OpenSpiel says of them."""
    letters = [[chr(ord("A") + i) for i in range(n)] for n in (len(row), len(row[0]))]
    stage = pyspiel.create_matrix_game(name, name, *letters, row, column)
    settings = {"num_repetitions": rounds, "enable_infostate": True}
    game = pyspiel.convert_to_turn_based(pyspiel.create_repeated_game(stage, settings))
    keys = histories(row, rounds)
    both = drawn(rng, len(row), keys), drawn(rng, len(row[0]), keys)
    tabular, root = spiel_policy(game, both), game.new_initial_state()
    responses = [best_response.BestResponsePolicy(game, p, tabular).value(root) for p in (0, 1)]
    return {
        "game": name,
        "payoffs": [
            list(map(list, zip(*pair, strict=True))) for pair in zip(row, column, strict=True)
        ],
        "rounds": rounds,
        "policies": both,
        "best_response": responses,
        "nash_conv": float(exploitability.nash_conv(game, tabular)),
    }


def main() -> None:
    """Write the reference to the file that is named."""
    rng = random.Random(SEED)
    content = {
        "source": "open_spiel 2.0.2: best_response.BestResponsePolicy, exploitability.nash_conv",
        "about": "best_response[p] is player p's best total against the other's policy",
        "cases": [case(name, *GAMES[name], rng) for name in GAMES for _ in range(2)],
    }
    text = json.dumps(content, indent=None, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
