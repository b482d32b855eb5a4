"""Action spaces that replies are read in."""

from __future__ import annotations

from harness import Choice, Distribution, Form, Integer, OneOf, Real, Space, Text

DILEMMA = Choice(("cooperate", "defect"), labels=("J", "F"))
SHARE = Form({"book": Integer(0, 3), "hat": Integer(0, 1), "ball": Integer(0, 2)})

SPACES: dict[str, Space] = {
    "dilemma": DILEMMA,
    "capitals": Choice(("big", "small"), labels=("C", "c")),
    "letters": Choice((1, 2), labels=("A", "B")),
    "rps": Choice(("rock", "paper", "scissors")),
    "steps": Choice(("stag", "hare", "stag hunt")),
    "claim": Choice(tuple(range(2, 101))),
    "guess": Integer(0, 100),
    "real": Real(0, 100),
    "donation": Real(0, 8.25),
    "act": OneOf({"donate": Real(0, 8.25), "punish": Real(0, 8.25), "refuse": Choice(("yes",))}),
    "turn": OneOf({"say": Text(200), "propose": SHARE}),
    "close": OneOf({"propose": SHARE}),
    "forecast": Distribution(DILEMMA),
    "message": Text(60),
    "letter": Form({"to": Choice((0, 2), labels=("player 1", "player 3")), "text": Text(60)}),
}
"""By the names that the files of replies use."""
