"""Modifiers: what turns one game into an experiment, without touching the game.

A modifier is a game that holds another one and drives it. It passes the inner game's decisions,
rounds and players that join on to the engine, and may ask questions of its own before them. Its
words are the inner game's words with its own beside them. Several can be stacked; each then holds
the one before it, and they act in the order in which they are written.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, fields
from random import Random
from typing import Any, ClassVar, TypeAlias

from harness.errors import UsageError, shorten
from harness.game import (
    Decision,
    Forfeit,
    Game,
    Join,
    Ladder,
    Play,
    Result,
    Round,
    Words,
    plain,
)
from harness.space import Action, Space

__all__ = ["Course", "Modified", "Modifier", "Steps", "merged", "quoted"]

Steps: TypeAlias = Generator[tuple[Decision, ...], tuple[Action, ...], None]
"""Questions that a modifier asks: tuples of simultaneous decisions, answered by their actions."""

TEMPLATE_MARK = re.compile(r"<(?=[|｜/<]|[^\W\d])|\[(?=/?[a-z]?[A-Z][A-Z_]+\])")
"""Where a mark of a chat template may begin, such as `<|user|>`, `<start_of_turn>` or `[/INST]`."""


class Modified(Decision):
    """A decision of a modified game: one of the inner game's, or one of the modifier's own.

    Args:
        inner: the inner game's decision: the one passed on, or the one due next for this player.
        shown: what the observation holds beyond the inner one's.
        notes: what the modifier needs to put this decision into words.
        heard: whether the inner decision's news has been told with an earlier one.
        space: the legal actions of a question of the modifier's own; None to pass `inner` on.
        kind: what sort of question that is.
        aside: as in `Decision`: silence, or a forecast that leaves everything open. A decision
            that is passed on keeps its own.
    """

    __slots__ = ("heard", "inner", "notes", "passed")

    def __init__(
        self,
        inner: Decision,
        shown: Mapping[str, Any],
        notes: Any = None,
        *,
        heard: bool = False,
        space: Space | None = None,
        kind: str = "",
        aside: Action = None,
    ) -> None:
        self.inner = inner
        self.notes = notes
        self.heard = heard
        self.passed = space is None
        observation = {**inner.observation, **shown}
        aside = inner.aside if self.passed else aside
        super().__init__(inner.player, space or inner.space, observation, kind or inner.kind, aside)


class Course:
    """What a modifier does in the course of one match. This one does nothing.

    Attributes:
        heard: the players that have been told the news of the step that is due.
    """

    def __init__(self) -> None:
        self.heard: set[int] = set()

    def before(self, asked: tuple[Decision, ...]) -> Steps:
        """Questions to ask before these decisions, all of them the innermost game's own."""
        yield from ()

    def taken(self, asked: tuple[Decision, ...], actions: tuple[Action, ...]) -> None:
        """Take note of the actions taken at these decisions, the innermost game's own."""

    def view(self, inner: Decision) -> Mapping[str, Any]:
        """What this decision's player sees beyond its observation."""
        return {}

    def notes(self, inner: Decision) -> Any:
        """What has to be put into words at a decision of this player, once."""
        return None

    def joined(self, player: int) -> None:
        """Take note of a player that joins."""

    def brought(self, happened: Round) -> Round:
        """A round, as it is logged."""
        return happened

    def after(self) -> Steps:
        """Questions to ask when the inner game is over."""
        yield from ()

    def result(self, result: Result | None) -> Result | None:
        """How the match ended, given how the inner game did."""
        return result

    def ask(self, inner: Decision, space: Space, kind: str, aside: Action) -> Modified:
        """A question of the modifier's own to the player of a decision that is due.

        For `kind` and `aside` see `Modified`.
        """
        return self._modified(inner, space=space, kind=kind, aside=aside)

    def pass_on(self, inner: Decision) -> Modified:
        """A decision of the inner game, with what the modifier adds."""
        return self._modified(inner)

    def _modified(self, inner: Decision, **own: Any) -> Modified:
        heard = inner.player in self.heard
        self.heard.add(inner.player)
        return Modified(inner, self.view(inner), self.notes(inner), heard=heard, **own)


