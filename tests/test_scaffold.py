"""New plug-in packages are complete, and go by the name that was asked for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

import harness
from harness import UsageError, registry, scaffold
from harness.scaffold import new
from harness.testing import check_agent, check_game

Kind: TypeAlias = Literal["game", "agent"]
KINDS: tuple[Kind, ...] = ("game", "agent")


def texts(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_has_all_that_it_needs(kind: Kind, tmp_path: Path) -> None:
    folder = new(kind, "my_own", tmp_path)
    assert folder == tmp_path / "folkbench-my-own"
    found = texts(folder)
    assert found.keys() - {"tests/snapshot.json"} == {
        *("pyproject.toml", "README.md", ".gitignore", "folkbench_my_own.py"),
        *("tests/test_folkbench_my_own.py", ".github/workflows/check.yml"),
    }
    for name, text in found.items():
        assert "@" not in text.replace("@dataclass", "").replace("@v", ""), name
    project = tomllib.loads(found["pyproject.toml"])["project"]
    assert project["name"] == "folkbench-my-own"
    assert project["entry-points"] == {f"folkbench.{kind}s": {"my_own": "folkbench_my_own:MyOwn"}}
    assert project["dependencies"] == ["folkbench>=0.1.0"]
    assert "${{ matrix.python }}" in found[".github/workflows/check.yml"]


def test_a_new_game_conforms_and_has_the_words_of_its_snapshot(tmp_path: Path) -> None:
    folder = new("game", "my_own", tmp_path)
    spec, snapshot = f"{folder}/folkbench_my_own.py", folder / "tests/snapshot.json"
    report = check_game(spec, snapshot=snapshot, hash_seeds=())
    assert report.ok, report
    assert registry.build("game", spec).what.name == "my_own"


def test_a_new_agent_conforms(tmp_path: Path) -> None:
    folder = new("agent", "my_own", tmp_path)
    report = check_agent(f"{folder}/folkbench_my_own.py")
    assert report.ok, report


@pytest.mark.parametrize("name", ["game", "round", "choice", "true", "warning"])
def test_a_name_may_be_that_of_what_the_template_imports(name: str, tmp_path: Path) -> None:
    folder = new("game", name, tmp_path)
    assert registry.build("game", f"{folder}/folkbench_{name}.py").what.name == name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("my game", "small letters, digits and single underscores"),
        ("MyGame", "small letters"),
        ("2nd", "small letters"),
        ("my-game", "small letters"),
        ("a__b", "single underscores"),
        ("", "small letters"),
        ("../up", "small letters"),
        ("x" * 41, "too long"),
        ("class", "a word of Python's own"),
        ("match", "a word of Python's own"),
        ("chicken", "there is a game 'chicken' already"),
        ("tit_for_tat", "there is an agent 'tit_for_tat' already"),
        ("talk", "there is a modifier 'talk' already"),
        ("open_spiel", "the library of games that are written open_spiel/NAME"),
        ("axelrod", "the library of agents that are written axelrod/NAME"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(
    kind: Kind, name: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=why):
        new(kind, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    new("game", "my_own", tmp_path)
    before = texts(tmp_path)
    with pytest.raises(UsageError, match="exists already; choose another name"):
        new("agent", "my_own", tmp_path)
    assert texts(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(harness.FolkError, match=r"cannot write .*file/folkbench-my-own"):
        new("game", "my_own", tmp_path / "file")


def test_templates_are_no_python_files_that_tools_would_take_up() -> None:
    folder = Path(scaffold.__file__).parent / "templates"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all(path.suffix == scaffold.SUFFIX for path in files)
