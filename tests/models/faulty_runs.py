"""Whole runs of the command against a provider that fails by a script."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.models.faulty import Faulty, Script, Seen, faulty

__all__ = ["CANARY", "WAYS", "Ran", "check_paid", "errors", "named", "outcomes", "play", "server"]

CANARY = "sk-canary-0123456789abcdef"

WAYS = {
    "chat": "openai/{model}(base_url='{url}/v1')",
    "responses": "openai/{model}(api='responses',base_url='{url}/v1')",
    "messages": "anthropic/{model}(base_url='{url}')",
    "bare": "compatible/{model}(base_url='{url}/v1',key_env='FAULTY_API_KEY')",
}
"""The ways to a server: both SDKs, all wire formats, and ours without an SDK."""


@pytest.fixture(scope="module")
def server() -> Iterator[Faulty]:
    """A server, and the same key for all who call it."""
    import anthropic  # noqa: F401 - now, so that no deadline runs meanwhile
    import httpx2  # noqa: F401
    import openai  # noqa: F401

    with pytest.MonkeyPatch.context() as patch, faulty() as started:
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "FAULTY_API_KEY"):
            patch.setenv(name, CANARY)
        yield started


@dataclass(eq=False)
class Ran:
    """A run of the command, what it printed and logged by model, and what the server saw of it."""

    code: int
    out: str
    err: str
    seconds: float
    folder: Path
    seen: list[Seen]
    matches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tallies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for match in _lines(self.folder / "matches.jsonl"):
            self.matches.setdefault(_model(match["agents"][1]), []).append(match)
        for call in _lines(self.folder / "calls.jsonl"):
            self.calls.setdefault(_model(call["agent"]), []).append(call)
        if self.matches:
            told = json.loads(self.out)["calls"]
            self.tallies = {_model(spec): tally for spec, tally in told.items()}

    def of(self, model: str) -> list[Seen]:
        """What the server saw of one model."""
        return [one for one in self.seen if one.model == model]

    def match(self, model: str) -> dict[str, Any]:
        """The only match of a model."""
        (match,) = self.matches[model]
        return match

    def first_move(self, model: str) -> dict[str, Any]:
        """The call for the first move in the only match of a model."""
        (call,) = (c for c in self.calls[model] if c["match"] is not None and c["call"] == 1)
        return call


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def _model(spec: str) -> str:
    return spec.partition("/")[2].partition("(")[0]


def named(way: str, fault: str) -> str:
    return f"{way}-{fault}".replace(" ", "_")


def play(
    server: Faulty,
    folder: Path,
    scripts: Mapping[str, Script],
    *flags: str,
    game: str = "prisoners_dilemma(rounds=2)",
) -> Ran:
    """Tit for tat against each of these models, as `way-fault` names them."""
    before = len(server.requests())
    server.scripts(scripts)
    agents = [
        WAYS[model.partition("-")[0]].format(model=model, url=server.url) for model in scripts
    ]
    command = ["folk", "run", game, "--agents", ",".join(["tit_for_tat", *agents]), "--json"]
    command += ["--schedule", "versus", "--no-swap", "--out", str(folder), *flags]
    out, err, begun = io.StringIO(), io.StringIO(), time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", command)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main()
    assert isinstance(end.value.code, int)
    seconds = time.monotonic() - begun
    seen = server.requests()[before:]
    return Ran(end.value.code, out.getvalue(), err.getvalue(), seconds, folder, seen)


def errors(call: Mapping[str, Any]) -> list[str | None]:
    """What went wrong with each attempt at a call."""
    return [attempt.get("error") for attempt in call["attempts"]]


def outcomes(match: Mapping[str, Any]) -> list[str]:
    """What became of the answers that were no moves."""
    return [problem["outcome"] for problem in match.get("problems", [])]


def check_paid(ran: Ran, model: str) -> None:
    """Check that every reply that arrived is logged and counted once, and no other."""
    served = {s.request_id: tuple(s.usage) for s in ran.of(model) if s.end == "reply"}
    replied = [call for call in ran.calls[model] if call["reply"] is not None]
    used = [(call["usage"]["input"], call["usage"]["output"]) for call in replied]
    ids = [call["request_id"] for call in replied]
    assert dict(zip(ids, used, strict=True)) == served, model
    tally = ran.tallies[model]
    assert tally["calls"] == len(replied) == len(served), model
    assert tally["input_tokens"] == sum(read for read, _ in served.values()), model
    assert tally["output_tokens"] == sum(wrote for _, wrote in served.values()), model
