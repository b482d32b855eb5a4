from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.models.tally import Tally
from harness.runner.figures import NONE, Figures, Range
from harness.runner.forecast import Forecast, forecast
from harness.runner.run import run
from tests.runner.forecasts import BOT, FIVE, model, planned, resolved

PD = FIVE[0]

# The words of `Pennies` to a model with elicit="choice", which answers with one letter.
RULES = "Each of you shows H or T, 3 times."
NEWS = "The other showed H."
ASK = "H or T?"
FORM = "Answer with H or T and nothing else."
PAR = len("\n\n")
FIRST = len(RULES) + PAR + len(ASK) + PAR + len(FORM)
NEXT = len(NEWS) + PAR + len(ASK) + PAR + len(FORM)


def tokens(*chars: int, messages: int = 1, further: int = 0) -> int:
    """Tokens of conversations: what is likely to be read of their characters and messages."""
    each = itertools.count(messages, further)
    return sum(math.ceil(n / 4) + 4 * next(each) for n in chars)


def greeting(system: str = "") -> int:
    return len(system) + len("Reply with the word ready.")


def in_all(told: Forecast) -> list[float]:
    ranges = [told.calls, told.input_tokens, told.output_tokens, told.hours]
    return [number for range_ in [*ranges, told.usd or NONE] for number in range_]


def test_a_model_is_called_once_a_round_and_once_to_begin_with() -> None:
    plan = resolved(PD, agents="mock/random tit_for_tat", repeats=2)
    told = forecast(plan)
    assert (told.matches, told.waiting, told.rehearsed) == (4, 4, 4)
    assert told.calls == Range(13, 13, 13)
    assert [told.calls_of(match) for match in plan.matches] == [3, 3, 3, 3]


def test_a_chat_is_read_again_with_every_call() -> None:
    told = forecast(planned(model(elicit="choice", system=""), BOT))
    second = FIRST + 1 + NEXT
    chat = FIRST, second, second + 1 + NEXT
    assert told.input_tokens.likely == 2 * tokens(*chat, further=2) + tokens(greeting())


def test_a_restated_prompt_tells_the_course_and_the_answers() -> None:
    told = forecast(planned(model(elicit="choice", system="", memory="restate"), BOT))
    course = len(RULES) + 2 * PAR + len(ASK) + len("You answered: H")
    second = course + PAR + NEXT
    third = course + PAR + len(NEWS) + PAR + len(ASK) + PAR + len("You answered: H") + PAR + NEXT
    assert told.input_tokens.likely == 2 * tokens(FIRST, second, third) + tokens(greeting())


def test_the_system_prompt_is_read_with_every_call() -> None:
    bare = forecast(planned(model(elicit="choice", system="", memory="restate"), BOT))
    told = forecast(planned(model(elicit="choice", system="x" * 400, memory="restate"), BOT))
    assert told.input_tokens.likely == bare.input_tokens.likely + 7 * (100 + 4)


def test_a_longer_match_costs_a_chat_more_than_in_proportion() -> None:
    def read(rounds: int, memory: str) -> float:
        game = f"prisoners_dilemma(rounds={rounds})"
        plan = resolved(game, agents="openai/gpt-5 tit_for_tat", model={"memory": memory})
        return forecast(plan).input_tokens.likely

    assert read(80, "chat") / read(40, "chat") > 3
    assert read(80, "restate") < read(80, "chat")


def test_scores_are_read_without_anything_written() -> None:
    told = forecast(planned(model(elicit="logits", system=""), BOT))
    assert told.output_tokens == Range(16, 16, 16 + 6 * 3)  # the greeting is replied to in words


def test_many_seats_are_many_calls() -> None:
    ten = "beauty(players=10, rounds=2)"
    plan = resolved(ten, agents="mock/random level_k", schedule=("society",))
    told = forecast(plan)
    assert told.waiting == 2
    assert told.calls.likely == 2 * 5 * 2 + 1
    assert [told.calls_of(match) for match in plan.matches] == [10, 10]


def test_newcomers_call_like_those_they_sit_for() -> None:
    game = "donor(agents=4, generations=3, rounds=2, games_per_generation=1)"
    plan = resolved(game, agents="mock/random", schedule=("self_play",))
    calls = forecast(plan).calls.likely - 1
    n_strategies, n_donations = 4 + 2 + 2, 3 * 2 * 2
    assert n_strategies < calls <= n_strategies + n_donations
    assert forecast(plan).calls_of(plan.matches[0]) == calls


def test_a_run_of_bots_takes_nothing_and_rehearses_nothing() -> None:
    told = forecast(resolved(*FIVE[:2], agents="random first"))
    assert (told.matches, told.waiting, told.rehearsed) == (4, 0, 0)
    assert told.usd == told.calls == NONE
    assert not told.agents
    assert not told.unpriced
    assert not told.assumptions
    assert set(in_all(told)) == {0}


