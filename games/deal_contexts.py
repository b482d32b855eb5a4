"""Contexts of Deal or No Deal: how many items there are, and what they are worth to each player.

The published contexts (Lewis, Yarats, Dauphin, Parikh & Batra 2017, arXiv:1706.05125) obey a few
constraints. All contexts that do can be listed, so that a context is drawn from the whole list
here; and a file in the format in which theirs were published can be read instead.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from harness import UsageError, shorten

Numbers: TypeAlias = tuple[int, ...]

TOTAL = 10
"""What all items together are worth to each player in the published contexts."""

N_ITEMS = range(5, 8)
"""How many items there are in all in the published contexts."""

N_OF_A_KIND = range(1, 5)
"""How many there are of each kind in the published contexts."""

MAX_COUNT = 20
"""Most items of one kind that a context may have: all divisions of the items are looked through."""


MAX_VALUE = 999
"""Most points that one item may be worth."""

WHOLE = re.compile(r"-?[0-9]{1,9}")


class Context(NamedTuple):
    """What there is to divide.

    Attributes:
        counts: how many items there are of each of the three kinds.
        values: for each player, what one item of each kind is worth to it, in points.
    """

    counts: Numbers
    values: tuple[Numbers, Numbers]


@functools.cache
def all_contexts() -> tuple[Context, ...]:
    """All 5,295 contexts that obey the constraints of the published ones, in a fixed order.

    Three kinds of items, 1 to 4 of each and 5 to 7 in all; everything together is worth 10 points
    to each player; no kind is worth nothing to both, and at least one is worth something to both.
    The 4,086 published contexts are all different and all among them.

    >>> len(all_contexts()), all_contexts()[0]
    (5295, Context(counts=(1, 1, 3), values=((0, 1, 3), (1, 0, 3))))
    """
    return tuple(
        Context(counts, (a, b))
        for counts in itertools.product(N_OF_A_KIND, repeat=3)
        if sum(counts) in N_ITEMS
        for a, b in itertools.product(list(_valuations(counts)), repeat=2)
        if all(x or y for x, y in zip(a, b, strict=True))
        and any(x and y for x, y in zip(a, b, strict=True))
    )


def _valuations(counts: Numbers) -> Iterator[Numbers]:
    """All values of the kinds of items at which everything together is worth `TOTAL`."""
    for values in itertools.product(*(range(TOTAL // count + 1) for count in counts)):
        if worth(values, counts) == TOTAL:
            yield values


def worth(values: Sequence[int], share: Sequence[int]) -> int:
    """What a share of the items is worth at these values.

    >>> worth((8, 1, 0), (0, 2, 3))
    2
    """
    return sum(value * count for value, count in zip(values, share, strict=True))


def read_contexts(path: str, *, strict: bool = True) -> tuple[Context, ...]:
    """The contexts in a file of the published format.

    Two lines a context, one for each player's view; a line holds six whole numbers, the count and
    the value of each kind in turn, with spaces or tabs between them. Both lines have the same
    counts. A line ends with a line feed, which a carriage return may precede.

    Args:
        path: the file.
        strict: whether everything together must be worth 10 points to each player.

    Raises:
        UsageError: the file cannot be read or a line cannot be; the message names file and line.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"deal_or_no_deal: contexts: cannot read {path!r}: {error}") from error
    lines = _lines(content, path)
    if not lines:
        raise UsageError(f"{path}:1: the file is empty; give two lines for each context")
    views = [_view(line, f"{path}:{i}", strict=strict) for i, line in enumerate(lines, 1)]
    if len(lines) % 2:
        raise UsageError(
            f"{path}:{len(lines)}: the last of {len(lines)} lines has no partner; give two lines"
            " for each context, one for each player"
        )
    contexts = []
    for i in range(0, len(views), 2):
        (counts, first), (others, second) = views[i : i + 2]
        if counts != others:
            raise UsageError(
                f"{path}:{i + 2}: the counts are {others}, but {counts} in the line before; both"
                " lines of a context must have the same counts"
            )
        contexts.append(Context(counts, (first, second)))
    return tuple(contexts)


def _lines(content: bytes, path: str) -> list[str]:
    """The lines of a file, without their ends."""
    raw = content.split(b"\n")
    if not raw[-1]:
        raw.pop()
    lines = []
    for i, line in enumerate(raw, 1):
        try:
            lines.append(line.removesuffix(b"\r").decode("utf-8"))
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}:{i}: the line is not UTF-8: {error}") from error
    return lines


def _view(line: str, where: str, *, strict: bool) -> tuple[Numbers, Numbers]:
    """The counts and one player's values in a line."""
    words = line.replace("\t", " ").split(" ")
    words = [word for word in words if word]
    if not words:
        raise UsageError(f"{where}: the line is empty; it must be six whole numbers")
    if len(words) != 6 or not all(map(WHOLE.fullmatch, words)):
        raise UsageError(
            f"{where}: {shorten(line)} is not six whole numbers: count and value of each of the"
            " three kinds in turn"
        )
    numbers = [int(word) for word in words]
    counts, values = tuple(numbers[0::2]), tuple(numbers[1::2])
    _check_counts(counts, where)
    _check_values(counts, values, where, strict=strict)
    return counts, values


def as_contexts(given: Any, *, strict: bool = True) -> tuple[Context, ...]:
    """Contexts given as nested lists: `[counts, [values of player 0, values of player 1]]` each.

    Raises:
        UsageError: one of them is no context; the message says which.
    """
    if not isinstance(given, list | tuple) or not given:
        raise UsageError(
            f"deal_or_no_deal: contexts is {shorten(given)}; it must be the path of a file, a list"
            " of contexts, or '' for generated ones"
        )
    return tuple(
        _as_context(one, f"deal_or_no_deal: contexts[{i}]", strict=strict)
        for i, one in enumerate(given)
    )


def _as_context(given: Any, where: str, *, strict: bool) -> Context:
    try:
        counts, (first, second) = given
        parts = [tuple(part) for part in (counts, first, second)]
    except (TypeError, ValueError):
        parts = []
    whole = all(type(number) is int for part in parts for number in part)
    if [len(part) for part in parts] != [3, 3, 3] or not whole:
        raise UsageError(
            f"{where} is {shorten(given)}; it must be [counts, [values, values]] with three whole"
            " numbers in each"
        )
    _check_counts(parts[0], where)
    for values in parts[1:]:
        _check_values(parts[0], values, where, strict=strict)
    return Context(parts[0], (parts[1], parts[2]))


def _check_counts(counts: Numbers, where: str) -> None:
    if not all(1 <= count <= MAX_COUNT for count in counts):
        raise UsageError(f"{where}: the counts are {counts}; each must be from 1 to {MAX_COUNT}")


def _check_values(counts: Numbers, values: Numbers, where: str, *, strict: bool) -> None:
    if not all(0 <= value <= MAX_VALUE for value in values):
        raise UsageError(f"{where}: the values are {values}; each must be from 0 to {MAX_VALUE}")
    total = worth(values, counts)
    if strict and total != TOTAL:
        raise UsageError(
            f"{where}: everything together is worth {total}; it must be {TOTAL}, or else set"
            " strict=False"
        )
