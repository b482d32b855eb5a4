from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.cli.catalogue import sample
from harness.config import KEYS, read_run_file, resolve
from harness.match import Entry, Match
from harness.models import Model
from harness.outside import Outside
from harness.play import play

ROOT = Path(__file__).parent.parent


def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


def test_the_generated_pages_are_up_to_date() -> None:
    for name, text in generated().items():
        assert (ROOT / "docs" / name).read_text("utf-8") == text, f"docs/{name}: run `make docs`"


def test_the_readme_names_only_what_exists() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for path in re.findall(r"\]\((docs/[^)]+)\)", text):
        assert (ROOT / path).exists()
    n_agents = re.search(r"(\d+) scripted strategies", text)
    assert n_agents is not None
    found = [registry.load("agent", name) for name in registry.names("agent")]
    others = [w for w in found if isinstance(w, type) and issubclass(w, Model | Outside)]
    assert int(n_agents[1]) == len(found) - len(others)


def test_every_run_in_the_readme_can_be_planned() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    runs = [line for line in text.splitlines() if line.startswith("folk run ")]
    assert len(runs) == 8
    import shlex

    from harness.cli import folk

    for line in runs:
        folk.main([*shlex.split(line)[1:], "--dry-run"], standalone_mode=False)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.name)
def test_examples_can_run(path: Path) -> None:
    assert resolve(read_run_file(path)).matches
    assert set(tomllib.loads(path.read_text("utf-8"))) <= set(KEYS)


def test_the_examples_for_plug_in_authors_work() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    made: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(code, "CONTRIBUTING.md", "exec"), made)  # noqa: S102 - our own text
    seats = Entry("last", made["Last"]()), Entry("last", made["Last"]())
    entry = Entry("pennies", made["Pennies"](rounds=2))
    record = play(Match(entry, seats))
    assert record.payoffs == (2, -2)
    assert [text["to"] for text in sample(entry)][:2] == ["player 0 reads", "player 1 reads"]
