"""What a player sees, taken apart into fields that can be followed one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

__all__ = ["GONE", "Values", "both", "leaves", "moved", "pieces", "text_of", "top_of"]

Values: TypeAlias = tuple[Any, Any]
"""What something was, and what it was after another draw."""

GONE = object()
"""What a field is that is there no more."""

PIECE = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?|\w+")
"""What texts are taken apart into: numbers and words."""


def leaves(seen: str) -> dict[str, Any]:
    """The leaves of an observation by their paths, and the pieces of its texts."""
    try:
        content = json.loads(seen)
    except ValueError:
        return {}
    found: dict[str, Any] = {}
    left: list[tuple[str, Any]] = [("", content)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            left += [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(f"{path}.{i}", inner) for i, inner in enumerate(value)]
        else:
            found[path] = value
            if isinstance(value, str):
                found |= dict(pieces(path, value))
    return found


def pieces(path: str, content: str) -> Iterator[tuple[str, str | float]]:
    """The numbers and words of a text, by its path and their place in it."""
    for i, piece in enumerate(PIECE.findall(content)):
        try:
            yield f"{path}~{i}", float(piece)
        except ValueError:
            yield f"{path}~{i}", piece


def text_of(path: str) -> str:
    """The path of the text that a piece is of; of anything else, the path."""
    return path.partition("~")[0]


def top_of(path: str) -> str:
    """The field of an observation that a path begins with."""
    return text_of(path).partition(".")[0]


def both(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Values]:
    """All that there was, with what it was and is."""
    return {path: (value, after.get(path, GONE)) for path, value in before.items()}


def moved(values: dict[str, Values]) -> dict[str, Values]:
    """What of it has become another."""
    return {path: (was, now) for path, (was, now) in values.items() if was != now}
