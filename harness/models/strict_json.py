"""JSON as it is read from models: nothing in it is guessed, lost or rounded.

Python's own reader takes the last of two equal keys, `NaN`, and 1e999 as infinity, and fails on
whole numbers of thousands of digits and on deep nesting in ways of its own. Here a repeated key is
kept and seen, numbers are exact, and what is no finite number is `NOT_FINITE`.

One thing is taken that JSON forbids: line breaks and other control characters stand as they are in
strings, because servers that enforce a schema let them through.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

__all__ = ["MAX_DIGITS", "NOT_FINITE", "NotJSON", "Repeated", "decode", "within"]

MAX_DIGITS = 400
"""Most characters of a number: enough for every float, written out."""


class NotJSON(ValueError):
    """There is no JSON value at this place."""


class Repeated(tuple[tuple[str, Any], ...]):
    """An object that names a key twice: its pairs, in order."""

    __slots__ = ()


class _NotFinite:
    __slots__ = ()

    def __repr__(self) -> str:
        return "NOT_FINITE"


NOT_FINITE: Final = _NotFinite()
"""Stands for a number that is none or is beyond all floats or `MAX_DIGITS`."""


def decode(text: str, start: int = 0) -> tuple[Any, int]:
    """The JSON value that begins exactly at a place, and where it ends.

    Objects are dictionaries, or `Repeated`; numbers `int` or `Decimal`, or `NOT_FINITE`.

    Raises:
        NotJSON: there is none.
        RecursionError: it is nested more deeply than can be read.

    >>> decode('{"bid": 1.50} or so')
    ({'bid': Decimal('1.50')}, 13)
    """
    try:
        value, end = DECODER.raw_decode(text, start)
    except ValueError as error:
        raise NotJSON(str(error)) from None
    return value, end


def within(value: Any) -> Iterator[tuple[str, Any]]:
    """All keys with their values in a decoded value, at any depth."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
            yield from item.items()
        elif isinstance(item, Repeated):
            waiting += [content for _, content in item]
            yield from item
        elif isinstance(item, list):
            waiting += item


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Repeated:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def _whole(digits: str) -> int | _NotFinite:
    return int(digits) if len(digits) <= MAX_DIGITS else NOT_FINITE


def _decimal(digits: str) -> Decimal | _NotFinite:
    if len(digits) > MAX_DIGITS or not math.isfinite(float(digits)):
        return NOT_FINITE
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent of twenty digits, below zero
        return NOT_FINITE


DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_whole,
    parse_float=_decimal,
    parse_constant=lambda _: NOT_FINITE,
    strict=False,
)
