"""Where games, agents, styles and metrics come from: the entry points of installed packages.

The built-in ones come through the same door. An entry point names a class, or any callable that
returns an instance: `folkbench.games` for games, `folkbench.agents` for agents. Those of
`folkbench.modifiers` take a game first, and return the modified game. Those of `folkbench.styles`
are prompting styles of models. Those of `folkbench.metrics` name a family of metrics itself, a
`harness.metrics.study.Family`. Those of `folkbench.game_libraries` and `folkbench.agent_libraries`
each bring many of a kind, written `library/NAME(…)` (see `harness.library`).

A single file can stand in place of a name (`harness.files`).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from harness.agent import Agent
from harness.api import refuse_other_api
from harness.errors import PluginError, UsageError, did_you_mean, plugin_call, shorten
from harness.files import hint_at_file, is_file, is_module, load_file, path_of
from harness.game import Game
from harness.library import Library
from harness.match import Entry
from harness.models.model import Model
from harness.models.style import Style
from harness.modifier import Modifier
from harness.spec import expand, parse, split, write

if TYPE_CHECKING:
    from harness.metrics.study import Family

__all__ = [
    "BASES",
    "Kind",
    "build",
    "family",
    "libraries",
    "library",
    "load",
    "names",
    "parameters",
    "refuse_namesakes",
]

Kind: TypeAlias = Literal["game", "modifier", "agent", "style", "metric"]

BASES: dict[Kind, type] = {"game": Game, "modifier": Modifier, "agent": Agent, "style": Style}


@cache
def _offers(kind: Kind) -> dict[str, list[EntryPoint]]:
    """All entry points of a kind by name; several where packages compete for one."""
    return _points(f"folkbench.{kind}s")


@cache
def _library_offers(kind: Kind) -> dict[str, list[EntryPoint]]:
    """All entry points of libraries of a kind by name."""
    return _points(f"folkbench.{kind}_libraries")


def _points(group: str) -> dict[str, list[EntryPoint]]:
    """The entry points of a group by name."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=group):
        offers = found.setdefault(point.name, [])
        if point.value not in [other.value for other in offers]:
            offers.append(point)
    return found


def names(kind: Kind) -> list[str]:
    """The names of all that is installed of a kind, sorted, bar libraries. Nothing is imported."""
    return sorted(_offers(kind))


def libraries(kind: Kind) -> list[str]:
    """The names of all libraries of a kind, sorted, whether or not what they need is installed."""
    return sorted(_library_offers(kind))


def library(kind: Kind, name: str) -> Library:
    """The library of this name.

    Raises:
        UsageError: nothing goes by this name.
        PluginError: two packages offer it, it cannot be imported, or it is no library.
    """
    offers = _library_offers(kind).get(name)
    if offers is None:
        raise UsageError(f"there is no library {name!r}{did_you_mean(name, libraries(kind))}")
    what = _loaded(f"{kind} library {name!r}", offers)
    made = what() if callable(what) else what
    if not isinstance(made, Library):
        raise PluginError(f"{kind} library {name!r} made a {type(made).__name__}, which is none")
    return made


def load(kind: Kind, name: str) -> Callable[..., Any]:
    """The class or function that makes the game, modifier or agent of this name, or in this file.

    Raises:
        UsageError: nothing goes by this name.
        PluginError: two packages offer it, or it cannot be imported, or is written for another
            version of the plug-in interface.
    """
    if is_file(name):
        return load_file(kind, BASES[kind], name)
    made = _offered(kind, name)
    if not callable(made):
        value = _offers(kind)[name][0].value
        raise PluginError(f"{kind} {name!r} ({value}) is neither a class nor a function")
    return made  # type: ignore[no-any-return]


def family(name: str) -> Family:
    """The family of metrics of this name.

    Raises:
        UsageError: nothing goes by this name.
        PluginError: two packages offer it, it cannot be imported, or is no family.
    """
    from harness.metrics.study import Family

    made = _offered("metric", name)
    if not isinstance(made, Family):
        value = _offers("metric")[name][0].value
        raise PluginError(
            f"metric {name!r} ({value}) is a {type(made).__name__}; an entry point of"
            " folkbench.metrics names a harness.metrics.study.Family"
        )
    return made


def _offered(kind: Kind, name: str) -> Any:
    """What the entry point of this name holds."""
    offers = _offers(kind).get(name)
    if offers is None:
        hint = hint_at_file(name) or did_you_mean(name, names(kind))
        raise UsageError(f"there is no {kind} {name!r}{hint}")
    return _loaded(f"{kind} {name!r}", offers)


def _loaded(what: str, offers: list[EntryPoint]) -> Any:
    """What the one entry point leads to; `what` is what messages call it."""
    if len(offers) > 1:
        values = " and ".join(map(_with_package, offers))
        raise PluginError(f"{what} is offered by {values}; uninstall one of them")
    named = f"{what} ({offers[0].value})"
    try:
        made = offers[0].load()
    except Exception as error:  # whatever somebody's module does when imported
        raise PluginError(f"{named} cannot be imported: {type(error).__name__}: {error}") from error
    refuse_other_api(named, made, sys.modules.get(offers[0].module))
    return made


def _with_package(point: EntryPoint) -> str:
    """An entry point and the package that it comes with."""
    return point.value if point.dist is None else f"{point.value} (in {point.dist.name})"


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


