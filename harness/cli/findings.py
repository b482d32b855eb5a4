"""What families of metrics found, as tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from harness.analysis.analysis import Analysis
from harness.cli.table import cell, printable, table
from harness.metrics.interval import Estimate
from harness.metrics.study import Findings

__all__ = ["findings_text"]

COLUMNS = 4
"""Metrics side by side in one table."""

NOTE = (
    "n: seats in matches that count, of the first metric of a table. In brackets: 95 % intervals,\n"
    "from how repeats of the same tables vary; none where there is nothing to tell. –: there was\n"
    "no opportunity. folk list metrics tells what each metric is; --json has details of families."
)


def findings_text(
    analyses: Sequence[Analysis], effects: Findings, notes: Sequence[str] = ()
) -> str:
    """Every game's findings, one table or more for each family, and what differing terms did.

    Args:
        analyses: of all games.
        effects: what differing terms did.
        notes: on all games together.
    """
    parts = [*map(_of_game, analyses), *_effects(effects), *map(_note, notes), NOTE]
    return "\n\n".join(parts)


def _effects(effects: Findings) -> list[str]:
    """What terms did that differ between games."""
    metrics = list(dict.fromkeys(m for told in effects.agents.values() for m in told))
    parts = [f"── sweep {'─' * 61}"] if metrics else []
    if metrics:
        parts.append(_block(effects.agents, list(effects.agents), metrics))
    return parts


def _of_game(analysis: Analysis) -> str:
    """One game's findings."""
    statuses = ", ".join(f"{n} {status}" for status, n in analysis.statuses.items())
    parts = [
        f"{printable(analysis.game)}\n{analysis.matches} {_matches(analysis.matches)}: {statuses}"
    ]
    agents = sorted(analysis.agents, key=lambda agent: _rank(analysis, agent))
    if _counts_matter(analysis):
        parts.append(_counts(analysis, agents))
    for family, metrics in analysis.sections.items():
        blocks = [metrics[i : i + COLUMNS] for i in range(0, len(metrics), COLUMNS)]
        tables = [_block(analysis.agents, agents, block) for block in blocks]
        parts.append("\n\n".join([f"── {family} {'─' * max(3, 66 - len(family))}", *tables]))
    if analysis.sensitivity:
        parts.append(_sensitivity(analysis, agents))
    return "\n\n".join([*parts, *map(_note, analysis.notes)])


def _note(note: str) -> str:
    return textwrap.fill(f"* {printable(note)}", 96, subsequent_indent="  ")


def _matches(n: int) -> str:
    return "match" if n == 1 else "matches"


def _rank(analysis: Analysis, agent: str) -> tuple[float, str]:
    """Best payoff first, those without one last."""
    payoff = analysis.agents[agent].get("payoff_per_round")
    value = None if payoff is None else payoff.value
    return (float("inf") if value is None else -value, agent)


def _block(
    told: Mapping[str, Mapping[str, Estimate]], agents: Sequence[str], metrics: Sequence[str]
) -> str:
    """A few metrics of all agents."""
    lines = []
    for agent in agents:
        estimates = [told[agent].get(metric) for metric in metrics]
        lines.append([agent, *map(cell, estimates), _n(estimates)])
    return table(["agent", *(metric.replace("_", " ") for metric in metrics), "n"], lines)


def _n(estimates: Sequence[Estimate | None]) -> str:
    first = next((estimate for estimate in estimates if estimate is not None), None)
    return "" if first is None else str(first.n)


def _counts_matter(analysis: Analysis) -> bool:
    """Whether anything went otherwise than well."""
    return any(c["seats"] != c["ok"] or c["invalid"] for c in analysis.counts.values())


def _counts(analysis: Analysis, agents: Sequence[str]) -> str:
    """How much of each agent's play counts."""
    columns = ("seats", "ok", "void", "forfeit", "error", "valid", "invalid", "substituted")
    lines = [
        [agent, *(str(analysis.counts[agent][column]) for column in columns)] for agent in agents
    ]
    return table(["agent", *columns], lines)


def _sensitivity(analysis: Analysis, agents: Sequence[str]) -> str:
    """The headline numbers under each policy."""
    policies = list(analysis.sensitivity)
    title = "── were answers that are no moves treated otherwise "
    parts = [title + "─" * 18]
    metrics = dict.fromkeys(
        m for of in analysis.sensitivity.values() for a in of.values() for m in a
    )
    for metric in metrics:
        lines = [
            [agent, *(cell(analysis.sensitivity[p].get(agent, {}).get(metric)) for p in policies)]
            for agent in agents
        ]
        head = [metric.replace("_", " "), *(policy.replace("_", " ") for policy in policies)]
        parts.append(table(head, lines))
    return "\n\n".join(parts)
