"""What is told of a run while it plays: the facts in words, and the picture for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.cli.table import printable
from harness.cli.words import count, duration, money
from harness.runner.progress import AgentProgress, Progress

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["WINDOW_S", "matches_told", "outlook_told", "picture"]

WINDOW_S = 10
"""Calls per second are those of the last seconds."""

BAR_MOST, BAR_LEAST = 40, 10

NAME_LEAST = 16
"""Cells that an agent's name keeps: columns go before it is cut shorter."""

GAP = "  "

NOTHING = frozenset({"", "0", "0/s", "$0", "unknown"})
"""Cells of a column that has nothing to tell."""

TROUBLE = frozenset({"retries", "failed", "invalid"})

STAYS_LONGEST = (
    "calls",
    "invalid",
    "failed",
    "USD",
    "on the way",
    f"last {WINDOW_S} s",
    "retries",
    "cached",
    "tokens out",
    "tokens in",
)
"""The columns by their weight: where the terminal is narrow, the last ones go first."""


def matches_told(progress: Progress) -> list[str]:
    """How far the matches are."""
    facts = [f"{progress.done:,} of {progress.matches:,} matches"]
    if progress.under_way:
        facts.append(f"{progress.under_way:,} under way")
    if progress.not_ok:
        facts.append(f"{progress.not_ok:,} not ok")
    return facts


def outlook_told(progress: Progress) -> list[str]:
    """What the run costs and when it ends, as far as that is known; no outlook where it stops."""
    facts = []
    goes_on = not progress.ending
    if progress.usd or progress.projected_usd:
        cost = money(progress.usd or 0.0)
        if goes_on and progress.projected_usd is not None:
            cost += f" of about {money(progress.projected_usd)}"
        facts.append(cost)
    if progress.max_cost is not None:
        facts.append(f"limit {money(progress.max_cost)}")
    if goes_on and progress.left_s is not None and progress.left_s >= 1:
        facts.append(f"about {duration(progress.left_s)} left")
    return facts


def picture(
    progress: Progress,
    rates: Mapping[str, float],
    width: int,
    height: int,
    *,
    ascii_only: bool = False,
) -> Text:
    """The run as a terminal of this size shows it: a bar with the facts, a line per model.

    Args:
        progress: where the run stands.
        rates: calls per second of each agent, as `Pace` tells them.
        width: cells of a line; none of the lines is wider.
        height: lines of the terminal; the picture leaves one free.
        ascii_only: whether the terminal shows nothing but ASCII.
    """
    from rich.text import Text

    lines = _head(progress, width, ascii_only=ascii_only)
    if progress.ending:
        told = _packed(printable(progress.ending).split(" "), width)
        lines += [Text(_clipped(line, width), style="bold yellow") for line in told]
    room = height - 1 - len(lines)
    lines += _agents(progress.agents, rates, width, room, ascii_only=ascii_only)
    return Text("\n", no_wrap=True, overflow="crop").join(lines[: max(1, height - 1)])


def _head(progress: Progress, width: int, *, ascii_only: bool) -> list[Text]:
    """The bar and the facts: in one line where that suffices, else in as many as they take."""
    from rich.text import Text

    facts = [*matches_told(progress), _clock(progress.seconds), *outlook_told(progress)]
    told = [", ".join(facts)]
    if len(told[0]) + len(GAP) + BAR_LEAST > width:
        words = [f"{fact}," for fact in facts[:-1]] + facts[-1:]
        told = _packed(words, width - len(GAP) - BAR_LEAST)
    room = width - len(GAP) - max(map(len, told))
    cells = max(0, min(BAR_MOST, room))
    full = cells * min(progress.done, progress.matches) // max(1, progress.matches)
    done, left = "#-" if ascii_only else "━─"
    bar = Text.assemble((done * full, "green"), (left * (cells - full), "dim"), GAP)
    lines = [Text(" " * len(bar)) for _ in told]
    lines[0] = bar
    for line, text in zip(lines, told, strict=True):
        line.append(text)
        line.highlight_words([f"{progress.not_ok:,} not ok"], style="yellow")
        line.truncate(width)
    return lines


def _agents(
    agents: Sequence[AgentProgress],
    rates: Mapping[str, float],
    width: int,
    room: int,
    *,
    ascii_only: bool,
) -> list[Text]:
    """The table of the agents in at most `room` lines: the busiest, where not all fit."""
    from rich.cells import cell_len
    from rich.text import Text

    cells = [_cells(agent, rates) for agent in agents]
    told = [name for name in STAYS_LONGEST if any(row[name] not in NOTHING for row in cells)]
    if not told or room < 1 + min(2, len(agents)):
        return []
    shown, hidden = _busiest(agents, rates, room - 1)
    titles = {i: printable(agents[i].agent) for i in shown}
    widths = {name: max(len(name), *(len(cells[i][name]) for i in shown)) for name in told}
    longest = max(cell_len("agent"), *map(cell_len, titles.values()))
    names, first = _fitting(told, widths, width, longest)
    heading = "agent".ljust(first) + "".join(GAP + name.rjust(widths[name]) for name in names)
    lines = [Text(heading, "dim")]
    for i in shown:
        title = _clipped(titles[i], first, "..." if ascii_only else "…")
        line = Text(title + " " * (first - cell_len(title)))
        for name in names:
            trouble = name in TROUBLE and cells[i][name] != "0"
            line.append(GAP + cells[i][name].rjust(widths[name]), "yellow" if trouble else "")
        lines.append(line)
    if hidden:
        lines.append(Text(f"and {hidden} more, less busy", "dim"))
    for line in lines:
        line.truncate(width)
    return lines


def _fitting(
    names: Sequence[str], widths: Mapping[str, int], width: int, longest: int
) -> tuple[list[str], int]:
    """The columns that fit, in their order, and the cells that they leave to the agents' names."""
    kept: set[str] = set()
    left = width
    for name in names:
        rest = left - len(GAP) - widths[name]
        if not kept or rest >= min(longest, NAME_LEAST):
            kept.add(name)
            left = rest
    ordered = [name for name in _cells(AgentProgress(""), {}) if name in kept]
    return ordered, max(1, min(longest, left))


def _busiest(
    agents: Sequence[AgentProgress], rates: Mapping[str, float], room: int
) -> tuple[list[int], int]:
    """Which agents fit, in their order, and how many do not."""
    if len(agents) <= room:
        return list(range(len(agents))), 0
    room = max(1, room - 1)  # the last line tells how many more there are
    by_load = sorted(
        range(len(agents)),
        key=lambda i: (-rates.get(agents[i].agent, 0.0), -agents[i].waiting, -agents[i].calls, i),
    )
    return sorted(by_load[:room]), len(agents) - room


def _cells(agent: AgentProgress, rates: Mapping[str, float]) -> dict[str, str]:
    """What the table tells of an agent, by column, in the order of the columns."""
    return {
        "calls": count(agent.calls),
        f"last {WINDOW_S} s": _rate(rates[agent.agent]) if agent.agent in rates else "",
        "on the way": f"{agent.waiting} of {agent.most}" if agent.waiting else "0",
        "cached": count(agent.cached),
        "tokens in": count(agent.input),
        "tokens out": count(agent.output),
        "USD": "unknown" if agent.usd is None else money(agent.usd),
        "retries": count(agent.retries),
        "failed": count(agent.failed),
        "invalid": count(agent.invalid),
    }


def _rate(per_s: float) -> str:
    """Calls per second, with a decimal where they are few."""
    return f"{per_s:.1f}/s" if 0.05 <= per_s < 9.95 else f"{per_s:,.0f}/s"


def _clock(seconds: float) -> str:
    """Time gone by as a clock shows it.

    >>> _clock(65), _clock(26 * 3600)
    ('1:05', '26:00:00')
    """
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _packed(words: Iterable[str], width: int) -> list[str]:
    """Words in as few lines of this width as hold them."""
    from rich.cells import cell_len

    lines = [""]
    for word in words:
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def _clipped(text: str, width: int, mark: str = "…") -> str:
    """Text cut in its middle to a width in cells: what models are told apart by is at both ends.

    >>> _clipped("openai/gpt-5(temperature=0)+reason", 20)
    'openai/gpt…0)+reason'
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    if width <= len(mark):
        return set_cell_size(text, width)
    cells = (width - len(mark)) // 2
    tail = text[-cells:] if cells else ""
    while cell_len(tail) > cells:
        tail = tail[1:]
    head = set_cell_size(text, width - len(mark) - cell_len(tail)).rstrip()
    return head + mark + tail
