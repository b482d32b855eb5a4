"""Means of measures by agent, by hand."""

from __future__ import annotations

import pandas as pd

from harness.metrics.agent_means import agent_means, counted, facing
from harness.metrics.interval import Estimate

SEATS = [
    ("m1", "a", "b", 1.0, 0.0, "ok"),
    ("m2", "a", "b", 3.0, 0.0, "ok"),
    ("m3", "a", "c", 8.0, 0.0, "forfeit"),
    ("m4", "a", "a", 5.0, 5.0, "ok"),
    ("m5", "a", "b", 99.0, 99.0, "void"),
]


def matches() -> pd.DataFrame:
    rows = [
        (
            match,
            match,
            f"{first}-{second}",
            "g",
            seat,
            (first, second)[seat],
            status,
            1,
            scores[seat],
        )
        for match, first, second, *scores, status in SEATS
        for seat in (0, 1)
    ]
    columns = ["match", "block", "table", "game", "player", "agent", "status", "rounds", "score"]
    return pd.DataFrame(rows, columns=columns)


def test_only_matches_whose_payoffs_count_are_told() -> None:
    assert set(counted(matches())["match"]) == {"m1", "m2", "m3", "m4"}
    assert counted(matches().assign(rounds=0)).empty


def test_each_seat_is_told_with_its_opponent_and_nobody_with_itself() -> None:
    pairs = facing(counted(matches()))
    told = set(zip(pairs["match"], pairs["agent"], pairs["opponent"], strict=True))
    assert told == {(m, *p) for m in ("m1", "m2") for p in (("a", "b"), ("b", "a"))} | {
        ("m3", "a", "c"),
        ("m3", "c", "a"),
    }
    assert pairs.loc[pairs["agent"] == "b", "opponent_score"].tolist() == [1, 3]


def test_matches_of_three_have_no_opponent() -> None:
    three = matches().assign(match="m", player=range(10))
    assert facing(three).empty


def test_opponents_may_have_the_same_weight() -> None:
    pairs = facing(counted(matches()))
    assert agent_means(pairs, "score")["a"].value == 4
    assert agent_means(pairs, "score", by="opponent")["a"].value == (2 + 8) / 2
    assert agent_means(pairs, "score", by="opponent")["a"].n == 3


def test_rows_without_the_measure_do_not_count() -> None:
    rows = counted(matches())
    rows = rows.assign(score=rows["score"].where(rows["agent"] == "a"))
    assert agent_means(rows, "score")["b"] == Estimate(None, None, None, 0)
