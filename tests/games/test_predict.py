from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import (
    Action,
    Choice,
    Decision,
    Distribution,
    Form,
    Game,
    Integer,
    Play,
    Real,
    Result,
    Round,
    Text,
    UsageError,
    Words,
    registry,
)
from harness.games.catalogue import prisoners_dilemma
from harness.games.predict import MEASURES, Predict, forecast_space, scores
from harness.games.travelers_dilemma import travelers_dilemma
from harness.match import Match
from harness.play import play
from harness.record.lines import match_fields
from tests.sketches import Coin, Fixed, Haggle, Pennies, table
from tests.test_modifier import Recorder, Trio, heard

COIN = Distribution(Choice(("H", "T")))
SURE_H, EVEN = {"H": 1.0, "T": 0.0}, {"H": 0.5, "T": 0.5}


def test_forecasts_are_asked_before_simultaneous_choices_and_scored() -> None:
    record = play(
        table(
            Predict(Pennies(rounds=2)),
            Fixed((SURE_H, "H", {"H": 0.8, "T": 0.2}, "T")),
            Fixed((EVEN, "H", EVEN, "T")),
        )
    )
    assert record.turns is not None
    assert record.turns[:4] == [(0, SURE_H), (1, EVEN), (0, "H"), (1, "H")]
    assert record.rounds[0].info == {
        "forecasts": [
            {"player": 0, "about": 1, "forecast": SURE_H, "action": "H"},
            {"player": 1, "about": 0, "forecast": EVEN, "action": "H"},
        ]
    }
    assert record.measures is not None
    # Player 0: 0 for certainty that came true, then (0.8 - 0)^2 + (0.2 - 1)^2 = 1.28.
    assert record.measures["brier"] == pytest.approx([0.64, 0.5])
    assert record.measures["log_score"] == pytest.approx([math.log(0.2) / 2, math.log(0.5)])
    assert "squared_error" not in record.measures


def test_point_forecasts_are_scored_by_hits() -> None:
    record = play(
        table(
            Predict(Pennies(rounds=2), kind="point"),
            Fixed(("H", "H", "H", "H")),
            Fixed(("T", "H", "T", "T")),
        )
    )
    assert record.measures == {"hit_rate": [0.5, 0.0]}


def test_forecasts_of_numbers_are_scored_by_squared_errors() -> None:
    assert scores(2.5, 4, Real(0, 9)) == {"squared_error": 2.25}
    assert forecast_space(Integer(0, 9), "distribution", ()) == Real(0, 9)
    assert forecast_space(Text(9), "point", ()) is None


def test_measures_can_be_made_again_from_the_log() -> None:
    fields = match_fields(play(table(Predict(Pennies(rounds=30)), Coin(), Coin())))
    entries = [entry for _, info in fields["infos"] for entry in info["forecasts"]]
    for player in (0, 1):
        found = [scores(e["forecast"], e["action"], COIN) for e in entries if e["player"] == player]
        assert len(found) == 30
        for name in ("brier", "log_score"):
            mean = math.fsum(s[name] for s in found) / 30
            assert fields["measures"][name][player] == pytest.approx(mean)


def test_an_impossible_event_costs_much_but_not_everything() -> None:
    assert scores(SURE_H, "T", COIN) == {"brier": 2.0, "log_score": math.log(1e-6)}


@given(st.floats(0, 1), st.floats(0, 1))
def test_both_scores_are_best_in_expectation_for_honest_forecasts(p: float, q: float) -> None:
    def expected(name: str, told: float) -> float:
        forecast = {"H": told, "T": 1 - told}
        return sum(
            chance * scores(forecast, action, COIN)[name]
            for action, chance in (("H", p), ("T", 1 - p))
        )

    assert expected("brier", p) <= expected("brier", q) + 1e-9
    assert expected("log_score", p) >= expected("log_score", q) - 1e-4  # for the floor of 1e-6


def test_a_forecast_counts_what_was_chosen_and_not_what_a_tremble_made_of_it() -> None:
    game = Predict(prisoners_dilemma(rounds=1, noise=1.0), kind="point")
    record = play(table(game, *[Fixed(("cooperate", "cooperate"))] * 2))
    assert record.rounds[0].actions == ("defect", "defect")
    assert record.measures == {"hit_rate": [1.0, 1.0]}
    info = record.rounds[0].info
    assert info is not None
    assert sorted(info) == ["forecasts", "trembles"]


def test_nobody_is_asked_about_one_who_decides_alone_or_in_words() -> None:
    say = {"say": "?"}
    record = play(table(Predict(Haggle(cap=2)), Fixed((say,)), Fixed((say,))))
    assert record.turns is None or all(action == say for _, action in record.turns)
    assert record.measures is None
    alone = play(table(Predict(Trio(rounds=1, in_turn=True)), *[Fixed(("a",))] * 3))
    assert alone.turns == [(0, "a"), (1, "a"), (2, "a")]


