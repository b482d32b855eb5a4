"""Plug-ins that are written for another version of the interface are refused, and why."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness import PluginError, api, registry


def plug_in(patch: pytest.MonkeyPatch, folder: Path, text: str, name: str) -> None:
    """Install a plug-in with an agent `mine` whose module begins with this text."""
    (folder / f"{name}.py").write_text(
        "from harness.agents.generic import First\n"
        f"{text}\n"
        "class Mine(First):\n    name = 'mine'\n    "
        f"{'folk_api = 1' if not text else 'pass'}\n"
    )
    patch.syspath_prepend(folder)
    point = EntryPoint("mine", f"{name}:Mine", "folkbench.agents")
    patch.setattr(registry, "_offers", lambda kind: {"mine": [point]})


def refusal(patch: pytest.MonkeyPatch, folder: Path, text: str, name: str) -> str:
    plug_in(patch, folder, text, name)
    with pytest.raises(PluginError) as refused:
        registry.build("agent", "mine")
    return str(refused.value)


def test_a_plug_in_of_this_version_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plug_in(monkeypatch, tmp_path, "", "folk_api_same")
    assert registry.build("agent", "mine").what.name == "mine"


def test_a_plug_in_of_a_later_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = refusal(monkeypatch, tmp_path, "folk_api = 2", "folk_api_later")
    assert message == (
        "agent 'mine' (folk_api_later:Mine) is written for version 2 of the plug-in interface; this"
        " Folkbench has version 1: upgrade Folkbench"
    )


def test_a_plug_in_of_a_version_that_is_gone_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(api, "API_VERSION", 5)
    monkeypatch.setattr(api, "OLDEST_API", 3)
    message = refusal(monkeypatch, tmp_path, "folk_api = 2", "folk_api_earlier")
    assert "this Folkbench has versions 3 to 5: upgrade the plug-in" in message


@pytest.mark.parametrize("stated", ["'1'", "True", "None", "1.0"])
def test_a_version_that_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stated: str
) -> None:
    name = f"folk_api_odd_{abs(hash(stated))}"
    message = refusal(monkeypatch, tmp_path, f"folk_api = {stated}", name)
    assert f"folk_api is {stated}; it must be the number" in message


def test_the_class_has_the_last_word_over_its_module() -> None:
    class Module:
        folk_api = 99

    class Made:
        folk_api = 1

    api.refuse_other_api("it", Made, Module)
    with pytest.raises(PluginError, match="version 99"):
        api.refuse_other_api("it", Module, Made)


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "later.py"
    file.write_text(
        "from harness.agents.generic import First\n\nfolk_api = 7\n\n\n"
        "class Mine(First):\n    name = 'mine'\n"
    )
    with pytest.raises(PluginError, match=r"later\.py is written for version 7"):
        registry.build("agent", str(file))
