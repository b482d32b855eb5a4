"""Which metrics that a user named do not apply to what was played, and what may be missing."""

from __future__ import annotations

from collections.abc import Sequence

from harness import registry
from harness.analysis.analysis import SWEEP, Analysis
from harness.analysis.studies import Played
from harness.errors import FolkError
from harness.metrics.study import Findings

__all__ = ["not_applicable"]


def not_applicable(
    analyses: Sequence[Analysis],
    found: Sequence[Played],
    effects: Findings,
    *,
    metrics: Sequence[str],
    families: Sequence[str],
    table: bool,
) -> list[str]:
    """A note on metrics and families that were asked for and of which nothing is told.

    Args:
        analyses: of all games.
        found: what was played of them.
        effects: what terms did that differ between games.
        metrics: those that the user named.
        families: likewise.
        table: whether a table of moves was read, and no run.
    """
    told = {name for one in analyses for name in one.sections}
    told |= {name for one in analyses for name, details in one.details.items() if details}
    there = {name for one in analyses for mine in one.agents.values() for name in mine}
    there |= {name for mine in effects.agents.values() for name in mine}
    if effects.agents:
        told.add(SWEEP)
    missing = [name for name in metrics if name not in there]
    if not metrics:  # a family whose metrics were narrowed down is told of by them
        missing += [name for name in families if name not in told]
    if not missing:
        return []
    game = found[0].study.game if len(found) == 1 else "any of these games"
    several = len(missing) > 1
    note = f"{', '.join(missing)} {'do' if several else 'does'} not apply to {game}"
    lacking = _lacking(found) if table and missing != [SWEEP] else []
    return [f"{note}; what may be missing: {'; '.join(lacking)}." if lacking else f"{note}."]


def _lacking(found: Sequence[Played]) -> list[str]:
    """What a table does not tell, and what would."""
    lacking = []
    unknown = [one.study for one in found if one.study.payoffs is None]
    own = [study for study in unknown if not _is_installed(study.game)]
    if own:
        lacking.append("payoffs, which --payoffs or --game tells")
    if own and not any(good is not None for study in own for good in study.cooperative):
        lacking.append("which action is cooperation, which --cooperate tells")
    if len(own) < len(unknown):
        lacking.append("what the game measures besides moves, which its run folder has")
    return lacking


def _is_installed(game: str) -> bool:
    try:
        registry.build("game", game)
    except FolkError:
        return False
    return True
