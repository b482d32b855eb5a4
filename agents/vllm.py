"""Models by vLLM: a server, running already or started for the run, or an engine in process."""

from __future__ import annotations

import os
import sys
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness import UsageError
from harness.agents.chat import chat_messages, chat_schema
from harness.agents.schemas import LENGTHS, without
from harness.agents.settings import check_url, key_in, refuse_doubles, sampling
from harness.agents.vllm_constraints import constraint
from harness.models import Client, Model, Request, UnknownModel

__all__ = ["VLLM"]

KEY = "VLLM_API_KEY"
URL = "VLLM_BASE_URL"
PYTHON = "VLLM_PYTHON"

OURS = {"max_completion_tokens", "max_tokens", "messages", "model", "n", "reasoning_effort"} | {
    "response_format",
    "scored",
    "seed",
    "stream",
    "structured_outputs",
    "temperature",
    "thinking_token_budget",
    "top_p",
}
"""Fields of what is sent that parameters of ours stand for."""


@dataclass(frozen=True, kw_only=True)
class VLLM(Model):
    """A model by vLLM.

    With neither `base_url` nor VLLM_BASE_URL a server is started for the run and ended with it;
    agents with the same model and arguments share it. A server's key is read from VLLM_API_KEY.

    `choice` and `logits` work on any server, as long as it is vLLM: others ignore the fields that
    they rest on without a word. Replies are read as strictly all the same. A server whose model
    thinks first should be started with `--reasoning-parser`, or the thinking is constrained as
    well; `thinking` is a number of tokens (which such a server counts) or a word for the effort.
    `extra` goes into every request, such as `{"top_k": 20}`.

    Args:
        mode: `server`, or `process` for an engine in this process, which needs vLLM installed in
            the environment that `folk` runs in, and knows nothing of thinking.
        base_url: the address of a running server, such as `http://127.0.0.1:8000/v1`.
        server_args: further arguments of the server or engine that is started, as on vLLM's own
            command line, such as `("--max-model-len", "8192")`.
        python: the interpreter whose environment has vLLM, if it is another; '' for VLLM_PYTHON,
            and without it the one that runs `folk`.
        log_dir: where a started server's log goes; '' for a folder among the temporary ones.
        start_timeout_s: seconds that a server may take to start.
    """

    mode: Literal["server", "process"] = "server"
    base_url: str = ""
    server_args: tuple[str, ...] = ()
    python: str = ""
    log_dir: str = ""
    start_timeout_s: float = 600.0

    name = "vllm"
    key_from = (KEY, "a server started with --api-key")
    server_from = (URL, "/v1/models")
    elicits = frozenset({"json", "text", "choice", "logits"})
    enforces_schema = True
    takes_seed = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode not in ("server", "process"):
            raise UsageError(f"{self.name}: mode is {self.mode!r}; it must be server or process")
        arguments = self.server_args
        if not isinstance(arguments, list | tuple) or not all(
            isinstance(argument, str) for argument in arguments
        ):
            raise UsageError(f"{self.name}: server_args must be a list of texts")
        object.__setattr__(self, "server_args", tuple(arguments))
        for name in ("python", "log_dir", "base_url"):
            if not isinstance(getattr(self, name), str):
                raise UsageError(f"{self.name}: {name} must be a text")
        started = self.server_args or self.python or self.log_dir or self.mode == "process"
        if not self.base_url and not started:
            object.__setattr__(self, "base_url", os.environ.get(URL, ""))
        if self.base_url:
            check_url(self.base_url, self.name)
            if started:
                raise UsageError(
                    f"{self.name}: base_url names a server that runs already; mode, server_args,"
                    " python and log_dir are for one that is started"
                )
        if not isinstance(self.start_timeout_s, int | float) or not 0 < self.start_timeout_s < 1e6:
            raise UsageError(f"{self.name}: start_timeout_s must be a number of seconds above 0")
        if self.mode == "process" and self.thinking is not None:
            raise UsageError(f"{self.name}: thinking needs mode='server', whose parsers know it")
        refuse_doubles(self, OURS)

    @property
    def connection(self) -> Hashable:
        """The server that runs, or all that one is started with."""
        if self.base_url:
            return self.name, self.base_url
        return self.name, self.mode, self.model, self.server_args, self._python, self.log_dir

    @property
    def _python(self) -> str:
        return self.python or os.environ.get(PYTHON) or sys.executable

    def connect(self) -> Client:
        """Connections to the server; where there is none, it is being started.

        Raises:
            UnknownModel: what is to be started is a path that leads nowhere.
            Fatal: it cannot be started.
        """
        if not self.base_url and self.model[0] in "/.~" and not Path(self.model).exists():
            raise UnknownModel(f"{self.name}: there is no folder {self.model}")
        if self.mode == "process":
            from harness.agents.vllm_engine import VLLMEngine

            return VLLMEngine(self.model, self.server_args)
        from harness.agents.vllm_client import VLLMClient
        from harness.agents.vllm_server import VLLMServer

        key = key_in(KEY)
        if self.base_url:
            return VLLMClient(self.base_url.rstrip("/").removesuffix("/v1"), self.model, key)
        python = str(Path(self._python).expanduser())
        server = VLLMServer(self.model, python, self.server_args, self.log_dir, key)
        return VLLMClient(server.url, self.model, key, server, self.start_timeout_s)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request; for scores, what the requests for them are made from."""
        body: dict[str, Any] = {"model": self.model, "messages": chat_messages(request)}
        if request.scored:
            template = {k: v for k, v in self.extra.items() if k == "chat_template_kwargs"}
            return body | {"scored": list(request.scored)} | template
        body["max_completion_tokens"] = request.max_tokens or self.max_tokens
        body |= sampling(self, request)
        if request.schema is not None:
            body["response_format"] = chat_schema(without(request.schema, LENGTHS))
        if request.grammar is not None:
            body["structured_outputs"] = constraint(request.grammar)
        if self.thinking is not None:
            counted = isinstance(self.thinking, int)
            body["thinking_token_budget" if counted else "reasoning_effort"] = self.thinking
        return body | dict(self.extra)

    def notices(self) -> list[str]:
        """What the user should know before anything is sent."""
        told = super().notices()
        if self.mode == "server" and not self.base_url:
            where = self.log_dir or "a folder folkbench-vllm-… among the temporary ones"
            told.append(
                f"{self.name}/{self.model}: a server is started for this run, which can take"
                f" minutes; its log is in {where}"
            )
        if isinstance(self.thinking, int):
            told.append(
                f"{self.name}/{self.model}: only a server with --reasoning-parser counts the tokens"
                " of thinking; others refuse such requests"
            )
        return told
