"""The checks of an agent, in the order in which they are tried."""

from __future__ import annotations

import copy
import hashlib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass, replace
from functools import cached_property

from harness import registry
from harness.agent import Agent, Player
from harness.errors import FolkError, PluginError, UsageError, shorten
from harness.identity import canonical_json
from harness.match import Entry, Match, MatchRecord, Status
from harness.models.model import Model
from harness.play import play
from harness.record.lines import encode, match_fields
from harness.testing import steady
from harness.testing.denial import Denied, denial
from harness.testing.kept import kept, kept_since
from harness.testing.parameters import can_be_named
from harness.testing.play import Least, Some
from harness.testing.report import Check, Report, Skip, tried
from harness.testing.watched import Watched

__all__ = ["AGENT_CHECKS", "agent_digests", "assert_agent", "check_agent", "small_games"]

SMALL = {"rounds": 4, "generations": 2, "agents": 4, "max_messages": 6}
"""Parameters by which games are made small, where they have them."""

CHANCE = Entry("some", Some())
OTHERS = CHANCE, Entry("least", Least())
"""Who sits in the other seats; and who does in matches that are played in between."""


@dataclass(frozen=True, eq=False)
class Subject:
    """An agent that is checked.

    Attributes:
        entry: the agent, with its specification.
        games: what it may be asked to play.
        hash_seeds: in which processes to let it play again.
    """

    entry: Entry
    games: Sequence[Entry]
    hash_seeds: tuple[int, ...] = ()

    @cached_property
    def parameters(self) -> str:
        """What its parameters are before the first match."""
        return canonical_json(self.entry.what.parameters)

    @cached_property
    def records(self) -> list[MatchRecord]:
        """Its first matches of games that it takes: in several seats, beside chance, and in all."""
        found: list[MatchRecord] = []
        for game in self.games:
            last, taken = game.what.n_seats - 1, False
            for place in sorted({0, last}):
                match = self.table(game, {place})
                taken = self._sits_down(match, place) and not _declined(record := play(match))
                if taken:
                    found.append(record)
            if last and taken:
                found.append(play(self.table(game, set(range(last + 1)))))
        return found

    @property
    def tables(self) -> list[Match]:
        """Those matches."""
        return [record.match for record in self.records]

    def table(self, game: Entry, places: set[int]) -> Match:
        """A match with this agent in these seats."""
        seats = range(game.what.n_seats)
        seated = tuple(self.entry if seat in places else CHANCE for seat in seats)
        return Match(game, seated, seed=3)

    def _sits_down(self, match: Match, place: int) -> bool:
        """Whether the agent takes this seat; one that cannot play a game says so."""
        agent: Agent = self.entry.what
        try:
            player = agent.player(match.seat(place))
        except UsageError:
            return False
        if not isinstance(player, Player):
            raise PluginError(
                f"player() gave {shorten(player)}, which has no act(); the kit tries agents that"
                " answer at once"
            )
        if inspect.iscoroutinefunction(player.act):
            raise PluginError(
                "act() is a coroutine, which no bot's is: write def act(…), without async"
            )
        return True


def _declined(record: MatchRecord) -> bool:
    """Whether a bot found out in play that it cannot play this game, and said so."""
    kind = record.reason.partition(" ")[0].rstrip(":")
    return record.status is Status.ERROR and kind == UsageError.__name__


def small_games() -> list[Entry]:
    """All installed games that can be played as they are, at a size that is quickly played."""
    found = []
    for name in registry.names("game"):
        try:
            known = registry.parameters("game", name)
            given = ", ".join(f"{key}={value}" for key, value in SMALL.items() if key in known)
            found.append(registry.build("game", f"{name}({given})" if given else name))
        except FolkError:  # it needs parameters, or is broken, which is not this agent's fault
            continue
    return found


ANEW = "what a player keeps is made anew in begin(), lists and dictionaries above all"


def _contract(subject: Subject) -> Iterator[str]:
    agent = subject.entry.what
    if not is_dataclass(agent):
        raise PluginError(f"{type(agent).__name__} is no dataclass; write @dataclass")
    _ = subject.entry.key, subject.parameters
    if not subject.tables:
        yield (
            f"it takes none of the {len(subject.games)} games that were tried; player() and begin()"
            " raise UsageError only for games that the agent cannot play; if it is for another,"
            f" name that: folk check GAME {subject.entry.spec}"
        )


def _legal(subject: Subject) -> Iterator[str]:
    for record in subject.records:
        yield from _ended(record)


def _ended(record: MatchRecord) -> Iterator[str]:
    where = f"in {record.match.game.spec}"
    seat = f"in seat {record.player}"
    if record.status is Status.VOID:
        yield f"{where} {seat} it acted illegally: {record.reason}; answer out of decision.space"
    elif record.status is Status.ERROR:
        yield (
            f"{where} {seat} it raised {record.reason}; a bot that cannot play a game raises"
            " UsageError, in begin() if it can; to try it with the game that it is for alone, name"
            " that: folk check GAME AGENT"
        )


def _repeats(subject: Subject) -> Iterator[str]:
    for match in subject.tables:
        one, two = (encode(match_fields(play(match))) for _ in range(2))
        if one != two:
            yield (
                f"in {match.game.spec} it does something else in the same match played again; draw"
                " all chance from self.seat.rng, and set up in begin() what it keeps"
            )


