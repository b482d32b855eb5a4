"""The log of calls, `calls.jsonl`, as it is read; what its lines hold: `harness.models.entry`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.columns import CALL_COLUMNS
from harness.record.folder import located_lines

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALLS", "calls_table", "located_calls", "read_calls"]

CALLS = "calls.jsonl"

CALL_KEYS = {"match", "player", "call", "agent", "kept", "request", "attempts", "reply"}


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
    return located_lines(path, CALL_KEYS, "call") if path.exists() else iter(())


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
