"""`folk analyze`: metrics of a run folder or of anybody's table of moves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from harness.errors import UsageError, did_you_mean

__all__ = ["analyze"]


@click.command(no_args_is_help=True)
@click.argument("source", metavar="DIR | MOVES.csv", type=click.Path(path_type=Path))
@click.option("--cooperate", metavar="ACTION", help="The action that is cooperation.")
@click.option(
    "--payoffs",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The game's payoffs, as JSON or CSV.",
)
@click.option("--game", metavar="GAME", help="The game's payoffs are those of this one.")
@click.option("--family", metavar="A,B,…", help="Only these families of metrics.  [all]")
@click.option("--metrics", metavar="A,B,…", help="Only these metrics.  [all]")
@click.option("--seed", type=int, default=0, help="Of resampling.  [0]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def analyze(
    source: Path,
    *,
    cooperate: str | None,
    payoffs: Path | None,
    game: str | None,
    family: str | None,
    metrics: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Compute metrics of a run folder, or of any table of moves.

    A table is a CSV, Parquet or JSON-lines file with columns match, round, agent, action and
    payoff, a row for each player and round; docs/metrics.md tells the others, the form of
    --payoffs, and what every metric is. Of a run, and of a table that names an installed game and
    agrees with it, actions, payoffs and the cooperative action are known; otherwise --cooperate,
    --payoffs or --game tell them.

    Numbers are by match: in brackets stand 95 % intervals, from how repeats of the same tables
    vary. A metric that there was no opportunity for is not there; one that does not apply to the
    game is left out. `folk list metrics` tells all of them. Of several games, each has its own
    numbers; where they differ in their stakes, temptation or penalty alone, its effect is told.
    """
    from harness.analysis.analysis import (
        SWEEP,
        analyse,
        families,
        macro_means,
        mixed_units,
        plain,
        swept,
    )
    from harness.analysis.applicable import not_applicable
    from harness.analysis.studies import Given, read_studies
    from harness.metrics.study import Findings
    from harness.metrics.sweep import METRICS

    wanted, named = _names(metrics), _names(family)
    chosen = families(named)
    sweeping = not named or SWEEP in named
    known = {name for one in chosen.values() for name in one.metrics}
    known |= set(METRICS) if sweeping else set()
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no metric {name!r}{did_you_mean(name, known)}")
    found = read_studies(source, Given(cooperate, payoffs, game, seed))
    analyses = [analyse(played, chosen, wanted) for played in found]
    effects = swept(found, wanted) if sweeping else Findings()
    unmet = not_applicable(
        analyses, found, effects, metrics=wanted, families=named, table=source.is_file()
    )
    if len(analyses) == 1:
        analyses = [replace(analyses[0], notes=[*analyses[0].notes, *unmet])]
    if not as_json:
        from harness.cli.findings import findings_text

        click.echo(findings_text(analyses, effects, unmet if len(analyses) > 1 else ()))
        return 0
    if len(analyses) == 1:
        content = analyses[0].as_dict()
    else:
        means = macro_means(analyses)
        told = any("payoff_per_round" in metrics for metrics in means.values())
        content = {
            "agents": plain({a: {**means[a], **effects.agents.get(a, {})} for a in means}),
            "matches": sum(a.matches for a in analyses),
            "outcomes": _added([dict(a.outcomes) for a in analyses]),
            "games": {a.game: a.as_dict() for a in analyses},
            "sweep": plain(effects.details),
            "notes": [*(mixed_units(found) if told else []), *unmet],
        }
    click.echo(json.dumps(content, indent=2, allow_nan=False))
    return 0


def _names(given: str | None) -> list[str]:
    """Names separated by commas."""
    return [] if given is None else [name.strip() for name in given.split(",") if name.strip()]


def _added(counts: list[dict[str, int]]) -> dict[str, int]:
    """Counts added up."""
    names = dict.fromkeys(name for count in counts for name in count)
    return {name: sum(count.get(name, 0) for count in counts) for name in names}
