"""Societies that a few others live in: how these fare, what they cost, and whether they take over.

A match is an invasion if two agents play its first generation, one of them in fewer than half of
the seats: the mutants, among residents. `--schedule invade` plays such matches under the chance of
the society without mutants, `--schedule exploit` with one exploiter in each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.metrics.interval import Estimate, ratio
from harness.metrics.invasion import fixation_frequency, invasion_fitness, resists
from harness.metrics.study import Study, settled

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Invaded", "invasions", "rounds_a_game", "told"]

RATES = ("residents_ruined", "mutants_ruined", "cost", "fixation", "extinction")

HEADLINE_RUNS = 20
"""Runs below which a verdict is fit for a trial only."""


@dataclass(frozen=True)
class Invaded:
    """What became of the societies of one agent that so many of another one lived in.

    Attributes:
        resident: the agent that the society is of.
        mutant: the agent that is in it.
        mutants: how many of these there are at first.
        society: how many individuals there are at first.
        runs: how many societies under chance of their own, seatings of one counting once.
        fitness: logarithm of the mutants' mean units at the end of the first generation's games
            over those of the residents, mean over matches (`harness.metrics.invasion`) in which
            both have any left.
        residents_ruined: how often only the residents have nothing left then.
        mutants_ruined: how often only the mutants have.
        cost: logarithm of the residents' mean units then over those that they have in the society
            without mutants under the same chance; None where that was not played.
        fixation: how often only mutants are left in the last generation; None with one generation.
        extinction: how often none is; likewise.
    """

    resident: str
    mutant: str
    mutants: int
    society: int
    runs: int
    fitness: Estimate
    residents_ruined: Estimate
    mutants_ruined: Estimate
    cost: Estimate | None = None
    fixation: Estimate | None = None
    extinction: Estimate | None = None

    @property
    def verdict(self) -> str:
        """`resists`, `is invaded` or `undecided`, or `no verdict` where no interval tells.

        Residents that are ruined in most societies are invaded, whatever the fitness is in others;
        where they are in any, what the others say cannot clear them. Likewise for mutants.
        """
        harm, luck = self.residents_ruined, self.mutants_ruined
        if _mostly(harm) or (_above_0(self.fitness) and not luck.value):
            return "is invaded"
        if _mostly(luck) or (resists(self.fitness) and not harm.value):
            return "resists"
        return "no verdict" if resists(self.fitness) is None else "undecided"

    def as_dict(self) -> dict[str, Any]:
        """It as JSON data."""
        several = {name: getattr(self, name) for name in RATES}
        return {
            "resident": self.resident,
            "mutant": self.mutant,
            "mutants": self.mutants,
            "society": self.society,
            "runs": self.runs,
            "fitness": self.fitness.as_dict(),
            "resists": {"resists": True, "no verdict": None}.get(self.verdict, False),
            **{name: one and one.as_dict() for name, one in several.items()},
        }


@dataclass(frozen=True)
class _Society:
    """A match: its unit of inference, who played its first generation, and what became of it.

    `units` has what the agents' individuals had on average after the first generation; `last` is
    who plays the last generation, of several.
    """

    block: str
    table: str
    seats: Counter[str]
    units: Mapping[str, float]
    last: frozenset[str] | None


def invasions(study: Study, rows: pd.DataFrame) -> list[Invaded]:
    """What became of all societies that others live in, by resident, mutant and their number.

    Args:
        study: what was played of a donor game.
        rows: its matches that count, one row per individual.
    """
    mixed: dict[tuple[str, str, int, int], list[_Society]] = defaultdict(list)
    pure: dict[tuple[str, str], list[float]] = defaultdict(list)
    for society in _societies(study, rows):
        shares = society.seats.most_common()
        n = society.seats.total()
        if len(shares) == 1:
            pure[shares[0][0], society.block].append(society.units[shares[0][0]])
        elif len(shares) == 2 and 2 * shares[1][1] < n:
            mixed[shares[0][0], shares[1][0], shares[1][1], n].append(society)
    alone = {key: float(np.mean(units)) for key, units in pure.items()}
    return [_invaded(key, mixed[key], alone, study) for key in sorted(mixed)]


def told(found: Sequence[Invaded]) -> list[str]:
    """What became of invaded societies, a sentence for each resident and mutant."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in found:
        parts[one.resident, one.mutant].append(
            f"{one.mutants} of {one.society}: {one.verdict}, log fitness {_told(one.fitness)}"
            + "".join(
                f", {who} left with nothing in {_told(share)}"
                for who, share in (
                    ("residents", one.residents_ruined),
                    ("mutants", one.mutants_ruined),
                )
                if share.value
            )
            + ("" if one.fixation is None else f", take over in {_told(one.fixation)}")
        )
    sentences = [
        f"Society of {resident} with {mutant} in it: {'; '.join(cases)}"
        for (resident, mutant), cases in parts.items()
    ]
    if any(one.runs < HEADLINE_RUNS for one in found):
        sentences.append(f"Invasions of fewer than {HEADLINE_RUNS} runs are fit for a trial only.")
    return sentences


def _mostly(share: Estimate) -> bool:
    return share.low is not None and share.low > 0.5


def _above_0(estimate: Estimate) -> bool:
    return estimate.low is not None and estimate.low > 0


