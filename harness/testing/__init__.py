"""The conformance kit: what every game and every agent must do, tried on one of them.

Our own games and agents pass it in the tests of this project; `folk check` runs it on anybody's.

- `assert_game`, `assert_agent`: a whole test in one line.
- `check_game`, `check_agent`: the same as a `Report`.
- `same_view`: whether a player can tell two games apart that differ in what it must not know.
- `denial`: run code without files, network, clock and the chance of the process.
- `walk`, `steps`, `by_chance`, `least`, `difference`: lead a game through matches of one's own.
- `snapshot`, `compared`, `written`: what a game says and pays, kept in a file.

docs/plugins.md tells what each check holds, and what it cannot see.
"""

from harness.testing.agents import AGENT_CHECKS, assert_agent, check_agent, small_games
from harness.testing.denial import Denied, denial
from harness.testing.draws import Draws
from harness.testing.games import GAME_CHECKS, assert_game, check_game
from harness.testing.leaks import same_view
from harness.testing.report import Check, Report, Result
from harness.testing.snapshot import compared, snapshot, written
from harness.testing.walk import Asked, Trace, by_chance, difference, least, steps, walk

__all__ = [
    "AGENT_CHECKS",
    "GAME_CHECKS",
    "Asked",
    "Check",
    "Denied",
    "Draws",
    "Report",
    "Result",
    "Trace",
    "assert_agent",
    "assert_game",
    "by_chance",
    "check_agent",
    "check_game",
    "compared",
    "denial",
    "difference",
    "least",
    "same_view",
    "small_games",
    "snapshot",
    "steps",
    "walk",
    "written",
]
