"""What every game must do, alone and under every modifier: those of the registry, all of them.

The conformance kit (`harness.testing`) says what that is; here stands what it has to be told: which
facts and answers of a game are private, and what modifiers may not touch.
"""

from __future__ import annotations

import itertools
from random import Random

import pytest

from harness import Action, Decision, Game, Round, registry
from harness.testing import GAME_CHECKS, by_chance, check_game, least, same_view, walk
from harness.testing.steady import elsewhere
from harness.testing.walk import Answer

SMALL = {
    "beauty": "beauty(players=3, rounds=2)",
    "beauty_08": "beauty_08(players=3, rounds=2)",
    "deal_or_no_deal": "deal_or_no_deal(max_messages=5)",
    "donor": "donor(agents=4, generations=2, rounds=2)",
    "matrix": "matrix(payoffs=[[[3, 1], [0, 4]], [[5, 2], [1, 1]]], rounds=3, noise=0.2)",
    "prisoners_dilemma": "prisoners_dilemma(continuation=0.6, relabel='round', order='round')",
    "travelers_dilemma": "travelers_dilemma(rounds=3, low=2, high=8)",
}
"""Games at a size that is quickly played; others have three rounds."""

SINGLE = {
    "predict": ("predict", "predict(kind='point')"),
    "reflect": ("reflect", "reflect(when='end')"),
    "talk": ("talk(messages=2)", "talk(when='round', channel='private')"),
    "tell": ("tell(text='Hello.')", "tell(about='mistakes', to=1)"),
}
"""How each modifier is tried; others are by their name."""

PAIRS = ("talk+predict", "reflect+talk(channel='private')", "reflect+predict")

LONG = {"frozen", "order", "outside", "parameters", "secrets", "snapshot", "state"}
"""Checks that lead a game through dozens of matches, or through processes of their own."""

QUICK = [check.name for check in GAME_CHECKS if check.name not in LONG]


def small(name: str) -> str:
    """A game of the registry at a size that is quickly played."""
    rounds = "(rounds=3)" if "rounds" in registry.parameters("game", name) else ""
    return SMALL.get(name, f"{name}{rounds}")


def modifiers() -> list[str]:
    tried = [SINGLE.get(name, (name,)) for name in registry.names("modifier")]
    return [*itertools.chain(*tried), *PAIRS]


MODIFIED = [
    pytest.param(f"{small(name)}+{modifier}", id=f"{name}+{modifier}")
    for name in registry.names("game")
    for modifier in modifiers()
]
EVERY_GAME = [pytest.param(small(name), id=name) for name in registry.names("game")]


@pytest.mark.parametrize("spec", EVERY_GAME)
def test_every_game_conforms(spec: str) -> None:
    report = check_game(spec, hash_seeds=())
    assert report.ok, report


@pytest.mark.parametrize("spec", MODIFIED)
def test_every_game_conforms_under_every_modifier(spec: str) -> None:
    report = check_game(spec, only=QUICK)
    assert report.ok, report


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", registry.names("game"))
def test_no_check_has_a_false_alarm_under_any_modifier(name: str) -> None:
    for modifier in modifiers():
        report = check_game(f"{small(name)}+{modifier}", hash_seeds=())
        assert report.ok, report


def test_every_game_is_the_same_in_every_process() -> None:
    specs = [small(name) for name in registry.names("game")]
    one, other = elsewhere({"games": specs}, (0, 1))
    assert one == other


@pytest.mark.parametrize(
    "spec",
    [
        "prisoners_dilemma(rounds=3, horizon='hidden')",
        "prisoners_dilemma(continuation=0.5, horizon='hidden', noise=0.3)",
        "beauty(players=3, rounds=2, horizon='hidden')",
        "donor(agents=4, generations=1, rounds=2, horizon='announced', punishment=2)",
    ],
)
def test_what_is_hidden_on_purpose_is_no_fault(spec: str) -> None:
    report = check_game(spec, only=["parameters"])
    assert report.ok, report


PRIVATE_FACTS: dict[str, tuple[str, str]] = {
    "deal_or_no_deal": (
        "deal_or_no_deal(first=0, max_messages=6, contexts=[[[1, 2, 3], [[1, 3, 1], [4, 0, 2]]]])",
        "deal_or_no_deal(first=0, max_messages=6, contexts=[[[1, 2, 3], [[1, 3, 1], [1, 3, 1]]]])",
    ),
}
"""For each game that draws private facts: two games that differ only in those of player 1."""


@pytest.mark.parametrize("modifier", ["", "talk", "reflect", "predict"])
@pytest.mark.parametrize("name", sorted(set(PRIVATE_FACTS) & set(registry.names("game"))))
def test_private_facts_of_another_player_never_show(name: str, modifier: str) -> None:
    pair = [f"{spec}+{modifier}" if modifier else spec for spec in PRIVATE_FACTS[name]]
    one, other = (registry.build("game", spec).what for spec in pair)
    assert not same_view(one, other, 0)
    assert same_view(one, other, 1)


PRIVATE_ANSWERS = {
    "donor": ("donor(agents=4, generations=1, rounds=2)", "strategy", "Never give."),
}
"""For each game with answers that nobody else is shown: the decision's kind, another answer."""


def otherwise(kinds: set[str], other: Answer) -> Answer:
    """What all do, but that decisions of these kinds are answered otherwise, if not by player 0."""
    chance = by_chance(1)

    def answer(decision: Decision, turn: int) -> Action:
        changed = decision.player and decision.kind in kinds
        return (other if changed else chance)(decision, turn)

    return answer


@pytest.mark.parametrize("modifier", ["", "+talk", "+reflect", "+predict"])
@pytest.mark.parametrize("name", sorted(set(PRIVATE_ANSWERS) & set(registry.names("game"))))
def test_private_answers_of_others_never_show(name: str, modifier: str) -> None:
    spec, kind, text = PRIVATE_ANSWERS[name]
    game: Game = registry.build("game", f"{spec}{modifier}").what
    answer = otherwise({kind}, lambda decision, turn: text)
    assert not same_view(game, game, 0, answer=answer)
    assert same_view(game, game, 1, answer=answer)


@pytest.mark.parametrize(
    "modifier", ["predict", "predict(kind='point')", "reflect", "reflect(when='end')"]
)
@pytest.mark.parametrize("spec", EVERY_GAME)
def test_forecasts_and_notes_of_others_never_show(spec: str, modifier: str) -> None:
    game: Game = registry.build("game", f"{spec}+{modifier}").what

    def other(decision: Decision, turn: int) -> Action:
        return "something else" if decision.kind == "reflect" else least(decision, turn)

    assert not same_view(game, game, 0, answer=otherwise({"predict", "reflect"}, other))


@pytest.mark.parametrize("spec", EVERY_GAME)
def test_a_modifier_leaves_chance_and_play_of_its_game_alone(spec: str) -> None:
    inner: Game = registry.build("game", spec).what

    def rounds(game: Game, rng: Random) -> list[Round]:
        return [happened._replace(info=None) for _, happened in walk(game, rng, least).rounds]

    alone = rounds(inner, Random(Random(8).getrandbits(64)))
    for modifier in ("talk", "predict", "reflect(when='end')", "tell(text='Hello.')"):
        assert rounds(registry.build("game", f"{spec}+{modifier}").what, Random(8)) == alone
