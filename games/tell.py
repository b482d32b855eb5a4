"""Telling players something more: about who they play with, about errors, or anything at all.

What players believe about their opponents changes how they play. Akata et al. (2025, Nature Human
Behaviour 9(7)) told a model that the other player can make mistakes, and it forgave;
studies with people vary whether the opponent is said to be a person or a machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness import Modifier, UsageError, did_you_mean, shorten

SENTENCES = {
    "mistakes": (
        "The other player can make mistakes: it does not always do what it means to do.",
        "The other players can make mistakes: they do not always do what they mean to do.",
    ),
    "program": (
        "The other player is a computer program.",
        "The other players are computer programs.",
    ),
    "person": (
        "The other player is a person.",
        "The other players are people.",
    ),
    "language_model": (
        "The other player is a language model.",
        "The other players are language models.",
    ),
    "past": (
        "This is known of what the other player did in earlier games: {text}",
        "This is known of what the other players did in earlier games: {text}",
    ),
}
"""Sentences by name, about one other player and about several."""


@dataclass(frozen=True)
class Tell(Modifier):
    """Players are told something more, with the rules.

    Programs find it in their facts under `told`, a list of texts. Whether it is true is for the
    run's author to see to; the game does not change.

    Args:
        game: the game that is played.
        text: what is said, as it is; with `about="past"`, what is known of the past.
        about: sentences by name: `mistakes` (the other player can make them), `program`,
            `person` or `language_model` (what the other player is), or `past`.
        to: the player that is told; all if None. This is a seat of the game, not an agent: where
            agents change seats between matches, each of them is told in its turn.

    Raises:
        UsageError: there is nothing to tell, or a name or a player that does not exist.
    """

    text: str = ""
    about: str = ""
    to: int | None = None

    name = "tell"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("text", "about"):
            if not isinstance(getattr(self, name), str):
                raise UsageError(f"tell: {name} is {shorten(getattr(self, name))}; it must be text")
        if self.about and self.about not in SENTENCES:
            hint = did_you_mean(self.about, SENTENCES)
            raise UsageError(f"tell: about is {shorten(self.about)}, which is not known{hint}")
        if self.about in ("", "past") and not self.text.strip():
            raise UsageError("tell: text is empty; it must be what the players are to be told")
        whole = isinstance(self.to, int) and not isinstance(self.to, bool)
        if self.to is not None and not (whole and 0 <= self.to < self.n_players):
            raise UsageError(
                f"tell: to is {shorten(self.to)}; it must be a player of {self.game.name}, from 0"
                f" to {self.n_players - 1}, or None for all"
            )

    @property
    def sentence(self) -> str:
        """What is told."""
        if not self.about:
            return self.text
        sentence = SENTENCES[self.about][self.n_players > 2]
        if self.about == "past":
            return sentence.replace("{text}", self.text)
        return f"{sentence} {self.text}".strip()

    def clause(self, player: int) -> str:
        """What this player is told, if anything."""
        return self.sentence if self.to in (None, player) else ""

    def facts(self, player: int) -> Mapping[str, Any]:
        """The inner game's facts, and what this player is told."""
        facts, clause = self.game.facts(player), self.clause(player)
        return {**facts, "told": [*facts.get("told", ()), clause]} if clause else facts
