"""What a run will take, told before it begins: its calls, tokens, cost and hours.

Some matches are rehearsed (`harness.runner.rehearsal`), and all others taken to be like them
(`harness.runner.extrapolation`). What a call takes is told in `harness.runner.reckoning`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.config import RunPlan
from harness.errors import ContextOverflow
from harness.match import Entry, Match
from harness.models.budget import Foreseen, Taken
from harness.models.limit import START
from harness.models.line import greeting
from harness.models.model import Model
from harness.models.prices import Prices
from harness.runner.extrapolation import Extrapolation, extrapolated
from harness.runner.figures import NONE, NOTHING, Figures, Range
from harness.runner.loop import run_to_end
from harness.runner.reckoning import AGAIN, CHARS_A_TOKEN, WORDS, Reckoner
from harness.runner.rehearsal import Table, keys_of, rehearse_all
from harness.runner.stand_in import Cast

__all__ = ["Forecast", "forecast"]

CALL_S = Range(1, 3, 10)
"""Seconds that a call is taken to last."""

OWN_S = Range(0.0003, 0.0006, 0.002)
"""Seconds of a processor that a call takes here, where one serves all of them."""

HOUR_S = 3600


@dataclass(frozen=True, kw_only=True)
class Forecast(Figures):
    """What a run will take: the figures are those of all its calls together.

    Attributes:
        matches: how many matches the run holds.
        waiting: how many of them wait for a model, or for somebody else who takes time.
        tables: how many kinds of matches with models there are, by game and who sits where.
        rehearsed: how many matches were rehearsed.
        tables_rehearsed: of how many tables.
        unpriced: the models that play and whose prices are not known, as `provider/model`.
        hours: how long the run takes.
        seconds: how long the calls to each model take from the first to the last, by agent as
            specified; those of agents with the same model are counted together.
        concurrency: how many calls of each model are taken to be on the way at once.
        agents: what the calls of each model take, by agent as specified.
        assumptions: what all this rests on, a sentence each.
    """

    matches: int
    waiting: int
    tables: int
    rehearsed: int
    tables_rehearsed: int
    unpriced: tuple[str, ...]
    hours: Range
    seconds: Mapping[str, float]
    concurrency: int
    agents: Mapping[str, Figures]
    assumptions: tuple[str, ...]
    extrapolation: Extrapolation = field(repr=False)

    def calls_of(self, match: Match) -> float:
        """How many calls of models a match of the run is expected to make."""
        known, keys = self.extrapolation, keys_of(match)
        if keys in known.calls_at:
            return known.calls_at[keys]
        return sum(known.calls_from.get((keys[0], key), 0.0) for key in keys[1:])

    def a_call(self) -> dict[str, Foreseen]:
        """What a call of each model in a match is expected to take, by agent as specified."""
        in_play = {spec: took for spec, took in self.extrapolation.agents.items() if took.calls.low}
        return {spec: Foreseen(_each(took, 1), _each(took, 2)) for spec, took in in_play.items()}


def forecast(plan: RunPlan, *, seconds: float = 2.0) -> Forecast:
    """What a run will take; no model is asked, and nothing is written.

    One match of each game is rehearsed however long it takes; more are where there is time, of as
    many tables as there are, and several where they differ. The calls by which models are greeted
    before matches begin are counted as well.

    Args:
        plan: the run.
        seconds: how long this may take.

    Raises:
        PluginError: a game breaks the engine's contract.
    """
    until = time.monotonic() + seconds
    waiting, tables = _tables(plan)
    prices = Prices(plan.config.prices)
    seated = {agent for table in tables for agent in table.models}
    in_order = dict.fromkeys([*plan.agents, *seated])
    cast = Cast([agent for agent in in_order if agent in seated], plan.readers)
    greetings = run_to_end(_rehearse(tables, cast, prices, until)) if tables else {}
    known = extrapolated(tables, prices)
    agents = {spec: took + known.agents.get(spec, NOTHING) for spec, took in greetings.items()}
    total = sum(agents.values(), NOTHING)
    models = [stand_in.model for stand_in in cast.models.values()]
    unpriced = [f"{m.name}/{m.model}" for m in models if not prices.known(m)]
    concurrency = plan.config.concurrency or START
    spans, whole = _spans(tables, agents, cast, concurrency)
    return Forecast(
        calls=total.calls,
        input_tokens=total.input_tokens,
        output_tokens=total.output_tokens,
        usd=None if unpriced else total.usd,
        matches=len(plan.matches),
        waiting=waiting,
        tables=len(tables),
        rehearsed=sum(len(table.rehearsed) for table in tables),
        tables_rehearsed=sum(bool(table.rehearsed) for table in tables),
        unpriced=tuple(dict.fromkeys(unpriced)),
        hours=whole.times(1 / HOUR_S),
        seconds={spec: span.likely for spec, span in spans.items()},
        concurrency=concurrency,
        agents=agents,
        assumptions=tuple(_assumptions(plan, cast)),
        extrapolation=known,
    )


def _each(took: Figures, end: int) -> Taken:
    """What each of the calls takes: of ranges their likely number (1), or that at an end."""
    usd = NONE if took.usd is None else took.usd
    columns = (took.calls, usd, took.input_tokens, took.output_tokens)
    calls, cost, read, written = (tuple(column)[end] for column in columns)
    return Taken(cost / calls, (read + written) / calls)


def _tables(plan: RunPlan) -> tuple[int, list[Table]]:
    """How many matches wait for somebody, and the tables at which models sit."""
    groups: dict[tuple[Entry, tuple[Entry, ...]], list[Match]] = {}
    for match in plan.matches:
        groups.setdefault((match.game, match.seats), []).append(match)
    models: dict[Entry, bool] = {}
    waiting, tables = 0, []
    for (game, seats), matches in groups.items():
        for seat in seats:
            if seat not in models:
                models[seat] = isinstance(seat.what, Model)
        own = tuple(seat for seat in seats if models[seat])
        if own:
            tables.append(Table(game, own, matches))
        if own or any(seat.key in plan.readers for seat in seats):
            waiting += len(matches)
    return waiting, tables


async def _rehearse(
    tables: Sequence[Table], cast: Cast, prices: Prices, until: float
) -> dict[str, Figures]:
    """Rehearse what there is time for; what it takes to greet each model."""
    await rehearse_all(tables, cast, prices, until)
    greetings = {}
    for spec, stand_in in cast.models.items():
        request, reckoner = greeting(stand_in.model), Reckoner(stand_in, prices, asks_again=False)
        try:
            reply = await stand_in.reply("", 0, 0, request)
        except ContextOverflow:  # a scripted model that can read next to nothing
            greetings[spec] = NOTHING
        else:
            greetings[spec] = reckoner.take(request, reply)
    return greetings


def _spans(
    tables: Sequence[Table], agents: Mapping[str, Figures], cast: Cast, concurrency: int
) -> tuple[dict[str, Range], Range]:
    """For how many seconds each model is called, and how long the run takes.

    The latter is what takes longest of all that goes on side by side: the calls to one model, as
    many at once as may be; or those of a match that come one after another; or the work on all
    calls here.
    """
    call_s: dict[str, Range] = {}
    line_s: dict[object, Range] = {}
    lines = {spec: (s.model.connection, s.model.model) for spec, s in cast.models.items()}
    for spec, stand_in in cast.models.items():
        calls, written = agents[spec].calls.likely, agents[spec].output_tokens.likely
        set_s = stand_in.seconds_a_call(written / calls if calls else 0.0)
        call_s[spec] = CALL_S if set_s is None else Range.exactly(set_s)
        all_s = agents[spec].calls.by(call_s[spec]).times(1 / concurrency)
        line_s[lines[spec]] = line_s.get(lines[spec], NONE) + all_s
    spans = {spec: line_s[line] for spec, line in lines.items()}
    own_s = sum((f.calls for f in agents.values()), NONE).by(OWN_S)
    for table in tables:
        for rehearsed in table.rehearsed:
            each = (call_s[agent.spec] for agent in table.models)
            slowest = _longest(*each)
            for agent in table.models:
                chain_s = slowest.times(rehearsed.steps)
                spans[agent.spec] = _longest(spans[agent.spec], chain_s)
    return spans, _longest(own_s, *spans.values())


def _longest(*spans: Range) -> Range:
    """The longest of several spans of time, at each end."""
    return Range(*map(max, zip(*spans, strict=True)))


def _assumptions(plan: RunPlan, cast: Cast) -> Iterator[str]:
    """What the figures rest on."""
    config = plan.config
    if not cast.models:
        return
    if any(stand_in.scripted for stand_in in cast.models.values()):
        yield "Scripted models are counted as they report their calls themselves."
    if not all(stand_in.scripted for stand_in in cast.models.values()):
        few, usual, many = CHARS_A_TOKEN
        yield (
            f"A token is {usual} characters of what is read ({few} at the low end, {many} at the"
            " high end)."
        )
        yield (
            "Answers are as short as can be, texts a sentence or two; a model that may write words"
            f" before writes {WORDS} tokens more. What it thinks unasked is in the high end alone:"
            " there, all replies are as long as max_tokens lets them be."
        )
        yield "At the low end, what was sent before costs what it does from the provider's cache."
        low_s, likely_s, high_s = CALL_S
        yield f"A call lasts {likely_s} s ({low_s} at the low end, {high_s} at the high end)."
        if config.reask:
            yield f"No answer is asked for again; at the high end {AGAIN:.0%} of them are, once."
    yield "No call fails and is sent again."
    if not config.concurrency:
        yield (
            f"{START} calls to each model are on the way at once; the run begins with as many and"
            " finds out how many it may be."
        )
    if config.cache:
        yield f"None of the replies is found in {config.cache}."
