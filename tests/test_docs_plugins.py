"""The tutorial and the reference for plug-in authors say what is true, and run as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from harness import API_VERSION
from harness.cli import COMMANDS
from harness.testing import AGENT_CHECKS, GAME_CHECKS, check_agent, check_game
from tests.cli.conftest import Folk, folk

__all__ = ["folk"]

ROOT = Path(__file__).parent.parent
TUTORIAL = (ROOT / "docs/plugin_tutorial.md").read_text("utf-8")
REFERENCE = (ROOT / "docs/plugins.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which a reader of the tutorial works."""
    monkeypatch.chdir(tmp_path)
    for name, code in zip(("ultimatum.py", "fair.py"), blocks(TUTORIAL, "python"), strict=True):
        (tmp_path / name).write_text(code, "utf-8")
    return tmp_path


def test_the_tutorial_shows_the_example_as_it_is_in_at_most_60_lines() -> None:
    example = (ROOT / "examples/ultimatum.py").read_text("utf-8")
    assert blocks(TUTORIAL, "python")[0] == example
    assert example.count("\n") <= 60


def test_what_the_tutorial_adds_conforms(written: Path) -> None:
    assert check_game("./ultimatum.py(rounds=3)", hash_seeds=()).ok
    report = check_agent("./fair.py", games=["./ultimatum.py(rounds=3)"])
    assert report.ok, report


def test_every_command_of_the_tutorial_runs_in_its_order(written: Path, folk: Folk) -> None:
    lines = re.findall(r"^folk .+$", TUTORIAL, flags=re.MULTILINE)
    commands = [shlex.split(line)[1:] for line in lines]
    assert len(commands) == 9
    if "analyze" in COMMANDS:
        commands.append(["analyze", "fair"])
    for command in commands:
        if command[0] == "check":
            continue  # tried above, without processes of its own
        ended = folk(*command)
        assert ended.code == 0, (command, ended.err)
    assert {path.name for path in (written / "fair").iterdir()} >= {"moves.csv", "matches.csv"}


def test_the_reference_lists_every_check(written: Path) -> None:
    for checks in (GAME_CHECKS, AGENT_CHECKS):
        for check in checks:
            assert f"| `{check.name}` |" in REFERENCE
    rows = re.findall(r"^\| `(\w+)` \|", REFERENCE, flags=re.MULTILINE)
    assert len(rows) == len(GAME_CHECKS) + len(AGENT_CHECKS)


def test_the_reference_shows_the_workflow_that_folk_new_writes() -> None:
    (shown,) = blocks(REFERENCE, "yaml")
    template = ROOT / "harness/templates/game/.github/workflows/check.yml.in"
    assert shown.replace("my_game", "@name@") == template.read_text("utf-8")


def test_the_version_that_the_reference_names_is_that_of_the_interface() -> None:
    assert f"`folk_api = {API_VERSION}`" in REFERENCE


def test_the_tests_that_the_reference_shows_pass() -> None:
    (code,) = (block for block in blocks(REFERENCE, "python") if "def test_" in block)
    made: dict[str, object] = {}
    exec(compile(code, "plugins.md", "exec"), made)  # noqa: S102 - our own text
    tests = [what for name, what in made.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        assert callable(test)
        test()
