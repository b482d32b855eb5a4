"""Whether readers are told of every parameter that matters to them.

A parameter is made another, and the match led through again with the same chance and answers. Where
payoffs, legal actions or length then differ, the words up to there must differ too. Parameters that
a game keeps from its players on purpose are named in `Game.untold`.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from harness import registry
from harness.errors import FolkError, shorten
from harness.game import Game
from harness.match import Entry
from harness.space import Choice, Distribution, Form, OneOf, Space
from harness.spec import parse, split, write
from harness.testing.draws import Draws
from harness.testing.walk import Trace, by_chance, walk

__all__ = ["Parameter", "can_be_named", "of_library", "parameters_of", "untold"]

REACH = 120


@dataclass(frozen=True)
class Parameter:
    """A parameter of a game, and how to make the game with another value of it.

    Attributes:
        name: what it is called.
        value: what it is.
        annotation: what it may be, as written in the code.
        game: the game that has it: the inner one for a parameter of a modified game.
        made: makes the whole game with this value.
    """

    name: str
    value: Any
    annotation: Any
    game: Game
    made: Callable[[Any], Game]


def parameters_of(entry: Entry) -> list[Parameter]:
    """The parameters of a game and its modifiers; of one built in code, those of its fields."""
    return list(_of_spec(entry) if can_be_named("game", entry) else _of_fields(entry.what))


def can_be_named(kind: registry.Kind, entry: Entry) -> bool:
    """Whether a game's or agent's specification, and nothing but it, is needed to build it."""
    try:
        return registry.build(kind, entry.spec).key == entry.key
    except FolkError:
        return False


def of_library(spec: str) -> bool:
    """Whether a game is one of a library's, which do not tell what parameters they take."""
    return parse(split(spec, "+")[0])[0] in registry.libraries("game")


def _of_fields(game: Game) -> Iterator[Parameter]:
    for field in fields(game):  # type: ignore[arg-type]  # a game is a dataclass
        if field.init:
            value = getattr(game, field.name)
            yield Parameter(field.name, value, field.type, game, _replacing(game, field.name))


def _replacing(game: Any, name: str) -> Callable[[Any], Game]:
    return lambda value: replace(game, **{name: value})


def _of_spec(entry: Entry) -> Iterator[Parameter]:
    parts = split(entry.spec, "+")
    for i, part in enumerate(parts):
        name, given = parse(part)
        kind: registry.Kind = "modifier" if i else "game"
        if of_library(part):
            continue
        game = registry.build("game", "+".join(parts[: i + 1])).what
        for key, known in registry.parameters(kind, name).items():
            value = given.get(key, known.default)
            made = _rebuilding(parts, i, name, given, key)
            yield Parameter(key, value, known.annotation, game, made)


def _rebuilding(
    parts: list[str], i: int, name: str, given: Mapping[str, Any], key: str
) -> Callable[[Any], Game]:
    def made(value: Any) -> Game:
        part = write(name, {**given, key: value})
        game: Game = registry.build("game", "+".join([*parts[:i], part, *parts[i + 1 :]])).what
        return game

    return made


def untold(entry: Entry, seed: int = 1) -> Iterator[str]:
    """The parameters that change what happens, and not a word before it does."""
    game: Game = entry.what
    plain = walk(game, Draws(seed), by_chance(seed), reach=REACH)
    for parameter in parameters_of(entry):
        if parameter.name in parameter.game.untold:
            continue
        for value in others(parameter.value, parameter.annotation):
            try:
                other = parameter.made(value)
                changed = walk(other, Draws(seed), by_chance(seed), reach=REACH)
            except (FolkError, TypeError, ValueError, ArithmeticError, LookupError):
                continue  # no value for it
            if fault := _silent(plain, changed):
                before = shorten(parameter.value, 40)
                yield (
                    f"{fault} when {parameter.name} is {shorten(value, 40)} and not {before}, and"
                    " no word before it tells so; tell it in rules() or describe(), or name"
                    f" {parameter.name!r} in the game's `untold` if it is kept back on purpose"
                )
                break


