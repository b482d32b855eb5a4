"""Games in normal form as Gambit, OpenSpiel and Nashpy take them."""

from __future__ import annotations

import re

import pytest

from harness import registry
from harness.game import Game
from harness.normal_form import NormalForm, normal_form


def form(spec: str) -> NormalForm:
    game: Game = registry.build("game", spec).what
    found = normal_form(game)
    assert found is not None
    return found


def test_the_prisoners_dilemma_is_written_as_gambit_reads_it() -> None:
    text = form("prisoners_dilemma(payoffs='axelrod')").nfg()
    assert text == (
        'NFG 1 R "prisoners_dilemma"\n{ "player 0" "player 1" }\n{ 2 2 }\n\n3 3 5 0 0 5 1 1\n'
    )


def test_the_first_players_action_runs_fastest_where_the_table_is_not_square() -> None:
    text = form("matrix(payoffs=[[[1, 7], [2, 8], [3, 9]], [[4, 10], [5, 11], [6, 12]]])").nfg()
    assert text.splitlines()[-1] == "1 7 4 10 2 8 5 11 3 9 6 12"


def test_stakes_count_and_the_rounds_of_a_repeated_game_do_not() -> None:
    assert form("chicken(stakes=2, rounds=3)").payoffs[0] == [
        [2 * u for u in line] for line in form("chicken").payoffs[0]
    ]
    assert form("chicken(rounds=3)") == form("chicken(rounds=7, noise=0.1)")


def test_small_payoffs_have_no_exponent() -> None:
    text = form("matrix(payoffs=[[[0.00001, -2.5], [0, 1]], [[1, 0], [0, 1e21]]])").nfg()
    assert "0.00001" in text
    assert "1000000000000000000000" in text
    assert not re.search(r"\de", text.splitlines()[-1])


def test_quotes_in_names_do_not_end_them() -> None:
    text = NormalForm('a "b"', (("x",), ("y",)), (((1,),), ((2,),))).nfg()
    assert text.startswith("NFG 1 R \"a 'b'\"")


@pytest.mark.parametrize("spec", ["beauty", "deal_or_no_deal", "donor"])
def test_what_has_no_normal_form_has_none(spec: str) -> None:
    game: Game = registry.build("game", spec).what
    assert normal_form(game) is None
