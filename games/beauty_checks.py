"""What the parameters of a beauty contest may be."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from harness import UsageError, is_number, is_whole, one_of, shorten

if TYPE_CHECKING:
    from harness.games.beauty import Beauty

CHOICES = {
    "target": ("mean", "median", "max"),
    "ties": ("all", "lower"),
    "horizon": ("announced", "hidden"),
    "payment": ("split", "each", "fixed", "proportional"),
    "feedback": ("full", "target", "own", "none"),
}
MAX_DENOMINATOR = 1000


def factor(p: object) -> Fraction:
    """The factor p, exactly: the float 2 / 3 is two thirds, 0.7 is seven tenths.

    Raises:
        UsageError: p is no finite number above 0, nor a text of one.

    >>> factor("2/3"), factor(2 / 3), factor(0.7)
    (Fraction(2, 3), Fraction(2, 3), Fraction(7, 10))
    """
    value: Fraction | None = None
    if isinstance(p, str):
        try:
            value = Fraction(p)
        except (ValueError, ZeroDivisionError):
            value = None
    elif is_number(p):
        assert isinstance(p, int | float)
        near = Fraction(p).limit_denominator(MAX_DENOMINATOR)
        value = near if float(near) == p else Fraction(repr(p))
    if value is None or value <= 0:
        raise UsageError(
            f"beauty: p is {shorten(p)}; it must be a number above 0, or a fraction such as '2/3'"
        )
    return value


def check(game: Beauty) -> None:
    """Refuse parameters that are out of range.

    Raises:
        UsageError: the message names the parameter, its value and what it must be.
    """
    factor(game.p)
    _require(game, "players", is_whole(game.players, 2), "a whole number, 2 or more")
    _require(game, "rounds", is_whole(game.rounds, 1), "a whole number, 1 or more")
    for name in ("integers", "all_equal_wins"):
        _require(game, name, isinstance(getattr(game, name), bool), "True or False")
    for name, known in CHOICES.items():
        _require(game, name, getattr(game, name) in known, one_of(known))
    for name in ("opponents", "currency", "story", "goal"):
        _require(game, name, isinstance(getattr(game, name), str), "text")
    _require(game, "currency", bool(game.currency.strip()), "a name in words")
    _check_range(game)
    decimals = game.decimals is None or is_whole(game.decimals, 0)
    _require(game, "decimals", decimals, "a whole number, 0 or more, or None")
    _require(game, "prize", is_number(game.prize) and game.prize > 0, "a finite number above 0")
    health = game.health is None or is_whole(game.health, 1)
    _require(game, "health", health, "a whole number, 1 or more, or None")
    if game.health is not None:
        for name, default in (("prize", 1), ("payment", "split")):
            unset = getattr(game, name) == default
            _require(game, name, unset, "left out where players have health points")


def _check_range(game: Beauty) -> None:
    """Refuse numbers to choose from that are no range."""
    kind = (lambda value: is_whole(value, 0)) if game.integers else is_number
    what = "whole number" if game.integers else "finite number"
    _require(game, "low", kind(game.low) and game.low >= 0, f"a {what}, 0 or more")
    _require(game, "high", kind(game.high) and game.high > game.low, f"a {what} above low")
    start = game.level_zero
    inside = start is None or (is_number(start) and game.low <= start <= game.high)
    _require(game, "level_zero", inside, "a number from low to high, or None")


def _require(game: Beauty, name: str, legal: bool, must: str) -> None:
    """Refuse a parameter's value unless it is legal; `must` says what it must be."""
    if not legal:
        value = shorten(getattr(game, name))
        raise UsageError(f"{game.name}: {name} is {value}; it must be {must}")
