"""Grammars that servers hold replies to: everything legal and nothing else.

They are judged as the patterns that they are: no rule of theirs refers to itself.
"""

from __future__ import annotations

import json
import math
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harness import Choice, Distribution, Form, Integer, OneOf, Outcome, Real, Space, Text
from harness.models.grammar import bare_grammar, json_grammar
from harness.models.read import labelled, read_bare, read_json, spoken
from tests.models.spaces import DILEMMA, SPACES

TOKEN = re.compile(
    r"""(?P<blank>[ ]+)|(?P<literal>"(?:[^"\\]|\\.)*")|(?P<klass>\[(?:[^\]\\]|\\.)*\])"""
    r"""|(?P<repeat>[?*]|\{\d+(?:,\d+)?\})|(?P<mark>[()|])|(?P<name>[a-z][a-z-]*)"""
)
PLAIN, FEW = r"[ !#-\[\]-\uD7FF\uE000-\U0010FFFF]", r"[ !#\[\]az{}\x7F\xE9\uD7FF\uE000\U0010FFFF]"
ESCAPE = re.compile(r"\\(?:u([0-9A-F]{4})|U([0-9A-F]{8})|x([0-9A-F]{2})|(.))")


def pattern(grammar: str) -> re.Pattern[str]:
    """A grammar in GBNF as a regular expression."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.split("\n"))

    def translated(body: str) -> str:
        parts, place = [], 0
        while place < len(body):
            token = TOKEN.match(body, place)
            assert token, f"{body[place:]!r} is no part of a grammar"
            place = token.end()
            text = token[0]
            match token.lastgroup:
                case "literal":
                    parts.append(f"(?:{re.escape(ESCAPE.sub(unescaped, text[1:-1]))})")
                case "name":
                    parts.append(f"(?:{translated(rules[text])})")
                case "mark":
                    parts.append("(?:" if text == "(" else text)
                case "klass" | "repeat":
                    parts.append(text)
        return "".join(parts)

    return re.compile(translated(rules["root"]), re.DOTALL)


def unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    return chr(int(code, 16)) if code else escape[4]


def allows(grammar: str | None, text: str) -> bool:
    assert grammar is not None
    return pattern(grammar).fullmatch(text) is not None


def decimals(low: str, high: str) -> st.SearchStrategy[tuple[float, float]]:
    bound = st.decimals(Decimal(low), Decimal(high), places=4, allow_nan=False).map(float)
    return st.tuples(bound, bound).map(lambda pair: (min(pair), max(pair)))


@given(st.integers(-1200, 1200), st.integers(0, 1500))
@example(0, 0)
@example(-1, 1)
@example(99, 1)
@settings(max_examples=60, deadline=None)
def test_exactly_the_whole_numbers_within_the_bounds_are_allowed(low: int, size: int) -> None:
    found = pattern(bare_grammar(Integer(low, low + size)) or "")
    for number in range(-1300, 2800):
        assert bool(found.fullmatch(str(number))) is (low <= number <= low + size)
    for text in ("", "-0", "00", "01", "+1", "1.0", "1e1", " 1", "1 ", "１"):
        assert not found.fullmatch(text)


@given(st.integers(-(10**25), 10**25), st.integers(0, 10**25), st.integers(-(10**26), 10**26))
@settings(max_examples=200, deadline=None)
def test_whole_numbers_of_any_size_are_held_to_their_bounds(low: int, size: int, n: int) -> None:
    grammar, high = bare_grammar(Integer(low, low + size)), low + size
    for number in (n, low - 1, low, low + size // 3, high, high + 1):
        assert allows(grammar, str(number)) is (low <= number <= high)


@given(decimals("-30", "30"), st.integers(-3100, 3100), st.integers(0, 2))
@example((0.0, 53.129), 5312, 2)
@example((-0.005, 0.005), 0, 0)
@example((0.1, 0.3), 30, 1)
@settings(max_examples=400, deadline=None)
def test_exactly_the_decimals_within_the_bounds_are_allowed(
    bounds: tuple[float, float], cents: int, places: int
) -> None:
    low, high = (Decimal(repr(bound)) for bound in bounds)
    assume(math.ceil(low * 100) <= math.floor(high * 100))
    found = pattern(bare_grammar(Real(*bounds)) or "")
    ends = [
        bound.quantize(Decimal("0.01"), rounding)
        for bound in (low, high)
        for rounding in (ROUND_FLOOR, ROUND_CEILING)
    ]
    for number in (Decimal(cents) / 100, *ends, ends[0] - 1, ends[3] + 1):
        text = f"{number:.{places}f}"
        legal = low <= Decimal(text) <= high and not re.fullmatch(r"-[0.]+", text)
        assert bool(found.fullmatch(text)) is legal, text
        assert not found.fullmatch(f"{number:.3f}")
        assert not found.fullmatch(f"0{text}")


@given(decimals("-30", "30"), st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_a_grammar_of_numbers_allows_is_read(
    bounds: tuple[float, float], data: st.DataObject
) -> None:
    space = Real(*bounds)
    text = data.draw(st.from_regex(pattern(bare_grammar(space) or ""), fullmatch=True))
    assert read_bare(text, space).outcome is Outcome.OK


def test_bounds_are_within_reach_where_they_have_few_digits() -> None:
    for bound in ("8.25", "-1.5", "0.1", "0", "100", "1234567890123456"):
        number = float(bound)
        assert allows(bare_grammar(Real(number, number + 1)), bound)
        assert allows(bare_grammar(Real(number - 1, number)), bound)


def test_more_digits_are_allowed_where_there_is_no_number_with_two() -> None:
    grammar = bare_grammar(Real(0.0011, 0.0029))
    assert [allows(grammar, text) for text in ("0.001", "0.002", "0.003", "0")] == [
        False,
        True,
        False,
        False,
    ]
    assert allows(bare_grammar(Real(1 / 3, 1 / 3)), repr(1 / 3))


def test_numbers_without_a_bound_have_a_length_at_least() -> None:
    grammar = bare_grammar(Real(-math.inf, math.inf))
    assert allows(grammar, "-999999999999999")
    assert allows(grammar, "999999999999998.99")
    assert not allows(grammar, "1000000000000000")


def test_a_bare_answer_is_one_of_the_labels_as_shown() -> None:
    odd = Choice((1, 2, 3), labels=('say "x"\\', "é\n", "\u200b\U000e0041"), order=(2, 0, 1))
    grammar = bare_grammar(odd) or ""
    assert grammar.isprintable()
    assert grammar == r'root ::= "\u200B\U000E0041" | "say \"x\"\\" | "é\u000A"'
    assert all(allows(grammar, label) for label in odd.labels)
    for label in odd.labels:
        assert allows(json_grammar(odd), json.dumps({"action": label}, ensure_ascii=False))
    assert not allows(bare_grammar(DILEMMA), "j")
    assert not allows(bare_grammar(DILEMMA), "cooperate")


def test_what_is_neither_label_nor_number_has_no_bare_grammar() -> None:
    spaces: list[Space] = [Text(9), Form({}), OneOf({"say": Text(9)}), Distribution(DILEMMA)]
    assert [bare_grammar(space) for space in spaces] == [None] * 4


def rounded(space: Space, seed: int) -> object:
    """A legal action in its reader's words, with numbers of two digits after the point."""

    def short(value: object) -> object:
        if isinstance(value, dict):
            return {name: short(part) for name, part in value.items()}
        return math.floor(value * 100) / 100 if isinstance(value, float) else value

    return short(labelled(space, space.sample(Random(seed))))


