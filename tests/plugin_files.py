"""A game and a bot as a user would write them, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

GAME = '''
from dataclasses import dataclass
from harness import Choice, Decision, Game, Round, Words

@dataclass(frozen=True)
class Pennies(Game):
    """Matching pennies."""

    rounds: int = 3
    name = "file_pennies"

    def play(self, rng):
        for _ in range(self.rounds):
            both = [Decision(p, Choice(("heads", "tails")), {}) for p in (0, 1)]
            a, b = yield tuple(both)
            yield Round((a, b), (1, -1) if a == b else (-1, 1))

    def rules(self, decision):
        return f"{self.rounds} rounds."

    def describe(self, decision):
        return Words("", "heads or tails?")
'''
BOT = '''
from dataclasses import dataclass
from harness import Bot

@dataclass
class Chance(Bot):
    """Acts by its own chance."""

    name = "file_chance"

    def act(self, decision):
        return decision.space.sample(self.seat.rng)
'''


def write_both(folder: Path) -> None:
    """Put both where a user would: `game.py` and `bot.py`."""
    (folder / "game.py").write_text(GAME)
    (folder / "bot.py").write_text(BOT)
