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
