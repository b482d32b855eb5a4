"""The reader against a second opinion: what may be read as an action, told in another way.

The predicates below know nothing of the reader's code. They try every place and every order, which
the reader does not, and are generous where the reader is strict: what they refuse, it must refuse.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness import (
    Action,
    Answer,
    Choice,
    Distribution,
    Form,
    Integer,
    OneOf,
    Outcome,
    Real,
    Space,
    Text,
)
from harness.models.read import labelled, read_bare, read_json, read_line, spoken
from tests.models.spaces import SPACES

many = settings(max_examples=250, deadline=None)

DILEMMA = Choice(("cooperate", "defect"), labels=("J", "F"))
CAPITALS = Choice(("big", "small", "both"), labels=("C", "c", "cC"))
SPOKEN = Choice((0, 1, 2), labels=("10", "J.", "stag hunt"))
FLAT: tuple[Space, ...] = (DILEMMA, CAPITALS, SPOKEN, Integer(-1, 12), Real(-1, 12.5))
WRAPS = [("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ("`", "`"), ('"', '"'), ("'", "'")]
WRAPS += [("“", "”"), ("‘", "’"), ("«", "»")]

PIECES = (
    *("J", "F", "C", "c", "10", "1", "0", "12.5", "-1", "-", ".", "+", ",", "stag", "hunt", "or"),
    *("not ", "Answer", "answer:", "Answer: ", "\nAnswer: ", "ANSWER:J", ":", "\n", "\n\n", " "),
    *("**", "*", "_", "`", '"', "'", "“", "”", "{", "}", "[", "]", '"action"', '"action": '),
    *('{"action": "J"}', '{"action": "F"}', '{"action": 10}', "```", "\n```json\n", "\n```", "\\"),
    *(
        "\\u004a",
        "\\n",
        "Ｊ",
        "Ј",
        "С",
        "𝐉",
        "１",
        "٣",
        "²",
        "\u200b",
        "\u00ad",
        "\ufeff",
        "\u00a0",
    ),
    *(
        "\u0301",
        "\u2028",
        "\u202e",
        "\r",
        "\x00",
        "e1",
        "1e1",
        "NaN",
        "true",
        "null",
        "%",
        "x",
        "J.",
    ),
    *('"reasoning": "so"', ", ", "<|im_end|>", "</s>", "</answer>"),
)
whole_replies = st.sampled_from(
    [
        '{"action": "J"}',
        '```json\n{"action": "F"}\n```',
        'So.\n{"action": 10}',
        "**Answer:** J",
        "Well.\n\nAnswer: 10.",
        "Answer: `F`",
        "J",
        "10",
    ]
)
replies = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    st.tuples(
        st.lists(st.sampled_from(PIECES), max_size=3).map("".join),
        whole_replies,
        st.lists(st.sampled_from(PIECES), max_size=3).map("".join),
    ).map("".join),
    st.tuples(whole_replies, st.sampled_from(PIECES), st.integers(0, 40)).map(
        lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :]
    ),
    st.text(max_size=12),
)


def is_label(text: str, label: str, labels: tuple[str, ...]) -> bool:
    """Whether a text is a canonical form of a label."""
    if text == label:
        return True
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    if any(ord(c) > 127 and re.search("[0-9]", unicodedata.normalize("NFKC", c)) for c in kept):
        return False
    form = unicodedata.normalize("NFKC", kept).strip()
    if len({name.lower() for name in labels}) == len(labels):
        return form.casefold() == label.casefold()
    return form == label


def is_number(text: str, action: float) -> bool:
    """Whether a text is a canonical form of a number."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    if not kept.isascii() or not re.fullmatch(r"[-+]?([1-9]\d*|0)(\.\d+)?", kept):
        return False
    exact = Fraction(kept)
    return exact == action if isinstance(action, int) else float(exact) == action


def is_text_of(text: str, action: Action, space: Space) -> bool:
    """Whether a text is a canonical form of an action."""
    if isinstance(space, Choice):
        return is_label(text, space.label(action), space.labels)
    return is_number(text, action)


