from __future__ import annotations

import pytest

from harness import UsageError, registry
from harness.exact.walk import walk
from harness.match import Entry
from harness.metrics.game_tree import END
from tests.exact.games import Lots, ultimatum, walked


def test_every_history_of_a_repeated_game_is_a_node_and_an_information_state() -> None:
    found = walked("prisoners_dilemma(rounds=3)")
    assert found.n_histories == (21, 21)  # 1 + 4 + 16
    assert [len(found.tree.states(player)) for player in (0, 1)] == [21, 21]
    assert len(found.tree.ends) == 64
    assert found.rounds == 3
    assert found.cooperation == (9, 9)


def test_totals_are_those_of_the_game_discounted_where_it_discounts() -> None:
    found = walked("prisoners_dilemma(rounds=2, discount=0.5)")
    assert found.cooperation == (4.5, 4.5)


def test_who_sees_nothing_has_fewer_information_states_than_histories() -> None:
    found = walked("prisoners_dilemma(rounds=3, feedback='none')")
    assert found.n_histories == (21, 21)
    assert [len(found.tree.states(player)) for player in (0, 1)] == [7, 7]  # its own moves


def test_an_alternating_game_tells_its_second_player_what_it_shows() -> None:
    seen, blind = ultimatum(), ultimatum(blind=True)
    assert len(seen.tree.states(1)) == 2
    assert len(blind.tree.states(1)) == 1
    assert seen.n_histories == blind.n_histories == (1, 2)
    assert [seen.tree.payoffs[end] for end in seen.tree.ends] == [(3, 1), (0, 0), (2, 2), (0, 0)]
    assert seen.actions[seen.tree.state[0]] == (1, 2)
    assert seen.tree.player.count(END) == 4


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("prisoners_dilemma(rounds=2, noise=0.001)", "happens by chance"),
        ("prisoners_dilemma(rounds=2, relabel='match')", "happens by chance"),
        ("prisoners_dilemma(continuation=0.5)", "happens by chance"),
        ("deal_or_no_deal", "happens by chance"),
        ("prisoners_dilemma(rounds=2)+talk", "asks for a text"),
        ("beauty(players=3)", "has 3 players"),
    ],
)
def test_other_games_are_refused_with_the_reason(spec: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        walked(spec)


def test_a_game_with_too_many_histories_is_refused_before_all_are_walked() -> None:
    entry = registry.build("game", "prisoners_dilemma(rounds=200)")
    with pytest.raises(UsageError, match=r"more than 50 histories.*--max-histories"):
        walk(entry, 50)


def test_chance_before_the_first_decision_is_found_where_only_payoffs_show_it() -> None:
    with pytest.raises(UsageError, match="happens by chance"):
        walk(Entry("lots", Lots()), 100)
