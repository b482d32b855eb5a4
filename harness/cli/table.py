"""Plain tables for a terminal, of any width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.metrics.interval import Estimate
    from harness.metrics.standings import Standing

__all__ = ["printable", "printable_lines", "standings_table", "table"]

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


def standings_table(rows: Sequence[Standing]) -> str:
    """Standings, one table per game, with the game's own measures beside the payoffs."""
    parts = []
    for game in dict.fromkeys(row.game for row in rows):
        of_game = [row for row in rows if row.game == game]
        parts.append(f"{printable(game)}\n\n{_standings_of(of_game)}")
    return "\n\n".join(parts)


def _standings_of(rows: Sequence[Standing]) -> str:
    """The standings of one game."""
    bad = any(row.statuses["ok"] != row.seats or row.invalid for row in rows)
    cooperation = any(row.cooperation_rate is not None for row in rows)
    measures = list(dict.fromkeys(name for row in rows for name in row.measures))
    columns = ["payoff per round", *(["cooperation"] if cooperation else []), *measures]
    header = ["", "agent"]
    for column in columns:
        header += [column.replace("_", " "), "95% interval"]
    header += ["n"] + (["void", "forfeit", "error", "invalid", "substituted"] if bad else [])
    lines = []
    for place, row in enumerate(rows, 1):
        estimates = [row.payoff_per_round, *([row.cooperation_rate] if cooperation else [])]
        estimates += [row.measures.get(name) for name in measures]
        line = [str(place), row.agent]
        for estimate in estimates:
            line += _cells(estimate)
        line.append(str(row.payoff_per_round.n))
        if bad:
            line += [str(row.statuses[s]) for s in ("void", "forfeit", "error")]
            line += [str(row.invalid), str(row.substituted)]
        lines.append(line)
    return table(header, lines)


def _cells(estimate: Estimate | None) -> list[str]:
    """A value and its interval."""
    if estimate is None or estimate.value is None:
        return ["–", "–"]
    value = f"{estimate.value:.3f}"
    if estimate.low is None or estimate.high is None:
        return [value, "–"]
    return [value, f"{estimate.low:.3f} to {estimate.high:.3f}"]
