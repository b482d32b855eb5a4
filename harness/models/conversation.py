"""What a model is told in the course of a match, and what it remembers of it.

`Chat` is one conversation that only ever grows, so that a provider's prefix cache is hit by
construction. `Restate` is one prompt per decision, which tells the course of the match again.

Rules, news and questions stand in user turns, and so do the other players' words, which games
quote. The system prompt holds nothing that anybody but the run's author wrote.
"""

from __future__ import annotations

from typing import Protocol

from harness.models.request import Message

__all__ = ["Chat", "Conversation", "Restate"]

NO_WORDS = "(no words)"
"""In place of an empty reply: providers take no empty turns."""


class Conversation(Protocol):
    """A model's side of a match. Turns are put by `ask` and closed by `hear`."""

    def open(self, rules: str, news: str) -> None:
        """Begin a decision: the rules, if they have not been told, and what is new."""

    def ask(self, question: str) -> tuple[tuple[Message, ...], int]:
        """The messages that put a question, and how many of them were in the last request."""

    def hear(self, reply: str) -> None:
        """Take note of the model's reply."""

    def close(self, question: str, answer: str) -> None:
        """End a decision, whose question was answered so, in the words of readers."""


class Chat:
    """One conversation that only grows."""

    def __init__(self, system: str) -> None:
        self._messages = [Message("system", system)] if system else []
        self._sent = 0
        self._untold = ""

    def open(self, rules: str, news: str) -> None:
        """Keep what is new for the next question."""
        self._untold = _joined(self._untold, rules, news)

    def ask(self, question: str) -> tuple[tuple[Message, ...], int]:
        """Add a turn with what is new and the question."""
        text, self._untold = _joined(self._untold, question), ""
        self._messages.append(Message("user", text))
        kept, self._sent = self._sent, len(self._messages)
        return tuple(self._messages), kept

    def hear(self, reply: str) -> None:
        """Add the reply."""
        self._messages.append(Message("assistant", reply if reply.strip() else NO_WORDS))

    def close(self, question: str, answer: str) -> None:
        """Nothing more: the conversation holds it all."""


class Restate:
    """One prompt per decision. Replies are remembered within the decision they belong to."""

    def __init__(self, system: str) -> None:
        self._system = [Message("system", system)] if system else []
        self._story = ""
        self._now: list[Message] = []
        self._sent = 0

    def open(self, rules: str, news: str) -> None:
        """Begin a prompt that tells all that has been told so far."""
        self._story = _joined(self._story, rules, news)
        self._now = []
        self._sent = 0

    def ask(self, question: str) -> tuple[tuple[Message, ...], int]:
        """The prompt, or the further question about the same decision."""
        text = question if self._now else _joined(self._story, question)
        self._now.append(Message("user", text))
        messages = (*self._system, *self._now)
        kept, self._sent = self._sent, len(messages)
        return messages, kept

    def hear(self, reply: str) -> None:
        """Add the reply."""
        self._now.append(Message("assistant", reply if reply.strip() else NO_WORDS))

    def close(self, question: str, answer: str) -> None:
        """Let the story go on with the question and its answer."""
        self._story = _joined(self._story, question, f"You answered: {answer}")


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
