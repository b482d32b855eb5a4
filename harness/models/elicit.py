"""How a model is asked for an answer, and by what its answer is read.

- `json`: a JSON object, whose schema the provider enforces where it can.
- `text`: free words whose last line declares the answer.
- `choice`: the bare answer, which the provider's decoding is constrained to.
- `logits`: no reply at all, but the probability of each answer; the move is drawn from them.

`choice` and `logits` are for decisions between finitely many actions; the other decisions of the
same match (texts, amounts, proposals) are asked for in JSON, constrained where the provider can.
Whatever a provider promises, what it returns is read by the same strict reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.agent import Answer
from harness.models.grammar import bare_grammar, json_grammar
from harness.models.model import Model
from harness.models.read import options, read_bare, read_json, read_line
from harness.models.schema import form, legal, reply_schema, shape
from harness.space import Action, Space, Text

__all__ = ["Ask", "elicit"]


@dataclass(frozen=True, slots=True)
class Ask:
    """How answers in one space are asked for.

    Attributes:
        instruction: what the model is told about the form of its answer.
        read: reads a reply.
        schema: for the provider to enforce, or None.
        grammar: for the provider to enforce, or None.
        options: the answers to be scored, with their actions, where no reply is wanted.
        thinks_first: whether reasoning has to come in a turn of its own.
    """

    instruction: str
    read: Callable[[str], Answer]
    schema: Mapping[str, Any] | None = None
    grammar: str | None = None
    options: tuple[tuple[str, Action], ...] = ()
    thinks_first: bool = False


def elicit(model: Model, space: Space, *, reasons: bool) -> Ask:
    """How this model is asked for an answer in this space.

    Args:
        model: the model, whose `elicit` says how.
        space: the legal actions.
        reasons: whether it is invited to reason before its answer.
    """
    schema = reply_schema(space) if model.invents else None
    if model.elicit == "text":
        return _line(space, schema, reasons=reasons)
    bare = f"Answer with {legal(space)} and nothing else."
    if model.elicit == "logits" and (listed := options(space)) is not None:
        return Ask(bare, _bare(space), options=tuple(listed), thinks_first=reasons)
    if model.elicit == "choice" and (grammar := bare_grammar(space)) is not None:
        return Ask(bare, _bare(space), schema, grammar, thinks_first=reasons)
    return _json(model, space, reasons=reasons)


def _bare(space: Space) -> Callable[[str], Answer]:
    return lambda text: read_bare(text, space)


def _line(space: Space, schema: Mapping[str, Any] | None, *, reasons: bool) -> Ask:
    """An answer declared in the last line."""
    if isinstance(space, Text):
        how = f"End your reply with `Answer: ` and then {legal(space)}."
    elif bare_grammar(space) is not None:
        how = f"End your reply with a line `Answer: X`, where X is {legal(space)}."
    else:
        how = f"End your reply with a line `Answer: X`, where X is JSON of the form {shape(space)}."
    first = "First reason step by step. " if reasons else ""
    return Ask(first + how, lambda text: read_line(text, space), schema)


def _json(model: Model, space: Space, *, reasons: bool) -> Ask:
    """An answer in JSON."""
    how = f"Answer with a JSON object and nothing else: {form(space, reasons)}"
    constrained = model.elicit == "choice"
    enforced = model.invents or (model.enforces_schema and not constrained)
    return Ask(
        how,
        lambda text: read_json(text, space, reasoning=reasons),
        reply_schema(space, reasons) if enforced else None,
        json_grammar(space, reasons) if constrained else None,
    )
