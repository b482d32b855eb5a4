"""Reading replies: the one strict reader of what models answer.

A reply is read as an action only where it is written in one of the forms below, which a model is
told of; there is no looking for something that would do. What is no action has an outcome and a
reason that can be shown to the model:

- `empty`: nothing but blanks;
- `unparsed`: not of the form asked for;
- `ambiguous`: several different answers;
- `illegal`: an answer, but no legal one.

Only a player's own reply is ever read, never what others said to it. What a value must be like is
told in `harness.models.value`. The time taken is linear in the length of the reply, and a reply of
more than `MAX_CHARS` characters is not looked at.

`read_json`: the reply is a JSON object with the key `action` and no other, or with `reasoning` and
`action`. Tolerated are blanks and byte order marks around it; one code fence around it, marked as
`json` or not at all; and words before it, if it, or its fence, begins on a line of its own and ends
the reply. Within strings, line breaks and other control characters may stand as they are. If the
reply holds any other object with a different `action`, it is ambiguous.

`read_line`: the reply ends with a line `Answer: …`, in capitals or not. There can be emphasis in
Markdown (one to three of `*`, `_` or a backtick) around the line, around `Answer` with or without
its colon, and around the value; quotation marks around the value; and one full stop at its end. If
there are several such lines, they must say the same. A text is all that follows the marker up to
the end of the reply, as it is but for blanks around it; so is the JSON of any other space, which
can be in a code fence. Neither of them can hold a line that begins with the marker.

`read_bare`: the reply is the value and nothing else but blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from harness.agent import Answer, Outcome
from harness.models.labels import visible
from harness.models.schema import form, legal, shape
from harness.models.strict_json import NotJSON, Repeated, decode, within
from harness.models.value import Problem, from_json, from_text, labelled, options, spoken
from harness.space import Action, Choice, Integer, Real, Space, Text

__all__ = ["MAX_CHARS", "labelled", "options", "read_bare", "read_json", "read_line", "spoken"]

MAX_CHARS = 65_536
"""Most characters of a reply that is read."""

MAX_FALSE_STARTS = 32
"""How many things may begin like a JSON object and be none, before a reply counts as unreadable."""

FENCE = "```"
BLANKS = " \t\n\r\f\v\ufeff\u200b\u2060\u00a0\u3000"
"""What may stand around a reply: white space and byte order marks of several kinds."""

START = re.compile(r'\{\s*"')
MARKER = re.compile(r"(?aim)^[ \t]*([*_`]{0,3})answer([*_`]{0,3}):(.*)$")
WRAPPINGS = (
    ("**", "**"),
    ("__", "__"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
    ("“", "”"),
    ("‘", "’"),
    ("«", "»"),
)
MAX_WRAPPINGS = 8


def read_json(text: str | None, space: Space, *, reasoning: bool = False) -> Answer:
    r"""The action in a reply that is a JSON object.

    >>> answer = read_json('I see. \n{"action": "F"}', Choice(("c", "d"), labels=("J", "F")))
    >>> answer.action, answer.outcome.value
    ('d', 'ok')
    """
    return _read(text, lambda reply: _in_object(reply, space, reasoning))


def read_line(text: str | None, space: Space) -> Answer:
    r"""The action in a reply that ends with a line `Answer: …`.

    >>> read_line("Both pay the same.\n\n**Answer:** F.", Choice(("c", "d"), ("J", "F"))).action
    'd'
    """
    return _read(text, lambda reply: _after_marker(reply, space))


def read_bare(text: str | None, space: Space) -> Answer:
    """The action in a reply that is nothing else.

    >>> answer = read_bare("101", Integer(0, 100))
    >>> answer.outcome.value, answer.reason
    ('illegal', 'Your answer must be a whole number from 0 to 100.')
    """
    return _read(text, lambda reply: from_text(reply.strip(BLANKS), space))


def _read(text: str | None, read: Callable[[str], Action]) -> Answer:
    """What a reply comes to, in whatever form it is read."""
    if text is None or text.isspace() or not text.strip(BLANKS):
        return Answer(None, Outcome.EMPTY, text or "", "Your reply is empty.")
    if len(text) > MAX_CHARS:
        return Answer(None, Outcome.UNPARSED, text, "Your reply is too long to be read.")
    try:
        return Answer(read(text), Outcome.OK, text)
    except Problem as problem:
        return Answer(None, problem.outcome, text, problem.reason)
    except RecursionError:
        reason = "Your reply is nested too deeply to be read."
        return Answer(None, Outcome.UNPARSED, text, reason)


def _in_object(text: str, space: Space, reasoning: bool) -> Action:
    """The action in the object that a reply is or ends with."""
    reply = text.strip(BLANKS)
    value = _whole(reply)
    if value is None:
        value = _last(reply, space, reasoning)
    if isinstance(value, Repeated):
        told = [content for key, content in value if key == "action"]
        if not all(_same(content, told[0], space) for content in told):
            raise _several()
        raise Problem(Outcome.UNPARSED, "The JSON object in your reply names a key twice.")
    fits = len(value) == 1 + reasoning and "action" in value
    if not fits or (reasoning and not isinstance(value.get("reasoning"), str)):
        raise _formless(space, reasoning)
    return from_json(value["action"], space, ("action",))


def _whole(reply: str) -> dict[str, Any] | Repeated | None:
    """The JSON object that a reply is; None if it is none."""
    if not reply.startswith("{"):
        return None
    try:
        value, end = decode(reply)
    except NotJSON:
        return None
    return value if end == len(reply) else None


def _last(reply: str, space: Space, reasoning: bool) -> Any:
    """The JSON object that a reply ends with, if it holds none that says something else."""
    inner, fenced = reply, reply.endswith(FENCE)
    if fenced:
        inner = reply.removesuffix(FENCE).rstrip()
        fenced = "\n" in reply[len(inner) :]
    found = list(_objects(inner))
    told = [content for _, _, value in found for content in _actions(value)]
    if not all(_same(content, told[0], space) for content in told):
        raise _several()
    if not found or found[-1][1] != len(reply if not fenced else inner):
        raise _formless(space, reasoning)
    start, _, value = found[-1]
    before, _, line = inner[:start].rpartition("\n")
    opening = before.rstrip().rpartition("\n")[2].strip().lower()
    if line.strip() or (fenced and opening not in (FENCE, f"{FENCE}json")):
        raise _formless(space, reasoning)
    return value


def _objects(text: str) -> Iterator[tuple[int, int, Any]]:
    """Where the outermost JSON objects in a text begin and end, and what they are.

    Raises:
        Problem: there is too much that begins like an object and is none.
    """
    end = false_starts = 0
    for match in START.finditer(text):
        start = match.start()
        if start < end:
            continue
        try:
            value, end = decode(text, start)
        except NotJSON:
            false_starts += 1
            if false_starts > MAX_FALSE_STARTS:
                reason = "Your reply holds too much that is almost JSON."
                raise Problem(Outcome.UNPARSED, reason) from None
        else:
            yield start, end, value


def _actions(value: Any) -> list[Any]:
    """What an object tells under the key `action`: its own, or else those within it."""
    pairs = value if isinstance(value, Repeated) else value.items()
    own = [content for key, content in pairs if key == "action"]
    return own or [content for key, content in within(value) if key == "action"]


def _same(one: Any, other: Any, space: Space) -> bool:
    """Whether two values say the same."""
    if type(one) is type(other) and one == other:
        return True
    try:
        return bool(from_json(one, space) == from_json(other, space))
    except Problem:
        return False


def _after_marker(text: str, space: Space) -> Action:
    """The action that a reply ends with, after the marker."""
    one_line = isinstance(space, Choice | Integer | Real)
    reply = visible(text).strip() if one_line else text.strip(BLANKS)
    told = _marked(reply, one_line)
    if any(not _alike(value, told[0][1], space) for _, value in told):
        raise _several()
    if not told or (one_line and told[-1][0] != len(reply)):
        what = legal(space) if one_line or isinstance(space, Text) else f"JSON: {shape(space)}"
        reason = f'Your reply must end with a line "Answer: …"; in place of the dots, {what}.'
        raise Problem(Outcome.UNPARSED, reason)
    return _unwrapped(told[-1][1], space)


def _marked(reply: str, one_line: bool) -> list[tuple[int, str]]:
    """What follows each marker, up to the end of its line or else up to the next marker.

    Each comes with the place where its marker's line ends.
    """
    found, end = [], len(reply)
    for match in reversed(list(MARKER.finditer(reply))):
        value = _freed(match[1], match[2], match[3] if one_line else reply[match.start(3) : end])
        if value is not None:
            found.append((match.end(), value))
            end = match.start()
    return found[::-1]


def _freed(before: str, between: str, value: str) -> str | None:
    """What follows a marker, without the emphasis that began before the marker.

    Args:
        before: the emphasis before the marker's word.
        between: that between the word and the colon.
        value: what follows the colon.

    Returns:
        None where emphasis that began does not end, or the reverse.
    """
    if before == between:
        return value
    if between:
        return None
    if value.startswith(before):
        return value.removeprefix(before)
    value = value.rstrip()
    stop = "." if value.endswith(f"{before}.") else ""
    value = value.removesuffix(".") if stop else value
    return value.removesuffix(before) + stop if value.endswith(before) else None


def _alike(one: str, other: str, space: Space) -> bool:
    """Whether two values after markers say the same."""
    if one.strip() == other.strip():
        return True
    try:
        return bool(_unwrapped(one, space) == _unwrapped(other, space))
    except Problem:
        return False


def _unwrapped(value: str, space: Space) -> Action:
    """The action after a marker, inside emphasis, quotation marks or a code fence."""
    value = value.strip(BLANKS)
    if isinstance(space, Text):
        return from_text(value, space)
    if value.startswith(FENCE) and value.endswith(f"\n{FENCE}"):
        opening, _, value = value.removesuffix(FENCE).partition("\n")
        if opening.strip().lower() not in (FENCE, f"{FENCE}json"):
            raise Problem(Outcome.UNPARSED, f"Your answer must be JSON of the form {shape(space)}.")
        return from_text(value.strip(), space)
    *outer, inner = _layers(value)
    for layer in outer:
        try:
            return from_text(layer, space)
        except Problem:  # to be told of the innermost
            continue
    return from_text(inner, space)


def _layers(value: str) -> Iterator[str]:
    """A value, then that value without one wrapping after another, and without one full stop."""
    stopped = False
    yield value
    for _ in range(MAX_WRAPPINGS):
        for opening, closing in WRAPPINGS:
            wrapped = value.startswith(opening) and value.endswith(closing)
            if wrapped and len(value) > len(opening + closing):
                value = value[len(opening) : -len(closing)].strip()
                break
        else:
            if stopped or not value.endswith("."):
                return
            value, stopped = value.removesuffix("."), True
        yield value


def _formless(space: Space, reasoning: bool) -> Problem:
    reason = f"Your reply must be one JSON object of the form {form(space, reasoning)}."
    return Problem(Outcome.UNPARSED, reason)


def _several() -> Problem:
    return Problem(Outcome.AMBIGUOUS, "Your reply holds several different answers.")
