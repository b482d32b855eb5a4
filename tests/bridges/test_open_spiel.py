"""OpenSpiel's games in our engine beside OpenSpiel itself."""

from __future__ import annotations

import collections
import json
from random import Random

import pytest

from harness import Choice, Decision, Game, Round, UsageError, registry
from harness.agents.generic import RandomBot
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play
from harness.testing import check_game

pytestmark = pytest.mark.bridges

GAMES = (
    "open_spiel/tic_tac_toe",
    "open_spiel/connect_four",
    "open_spiel/nim(pile_sizes='1;3;5')",
    "open_spiel/matrix_rps",
    "open_spiel/matching_pennies_3p",
    "open_spiel/goofspiel(num_cards=4)",
    "open_spiel/goofspiel(num_cards=4, players=3, imp_info=True)",
    "open_spiel/blotto(coins=4)",
    "open_spiel/kuhn_poker",
    "open_spiel/kuhn_poker(players=3)",
    "open_spiel/leduc_poker",
    "open_spiel/liars_dice(dice_sides=3)",
    "open_spiel/first_sealed_auction(players=3, max_value=4)",
    "open_spiel/bargaining",
    "open_spiel/negotiation",
    "open_spiel/coin_game(episode_length=6)",
    "open_spiel/repeated_game(stage_game='matrix_pd()', num_repetitions=5)",
)
"""Sequential, simultaneous and with chance; zero sum and not; two players and three."""


def random_match(spec: str, repeat: int = 0) -> MatchRecord:
    game = registry.build("game", spec)
    seats = (Entry("random", RandomBot()),) * game.what.n_seats
    record = play(Match(game, seats, seed=5, repeat=repeat))
    assert (record.status, record.reason) == (Status.OK, "")
    return record


@pytest.mark.parametrize("spec", GAMES)
def test_games_of_open_spiel_conform(spec: str) -> None:
    report = check_game(spec, hash_seeds=())
    assert report.ok, report


@pytest.mark.parametrize("modifier", ["+talk", "+predict", "+reflect", "+tell(text='Hello.')"])
@pytest.mark.parametrize("spec", ["open_spiel/kuhn_poker(players=3)", "open_spiel/matrix_rps"])
def test_games_of_open_spiel_conform_under_modifiers(spec: str, modifier: str) -> None:
    report = check_game(f"{spec}{modifier}", hash_seeds=())
    assert report.ok, report


def again(record: MatchRecord) -> tuple[list[float], list[list[str | None]]]:
    """The same actions in OpenSpiel alone: its returns, and what it calls each player's actions."""
    import pyspiel

    state = pyspiel.load_game(record.info["open_spiel"]).new_initial_state()
    history, n = list(record.info["history"]), state.num_players()
    called: list[list[str | None]] = []
    while not state.is_terminal():
        if state.is_chance_node():
            state.apply_action(history.pop(0))
            continue
        row: list[str | None] = [None] * n
        movers = range(n) if state.is_simultaneous_node() else [state.current_player()]
        actions = [history.pop(0) for _ in movers]
        for player, action in zip(movers, actions, strict=True):
            if state.legal_actions(player):
                row[player] = " ".join(state.action_to_string(player, action).split())
        called.append(row)
        if state.is_simultaneous_node():
            state.apply_actions(actions)
        else:
            state.apply_action(actions[0])
    assert history == []
    return state.returns(), called


@pytest.mark.parametrize("spec", GAMES)
def test_random_playouts_return_what_open_spiel_returns_for_the_same_actions(spec: str) -> None:
    for repeat in range(10):
        record = random_match(spec, repeat)
        returns, called = again(record)
        assert record.payoffs == pytest.approx(returns, abs=1e-12)
        assert [list(r.actions) for r in record.rounds] == called
        columns = zip(*(r.payoffs for r in record.rounds), strict=True)
        paid = [sum(u for u in column if u is not None) for column in columns]
        assert paid == pytest.approx(returns, abs=1e-9)


