"""The Axelrod library's strategies in our engine beside the library's own matches."""

from __future__ import annotations

import pytest

from harness import UsageError, registry
from harness.match import Entry, Match, MatchRecord
from harness.play import play
from harness.testing import check_agent

pytestmark = [pytest.mark.bridges, pytest.mark.usefixtures("installed", "imported")]


def duel(game: str, first: str, second: str) -> MatchRecord:
    seats = registry.build("agent", first), registry.build("agent", second)
    return play(Match(registry.build("game", game), seats, seed=1))


def test_all_that_the_library_has_is_listed_but_who_needs_more_than_history() -> None:
    import axelrod

    titles = set(registry.library("agent", "axelrod").titles())
    assert titles == {strategy.__name__ for strategy in axelrod.strategies}
    assert {each.__name__ for each in axelrod.all_strategies} - titles == {"Darwin"}
    assert len({name.lower() for name in titles}) == len(titles)


@pytest.mark.timeout(600)
def test_strategies_that_do_not_run_long_play_as_in_the_library_move_for_move() -> None:
    import axelrod

    from benchmarks.axelrod_bridge import compare

    differing, n_deterministic, n_all = [], 0, 0
    for strategy in axelrod.strategies:
        player = strategy()
        if axelrod.Classifiers["long_run_time"](player):
            continue
        n_all += 1
        n_deterministic += not axelrod.Classifiers["stochastic"](player)
        for opponent in ("TitForTat", "CyclerCCCDCD", "Random"):
            found = compare(strategy.__name__, opponent, turns=60)
            if found.first_difference is not None:
                differing.append(found)
    assert differing == []
    assert n_deterministic >= 150
    assert n_all >= 220


@pytest.mark.parametrize("name", ["DBS", "MetaHunter", "NMWEFiniteMemory"])
def test_strategies_that_run_long_play_as_in_the_library(name: str) -> None:
    from benchmarks.axelrod_bridge import compare

    assert compare(name, "Random", turns=5).first_difference is None


def test_other_payoffs_reach_a_strategy_as_its_game() -> None:
    import axelrod

    game = registry.build("game", "chicken")
    match = Match(game, (registry.build("agent", "axelrod/TitForTat"),) * 2)
    player = match.seats[0].what.player(match.seat(0))
    (r, s), (t, p) = game.what.facts(0)["payoffs"]
    told = player._player.match_attributes
    assert told["game"] == axelrod.Game(r=r, s=s, t=t, p=p)
    assert (told["length"], told["noise"]) == (10, 0)


@pytest.mark.parametrize("given", ["horizon='hidden'", "continuation=0.9", "rounds=9, noise=0.1"])
def test_a_strategy_knows_the_end_only_if_players_do(given: str) -> None:
    match = Match(
        registry.build("game", f"prisoners_dilemma({given})"),
        (registry.build("agent", "axelrod/BackStabber"),) * 2,
    )
    told = match.seats[0].what.player(match.seat(0))._player.match_attributes
    expected = (9, 0.1) if "noise" in given else (float("inf"), 0)
    assert (told["length"], told["noise"]) == expected


def test_chance_is_the_matchs_and_the_same_again() -> None:
    games = [duel("prisoners_dilemma(rounds=60, noise=0.1)", "axelrod/Random", "axelrod/GTFT")] * 2
    first, second = ([r.actions for r in record.rounds] for record in games)
    assert first == second
    assert len(set(first)) > 1


def test_a_strategy_plays_what_is_called_otherwise() -> None:
    record = duel("stag_hunt(rounds=4)", "axelrod/tit_for_tat", "axelrod/cycler(cycle='DDC')")
    stag, hare = registry.build("game", "stag_hunt").what.facts(0)["actions"]
    assert [r.actions[0] for r in record.rounds] == [stag, hare, hare, stag]


