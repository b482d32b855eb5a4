from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.columns import CALL_COLUMNS
from harness.errors import RecordError
from harness.models import Finish, ProviderError, Reply, Usage
from harness.models.entry import MOST_RAW, Served, Site, cached_reply, call_entry, kept_reply
from harness.record.calls import CALLS, FINISHES, USAGE, calls_table, read_calls
from harness.record.synced import SyncedLog

WHOLE = Reply("J", usage=Usage(12, 3, cached=8), model="tiny-1", raw=b'{"a":1}')


def line(reply: Reply | None = WHOLE, **given: Any) -> bytes:
    served = Served(Site("m1", 0, "mock/x"), 1, {"messages": []}, **given)
    served.attempts = served.attempts or [{"attempt": 1, "s": 0.25}]
    return call_entry(served, ("messages", 0), reply, 0.5)


async def test_lines_that_arrive_together_are_synced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    first, fsync = threading.Event(), os.fsync

    def slowly(handle: int) -> None:
        first.wait(5)
        syncs.append(handle)
        fsync(handle)

    log = SyncedLog(tmp_path / CALLS)
    monkeypatch.setattr(os, "fsync", slowly)
    futures = [log.append(line()) for _ in range(100)]
    first.set()
    await asyncio.gather(*futures)
    await log.close()
    assert len(list(read_calls(tmp_path))) == 100
    assert len(syncs) < 20


async def test_a_log_is_gone_on_with_and_never_written_over(tmp_path: Path) -> None:
    for _ in range(2):
        log = SyncedLog(tmp_path / CALLS)
        await log.append(line())
        await log.close()
    assert len(list(read_calls(tmp_path))) == 2


def test_a_torn_last_line_is_left_out_and_any_other_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(line() + line()[:-10])
    assert len(list(read_calls(tmp_path))) == 1
    path.write_bytes(line() + b"{}\n" + line())
    with pytest.raises(RecordError, match=r"calls.jsonl:2: not the line of a call"):
        list(read_calls(tmp_path))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("usage", None), ("usage", {"moon": 1}), ("usage", {"input": "1"}), ("usd", "0.5")],
        *[("attempts", None), ("attempts", []), ("attempts", [{}]), ("call", "1"), ("call", 0)],
        *[("player", None), ("match", None), ("reply", "J"), ("reply", {"text": "J"})],
        *[("reply", {"text": "J", "finish": "halt"}), ("request", []), ("kept", None)],
    ],
)
def test_a_line_with_a_value_that_no_call_has_is_named(
    tmp_path: Path, key: str, value: Any
) -> None:
    spoilt = json.dumps({**json.loads(line()), key: value}).encode() + b"\n"
    (tmp_path / CALLS).write_bytes(line() + spoilt)
    named = "player" if key == "match" else key
    with pytest.raises(RecordError, match=rf"calls\.jsonl:2: not the line of a call: {named} is"):
        list(read_calls(tmp_path))


def test_all_that_a_call_can_tell_is_known_to_whoever_reads_it() -> None:
    assert set(Finish) == FINISHES
    assert set(Usage._fields) == USAGE


def test_a_run_without_models_has_no_calls(tmp_path: Path) -> None:
    assert list(read_calls(tmp_path)) == []
    assert list(calls_table(tmp_path)) == CALL_COLUMNS


def test_the_table_has_a_row_for_every_call(tmp_path: Path) -> None:
    failed = line(None, failed=ProviderError("no"))
    (tmp_path / "calls.jsonl").write_bytes(line() + line(cached=True) + failed)
    table = calls_table(tmp_path)
    assert list(table) == CALL_COLUMNS
    assert table["input"].tolist()[:2] == [12, 12]
    assert table["cached"].tolist()[:2] == [8, 8]
    assert table["usd"].tolist()[:2] == [0.5, 0.0]
    assert table["from_cache"].tolist() == [False, True, False]
    assert table["error"].tolist()[2] == "ProviderError"
    assert pd.isna(table["output"][2])


@pytest.mark.parametrize(
    "text", ["plain", "grün", "\u2028\u0085", "😀", "\ud800", 'a "quote" \\', "\x1b[31m", "\x00"]
)
def test_a_line_is_one_line_of_ascii_whatever_a_model_says(text: str) -> None:
    raw: Any = None if "\ud800" in text else json.dumps({"t": text}, ensure_ascii=False).encode()
    written = line(Reply(text, thinking=text, raw=raw))
    assert written.isascii()
    assert written.count(b"\n") == 1
    read = json.loads(written)
    assert (read["reply"]["text"], read["reply"]["thinking"]) == (text, text)
    assert raw is None or read["raw"] == {"t": text}


def test_a_raw_reply_of_several_lines_is_kept_in_one() -> None:
    read = json.loads(line(Reply("J", raw=b'{\n "a": 1\n}')))
    assert read["raw"] == {"a": 1}


def test_of_a_raw_reply_that_is_far_too_long_the_head_and_a_hash_are_kept() -> None:
    raw = b'{"a": "' + b"x" * MOST_RAW + b'"}'
    read = json.loads(line(Reply("J", raw=raw)))
    assert read["raw"]["bytes"] == len(raw)
    assert len(read["raw"]["sha256"]) == 64
    assert raw.decode().startswith(read["raw"]["head"])


def test_a_score_of_nothing_is_null(tmp_path: Path) -> None:
    read = json.loads(line(Reply(scores=(-0.5, float("-inf")))))
    assert read["reply"]["scores"] == [-0.5, None]


def test_a_cache_gives_back_what_it_kept() -> None:
    for reply in (WHOLE, Reply(scores=(-0.5, float("-inf")), thinking="Hm.", fingerprint="f")):
        kept = kept_reply(reply)
        assert kept is not None
        back = cached_reply(json.loads(json.dumps(kept)))
        assert (back.text, back.scores, back.usage) == (reply.text, reply.scores, reply.usage)
        assert (back.thinking, back.fingerprint) == (reply.thinking, reply.fingerprint)


@pytest.mark.parametrize(
    "reply", [Reply(""), Reply("J", Finish.LENGTH), Reply("no", Finish.REFUSAL)]
)
def test_what_is_no_whole_reply_is_not_kept(reply: Reply) -> None:
    assert kept_reply(reply) is None
