"""The log of answers, `answers.jsonl`: what programs and people answered, as it came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from harness.check import is_whole
from harness.errors import Mismatch, ProviderError
from harness.identity import canonical_json
from harness.record.folder import located_lines
from harness.record.kind import Kind

__all__ = ["ANSWERS", "Answers", "answer_line", "digest"]

ANSWERS = "answers.jsonl"

ANSWER_KEYS = {"match", "player", "call", "agent", "asked", "s"}


def _answer_checks(told: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Check the line of an answer."""
    for key in ("match", "agent", "asked"):
        yield key, type(told[key]) is str
    for key, least in (("player", 0), ("call", 1)):
        yield key, is_whole(told[key], least)
    yield "text", type(told.get("text", "")) is str
    yield "error", "text" in told or type(told.get("error")) is dict


ANSWER = Kind("logged answer", ANSWER_KEYS, _answer_checks)

Key: TypeAlias = tuple[str, int, int]
"""A match, a player of it, and which of that player's questions."""


def digest(asked: Mapping[str, Any]) -> str:
    """What tells a question from others, in 32 hexadecimal digits.

    The question itself is not logged: it follows from the match and the answers before it.
    """
    return hashlib.sha256(canonical_json(asked).encode()).hexdigest()[:32]


def answer_line(
    key: Key, agent: str, asked: str, answer: str | ProviderError, seconds: float
) -> bytes:
    """The line of an answer, with its newline.

    The keys of the line are `match`, `player`, `call` (which of the player's questions, from 1),
    `agent` as specified, `asked` (`digest`), `s` (seconds until it came), and `text`, the answer,
    or `error`, why there was none.
    """
    match, player, number = key
    told: dict[str, Any] = {"match": match, "player": player, "call": number, "agent": agent}
    told |= {"asked": asked, "s": round(seconds, 6)}
    if isinstance(answer, ProviderError):
        told["error"] = {"error": type(answer).__name__, "message": str(answer)}
    else:
        told["text"] = answer
    return json.dumps(told, separators=(",", ":")).encode("ascii") + b"\n"


class Answers:
    """The answers of a run by match, player and number; of several in one place, the last counts.

    Args:
        folder: the run's folder; it need not hold any answers.
        matches: those whose answers will be wanted; None for all.

    Raises:
        RecordError: the log cannot be read; the message gives file and line.
    """

    def __init__(self, folder: Path, matches: Collection[str] | None = None) -> None:
        self._path = folder / ANSWERS
        self._told: dict[Key, dict[str, Any]] = {}
        if not self._path.exists():
            return
        for number, _, _, told in located_lines(self._path, ANSWER):
            if matches is None or told["match"] in matches:
                key = told["match"], told["player"], told["call"]
                self._told[key] = {**told, "line": number}

    @property
    def begun(self) -> set[str]:
        """The wanted matches of which there are answers."""
        return {match for match, *_ in self._told}

    def find(self, key: Key, asked: str) -> dict[str, Any] | None:
        """The line of an answer, or None where there is none.

        Raises:
            Mismatch: another question was asked then; the message says where it stands.
        """
        told = self._told.get(key)
        if told is not None and told["asked"] != asked:
            match, player, number = key
            raise Mismatch(
                f"{self._path}:{told['line']}: question {number} to player {player} in match"
                f" {match} was another one when it was logged, so this match cannot go on from its"
                " log"
            )
        return told
