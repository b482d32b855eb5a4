from __future__ import annotations

import json
from typing import Any

import pytest

from harness.cli.forecast import forecast_data, forecast_lines
from harness.runner.extrapolation import Extrapolation
from harness.runner.figures import NONE, Figures, Range
from harness.runner.forecast import Forecast, forecast
from tests.runner.forecasts import FIVE, resolved

TOOK = Figures(
    Range(1200, 1200, 1320),
    Range(190_000, 240_000, 3_100_000),
    Range(9_000, 12_400.4, 2_500_000),
    Range(1.30, 2, 4.10),
)


def told(**settings: Any) -> Forecast:
    usual: dict[str, Any] = {
        "calls": TOOK.calls,
        "input_tokens": TOOK.input_tokens,
        "output_tokens": TOOK.output_tokens,
        "usd": TOOK.usd,
        "matches": 500,
        "waiting": 400,
        "tables": 8,
        "rehearsed": 24,
        "tables_rehearsed": 8,
        "unpriced": (),
        "hours": Range(2 / 60, 4 / 60, 9 / 60),
        "seconds": {},
        "concurrency": 16,
        "agents": {"openai/gpt-5": TOOK},
        "assumptions": ("A token is 4 characters.",),
        "extrapolation": Extrapolation({}, {}, {}),
    }
    return Forecast(**(usual | settings))


def test_figures_are_told_with_their_units_and_as_exactly_as_they_are_known() -> None:
    assert forecast_lines(told()).splitlines() == [
        "calls       1,200 to 1,320, likely 1,200",
        "tokens in   190 k to 3.10 M, likely 240 k",
        "tokens out  9,000 to 2.50 M, likely 12.4 k",
        "cost        $1.30 to $4.10, likely $2.00",
        "time        2 min to 9 min, likely 4 min, with 16 calls to each model at once",
        "rehearsed   24 of 400 matches, without asking any model",
        "",
        "What this rests on:",
        "- A token is 4 characters.",
    ]


def test_a_figure_that_is_known_is_told_alone() -> None:
    lines = forecast_lines(told(calls=Range.exactly(13.0000001))).splitlines()
    assert lines[0] == "calls       13"


def test_an_unknown_price_is_named() -> None:
    text = forecast_lines(told(usd=None, unpriced=("vllm/tiny", "mock/random")))
    assert "cost        unknown: no price is known of vllm/tiny, mock/random; a run file" in text
    assert "$" not in text


def test_no_time_at_all_is_under_a_second() -> None:
    assert "time        under a second, with" in forecast_lines(told(hours=NONE))


def test_tables_that_there_was_no_time_for_are_told() -> None:
    text = forecast_lines(told(tables=1200, tables_rehearsed=24))
    assert "there was time for 24 of 1,200 tables" in " ".join(text.split())


def test_models_are_told_apart_where_there_are_several() -> None:
    free = Figures(TOOK.calls, TOOK.input_tokens, TOOK.output_tokens, None)
    text = forecast_lines(told(agents={"openai/gpt-5": TOOK, "vllm/tiny": free}))
    assert "openai/gpt-5  1,200      240 k      12.4 k  $2.00\n" in text
    assert "vllm/tiny     1,200      240 k      12.4 k  unknown\n" in text
    assert "openai/gpt-5" not in forecast_lines(told())


def test_a_run_of_bots_has_nothing_to_pay() -> None:
    text = forecast_lines(forecast(resolved(FIVE[0], agents="random first")))
    assert text == "no model plays: there are no calls, and nothing to pay"


def test_no_line_is_wider_than_a_terminal() -> None:
    kind = "You_are_kind._" * 9
    agents = f"openai/gpt-4o(system='{kind}') mock/random(system='{kind}') vllm/{'tiny' * 30}"
    plan = resolved(*FIVE, agents=agents, cache="replies/" * 30, schedule=("society",))
    lines = forecast_lines(forecast(plan, seconds=0)).splitlines()
    assert len(lines) > 20
    assert max(map(len, lines)) <= 80


def test_control_characters_do_not_reach_the_terminal() -> None:
    agents = {"openai/\x1b[31m": TOOK, "b": TOOK}
    text = forecast_lines(told(agents=agents, usd=None, unpriced=("openai/\x1b[31m",)))
    assert "\x1b" not in text


def test_data_holds_estimates_as_all_json_does() -> None:
    data = forecast_data(told())
    assert data["calls"] == {"value": 1200, "low": 1200, "high": 1320, "n": 24}
    assert data["output_tokens"] == {"value": 12_400, "low": 9_000, "high": 2_500_000, "n": 24}
    assert data["usd"] == {"value": 2, "low": 1.30, "high": 4.10, "n": 24}
    assert data["hours"]["value"] == pytest.approx(4 / 60)
    assert [agent["agent"] for agent in data["agents"]] == ["openai/gpt-5"]
    assert data["agents"][0]["usd"] == data["usd"]
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_data_holds_nulls_where_a_price_is_not_known() -> None:
    data = forecast_data(told(usd=None, unpriced=("vllm/tiny",)))
    assert data["usd"] == {"value": None, "low": None, "high": None, "n": 24}
    assert data["unpriced"] == ["vllm/tiny"]