def build(kind: Kind, spec: str, defaults: Mapping[str, Any] | None = None) -> Entry:
    """The game or agent that a specification describes; a game with its modifiers.

    Modifiers are applied from left to right: each holds what stands before it. So are the styles
    of a model. `defaults` are parameters of models, where the specification gives none.

    Raises:
        UsageError: the specification cannot be read, or names nothing that is installed, or
            gives a parameter that does not exist or a value that cannot be.
        PluginError: what is installed under the name is broken.
    """
    spec = expand(spec)
    first, *others = split(spec, "+") if "+" in spec else [spec]
    entry = _build(kind, first, defaults=defaults)
    for other in others:
        if kind == "game":
            modified = _build("modifier", other, entry.what)
            sources = {**entry.sources, **modified.sources}
            entry = Entry(f"{entry.spec}+{modified.spec}", modified.what, sources)
        elif isinstance(entry.what, Model):
            style = _build("style", other)
            sources = {**entry.sources, **style.sources}
            entry = Entry(f"{entry.spec}+{style.spec}", entry.what.with_style(style.what), sources)
        else:
            raise UsageError(f"{entry.spec} is no model; {other} is for models alone")
    return entry


def _build(kind: Kind, spec: str, *inner: Game, defaults: Mapping[str, Any] | None = None) -> Entry:
    """What one specification describes; `inner` is the game that a modifier is to hold."""
    name, given = parse(spec)
    if name in _offers(kind):
        _refuse_name_of_library(kind, name)
    elif name in _library_offers(kind):
        return _from_library(kind, name, given, spec)
    known = parameters(kind, name)
    if "model" in given and "model" not in known:
        raise UsageError(f"{name} is no model's provider: write {name} alone, without a slash")
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known) if known else "; it has none"
            raise UsageError(f"{name} has no parameter {key!r}{hint}")
    missing = [k for k, p in known.items() if p.default is p.empty and k not in given]
    if missing == ["model"]:
        raise UsageError(f"{name} needs the name of a model: {name}/MODEL")
    if missing:
        raise UsageError(f"{name} needs a value for {missing[0]!r}: {name}({missing[0]}=…)")
    try:
        made = load(kind, name)
        if isinstance(made, type) and issubclass(made, Model):
            given_all = {k: v for k, v in (defaults or {}).items() if k in known} | given
        else:
            given_all = given
        source = {made.__module__: str(path_of(name)) if is_file(name) else made.__module__}
        entry = Entry(write(name, given), made(*inner, **given_all), source)
        return _checked(kind, name, entry)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{shorten(spec)}: {error}") from error


def _refuse_name_of_library(kind: Kind, name: str) -> None:
    """Refuse what is installed under a name that stands for a library.

    Raises:
        PluginError: it is.
    """
    for other in BASES:
        if name in _library_offers(other):
            offered, taken = (
                _with_package(offers[name][0]) for offers in (_offers(kind), _library_offers(other))
            )
            raise PluginError(
                f"{kind} {name!r} is offered by {offered}, and {name!r} is the library of {other}s"
                f" {taken}; give the {kind} another name, or uninstall it"
            )


def _from_library(kind: Kind, name: str, given: dict[str, Any], spec: str) -> Entry:
    """What a library makes of a title and its parameters."""
    title = given.pop("model", None)
    if title is None:
        raise UsageError(f"{name} brings many {kind}s; name one: {name}/NAME (folk list {kind}s)")
    try:
        made = library(kind, name).make(title, given)
        return _checked(kind, f"{name}/{title}", Entry(write(made.name, given), made))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{shorten(spec)}: {error}") from error


def _checked(kind: Kind, name: str, entry: Entry) -> Entry:
    """The entry, once it is sure that it is of the kind, and has a name and an identity.

    Raises:
        PluginError: it is not so.
        TypeError, ValueError: its parameters are no JSON data.
    """
    if isinstance(entry.what, Game | Agent):
        if not entry.what.name:
            raise PluginError(f"{kind} {name!r} has no name; give it the attribute `name`")
        entry.key  # noqa: B018 - parameters that are no JSON data fail here and not in a match
    if isinstance(entry.what, Game):
        with plugin_call(entry.spec, "n_players or n_seats"):
            _ = entry.what.n_players, entry.what.n_seats  # which everybody asks for
    if not isinstance(entry.what, BASES[kind]):
        other = type(entry.what).__name__
        raise PluginError(f"{kind} {name!r} made a {other}, which is no {kind}")
    return entry


def refuse_namesakes(kind: Kind, entries: Iterable[Entry]) -> None:
    """Refuse entries out of files whose names in the log would be those of other things.

    Raises:
        PluginError: two files, or a file and what is installed, offer different things under one
            name.
    """
    homes: dict[str, str] = {}
    for entry in entries:
        name = entry.what.name
        for module, path in entry.sources.items():
            if not is_module(module) or type(entry.what).__module__ != module:
                continue
            if homes.setdefault(name, module) != module:
                other = sys.modules[homes[name]].__file__
                raise PluginError(
                    f"{path} and {other} both call their {kind} {name!r}; give one of them another"
                    " name"
                )
            for point in _offers(kind).get(name, ()):
                if not _is_in(point, path):
                    raise PluginError(
                        f"{path} calls its {kind} {name!r}, as does {_with_package(point)}, which"
                        " is installed; give it another name"
                    )


def _is_in(point: EntryPoint, path: str) -> bool:
    """Whether an entry point leads to this file, or to one with the same content."""
    found = find_spec(point.module)
    if found is None or found.origin is None:
        return False
    return Path(found.origin).read_bytes() == Path(path).expanduser().read_bytes()
