"""How a game or an agent is written: `name` or `name(key=value, …)`, values being literals.

A game with modifiers is written as their sum: `game(…)+modifier(…)+modifier(…)`, and so is a model
with prompting styles. A model stands after its provider's name and the first slash:
`provider/model(key=value, …)`, which is short for `provider(model='model', key=value, …)`.

Who answers from outside stands after a colon: `process:COMMAND` is short for
`process(command='COMMAND')`, and `http:URL`, or the URL alone, for `http(url='URL')`. What follows
the colon is taken as it is, or, where quotes stand around the whole of it, without them. In a list,
a comma outside of quotes and brackets ends it.

In place of a name there can be a file that holds what is meant, `./my_game.py(rounds=5)`, and where
it holds several, which of them: `./my_game.py:MyGame(rounds=5)` (`harness.files`).
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import Any, Literal

from harness.errors import UsageError, shorten

__all__ = ["FILE", "at_home", "expand", "parse", "split", "write"]

NAME = re.compile(r"\s*([A-Za-z_][\w.-]*)(?:/([^()'\"]*[^()'\"\s]))?\s*(\(.*\))?\s*", re.DOTALL)

FILE = re.compile(r"(?P<path>[^()'\",+:]*\.py)(?::(?P<name>[A-Za-z_]\w*))?")
"""A file in place of a name, and which of the things in it is meant."""

FROM_FILE = re.compile(rf"\s*({FILE.pattern})\s*(?P<arguments>\(.*\))?\s*", re.DOTALL)

PATH = re.compile(r"\s*(?P<path>(?:\.{1,2}|~\w*)?/[^()'\",+]*?)\s*(?:\(.*\))?\s*", re.DOTALL)
"""What can be nothing but the path of a file, with or without its ending."""

MODEL = re.compile(r"[^()'\",+\s]+")
"""Names of models that may stand after a slash; others are given as a parameter."""


SHORT = re.compile(r"\s*(?:(process)\s*:|(http)\s*:(?!//)|(?=https?://))\s*(\S.*?)\s*", re.DOTALL)
"""What stands after a colon, or is a URL."""


def expand(text: str) -> str:
    """A specification with a colon in its long form; any other as it is.

    Raises:
        UsageError: a quote is not closed.

    >>> expand("process:python3 bot.py --depth 2")
    "process(command='python3 bot.py --depth 2')"
    >>> expand('process:"python3 bot.py 1,2"'), expand("http:http://localhost:8000/move")
    ("process(command='python3 bot.py 1,2')", "http(url='http://localhost:8000/move')")
    """
    match = SHORT.fullmatch(text)
    if match is None:
        return text
    process, _, rest = match[1], match[2], match[3]
    rest = _unquoted(rest)
    return write("process", {"command": rest}) if process else write("http", {"url": rest})


def _unquoted(text: str) -> str:
    """A text without the quotes around the whole of it, if there are any."""
    sign = text[0]
    if sign not in "'\"" or len(text) < 2 or text[-1] != sign:
        return text
    inner = re.fullmatch(rf"{sign}((?:\\.|[^\\{sign}])*){sign}", text, re.DOTALL)
    return text if inner is None else re.sub(rf"\\([\\{sign}])", r"\1", inner[1])


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the parameters in a specification.

    Raises:
        UsageError: the text is not of the form `name(key=value, …)` with literal values.

    >>> parse("prisoners_dilemma(rounds=10, noise=0.05)")
    ('prisoners_dilemma', {'rounds': 10, 'noise': 0.05})
    >>> parse("vllm/meta-llama/Llama-3-8B(temperature=0)")
    ('vllm', {'model': 'meta-llama/Llama-3-8B', 'temperature': 0})
    >>> parse("process:node bot.js")
    ('process', {'command': 'node bot.js'})
    >>> parse("./my_game.py:MyGame(rounds=5)")
    ('./my_game.py:MyGame', {'rounds': 5})
    """
    text = expand(text)
    file, match = FROM_FILE.fullmatch(text), NAME.fullmatch(text)
    if file is not None:
        name, model, arguments = file[1], None, file["arguments"]
    elif match is not None:
        name, model, arguments = match.groups()
    else:
        raise UsageError(f"cannot read {shorten(text)}; {_how(text)}")
    parameters: dict[str, Any] = {} if model is None else {"model": model}
    if arguments is None:
        return name, parameters
    try:
        call = ast.parse(f"f{arguments}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(
            f"cannot read {shorten(text)}; write name(key=value, …), with text in quotes"
        ) from error
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Name)
        or call.args
        or any(keyword.arg is None for keyword in call.keywords)
    ):
        raise UsageError(f"in {shorten(text)} every parameter needs its name: name(key=value, …)")
    for keyword in call.keywords:
        key = str(keyword.arg)
        if key in parameters:
            raise UsageError(f"{name}: {key} is given twice")
        try:
            parameters[key] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, RecursionError, MemoryError) as error:
            written = ast.get_source_segment(f"f{arguments}", keyword.value) or ""
            cut = written if len(written) <= 60 else f"{written[:59]}…"
            hint = f"; for text, write {written!r} in quotes" if written.isidentifier() else ""
            raise UsageError(f"{name}: {key}={cut} is not a literal value{hint}") from error
    return name, parameters


