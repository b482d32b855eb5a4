"""Models in this process, by torch and transformers, on the CPU or a GPU."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from harness import UsageError, did_you_mean, is_number, is_whole, one_of, shorten
from harness.agents.transformers_weights import Checkpoint
from harness.models import Client, Model, Reply, Request

if TYPE_CHECKING:
    from harness.agents.transformers_engine import Engine

__all__ = ["Transformers", "TransformersClient"]

DTYPES = ("auto", "float32", "bfloat16", "float16")

EXTRA: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "chat_template_kwargs": ("a dictionary by names", lambda v: isinstance(v, dict)),
    "min_p": ("a number from 0 to 1", lambda v: is_number(v) and 0 <= v <= 1),
    "repetition_penalty": ("a number above 0", lambda v: is_number(v) and v > 0),
    "top_k": ("a whole number, 0 for all tokens", lambda v: is_whole(v, 0)),
}
"""Further parameters: what each must be, and whether a value is."""


@dataclass(frozen=True, kw_only=True)
class Transformers(Model):
    """A checkpoint of `transformers` in this process: `transformers/FOLDER`, or a name on the Hub.

    Models that agree in all parameters below share one copy of the weights, one batch and one
    prefix cache. Requests that arrive together are batched, and later ones join; a seeded reply
    does not depend on its company. Temperature and `top_p` that are not set are those of the
    checkpoint's own generation configuration, and 1 where it has none. Recurrent models and those
    with an encoder are not supported.

    `thinking` is the most tokens of thinking, after which the thought is closed, 0 for none, or a
    word that the chat template takes as `reasoning_effort`. `extra` takes `top_k`, `min_p`,
    `repetition_penalty`, and `chat_template_kwargs`, a dictionary of the template's variables.
    `elicit='choice'` needs xgrammar. Needs `pip install 'folkbench[transformers]'`.

    Args:
        device: `auto` for a GPU if there is one, `cpu`, `cuda`, or `cuda:N`.
        dtype: of weights and arithmetic; `auto` for the checkpoint's own.
        revision: branch, tag or commit on the Hub; '' for its main branch.
        trust_remote_code: whether code that comes with the checkpoint may run.
        max_batch: most replies written at once.
        prefix_cache_tokens: most tokens of earlier conversations that are kept read; 0 for none.
        threads: torch's threads on the CPU; 0 leaves them as they are.
    """

    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    revision: str = ""
    trust_remote_code: bool = False
    max_batch: int = 64
    prefix_cache_tokens: int = 65536
    threads: int = 0

    name = "transformers"
    elicits = frozenset({"json", "text", "choice", "logits"})
    takes_seed = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.device, str) or not re.fullmatch(
            r"auto|cpu|cuda(:\d+)?", self.device
        ):
            self._refuse("device", "auto, cpu, cuda or cuda:N")
        if self.dtype not in DTYPES:
            self._refuse("dtype", one_of(DTYPES))
        if not isinstance(self.revision, str):
            self._refuse("revision", "a branch, tag or commit")
        if not isinstance(self.trust_remote_code, bool):
            self._refuse("trust_remote_code", "True or False")
        for name, least in (("max_batch", 1), ("prefix_cache_tokens", 0), ("threads", 0)):
            if not is_whole(getattr(self, name), least):
                self._refuse(name, f"a whole number, {least} or more")
        self._check_extra()
        if self.elicit == "choice" and importlib.util.find_spec("xgrammar") is None:
            self._refuse(
                "elicit", "json, text or logits, or xgrammar installed: pip install xgrammar"
            )

    def _refuse(self, name: str, must: str) -> None:
        value = shorten(getattr(self, name))
        raise UsageError(f"{self.name}/{self.model}: {name} is {value}; it must be {must}")

    def _check_extra(self) -> None:
        """See that every further parameter is known, and within its range."""
        whose = f"{self.name}/{self.model}: extra"
        for name, value in self.extra.items():
            if name not in EXTRA:
                raise UsageError(f"{whose} has no {name!r}{did_you_mean(name, EXTRA)}")
            must, fits = EXTRA[name]
            if not fits(value):
                raise UsageError(f"{whose}: {name} is {shorten(value)}; it must be {must}")

    @property
    def checkpoint(self) -> Checkpoint:
        """Which weights, and how they are to be held."""
        return Checkpoint(
            self.model, self.revision, self.device, self.dtype, self.trust_remote_code
        )

    @property
    def connection(self) -> Hashable:
        """The weights, and how they are run."""
        return self.name, self.checkpoint, self.max_batch, self.prefix_cache_tokens, self.threads

    def connect(self) -> Client:
        """A client whose weights are being loaded, in a thread of its own.

        Raises:
            Fatal: torch or transformers is not installed.
            UnknownModel: there is no such folder, or no checkpoint in it.
        """
        self.checkpoint.check()
        from harness.agents.transformers_engine import Engine

        engine = Engine(self.checkpoint, self.max_batch, self.threads, self.prefix_cache_tokens)
        return TransformersClient(engine)

    def body(self, request: Request) -> dict[str, Any]:
        """The conversation, and how the reply is written or which replies are scored."""
        messages = [{"role": m.role, "content": m.text} for m in request.messages]
        body: dict[str, Any] = {"model": self.model, "dtype": self.dtype, "messages": messages}
        if self.revision:
            body["revision"] = self.revision
        if "chat_template_kwargs" in self.extra:
            body["chat_template_kwargs"] = self.extra["chat_template_kwargs"]
        if self.thinking is not None:
            body["thinking"] = self.thinking
        if request.scored:
            return body | {"scored": list(request.scored)}
        body["max_tokens"] = request.max_tokens or self.max_tokens
        told: dict[str, Any] = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": request.seed,
        }
        told |= {"grammar": request.grammar}
        body |= {name: value for name, value in told.items() if value is not None}
        return body | dict(self.extra)


class TransformersClient(Client):
    """What leads to an engine in this process.

    Attributes:
        engine: the model and the thread that runs it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def ready(self) -> None:
        """Wait until the weights are loaded.

        Raises:
            ProviderError: they cannot be.
        """
        await self.engine.ready()

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """The reply to what `Transformers.body` made.

        Raises:
            BadRequest: the chat template takes no such conversation.
            ContextOverflow: it leaves no room for a reply.
            Fatal: the model cannot be loaded.
            Transient: there was not enough memory.
        """
        return await self.engine.send(body)

    async def close(self) -> None:
        """Stop, and let go of the weights."""
        await self.engine.close()
