"""A vLLM engine in process: `AsyncLLM`, which batches whatever is under way together.

What is sent has the same form as for a server; here it is read by this module. The engine's own
processes are children of this one; a warden (`vllm_warden`) ends them should this one be killed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import math
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.agents.chat import chat_reply
from harness.agents.failures import failure
from harness.agents.vllm_scores import Chat, Next, Scorer
from harness.agents.vllm_server import warden
from harness.models import BadRequest, Client, Fatal, ProviderError, Reply, Transient, Usage

if TYPE_CHECKING:
    from vllm import SamplingParams
    from vllm.outputs import RequestOutput
    from vllm.v1.engine.async_llm import AsyncLLM

__all__ = ["VLLMEngine"]

MOST_ASKED = 128
"""Tokens whose log-probabilities a request can ask for."""

RENAMED = {"max_completion_tokens": "max_tokens"}
READ_APART = {"model", "messages", "response_format", "structured_outputs", "chat_template_kwargs"}


class VLLMEngine(Client):
    """An engine of this process.

    Args:
        model: what it runs: a folder or a name.
        arguments: further arguments, as on vLLM's command line.

    Raises:
        Fatal: vLLM is not installed.
    """

    def __init__(self, model: str, arguments: tuple[str, ...]) -> None:
        if importlib.util.find_spec("vllm") is None:
            raise Fatal(
                f"{sys.executable} has no vLLM: pip install folkbench[vllm]; where it lives in an"
                " environment of its own, leave out mode='process' and set VLLM_PYTHON"
            )
        self.model = model
        self._numbers = itertools.count(1)
        self._warden: subprocess.Popen[bytes] | None = None
        self._engine: AsyncLLM | None = None
        self._starting = asyncio.create_task(asyncio.to_thread(self._start, arguments))
        self._scorer: Scorer | None = None
        self._defaults: dict[str, Any] = {}

    def _start(self, arguments: tuple[str, ...]) -> None:
        """Load the engine, which takes a while."""
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
        # A fork would hold copies of all that is open here, the run's lock among it.
        os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
        if Path(self.model).is_dir():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.utils.argparse_utils import FlexibleArgumentParser
        from vllm.v1.engine.async_llm import AsyncLLM

        try:
            parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser())
            told = parser.parse_args(["--model", self.model, *arguments])
            engine = AsyncLLM.from_engine_args(AsyncEngineArgs.from_cli_args(told))
        except SystemExit:
            raise Fatal(f"vLLM does not take the arguments {' '.join(arguments)}") from None
        except (RuntimeError, ValueError, OSError) as error:
            raise Fatal(f"vLLM does not start with {self.model}: {error}") from error
        self._engine = engine
        self._warden = _watched()
        self._defaults = engine.model_config.get_diff_sampling_param()
        self._scorer = Scorer(EngineTokens(self, engine))

    async def ready(self) -> None:
        """Wait until the engine is loaded.

        Raises:
            Fatal: it cannot be.
        """
        await asyncio.shield(self._starting)

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """One attempt at a call."""
        await self.ready()
        assert self._engine is not None
        assert self._scorer is not None
        template = body.get("chat_template_kwargs") or {}
        if "scored" in body:
            return await self._scorer.score(body["messages"], body["scored"], template)
        prompt = chat_tokens(self._engine, body["messages"], template, open_="turn")
        output = await self.generate(prompt, self._sampling(body))
        data = _as_answer(output, self.model)
        reply = chat_reply(data, data, output.request_id)
        if reply is None:
            raise Transient(f"vLLM broke off: {data['choices'][0]['finish_reason']}")
        return reply

    def _sampling(self, body: Mapping[str, Any]) -> SamplingParams:
        """How a reply is sampled."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        own = {RENAMED.get(k, k): v for k, v in body.items() if k not in READ_APART}
        if "logit_bias" in own:  # JSON has no numbers for keys
            own["logit_bias"] = {int(token): bias for token, bias in own["logit_bias"].items()}
        constraint = body.get("structured_outputs")
        if (form := body.get("response_format")) is not None:
            constraint = {"json": form["json_schema"]["schema"]}
        try:
            return SamplingParams(
                **(self._defaults | own),
                output_kind=RequestOutputKind.FINAL_ONLY,
                structured_outputs=StructuredOutputsParams(**constraint) if constraint else None,
            )
        except (TypeError, ValueError) as error:
            raise BadRequest(f"vLLM does not take this: {error}") from error

    async def generate(self, prompt: Sequence[int], how: SamplingParams) -> RequestOutput:
        """What the engine makes of a prompt's tokens.

        Raises:
            ProviderError: nothing.
        """
        from vllm.exceptions import VLLMClientError
        from vllm.inputs import tokens_input
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        assert self._engine is not None
        last = None
        try:
            async for output in self._engine.generate(
                tokens_input(list(prompt)), how, f"folkbench-{next(self._numbers)}"
            ):
                last = output
        except EngineDeadError as error:
            raise Fatal(f"the vLLM engine has ended: {error}") from error
        except EngineGenerateError as error:
            raise Transient(f"vLLM: {error.__cause__ or error}") from error
        except (VLLMClientError, ValueError) as error:
            raise failure(400, {}, str(error).encode(), "vLLM") from error
        if last is None:
            raise Transient("vLLM gave nothing")
        return last

    async def close(self) -> None:
        """End the engine."""
        with suppress(ProviderError):
            await self._starting
        if self._engine is not None:
            if self._engine.output_handler is not None:  # or it cries that the engine is gone
                self._engine.output_handler.cancel()
            await asyncio.to_thread(self._engine.shutdown)
        if self._warden is not None:
            assert self._warden.stdin is not None
            self._warden.stdin.close()
            await asyncio.to_thread(self._warden.wait)


