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
    paragraphs = [
        game.story,
        f"You are playing a game with one other player. {_length(game)}",
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
    last = f" of {game.rounds}" if _told_rounds(game) else ""
    where = "" if game.rounds == 1 else f"Round {t + 1}{last}. "
    question = f"{where}Which option do you choose: {_shown(decision)}?"
    if game.relabel == "round":
        names = f"In this round the options are named {_shown(decision)}."
        question = f"{names} {_payoffs(game, decision)}\n\n{question}"
    return Words(_news(game, decision), question)


def _length(game: MatrixGame) -> str:
    if game.rounds == 1:
        return "It is played once."
    if game.horizon == "hidden":
        return "It lasts for several rounds; you are not told how many."
    if game.continuation is None:
        return f"It lasts for {game.rounds} rounds."
    most = "" if game.rounds is None else f" There are at most {game.rounds} rounds."
    return (
        f"After each round, another round follows with probability {number(game.continuation)};"
        f" otherwise the game ends.{most}"
    )


def _told_rounds(game: MatrixGame) -> bool:
    """Whether the players know which round is the last."""
    return game.horizon == "announced" and game.continuation is None


def _choices(game: MatrixGame, decision: Decision) -> str:
    labels = decision.observation["labels"]
    own, other = _shown(decision), options(labels["other"])
    if game.relabel == "round":
        own, other = (f"{len(names)} are offered" for names in (labels["own"], labels["other"]))
    if sorted(labels["own"]) == sorted(labels["other"]):
        each = f"you and the other player each choose one option: {own}"
    else:
        each = f"you choose one option, {own}, and the other player chooses one, {other}"
    sentence = f"In each round, {each}." if game.rounds != 1 else f"{each[0].upper()}{each[1:]}."
    renamed = " The options get new names in every round." if game.relabel == "round" else ""
    together = " You both choose at the same time, without knowing what the other chooses."
    return sentence + renamed + together


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
        numbers = [int(label) for label in labels]
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
    when = "" if game.rounds == 1 else " in a round"
    lines = [f"What you both receive{when} depends on the two choices:"]
    for i in space.order:
        for j, theirs in enumerate(labels["other"]):
            mine = amount(game, game.payoff(decision.player, i, j))
            yours = amount(game, game.payoff(1 - decision.player, j, i))
            lines.append(
                f"- If you choose {space.labels[i]} and the other player chooses {theirs},"
                f" you receive {mine} and the other player receives {yours}."
            )
    return "\n".join(lines)


def _discount(game: MatrixGame) -> str:
    if game.discount == 1:
        return ""
    return (
        f"Later rounds count less: what is received in a round is multiplied by"
        f" {number(game.discount)} once for every round before it."
    )


def _noise(game: MatrixGame, decision: Decision) -> str:
    if not game.noise:
        return ""
    assert isinstance(decision.space, Choice)
    two = len(decision.space.actions) == len(decision.observation["labels"]["other"]) == 2
    instead = "the other option" if two else "one of the other options, drawn at random"
    seen = " and is what both players are told" if game.feedback == "full" else ""
    return (
        f"Choices can go wrong: in every round, for each player separately, with probability"
        f" {number(game.noise)} the chosen option is replaced by {instead}."
        f" The option after replacement is what counts{seen}."
    )


def _feedback(game: MatrixGame) -> str:
    if game.rounds == 1:
        return ""
    if game.feedback == "full":
        return "After each round you are both told both choices and what each of you received."
    if game.feedback == "payoffs":
        return (
            "After each round you are told what you received, but not what the other player chose."
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
    if game.relabel == "round":
        told.append("(Past choices are named as the options of this round are named.)")
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
    return (
        f"In round {t - back + 1} you chose {labels['own'][own]} and the other player chose"
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
