"""Studies of what was played: one for each game, from a run folder or from anybody's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import registry
from harness.analysis.moves import moves_of
from harness.analysis.oddities import canonical
from harness.analysis.payoff_file import read_payoffs
from harness.analysis.raw_table import read_table
from harness.analysis.stage_game import StageGame, stage_game, with_cooperation
from harness.analysis.totals import untold_totals
from harness.columns import OK
from harness.errors import FolkError, PluginError, RecordError, UsageError, shorten
from harness.game import Ladder
from harness.metrics.study import Study
from harness.record.folder import is_run, read_manifest
from harness.record.tables import Log, read_log

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Given", "Played", "read_studies"]

COUNTED = ("ok", "forfeit")
"""Statuses of matches whose payoffs count."""

MOST_PAYOFF = 1e75
"""Largest payoff: sums of cubes of sums over many rounds and blocks must be finite numbers."""


@dataclass(frozen=True)
class Given:
    """What the user tells of a game beside the table.

    Attributes:
        cooperate: the action that is cooperation; None if not told.
        payoffs: a file of payoffs, if any.
        game: an installed game, as specified, if any.
        seed: of resampling.
    """

    cooperate: str | None = None
    payoffs: Path | None = None
    game: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Played:
    """What was played of one game.

    Attributes:
        study: what families of metrics are given.
        outcomes: how many answers had which outcome: those that became moves, those that the
            harness moved in place of, and those that ended a match.
        statuses: how many matches ended how.
        notes: what a reader of the numbers has to know.
    """

    study: Study
    outcomes: Counter[str]
    statuses: Counter[str]
    notes: list[str] = field(default_factory=list)


def read_studies(source: Path, given: Given) -> list[Played]:
    """What was played, one study for each game.

    Args:
        source: a run folder, or a table of moves.
        given: what the user tells beside it.

    Raises:
        RecordError: it cannot be read, holds no moves, or payoffs too large to reckon with.
        UsageError: what the user tells contradicts it.
    """
    if given.payoffs is not None and given.game is not None:
        raise UsageError("--payoffs and --game both tell the payoffs; give one of them")
    if source.is_dir() or not source.exists():
        if not source.exists():
            raise RecordError(f"there is no file or folder {source}")
        return _of_run(source, given)
    if source.name in ("matches.jsonl", "manifest.json", "calls.jsonl") and is_run(source.parent):
        raise UsageError(f"{source} is a part of a run; give the folder: {source.parent}")
    return _of_table(source, given)


def _of_run(folder: Path, given: Given) -> list[Played]:
    """The games of a run that have matches."""
    manifest = read_manifest(folder)
    log = read_log(folder)
    if log.matches.empty:
        raise RecordError(f"no match of the run in {folder} is over; folk resume goes on with it")
    told = {game["spec"]: game for game in manifest["games"]}
    games = [spec for spec in log.matches["game"].unique() if spec in told]
    unfinished = _unfinished(folder, len(manifest.get("matches", ())), log)
    found: list[Played] = []
    for spec in games:
        known, notes = _installed(told[spec])
        notes = notes if found else [*unfinished, *notes]  # once, with the first game
        known = _told_besides(known, given, len(games))
        played = _played_of_run(log, spec, known, given, notes)
        study = replace(played.study, ladder=_ladder(told[spec]))
        found.append(replace(played, study=study))
    return found


def _unfinished(folder: Path, planned: int, log: Log) -> list[str]:
    """A note on a run that is not over."""
    there = int(log.matches["match"].nunique())
    if there >= planned:
        return []
    others = f"folk resume {folder} plays the others"
    return [f"{there} of {planned} planned matches are in the log: {others}."]


def _ladder(told: dict[str, Any]) -> Ladder | None:
    """The ladder of exploiters that a run's manifest tells of a game, if it was climbed."""
    if "ladder" not in told:
        return None
    ladder = told["ladder"]
    rungs = tuple(ladder["rungs"])
    return Ladder(
        ladder["name"],
        ladder["version"],
        rungs,
        ladder["extortioners"],
        best_responder=ladder.get("best_responder", ""),
    )


