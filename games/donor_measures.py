"""What sums up a match of the Donor Game: numbers by individual and by generation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from harness.games.donor_answers import ANSWERS, answering, answers
from harness.games.donor_table import Act

STAGES = ("final_resources", "donated_share", "efficiency", "gini")
"""What is told of each generation as a stage of the match."""


@dataclass
class Generation:
    """What became of one generation.

    Attributes:
        players: who played, ascending.
        parents: for each newcomer, the survivor that it is like (or whose place it takes).
        finals: each player's resources at the end of each game.
        acts: all acts of all games.
        scores: what the players were selected by; empty if the match ended before that.
        survivors: who went on, best first; None for the last generation.
    """

    players: Sequence[int]
    parents: Mapping[int, int]
    finals: dict[int, list[float]]
    acts: list[Act] = field(default_factory=list)
    scores: dict[int, float] = field(default_factory=dict)
    survivors: list[int] | None = None

    @property
    def played(self) -> bool:
        """Whether a game of this generation has begun."""
        return any(self.finals.values())


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those values that are there; None where there is none."""
    there = [value for value in values if value is not None]
    return fmean(there) if there else None


def gini(values: Sequence[float]) -> float | None:
    """The Gini coefficient: half the mean absolute difference of all pairs, over the mean.

    Pairs of a value with itself count, so that one owner among n has (n - 1)/n; None where all
    values are 0.

    >>> gini([0, 0, 0, 8]), gini([3, 3])
    (0.75, 0.0)
    """
    total, n = sum(values), len(values)
    if not total:
        return None
    ranked = sum((2 * i - n + 1) * value for i, value in enumerate(sorted(values)))
    return ranked / (n * total)


def efficiency(reached: float, endowment: float, full: float) -> float | None:
    """How far units grew, on a scale of logarithms: 0 if not at all, 1 as by full donation.

    None where nothing was left, or where full donation is no gain.

    >>> efficiency(40, 10, 160)
    0.5
    """
    if reached <= 0 or full <= endowment:
        return None
    return math.log(reached / endowment) / math.log(full / endowment)


def donated_shares(acts: Iterable[Act], players: Iterable[int]) -> dict[int, float | None]:
    """The mean share of its units that each player gave when it was donor and had any."""
    shares: dict[int, list[float | None]] = {player: [] for player in players}
    for act in acts:
        shares[act.donor].append(act.donated)
    return {player: mean(given) for player, given in shares.items()}


def summary(
    number: int, told: Generation, endowment: float, full: float, *, punishing: bool
) -> dict[str, Any]:
    """One generation's line in the match's info, as `harness.games.donor.Donor` documents it."""
    finals = {player: fmean(told.finals[player]) for player in told.players}
    shares = donated_shares(told.acts, told.players)
    reached = fmean(finals.values())
    acted = [act.deed == "punish" for act in told.acts if act.deed != "nothing"]
    return {
        "generation": number,
        "players": list(told.players),
        "parents": [[child, parent] for child, parent in told.parents.items()],
        "final_resources": reached,
        "efficiency": efficiency(reached, endowment, full),
        "gini": gini(list(finals.values())),
        "donated_share": mean(shares.values()),
        "punished_share": mean(acted) if punishing else None,
        "scores": [told.scores[player] for player in told.players] if told.scores else None,
        "survivors": told.survivors,
        "survivor_gap": _survivor_gap(told, shares),
    }


def _survivor_gap(told: Generation, shares: Mapping[int, float | None]) -> float | None:
    """Mean share given by survivors less that of the others, over the mean of all."""
    if told.survivors is None:
        return None
    inside = mean(shares[player] for player in told.players if player in told.survivors)
    outside = mean(shares[player] for player in told.players if player not in told.survivors)
    everyone = mean(shares.values())
    if inside is None or outside is None or not everyone:
        return None
    return (inside - outside) / everyone


def by_individual(
    generations: Sequence[Generation], n_players: int, *, punishing: bool, refusing: bool
) -> dict[str, list[float | None]]:
    """The numbers of each individual, by the names in `harness.games.donor.Donor.measures`."""
    acts = [act for generation in generations for act in generation.acts]
    finals: dict[int, list[float]] = {player: [] for player in range(n_players)}
    born: dict[int, int] = {}
    for number, generation in enumerate(generations):
        for player in generation.players:
            finals[player] += generation.finals[player]
            born.setdefault(player, number)
    shares = donated_shares(acts, range(n_players))
    told = answers(acts)
    answered = [answering(told.get(player, [])) for player in range(n_players)]

    def count(deed: str) -> list[float | None]:
        done = [act.donor for act in acts if act.deed == deed]
        return [done.count(i) if i in born else None for i in range(n_players)]

    nobody: list[float | None] = [None] * n_players
    return {
        "final_resources": [mean(finals[player]) for player in range(n_players)],
        "donated_share": [shares[player] for player in range(n_players)],
        "generation": [born.get(player) for player in range(n_players)],
        "punishments": count("punish") if punishing else nobody,
        "refusals": count("refuse") if refusing else nobody,
        **{name: [mine[name] for mine in answered] for name in ANSWERS},
    }
