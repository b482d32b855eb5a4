"""The form of a reply, for servers that enforce it (JSON Schema) and for those who read it."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from harness.game import plain
from harness.space import (
    Choice,
    Distribution,
    Form,
    Integer,
    OneOf,
    Real,
    Space,
    Text,
    one_of,
)

__all__ = ["action_schema", "form", "legal", "reply_schema", "shape"]

MANY = 12
"""Options beyond this number are not listed one by one, if they are a row of whole numbers."""


def reply_schema(space: Space, reasoning: bool = False) -> dict[str, Any]:
    """The JSON Schema of the reply `{"action": …}`, a player's words for the action in it.

    Only what strict mode at OpenAI, xgrammar (in vLLM) and llama.cpp all take: every object closed
    and all of its keys required, `anyOf`, `enum`, bounds of numbers, `maxLength`.

    Not all servers keep to all of it. That the probabilities of a `Distribution` sum to 1 cannot be
    said at all; llama.cpp keeps numbers that need not be whole to no bounds (`json_grammar` does);
    xgrammar allows no quotation marks or line breaks in texts of limited length, and takes seconds
    to prepare for a length of hundreds of characters. What comes is to be read all the same.

    Args:
        space: the legal actions.
        reasoning: whether a text `reasoning` comes first.

    >>> reply_schema(Choice(("c", "d"), labels=("J", "F")))["properties"]
    {'action': {'type': 'string', 'enum': ['J', 'F']}}
    """
    action = {"action": _schema(space)}
    return _object(({"reasoning": {"type": "string"}} if reasoning else {}) | action)


def action_schema(space: Space) -> dict[str, Any]:
    """The JSON Schema of an action as it is recorded, for programs.

    >>> action_schema(Choice(("c", "d"), labels=("J", "F")))
    {'enum': ['c', 'd']}
    """
    return _schema(space, _by_action)


def form(space: Space, reasoning: bool = False) -> str:
    """The shape of the reply, as it is shown to whoever is to write one.

    >>> print(form(Choice(("c", "d"), labels=("J", "F"))))
    {"action": "J"} or {"action": "F"}
    >>> print(form(Form({"to": Choice(("a", "b")), "text": Text(80)}), reasoning=True))
    {"reasoning": <your reasoning, a text>, "action": {"to": "a" or "b", "text": <a text of at most 80 characters>}}
    """  # noqa: E501
    before = '"reasoning": <your reasoning, a text>, ' if reasoning else ""
    return one_of([f'{{{before}"action": {one}}}' for one in _shapes(space)])


def shape(space: Space) -> str:
    """The shape of an action alone, in JSON, as it is shown to whoever is to write one.

    >>> print(shape(OneOf({"say": Text(9), "bid": Integer(0, 3)})))
    {"say": <a text of at most 9 characters>} or {"bid": <a whole number from 0 to 3>}
    """
    return one_of(_shapes(space))


def legal(space: Space) -> str:
    """What an action must be, in words that follow "must be".

    >>> print(legal(Choice(tuple(range(2, 101)))))
    a whole number from 2 to 100
    >>> print(legal(OneOf({"say": Text(9), "bid": Integer(0, 3)})))
    an object with exactly one of the keys "say" or "bid"
    """
    match space:
        case Choice():
            return _row(space.shown) or one_of(space.shown)
        case Form():
            return f"an object with exactly the keys {_listed(space.fields)}"
        case OneOf() if len(space.kinds) > 1:
            return f"an object with exactly one of the keys {one_of(list(map(_json, space.kinds)))}"
        case OneOf():
            return f"an object with the key {_listed(space.kinds)} and no other"
        case Distribution():
            row = _row(space.over.shown)
            each = f"each {row[2:]}" if row else f"each of {', '.join(space.over.shown)}"
            return (
                f"an object with a probability from 0 to 1 for {each}, which together make 1 (or"
                f" differ from it by at most {space.tolerance:g})"
            )
    return str(space)


def _by_label(choice: Choice) -> dict[str, Any]:
    return {"type": "string", "enum": list(choice.shown)}


def _by_action(choice: Choice) -> dict[str, Any]:
    return {"enum": list(choice.actions)}


def _schema(space: Space, named: Callable[[Choice], dict[str, Any]] = _by_label) -> dict[str, Any]:
    """The schema of an action; `named` gives that of a choice."""
    match space:
        case Choice():
            return named(space)
        case Integer() | Real():
            bounds = {"minimum": space.low, "maximum": space.high}
            finite = {name: plain(bound) for name, bound in bounds.items() if math.isfinite(bound)}
            return {"type": "integer" if isinstance(space, Integer) else "number"} | finite
        case Text():
            return {"type": "string", "maxLength": space.max_chars}
        case Form():
            return _object({name: _schema(part, named) for name, part in space.fields.items()})
        case OneOf():
            kinds = [_object({k: _schema(part, named)}) for k, part in space.kinds.items()]
            return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        case Distribution():
            chance = {"type": "number", "minimum": 0, "maximum": 1}
            return _object({str(name): dict(chance) for name in named(space.over)["enum"]})
    raise TypeError(f"no JSON Schema is known for the space {space!r}")


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _shapes(space: Space) -> list[str]:
    """The shapes that an action can have: several only where they are different in kind."""
    match space:
        case Choice():
            row = _row(space.shown)
            return [f'"<{row}>"'] if row else [_json(label) for label in space.shown]
        case Form():
            return [_braced({name: shape(part) for name, part in space.fields.items()})]
        case OneOf():
            return [_braced({k: one}) for k, part in space.kinds.items() for one in _shapes(part)]
        case Distribution():
            return [_braced(dict.fromkeys(space.over.shown, "<a probability from 0 to 1>"))]
    return [f"<{space}>"]


def _braced(parts: Mapping[str, str]) -> str:
    """An object's shape; of one with many keys the first two and the last."""
    pairs = [f"{_json(name)}: {part}" for name, part in parts.items()]
    return "{" + ", ".join(pairs if len(pairs) <= MANY else [*pairs[:2], "…", pairs[-1]]) + "}"


def _row(labels: tuple[str, ...]) -> str:
    """Many evenly spaced whole numbers as a range; '' for other labels."""
    if len(labels) <= MANY or not all(label.isascii() and label.isdecimal() for label in labels):
        return ""
    numbers = sorted(map(int, labels))
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    if len(steps) > 1:
        return ""
    pace = "" if steps == {1} else f" in steps of {steps.pop()}"
    return f"a whole number from {numbers[0]} to {numbers[-1]}{pace}"


def _listed(names: Mapping[str, Any]) -> str:
    """Names in JSON quotes, as a row of all of them."""
    words = list(map(_json, names))
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
