"""What a run's folder must hold after crashes, and what a model may have been asked."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

from harness.identity import content_hash
from harness.record.calls import CALLS
from harness.record.folder import MATCHES
from tests.runner.counted import Ledger

__all__ = ["Logged", "check_kept", "check_session", "check_whole", "whole_lines"]

Key: TypeAlias = tuple[str | None, int | None, int, str]
"""A match, a player, which of the player's calls, and the agent."""


@dataclass
class Logged:
    """What a run's folder holds.

    Attributes:
        matches: the whole lines of the log of matches, sorted.
        calls: how often each call stands in the log with a reply.
        bodies: how often what was sent stands in it with a reply, by hash. Matches with swapped
            seats may send the same.
        names: which calls sent it.
    """

    matches: list[bytes] = field(default_factory=list)
    calls: Counter[Key] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    names: dict[str, set[Key]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it as whoever knows only the format would: torn last lines do not count."""
        logged = cls(sorted(whole_lines(folder / MATCHES)))
        sent: dict[tuple[Any, Any], list[Any]] = {}
        for line in whole_lines(folder / CALLS):
            call = json.loads(line)
            request, who = call["request"], (call["match"], call["player"])
            sent[who] = sent.get(who, [])[: call["kept"]] + request["messages"]
            body = content_hash({**request, "messages": sent[who]})
            key = (*who, call["call"], call["agent"])
            logged.names.setdefault(body, set()).add(key)
            if call["reply"] is not None:
                logged.calls[key] += 1
                logged.bodies[body] += 1
        return logged


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a log that end in a newline; none if it does not exist."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def check_session(ledger: Ledger, before: Logged, after: Logged, undisturbed: Logged) -> None:
    """What a session asked a model is what the log did not hold when it began, each once.

    Nor has it logged a match that ends otherwise than where nothing happens.

    Args:
        ledger: what the model has counted in the session.
        before: what was logged when it began.
        after: what was logged when it had ended.
        undisturbed: what a run logs that nothing happens to.
    """
    assert not after.bodies - undisturbed.bodies, "a call is logged that the run does not make"
    assert set(after.matches) <= set(undisturbed.matches), "a match has ended otherwise"
    unlogged = undisturbed.bodies - before.bodies
    logged = set(before.bodies) - set(unlogged)
    assert not logged & set(ledger.asked), "a call was made whose answer is logged"
    assert not ledger.answered - unlogged, "a call was answered twice"


def check_kept(ledger: Ledger, kept: Logged, undisturbed: Logged) -> None:
    """What a run went on with was on disk before, whatever became of its disk then.

    Args:
        ledger: what the model has counted until then.
        kept: what is left of the log.
        undisturbed: what a run logs that nothing happens to.
    """
    over = {json.loads(line)["match"] for line in kept.matches}
    used = {key for key in undisturbed.calls if key[0] in over}
    for body in ledger.asked:
        match, player, number, _ = max(undisturbed.names[body], key=lambda key: key[2])
        if len(undisturbed.names[body]) == 1:
            used |= {
                key for key in undisturbed.calls if key[:2] == (match, player) and key[2] < number
            }
    assert used <= set(kept.calls), "a reply was used that was not on disk"


def check_whole(folder: Path, undisturbed: Logged) -> None:
    """A run that was gone on with to its end holds what one holds that nothing happened to."""
    logged = Logged.read(folder)
    for name in (MATCHES, CALLS):
        path = folder / name
        assert not path.exists() or path.read_bytes()[-1:] in (b"", b"\n"), f"{name} ends torn"
    assert logged.matches == undisturbed.matches
    assert logged.calls == undisturbed.calls
    assert logged.bodies == undisturbed.bodies
    assert max(logged.calls.values(), default=1) == 1, "a call was answered and logged twice"