def deals(spec: str, n: int) -> list[list[tuple[str, str, str]]]:
    """All that each player of a game sees and reads until each has passed once, n times."""
    found = []
    for seed in range(n):
        game: Game = registry.build("game", spec).what
        script, reply, seen = game.play(Random(seed)), None, []
        while True:
            try:
                item = script.send(reply)
            except StopIteration:
                break
            reply = None
            if isinstance(item, Decision):
                assert isinstance(item.space, Choice)
                told = json.dumps(dict(item.observation)), str(game.describe(item))
                seen.append((*told, game.rules(item)))
                reply = item.space.actions[0]
            else:
                assert isinstance(item, Round)
        found.append(seen)
    return found


def test_a_player_of_kuhn_poker_sees_its_own_card_and_no_other() -> None:
    seen = deals("open_spiel/kuhn_poker", 60)
    first, second = ({views[player] for views in seen} for player in (0, 1))
    both = {tuple(views) for views in seen}
    assert (len(first), len(second), len(both)) == (3, 3, 6), "three cards; six deals of two"


def test_cards_of_kuhn_poker_are_dealt_alike_often() -> None:
    counts = collections.Counter(views[0] for views in deals("open_spiel/kuhn_poker", 900))
    assert all(abs(n - 300) < 4 * (900 * 2 / 9) ** 0.5 for n in counts.values()), counts


def test_every_listed_game_can_be_made_and_begun() -> None:
    titles = registry.library("game", "open_spiel").titles()
    assert len(titles) >= 70
    for title in titles:
        game: Game = registry.build("game", f"open_spiel/{title}").what
        item = next(game.play(Random(1)))
        decisions = item if isinstance(item, tuple) else (item,)
        for decision in decisions:
            assert isinstance(decision, Decision)
            assert game.rules(decision)
            assert game.describe(decision).question


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("open_spiel/kuhn_pokr", "did you mean kuhn_poker"),
        ("open_spiel/kuhn_poker(player=3)", "did you mean players?"),
        ("open_spiel/kuhn_poker(players=30)", "cannot be made"),
        ("open_spiel/kuhn_poker(players='many')", "kInt"),
        ("open_spiel/2048", "one player"),
        ("open_spiel/mfg_crowd_modelling", "mean field"),
        ("open_spiel/negotiation(rng_seed=3)", "comes from the match"),
        ("open_spiel/misere(game='negotiation()')", "takes no seed"),
    ],
)
def test_a_game_that_cannot_be_played_is_refused_with_the_reason(spec: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"open_spiel|OpenSpiel") as refusal:
        registry.build("game", spec)
    assert words in str(refusal.value)


def test_spellings_of_one_game_are_one_game() -> None:
    bare, spelled = (
        registry.build("game", f"open_spiel/kuhn_poker{given}") for given in ("", "(players=2)")
    )
    assert bare.key == spelled.key
    assert bare.identity["parameters"]["players"] == 2


def duel(game: str, first: str, second: str, repeat: int = 0) -> MatchRecord:
    seats = registry.build("agent", first), registry.build("agent", second)
    return play(Match(registry.build("game", game), seats, seed=1, repeat=repeat))


def test_tree_search_does_not_lose_against_chance_and_plays_the_same_again() -> None:
    bots = "open_spiel/mcts(simulations=200)", "open_spiel/uniform_random"
    records = [duel("open_spiel/tic_tac_toe", *bots, repeat) for repeat in range(10)]
    payoffs = [record.payoffs[0] for record in records if record.payoffs]
    assert len(payoffs) == 10
    assert min(payoffs) >= 0
    assert sum(payoffs) >= 8
    assert duel("open_spiel/tic_tac_toe", *bots).rounds == records[0].rounds


def test_tree_search_refuses_games_that_hide_something() -> None:
    with pytest.raises(UsageError, match="do not see everything"):
        duel("open_spiel/kuhn_poker", "open_spiel/mcts", "random")
    with pytest.raises(UsageError, match="no game of OpenSpiel"):
        duel("prisoners_dilemma", "open_spiel/mcts", "random")
