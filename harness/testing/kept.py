"""What a game or agent could remember a match by: its attributes, its class's, its module's.

All that can be reached from there is spelled out, so that two moments can be compared. What matches
change there outlives them, whether or not a later one shows it.
"""

from __future__ import annotations

import inspect
import itertools
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from random import Random
from types import CellType, FunctionType, ModuleType
from typing import Any

from harness.testing.walk import parting

__all__ = ["kept", "kept_since"]

MOST_PARTS = 20_000
"""Parts of one attribute that are spelled out; what is beyond them is not looked at."""

DEEPEST = 50
"""How far one thing may hold another that is spelled out."""

PARTS = ("__func__", "__wrapped__", "fget", "func")
"""Where methods, properties and what `functools` makes keep their function."""

OPAQUE = (type, ModuleType, property, classmethod, staticmethod, cached_property)
"""What holds nothing of a match, or is looked at under a name of its own."""


def kept(subject: object) -> dict[str, str]:
    """All that a game or agent, its class and its module hold, in one spelling, by where it is.

    What `functools.cache` and the like have stored is left out.
    """
    found = {f"`self.{name}`": _spelled(value) for name, value in vars(subject).items()}
    modules = []
    for base in filter(_is_theirs, type(subject).__mro__):
        found |= dict(_of_class(base))
        modules.append(base.__module__)
    for name in dict.fromkeys(modules):
        module = sys.modules.get(name)
        for key, value in list(vars(module).items()) if module else ():
            if inspect.isclass(value) and value.__module__ == name:
                found |= dict(_of_class(value))
            elif inspect.isroutine(value) and getattr(value, "__module__", "") == name:
                found |= dict(_of_function(key, value))
            elif _holds(key, value):
                found[f"`{key}` of its module"] = _spelled(value)
    return found


def kept_since(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What has become another between two moments, each with what it was and is."""
    for place, value in after.items():
        was = before.get(place, "nothing")
        if was != value:
            start = max(0, parting(was, value) - 20)
            yield f"{place} from {_cut(was, start)} to {_cut(value, start)}"


def _cut(text: str, start: int) -> str:
    """What of a text is told: a little, from where it becomes another."""
    shown = text[start:]
    return f"{'…' if start else ''}{shown[:39]}{'…' if len(shown) > 39 else ''}"


def _is_theirs(base: type) -> bool:
    """Whether a class is a plug-in's or one of our agents', and not the engine's or Python's."""
    top, _, rest = base.__module__.partition(".")
    if top == "harness":
        return rest.startswith(("agents.", "games."))
    return top not in sys.stdlib_module_names


def _of_class(base: type) -> Iterator[tuple[str, str]]:
    """The attributes of a class that can hold something."""
    for name, value in list(vars(base).items()):
        if _holds(name, value):
            yield f"`{base.__name__}.{name}`", _spelled(value)
        else:
            yield from _of_function(f"{base.__name__}.{name}", value)


def _of_function(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """What a function, or one that a property or method is made of, holds between calls."""
    for made in (value, *(getattr(value, part, None) for part in PARTS)):
        if not inspect.isfunction(made):
            continue
        held = {
            f"the defaults of `{name}()`": (made.__defaults__, made.__kwdefaults__),
            f"what `{name}()` closes over": [cell.cell_contents for cell in _filled(made)],
            **{f"`{name}.{key}`": inner for key, inner in vars(made).items()},
        }
        yield from ((place, _spelled(inner)) for place, inner in held.items() if inner)


def _filled(made: FunctionType) -> list[CellType]:
    """What a function takes from around it, as far as it is there already."""
    return [cell for cell in made.__closure__ or () if cell != CellType()]


def _holds(name: str, value: Any) -> bool:
    """Whether something may be kept under a name: in anything but code."""
    hidden = name.startswith(("__", "_abc_"))
    return not hidden and not callable(value) and not isinstance(value, OPAQUE)


def _spelled(value: Any) -> str:
    """Anything in one spelling, the order of sets and dictionaries left out."""
    left = [MOST_PARTS]
    return _told(value, left, ())


def _told(value: Any, left: list[int], within: tuple[int, ...]) -> str:
    left[0] -= 1
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return repr(value)
    if left[0] < 0 or id(value) in within or len(within) > DEEPEST:
        return "…"

    def told(part: Any) -> str:
        return _told(part, left, (*within, id(value)))

    match value:
        case Mapping():
            text = _braced(f"{told(key)}: {told(part)}" for key, part in list(value.items()))
        case set() | frozenset():
            text = _braced(map(told, list(value)))
        case list() | tuple() | deque():
            text = f"[{', '.join(map(told, list(value)))}]"
        case Random():
            text = f"a stream of chance at {hash(value.getstate())}"
        case bytearray() | itertools.count():
            text = repr(value)
        case _ if hasattr(value, "tolist"):  # arrays, numpy's and Python's
            text = told(value.tolist())
        case _:
            text = f"{type(value).__name__}{told(_held(value))}"
    return text


def _braced(parts: Iterable[str]) -> str:
    return f"{{{', '.join(sorted(parts))}}}"


def _held(value: Any) -> dict[str, Any]:
    """The attributes of an object that is made of a plug-in's class; none of any other."""
    if callable(value) or isinstance(value, OPAQUE) or not _is_theirs(type(value)):
        return {}
    names = [*getattr(value, "__dict__", {}), *_slots(type(value))]
    return {name: getattr(value, name, None) for name in names}


def _slots(made: type) -> Iterator[str]:
    """The names of what instances of a class hold outside of a dictionary."""
    for base in made.__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots
