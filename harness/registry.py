"""Where games, modifiers and agents come from: the entry points of installed packages.

The built-in ones come through the same door. An entry point names a class, or any callable that
returns an instance: `folkbench.games` for games, `folkbench.agents` for agents. Those of
`folkbench.modifiers` take a game first, and return the modified game.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, TypeAlias

from harness.agent import Agent
from harness.errors import PluginError, UsageError, did_you_mean, shorten
from harness.game import Game
from harness.match import Entry
from harness.modifier import Modifier
from harness.spec import parse, split, write

__all__ = ["Kind", "build", "load", "names", "parameters"]

Kind: TypeAlias = Literal["game", "modifier", "agent"]

BASES: dict[Kind, type] = {"game": Game, "modifier": Modifier, "agent": Agent}


@cache
def _offers(kind: Kind) -> dict[str, list[EntryPoint]]:
    """All entry points of a kind by name; several where packages compete for one."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=f"folkbench.{kind}s"):
        offers = found.setdefault(point.name, [])
        if point.value not in [other.value for other in offers]:
            offers.append(point)
    return found


def names(kind: Kind) -> list[str]:
    """The names of all that is installed of a kind, sorted. Nothing is imported."""
    return sorted(_offers(kind))


def load(kind: Kind, name: str) -> Callable[..., Any]:
    """The class or function that makes the game, modifier or agent of this name.

    Raises:
        UsageError: nothing goes by this name.
        PluginError: two packages offer it, or it cannot be imported.
    """
    offers = _offers(kind).get(name)
    if offers is None:
        raise UsageError(f"there is no {kind} {name!r}{did_you_mean(name, names(kind))}")
    if len(offers) > 1:
        values = " and ".join(point.value for point in offers)
        raise PluginError(f"{kind} {name!r} is offered by {values}; uninstall one of them")
    try:
        made = offers[0].load()
    except Exception as error:  # whatever somebody's module does when imported
        raise PluginError(
            f"{kind} {name!r} ({offers[0].value}) cannot be imported:"
            f" {type(error).__name__}: {error}"
        ) from error
    if not callable(made):
        raise PluginError(f"{kind} {name!r} ({offers[0].value}) is neither a class nor a function")
    return made  # type: ignore[no-any-return]


def parameters(kind: Kind, name: str) -> dict[str, inspect.Parameter]:
    """The parameters that a game, modifier or agent takes, by name.

    Those of a modifier are without its first, which is the game that it modifies.

    Raises:
        PluginError: a modifier takes no game.
    """
    known = inspect.signature(load(kind, name)).parameters
    if kind == "modifier":
        if next(iter(known), None) != "game":
            raise PluginError(f"modifier {name!r} must take a game as its first parameter, `game`")
        return {key: p for key, p in known.items() if key != "game"}
    return dict(known)


def build(kind: Kind, spec: str) -> Entry:
    """The game or agent that a specification describes; a game with its modifiers.

    Modifiers are applied from left to right: each holds what stands before it.

    Raises:
        UsageError: the specification cannot be read, or names nothing that is installed, or
            gives a parameter that does not exist or a value that cannot be.
        PluginError: what is installed under the name is broken.
    """
    if kind != "game" or "+" not in spec:
        return _build(kind, spec)
    first, *others = split(spec, "+")
    entry = _build("game", first)
    for other in others:
        modified = _build("modifier", other, entry.what)
        entry = Entry(f"{entry.spec}+{modified.spec}", modified.what)
    return entry


def _build(kind: Kind, spec: str, *inner: Game) -> Entry:
    """What one specification describes; `inner` is the game that a modifier is to hold."""
    name, given = parse(spec)
    known = parameters(kind, name)
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known) if known else "; it has none"
            raise UsageError(f"{name} has no parameter {key!r}{hint}")
    missing = [k for k, p in known.items() if p.default is p.empty and k not in given]
    if missing:
        raise UsageError(f"{name} needs a value for {missing[0]!r}: {name}({missing[0]}=…)")
    try:
        entry = Entry(write(name, given), load(kind, name)(*inner, **given))
        if isinstance(entry.what, Game | Agent):
            if not entry.what.name:
                raise PluginError(f"{kind} {name!r} has no name; give it the attribute `name`")
            entry.key  # noqa: B018 - parameters that are no JSON data fail here and not in a match
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{shorten(spec)}: {error}") from error
    if not isinstance(entry.what, BASES[kind]):
        made = type(entry.what).__name__
        raise PluginError(f"{kind} {name!r} made a {made}, which is no {kind}")
    return entry
