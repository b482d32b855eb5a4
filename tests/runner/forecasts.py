"""What the tests of forecasts share: plans of small games with models that nobody asks."""

from __future__ import annotations

from typing import Any

from harness import Agent, Game
from harness.config import RunConfig, RunPlan, resolve
from harness.match import AnswerPolicy, Entry
from harness.models import Model
from harness.schedule import plan
from tests.models.scripted import Scripted
from tests.sketches import Fixed, Pennies

FIVE = (
    "prisoners_dilemma(rounds=3)",
    "rock_paper_scissors(rounds=3)",
    "beauty(players=3, rounds=2)",
    "donor(agents=4, generations=2, rounds=2)",
    "deal_or_no_deal(max_messages=8)",
)


def resolved(*games: str, agents: str, **settings: Any) -> RunPlan:
    """The plan of a run as the command makes it."""
    return resolve(RunConfig(games=games, agents=tuple(agents.split()), **settings))


def planned(*agents: Agent, game: Game | None = None, **settings: Any) -> RunPlan:
    """A round robin of agents that no package offers; by default a model meets a bot."""
    played = game or Pennies()
    entries = [Entry(f"{agent.name}-{i}", agent) for i, agent in enumerate(agents)]
    reask = settings.pop("reask", 2)
    config = RunConfig(reask=reask, **settings)
    games = [Entry(played.name, played)]
    matches = plan(games, entries, repeats=config.repeats, policy=AnswerPolicy(reask))
    readers = frozenset(e.key for e in entries if isinstance(e.what, Model))
    return RunPlan(config, games, entries, matches, readers)


def model(**settings: Any) -> Scripted:
    """A model that would reply, if it were asked."""
    return Scripted(script=_asked, **settings)


def _asked(body: Any) -> str:
    raise AssertionError("a forecast asked a model")


BOT = Fixed(("H", "T"))
