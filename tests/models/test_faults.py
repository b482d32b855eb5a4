"""Every fault in every wire format, once and for good: what matches end with, cost, and invent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.models import faulty_runs
from tests.models.faults import other_model
from tests.models.faulty import Faulty, Script
from tests.models.faulty_runs import CANARY, WAYS, Ran, check_paid, errors, named, outcomes, play

server = faulty_runs.server

MOVES = {"J": "cooperate", "F": "defect"}

PASSING = {
    **dict.fromkeys(["429", "429 seconds", "429 ms", "429 date", "429 reset"], "RateLimited"),
    **dict.fromkeys(["429 absurd", "429 negative", "429 garbage"], "RateLimited"),
    **dict.fromkeys(["500", "502", "503", "503 seconds", "504", "529"], "Transient"),
    **dict.fromkeys(["reset at once", "reset after head", "reset in body"], "Transient"),
    **dict.fromkeys(["end in body", "half json", "page", "empty", "error in 200"], "Transient"),
    **dict.fromkeys(["hang", "drip", "late"], "TimedOut"),
}
"""Faults after which a call is tried again, and what is logged of them."""

LOSING = {
    **dict.fromkeys(["quota", "credit"], "QuotaExceeded"),
    **dict.fromkeys(["401", "401 echo", "403"], "AuthError"),
    "404": "UnknownModel",
    "429 huge": "RateLimited",
}
"""Faults after which nothing more is sent to the model, whose matches are left for later."""

FINAL = {"refused request": "BadRequest"}
"""Faults after which the call is not tried again, and its match is over."""

NO_MOVES = {
    "null": "empty",
    "refusal": "refused",
    "truncated": "truncated",
    "10 MB": "unparsed",
    "in words": "unparsed",
}
"""Replies that are no moves, and the outcome."""

OTHER = ["other model", "smaller model"]
FINE = ["ok", *OTHER, "dated model"]
ALL = [*PASSING, *LOSING, *FINAL, *NO_MOVES, *OTHER, "dated model", "context"]
SLOW = ["hang", "drip", "late"]
QUICK = [fault for fault in ALL if fault not in SLOW]

WAITS = {"429 seconds": 1.0, "429 ms": 0.9, "429 date": 1.0, "429 reset": 0.95, "503 seconds": 1.0}
"""Seconds that the server tells to wait at least."""


Runs: TypeAlias = dict[str, Ran]
"""The run in which each fault befell a model, by the fault."""


def play_all(server: Faulty, folder: Path, scripts: Callable[[str], Script], attempts: int) -> Runs:
    """All faults in all ways at once; those that a deadline ends have a run of their own."""
    runs: Runs = {}
    for faults, timeout in ((QUICK, "60"), (SLOW, "0.6")):
        models = {named(way, fault): scripts(fault) for way in WAYS for fault in faults}
        flags = ("--timeout", timeout, "--attempts", str(attempts), "--reask", "1")
        runs |= dict.fromkeys(faults, play(server, folder / timeout, models, *flags))
    return runs


@pytest.fixture(scope="module")
def transient(server: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Every fault once, in the middle of a match."""
    folder = tmp_path_factory.mktemp("transient")
    return play_all(server, folder, lambda fault: (["ok", fault], "ok"), attempts=4)


