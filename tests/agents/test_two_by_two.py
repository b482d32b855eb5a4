"""The bots for 2x2 games: what each does, what it refuses, and that it keeps the contract."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from harness import Bot, Decision, Seat, UsageError
from harness.agents import (
    adaptive,
    capri,
    constant,
    first_tournament,
    forgiving,
    generic,
    grudgers,
    handshakes,
    learners,
    majorities,
    memory_one,
    probers,
    second_tournament,
    tit_for_tats,
    zero_determinant,
)
from harness.agents.two_by_two import TwoByTwoBot
from harness.games.catalogue import prisoners_dilemma
from harness.games.matrix import MatrixGame
from harness.match import Entry, Match, Status
from harness.play import play
from harness.space import Choice

MODULES = (
    adaptive,
    capri,
    constant,
    first_tournament,
    forgiving,
    grudgers,
    handshakes,
    learners,
    majorities,
    memory_one,
    probers,
    second_tournament,
    tit_for_tats,
    zero_determinant,
)

BOTS: list[type[TwoByTwoBot]] = [
    bot
    for module in MODULES
    for bot in vars(module).values()
    if isinstance(bot, type) and issubclass(bot, TwoByTwoBot) and bot.name
]
BOTS = sorted(set(BOTS), key=lambda bot: bot.name)

each_bot = pytest.mark.parametrize("bot", BOTS, ids=[bot.name for bot in BOTS])

DILEMMA_ONLY = {
    "extort_2",
    "generous_tit_for_tat",
    "zd_equalizer",
    "zd_extortion",
    "zd_generous",
    "zd_gtft_2",
    "zero_determinant",
}
"""The bots whose parameters are computed from R, S, T and P."""

ODD = MatrixGame(
    name="odd",
    row=((2, -1), (0.5, 7)),
    column=((-3, 4), (1.5, 0)),
    row_actions=("up", "down"),
    column_actions=("left", "right"),
    rounds=30,
)
PENNIES = MatrixGame(
    name="pennies",
    row=((1, -1), (-1, 1)),
    column=((-1, 1), (1, -1)),
    row_actions=("heads", "tails"),
    column_actions=("h", "t"),
    rounds=30,
)
FLAT = MatrixGame(
    name="flat",
    row=((1, 1), (1, 1)),
    column=((0, 0), (0, 0)),
    row_actions=("a", "b"),
    column_actions=("x", "y"),
    rounds=30,
)


def seat(payoffs: Any = ((3, 0), (5, 1)), *, seed: int = 0, **changes: Any) -> Seat:
    """A seat in a symmetric dilemma whose actions are called c and d, C and D by the other."""
    facts = {
        "actions": ("c", "d"),
        "other_actions": ("C", "D"),
        "payoffs": payoffs,
        "other_payoffs": [list(column) for column in zip(*payoffs, strict=True)],
        "rounds": None,
        "continuation": None,
        "noise": 0.0,
        "feedback": "full",
        "recall": None,
        **changes,
    }
    return Seat(0, 2, "test_game", facts, lambda: seed)


def against(bot: Bot, theirs: str, *, trembles: Sequence[int] = (), payoffs: Any = None) -> str:
    """What a bot chooses round by round, one round longer than `theirs`.

    In the rounds in `trembles` it chooses one action and the other is played.
    """
    player = bot.player(seat(payoffs) if payoffs else seat())
    assert isinstance(player, TwoByTwoBot)
    own: list[str] = []
    other: list[str] = []
    decision = Decision(0, Choice(("c", "d")), {"own": own, "other": other})
    chosen = ""
    for t, reply in enumerate([*theirs, None]):
        action = player.act(decision)
        chosen += action
        if reply:
            own.append({"c": "d", "d": "c"}[action] if t in trembles else action)
            other.append(reply)
    return chosen.upper()


def begun(bot: Bot, **changes: Any) -> Any:
    """A player of this bot, seated in the standard dilemma."""
    return bot.player(seat(**changes))


def test_there_are_many_bots_with_names_of_their_own() -> None:
    assert len({bot.name for bot in BOTS}) == len(BOTS) >= 36


@each_bot
def test_docstring_cites_a_source(bot: type[TwoByTwoBot]) -> None:
    text = bot.__doc__ or ""
    assert "Source: " in text.replace("\n    ", " ")
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize(
    ("bot", "theirs", "expected"),
    [
        (constant.Alternator(), "CDCD", "CDCDC"),
        (constant.Cycler("CDD"), "CCCCC", "CDDCDD"),
        (tit_for_tats.TitForTat(), "CDDC", "CCDDC"),
        (tit_for_tats.Bully(), "CDDC", "DDCCD"),
        (tit_for_tats.HardTitForTat(), "DCCCC", "CDDDCC"),
        (tit_for_tats.HardTitForTwoTats(), "DDCCC", "CCDDCC"),
        (tit_for_tats.SlowTitForTat(), "CDDCC", "CCCDDC"),
        (grudgers.SoftGrudger(), "DCCCCCCDC", "CDDDDCCCDD"),
        (grudgers.SoftGrudger(punishment=2, peace=0), "DDDCC", "CDDDDC"),
        (forgiving.Gradual(), "DCCCDCCCCC", "CDCCCDDCCCC"),
        (probers.Detective(), "CCCCCC", "CDCCDDD"),
        (probers.Detective(), "CCDCDC", "CDCCCDC"),
        (handshakes.Handshake("CDD"), "CDDD", "CDDCC"),
        (handshakes.Handshake("CDD"), "CDCC", "CDDDD"),
        (second_tournament.Tester(), "CCCCC", "DCCDCD"),
        (second_tournament.Tester(), "CCDDC", "DCCCDC"),
        (learners.MyopicBestResponse(), "CDC", "CDDD"),
    ],
)
def test_bots_answer_as_published(bot: Bot, theirs: str, expected: str) -> None:
    assert against(bot, theirs) == expected


def test_nydegger_defects_on_the_third_move_after_being_cheated_and_hitting_back() -> None:
    # Tit for tat would forgive after (C, D), (D, C).
    assert against(first_tournament.Nydegger(), "DC") == "CDD"
    # 2, 1, 1 weighs 32 + 4 + 1 = 37: cooperate. 2, 1, 3 weighs 39: defect.
    assert against(first_tournament.Nydegger(), "DCC") == "CDDC"
    assert against(first_tournament.Nydegger(), "DCD") == "CDDD"


def test_nydegger_cooperates_after_mutual_cooperation_and_after_three_mutual_defections() -> None:
    table = first_tournament.Nydegger.DEFECTING
    assert len(table) == 19
    assert all(score % 4 for score in table)
    assert 63 not in table


def test_downing_defects_twice_and_then_cooperates_with_tit_for_tat() -> None:
    assert against(first_tournament.Downing(), "CDDCCC") == "DDCCCCC"


def test_downing_exploits_those_who_do_not_answer() -> None:
    assert against(first_tournament.Downing(), "CCCCC") == "DDDDDD"
    assert against(first_tournament.Downing(), "DDDDDDDDDDDD")[-4:] == "DDDD"


def test_downing_alternates_where_that_pays_best() -> None:
    # Tit for tat with T + S > 2R: alternating brings 5 a round, cooperating 3, defecting 1.
    bot, theirs = first_tournament.Downing(), "C"
    for _ in range(40):
        chosen = against(bot, theirs, payoffs=((3, 0), (10, 1)))
        theirs = "C" + chosen[: len(theirs)]
    assert chosen[-8:] in ("CDCDCDCD", "DCDCDCDC")


def test_adaptive_compares_averages_and_not_sums() -> None:
    # C brought 15 in six rounds, D 13 in five.
    assert against(adaptive.Adaptive(), "CCCCCD" + "CCDDD") == "CCCCCC" + "DDDDD" + "D"
    # C brought 18 in six, D 9 in five.
    assert against(adaptive.Adaptive(), "CCCCCC" + "CDDDD")[-1] == "C"


def test_contrite_tit_for_tat_accepts_the_answer_to_its_own_error() -> None:
    assert against(forgiving.ContriteTitForTat(), "CDCC", trembles=[0]) == "CCCCC"
    assert against(tit_for_tats.TitForTat(), "CDCC", trembles=[0]) == "CCDCC"


def test_contrite_tit_for_tat_stays_contrite_until_it_has_cooperated() -> None:
    assert against(forgiving.ContriteTitForTat(), "CDDDC", trembles=[0, 1]) == "CCCCDC"


def test_contrite_tit_for_tat_is_provoked_by_what_it_did_not_deserve() -> None:
    assert against(forgiving.ContriteTitForTat(), "DDCC") == "CDDCC"


def test_capri_recovers_from_an_error_of_its_own_against_its_kind() -> None:
    # One tremble of the other at round 3: it is punished once, and all is well again.
    assert against(capri.Capri(), "CCCDCCCC") == "CCCCDCCCC"
    assert len(capri.Capri.COOPERATING) == 14


def test_champion_cooperates_then_mirrors_then_forgives_the_mostly_cooperative() -> None:
    chosen = against(second_tournament.Champion(), "D" * 40)
    assert chosen[:10] == "C" * 10
    assert chosen[10:25] == "D" * 15
    assert set(chosen[25:]) == {"D"}
    assert set(against(second_tournament.Champion(), "CCD" * 20)[25:]) == {"C"}


def test_fictitious_play_answers_frequencies() -> None:
    hunt = ((4, 1), (3, 2))  # c is best while the other cooperates at least half the time
    assert against(learners.FictitiousPlay(), "DCDDCCC", payoffs=hunt) == "CDCDDDCC"
    # Without a prior, the first observation decides.
    assert against(learners.FictitiousPlay(prior=0), "D", payoffs=hunt) == "CD"


def test_generosity_is_computed_from_the_payoffs() -> None:
    bot = memory_one.GenerousTitForTat()
    assert begun(bot).four_vector() == pytest.approx((1, 1 / 3, 1, 1 / 3))
    # Both of the terms that bound generosity are one half here.
    player = begun(bot, payoffs=((4, 2), (5, 3)))
    assert player.four_vector() == pytest.approx((1, 0.5, 1, 0.5))
    assert begun(memory_one.GenerousTitForTat(forgiveness=0.9)).four_vector()[1] == 0.9


def test_a_memory_one_bot_is_its_four_vector() -> None:
    bot = memory_one.MemoryOne(p_cc=0, p_cd=1, p_dc=1, p_dd=0, first=0)
    assert against(bot, "CDCD") == "DCCDD"
    assert against(memory_one.MemoryOne(), "CDDC") == against(memory_one.WinStayLoseShift(), "CDDC")


@pytest.mark.parametrize("bot", [b for b in BOTS if b.name in DILEMMA_ONLY])
@pytest.mark.parametrize("game", [ODD, PENNIES, FLAT])
def test_bots_with_no_meaning_outside_a_dilemma_say_so(
    bot: type[TwoByTwoBot], game: MatrixGame
) -> None:
    with pytest.raises(UsageError, match=f"{bot.name} cannot play {game.name}.*T > R > P > S"):
        bot().player(Seat(0, 2, game.name, game.facts(0), lambda: 0))


@pytest.mark.parametrize("bot", [bot for bot in BOTS if bot.name not in DILEMMA_ONLY])
@pytest.mark.parametrize("game", [ODD, PENNIES, FLAT], ids=lambda game: str(game.name))
def test_all_other_bots_play_any_two_by_two_game_from_either_side(
    bot: type[TwoByTwoBot], game: MatrixGame
) -> None:
    record = play(Match(Entry("g", game), (Entry("a", bot()), Entry("b", bot()))))
    assert record.status is Status.OK, record.reason
    assert len(record.rounds) == 30
    assert {r.actions[0] for r in record.rounds} <= set(game.row_actions)
    assert {r.actions[1] for r in record.rounds} <= set(game.column_actions)


@each_bot
def test_bots_play_a_noisy_dilemma_without_legal_slips(bot: type[TwoByTwoBot]) -> None:
    game = Entry("g", prisoners_dilemma(rounds=200, noise=0.2))
    for other in (bot(), generic.RandomBot()):
        record = play(Match(game, (Entry("a", bot()), Entry("b", other))))
        assert record.status is Status.OK, record.reason
        assert record.problems == []


@each_bot
def test_same_match_gives_the_same_actions(bot: type[TwoByTwoBot]) -> None:
    game = Entry("g", prisoners_dilemma(rounds=80, noise=0.1))
    agent = bot()
    before = copy.deepcopy(vars(agent))
    seats = Entry("a", agent), Entry("b", generic.RandomBot())
    first, again = (play(Match(game, seats, seed=3, repeat=1)) for _ in range(2))
    assert [r.actions for r in first.rounds] == [r.actions for r in again.rounds]
    assert vars(agent) == before, "state belongs to the player, not to the agent"


def test_another_repeat_gives_other_chance() -> None:
    game = Entry("g", prisoners_dilemma(rounds=80))
    seats = Entry("a", generic.RandomBot()), Entry("b", memory_one.Reactive(p_d=0.5))
    first, second = (play(Match(game, seats, seed=3, repeat=k)) for k in (0, 1))
    assert [r.actions for r in first.rounds] != [r.actions for r in second.rounds]


@each_bot
def test_bots_leave_the_observation_as_it_is(bot: type[TwoByTwoBot]) -> None:
    player = begun(bot())
    own: list[str] = []
    other: list[str] = []
    decision = Decision(0, Choice(("c", "d")), {"own": own, "other": other})
    for reply in itertools.islice(itertools.cycle("CCDCDDDC"), 60):
        before = copy.deepcopy(dict(decision.observation))
        action = player.act(decision)
        assert decision.observation == before
        own.append(action)
        other.append(reply)


@each_bot
def test_only_bots_that_look_at_nothing_play_in_the_dark(bot: type[TwoByTwoBot]) -> None:
    for hidden in ({"feedback": "payoffs"}, {"feedback": "none"}, {"recall": 3}):
        if bot.needs_history:
            with pytest.raises(UsageError, match=rf"{bot.name} cannot play test_game.*feedback"):
                begun(bot(), **hidden)
        else:
            assert begun(bot(), **hidden).act(Decision(0, Choice(("c", "d")), {})) in "cd"


def test_the_blind_bots_are_the_constant_ones() -> None:
    blind = {bot.name for bot in BOTS if not bot.needs_history}
    assert blind == {"alternator", "cooperator", "cycler", "defector"}


@each_bot
def test_games_of_another_shape_are_refused(bot: type[TwoByTwoBot]) -> None:
    three = {"actions": ("r", "p", "s"), "other_actions": ("r", "p", "s")}
    with pytest.raises(UsageError, match=f"{bot.name} cannot play test_game, which has 3x3"):
        begun(bot(), **three)
    no_matrix = Seat(0, 2, "auction", {"rounds": 3}, lambda: 0)
    with pytest.raises(UsageError, match=f"{bot.name} cannot play auction.*no matrix game"):
        bot().player(no_matrix)


@pytest.mark.parametrize(
    ("bot", "parameters"),
    [
        (generic.RandomBot, {"p": 1.1}),
        (generic.RandomBot, {"p": float("nan")}),
        (generic.RandomBot, {"p": "half"}),
        (constant.Cycler, {"pattern": ""}),
        (constant.Cycler, {"pattern": "CX"}),
        (handshakes.Handshake, {"signal": "cd"}),
        (grudgers.SoftGrudger, {"punishment": 0}),
        (grudgers.SoftGrudger, {"peace": -1}),
        (grudgers.Forgiver, {"tolerance": -0.1}),
        (forgiving.OmegaTitForTat, {"deadlock": 0}),
        (forgiving.OmegaTitForTat, {"randomness": 1.5}),
        (forgiving.AdaptiveTitForTat, {"rate": 2}),
        (memory_one.MemoryOne, {"p_dc": -0.01}),
        (memory_one.MemoryOne, {"first": 7}),
        (memory_one.Reactive, {"p_d": 1.5}),
        (memory_one.GenerousTitForTat, {"forgiveness": 2}),
        (zero_determinant.ZDExtortion, {"factor": 0.5}),
        (zero_determinant.ZDExtortion, {"strength": 0}),
        (zero_determinant.ZDGenerous, {"factor": float("inf")}),
        (zero_determinant.ZDGenerous, {"strength": 1.2}),
        (zero_determinant.ZDEqualizer, {"payoff": "much"}),
        (zero_determinant.ZeroDeterminant, {"slope": float("nan")}),
        (first_tournament.Davis, {"patience": -1}),
        (first_tournament.Feld, {"end": 1.5}),
        (first_tournament.Feld, {"rounds": 0}),
        (first_tournament.Joss, {"p": -1}),
        (probers.NaiveProber, {"p": 3}),
        (probers.RemorsefulProber, {"p": 3}),
        (learners.FictitiousPlay, {"prior": -1}),
        (learners.BushMosteller, {"rate": 1.1}),
        (learners.BushMosteller, {"aspiration": float("inf")}),
        (learners.RothErev, {"strength": 0}),
        (learners.RothErev, {"experimentation": 1.1}),
    ],
)
def test_parameters_out_of_range_are_refused(bot: Any, parameters: dict[str, Any]) -> None:
    (parameter,) = parameters
    with pytest.raises(UsageError, match=f"^{bot.name}: {parameter} is .*; it must be"):
        bot(**parameters)
