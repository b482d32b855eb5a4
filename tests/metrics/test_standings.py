from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.analysis.analysis import analyse, families
from harness.analysis.studies import Given, read_studies
from harness.config import RunConfig, resolve
from harness.match import MatchRecord
from harness.metrics.standings import stage_means, standings
from harness.play import play, play_async
from harness.record.lines import match_fields
from harness.record.tables import frame, match_rows
from harness.runner.run import RunResult, run
from tests.sketches import Fixed, Model, Pennies, refusal, table


def rows(*records: MatchRecord) -> Iterator[dict[str, Any]]:
    for record in records:
        yield from match_rows(json.loads(json.dumps(match_fields(record))), {"pennies": ["H", "H"]})


def test_axelrods_tournament_among_three_comes_out_as_by_hand(tmp_path: Path) -> None:
    """Payoffs 3, 0, 5, 1 over 10 rounds; the numbers are those of Axelrod (1980), added by hand."""
    agents = ("tit_for_tat", "cooperator", "defector")
    plan = resolve(RunConfig(games=("prisoners_dilemma(rounds=10)",), agents=agents))
    found = {s.agent: s for s in standings(run(plan, tmp_path / "run").matches)}
    assert found["tit_for_tat"].payoff_per_round.value == (30 + 9) / 20
    assert found["cooperator"].payoff_per_round.value == (30 + 0) / 20
    assert found["defector"].payoff_per_round.value == (14 + 50) / 20
    rates = [found[a].cooperation_rate for a in agents]
    assert [r.value if r else None for r in rates] == [11 / 20, 1.0, 0.0]
    assert [s.agent for s in standings(run(plan, tmp_path / "2").matches)] == [
        "defector",
        "tit_for_tat",
        "cooperator",
    ]


def test_void_matches_pay_nothing_and_are_counted() -> None:
    good = play(table(Pennies(rounds=2), Fixed(), Fixed()))
    void = play(table(Pennies(rounds=2), Fixed(), Fixed(("Q",))))
    (standing,) = standings(frame(rows(good, void)))
    assert standing.payoff_per_round.value == 0
    assert standing.payoff_per_round.n == 2
    assert (standing.seats, standing.statuses["void"], standing.invalid) == (4, 2, 1)


def test_an_agent_whose_matches_are_all_void_has_null_and_not_zero() -> None:
    void = play(table(Pennies(), Fixed(("Q",)), Fixed(("Q",))))
    (standing,) = standings(frame(rows(void)))
    assert standing.payoff_per_round.value is None
    assert standing.cooperation_rate is not None
    assert standing.cooperation_rate.value is None


async def test_refusing_is_no_cooperation() -> None:
    record = await play_async(table(Pennies(), Model(refusal), Fixed(), reask=0, then="forfeit"))
    by_agent = {s.agent: s for s in standings(frame(rows(record)))}
    rate = by_agent["model"].cooperation_rate
    assert rate is not None
    assert rate.value is None
    assert by_agent["model"].statuses["forfeit"] == 1


async def test_substituted_moves_are_counted_beside_the_number() -> None:
    record = await play_async(table(Pennies(), Model(refusal), Fixed(), reask=0, then="substitute"))
    by_agent = {s.agent: s for s in standings(frame(rows(record)))}
    assert (by_agent["model"].substituted, by_agent["fixed"].substituted) == (3, 0)


def test_a_game_without_cooperation_has_no_rate(tmp_path: Path) -> None:
    plan = resolve(RunConfig(games=("matching_pennies",), agents=("random", "first")))
    found = standings(run(plan, tmp_path / "run").matches)
    assert [s.cooperation_rate for s in found] == [None, None]


def test_games_are_kept_apart(tmp_path: Path) -> None:
    games = ("prisoners_dilemma(rounds=5)", "prisoners_dilemma(rounds=5, payoffs='akata')")
    plan = resolve(RunConfig(games=games, agents=("cooperator", "defector")))
    found = standings(run(plan, tmp_path / "run").matches)
    assert [(s.game, s.payoff_per_round.value) for s in found] == [
        (games[0], 5.0),
        (games[0], 0.0),
        (games[1], 10.0),
        (games[1], 0.0),
    ]


def test_discounting_leaves_payoffs_per_round_raw(tmp_path: Path) -> None:
    plan = resolve(
        RunConfig(
            games=("prisoners_dilemma(rounds=2, discount=0.5)",), agents=("cooperator", "defector")
        )
    )
    matches = run(plan, tmp_path / "run").matches
    assert set(matches["payoff"]) == {0.0, 7.5}
    assert standings(matches)[0].payoff_per_round.value == pytest.approx(5.0)


