"""Societies with a few others in them, under the chance that they have without."""

from __future__ import annotations

from typing import Any

import pytest

from harness import UsageError, registry
from harness.match import Entry, Match
from harness.schedule import plan


def seated(matches: list[Match]) -> list[tuple[str, ...]]:
    return [tuple(seat.spec for seat in match.seats) for match in matches]


def society(n: int = 8) -> tuple[Entry, Entry, Entry]:
    """A donor game, who lives in it, and who invades."""
    found = [registry.build("agent", name) for name in ("random_donor", "free_rider")]
    return registry.build("game", f"donor(agents={n})"), found[0], found[1]


def invasion(schedule: str, n: int = 8, **settings: Any) -> list[Match]:
    donor, resident, rider = society(n)
    invaders = {donor.key: [rider]}
    return plan([donor], [resident], [schedule], invaders=invaders, swap=False, **settings)


@pytest.mark.parametrize(
    ("schedule", "n", "numbers"),
    [
        ("invade", 16, [0, 1, 2, 4]),
        ("invade", 8, [0, 1, 2]),
        ("invade", 4, [0, 1]),
        ("invade@3", 8, [0, 3]),
    ],
)
def test_invaders_take_one_seat_two_and_a_quarter(
    schedule: str, n: int, numbers: list[int]
) -> None:
    seats = seated(invasion(schedule, n))
    assert seats == [("random_donor",) * (n - k) + ("free_rider",) * k for k in numbers]


def test_an_invaded_society_has_the_chance_it_has_without_invaders() -> None:
    alone, one, two = invasion("invade")
    (itself,) = plan([society()[0]], [society()[1]], ["self_play"], swap=False)
    assert alone.id == itself.id
    for match in (one, two):
        assert match.block == alone.block
        assert match.stream("game") == alone.stream("game")
        assert match.seat(0).rng.random() == alone.seat(0).rng.random()
    assert len({match.id for match in (alone, one, two)}) == 3
    assert len({match.table for match in (alone, one, two)}) == 3


def test_who_is_exploited_by_one_meets_other_chance_than_who_is_invaded_by_one() -> None:
    donor, resident, rider = society()
    (exploited,) = plan(
        [donor], [resident], ["exploit"], exploiters={donor.key: [rider]}, swap=False
    )
    _, invaded, _ = invasion("invade")
    assert exploited.seats[0] is not invaded.seats[0]
    assert exploited.table == invaded.table
    assert exploited.id != invaded.id
    assert exploited.block != invaded.block


def test_who_invades_does_not_invade_itself() -> None:
    donor, resident, rider = society()
    matches = plan(
        [donor], [resident, rider], ["invade@1"], invaders={donor.key: [rider]}, swap=False
    )
    assert [len(set(seats)) for seats in seated(matches)] == [1, 2, 1]


@pytest.mark.parametrize("written", ["invade@0", "invade@4", "invade@", "invade@x"])
def test_a_number_of_invaders_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="is no number of invaders for 8 seats; name 1 to 3"):
        invasion(written)


def test_two_seats_cannot_be_invaded() -> None:
    with pytest.raises(UsageError, match="fewer than half, of 2 seats none"):
        plan([registry.build("game", "chicken")], [registry.build("agent", "random")], ["invade"])
