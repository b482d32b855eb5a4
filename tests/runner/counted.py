"""A scripted model that counts, from outside of the harness how often it is asked.

It is a plug-in like anybody's: nothing of the harness is changed to count.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from harness.agents.mock import Mock
from harness.identity import content_hash
from harness.models import Client, Model, Reply, Request

__all__ = ["LEDGER", "Counted", "Ledger", "installed", "read_ledger"]

LEDGER = "FOLKBENCH_TEST_LEDGER"
"""The environment variable that names the file in which the model counts."""

ENTRY_POINTS = "[folkbench.agents]\ncounted = tests.runner.counted:Counted\n"


@dataclass
class Ledger:
    """What a model was asked, and what it answered, each by the hash of what was sent."""

    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True)
class Counted(Model):
    """Replies as the scripted model does, and notes each question and each answer in a file.

    It is no scripted model to whoever takes those for free: nobody may ask it but to play. A note
    is one write to a file opened for appending: it outlives the process whenever that is killed,
    and an answer is noted before anybody has it.

    Args:
        mock: parameters of the scripted model.
    """

    name = "counted"
    elicits: ClassVar[frozenset[str]] = Mock.elicits
    takes_seed: ClassVar[bool] = True
    invents: ClassVar[bool] = True

    seed: bool = True
    mock: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def scripted(self) -> Mock:
        """Who replies."""
        return Mock(model=self.model, elicit=self.elicit, **self.mock)

    @property
    def connection(self) -> Hashable:
        """That of who replies, which is nobody else's."""
        return ("counted", self.scripted.connection)

    def connect(self) -> Client:
        """A client that counts."""
        return CountedClient(self.scripted.connect(), Path(os.environ[LEDGER]))

    def body(self, request: Request) -> dict[str, Any]:
        """What the scripted model is sent."""
        return self.scripted.body(request)


class CountedClient(Client):
    """Notes what it is asked and what it answers."""

    def __init__(self, scripted: Client, ledger: Path) -> None:
        self._scripted = scripted
        self._file = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """The reply, when it is noted."""
        name = content_hash(body)
        os.write(self._file, f"? {name}\n".encode())
        reply = await self._scripted.send(body)
        os.write(self._file, f"= {name}\n".encode())
        return reply

    async def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_ledger(path: Path) -> Ledger:
    """What the model has counted; nothing if it was never asked."""
    ledger = Ledger()
    for line in path.read_text("ascii").splitlines() if path.exists() else ():
        kind, name = line.split()
        (ledger.asked if kind == "?" else ledger.answered)[name] += 1
    return ledger


def installed(folder: Path) -> Path:
    """A folder that, named in PYTHONPATH, makes the model known to the command."""
    told = folder / "counted_mock-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: counted-mock\nVersion: 1\n")
    (told / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder
