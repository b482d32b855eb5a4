"""Where runs are put: folders that nobody named, and caches that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.run import out_folder
from harness.config import RunConfig, resolve
from tests.cli.conftest import Folk

SCRIPTED = ("run", "chicken(rounds=2)", "--agents", "tit_for_tat,random")
CACHED = ("run", "chicken(rounds=2)", "--agents", "mock/random,random", "--out", "made", "--cache")


def test_runs_begun_in_the_same_second_have_folders_of_their_own(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = resolve(RunConfig(games=("chicken",), agents=("random", "tit_for_tat")))
    monkeypatch.setattr("harness.cli.run._stamp", lambda: "20260101-120000")
    with out_folder(plan) as first, out_folder(plan) as second:
        assert (first.name, second.name) == ("20260101-120000-chicken", "20260101-120000-chicken-2")
        assert folk(*SCRIPTED).code == 0
    assert [path.name for path in Path("results").iterdir()] == ["20260101-120000-chicken-3"]


def test_a_folder_that_nobody_named_goes_again_with_a_run_that_cannot_be(folk: Folk) -> None:
    Path("here").mkdir()
    refused = folk(*(word for word in CACHED if word not in ("--out", "made")), "here")
    assert refused.code == 2
    assert not Path("results").exists()


def test_a_cache_that_cannot_be_is_refused_before_anything_is_written(
    folk: Folk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    Path("folder").mkdir()
    Path("text").write_text("no database, but a text that is long enough to be taken for one" * 9)
    away = tmp_path_factory.mktemp("away")
    for cache in ("folder", "text", f"{away}/new/kept.sqlite"):
        refused = folk(*CACHED, cache)
        assert refused.code == 2
        assert cache in refused.err
        assert not Path("made").exists()
    assert not any(away.iterdir())
    assert folk(*CACHED, "new/kept.sqlite").code == 0
