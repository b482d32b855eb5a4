"""Whether a space holds any action at all, and its fields are what they must be."""

from __future__ import annotations

from collections.abc import Iterable

from harness.check import is_number, is_whole
from harness.errors import shorten
from harness.space import Choice, Distribution, Form, Integer, OneOf, Real, Space

__all__ = ["unsound"]


def unsound(space: Space) -> str:
    """What is wrong with the fields of a space, and what to do; empty if nothing is.

    >>> unsound(Integer(0, 10)), unsound(Integer(3, 1))
    ('', 'Integer(low=3, high=1) holds no number; low must not be above high')
    """
    parts: Iterable[Space] = ()
    match space:
        case Integer():
            if not is_whole(space.low) or not is_whole(space.high):
                return (
                    f"{shorten(space)} must have whole numbers as bounds: round them, or use Real"
                )
        case Real():
            if not is_number(space.low) or not is_number(space.high):
                return f"{shorten(space)} must have finite numbers as bounds"
        case Choice():
            if not space.actions:
                return "Choice holds no action; do not ask who cannot do anything"
            if len(set(space.actions)) < len(space.actions):
                return f"{shorten(space)} names an action twice"
        case Form():
            parts = space.fields.values()
        case OneOf():
            parts = space.kinds.values()
        case Distribution():
            parts = (space.over,)
    if isinstance(space, Integer | Real) and space.low > space.high:
        return f"{shorten(space)} holds no number; low must not be above high"
    return next(filter(None, map(unsound, parts)), "")
