"""What a table of moves may hold that its maker did not mean, without a column that tells seats."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.analysis.raw_table import Column, RawTable
from harness.errors import RecordError, shorten

__all__ = ["canonical", "merged_names", "refuse_repeated_rows", "seat_notes"]

MOST_SEATS = 2
"""Seats of one agent in one match above which one name for many matches is likely."""


def natural(text: str) -> tuple[list[object], str]:
    """A key that puts `m2` before `m10`, and tells apart what differs in any way.

    >>> sorted(["m10", "m2", "m02"], key=natural)
    ['m02', 'm2', 'm10']
    """
    parts: list[object] = []
    for i, part in enumerate(re.split(r"([0-9]+)", text)):
        digits = part.lstrip("0")
        parts.append((len(digits), digits) if i % 2 else part)
    return parts, text


def canonical(
    codes: NDArray[np.int64], names: Sequence[str]
) -> tuple[NDArray[np.int64], list[str]]:
    """Codes of sorted names, so that no number depends on which row stands first; -1 stays."""
    order = sorted(range(len(names)), key=lambda i: natural(names[i]))
    rank = np.full(len(names) + 1, -1, np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], [names[i] for i in order]


def refuse_repeated_rows(
    raw: RawTable,
    match: NDArray[np.int64],
    rounds: NDArray[np.int64],
    agent: NDArray[np.int64],
    matches: Sequence[str],
) -> None:
    """Refuse a match of several agents in which every row is there more than once.

    One agent alone may well play as it plays against itself.

    Raises:
        RecordError: there is one.
    """
    action, payoff = (raw.columns[name].codes for name in ("action", "payoff"))
    whole = np.stack([match, rounds, agent, action, payoff])
    _, first, which, times = np.unique(
        whole, axis=1, return_index=True, return_inverse=True, return_counts=True
    )
    twice = np.ones(len(matches), bool)
    np.logical_and.at(twice, match, times[which] > 1)
    if not twice.any():
        return
    agents = np.unique(np.stack([match, agent]), axis=1)[0]
    several = np.bincount(agents, minlength=len(matches)) > 1
    for at in np.flatnonzero((twice & several)[match]):
        start = int(first[which[at]])
        if start != at:
            raise RecordError(
                f"{raw.where(int(at))}: every row of match {shorten(matches[match[at]])} is there"
                f" more than once, this one also at {raw.where(start)}; leave repeated rows out, or"
                " name seats in a column player"
            )


def merged_names(column: Column, text: Callable[[object], str], what: str) -> list[str]:
    """A note on names that are alike but for spaces around them."""
    seen: dict[str, str] = {}
    for value in column.distinct:
        told = str(value)
        other = seen.setdefault(text(value), told)
        if other.strip() == told.strip() and other != told:
            both = f"{what} {shorten(other)} and {shorten(told)}"
            return [f"{both} are taken for one: spaces around names are not read."]
    return []


def seat_notes(
    match: NDArray[np.int64],
    rounds: NDArray[np.int64],
    player: NDArray[np.int64],
    agent: NDArray[np.int64],
    *,
    names: tuple[Sequence[str], Sequence[str]],
    told: bool,
) -> list[str]:
    """Notes on who sits where.

    Args:
        match: shape (n,), the match of each row.
        rounds: shape (n,), its round.
        player: shape (n,), its seat.
        agent: shape (n,), who sits there.
        names: of the matches and of the agents.
        told: whether a column tells seats.
    """
    matches, agents = names
    notes = []
    sitting = np.unique(np.stack([match, agent, player]), axis=1)
    held, n_held = np.unique(sitting[:2], axis=1, return_counts=True)
    if not told and n_held.max(initial=0) > MOST_SEATS:
        at = int(n_held.argmax())
        notes.append(
            f"Match {shorten(matches[held[0, at]])} has {n_held[at]} seats of"
            f" {shorten(agents[held[1, at]])}: if these are several matches, give each a name of"
            " its own in the column match."
        )
    seats = np.bincount(sitting[0], minlength=len(matches))
    played, there = np.unique(np.stack([match, rounds]), axis=1, return_counts=True)
    short = int((there < seats[played[0]]).sum())
    if 0 < short < len(there) / 2:  # in games of turns, all are
        notes.append(
            f"In {short} {'round' if short == 1 else 'rounds'} a player of the match has no row:"
            " it is taken to have had no part in them."
        )
    return notes
