"""Programs as players: what they are asked, and how their answers are read.

The protocol is told in `docs/programs.md`; `PROTOCOL` rises when a program that keeps to it would
no longer be understood, or would no longer understand.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, NoReturn

from harness import Action, Answer, Decision, Heard, Outcome, Seat, Words
from harness.models import ProviderError, TimedOut, action_schema

__all__ = ["MOST_BYTES", "PROTOCOL", "ProgramPlayer", "as_line", "read"]

PROTOCOL = 1

MOST_BYTES = 1 << 20
"""Bytes of a line, or of the body of an HTTP answer, that are read."""

MOST_DIGITS = 400


class ProgramPlayer:
    """A program in one seat of one match.

    A subclass writes `_send`, which puts one question and gives the answer as it came.

    Args:
        seat: the seat.
        words: whether the program is told everything in words as well.
    """

    def __init__(self, seat: Seat, *, words: bool) -> None:
        self._seat = seat
        self._words = words
        self._number = 0

    @property
    def greeting(self) -> dict[str, Any]:
        """What is told before the first question."""
        seat = self._seat
        return {
            "type": "hello",
            "protocol": PROTOCOL,
            "game": seat.game,
            "match": seat.match,
            "player": seat.player,
            "n_players": seat.n_players,
            "seed": seat.seed("program") % 2**31,
            "facts": dict(seat.facts),
        }

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        """The program's answer; whatever it does wrong is an outcome of this match alone."""
        asked = self._question(decision, words, rules, problem)
        number = self._number

        async def send() -> str:
            return await self._send(number, asked)

        try:
            call = self._seat.call
            heard = Heard(await send()) if call is None else await call(number, asked, send)
        except TimedOut as error:
            return Answer(outcome=Outcome.TIMEOUT, reason=str(error))
        except ProviderError as error:
            return Answer(outcome=Outcome.PROVIDER_ERROR, reason=str(error))
        if heard.logged:
            self._missed(number, asked)
        return read(heard.text, number)

    def recall(self, decision: Decision, words: Words, rules: str, action: Action) -> None:
        """Take a decision of the past for one's own."""
        asked = self._question(decision, words, rules, "")
        self._missed(self._number, asked)

    def _question(
        self, decision: Decision, words: Words, rules: str, problem: str
    ) -> dict[str, Any]:
        """The next question."""
        self._number += 1
        asked: dict[str, Any] = {
            "type": "ask",
            "id": self._number,
            "kind": decision.kind,
            "observation": dict(decision.observation),
            "space": action_schema(decision.space),
        }
        if decision.aside is not None:
            asked["aside"] = decision.aside
        if self._words:
            asked |= {"rules": rules, "news": words.news, "question": words.question}
        if problem:
            asked["problem"] = problem
        # Its lists may grow while the match goes on; what is kept is what was asked.
        copied: dict[str, Any] = json.loads(json.dumps(asked, allow_nan=False))
        return copied

    def _missed(self, number: int, asked: Mapping[str, Any]) -> None:
        """Take note of a question that was not put now: its answer is known."""

    @abstractmethod
    async def _send(self, number: int, asked: Mapping[str, Any]) -> str:
        """Put a question; bytes of the answer that are no UTF-8 become half surrogate pairs.

        Raises:
            ProviderError: there was no answer.
        """


def as_line(message: Mapping[str, Any]) -> bytes:
    """A message as one line of ASCII."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def read(text: str, number: int) -> Answer:
    """The action in the answer to the question of this number.

    >>> read('{"id": 3, "action": "defect"}', 3).action
    'defect'
    >>> read('{"action": "defect"}', 3).reason
    'an answer needs the id of its question, which is 3'
    """
    if not text.strip():
        return Answer(None, Outcome.EMPTY, text, "an empty answer")
    try:
        return Answer(_action(text, number), Outcome.OK, text)
    except ValueError as error:
        shown = text.encode("utf-8", "backslashreplace").decode()
        return Answer(None, Outcome.UNPARSED, shown, str(error))


def _action(text: str, number: int) -> Action:
    """The action in an answer.

    Raises:
        ValueError: there is none; the message says why.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("not UTF-8") from None
    try:
        told = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a JSON object on one line: {error}") from None
    if not isinstance(told, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - what is wrong is the text
    if type(told.get("id")) is not int or told["id"] != number:
        raise ValueError(f"an answer needs the id of its question, which is {number}")
    if "action" not in told:
        raise ValueError('an answer needs an "action"')
    return told["action"]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, if it names no key twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
