"""What a reply is held to, as vLLM's constrained decoding takes it in its stride.

vLLM constrains by xgrammar, as a rule, which looks at the whole vocabulary at each token unless it
has prepared for it. With 128,000 tokens it takes, within a text in JSON, as measured on one core:

- held to a length by a repetition in a grammar, 60 ms (40 characters) to 600 ms (800) per token;
- without a length but by `*`, 55 ms; by a rule that ends in itself, well under 1 ms;
- held to a length by a schema, 4 ms, after seconds of preparation; but then no quotation mark or
  line break can be written, and what JSON forbids, such as control characters, can.

So texts are held to no length. What is too long is no legal answer to whoever reads it.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["constraint"]

LITERAL = r'"(?:[^"\\]|\\.)*"'
LIST = re.compile(rf"\s*root\s*::=\s*({LITERAL}(?:\s*\|\s*{LITERAL})*)\s*")

REPEATED = re.compile(r"text-char(?:\*|\{0,\d+\})")
IN_PIECES = re.compile(r"\( text-run \| text-piece text-run \)")
CHARACTER = re.compile(r"^text-char ::= (\[.*\]) \| (.+)$", re.MULTILINE)
"""A text as `harness.models.grammar` writes it: so many characters, of which some are escaped."""


def constraint(grammar: str) -> dict[str, Any]:
    """A grammar as the field `structured_outputs` takes it.

    A plain list of texts is sent as such, which vLLM knows by whatever it constrains.

    >>> constraint('root ::= "J" | "F"')
    {'choice': ['J', 'F']}
    >>> constraint("root ::= [0-9]+")
    {'grammar': 'root ::= [0-9]+'}
    """
    listed = LIST.fullmatch(grammar)
    if listed is not None:
        try:
            return {"choice": [json.loads(text) for text in re.findall(LITERAL, listed[1])]}
        except ValueError:  # escapes that JSON has not
            pass
    return {"grammar": _recursive(grammar)}


def _recursive(grammar: str) -> str:
    """A grammar whose texts are of any length, by a rule that ends in itself."""
    character = CHARACTER.search(grammar)
    if character is None:
        return grammar
    grammar = REPEATED.sub("text-run", grammar)
    pieces = 1
    while pieces:
        grammar, pieces = IN_PIECES.subn("text-run", grammar)
    plain, escaped = character.groups()
    return f'{grammar}\ntext-run ::= "" | {plain} text-run | {escaped} text-run'
