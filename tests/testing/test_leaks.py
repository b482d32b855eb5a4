"""The kit finds what is private to one player in what another sees, in whatever form it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.testing import Report, check_game

FILE = Path(__file__).with_name("leaking_games.py")


def leaks(name: str) -> Report:
    return check_game(f"{FILE}:{name}", only=["secrets"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("LeakInText", "player 1 sees in `note` what is dealt to player 0 as `value` ("),
        ("LeakInList", "player 1 sees in `table.1` what is dealt to player 0 as `value` ("),
        ("LeakInJson", "player 1 sees in `state` what is dealt to player 0 as `value` ("),
        ("LeakAsSum", "player 1 sees in `total` what is dealt to player 0 as `value` ("),
        ("LeakAsSum", "another draw), plus or times what it can find out; leave it out"),
        ("LeakOfWord", "player 1 sees in `note` what is dealt to player 0 as `value` ('"),
        ("LeakBesideOwn", "player 1 reads in the words what is dealt to player 0 as `value` ("),
        ("LeakBySpace", "the legal actions become others when draw 0"),
        ("LeakByKind", "the kind of decision becomes another when draw 0"),
    ],
)
def test_a_leak_in_another_form_is_found(name: str, told: str) -> None:
    faults = leaks(name).faults["secrets"]
    assert any(told in fault for fault in faults), faults


def test_words_that_say_what_the_player_sees_are_no_leak() -> None:
    assert leaks("Dependent").ok


@pytest.mark.parametrize("name", ["Estimate", "Signal", "RareNoise"])
def test_what_noise_parts_from_a_fact_is_no_leak_of_it(name: str) -> None:
    report = leaks(name)
    assert report.ok, report


def test_what_no_noise_parts_from_a_fact_is_a_leak_of_it() -> None:
    faults = leaks("Exact").faults["secrets"]
    assert any("player 1 sees in `estimate` what player 0" in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("name", "made"),
    [("Multiple", "hint"), ("Half", "hint"), ("LeakInText", "note"), ("LeakInList", "table.1")],
)
def test_the_field_that_a_leak_is_made_from_is_not_blamed(name: str, made: str) -> None:
    faults = leaks(name).faults["secrets"]
    players = {"LeakInList": [1]}.get(name, [1, 0])
    assert [fault.partition(" what is dealt to ")[0] for fault in faults] == [
        f"player {player} sees in `{made}`" for player in players
    ]


def test_only_the_field_that_shows_a_fact_can_be_called_public() -> None:
    assert leaks("PublicHint").ok
    faults = leaks("PublicSource").faults["secrets"]
    assert all("or name 'hint' in the game's `public`" in fault for fault in faults)
    assert len(faults) == 2


def test_of_two_fields_that_are_alike_both_are_named() -> None:
    game = f"{FILE.with_name('faulty_games.py')}:LeakByObservation"
    faults = check_game(game, only=["secrets"]).faults["secrets"]
    assert len(faults) == 2
    assert all("'rival'" in fault and "'value'" in fault for fault in faults)


def test_one_fault_is_told_once_a_player_with_where_its_texts_are_cut() -> None:
    faults = [f for f in leaks("LeakBySpace").faults["secrets"] if "legal actions" in f]
    assert [fault.partition(" the ")[0][-8:] for fault in faults] == ["player 1", "player 0"]
    assert "'…le number from 0 to 5' and '…le number from 0 to 6'" in faults[0]
