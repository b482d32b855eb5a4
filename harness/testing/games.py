"""The checks of a game, in the order in which they are tried."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import cached_property
from pathlib import Path

from harness import registry
from harness.errors import PluginError, UsageError, did_you_mean, shorten
from harness.game import Decision, Game, Words
from harness.match import Entry
from harness.space import Action
from harness.testing import play, steady
from harness.testing.denial import Denied, denial
from harness.testing.draws import Draws
from harness.testing.leaks import leaks
from harness.testing.parameters import can_be_named, of_library, untold
from harness.testing.report import Check, Report, Skip, tried
from harness.testing.snapshot import compared
from harness.testing.spaces import is_json, round_trips, unjson, unnamed
from harness.testing.walk import Answer, Trace, by_chance, least, walk

__all__ = ["GAME_CHECKS", "assert_game", "check_game"]

REACH = 300


@dataclass(frozen=True, eq=False)
class Subject:
    """A game that is checked.

    Attributes:
        entry: the game, with its specification.
        snapshot: the file of its snapshot, if it has one.
        hash_seeds: in which processes to play it again.
        parameters: what its parameters are before anything is played.
    """

    entry: Entry
    snapshot: Path | None = None
    hash_seeds: tuple[int, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def game(self) -> Game:
        """The game."""
        game: Game = self.entry.what
        return game

    @cached_property
    def heard(self) -> list[Words]:
        """The words of the first match, as they were asked for a first time."""
        return []

    @cached_property
    def traces(self) -> list[Trace]:
        """Whole matches, whose every decision is looked at.

        Raises:
            PluginError: one does not end.
        """
        answers = self._listening(by_chance(1)), by_chance(2), least
        return [walk(self.game, Draws(i), a, whole=True) for i, a in enumerate(answers)]

    def _listening(self, inner: Answer) -> Answer:
        """What players do, who ask for the words of each decision a first time."""

        def answer(decision: Decision, turn: int) -> Action:
            self.heard.append(self.game.describe(decision))
            return inner(decision, turn)

        return answer


def _contract(subject: Subject) -> Iterator[str]:
    game = subject.game
    if not is_dataclass(game):
        raise PluginError(f"{type(game).__name__} is no dataclass; write @dataclass(frozen=True)")
    if not getattr(game, "__dataclass_params__").frozen:  # noqa: B009 - mypy does not know it
        yield (
            f"{type(game).__name__} is not frozen, so that its parameters could change in a match;"
            " write @dataclass(frozen=True)"
        )
    if isinstance(game.version, bool) or not isinstance(game.version, int) or game.version < 1:
        yield f"version is {shorten(game.version)}; it must be a whole number from 1"
    if not isinstance(game.n_players, int) or not 1 <= game.n_seats <= game.n_players:
        yield (
            f"there are {game.n_seats} seats for {shorten(game.n_players)} players; n_players must"
            " be a whole number, and no less than n_seats"
        )
    _ = subject.entry.key


def _ends(subject: Subject) -> Iterator[str]:
    if not any(trace.rounds for trace in subject.traces):
        yield "no round was played: yield a Round for what a decision brought"
    if not any(trace.asked for trace in subject.traces):
        yield "nobody was asked for anything: yield a Decision, and take the action that it gives"


def _payoffs(subject: Subject) -> Iterator[str]:
    for trace in subject.traces:
        yield from play.badly_paid(subject.game, trace)


def _played(subject: Subject) -> Iterator[str]:
    yield from play.ends_badly(subject.entry)
    yield from play.forfeits_badly(subject.entry)


def _replay(subject: Subject) -> Iterator[str]:
    yield from play.not_replayed(subject.entry)


def _observations(subject: Subject) -> Iterator[str]:
    for player in range(subject.game.n_players):
        yield from unjson(dict(subject.game.facts(player)), f"facts({player})")
    for trace in subject.traces:
        for asked in trace.asked:
            observation = dict(asked.decision.observation)
            if not is_json(observation):
                yield from unjson(observation, f"at {asked.place} the observation")
        for number, (_, happened) in enumerate(trace.rounds):
            yield from unjson(dict(happened.info or {}), f"the info of round {number}")


def _actions(subject: Subject) -> Iterator[str]:
    seen: set[str] = set()
    game = subject.game
    for trace in subject.traces:
        for asked in trace.asked:
            aside = asked.decision.aside
            if aside is not None and asked.space.canonical(aside) != aside:
                yield (
                    f"at {asked.place} the default `aside` is {shorten(aside)}, which is not legal"
                    f" there; it must be {asked.space}, in canonical form"
                )
            if repr(asked.space) not in seen:
                seen.add(repr(asked.space))
                yield from (f"at {asked.place}: {fault}" for fault in round_trips(asked.space))
    for player in range(game.n_players):
        good = game.cooperative(player)
        legal = [a.space for t in subject.traces for a in t.of(player)]
        if good is not None and legal and all(space.canonical(good) != good for space in legal):
            yield (
                f"cooperative({player}) is {shorten(good)}, which is not legal at any decision of"
                f" player {player}; name an action that is, or None"
            )


def _words(subject: Subject) -> Iterator[str]:
    for trace in subject.traces:
        for asked in trace.asked:
            question = asked.words.question
            if not question.strip():
                yield f"at {asked.place} the question is empty; end describe() with a question"
                continue
            for fault in unnamed(asked.space, question, asked.rules):
                yield f"at {asked.place} {fault}: {shorten(question)}"
            if not asked.rules.strip():
                yield f"at {asked.place} there are no rules; rules() must tell them"
    yield from _twice(subject)


def _twice(subject: Subject) -> Iterator[str]:
    """Words that are others when they are asked for again, as they are for a second attempt."""
    for asked, first in zip(subject.traces[0].asked, subject.heard, strict=True):
        if asked.words != first:
            yield (
                f"at {asked.place} describe() gives other words the second time; they may depend on"
                " nothing but the decision"
            )
            return


def _leaks(subject: Subject) -> Iterator[str]:
    yield from leaks(subject.game)


def _parameters(subject: Subject) -> Iterator[str]:
    if of_library(subject.entry.spec):
        raise Skip("a library does not tell what parameters its games take")
    yield from untold(subject.entry)


def _outside(subject: Subject) -> Iterator[str]:
    with denial() as found, contextlib.suppress(Denied):  # it is among what was found
        for answer in (by_chance(1), least):
            walk(subject.game, Draws(1), answer, reach=REACH)
    yield from found


def _state(subject: Subject) -> Iterator[str]:
    yield from steady.carried_over(subject.game)


def _frozen(subject: Subject) -> Iterator[str]:
    yield from steady.altered_parameters(subject.game, subject.parameters)


def _order(subject: Subject) -> Iterator[str]:
    if not subject.hash_seeds:
        raise Skip("no processes to play it in were asked for")
    if not can_be_named("game", subject.entry):
        raise Skip("only a game that is installed or in a file can be played in another process")
    yield from steady.unsteady(subject.entry.spec, subject.hash_seeds)


def _snapshot(subject: Subject) -> Iterator[str]:
    if subject.snapshot is None:
        raise Skip("no file of snapshots was given")
    yield from compared(subject.game, subject.snapshot)


GAME_CHECKS: list[Check[Subject]] = [
    Check("contract", "it is a frozen dataclass with name, version and players", _contract, True),
    Check("end", "a match ends, and yields what the engine takes", _ends, True),
    Check("payoffs", "each round has one action and one finite payoff per player", _payoffs, True),
    Check("frozen", "a match leaves the parameters as they are", _frozen),
    Check("state", "a match leaves nothing behind for another", _state),
    Check("play", "legal play ends well, and a forfeit breaks nothing", _played),
    Check("replay", "a match played again from its log is the same", _replay),
    Check("observations", "observations and facts are JSON data", _observations),
    Check("actions", "every legal action survives being asked for, answered and read", _actions),
    Check("words", "every question names the legal actions", _words),
    Check("parameters", "words tell every parameter that matters", _parameters),
    Check("secrets", "nobody sees or reads what is private to others", _leaks),
    Check("outside", "no files, network, clock or chance of the process", _outside),
    Check("order", "a match is the same in every process", _order),
    Check("snapshot", "words and payoffs change only with the version", _snapshot),
]
"""What every game must do."""


def check_game(
    game: str | Game | Entry,
    *,
    snapshot: Path | str | None = None,
    only: Collection[str] = (),
    hash_seeds: tuple[int, ...] | None = None,
) -> Report:
    """Try a game with all checks, or some of them, and say what came of it.

    Args:
        game: a specification, as on the command line, or a game.
        snapshot: a file of snapshots to compare with.
        only: the names of the checks to try; all if empty.
        hash_seeds: values of PYTHONHASHSEED, with each of which a match is played in a process of
            its own; six if None. Without any, the check `order` is left out.

    Raises:
        UsageError: there is no such game, or no such check.
        PluginError: the game cannot be built.

    >>> check_game("chicken", only=["end", "payoffs"]).ok
    True
    """
    known = [check.name for check in GAME_CHECKS]
    for name in only:
        if name not in known:
            raise UsageError(f"there is no check {name!r}{did_you_mean(name, known)}")
    if isinstance(game, str):
        game = registry.build("game", game)
    entry = Entry(game.name, game) if isinstance(game, Game) else game
    kept = Path(snapshot) if snapshot is not None else None
    seeds = steady.HASH_SEEDS if hash_seeds is None else hash_seeds
    subject = Subject(entry, kept, seeds, steady.parameters(entry.what))
    checks = [check for check in GAME_CHECKS if not only or check.name in only]
    return Report(entry.spec, "game", tuple(tried(checks, subject)))


def assert_game(game: str | Game | Entry, *, snapshot: Path | str | None = None) -> None:
    """Fail, with all that is wrong, unless a game conforms: a whole test in one line.

    Raises:
        AssertionError: a check failed; the message says where, with which value, and what to do.
    """
    report = check_game(game, snapshot=snapshot)
    if not report.ok:
        raise AssertionError(str(report))