def _state(subject: Subject) -> Iterator[str]:
    yield from _remembered(subject)
    for match in subject.tables:
        shared = encode(match_fields(play(match)))
        seats = tuple(
            Entry(seat.spec, copy.deepcopy(seat.what)) if seat is subject.entry else seat
            for seat in match.seats
        )
        apart = encode(match_fields(play(replace(match, seats=seats))))
        if shared != apart:
            yield (
                f"in {match.game.spec} it acts otherwise where it sits in several seats, or has"
                f" played before, than a fresh copy does; {ANEW}"
            )


def _remembered(subject: Subject) -> Iterator[str]:
    """What other matches in between make another, of what it does or of what it could remember.

    What was worked out in the first matches, and is kept for the same ones, is none of it.
    """
    for other in OTHERS:
        for match in subject.tables:
            seats = [seat if seat is subject.entry else other for seat in match.seats]
            play(replace(match, seats=tuple(seats), seed=4))
        before = kept(subject.entry.what)
        for record in reversed(subject.records):
            if encode(match_fields(play(record.match))) != encode(match_fields(record)):
                yield (
                    f"in {record.match.game.spec} it acts otherwise after other matches than in the"
                    f" same match before them; {ANEW}"
                )
        changed = list(kept_since(before, kept(subject.entry.what)))
        for what in changed:
            yield f"its matches change {what}: a later one may go by that; {ANEW}"
        if changed:
            return


def _frozen(subject: Subject) -> Iterator[str]:
    agent: Agent = subject.entry.what
    if (after := canonical_json(agent.parameters)) != subject.parameters:
        yield (
            f"its parameters were {shorten(subject.parameters)} before its matches and are"
            f" {shorten(after)} after; they are what it is identified by: copy what is to change"
        )
    for match in subject.tables:
        found: list[str] = []
        watched = Entry(subject.entry.spec, Watched(agent, found.append))
        seats = tuple(watched if seat is subject.entry else seat for seat in match.seats)
        play(replace(match, seats=seats))
        if found:
            yield f"in {match.game.spec} it changes {found[0]}"


def _outside(subject: Subject) -> Iterator[str]:
    tables = subject.tables
    with denial() as found:
        try:
            for match in tables:
                play(match)
        except PluginError as error:
            if not isinstance(error.__cause__, Denied):  # which is among what was found
                raise
    yield from found


def _order(subject: Subject) -> Iterator[str]:
    if not subject.hash_seeds:
        raise Skip("no processes to let it play in were asked for")
    games = [game.spec for game in subject.games if can_be_named("game", game)]
    if not games or not can_be_named("agent", subject.entry):
        raise Skip("only what is installed or in a file can be played in another process")
    yield from steady.unsteady_agent(subject.entry.spec, games, subject.hash_seeds)


def agent_digests(spec: str, games: Sequence[str]) -> list[list[str]]:
    """A hash of what an agent does, round by round, in all matches of games, by place."""
    built = [registry.build("game", game) for game in games]
    digests = []
    for record in Subject(registry.build("agent", spec), built).records:
        seats = [s for s, name in enumerate(record.agents) if name and name.spec != CHANCE.spec]
        where = f"{record.match.game.spec}, seat {' and '.join(map(str, seats))}"
        rounds = [(f"round {i}", repr(r)) for i, r in enumerate(record.rounds)]
        for place, what in [*rounds, ("its end", repr(match_fields(record)))]:
            digest = hashlib.blake2b(what.encode(), digest_size=8).hexdigest()
            digests.append([f"{place} of {where}", digest])
    return digests


AGENT_CHECKS: list[Check[Subject]] = [
    Check("contract", "it is a dataclass and takes a game", _contract, True),
    Check("actions", "it answers legally in every game that it takes", _legal, True),
    Check("replay", "it does the same in the same match", _repeats),
    Check("state", "its matches and seats have nothing in common", _state),
    Check("frozen", "it leaves its parameters and what it is shown as they are", _frozen),
    Check("outside", "no files, network, clock or chance of the process", _outside),
    Check("order", "it does the same in every process", _order),
]
"""What every scripted agent must do."""


def check_agent(
    agent: str | Agent | Entry,
    *,
    games: Sequence[str | Entry] = (),
    hash_seeds: tuple[int, ...] | None = None,
) -> Report:
    """Try a scripted agent with all checks, and say what came of it.

    Args:
        agent: a specification, as on the command line, or an agent.
        games: what it is to play; all installed games, made small, if empty. It may refuse some.
        hash_seeds: values of PYTHONHASHSEED, with each of which it plays in a process of its own;
            six if None. Without any, the check `order` is left out.

    Raises:
        UsageError: there is no such agent or game, or it is a model, which is tried by playing.
        PluginError: the agent cannot be built.

    >>> check_agent("tit_for_tat", games=["chicken", "beauty"], hash_seeds=()).ok
    True
    """
    if isinstance(agent, str):
        agent = registry.build("agent", agent)
    entry = Entry(agent.name, agent) if isinstance(agent, Agent) else agent
    if isinstance(entry.what, Model):
        raise UsageError(f"{entry.spec} is a model; folk doctor {entry.spec} tries it")
    chosen = [registry.build("game", g) if isinstance(g, str) else g for g in games]
    seeds = steady.HASH_SEEDS if hash_seeds is None else hash_seeds
    subject = Subject(entry, chosen or small_games(), seeds)
    return Report(entry.spec, "agent", tuple(tried(AGENT_CHECKS, subject)))


def assert_agent(agent: str | Agent | Entry, *, games: Sequence[str | Entry] = ()) -> None:
    """Fail, with all that is wrong, unless an agent conforms: a whole test in one line.

    Raises:
        AssertionError: a check failed; the message says where, with which value, and what to do.
    """
    report = check_agent(agent, games=games)
    if not report.ok:
        raise AssertionError(str(report))
