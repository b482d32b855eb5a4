"""Compare the Axelrod library's strategies in our engine with the same in the library's own.

Run it with a Python that has axelrod 4.14 and Folkbench, from the root of the repository::

    python -m benchmarks.axelrod_bridge [NAME…]

Every strategy that the bridge offers, or those named, meets a panel of six for 100 turns, once by
`harness.play` and once by the library's own loop, and the moves are compared. Those of which the
library says that they run long (most ask all others what to do, turn by turn) meet two of the panel
for 10 turns. Stochastic ones get the same seed in both. What differs is named; exit code 1 then.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import axelrod

from harness import registry
from harness.games.catalogue import prisoners_dilemma
from harness.match import Entry, Match
from harness.play import play

PANEL = ("TitForTat", "Alternator", "Grudger", "WinStayLoseShift", "CyclerCCCDCD", "Random")
TURNS = 100
LONG_PANEL = PANEL[:1] + PANEL[-1:]
LONG_TURNS = 10


class Compared(NamedTuple):
    """One match, played in both engines."""

    strategy: str
    opponent: str
    deterministic: bool
    first_difference: int | None
    ours: str
    theirs: str


def compare(name: str, opponent: str, turns: int = TURNS) -> Compared:
    """Play one match in both engines."""
    game = Entry("prisoners_dilemma", prisoners_dilemma(rounds=turns))
    seats = (
        registry.build("agent", f"axelrod/{name}"),
        registry.build("agent", f"axelrod/{opponent}"),
    )
    match = Match(game, seats)
    record = play(match)
    ours = ["".join("C" if a == "cooperate" else "D" for a in r.actions) for r in record.rounds]
    theirs = list(library(name, opponent, [match.seat(i).seed("axelrod") for i in (0, 1)], turns))
    differing = (t for t, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
    first = next(differing, None if len(ours) == len(theirs) else min(len(ours), len(theirs)))
    first = first if record.reason == "" else 0
    deterministic = not axelrod.Classifiers["stochastic"](getattr(axelrod, name)())
    return Compared(name, opponent, deterministic, first, " ".join(ours), " ".join(theirs))


def library(name: str, opponent: str, seeds: Sequence[int], turns: int) -> Iterator[str]:
    """The moves of the same match as `axelrod.Match` plays it, with these seeds for its players."""
    players = [getattr(axelrod, each)() for each in (name, opponent)]
    match = axelrod.Match(players, turns=turns)
    for player, seed in zip(players, seeds, strict=True):
        player.set_seed(seed % 2**32)
    for _ in range(turns):
        pair: tuple[Any, Any] = match.simultaneous_play(*players)
        yield "".join(map(str, pair))


def main(names: Sequence[str]) -> int:
    """Compare, print counts, and say whether all is equal."""
    counts: Counter[tuple[bool, bool]] = Counter()
    strategies: dict[str, bool] = {}
    wrong: list[Compared] = []
    for name in names or sorted(registry.library("agent", "axelrod").titles()):
        start = time.perf_counter()
        long = axelrod.Classifiers["long_run_time"](getattr(axelrod, name)())
        for opponent in LONG_PANEL if long else PANEL:
            compared = compare(name, opponent, LONG_TURNS if long else TURNS)
            strategies[name] = compared.deterministic
            counts[compared.deterministic, compared.first_difference is None] += 1
            wrong += [compared] if compared.first_difference is not None else []
        took = time.perf_counter() - start
        if took > 5:
            print(f"{name}: {took:.0f} s", file=sys.stderr, flush=True)
    for compared in wrong:
        print(f"{compared.strategy} against {compared.opponent}: round {compared.first_difference}")
    print(f"axelrod {axelrod.__version__}, {TURNS} turns against {', '.join(PANEL)};")
    print(f"where it runs long, {LONG_TURNS} turns against {', '.join(LONG_PANEL)}")
    for deterministic in (True, False):
        kind = "deterministic" if deterministic else "stochastic"
        n = sum(each == deterministic for each in strategies.values())
        same, other = counts[deterministic, True], counts[deterministic, False]
        print(f"{n} {kind} strategies: {same} matches move for move the same, {other} not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