def _played_of_run(log: Log, spec: str, known: StageGame, given: Given, notes: list[str]) -> Played:
    """One game of a run."""
    one = len(log.matches["game"].unique()) == 1
    matches = log.matches if one else _only(log.matches, spec)
    counts = matches[matches["status"].isin(COUNTED)]
    every = log.moves if one else _only(log.moves, spec)
    outcomes = Counter({str(k): int(n) for k, n in every["outcome"].value_counts().items() if n})
    outcomes.update(log.endings[spec])
    moves = every
    if len(counts) < len(matches):
        moves = every[every["match"].isin(counts["match"].unique())].reset_index(drop=True)
    if given.cooperate is not None:
        known = with_cooperation(known, given.cooperate, every)
    conflict = known.conflict(moves)
    if conflict is not None:
        if given.payoffs is not None or given.game is not None:
            raise UsageError(f"{conflict}; {_other_payoffs(given)}")
        notes = [*notes, f"The payoffs of the installed game are not used: {conflict}."]
        known = StageGame(known.name, None, None, known.cooperative, known.facts)
    counted = counts["match"].unique()
    strategies, stages = (
        None if table is None else _only_of(table, counted)
        for table in (log.strategies, log.stages)
    )
    study = replace(
        _study(_in_order(moves), matches, known, spec, seed=given.seed),
        strategies=strategies,
        stages=stages,
    )
    statuses = matches.drop_duplicates("match")["status"].value_counts()
    return Played(study, outcomes, Counter({str(k): int(n) for k, n in statuses.items()}), notes)


def _of_table(path: Path, given: Given) -> list[Played]:
    """The games in anybody's table."""
    moves, notes = moves_of(read_table(path))
    names = [str(name) for name in moves["game"].unique()]
    found = []
    for name in names:
        own = moves if len(names) == 1 else _only(moves, name)
        known, more = _recognised(name, own)
        known = _told_besides(known, given, len(names))
        if given.cooperate is not None:
            known = with_cooperation(known, given.cooperate, own)
        conflict = known.conflict(own)
        if conflict is not None:
            raise UsageError(f"{conflict}; {_other_payoffs(given)}")
        table = _matches_of(own, known)
        untold = untold_totals(own, known.facts or _installed_facts(name))
        if untold is not None:
            table["payoff"] = np.nan
            more = [
                *more,
                f"payoff_total and gini are left out: {untold}; a run folder tells them.",
            ]
        study = _study(own, table, known, name, seed=given.seed)
        outcomes = Counter({str(k): int(n) for k, n in own["outcome"].value_counts().items() if n})
        n_matches = int(own["match"].nunique())
        found.append(Played(study, outcomes, Counter({OK: n_matches}), [*notes, *more]))
    return found


def _other_payoffs(given: Given) -> str:
    """What to do where a table contradicts the payoffs that it was said to have."""
    if given.game is None:
        return "give the payoffs of the game that was played"
    form = '{"actions": ["C", "D"], "payoffs": [[3, 0], [5, 1]], "cooperative": "C"}'
    return (
        "give the payoffs of the game that was played, by the names that its actions have in the"
        f" table: --payoffs FILE, with {form} in it (docs/metrics.md)"
    )


def _in_order(moves: pd.DataFrame) -> pd.DataFrame:
    """The rows sorted as those of a table are, so that an exported run has the run's numbers."""
    import pandas as pd

    codes, names = pd.factorize(moves["match"])
    match = canonical(codes.astype(np.int64), [str(name) for name in names])[0]
    order = np.lexsort((moves["player"], moves["round"], match))
    return moves.iloc[order].reset_index(drop=True)


def _only_of(table: pd.DataFrame, matches: NDArray[Any]) -> pd.DataFrame | None:
    """The rows of these matches; None where there is none."""
    own = table[table["match"].isin(matches)]
    return None if own.empty else own.reset_index(drop=True)


def _only(table: pd.DataFrame, game: str) -> pd.DataFrame:
    """The rows of one game."""
    return table[table["game"] == game].reset_index(drop=True)


def _study(
    moves: pd.DataFrame,
    matches: pd.DataFrame,
    known: StageGame,
    name: str,
    *,
    seed: int,
) -> Study:
    _refuse_huge(moves, matches, known, name)
    return Study(
        game=name,
        moves=moves,
        matches=matches,
        actions=known.actions,
        payoffs=known.payoffs,
        cooperative=known.cooperative,
        facts=known.facts,
        seed=seed,
    )