@given(st.sampled_from(sorted(SPACES)), st.integers(0, 2**32), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_legal_action_can_be_written(name: str, seed: int, reasoning: bool) -> None:
    told = rounded(SPACES[name], seed)
    reply = ({"reasoning": 'Well, "so".\n'} if reasoning else {}) | {"action": told}
    grammar = json_grammar(SPACES[name], reasoning)
    assert allows(grammar, json.dumps(reply))
    assert allows(grammar, json.dumps(reply, ensure_ascii=False))
    assert not allows(grammar, json.dumps(reply, indent=1))


def shortened(space: Space) -> Space:
    """A space with texts of at most 3 characters."""
    match space:
        case Text():
            return Text(3)
        case Form():
            return Form({name: shortened(part) for name, part in space.fields.items()})
        case OneOf():
            return OneOf({kind: shortened(part) for kind, part in space.kinds.items()})
    return space


@pytest.mark.parametrize("name", sorted(set(SPACES) - {"forecast"}))
def test_whatever_can_be_written_is_read(name: str) -> None:
    space = shortened(SPACES[name])
    grammar = json_grammar(space).replace(PLAIN, FEW)  # millions of characters take hypothesis long
    written = st.from_regex(pattern(grammar), fullmatch=True)
    bare = bare_grammar(space)

    @given(written)
    @settings(max_examples=20, deadline=None)
    def is_read(text: str) -> None:
        answer = read_json(text, space)
        assert answer.outcome is Outcome.OK, answer.reason
        if bare is not None and not isinstance(space, Real):
            assert allows(bare, spoken(space, answer.action))

    is_read()


@given(st.integers(0, 2), st.data())
@settings(max_examples=100, deadline=None)
def test_probabilities_are_numbers_from_0_to_1(most: int, data: st.DataObject) -> None:
    space = Distribution(Choice(tuple("abc"[: most + 1])))
    text = data.draw(st.from_regex(pattern(json_grammar(space)), fullmatch=True))
    chances = json.loads(text)["action"]
    assert list(chances) == list("abc"[: most + 1])
    assert all(0 <= chance <= 1 for chance in chances.values())
    answer = read_json(text, space)
    assert answer.outcome in (Outcome.OK, Outcome.ILLEGAL)
    assert (answer.outcome is Outcome.OK) is (abs(sum(chances.values()) - 1) <= 0.01 + 1e-9)


@pytest.mark.parametrize("most", [0, 1, 7, 999, 1000, 1001, 2345])
def test_texts_are_held_to_their_length_however_they_are_escaped(most: int) -> None:
    grammar = json_grammar(Text(most))
    assert PLAIN in grammar or not most
    found = pattern(grammar)
    for one in ("x", "é", "🤝", r"\n", r"\"", r"\\", r"\u00e9", r"\ud83e\udd1d", r"\uD83E\uDD1D"):
        for length in {0, 1, most // 2, most - 1, most, most + 1, 2 * most + 1} - {-1}:
            text = f'{{"action": "{one * length}"}}'
            assert bool(found.fullmatch(text)) is (length <= most)
            assert (read_json(text, Text(most)).outcome is Outcome.OK) is (length <= most)


@pytest.mark.parametrize(
    "inside",
    ['"', "\\", "\n", "\x00", "\x1f", r"\x", r"\u12", r"\ud83e", r"\udd1d", r"\ud83ex", "\ud83e"],
)
def test_what_breaks_a_json_string_cannot_be_written(inside: str) -> None:
    assert not allows(json_grammar(Text(9)), f'{{"action": "{inside}"}}')


def test_long_texts_are_repeated_in_pieces_that_servers_take() -> None:
    for most in (999, 1000, 5000):
        counts = re.findall(r"\{(?:0,)?(\d+)\}", json_grammar(Text(most)))
        assert max(map(int, counts)) <= 1000
        assert len(json_grammar(Text(most))) < 1000
