"""What a transformer remembers of the tokens it has read, kept so that they are read once.

Attention keeps two vectors per token, layer and head: a key and a value. A conversation that only
grows begins with tokens that were read before, and whoever still has their keys and values reads
only what is new.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import DynamicCache

__all__ = ["Layers", "Prefix", "Prefixes", "Rows"]

Layers: TypeAlias = "list[tuple[Tensor, Tensor]]"
"""Keys and values of each layer; of one sequence, each of shape (heads, tokens, width)."""

BYTES = 4
"""Of a token in an entry's key."""


class Prefix(NamedTuple):
    """What is kept of the beginning of a sequence: the keys and values of its first tokens.

    Attributes:
        n_tokens: how many of them are those of the sequence asked about.
        layers: keys and values, of these tokens and maybe of others after them.
    """

    n_tokens: int = 0
    layers: Layers | None = None


class Prefixes:
    """Keys and values of sequences that were read lately, the least recently used dropped first.

    Args:
        most_tokens: tokens that all entries have together; 0 keeps nothing. A token takes
            2 x layers x key-value heads x width of a head x bytes of the dtype.
    """

    def __init__(self, most_tokens: int) -> None:
        self.most_tokens = most_tokens
        self.n_tokens = 0
        self._entries: OrderedDict[bytes, Layers] = OrderedDict()

    def longest(self, tokens: Sequence[int]) -> Prefix:
        """The longest beginning of a sequence that is known."""
        sought = array("I", tokens).tobytes()
        best, known = 0, b""
        for key in self._entries:
            ahead = best + BYTES
            if key[:ahead] == sought[:ahead] and len(sought) >= ahead <= len(key):
                best, known = _common(key, sought, ahead), key
        if not best:
            return Prefix()
        self._entries.move_to_end(known)
        return Prefix(best // BYTES, self._entries[known])

    def keep(self, tokens: Sequence[int], layers: Layers) -> None:
        """Keep a sequence. What is known of its own beginning only is dropped for it."""
        if len(tokens) > self.most_tokens:
            return
        key = array("I", tokens).tobytes()
        for shorter in [k for k in self._entries if key.startswith(k)]:
            self._drop(shorter)
        self._entries[key] = layers
        self.n_tokens += len(tokens)
        while self.n_tokens > self.most_tokens:
            self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.n_tokens = 0

    def _drop(self, key: bytes) -> None:
        del self._entries[key]
        self.n_tokens -= len(key) // BYTES


def _common(a: bytes, b: bytes, at_least: int) -> int:
    """Bytes of the longest common beginning, in whole tokens, by bisection."""
    low, high = at_least // BYTES, min(len(a), len(b)) // BYTES
    while low < high:
        middle = (low + high + 1) // 2
        if a[: middle * BYTES] == b[: middle * BYTES]:
            low = middle
        else:
            high = middle - 1
    return low * BYTES


@dataclass
class Rows:
    """Keys and values of several sequences side by side, aligned at their ends.

    What stands before a shorter sequence is of no meaning, and masked.

    Attributes:
        layers: keys and values of each layer, each of shape (rows, heads, columns, width).
        lengths: tokens of each row.
    """

    layers: Layers
    lengths: list[int]

    @property
    def n_columns(self) -> int:
        """How many tokens there is room for in every row."""
        return int(self.layers[0][0].shape[2]) if self.layers else 0

    @classmethod
    def of(cls, prefixes: Sequence[Prefix]) -> Rows:
        """Known beginnings of sequences, side by side; none at all if nothing is known."""
        wide = max(prefix.n_tokens for prefix in prefixes)
        known = next((p.layers for p in prefixes if p.n_tokens and p.layers), None)
        lengths = [prefix.n_tokens for prefix in prefixes]
        if known is None:
            return cls([], lengths)
        shapes = [(len(prefixes), k.shape[0], wide, k.shape[2]) for k, _ in known]
        widths = [v.shape[2] for _, v in known]
        layers = [
            (k.new_zeros(shape), v.new_zeros((*shape[:3], width)))
            for (k, v), shape, width in zip(known, shapes, widths, strict=True)
        ]
        for row, (n, kept) in enumerate(prefixes):
            if n and kept:
                for (keys, values), (k, v) in zip(layers, kept, strict=True):
                    keys[row, :, wide - n :] = k[:, :n]
                    values[row, :, wide - n :] = v[:, :n]
        return cls(layers, lengths)

    @classmethod
    def read(cls, cache: DynamicCache, lengths: list[int]) -> Rows:
        """What a forward pass has left in its cache."""
        return cls([(layer.keys, layer.values) for layer in cache.layers], lengths)

    def cache(self) -> DynamicCache:
        """These keys and values as a forward pass takes them."""
        from transformers.cache_utils import DynamicCache, DynamicLayer

        cache = DynamicCache()
        for keys, values in self.layers:
            layer = DynamicLayer()
            layer.keys, layer.values = keys, values
            layer.dtype, layer.device, layer.is_initialized = keys.dtype, keys.device, True
            cache.layers.append(layer)
        return cache

    def row(self, row: int) -> Layers:
        """One row's keys and values, without what stands before it, copied."""
        first = self.n_columns - self.lengths[row]
        return [(k[row, :, first:].clone(), v[row, :, first:].clone()) for k, v in self.layers]

    def take(self, rows: Sequence[int]) -> Rows:
        """Some of the rows, in this order, repeated if asked for repeatedly."""
        lengths = [self.lengths[row] for row in rows]
        first = self.n_columns - max(lengths)
        picked = list(rows)
        layers = [(k[picked, :, first:], v[picked, :, first:]) for k, v in self.layers]
        return Rows(layers, lengths)

    def joined(self, other: Rows) -> Rows:
        """These rows, followed by those of another."""
        import torch
        from torch.nn.functional import pad

        wide = max(self.n_columns, other.n_columns)

        def side_by_side(a: Tensor, b: Tensor) -> Tensor:
            both = [pad(x, (0, 0, wide - x.shape[2], 0)) for x in (a, b)]
            return torch.cat(both)

        layers = [
            (side_by_side(k, k2), side_by_side(v, v2))
            for (k, v), (k2, v2) in zip(self.layers, other.layers, strict=True)
        ]
        return Rows(layers, self.lengths + other.lengths)