@dataclass(frozen=True)
class Purses(Game):
    """Both choose a number at once, one and the same space for both or one for each."""

    shared: bool = True
    bounds: tuple[int, int] = (9, 9)
    name = "purses"

    def play(self, rng: Random) -> Play:
        spaces = [Integer(0, bound) for bound in self.bounds]
        spaces = spaces[:1] * 2 if self.shared else spaces
        yield tuple(Decision(p, spaces[p], {}) for p in (0, 1))
        yield Round((0, 0), (0, 0))
        return Result(stages=[{"size": 1}])

    def rules(self, decision: Decision) -> str:
        return "Give."

    def describe(self, decision: Decision) -> Words:
        return Words("", f"How much: {decision.space}?")


def test_bounds_that_are_a_players_own_are_not_told_to_others() -> None:
    assert heard(Predict(Purses()), lambda _: 0)[0][1] == "predict"
    for bounds in ((9, 9), (9, 5)):  # whether they are equal is as much a secret as what they are
        log = heard(Predict(Purses(shared=False, bounds=bounds)), lambda _: 0)
        assert [kind for _, kind, _, _ in log] == ["act", "act"]


@pytest.mark.parametrize(
    "spec", ["donor(agents=4, generations=2, rounds=2)", "deal_or_no_deal(max_messages=5)"]
)
def test_games_without_anything_to_forecast_are_played_as_ever(spec: str) -> None:
    game = registry.build("game", f"{spec}+predict")
    seats = (registry.build("agent", "random"),) * game.what.n_seats
    record = play(Match(game, seats, seed=4))
    assert record.status == "ok"
    assert not set(MEASURES) & set(record.measures or {})
    assert "forecast" not in str((record.turns, record.info, [r.info for r in record.rounds]))
    assert Predict(Pennies()).clause(0).startswith("Before some of your decisions, you are asked")


def test_the_stages_of_the_game_inside_are_kept() -> None:
    record = play(table(Predict(Purses()), *[Fixed((0, 0))] * 2))
    assert [dict(stage) for stage in record.stages] == [{"size": 1}]
    assert record.measures == {"squared_error": [0.0, 0.0]}


def test_several_others_are_forecast_on_one_form() -> None:
    def answer(decision: Decision) -> Action:
        if decision.kind != "predict":
            return "ab"[decision.player % 2]
        return {name: {"a": 1, "b": 0} for name in decision.space.fields}  # type: ignore[attr-defined]

    game = Predict(Trio(rounds=1))
    log = heard(game, answer)
    assert log[0][3].question.split("\n")[-2:] == [
        f"- player {n}: a probability from 0 to 1 for each of a, b, which together make 1"
        " (or differ from it by at most 0.01)"
        for n in (2, 3)
    ]
    record = play(table(game, *[Coin()] * 3))
    assert record.measures is not None
    assert record.measures["ones"] == [1, 1, 1, None]
    assert record.measures["brier"][3] is None
    assert record.info == {"rounds": 1}


def test_a_player_sees_its_own_forecast_at_the_decision_and_at_no_other() -> None:
    def answer(decision: Decision) -> Action:
        return SURE_H if decision.kind == "predict" else "T"

    log = heard(Predict(Pennies(rounds=2)), answer)
    shown = [(kind, seen.get("forecast")) for player, kind, seen, _ in log if player == 0]
    assert shown == [("predict", None), ("act", SURE_H)] * 2
    words = [words for player, _, _, words in log if player == 0]
    assert words[1].news == "Your forecast of the other player: H with probability 1."
    assert words[2].news == "The other showed T."


def test_what_others_forecast_never_shows() -> None:
    def views(forecast: dict[str, float]) -> list[Any]:
        def answer(decision: Decision) -> Action:
            if decision.kind == "predict":
                return forecast if decision.player else EVEN
            return "H"

        return [entry for entry in heard(Predict(Pennies(rounds=3)), answer) if entry[0] == 0]

    assert views(SURE_H) == views(EVEN)


def test_one_who_changes_its_forecast_afterwards_is_scored_by_the_one_it_gave() -> None:
    def answer(decision: Decision) -> Action:
        if decision.kind == "predict":
            return {"H": 0, "T": 1}
        decision.observation["forecast"]["H"] = 1.0
        return "H"

    game = Predict(Pennies(rounds=1))
    record = play(table(game, *(Recorder(answer, game, []) for _ in range(2))))
    assert record.measures is not None
    assert record.measures["brier"] == [2.0, 2.0]
    assert record.turns is not None
    assert record.turns[0] == (0, {"H": 0.0, "T": 1.0})


