"""Identity by content, and the seeds that follow from it.

Whatever names a thing (a match, a block, a stream of chance) is a hash of what the thing is, so
that neither order nor concurrency nor resumption can change a result.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical_json", "content_hash", "derived_seed"]


def canonical_json(value: Any) -> str:
    """JSON in one spelling: sorted keys, no spaces, ASCII, no NaN.

    Raises:
        ValueError: the value holds a number that is not finite.
        TypeError: the value is not JSON data.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(value: Any) -> str:
    """The identity of JSON data: 16 hexadecimal digits of a BLAKE2b hash of its canonical form.

    >>> content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1})
    True
    """
    return hashlib.blake2b(canonical_json(value).encode(), digest_size=8).hexdigest()


def derived_seed(*names: Any) -> int:
    """A 128-bit seed for the stream of chance that these names (JSON data) identify."""
    digest = hashlib.blake2b(canonical_json(names).encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big")
