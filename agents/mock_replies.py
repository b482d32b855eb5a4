"""What a scripted model replies, given all that was sent to it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from harness.agents.mock_values import encoded, illegal, legal
from harness.models import Finish, Reply, Usage

__all__ = ["MISBEHAVIOURS", "made_up", "tokens_of"]

MISBEHAVIOURS = ("refuse", "ramble", "contradict", "truncate", "empty", "illegal")
"""Ways of giving no answer, of which a reply has at most one."""

UNWILLING = 0.01
"""The share of probability that is left to legal answers where there would be none."""

THOUGHTS = (
    "I look at what each of us gains and loses here.",
    "The other player may well be thinking the same about me.",
    "What happened so far tells something about what comes next.",
    "Being too trusting could cost me, and so could being too greedy.",
    "If this goes on for a while, being reliable may pay.",
    "There is something to be said for every option.",
    "It is hard to know what the others will do.",
    "On the whole I would rather be safe than sorry.",
)
REFUSALS = (
    "I refuse to answer.",
    "I'm sorry, but I can't take part in this.",
    "I am not comfortable with making this decision.",
)

MARKER = re.compile(r"\s*\n\s*Answer")


def made_up(body: Mapping[str, Any], rng: Random) -> Reply:
    """The reply to what `Mock.body` made."""
    manner: Mapping[str, Any] = body.get("manner", {})
    how = _misbehaviour(manner, rng)
    read = sum(tokens_of(message["content"]) for message in body["messages"])
    scored = body.get("scored")
    told = {"model": body["model"], "fingerprint": "mock-1"}
    if scored:
        scores = _scores(len(scored), rng, manner.get("first"), willing=not how)
        return Reply(scores=scores, usage=Usage(read, 0), **told)
    text, finish = _said(body, how, rng)
    thinking = manner.get("thinking", 0)
    room = body["max_tokens"] - thinking
    if tokens_of(text) > room:
        text, finish = text[: 4 * max(0, room)], Finish.LENGTH
        thinking = min(thinking, body["max_tokens"])
    usage = Usage(read, thinking + tokens_of(text), thinking=thinking or None)
    return Reply(text, finish, _thoughts(thinking), usage=usage, **told)


def tokens_of(text: str) -> int:
    """About how many tokens a text has: one for every four characters."""
    return -(-len(text) // 4)


def _misbehaviour(manner: Mapping[str, Any], rng: Random) -> str:
    """How this reply misbehaves; '' if it does not."""
    drawn = rng.random()
    for how in MISBEHAVIOURS:
        if how in manner:
            drawn -= manner[how]
            if drawn < 0:
                return how
    return ""


def _said(body: Mapping[str, Any], how: str, rng: Random) -> tuple[str, Finish]:
    """The reply's words, and why they end."""
    finish = Finish.STOP
    match how:
        case "refuse":
            text = rng.choice(REFUSALS)
            marked = body["manner"].get("marked", True)
            finish = Finish.REFUSAL if marked else Finish.STOP
        case "ramble":
            text = _prose(rng)
        case "contradict":
            text = _contradiction(body, rng)
        case "truncate":
            whole = _answer(body, rng)
            text, finish = whole[: len(whole) // 2], Finish.LENGTH
        case "empty":
            text = ""
        case "illegal":
            text = _outlawed(body, rng)
        case _:
            text = _answer(body, rng)
    return text, finish


def _answer(body: Mapping[str, Any], rng: Random) -> str:
    """A legal answer, perhaps after many words; only words where no answer is asked for."""
    if "schema" not in body:
        return _prose(rng)
    manner: Mapping[str, Any] = body.get("manner", {})
    written = _written(body, legal(body["schema"], rng, manner))
    talks = rng.random() < manner.get("talk", 0.0)
    return _talked(body, written, rng) if talks else written


def _outlawed(body: Mapping[str, Any], rng: Random) -> str:
    """An answer that is not allowed."""
    if "schema" not in body:
        return _prose(rng)
    action = illegal(body["schema"]["properties"]["action"], rng)
    return _written(body, legal(body["schema"], rng, {}) | {"action": action})


def _contradiction(body: Mapping[str, Any], rng: Random) -> str:
    """Two answers, different ones if there are."""
    if "schema" not in body:
        return _prose(rng)
    manner: Mapping[str, Any] = body.get("manner", {})
    one = other = legal(body["schema"], rng, manner)
    for _ in range(20):
        if other["action"] != one["action"]:
            break
        other = legal(body["schema"], rng, {})
    between = " or " if _form(body) == "bare" else "\nOr rather:\n"
    return f"{_written(body, one)}{between}{_written(body, other)}"


def _written(body: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """An answer in the form that it was asked for."""
    action = answer["action"]
    match _form(body):
        case "json":
            return encoded(answer).decode()
        case "line":
            # A line that begins like the last one would be a second answer.
            return f"Answer: {MARKER.sub(' Answer', _spoken(action))}"
        case _:
            return _spoken(action)


def _form(body: Mapping[str, Any]) -> str:
    """The form in which an answer is asked for: `json`, a last `line`, or `bare`."""
    if body["elicit"] == "text":
        return "line"
    constrained_json = body.get("grammar", "").startswith('root ::= "{')
    return "bare" if body["elicit"] == "choice" and not constrained_json else "json"


def _talked(body: Mapping[str, Any], written: str, rng: Random) -> str:
    """An answer after many words, where its form has room for any."""
    match _form(body):
        case "json":
            return f"{_prose(rng)}\n\n{_prose(rng)}\n\n```json\n{written}\n```"
        case "line":
            return f"{_prose(rng)}\n\n{_prose(rng)}\n\n{written}"
        case _:
            return written


def _prose(rng: Random) -> str:
    """Sentences that hold no answer."""
    return " ".join(rng.sample(THOUGHTS, 3))


def _thoughts(n_tokens: int) -> str:
    """Thinking of a given length in tokens."""
    if not n_tokens:
        return ""
    once = " ".join(THOUGHTS) + " "
    return (once * (4 * n_tokens // len(once) + 1))[: 4 * n_tokens]


def _spoken(action: Any) -> str:
    """An action as it is written outside JSON: texts as they are, numbers without exponents."""
    if isinstance(action, str):
        return action
    return f"{Decimal(repr(action)):f}" if isinstance(action, float) else encoded(action).decode()


def _scores(n: int, rng: Random, first: float | None, *, willing: bool) -> tuple[float, ...]:
    """Log-probabilities of `n` replies, of which the first has its share where one is given.

    A model that would rather have said something else gives little to all of them.
    """
    weights = [math.exp(rng.gauss(0.0, 1.5)) for _ in range(n)]
    mass = rng.uniform(0.8, 1.0) if willing else UNWILLING
    if first is None or n == 1:
        total = math.fsum(weights)
        return tuple(math.log(mass * w / total) for w in weights)
    rest = math.fsum(weights[1:])
    shares = [first, *((1 - first) * w / rest for w in weights[1:])]
    return tuple(math.log(mass * share) if share else -math.inf for share in shares)
