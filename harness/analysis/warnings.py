"""What has to be known beside the numbers: how much is valid, how much is known of chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.analysis.studies import Played
from harness.metrics.interval import FEWEST_BLOCKS, LEAST_FREEDOM
from harness.metrics.seats import Seats
from harness.metrics.shares import Ints

__all__ = ["counts_of", "warnings_of"]

STATUSES = ("ok", "void", "forfeit", "error")
MOST_INVALID = 0.05
"""Share of answers that were no moves above which an agent is flagged."""

FEW_BLOCKS = 10
"""Blocks of tables that vary below which intervals are rough."""

ALIKE = (0, 0)
"""No block is of a table that varies, nor of one that was played once."""

NAMED = 5
"""Agents that a warning names."""


def counts_of(played: Played) -> dict[str, dict[str, Any]]:
    """How many seats, answers and moves of each agent count, and how many do not.

    `invalid_rate` is invalid answers over all answers: those and the valid moves.
    `n_distinct_histories` counts different matches among those of its seats, move for move.
    """
    seats, matches = played.study.seats, played.study.matches
    own_moves = np.bincount(seats.agent, (seats.moves >= 0).sum(axis=1), len(seats.names))
    histories = _distinct(seats)
    by_agent = {str(a): rows for a, rows in matches.groupby("agent", observed=True, sort=False)}
    found: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(seats.names):
        rows = by_agent.get(name)
        statuses = {} if rows is None else rows["status"].value_counts().to_dict()
        invalid = 0 if rows is None else int(rows["invalid"].sum())
        valid = int(own_moves[number])
        found[name] = {
            "seats": 0 if rows is None else len(rows),
            **{status: int(statuses.get(status, 0)) for status in STATUSES},
            "blocks": len(np.unique(seats.block[seats.own[number]])),
            "valid": valid,
            "invalid": invalid,
            "substituted": 0 if rows is None else int(rows["substituted"].sum()),
            "invalid_rate": invalid / (valid + invalid) if valid + invalid else None,
            "n_distinct_histories": histories[number],
        }
    return found


def _distinct(seats: Seats) -> list[int]:
    """Different matches of each agent: its own and its opponent's moves, and whom it met."""
    found = []
    for rows in seats.own:
        if not rows.size:
            found.append(0)
            continue
        other = seats.other[rows]
        theirs = np.where(other[:, None] >= 0, seats.played[other], -1)
        keys = {
            (met, mine.tobytes(), their.tobytes())
            for met, mine, their in zip(
                seats.opponent[rows].tolist(), seats.played[rows], theirs, strict=True
            )
        }
        found.append(len(keys))
    return found


def warnings_of(played: Played, counts: dict[str, dict[str, Any]]) -> list[str]:
    """Sentences on what weakens the numbers."""
    seats = played.study.seats
    notes = []
    flagged = [a for a, c in counts.items() if (c["invalid_rate"] or 0) > MOST_INVALID]
    if flagged:
        notes.append(
            f"More than 5 % of the answers of {_listed(flagged)} were no moves: what is left may"
            " not be typical."
        )
    lost = sum(played.statuses[s] for s in ("void", "error"))
    if lost:
        notes.append(
            f"{lost} of {sum(played.statuses.values())} matches do not count: void or error."
        )
    none = [a for a, c in counts.items() if c["seats"] and not c["blocks"]]
    begun = [a for a in none if counts[a]["ok"] + counts[a]["forfeit"]]
    if begun:
        notes.append(
            f"No match of {_listed(begun)} that counts has a round: it ended in the first one, and"
            " there are no numbers of it."
        )
    none = [a for a in none if a not in begun]
    if none:
        notes.append(f"No match of {_listed(none)} counts: there are no numbers of it.")
    few = [a for a, c in counts.items() if 0 < c["blocks"] < FEWEST_BLOCKS]
    if few:
        notes.append(
            f"Fewer than {FEWEST_BLOCKS} blocks of {_listed(few)}: there are no intervals."
        )
    enough = [a for a, c in counts.items() if c["blocks"] >= FEWEST_BLOCKS]
    varied = _varied(seats)
    short = [a for a in enough if varied[a][1] < LEAST_FREEDOM and varied[a] != ALIKE]
    if short:
        notes.append(
            f"Too few blocks of {_listed(short)} are of tables that vary, fewer than"
            f" {LEAST_FREEDOM} beyond the first of each: there are no intervals of payoffs."
        )
    rough = [a for a in enough if a not in short and 0 < varied[a][0] < FEW_BLOCKS]
    if rough:
        notes.append(
            f"Fewer than {FEW_BLOCKS} blocks of {_listed(rough)} are of tables that vary:"
            " intervals are rough."
        )
    alike = _deterministic_pairs(seats)
    if alike:
        notes.append(
            f"{alike} {'pairing' if alike == 1 else 'pairings'} came out alike every time: repeats"
            " tell nothing more, and add nothing to the width of intervals."
        )
    return notes


def _varied(seats: Seats) -> dict[str, tuple[int, int]]:
    """Blocks of each agent whose tables vary in what it earned, and those beyond the first of each.

    Tables that were played once count as if they varied: nobody knows that they do not.
    """
    found = {}
    for name, rows in zip(seats.names, seats.own, strict=True):
        blocks, at, which = np.unique(seats.block[rows], return_index=True, return_inverse=True)
        earned = np.stack([np.bincount(which, x[rows]) for x in (seats.payoff, seats.rounds)])
        table = np.unique(seats.table[rows][at], return_inverse=True)[1]
        n = np.bincount(table)
        spread = np.zeros(len(n))
        np.maximum.at(spread, table, np.abs(earned - earned[:, _firsts(table)[table]]).max(axis=0))
        varies = (n == 1) | (spread > 1e-9 * np.abs(earned).max(initial=0.0))
        found[name] = (int(n[varies].sum()), int((n[varies] - 1).sum())) if len(blocks) else ALIKE
    return found


def _firsts(codes: Ints) -> Ints:
    """Where each code stands first."""
    return np.unique(codes, return_index=True)[1].astype(np.int64)


def _deterministic_pairs(seats: Seats) -> int:
    """Tables played in several blocks, in all of which every player earned the same in each."""
    order = np.lexsort((seats.player, seats.agent, seats.table))
    key = np.stack([seats.table, seats.agent, seats.player])[:, order]
    starts = np.flatnonzero(np.r_[True, (np.diff(key, axis=1) != 0).any(axis=0)])
    if not order.size:
        return 0
    played = seats.played[order]
    same = (played == np.repeat(played[starts], np.diff(np.r_[starts, len(order)]), axis=0)).all(1)
    whole = np.minimum.reduceat(same, starts)
    sizes = np.diff(np.r_[starts, len(order)])
    tables = key[0][starts]
    alike = np.ones(int(seats.table.max()) + 1, bool)
    np.logical_and.at(alike, tables, whole)
    repeated = np.zeros(len(alike), bool)
    repeated[tables[sizes > 1]] = True
    return int((alike & repeated).sum())


def _listed(names: list[str]) -> str:
    """Names, the first few of many."""
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"