def is_json_of(value: Any, action: Action, space: Space) -> bool:
    """Whether a JSON value, its numbers as `Decimal`, is a canonical form of an action."""
    if isinstance(value, str):
        return is_text_of(value, action, space)
    if not isinstance(value, Decimal):
        return False
    if isinstance(space, Choice):
        label = space.label(action)
        numeric = all(re.fullmatch(r"-?\d+", name) for name in space.labels)
        return numeric and Decimal(label) == value
    return value == action if isinstance(action, int) else float(value) == action


def objects(text: str) -> Iterator[tuple[int, int, list[tuple[str, Any]]]]:
    """All places at which a JSON object begins, where it ends, and its pairs."""

    def pairs(found: list[tuple[str, Any]]) -> Any:
        return ("object", found)

    decoder = json.JSONDecoder(
        object_pairs_hook=pairs, parse_int=Decimal, parse_float=Decimal, strict=False
    )
    for match in re.finditer("{", text):
        try:
            (_, found), end = decoder.raw_decode(text, match.start())
        except ValueError:
            continue
        yield match.start(), end, found


def may_be_json(text: str, action: Action, space: Space) -> bool:
    """Whether a reply may be read as an action in JSON."""
    body = text.strip().strip("\ufeff\u200b\u2060").strip()
    for start, end, pairs in objects(body):
        rest, before = body[end:], body[:start]
        own_line = not before.rsplit("\n", 1)[-1].strip()
        fenced = re.fullmatch(r"\s*\n[ \t]*```", rest) and re.search(
            r"(^|\n)\s*```(json)?\s*$", before, re.IGNORECASE
        )
        keys = [key for key, _ in pairs]
        if keys != ["action"] or not own_line or (rest.strip() and not fenced):
            continue
        others = [p for s, e, p in objects(body) if e <= start]
        said = [value for p in others for key, value in p if key == "action"]
        if is_json_of(pairs[0][1], action, space) and all(
            is_json_of(value, action, space) for value in said
        ):
            return True
    return False


def may_be_wrapped(value: str, fits: Callable[[str], bool], stop: bool = True) -> bool:
    """Whether something that fits is inside any wrappings, in any order, with one full stop."""
    value = value.strip()
    return (
        fits(value)
        or (stop and value.endswith(".") and may_be_wrapped(value[:-1], fits, stop=False))
        or any(
            value.startswith(a)
            and value.endswith(b)
            and len(value) > len(a + b)
            and may_be_wrapped(value[len(a) : -len(b)], fits, stop)
            for a, b in WRAPS
        )
    )


