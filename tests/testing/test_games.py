"""The kit finds each fault that is planted in a game, and says which, where, and what to do."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import Choice, Decision, Game, Play, Round, UsageError, Words, registry
from harness.testing import Report, assert_game, check_game, written
from harness.testing.games import GAME_CHECKS

FILE = Path(__file__).with_name("faulty_games.py")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FILE.parent)


def checked(name: str, **settings: Any) -> Report:
    return check_game(f"./{FILE.name}:{name}", **{"hash_seeds": (), **settings})


def fault(name: str, check: str, **settings: Any) -> str:
    """The first fault that a check finds, which no other check of its family may have hidden."""
    faults = checked(name, **settings).faults
    assert check in faults, faults
    return faults[check][0]


def test_an_honest_game_has_no_fault() -> None:
    report = checked("Honest", hash_seeds=(0, 1))
    assert report.ok, report
    states = {result.check: result.state for result in report.results}
    assert states.pop("snapshot") == "skipped"
    assert set(states.values()) == {"ok"}


def test_a_game_in_which_nothing_is_played_is_found() -> None:
    assert "no round was played: yield a Round" in fault("Roundless", "end", only=["end"])
    assert len(checked("Empty", only=["end"]).faults["end"]) == 2


def test_a_leak_by_words_is_found() -> None:
    message = fault("LeakByWords", "secrets")
    assert "at decision 1 of player 1 the words become others when draw 0" in message
    assert "he other's value is" in message
    assert "nothing but what the decision's observation holds" in message


def test_a_leak_by_observation_is_found() -> None:
    message = fault("LeakByObservation", "secrets")
    assert "player 1 sees in `rival` what player 0 sees in `value`" in message
    assert "`public`" in message


def test_what_a_game_calls_public_is_no_leak() -> None:
    assert "secrets" not in checked("PublicValues").faults


def test_global_chance_is_found() -> None:
    message = fault("GlobalChance", "outside")
    assert "used the chance of the whole process" in message
    assert "faulty_games.py:" in message
    assert "`rng`" in message


def test_the_chance_of_the_process_is_left_as_it_was() -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    checked("GlobalChance", only=["outside"])
    assert random.random() == expected


def test_a_stream_without_a_seed_is_found() -> None:
    assert "without a seed" in fault("Unseeded", "outside")
    assert "another the second time" in fault("Unseeded", "state")
    assert "comes out as another" in fault("Unseeded", "replay")


def test_the_clock_is_found_by_whatever_name_it_goes() -> None:
    message = fault("Clock", "outside")
    assert "read the clock by time.time()" in message
    assert "faulty_games.py:" in message


def test_file_access_is_found() -> None:
    message = fault("FileAccess", "outside")
    assert "opened" in message
    assert "faulty_games.py" in message
    assert "when the module is imported" in message


def test_file_access_is_found_where_its_refusal_is_swallowed() -> None:
    assert "opened" in fault("SwallowedAccess", "outside")


def test_a_payoff_that_is_not_finite_is_found() -> None:
    message = fault("InfinitePayoff", "payoffs")
    assert "round 0 pays player 0 inf" in message
    assert "finite" in message


def test_parameters_that_a_match_changes_are_found() -> None:
    message = fault("MutatedParameters", "frozen")
    assert "the parameter `prizes` was" in message
    assert "copy" in message


def test_a_match_without_an_end_is_found() -> None:
    report = checked("Endless")
    (message,) = report.faults["end"]
    assert "not over after" in message
    assert {r.skipped for r in report.results if r.state == "skipped"} == {"end failed"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("OddBounds", "space Integer(low=0, high=2.5) must have whole numbers as bounds"),
        ("Dead", "space Integer(low=5, high=4) holds no number; low must not be above high"),
    ],
)
def test_a_space_that_cannot_be_answered_is_found(name: str, told: str) -> None:
    message = fault(name, "end", only=["end"])
    assert message.startswith(f"at decision 1 of player 0 the {told}")


def test_where_a_game_fails_is_a_line_of_its_own_and_not_of_pythons_library() -> None:
    message = fault("Failing", "end", only=["end"])
    line = next(i for i, s in enumerate(FILE.read_text().splitlines(), 1) if "randint(2, 1)" in s)
    assert message.startswith("ValueError: empty range")
    assert message.endswith(f"{FILE.name}:{line}")


def test_an_illegal_default_is_found() -> None:
    message = fault("IllegalDefault", "actions")
    assert "the default `aside` is 'nothing', which is not legal" in message


def test_an_order_that_comes_from_a_set_is_found() -> None:
    message = fault("UnstableOrder", "order", hash_seeds=(0, 1, 2), only=["order"])
    assert "PYTHONHASHSEED" in message
    assert "sort first" in message


def test_a_wrong_number_of_actions_is_found() -> None:
    assert "round 0 has 1 actions for 2 players" in fault("OneAction", "payoffs")


def test_a_legal_action_that_words_do_not_name_is_found() -> None:
    message = fault("MissingAction", "words")
    assert "at decision 1 of player 0 the question does not name the action 'high'" in message
    assert "'Do you bid low?'" in message


def test_words_that_change_when_they_are_asked_for_again_are_found() -> None:
    assert "other words the second time" in fault("Forgetful", "words")


def test_an_observation_that_is_no_json_is_found() -> None:
    message = fault("Unserialisable", "observations")
    assert "the observation['bids'] is {" in message
    assert "a set, which JSON does not hold" in message


def test_state_that_is_kept_between_matches_is_found() -> None:
    message = fault("HiddenState", "state")
    assert "another the second time" in message
    assert "the observation" in message


def test_state_that_no_match_has_looked_at_yet_is_found() -> None:
    message = fault("Tally", "state", only=["state"])
    assert "its matches change `TALLY` of its module from …" in message
    assert "variables of play()" in message


def test_state_that_functions_keep_is_found() -> None:
    faults = checked("Noting", only=["state"]).faults["state"]
    assert any("its matches change the defaults of `note()`" in fault for fault in faults)
    assert any("its matches change what `COUNT()` closes over" in fault for fault in faults)


def test_state_that_matches_at_the_same_time_share_is_found() -> None:
    assert "when a second one is played at the same time" in fault("Shared", "state")


def test_a_stale_snapshot_is_found(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    written(registry.build("game", f"./{FILE.name}:Honest").what, snapshot)
    assert checked("Honest", snapshot=snapshot).ok
    message = fault("OtherWords", "snapshot", snapshot=snapshot)
    assert "the version is still 1" in message
    assert "Take your time." in message
    assert "raise the game's `version`" in message


def test_a_snapshot_of_an_earlier_version_is_to_be_written_anew(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    written(registry.build("game", f"./{FILE.name}:Honest").what, snapshot)
    assert "--write" in fault("NewVersion", "snapshot", snapshot=snapshot)
    written(registry.build("game", f"./{FILE.name}:NewVersion").what, snapshot)
    assert checked("NewVersion", snapshot=snapshot).ok


def test_a_snapshot_is_not_overwritten_under_the_same_version(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    written(registry.build("game", f"./{FILE.name}:Honest").what, snapshot)
    before = snapshot.read_bytes()
    with pytest.raises(UsageError, match="raise the game's `version` first"):
        written(registry.build("game", f"./{FILE.name}:OtherWords").what, snapshot)
    assert snapshot.read_bytes() == before


def test_a_snapshot_holds_several_games(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    for spec in ("chicken(rounds=2)", "chicken(rounds=3)", "stag_hunt(rounds=2)"):
        written(registry.build("game", spec).what, snapshot)
    for spec in ("chicken(rounds=2)", "stag_hunt(rounds=2)"):
        assert check_game(spec, snapshot=snapshot, only=["snapshot"]).ok
    assert "no snapshot of chicken" in str(
        check_game("chicken(rounds=9)", snapshot=snapshot, only=["snapshot"])
    )


def test_a_file_that_holds_no_snapshots_is_named(tmp_path: Path) -> None:
    for content in ("", "[]", '{"snapshots": [{"game": 1}]}'):
        (tmp_path / "x.json").write_text(content)
        message = fault("Honest", "snapshot", snapshot=tmp_path / "x.json")
        assert "x.json is no file of snapshots" in message


def test_a_parameter_that_matters_and_is_not_told_is_found() -> None:
    message = fault("SilentPrize", "parameters")
    assert "when prize is 3 and not 2" in message
    assert "`untold`" in message


def test_a_parameter_may_be_kept_back_on_purpose() -> None:
    assert checked("SecretPrize").ok


def test_labels_that_readers_cannot_tell_apart_are_found() -> None:
    assert "is read as None" in fault("TwoAlike", "actions")


@dataclass
class Thawed(Game):
    """Nothing but a dataclass that is not frozen."""

    name = "thawed"

    def play(self, rng: random.Random) -> Play:
        action = yield Decision(0, Choice(("a", "b")), {})
        yield Round((action, None), (0, 0))
        return None

    def rules(self, decision: Decision) -> str:
        return "Rules."

    def describe(self, decision: Decision) -> Words:
        return Words("", "a or b?")


def test_a_game_that_is_not_frozen_is_found() -> None:
    report = check_game(Thawed())
    assert "not frozen" in report.faults["contract"][0]


def test_a_game_built_in_code_is_tried_without_other_processes() -> None:
    report = check_game(registry.build("game", "chicken(rounds=2)").what)
    assert report.ok
    (order,) = [result for result in report.results if result.check == "order"]
    assert "only a game that is installed or in a file" in order.skipped


def test_a_test_of_one_line_fails_with_all_that_is_wrong() -> None:
    with pytest.raises(AssertionError, match="does not name the action 'high'"):
        assert_game(registry.build("game", f"./{FILE.name}:MissingAction").what)


def test_an_unknown_check_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean words"):
        check_game("chicken", only=["word"])


def test_a_report_is_json_data_with_every_check() -> None:
    data = checked("MissingAction").data()
    assert [each["check"] for each in data["results"]] == [check.name for check in GAME_CHECKS]
    assert data["ok"] is False