def _refuse_huge(moves: pd.DataFrame, matches: pd.DataFrame, known: StageGame, name: str) -> None:
    """Refuse payoffs that cannot be told from infinity once they are added up and squared.

    Raises:
        RecordError: there is one; the message names the first.
    """
    told = f"divide all payoffs by the same number: at most {MOST_PAYOFF:g} can be analysed"
    for table in (moves, matches):
        sizes = table["payoff"].abs().to_numpy(float)
        huge = np.flatnonzero(sizes > MOST_PAYOFF)
        if huge.size:
            row = table.iloc[int(huge[0])]
            raise RecordError(
                f"{name}: player {row['player']} of match {shorten(str(row['match']))} was paid"
                f" {row['payoff']:g}; {told}"
            )
    if known.payoffs is not None and np.abs(known.payoffs).max(initial=0) > MOST_PAYOFF:
        raise RecordError(f"{name} pays {np.abs(known.payoffs).max():g}; {told}")


def _installed(told: dict[str, Any]) -> tuple[StageGame, list[str]]:
    """A run's game as it is installed here, if it is the one that was played."""
    spec, cooperative = told["spec"], tuple(told["cooperative"])
    bare = StageGame(spec, None, None, cooperative, dict(told["parameters"]))
    try:
        game = registry.build("game", spec).what
    except (UsageError, PluginError) as error:
        return bare, [f"The payoffs of {spec} are not known: it cannot be built here ({error})."]
    if game.version != told["version"]:
        versions = f"version {told['version']} was played and {game.version} is installed"
        return bare, [f"The payoffs of {spec} are not known: {versions}."]
    known = stage_game(spec, game)
    return StageGame(spec, known.actions, known.payoffs, cooperative, known.facts), []


def _recognised(name: str, moves: pd.DataFrame) -> tuple[StageGame, list[str]]:
    """The installed game that a table names, if it agrees in every row, and a note."""
    try:
        known = stage_game(name, registry.build("game", name).what)
    except FolkError:
        return StageGame(name), []
    if known.payoffs is None:
        return StageGame(name), []
    conflict = known.conflict(moves)
    if conflict is not None:
        return StageGame(name), [f"The payoffs of the installed game are not used: {conflict}."]
    return known, [f"{name} is taken for the installed game of this name: its payoffs agree."]


def _installed_facts(name: str) -> dict[str, Any]:
    """The rules of the installed game that a table names; empty where there is none."""
    try:
        return dict(stage_game(name, registry.build("game", name).what).facts)
    except FolkError:
        return {}


def _told_besides(known: StageGame, given: Given, n_games: int) -> StageGame:
    """What is known of a game once the user's flags are heeded."""
    if given.payoffs is None and given.game is None:
        return known
    flag = "--game" if given.payoffs is None else "--payoffs"
    if n_games > 1:
        raise UsageError(f"{flag} tells one game, and {n_games} were played; analyse them apart")
    if given.payoffs is not None:
        told = read_payoffs(given.payoffs)
    else:
        told = stage_game(str(given.game), registry.build("game", str(given.game)).what)
    cooperative = told.cooperative
    if not any(c is not None for c in cooperative):
        cooperative = known.cooperative
    return StageGame(told.name, told.actions, told.payoffs, cooperative, told.facts or known.facts)


def _matches_of(moves: pd.DataFrame, known: StageGame) -> pd.DataFrame:
    """The matches table of anybody's moves: all of them ended well, as far as can be told."""
    from harness.metrics.seats import action_text

    by = moves.groupby(["match", "player"], sort=False, observed=True)
    first = by[["block", "table", "game", "agent"]].first()
    table = first.reset_index()
    table["status"] = OK
    table["payoff"] = by["payoff"].sum().to_numpy()
    table["rounds"] = by.size().to_numpy()
    table["round_payoff"] = table["payoff"]
    good = [None if c is None else action_text(c) for c in known.cooperative]
    texts = moves["action"].map(action_text).to_numpy()
    player = moves["player"].to_numpy()
    wanted = np.array([*good, *[None] * (int(player.max()) + 1 - len(good))], object)[player]
    hit = moves.assign(_c=texts == wanted).groupby(["match", "player"], sort=False, observed=True)
    counts = hit["_c"].sum().to_numpy(float)
    none = np.array([p >= len(good) or good[p] is None for p in table["player"]], bool)
    table["cooperations"] = np.where(none, np.nan, counts)
    bad = moves.assign(_i=(moves["outcome"] != OK).to_numpy())
    grouped = bad.groupby(["match", "player"], sort=False, observed=True)
    table["invalid"] = grouped["_i"].sum().to_numpy()
    table["substituted"] = grouped["substituted"].sum().to_numpy()
    from harness.columns import MATCH_COLUMNS

    return table[MATCH_COLUMNS]
