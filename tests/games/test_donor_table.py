from __future__ import annotations

from typing import Any

import pytest

from harness import Decision
from harness.games.donor import Donor
from harness.games.donor_table import Table, shown
from tests.games.donor_course import by_chance, drive, giving


def test_a_donation_is_multiplied_and_a_punishment_destroys_down_to_nothing() -> None:
    now = Table([0, 1, 2, 3, 4, 5], 10, 3, 2, 3)
    acts = now.settle(
        0, [(0, 1), (2, 3), (4, 5)], {0: {"donate": 4.0}, 2: {"punish": 3.0}, 4: {"punish": 8.0}}
    )
    assert now.resources == {0: 6, 1: 22, 2: 7, 3: 4, 4: 2, 5: 0}
    assert [act.effect for act in acts] == [12, -6, -10]
    assert [act.donated for act in acts] == [0.4, 0, 0]
    assert [act.share for act in acts] == [0.4, 0.3, 0.8]


def test_a_refusal_moves_nothing_and_is_shown_as_such() -> None:
    now = Table([0, 1], 10, 2, 0, 3)
    now.settle(0, [(0, 1)], {0: {"refuse": "yes"}})
    assert now.resources == {0: 10, 1: 10}
    (act,) = now.traces[0]
    shown = {"round": 0, "donor": 0, "recipient": 1, "act": "refuse", "share": None}
    assert act.shown() == shown


def test_a_donor_without_units_is_not_asked_and_its_share_is_none() -> None:
    course = drive(Donor(generations=1, rounds=12), giving(dict.fromkeys(range(12), 1.0)))
    info = course.rounds[6].info
    assert info is not None
    assert info["shares"] == [None] * 6
    assert course.rounds[6].actions == (None,) * 12
    assert not [d for d in course.decisions if d.observation.get("resources") == 0]
    assert course.result.measures is not None
    assert set(course.result.measures["donated_share"]) == {1.0}


def test_who_gives_all_that_it_is_shown_to_own_gives_all() -> None:
    now = Table([0, 1, 2, 3], 26.8866, 2, 1, 3)
    acts = now.settle(0, [(0, 1), (2, 3)], {0: 26.88, 2: 26.87})
    assert [(act.units, act.share) for act in acts] == [
        (26.8866, 1),
        (26.87, 26.87 / 26.8866),
    ]
    assert now.resources[0] == 0
    assert now.resources[1] == 3 * 26.8866
    (act,) = now.settle(1, [(3, 2)], {3: {"punish": shown(now.resources[3])}})
    assert (act.share, now.resources[3]) == (1, 0)


def test_whoever_is_shown_to_own_nothing_is_not_asked_and_its_share_is_none() -> None:
    def almost_all(decision: Decision) -> Any:
        seen = decision.observation
        return "?" if decision.kind == "strategy" else max(0, seen["resources"] - 0.0066)

    course = drive(Donor(generations=1, rounds=12), almost_all)
    asked = [d.observation["resources"] for d in course.decisions if d.kind == "donate"]
    assert min(asked) >= 0.01
    info = course.rounds[6].info  # in the seventh round, donors act for a second time in a row
    assert info is not None
    assert info["shares"] == [None] * 6
    assert course.rounds[6].actions == (None,) * 12
    assert course.rounds[6].payoffs == (0,) * 12


def test_a_reader_that_gives_all_it_is_shown_is_logged_as_it_answered() -> None:
    def as_read(decision: Decision) -> Any:
        return "?" if decision.kind == "strategy" else float(str(decision.space).split()[-1])

    course = drive(Donor(generations=1, endowment=10.0066, games_per_generation=1), as_read)
    (first, *_), (paid, *_) = ([x for x in r if x] for r in course.rounds[0][:2])
    assert first == 10
    assert abs(paid) in (10.0066, 2 * 10.0066)
    assert course.result.measures is not None
    assert set(course.result.measures["donated_share"]) == {1.0}


def test_standing_falls_only_by_not_helping_the_good_and_image_counts_help() -> None:
    now = Table([0, 1, 2, 3], 10, 2, 1, 3)
    now.settle(0, [(0, 2), (1, 3)], {0: 1.0, 1: 5.0})
    assert [now.standing(p) for p in range(4)] == ["bad", "good", "good", "good"]
    now.settle(1, [(2, 0), (3, 1)], {2: {"punish": 1.0}, 3: {"donate": 0.0}})
    assert [now.standing(p) for p in range(4)] == ["bad", "good", "good", "bad"]
    now.settle(2, [(0, 2)], {0: now.resources[0] / 2})
    assert now.standing(0) == "good"
    assert [now.image(p) for p in range(4)] == [0.5, 1, 0, 0]
    assert Table([0], 1, 2, 0, 0).image(0) is None


def test_wealth_changes_by_what_donations_add_and_punishments_cost() -> None:
    game = Donor(generations=2, multiplier=1.5, punishment=3, refusal=True)
    course = drive(game, by_chance(1))
    assert course.result.measures is not None
    for r in course.rounds:
        assert r.info is not None
        donated = sum(a["donate"] for a in r.actions if a and "donate" in a)
        spent = sum(x for _, _, x, _ in r.info["punished"])
        destroyed = sum(x for _, _, _, x in r.info["punished"])
        assert spent == sum(a["punish"] for a in r.actions if a and "punish" in a)
        gained = sum(u for u in r.payoffs if u is not None)
        assert gained == pytest.approx(0.5 * donated - spent - destroyed)
        assert r.info["refused"] == [
            pair for pair in r.info["pairs"] if r.actions[pair[0]] == {"refuse": "yes"}
        ]