def _how(text: str) -> str:
    """How to write what cannot be read; what looks like the path of a file is looked for."""
    looks = PATH.fullmatch(text)
    if looks is None:
        return "write name or name(key=value, …)"
    written = looks["path"]
    bare = written.rstrip("/")
    path = str(at_home(written))
    # Of os and not of pathlib, which raises where a path is none that the system would take.
    if bare.strip("./") and os.path.isfile(f"{path}.py"):  # noqa: PTH113
        return f"did you mean {bare}.py?"
    if os.path.isdir(path):  # noqa: PTH112
        return f"{written} is a folder; name a file in it, as in {bare}/my_game.py"
    ending = "a game or an agent in a file is written with its ending, as in ./my_game.py"
    if os.path.exists(path):  # noqa: PTH110
        return f"{written} does not end in .py; {ending}"
    cut = f"{bare[:59]}…" if len(bare) > 60 else bare
    return f"there is neither {cut} nor {cut}.py in {Path.cwd()}; {ending}"


def at_home(path: str) -> Path:
    """A path whose first part may be somebody's home, `~` or `~name`; as it is if nobody's is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib's raises if it is nobody's


def split(text: str, sign: Literal[",", "+"] = ",") -> list[str]:
    """Specifications separated by a sign, those inside brackets and quotes left alone.

    Raises:
        UsageError: a bracket or a quote is not closed, or nothing stands between two signs.

    >>> split("tit_for_tat, random(p=0.3), cycle(actions=['a', 'b'])")
    ['tit_for_tat', 'random(p=0.3)', "cycle(actions=['a', 'b'])"]
    >>> split("chicken(noise=+0.1)+talk(messages=2)+tell(text='1+1')", "+")
    ['chicken(noise=+0.1)', 'talk(messages=2)', "tell(text='1+1')"]
    """
    parts, depth, quote, start = [], 0, "", 0
    escaped = False
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote and not escaped else quote
            escaped = char == "\\" and not escaped
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == sign and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    if depth or quote:
        raise UsageError(f"in {shorten(text)} a bracket or a quote is not closed")
    if not all(parts):
        signs = {",": "commas", "+": "plus signs"}[sign]
        raise UsageError(f"in {shorten(text)} there is nothing between two {signs} or at an end")
    return parts


def write(name: str, parameters: dict[str, Any]) -> str:
    """The specification of a name with these parameters; `parse` reads it back.

    >>> write("random", {"p": 0.3})
    'random(p=0.3)'
    >>> write("openai", {"model": "gpt-5", "temperature": 0})
    'openai/gpt-5(temperature=0)'
    """
    model = parameters.get("model")
    if isinstance(model, str) and MODEL.fullmatch(model) and not FILE.fullmatch(name):
        name = f"{name}/{model}"
        parameters = {key: value for key, value in parameters.items() if key != "model"}
    inside = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
    return f"{name}({inside})" if inside else name
