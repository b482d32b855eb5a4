"""The simple Rock Paper Scissors bots."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from harness import Bot
from harness.agents.generic import RandomBot, Replay
from harness.agents.rps_basic import (
    AntiFrequency,
    BeatLast,
    Biased,
    ConditionalResponse,
    Constant,
    CopyLast,
    DeBruijn,
    Flat,
    Frequency,
    PiDigits,
    Rotate,
    Switch,
    WinStayLoseRotate,
    de_bruijn,
)
from harness.games.rps import ACTIONS
from tests.agents.rps_matches import meet, thrown

NAMES = dict(zip("RPS", ACTIONS, strict=True))
REFERENCE = json.loads((Path(__file__).parent / "roshambo_reference.json").read_text())


# Published bots


def named(moves: str) -> list[str]:
    return [NAMES[move] for move in moves]


def published_bots() -> dict[str, Bot]:
    return {
        "rockbot": Constant("rock"),
        "rotatebot": Rotate(),
        "copybot": BeatLast(),
        "freqbot2": Frequency(),
        "pibot": PiDigits(),
    }


@pytest.mark.parametrize("seen", REFERENCE["matches"], ids=lambda m: f"{m['a']}-{m['b']}")
def test_bots_of_the_roshambo_test_suite_move_as_published(seen: dict[str, Any]) -> None:
    ours = published_bots()
    moves = {"a": named(seen["moves_a"]), "b": named(seen["moves_b"])}
    a = ours.get(seen["a"], Replay(moves["a"]))
    b = ours.get(seen["b"], Replay(moves["b"]))
    record = meet(a, b, rounds=len(moves["a"]))
    assert thrown(record, 0) == moves["a"]
    assert thrown(record, 1) == moves["b"]
    assert record.payoffs == (seen["return_a"], -seen["return_a"])


def test_the_reference_exercises_every_published_bot() -> None:
    sides = {m[side] for m in REFERENCE["matches"] for side in "ab"}
    assert published_bots().keys() <= sides
    assert len(REFERENCE["matches"]) == 25


# Simple bots


def test_rotation_goes_both_ways() -> None:
    assert thrown(meet(Rotate(step=1), Constant(), 4)) == ["rock", "paper", "scissors", "rock"]
    assert thrown(meet(Rotate(step=2), Constant(), 4)) == ["rock", "scissors", "paper", "rock"]


def test_copy_last_plays_the_others_last_move() -> None:
    record = meet(CopyLast(), RandomBot(), 300)
    assert thrown(record, 0)[1:] == thrown(record, 1)[:-1]


def test_anti_frequency_beats_frequency() -> None:
    payoffs = meet(AntiFrequency(), Frequency()).payoffs
    assert payoffs is not None
    assert payoffs[0] > 950


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_a_de_bruijn_sequence_holds_every_series_once(order: int) -> None:
    sequence = de_bruijn(order)
    around = sequence + sequence[: order - 1]
    series = {around[i : i + order] for i in range(len(sequence))}
    assert len(series) == len(sequence) == 3**order


def test_de_bruijn_starts_over_after_its_period() -> None:
    moves = thrown(meet(DeBruijn(order=2), Constant(), 27))
    assert moves[:9] == [ACTIONS[m] for m in (0, 0, 1, 0, 2, 1, 1, 2, 2)]
    assert moves == moves[:9] * 3


def test_biased_keeps_its_probabilities() -> None:
    moves = thrown(meet(Biased((0.2, 0.2, 0.6)), Constant(), 4000))
    shares = [moves.count(action) / 4000 for action in ACTIONS]
    # Four standard deviations of a share are at most 4 * sqrt(0.24 / 4000) = 0.031.
    assert shares == pytest.approx([0.2, 0.2, 0.6], abs=0.031)


def test_flat_plays_every_move_equally_often() -> None:
    moves = thrown(meet(Flat(), Constant(), 300))
    assert [moves.count(action) for action in ACTIONS] == [100, 100, 100]
    assert all(set(moves[i : i + 3]) == set(ACTIONS) for i in range(0, 300, 3))


def test_switch_repeats_itself_as_often_as_told() -> None:
    def share_of_repeats(p_repeat: float) -> float:
        moves = thrown(meet(Switch(p_repeat), Constant(), 2001))
        return sum(1 for a, b in itertools.pairwise(moves) if a == b) / 2000

    assert share_of_repeats(0) == 0
    assert share_of_repeats(1) == 1
    assert share_of_repeats(0.3) == pytest.approx(0.3, abs=0.041)


def shifts_by_outcome(bot: Bot, rounds: int = 6000) -> dict[int, list[float]]:
    """The shares of stay, up and down after a tie (0), a win (1) and a loss (2)."""
    record = meet(bot, RandomBot(), rounds)
    own, other = ([ACTIONS.index(a) for a in thrown(record, i)] for i in (0, 1))
    counts = {outcome: [0, 0, 0] for outcome in range(3)}
    for now, then, last in zip(own[1:], own, other, strict=False):
        counts[(then - last) % 3][(now - then) % 3] += 1
    return {outcome: [n / sum(c) for n in c] for outcome, c in counts.items()}


def test_conditional_response_keeps_its_nine_probabilities() -> None:
    win, tie, loss = (0.7, 0.1, 0.2), (0.2, 0.3, 0.5), (0.0, 0.6, 0.4)
    seen = shifts_by_outcome(ConditionalResponse(win, tie, loss))
    # Four standard deviations of a share in some 2,000 throws are at most 0.046.
    for outcome, probabilities in enumerate((tie, win, loss)):
        assert seen[outcome] == pytest.approx(probabilities, abs=0.046)


def test_win_stay_lose_rotate_shifts_as_told() -> None:
    seen = shifts_by_outcome(WinStayLoseRotate(lose="beat_own", tie="beaten_by_own"), 300)
    assert seen == {0: [0, 0, 1], 1: [1, 0, 0], 2: [0, 1, 0]}
    seen = shifts_by_outcome(WinStayLoseRotate(), 300)
    assert seen == {0: [1, 0, 0], 1: [1, 0, 0], 2: [0, 0, 1]}
