"""Labels: which of a choice's actions a text names, if it names exactly one.

A label is written in its canonical forms: the label itself, in small or capital letters, in
Unicode's compatible forms (full width, say), with invisible format characters (category Cf) in it
and blanks around it. Where two labels of a choice would then be the same, capitals count; where
they still would, only the very label is taken. Letters of other alphabets that look alike are other
letters, and digits are ASCII digits or those of the very label.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from harness.space import Choice

__all__ = ["NUMBER", "Labels", "labels_of", "visible"]

NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""A number in plain ASCII digits, without superfluous zeros in front."""

WORD = re.compile(r"\w+")
PHRASE = re.compile(r"\w+(?:[-' ]\w+)*")
DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a choice, ready to be found.

    Attributes:
        exact: actions by the very label.
        fold: the form in which texts are compared; None for what cannot be a label.
        folded: actions by folded label.
        numbers: actions by the number that their label is; empty unless all labels are numbers.
    """

    exact: dict[str, str | int]
    fold: Callable[[str], str | None]
    folded: dict[str | None, str | int]
    numbers: dict[Decimal, str | int]

    def find(self, text: str) -> str | int | None:
        """The action whose label this is; None if it is none's."""
        found = self.exact.get(text)
        return self.folded.get(self.fold(text)) if found is None else found

    def n_named(self, text: str) -> int:
        """How many of the labels a text names as words of its own.

        This only tells answers that name several from others that cannot be read; no action is
        ever read in this way. Single letters count as they are written: "a" is a word.
        """
        line = _words(visible(text))
        n_named = 0
        for label in sorted(map(_words, self.exact), key=len, reverse=True):
            if label and label in line:
                n_named += 1
                line = line.replace(label, "|")  # "stag hunt" does not name "stag" as well
        return n_named

    def like(self, text: str) -> bool:
        """Whether a text could be a label of some choice like this one, if not of this one."""
        plain = self.fold(text)
        if not plain:
            return False
        if NUMBER.fullmatch(plain):
            return True
        most = max((len(WORD.findall(label)) for label in self.exact), default=1)
        return bool(PHRASE.fullmatch(plain)) and len(WORD.findall(plain)) <= max(most, 1)


@lru_cache(maxsize=4096)
def labels_of(choice: Choice) -> Labels:
    """The labels of a choice, ready to be found."""
    times = Counter(choice.labels)
    pairs = zip(choice.labels, choice.actions, strict=True)
    exact = {label: action for label, action in pairs if times[label] == 1}
    numbers = {Decimal(label): exact[label] for label in exact if NUMBER.fullmatch(label)}
    fold: Callable[[str], str | None]
    for fold in (_caseless, _plain):
        keys = [fold(label) for label in choice.labels]
        if len(set(keys) - {None}) == sum(key is not None for key in keys):
            folded = {fold(label): action for label, action in exact.items() if fold(label)}
            break
    else:
        folded = {}
    return Labels(exact, fold, folded, numbers if len(numbers) == len(choice.labels) else {})


def visible(text: str) -> str:
    """A text without invisible format characters (Unicode category Cf)."""
    if text.isascii() or text.replace("\n", "").isprintable():
        return text
    return "".join([c for c in text if c.isascii() or unicodedata.category(c) != "Cf"])


def _words(text: str) -> str:
    """The words of a text, each between blanks of its own."""
    words = [word if len(word) == 1 else word.casefold() for word in WORD.findall(text)]
    return "".join([f" {word} " for word in words])


def _plain(text: str) -> str | None:
    """A text in compatible forms, without what is invisible; None if digits come of it."""
    if text.isascii():
        return text.strip()
    if any(DIGIT.search(unicodedata.normalize("NFKC", c)) for c in text if not c.isascii()):
        return None
    return unicodedata.normalize("NFKC", visible(text)).strip()


def _caseless(text: str) -> str | None:
    plain = _plain(text)
    return None if plain is None else plain.casefold()
