"""What a model is asked, and what it replies, whoever provides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["Finish", "Message", "Reply", "Request", "Role", "Usage"]

Role: TypeAlias = Literal["system", "user", "assistant"]


class Message(NamedTuple):
    """One turn of a conversation. `system` stands first, if anywhere."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked: a conversation, and the form that its reply is to have.

    The model's own settings (temperature and so on) are the agent's, not the request's.

    Attributes:
        messages: the conversation, ending in a user's turn.
        kept: how many of the messages, from the first, were in this player's request before.
        schema: a JSON Schema that the provider is to enforce; None for none.
        grammar: a grammar in GBNF (rule `root`) that the provider is to enforce; None for none.
        scored: the replies whose log-probabilities are wanted instead of a reply.
        seed: of the provider's sampling, 32 bits; None to leave it alone.
        max_tokens: most tokens of the reply, in place of the agent's own limit.
    """

    messages: tuple[Message, ...]
    kept: int = 0
    schema: Mapping[str, Any] | None = None
    grammar: str | None = None
    scored: tuple[str, ...] = ()
    seed: int | None = None
    max_tokens: int | None = None


class Finish(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"
    OTHER = "other"


class Usage(NamedTuple):
    """Tokens that a call took, as the provider counts them; None where it does not say.

    Attributes:
        input: all tokens read, cached ones included.
        output: all tokens written, thinking included.
        cached: those of `input` that were read from the provider's cache.
        written: those of `input` that were written to it.
        thinking: those of `output` that were thinking.
    """

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    written: int | None = None
    thinking: int | None = None


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model replied.

    Attributes:
        text: the reply, without its thinking.
        finish: why it ended.
        thinking: what the model thought, as far as the provider shows it.
        scores: natural logarithms of the probabilities of the request's `scored`, in their
            order, each that of its canonical tokens and what ends a reply; None if not asked.
        usage: tokens taken.
        model: the model that replied, as the provider names it.
        fingerprint: the provider's mark of the system that replied, where it gives one.
        request_id: the provider's own name for the request, where it gives one.
        raw: the provider's reply as it came: JSON data, or the bytes of a JSON text.
    """

    text: str = ""
    finish: Finish = Finish.STOP
    thinking: str = ""
    scores: tuple[float, ...] | None = None
    usage: Usage = NO_USAGE
    model: str = ""
    fingerprint: str = ""
    request_id: str = ""
    raw: Any = None
