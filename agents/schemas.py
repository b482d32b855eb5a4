"""JSON Schemas as providers take them: each enforces a part of the language, and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["BOUNDS", "LENGTHS", "without"]

LENGTHS = frozenset({"minLength", "maxLength"})
"""Keywords that bound the length of texts."""

BOUNDS = LENGTHS | {
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "uniqueItems",
}
"""Keywords that bound anything: texts, numbers, arrays."""

HOLD_SCHEMAS = ("properties", "$defs")
LIST_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")


def without(schema: Mapping[str, Any], keywords: Collection[str]) -> dict[str, Any]:
    """A schema without some keywords, at any depth: one that allows more.

    What such a schema no longer rules out is still told to the model in words, and is still no
    legal answer to whoever reads the reply.

    >>> without({"properties": {"n": {"type": "integer", "maximum": 9}}}, {"maximum"})
    {'properties': {'n': {'type': 'integer'}}}
    """
    return {
        key: _inner(key, value, keywords) for key, value in schema.items() if key not in keywords
    }


def _inner(key: str, value: Any, keywords: Collection[str]) -> Any:
    if key in HOLD_SCHEMAS:
        return {name: without(inner, keywords) for name, inner in value.items()}
    if key in LIST_SCHEMAS:
        return [without(inner, keywords) for inner in value]
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return without(value, keywords)
    return value
