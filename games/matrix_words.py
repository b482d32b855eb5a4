"""The words of games in normal form: plain, complete, and without a hint of what is good to do."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from harness import Choice, Decision, UsageError, Words, did_you_mean, one_of

if TYPE_CHECKING:
    from harness.games.matrix import MatrixGame

MANY = 12
"""Options beyond this number are told as a range where they are one."""


def story(text: str) -> str:
    """A cover story: the text itself, or the one that goes by this name in `stories.toml`.

    Raises:
        UsageError: a single word in lower case that names no story.
    """
    if not isinstance(text, str) or not re.fullmatch(r"[a-z0-9_]+", text):
        return text
    source = resources.files("harness.games").joinpath("stories.toml").read_text("utf-8")
    stories: dict[str, str] = tomllib.loads(source)
    if text not in stories:
        raise UsageError(f"there is no story named {text!r}{did_you_mean(text, stories)}")
    return stories[text].strip()


def rules(game: MatrixGame, decision: Decision) -> str:
    """The rules as one player reads them, before its first decision."""
    opening = "This is a game between you and" if game.story else "You are playing a game with"
    paragraphs = [
        game.story,
        f"{opening} one other player. {_length(game)}",
        _choices(game, decision),
        "" if game.relabel == "round" else _payoffs(game, decision),
        _discount(game),
        _noise(game, decision),
        _feedback(game),
        game.goal,
    ]
    return "\n\n".join(filter(None, paragraphs))


def describe(game: MatrixGame, decision: Decision) -> Words:
    """What happened last, and the question."""
    t = decision.observation["round"]
    last = f" of {game.rounds}" if game.horizon == "announced" and game.continuation is None else ""
    where = "" if _once(game) else f"Round {t + 1}{last}. "
    question = f"{where}Which option do you choose: {_shown(decision)}?"
    if game.relabel == "round":
        assert isinstance(decision.space, Choice)
        named = " and ".join(
            filter(None, (", ".join(decision.space.shown[:-1]), decision.space.shown[-1]))
        )
        when = "The options" if _once(game) else "In this round the options"
        question = f"{when} are named {named}. {_payoffs(game, decision)}\n\n{question}"
    return Words(_news(game, decision), question)


def _once(game: MatrixGame) -> bool:
    """Whether the players know that there is one round only."""
    return game.rounds == 1 and game.horizon == "announced"


def _length(game: MatrixGame) -> str:
    if _once(game):
        return "It is played once."
    if game.horizon == "hidden":
        return "You are not told how many rounds it lasts."
    if game.continuation is None:
        return f"It lasts for {game.rounds} rounds."
    most = "" if game.rounds is None else f" There are at most {game.rounds} rounds."
    return (
        f"It lasts for a random number of rounds: after each round, another one follows with"
        f" probability {number(game.continuation)}; otherwise the game ends.{most}"
    )


def _choices(game: MatrixGame, decision: Decision) -> str:
    labels = decision.observation["labels"]
    if game.relabel == "round":
        own, other = (f"one of {len(names)} options" for names in (labels["own"], labels["other"]))
    else:
        own = f"one option: {_shown(decision)}"
        other = f"one option: {options(labels['other'])}"
    if _alike(decision):
        each = f"you and the other player each choose {own}"
    else:
        each = f"you choose {own}; the other player chooses {other}"
    sentence = f"{each[0].upper()}{each[1:]}." if _once(game) else f"In each round, {each}."
    renamed = " The options get new names in every round." if game.relabel == "round" else ""
    if _once(game):
        renamed = ""
    together = " You both choose at the same time, without knowing what the other chooses."
    return sentence + renamed + together


def _alike(decision: Decision) -> bool:
    """Whether both players have the same options."""
    labels = decision.observation["labels"]
    return bool(labels["own"] == labels["other"])


def _shown(decision: Decision) -> str:
    """The options, as a choice; a long row of evenly spaced numbers as a range."""
    assert isinstance(decision.space, Choice)
    return options(decision.space.shown)


def options(labels: Sequence[str]) -> str:
    """Labels as a choice; a long row of evenly spaced whole numbers as a range.

    >>> options(["J", "F"]), options([str(n) for n in range(80, 201, 5)])
    ('J or F', 'a whole number from 80 to 200 in steps of 5')
    """
    if len(labels) > MANY and all(label.isdecimal() for label in labels):
        numbers = sorted(int(label) for label in labels)
        steps = {b - a for a, b in itertools.pairwise(numbers)}
        if len(steps) == 1 and min(steps) > 0:
            pace = "" if steps == {1} else f" in steps of {min(steps)}"
            return f"a whole number from {numbers[0]} to {numbers[-1]}{pace}"
    return one_of(labels)


def _payoffs(game: MatrixGame, decision: Decision) -> str:
    labels = decision.observation["labels"]
    if game.payoff_rule and game.labels == "names":
        factor = f" All amounts are then multiplied by {number(game.stakes)}."
        rule = game.payoff_rule.replace("{currency}", game.currency)
        return rule + (factor if game.stakes != 1 else "")
    space = decision.space
    assert isinstance(space, Choice)
    when = "" if _once(game) else " in a round"
    lines = [f"What you both receive{when} depends on the two choices:"]
    others = space.order if _alike(decision) else range(len(labels["other"]))
    for i in space.order:
        for j in others:
            mine = amount(game, game.payoff(decision.player, i, j))
            yours = amount(game, game.payoff(1 - decision.player, j, i))
            lines.append(
                f"- If you choose {labels['own'][i]} and the other player chooses"
                f" {labels['other'][j]}, you receive {mine} and the other player receives {yours}."
            )
    return "\n".join(lines)


def _discount(game: MatrixGame) -> str:
    if game.discount == 1 or _once(game):
        return ""
    second, third = number(game.discount), number(game.discount**2)
    return (
        f"Later rounds count less: what is received in round 1 counts in full, what is received in"
        f" round 2 is multiplied by {second}, in round 3 by {third}, and so on. What you are told"
        " after a round is not yet multiplied."
    )


def _noise(game: MatrixGame, decision: Decision) -> str:
    if not game.noise:
        return ""
    labels = decision.observation["labels"]
    two = len(labels["own"]) == len(labels["other"]) == 2
    instead = "the other option" if two else "one of the other options, drawn at random"
    when = "for" if _once(game) else "in every round, for"
    if game.feedback == "full":
        told = " and is what both players are told"
    else:
        told = "; you are not told whether a choice was replaced"
    return (
        f"Choices can go wrong: {when} each player separately, with probability"
        f" {number(game.noise)} the chosen option is replaced by {instead}."
        f" The option after replacement is what counts{told}."
    )


def _feedback(game: MatrixGame) -> str:
    if _once(game):
        return ""
    again = (
        "" if game.recall is None else f" At each choice you see the last {game.recall} of them."
    )
    if game.feedback == "full":
        made = "options that counted" if game.noise else "choices"
        return (
            f"After each round you are both told both {made} and what each of you received.{again}"
        )
    if game.feedback == "payoffs":
        return (
            "After each round you are told what you received, but not what the other player"
            f" chose.{again}"
        )
    return (
        "While the game lasts, you are not told what the other player chose or what you received."
    )


def _news(game: MatrixGame, decision: Decision) -> str:
    """What is told of past rounds: the last one, or the last `recall` ones."""
    t = decision.observation["round"]
    if t == 0 or game.feedback == "none":
        return ""
    count = min(t, game.recall or 1)
    told = [_told(game, decision, back) for back in range(count, 0, -1)]
    if game.relabel == "round" and game.feedback == "full":
        told.append("(The choices of past rounds are given by the names of this round.)")
    return "\n".join(told)


def _told(game: MatrixGame, decision: Decision, back: int) -> str:
    """The round that was `back` rounds ago."""
    seen: dict[str, Any] = dict(decision.observation)
    t, labels = seen["round"], seen["labels"]
    if game.feedback == "payoffs":
        return f"In round {t - back + 1} you received {amount(game, seen['payoffs'][-back])}."
    me = decision.player
    own = game.actions(me).index(seen["own"][-back])
    other = game.actions(1 - me).index(seen["other"][-back])
    did = "played" if game.noise else "chose"
    return (
        f"In round {t - back + 1} you {did} {labels['own'][own]} and the other player {did}"
        f" {labels['other'][other]}. You received {amount(game, game.payoff(me, own, other))};"
        f" the other player received {amount(game, game.payoff(1 - me, other, own))}."
    )


def amount(game: MatrixGame, value: float) -> str:
    """An amount of the game's currency, in the singular for exactly one.

    A currency ending in "s" loses it: 1 point, 2 points.
    """
    one = value == 1 and game.currency.endswith("s")
    return f"{number(value)} {game.currency[:-1] if one else game.currency}"


def number(value: float) -> str:
    """A number as a person writes it.

    >>> number(0.1 + 0.2), number(3)
    ('0.3', '3')
    """
    return format(value, ".10g")
