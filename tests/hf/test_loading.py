"""Loading: what can be loaded is; what cannot says so, and says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.agents import transformers_engine, transformers_forward
from harness.models import Fatal, Transient, UnknownModel
from tests.hf.conftest import Start, passes
from tests.hf.make_model import TEMPLATE, make_checkpoint, make_tokenizer

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")


async def test_a_name_that_the_hub_cannot_give_is_unknown(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    model = start("nobody/nothing")
    with pytest.raises(UnknownModel, match="nobody/nothing cannot be loaded: OSError"):
        await model.ask()
    with pytest.raises(UnknownModel, match="nobody/nothing"):
        await model.ask()


FROM_HUB = """
import asyncio
from harness.agents.transformers import Transformers
from harness.models import Message, Request

async def main():
    model = Transformers(model="nobody/tiny", threads=1, temperature=0)
    client = model.connect()
    reply = await client.send(model.body(Request((Message("user", "J?"),), max_tokens=3)))
    await client.close()
    print(reply.model, reply.usage.output, reply.fingerprint)

asyncio.run(main())
"""


def test_a_model_of_the_hub_that_is_here_already_needs_no_network(
    checkpoint: Path, tmp_path: Path
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    kept = tmp_path / "hub/models--nobody--tiny"
    shutil.copytree(checkpoint, kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs/main").write_text(commit, "utf-8")
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-W", "error", "-c", FROM_HUB]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("nobody/tiny 3 sha256:")
    assert done.stderr == ""


async def test_weights_that_are_no_weights_are_refused(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "torn")
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(Fatal, match="torn cannot be loaded"):
        await start(folder).ask()


async def test_missing_weights_are_not_made_up(start: Start, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = make_checkpoint(tmp_path / "lacking")
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(Fatal, match=r"lacks weights, which would be random.*up_proj"):
        await start(folder).ask()


async def test_a_base_model_is_refused(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "base")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(Fatal, match="no chat template"):
        await start(folder).ask()


async def test_a_recurrent_model_is_refused(start: Start, tmp_path: Path) -> None:
    import transformers

    tokenizer = make_tokenizer(TEMPLATE)
    config = transformers.MambaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, state_size=4
    )
    transformers.MambaForCausalLM(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(Fatal, match=r"MambaForCausalLM has .* vLLM"):
        await start(tmp_path).ask()


async def test_a_gpu_that_is_not_there_is_refused(start: Start) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(Fatal, match=r"device is 'cuda:1', but torch .* finds no GPU"):
        await start(device="cuda:1").ask()


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("can't allocate memory", Transient, "smaller max_batch or prefix_cache_tokens"),
        ("device-side assert", Fatal, "failed: RuntimeError: device-side assert"),
    ],
)
async def test_a_failure_inside_the_engine_reaches_all_who_wait_and_no_one_after(
    error: str, kind: type[Exception], words: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = start()
    await model.ask(seed=1)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(error)

    with monkeypatch.context() as patch:
        patch.setattr(transformers_forward.Forward, "read", broken)
        results = await asyncio.gather(
            *(model.ask(seed=n) for n in range(3)), return_exceptions=True
        )
    assert [type(result) for result in results] == [kind] * 3
    assert words in str(results[0])
    assert (await model.ask(seed=1)).usage.output


async def test_a_broken_torch_leaves_no_one_waiting(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise OSError("libcudart.so.12: cannot open shared object file")

    monkeypatch.setattr(transformers_engine, "load", broken)
    with pytest.raises(Fatal, match="failed: OSError: libcudart"):
        await start().ask()


async def test_closing_ends_what_waits(start: Start) -> None:
    model = start(max_tokens=8000, max_batch=1)
    waiting = [asyncio.create_task(model.ask(seed=n)) for n in (9, 5, 4)]
    await passes(model, 2)
    await model.client.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, Transient) for result in results)
    with pytest.raises(Transient, match="is closed"):
        await model.ask()


async def test_two_models_load_at_the_same_time(start: Start, tmp_path: Path) -> None:
    folders = [
        make_checkpoint(tmp_path / name, rope_theta=t) for name, t in (("a", 1e4), ("b", 5e4))
    ]
    models = [start(folder) for folder in folders for _ in range(2)]
    replies = await asyncio.gather(*(model.ask(seed=1) for model in models))
    assert len({reply.fingerprint for reply in replies}) == 2