SOCIETY = ("donate_fraction(f=0.9)", "free_rider", "trace_discriminator", "random_donor")


def society(folder: Path, repeats: int) -> RunResult:
    game = "donor(agents=4, generations=3, rounds=4)"
    config = RunConfig(games=(game,), agents=SOCIETY, schedule=("society",), repeats=repeats)
    return run(resolve(config), folder)


def test_newborns_do_not_make_another_table(tmp_path: Path) -> None:
    """Who is born varies from match to match; who sat down at first does not."""
    result = society(tmp_path / "run", repeats=10)
    assert len(set(result.matches["table"])) == 1
    for standing in standings(result.matches):
        wealth = standing.measures["final_resources"]
        rows = result.matches[result.matches["agent"] == standing.agent]
        means = rows.groupby("block")["final_resources"].mean()
        if standing.agent == "free_rider":
            assert wealth.low is not None
            assert wealth.high is not None
            spread = 2 * 1.96 * float(means.std()) / len(means) ** 0.5
            assert wealth.high - wealth.low > spread / 2


def test_the_stages_of_a_game_are_averaged_over_its_matches(tmp_path: Path) -> None:
    result = society(tmp_path / "run", repeats=6)
    course = stage_means(result.stages)
    assert [stage.stage for stage in course] == [0, 1, 2]
    lines = (tmp_path / "run" / "matches.jsonl").read_text().splitlines()
    by_match = [json.loads(line)["info"]["generations"] for line in lines]
    for stage in course:
        values = [generations[stage.stage]["final_resources"] for generations in by_match]
        assert stage.means["final_resources"].value == pytest.approx(sum(values) / len(values))
    assert course[0].as_dict()["means"].keys() >= {"final_resources", "donated_share"}


def test_unfinished_matches_are_no_part_of_the_course(tmp_path: Path) -> None:
    stages = society(tmp_path / "run", repeats=2).stages
    spoilt = stages.assign(final_resources=1e9, status="forfeit")
    both = pd.concat([stages, spoilt])
    assert [s.as_dict() for s in stage_means(both)] == [s.as_dict() for s in stage_means(stages)]


def test_a_game_without_stages_has_no_course(tmp_path: Path) -> None:
    plan = resolve(RunConfig(games=("chicken",), agents=("random", "first")))
    assert stage_means(run(plan, tmp_path / "run").stages) == []


def test_no_interval_reaches_beyond_what_a_share_can_be(tmp_path: Path) -> None:
    """Few blocks have Student's interval, which knows nothing of where a number ends."""
    agreed = [1.0, 1.0, 1.0, 1.0, 0.5]
    told = {"block": list("abcde"), "agent": "x", "game": "g", "table": "t", "match": list("abcde")}
    matches = pd.DataFrame(told | {"status": "ok", "payoff": 1.0, "rounds": 1, "player": 0})
    matches = matches.assign(round_payoff=1.0, cooperations=agreed, invalid=0, substituted=0)
    matches["agreement"] = agreed
    (cut,) = standings(matches, {"g": {"agreement": (0.0, 1.0)}})
    (free,) = standings(matches)
    assert free.measures["agreement"].high == pytest.approx(0.9 + 2.776 * 0.1, abs=1e-3)
    assert cut.measures["agreement"].high == 1
    assert cut.measures["agreement"].low == free.measures["agreement"].low
    assert cut.cooperation_rate is not None
    assert cut.cooperation_rate.high == 1  # a share in every game


def test_negotiations_are_told_within_what_can_be(tmp_path: Path) -> None:
    agents = ("nash_bargainer", "random_negotiator")
    plan = resolve(RunConfig(games=("deal_or_no_deal",), agents=agents, repeats=5))
    matches = run(plan, tmp_path / "run").matches
    bounds = {game.spec: game.what.measure_bounds for game in plan.games}
    measures = [row.measures for row in standings(matches, bounds)]
    assert bounds["deal_or_no_deal"]["own_score"] == (0, 10)  # what all items are worth to each
    ends = [m[n] for m in measures for n in ("agreement", "pareto_all", "fairness_all")]
    (played,) = read_studies(tmp_path / "run", Given())
    found = analyse(played, families(["deal"])).agents.values()
    ends += [m[n] for m in found for n in ("agreement_rate", "walk_away_rate", "pareto_share")]
    told = [(e.low, e.high) for e in ends if e.low is not None and e.high is not None]
    assert told
    assert all(0 <= low <= high <= 1 for low, high in told)
