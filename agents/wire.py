"""What comes over a wire: JSON data of which nothing is certain."""

from __future__ import annotations

import json
from typing import Any, NoReturn

__all__ = ["as_count", "as_dict", "as_list", "as_text", "decode"]


def decode(body: bytes) -> tuple[Any, Any]:
    """JSON data, and what to keep of it as it came: its bytes, or where these are odd, the data.

    Raises:
        ValueError: this is no JSON.

    >>> decode(b'{"text": "yes"}')
    ({'text': 'yes'}, b'{"text": "yes"}')
    """
    import orjson

    try:
        return orjson.loads(body), body
    except orjson.JSONDecodeError:
        data = _lenient(body)  # half a surrogate pair, or a byte order mark
        return data, data


def _lenient(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def as_dict(value: Any) -> dict[str, Any]:
    """An object; empty if this is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """An array; empty if this is none."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    r"""A text that can be encoded; empty if this is none.

    Halves of surrogate pairs, which JSON can hold and UTF-8 cannot, become U+FFFD.

    >>> as_text("grün"), as_text("\ud83d!"), as_text(None)
    ('grün', '\ufffd!', '')
    """
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_count(value: Any) -> int | None:
    """A number of things; None if this is none.

    >>> as_count(3), as_count(-1), as_count(True), as_count("3")
    (3, None, None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
