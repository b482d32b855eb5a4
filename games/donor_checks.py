"""What the parameters of the Donor Game may be, checked when it is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness import UsageError, is_number, is_whole, one_of, shorten

if TYPE_CHECKING:
    from harness.games.donor import Donor

LARGEST = 1e300
"""What all players together could ever own must stay below this, within the range of floats."""

SMALLEST = 0.01
"""The least amount that players are shown as more than 0."""

NAMED = (
    ("schedule", ("published", "alternating")),
    ("selection", ("both", "second")),
    ("inheritance", ("scores", "strategies", "none")),
    ("newborn_type", ("parent", "fixed")),
    ("horizon", ("hidden", "announced")),
)


def check(game: Donor) -> None:
    """Refuse parameters that are out of range.

    Raises:
        UsageError: the message names the parameter, its value and what it must be.
    """
    _check_counts(game)
    _check_amounts(game)
    for name, known in NAMED:
        if getattr(game, name) not in known:
            _refuse(game, name, one_of(known))
    if game.reputation not in (None, "image", "standing"):
        _refuse(game, "reputation", "None, image or standing")
    if game.selection == "second" and game.games_per_generation != 2:
        _refuse(game, "selection", "both where games_per_generation is 1")
    for name in ("currency", "goal"):
        if not isinstance(getattr(game, name), str):
            _refuse(game, name, "text")
    if not game.currency.strip():
        _refuse(game, "currency", "a name in words")


def _check_counts(game: Donor) -> None:
    if not is_whole(game.agents) or game.agents < 2 or game.agents % 2:
        _refuse(game, "agents", "an even number, 2 or more")
    for name in ("generations", "rounds", "max_chars"):
        if not is_whole(getattr(game, name)) or getattr(game, name) < 1:
            _refuse(game, name, "a whole number, 1 or more")
    if not is_whole(game.games_per_generation) or game.games_per_generation not in (1, 2):
        _refuse(game, "games_per_generation", "1 or 2")
    if not is_whole(game.trace) or game.trace < 0:
        _refuse(game, "trace", "a whole number, 0 or more")


def _check_amounts(game: Donor) -> None:
    if not is_number(game.endowment) or game.endowment < SMALLEST:
        _refuse(game, "endowment", f"a finite number, {SMALLEST:g} or more")
    if not is_number(game.multiplier) or game.multiplier <= 0:
        _refuse(game, "multiplier", "a finite number above 0")
    growth = game.rounds * math.log(max(game.multiplier, 1))
    if math.log(game.endowment) + math.log(game.agents) + growth >= math.log(LARGEST):
        _refuse(game, "rounds", f"so few that all units together stay below {LARGEST:g}")
    if not is_number(game.survivors) or not 0 < game.survivors <= 1:
        _refuse(game, "survivors", "a share above 0 and at most 1")
    if game.n_survivors < 1:
        _refuse(game, "survivors", f"a share that leaves at least one of {game.agents} agents")
    if game.punishment is not False and not (is_number(game.punishment) and game.punishment > 0):
        _refuse(game, "punishment", "False, or a finite factor above 0")
    if not isinstance(game.refusal, bool):
        _refuse(game, "refusal", "True or False")


def _refuse(game: Donor, name: str, must: str) -> None:
    raise UsageError(f"donor: {name} is {shorten(getattr(game, name))}; it must be {must}")
