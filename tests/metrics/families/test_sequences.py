"""The families `sequences` on matches that bots play here and now."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.metrics.families import sequences
from tests.metrics.studies import studies, value

BEATEN_BY = {"rock": "paper", "paper": "scissors", "scissors": "rock"}


def test_responses_are_those_counted_from_the_moves(tmp_path: Path) -> None:
    """The solver's value of rock paper scissors is -5.6e-17: a tie is no win for all that."""
    biased = "biased(probabilities=(0.5,0.25,0.25))"
    (study,) = studies(
        tmp_path, ("rock_paper_scissors(rounds=30)",), ("random", "constant", biased), repeats=4
    )
    table = study.moves.pivot(index=["match", "round"], columns="player", values=["action"])
    seat = {(m, p): a for m, p, a in study.matches[["match", "player", "agent"]].to_numpy()}
    taken: Counter[tuple[str, str]] = Counter()
    for (match, player), agent in seat.items():
        if not str(agent).startswith("biased"):
            continue
        moves = table.loc[match]["action"]
        own, other = moves[player].tolist(), moves[1 - player].tolist()
        for last, met, now in zip(own, other, own[1:], strict=False):
            after = "tie" if last == met else "loss" if BEATEN_BY[last] == met else "win"
            step = "stay" if now == last else "up" if now == BEATEN_BY[last] else "down"
            taken[after, step] += 1
    (agent,) = (a for a in study.seats.names if a.startswith("biased"))
    for after in ("win", "tie", "loss"):
        total = sum(n for (outcome, _), n in taken.items() if outcome == after)
        for step in ("stay", "up", "down"):
            found = value(sequences.FAMILY, study, agent, f"{step}_after_{after}")
            assert found == pytest.approx(taken[after, step] / total)
