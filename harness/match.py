"""What a match is, and what is recorded of it. How it is played: `harness.play`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple

from harness.agent import Outcome, Seat
from harness.errors import UsageError, shorten
from harness.game import Game, Round
from harness.identity import content_hash, derived_seed
from harness.seating import Caller, Seating
from harness.space import Action


class Status(StrEnum):
    """How a match ended. Only `OK` and `FORFEIT` have payoffs."""

    OK = "ok"
    VOID = "void"
    FORFEIT = "forfeit"
    ERROR = "error"


@dataclass(frozen=True)
class AnswerPolicy:
    """What follows an answer that is not a move.

    Attributes:
        reask: how many times a player is asked again, with the reason. Scripted players, which
            do not read reasons, are not.
        then: `void` the match, `forfeit` it (payoffs so far stand), or `substitute` a uniformly
            random legal action, flagged wherever it is counted.
    """

    reask: int = 2
    then: Literal["void", "forfeit", "substitute"] = "void"

    def __post_init__(self) -> None:
        if self.then not in ("void", "forfeit", "substitute"):
            raise UsageError(
                f"on_invalid is {shorten(self.then)}; it must be void, forfeit or substitute"
            )
        if not isinstance(self.reask, int) or self.reask < 0:
            raise UsageError(f"reask is {shorten(self.reask)}; it must be 0 or more")


@dataclass(frozen=True, eq=False)
class Entry:
    """A game or an agent, with the text that names it in logs.

    Attributes:
        spec: that text.
        what: the game or agent.
        sources: the modules of what made it, by what the manifest calls them: those of its class
            or function, and of its modifiers' or styles'.
    """

    spec: str
    what: Any
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What this game or agent is, as JSON data: name, version if it has one, parameters."""
        version = {"version": self.what.version} if isinstance(self.what, Game) else {}
        return {"name": self.what.name, **version, "parameters": self.what.parameters}

    @cached_property
    def key(self) -> str:
        """A hash of the identity."""
        return content_hash(self.identity)


@dataclass(frozen=True)
class Match:
    """Everything that determines a match, bar the answers of those who are not scripted.

    Attributes:
        game: the game.
        seats: who sits where.
        seed: the tournament's seed.
        repeat: which of the repeated matches of the same table this is, counted from 0.
        policy: what follows an answer that is not a move.
        residents: of an invasion, the agent among whose copies others sit. The match has the chance
            of the society in which the copies have all seats, and shares its block.
    """

    game: Entry
    seats: tuple[Entry, ...]
    seed: int = 0
    repeat: int = 0
    policy: AnswerPolicy = field(default_factory=AnswerPolicy)
    residents: Entry | None = None

    @cached_property
    def id(self) -> str:
        """The match's identity: a hash of its content."""
        seats = [seat.key for seat in self.seats]
        policy = [self.policy.reask, self.policy.then]
        invaded = [] if self.residents is None else [self.residents.key]
        content = ["match", self.game.key, seats, self.seed, self.repeat, policy, *invaded]
        return content_hash(content)

    @cached_property
    def block(self) -> str:
        """The unit of inference: one table, seed and repeat, whoever sits where."""
        society = self.seats if self.residents is None else (self.residents,) * len(self.seats)
        seats = sorted(seat.key for seat in society)
        return content_hash(["block", self.game.key, seats, self.seed, self.repeat])

    @cached_property
    def table(self) -> str:
        """Who sits at the table of this game, whoever sits where, under any seed."""
        return content_hash(["table", self.game.key, sorted(seat.key for seat in self.seats)])

    def stream(self, *names: Any) -> int:
        """The seed of one of the match's streams of chance.

        It derives from the block, so that matches with swapped seats meet the same chance, and
        different blocks independent chance, as intervals by block require.
        """
        return derived_seed(self.block, *names)

    def stream_of(self, player: int) -> tuple[Any, ...]:
        """What a player's stream of chance is called.

        An agent's stream follows it when seats are swapped. A player that joins later has one of
        its own.
        """
        if player >= len(self.seats):
            return "joined", player
        key = self.seats[player].key
        return "agent", key, sum(seat.key == key for seat in self.seats[:player])

    def seat(
        self,
        player: int,
        call: Callable[..., Awaitable[Any]] | None = None,
        stream: Callable[..., int] | None = None,
    ) -> Seat:
        """A seat as its player sees it.

        Args:
            player: whose.
            call: what carries a model's calls.
            stream: what gives the seeds of streams in place of the match's own `stream`.
        """
        game: Game = self.game.what
        seed = partial(stream or self.stream, *self.stream_of(player))
        facts = game.facts(player)
        return Seat(player, game.n_seats, game.name, facts, seed, call=call, match=self.id)

    def seating(self, record: MatchRecord, caller: Caller | None) -> Seating:
        """Script and players of this match, which is now to be played into `record`."""
        return Seating(record, caller)

    def for_rehearsal(self, seats: tuple[Entry, ...]) -> Match:
        """This match, with its chance, played by others who stand in for its players."""
        return replace(self, seats=seats)

    @property
    def branched(self) -> dict[str, Any] | None:
        """Which `match` this one continues, and from which `round`; None if none."""
        return None


class Mixed(NamedTuple):
    """A mixed strategy that was read at a decision, as it is recorded; see `Strategy`."""

    round: int
    player: int
    kind: str
    probabilities: Mapping[str, float]
    mass: float


class Problem(NamedTuple):
    """An answer that was not a move, as it is recorded."""

    round: int
    player: int
    outcome: Outcome
    reason: str
    text: str
    substituted: bool


@dataclass
class MatchRecord:
    """What a match brought.

    Attributes:
        match: the match.
        status: how it ended.
        reason: why, where it did not end well.
        player: the seat to which a void, a forfeit or an error is due; None otherwise.
        rounds: what each round brought.
        turns: every action as `(player, action)`, in the order asked; None where the rounds'
            actions are all there was to it (every round one simultaneous decision, no tremble).
        problems: answers that were not moves.
        strategies: the mixed strategies that moves were drawn from, where they could be read.
        payoffs: the totals, one per player; None unless the status is `ok` or `forfeit`.
        measures: the game's numbers for the whole match, by name, one per player.
        stages: the game's numbers for the whole table by stage of the match.
        info: the game's further facts about the whole match.
        agents: who played each player; None for one that never joined.
    """

    match: Match
    status: Status = Status.OK
    reason: str = ""
    player: int | None = None
    rounds: list[Round] = field(default_factory=list)
    turns: list[tuple[int, Action]] | None = None
    problems: list[Problem] = field(default_factory=list)
    strategies: list[Mixed] = field(default_factory=list)
    payoffs: tuple[float, ...] | None = None
    measures: Mapping[str, Sequence[float | None]] | None = None
    stages: Sequence[Mapping[str, float | None]] = ()
    info: Any = None
    agents: list[Entry | None] = field(default_factory=list)
