"""What a run is to be: from the command line, from a run file, or both; flags win."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from harness import registry
from harness.agent import Player, Reader
from harness.check import is_number, is_whole
from harness.errors import (
    ConfigError,
    PluginError,
    RecordError,
    UsageError,
    did_you_mean,
    plugin_call,
    shorten,
)
from harness.limits import NO_LIMIT, check_caps, check_models
from harness.match import AnswerPolicy, Entry, Match
from harness.models.model import Model
from harness.opponents import offered_by
from harness.schedule import EXPLOIT, INVADE, is_invasion, plan
from harness.spec import split

__all__ = [
    "CAPS",
    "KNOBS",
    "RunConfig",
    "RunPlan",
    "config_from",
    "override",
    "read_run_file",
    "resolve",
]


@dataclass(frozen=True)
class RunConfig:
    """The settings of a run, as text and numbers. A run file's keys are these names.

    Attributes:
        games: specifications of games.
        agents: specifications of agents.
        schedule: names of schedules, whose tables are played one after another.
        repeats: how many times each table is played.
        seed: the seed that all chance derives from.
        swap: whether each table is also played with the seats rotated.
        on_invalid: what follows an answer that is not a move: void, forfeit or substitute.
        reask: how many times a player that reads is asked again first.
        workers: processes to spread scripted matches over.
        out: the run's folder; a new one under `results` if empty.
        concurrency: most calls at once for each provider and model; 0 finds it out.
        timeout: seconds for one attempt at a call.
        match_timeout: seconds after which a match with models ends as an error.
        attempts: most attempts at one call.
        max_wait: no further attempt at a call begins later than this many seconds after the first.
        cache: file of replies of earlier runs, used where everything sent is the same; none if
            empty.
        max_cost: most USD that all calls may cost together; None for no limit.
        max_tokens: most tokens that all calls may take together; None for no limit.
        max_hours: most hours that the run may take from when it is begun or resumed; None for no
            limit.
        max_errors: largest share of matches that may be void, forfeited or end as errors: above
            it, the run stops; None for no limit.
        branch: the match that is continued by other players, as in
            `{"from": "results/…", "match": "5f0c…", "round": 3}`; empty for a tournament.
        histories: most histories of a game that are walked, to read the models' strategies in all
            of them (`folk exact`); 0 for a tournament.
        model: parameters of models, where a model's own specification gives none.
        prices: USD per million tokens by provider and model, as in
            `{"openai/gpt-5": {"input": 1.25, "output": 10}}`, in place of known ones.
    """

    games: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ("round_robin",)
    repeats: int = 1
    seed: int = 0
    swap: bool = True
    on_invalid: str = "void"
    reask: int = 2
    workers: int = 1
    out: str = ""
    concurrency: int = 0
    timeout: float = 120.0
    match_timeout: float = 3600.0
    attempts: int = 6
    max_wait: float = 600.0
    cache: str = ""
    max_cost: float | None = None
    max_tokens: int | None = None
    max_hours: float | None = None
    max_errors: float | None = None
    branch: dict[str, Any] = field(default_factory=dict)
    histories: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunPlan:
    """A run that can begin: everything named exists, and every agent can play every game.

    Attributes:
        config: the settings.
        games: the games.
        agents: who takes part.
        matches: all matches, in the order of the schedule.
        readers: the keys of the agents that take their time.
    """

    config: RunConfig
    games: list[Entry]
    agents: list[Entry]
    matches: list[Match]
    readers: frozenset[str] = frozenset()

    @cached_property
    def waiting(self) -> list[Match]:
        """The matches in which somebody takes time."""
        return [m for m in self.matches if any(seat.key in self.readers for seat in m.seats)]

    @cached_property
    def scripted(self) -> list[Match]:
        """The other matches."""
        return [m for m in self.matches if not any(s.key in self.readers for s in m.seats)]


OPTIONAL = {"float | None": float, "int | None": int}

KEYS: dict[str, type] = {
    f.name: OPTIONAL.get(str(f.type)) or type(getattr(RunConfig(), f.name))
    for f in fields(RunConfig)
}

KNOBS = frozenset(
    {
        *("workers", "concurrency", "timeout", "match_timeout", "attempts", "max_wait", "cache"),
        *("max_cost", "max_tokens", "max_hours", "max_errors", "prices", "out"),
    }
)
"""Settings that no result depends on: they may change when a run is gone on with."""

CAPS = tuple(f.name for f in fields(RunConfig) if str(f.type) in OPTIONAL)
"""Limits that a run may have or not."""

BRANCH_KEYS = {"from": str, "match": str, "round": int}


def read_run_file(path: Path) -> RunConfig:
    """The settings that a run file holds.

    Raises:
        ConfigError: it cannot be read, is no TOML, or holds an unknown key or a value of the
            wrong type; the message gives file and line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 text: {error}", path) from error
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"not valid TOML: {error}", path) from error
    settings: dict[str, Any] = {}
    for key, value in content.items():
        line = _line_of(key, text)
        if key not in KEYS:
            raise ConfigError(f"unknown key {key!r}{did_you_mean(key, KEYS)}", path, line)
        try:
            settings[key] = _typed(key, value)
        except UsageError as error:
            raise ConfigError(str(error), path, line) from error
    return RunConfig(**settings)


def config_from(settings: Mapping[str, Any], where: str) -> RunConfig:
    """The settings that a manifest holds.

    Raises:
        RecordError: a setting is unknown or of the wrong type; the message begins with `where`.
    """
    given: dict[str, Any] = {}
    for key, value in settings.items():
        if key not in KEYS:
            raise RecordError(f"{where}: this version of Folkbench knows no setting {key!r}")
        try:
            given[key] = None if value is None and key in CAPS else _typed(key, value)
        except UsageError as error:
            raise RecordError(f"{where}: {error}") from error
    return RunConfig(**given)