class EngineTokens:
    """An engine's model as it deals in tokens."""

    def __init__(self, client: VLLMEngine, engine: AsyncLLM) -> None:
        self._client = client
        self._engine = engine
        self._tokenizer = engine.get_tokenizer()
        told = engine.model_config.try_get_generation_config().get("eos_token_id")
        stops = told if isinstance(told, list) else [told]
        self.stops: Collection[int] | None = {
            stop for stop in (*stops, self._tokenizer.eos_token_id) if stop is not None
        }

    async def chat(self, messages: Chat, template: Mapping[str, Any], *, open_: str) -> list[int]:
        """A conversation as the chat template writes it."""
        return chat_tokens(self._engine, messages, template, open_=open_)

    async def tokens(self, text: str) -> list[int]:
        """A text, with nothing put before it."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    async def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones included."""
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=False)
        return text

    async def eos(self) -> int:
        """The end-of-sequence token."""
        eos = self._tokenizer.eos_token_id
        if eos is None:
            raise Fatal("the tokenizer has no token that ends a text")
        return int(eos)

    async def next(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        """The log-probabilities, after each prompt, of the tokens wanted there."""
        asked = [
            (i, sorted(some)[start : start + MOST_ASKED])
            for i, some in enumerate(wanted)
            for start in range(0, len(some), MOST_ASKED)
        ]
        outputs = await asyncio.gather(
            *(self._client.generate(prompts[i], _asking(tokens)) for i, tokens in asked)
        )
        found: list[dict[int, float]] = [{} for _ in prompts]
        for (i, tokens), output in zip(asked, outputs, strict=True):
            told = output.outputs[0].logprobs[0]
            found[i] |= {token: float(told[token].logprob) for token in tokens}
        usage = Usage(
            input=sum(len(output.prompt_token_ids or ()) for output in outputs),
            output=len(outputs),
            cached=sum(output.num_cached_tokens or 0 for output in outputs),
        )
        edges = [{str(k): None if v == -math.inf else v for k, v in f.items()} for f in found]
        return Next(found, usage, {"next": edges}, self._client.model)


def _asking(tokens: list[int]) -> SamplingParams:
    """One token more, and the log-probabilities of some."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        max_tokens=1,
        temperature=0,
        logprob_token_ids=tokens,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def chat_tokens(
    engine: AsyncLLM, messages: Chat, template: Mapping[str, Any], *, open_: str
) -> list[int]:
    """A conversation as the chat template writes it; see `vllm_scores.Tokens.chat`."""
    tokens = engine.get_tokenizer().apply_chat_template(
        [dict(message) for message in messages],
        tokenize=True,
        return_dict=False,
        add_generation_prompt=open_ == "turn",
        continue_final_message=open_ == "words",
        **template,
    )
    return list(tokens)


def _as_answer(output: RequestOutput, model: str) -> dict[str, Any]:
    """What the engine made, in the form of Chat Completions."""
    (made,) = output.outputs
    n_read, n_written = len(output.prompt_token_ids or ()), len(made.token_ids)
    return {
        "id": output.request_id,
        "model": model,
        "choices": [{"message": {"content": made.text}, "finish_reason": made.finish_reason}],
        "usage": {
            "prompt_tokens": n_read,
            "completion_tokens": n_written,
            "total_tokens": n_read + n_written,
            "prompt_tokens_details": {"cached_tokens": output.num_cached_tokens},
        },
    }


def _watched() -> subprocess.Popen[bytes]:
    """A warden over the engine's processes, should this one be killed."""
    pids = [str(child.pid) for child in multiprocessing.active_children()]
    return subprocess.Popen(  # noqa: S603 - a script of our own
        warden("watch", *pids), stdin=subprocess.PIPE, start_new_session=True
    )