def test_matches_of_bots_beside_those_of_models_call_nobody() -> None:
    plan = resolved(PD, agents="mock/random tit_for_tat defector")
    told = forecast(plan)
    assert (told.matches, told.waiting) == (6, 4)
    assert sorted(map(told.calls_of, plan.matches)) == [0, 0, 3, 3, 3, 3]


def test_agents_are_told_apart() -> None:
    told = forecast(planned(model(elicit="choice"), model(model="b", elicit="choice"), BOT))
    assert list(told.agents) == ["scripted-0", "scripted-1"]
    for took in told.agents.values():
        assert took.calls.likely == 4 * 3 + 1
    assert told.calls == sum((a.calls for a in told.agents.values()), NONE)
    assert told.input_tokens == sum((a.input_tokens for a in told.agents.values()), NONE)


def test_two_providers_are_each_priced_by_their_own_list() -> None:
    plan = resolved(PD, agents="openai/gpt-4o anthropic/claude-3-haiku-20240307")
    told = forecast(plan)
    rates = {"openai/gpt-4o": (2.5, 10), "anthropic/claude-3-haiku-20240307": (0.25, 1.25)}
    for agent, (read, written) in rates.items():
        took = told.agents[agent]
        usd = (took.input_tokens.likely * read + took.output_tokens.likely * written) / 1e6
        assert took.usd is not None
        assert took.usd.likely == pytest.approx(usd)
        assert took.usd.low < took.usd.likely < took.usd.high
    assert told.usd is not None
    assert told.usd.likely == pytest.approx(
        sum(a.usd.likely for a in told.agents.values() if a.usd)
    )
    assert not told.unpriced


def test_an_unknown_price_is_told_and_never_taken_for_nothing() -> None:
    told = forecast(resolved(PD, agents="openai/gpt-4o openai/no-such-model mock/random"))
    assert told.usd is None
    assert told.unpriced == ("openai/no-such-model", "mock/random")
    assert told.agents["openai/no-such-model"].usd is None
    assert told.agents["openai/gpt-4o"].usd is not None


def test_a_server_of_ones_own_has_no_list_price() -> None:
    told = forecast(
        resolved(PD, agents="openai/gpt-4o(base_url='http://127.0.0.1:9/v1') tit_for_tat")
    )
    assert told.unpriced == ("openai/gpt-4o",)


def test_prices_of_a_run_file_count() -> None:
    prices = {"mock/random": {"input": 3, "output": 7}}
    told = forecast(resolved(PD, agents="mock/random tit_for_tat", prices=prices))
    usd = (told.input_tokens.likely * 3 + told.output_tokens.likely * 7) / 1e6
    assert told.usd is not None
    assert tuple(told.usd) == pytest.approx((usd, usd, usd))


def test_a_cached_prefix_is_cheaper_at_the_low_end_alone() -> None:
    def usd(cached: float) -> Range:
        prices = {"scripted/tiny": {"input": 4, "output": 20, "cached": cached}}
        told = forecast(planned(model(elicit="choice"), BOT, prices=prices)).usd
        assert told is not None
        return told

    assert usd(0).low < usd(4).low
    assert usd(0).likely == usd(4).likely
    assert usd(0).high == usd(4).high


@pytest.mark.parametrize("game", FIVE)
@pytest.mark.parametrize("how", ["", "+reason", "(elicit='text')+predict_first"])
def test_no_low_figure_is_above_a_likely_one_nor_that_above_a_high_one(game: str, how: str) -> None:
    plan = resolved(game, agents=f"openai/gpt-4o{how}", schedule=("self_play",))
    told = forecast(plan, seconds=0.1)
    assert told.usd is not None
    for low, likely, high in (told.calls, told.input_tokens, told.output_tokens, told.usd):
        assert 0 < low <= likely <= high
    assert told.hours.low < told.hours.likely < told.hours.high


def test_agents_of_one_model_share_its_limit_and_other_models_have_their_own() -> None:
    def hours(agents: str) -> float:
        plan = resolved(PD, agents=f"{agents} tit_for_tat", repeats=20, concurrency=2)
        return forecast(plan, seconds=0.1).hours.likely * 3600

    calls = 20 * 4 * 3 + 1  # with the bot and with each other, in both seats
    assert hours("openai/gpt-4o openai/gpt-5") == pytest.approx(calls * 3 / 2)
    assert hours("openai/gpt-4o openai/gpt-4o+reason") == pytest.approx(2 * calls * 3 / 2)


def test_a_match_takes_as_long_as_its_calls_one_after_another() -> None:
    told = forecast(planned(model(), BOT, concurrency=1000))
    assert tuple(told.hours.times(3600)) == pytest.approx((3 * 1, 3 * 3, 3 * 10))


