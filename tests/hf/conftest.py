"""One checkpoint for all tests of models in process, and clients that end with their test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio

from harness.agents.transformers import Transformers, TransformersClient
from harness.models import Message, Reply, Request

TALK = (
    Message("system", "You are taking part in a game."),
    Message("user", "In round 1 you chose J and the other player chose F. Choose J or F."),
)


class InProcess:
    """A model and its client.

    Attributes:
        client: what requests are sent by.
    """

    def __init__(self, model: Transformers) -> None:
        self.model = model
        client = model.connect()
        assert isinstance(client, TransformersClient)
        self.client = client

    async def ask(self, messages: tuple[Message, ...] = TALK, **request: Any) -> Reply:
        """The reply to a conversation."""
        return await self.client.send(self.model.body(Request(messages, **request)))

    async def scores(
        self, replies: tuple[str, ...], messages: tuple[Message, ...] = TALK
    ) -> tuple[float, ...]:
        """The log-probabilities of some replies."""
        reply = await self.ask(messages, scored=replies)
        assert reply.scores is not None
        return reply.scores


async def passes(model: InProcess, n: int) -> None:
    """Wait until the engine has made so many passes."""
    async with asyncio.timeout(30):
        while model.client.engine.work.n_passes < n:  # noqa: ASYNC110 - it lives in a thread
            await asyncio.sleep(0.002)


Start: TypeAlias = Callable[..., InProcess]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """On a small machine that others use, threads of one matrix product wait for each other."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of random weights."""
    from tests.hf.make_model import make_checkpoint

    return make_checkpoint(tmp_path_factory.mktemp("hf") / "tiny")


@pytest_asyncio.fixture
async def start(checkpoint: Path) -> AsyncIterator[Start]:
    """Starts models, on the tiny checkpoint if no other is named."""
    started: list[InProcess] = []

    def begin(folder: Path | str = checkpoint, **settings: Any) -> InProcess:
        model = Transformers(model=str(folder), **({"max_tokens": 16} | settings))
        started.append(InProcess(model))
        return started[-1]

    yield begin
    for running in started:
        await running.client.close()
