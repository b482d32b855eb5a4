"""Chance that becomes another in the course of a match."""

from __future__ import annotations

import gc
from random import Random
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from harness.game import Game, Play
from harness.identity import derived_seed

__all__ = ["renew", "streams"]

ELSEWHERE = (ModuleType, type, CodeType, FrameType, Game)
"""What leads out of a match: a game itself is the same in all matches, and holds no chance."""


def renew(script: Play, seed: int) -> None:
    """Let all chance that a game still has ahead be another.

    Games part their stream of chance in several, and keep these in objects and in generators of
    their own. All that can be reached from what the game's generator holds are reseeded in place,
    each by `seed` and by the state it was in; so the order in which they are found does not
    matter. What was drawn before, such as a plan of who meets whom, stays.

    Args:
        script: the game's generator, which waits at a `yield` or has not begun.
        seed: what the new chance derives from.
    """
    for stream in streams(script):
        stream.seed(derived_seed(seed, stream.getstate()))


def streams(script: Play) -> list[Random]:
    """All streams of chance that can be reached from what a game's generator holds.

    Args:
        script: the game's generator, which waits at a `yield` or has not begun.
    """
    seen: dict[int, Any] = {id(script): script}
    left: list[Any] = [script]
    found: list[Random] = []
    while left:
        here = left.pop()
        if isinstance(here, Random):
            found.append(here)
            continue
        for there in _held_by(here):
            if id(there) not in seen and not isinstance(there, ELSEWHERE):
                seen[id(there)] = there
                left.append(there)
    return found


def _held_by(here: Any) -> list[Any]:
    """What an object refers to; of a function only what it was made with, not its module's."""
    if isinstance(here, FunctionType):
        return [here.__closure__, here.__defaults__, here.__kwdefaults__]
    return gc.get_referents(here)