def _typed(key: str, value: Any) -> Any:
    """A value of a run file as its setting wants it."""
    if value == NO_LIMIT and key in CAPS:
        return None
    wanted = KEYS[key]
    if wanted is tuple:
        value = split(value) if isinstance(value, str) else value
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise UsageError(f"{key} is {shorten(value)}; it must be a text or a list of texts")
    if wanted is float and is_number(value):
        return float(value)
    if type(value) is not wanted:
        names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        raise UsageError(f"{key} is {shorten(value)}; it must be {names.get(wanted, 'a table')}")
    return value


def _line_of(key: str, text: str) -> int | None:
    """The line on which a key of a TOML file stands."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[]=.]""", line):
            return number
    return None


def resolve(config: RunConfig) -> RunPlan:
    """Build and check everything that a run needs, before anything is played or written.

    Raises:
        UsageError: something cannot be; the message says what.
        PluginError: an installed game or agent is broken.
    """
    config = anchored(config)
    games = [registry.build("game", spec) for spec in config.games]
    agents = [registry.build("agent", spec, config.model) for spec in config.agents]
    registry.refuse_namesakes("game", games)
    registry.refuse_namesakes("agent", agents)
    check_models(config, agents)
    if not isinstance(config.workers, int) or config.workers < 1:
        raise UsageError(f"workers is {shorten(config.workers)}; it must be 1 or more")
    check_caps(config, agents)
    policy = AnswerPolicy(config.reask, config.on_invalid)  # type: ignore[arg-type]
    if config.branch:
        games, matches = _branches(config, agents, policy)
        return RunPlan(config, games, agents, matches, _seat_everybody(matches))
    if config.histories:
        from harness.exact.asked import asked_of
        from harness.exact.walk import walk

        models = [agent for agent in agents if isinstance(agent.what, Model)]
        walked = [walk(game, config.histories) for game in games if models]
        asked: list[Match] = [a for w in walked for model in models for a in asked_of(w, model)]
        return RunPlan(config, games, agents, asked, _seat_everybody(asked))
    others: dict[str, Entry] = {}
    exploiters = offered_by(games, EXPLOIT, others) if EXPLOIT in config.schedule else {}
    invaders = offered_by(games, INVADE, others) if is_invasion(config.schedule) else {}
    matches = plan(
        games,
        agents,
        config.schedule,
        repeats=config.repeats,
        seed=config.seed,
        swap=config.swap,
        policy=policy,
        exploiters=exploiters,
        invaders=invaders,
    )
    known = {agent.key: agent for agent in agents}
    for several in (*exploiters.values(), *invaders.values()):
        known |= {one.key: known.get(one.key, one) for one in several}
    return RunPlan(config, games, [*known.values()], matches, _seat_everybody(matches))


def anchored(config: RunConfig) -> RunConfig:
    """The settings with whole paths where they name files that a resumed run needs again.

    So it finds them from whatever folder it is resumed, and wherever its own has moved.
    """
    branch = config.branch
    if isinstance(branch.get("from"), str):
        branch = {**branch, "from": _whole(branch["from"])}
    return replace(config, cache=_whole(config.cache) if config.cache else "", branch=branch)


def _whole(path: str) -> str:
    return str(Path(path).absolute())


def _branches(
    config: RunConfig, agents: list[Entry], policy: AnswerPolicy
) -> tuple[list[Entry], list[Match]]:
    """The matches that continue another, and their game."""
    from harness.runner.branching import branches

    if config.games:
        raise UsageError(
            f"a branch has the game of the match that it continues; leave out {config.games[0]}"
        )
    if set(config.branch) != set(BRANCH_KEYS):
        raise UsageError(
            f"branch has {shorten(sorted(config.branch))}; it needs from (a run's folder), match"
            " and round"
        )
    for key, wanted in BRANCH_KEYS.items():
        if type(config.branch[key]) is not wanted:
            named = "a whole number" if wanted is int else "a text"
            value = shorten(config.branch[key])
            raise UsageError(f"branch: {key} is {value}; it must be {named}")
    if not is_whole(config.repeats, 1):
        raise UsageError(f"repeats is {shorten(config.repeats)}; it must be 1 or more")
    matches = branches(
        Path(config.branch["from"]),
        config.branch["match"],
        config.branch["round"],
        agents,
        repeats=config.repeats,
        policy=policy,
    )
    return [matches[0].game], matches


def _seat_everybody(matches: list[Match]) -> frozenset[str]:
    """Seat every agent once wherever it will sit, so that who cannot play says so now.

    Returns:
        The keys of the agents that take their time.
    """
    tried = set()
    readers = set()
    for match in matches:
        for player, agent in enumerate(match.seats):
            place = (match.game.key, player, agent.key)
            if place not in tried:
                tried.add(place)
                with plugin_call(match.game.spec, "facts()"):
                    seat = match.seat(player)
                with plugin_call(agent.spec, "player()"):
                    seated = agent.what.player(seat)
                if not isinstance(seated, Player | Reader):
                    raise PluginError(
                        f"{agent.spec}: player() gave {shorten(seated)}, which has neither act()"
                        " nor answer()"
                    )
                if not isinstance(seated, Player):
                    readers.add(agent.key)
    return frozenset(readers)


def override(config: RunConfig, given: dict[str, Any]) -> RunConfig:
    """The settings with those replaced that were given explicitly, be it as no limit."""
    told = {key: value for key, value in given.items() if value is not None}
    return replace(config, **told | {key: None for key in CAPS if told.get(key) == NO_LIMIT})