def test_parameters_may_be_actions_and_strategies() -> None:
    started = duel("prisoners_dilemma(rounds=3)", "axelrod/WinShiftLoseStay(initial='C')", "first")
    assert started.rounds[0].actions[0] == "cooperate"
    never = "axelrod/MemoryOnePlayer(four_vector=[0, 0, 0, 0])"
    one = duel("prisoners_dilemma(rounds=3)", never, "first")
    assert [r.actions[0] for r in one.rounds] == ["cooperate", "defect", "defect"]
    team = "axelrod/MetaMajority(team=['Defector', 'cooperator', 'defector'])"
    voted = duel("prisoners_dilemma(rounds=3)", team, "first")
    assert {r.actions[0] for r in voted.rounds} == {"defect"}


def test_a_strategy_that_takes_over_has_thought_about_every_round_before() -> None:
    """A finite state machine stands where it would stand had it played itself."""
    match = Match(
        registry.build("game", "prisoners_dilemma(rounds=40)"),
        (registry.build("agent", "axelrod/EvolvedFSM16"), registry.build("agent", "random")),
    )
    record = play(match)
    from harness import Choice, Decision

    late = match.seats[0].what.player(match.seat(0))
    own, other = ([r.actions[player] for r in record.rounds] for player in (0, 1))
    for n in (39, 25):
        late = match.seats[0].what.player(match.seat(0))
        space = Choice(("cooperate", "defect"))
        seen = {"own": own[:n], "other": other[:n]}
        assert late.act(Decision(0, space, seen)) == own[n]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("axelrod/TitFrTat", "did you mean TitForTat"),
        ("axelrod/Random(q=1)", "known: p"),
        ("axelrod/TitForTat(p=1)", "it has none"),
        ("axelrod/Darwin", "reads the other player's program"),
        ("axelrod/MetaMajority(team=3)", "cannot be made with team=3"),
        ("axelrod", "axelrod/NAME"),
    ],
)
def test_a_strategy_that_cannot_be_is_refused_with_the_reason(spec: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"axelrod|Axelrod") as refusal:
        registry.build("agent", spec)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("game", "words"),
    [
        ("battle_of_the_sexes", "not paid alike"),
        ("rock_paper_scissors", "3x3 actions"),
        ("beauty", "no matrix game"),
        ("prisoners_dilemma(feedback='none')", "feedback"),
    ],
)
def test_a_game_that_the_library_does_not_know_is_refused(game: str, words: str) -> None:
    entry = registry.build("game", game)
    match = Match(entry, (registry.build("agent", "axelrod/TitForTat"),) * entry.what.n_seats)
    with pytest.raises(UsageError) as refusal:
        play(match)
    assert words in str(refusal.value)


def test_the_same_strategy_by_another_spelling_is_the_same_agent() -> None:
    one, other = (registry.build("agent", s) for s in ("axelrod/tit-for-tat", "axelrod/TitForTat"))
    assert one.key == other.key
    assert one.spec == other.spec == "axelrod/TitForTat"
    assert isinstance(one, Entry)


@pytest.mark.parametrize(
    "spec",
    [
        *("TitForTat", "Random", "EvolvedHMM5", "Calculator", "FirstByJoss"),
        "MetaMajority(team=['Random', 'Grudger'])",
    ],
)
def test_strategies_pass_the_checks_of_all_agents(spec: str) -> None:
    games = ["prisoners_dilemma(rounds=6, noise=0.1)", "chicken(rounds=3)"]
    report = check_agent(f"axelrod/{spec}", games=games, hash_seeds=())
    assert report.ok, report


def test_a_stream_of_the_library_without_a_seed_is_still_seeded_by_the_system() -> None:
    from axelrod import RandomGenerator

    registry.build("agent", "axelrod/Random").what.fresh()
    one, two, same = RandomGenerator(), RandomGenerator(), [RandomGenerator(7) for _ in range(2)]
    assert one.random_seed_int() != two.random_seed_int()
    assert same[0].random_seed_int() == same[1].random_seed_int()
