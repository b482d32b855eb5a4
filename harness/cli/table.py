"""Plain tables for a terminal, of any width."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.metrics.interval import Estimate
    from harness.metrics.standings import Stage, Standing
    from harness.models.tally import Tally

__all__ = ["calls_table", "cell", "printable", "printable_lines", "standings_table", "table"]

MEASURES_SHOWN = 6
"""Measures of a game's own that its standings show; the others are in the JSON and the tables."""

LEAST_PLAIN, MOST_PLAIN = 0.01, 1e6
"""Sizes between which numbers have a fixed number of decimals; others have four digits."""

ROUNDING = 1e-12
"""What is smaller is an error of rounding, and told as 0."""

NOTE = (
    "n: seats in matches that count; for stages, matches that ended well. In brackets: 95 %\n"
    "intervals, from how repeats of the same tables vary, both seatings of a table taken\n"
    "together; none where there is nothing to tell."
)

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Text with control and direction characters made visible, so that it cannot steer a terminal.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return CONTROL.sub(lambda m: m[0].encode("unicode_escape").decode("ascii"), text)


def printable_lines(text: str) -> str:
    """Text as `printable` makes it, its line breaks kept."""
    return "\n".join(map(printable, text.split("\n")))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns lined up: text to the left, and what begins with a digit or a sign to the right."""
    cells = [[printable(cell) for cell in row] for row in rows]
    right = [
        all(re.match(r"[-+]?[\d.]|$", row[i]) for row in cells) and bool(cells)
        for i in range(len(header))
    ]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    rule = ["─" * width for width in widths]
    lines = []
    for row in (header, rule, *cells):
        put = zip(row, widths, right, strict=True)
        line = "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in put)
        lines.append(line.rstrip())
    return "\n".join(lines)


def standings_table(rows: Sequence[Standing], stages: Sequence[Stage] = ()) -> str:
    """Standings, one table per game, with the first of the game's own measures, and its stages."""
    parts = []
    for game in dict.fromkeys(row.game for row in rows):
        parts.append(printable(game))
        parts.append(_standings_of([row for row in rows if row.game == game]))
        course = [stage for stage in stages if stage.game == game]
        if course:
            parts.append(_course(course))
    return "\n\n".join([*parts, NOTE]) if parts else "no matches"


def _standings_of(rows: Sequence[Standing]) -> str:
    """The standings of one game."""
    bad = any(row.statuses["ok"] != row.seats or row.invalid for row in rows)
    cooperation = any(row.cooperation_rate is not None for row in rows)
    measures = list(dict.fromkeys(name for row in rows for name in row.measures))[:MEASURES_SHOWN]
    columns = ["payoff per round", *(["cooperation"] if cooperation else []), *measures]
    header = ["", "agent", *(column.replace("_", " ") for column in columns), "n"]
    header += ["void", "forfeit", "error", "invalid", "substituted"] if bad else []
    lines = []
    for place, row in enumerate(rows, 1):
        estimates = [row.payoff_per_round, *([row.cooperation_rate] if cooperation else [])]
        estimates += [row.measures.get(name) for name in measures]
        line = [str(place), row.agent, *map(cell, estimates), str(row.payoff_per_round.n)]
        if bad:
            line += [str(row.statuses[s]) for s in ("void", "forfeit", "error")]
            line += [str(row.invalid), str(row.substituted)]
        lines.append(line)
    return table(header, lines)


def _course(stages: Sequence[Stage]) -> str:
    """A game's numbers stage by stage, counted from 1 as people count."""
    names = list(dict.fromkeys(name for stage in stages for name in stage.means))
    header = ["stage", *(name.replace("_", " ") for name in names), "n"]
    lines = []
    for stage in stages:
        n = max((estimate.n for estimate in stage.means.values()), default=0)
        cells = [cell(stage.means.get(name)) for name in names]
        lines.append([str(stage.stage + 1), *cells, str(n)])
    return table(header, lines)


def calls_table(tallies: Mapping[str, Tally]) -> str:
    """What the calls of each model took."""
    header = ["model", "calls", "cached", "failed", "retries", "tokens in", "tokens out", "USD"]
    rows = []
    for agent, tally in tallies.items():
        told = tally.as_dict()
        counts = [str(told[key]) for key in ("calls", "cached", "failed", "retries")]
        tokens = [_known(told[key]) for key in ("input_tokens", "output_tokens")]
        usd = "unknown" if told["usd"] is None else f"{told['usd']:.4f}"
        rows.append([agent, *counts, *tokens, usd])
    return table(header, rows)


def _known(number: int | None) -> str:
    return "unknown" if number is None else str(number)


def cell(estimate: Estimate | None) -> str:
    """A value with its interval, where it has one."""
    if estimate is None or estimate.value is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return _number(estimate.value)
    return f"{_number(estimate.value)} ({_number(estimate.low)} to {_number(estimate.high)})"


def _number(value: float) -> str:
    """A number with three decimals, fewer where it is large, as it is needed where it is tiny."""
    size = abs(value)
    if size < ROUNDING:
        return "0.000"
    if size > MOST_PLAIN or size < LEAST_PLAIN:
        return f"{value:.4g}"
    return f"{value:.{3 if size < 100 else 1}f}"
