"""A run's manifest: everything needed to repeat it, and to tell whether it can be gone on with."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import harness
from harness.config import CAPS, KNOBS, RunConfig, RunPlan, anchored, config_from
from harness.errors import RecordError, plugin_call, shorten
from harness.game import Game
from harness.match import Entry
from harness.schedule import EXPLOIT, is_invasion

__all__ = [
    "amended",
    "changed_code",
    "differences",
    "differing",
    "last_config",
    "lifted_caps",
    "made_with",
    "manifest",
]

PACKAGES = ("openai", "anthropic", "aiohttp", "torch", "transformers", "vllm")
"""What replies may depend on, if it is installed."""

NOT_PLAY = ("cli", "metrics")
"""Parts of the harness that no match depends on."""

ABSENT = object()


def manifest(plan: RunPlan) -> dict[str, Any]:
    """What is written of a run before it begins."""
    return {**made_with(plan), **_planned(plan)}


def made_with(plan: RunPlan) -> dict[str, Any]:
    """When, on what and with which code; where models play, with which packages and prices."""
    told: dict[str, Any] = {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "folkbench": importlib.metadata.version("folkbench"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "code": _code(plan),
    }
    if plan.waiting:
        from harness.models.prices import Prices

        told |= {"packages": _versions(), "prices": Prices.as_of()}
    return told


def last_config(manifest: Mapping[str, Any], where: str) -> RunConfig:
    """The settings that a run was last played with.

    Raises:
        RecordError: this version knows no such setting; the message begins with `where`.
    """
    changed: dict[str, Any] = {}
    for session in manifest.get("resumed", ()):
        changed |= session["changed"]
    return config_from({**_config(manifest, where), **changed}, where)


def lifted_caps(manifest: Mapping[str, Any], plan: RunPlan, where: str) -> list[str]:
    """The caps that a run was last played with and that a plan for going on with it has not."""
    before, now = asdict(last_config(manifest, where)), asdict(plan.config)
    return [
        f"{cap} {before[cap]:g}" for cap in CAPS if before[cap] is not None and now[cap] is None
    ]


def _config(manifest: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The settings that a run was begun with.

    Raises:
        RecordError: the manifest does not tell them.
    """
    if not isinstance(manifest.get("config"), dict):
        raise RecordError(f"{where} has no config, without which nothing can be played")
    config: dict[str, Any] = manifest["config"]
    return config


def amended(
    manifest: dict[str, Any], plan: RunPlan, n_done: int, where: str, lost: str = ""
) -> dict[str, Any]:
    """A manifest that tells of a further session as well.

    The session's entry tells what `made_with` does, the `changed` settings, and how many `matches`
    were done before it; and what of the log was `lost` by then, if anything was.
    """
    before, now = asdict(last_config(manifest, where)), asdict(plan.config)
    changed = {key: now[key] for key in sorted(KNOBS) if now[key] != before[key]}
    session = {**made_with(plan), "changed": changed, "matches": n_done}
    if lost:
        session["lost"] = lost
    return {**manifest, "resumed": [*manifest.get("resumed", ()), session]}


def differences(
    manifest: Mapping[str, Any], plan: RunPlan, where: str, clean: Callable[[bytes], bytes]
) -> list[str]:
    """What makes a plan another run than the one that a manifest tells of, field by field.

    Settings that no result depends on (`harness.config.KNOBS`) may differ.

    Args:
        manifest: what was planned when the run began.
        plan: what would be played now.
        where: what to call the manifest in messages.
        clean: takes out of what is compared what is not written in a manifest.
    """
    first = asdict(anchored(config_from(_config(manifest, where), where)))
    now = json.loads(clean(json.dumps(_planned(plan)).encode()))
    there = {**{key: manifest[key] for key in now}, "config": _settings(first)}
    here = {**now, "config": _settings(now["config"])}
    return list(differing("", json.loads(json.dumps(there)), here))