def _told(estimate: Estimate) -> str:
    """A number with its interval and what it rests on."""
    if estimate.value is None:
        return "unknown"
    bounds = (estimate.low, estimate.high)
    shown = "" if None in bounds else f" ({estimate.low:.3f} to {estimate.high:.3f})"
    return f"{estimate.value:.3f}{shown}, n {estimate.n}"


def _invaded(
    key: tuple[str, str, int, int],
    matches: Sequence[_Society],
    alone: Mapping[tuple[str, str], float],
    study: Study,
) -> Invaded:
    """What became of the societies of a resident with so many of a mutant in them."""
    resident, mutant = key[:2]
    blocks, tables = [one.block for one in matches], [one.table for one in matches]
    few, many = ([one.units[who] for one in matches] for who in (mutant, resident))
    fitness = invasion_fitness(few, many, blocks, tables, study.seed)
    pairs = list(zip(few, many, strict=True))
    ends = [(one.last, one.block) for one in matches if one.last is not None]
    runs = [block for _, block in ends]
    moving = bool(ends) and study.facts.get("newborn_type") != "fixed"
    return Invaded(
        *key,
        len(set(blocks)),
        settled(fitness),
        fixation_frequency([own == 0 < units for units, own in pairs], blocks),
        fixation_frequency([units == 0 < own for units, own in pairs], blocks),
        _cost(resident, matches, alone, study.seed),
        fixation_frequency([last == {mutant} for last, _ in ends], runs) if moving else None,
        fixation_frequency([mutant not in last for last, _ in ends], runs) if moving else None,
    )


def _cost(
    resident: str,
    matches: Sequence[_Society],
    alone: Mapping[tuple[str, str], float],
    seed: int,
) -> Estimate | None:
    """What mutants change for residents, against the same society without them."""
    pairs = [
        (one, np.log(one.units[resident] / alone[resident, one.block]))
        for one in matches
        if one.units[resident] > 0 and alone.get((resident, one.block), 0) > 0
    ]
    if not pairs:
        return None
    changes = [change for _, change in pairs]
    blocks, tables = [one.block for one, _ in pairs], [one.table for one, _ in pairs]
    return settled(ratio(changes, np.ones(len(pairs)), blocks, tables, seed))


def _societies(study: Study, rows: pd.DataFrame) -> list[_Society]:
    """All matches of which is known what the first generation had in the end."""
    if "generation" not in rows:
        return []
    several = rows.groupby("match", observed=True)["generation"].transform("max") > 0
    units = rows["final_resources"].astype(float).copy()
    units[several] = _after_the_first(study, rows[several])
    first = rows.assign(units=units)[rows["generation"] == 0]
    ends = _last_generation(study, set(rows.loc[several, "match"]))
    found = []
    for match, own in first.groupby("match", sort=False, observed=True):
        if own["units"].isna().any():
            continue
        agents, seats = own["agent"].astype(str), Counter(map(str, own["agent"]))
        had = own["units"].astype(float)
        means = {agent: float(had[agents == agent].mean()) for agent in seats}
        where = str(own["block"].iloc[0]), str(own["table"].iloc[0])
        found.append(_Society(*where, seats, means, ends.get(match)))
    return found


def _after_the_first(study: Study, rows: pd.DataFrame) -> pd.Series[float]:
    """What individuals had after the first generation, mean over its games, by row.

    Their measures are means over their lives; the changes in the first rounds tell what is asked.
    Where the endowment or the length of a game is not known, neither is this.
    """
    import pandas as pd

    unknown = pd.Series(np.nan, rows.index, dtype=float)
    if rows.empty or not {"endowment", "games_per_generation"} <= study.facts.keys():
        return unknown
    games = study.facts["games_per_generation"]
    ends = study.moves["match"].map(rounds_a_game(study)).astype(float) * games
    early = study.moves[study.moves["round"] < ends]
    gained = early.groupby(["match", "player"], observed=True)["payoff"].sum() / games
    keys = pd.MultiIndex.from_frame(rows[["match", "player"]])
    return pd.Series(study.facts["endowment"] + gained.reindex(keys).to_numpy(float), rows.index)


def _last_generation(study: Study, matches: set[Any]) -> dict[Any, frozenset[str]]:
    """Who plays the last generation of each match: everyone has a payoff in its last round."""
    moves = study.moves[study.moves["match"].isin(matches)]
    last = moves["round"] == moves.groupby("match", observed=True)["round"].transform("max")
    alive = moves[last & moves["payoff"].notna()]
    agents = alive.groupby("match", observed=True)["agent"]
    return {match: frozenset(map(str, own)) for match, own in agents}


def rounds_a_game(study: Study) -> dict[Any, float]:
    """How many rounds the games of each match have; matches that were not played out are left out.

    The rules may hide it from players, so it is told by the number of rounds and generations.
    """
    games = study.facts["games_per_generation"]
    rounds = study.moves.groupby("match", observed=True)["round"].nunique()
    if study.stages is not None and len(study.stages):
        generations = study.stages.groupby("match")["stage"].nunique()
    else:
        generations = study.matches.groupby("match", observed=True)["generation"].max() + 1
    whole = {}
    for match, n in rounds.items():
        parts = generations.get(match, 0) * games
        if parts and n % parts == 0:
            whole[match] = n / parts
    return whole
