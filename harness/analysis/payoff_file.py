"""Files of payoffs: what a table of moves does not tell of its game.

JSON: an object with `payoffs`, nested lists by player and then by the players' actions, or the
matrix of player 0 alone where the game is symmetric; `actions`, a list for each player, or one list
for all; and, if an action is cooperation, `cooperative`, it or a list by player. CSV: a row for
each cell with columns `action_0, action_1, ..., payoff_0, payoff_1, ...`.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from harness.analysis.stage_game import Floats, StageGame
from harness.errors import UsageError, did_you_mean, shorten
from harness.metrics.seats import action_text

__all__ = ["read_payoffs"]

KEYS = ("actions", "payoffs", "cooperative")


def read_payoffs(path: Path) -> StageGame:
    """The stage game that a file tells.

    Raises:
        UsageError: the file cannot be read, or what it tells is no game in normal form.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text") from error
    if path.suffix.lower() == ".csv":
        return _from_cells(path, text)
    try:
        told = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path} is not valid JSON: {error}") from error
    return _from_json(path, told)


def _from_json(path: Path, told: Any) -> StageGame:
    if not isinstance(told, dict) or "payoffs" not in told or "actions" not in told:
        raise UsageError(f"{path} has to be an object with the keys actions and payoffs")
    for key in told:
        if key not in KEYS:
            raise UsageError(f"{path}: there is no key {shorten(key)}{did_you_mean(key, KEYS)}")
    try:
        payoffs = np.array(told["payoffs"], float)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{path}: payoffs have to be nested lists of numbers, all rows of one length"
        ) from error
    if payoffs.ndim == 2 and payoffs.shape[0] == payoffs.shape[1]:
        payoffs = np.stack([payoffs, payoffs.T])  # a symmetric game
    actions = told["actions"]
    if isinstance(actions, list) and actions and not any(isinstance(a, list) for a in actions):
        actions = [actions] * max(payoffs.ndim - 1, 1)
    if not isinstance(actions, list) or not all(isinstance(a, list) and a for a in actions):
        raise UsageError(f"{path}: actions have to be a list for each player, or one for all")
    named = tuple(tuple(mine) for mine in actions)
    cooperative = told.get("cooperative")
    each = cooperative if isinstance(cooperative, list) else [cooperative] * len(named)
    return _checked(path, named, payoffs, tuple(each))


def _from_cells(path: Path, text: str) -> StageGame:
    reader = csv.DictReader(io.StringIO(text))
    names = list(reader.fieldnames or [])
    n = sum(name.startswith("action_") for name in names)
    wanted = [f"{what}_{i}" for what in ("action", "payoff") for i in range(n)]
    if n < 2 or sorted(names) != sorted(wanted):
        raise UsageError(
            f"{path}:1: the columns are {shorten(names)}; they have to be action_0, action_1, …,"
            " payoff_0, payoff_1, …, as many of each as there are players, two or more"
        )
    cells: dict[tuple[str, ...], list[float]] = {}
    for row in reader:
        where = f"{path}:{reader.line_num}"
        cell = tuple(str(row[f"action_{i}"]).strip() for i in range(n))
        try:
            paid = [float(row[f"payoff_{i}"]) for i in range(n)]
        except (TypeError, ValueError) as error:
            raise UsageError(f"{where}: a payoff is no number ({error})") from error
        if cell in cells:
            raise UsageError(f"{where}: ({', '.join(cell)}) is there a second time")
        cells[cell] = paid
    actions = tuple(tuple(dict.fromkeys(cell[i] for cell in cells)) for i in range(n))
    for cell in itertools.product(*actions):
        if cell not in cells:
            raise UsageError(f"{path}: there is no row for ({', '.join(cell)})")
    shape = tuple(map(len, actions))
    paid_in_order = [cells[cell] for cell in itertools.product(*actions)]
    payoffs = np.array(paid_in_order, float).T.reshape(n, *shape) if cells else np.zeros(0)
    return _checked(path, actions, payoffs, (None,) * n)


def _checked(
    path: Path, actions: tuple[tuple[Any, ...], ...], payoffs: Floats, cooperative: tuple[Any, ...]
) -> StageGame:
    """The game, if it is one."""
    sizes = tuple(map(len, actions))
    if len(actions) < 2 or payoffs.shape != (len(actions), *sizes):
        raise UsageError(
            f"{path}: payoffs of shape {payoffs.shape} do not fit {len(actions)} players with"
            f" {', '.join(map(str, sizes))} actions; the shape has to be"
            f" {(len(actions), *sizes)}"
        )
    if not np.isfinite(payoffs).all():
        raise UsageError(f"{path}: every payoff has to be a finite number")
    for player, mine in enumerate(actions):
        texts = [action_text(action) for action in mine]
        if len(set(texts)) < len(texts):
            raise UsageError(f"{path}: player {player} has two actions of one name")
    if len(cooperative) != len(actions):
        raise UsageError(f"{path}: cooperative has to be one action, or one for each player")
    for player, good in enumerate(cooperative):
        known = [action_text(action) for action in actions[player]]
        if good is not None and action_text(good) not in known:
            raise UsageError(
                f"{path}: cooperative {shorten(good)} is no action of player {player}"
                f"{did_you_mean(action_text(good), known)}"
            )
    return StageGame(str(path), actions, payoffs, cooperative)
