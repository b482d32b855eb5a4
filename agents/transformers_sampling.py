"""How the next token is drawn from a model's logits: every row by its own settings and chance.

A row's draw depends on that row's logits and its own stream of chance only, so that a seeded reply
is the same whatever else is in the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sampling", "draw", "penalised"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        temperature: what the logits are divided by; 0 takes the likeliest token.
        top_k: only so many of the likeliest tokens; 0 for all.
        top_p: only the likeliest tokens that have this probability together.
        min_p: only tokens that have at least this share of the likeliest one's probability.
        repetition_penalty: what the logits of tokens that are there already are divided by where
            positive, and multiplied by where negative (Keskar et al. 2019, section 4.1).
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @property
    def filters(self) -> bool:
        """Whether some tokens are left out."""
        return bool(self.top_k) or self.top_p < 1 or self.min_p > 0

    @classmethod
    def of(cls, generation_config: Any) -> Sampling:
        """What a checkpoint's own configuration says; where it says nothing, plain sampling.

        Only `do_sample: false`, written there, makes it greedy: transformers' own default is
        greedy too, but servers sample.
        """
        told = {f.name: getattr(generation_config, f.name, None) for f in fields(cls)}
        sampling = cls(**{name: value for name, value in told.items() if value is not None})
        greedy = getattr(generation_config, "do_sample", None) is False
        return replace(sampling, temperature=0.0) if greedy else sampling

    def with_settings(self, settings: Mapping[str, Any]) -> Sampling:
        """These, with what the settings say in place of them."""
        names = [f.name for f in fields(self)]
        return replace(self, **{name: settings[name] for name in names if name in settings})


def penalised(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """One row's logits with the tokens that are there already made less likely.

    Args:
        logits: shape (vocabulary,).
        seen: whether a token is there; the same shape.
        penalty: see `Sampling`.
    """
    import torch

    damped = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, damped, logits)


def draw(logits: Tensor, samplings: Sequence[Sampling], chances: Sequence[Random]) -> list[int]:
    """One token for each row.

    Args:
        logits: shape (rows, vocabulary), float32; masked tokens have minus infinity.
        samplings: each row's settings.
        chances: each row's stream of chance; a row that is not greedy takes one number of it.
    """
    tokens: list[int] = logits.argmax(-1).tolist()
    plain = [i for i, s in enumerate(samplings) if s.temperature > 0 and not s.filters]
    filtered = [i for i, s in enumerate(samplings) if s.temperature > 0 and s.filters]
    for rows, inverse in ((plain, _plain), (filtered, _filtered)):
        if rows:
            scaled = logits[rows].double()
            scaled /= _column(scaled, [samplings[i].temperature for i in rows])
            at = _column(scaled, [chances[i].random() for i in rows])
            drawn = inverse(scaled, [samplings[i] for i in rows], at)
            for row, token in zip(rows, drawn.tolist(), strict=True):
                tokens[row] = token
    return tokens


def _column(like: Tensor, values: Sequence[float]) -> Tensor:
    return like.new_tensor(values).unsqueeze(1)


def _plain(scaled: Tensor, samplings: Sequence[Sampling], at: Tensor) -> Tensor:
    """The tokens at which the distribution function reaches `at`."""
    del samplings
    return _reached(scaled.softmax(-1), at).squeeze(1)


def _filtered(scaled: Tensor, samplings: Sequence[Sampling], at: Tensor) -> Tensor:
    """The same with unlikely tokens left out, likeliest first.

    The filters follow each other as in transformers: `top_k`, `top_p`, `min_p`, each on what the
    last one has left, scaled to 1.
    """
    import torch

    ranked, tokens = scaled.sort(dim=-1, descending=True, stable=True)
    place = torch.arange(ranked.shape[1], device=ranked.device)
    most = _column(ranked, [s.top_k or ranked.shape[1] for s in samplings])
    ranked = ranked.masked_fill(place >= most, -torch.inf)
    shares = ranked.softmax(-1)
    before = shares.cumsum(-1) - shares
    outside = before >= _column(ranked, [s.top_p for s in samplings])
    outside[:, 0] = False
    ranked = ranked.masked_fill(outside, -torch.inf)
    shares = ranked.softmax(-1)
    least = _column(ranked, [s.min_p for s in samplings]) * shares[:, :1]
    shares = shares.masked_fill(shares < least, 0.0)
    return tokens.gather(1, _reached(shares, at)).squeeze(1)


def _reached(weights: Tensor, at: Tensor) -> Tensor:
    """Where the running sum of weights first exceeds the share `at` of their total."""
    import torch

    running = weights.cumsum(-1)
    return torch.searchsorted(running, at * running[:, -1:], right=True).clamp_(
        max=weights.shape[1] - 1
    )
