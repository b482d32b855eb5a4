"""A call as one line of the log, in ASCII JSON: what `calls.jsonl` holds."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from harness.errors import ProviderError
from harness.models.request import Finish, Reply, Usage

__all__ = [
    "Served",
    "Site",
    "cached_reply",
    "call_entry",
    "kept_reply",
    "logged_reply",
    "without",
]

MOST_RAW = 1 << 18
"""Bytes of a provider's reply that are logged; of a longer one its head, length and hash."""

RAW_HEAD = 1 << 12

NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class Site(NamedTuple):
    """Who calls.

    Attributes:
        match: the match's identity; None before matches begin.
        player: the seat; None likewise.
        agent: the agent, as specified.
    """

    match: str | None
    player: int | None
    agent: str


@dataclass(slots=True)
class Served:
    """A call, and what became of it.

    Attributes:
        site: who called.
        number: which of the player's calls this is, from 1.
        body: what is sent.
        attempts: of each attempt its number in this run, its seconds, and what went wrong.
        cached: whether the reply is one of an earlier run.
        failed: why there is no reply.
    """

    site: Site
    number: int
    body: Mapping[str, Any] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    cached: bool = False
    failed: ProviderError | None = None

    def note(self, attempt: int, seconds: float, error: ProviderError | None = None) -> None:
        """Note an attempt."""
        told: dict[str, Any] = {"attempt": attempt, "s": round(seconds, 6)}
        if error is not None:
            told |= _error(error)
        self.attempts.append(told)


def _error(error: ProviderError) -> dict[str, Any]:
    """What is logged of an error."""
    told: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if error.status is not None:
        told["status"] = error.status
    if error.body:
        told["body"] = error.body
    if error.request_id:
        told["request_id"] = error.request_id
    return told


def call_entry(
    served: Served, conversation: tuple[str, int], reply: Reply | None, usd: float | None
) -> bytes:
    """The line of a call, with its newline.

    `conversation` is the key of the conversation in what was sent, and how many of its first
    entries were sent before. The keys of the line:

    - `match`, `player`, `call`: whose call, and which of the player's; null before matches begin.
    - `agent`: as specified.
    - `kept`: how many entries of the conversation, from the first, are left out of `request`: they
      were sent with the player's call before.
    - `request`: everything sent, verbatim, but for those messages.
    - `attempts`: each attempt's number, seconds, and error if there was one.
    - `reply`: `text`, `finish`, and `thinking` and `scores` where there are any; null for none.
    - `usage`: tokens; `usd`: what they cost, null where it is not known.
    - `model`, `fingerprint`, `request_id`: as the provider tells them.
    - `cached`: true for a reply of an earlier run, which cost nothing this time.
    - `raw`: the provider's reply, verbatim.
    - `error`: why there is no reply.
    """
    told: dict[str, Any] = {
        "match": served.site.match,
        "player": served.site.player,
        "call": served.number,
        "agent": served.site.agent,
        "kept": conversation[1],
        "request": without(served.body, *conversation),
        "attempts": served.attempts,
        "reply": None,
    }
    if reply is not None:
        told |= {
            "reply": _reply(reply),
            "usage": _usage(reply.usage),
            "usd": 0.0 if served.cached else usd,
            "model": reply.model,
        }
        if reply.fingerprint:
            told["fingerprint"] = reply.fingerprint
        if reply.request_id:
            told["request_id"] = reply.request_id
        if served.cached:
            told["cached"] = True
        if reply.raw is not None:
            told["raw"] = _raw(reply.raw)
    if served.failed is not None:
        told["error"] = _error(served.failed)
    return _encoded(told)


def without(body: Mapping[str, Any], key: str, kept: int) -> Mapping[str, Any]:
    """What was sent, without the first entries of the conversation."""
    return {**body, key: body[key][kept:]} if kept and key in body else body


def _reply(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"text": reply.text, "finish": reply.finish.value}
    if reply.thinking:
        told["thinking"] = reply.thinking
    if reply.scores is not None:  # JSON knows no infinity: null is a probability of 0
        told["scores"] = [None if s == -math.inf else s for s in reply.scores]
    return told


def _usage(usage: Usage) -> dict[str, int]:
    return {name: n for name, n in usage._asdict().items() if n is not None}


def _raw(raw: Any) -> Any:
    """A provider's reply as the log holds it."""
    if not isinstance(raw, bytes):
        return raw
    if len(raw) > MOST_RAW:
        head = raw[:RAW_HEAD].decode("utf-8", "replace")
        return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest(), "head": head}
    if raw.isascii() and b"\n" not in raw and b"\r" not in raw:
        return orjson.Fragment(raw)
    return orjson.loads(raw)


def _encoded(told: dict[str, Any]) -> bytes:
    """One line of ASCII."""
    try:
        line = orjson.dumps(told)
    except TypeError:  # unpaired surrogates, which only the standard library writes
        raw = told.get("raw")
        loaded = {"raw": json.loads(raw.contents)} if isinstance(raw, orjson.Fragment) else {}
        text = json.dumps(told | loaded, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii") + b"\n"
    if not line.isascii():  # such characters stand within JSON strings only
        line = NOT_ASCII.sub(_escaped, line.decode()).encode("ascii")
    return line + b"\n"


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def kept_reply(reply: Reply) -> dict[str, Any] | None:
    """A reply as a cache keeps it; None for one that was cut off, refused or empty."""
    if reply.finish is not Finish.STOP or not (reply.text.strip() or reply.scores):
        return None
    return {
        **_reply(reply),
        "usage": _usage(reply.usage),
        "model": reply.model,
        "fingerprint": reply.fingerprint,
        "request_id": reply.request_id,
    }


def cached_reply(kept: Mapping[str, Any]) -> Reply:
    """The reply that a cache kept."""
    scores = kept.get("scores")
    return Reply(
        text=kept["text"],
        finish=Finish(kept["finish"]),
        thinking=kept.get("thinking", ""),
        scores=None if scores is None else tuple(-math.inf if s is None else s for s in scores),
        usage=Usage(**kept["usage"]),
        model=kept["model"],
        fingerprint=kept["fingerprint"],
        request_id=kept["request_id"],
    )


def logged_reply(call: Mapping[str, Any]) -> Reply:
    """The reply that a line of the log holds, without its raw form; there must be one."""
    told = {name: call.get(name, "") for name in ("model", "fingerprint", "request_id")}
    return cached_reply({**call["reply"], "usage": call["usage"], **told})
