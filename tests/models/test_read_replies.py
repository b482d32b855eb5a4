"""Replies as models write them: each has the one right outcome."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness import Answer, Outcome
from harness.models.read import read_bare, read_json, read_line
from tests.models.spaces import SPACES

READERS: dict[str, Callable[..., Answer]] = {
    "json": read_json,
    "reasoned": partial(read_json, reasoning=True),
    "line": read_line,
    "bare": read_bare,
}
FILES = sorted(Path(__file__).parent.glob("replies*.toml"))
REPLIES: list[dict[str, Any]] = [
    {"outcome": "ok"} | reply | {"file": path.stem, "number": number}
    for path in FILES
    for number, reply in enumerate(tomllib.loads(path.read_text("utf-8"))["reply"], 1)
]


@pytest.mark.parametrize(
    "reply", REPLIES, ids=[f"{r['file']}-{r['number']}-{r['mode']}" for r in REPLIES]
)
def test_every_reply_is_read_as_what_it_says_or_not_at_all(reply: dict[str, Any]) -> None:
    answer = READERS[reply["mode"]](reply["text"], SPACES[reply["game"]])
    assert (answer.outcome, answer.action) == (reply["outcome"], reply.get("action"))
    assert type(answer.action) is type(reply.get("action"))
    assert answer.text == reply["text"]
    assert bool(answer.reason) is (answer.outcome is not Outcome.OK)


def test_there_are_enough_replies_of_each_kind_and_none_twice() -> None:
    assert len(REPLIES) >= 300
    for mode in READERS:
        outcomes = Counter(r["outcome"] for r in REPLIES if r["mode"] == mode)
        assert {"ok", "unparsed"} <= outcomes.keys(), mode
    keys = [(r["mode"], r["game"], r["text"]) for r in REPLIES]
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_every_outcome_of_reading_occurs() -> None:
    found = {reply["outcome"] for reply in REPLIES}
    assert found == {"ok", "empty", "unparsed", "ambiguous", "illegal"}


def test_no_reason_repeats_what_stands_in_the_reply() -> None:
    said = "Yabba dabba doo"
    for reply in REPLIES:
        text = reply["text"].replace("J", said).replace("22", said).replace("say", said)
        assert said not in READERS[reply["mode"]](text, SPACES[reply["game"]]).reason
