"""The exact words that readers get, kept in `words/`: nobody changes them without noticing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import registry
from harness.cli.catalogue import sample

FOLDER = Path(__file__).parent / "words"
REWRITE = "FOLKBENCH_REWRITE_WORDS"

NEEDS = {"matrix": "(payoffs=[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])"}
SPECS = {name: name + NEEDS.get(name, "") for name in registry.names("game")} | {
    "prisoners_dilemma-noise": "prisoners_dilemma(noise=0.05)",
    "prisoners_dilemma-hidden": "prisoners_dilemma(rounds=37, horizon='hidden')",
    "prisoners_dilemma-continuation": "prisoners_dilemma(continuation=0.9, rounds=50)",
    "prisoners_dilemma-relabel": "prisoners_dilemma(relabel='round', order='round')",
    "prisoners_dilemma-payoffs": "prisoners_dilemma(feedback='payoffs')",
    "beauty-repeated": "beauty(players=3, rounds=3, p='2/3', opponents='people')",
    "donor-two-generations": "donor(agents=4, generations=2, rounds=2)",
    "donor-punishment": (
        "donor(agents=4, generations=1, rounds=4, punishment=2, refusal=True, horizon='announced')"
    ),
    "deal_or_no_deal-cooperative": "deal_or_no_deal(objective='cooperative')",
    "prisoners_dilemma-talk-predict": "prisoners_dilemma(rounds=2)+talk+predict",
    "prisoners_dilemma-tell-reflect": (
        "prisoners_dilemma(rounds=2)+tell(about='mistakes')+reflect(max_chars=200)"
    ),
    "prisoners_dilemma-story": (
        "prisoners_dilemma(story='firms', goal='Receive as many points as you can.')"
    ),
}


def words(spec: str) -> str:
    """All that a sample match says, as one text."""
    entry = registry.build("game", spec)
    head = f"{entry.spec}, version {entry.what.version}\n"
    return head + "".join(f"\n── {t['to']}\n\n{t['text']}\n" for t in sample(entry))


@pytest.mark.parametrize("name", SPECS)
def test_words_change_only_with_the_version_of_their_game(name: str) -> None:
    path, now = FOLDER / f"{name}.txt", words(SPECS[name])
    if os.environ.get(REWRITE) == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(now, "utf-8")
    kept = path.read_text("utf-8") if path.exists() else ""
    assert now == kept, (
        f"the words of {SPECS[name]} are not those in {path.name}. Results under different words"
        " do not compare: raise the game's `version`, read the new words from first to last, and"
        f" write them down with {REWRITE}=1 pytest tests/games/test_words.py"
    )


def test_no_words_are_kept_of_games_that_are_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SPECS)
