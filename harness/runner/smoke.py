"""Every installed game tried once: does it play at all, here, with what is installed?"""

from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness import registry
from harness.agent import Agent, Bot, Player, Seat
from harness.crash import described
from harness.errors import FolkError, PluginError, UsageError, plugin_call
from harness.game import Decision, Game
from harness.match import Entry, Match, MatchRecord, Status
from harness.models.transport import Transport
from harness.play import play, play_async
from harness.runner.loop import run_to_end
from harness.runner.scripted import played
from harness.space import Action
from harness.spec import parse, split, write

__all__ = ["Tried", "smoke"]

BOTS = ("random", "first")
"""Scripted agents that can play anything."""

MODEL = "mock/random"
"""A model that can play anything, without a key."""

LIMIT_S = 5.0
"""Seconds after which a match of a game that is tried must be over."""

SIZES = {"rounds": 3, "generations": 2, "max_messages": 6}
"""Parameters that say how long a match is, by what games call them, and how long it is to be."""

GIVEN: dict[str, dict[str, Any]] = {
    "matrix": {"payoffs": [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]},
    "tell": {"text": "Hello."},
}
"""Parameters without defaults, for what we know needs some."""


@dataclass(frozen=True)
class Tried:
    """What came of a game, or of a modifier on a game.

    Attributes:
        kind: `game` or `modifier`.
        name: of the game or modifier.
        spec: what was played; empty if it did not come to that.
        seconds: how long it took.
        failure: why it failed; empty if it did not.
        skipped: why it was not tried; empty if it was.
    """

    kind: registry.Kind
    name: str
    spec: str = ""
    seconds: float = 0.0
    failure: str = ""
    skipped: str = ""

    def as_dict(self) -> dict[str, Any]:
        """This as JSON data."""
        told = {"kind": self.kind, "name": self.name, "spec": self.spec}
        return told | {
            "ok": not self.failure,
            "seconds": round(self.seconds, 3),
            "failure": self.failure or None,
            "skipped": self.skipped or None,
        }


def smoke(specs: Sequence[str] = ()) -> Iterator[Tried]:
    """Try games: with scripted bots, twice, and with a scripted model; then every modifier on one.

    Games are made small, where they have parameters for it. Nothing is written, and nothing that a
    game does stops this: what it does wrong is in what is told of it.

    Args:
        specs: the games to try, with parameters of their own if need be; all that are installed,
            and all modifiers, if empty.
    """
    if specs:
        yield from (_try("game", parse(split(spec, "+")[0])[0], spec) for spec in specs)
        return
    base = ""
    for name in registry.names("game"):
        tried = _try("game", name)
        base = base or ("" if tried.failure or tried.skipped else tried.spec)
        yield tried
    for name in registry.names("modifier") if base else ():
        yield _try("modifier", name, base=base)


def _try(kind: registry.Kind, name: str, spec: str = "", base: str = "") -> Tried:
    """Try one game, or one modifier on a game."""
    begun = time.monotonic()
    failure = skipped = ""
    try:
        if not spec:
            spec, skipped = _small(kind, name)
            spec = f"{base}+{spec}" if base and spec else spec
        if spec:
            _play(registry.build("game", spec))
    except FolkError as error:
        failure = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a boundary to other people's code
        failure = described(error)
    return Tried(kind, name, spec, time.monotonic() - begun, failure, skipped)


def _small(kind: registry.Kind, name: str) -> tuple[str, str]:
    """How a game or modifier is written so that it is quickly played; or why it cannot be.

    Raises:
        PluginError: it cannot be imported.
    """
    known, given = registry.parameters(kind, name), dict(GIVEN.get(name, {}))
    missing = [k for k, p in known.items() if _needed(p) and k not in given]
    if missing:
        return "", f"it needs a value for {missing[0]!r}: folk smoke '{name}({missing[0]}=…)'"
    sizes = {k: n for k, n in SIZES.items() if k in known and _longer(known[k].default, n)}
    spec = write(name, given | sizes)
    if kind == "game" and sizes:
        try:
            registry.build("game", spec)
        except UsageError:  # not with these sizes
            spec = write(name, given)
    return spec, ""


def _needed(parameter: inspect.Parameter) -> bool:
    named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    return named and parameter.default is parameter.empty


def _longer(default: object, size: int) -> bool:
    return isinstance(default, int) and not isinstance(default, bool) and default > size


def _play(game: Entry) -> None:
    """Play a game with bots, again, and with a model.

    Raises:
        PluginError: it does not end well, or not twice the same.
    """
    bots = [Entry(name, InTime(registry.build("agent", name).what)) for name in BOTS]
    for first in range(len(bots)):
        match = _match(game, bots[first:] + bots[:first])
        lines = []
        for _ in range(2):
            record = play(match)
            _check(record)
            lines.append(played(record).line)
        if lines[0] != lines[1]:
            raise PluginError(
                f"{game.spec}: the same match, played twice, came out different; play() may use no"
                " chance but its rng, and keep nothing between matches"
            )
    model = registry.build("agent", MODEL)
    _check(run_to_end(_with_model(_match(game, [model, bots[0]]))))


def _match(game: Entry, agents: Sequence[Entry]) -> Match:
    """A match of these by turns."""
    with plugin_call(game.spec, "n_seats"):
        what: Game = game.what
        seats = tuple(itertools.islice(itertools.cycle(agents), what.n_seats))
    return Match(game, seats)


async def _with_model(match: Match) -> MatchRecord:
    """Play a match with a model."""
    async with Transport() as transport:
        return await play_async(match, transport, LIMIT_S)


class InTime(Agent):
    """A bot that ends a match which takes too long.

    Args:
        bot: what it plays as.
    """

    def __init__(self, bot: Bot) -> None:
        self.name = bot.name
        self._bot = bot

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the bot."""
        return self._bot.parameters

    def player(self, seat: Seat) -> InTimeSeated:
        """The bot in a seat; its time begins now."""
        return InTimeSeated(self._bot.player(seat), takes_asides=self._bot.takes_asides)


class InTimeSeated:
    """Such a bot in a seat."""

    def __init__(self, player: Player, *, takes_asides: bool) -> None:
        self.takes_asides = takes_asides
        self._player = player
        self._until = time.monotonic() + LIMIT_S

    def act(self, decision: Decision) -> Action:
        """The bot's action.

        Raises:
            TimeoutError: it has gone on for too long.
        """
        if time.monotonic() > self._until:
            raise TimeoutError(
                f"not over after {LIMIT_S:g} s; where that is no mistake, name the game with"
                " smaller parameters"
            )
        return self._player.act(decision)


def _check(record: MatchRecord) -> None:
    """Refuse a match that did not end as it should.

    Raises:
        PluginError: it did not.
    """
    spec = record.match.game.spec
    who = " and ".join(dict.fromkeys(seat.spec for seat in record.match.seats))
    if record.status is not Status.OK:
        raise PluginError(f"{spec}, played by {who}, ended as {record.status}: {record.reason}")