def may_be_line(text: str, action: Action, space: Space) -> bool:
    """Whether a reply may be read as an action declared in its last line."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    lines = kept.split("\n")

    def declares(line: str) -> bool:
        head = re.fullmatch(r"(?i)[ \t]*[*_`]{0,3}answer[*_`]{0,3}:(.*)", line)
        value = head[1].strip() if head else ""
        freed = {value, re.sub(r"[*_`]{1,3}$", "", value), re.sub(r"[*_`]{1,3}\.$", ".", value)}
        freed |= {re.sub(r"^[*_`]{1,3}", "", value) for value in freed}
        return any(may_be_wrapped(v, lambda x: is_text_of(x, action, space)) for v in freed)

    marked = [line for line in lines if re.match(r"(?i)[ \t]*answer:", line)]
    return declares(lines[-1]) and all(map(declares, marked))


def agrees(answer: Answer, space: Space, may_be: Callable[[str, Action, Space], bool]) -> bool:
    if answer.outcome is not Outcome.OK:
        return answer.action is None and bool(answer.reason)
    canonical = space.canonical(answer.action)
    return canonical == answer.action and may_be(answer.text, answer.action, space)


@given(replies, st.sampled_from(FLAT))
@many
@example('{"action": "J"}\n{"action": "F"}', DILEMMA)
@example('x {"action": "J"}', DILEMMA)
@example('{"action": "J"}```', DILEMMA)
@example('```\n{"action": "J"} ```', DILEMMA)
def test_no_string_outside_the_forms_in_json_is_read(text: str, space: Space) -> None:
    assert agrees(read_json(text, space), space, may_be_json)


@given(replies, st.sampled_from(FLAT))
@many
@example("Answer: J\nAnswer: F", DILEMMA)
@example("Answer: J.\n ", SPOKEN)
@example("**Answer: J.**", SPOKEN)
def test_no_string_outside_the_forms_of_the_last_line_is_read(text: str, space: Space) -> None:
    assert agrees(read_line(text, space), space, may_be_line)


@given(replies, st.sampled_from(FLAT))
@many
def test_no_string_outside_the_bare_forms_is_read(text: str, space: Space) -> None:
    def may_be(text: str, action: Action, space: Space) -> bool:
        return is_text_of(text.strip().strip("\ufeff\u200b\u2060"), action, space)

    assert agrees(read_bare(text, space), space, may_be)


@given(replies, st.sampled_from(sorted(SPACES)), st.booleans())
@many
def test_whatever_comes_has_an_outcome_and_only_legal_actions_are_ok(
    text: str, name: str, reasoning: bool
) -> None:
    space = SPACES[name]
    for answer in (
        read_json(text, space, reasoning=reasoning),
        read_line(text, space),
        read_bare(text, space),
    ):
        assert agrees(answer, space, lambda *_: True)
        assert answer.text == text


names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), min_size=1, max_size=6)
labels = names.filter(lambda name: name == name.strip() and name.isprintable())
choices = st.lists(labels, min_size=1, max_size=5, unique=True).map(
    lambda shown: Choice(tuple(f"act {i}" for i in range(len(shown))), labels=tuple(shown))
)
leaves: st.SearchStrategy[Space] = st.one_of(
    choices,
    choices.map(Distribution),
    st.tuples(st.integers(-99, 99), st.integers(0, 10**20)).map(lambda p: Integer(p[0], sum(p))),
    st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)).map(lambda p: Real(p[0], sum(p))),
    st.integers(0, 20).map(Text),
)


def nested(parts: st.SearchStrategy[Space]) -> st.SearchStrategy[Space]:
    named = st.dictionaries(names, parts, min_size=1, max_size=3)
    return st.one_of(named.map(Form), named.map(OneOf))


spaces = st.recursive(leaves, nested, max_leaves=5)


def draw(space: Space, data: st.DataObject) -> Action:
    """A legal action in its recorded form."""
    match space:
        case Text():
            return data.draw(
                st.text(st.characters(exclude_categories=["Cs"]), max_size=space.max_chars)
            )
        case Form():
            return {name: draw(part, data) for name, part in space.fields.items()}
        case OneOf():
            kind = data.draw(st.sampled_from(sorted(space.kinds)))
            return {kind: draw(space.kinds[kind], data)}
    return space.canonical(space.sample(Random(data.draw(st.integers(0, 2**32)))))


@given(spaces, st.data(), st.booleans(), st.sampled_from(["{}", "So:\n\n{}\n", "```json\n{}\n```"]))
@many
def test_every_action_of_every_space_is_read_in_json_as_it_is_told(
    space: Space, data: st.DataObject, ascii_only: bool, around: str
) -> None:
    action = draw(space, data)
    told = labelled(space, action)
    reply = json.dumps({"action": told}, ensure_ascii=ascii_only)
    assert read_json(around.format(reply), space).action == action
    reply = json.dumps({"reasoning": 'I {"action": 0}', "action": told}, indent=1)
    assert read_json(reply, space, reasoning=True).action == action


@given(spaces, st.data())
@many
def test_every_action_is_read_from_a_line_and_bare_as_it_is_spoken(
    space: Space, data: st.DataObject
) -> None:
    action = draw(space, data)
    told = spoken(space, action)
    if isinstance(space, Text):  # a text alone is taken without the blanks around it
        told = action = " ".join(action.split()).strip("\ufeff\u200b\u2060\u00a0\u3000 ")
    if "answer" not in told.casefold():
        assert read_line(f"So be it.\nAnswer: {told}", space).action == action
        assert read_line(f"Answer: {told}", space).action == action
    if told:
        assert read_bare(f" {told}\n", space).action == action


@given(spaces, st.data())
@settings(max_examples=100, deadline=None)
def test_another_action_anywhere_in_the_reply_makes_it_ambiguous(
    space: Space, data: st.DataObject
) -> None:
    quoted, own = draw(space, data), draw(space, data)
    first, last = (json.dumps({"action": labelled(space, a)}) for a in (quoted, own))
    answer = read_json(f"They said {first} to me.\n{last}", space)
    if quoted == own:
        assert answer.action == own
    else:
        assert (answer.outcome, answer.action) == (Outcome.AMBIGUOUS, None)
