from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.environment import unset_all


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, and no keys or servers."""
    unset_all(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path
