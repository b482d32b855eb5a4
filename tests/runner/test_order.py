from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from harness.config import RunConfig, resolve
from harness.match import Match
from harness.runner.order import Queue

SHORT, LONG = "prisoners_dilemma(rounds=2)", "prisoners_dilemma(rounds=9)"


def matches(*agents: str, games: tuple[str, ...] = (SHORT,), repeats: int = 4) -> list[Match]:
    config = RunConfig(games=games, agents=("tit_for_tat", *agents), repeats=repeats)
    return resolve(config).waiting


def even(match: Match) -> float:
    return 1.0


def names(match: Match) -> str:
    return "+".join(sorted(seat.what.model for seat in match.seats if hasattr(seat.what, "model")))


def test_every_match_comes_once() -> None:
    planned = matches("mock/random", "mock/biased", games=(SHORT, LONG))
    queue = Queue(planned, even)
    assert len(queue) == len(planned)
    came = [queue.next() for _ in planned]
    assert {m.id for m in came if m} == {m.id for m in planned}
    assert queue.next() is None
    assert len(queue) == 0


def test_long_matches_begin_first_and_others_as_scheduled() -> None:
    planned = matches("mock/random", games=(SHORT, LONG))
    queue = Queue(planned, lambda match: 9.0 if "rounds=9" in match.game.spec else 2.0)
    came = [match for _ in planned if (match := queue.next())]
    assert [m.game.spec for m in came] == [LONG] * 8 + [SHORT] * 8
    long = [m for m in planned if m.game.spec == LONG]
    assert came[:8] == long


def test_a_slow_provider_does_not_take_all_places() -> None:
    planned = matches("mock/random", "mock/biased", repeats=50)
    queue, under_way = Queue(planned, even), list[Match]()
    finished: Counter[str] = Counter()
    for _ in range(200):
        while len(under_way) < 30 and (match := queue.next()):
            under_way.append(match)
        quick = next((m for m in under_way if names(m) == "biased"), None)
        if quick is None:
            break
        under_way.remove(quick)
        queue.over(quick)
        finished["biased"] += 1
        slow = Counter(map(names, under_way))
        assert slow["random"] <= 15
    assert finished["biased"] == 100, "all of the quick provider's matches were played"


@pytest.mark.parametrize("shut", ["random", "biased"])
def test_matches_of_a_model_that_is_given_up_stay(shut: str) -> None:
    planned = matches("mock/random", "mock/biased")
    queue = Queue(planned, even)
    lost: Callable[[Match], bool] = lambda match: shut in names(match)  # noqa: E731
    came = [match for _ in planned if (match := queue.next(lost))]
    assert {names(match) for match in came} == {"random" if shut == "biased" else "biased"}
    assert len(queue) == len(planned) - len(came)


def test_programs_take_part_in_only_so_many_matches_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.agents.process.Process.at_once", 3)
    planned = matches("process:cat", "mock/random", repeats=5)
    queue = Queue(planned, even)
    begun = [match for _ in planned if (match := queue.next())]
    processes = [m for m in begun if any(s.what.name == "process" for s in m.seats)]
    assert len(processes) == 3
    assert len(begun) == 3 + 10, "all others have begun"
    queue.over(processes[0])
    further = queue.next()
    assert further is not None
    assert any(seat.what.name == "process" for seat in further.seats)
    assert queue.next() is None
