"""What the pages show is what the commands print, and what cannot run here says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.snippets import HERE, Block, Page, SnippetError, agree, blocks, folk, pages

NEEDS = {
    "a key": r"openai|anthropic|openrouter|_API_KEY",
    "a server": r"compatible/|vllm|VLLM_|ollama|llama-server|llamacpp|https?://",
    "a package": r"pip install|transformers|axelrod|open_spiel",
    "a person": r"folk play",
    "a program": r"process:",
    "something of the reader's": r"results/2026|my_(game|games|bot)|moves\.(csv|parquet)",
}
"""Why a snippet cannot be run by the tests."""

WITH_SNIPPETS = [path for path in pages() if any(b.runs for b in blocks(path.read_text("utf-8")))]


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder in which a reader begins, who has no key."""
    monkeypatch.chdir(tmp_path)
    for provider in ("OPENAI", "ANTHROPIC", "OPENROUTER", "VLLM"):
        for what in ("API_KEY", "BASE_URL"):
            monkeypatch.delenv(f"{provider}_{what}", raising=False)


@pytest.mark.parametrize("path", WITH_SNIPPETS, ids=lambda path: path.name)
def test_the_snippets_of_a_page_run_and_print_what_it_shows(path: Path) -> None:
    text = path.read_text("utf-8")
    assert Page(path.name).run(text) == text, f"docs/{path.name}: run `make docs`"


def test_only_what_needs_more_than_is_here_is_not_run() -> None:
    allowed = re.compile("|".join(NEEDS.values()))
    for path in HERE.glob("*.md"):
        for block in blocks(path.read_text("utf-8")):
            if not block.runs:
                for line in block.text.replace("\\\n", "").splitlines():
                    assert allowed.search(line), f"docs/{path.name}: why is this not run? {line}"


def test_every_command_stands_in_a_block_that_says_whether_it_runs() -> None:
    for path in HERE.glob("*.md"):
        text = path.read_text("utf-8")
        kept = "".join(b.text for b in blocks(text) if b.language in ("sh", "console", "python"))
        for line in re.findall(r"^(?:\$ )?folk .+$", text, flags=re.MULTILINE):
            assert line in kept, f"docs/{path.name}: {line}"


def test_every_provider_has_a_study() -> None:
    text = (HERE / "studies.md").read_text("utf-8")
    files = {b.text.split()[1] for b in blocks(text) if b.language == "toml"}
    assert len(files) == 8
    for name in files:
        assert f"folk run {name} --dry-run\n" in text
        study = name.removesuffix(".toml")
        for verb in (f"run {name} --out {study}", f"resume {study}", f"analyze {study}"):
            assert f"\nfolk {verb}" in text


PAGE = """# A page

```console{mark}
$ folk list styles
{shown}
```
"""


def test_what_a_slow_machine_tells_besides_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cli.live.BEGIN_S", 0.0)
    code, printed = folk(
        ["folk", "run", "chicken", "--agents", "mock/random,bully", "--out", "run"]
    )
    assert code == 0
    assert printed.endswith("2 matches, logged in run\n")


def test_what_has_changed_is_written_anew() -> None:
    page = PAGE.format(mark="", shown="name  what it was")
    written = Page("page").run(page)
    assert "what it is" in written
    assert "what it was" not in written
    assert Page("page").run(written) == written


def test_what_is_left_out_of_an_output_stays_out() -> None:
    page = PAGE.format(mark="", shown="name  …\n…\npersona  …\n…")
    assert Page("page").run(page) == page
    assert not agree("name …\nend\n", "name and more\n")


def test_only_numbers_may_differ_and_only_where_they_vary() -> None:
    about, exact = Block("console", ("about",), "", 0), Block("console", (), "", 0)
    assert about.shows("cost  $0.016 to $1,200\n", "cost  $2 to $3.5\n")
    assert not about.shows("cost  $2 to $3\n", "cost  $2 or $3\n")
    assert not exact.shows("cost  $2\n", "cost  $3\n")


def test_a_command_that_ends_otherwise_than_the_page_says_is_an_error() -> None:
    page = PAGE.format(mark=" exit=2", shown="…")
    with pytest.raises(SnippetError, match="page: folk list styles ended with 0, not 2"):
        Page("page").run(page)


def test_python_that_prints_something_else_is_an_error() -> None:
    with pytest.raises(SnippetError, match="Got:\n    2"):
        Page("page").run("```pycon\n>>> 1 + 1\n3\n```\n")
