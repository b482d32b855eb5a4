"""The kit finds each fault that is planted in a bot, and says which, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import Action, Bot, Decision, Outside, UsageError, registry
from harness.models import Model
from harness.testing import AGENT_CHECKS, assert_agent, check_agent
from harness.testing.steady import elsewhere

FILE = Path(__file__).with_name("faulty_bots.py")
GAMES = ("prisoners_dilemma(rounds=4)", "beauty(players=3, rounds=2)")
MANY = (
    *("prisoners_dilemma(rounds=6, noise=0.1)", "rock_paper_scissors(rounds=5)"),
    *("beauty(players=3, rounds=3)", "deal_or_no_deal(max_messages=5)"),
    *("donor(agents=4, generations=1, rounds=2)", "donor(agents=4, generations=1, punishment=2)"),
)
"""Games as unlike each other as there are."""

NEEDS = {"replay": "replay(actions=['cooperate', 'defect', 'defect', 'cooperate'])"}
GAMES_OF = {"replay": GAMES[:1]}
"""What a bot needs that repeats a list: the list, and a game that is as long."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FILE.parent)


def fault(name: str, check: str, hash_seeds: tuple[int, ...] = ()) -> str:
    faults = check_agent(f"./{FILE.name}:{name}", games=GAMES, hash_seeds=hash_seeds).faults
    assert check in faults, faults
    return faults[check][0]


def bots() -> list[str]:
    found = {name: registry.load("agent", name) for name in registry.names("agent")}
    return [
        name
        for name, made in found.items()
        if not (isinstance(made, type) and issubclass(made, Model | Outside))
    ]


@pytest.mark.parametrize("name", bots())
def test_every_bot_of_ours_conforms(name: str) -> None:
    report = check_agent(NEEDS.get(name, name), games=GAMES_OF.get(name, MANY), hash_seeds=())
    assert report.ok, report


def test_an_honest_bot_has_no_fault_in_any_installed_game() -> None:
    report = check_agent(f"./{FILE.name}:Honest", hash_seeds=())
    assert report.ok, report
    assert [result.check for result in report.results] == [check.name for check in AGENT_CHECKS]


def test_an_illegal_action_is_found() -> None:
    message = fault("Illegal", "actions")
    assert "in prisoners_dilemma(rounds=4) in seat 0 it acted illegally" in message
    assert "'nonsense'" in message
    assert "decision.space" in message


def test_an_exception_is_found() -> None:
    message = fault("Raising", "actions")
    assert "it raised KeyError: 'crystal ball'" in message
    assert "begin()" in message


def test_a_bot_that_would_be_waited_for_is_found() -> None:
    assert "act() is a coroutine" in fault("Waiting", "contract")


def test_a_bot_that_plays_nothing_is_found() -> None:
    assert "it takes none of the 2 games" in fault("Unwilling", "contract")


def test_the_chance_of_the_process_is_found() -> None:
    message = fault("GlobalChance", "outside")
    assert "used the chance of the whole process" in message
    assert "faulty_bots.py:" in message
    assert "played again" in fault("GlobalChance", "replay")


def test_chance_without_a_seed_is_found() -> None:
    assert "without a seed" in fault("Unseeded", "outside")


def test_the_clock_is_found() -> None:
    assert "read the clock by time.perf_counter()" in fault("Clock", "outside")


def test_file_access_is_found() -> None:
    assert "opened" in fault("FileAccess", "outside")


def test_what_players_of_one_bot_share_is_found() -> None:
    message = fault("SharedList", "state")
    assert "made anew in begin()" in message


def test_what_one_match_tells_the_next_is_found_where_it_is_kept_beside_parameters() -> None:
    messages = check_agent(f"./{FILE.name}:Grudge", games=GAMES, hash_seeds=()).faults["state"]
    assert "acts otherwise after other matches than in the same match before" in messages[0]
    (kept,) = [message for message in messages if "change `self.before`" in message]
    assert "made anew in begin()" in kept


def test_what_a_class_keeps_between_matches_is_found_before_it_shows() -> None:
    message = fault("Counter", "state")
    assert "its matches change `Counter.matches` from " in message
    assert "made anew in begin()" in message


def test_what_a_module_keeps_between_matches_is_found_before_it_shows() -> None:
    assert "its matches change `DIARY` of its module" in fault("Diarist", "state")


@pytest.mark.parametrize(
    ("name", "place"),
    [("Asking", "`ask.n`"), ("Logging", "the defaults of `Logging.note()`")],
)
def test_what_a_function_keeps_between_matches_is_found(name: str, place: str) -> None:
    assert f"its matches change {place} from " in fault(name, "state")


def test_what_is_worked_out_once_is_no_memory_of_a_match() -> None:
    report = check_agent(f"./{FILE.name}:Thrifty", games=GAMES, hash_seeds=())
    assert report.ok, report


def test_an_order_that_comes_from_a_set_is_found() -> None:
    message = fault("Unordered", "order", hash_seeds=(0, 1, 2))
    assert "in round 0 of prisoners_dilemma(rounds=4), seat 0; never iterate over a set" in message


@dataclass
class Built(Bot):
    """Acts by its own chance."""

    name = "built"

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(self.seat.rng)


def test_a_bot_built_in_code_is_tried_without_other_processes() -> None:
    report = check_agent(Built(), games=GAMES[:1])
    assert report.ok, report
    (order,) = [result for result in report.results if result.check == "order"]
    assert "only what is installed or in a file" in order.skipped


def test_every_bot_of_ours_does_the_same_in_every_process() -> None:
    one, other = elsewhere({"agents": sorted({*bots()} - {*NEEDS}), "games": MANY[1:5]}, (0, 1))
    assert len(one) > 100
    assert one == other


def test_parameters_that_matches_use_up_are_found() -> None:
    assert "copy what is to change" in fault("MutatedParameters", "frozen")


def test_a_parameter_that_changes_in_a_match_is_found() -> None:
    message = fault("Drifting", "frozen")
    assert "its parameter `turns`: 0 became 1" in message
    assert "made in begin()" in message


def test_a_field_that_nobody_gives_may_change_in_a_match() -> None:
    report = check_agent(f"./{FILE.name}:CountingAside", games=GAMES, hash_seeds=())
    assert report.ok, report


def test_a_bot_that_changes_what_it_is_shown_is_found() -> None:
    message = fault("Scribbler", "frozen")
    assert "in prisoners_dilemma(rounds=4) it changes the observation that it is shown" in message
    assert "scribble" in message
    assert "copy what is to change" in message


def test_a_model_is_tried_elsewhere() -> None:
    with pytest.raises(UsageError, match="folk doctor mock/random"):
        check_agent("mock/random")


def test_a_test_of_one_line_fails_with_all_that_is_wrong() -> None:
    with pytest.raises(AssertionError, match="acted illegally"):
        assert_agent(f"./{FILE.name}:Illegal", games=GAMES)
