"""Candidate replies as a tree of tokens, so that one pass reads all of them, and nothing twice.

Candidates that begin alike share the tokens that they have in common. The tree's tokens are laid
out in one row behind the prompt; each sees the prompt and its own ancestors, and stands at the
position that it has in its candidate (SpecInfer, Miao et al. 2024, section 4.2, verifies guesses
so).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Tokens", "Tree"]

Tokens: TypeAlias = tuple[int, ...]


class Tree:
    """The tokens that have to be read to score some candidates.

    Args:
        candidates: their tokens, one or more each.

    Attributes:
        nodes: every beginning of a candidate, whole ones left out: what comes last is scored, but
            not read. Each ends in the node's own token.

    >>> Tree([(7, 8, 2), (7, 9, 2), (5, 2)]).nodes
    [(7,), (7, 8), (7, 9), (5,)]
    """

    def __init__(self, candidates: Sequence[Tokens]) -> None:
        self.candidates = candidates
        begun = (c[:n] for c in candidates for n in range(1, len(c)))
        self.nodes: list[Tokens] = list(dict.fromkeys(begun))
        self._place = {node: place + 1 for place, node in enumerate(self.nodes)} | {(): 0}

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def tokens(self) -> list[int]:
        """Each node's own token."""
        return [node[-1] for node in self.nodes]

    @property
    def depths(self) -> list[int]:
        """Each node's distance from the prompt's last token, less one."""
        return [len(node) - 1 for node in self.nodes]

    def seen(self) -> Tensor:
        """Which nodes each node sees, itself and its ancestors: (nodes, nodes), bool."""
        import torch

        seen = torch.zeros(len(self), len(self), dtype=torch.bool)
        for row, node in enumerate(self.nodes):
            seen[row, [self._place[node[:n]] - 1 for n in range(1, len(node) + 1)]] = True
        return seen

    def scores(self, logits: Tensor) -> list[float]:
        """The log-probability of each candidate.

        Args:
            logits: after the prompt's last token, then after each node (1 + nodes, vocabulary).
        """
        shares = logits.double().log_softmax(-1)
        at = [(self._place[c[:n]], c[n]) for c in self.candidates for n in range(len(c))]
        rows, columns = zip(*at, strict=True)
        terms = iter(shares[list(rows), list(columns)].tolist())
        return [sum(next(terms) for _ in candidate) for candidate in self.candidates]
