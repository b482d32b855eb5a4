"""`folk exact`: what could be taken from an agent, with nothing sampled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.conduct import conduct
from harness.cli.options import knobs
from harness.cli.run import naming, out_folder
from harness.cli.table import printable, table
from harness.config import RunConfig, RunPlan, override, resolve
from harness.errors import RecordError
from harness.models.model import Model
from harness.record.folder import is_run
from harness.spec import split

if TYPE_CHECKING:
    from harness.cli.live import Display
    from harness.exact.figures import AgentFigures, GameFigures
    from harness.exact.walk import Walked
    from harness.metrics.game_tree import Policy
    from harness.runner.halt import Halt
    from harness.runner.run import RunResult

__all__ = ["exact"]

MOST_HISTORIES = 20_000
"""More than these take minutes."""


@click.command(no_args_is_help=True)
@click.argument("game", metavar="GAME")
@click.option("--agents", required=True, help="Whose values: A,B,…")
@click.option(
    "--max-histories",
    type=click.IntRange(1),
    default=MOST_HISTORIES,
    help="Most histories to walk; a game with more is refused.  [20000]",
)
@knobs
@click.option("--out", type=str, help="The folder of the calls of models.  [results/…]")
@click.option("--retry-errors", is_flag=True, help="Ask again where a call failed.")
@click.option("--dry-run", is_flag=True, help="Say what is walked and what it takes; stop.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def exact(
    game: str,
    agents: str,
    *,
    max_histories: int,
    retry_errors: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Walk every history of a small game, and print exact best-response values.

    GAME is between two players, its decisions are between finitely many actions, and nothing in
    it happens by chance; other games are refused. An agent is a bot, or a model with
    elicit='logits', whose mixed strategy is read once in each information state, in both seats.
    docs/exploitability.md says what the numbers mean.

    The calls of models are logged in --out before they are used. The same command with the same
    --out goes on where it stopped, and pays for no reply twice.

    Exit codes are those of `folk run`.
    """
    config = override(
        RunConfig(games=(game,), agents=tuple(split(agents)), histories=max_histories), flags
    )
    plan = resolve(config)
    figures = _figures(plan)
    if dry_run:
        _print_plan(plan, figures, as_json=as_json)
        return 0
    if not plan.matches:
        _print(plan, figures, {}, None, as_json=as_json)
        return 0

    def start(display: Display, halt: Halt) -> RunResult:
        from harness.runner.run import resume as go_on
        from harness.runner.run import run as play

        if is_run(folder):
            display.say(f"going on with the run in {folder}")
            return go_on(
                plan,
                folder,
                retry_errors=retry_errors,
                show=display.update,
                warn=display.say,
                halt=halt,
            )
        show = display.update if config.out else naming(folder, display)
        return play(plan, folder, show=show, warn=display.say, halt=halt)

    def show_walks(result: RunResult, plan: RunPlan) -> None:
        from harness.record.folder import read_matches

        if result.stopped is not None:
            return
        logged = {line["match"]: line for line in read_matches(result.folder)}
        try:
            _print(plan, figures, logged, result.folder, as_json=as_json)
        except RecordError as error:
            click.echo(f"folk: {error}", err=True)

    with out_folder(plan) as folder:
        return conduct(start, plan, folder, as_json=as_json, quiet=quiet, show=show_walks)


def _figures(plan: RunPlan) -> GameFigures:
    """The game, walked."""
    from harness.exact.figures import GameFigures
    from harness.exact.walk import walk

    return GameFigures(walk(plan.games[0], plan.config.histories))


def _policies(
    walked: Walked, plan: RunPlan, logged: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Policy, Policy]]:
    """Every agent's mixed strategy in both seats.

    Raises:
        UsageError: an agent is somebody who takes time, and is no model.
    """
    from harness.exact.asked import read_policy
    from harness.exact.scripted import scripted_policy

    found: dict[str, tuple[Policy, Policy]] = {}
    for agent in plan.agents:
        if isinstance(agent.what, Model):
            first, second = (read_policy(walked, agent, player, logged) for player in (0, 1))
        else:
            first, second = (scripted_policy(walked, agent, player) for player in (0, 1))
        found[agent.spec] = first, second
    return found


def _print_plan(plan: RunPlan, figures: GameFigures, *, as_json: bool) -> None:
    """Say what is walked, and what it takes."""
    from harness.cli.forecast import forecast_data, forecast_lines
    from harness.runner.forecast import forecast

    foreseen = forecast(plan)
    if as_json:
        content = {**figures.as_dict(), "asked": len(plan.matches)}
        click.echo(json.dumps(content | {"forecast": forecast_data(foreseen)}, indent=2))
        return
    click.echo(_walked(figures))
    click.echo(forecast_lines(foreseen))


def _walked(figures: GameFigures) -> str:
    """The game in a sentence."""
    told = figures.as_dict()
    first, second = told["histories"]
    states = " and ".join(f"{n:,}" for n in told["information_states"])
    ends = len(figures.walked.tree.ends)
    return (
        f"{printable(told['game'])}: {first:,} and {second:,} histories at which players 1 and 2"
        f" are asked ({states} information states), {ends:,} ends"
    )


def _print(
    plan: RunPlan,
    figures: GameFigures,
    logged: Mapping[str, Mapping[str, Any]],
    folder: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the exact values."""
    found = [
        figures.of(spec, policies)
        for spec, policies in _policies(figures.walked, plan, logged).items()
    ]
    masses = _masses(figures.walked, plan, logged)
    if as_json:
        content = _data(figures, found, folder) | {"legal_mass": masses}
        click.echo(json.dumps(content, indent=2, allow_nan=False))
        return
    click.echo(_walked(figures))
    unit = "per round" if figures.walked.rounds else "in total"
    low, high = (f"{u:.4g}" for u in figures.security)
    name = "the values are" if figures.constant_sum else "players can make sure of"
    click.echo(f"points {unit}; {name} {low} and {high}\n")
    click.echo(_table(found))
    for spec, mass in masses.items():
        told = f"{mass['mean']:.3g} on average, {mass['least']:.3g} at the least"
        click.echo(f"\n{printable(spec)} gave legal answers a probability of {told}")
    if folder is not None:
        click.echo(f"\nlogged in {folder}")


def _masses(
    walked: Walked, plan: RunPlan, logged: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """How likely each model thinks that it answers at all as it is asked to."""
    from harness.exact.asked import legal_mass

    found = {}
    for agent in plan.agents:
        if isinstance(agent.what, Model):
            masses = legal_mass(walked, agent, logged)
            found[agent.spec] = {"mean": sum(masses) / len(masses), "least": min(masses)}
    return found


def _table(found: list[AgentFigures]) -> str:
    """One row per agent, one column per number that is there for any."""
    rows = [agent.metrics for agent in found]
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    header = ["agent", *(name.replace("_", " ") for name in names), "evaluated"]
    cells = [
        [agent.agent, *(_number(row[name]) for name in names), str(agent.n_evaluated)]
        for agent, row in zip(found, rows, strict=True)
    ]
    return table(header, cells)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _data(figures: GameFigures, found: list[AgentFigures], folder: Path | None) -> dict[str, Any]:
    """The exact values as JSON data; being exact, they are their own bounds."""
    from dataclasses import asdict

    def estimate(value: float | None, n: int) -> dict[str, Any]:
        return {"value": value, "low": value, "high": value, "n": n}

    return {
        **figures.as_dict(),
        "run": None if folder is None else str(folder),
        "agents": {
            agent.agent: {
                name: estimate(value, agent.n_evaluated) for name, value in agent.metrics.items()
            }
            for agent in found
        },
        "seats": {agent.agent: [asdict(seat) for seat in agent.seats] for agent in found},
    }
