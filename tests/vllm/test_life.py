"""The life of a vLLM server that is started for a run, and what can befall it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.agents.vllm import VLLM
from harness.agents.vllm_client import VLLMClient
from harness.agents.vllm_server import alive
from harness.errors import Stopped
from harness.match import Entry
from harness.models import Fatal, Message, Request, Transient
from harness.models.line import FROZEN_AFTER
from harness.models.transport import Limits, Transport
from tests.vllm.conftest import SERVER_ARGS, terse
from tests.vllm.played import command, played, spec
from tests.vllm.processes import about, ends, in_group, named

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(400)]

ASK = Request((Message("user", "Choose J or F."),), max_tokens=4)


@pytest.fixture
def own(checkpoint: Path, tmp_path: Path) -> str:
    """The checkpoint by a name that no other test's server has."""
    path = tmp_path / "own-model"
    path.symlink_to(checkpoint)
    return str(path)


def test_a_run_starts_its_server_and_leaves_no_process(
    vllm_python: str, own: str, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    agent = spec(
        own,
        python=vllm_python,
        server_args=SERVER_ARGS,
        log_dir=str(logs),
        elicit="choice",
        max_tokens=600,
        extra=terse(Path(own)),
    )
    run, said = played(agent, tmp_path)
    assert not any(run.outcomes().values()), run.outcomes()
    assert f"a server is started for this run, which can take minutes; its log is in {logs}" in said
    (log,) = logs.iterdir()
    assert "Application startup complete" in log.read_text("utf-8")
    assert nothing_is_about(own)


def test_a_run_that_is_killed_leaves_no_process(vllm_python: str, own: str, tmp_path: Path) -> None:
    agent = spec(own, python=vllm_python, server_args=SERVER_ARGS, log_dir=str(tmp_path))
    with (tmp_path / "said").open("wb") as said:
        run = subprocess.Popen(command(agent, tmp_path / "run"), stdout=said, stderr=said)
    try:
        leader = wait_for_engine(own, run)
        group = in_group(leader)
        assert any("VLLM::EngineCore" in title for title in group.values())
    finally:
        run.kill()
        run.wait()
    assert ends(leader, within_s=30), in_group(leader)
    assert nothing_is_about(own)


def nothing_is_about(own: str) -> bool:
    """Whether no process has this model in its command, soon: the last to end is the warden."""
    deadline = time.monotonic() + 10
    while about(own) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not about(own)


def wait_for_engine(own: str, run: subprocess.Popen[bytes]) -> int:
    """The leader of a starting server's processes, once there is an engine among them."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert run.poll() is None, "the run has ended"
        for leader in about(own):
            if any("EngineCore" in title for title in in_group(leader).values()):
                return leader
        time.sleep(0.2)
    raise AssertionError("no engine was started")


async def test_what_befalls_a_server_is_known_for_what_it_is(
    vllm_python: str, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.models.line.backoff", lambda rng: lambda state: 0.0)
    model = VLLM(
        model=own, python=vllm_python, server_args=SERVER_ARGS, log_dir=str(tmp_path), seed=True
    )
    client = model.connect()
    assert isinstance(client, VLLMClient)
    assert client.server is not None
    guest = VLLM(model=own, base_url=f"{client.server.url}/v1")
    visitor = guest.connect()
    try:
        await client.ready()
        group = in_group(client.server.pid)
        await client.send(model.body(ASK))

        worker = named(group, "VLLM::Worker")
        os.kill(worker, signal.SIGSTOP)
        await a_frozen_engine_is_told_though_the_server_says_that_it_is_well(client, guest)
        os.kill(worker, signal.SIGCONT)
        assert (await client.send(model.body(ASK))).usage.output

        os.kill(named(group, "VLLM::EngineCore"), signal.SIGKILL)
        with pytest.raises(Transient, match=r"HTTP 500|Disconnected|Cannot connect|reset"):
            await visitor.send(guest.body(ASK))
        await the_server_ends(client, model)
        with pytest.raises(Transient, match="Cannot connect"):
            await visitor.send(guest.body(ASK))
        with pytest.raises(Fatal, match=r"the vLLM server .* has ended; .*\.log says:"):
            await client.send(model.body(ASK))
    finally:
        await visitor.close()
        await client.close()
    assert in_group(client.server.pid) == {}


async def a_frozen_engine_is_told_though_the_server_says_that_it_is_well(
    client: VLLMClient, model: VLLM
) -> None:
    status, _, _ = await client.exchange("GET", "/health")
    assert status == 200
    assert not await alive(client, model.model, 2)
    warnings: list[str] = []
    limits = Limits(timeout_s=0.5, attempts=2, max_wait_s=60)
    begun = time.monotonic()
    async with Transport(limits, warn=warnings.append) as transport:
        carry = transport.for_player("m", 0, Entry("vllm/tiny", model))
        assert carry is not None
        calls = [carry(n, model, ASK) for n in range(FROZEN_AFTER)]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        with pytest.raises(Stopped, match="nor had a request for a single word"):
            await carry(99, model, ASK)
    assert all(isinstance(error, Transient | Stopped) for error in ended), ended
    assert any(isinstance(error, Stopped) for error in ended)
    assert any("nothing more is sent to this model" in warning for warning in warnings)
    assert time.monotonic() - begun < 20


async def the_server_ends(client: VLLMClient, model: VLLM) -> None:
    """Wait for it; until then calls fail in a way that may pass."""
    assert client.server is not None
    deadline = time.monotonic() + 60
    while not client.server.ended:
        assert time.monotonic() < deadline, in_group(client.server.pid)
        with pytest.raises((Transient, Fatal)):
            await client.send(model.body(ASK))
        await asyncio.sleep(0.2)
