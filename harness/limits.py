"""Limits of a run and of its calls, and which of them cannot be."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from harness.check import is_number, is_whole
from harness.errors import UsageError, did_you_mean, shorten
from harness.match import Entry
from harness.models.model import Model
from harness.models.prices import Prices

if TYPE_CHECKING:
    from harness.config import RunConfig

__all__ = ["NO_LIMIT", "check_caps", "check_models"]

NO_LIMIT = "none"
"""What stands for no limit, where a limit might be meant."""


def check_caps(config: RunConfig, agents: list[Entry]) -> None:
    """Refuse limits that no run could keep to.

    Raises:
        UsageError: there is one.
    """
    for name in ("max_cost", "max_hours", "max_tokens"):
        value = getattr(config, name)
        if value is not None and not (is_number(value) and value > 0):
            must = f"it must be above 0, or {NO_LIMIT} for no limit"
            raise UsageError(f"{name} is {shorten(value)}; {must}")
    share = config.max_errors
    if share is not None and not (is_number(share) and 0 <= share <= 1):
        raise UsageError(
            f"max_errors is {shorten(share)}; it must be a share, from 0 to 1, or {NO_LIMIT}"
        )
    if config.max_cost is not None:
        prices = Prices(config.prices)
        for agent in agents:
            if isinstance(agent.what, Model) and not prices.known(agent.what):
                name = f"{agent.what.name}/{agent.what.model}"
                raise UsageError(
                    f"max_cost is set, and no price is known for {name}: give one in the run file,"
                    f' as in prices."{name}" = {{input = 1.25, output = 10}}'
                )


def check_models(config: RunConfig, agents: list[Entry]) -> None:
    """Refuse settings that no call could be made with.

    Raises:
        UsageError: there is one.
    """
    for name, least in (("concurrency", 0), ("attempts", 1)):
        if not is_whole(getattr(config, name), least):
            value = shorten(getattr(config, name))
            raise UsageError(f"{name} is {value}; it must be {least} or more")
    for name in ("timeout", "match_timeout", "max_wait"):
        if not is_number(getattr(config, name)) or getattr(config, name) <= 0:
            value = shorten(getattr(config, name))
            raise UsageError(f"{name} is {value}; it must be a number of seconds above 0")
    Prices(config.prices)
    known = {f.name for a in agents if isinstance(a.what, Model) for f in fields(a.what)}
    for key in config.model:
        if key == "model" or (known and key not in known):
            raise UsageError(f"no model here has a parameter {key!r}{did_you_mean(key, known)}")
