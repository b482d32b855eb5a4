"""Whether legal actions survive being written down, told and read, and whether words name them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from harness.agent import Answer, Outcome
from harness.errors import shorten
from harness.models.grammar import bare_grammar, json_grammar
from harness.models.read import labelled, options, read_bare, read_json, read_line, spoken
from harness.models.schema import form, legal, reply_schema, shape
from harness.space import Action, Choice, Distribution, Form, Integer, OneOf, Real, Space, Text
from harness.testing.walk import some

__all__ = ["is_json", "round_trips", "samples", "unjson", "unnamed"]

FEW = 40
"""Actions of a choice that are all tried; of a longer one, the first and the last."""


def samples(space: Space) -> list[Action]:
    """Legal actions of a space to be tried: all of a short list, bounds, and some by chance."""
    chance = [some(space, Random(seed)) for seed in range(4)]
    match space:
        case Choice():
            listed = list(space.actions)
            return listed if len(listed) <= FEW else [*listed[:3], *listed[-3:], *chance]
        case Integer() | Real():
            return [space.low, space.high, *chance]
        case OneOf():
            return [{k: each} for k, part in space.kinds.items() for each in samples(part)[:4]]
    return chance


def round_trips(space: Space) -> Iterator[str]:
    """What does not come back of the actions of a space, by whichever way they go."""
    try:
        _ = reply_schema(space), json_grammar(space), form(space, True), legal(space), shape(space)
        listed = options(space) or []
        bare = bare_grammar(space) is not None
    except TypeError as error:
        yield f"{error}; build spaces of those that harness has, so that models can be asked"
        return
    for given in samples(space):
        action = space.canonical(given)
        if action is None or space.canonical(action) != action:
            yield (
                f"canonical() of {space} takes {shorten(given)} for {shorten(action)}, which it"
                " does not take for itself; a recorded action must read as itself"
            )
            continue
        if json.loads(json.dumps(action)) != action:
            yield f"the action {shorten(action)} is not the same when it is read from JSON"
        for way, read in _replies(space, action, bare=bare):
            answer = read()
            if answer.outcome is not Outcome.OK or answer.within(space).action != action:
                yield (
                    f"the action {shorten(action)} of {space}, answered in {way}, is read as"
                    f" {shorten(answer.action)} ({answer.outcome}: {answer.reason}); give actions"
                    " labels that differ in more than capitals and signs"
                )
    for label, action in listed:
        if space.canonical(action) != action:
            yield f"the option {label!r} stands for {shorten(action)}, which is not legal"


def _replies(
    space: Space, action: Action, *, bare: bool
) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """The ways in which a model may answer with an action, and how each is read."""
    if isinstance(space, Text) and not str(action).strip():
        return  # silence is no reply
    said, told = spoken(space, action), {"action": labelled(space, action)}
    reasoned = {"reasoning": "So.", **told}
    yield "JSON", lambda: read_json(json.dumps(told), space)
    yield "JSON with its reasoning", lambda: read_json(json.dumps(reasoned), space, reasoning=True)
    yield "a last line", lambda: read_line(f"So.\n\nAnswer: {said}", space)
    if bare:
        yield "a bare word", lambda: read_bare(said, space)


def unnamed(space: Space, question: str, rules: str) -> Iterator[str]:
    """What a question leaves out of the legal actions; how long a text may be, the rules may say.

    >>> list(unnamed(Choice(("left", "right")), "Do you go left?", ""))
    ["the question does not name the action 'right'"]
    """
    match space:
        case Choice():
            digits = all(re.fullmatch(r"\d+", label) for label in space.labels)
            ends = (space.labels[0], space.labels[-1])
            for label in ends if digits and len(space.labels) > 12 else space.labels:
                if not re.search(rf"(?<!\w){re.escape(label)}(?!\w)", question):
                    yield f"the question does not name the action {label!r}"
        case Integer() | Real():
            bounds = (f"{space.low:g}", f"{space.high:g}")
            if str(space) not in question and not all(bound in question for bound in bounds):
                yield f"the question does not tell the bounds of {space}"
        case Text():
            if str(space.max_chars) not in question + rules:
                yield (
                    f"neither question nor rules tell that a text has at most {space.max_chars}"
                    " characters"
                )
        case Form():
            for name, part in space.fields.items():
                if name not in question:
                    yield f"the question does not name the field {name!r}"
                yield from unnamed(part, question, rules)
        case OneOf():
            for part in space.kinds.values():
                yield from unnamed(part, question, rules)
        case Distribution():
            yield from unnamed(space.over, question, rules)
            if "probability from 0 to 1" not in question:
                yield "the question does not ask for a probability from 0 to 1"
        case _:
            yield f"{type(space).__name__} is a space that models cannot be asked for"


def is_json(value: Any) -> bool:
    """Whether a value is the same when it is written as JSON and read: a quick `unjson`."""
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError):
        return False


def unjson(value: Any, where: str) -> Iterator[str]:
    """What of a value is no JSON data, or is not the same when it is read again.

    >>> list(unjson({1: 2}, "the observation"))
    ["the observation has a key that is no text: 1; JSON would make it '1'"]
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"{where} has a key that is no text: {key!r}; JSON would make it '{key}'"
            else:
                yield from unjson(inner, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from unjson(inner, f"{where}[{i}]")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield f"{where} is {value!r}, which JSON does not hold; use None or leave it out"
    elif value is not None and not isinstance(value, str | int):
        yield (
            f"{where} is {shorten(value)}, a {type(value).__name__}, which JSON does not hold;"
            " observations are texts, numbers, lists and dictionaries"
        )
