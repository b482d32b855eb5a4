"""Forward passes over batches: reading prompts, writing token by token, scoring candidates.

All batches are aligned at their ends: what is missing to the longest row stands before it, masked,
so that every row's tokens follow each other without a gap, as attention windows need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness.agents.transformers_cache import Prefix, Prefixes, Rows
from harness.agents.transformers_tree import Tokens, Tree

if TYPE_CHECKING:
    from torch import Tensor

    from harness.agents.transformers_weights import Weights

__all__ = ["Forward", "Work"]

MOST_TOKENS = 1 << 14
"""Tokens that are read in one pass: more need no less time each, and more memory."""

MOST_LOGITS = 1 << 12
"""Tokens whose logits are computed in one pass."""

MOST_COPIED = 1 << 18
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


class Part(NamedTuple):
    """Prompts that are read in one pass.

    Attributes:
        members: which prompts, by their places.
        past: what is known of them.
        chunk: the tokens that are read of each; as many of all, where they have a past.
    """

    members: list[int]
    past: Rows
    chunk: list[Tokens]


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
        self._takes_trees = weights.takes_trees
        self._prefixes = prefixes
        self._max_batch = max_batch
        self.work = Work()

    def remember(self, rows: Rows, row: int, tokens: Tokens) -> None:
        """Keep a row's keys and values for conversations that begin with its tokens."""
        assert len(tokens) == rows.lengths[row]
        if len(tokens) <= self._prefixes.most_tokens:
            self._prefixes.keep(tokens, rows.row(row))

    def read(self, prompts: Sequence[Tokens]) -> tuple[Rows, Tensor, list[int]]:
        """Read prompts, from where they differ from what is known.

        Returns:
            Their keys and values, the logits after each (rows, vocabulary; float32), and how
            many tokens of each were not computed for it.
        """
        import torch

        distinct = list(dict.fromkeys(prompts))
        place: dict[Tokens, int] = {}
        all_rows: Rows | None = None
        all_logits: list[Tensor] = []
        known = {}
        for part in self._parts(distinct, [0] * len(distinct)):
            logits, rows = self.step(part.past, part.chunk)
            all_rows = rows if all_rows is None else all_rows.joined(rows)
            all_logits.append(logits)
            for i, n in zip(part.members, part.past.lengths, strict=True):
                place[distinct[i]] = len(place)
                known[distinct[i]] = n
        assert all_rows is not None
        logits = torch.cat(all_logits)
        at = [place[prompt] for prompt in prompts]
        spared = self._spared(prompts, known)
        if at == list(range(len(place))):
            return all_rows, logits, spared
        return all_rows.take(at), logits[at], spared

    def score(
        self, prompts: Sequence[Tokens], candidates: Sequence[Sequence[Tokens]]
    ) -> tuple[list[list[float]], list[int]]:
        """Read prompts, and score each one's candidates.

        Returns:
            The log-probabilities of each prompt's candidates, in their order, and how many
            tokens of each prompt were not computed for it.
        """
        asked: dict[Tokens, dict[Tokens, float]] = {}
        for prompt, replies in zip(prompts, candidates, strict=True):
            asked.setdefault(prompt, {}).update(dict.fromkeys(replies, 0.0))
        distinct = list(asked)
        trees = [Tree(list(asked[prompt])) for prompt in distinct]
        known = {}
        for part in self._parts(distinct, [len(tree) for tree in trees]):
            score = self._score_trees if self._takes_trees else self._score_copies
            rows, scores = score(part, [trees[i] for i in part.members])
            for row, (i, own) in enumerate(zip(part.members, scores, strict=True)):
                asked[distinct[i]] = dict(zip(trees[i].candidates, own, strict=True))
                known[distinct[i]] = part.past.lengths[row]
                self.remember(rows, row, distinct[i])
        pairs = zip(prompts, candidates, strict=True)
        found = [[asked[prompt][reply] for reply in replies] for prompt, replies in pairs]
        return found, self._spared(prompts, known)

    def _spared(self, prompts: Sequence[Tokens], known: dict[Tokens, int]) -> list[int]:
        """Tokens of each prompt that were not computed for it: all, where another is the same."""
        seen: set[Tokens] = set()
        spared = []
        for prompt in prompts:
            spared.append(len(prompt) if prompt in seen else known[prompt])
            seen.add(prompt)
        self.work.n_reused += sum(spared)
        return spared

    def _parts(self, prompts: Sequence[Tokens], more: Sequence[int]) -> Iterator[Part]:
        """Prompts that are read together, as they have about as many new tokens.

        In a part every row computes as many tokens as the longest needs; what a row knows of
        these is computed again, for no more than padding would cost.

        Args:
            prompts: distinct ones.
            more: tokens that are read behind each.
        """
        known = [self._prefixes.longest(prompt[:-1]) for prompt in prompts]
        needs = [len(p) - k.n_tokens for p, k in zip(prompts, known, strict=True)]
        for members in self._groups(needs, more):
            wide = max(needs[i] for i in members)
            cuts = [max(0, len(prompts[i]) - wide) for i in members]
            pairs = list(zip(members, cuts, strict=True))
            past = Rows.of([Prefix(n, known[i].layers) for i, n in pairs])
            yield Part(members, past, [prompts[i][n:] for i, n in pairs])

    def _groups(self, needs: Sequence[int], more: Sequence[int]) -> list[list[int]]:
        """The members of each part."""
        groups: list[list[int]] = []
        most_more = 0
        for i in sorted(range(len(needs)), key=needs.__getitem__):
            group = groups[-1] if groups else []
            n, most_more = len(group) + 1, max(most_more, more[i])
            fits = n <= self._max_batch and n * (needs[i] + most_more) <= MOST_TOKENS
            fits = fits and n * (1 + most_more) <= MOST_LOGITS
            if not group or not fits or needs[i] > 2 * needs[group[0]] + 32:
                groups.append([])
                most_more = more[i]
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
        tokens, lengths = _aligned(past, chunk)
        mask, positions = _causal(past.n_columns, tokens.shape[1], lengths)
        logits, rows = self._pass(past, tokens, mask.long(), positions, keep=1)
        self.work.n_tokens += sum(map(len, chunk))
        return logits[:, -1].float(), Rows(rows.layers, lengths)

    def _score_trees(self, part: Part, trees: Sequence[Tree]) -> tuple[Rows, list[list[float]]]:
        """Read prompts and score candidates in one pass: the prompts' keys and values, the scores.

        Behind every prompt stands its tree, and behind smaller trees what is masked.
        """
        import torch

        read, lengths = _aligned(part.past, part.chunk)
        wide, deep = read.shape[1], max(map(len, trees))
        columns = part.past.n_columns + wide
        real, positions = _causal(part.past.n_columns, wide, lengths)
        tokens = torch.zeros(len(trees), wide + deep, dtype=torch.long)
        tokens[:, :wide] = read
        places = torch.cat((positions, torch.zeros(len(trees), deep, dtype=torch.long)), 1)
        seen = torch.zeros(len(trees), wide + deep, columns + deep, dtype=torch.bool)
        before = torch.arange(columns) <= torch.arange(columns - wide, columns).unsqueeze(1)
        seen[:, :wide, :columns] = real.unsqueeze(1) & before
        seen[:, wide:, :columns] = real.unsqueeze(1)
        for row, tree in enumerate(trees):
            n = len(tree)
            tokens[row, wide : wide + n] = torch.tensor(tree.tokens, dtype=torch.long)
            places[row, wide : wide + n] = lengths[row] + torch.tensor(tree.depths)
            seen[row, wide : wide + n, columns : columns + n] = tree.seen()
        mask = torch.zeros(seen.shape, dtype=self._model.dtype)
        mask.masked_fill_(~seen, torch.finfo(mask.dtype).min)
        logits, rows = self._pass(part.past, tokens, mask.unsqueeze(1), places, keep=deep + 1)
        self.work.n_tokens += sum(map(len, part.chunk)) + sum(map(len, trees))
        scores = [
            tree.scores(own[: 1 + len(tree)]) for tree, own in zip(trees, logits, strict=True)
        ]
        cut = [(k[:, :, :columns], v[:, :, :columns]) for k, v in rows.layers]
        return Rows(cut, lengths), scores

    def _score_copies(self, part: Part, trees: Sequence[Tree]) -> tuple[Rows, list[list[float]]]:
        """The same for other models: every candidate behind a copy of its prompt."""
        logits, rows = self.step(part.past, part.chunk)
        pairs = [(row, c) for row, tree in enumerate(trees) for c in tree.candidates]
        at_once = max(1, min(self._max_batch, MOST_COPIED // rows.n_columns))
        found: list[float] = []
        for first in range(0, len(pairs), at_once):
            owners, candidates = zip(*pairs[first : first + at_once], strict=True)
            found += self._score_rows(rows.take(owners), logits[list(owners)], candidates)
        scores = iter(found)
        return rows, [[next(scores) for _ in tree.candidates] for tree in trees]

    def _score_rows(self, past: Rows, logits: Tensor, candidates: Sequence[Tokens]) -> list[float]:
        """One candidate for each row, in one pass."""
        import torch

        wide = max(map(len, candidates)) - 1
        tokens = torch.zeros(len(candidates), max(1, wide), dtype=torch.long)
        real = torch.zeros(tokens.shape, dtype=torch.bool)
        for row, candidate in enumerate(candidates):
            n = len(candidate) - 1
            tokens[row, :n] = torch.tensor(candidate[:n], dtype=torch.long)
            real[row, :n] = True
        before, _ = _causal(past.n_columns, 0, past.lengths)
        places = torch.tensor(past.lengths).unsqueeze(1) + torch.arange(tokens.shape[1])
        mask = torch.cat((before, real), 1).long()
        after, _ = self._pass(past, tokens, mask, places, keep=tokens.shape[1])
        self.work.n_tokens += int(real.sum())
        whole = torch.cat((logits.unsqueeze(1).to(after.dtype), after), 1)
        return [
            Tree([c]).scores(own[: len(c)])[0] for c, own in zip(candidates, whole, strict=True)
        ]

    def _pass(
        self, past: Rows, tokens: Tensor, mask: Tensor, positions: Tensor, keep: int
    ) -> tuple[Tensor, Rows]:
        """One forward pass: the last `keep` columns' logits, and all keys and values."""
        device = self._model.device
        cache = past.cache()
        where = {"position_ids": positions.to(device)} if self._takes_positions else {}
        out = self._model(
            input_ids=tokens.to(device),
            attention_mask=mask.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=keep,
            **where,
        )
        self.work.n_passes += 1
        return out.logits, Rows.read(cache, past.lengths)


def _aligned(past: Rows, chunk: Sequence[Sequence[int]]) -> tuple[Tensor, list[int]]:
    """Tokens aligned at their ends (rows, columns), and how long each row becomes."""
    import torch

    wide = max(map(len, chunk))
    tokens = torch.zeros(len(chunk), wide, dtype=torch.long)
    for row, new in enumerate(chunk):
        assert len(new) == wide or not past.lengths[row]
        tokens[row, wide - len(new) :] = torch.tensor(new)
    return tokens, [n + len(new) for n, new in zip(past.lengths, chunk, strict=True)]


def _causal(n_past: int, wide: int, lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Which columns hold tokens (rows, past and new), and the new ones' positions (rows, new)."""
    import torch

    column = torch.arange(n_past + wide)
    first = n_past + wide - torch.tensor(lengths).unsqueeze(1)
    return column >= first, (column[n_past:] - first).clamp(min=0)
