from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness import registry
from harness.doctor.check import Check
from harness.doctor.plugins import plugins, providers
from harness.models import Model
from harness.registry import Kind

FIRST = "harness.agents.generic:First"


def offer(patch: pytest.MonkeyPatch, *values: str, kind: Kind = "agent") -> None:
    """Let these, under the name `mine`, be all that is installed of a kind; of others, nothing."""
    points = [EntryPoint("mine", value, f"folkbench.{kind}s") for value in values]
    offers = {"mine": points} if points else {}
    patch.setattr(registry, "_offers", lambda asked: offers if asked == kind else {})


def broken() -> Check:
    found, *others = plugins()
    assert found.state == "ok"
    (check,) = others
    assert check.fails
    return check


def test_what_comes_with_folkbench_is_counted_and_whole() -> None:
    (check,) = plugins()
    for kind in ("game", "modifier", "agent", "style", "metric"):
        assert f"{len(registry.names(kind))} {kind}" in check.detail


def test_one_of_a_kind_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, FIRST)
    (check,) = plugins()
    assert check.detail == "0 games, 0 modifiers, 1 agent, 0 styles, 0 metrics"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:Bot", "ModuleNotFoundError"),
        ("harness.agents.generic:NoSuchBot", "AttributeError"),
        ("harness.errors:__all__", "neither a class nor a function"),
    ],
)
def test_what_cannot_be_loaded_is_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    offer(monkeypatch, value)
    check = broken()
    assert check.name == "agent mine"
    assert value in check.detail
    assert why in check.detail
    assert "uninstall or upgrade" in check.detail


def test_a_name_that_two_packages_offer_is_told_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    values = FIRST, "harness.agents.generic:Cycle"
    offer(monkeypatch, *values)
    assert all(value in broken().detail for value in values)


def test_a_modifier_that_takes_no_game_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, FIRST, kind="modifier")
    assert "must take a game as its first parameter" in broken().detail


@pytest.mark.parametrize("raised", ["RuntimeError('no battery')", "SystemExit('no battery')"])
def test_a_plug_in_that_ends_the_process_on_import_ends_no_doctor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raised: str
) -> None:
    (tmp_path / "folk_ending_plugin.py").write_text(f"raise {raised}\n")
    monkeypatch.syspath_prepend(tmp_path)
    offer(monkeypatch, "folk_ending_plugin:Bot")
    assert "no battery" in broken().detail
    assert providers() == {}


def test_providers_are_all_that_make_models() -> None:
    found = providers()
    assert {"openai", "anthropic", "compatible", "vllm", "transformers", "mock"} <= found.keys()
    assert all(issubclass(what, Model) for what in found.values())
    assert "tit_for_tat" not in found
