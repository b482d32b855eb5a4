"""What a value is in an action space, and an action in its reader's words.

A player knows labels, never the actions as they are recorded. A value is an action only if it is
written in one of that action's canonical forms:

- a label, as `harness.models.labels` says; in JSON also a number, where that is what the label is;
- a number in ASCII decimal digits, without superfluous zeros in front, with a sign and a fraction
  if need be (10.0 is the whole number 10); in JSON as a number, with an exponent too, or as a text;
- a text as it is;
- for a form, a turn of one kind or a distribution, a JSON object with exactly its keys. Those of a
  distribution are labels.

A value of the right kind that is no legal action is `illegal`; one that names several actions is
`ambiguous`; anything else is `unparsed`.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias

from harness.agent import Outcome
from harness.models.labels import NUMBER, labels_of, visible
from harness.models.schema import legal, shape
from harness.models.strict_json import MAX_DIGITS, NotJSON, decode
from harness.space import Action, Choice, Distribution, Form, Integer, OneOf, Real, Space, Text

__all__ = ["Path", "Problem", "from_json", "from_text", "labelled", "options", "spoken"]

Path: TypeAlias = tuple[str, ...]
"""The keys under which a value stands, outermost first."""

AROUND = ".,;:!?()[]{}<>*_`'\"$"
"""What can stand around a number that is named in a sentence."""


class Problem(Exception):
    """Why a value is no legal action.

    Attributes:
        outcome: what became of it.
        reason: a sentence that can be shown to whoever answered. It repeats nothing of the answer,
            which may quote other players.
    """

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


def from_json(value: Any, space: Space, path: Path = ()) -> Action:
    """The action that a decoded JSON value (`harness.models.strict_json`) is.

    Args:
        value: the value.
        space: the legal actions.
        path: where the value stands, for the reason.

    Raises:
        Problem: it is none.
    """
    match space:
        case Choice():
            return _choice(value, space, path)
        case Integer() | Real():
            return _number(value, space, path)
        case Text():
            return _text(value, space, path)
        case Form(fields=fields):
            if not isinstance(value, dict) or value.keys() != fields.keys():
                _refuse(Outcome.UNPARSED, space, path)
            return {name: from_json(value[name], fields[name], (*path, name)) for name in fields}
        case OneOf():
            return _one_of(value, space, path)
        case Distribution():
            return _distribution(value, space, path)
    raise TypeError(f"no reading is known for the space {space!r}")


def from_text(text: str, space: Space) -> Action:
    """The action that a text is: a label, a number, the text itself, or JSON for all else.

    Raises:
        Problem: it is none.
    """
    if isinstance(space, Choice | Integer | Real | Text):
        return from_json(text, space)
    try:
        value, end = decode(text)
    except NotJSON:
        end = -1
    if end != len(text):
        raise Problem(Outcome.UNPARSED, f"Your answer must be JSON of the form {shape(space)}.")
    return from_json(value, space)


def labelled(space: Space, action: Action) -> Any:
    """A recorded action in its reader's words, as JSON data.

    >>> labelled(Distribution(Choice((1, 2), labels=("J", "F"))), {"1": 0.5, "2": 0.5})
    {'J': 0.5, 'F': 0.5}
    """
    match space:
        case Choice():
            return space.label(action)
        case Form():
            return {name: labelled(part, action[name]) for name, part in space.fields.items()}
        case OneOf():
            ((kind, content),) = action.items()
            return {kind: labelled(space.kinds[kind], content)}
        case Distribution():
            over = space.over
            return {over.labels[i]: action[str(over.actions[i])] for i in over.order}
    return action


def spoken(space: Space, action: Action) -> str:
    """A recorded action as its reader would write it: a label, a number, a text, or else JSON.

    >>> spoken(Choice(("c", "d"), labels=("J", "F")), "d"), spoken(Real(0, 1), 1e-05)
    ('F', '0.00001')
    """
    match space:
        case Choice():
            return space.label(action)
        case Real():
            digits = f"{Decimal(repr(action)):f}"
            return digits.rstrip("0").rstrip(".") if "." in digits else digits
        case Integer() | Text():
            return str(action)
    return json.dumps(labelled(space, action), ensure_ascii=False)


def options(space: Space, limit: int = 1001) -> list[tuple[str, Action]] | None:
    """All actions with what readers call them, in the order shown; None if beyond `limit`.

    >>> options(Integer(8, 10)), options(Integer(0, 10**9)), options(Real(0, 1))
    ([('8', 8), ('9', 9), ('10', 10)], None, None)
    """
    match space:
        case Choice() if len(space.actions) <= limit:
            return [(space.labels[i], space.actions[i]) for i in space.order]
        case Integer() if space.high - space.low < limit:
            return [(str(n), n) for n in range(space.low, space.high + 1)]
    return None


def _choice(value: Any, space: Choice, path: Path) -> str | int:
    labels = labels_of(space)
    if isinstance(value, str):
        found = labels.find(value)
        if found is not None:
            return found
        if labels.n_named(value) > 1:
            _refuse(Outcome.AMBIGUOUS, space, path)
        _refuse(Outcome.ILLEGAL if labels.like(value) else Outcome.UNPARSED, space, path)
    if not labels.numbers or not _is_number(value):
        _refuse(Outcome.UNPARSED, space, path)
    found = labels.numbers.get(value)
    return _refuse(Outcome.ILLEGAL, space, path) if found is None else found


def _number(value: Any, space: Integer | Real, path: Path) -> int | float:
    if isinstance(value, str):
        digits = visible(value).strip()
        if len(digits) > MAX_DIGITS or not NUMBER.fullmatch(digits):
            words = {word.strip(AROUND) for word in digits.split()}
            several = sum(NUMBER.fullmatch(word) is not None for word in words) > 1
            _refuse(Outcome.AMBIGUOUS if several else Outcome.UNPARSED, space, path)
        value = Decimal(digits)
    elif not _is_number(value):
        _refuse(Outcome.UNPARSED, space, path)
    if isinstance(value, Decimal):
        whole = isinstance(space, Integer) and value == value.to_integral_value()
        value = int(value) if whole else float(value)
    action = space.canonical(value)
    if action is None:
        _refuse(Outcome.ILLEGAL, space, path)
    return action + 0  # 0.0 for -0.0


def _text(value: Any, space: Text, path: Path) -> str:
    if not isinstance(value, str):
        _refuse(Outcome.UNPARSED, space, path)
    if space.canonical(value) is None:
        _refuse(Outcome.ILLEGAL, space, path)
    try:
        value.encode()
    except UnicodeEncodeError:
        reason = f"{_named(path)} holds half of a character (a surrogate without the other one)."
        raise Problem(Outcome.UNPARSED, reason) from None
    return value


def _one_of(value: Any, space: OneOf, path: Path) -> dict[str, Action]:
    if not isinstance(value, dict):
        _refuse(Outcome.UNPARSED, space, path)
    if len(value.keys() & space.kinds.keys()) > 1:
        _refuse(Outcome.AMBIGUOUS, space, path)
    if len(value) != 1:
        _refuse(Outcome.UNPARSED, space, path)
    ((kind, content),) = value.items()
    if kind not in space.kinds:
        _refuse(Outcome.ILLEGAL, space, path)
    return {kind: from_json(content, space.kinds[kind], (*path, kind))}


def _distribution(value: Any, space: Distribution, path: Path) -> dict[str, float]:
    labels, chance = labels_of(space.over), Real(0, 1)
    if not isinstance(value, dict) or len(value) != len(space.over.actions):
        _refuse(Outcome.UNPARSED, space, path)
    by_action = {labels.find(label): p for label, p in value.items()}
    if by_action.keys() != set(space.over.actions):
        _refuse(Outcome.UNPARSED, space, path)
    chances = {
        str(action): _number(by_action[action], chance, (*path, space.over.label(action)))
        for action in space.over.actions
    }
    action = space.canonical(chances)
    return _refuse(Outcome.ILLEGAL, space, path) if action is None else action


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _refuse(outcome: Outcome, space: Space, path: Path) -> NoReturn:
    """Refuse a value, saying what it must be."""
    why = {
        Outcome.AMBIGUOUS: "names more than one option; it",
        Outcome.UNPARSED: "cannot be read; it",
    }.get(outcome, "")
    raise Problem(outcome, " ".join(filter(None, (_named(path), why, f"must be {legal(space)}."))))


def _named(path: Path) -> str:
    """What the value at a path is called."""
    return " in ".join(f'"{name}"' for name in reversed(path)) or "Your answer"
