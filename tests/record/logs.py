"""Run folders for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.record.writing import MatchLog, RunFolder


@contextmanager
def create(folder: Path, manifest: dict[str, Any]) -> Iterator[MatchLog]:
    """The log of matches of a new run."""
    with RunFolder.create(folder, manifest) as opened, MatchLog(opened.path) as log:
        yield log
