"""What all families of metrics find in what was played, with what a reader has to know of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness import registry
from harness.analysis.sensitivity import sensitivity
from harness.analysis.studies import Played
from harness.analysis.warnings import counts_of, warnings_of
from harness.errors import PluginError, UsageError, did_you_mean, plugin_call
from harness.metrics.interval import Estimate, within
from harness.metrics.study import Family, Findings, settled
from harness.metrics.sweep import sweep

__all__ = ["SWEEP", "Analysis", "analyse", "families", "macro_means", "mixed_units", "swept"]

HEADLINES = ("payoff_per_round", "cooperation_rate")
"""Metrics that are averaged over games and told under each policy for answers without a move."""


ANY = (-math.inf, math.inf)
"""Bounds of a metric that has none."""

SWEEP = "sweep"
"""What stands in place of a family for metrics of several games together."""


@dataclass(frozen=True)
class Analysis:
    """What was found of one game.

    Attributes:
        game: the game, as specified.
        matches: how many there are.
        statuses: how many ended how.
        outcomes: how many answers had which outcome.
        counts: by agent, seats in matches by status, invalid answers, substituted moves.
        agents: estimates by agent and metric.
        sections: names of the metrics by family, in the order of the families.
        details: by family, what is no number of one agent.
        sensitivity: the headline metrics under each policy for answers that are no moves, where
            that makes a difference.
        notes: what a reader of the numbers has to know.
    """

    game: str
    matches: int
    statuses: Mapping[str, int]
    outcomes: Mapping[str, int]
    counts: Mapping[str, Mapping[str, Any]]
    agents: Mapping[str, Mapping[str, Estimate]]
    sections: Mapping[str, Sequence[str]]
    details: Mapping[str, Any]
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """The analysis as JSON data."""
        told: dict[str, Any] = plain(
            {
                "game": self.game,
                "agents": {
                    agent: {name: estimate.as_dict() for name, estimate in metrics.items()}
                    for agent, metrics in self.agents.items()
                },
                "matches": self.matches,
                "outcomes": dict(self.outcomes),
                "statuses": dict(self.statuses),
                "counts": self.counts,
                "families": self.sections,
                "sensitivity": self.sensitivity,
                "details": self.details,
                "notes": list(self.notes),
            }
        )
        return told


def families(wanted: Sequence[str] = ()) -> dict[str, Family]:
    """Families of metrics by name, without `SWEEP`; all that are installed, unless some are named.

    Raises:
        UsageError: there is no family of a name.
        PluginError: one cannot be imported, or two give one name to a metric.
    """
    known = registry.names("metric")
    for name in wanted:
        if name not in (*known, SWEEP):
            raise UsageError(f"there is no family of metrics {name!r}{did_you_mean(name, known)}")
    found = {name: registry.family(name) for name in (wanted or known) if name != SWEEP}
    owner: dict[str, str] = {}
    for name, family in found.items():
        for metric in family.metrics:
            other = owner.setdefault(metric, name)
            if other != name:
                raise PluginError(f"the families {other} and {name} both have a metric {metric!r}")
    order = [name for name in FIRST if name in found]
    return {name: found[name] for name in dict.fromkeys([*order, *found])}


FIRST = ("payoff", "cooperation", "conditional", "exploitability", "repeated")
"""Families that are told first; the others follow by name."""


def analyse(played: Played, chosen: Mapping[str, Family], metrics: Sequence[str] = ()) -> Analysis:
    """Let every family look at one game.

    Args:
        played: what was played of it.
        chosen: families by name.
        metrics: names of those to tell; all if none are named.

    Raises:
        PluginError: a family raised an exception, or told a metric that it does not document.
    """
    study = played.study
    agents: dict[str, dict[str, Estimate]] = {name: {} for name in study.seats.names}
    sections, details, notes = {}, {}, list(played.notes)
    for name, family in chosen.items():
        if metrics and not set(metrics) & set(family.metrics):
            continue
        with plugin_call(f"metrics {name}", "compute()"):
            findings = family.compute(study)
        told = [m for m in family.metrics if not metrics or m in metrics]
        for agent, estimates in findings.agents.items():
            for metric in estimates:
                if metric not in family.metrics:
                    raise PluginError(
                        f"metrics {name}: it tells {metric!r} and does not say what that is; add it"
                        " to the family's metrics"
                    )
            kept = {
                metric: settled(within(estimates[metric], family.bounds.get(metric, ANY)))
                for metric in told
                if metric in estimates
            }
            agents.setdefault(str(agent), {}).update(kept)
        there = [m for m in told if any(m in mine for mine in agents.values())]
        if there:
            sections[name] = there
        if findings.details:
            details[name] = findings.details
        notes += findings.notes
    counts = counts_of(played)
    return Analysis(
        game=study.game,
        matches=sum(played.statuses.values()),
        statuses=_counted(played.statuses),
        outcomes=_counted(played.outcomes),
        counts=counts,
        agents=agents,
        sections=sections,
        details=details,
        sensitivity=sensitivity(study, {*HEADLINES} & {m for s in sections.values() for m in s}),
        notes=list(dict.fromkeys([*notes, *warnings_of(played, counts)])),
    )


def swept(found: Sequence[Played], metrics: Sequence[str] = ()) -> Findings:
    """What a term that differs between the games did, as far as one does (`harness.metrics.sweep`).

    Args:
        found: what was played of each game.
        metrics: names of those to tell; all if none are named.
    """
    findings = sweep([played.study for played in found])
    agents = {
        agent: {name: e for name, e in told.items() if not metrics or name in metrics}
        for agent, told in findings.agents.items()
    }
    return Findings({agent: told for agent, told in agents.items() if told}, findings.details)


def _counted(counter: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in counter.most_common() if n}


def macro_means(analyses: Sequence[Analysis]) -> dict[str, dict[str, Estimate]]:
    """Means of the headline metrics over games, every game alike; `n` counts games.

    An agent that did not play a game, or of whom it tells nothing, has the mean over the others.
    There is no interval: games are not drawn from anything.
    """
    found: dict[str, dict[str, Estimate]] = {}
    for analysis in analyses:
        for agent in analysis.agents:
            found.setdefault(agent, {})
    for agent, metrics in found.items():
        for name in HEADLINES:
            values = [
                estimate.value
                for analysis in analyses
                if (estimate := analysis.agents.get(agent, {}).get(name)) is not None
                and estimate.value is not None
            ]
            told = any(name in mine for a in analyses for mine in a.agents.values())
            if told:
                mean = math.fsum(values) / len(values) if values else None
                metrics[name] = Estimate(mean, None, None, len(values))
    return found


def mixed_units(found: Sequence[Played]) -> list[str]:
    """What a reader of means over games has to know: whether their points are worth the same.

    They are where the games' known payoffs have the same least and greatest; nobody can tell of
    games whose payoffs are not known.
    """
    if len(found) < 2:
        return []
    told = {}
    for played in found:
        paid = played.study.payoffs
        known = paid is not None and paid.size
        span = f"{paid.min():g} to {paid.max():g}" if paid is not None and known else "not known"
        told[played.study.game] = span
    if len(set(told.values())) == 1 and "not known" not in told.values():
        return []
    spans = [f"{game}: {span}" for game, span in told.items()]
    listed = "; ".join(spans[:5]) + (f"; and {len(spans) - 5} more" if len(spans) > 5 else "")
    told_so = f"their payoffs differ ({listed}), and the largest count most"
    return [f"payoff_per_round over all games is a mean of points of different worth: {told_so}."]


def plain(value: Any) -> Any:
    """JSON data without what JSON lacks: null for what is no finite number.

    Raises:
        TypeError: something is no data at all.
    """
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return float(value) if math.isfinite(value) else None
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case Estimate():
            return plain(value.as_dict())
        case Sequence():
            return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} is no JSON data")