def changed_code(manifest: Mapping[str, Any], plan: RunPlan) -> list[str]:
    """What of the code differs from that with which a run was last played."""
    last = [manifest, *manifest.get("resumed", ())][-1]
    now = {"folkbench": importlib.metadata.version("folkbench"), "code": _code(plan)}
    return list(differing("", {key: last.get(key) for key in now}, now))


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that results depend on."""
    return {key: value for key, value in config.items() if key not in KNOBS}


def differing(path: str, there: Any, here: Any) -> Iterator[str]:
    """Where data in a manifest and other JSON data differ, by path and with both values."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in dict.fromkeys((*there, *here)):
            inner = f"{path}.{key}" if path else str(key)
            yield from differing(inner, there.get(key, ABSENT), here.get(key, ABSENT))
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for i, (one, other) in enumerate(zip(there, here, strict=True)):
            yield from differing(f"{path}[{i}]", one, other)
    elif there != here or type(there) is not type(here):
        yield f"{path}: {_shown(there)} in the manifest, {_shown(here)} now"


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    return f"a list of {len(value)}" if isinstance(value, list) else shorten(value)


def _planned(plan: RunPlan) -> dict[str, Any]:
    """What a run is to hold."""
    return {
        "config": asdict(plan.config),
        "games": [_described(game, plan) for game in plan.games],
        "agents": [{"spec": agent.spec, **agent.identity} for agent in plan.agents],
        "matches": [match.id for match in plan.matches],
    }


def _described(game: Entry, plan: RunPlan) -> dict[str, Any]:
    """What the manifest says of a game."""
    players = range(game.what.n_players)
    with plugin_call(game.spec, "cooperative()"):
        cooperative = [game.what.cooperative(player) for player in players]
    return {
        "spec": game.spec,
        **game.identity,
        "n_players": len(players),
        "cooperative": cooperative,
        "measures": dict(game.what.measures),
        **_ladder(game, plan),
    }


def _ladder(game: Entry, plan: RunPlan) -> dict[str, Any]:
    """Who of its ladder a game's agents are set against, if anybody: all, or the invaders."""
    if plan.config.branch or plan.config.histories:
        return {}
    ladder, told = game.what.ladder, {}
    if EXPLOIT in plan.config.schedule:
        every = asdict(replace(ladder, extortioners=dict(ladder.extortioners)))
        told["ladder"] = json.loads(json.dumps(every))
    if is_invasion(plan.config.schedule):
        few = {"name": ladder.name, "version": ladder.version, "agents": list(ladder.invaders)}
        told["invaders"] = few
    return told


def _versions() -> dict[str, str]:
    """The versions of the packages that replies may depend on."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _code(plan: RunPlan) -> dict[str, str]:
    """Hashes of the code that plays: the harness with its games and agents, and of each plug-in.

    A plug-in's is that of the file which holds what makes its game or agent; it goes by the name
    of its module, and a single file by its path as it was given.
    """
    hashes = {"harness": _hash_of_package(Path(harness.__file__).parent)}
    for entry in (*plan.games, *plan.agents):
        for module in (*_modules(entry.what), *entry.sources):
            file = getattr(sys.modules.get(module), "__file__", None)
            if not module.startswith("harness.") and file is not None:
                hashes[entry.sources.get(module, module)] = _hash([Path(file)])
    return hashes


@functools.cache
def _hash_of_package(root: Path) -> str:
    """Taken once: what a process has loaded it goes on with, whatever becomes of the files."""
    return _hash(_sources(root))


def _modules(what: Any) -> Iterator[str]:
    """The modules of a game or an agent, and of the game that a modifier wraps."""
    yield type(what).__module__
    if is_dataclass(what):
        for field in fields(what):
            if isinstance(inner := getattr(what, field.name), Game):
                yield from _modules(inner)


def _sources(root: Path) -> Iterator[Path]:
    """The files of a package that say what is done, in a fixed order."""
    for folder, folders, files in os.walk(root, followlinks=True):
        at_top = Path(folder) == root
        folders[:] = sorted(f for f in folders if not (at_top and f in NOT_PLAY))
        yield from (Path(folder, f) for f in sorted(files) if f.endswith((".py", ".toml")))


def _hash(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        digest.update(hashlib.blake2b(file.name.encode() + b"\0" + file.read_bytes()).digest())
    return digest.hexdigest()
