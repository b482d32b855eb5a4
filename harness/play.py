"""Playing a match: a game driven with its players.

`play` and `play_async` drive the same generator, `_conduct`: it asks players that answer at once
itself, and hands out the questions to those that take their time; none, where it only pauses.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator, Sequence
from random import Random
from typing import Any, NamedTuple, TypeAlias, cast

from harness.agent import Answer, AnyPlayer, Outcome, Reader
from harness.audit import audit, total
from harness.crash import described, is_cancelled
from harness.errors import PluginError, RecordError, Stopped, plugin_call, shorten
from harness.game import Decision, Forfeit, Game, Join, Play, Result, Round, Words
from harness.match import Match, MatchRecord, Mixed, Problem, Status
from harness.pace import steps
from harness.seating import Caller, Seating, dismiss
from harness.space import Action

__all__ = ["Caller", "OutOfTime", "play", "play_async"]

MAX_TEXT = 2000
"""Characters of an unreadable answer that are kept in a match's record."""


FAILURES = (Outcome.TIMEOUT, Outcome.PROVIDER_ERROR)
"""Outcomes that say that there was no answer: nothing follows from them but the match's end."""


class Question(NamedTuple):
    """A decision put to a reader, as `_conduct` hands it out."""

    reader: Reader
    decision: Decision
    words: Words
    rules: str
    problem: str


Conduct: TypeAlias = Generator[list[Question], Any, None]


class OutOfTime(TimeoutError):
    """A call may raise this to end its match as `play_async`'s own limit of time does."""


class _Stop(Exception):
    """The match ends here, with this status."""

    def __init__(self, status: Status, reason: str, player: int) -> None:
        super().__init__(reason)
        self.status = status
        self.player = player


def play(match: Match) -> MatchRecord:
    """Play a match between players that answer at once.

    Raises:
        PluginError: a player takes its time (`play_async` can wait for it), or the game breaks
            the engine's contract.
    """
    record = MatchRecord(match)
    for questions in filter(None, _conduct(record, match.seating(record, None))):
        names = ", ".join(match.seats[q.decision.player].spec for q in questions)
        raise PluginError(f"{names} cannot answer at once; play the match with play_async()")
    return record


async def play_async(
    match: Match, caller: Caller | None = None, timeout_s: float | None = None
) -> MatchRecord:
    """Play a match and wait for whoever takes time; simultaneous decisions are asked together.

    Args:
        match: the match.
        caller: what carries the calls of models, if any play.
        timeout_s: seconds after which the match ends as an error; None for no limit.

    Raises:
        PluginError: the game breaks the engine's contract.
        RecordError: a call cannot be logged.
        Stopped: a call may not be made now; nothing is to be recorded of the match.
    """
    record = MatchRecord(match)
    seating = match.seating(record, caller)
    conduct, over, late = _conduct(record, seating), False, 0
    try:
        async with asyncio.timeout(timeout_s):
            replies: list[Answer | _Stop] | None = None
            while True:
                questions = conduct.send(replies)
                if not questions:  # bots alone have long been asked: is the time over?
                    replies = None
                    await asyncio.sleep(0)
                    continue
                late = questions[0].decision.player
                if len(questions) == 1:
                    replies = [await _ask(questions[0])]
                else:
                    replies = await _ask_all(questions)
    except StopIteration:
        over = True
        return record
    except TimeoutError:
        assert timeout_s is not None, "OutOfTime is for matches with a limit of time"
        stop = _Stop(Status.ERROR, f"timeout: not over after {timeout_s:g} s", late)
        with contextlib.suppress(StopIteration):
            conduct.throw(stop)
        over = True
        return record
    finally:
        await dismiss(seating, record, over=over)


async def _ask_all(questions: list[Question]) -> list[Answer | _Stop]:
    """The answers of several readers, who are all waited for: what is on its way has been paid for.

    Raises:
        RecordError, Stopped, OutOfTime: as `_ask` does; the last only where it is the only one.
    """
    told = await asyncio.gather(*map(_ask, questions), return_exceptions=True)
    errors = [e for e in told if isinstance(e, BaseException) and not isinstance(e, _Stop)]
    if errors:
        raise min(errors, key=lambda error: isinstance(error, OutOfTime))
    return cast("list[Answer | _Stop]", told)


async def _ask(question: Question) -> Answer | _Stop:
    """A reader's answer; an exception in it is the end of its match, not of the run.

    Raises:
        RecordError: what was paid for cannot be logged: nothing more is to be asked.
        Stopped: the match is abandoned.
        OutOfTime: the match ends.
    """
    reader, decision, words, rules, problem = question
    try:
        return await reader.answer(decision, words, rules, problem)
    except (RecordError, Stopped, OutOfTime, KeyboardInterrupt, GeneratorExit):
        raise  # the last comes where nobody waits for this coroutine any more
    except BaseException as error:
        if is_cancelled(error):
            raise
        return _crash(error, question.decision)


def _conduct(record: MatchRecord, seating: Seating) -> Conduct:
    """Play a match into `record`, yielding the questions that are not answered at once."""
    game = record.match.game
    script = seating.script()
    try:
        yield from _rounds(record, script, seating)
    except _Stop as stop:
        record.status, record.reason, record.player = stop.status, str(stop), stop.player
        if stop.status is Status.FORFEIT:
            with plugin_call(game.spec, "play()"):
                _close(record, script, stop.player)
    audit(record)
    if record.status not in (Status.OK, Status.FORFEIT):
        record.payoffs = None
    elif record.payoffs is None:
        players = range(game.what.n_players)
        columns = ([r.payoffs[player] for r in record.rounds] for player in players)
        try:
            record.payoffs = tuple(map(total, columns))
        except OverflowError as error:
            raise PluginError(f"{game.spec}: payoffs add up beyond all numbers") from error


def _close(record: MatchRecord, script: Play, player: int) -> None:
    """Let a game say what a forfeit brings, if it does."""
    try:
        item = script.throw(Forfeit(player))
        for _ in steps(record):
            if not isinstance(item, Round):
                raise PluginError(
                    f"{record.match.game.spec} yielded {shorten(item)} after a forfeit; what is"
                    " left then is to yield rounds and return a result"
                )
            record.rounds.append(item)
            item = next(script)
    except Forfeit:
        return
    except StopIteration as end:
        _take_result(record, end.value)


def _take_result(record: MatchRecord, result: Any) -> None:
    """Record what a game returned."""
    if result is None:
        return
    if not isinstance(result, Result):
        raise PluginError(
            f"{record.match.game.spec} returned {shorten(result)}; a game returns a Result or None"
        )
    record.payoffs, record.info = result.payoffs, result.info
    record.measures, record.stages = result.measures, result.stages


def _rounds(record: MatchRecord, script: Play, seating: Seating) -> Conduct:
    """The loop between a game and its players: here speed matters."""
    match, players = record.match, seating.players
    acts = [getattr(player, "act", None) for player in players]
    told: set[int] = set()
    rounds, turns = record.rounds, None
    decisions: Sequence[Decision] = []
    asks: list[tuple[Any, Decision, Any]] = []  # how each of `decisions` is answered and read
    actions: tuple[Action, ...] | None = None  # those of `decisions`, until a round tells them
    item: Any
    reply: Any = None
    try:
        for pause in steps(record):
            if pause:
                yield []
            try:
                item = script.send(reply)
            except StopIteration as end:
                _take_result(record, end.value)
                break
            except (RecordError, KeyboardInterrupt):  # the first: the log holds something else
                raise
            except BaseException as error:
                raise PluginError(f"{match.game.spec}: play() raised {described(error)}") from error
            kind = type(item)
            if kind is Round:
                if turns is None and item[0] != actions:
                    turns = _turns(rounds, decisions, actions)
                rounds.append(item)
                reply = actions = None
                continue
            if kind is Join:
                seating.join(item)
                acts[item.player] = getattr(players[item.player], "act", None)
                reply = None
                continue
            if turns is None and actions is not None:
                turns = _turns(rounds, decisions, actions)
            asked = item if kind is tuple else (item,)
            if asked is not decisions:
                _check(asked, record)
                decisions = asked
                asks = [
                    (
                        acts[d.player]
                        if d.aside is None or getattr(players[d.player], "takes_asides", True)
                        else _aside,
                        d,
                        d.space.canonical,
                    )
                    for d in asked
                ]
            taken: list[Action | None] = []
            for act, decision, canonical in asks:
                if act is None:
                    taken.append(None)
                    continue
                try:
                    given = act(decision)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # nothing waits in there: it is the bot's own
                    raise _crash(error, decision) from error
                try:
                    action = canonical(given)
                except TypeError:  # a value that cannot be looked up is no action
                    action = None
                except Exception as error:  # it is of a class of the bot's own, and fails
                    raise _crash(error, decision) from error
                if action is None:
                    answer = Answer(None, Outcome.ILLEGAL, reason=f"{shorten(given)} is not legal")
                    action = _settle(record, decision, answer)
                taken.append(action)
            if None in taken:
                yield from _wait(record, players, decisions, taken, told)
            actions = tuple(taken)
            if turns is not None:
                turns += [(d.player, a) for d, a in zip(decisions, actions, strict=True)]
            reply = actions if kind is tuple else actions[0]
    finally:  # also where the match ends early: what was said until then is kept
        if turns is None and actions is not None:
            turns = _turns(rounds, decisions, actions)
        record.turns = turns


def _aside(decision: Decision) -> Action:
    """What is said for a bot that does not take a question."""
    return decision.aside


def _turns(
    rounds: list[Round], decisions: Sequence[Decision], actions: tuple[Action, ...] | None
) -> list[tuple[int, Action]]:
    """The turns so far, which until now the rounds' actions told, and those not yet told."""
    turns = [(player, a) for r in rounds for player, a in enumerate(r.actions)]
    return turns + [(d.player, a) for d, a in zip(decisions, actions or (), strict=False)]


def _check(decisions: Sequence[Decision], record: MatchRecord) -> None:
    """Refuse what a game may not yield."""
    spec, agents = record.match.game.spec, record.agents
    for item in decisions:
        if not isinstance(item, Decision):
            raise PluginError(
                f"{spec} yielded {shorten(item)}; a game yields a Decision, a tuple of them, a"
                " Round, or a Join"
            )
    asked = [decision.player for decision in decisions]
    there = [player for player, agent in enumerate(agents) if agent is not None]
    if not asked or asked != sorted(set(asked)) or not set(asked) <= set(there):
        raise PluginError(
            f"{spec} asked players {asked} at once; it must be one decision for each of some of the"
            f" players {shorten(there)}, in ascending order"
        )


def _wait(
    record: MatchRecord,
    players: list[AnyPlayer],
    decisions: Sequence[Decision],
    taken: list[Action | None],
    told: set[int],
) -> Conduct:
    """Put the decisions not yet taken to their readers until each is an action."""
    game: Game = record.match.game.what
    policy = record.match.policy
    pending = {i: "" for i, action in enumerate(taken) if action is None}
    for attempt in range(policy.reask + 1):
        questions = []
        for i, problem in pending.items():
            decision = decisions[i]
            with plugin_call(record.match.game.spec, "rules() or describe()"):
                rules = "" if decision.player in told else game.rules(decision)
                words = game.describe(decision)
            told.add(decision.player)
            reader = cast("Reader", players[decision.player])  # whoever cannot act can answer
            questions.append(Question(reader, decision, words, rules, problem))
        answers = yield questions
        for i, answer in zip(list(pending), answers, strict=True):
            if isinstance(answer, _Stop):
                raise answer
            decision = decisions[i]
            read = answer.within(decision.space)
            if read.outcome is Outcome.OK:
                taken[i] = read.action
                del pending[i]
                if read.strategy is not None:
                    mixed = read.strategy.probabilities, read.strategy.mass
                    at = len(record.rounds)
                    record.strategies.append(Mixed(at, decision.player, decision.kind, *mixed))
            elif read.outcome in FAILURES:
                _note(record, decision, read)
                raise _Stop(Status.ERROR, f"{read.outcome}: {read.reason}", decision.player)
            elif attempt < policy.reask and read.outcome is not Outcome.CONTEXT_OVERFLOW:
                _note(record, decision, read)
                pending[i] = read.reason
            else:
                taken[i] = _settle(record, decision, read)
                del pending[i]
        if not pending:
            return


def _note(
    record: MatchRecord, decision: Decision, answer: Answer, *, substituted: bool = False
) -> None:
    """Record an answer that was not a move."""
    text, reason = answer.text[:MAX_TEXT], answer.reason
    at = len(record.rounds)
    problem = Problem(at, decision.player, answer.outcome, reason, text, substituted)
    record.problems.append(problem)


def _settle(record: MatchRecord, decision: Decision, answer: Answer) -> Action:
    """Do what the policy says of an answer that will not become a move."""
    then = record.match.policy.then
    _note(record, decision, answer, substituted=then == "substitute")
    if then == "substitute":
        stream = record.match.stream("substitute", len(record.problems))
        return decision.space.sample(Random(stream))
    status = Status.FORFEIT if then == "forfeit" else Status.VOID
    raise _Stop(status, f"{answer.outcome}: {answer.reason}", decision.player)


def _crash(error: BaseException, decision: Decision) -> _Stop:
    """The end of a match whose player raised an exception."""
    return _Stop(Status.ERROR, described(error, logged=True), decision.player)
