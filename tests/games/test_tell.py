from __future__ import annotations

from random import Random
from typing import Any

import pytest

from harness import Decision, Game, UsageError, registry
from harness.games.tell import SENTENCES, Tell
from harness.match import Match
from harness.play import play
from tests.sketches import Fixed, Pennies, table
from tests.test_modifier import Trio


def rules(game: Game) -> list[str]:
    """The rules as each player reads them."""
    asked = next(game.play(Random(0)))
    assert isinstance(asked, tuple)
    return [game.rules(decision) for decision in asked if isinstance(decision, Decision)]


def test_a_text_follows_the_rules_of_all() -> None:
    game = Tell(Pennies(), text="Breakfast was good.")
    told = "Each of you shows H or T, 3 times.\n\nBreakfast was good."
    assert rules(game) == [told, told]
    assert game.facts(0)["told"] == game.facts(1)["told"] == ["Breakfast was good."]


def test_what_one_player_is_told_the_other_does_not_hear() -> None:
    game = Tell(Pennies(), about="mistakes", to=1)
    first, second = rules(game)
    assert first == "Each of you shows H or T, 3 times."
    assert second.endswith(f"\n\n{SENTENCES['mistakes'][0]}")
    assert "told" not in game.facts(0)
    assert game.facts(1)["told"] == [SENTENCES["mistakes"][0]]


def test_what_is_told_to_one_seat_is_told_to_whoever_sits_there() -> None:
    game = registry.build("game", "prisoners_dilemma(rounds=1)+tell(text='Psst.', to=0)")
    agents = [registry.build("agent", name) for name in ("tit_for_tat", "grudger")]
    for seats in (tuple(agents), tuple(reversed(agents))):
        match = Match(game, seats, seed=1)
        assert [match.seat(i).facts.get("told") for i in (0, 1)] == [["Psst."], None]


def test_several_things_are_told_one_after_another() -> None:
    game = Tell(Tell(Pennies(), about="program"), text="It is new.")
    assert rules(game)[0].endswith("The other player is a computer program.\n\nIt is new.")
    assert game.facts(0)["told"] == ["The other player is a computer program.", "It is new."]


@pytest.mark.parametrize("about", sorted(SENTENCES))
def test_sentences_speak_of_one_other_player_or_of_several(about: str) -> None:
    text = "{text} as it is" if about == "past" else ""
    one, several = Tell(Pennies(), text, about), Tell(Trio(), text, about)
    assert "the other player " in one.sentence.lower()
    assert "the other players " in several.sentence.lower()
    assert one.sentence.endswith(text or ".")


def test_the_game_itself_is_played_as_ever() -> None:
    record = play(table(Tell(Pennies(), "x"), *[Fixed(("H", "T"))] * 2))
    assert record.rounds == play(table(Pennies(), *[Fixed(("H", "T"))] * 2)).rounds
    assert record.turns is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "text is empty"),
        ({"text": "  "}, "text is empty"),
        ({"about": "past"}, "text is empty"),
        ({"text": 1}, "text is 1; it must be text"),
        ({"about": "mistake"}, "about is 'mistake', which is not known; did you mean mistakes"),
        ({"text": "x", "to": 2}, "to is 2; it must be a player of pennies, from 0 to 1"),
        ({"text": "x", "to": True}, "to is True"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"tell: {message}"):
        Tell(Pennies(), **given)
