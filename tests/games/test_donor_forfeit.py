"""What a forfeit leaves of a Donor match, and what the other answer policies make of one."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypeAlias

from harness import Bot, Decision, Seat
from harness.games.donor import Donor
from harness.match import MatchRecord, Status
from harness.play import play
from tests.sketches import table

GAME = Donor(agents=4, generations=2, rounds=2, schedule="alternating")


When: TypeAlias = tuple[int, int | None, int | None]
"""A generation, and a game and a round of it; None for both where strategies are written."""


@dataclass
class Quitter(Bot):
    """Gives half of what it owns until it answers nonsense; all at one table do at the same time.

    When they do is no parameter, so that matches have the same chance whenever they end.
    """

    name = "quitter"

    def __post_init__(self) -> None:
        self.at: When | None = None

    def begin(self, seat: Seat) -> None:
        """There is nothing to prepare."""

    def act(self, decision: Decision) -> Any:
        seen = decision.observation
        if (seen["generation"], seen.get("game"), seen.get("round")) == self.at:
            return "nonsense " * 999
        return "Half." if decision.kind == "strategy" else seen["resources"] / 2


@dataclass
class InForm(Quitter):
    """The same in the form that donations take where there is punishment."""

    name = "in_form"

    def act(self, decision: Decision) -> Any:
        action = super().act(decision)
        return action if isinstance(action, str) else {"donate": action}


def ended(at: When | None, game: Donor = GAME, then: str = "forfeit") -> MatchRecord:
    bot = InForm() if game.punishment else Quitter()
    bot.at = at
    return play(table(game, *[bot] * 4, then=then))


def measured(record: MatchRecord) -> dict[str, list[float | None]]:
    assert record.measures is not None
    return {name: list(values) for name, values in record.measures.items()}


def test_a_forfeit_pays_mean_units_on_the_scale_of_a_finished_match() -> None:
    record, whole = ended((0, 1, 1)), ended(None)
    assert (record.status, len(record.rounds)) == (Status.FORFEIT, 3)
    assert record.rounds == whole.rounds[:3]
    changes = list(zip(*(r.payoffs for r in record.rounds), strict=True))[:4]
    means = [fmean([10 + a + b, 10 + c]) for a, b, c in changes]
    assert record.payoffs == (*means, 0, 0)
    assert measured(record)["final_resources"] == [*means, None, None]
    assert measured(record)["generation"] == [0, 0, 0, 0, None, None]
    assert measured(record)["donated_share"] == [0.5] * 4 + [None] * 2
    assert whole.payoffs is not None
    assert min(whole.payoffs) > 0


def test_a_forfeit_tells_what_was_played_of_the_running_generation() -> None:
    game = Donor(agents=4, generations=2, rounds=2, selection="second", punishment=1)
    first, second = ended((0, 0, 1), game), ended((1, 0, 1), game)
    for record, begun in ((first, 1), (second, 2)):
        told = record.info["generations"]
        assert len(told) == len(record.stages) == begun
        assert told[-1]["scores"] is told[-1]["survivors"] is told[-1]["survivor_gap"] is None
        assert told[-1]["donated_share"] == 0.5
        assert told[-1]["final_resources"] == 12.5, "two of four have given 5 of their 10 units"
        assert all(line["scores"] and line["survivors"] for line in told[:-1])
    assert measured(first)["punishments"] == [0] * 4 + [None] * 2
    assert measured(second)["punishments"] == [0] * 6


def test_a_forfeit_over_a_strategy_leaves_out_the_generation_that_has_not_begun() -> None:
    first = ended((0, None, None))
    assert (first.status, first.payoffs, first.rounds) == (Status.FORFEIT, (0,) * 6, [])
    assert first.info["generations"] == []
    assert list(first.stages) == []
    second, whole = ended((1, None, None)), ended(None)
    assert second.status is Status.FORFEIT
    assert second.info["generations"] == whole.info["generations"][:1]
    assert second.payoffs is not None
    assert list(second.payoffs[:4]) == measured(second)["final_resources"][:4]
    assert second.payoffs[4:] == (0, 0)
    assert measured(second)["final_resources"][4:] == [None, None]


def test_a_void_match_pays_nothing_and_a_substitute_gives_at_random_and_is_flagged() -> None:
    assert ended((0, 0, 1), then="void").payoffs is None
    record = ended((0, 0, 1), then="substitute")
    assert record.status is Status.OK
    assert [problem.substituted for problem in record.problems] == [True, True]
    given = [a for a in record.rounds[1].actions if a is not None]
    assert len(given) == len(set(given)) == 2
    assert all(0 < amount < 15 for amount in given)
