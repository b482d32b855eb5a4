from __future__ import annotations

import math
import subprocess
import sys
from importlib.metadata import version
from random import Random
from typing import Any

import genai_prices
import pytest
from genai_prices.data import providers
from genai_prices.types import ModelPrice

from harness.errors import UsageError
from harness.models import Usage
from harness.models.prices import Prices

MINI = {"input": 0.15, "output": 0.6, "cached": 0.075}  # as openai.com lists gpt-4o-mini


def test_list_prices_are_those_that_the_provider_publishes() -> None:
    usd = Prices().usd("openai", "gpt-4o-mini", Usage(1_000_000, 500_000, 400_000))
    assert usd == pytest.approx(0.6 * 0.15 + 0.4 * 0.075 + 0.5 * 0.6)


def test_cached_and_written_tokens_are_part_of_the_input_and_counted_once() -> None:
    prices = Prices({"a/b": {"input": 10, "cached": 1, "written": 12.5, "output": 50}})
    usd = prices.usd("a", "b", Usage(1_000_000, 0, cached=600_000, written=300_000))
    assert usd == pytest.approx(0.1 * 10 + 0.6 * 1 + 0.3 * 12.5)


def test_thinking_is_part_of_the_output_and_counted_once() -> None:
    prices = Prices({"a/b": {"input": 0, "output": 4}})
    assert prices.usd("a", "b", Usage(9, 1_000_000, thinking=900_000)) == pytest.approx(4)


def test_rates_left_out_of_an_override_are_those_of_plain_input() -> None:
    prices = Prices({"a/b": {"input": 3, "output": 4}})
    assert prices.usd("a", "b", Usage(1_000_000, 0, 500_000, 250_000)) == pytest.approx(3)


def test_what_the_provider_does_not_tell_of_its_cache_is_plain_input() -> None:
    prices = Prices({"a/b": {"input": 3, "cached": 0.3, "output": 4}})
    assert prices.usd("a", "b", Usage(1_000_000, 0)) == pytest.approx(3)


LISTED = [
    (provider.id, model.id)
    for provider in providers
    if provider.id in ("openai", "anthropic")
    for model in provider.models
]


