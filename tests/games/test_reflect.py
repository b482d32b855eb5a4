from __future__ import annotations

from typing import Any

import pytest

from harness import Action, Decision, UsageError
from harness.games.predict import Predict
from harness.games.reflect import Reflect
from harness.games.talk import Talk
from harness.games.tell import Tell
from harness.play import play
from tests.sketches import Fixed, Haggle, Pennies, table
from tests.test_modifier import Trio, heard


def note_or(action: Action) -> Any:
    """Notes are numbered by how many there are."""

    def answer(decision: Decision) -> Action:
        return (
            f"note {len(decision.observation['notes'])}" if decision.kind == "reflect" else action
        )

    return answer


def test_a_note_is_asked_for_after_each_round_but_the_last() -> None:
    good = table(Reflect(Pennies(rounds=3)), *[Fixed(("H", "hm", "T", "so", "H"))] * 2)
    assert play(good).turns == [(p, a) for a in ("H", "hm", "T", "so", "H") for p in (0, 1)]


def test_the_note_is_asked_for_when_the_round_has_been_told() -> None:
    words = [w for player, _, _, w in heard(Reflect(Pennies(rounds=2)), note_or("T")) if not player]
    assert [w.news for w in words] == [
        "",
        "The other showed T.",
        'Your last note to yourself was: "note 0"',
    ]
    assert words[1].question == (
        "Your next decision is this one; do not answer it yet:\n> H or T?\n\n"
        "First, what is your note to yourself? Answer with a text of at most 1000 characters."
    )


def test_notes_are_shown_to_their_writer_at_all_later_decisions() -> None:
    log = heard(Reflect(Pennies(rounds=4)), note_or("H"))
    notes = [seen["notes"] for player, kind, seen, _ in log if (player, kind) == (0, "act")]
    assert notes == [[], ["note 0"], ["note 0", "note 1"], ["note 0", "note 1", "note 2"]]


def test_notes_are_private() -> None:
    def views(said: str) -> list[Any]:
        def answer(decision: Decision) -> Action:
            if decision.kind == "reflect":
                return said if decision.player else "mine"
            return "H"

        return [entry for entry in heard(Reflect(Pennies(rounds=3)), answer) if entry[0] == 0]

    assert views("one thing") == views("another")


def test_a_note_is_shown_on_one_line() -> None:
    log = heard(Reflect(Pennies(rounds=2)), lambda d: "a\nb" if d.kind == "reflect" else "H")
    assert log[-1][3].news == r'Your last note to yourself was: "a\nb"'


def test_at_the_end_all_who_were_there_write_a_note() -> None:
    game = Reflect(Trio(rounds=2, late=True), when="end")
    log = heard(game, note_or("a"))
    assert [player for player, kind, _, _ in log if kind == "reflect"] == [1, 2, 3]
    assert log[-1][3].news == ""
    assert log[-1][3].question == (
        "The game is over. What is your note to yourself? Answer with a text of at most 1000"
        " characters."
    )
    record = play(table(game, *[Fixed(("a", "a", "a"))] * 3))
    assert record.turns is not None
    assert record.turns[-3:] == [(1, "a"), (2, "a"), (3, "a")]
    assert record.info == {"rounds": 2}


def test_a_game_of_one_round_leaves_nothing_to_reflect_on_but_the_end() -> None:
    say = {"say": "?"}
    record = play(table(Reflect(Haggle(cap=2)), Fixed((say,)), Fixed((say,))))
    assert record.turns is None or [a for _, a in record.turns] == [say, say]
    end = play(table(Reflect(Haggle(cap=2), when="end"), *[Fixed((say, "done"))] * 2))
    assert end.turns == [(0, say), (1, say), (0, "done"), (1, "done")]


@pytest.mark.parametrize("modifier", [Talk, Predict])
def test_a_note_on_a_round_comes_before_anything_about_the_next(modifier: Any) -> None:
    name = modifier.name

    def answer(decision: Decision) -> Action:
        forecast = {"H": 1.0, "T": 0.0}
        return {"reflect": "note", "talk": "hi", "predict": forecast}.get(decision.kind, "H")

    log = [e for e in heard(modifier(Reflect(Pennies(rounds=2))), answer) if e[0] == 0]
    assert [kind for _, kind, _, _ in log] == [name, "act", "reflect", name, "act"]
    assert "forecast" not in log[2][2]
    assert "Your forecast" not in log[2][3].news
    with pytest.raises(UsageError, match=f"before {name}; write reflect before talk and predict"):
        Reflect(modifier(Pennies()))
    with pytest.raises(UsageError, match=f"before {name}"):
        Reflect(Tell(modifier(Pennies()), text="x"))
    end = heard(Reflect(modifier(Pennies(rounds=1)), when="end"), answer)
    assert [kind for player, kind, _, _ in end if player == 0] == [name, "act", "reflect"]


@pytest.mark.parametrize("when", ["round", "end"])
def test_the_rules_say_when_and_that_it_is_private(when: Any) -> None:
    clause = Reflect(Pennies(), max_chars=80, when=when).clause(0)
    assert "a note to yourself of at most 80 characters" in clause
    assert "No other player sees it." in clause


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_chars": 0}, "max_chars is 0"),
        ({"max_chars": "9"}, "max_chars is '9'"),
        ({"when": "never"}, "when is 'never'; it must be round or end"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"reflect: {message}"):
        Reflect(Pennies(), **given)
