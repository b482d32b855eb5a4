"""Games and agents that are single files: found, and told apart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness import Agent, Game, PluginError, UsageError, registry
from harness.files import is_file, module_of, offered, path_of
from harness.spec import parse, split, write
from tests.plugin_files import BOT, GAME, write_both

HELD = "def pennies(rounds: int = 2):\n    return Pennies(rounds * 2)\n"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, with a game and a bot."""
    monkeypatch.chdir(tmp_path)
    write_both(tmp_path)
    return tmp_path


def refused(kind: registry.Kind, spec: str) -> str:
    with pytest.raises((UsageError, PluginError)) as refusal:
        registry.build(kind, spec)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        ("./game.py", "./game.py", {}),
        (" ../a b/game.py (rounds=5) ", "../a b/game.py ", {"rounds": 5}),
        ("./game.py:Pennies(rounds=5)", "./game.py:Pennies", {"rounds": 5}),
        ("/x/y-1.2/game.py:Pennies", "/x/y-1.2/game.py:Pennies", {}),
        ("bot.py(p='./x.py:(')", "bot.py", {"p": "./x.py:("}),
    ],
)
def test_a_file_stands_in_place_of_a_name(text: str, name: str, given: dict[str, int]) -> None:
    assert parse(text) == (name.strip(), given)
    assert parse(write(name.strip(), given)) == (name.strip(), given)


@pytest.mark.parametrize("text", ["pypy/x", "mypy", "happy.pyx", "vllm/a/b.pyc"])
def test_what_only_looks_like_a_file_is_a_name(text: str) -> None:
    assert not is_file(parse(text)[0])


def test_files_stand_in_lists_and_sums() -> None:
    assert split("./bot.py(p=1),first") == ["./bot.py(p=1)", "first"]
    assert split("./game.py:Pennies+talk", "+") == ["./game.py:Pennies", "talk"]


def test_a_game_in_a_file_is_built_with_its_parameters(here: Path) -> None:
    entry = registry.build("game", "./game.py(rounds=7)+talk")
    assert entry.spec == "./game.py(rounds=7)+talk"
    assert entry.what.name == "file_pennies+talk"
    assert list(registry.parameters("game", "./game.py")) == ["rounds"]
    assert "no parameter 'round'; did you mean rounds" in refused("game", "./game.py(round=1)")


def test_which_of_several_is_meant_has_to_be_said(here: Path) -> None:
    (here / "both.py").write_text(GAME + "\n\nclass Twice(Pennies):\n    name = 'twice'\n")
    message = refused("game", "./both.py")
    assert message == "./both.py has several games; write ./both.py:Pennies or ./both.py:Twice"
    assert registry.build("game", "./both.py:Twice").what.name == "twice"
    assert "has no game 'Twise'; did you mean Twice" in refused("game", "./both.py:Twise")


def test_a_function_in_a_file_is_named(here: Path) -> None:
    (here / "made.py").write_text(GAME + HELD)
    assert registry.build("game", "./made.py:pennies(rounds=2)").what.rounds == 4
    assert "neither a class nor a function" in refused("game", "./made.py:__name__")


def test_abstract_and_private_classes_and_those_imported_are_not_offered(here: Path) -> None:
    (here / "more.py").write_text(
        GAME
        + "\n\nclass Base(Game):\n    name = 'base'\n\n\nclass _Own(Pennies):\n    name = 'own'\n"
        "\n\nclass Nameless(Game):\n    pass\n\n\nfrom harness.games.donor import Donor\n"
    )
    assert list(offered(module_of(Path("more.py")), Game)) == ["Pennies"]


def test_a_file_may_hold_a_game_and_an_agent(here: Path) -> None:
    (here / "both.py").write_text(GAME + BOT)
    assert isinstance(registry.build("game", "./both.py").what, Game)
    assert isinstance(registry.build("agent", "./both.py").what, Agent)


def test_what_is_of_another_kind_is_told(here: Path) -> None:
    assert "./bot.py has no game: it needs a class with the base harness.Game" in refused(
        "game", "./bot.py"
    )
    assert "made a Chance, which is no game" in refused("game", "./bot.py:Chance")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("raise RuntimeError('no battery')", ["RuntimeError: no battery"]),
        ("import sibling_that_is_not_installed", ["ModuleNotFoundError", "sibling_that"]),
        ("def (:", ["line 1", "SyntaxError"]),
        ("raise SystemExit(3)", ["SystemExit: 3"]),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_the_reason(
    here: Path, content: str, words: list[str]
) -> None:
    (here / "broken.py").write_text(content)
    message = refused("game", "./broken.py")
    assert "broken.py" in message
    assert all(word in message for word in words), message
    assert not [name for name in sys.modules if name.startswith("folkbench_file_broken")]


def test_a_file_that_is_not_there_is_named_with_the_folder(here: Path) -> None:
    assert refused("game", "./nope.py") == f"there is no nope.py in {here}"
    (here / "folder.py").mkdir()
    assert "Is a directory" in refused("game", "./folder.py")
    assert "cannot read 'a\\x00b.py' in" in refused("game", "./a\0b.py")


def test_a_file_that_has_changed_is_another_module(here: Path) -> None:
    before = registry.build("game", "./game.py").what
    (here / "game.py").write_text(GAME.replace("(1, -1)", "(2, -2)"))
    assert type(registry.build("game", "./game.py").what) is not type(before)
    assert not (here / "__pycache__").exists()


def test_a_path_with_a_home_is_found(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setenv("HOME", str(here))
    assert path_of("~/game.py") == here / "game.py"
    assert registry.build("game", "~/game.py").what.name == "file_pennies"
