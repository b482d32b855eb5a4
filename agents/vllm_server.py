"""A vLLM server that is started here, and ended with whoever started it.

The server runs in a session of its own under a warden (`vllm_warden`), which ends it, and all that
it started, when this process is gone: also where it is killed at once.

On a CPU (a build of vLLM for it is needed) a server falls into some traps, which its arguments
avoid; none is put in by itself:

- A seed and a prompt that is read in several steps crash its engine: `--no-enable-chunked-prefill`.
- `--dtype float32`, or weights of 32 bits are rounded to 16 and scores differ in the third digit.
- `--enforce-eager`, or it compiles for half a minute, for which it needs a C++ compiler. All the
  same it compiles something at the first call for log-probabilities, unless the environment has
  TORCHDYNAMO_DISABLE=1.
- It takes 4 GB for its cache of prompts, unless VLLM_CPU_KVCACHE_SPACE is set to fewer; prompts of
  less than 128 tokens are never cached.
- Models that have learnt nothing, as tests use, fill JSON with endless blanks, unless it has
  `--structured-outputs-config {"backend":"xgrammar","disable_any_whitespace":true}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.models import Fatal, ProviderError, Transient

if TYPE_CHECKING:
    from harness.agents.http import HTTPClient

__all__ = ["VLLMServer", "alive", "warden"]

WARDEN = Path(__file__).with_name("vllm_warden.py")
GRACE_S = 15.0
"""Seconds between asking a server to end and killing it."""

OPTIONS = (
    "--enable-prompt-tokens-details",  # the tokens read from the cache are told
    "--enable-tokenizer-info-endpoint",  # the token that ends a text is told
    "--disable-uvicorn-access-log",
)

LOOK_EVERY_S = 0.25
PROBE_S = 60.0
STOP_S = 40.0
"""Seconds after which the warden should have ended a server, by force if need be."""

CAUSE = re.compile(r"\b\w*(?:Error|Exception)\b: |\berror: ")
PREFIX = re.compile(r"^\(\w+ pid=\d+\) (?:ERROR \S+ \S+ \[\S+\] ?)?")
IDLE = re.compile(r" (?:INFO|WARNING|DEBUG) |^\s*$|^\s+File |^\s*\^+\s*$|^Traceback ")


class VLLMServer:
    """A server of our own.

    Args:
        model: what it serves: a folder or a name; also the name that it serves it by.
        python: the interpreter of the environment that has vLLM.
        arguments: further arguments of the server.
        log_dir: where its log is to be; '' for a folder of its own among the temporary ones.
        key: what it lets nobody in without, if anything.

    Attributes:
        url: its address, without a path.
        log: what it writes.
        pid: its process, which leads a group of all its processes.
    """

    def __init__(
        self, model: str, python: str, arguments: tuple[str, ...], log_dir: str, key: str = ""
    ) -> None:
        port = _free_port()
        folder = Path(log_dir) if log_dir else Path(tempfile.mkdtemp(prefix="folkbench-vllm-"))
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"vllm-{port}.log"
        self.model = model
        self.python = python
        self._told = [
            *("--model", model, "--served-model-name", model, "--host", "127.0.0.1"),
            *("--port", str(port), *OPTIONS, *arguments),
        ]
        self._environment = _environment(model, python, key)
        self._warden: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def start(self) -> None:
        """Begin to start the server.

        Raises:
            Fatal: it cannot be started at all.
        """
        command = [self.python, "-m", "vllm.entrypoints.openai.api_server", *self._told]
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                self._warden = subprocess.Popen(  # noqa: S603 - what the user's run asks for
                    warden("run", *command),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )
        except OSError as error:
            raise Fatal(f"vLLM cannot be started, its log being {self.log}: {error}") from error
        assert self._warden.stdout is not None
        with self._warden.stdout as told:
            self.pid = int(told.readline() or 0)

    @property
    def ended(self) -> bool:
        """Whether the server has been started and has ended."""
        return self._warden is not None and self._warden.poll() is not None

    async def ready(self, http: HTTPClient, deadline_s: float) -> None:
        """Wait until the server generates.

        Args:
            http: a client of this server.
            deadline_s: seconds after which it is given up.

        Raises:
            Fatal: it ended, or has not begun to generate in time.
        """
        deadline = time.monotonic() + deadline_s
        while not await _healthy(http):
            if self.ended:
                raise self.failure("ended before it was ready")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready within {deadline_s:g} s")
            await asyncio.sleep(LOOK_EVERY_S)
        if not await alive(http, self.model, max(PROBE_S, deadline - time.monotonic())):
            raise self.failure("says that it is well, but generates nothing")

    def failure(self, what: str) -> Fatal:
        """The error that the server did this, with the end of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        if f"{self.python}: Error while finding module" in text or "No module named 'vllm'" in text:
            return Fatal(
                f"{self.python} has no vLLM: pip install folkbench[vllm], or set VLLM_PYTHON to the"
                " interpreter of an environment that has it"
            )
        told = "\n  ".join(line[:400] for line in _causes(text)) or "nothing"
        return Fatal(f"the vLLM server for {self.model} {what}; {self.log} says:\n  {told}")

    async def stop(self) -> None:
        """End the server: ask it to, and after a while by force."""
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """The same, waiting for it."""
        if self._warden is None:
            return
        assert self._warden.stdin is not None
        self._warden.stdin.close()
        try:
            self._warden.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._warden.kill()
            self._warden.wait()
            if self.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)


def warden(*arguments: str) -> list[str]:
    """The command that starts a warden."""
    return [sys.executable, "-I", str(WARDEN), f"{GRACE_S:g}", *arguments]


async def alive(http: HTTPClient, model: str, timeout_s: float) -> bool:
    """Whether a server generates a token in time.

    Its own word for its health says nothing: one whose engine hangs says that it is well.
    """
    body = {"model": model, "prompt": "a", "max_tokens": 1, "temperature": 0}
    try:
        async with asyncio.timeout(timeout_s):
            status, _, _ = await http.post("/v1/completions", body)
    except (ProviderError, TimeoutError):
        return False
    return status == 200


async def _healthy(http: HTTPClient) -> bool:
    """Whether a server says that it is well."""
    try:
        async with asyncio.timeout(5):
            status, _, _ = await http.exchange("GET", "/health")
    except (Transient, TimeoutError):
        return False
    return status == 200


def _causes(log: str) -> list[str]:
    """The lines of a log that say why something failed; its last ones where none does."""
    lines = [PREFIX.sub("", line) for line in log.splitlines() if not IDLE.search(line)]
    lines = [line.strip() for line in lines if not IDLE.search(line)]
    causes = [i for i, line in enumerate(lines) if CAUSE.search(line)]
    if not causes:
        return lines[-8:]
    first, last = causes[0], causes[-1]
    return lines[first : first + 3] + lines[last : last + 2][: max(0, last - first - 2)]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _environment(model: str, python: str, key: str) -> dict[str, str]:
    """The server's environment: ours, with its interpreter's programs first, and less talkative."""
    programs = str(Path(python).parent)
    inherited = {k: v for k, v in os.environ.items() if k not in ("VLLM_BASE_URL", "VLLM_PYTHON")}
    told = {
        **inherited,
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", ""))),
        "PYTHONSAFEPATH": "1",  # what lies in the current folder is nothing to import
        "VLLM_NO_USAGE_STATS": "1",
    }
    if key:
        told["VLLM_API_KEY"] = key
    if Path(model).is_dir():
        told |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return told
