"""How a game or an agent is written."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import UsageError
from harness.spec import expand, parse, split, write

few = settings(max_examples=80, deadline=None)

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True)
keys = names.filter(lambda key: not keyword.iskeyword(key) and key != "__debug__")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=6,
)
parameters = st.dictionaries(keys, values, max_size=3)


@few
@given(names, parameters)
def test_what_is_written_is_read_back(name: str, given_parameters: dict[str, Any]) -> None:
    assert parse(write(name, given_parameters)) == (name, given_parameters)


@few
@given(st.lists(st.tuples(names, parameters), min_size=1, max_size=4))
def test_what_is_joined_by_commas_is_split_again(specs: list[tuple[str, dict[str, Any]]]) -> None:
    written = [write(name, inside) for name, inside in specs]
    assert split(", ".join(written)) == written


@few
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_as_usage(text: str) -> None:
    for read in (parse, split):
        try:
            assert read(text)
        except UsageError:
            continue


@few
@given(st.text(alphabet="ab(=,[]{})'\"\\ 1.-+*", max_size=40))
def test_any_text_of_brackets_and_quotes_is_read_or_refused_as_usage(text: str) -> None:
    for read in (parse, split):
        try:
            assert read(f"x({text})")
        except UsageError:
            continue


@pytest.mark.parametrize("text", ["name", " name ", "name()", "name( )", "name ()"])
def test_a_name_alone_has_no_parameters(text: str) -> None:
    assert parse(text) == ("name", {})


def test_spaces_and_line_breaks_mean_nothing() -> None:
    assert parse(" name (\n a = 1,\n b = 'x',\n) ") == ("name", {"a": 1, "b": "x"})


def test_a_name_may_have_dots_and_hyphens() -> None:
    assert parse("model-x(a=1)") == ("model-x", {"a": 1})
    assert parse("gpt-4.1") == ("gpt-4.1", {})


def test_values_keep_their_types() -> None:
    _, read = parse("x(a=1, b=1.0, c='1', d=None, e=True, f=[1], g=(1,), h={'k': -1})")
    assert read == {
        "a": 1,
        "b": 1.0,
        "c": "1",
        "d": None,
        "e": True,
        "f": [1],
        "g": (1,),
        "h": {"k": -1},
    }
    assert [type(v) for v in read.values()][:5] == [int, float, str, type(None), bool]


@pytest.mark.parametrize(
    "text", ["", " ", "1x", "x y", "x(", "x)", "x(a=1", "x a=1", "(a=1)", "x(a=1) y", "é!", "x[1]"]
)
def test_what_is_no_name_with_brackets_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read") as refusal:
        parse(text)
    assert repr(text) in str(refusal.value)
    assert "name(key=value" in str(refusal.value)


@pytest.mark.parametrize("text", ["x(1)", "x('a', b=2)", "x(*[1])", "x(**{'a': 1})"])
def test_a_value_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="every parameter needs its name"):
        parse(text)


@pytest.mark.parametrize("text", ["x(a=)", "x(a=1,,b=2)", "x(a=[1)", "x(a='b)", "x(=1)"])
def test_broken_arguments_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        parse(text)


def test_a_bare_word_is_refused_with_a_hint_to_quote_it() -> None:
    with pytest.raises(UsageError) as refusal:
        parse("random(p=half)")
    assert str(refusal.value) == (
        "random: p=half is not a literal value; for text, write 'half' in quotes"
    )


@pytest.mark.parametrize(
    "value", ["1 + f()", "10**9", "f'{x}'", "lambda: 0", "[i for i in (1,)]", "a.b", "x[0]"]
)
def test_a_value_to_be_computed_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"x: a=.* is not a literal value"):
        parse(f"x(a={value})")


def test_no_code_in_a_specification_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(UsageError, match="not a literal value"):
        parse(f"x(a=__import__('pathlib').Path({str(mark)!r}).touch())")
    assert not mark.exists()


@pytest.mark.parametrize(
    "text", ["x(a=1)(a=2)", "x(a=1).y(a=2)", "x(a=1)[0](a=2)", "x(a=1)(b=2)(c=3)"]
)
def test_a_second_pair_of_brackets_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="rounds"):
        parse("x(rounds=10, rounds=11)")


@pytest.mark.parametrize(
    "value",
    [
        "[" * 150 + "x" + "]" * 150,
        "[" * 3000 + "]" * 3000,
        "-" * 500 + "1",
        "-" * 5000 + "1",
        "+".join(["1"] * 900),
        "+".join(["1"] * 20000),
        "x" + ".y" * 900,
    ],
    ids=["word in brackets", "brackets", "signs", "more signs", "sum", "long sum", "dots"],
)
def test_deep_nesting_is_refused_and_not_a_crash(value: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(f"x(a={value})")
    assert len(str(refusal.value)) < 400


def test_a_refusal_of_a_long_text_is_short() -> None:
    with pytest.raises(UsageError) as refusal:
        parse("x" * 10_000 + " y")
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        (" a , b ", ["a", "b"]),
        ("a(x=[1, 2]), b(y={'k': (1, 2)})", ["a(x=[1, 2])", "b(y={'k': (1, 2)})"]),
        ("a(x='p, q)'), b", ["a(x='p, q)')", "b"]),
        ('a(x="it\'s, so"), b', ['a(x="it\'s, so")', "b"]),
        (r"a(x='it\'s, so'), b", [r"a(x='it\'s, so')", "b"]),
        (r"a(x='\\'), b(y='c')", [r"a(x='\\')", "b(y='c')"]),
    ],
)
def test_commas_within_brackets_and_quotes_do_not_split(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize("text", ["a(", "a(x=[1), b", "a(x='b)", "a)", 'a, "b', "a(x=1, b"])
def test_what_is_not_closed_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a bracket or a quote is not closed"):
        split(text)


@pytest.mark.parametrize("text", ["", ",", "a,", ",a", "a,,b", "a, ,b"])
def test_an_empty_part_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="nothing between two commas or at an end"):
        split(text)


def test_brackets_that_close_before_they_open_are_refused() -> None:
    with pytest.raises(UsageError):
        [parse(part) for part in split("a), b(")]


def test_a_name_without_parameters_is_written_bare() -> None:
    assert write("random", {}) == "random"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("process:python3 bot.py", "process(command='python3 bot.py')"),
        ("process: g++ -x  ", "process(command='g++ -x')"),
        ("process:'a, b'", "process(command='a, b')"),
        (r'process:"say \"hi\""', "process(command='say \"hi\"')"),
        ("""process:"my bot" --name 'x y'""", "process(command='\"my bot\" --name \\'x y\\'')"),
        ("http://localhost:1/a?b=c", "http(url='http://localhost:1/a?b=c')"),
        ("https://host/", "http(url='https://host/')"),
        ("http:https://host/", "http(url='https://host/')"),
        ("http:'http://host/1,2'", "http(url='http://host/1,2')"),
    ],
)
def test_who_answers_from_outside_stands_after_a_colon(short: str, long: str) -> None:
    assert expand(short) == long
    assert parse(short) == parse(long)
    assert expand(long) == long


@pytest.mark.parametrize("spec", ["openai/ft:gpt", "process", "processes:x", "process:", "a:b"])
def test_other_colons_are_left_alone(spec: str) -> None:
    assert expand(spec) == spec


def test_commas_end_what_stands_after_a_colon_unless_quoted() -> None:
    listed = split("process:sh -c 'a, b',http://host/,process:\"x,y\"")
    assert listed == ["process:sh -c 'a, b'", "http://host/", 'process:"x,y"']


@few
@given(st.text(min_size=1).filter(lambda text: text.strip() == text and "\0" not in text))
def test_any_command_can_be_quoted(command: str) -> None:
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'process:"{quoted}"') == ("process", {"command": command})