@pytest.fixture(scope="module")
def persistent(server: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The same, but what has once gone wrong does so ever after."""
    folder = tmp_path_factory.mktemp("persistent")
    return play_all(server, folder, lambda fault: (["ok"], fault), attempts=2)


@pytest.fixture(params=["transient", "persistent"])
def either(request: pytest.FixtureRequest) -> Runs:
    runs: Runs = request.getfixturevalue(request.param)
    return runs


every_way = pytest.mark.parametrize("way", WAYS)


@every_way
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_tried_again_and_the_match_goes_on(
    transient: Runs, way: str, fault: str
) -> None:
    ran, model = transient[fault], named(way, fault)
    match = ran.match(model)
    assert (match["status"], match["rounds"], outcomes(match)) == ("ok", 2, [])
    assert errors(ran.first_move(model)) == [PASSING[fault], None]


@every_way
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_ends_its_match_after_as_many_attempts_as_allowed(
    persistent: Runs, way: str, fault: str
) -> None:
    ran, model, kind = persistent[fault], named(way, fault), PASSING[fault]
    match = ran.match(model)
    assert (match["status"], match["player"], match["payoffs"]) == ("error", 1, None)
    assert outcomes(match) == ["timeout" if kind == "TimedOut" else "provider_error"]
    assert errors(ran.first_move(model)) == [kind] * 2
    assert len(ran.of(model)) == 3  # the greeting, and two attempts


@every_way
@pytest.mark.parametrize("fault", FINAL)
def test_what_waiting_does_not_mend_is_not_tried_again(either: Runs, way: str, fault: str) -> None:
    ran, model = either[fault], named(way, fault)
    match = ran.match(model)
    assert (match["status"], outcomes(match)) == ("error", ["provider_error"])
    assert errors(ran.first_move(model)) == [FINAL[fault]]
    assert [seen.fault for seen in ran.of(model)] == ["ok", fault]


@every_way
@pytest.mark.parametrize("fault", LOSING)
def test_a_match_whose_provider_is_lost_is_left_for_later(
    either: Runs, way: str, fault: str
) -> None:
    ran, model = either[fault], named(way, fault)
    assert model not in ran.matches
    assert errors(ran.first_move(model)) == [LOSING[fault]]
    assert [seen.fault for seen in ran.of(model)] == ["ok", fault]
    assert f"{model}" in ran.err.partition("matches could not go on: ")[2]


@every_way
def test_a_conversation_that_is_too_long_is_an_outcome_and_not_asked_again(
    either: Runs, way: str
) -> None:
    ran, model = either["context"], named(way, "context")
    match = ran.match(model)
    assert (match["status"], outcomes(match)) == ("void", ["context_overflow"])
    assert errors(ran.first_move(model)) == ["ContextOverflow"]
    assert len(ran.of(model)) == 2


@every_way
@pytest.mark.parametrize("fault", NO_MOVES)
def test_a_reply_that_is_no_move_is_asked_for_again_and_never_guessed(
    transient: Runs, persistent: Runs, way: str, fault: str
) -> None:
    model = named(way, fault)
    once, always = transient[fault].match(model), persistent[fault].match(model)
    assert (once["status"], outcomes(once)) == ("ok", [NO_MOVES[fault]])
    assert (always["status"], outcomes(always)) == ("void", [NO_MOVES[fault]] * 2)
    assert always["payoffs"] is None


@every_way
@pytest.mark.parametrize("fault", OTHER)
def test_another_model_than_asked_is_recorded_and_told_once(
    either: Runs, way: str, fault: str
) -> None:
    ran, model = either[fault], named(way, fault)
    assert ran.match(model)["status"] == "ok"
    other = ran.first_move(model)["model"]
    assert other == other_model(fault, model)
    told = [line for line in ran.err.splitlines() if f"{other} replied" in line and model in line]
    assert len(told) == 1


@every_way
def test_the_dated_name_of_the_model_asked_is_recorded_and_no_other_model(
    either: Runs, way: str
) -> None:
    ran, model = either["dated model"], named(way, "dated model")
    assert ran.first_move(model)["model"] == other_model("dated model", model)
    assert f"{model}-20" not in ran.err


@every_way
@pytest.mark.parametrize("fault", WAITS)
def test_no_attempt_comes_sooner_than_the_provider_told(either: Runs, way: str, fault: str) -> None:
    _, before, after, *_ = (seen.at_s for seen in either[fault].of(named(way, fault)))
    assert after - before >= WAITS[fault] - 0.05
    assert after - before < 60  # which limits that are not reached would take


@every_way
@pytest.mark.parametrize("fault", ["429 absurd", "429 negative", "429 garbage"])
def test_a_wait_that_cannot_be_is_passed_over(either: Runs, way: str, fault: str) -> None:
    _, before, after, *_ = (seen.at_s for seen in either[fault].of(named(way, fault)))
    assert after - before < 10


@every_way
def test_no_move_is_invented(either: Runs, way: str) -> None:
    for fault, ran in either.items():
        if fault in LOSING:
            continue
        model = named(way, fault)
        replied = [seen for seen in ran.of(model)[1:] if seen.end == "reply"]
        texts = [seen.text or "" for seen in replied if seen.fault in FINE]
        match = ran.match(model)
        assert match["actions"][1] == [MOVES[json.loads(text)["action"]] for text in texts], model
        assert not any(problem["substituted"] for problem in match.get("problems", [])), model


@every_way
def test_every_reply_that_arrived_is_paid_for_once_and_no_other(either: Runs, way: str) -> None:
    for fault, ran in either.items():
        check_paid(ran, named(way, fault))


@every_way
def test_what_came_too_late_is_nowhere(either: Runs, way: str) -> None:
    ran, model = either["late"], named(way, "late")
    late = {seen.request_id for seen in ran.of(model) if seen.fault == "late"}
    assert late
    assert not late & {call.get("request_id") for call in ran.calls[model]}


def test_every_attempt_has_a_number_of_its_own(either: Runs) -> None:
    for ran in set(either.values()):
        calls = [call for listed in ran.calls.values() for call in listed]
        numbers = [attempt["attempt"] for call in calls for attempt in call["attempts"]]
        assert len(numbers) == len(set(numbers)) == len(ran.seen)


def test_a_run_is_over_soon_and_its_exit_code_says_whether_all_went_well(either: Runs) -> None:
    for ran in set(either.values()):
        statuses = {match["status"] for listed in ran.matches.values() for match in listed}
        lost = any(either[fault] is ran for fault in LOSING)
        assert ran.code == (4 if lost else 0 if statuses == {"ok"} else 3)
        assert ran.seconds < 45


def test_no_key_is_in_any_byte_written(either: Runs) -> None:
    for ran in set(either.values()):
        assert CANARY not in ran.out + ran.err
        for path in ran.folder.rglob("*"):
            assert CANARY.encode() not in path.read_bytes()
    for way in WAYS:
        echoed = either["401 echo"].first_move(named(way, "401 echo"))["error"]
        assert "[secret " in echoed["message"]
        assert "[secret " in echoed["body"]
