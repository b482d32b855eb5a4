"""The checks of an agent, in the order in which they are tried."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cached_property

from harness import registry
from harness.agent import Agent, Player
from harness.errors import FolkError, PluginError, UsageError, shorten
from harness.identity import canonical_json
from harness.match import Entry, Match, MatchRecord, Status
from harness.models.model import Model
from harness.play import play
from harness.record.lines import encode, match_fields
from harness.testing.denial import Denied, denial
from harness.testing.play import Some
from harness.testing.report import Check, Report, tried

__all__ = ["AGENT_CHECKS", "assert_agent", "check_agent", "small_games"]

SMALL = {"rounds": 4, "generations": 2, "agents": 4, "max_messages": 6}
"""Parameters by which games are made small, where they have them."""


@dataclass(frozen=True, eq=False)
class Subject:
    """An agent that is checked.

    Attributes:
        entry: the agent, with its specification.
        games: what it may be asked to play.
    """

    entry: Entry
    games: Sequence[Entry]

    @cached_property
    def tables(self) -> list[Match]:
        """Matches of games that it takes, beside players who act by chance, in several seats."""
        found = []
        for game in self.games:
            last = game.what.n_seats - 1
            for place in sorted({0, last}):
                match = self.table(game, place, self.entry)
                if self._sits_down(match, place) and not _declined(play(match)):
                    found.append(match)
            if last and found and found[-1].game is game:
                found.append(self.table(game, 0, self.entry, everywhere=True))
        return found

    def table(
        self, game: Entry, place: int, agent: Entry, *, everywhere: bool = False, seed: int = 3
    ) -> Match:
        """A match with this agent in one seat, or in all."""
        some = Entry("some", Some())
        seats = range(game.what.n_seats)
        seated = tuple(agent if everywhere or seat == place else some for seat in seats)
        return Match(game, seated, seed=seed)

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
        return True


def _declined(record: MatchRecord) -> bool:
    """Whether a bot found out in play that it cannot play this game, and said so."""
    return record.status is Status.ERROR and record.reason.startswith(f"{UsageError.__name__}:")


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


def _contract(subject: Subject) -> Iterator[str]:
    agent = subject.entry.what
    if not is_dataclass(agent):
        raise PluginError(f"{type(agent).__name__} is no dataclass; write @dataclass")
    _ = subject.entry.key
    if not subject.tables:
        yield (
            f"it takes none of the {len(subject.games)} games that were tried; player() and begin()"
            " raise UsageError only for games that the agent cannot play; if it is for another,"
            f" name that: folk check GAME {subject.entry.spec}"
        )


def _legal(subject: Subject) -> Iterator[str]:
    for match in subject.tables:
        yield from _ended(play(match))


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
    for match in subject.tables:
        shared = encode(match_fields(play(match)))
        seats = tuple(
            Entry(seat.spec, copy.deepcopy(seat.what)) if seat is subject.entry else seat
            for seat in match.seats
        )
        apart = encode(match_fields(play(Match(match.game, seats, seed=match.seed))))
        if shared != apart:
            yield (
                f"in {match.game.spec} it acts otherwise where it sits in several seats, or has"
                " played before, than a fresh copy does; what a player keeps is made anew in"
                " begin(), lists and dictionaries above all"
            )


def _frozen(subject: Subject) -> Iterator[str]:
    agent: Agent = subject.entry.what
    before = canonical_json(subject.entry.identity["parameters"])  # from before the first match
    if (after := canonical_json(agent.parameters)) != before:
        yield (
            f"its parameters were {shorten(before)} before its matches and are {shorten(after)}"
            " after; they are what it is identified by: copy what is to change"
        )


def _outside(subject: Subject) -> Iterator[str]:
    tables = subject.tables
    with denial() as found, contextlib.suppress(Denied):  # it is among what was found
        for match in tables:
            play(match)
    yield from found


AGENT_CHECKS: list[Check[Subject]] = [
    Check("contract", "it is a dataclass and takes a game", _contract, True),
    Check("actions", "it answers legally in every game that it takes", _legal, True),
    Check("replay", "it does the same in the same match", _repeats),
    Check("state", "its matches and seats have nothing in common", _state),
    Check("frozen", "matches leave its parameters as they are", _frozen),
    Check("outside", "no files, network, clock or chance of the process", _outside),
]
"""What every scripted agent must do."""


def check_agent(agent: str | Agent | Entry, *, games: Sequence[str | Entry] = ()) -> Report:
    """Try a scripted agent with all checks, and say what came of it.

    Args:
        agent: a specification, as on the command line, or an agent.
        games: what it is to play; all installed games, made small, if empty. It may refuse some.

    Raises:
        UsageError: there is no such agent or game, or it is a model, which is tried by playing.
        PluginError: the agent cannot be built.

    >>> check_agent("tit_for_tat", games=["chicken", "beauty"]).ok
    True
    """
    if isinstance(agent, str):
        agent = registry.build("agent", agent)
    entry = Entry(agent.name, agent) if isinstance(agent, Agent) else agent
    if isinstance(entry.what, Model):
        raise UsageError(f"{entry.spec} is a model; folk doctor {entry.spec} tries it")
    chosen = [registry.build("game", g) if isinstance(g, str) else g for g in games]
    subject = Subject(entry, chosen or small_games())
    return Report(entry.spec, "agent", tuple(tried(AGENT_CHECKS, subject)))


def assert_agent(agent: str | Agent | Entry, *, games: Sequence[str | Entry] = ()) -> None:
    """Fail, with all that is wrong, unless an agent conforms: a whole test in one line.

    Raises:
        AssertionError: a check failed; the message says where, with which value, and what to do.
    """
    report = check_agent(agent, games=games)
    if not report.ok:
        raise AssertionError(str(report))
