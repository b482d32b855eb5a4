"""`folk power`: how many blocks it takes to see a difference."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.errors import UsageError

__all__ = ["power"]


@click.command(no_args_is_help=True)
@click.argument(
    "source", metavar="[DIR | MOVES.csv]", required=False, type=click.Path(path_type=Path)
)
@click.option("--difference", type=float, help="The difference to be seen.")
@click.option("--deviation", type=float, help="Standard deviation between blocks.  [of DIR]")
@click.option("--power", "wanted", type=float, default=0.8, help="Chance to see it.  [0.8]")
@click.option("--alpha", type=float, default=0.05, help="Two-sided level of the test.  [0.05]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def power(
    source: Path | None,
    *,
    difference: float | None,
    deviation: float | None,
    wanted: float,
    alpha: float,
    as_json: bool,
) -> int:
    """Say how many blocks it takes to see a difference between two agents.

    A block is the matches that share one seed and one opponent, seats swapped; --repeats says how
    many there are of each table. --difference is in points per round, or in whatever --deviation
    is in; that is how much payoffs per round vary between blocks of one table, and is taken from a
    run or a table of moves if it is not given.
    """
    from harness.metrics.power import blocks_for_half_width, independent_blocks, paired_blocks

    if difference is None or difference <= 0:
        raise UsageError("--difference: give the difference to be seen, above 0")
    if (deviation is None) == (source is None):
        raise UsageError("give either a run or table to take the deviation from, or --deviation")
    if deviation is not None and not deviation >= 0:
        raise UsageError(f"--deviation {deviation:g}: a deviation is at least 0")
    if deviation is None:
        assert source is not None
        deviation = observed_deviation(source)
    if deviation <= 0:
        raise UsageError(
            "blocks do not differ at all: one shows any difference, repeats add nothing"
        )
    content = {
        "difference": difference,
        "deviation": deviation,
        "effect": difference / deviation,
        "independent": independent_blocks(difference / deviation, alpha, wanted),
        "paired": paired_blocks(difference / deviation, alpha, wanted),
        "half_width": blocks_for_half_width(deviation, difference / 2, alpha),
    }
    if as_json:
        click.echo(json.dumps(content, indent=2, allow_nan=False))
        return 0
    click.echo(
        f"To see a difference of {difference:g} where blocks deviate by {deviation:.3g}, with a"
        f" chance of {wanted:.0%} at level {alpha:g}:\n"
        f"  {content['independent']} blocks of each agent that meet different blocks\n"
        f"  {content['paired']} blocks, if what deviates is the difference within a block\n"
        f"  {content['half_width']} blocks for an interval of ±{difference / 2:g}"
    )
    return 0


def observed_deviation(source: Path) -> float:
    """Standard deviation of payoffs per round between blocks of one table, pooled over all.

    Raises:
        UsageError: no table has two blocks.
    """
    import numpy as np

    from harness.analysis.studies import Given, read_studies

    squares = freedom = 0.0
    for played in read_studies(source, Given()):
        seats = played.study.seats
        cell = np.unique(np.stack([seats.agent, seats.block]), axis=1, return_inverse=True)[1]
        mean = np.bincount(cell, seats.payoff) / np.bincount(cell, seats.rounds)
        first = np.unique(cell, return_index=True)[1]
        group = np.unique(
            np.stack([seats.agent[first], seats.table[first]]), axis=1, return_inverse=True
        )[1]
        size = np.bincount(group)
        rest = mean - (np.bincount(group, mean) / size)[group]
        squares += float((rest**2).sum())
        freedom += float((size - 1).sum())
    if not freedom:
        raise UsageError(f"{source}: no table was repeated, so that blocks cannot be compared")
    return float(np.sqrt(squares / freedom))
