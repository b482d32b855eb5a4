"""Runs of games and agents that are single files: logged, gone on with, told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import harness.agents.capri
from tests.cli.conftest import Folk
from tests.cli.runs import cut
from tests.plugin_files import BOT, GAME, write_both


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, with a game and a bot."""
    monkeypatch.chdir(tmp_path)
    write_both(tmp_path)
    return tmp_path


def test_two_files_that_offer_one_name_are_refused(here: Path, folk: Folk) -> None:
    (here / "other.py").write_text(GAME.replace("(1, -1)", "(2, -2)"))
    ended = folk("run", "./game.py", "./other.py", "--agents", "first")
    assert ended.code == 2
    assert "other.py and" in ended.err
    assert "both call their game 'file_pennies'; give one of them another name" in ended.err


def test_a_file_may_not_take_the_name_of_what_is_installed(here: Path, folk: Folk) -> None:
    (here / "mine.py").write_text(BOT.replace("file_chance", "tit_for_tat"))
    ended = folk("run", "chicken", "--agents", "./mine.py,first")
    assert ended.code == 2
    assert "calls its agent 'tit_for_tat', as does harness.agents.tit_for_tats" in ended.err


def test_an_installed_file_may_also_be_named_by_its_path(tmp_path: Path, folk: Folk) -> None:
    (tmp_path / "capri.py").write_bytes(Path(harness.agents.capri.__file__).read_bytes())
    assert folk("run", "chicken", "--agents", "./capri.py,first", "--quiet").code == 0


def test_a_run_tells_spec_and_content_of_its_files(here: Path, folk: Folk) -> None:
    flags = ("--agents", "./bot.py,first", "--out", "run", "--quiet")
    assert folk("run", "./game.py(rounds=2)", *flags).code == 0
    manifest = json.loads((here / "run/manifest.json").read_text())
    assert set(manifest["code"]) == {"harness", "game.py", "bot.py"}
    assert manifest["games"][0]["spec"] == "./game.py(rounds=2)"
    assert manifest["games"][0]["version"] == 1
    assert manifest["agents"][0]["spec"] == "./bot.py"
    assert folk("resume", "run", "--quiet").code == 0
    replayed = folk("run", "--replay", "run", "--out", "again", "--quiet")
    assert "byte for byte" in replayed.err


def test_a_run_is_not_gone_on_with_when_its_file_has_changed(here: Path, folk: Folk) -> None:
    folk("run", "./game.py", "--agents", "first", "--schedule", "self_play", "--out", "run")
    (here / "game.py").write_text(GAME + "\n# a remark\n")
    over = folk("resume", "run")
    assert (over.code, "code.game.py" in over.err) == (0, True), "what is over is only read"
    cut("run", "matches.jsonl", 0)
    ended = folk("resume", "run")
    assert ended.code == 2
    assert "code.game.py" in ended.err
    assert folk("resume", "run", "--mixed", "--quiet").code == 0


def test_a_function_in_a_file_has_its_file_in_the_manifest_too(here: Path, folk: Folk) -> None:
    (here / "made.py").write_text(
        "from harness.games.catalogue import chicken\n\n\n"
        "def small(rounds: int = 2):\n    return chicken(rounds=rounds)\n"
    )
    assert folk("run", "./made.py:small", "--agents", "first,random", "--out", "run").code == 0
    assert "made.py" in json.loads((here / "run/manifest.json").read_text())["code"]


def test_worker_processes_play_files_as_one_process_does(here: Path, folk: Folk) -> None:
    flags = ("--agents", "./bot.py,random", "--repeats", "6", "--quiet")
    for workers in ("1", "2"):
        out = ("--workers", workers, "--out", f"run{workers}")
        assert folk("run", "./game.py+talk", *flags, *out).code == 0
    one, two = (Path(f"run{n}/matches.jsonl").read_bytes() for n in (1, 2))
    assert one == two


def test_worker_processes_find_a_file_that_is_a_copy_of_one_changed_since(
    here: Path, folk: Folk
) -> None:
    other = here / "other" / "game.py"
    other.parent.mkdir()
    text = (here / "game.py").read_text() + "# unlike the file of any other test\n"
    for path in (other, here / "game.py"):
        path.write_text(text)
    assert folk("show", "other/game.py").code == 0
    other.write_text("")
    flags = ("--agents", "first,random", "--repeats", "6", "--quiet", "--workers", "2")
    assert folk("run", "./game.py", *flags, "--out", "run").code == 0


def test_a_run_without_a_folder_of_its_own_is_named_by_the_file(here: Path, folk: Folk) -> None:
    assert folk("run", "./game.py", "--agents", "first,random", "--quiet").code == 0
    (folder,) = (here / "results").iterdir()
    assert folder.name.endswith("-game")


def test_show_knows_what_is_in_a_file(here: Path, folk: Folk) -> None:
    shown = folk("show", "./game.py(rounds=1)")
    assert "Matching pennies." in shown.out
    assert "heads or tails?" in shown.out
    assert "Acts by its own chance." in folk("show", "./bot.py").out
    (here / "both.py").write_text(GAME + BOT)
    assert "Acts by its own chance." in folk("show", "./both.py:Chance").out
