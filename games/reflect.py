"""Reflection: a note to oneself after a round, or when all is over.

Notes that a model writes to itself and reads again are the memory of Reflexion (Shinn et al. 2023,
arXiv:2303.11366). Here a note is private, and is logged as the player's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from harness import (
    Action,
    Course,
    Decision,
    Modified,
    Modifier,
    Round,
    Steps,
    Text,
    UsageError,
    quoted,
    shorten,
)
from harness.games.predict import Predict
from harness.games.talk import Talk


@dataclass(frozen=True)
class Reflect(Modifier):
    """Players write notes to themselves, which nobody else sees.

    A note on a round is asked for before the player's first decision after it, when the player
    has heard how the round went; so there is none on the last round. A note at the end is asked
    of all who took part in the last round; readers have then not been told how that one went,
    which a game's words tell with the next decision. Notes are actions of the match, in the order
    in which they were asked for. Observations hold `notes`, the texts that this player has
    written, oldest first; readers are shown the last one.

    A note on a round comes before anything is said or forecast about the next one, so `reflect` is
    written before `talk` and `predict`: `game+reflect+talk+predict`.

    Args:
        game: the game that is played.
        max_chars: the greatest length of a note, in characters.
        when: after each `round` that is followed by another, or at the `end`.

    Raises:
        UsageError: a parameter is out of its range, or notes on rounds are to be asked for in a
            game with `talk` or `predict`, after the messages or forecasts for the next round.
    """

    max_chars: int = 1000
    when: Literal["round", "end"] = "round"

    name = "reflect"

    def __post_init__(self) -> None:
        super().__post_init__()
        size = self.max_chars
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise UsageError(f"reflect: max_chars is {shorten(size)}; it must be 1 or more, whole")
        if self.when not in ("round", "end"):
            raise UsageError(f"reflect: when is {shorten(self.when)}; it must be round or end")
        inner = self.game
        while self.when == "round" and isinstance(inner, Modifier):
            if isinstance(inner, Talk | Predict):
                raise UsageError(
                    f"reflect: notes on a round come before {type(inner).name}; write reflect"
                    " before talk and predict: game+reflect+talk+predict"
                )
            inner = inner.game

    def course(self, rng: Random) -> Course:
        """The notes of one match."""
        return Notebook(self)

    def clause(self, player: int) -> str:
        """When notes are written, and who sees them."""
        what = f"a note to yourself of at most {self.max_chars} characters, which may be empty"
        if self.when == "end":
            return f"When the game is over, you are asked for {what}. No other player sees it."
        return (
            f"After each round that is followed by another, you are asked for {what}. No other"
            " player sees it. Your last note is shown to you at each of your decisions."
        )

    def question(self, decision: Modified) -> str:
        """The call for a note."""
        when = "The game is over. What" if self.when == "end" else "First, what"
        return f"{when} is your note to yourself? Answer with {decision.space}."

    def news(self, decision: Modified) -> str:
        """The player's last note."""
        return f"Your last note to yourself was: {quoted(decision.notes)}" if decision.notes else ""


class Notebook(Course):
    """The notes of one match, by player."""

    def __init__(self, game: Reflect) -> None:
        super().__init__()
        self.game = game
        self.written: list[list[str]] = [[] for _ in range(game.n_players)]
        self.last: dict[int, Decision] = {}
        self.due: set[int] = set()
        self.absent: set[int] = set()

    def before(self, asked: tuple[Decision, ...]) -> Steps:
        """Ask those for a note who have played a round since they were last asked."""
        yield from self._collect([d for d in asked if d.player in self.due])

    def taken(self, asked: tuple[Decision, ...], actions: tuple[Action, ...]) -> None:
        """Remember who has decided something."""
        self.last |= {decision.player: decision for decision in asked}

    def brought(self, happened: Round) -> Round:
        """All who have decided anything have the round to reflect on, if they go on."""
        paid = {player for player, u in enumerate(happened.payoffs) if u is not None}
        self.absent = set(range(len(happened.payoffs))) - paid
        if self.game.when == "round":
            self.due |= self.last.keys()
        return happened

    def after(self) -> Steps:
        """Ask for the notes at the end."""
        if self.game.when == "end":
            self.heard = set(self.last)  # what is told with these decisions has been told
            yield from self._collect(
                [self.last[p] for p in sorted(self.last) if p not in self.absent]
            )

    def _collect(self, decisions: list[Decision]) -> Steps:
        """A note from the player of each of these decisions."""
        if not decisions:
            return
        self.due -= {decision.player for decision in decisions}
        text = Text(self.game.max_chars)
        notes = yield tuple(self.ask(decision, text, "reflect", aside="") for decision in decisions)
        for decision, note in zip(decisions, notes, strict=True):
            self.written[decision.player].append(note)

    def view(self, inner: Decision) -> dict[str, Any]:
        """The notes that this player has written, after those of a notebook inside."""
        earlier, written = inner.observation.get("notes"), self.written[inner.player]
        return {"notes": [*earlier, *written] if earlier else written}

    def notes(self, inner: Decision) -> str:
        """The player's last note."""
        written = self.written[inner.player]
        return written[-1] if written else ""
