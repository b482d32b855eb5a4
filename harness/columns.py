"""The columns of the tidy tables, which play writes and analysis reads."""

from __future__ import annotations

__all__ = ["CALL_COLUMNS", "MATCH_COLUMNS", "MOVE_COLUMNS", "OK", "STAGE_COLUMNS"]

CALL_COLUMNS = [
    *("match", "player", "call", "agent", "model", "finish", "error", "attempts", "seconds"),
    *("input", "output", "cached", "written", "thinking", "usd", "from_cache"),
]
"""The calls table's columns."""

MATCH_COLUMNS = [
    *("match", "block", "table", "game", "player", "agent", "status", "payoff", "rounds"),
    *("round_payoff", "cooperations", "invalid", "substituted"),
]
"""The matches table's own columns; what stands beside them are measures of the game."""

MOVE_COLUMNS = [
    *("match", "game", "round", "player", "agent", "action", "payoff", "outcome"),
    *("substituted", "block"),
]
"""The moves table's columns."""

OK = "ok"
"""The outcome of an answer that is a move."""

STAGE_COLUMNS = ["match", "block", "table", "game", "status", "stage"]
"""The stages table's own columns; what stands beside them are the game's numbers."""
