"""Whether models reply: each is asked for a word, as a run asks it before its first match."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.doctor.check import Check
from harness.errors import FolkError, plugin_call
from harness.match import Entry
from harness.models.limit import Limits
from harness.models.model import Model
from harness.models.secrets import Scrubber, load_env
from harness.record.calls import CALLS, read_calls
from harness.record.synced import SyncedLog

if TYPE_CHECKING:
    from harness.models.transport import Transport

__all__ = ["models"]

PATIENCE = Limits(timeout_s=60.0, attempts=2, max_wait_s=60.0)
"""Less than a run has: somebody waits."""


def models(specs: Sequence[str], warn: Callable[[str], None] = lambda _: None) -> list[Check]:
    """Ask each model for a word.

    Args:
        specs: models, as a run's agents are specified.
        warn: is told what the user should know of them.

    Raises:
        UsageError: the file `.env` cannot be read.
    """
    load_env()
    found: dict[str, Check] = {}
    entries = []
    for spec in dict.fromkeys(specs):
        try:
            entry = registry.build("agent", spec)
        except FolkError as error:
            found[spec] = _check(spec, str(error))
            continue
        if isinstance(entry.what, Model):
            entries.append((spec, entry))
        else:
            detail = "plays by a script, and asks nobody"
            found[spec] = Check("models", entry.spec, "ok", detail, needed=True)
    if entries:
        found |= asyncio.run(_ask_all(dict(entries), warn))
    return [found[spec] for spec in dict.fromkeys(specs)]


async def _ask_all(entries: Mapping[str, Entry], warn: Callable[[str], None]) -> dict[str, Check]:
    """Ask one after the other, so that none waits for what another imports or loads."""
    from harness.models.transport import Transport

    scrubber = Scrubber(named={name for e in entries.values() for name in e.what.key_variables})
    async with Transport(PATIENCE, warn=warn, scrubber=scrubber) as transport:
        refused = {spec: await _ask(transport, entry) for spec, entry in entries.items()}
        calls = await _calls(transport)
    checks = {}
    for spec, entry in entries.items():
        why, named = refused[spec], scrubber.scrub(entry.spec)
        if why is None:
            checks[spec] = Check("models", named, "ok", _replied(calls[named]), needed=True)
        else:
            checks[spec] = _check(named, why.removeprefix(f"{named}: "))
    return checks


async def _ask(transport: Transport, entry: Entry) -> str | None:
    """Why a model does not reply; None where it does."""
    try:
        with plugin_call(entry.spec, "its provider's code"):
            await transport.preflight([entry])
    except FolkError as error:
        return str(error)
    return None


async def _calls(transport: Transport) -> dict[str, dict[str, Any]]:
    """What was called, by agent, read from a log as a run has one."""
    with tempfile.TemporaryDirectory(prefix="folk-doctor-") as folder:
        log = SyncedLog(Path(folder) / CALLS)
        transport.attach(log)
        await log.close()
        return {call["agent"]: call for call in read_calls(Path(folder))}


def _replied(call: Mapping[str, Any]) -> str:
    """How a model replied, and which of its versions if the provider says so."""
    version = f" as {call['model']}" if call["model"] else ""
    again = " at the second attempt" if len(call["attempts"]) > 1 else ""
    return f"replied in {call['attempts'][-1]['s']:.2g} s{version}{again}"


def _check(spec: str, why: str) -> Check:
    """A model that does not reply."""
    return Check("models", spec, "broken", why, needed=True)
