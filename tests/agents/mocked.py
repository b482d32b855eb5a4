"""What the tests of the scripted model share: models, questions and replies."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from harness import Choice, Space
from harness.agents.mock import Mock
from harness.models import Message, Reply, Request
from harness.models.elicit import Ask, elicit

PD = Choice(("cooperate", "defect"), labels=("J", "F"))
ASKED = (Message("system", "Play."), Message("user", "J or F?"))
N = 2000


def mock(character: str = "random", **parameters: Any) -> Mock:
    return Mock(model=character, **parameters)


def request(ask: Ask, seed: int | None = None, messages: tuple[Message, ...] = ASKED) -> Request:
    scored = tuple(label for label, _ in ask.options)
    return Request(messages, 0, ask.schema, ask.grammar, scored, seed)


def asked(model: Mock, space: Space = PD, seed: int | None = None) -> Request:
    return request(elicit(model, space, reasons=False), seed)


def reply(model: Mock, question: Request) -> Reply:
    return asyncio.run(model.connect().send(model.body(question)))


def replies(model: Mock, space: Space = PD, n: int = N) -> list[Reply]:
    """Replies to the same question under many seeds."""
    ask = elicit(model, space, reasons=False)

    async def all_of_them() -> list[Reply]:
        client = model.connect()
        return [await client.send(model.body(request(ask, seed))) for seed in range(n)]

    return asyncio.run(all_of_them())


def near(share: float, expected: float, n: int = N) -> bool:
    """Whether a share of `n` is within four standard errors of what it should be."""
    return abs(share - expected) <= 4 * math.sqrt(expected * (1 - expected) / n)