def test_options_are_named_in_the_forecasters_own_order() -> None:
    own = Choice(("a", "b"), ("J", "F"), (1, 0))
    space = forecast_space(Choice(("a", "b"), ("J", "F")), "point", own.order)
    assert isinstance(space, Choice)
    assert space.shown == ("F", "J")
    other = forecast_space(Choice(("a", "b", "c")), "point", own.order)
    assert isinstance(other, Choice)
    assert other.shown == ("a", "b", "c")


@pytest.mark.parametrize(
    ("game", "ask"),
    [
        (
            Predict(prisoners_dilemma()),
            f"Answer with {Distribution(Choice(('J', 'F')))}.",
        ),
        (
            Predict(prisoners_dilemma(), kind="point"),
            "Answer with J or F.",
        ),
        (
            Predict(travelers_dilemma(), kind="point"),
            "Answer with a whole number from 2 to 100.",
        ),
        (
            Predict(travelers_dilemma(step=7)),
            str(COIN)
            .replace("a prob", "Answer with a prob")
            .replace("of H, T", "whole number from 2 to 100 in steps of 7")
            + ".",
        ),
    ],
    ids=["distribution", "point", "range", "probabilities"],
)
def test_the_question_names_what_can_be_answered(game: Predict, ask: str) -> None:
    asked = next(game.play(Random(0)))
    assert isinstance(asked, tuple)
    assert isinstance(asked[0], Decision)
    expect = "First, what do you expect the other player to choose?"
    assert game.describe(asked[0]).question.endswith(f"{expect} {ask}")


def test_a_distribution_says_what_it_takes() -> None:
    assert str(COIN) == (
        "a probability from 0 to 1 for each of H, T, which together make 1 (or differ from it by"
        " at most 0.01)"
    )


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="kind is 'vague'; it must be distribution or point"):
        Predict(Pennies(), kind="vague")  # type: ignore[arg-type]


def test_measures_are_named_for_the_standings() -> None:
    assert set(Predict(Pennies()).measures) == {"brier", "log_score", "squared_error"}
    assert set(Predict(Pennies(), kind="point").measures) == {"hit_rate", "squared_error"}
    assert set(MEASURES) == {"brier", "log_score", "hit_rate", "squared_error"}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({"H": 0.25, "T": 0.75}, {"H": 0.25, "T": 0.75}),
        ({"T": 1, "H": 0}, {"H": 0.0, "T": 1.0}),
        ({"H": 0.33, "T": 0.66}, {"H": 1 / 3, "T": 2 / 3}),
        ({"H": 0.505, "T": 0.505}, {"H": 0.5, "T": 0.5}),
        ({"H": 0.5, "T": 0.48}, None),
        ({"H": 1.5, "T": -0.5}, None),
        ({"H": 1}, None),
        ({"H": 0.5, "T": 0.25, "Q": 0.25}, None),
        ({"H": True, "T": False}, None),
        ({"H": float("nan"), "T": 1}, None),
        ({"H": "1", "T": 0}, None),
        ({}, None),
        ("H", None),
        ([0.5, 0.5], None),
        (None, None),
    ],
)
def test_a_distribution_is_read_strictly(told: Any, read: Any) -> None:
    found = COIN.canonical(told)
    assert found == (read if read is None else pytest.approx(read))
    assert found is None or list(found) == ["H", "T"]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.integers(0, 99))
def test_a_distribution_reads_its_own_record_and_samples_as_they_are(
    weights: list[float], seed: int
) -> None:
    space = Distribution(Choice(tuple(range(len(weights)))))
    total = math.fsum(weights)
    for told in (
        {str(i): w / total for i, w in enumerate(weights)} if total > 1e-6 else None,
        space.sample(Random(seed)),
    ):
        read = space.canonical(told)
        if told is not None:
            assert read is not None
            assert space.canonical(read) == read
            assert math.fsum(read.values()) == pytest.approx(1)


def test_samples_are_uniform_among_distributions() -> None:
    rng = Random(1)
    firsts = sorted(COIN.sample(rng)["H"] for _ in range(2000))
    # For two actions the first's probability is uniform: Kolmogorov-Smirnov at the 0.1 % level.
    gap = max(abs(p - i / 2000) for i, p in enumerate(firsts))
    assert gap < 1.95 / math.sqrt(2000)


def test_a_form_of_distributions_is_read_field_by_field() -> None:
    form = Form({"player 2": COIN})
    assert form.canonical({"player 2": {"H": 1, "T": 0}}) == {"player 2": SURE_H}
    assert form.canonical({"player 2": {"H": 1, "T": 1}}) is None
