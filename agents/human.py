"""A person at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness import (
    Action,
    Answer,
    Choice,
    Decision,
    Form,
    Heard,
    Integer,
    OneOf,
    Outcome,
    Outside,
    Real,
    Seat,
    Space,
    Text,
    Words,
    terminal,
)
from harness.models import ProviderError, legal, read_bare, shape

__all__ = ["Human", "HumanPlayer"]


@dataclass
class Human(Outside):
    """A person at the terminal, who reads what a model reads; plays in `folk play`."""

    name = "human"
    at_once: ClassVar[int | None] = 1
    timed: ClassVar[bool] = False

    async def ready(self) -> None:
        """Look whether there is a terminal.

        Raises:
            ProviderError: there is none.
        """
        if terminal() is None:
            raise ProviderError(
                "a person plays one match, at a terminal: folk play GAME --against AGENT"
            )

    def player(self, seat: Seat) -> HumanPlayer:
        """A person in a seat."""
        return HumanPlayer(seat)


class HumanPlayer:
    """A person in a seat: asked in the game's words, and again until the answer can be read.

    Answers are read as those of models are, without any guess. Free words are typed plainly; an
    empty line is silence where nothing but words is asked for.
    """

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._number = 0

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        """The person's answer."""
        self._number += 1
        space = decision.space
        told = "\n\n".join(filter(None, (rules, words.news, words.question, asked_for(space))))

        async def send() -> str:
            return await self._until_read(told, space)

        call = self._seat.call
        asked = {"told": told, "kind": decision.kind, "problem": problem}
        heard = Heard(await send()) if call is None else await call(self._number, asked, send)
        screen = terminal()
        if heard.logged and screen is not None:
            screen.tell(f"{told}\n\nYou answered: {heard.text}")
        return read(heard.text, space)

    def recall(self, decision: Decision, words: Words, rules: str, action: Action) -> None:
        """Show a decision of the past, and what was done."""
        self._number += 1
        screen = terminal()
        if screen is not None:
            told = filter(None, (rules, words.news, words.question))
            screen.tell("\n\n".join([*told, f"What was done in your place: {action}"]))

    async def leave(self, status: str, payoff: float | None) -> None:
        """Say that the match is over."""
        screen = terminal()
        if screen is not None and status != "unfinished":
            got = "" if payoff is None else f" You got {payoff:g} in all."
            how = "" if status == "ok" else f" It ended as {status}."
            screen.tell(f"The match is over.{how}{got}")

    async def _until_read(self, told: str, space: Space) -> str:
        """The first line that can be read.

        Raises:
            ProviderError: there is no terminal.
        """
        screen = terminal()
        if screen is None:
            raise ProviderError("there is no terminal at which a person could answer")
        screen.tell(told)
        while True:
            line = await screen.ask("> ")
            answer = read(line, space).within(space)
            if answer.outcome is Outcome.OK:
                return line
            screen.tell(answer.reason)


def asked_for(space: Space) -> str:
    """What may be typed.

    >>> asked_for(Choice(("cooperate", "defect"), labels=("J", "F")))
    'Type J or F.'
    >>> asked_for(OneOf({"say": Text(9), "bid": Integer(0, 3)}))
    'Type what you say, or JSON: {"bid": <a whole number from 0 to 3>}'
    """
    if isinstance(space, Text):
        return f"Type {legal(space)}, or nothing."
    if isinstance(space, Choice | Integer | Real):
        return f"Type {legal(space)}."
    key, words = spoken(space)
    if words is None:
        return f"Type JSON: {shape(space)}"
    if len(parts(space)) == 1:
        return f"Type {legal(words)}, or nothing."
    others = OneOf({kind: part for kind, part in parts(space).items() if kind != key})
    return f"Type what you {key}, or JSON: {shape(others)}"


def read(line: str, space: Space) -> Answer:
    """The action in a line: words as they are, where words may be said and it is no JSON object."""
    if isinstance(space, Text) and not line.strip():
        return Answer("", Outcome.OK, line)
    key, words = spoken(space)
    if words is None or line.lstrip().startswith("{"):
        return read_bare(line, space)
    if not line.strip() and len(parts(space)) > 1:  # nothing says what is meant by nothing
        return read_bare(line, space)
    said = read(line, words)
    return replace(said, action={key: said.action}) if said.outcome is Outcome.OK else said


def spoken(space: Space) -> tuple[str, Text | None]:
    """The one part of a space in which words can be meant, and its key; None if there is none.

    Of a turn of one kind or another it is the only kind of words; of a form, its only field.
    """
    texts = [(key, part) for key, part in parts(space).items() if isinstance(part, Text)]
    if len(texts) != 1 or (isinstance(space, Form) and len(space.fields) > 1):
        return "", None
    return texts[0]


def parts(space: Space) -> Mapping[str, Space]:
    """The parts of a space that has some, by their keys."""
    return space.kinds if isinstance(space, OneOf) else getattr(space, "fields", {})
