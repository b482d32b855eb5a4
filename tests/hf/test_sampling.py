"""Draws of tokens agree with the distributions that they claim to follow."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy import stats

from harness.agents.transformers_sampling import Sampling, draw, penalised

pytestmark = pytest.mark.hf
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

N = 4000
LOGITS = [2.0, 1.0, 0.5, 0.0, -1.0, -3.0]


def counts(sampling: Sampling) -> list[int]:
    """How often each token is drawn, by rows that share nothing but their logits."""
    rows = torch.tensor([LOGITS] * N)
    drawn = draw(rows, [sampling] * N, [Random(f"row {i}") for i in range(N)])
    return [drawn.count(token) for token in range(len(LOGITS))]


def shares(sampling: Sampling) -> list[float]:
    """The distribution that transformers' own warpers leave."""
    from transformers.generation import (
        LogitsProcessorList,
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    warpers = LogitsProcessorList([TemperatureLogitsWarper(float(sampling.temperature))])
    if sampling.top_k:
        warpers.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        warpers.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p:
        warpers.append(MinPLogitsWarper(sampling.min_p))
    logits = warpers(torch.zeros(1, 1, dtype=torch.long), torch.tensor([LOGITS]))
    told: list[float] = logits.double().softmax(-1)[0].tolist()
    return told


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.5),
        Sampling(temperature=3.0),
        Sampling(top_k=2),
        Sampling(top_p=0.8),
        Sampling(min_p=0.2),
        Sampling(temperature=2.0, top_k=5, top_p=0.9, min_p=0.3),
    ],
    ids=str,
)
def test_draws_follow_the_distribution_of_transformers_own_warpers(sampling: Sampling) -> None:
    """Pearson's chi-square at level 0.001, with fixed seeds."""
    seen, expected = np.array(counts(sampling)), np.array(shares(sampling))
    possible = expected > 0
    assert not seen[~possible].any()
    test = stats.chisquare(seen[possible], N * expected[possible])
    assert test.pvalue > 0.001


def test_a_row_does_not_depend_on_its_company() -> None:
    rows = torch.randn(6, 50, generator=torch.Generator().manual_seed(1))
    samplings = [Sampling(), Sampling(top_p=0.7), Sampling(temperature=0), Sampling(top_k=3)]
    samplings += [Sampling(temperature=0.2), Sampling(min_p=0.1)]
    together = draw(rows, samplings, [Random(i) for i in range(6)])
    alone = [draw(rows[i : i + 1], samplings[i : i + 1], [Random(i)])[0] for i in range(6)]
    assert together == alone
    assert together[2] == int(rows[2].argmax())


def test_what_is_masked_is_never_drawn() -> None:
    row = torch.full((1, 8), -torch.inf)
    row[0, 5] = -4.0
    for sampling in (Sampling(), Sampling(top_p=0.5), Sampling(temperature=0)):
        assert draw(row, [sampling], [Random(1)]) == [5]


def test_repetition_is_penalised_as_transformers_does() -> None:
    from transformers.generation import RepetitionPenaltyLogitsProcessor

    logits = torch.tensor([2.0, -1.0, 0.5, -2.0])
    seen = torch.tensor([True, True, False, False])
    theirs = RepetitionPenaltyLogitsProcessor(1.3)(torch.tensor([[0, 1]]), logits[None].clone())
    assert torch.allclose(penalised(logits, seen, 1.3), theirs[0])
