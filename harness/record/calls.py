"""The log of calls, `calls.jsonl`, as it is read; what its lines hold: `harness.models.entry`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.check import is_number, is_whole
from harness.columns import CALL_COLUMNS
from harness.record.folder import located_lines
from harness.record.kind import Kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALLS", "calls_table", "located_calls", "read_calls"]

CALLS = "calls.jsonl"

CALL_KEYS = {"match", "player", "call", "agent", "kept", "request", "attempts", "reply"}

USAGE = {"input", "output", "cached", "written", "thinking"}
FINISHES = {"stop", "length", "refusal", "other"}


def _call_checks(told: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Check the line of a call."""
    match, player, reply, attempts = (told[k] for k in ("match", "player", "reply", "attempts"))
    yield "match", match is None or type(match) is str
    yield "player", player is None if match is None else is_whole(player, 0)
    yield "call", is_whole(told["call"], 0) and (match is not None) == (told["call"] > 0)
    yield "agent", type(told["agent"]) is str
    yield "kept", is_whole(told["kept"], 0)
    yield "request", type(told["request"]) is dict
    yield "attempts", type(attempts) is list and all(_is_attempt(each) for each in attempts)
    yield "error", type(told.get("error", {})) is dict
    if reply is not None:
        yield "attempts", bool(attempts) or told.get("cached", False) is True
        yield from _reply_checks(told, reply)


def _reply_checks(told: Mapping[str, Any], reply: Any) -> Iterator[tuple[str, bool]]:
    """Check the line of a call that was replied to."""
    yield "reply", type(reply) is dict and type(reply.get("text")) is str
    yield "reply", type(reply.get("finish")) is str and reply["finish"] in FINISHES
    yield "reply", type(reply.get("thinking", "")) is str
    scores = reply.get("scores", [])
    yield "reply", type(scores) is list
    yield "reply", all(score is None or is_number(score) for score in scores)
    usage: Any = told.get("usage")
    yield "usage", type(usage) is dict and usage.keys() <= USAGE
    yield "usage", all(is_whole(n, 0) for n in usage.values())
    yield "usd", "usd" in told and (told["usd"] is None or is_number(told["usd"]))
    for key in ("model", "fingerprint", "request_id"):
        yield key, type(told.get(key, "")) is str


def _is_attempt(told: Any) -> bool:
    """Whether something tells how long an attempt took."""
    return type(told) is dict and is_number(told.get("s"))


CALL = Kind("call", CALL_KEYS, _call_checks)


def read_calls(folder: Path) -> Iterator[dict[str, Any]]:
    """The calls of a run, one by one, as they are logged; none if the run asked no model.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is not valid JSON; the message gives its number.
    """
    return (call for *_, call in located_calls(folder))


def located_calls(folder: Path) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """The calls as `read_calls` gives them, each with its line, its first byte and its length."""
    path = folder / CALLS
    return located_lines(path, CALL) if path.exists() else iter(())


def calls_table(folder: Path) -> pd.DataFrame:
    """One row per call of a model, in the order of the log.

    Columns: `match`, `player`, `call` (which of the player's, from 1; 0 for the word that a model
    is asked for before matches begin, which has no match), `agent`, `model` (as the provider names
    it), `finish`, `error` (why there was no reply), `attempts`, `seconds` (of the last attempt),
    tokens (`input`, of which `cached` were read from and `written` to the provider's cache;
    `output`, of which `thinking`), `usd` (NaN where not known), and `from_cache` (a reply of an
    earlier run, which cost nothing this time).

    Raises:
        RecordError: the log cannot be read.
    """
    import pandas as pd

    table = pd.DataFrame([_row(call) for call in read_calls(folder)], columns=CALL_COLUMNS)
    whole = ("player", "input", "output", "cached", "written", "thinking")
    return table.astype({**dict.fromkeys(whole, "Int64"), "usd": float, "seconds": float})


def _row(call: dict[str, Any]) -> dict[str, Any]:
    """A call as the table holds it."""
    attempts = call["attempts"]
    return {
        **{key: call.get(key) for key in ("match", "player", "call", "agent", "model", "usd")},
        **call.get("usage", {}),
        "finish": (call["reply"] or {}).get("finish"),
        "error": call.get("error", {}).get("error"),
        "attempts": len(attempts),
        "seconds": attempts[-1]["s"] if attempts else None,
        "from_cache": call.get("cached", False),
    }
