from __future__ import annotations

import itertools
from collections import Counter
from statistics import fmean

import pytest

from harness.agents.donor_bots import DonateFraction
from harness.games.donor import Donor
from harness.games.donor_schedule import Schedule, at_constant_share, pairings
from harness.play import play
from tests.games.donor_course import drive, giving
from tests.sketches import table


@pytest.mark.parametrize(
    ("schedule", "share", "mean"),
    [
        ("alternating", 0, 10),
        ("alternating", 0.25, 53.5),
        ("alternating", 0.5, 393.9),
        ("alternating", 0.75, 3482.7),
        ("alternating", 1, 30720),
        ("published", 0, 10),
        ("published", 0.25, 52.0),
        ("published", 0.5, 341.2),
        ("published", 0.75, 2414.8),
        ("published", 1, 15360),
    ],
)
def test_constant_shares_reach_the_known_resources(
    schedule: Schedule, share: float, mean: float
) -> None:
    game = Donor(schedule=schedule, generations=1)
    record = play(table(game, *[DonateFraction(share)] * 12))
    assert round(record.info["generations"][0]["final_resources"], 1) == mean
    assert record.payoffs is not None
    assert round(fmean(record.payoffs), 1) == mean
    told = at_constant_share(
        share, agents=12, rounds=12, endowment=10, multiplier=2, schedule=schedule
    )
    assert round(told, 1) == mean


def test_the_published_pairs_repeat_after_half_with_roles_reversed() -> None:
    half = range(6), range(6, 12)
    told = pairings(*half, 12, "published")
    gives = [t + 1 for t, pairs in enumerate(told) if pairs[0][0] in half[0]]
    assert gives == [1, 3, 5, 8, 10, 12]
    assert all(count == 1 for count in Counter(itertools.chain(*told)).values())
    met = Counter(frozenset(pair) for pair in itertools.chain(*told))
    assert met == {frozenset(pair): 2 for pair in itertools.product(*half)}
    for early, late in zip(told[:6], told[6:], strict=True):
        assert sorted((b, a) for a, b in late) == list(early)


@pytest.mark.parametrize("agents", [2, 4, 6, 8, 12])
def test_alternating_roles_never_break_and_partners_recur_only_when_all_were_met(
    agents: int,
) -> None:
    half = agents // 2
    told = pairings(range(half), range(half, agents), 4 * half, "alternating")
    for t, pairs in enumerate(told):
        assert all((donor < half) == (t % 2 == 0) for donor, _ in pairs)
        assert sorted(itertools.chain(*pairs)) == list(range(agents))
    for run in range(4):
        met = Counter(map(frozenset, itertools.chain(*told[run * half : (run + 1) * half])))
        assert len(met) == half * half
    twice = Counter(itertools.chain(*told[: 2 * half]))
    assert set(twice.values()) == {1}, "partners that meet again swap roles"


def test_the_second_game_has_the_same_pairs_in_reversed_roles() -> None:
    course = drive(Donor(generations=1), giving({}))
    infos = [r.info for r in course.rounds if r.info]
    for first, second in zip(infos[:12], infos[12:], strict=True):
        assert sorted([b, a] for a, b in second["pairs"]) == first["pairs"]
