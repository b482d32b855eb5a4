"""Deal or No Deal: two players talk about how to divide items, then propose in secret.

The game is that of Lewis, Yarats, Dauphin, Parikh & Batra (2017, "Deal or No Deal? End-to-End
Learning for Negotiation Dialogues", arXiv:1706.05125), in the form that Liao, Tomlin & Klein (2024,
"Efficacy of Language Model Self-Play in Non-Zero-Sum Games", arXiv:2406.18872) gave it for language
models: messages and proposals by turns, three objectives, at most 50 turns.

There, a model whose answer breaks the format is told so and asked again, and its fifth failure in
one turn ends the game with 0 for both. Here that is no rule of the game: the harness's general
answer policy does the same with `reask=4` and `then='forfeit'`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Literal

from harness import (
    Decision,
    Forfeit,
    Form,
    Game,
    Integer,
    Ladder,
    OneOf,
    Play,
    Result,
    Round,
    Space,
    Text,
    UsageError,
    Words,
    one_of,
    shorten,
)
from harness.games import deal_contexts, deal_words
from harness.games.deal_contexts import Context, Numbers
from harness.games.deal_measures import MEASURES, bounds, measure, outcomes, pareto_frontier
from harness.games.ladders import ladders

WEIGHTS = {"semi": 0, "cooperative": 1, "competitive": -1}
"""For each objective, what the other player's score counts in one's own payoff."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}")


@dataclass(frozen=True)
class DealOrNoDeal(Game):
    """Deal or No Deal: divide items whose worth to the other player is not known.

    A decision is of one of three kinds. At `open`, the first turn, a player says something; at
    `talk` it says something or makes a proposal; at `close` the other has made a proposal, and it
    makes its own. An action is `{"say": text}` or `{"propose": {item: count, …}}`, the counts
    being what the player itself is to receive. `observation` holds:

    - `items`, `counts`, `values`: the kinds of items, how many there are, and what one is worth to
      this player, in the same order;
    - `turn`: which turn this is, counted from 0; `turns_left`: how many there are with this one;
    - `turns`: what was done so far, as `{"player": seat, "say": text}` or, where a proposal was
      made, `{"player": seat, "proposed": True}`.

    The one round holds both proposals, None where there is none, and the payoffs. The result's
    `info` holds the context (`counts`, and `values` by player), who was `first`, the number of
    `turns`, the `end` (`deal`, `mismatch` of the proposals, or out of `turns`), the `scores`, and
    the `frontier` of Pareto-optimal scores. Its measures go by points, whatever the objective.

    Args:
        items: names of the three kinds of items.
        contexts: the path of a file of contexts in the published format (see
            `harness.games.deal_contexts.read_contexts`), or contexts themselves, each as `[counts,
            [values of player 0, values of player 1]]`; '' to draw from all that obey the
            constraints of the published ones. What a file holds becomes the parameter's value.
        strict: whether in all contexts given everything must be worth 10 points to each player.
        objective: what a player's payoff is: `semi`, its own score; `cooperative`, both scores;
            `competitive`, its own less the other's.
        weight: what the other's score counts in a player's payoff, in place of an objective.
        max_messages: most turns, messages and proposals together; without a deal by then there is
            none.
        max_chars: most characters in a message.
        first: who takes the first turn: `random`, 0 or 1.
        open_with_proposal: whether the first turn may be a proposal.

    Raises:
        UsageError: a parameter is out of its range; the message names it.
    """

    items: tuple[str, ...] = ("book", "hat", "ball")
    contexts: str | tuple[Context, ...] = ""
    strict: bool = True
    objective: Literal["semi", "cooperative", "competitive"] = "semi"
    weight: float | None = None
    max_messages: int = 50
    max_chars: int = 800
    first: Literal["random", 0, 1] = "random"
    open_with_proposal: bool = False

    name = "deal_or_no_deal"
    version = 1
    measures = MappingProxyType(MEASURES)

    def __post_init__(self) -> None:
        if isinstance(self.items, list):
            object.__setattr__(self, "items", tuple(self.items))
        _check(self)
        given, strict = self.contexts, self.strict
        most = deal_contexts.TOTAL if strict or not given else math.inf
        object.__setattr__(self, "measure_bounds", bounds(most))
        if isinstance(given, str) and given:
            object.__setattr__(self, "contexts", deal_contexts.read_contexts(given, strict=strict))
        elif not isinstance(given, str):
            object.__setattr__(self, "contexts", deal_contexts.as_contexts(given, strict=strict))

    @property
    def other_weight(self) -> float:
        """What the other's score counts in a player's payoff."""
        return WEIGHTS[self.objective] if self.weight is None else self.weight

    @property
    def ladder(self) -> Ladder:
        """The exploiters of negotiations."""
        return ladders()["deal"]

    def facts(self, player: int) -> Mapping[str, Any]:
        """The rules for programs; items and values are drawn for each match and come later."""
        return {
            "items": list(self.items),
            "other_weight": self.other_weight,
            "max_messages": self.max_messages,
            "max_chars": self.max_chars,
            "open_with_proposal": self.open_with_proposal,
        }

    def play(self, rng: Random) -> Play:
        """The players talk by turns; once one has proposed, the other must, and that is the end."""
        drawn, starting = (Random(rng.getrandbits(64)) for _ in range(2))
        context = drawn.choice(self.contexts or deal_contexts.all_contexts())
        first = starting.randrange(2) if self.first == "random" else self.first
        assert isinstance(context, Context)
        spaces = self._spaces(context)
        past: tuple[list[Any], list[Any]] = ([], [])
        proposals: list[dict[str, int] | None] = [None, None]
        messages = [0, 0]
        t, left = 0, False
        for t in range(self.max_messages):
            me = (first + t) % 2
            answers = proposals[1 - me] is not None
            kind = "close" if answers else "talk" if t or self.open_with_proposal else "open"
            try:
                action = yield Decision(
                    me, spaces[kind], self._view(context, me, t, past[me]), kind
                )
            except Forfeit:  # whoever leaves the table leaves it without a deal
                proposals, left = [None, None], True
                break
            proposals[me] = action.get("propose")
            if answers:
                break
            messages[me] += "say" in action
            told = action if "say" in action else {"proposed": True}
            for turns in past:
                turns.append({"player": me, **told})
        shares = _shares(context, self.items, proposals)
        measured = measure(context, shares, (messages[0], messages[1]))
        scores = [int(score or 0) for score in measured["own_score_all"]]
        weight = self.other_weight
        payoffs = (scores[0] + weight * scores[1], scores[1] + weight * scores[0])
        yield Round(tuple(proposals), payoffs)
        made = None not in proposals
        info = {
            "counts": list(context.counts),
            "values": [list(values) for values in context.values],
            "first": first,
            "turns": t + 1,
            "end": "deal" if shares else "mismatch" if made else "forfeit" if left else "turns",
            "scores": scores,
            "frontier": [list(point) for point in pareto_frontier(outcomes(context))],
        }
        return Result(measures=measured, info=info)

    def _spaces(self, context: Context) -> dict[str, OneOf]:
        """The legal actions at each kind of decision."""
        counts = zip(self.items, context.counts, strict=True)
        share = Form({item: Integer(0, count) for item, count in counts})
        text = Text(self.max_chars)
        either: dict[str, Space] = {"say": text, "propose": share}
        return {
            "open": OneOf({"say": text}),
            "talk": OneOf(either),
            "close": OneOf({"propose": share}),
        }

    def _view(self, context: Context, me: int, t: int, turns: list[Any]) -> dict[str, Any]:
        """What a player sees, in lists of its own."""
        return {
            "items": list(self.items),
            "counts": list(context.counts),
            "values": list(context.values[me]),
            "turn": t,
            "turns_left": self.max_messages - t,
            "turns": turns,
        }

    def rules(self, decision: Decision) -> str:
        """The rules as this player reads them."""
        return deal_words.rules(self, decision)

    def describe(self, decision: Decision) -> Words:
        """What the other player did last, and the question."""
        return deal_words.describe(self, decision)