@dataclass(frozen=True)
class Modifier(Game):
    """Base of all modifiers: a game that holds another one as its first parameter.

    A subclass is a frozen dataclass with a `name`. It writes `course` for what it does, and
    `clause`, `question` and `news` for its words; what it leaves out is as in the inner game.

    Of chance, the inner game gets a stream of its own, drawn before the modifier's: whatever a
    modifier draws, the game inside meets the chance of that stream. It is not that of the game
    played without a modifier, which is another match.

    Args:
        game: the inner game.

    Attributes:
        names_players: whether the words call players by what `called` says of them, so that
            readers among more than two must know what they are called themselves.

    Raises:
        UsageError: `game` is no game.
    """

    game: Game

    names_players: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not isinstance(self.game, Game):
            raise UsageError(
                f"{type(self).name}: game is {shorten(self.game)}; it must be a game, as in"
                f" prisoners_dilemma+{type(self).name}"
            )
        own = type(self)
        for attribute, value in (
            ("name", f"{self.game.name}+{own.name}"),
            ("n_players", self.game.n_players),
            ("measures", {**self.game.measures, **self.own_measures()}),
            ("measure_bounds", dict(self.game.measure_bounds)),
        ):
            object.__setattr__(self, attribute, value)

    def own_measures(self) -> Mapping[str, str]:
        """The measures that this modifier adds, as in `Game.measures`."""
        return {}

    def course(self, rng: Random) -> Course:
        """What the modifier does in one match; `rng` is its own stream of chance."""
        return Course()

    def clause(self, player: int) -> str:
        """What this player is told after the inner game's rules."""
        return ""

    def question(self, decision: Modified) -> str:
        """A question of the modifier's own, in words."""
        return ""

    def news(self, decision: Modified) -> str:
        """What is told at a decision after the inner game's news."""
        return ""

    @property
    def n_seats(self) -> int:
        """How many of the inner game's players are there from the start."""
        return self.game.n_seats

    @property
    def public(self) -> Collection[str]:
        """The inner game's public fields."""
        return self.game.public

    @property
    def parameters(self) -> dict[str, Any]:
        """The inner game's identity (name, version, parameters) and the own parameters."""
        game = self.game
        inner = {"name": game.name, "version": game.version, "parameters": game.parameters}
        own = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "game"}
        return {"game": inner, **own}

    def facts(self, player: int) -> Mapping[str, Any]:
        """The inner game's facts."""
        return self.game.facts(player)

    def called(self, player: int) -> str:
        """What the inner game calls a player."""
        return self.game.called(player)

    def cooperative(self, player: int) -> Action | None:
        """The inner game's cooperative action."""
        return self.game.cooperative(player)

    @property
    def ladder(self) -> Ladder | None:
        """The inner game's ladder of exploiters."""
        return self.game.ladder

    def play(self, rng: Random) -> Play:
        """The inner game, with the modifier's questions before its decisions."""
        inner, own = (Random(rng.getrandbits(64)) for _ in range(2))
        script, course = self.game.play(inner), self.course(own)
        reply: Any = None
        thrown: Forfeit | None = None
        left = False
        while True:
            try:
                item = script.throw(thrown) if thrown else script.send(reply)
                thrown = None
            except StopIteration as end:
                with contextlib.suppress(Forfeit):  # the inner game is over and has its result
                    yield from () if left else course.after()
                return course.result(end.value)
            reply = None
            if isinstance(item, Round):
                yield course.brought(item)
                continue
            if isinstance(item, Join):
                course.joined(item.player)
                yield item
                continue
            asked: Any = item if isinstance(item, tuple) else (item,)
            if not all(isinstance(decision, Decision) for decision in asked):
                yield item  # which the engine refuses, naming the game
                continue
            of_the_game = all(map(_is_innermost, asked))
            course.heard = set()
            try:
                if of_the_game:
                    yield from course.before(asked)
                shown = tuple(map(course.pass_on, asked))
                actions = yield shown
            except Forfeit as forfeit:  # for the inner game to say what it brings
                thrown, left = forfeit, True
                continue
            if of_the_game:
                course.taken(asked, actions)
            reply = actions[0] if isinstance(item, Decision) else actions

    def rules(self, decision: Decision) -> str:
        """The inner game's rules, and what the modifier adds to them."""
        assert isinstance(decision, Modified)
        inner, player = self.game.rules(decision.inner), decision.player
        you = f"You are {self.called(player)}."
        known = self.n_players == 2 or not self.names_players or you.lower() in inner.lower()
        return _joined(inner, "" if known else you, self.clause(player))

    def describe(self, decision: Decision) -> Words:
        """The inner game's words, or the modifier's own question with the next one quoted."""
        assert isinstance(decision, Modified)
        inner = self.game.describe(decision.inner)
        news = _joined("" if decision.heard else inner.news, self.news(decision))
        if decision.passed:
            return Words(news, inner.question)
        ahead = "" if decision.heard else _ahead(inner.question)
        return Words(news, _joined(ahead, self.question(decision)))


def quoted(text: str) -> str:
    r"""What somebody said, as a JSON string on one line, safe to show to a language model.

    All that is invisible is escaped, and so is the first character of whatever may be a mark of
    turns in a chat template, such as `<|im_start|>`, `</s>` or `[INST]`. Nothing is lost: who reads
    JSON reads the very words.

    >>> print(quoted('She said "no".\nNew rules:'))
    "She said \"no\".\nNew rules:"
    >>> print(quoted("<3 [1] a < b <|im_end|> [/INST]"))
    "<3 [1] a < b \u003c|im_end|> \u005b/INST]"
    """
    spelled = json.dumps(text, ensure_ascii=False)
    spelled = TEMPLATE_MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", spelled)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in spelled)


def merged(info: Mapping[str, Any] | None, name: str, entries: list[Any]) -> Mapping[str, Any]:
    """Facts worth logging with a list of further ones under a name.

    >>> merged({"trembles": [0]}, "forecasts", ["a"])
    {'trembles': [0], 'forecasts': ['a']}
    """
    before = dict(info or {})
    return {**before, name: [*before.get(name, ()), *entries]}


def _is_innermost(decision: Decision) -> bool:
    """Whether a decision is the innermost game's, and not another modifier's question."""
    while isinstance(decision, Modified) and decision.passed:
        decision = decision.inner
    return not isinstance(decision, Modified)


def _ahead(question: str) -> str:
    """The question that comes next, set off from the one that is asked now."""
    lines = "\n".join(f"> {line}" if line else ">" for line in question.splitlines())
    return f"Your next decision is this one; do not answer it yet:\n{lines}"


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
