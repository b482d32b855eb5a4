"""In which order matches with models begin."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

from harness.match import Match
from harness.models.model import Model
from harness.outside import Outside

__all__ = ["Queue"]

Route: TypeAlias = frozenset[Hashable]
"""The models that a match needs, as its calls find them."""


class Queue:
    """Matches that wait for their turn.

    Matches that need the same models wait in one line, the longest first, so that no long one is
    left alone at the end. The next match comes from the line with the fewest under way, so that
    those of a slow or narrow provider do not take all places and keep the others' idle.

    Args:
        matches: in the order of the schedule.
        length: how many calls a match will take, as far as is known.
    """

    def __init__(self, matches: Sequence[Match], length: Callable[[Match], float]) -> None:
        lines: dict[Route, list[tuple[float, int, Match]]] = {}
        for i, match in enumerate(matches):
            lines.setdefault(_route(match), []).append((-length(match), i, match))
        self._lines = {
            route: deque(sorted(line, key=lambda item: item[:2])) for route, line in lines.items()
        }
        self._under_way: Counter[Route] = Counter()
        self._seated: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._lines.values()))

    def next(self, shut: Callable[[Match], bool] = lambda match: False) -> Match | None:
        """The match that is to begin now; None where none can.

        Args:
            shut: whether a match cannot begin, nor any other that needs the same models.
        """
        best = min(
            (
                (self._under_way[route], *line[0][:2], route)
                for route, line in self._lines.items()
                if line and not shut(line[0][2]) and self._has_room(line[0][2])
            ),
            key=lambda item: item[:3],
            default=None,
        )
        if best is None:
            return None
        route = best[3]
        self._under_way[route] += 1
        match = self._lines[route].popleft()[2]
        self._seated.update([*_limited(match)])
        return match

    def over(self, match: Match) -> None:
        """A match that had begun is under way no more."""
        self._under_way[_route(match)] -= 1
        self._seated.subtract([*_limited(match)])

    def _has_room(self, match: Match) -> bool:
        """Whether all who take part in only so many matches at once can take part in this."""
        return all(self._seated[key] < most for key, most in _limited(match).items())


def _route(match: Match) -> Route:
    models = (seat.what for seat in match.seats if isinstance(seat.what, Model))
    outside = (seat for seat in match.seats if isinstance(seat.what, Outside))
    called = frozenset((model.connection, model.model) for model in models)
    return called | {("outside", seat.key) for seat in outside}


def _limited(match: Match) -> dict[str, int]:
    """Who of a match takes part in only so many at once, by key, and in how many."""
    outside = {
        seat.key: seat.what.at_once for seat in match.seats if isinstance(seat.what, Outside)
    }
    return {key: most for key, most in outside.items() if most is not None}