def test_a_scripted_model_takes_the_time_it_is_set_to() -> None:
    plan = resolved(
        PD, agents="mock/random(latency_s=2,tokens_per_s=4) tit_for_tat", concurrency=1000
    )
    told = forecast(plan)
    each = 2 + told.output_tokens.likely / told.calls.likely / 4
    assert tuple(told.hours.times(3600)) == pytest.approx((3 * each,) * 3)


def test_the_limit_is_taken_to_stay_where_it_begins() -> None:
    found_out = forecast(planned(model(), BOT, repeats=40))
    given = forecast(planned(model(), BOT, repeats=40, concurrency=16))
    assert found_out.concurrency == 16
    assert found_out.hours == given.hours
    assert any("finds out" in told for told in found_out.assumptions)
    assert not any("finds out" in told for told in given.assumptions)


def test_tables_that_were_not_rehearsed_are_taken_to_be_like_the_others() -> None:
    plan = resolved(PD, agents="mock/random mock/biased tit_for_tat", repeats=5)
    told = forecast(plan, seconds=0)
    assert (told.rehearsed, told.tables_rehearsed, told.tables) == (1, 1, 6)
    assert told.agents["mock/random"].calls.likely == pytest.approx(5 * 4 * 3 + 1)
    assert told.agents["mock/biased"].calls.likely == pytest.approx(5 * 4 * 3 + 1)
    assert sorted(map(told.calls_of, plan.matches)) == [3] * 20 + [6] * 10


def test_a_model_that_was_not_rehearsed_has_its_own_price() -> None:
    prices = {"scripted/a": {"input": 1, "output": 1}, "scripted/b": {"input": 9, "output": 9}}
    agents = model(model="a", elicit="choice"), model(model="b", elicit="choice")
    told = forecast(planned(*agents, BOT, prices=prices), seconds=0)
    whole = forecast(planned(*agents, BOT, prices=prices))
    assert told.tables_rehearsed == 1
    assert told.usd is not None
    assert whole.usd is not None
    assert told.usd.likely == pytest.approx(whole.usd.likely, rel=0.1)


def test_no_model_is_connected_to_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    agents = "openai/gpt-4o anthropic/claude-3-haiku-20240307 vllm/tiny transformers/no-such"
    told = forecast(resolved(*FIVE, agents=agents, schedule=("society",)), seconds=0)
    assert all(took.calls.likely > 1 for took in told.agents.values())
    assert not list(tmp_path.iterdir())


def test_a_model_that_can_read_nothing_is_forecast_to_be_called_never() -> None:
    told = forecast(resolved(PD, agents="mock/random(context_tokens=1) tit_for_tat"))
    assert set(in_all(told)) == {0}


def shares(tallies: Mapping[str, Tally], agents: Mapping[str, Figures]) -> list[float]:
    """What was forecast, as shares of what it came to."""
    assert tallies.keys() == agents.keys()
    return [
        forecast / came_to
        for agent, tally in tallies.items()
        for forecast, came_to in (
            (agents[agent].calls.likely, tally.calls),
            (agents[agent].input_tokens.likely, tally.input),
            (agents[agent].output_tokens.likely, tally.output),
        )
    ]


@pytest.mark.parametrize("elicit", ["json", "logits"])
def test_a_run_takes_what_was_forecast_where_every_match_was_rehearsed(
    elicit: str, tmp_path: Path
) -> None:
    agents = f"mock/random(elicit='{elicit}') mock/talker"
    plan = resolved(*FIVE, agents=agents, schedule=("society",))
    told = forecast(plan, seconds=60)
    assert told.rehearsed == told.waiting
    assert shares(run(plan, tmp_path / "run").tallies, told.agents) == pytest.approx([1.0] * 6)


@pytest.mark.parametrize("game", FIVE)
def test_a_run_takes_about_what_was_forecast_from_some_of_its_matches(
    game: str, tmp_path: Path
) -> None:
    repeats = 150 if game.startswith("deal") else 8  # no other varies much
    plan = resolved(game, agents="mock/random", schedule=("self_play",), repeats=repeats)
    told = forecast(plan, seconds=60)
    assert told.rehearsed < told.waiting
    for share in shares(run(plan, tmp_path / "run").tallies, told.agents):
        assert share == pytest.approx(1.0, abs=0.15)


def test_a_large_plan_takes_no_longer_than_it_may() -> None:
    plan = resolved(PD, agents="mock/random tit_for_tat", repeats=50_000)
    begun = time.process_time()
    told = forecast(plan, seconds=0.2)
    assert time.process_time() - begun < 0.6
    assert told.calls.likely == pytest.approx(300_001)
