"""One real vLLM server on the CPU for all tests, started by our own code, with a tiny model."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.agents.vllm import VLLM
from harness.agents.vllm_client import VLLMClient
from harness.agents.vllm_server import VLLMServer
from harness.models import Reply, Request

ROOT = Path(__file__).parent.parent.parent
MOST_TOKENS = 4096

SERVER_ARGS = (
    *("--max-model-len", str(MOST_TOKENS), "--dtype", "float32", "--enforce-eager"),
    # A seeded request whose prompt is read in several steps ends the engine on a CPU.
    "--no-enable-chunked-prefill",
    # A model that has learnt nothing would put blanks without end between the parts of JSON.
    *("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}'),
)

ON_CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GB
    "OMP_NUM_THREADS": "1",
    "TORCHDYNAMO_DISABLE": "1",  # or the first log-probabilities wait for a compiler
}


@pytest.fixture(scope="session")
def vllm_python() -> str:
    """The interpreter of an environment with vLLM."""
    python = os.environ.get("VLLM_PYTHON") or str(ROOT / ".venv-vllm/bin/python")
    if not Path(python).exists():
        pytest.skip(f"there is no {python}: make test-vllm makes the environment with vLLM")
    return python


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ON_CPU.items():
            patch.setenv(name, value)
        for name in ("VLLM_BASE_URL", "VLLM_API_KEY"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of random weights."""
    from tests.hf.make_model import make_checkpoint

    return make_checkpoint(tmp_path_factory.mktemp("vllm") / "tiny")


@pytest.fixture(scope="session")
def server(
    vllm_python: str, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VLLMServer]:
    """A running server."""
    log_dir = str(tmp_path_factory.mktemp("vllm-log"))
    server = VLLMServer(str(checkpoint), vllm_python, SERVER_ARGS, log_dir)
    server.start()

    async def ready() -> None:
        client = VLLMClient(server.url, server.model)
        try:
            await server.ready(client, 300)
        finally:
            await client.close()

    try:
        in_thread(ready)
        yield server
    finally:
        server.end()


def in_thread(work: Callable[[], Any]) -> None:
    """Run a coroutine function in an event loop of its own, beside whatever loop there is."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:  # noqa: BLE001 - raised in the other thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def served(server: VLLMServer, **settings: Any) -> VLLM:
    """The served model, as a client of a server that it has not started."""
    return VLLM(model=server.model, base_url=f"{server.url}/v1", **settings)


def terse(checkpoint: Path) -> dict[str, Any]:
    """Further parameters that end texts soon, which a model that has learnt nothing does not."""
    tokens = json.loads((checkpoint / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return {"logit_bias": {str(tokens['"']): 8}}


async def ask(model: VLLM, *requests: Request) -> list[Reply]:
    """The replies to requests that are sent at once."""
    client = model.connect()
    try:
        return await asyncio.gather(*(client.send(model.body(one)) for one in requests))
    finally:
        await client.close()
