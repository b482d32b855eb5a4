"""Who is donor to whom in the Donor Game, round by round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

Schedule: TypeAlias = Literal["published", "alternating"]
Pair: TypeAlias = tuple[int, int]
"""A donor and its recipient."""


def first_half_gives(schedule: Schedule, half: int, t: int) -> bool:
    """Whether the first half of the players are the donors of round `t`.

    Under `alternating`, the halves take turns throughout. Under `published` they take turns for
    as many rounds as there are players in a half; those rounds are then repeated with the roles
    reversed, and so on. Where a half is even, the last role before a repeat is also the first
    after it, so that alternation breaks there.
    """
    turn = t if schedule == "alternating" else t % half + t // half
    return turn % 2 == 0


def rotation(schedule: Schedule, half: int, t: int) -> int:
    """By how many places the second half is rotated against the first in round `t`.

    Every `half` rounds run through all rotations, so that nobody meets a partner again before it
    has met everyone in the other half. With roles that alternate strictly there can be no other
    partners. Under `alternating`, the next run starts so that partners who meet again swap roles.
    """
    runs = t // half if schedule == "alternating" and half % 2 == 0 else 0
    return (t + runs) % half


def pairings(
    first: Sequence[int],
    second: Sequence[int],
    rounds: int,
    schedule: Schedule,
    *,
    reverse: bool = False,
) -> list[tuple[Pair, ...]]:
    """The pairs of each round, sorted by donor.

    Args:
        first: half of the players.
        second: the other half, equally many.
        rounds: how many rounds.
        schedule: `published` or `alternating`.
        reverse: whether every pair's roles are swapped.

    >>> pairings((0, 1), (2, 3), 2, "published")
    [((0, 2), (1, 3)), ((2, 1), (3, 0))]
    """
    half, told = len(first), []
    for t in range(rounds):
        places = [(i + rotation(schedule, half, t)) % half for i in range(half)]
        pairs = [(first[i], second[j]) for i, j in enumerate(places)]
        if first_half_gives(schedule, half, t) == reverse:
            pairs = [(b, a) for a, b in pairs]
        told.append(tuple(sorted(pairs)))
    return told


def at_constant_share(
    share: float,
    *,
    agents: int,
    rounds: int,
    endowment: float,
    multiplier: float,
    schedule: Schedule,
) -> float:
    """Mean final resources where every donor always gives this share of what it has.

    >>> at_constant_share(
    ...     1, agents=12, rounds=12, endowment=10, multiplier=2, schedule="alternating"
    ... )
    30720.0
    """
    half = agents // 2
    owned = [float(endowment)] * agents
    for pairs in pairings(range(half), range(half, agents), rounds, schedule):
        for donor, recipient in pairs:
            given = share * owned[donor]
            owned[donor] -= given
            owned[recipient] += multiplier * given
    return sum(owned) / agents
