"""What happened in a match before one of its rounds, as its log tells it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from harness.agent import Outcome
from harness.errors import RecordError, shorten
from harness.game import Decision, Join, Play, Round, plain
from harness.match import Mixed, Problem
from harness.space import Action

__all__ = ["Forced", "Past"]

Forced: TypeAlias = dict[int, Action]
"""What the players that are asked now did in the past."""

Turns: TypeAlias = Iterator[tuple[int, Any]]


@dataclass(frozen=True, eq=False)
class Past:
    """The past of a match: all that was decided while fewer than so many rounds were over.

    Where a decision brings several rounds, or none, it belongs to the past as a whole if it was
    asked for before the last of the past's rounds was over.

    Attributes:
        match: the match's identity.
        round: how many rounds the past has: the match goes on from the one of this number.
        agents: who played each player in the whole match, as specified; None for one that never
            joined.
        turns: what was asked of whom and done, in this order, as JSON data.
        rounds: what each round brought.
        problems: answers that were not moves.
        strategies: the mixed strategies that moves were drawn from.
    """

    match: str
    round: int
    agents: tuple[str | None, ...]
    turns: tuple[tuple[int, Any], ...]
    rounds: tuple[Round, ...]
    problems: tuple[Problem, ...]
    strategies: tuple[Mixed, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any], before: int) -> Self:
        """The past of a match before a round, from the match's line in the log."""
        infos = dict(told.get("infos", ()))
        actions, payoffs = told["actions"], told["round_payoffs"]
        rounds = tuple(
            Round(tuple(a[i] for a in actions), tuple(u[i] for u in payoffs), infos.get(i))
            for i in range(before)
        )
        turns = told.get("turns")
        if turns is None:  # every round was one decision of all at once
            turns = [(player, a) for r in rounds for player, a in enumerate(r.actions)]
        return cls(
            match=told["match"],
            round=before,
            agents=tuple(told["agents"]),
            turns=tuple((player, action) for player, action in turns),
            rounds=rounds,
            problems=tuple(
                Problem(**{**problem, "outcome": Outcome(problem["outcome"])})
                for problem in told.get("problems", ())
                if problem["round"] < before
            ),
            strategies=tuple(
                Mixed(**mixed) for mixed in told.get("strategies", ()) if mixed["round"] < before
            ),
        )

    def retold(
        self,
        script: Play,
        begins: Callable[[int], None],
        force: Callable[[Forced], None],
    ) -> Generator[Any, Any, None]:
        """Lead a game through the past; afterwards its generator waits to go on.

        Args:
            script: the game's generator, not begun.
            begins: called with the number of each round of the past before anything of it is
                asked.
            force: called with what those do who are asked next.

        Yields:
            What the game yields. Decisions are to be answered by what was forced.

        Raises:
            RecordError: the game does not lead where the log says it led.
        """
        turns = iter(self.turns)
        for number in range(self.round):
            begins(number)
            yield from self._round(script, number, turns, force)

    def _round(
        self, script: Play, number: int, turns: Turns, force: Callable[[Forced], None]
    ) -> Generator[Any, Any, None]:
        """Lead a game through one round."""
        item: Any
        reply: Any = None
        while True:
            try:
                item = script.send(reply)
            except StopIteration:
                raise self._differs(number, "the game is over, and the match was not") from None
            if type(item) is Round:
                self._check(number, item)
                yield item
                return
            if type(item) is not Join:
                asked = item if type(item) is tuple else (item,)
                force({d.player: self._forced(number, d, turns) for d in asked})
            reply = yield item

    def _forced(self, number: int, decision: Decision, turns: Turns) -> Action:
        """What was done at this decision."""
        player, told = next(turns, (None, None))
        if player != decision.player:
            logged = "nobody" if player is None else f"player {player}"
            raise self._differs(
                number, f"the game asks player {decision.player}, and the log tells of {logged}"
            )
        try:
            action = decision.space.canonical(told)
        except TypeError:  # a value that cannot be looked up is no action
            action = None
        if action is None:
            what = f"player {player} did {shorten(told)}, and legal is {decision.space}"
            raise self._differs(number, what)
        return action

    def _check(self, number: int, happened: Round) -> None:
        """Refuse a round that brings something else than it did."""
        for name, now, then in zip(Round._fields, happened, self.rounds[number], strict=True):
            if plain(now or None) != plain(then or None):
                what = f"{name} are {shorten(now)} now, and {shorten(then)} in the log"
                raise self._differs(number, what)

    def _differs(self, number: int, what: str) -> RecordError:
        return RecordError(
            f"match {self.match} cannot be gone on with: in round {number}, {what}; the game is not"
            " the one that was played"
        )