def _shares(
    context: Context, items: tuple[str, ...], proposals: list[dict[str, int] | None]
) -> tuple[Numbers, Numbers] | None:
    """What each player receives; None unless the proposals add up to all the items exactly."""
    first, second = proposals
    if first is None or second is None:
        return None
    shares = tuple(first[item] for item in items), tuple(second[item] for item in items)
    exact = all(a + b == count for a, b, count in zip(*shares, context.counts, strict=True))
    return shares if exact else None


def _check(game: DealOrNoDeal) -> None:
    """Refuse parameters that are out of their range, apart from the contexts."""

    def refuse(name: str, must: str) -> None:
        raise UsageError(
            f"{game.name}: {name} is {shorten(getattr(game, name))}; it must be {must}"
        )

    items = game.items
    named = isinstance(items, tuple) and all(
        isinstance(x, str) and NAME.fullmatch(x) for x in items
    )
    if not named or len(items) != 3 or len({item.lower() for item in items}) != 3:
        refuse("items", "three different words, of letters, digits, - and _, up to 30 characters")
    if not isinstance(game.objective, str) or game.objective not in WEIGHTS:
        refuse("objective", one_of(list(WEIGHTS)))
    if game.weight is not None:
        if not isinstance(game.weight, int | float) or isinstance(game.weight, bool):
            refuse("weight", "a number, or None")
        if not math.isfinite(game.weight):
            refuse("weight", "a finite number, or None")
        if game.objective != "semi":
            refuse("weight", f"left out where objective is {game.objective!r}; give one of the two")
    for name, least in (("max_messages", 3), ("max_chars", 1)):
        value = getattr(game, name)
        if type(value) is not int or value < least:
            refuse(name, f"a whole number, {least} or more")
    if isinstance(game.first, bool) or game.first not in ("random", 0, 1):
        refuse("first", "'random', 0 or 1")
    for name in ("strict", "open_with_proposal"):
        if not isinstance(getattr(game, name), bool):
            refuse(name, "True or False")