def _silent(plain: Trace, other: Trace) -> str:
    """What differs between two matches without a word; empty if nothing does, or words do."""
    at, what = _parting(plain, other)
    for before, after in zip(plain.asked, other.asked, strict=False):
        if before.step > at or after.step > at or not what:
            break
        if (before.rules, str(before.words)) != (after.rules, str(after.words)):
            return ""
    return what


def _parting(plain: Trace, other: Trace) -> tuple[int, str]:
    """The step at which two matches part, and in what.

    That is empty where they do not, or where somebody else is asked, or something else: the
    question itself tells that.
    """
    found: list[tuple[int, str]] = []
    for before, after in zip(plain.asked, other.asked, strict=False):
        if (before.player, before.kind) != (after.player, after.kind):
            found.append((before.step, ""))
            break
        if _legal(before.space) != _legal(after.space):
            found.append((before.step, f"at {before.place} other actions are legal"))
            break
    rounds = zip(plain.rounds, other.rounds, strict=False)
    for number, ((step, before_), (_, after_)) in enumerate(rounds):
        paid = list(zip(before_.payoffs, after_.payoffs, strict=False))
        if any(one != two for one, two in paid):
            pays = f"{[two for _, two in paid]}, not {[one for one, _ in paid]},"
            found.append((step - 1, f"round {number} pays {pays}"))
            break
    lengths = [len(trace.asked) for trace in (plain, other)]
    if lengths[0] != lengths[1]:
        last = min((t.asked[-1].step for t in (plain, other) if t.asked), default=0)
        found.append((last, f"the match has {lengths[1]} decisions, not {lengths[0]},"))
    elif _totals(plain) != _totals(other):
        found.append((plain.asked[-1].step if plain.asked else 0, "the totals are others"))
    return min(found, default=(0, ""))


def _legal(space: Space) -> Any:
    """The legal actions, in whatever order they are shown."""
    match space:
        case Choice():
            return dict(zip(space.actions, space.labels, strict=True))
        case Distribution():
            return space.tolerance, _legal(space.over)
        case Form():
            return {name: _legal(part) for name, part in space.fields.items()}
        case OneOf():
            return [(name, _legal(part)) for name, part in space.kinds.items()]
    return repr(space)


def _totals(trace: Trace) -> Any:
    return trace.result.payoffs if trace.result is not None else None


def others(value: Any, annotation: Any) -> list[Any]:
    """Other values that a parameter might have, judged by what it is.

    >>> others(3, "int"), others(True, "bool")
    ([4, 6, 2], [False])
    """
    match value:
        case bool():
            found: list[Any] = [not value]
        case int():
            found = [value + 1, value * 2 or 2, value - 1]
        case float():
            found = [value / 2, value * 1.5] if value else [0.3, 1.0]
        case str():
            found = [other for other in _listed(annotation) if other != value]
        case list() | tuple():
            found = [shifted for by in (1, -1) if (shifted := _shifted(value, by)) is not None]
        case None:
            text = str(annotation)
            found = [*([2, 5] if "int" in text else []), *([0.5] if "float" in text else [])]
        case _:
            found = []
    return found


def _listed(annotation: Any) -> list[str]:
    """The texts that an annotation allows, where it lists them."""
    if isinstance(annotation, str):
        if "Literal[" not in annotation or annotation is inspect.Parameter.empty:
            return []
        inside = annotation.partition("Literal[")[2].partition("]")[0]
        return [part.strip().strip("\"'") for part in inside.split(",")]
    return [a for a in typing.get_args(annotation) if isinstance(a, str)]


def _shifted(value: Any, by: float) -> Any:
    """Nested lists with their first number shifted; None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + by
    if isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            shifted = _shifted(inner, by)
            if shifted is not None:
                return [*value[:i], shifted, *value[i + 1 :]]
    return None
