"""The sentences in which the bots for Deal or No Deal understand each other.

Two fixed forms, one to offer a division of the items and one to tell one's values::

    I take book=1, hat=0, ball=3.
    My values: book=8, hat=1, ball=0.

All kinds of items stand in the game's order, each with a whole number. A person or a model can
write them too, anywhere in a message, as sentences of their own; capitals do not matter. What is
not of one of these forms is not understood, and neither is a message that says two different
things in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

OFFER = "I take "
VALUES = "My values: "


def write_offer(items: Sequence[str], share: Sequence[int]) -> str:
    """The sentence that asks for a share of the items.

    >>> write_offer(("book", "hat", "ball"), (1, 0, 3))
    'I take book=1, hat=0, ball=3.'
    """
    return f"{OFFER}{_numbers(items, share)}."


def write_values(items: Sequence[str], values: Sequence[int]) -> str:
    """The sentence that tells what one item of each kind is worth to the speaker.

    >>> write_values(("book", "hat", "ball"), (8, 1, 0))
    'My values: book=8, hat=1, ball=0.'
    """
    return f"{VALUES}{_numbers(items, values)}."


def read_offer(items: Sequence[str], text: str) -> tuple[int, ...] | None:
    """The share that a message asks for; None where it asks for none, or for two.

    >>> items = ("book", "hat", "ball")
    >>> read_offer(items, "Well. I take book=1, hat=0, ball=3. All right?")
    (1, 0, 3)
    >>> read_offer(items, "I take book=1, hat=0.") is None
    True
    """
    return _read(OFFER, items, text)


def read_values(items: Sequence[str], text: str) -> tuple[int, ...] | None:
    """The values that a message tells; None where it tells none, or two different ones."""
    return _read(VALUES, items, text)


def _numbers(items: Sequence[str], numbers: Sequence[int]) -> str:
    return ", ".join(f"{item}={number}" for item, number in zip(items, numbers, strict=True))


def _read(form: str, items: Sequence[str], text: str) -> tuple[int, ...] | None:
    """The numbers in the only sentence of this form."""
    words = r"\s+".join(map(re.escape, form.split()))
    numbers = r",\s*".join(rf"{re.escape(item)}\s*=\s*([0-9]{{1,3}})" for item in items)
    sentence = rf"(?:^|[.!?;\n])\s*{words}\s+{numbers}\s*(?:[.!?;](?!\S)|\n|$)"
    # Lookahead, so that one sentence may begin where the last one ended.
    found = {m.groups() for m in re.finditer(f"(?={sentence})", text, re.IGNORECASE)}
    return tuple(map(int, found.pop())) if len(found) == 1 else None
