"""What calls cost: list prices from the package `genai-prices`, or those that a run file gives."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from harness.check import is_number
from harness.errors import UsageError, did_you_mean, shorten
from harness.models.request import Usage

if TYPE_CHECKING:
    from genai_prices.types import TieredPrices

    from harness.models.model import Model

__all__ = ["Prices"]

PACKAGE = "genai-prices"

UNLISTED = ("compatible", "mock", "transformers", "vllm")
"""Providers that stand for any server or machine, whose prices no list knows."""

MILLION = 1_000_000

Cost: TypeAlias = Callable[[Usage], float | None]
"""USD of the tokens of a call whose `input` and `output` are known."""


class Rates(NamedTuple):
    """USD per million tokens, by what became of them; see `Usage`."""

    input: float
    output: float
    cached: float
    written: float

    def cost(self, usage: Usage) -> float | None:
        """USD of these tokens; None where their counts contradict each other."""
        read, output, cached, written, _ = usage
        cached, written = cached or 0, written or 0
        assert read is not None
        assert output is not None
        plain = read - cached - written
        if min(plain, output, cached, written) < 0:
            return None
        usd = plain * self.input + cached * self.cached + written * self.written
        return (usd + output * self.output) / MILLION


class Prices:
    """USD of calls, by provider and model; what is not known stays unknown, and is never 0.

    Nothing is fetched: list prices are those of the installed version of the package.

    Args:
        overrides: USD per million tokens in place of list prices, as in
            `{"openai/gpt-5": {"input": 1.25, "cached": 0.125, "output": 10}}`. `cached` and
            `written` are as `input` where they are left out.

    Raises:
        UsageError: an override cannot be; the message gives its key and value.

    >>> prices = Prices({"vllm/tiny": {"input": 1, "output": 2}})
    >>> prices.usd("vllm", "tiny", Usage(input=500_000, output=100_000))
    0.7
    >>> prices.usd("vllm", "other", Usage(input=500_000, output=100_000))
    """

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        self._costs: dict[str, Cost | None] = {}
        if overrides is not None and not isinstance(overrides, Mapping):
            raise UsageError(
                f"prices is {shorten(overrides)}; it must be a table by provider/model"
            )
        for name, given in (overrides or {}).items():
            self._costs[name] = _rates(name, given).cost
        self._given = frozenset(self._costs)

    def usd(self, provider: str, model: str, usage: Usage, *, listed: bool = True) -> float | None:
        """What a call cost; None where its price or its tokens are not known.

        List prices are those of the provider itself: another server's price under the same name
        is only known if it was given (`listed=False`).

        Tokens whose `cached` or `written` is not told are taken for plain ones.
        """
        name = f"{provider}/{model}"
        if not listed and name not in self._given:
            return None
        if name not in self._costs:
            self._costs[name] = None if provider in UNLISTED else _listed(provider, model)
        cost = self._costs[name]
        if cost is None or usage.input is None or usage.output is None:
            return None
        return cost(usage)

    def of(self, model: Model, usage: Usage) -> float | None:
        """What a call of this model cost, as `usd` tells it."""
        elsewhere = bool(getattr(model, "base_url", ""))
        return self.usd(model.name, model.model, usage, listed=not elsewhere)

    def known(self, model: Model) -> bool:
        """Whether the price of this model is known."""
        return self.of(model, Usage(input=0, output=0)) is not None

    @staticmethod
    def as_of() -> str:
        """Which list prices these are, as a manifest tells it."""
        return f"{PACKAGE} {importlib.metadata.version(PACKAGE)}"


def _rates(name: object, given: object) -> Rates:
    """The rates that a run file gives for a model."""
    if not isinstance(name, str) or "/" not in name.strip("/"):
        raise UsageError(f"prices: {shorten(name)} is no provider/model, as in openai/gpt-5")
    if not isinstance(given, Mapping):
        raise UsageError(f"prices: {name} is {shorten(given)}; it must be like {{input = 1.25}}")
    for key, value in given.items():
        if key not in Rates._fields:
            hint = did_you_mean(str(key), Rates._fields)
            raise UsageError(f"prices: {name} has {shorten(key)}, which is no kind of token{hint}")
        if not is_number(value) or value < 0:
            raise UsageError(
                f"prices: {name}: {key} is {shorten(value)}; it must be USD per million tokens,"
                " 0 or more"
            )
    for key in ("input", "output"):
        if key not in given:
            raise UsageError(f"prices: {name} lacks {key}, in USD per million tokens")
    plain = float(given["input"])
    return Rates(
        plain,
        float(given["output"]),
        float(given.get("cached", plain)),
        float(given.get("written", plain)),
    )


def _listed(provider: str, model: str) -> Cost | None:
    """How the calls of a model are priced by the package's list; None if it is not on it."""
    import genai_prices

    nothing = genai_prices.Usage()
    try:
        found = genai_prices.calc_price(nothing, model, provider_id=provider)
    except LookupError:
        return None
    if found.provider.id != provider:  # the package takes some names for others
        return None

    def cost(usage: Usage) -> float | None:
        listed = found.model.get_prices(datetime.now(UTC))
        kinds = (
            listed.input_mtok,
            listed.output_mtok,
            listed.cache_read_mtok,
            listed.cache_write_mtok,
        )
        plain, output, cached, written = (_rate(kind, usage.input or 0) for kind in kinds)
        if plain is None or output is None:
            return None
        rates = Rates(
            plain,
            output,
            plain if cached is None else cached,
            plain if written is None else written,
        )
        return rates.cost(usage)

    return cost


def _rate(price: Decimal | TieredPrices | None, read: int) -> float | None:
    """USD per million tokens, of a price that may depend on all the tokens read."""
    if price is None or isinstance(price, Decimal):
        return None if price is None else float(price)
    passed = [tier.price for tier in price.tiers if read > tier.start]  # in ascending order
    return float(passed[-1] if passed else price.base)
