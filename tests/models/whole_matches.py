"""Whole matches of all five games through the command, and what they left on disk."""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.record.calls import read_calls
from harness.record.folder import read_matches

GAMES = (
    "prisoners_dilemma(rounds=3)",
    "rock_paper_scissors(rounds=2)",
    "beauty(players=3, rounds=2)",
    "donor(agents=4, generations=2, rounds=2, games_per_generation=1, max_chars=40)",
    "deal_or_no_deal(max_messages=3, max_chars=40)",
)
HOW = ("--schedule", "self_play", "--no-swap", "--on-invalid", "substitute", "--reask", "1")
"""A model plays itself, and a match goes on whatever it answers."""


class Run:
    """What a run left on disk."""

    def __init__(self, folder: Path) -> None:
        self.matches = list(read_matches(folder))
        self.game = {match["match"]: match["game"].partition("(")[0] for match in self.matches}
        self.calls = [call for call in read_calls(folder) if call["match"] is not None]

    def problems(self, *games: str) -> list[dict[str, Any]]:
        """Answers that were no moves, in these games or all."""
        wanted = games or set(self.game.values())
        matches = [m for m in self.matches if self.game[m["match"]] in wanted]
        return [problem for match in matches for problem in match.get("problems", [])]

    def outcomes(self) -> dict[str, Counter[str]]:
        """How often each game's answers were no moves, by what they were."""
        names = dict.fromkeys(self.game.values())
        return {name: Counter(p["outcome"] for p in self.problems(name)) for name in names}

    def sent(self, key: str) -> list[dict[str, Any]]:
        """The calls that were sent this."""
        return [call for call in self.calls if key in call["request"]]


def play_all(
    spec: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Play all games through the command, each by one model with itself."""
    arguments = ["folk", "run", *GAMES, "--agents", spec, *HOW, "--out", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0, capsys.readouterr().err
    run = Run(out)
    assert Counter(run.game.values()) == Counter(game.partition("(")[0] for game in GAMES)
    assert {match["status"] for match in run.matches} == {"ok"}
    assert all(call["reply"] is not None for call in run.calls)
    return run


def breaches(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a value breaks a schema: types, and the keywords that are not kept to."""
    if "anyOf" in schema:
        if not any(not [*breaches(value, one)] for one in schema["anyOf"]):
            yield "any", "anyOf"
        return
    kind = schema["type"]
    types = {dict: ["object"], str: ["string"], int: ["integer", "number"], float: ["number"]}
    if kind not in types.get(type(value), []):
        yield kind, "type"
    elif kind == "object":
        assert schema["additionalProperties"] is False
        if set(value) != set(schema["required"]):
            yield kind, "required"
        for name in value.keys() & schema["properties"].keys():
            yield from breaches(value[name], schema["properties"][name])
    elif kind == "string":
        if value not in schema.get("enum", [value]):
            yield kind, "enum"
        if len(value) > schema.get("maxLength", math.inf):
            yield kind, "maxLength"
    else:
        if value < schema.get("minimum", -math.inf):
            yield kind, "minimum"
        if value > schema.get("maximum", math.inf):
            yield kind, "maximum"


def is_legal(game: str, question: str, text: str) -> bool:
    """Whether a text is a legal answer, told without the harness' own reader."""
    if game == "prisoners_dilemma":
        return text in ("J", "F")
    if game == "rock_paper_scissors":
        return text in ("rock", "paper", "scissors")
    if game == "beauty":
        return bool(re.fullmatch(r"[0-9]|[1-9][0-9]|100", text))
    if not text.startswith("{"):
        bounds = re.findall(r"from ([0-9.]+) to ([0-9.]+)", question)[-1]
        number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
        return bool(number) and float(bounds[0]) <= float(text) <= float(bounds[1])
    answer = json.loads(text)
    assert set(answer) == {"action"}
    words = answer["action"]
    if isinstance(words, dict):
        ((kind, words),) = words.items()
        if kind == "propose":
            counts = dict(re.findall(r'"(\w+)": <a whole number from 0 to ([0-9]+)>', question))
            return words.keys() == counts.keys() and all(
                type(n) is int and 0 <= n <= int(counts[item]) for item, n in words.items()
            )
        assert kind == "say"
    return isinstance(words, str) and len(words) <= 40
