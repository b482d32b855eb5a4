"""The words of beauty contests: plain, complete, and without a hint of what is good to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from fractions import Fraction
from importlib import resources
from typing import TYPE_CHECKING, Any

from harness import Decision, UsageError, Words, did_you_mean
from harness.games.matrix_words import number

if TYPE_CHECKING:
    from harness.games.beauty import Beauty

AGGREGATES = {"mean": "mean (average)", "median": "median", "max": "highest"}


def opponents(text: str, players: int) -> str:
    """What is said of the others: the text itself, or what goes by this name in the list.

    Raises:
        UsageError: a single word in lower case that names no opponents.
    """
    if not re.fullmatch(r"[a-z0-9_]+", text):
        return text
    source = resources.files("harness.games").joinpath("beauty_opponents.toml").read_text("utf-8")
    known: dict[str, dict[str, str]] = tomllib.loads(source)
    if text not in known:
        raise UsageError(f"there are no opponents named {text!r}{did_you_mean(text, known)}")
    return known[text]["one" if players == 2 else "several"]


def rules(game: Beauty, decision: Decision) -> str:
    """The rules as one player reads them, before its first decision."""
    paragraphs = [
        game.story,
        " ".join(filter(None, (_opening(game), game.opponents, _numbering(game, decision)))),
        _choosing(game, decision),
        _target(game),
        _health(game) if game.health else _payment(game),
        _feedback(game),
        game.goal,
    ]
    return "\n\n".join(filter(None, paragraphs))


def describe(game: Beauty, decision: Decision) -> Words:
    """What happened last, and the question."""
    last = f" of {game.rounds}" if game.horizon == "announced" else ""
    where = "" if game.rounds == 1 else f"Round {decision.observation['round'] + 1}{last}. "
    return Words(_news(game, decision), f"{where}Which number do you choose: {decision.space}?")


def _opening(game: Beauty) -> str:
    others = "one other player" if game.players == 2 else f"{game.players - 1} other players"
    if game.rounds == 1:
        length = "It is played once."
    elif game.horizon == "hidden":
        length = "It lasts for several rounds; you are not told how many."
    else:
        length = f"It lasts for {'at most ' if game.health else ''}{game.rounds} rounds."
    return f"You are playing a game with {others}. {length}"


def _numbering(game: Beauty, decision: Decision) -> str:
    if game.players == 2 or game.rounds == 1 or game.feedback != "full":
        return ""
    return f"The players are numbered from 1 to {game.players}; you are player {_seat(decision)}."


def _seat(decision: Decision) -> int:
    return decision.player + 1


def _choosing(game: Beauty, decision: Decision) -> str:
    space = f"{decision.space}" + ("" if game.integers else ", with or without decimals")
    if game.players == 2:
        each = f"you and the other player each choose {space}"
        together = "You both choose at the same time, without knowing what the other chooses."
    else:
        each = f"every player chooses {space}"
        together = "All players choose at the same time, without knowing what the others choose."
    return f"{_start(each) if game.rounds == 1 else f'In each round, {each}'}. {together}"


def _target(game: Beauty) -> str:
    """What the target is, in words that leave nothing to be known."""
    if game.players == 2:
        numbers = "two numbers"
    elif game.health:
        numbers = "numbers of all players still in the game, your own included"
    else:
        numbers = f"{game.players} numbers, your own included"
    text = (
        f"The target is {_factor(game.factor)} times the {AGGREGATES[game.target]} of the {numbers}"
    )
    if game.decimals is not None:
        text += f", rounded to {_decimals(game.decimals)}"
    return f"{text}.{_median(game) if game.target == 'median' else ''}"


def _median(game: Beauty) -> str:
    """What a median is, of as many numbers as there can be."""
    one = "the number in the middle when they are put in order"
    two = "half the sum of the two numbers in the middle"
    if game.players == 2:
        return " The median of two numbers is half their sum."
    if game.health:
        return f" The median is {one}; of an even number of numbers, it is {two}."
    return f" The median is {one if game.players % 2 else two + ' when they are put in order'}."


def _factor(p: Fraction) -> str:
    """The factor as a person writes it: 0.8, but 2/3."""
    exact = Fraction(number(float(p))) == p
    return number(float(p)) if exact else f"{p.numerator}/{p.denominator}"


def _decimals(count: int) -> str:
    if count == 0:
        return "a whole number"
    return f"{count} decimal{'' if count == 1 else 's'}"


def _payment(game: Beauty) -> str:
    """What is paid, and to whom."""
    when = "" if game.rounds == 1 else "In each round, "
    prize = amount(game, game.prize)
    if game.payment == "proportional":
        return _proportional(game)
    others = "the other player receives" if game.players == 2 else "all others receive"
    who = "the player whose number is closest to the target"
    lead = f"{who} receives a prize of {prize} and {others} nothing."
    shared = {
        "split": "they share the prize equally",
        "each": "each of them receives the whole prize",
        "fixed": "one of them is drawn at random, each with the same probability, and receives"
        " the prize",
    }[game.payment]
    parts = [
        when + lead if when else _start(lead),
        _ties(game),
        _several(game, shared),
        _all_equal(game, "nobody receives anything"),
    ]
    return " ".join(filter(None, parts))


def _proportional(game: Beauty) -> str:
    when = "Each player receives" if game.rounds == 1 else "In each round, each player receives"
    span = number(game.high - game.low)
    formula = (
        f"{when} {amount(game, game.prize)} times (1 - d / {span}), where d is the distance between"
        " this player's number and the target, but never less than 0."
    )
    return " ".join(filter(None, (formula, _all_equal(game, "nobody receives anything"))))


def _health(game: Beauty) -> str:
    """What health points are, and how they are lost."""
    assert game.health
    one = amount(game, 1)
    two = game.players == 2
    loser = "the other player" if two else "every other player"
    won = (
        "In each round, the player whose number is closest to the target wins and loses nothing;"
        f" {loser} loses {one}."
    )
    out = (
        f"A player with 0 {game.currency} is out of the game; if fewer than two players are left,"
        " the game ends."
    )
    parts = [
        f"Each player starts with {amount(game, game.health)}.",
        won,
        _ties(game),
        _several(game, "they all win" if not two else "both win"),
        _all_equal(game, f"nobody wins and {'both' if two else 'all'} players lose {one}"),
        out,
    ]
    return " ".join(filter(None, parts))


def _several(game: Beauty, what: str) -> str:
    """What follows where several are the closest, unless that means nobody wins."""
    if game.players == 2 and game.ties == "lower" and not game.all_equal_wins:
        return ""
    who = "both" if game.players == 2 else "several"
    level = "chose that number" if game.ties == "lower" else "are equally close"
    return f"If {who} players {level}, {what}."


def _ties(game: Beauty) -> str:
    if game.ties == "all":
        return ""
    return "Of two different numbers at the same distance, the lower one counts as the closest."


def _all_equal(game: Beauty, what: str) -> str:
    if game.all_equal_wins:
        return ""
    who = "both" if game.players == 2 else "all"
    return f"If {who} players choose the same number, however, {what}."


def _feedback(game: Beauty) -> str:
    if game.rounds == 1:
        return ""
    others = "the other player" if game.players == 2 else "the other players"
    got = f"how many {game.currency} you have left" if game.health else "what you received"
    all_got = f"has in {game.currency}" if game.health else "received"
    aggregate = {"mean": "mean", "median": "median", "max": "highest number"}[game.target]
    return {
        "full": f"After each round you are told all numbers, their {aggregate}, the target, and"
        f" what each player {all_got}.",
        "target": f"After each round you are told the target and {got}, but not what {others}"
        " chose.",
        "own": f"After each round you are told {got}, but neither the target nor what {others}"
        " chose.",
        "none": f"While the game lasts, you are told neither the target nor {got} nor what {others}"
        " chose.",
    }[game.feedback]


def _news(game: Beauty, decision: Decision) -> str:
    """What is told of the last round."""
    seen: dict[str, Any] = dict(decision.observation)
    t = seen["round"]
    if t == 0 or game.feedback == "none":
        return ""
    if game.feedback == "full":
        return " ".join(_everything(game, decision.player, seen))
    parts = [f"In round {t} you chose {number(seen['own'][-1])}."]
    if game.feedback == "target":
        parts.append(f"The target was {number(seen['targets'][-1])}.")
    return " ".join([*parts, _own_result(game, seen)])


def _own_result(game: Beauty, seen: dict[str, Any]) -> str:
    paid = seen["payoffs"][-1]
    if not game.health:
        return f"You received {amount(game, paid)}."
    lost = "lost nothing" if paid == 0 else f"lost {amount(game, -paid)}"
    return f"You {lost}. You have {amount(game, seen['health'])} left."


def _everything(game: Beauty, me: int, seen: dict[str, Any]) -> list[str]:
    """All that happened in the last round."""
    choices = {i: x for i, x in enumerate(seen["choices"][-1]) if x is not None}
    chose = [f"{_name(game, me, i)} chose {number(x)}" for i, x in choices.items()]
    aggregate = {"mean": "mean", "median": "median", "max": "highest"}[game.target]
    sums = f"The {aggregate} of these numbers was {number(seen['aggregates'][-1])}"
    told = [
        f"In round {seen['round']}, {_listed(chose)}.",
        f"{sums}; the target was {number(seen['targets'][-1])}.",
    ]
    if game.health:
        winners = _winners(game, me, seen["winners"][-1])
        return [*told, winners, _healths(game, me, seen["healths"], list(choices))]
    paid = [
        f"{_name(game, me, i)} received {amount(game, u)}"
        for i, u in enumerate(seen["all_payoffs"][-1])
    ]
    return [*told, f"{_start(_listed(paid))}."]


def _winners(game: Beauty, me: int, winners: Sequence[int]) -> str:
    if not winners:
        return "As all numbers were the same, nobody won."
    return f"{_start(_listed([_name(game, me, i) for i in winners]))} won."


def _healths(game: Beauty, me: int, healths: Sequence[int], inside: Sequence[int]) -> str:
    """Who has how many points left, of those who took part in the last round."""
    left = []
    for i in inside:
        verb = "have" if i == me else "has"
        out = "" if healths[i] > 0 else " and is out of the game"
        left.append(f"{_name(game, me, i)} {verb} {amount(game, healths[i])}{out}")
    return f"Now {_listed(left)}."


def _name(game: Beauty, me: int, player: int) -> str:
    """What a player is called in words to `me`."""
    if player == me:
        return "you"
    return "the other player" if game.players == 2 else f"player {player + 1}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _start(text: str) -> str:
    """The text with a capital letter at its start."""
    return text[0].upper() + text[1:]


def amount(game: Beauty, value: float) -> str:
    """An amount of the game's currency, in the singular for exactly one: 1 point, 2 points."""
    one = value == 1 and game.currency.endswith("s")
    return f"{number(value)} {game.currency[:-1] if one else game.currency}"