def test_every_listed_model_is_priced_as_the_package_prices_it() -> None:
    rng, prices, n_priced, n_tiered = Random(1), Prices(), 0, 0
    for provider, model in LISTED:
        for size in (1_000, 150_000, 900_000):
            read = rng.randrange(size)
            cached = rng.randrange(read // 2 + 1)
            usage = Usage(read, rng.randrange(9_000), cached, rng.randrange(read // 2 + 1))
            tokens = genai_prices.Usage(
                input_tokens=usage.input,
                output_tokens=usage.output,
                cache_read_tokens=usage.cached,
                cache_write_tokens=usage.written,
            )
            ours = prices.usd(provider, model, usage)
            try:
                theirs = genai_prices.calc_price(tokens, model, provider_id=provider)
            except LookupError:  # the name of a family, not of a model
                assert ours is None
                continue
            if ours is None:  # no text comes out of it, or none goes in
                keys = theirs.model_price.__dict__
                assert not {"input_mtok", "output_mtok"} <= keys.keys(), model
                continue
            assert ours == pytest.approx(float(theirs.total_price), rel=1e-9), model
            n_priced += 1
            n_tiered += not isinstance(theirs.model_price.input_mtok, type(theirs.total_price))
    assert n_priced > 200
    assert n_tiered > 20


def test_prices_that_depend_on_the_date_are_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    (dated, *_) = (
        model
        for provider in providers
        if provider.id == "openai"
        for model in provider.models
        if not isinstance(model.prices, ModelPrice)
    )
    prices, usage = Prices(), Usage(1_000_000, 0)
    before = prices.usd("openai", dated.id, usage)
    assert before is not None
    assert not isinstance(dated.prices, ModelPrice)
    double = ModelPrice(
        **{key: 2 * value for key, value in dated.get_prices(_now()).__dict__.items()}
    )
    monkeypatch.setattr(type(dated), "get_prices", lambda *_: double)
    assert prices.usd("openai", dated.id, usage) == pytest.approx(2 * before)


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-of-the-future-99"),
        ("anthropic", "claude-of-the-future-99"),
        ("openai", "text-embedding-3-small"),
        ("nobody", "gpt-4o-mini"),
        ("mock", "gpt-4o-mini"),
        ("transformers", "gpt-4o-mini"),
        ("vllm", "gpt-4o-mini"),
        ("compatible", "gpt-4o-mini"),
        ("scripted", "tiny"),
        ("", ""),
    ],
)
def test_an_unknown_price_is_unknown_and_never_nothing(provider: str, model: str) -> None:
    prices = Prices()
    assert prices.usd(provider, model, Usage(10, 10)) is None
    assert prices.usd(provider, model, Usage(0, 0)) is None


@pytest.mark.parametrize("provider", ["mock", "vllm", "openai", "anthropic", "nobody"])
def test_an_override_wins_for_every_provider(provider: str) -> None:
    prices = Prices({f"{provider}/gpt-4o-mini": {"input": 7, "output": 0}})
    assert prices.usd(provider, "gpt-4o-mini", Usage(1_000_000, 1)) == pytest.approx(7)
    assert prices.usd("other", "gpt-4o-mini", Usage(1_000_000, 1)) is None


def test_a_model_may_have_slashes_in_its_name() -> None:
    prices = Prices({"compatible/meta/llama-3": {"input": 1, "output": 1}})
    assert prices.usd("compatible", "meta/llama-3", Usage(1_000_000, 0)) == pytest.approx(1)


def test_nothing_is_nothing_where_it_was_said_to_be() -> None:
    assert Prices({"vllm/tiny": {"input": 0, "output": 0}}).usd("vllm", "tiny", Usage(9, 9)) == 0


@pytest.mark.parametrize(
    "usage",
    [
        *(Usage(), Usage(input=5), Usage(output=5), Usage(None, 5, 3)),
        *(Usage(5, 5, cached=6), Usage(5, 5, cached=3, written=3), Usage(-1, 5), Usage(5, -5)),
        *(Usage(5, 5, cached=-1), Usage(5, 5, written=-1)),
    ],
)
@pytest.mark.parametrize("model", ["gpt-4o-mini", "claude-sonnet-4-5", "mine"])
def test_tokens_not_told_or_contradicting_make_the_cost_unknown(usage: Usage, model: str) -> None:
    provider = "anthropic" if model.startswith("claude") else "openai"
    prices = Prices({"openai/mine": {"input": 1, "output": 1}})
    assert prices.usd(provider, model, Usage(5, 5)) is not None
    assert prices.usd(provider, model, usage) is None


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "prices is .*table"),
        ({"gpt-5": MINI}, "'gpt-5' is no provider/model"),
        ({"/gpt-5": MINI}, "'/gpt-5' is no provider/model"),
        ({7: MINI}, "7 is no provider/model"),
        ({"a/b": 3}, "a/b is 3"),
        ({"a/b": {}}, "a/b lacks input"),
        ({"a/b": {"input": 1}}, "a/b lacks output"),
        ({"a/b": MINI | {"outptu": 1}}, "a/b has 'outptu'.*did you mean output"),
        ({"a/b": MINI | {"input": -1}}, "a/b: input is -1"),
        ({"a/b": MINI | {"input": "1.25"}}, "a/b: input is '1.25'"),
        ({"a/b": MINI | {"output": True}}, "a/b: output is True"),
        ({"a/b": MINI | {"cached": math.nan}}, "a/b: cached is nan"),
        ({"a/b": MINI | {"cached": math.inf}}, "a/b: cached is inf"),
        ({"a/b": MINI | {"written": None}}, "a/b: written is None"),
    ],
)
def test_an_override_that_cannot_be_is_refused_with_its_key_and_value(
    overrides: Any, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Prices(overrides)


def test_the_prices_say_which_they_are() -> None:
    assert Prices.as_of() == f"genai-prices {version('genai-prices')}"


OFFLINE = """
import socket, sys
from harness.models.prices import Prices
from harness.models import Usage

def refuse(*_):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
prices = Prices({"vllm/tiny": {"input": 1, "output": 1}})
prices.usd("vllm", "tiny", Usage(1, 1)), prices.usd("mock", "m", Usage(1, 1)), prices.as_of()
assert "genai_prices" not in sys.modules, "imported without need"
assert prices.usd("openai", "gpt-4o-mini", Usage(1, 1)) > 0
import threading
assert threading.active_count() == 1
"""


def test_prices_are_read_from_disk_only_where_they_are_needed() -> None:
    subprocess.run([sys.executable, "-c", OFFLINE], check=True, timeout=60)


def test_another_servers_price_is_known_only_if_it_was_given() -> None:
    usage = Usage(input=1000, output=1000)
    prices = Prices({"openai/gpt-5": {"input": 1, "output": 1}})
    assert prices.usd("openai", "gpt-5", usage, listed=False) == pytest.approx(0.002)
    assert prices.usd("openai", "gpt-4o", usage) is not None
    assert prices.usd("openai", "gpt-4o", usage, listed=False) is None
