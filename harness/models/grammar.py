"""Grammars of replies in GBNF, for servers that let nothing else be written.

They are written in what llama.cpp and xgrammar (in vLLM) both understand: literals, classes of
characters, groups, `|`, `?`, `*` and `{m,n}`, with `root` as the first rule. Numbers are kept
exactly within their bounds, in plain decimal notation. That the probabilities of a `Distribution`
sum to 1 cannot be said in a grammar.

A text is held to its length by a repetition, which costs llama.cpp next to nothing. xgrammar takes
so long over the repetition for a large vocabulary (seconds per token, for 128,000 tokens and 800
characters) that vLLM is better sent no lengths at all.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from fractions import Fraction

from harness.space import Choice, Distribution, Form, Integer, OneOf, Real, Space, Text

__all__ = ["bare_grammar", "json_grammar"]

DECIMALS = 2
"""Digits after the point of a number that need not be whole; more where none would fit else."""

CHANCE_DECIMALS = 4
"""The same for probabilities."""

MOST_DIGITS = 15
"""Digits of a number without a bound."""

CHUNK = 1000
"""Longer texts are written in pieces: llama.cpp takes a repetition beyond 2000 for an endless one,
or refuses it."""

# Half of a surrogate pair cannot be written; a pair of escapes counts as the one character it is.
CHAR = r"""
text-char ::= [ !#-\[\]-\uD7FF\uE000-\U0010FFFF] | "\\" text-escape
text-escape ::= ["\\/bfnrt] | "u" ( text-unit | text-pair )
text-unit ::= [0-9A-CEFa-cef] hex{3} | [Dd] [0-7] hex{2}
text-pair ::= [Dd] [89ABab] hex{2} "\\u" [Dd] [C-Fc-f] hex{2}
hex ::= [0-9A-Fa-f]"""
PIECE = f"\ntext-piece ::= text-char{{{CHUNK}}}"


def bare_grammar(space: Space) -> str | None:
    """The grammar of an answer and nothing else; None where an answer is no label or number.

    >>> print(bare_grammar(Choice(("c", "d"), labels=("J", "F"))))
    root ::= "J" | "F"
    >>> print(bare_grammar(Integer(8, 12)))
    root ::= [8-9] | "1" [0-2]
    """
    match space:
        case Choice():
            return f"root ::= {' | '.join(map(_literal, space.shown))}"
        case Integer() | Real():
            return f"root ::= {_number(space)}"
    return None


def json_grammar(space: Space, reasoning: bool = False) -> str:
    r"""The grammar of the reply `{"action": …}`, without blanks that could be left out.

    Args:
        space: the legal actions.
        reasoning: whether a text `reasoning`, of any length, comes first.

    >>> print(json_grammar(Integer(0, 9)))
    root ::= "{\"action\": " [0-9] "}"
    """
    begins = _literal('{"action": ')
    if reasoning:
        ends = _literal('", "action": ')
        begins = _sequence(_literal('{"reasoning": "'), "text-char*", ends)
    root = f"root ::= {begins} {_value(space)} {_literal('}')}"
    rules = (("text-piece", PIECE), ("text-", CHAR))
    return root + "".join(rule for name, rule in rules if name in root)


def _value(space: Space) -> str:
    """The JSON of an action, as one item of a sequence."""
    match space:
        case Choice():
            return f"( {' | '.join(_literal(_json(label)) for label in space.shown)} )"
        case Integer() | Real():
            return _group(_number(space))
        case Text():
            return _sequence(_literal('"'), _chars(space.max_chars), _literal('"'))
        case Form():
            return _object({name: _value(part) for name, part in space.fields.items()})
        case OneOf():
            kinds = [_object({kind: _value(part)}) for kind, part in space.kinds.items()]
            return f"( {' | '.join(kinds)} )"
        case Distribution():
            chance = _group(_decimals(0, 1, CHANCE_DECIMALS))
            return _object(dict.fromkeys(space.over.shown, chance))
    raise TypeError(f"no grammar is known for the space {space!r}")


def _object(parts: Mapping[str, str]) -> str:
    """A JSON object, as a sequence."""
    items, before = [], "{"
    for name, part in parts.items():
        items += [_literal(f"{before}{_json(name)}: "), part]
        before = ", "
    return _sequence(*items, _literal("}" if parts else "{}"))


def _chars(most: int) -> str:
    """So many characters of a JSON string at the most."""
    if most < CHUNK:
        return f"text-char{{0,{most}}}" if most else ""
    return f"( text-char{{0,{CHUNK - 1}}} | {_sequence('text-piece', _chars(most - CHUNK))} )"


def _number(space: Integer | Real) -> str:
    """The numbers between two bounds, as alternatives."""
    whole = isinstance(space, Integer)
    return _decimals(space.low, space.high, 0 if whole else DECIMALS)


def _decimals(low: float, high: float, decimals: int) -> str:
    """The numbers between two bounds with so many digits after the point, or fewer."""
    most = 10**MOST_DIGITS - 1
    bounds = (b if math.isfinite(b) else math.copysign(most, b) for b in (low, high))
    # A bound is the number that a reader sees, not the float next to it: 0.1 is a tenth.
    least, greatest = (Fraction(repr(bound)) * 10**decimals for bound in bounds)
    first, last = math.ceil(least), math.floor(greatest)
    if first > last:
        return _decimals(low, high, decimals + 1)
    below = [f'"-" {_group(_magnitudes(max(1, -last), -first, decimals))}'] if first < 0 else []
    above = [_magnitudes(max(0, first), last, decimals)] if last >= 0 else []
    return " | ".join(below + above)


def _magnitudes(first: int, last: int, decimals: int) -> str:
    """The numbers from `first` to `last`, both counted in units of the last digit after the point.

    Digits after the point can be left out where they are zeros at the end.
    """
    unit = 10**decimals
    (lower, start), (upper, end) = divmod(first, unit), divmod(last, unit)
    if lower == upper:
        return _with_fractions(lower, upper, start, end, decimals)
    inner = (lower + (start > 0), upper - (end < unit - 1))
    parts = [
        _with_fractions(lower, lower, start, unit - 1, decimals) if start else "",
        _with_fractions(*inner, 0, unit - 1, decimals) if inner[0] <= inner[1] else "",
        _with_fractions(upper, upper, 0, end, decimals) if end < unit - 1 else "",
    ]
    return " | ".join(filter(None, parts))


def _with_fractions(lower: int, upper: int, start: int, end: int, decimals: int) -> str:
    """The whole numbers from `lower` to `upper`, each with any of the fractions after it."""
    lengths = range(len(str(lower)), len(str(upper)) + 1)
    wholes = " | ".join(
        _digits(max(lower, 10 ** (n - 1) if n > 1 else 0), min(upper, 10**n - 1), n)
        for n in lengths
    )
    if not decimals:
        return wholes
    fraction = _digits(start, end, decimals, fewer=True)
    return f'{_group(wholes)} ( "." {_group(fraction)} ){"" if start else "?"}'


def _digits(first: int, last: int, n: int, *, fewer: bool = False) -> str:
    """The numbers between two bounds in exactly `n` digits.

    With `fewer`, zeros at the end can be left out, but not all of the digits.
    """
    if (first, last) == (0, 10**n - 1):
        counts = f"{{1,{n}}}" if fewer else f"{{{n}}}"
        return f"[0-9]{counts if n > 1 else ''}"
    unit = 10 ** (n - 1)
    rests = []
    for digit in range(first // unit, last // unit + 1):
        start, end = max(first - digit * unit, 0), min(last - digit * unit, unit - 1)
        rest = f" {_group(_digits(start, end, n - 1, fewer=fewer))}" if n > 1 else ""
        if rest and fewer and not start:
            rest = f" ({rest} )?"
        rests.append((rest, digit))
    parts = []
    for rest, group in itertools.groupby(rests, key=lambda pair: pair[0]):
        digits = [digit for _, digit in group]
        both = f"[{digits[0]}-{digits[-1]}]" if len(digits) > 1 else f'"{digits[0]}"'
        parts.append(both + rest)
    return " | ".join(parts)


def _group(alternatives: str) -> str:
    """Alternatives as one item of a sequence."""
    return f"( {alternatives} )" if " " in alternatives else alternatives


def _sequence(*items: str) -> str:
    return " ".join(filter(None, items))


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _literal(text: str) -> str:
    """A text in quotation marks, as grammars write it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
