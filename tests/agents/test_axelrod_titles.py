"""The list of the Axelrod library's strategies, which is read without importing it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import UsageError, registry
from harness.agents import axelrod, axelrod_titles, open_spiel
from harness.games import open_spiel as games

SOURCE = '''
class Meek(Player):
    """Cooperates, and cooperates again. Nothing else.

    Names: none.
    """

    classifier = {"stochastic": False, "inspects_source": False}


class Sly(Player):
    """Looks at the other's program."""

    classifier = {"stochastic": False, "inspects_source": True}


class Unlisted(Player):
    """Is a base of others."""


NiceMeek = NiceTransformer()(Meek)
all_strategies = [Meek, Sly]
all_strategies += [NiceMeek]
'''


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "axelrod" / "strategies"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise AssertionError('imported')\n")
    (folder / "meek.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "axelrod", raising=False)
    axelrod_titles.titles.cache_clear()
    yield
    axelrod_titles.titles.cache_clear()


@pytest.mark.usefixtures("library")
def test_strategies_are_listed_with_a_sentence_and_without_an_import() -> None:
    assert axelrod_titles.titles() == {
        "Meek": "Cooperates, and cooperates again.",
        "NiceMeek": "NiceMeek, which the library makes of another strategy.",
    }


def test_without_the_axelrod_library_its_strategies_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    axelrod_titles.titles.cache_clear()
    monkeypatch.setattr(axelrod_titles, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "folkbench\[axelrod\]"'):
        registry.build("agent", "axelrod/TitForTat")
    assert axelrod.Axelrod.install == "folkbench[axelrod]"


@pytest.mark.parametrize("kind", ["game", "agent"])
def test_without_open_spiel_its_games_and_bots_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kind: registry.Kind
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspiel", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    spec = {"game": "open_spiel/kuhn_poker", "agent": "open_spiel/mcts"}[kind]
    with pytest.raises(UsageError, match=r'pip install "folkbench\[open_spiel\]"'):
        registry.build(kind, spec)
    assert games.OpenSpiel.install == open_spiel.OpenSpielBots.install


def test_extras_are_what_the_messages_name() -> None:
    import tomllib

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    assert {"axelrod", "open-spiel"} <= tomllib.loads(text)["project"][
        "optional-dependencies"
    ].keys()
