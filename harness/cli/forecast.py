"""A forecast of a run in words, and as JSON data."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from harness.cli.table import printable, table
from harness.cli.words import count, duration, money

if TYPE_CHECKING:
    from harness.runner.figures import Figures, Range
    from harness.runner.forecast import Forecast

__all__ = ["forecast_data", "forecast_lines"]

WIDTH = 80
LABEL = 12
MOST_NAME = 36
"""Characters of an agent's name in the table of agents."""

HOUR_S = 3600


def forecast_lines(forecast: Forecast) -> str:
    """What a run will take, as people read it."""
    if not forecast.agents:
        return "no model plays: there are no calls, and nothing to pay"
    time = _span(forecast.hours.times(HOUR_S), duration)
    if forecast.hours.high * HOUR_S < 1:
        time = "under a second"
    rows = {
        "calls": _span(forecast.calls, count),
        "tokens in": _span(forecast.input_tokens, count),
        "tokens out": _span(forecast.output_tokens, count),
        "cost": _cost(forecast),
        "time": f"{time}, with {forecast.concurrency} calls to each model at once",
        "rehearsed": _rehearsed(forecast),
    }
    parts = ["\n".join(_wrapped(f"{label:<{LABEL}}", told) for label, told in rows.items())]
    if len(forecast.agents) > 1:
        parts.append(f"Of this each model is likely to take:\n\n{_by_agent(forecast)}")
    resting = (_wrapped("- ", sentence) for sentence in forecast.assumptions)
    parts.append("\n".join(["What this rests on:", *resting]))
    return "\n\n".join(parts)


def _wrapped(label: str, text: str) -> str:
    """A text in lines, after a label."""
    lines = textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _span(range_: Range, say: Callable[[float], str]) -> str:
    """A range in words; a number alone where all of it reads the same."""
    low, likely, high = map(say, range_)
    return low if low == likely == high else f"{low} to {high}, likely {likely}"


def _cost(forecast: Forecast) -> str:
    """The cost, or whose price is missing."""
    if forecast.usd is not None:
        return _span(forecast.usd, money)
    missing = ", ".join(forecast.unpriced)
    return f"unknown: no price is known of {missing}; a run file may give one under prices"


def _rehearsed(forecast: Forecast) -> str:
    """How much was tried out."""
    told = f"{forecast.rehearsed:,} of {forecast.waiting:,} matches, without asking any model"
    if forecast.tables_rehearsed == forecast.tables:
        return told
    return (
        f"{told}; there was time for {forecast.tables_rehearsed:,} of {forecast.tables:,} tables,"
        " and the others are taken to be like them"
    )


def _by_agent(forecast: Forecast) -> str:
    """What each model is likely to take."""
    rows = []
    for agent, took in forecast.agents.items():
        name = agent if len(agent) <= MOST_NAME else f"{agent[: MOST_NAME - 1]}…"
        counts = (took.calls, took.input_tokens, took.output_tokens)
        usd = "unknown" if took.usd is None else money(took.usd.likely)
        rows.append([name, *(count(range_.likely) for range_ in counts), usd])
    return table(["model", "calls", "tokens in", "tokens out", "cost"], rows)


def forecast_data(forecast: Forecast) -> dict[str, Any]:
    """What a run will take, as JSON data; each estimate rests on the matches rehearsed."""
    n = forecast.rehearsed
    return {
        "matches": forecast.matches,
        "waiting": forecast.waiting,
        "rehearsed": n,
        "tables": forecast.tables,
        "tables_rehearsed": forecast.tables_rehearsed,
        "concurrency": forecast.concurrency,
        **_figures(forecast, n),
        "hours": _estimate(forecast.hours, n),
        "unpriced": list(forecast.unpriced),
        "agents": [
            {"agent": agent, **_figures(took, n)} for agent, took in forecast.agents.items()
        ],
        "assumptions": list(forecast.assumptions),
    }


def _figures(figures: Figures, n: int) -> dict[str, Any]:
    """Figures as JSON data."""
    return {
        "calls": _estimate(_whole(figures.calls), n),
        "input_tokens": _estimate(_whole(figures.input_tokens), n),
        "output_tokens": _estimate(_whole(figures.output_tokens), n),
        "usd": _estimate(figures.usd, n),
    }


def _whole(range_: Range) -> Iterator[int]:
    return (round(number) for number in range_)


def _estimate(range_: Range | Iterator[int] | None, n: int) -> dict[str, float | None]:
    """An estimate as all JSON tells it: nulls where it cannot be had."""
    low, likely, high = (None, None, None) if range_ is None else range_
    return {"value": likely, "low": low, "high": high, "n": n}
