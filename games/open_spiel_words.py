"""OpenSpiel's games in words: what it tells of them itself, for it has no rules in words."""

from __future__ import annotations

import itertools
from typing import Any

from harness import Choice, Decision, Words

__all__ = ["describe", "rules", "seen", "sentence"]

MAX_CELLS = 100
"""Cells of a table of payoffs that are told in words."""


def sentence(kind: Any) -> str:
    """A game in a sentence: its full name, how many play it, and what sort of game it is."""
    low, high = kind.min_num_players, kind.max_num_players
    players = f"{low}" if low == high else f"{low} to {high}"
    moves = {"SEQUENTIAL": "in turn", "SIMULTANEOUS": "at once"}[kind.dynamics.name]
    chance = "" if kind.chance_mode.name == "DETERMINISTIC" else ", with chance"
    pays = kind.utility.name.lower().replace("_", " ")
    return f"{kind.long_name}: {players} players, moving {moves}{chance}, {pays}."


def seen(kind: Any, state: Any, player: int) -> str:
    """What a player knows: its information state, or its observation where there is none."""
    if kind.provides_information_state_string:
        return str(state.information_state_string(player))
    return str(state.observation_string(player))


def rules(game: Any, decision: Decision) -> str:
    """The game's name and parameters, the player's number, and what can be won and lost."""
    kind, player, n = game.get_type(), decision.player, game.num_players()
    others = "one other player" if n == 2 else f"{n - 1} other players"
    moves = {"SEQUENTIAL": "The players move in turn", "SIMULTANEOUS": "The players move at once"}
    who = (
        f"You are playing {kind.long_name} with {others}: the game `{game}` of the library"
        f" OpenSpiel, by its rules. The players are numbered from 0; you are player {player}."
    )
    how = (
        f"{moves[kind.dynamics.name]}{_chance(kind)}. What you know is shown as that library"
        " writes it, and actions are named as it names them."
    )
    paid = (
        f"{_utility(kind)} At the end, a player has between {game.min_utility():g} and"
        f" {game.max_utility():g} points."
    )
    return "\n\n".join([who, how, paid, *_table(game)])


def _chance(kind: Any) -> str:
    return "" if kind.chance_mode.name == "DETERMINISTIC" else ", and chance plays a part"


def _utility(kind: Any) -> str:
    """How the players' points hang together."""
    told = {
        "ZERO_SUM": "What one player wins, the others lose: all points add up to 0.",
        "CONSTANT_SUM": "All points add up to the same sum, however the game ends.",
        "IDENTICAL": "All players get the same points.",
    }
    return told.get(kind.utility.name, "Each player has points of its own.")


def _table(game: Any) -> list[str]:
    """The payoffs of a game that is over after one simultaneous decision."""
    if game.get_type().information.name != "ONE_SHOT":
        return []
    state, players = game.new_initial_state(), range(game.num_players())
    if not state.is_simultaneous_node():
        return []
    legal = [state.legal_actions(player) for player in players]
    profiles = list(itertools.islice(itertools.product(*legal), MAX_CELLS + 1))
    if len(profiles) > MAX_CELLS:
        return []
    lines = []
    for profile in profiles:
        after = state.clone()
        after.apply_actions(list(profile))
        if not after.is_terminal():
            return []
        names = (state.action_to_string(p, action) for p, action in enumerate(profile))
        paid = ", ".join(f"{u:g}" for u in after.returns())
        lines.append(f"- {', '.join(names)}: {paid}")
    return ["What the players get, in their order, for their actions:\n" + "\n".join(lines)]


def describe(decision: Decision) -> Words:
    """What the player sees, and the question, with every legal action in a line of its own."""
    observation, space = decision.observation, decision.space
    assert isinstance(space, Choice)
    state, board = observation["state"].rstrip(), observation.get("board", "").rstrip()
    told = [f"What you know:\n{state}"] if state else ["The game begins."]
    told += [f"The state of play:\n{board}"] if board and board != state else []
    listed = "\n".join(f"- {label}" for label in space.shown)
    return Words("\n\n".join(told), f"Which of these actions do you take?\n{listed}")
