"""Forward passes over batches: reading prompts, writing token by token, scoring candidates.

All batches are aligned at their ends: what is missing to the longest row stands before it, masked,
so that every row's tokens follow each other without a gap, as attention windows need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.agents.transformers_cache import Prefix, Prefixes, Rows

if TYPE_CHECKING:
    from torch import Tensor

    from harness.agents.transformers_weights import Weights

__all__ = ["Forward", "Work"]

MOST_TOKENS = 1 << 14
"""Tokens that are read in one pass: more need no less time each, and more memory."""

MOST_KEPT = 1 << 18
"""Tokens whose keys and values are copied for one pass over candidates."""


@dataclass
class Work:
    """What was computed, and what was not.

    Attributes:
        n_passes: forward passes.
        n_tokens: tokens that went through them, without padding.
        n_reused: tokens of prompts that did not, as their keys and values were known.
    """

    n_passes: int = 0
    n_tokens: int = 0
    n_reused: int = 0


class Forward:
    """A model's forward passes.

    Args:
        weights: the model.
        prefixes: what it remembers of earlier prompts.
        max_batch: most rows in a pass.
    """

    def __init__(self, weights: Weights, prefixes: Prefixes, max_batch: int) -> None:
        self._model = weights.model
        self._takes_positions = weights.takes_positions
        self._prefixes = prefixes
        self._max_batch = max_batch
        self.work = Work()

    def read(self, prompts: Sequence[Sequence[int]]) -> tuple[Rows, Tensor, list[int]]:
        """Read prompts, from where they differ from what is known.

        Returns:
            Their keys and values, the logits after each (rows, vocabulary; float32), and how
            many tokens of each were not computed for it.
        """
        import torch

        distinct = list(dict.fromkeys(map(tuple, prompts)))
        known = [self._prefixes.longest(prompt[:-1]) for prompt in distinct]
        needs = [len(p) - k.n_tokens for p, k in zip(distinct, known, strict=True)]
        place: dict[tuple[int, ...], int] = {}
        reused: dict[tuple[int, ...], int] = {}
        parts: list[tuple[Rows, Tensor]] = []
        for group in self._groups(needs):
            wide = max(needs[i] for i in group)
            cuts = [max(0, len(distinct[i]) - wide) for i in group]
            past = Rows.of([Prefix(n, known[i].layers) for i, n in zip(group, cuts, strict=True)])
            chunk = [distinct[i][n:] for i, n in zip(group, cuts, strict=True)]
            logits, rows = self.step(past, chunk)
            parts.append((rows, logits))
            for i, n in zip(group, cuts, strict=True):
                place[distinct[i]] = len(place)
                reused[distinct[i]] = n
        rows, logits = parts[0][0], torch.cat([part for _, part in parts])
        for more, _ in parts[1:]:
            rows = rows.joined(more)
        at = [place[tuple(prompt)] for prompt in prompts]
        spared = self._spared(prompts, reused)
        self.work.n_reused += sum(spared)
        if at != list(range(len(place))):
            rows, logits = rows.take(at), logits[at]
        return rows, logits, spared

    @staticmethod
    def _spared(prompts: Sequence[Sequence[int]], reused: dict[tuple[int, ...], int]) -> list[int]:
        """Tokens of each prompt that were not computed for it: all, where another is the same."""
        seen: set[tuple[int, ...]] = set()
        spared = []
        for prompt in map(tuple, prompts):
            spared.append(len(prompt) if prompt in seen else reused[prompt])
            seen.add(prompt)
        return spared

    def _groups(self, needs: Sequence[int]) -> list[list[int]]:
        """Prompts that are read together, as they have about as many new tokens.

        In a group every row computes as many tokens as the longest needs; what a row knows of
        these is computed again, for no more than padding would cost.
        """
        groups: list[list[int]] = []
        for i in sorted(range(len(needs)), key=needs.__getitem__):
            group = groups[-1] if groups else []
            fits = group and needs[i] <= 2 * needs[group[0]] + 32
            if not fits or len(group) == self._max_batch or needs[i] * len(group) > MOST_TOKENS:
                groups.append([])
            groups[-1].append(i)
        return [sorted(group) for group in groups]

    def step(self, past: Rows, chunk: Sequence[Sequence[int]]) -> tuple[Tensor, Rows]:
        """Go on from what was read: one pass over more tokens of each row.

        Args:
            past: keys and values so far.
            chunk: each row's next tokens; only rows without a past may have fewer than others.

        Returns:
            The logits after each row's last token (rows, vocabulary; float32), and all keys
            and values.
        """
        import torch

        wide = max(map(len, chunk))
        tokens = torch.zeros(len(chunk), wide, dtype=torch.long)
        columns = past.n_columns + wide
        lengths = [n + len(new) for n, new in zip(past.lengths, chunk, strict=True)]
        for row, new in enumerate(chunk):
            assert len(new) == wide or not past.lengths[row]
            tokens[row, wide - len(new) :] = torch.tensor(new)
        first = columns - torch.tensor(lengths).unsqueeze(1)
        column = torch.arange(columns)
        mask = column >= first
        positions = (column[past.n_columns :] - first).clamp(min=0)
        logits, rows = self._pass(past, tokens, mask, positions, keep=1)
        self.work.n_tokens += sum(map(len, chunk))
        return logits[:, -1].float(), Rows(rows.layers, lengths)

    def score(
        self,
        rows: Rows,
        logits: Tensor,
        owners: Sequence[int],
        candidates: Sequence[Sequence[int]],
    ) -> list[float]:
        """The log-probability of each candidate after the row that it belongs to.

        Args:
            rows: keys and values of the prompts.
            logits: those after each prompt (rows, vocabulary).
            owners: the row that each candidate belongs to.
            candidates: their tokens, one or more each.
        """
        at_once = max(1, min(self._max_batch, MOST_KEPT // max(1, rows.n_columns)))
        scores: list[float] = []
        for first in range(0, len(owners), at_once):
            chunk = slice(first, first + at_once)
            scores += self._score(rows, logits, owners[chunk], candidates[chunk])
        return scores

    def _score(
        self,
        rows: Rows,
        logits: Tensor,
        owners: Sequence[int],
        candidates: Sequence[Sequence[int]],
    ) -> list[float]:
        """The same in one pass."""
        import torch

        begun = logits[list(owners)].double().log_softmax(-1)
        heads = torch.tensor([c[0] for c in candidates], device=begun.device)
        totals = begun.gather(1, heads.unsqueeze(1)).squeeze(1)
        wide = max(map(len, candidates)) - 1
        if not wide:
            return list(totals.tolist())
        past = rows.take(owners)
        tokens = torch.zeros(len(candidates), wide + 1, dtype=torch.long)
        real = torch.zeros(len(candidates), wide + 1, dtype=torch.bool)
        for row, candidate in enumerate(candidates):
            tokens[row, : len(candidate)] = torch.tensor(candidate)
            real[row, : len(candidate)] = True
        lengths = torch.tensor(past.lengths).unsqueeze(1)
        before = torch.arange(past.n_columns) >= past.n_columns - lengths
        # A candidate's last token is scored, not read: nothing follows it.
        mask = torch.cat((before, real[:, 1:]), 1)
        after, _ = self._pass(past, tokens[:, :-1], mask, lengths + torch.arange(wide), keep=wide)
        shares = after.double().log_softmax(-1)
        targets, counted = tokens[:, 1:].to(shares.device), real[:, 1:].to(shares.device)
        rest = shares.gather(2, targets.unsqueeze(2)).squeeze(2)
        self.work.n_tokens += int(real[:, 1:].sum())
        return list((totals + rest.where(counted, 0.0).sum(1)).tolist())

    def _pass(
        self, past: Rows, tokens: Tensor, mask: Tensor, positions: Tensor, keep: int
    ) -> tuple[Tensor, Rows]:
        """One forward pass: the last `keep` columns' logits, and all keys and values."""
        device = self._model.device
        cache = past.cache()
        where = {"position_ids": positions.to(device)} if self._takes_positions else {}
        out = self._model(
            input_ids=tokens.to(device),
            attention_mask=mask.long().to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=keep,
            **where,
        )
        self.work.n_passes += 1
        return out.logits, Rows.read(cache, past.lengths)
