"""How donors of the Donor Game answer what their recipients last did: indirect reciprocity."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from harness.games.donor_table import Act

GOOD = 0.5
"""Who last gave this share of its units or more has a good name."""

MEAN = 0.1
"""Who gives less than this share of its units as good as keeps all."""

ANSWERS = {
    "share_to_givers": "mean share given to recipients that had last given half or more",
    "share_to_keepers": "mean share given to recipients that had last given less than half",
    "answer_slope": "slope of the share given on the share that the recipient had last given; none"
    " where these did not differ",
    "shunning": "share of acts that gave less than a tenth, of those to recipients that had last"
    " given less than a tenth",
}
"""What each number of an individual is; each is None where there was no opportunity."""


def answers(acts: Iterable[Act]) -> dict[int, list[tuple[float, float]]]:
    """For each donor, what its recipient had last given as a share of its units, and what it gave.

    Acts of recipients that had not given yet in the game, and of donors without units, are left
    out. What a recipient did last counts whether or not the donor was shown it.

    Args:
        acts: of one or more games, each in the order of its rounds.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    last: dict[int, tuple[int, float]] = {}
    now = -1
    for act in acts:
        if act.round < now:
            last = {}  # another game has begun, without a past
        now = act.round
        given = act.donated
        if given is None:
            continue
        when, seen = last.get(act.recipient, (act.round, 0.0))
        if when < act.round:
            found.setdefault(act.donor, []).append((seen, given))
        last[act.donor] = act.round, given
    return found


def answering(told: list[tuple[float, float]]) -> dict[str, float | None]:
    """One individual's numbers, by the names in `ANSWERS`.

    >>> answering([(1, 0.8), (0, 0)])
    {'share_to_givers': 0.8, 'share_to_keepers': 0.0, 'answer_slope': 0.8, 'shunning': 1.0}
    """
    to_givers = [given for seen, given in told if seen >= GOOD]
    to_keepers = [given for seen, given in told if seen < GOOD]
    shunned = [given < MEAN for seen, given in told if seen < MEAN]
    return {
        "share_to_givers": fmean(to_givers) if to_givers else None,
        "share_to_keepers": fmean(to_keepers) if to_keepers else None,
        "answer_slope": _slope(told),
        "shunning": fmean(shunned) if shunned else None,
    }


def _slope(pairs: list[tuple[float, float]]) -> float | None:
    """The least-squares slope of the second numbers on the first; None where these are alike."""
    if len({seen for seen, _ in pairs}) < 2:
        return None
    centre, level = (fmean(column) for column in zip(*pairs, strict=True))
    spread = sum((seen - centre) ** 2 for seen, _ in pairs)
    return sum((seen - centre) * (given - level) for seen, given in pairs) / spread
