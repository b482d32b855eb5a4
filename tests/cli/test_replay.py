"""Runs that are played again from their logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Folk
from tests.cli.runs import GAMES, played


@pytest.mark.usefixtures("run")
def test_a_replay_needs_nobody_and_is_byte_for_byte_the_same(
    folk: Folk, run: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.agents.mock.Mock.connect", lambda self: 1 / 0)
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 0, again.err
    assert "the lines of all 18 matches that are over in run came out again" in again.err
    assert again.out.replace("logged in again", "logged in run") == run.out
    for name in ("matches.jsonl", "calls.jsonl"):
        assert Path("again", name).read_bytes() == Path("run", name).read_bytes()


@pytest.mark.usefixtures("run")
def test_a_replay_of_nothing_claims_nothing(folk: Folk) -> None:
    Path("run/matches.jsonl").write_bytes(b"")
    again = folk("run", "--replay", "run", "--out", "again")
    assert "no match is over in run: nothing was compared" in again.err
    assert "byte for byte" not in again.err


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    "flags",
    [
        ("--dry-run",),
        ("--agents", "random"),
        ("--seed", "7"),
        ("--no-swap",),
        ("--max-cost", "1"),
    ],
)
def test_a_flag_that_a_replay_would_not_heed_is_refused(folk: Folk, flags: tuple[str, ...]) -> None:
    refused = folk("run", "--replay", "run", "--out", "again", *flags)
    assert refused.code == 2
    assert f"leave out {flags[0].replace('--no-', '--')}" in refused.err
    assert not Path("again").exists()


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("flags", [("--seed", "7"), ("--schedule", "society"), ("--swap",)])
def test_a_flag_that_a_branch_would_not_heed_is_refused(folk: Folk, flags: tuple[str, ...]) -> None:
    match = json.loads(played("run")[0])["match"]
    where = ("--from", "run", "--match", match, "--round", "1", "--agents", "random,random")
    refused = folk("run", *where, "--out", "other", *flags)
    assert refused.code == 2
    assert f"leave out {flags[0]}" in refused.err
    assert not Path("other").exists()


@pytest.mark.usefixtures("run")
def test_a_branch_is_gone_on_with_from_any_folder(
    folk: Folk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    match = json.loads(played("run")[0])["match"]
    where = ("--from", "run", "--match", match, "--round", "1", "--agents", "random,random")
    assert folk("run", *where, "--cache", "kept", "--out", "other").code == 0
    told = json.loads(Path("other/manifest.json").read_bytes())["config"]
    assert (told["branch"]["from"], told["cache"]) == (f"{tmp_path}/run", f"{tmp_path}/kept")
    Path("away").mkdir()
    monkeypatch.chdir("away")
    assert folk("resume", "../other").code == 0
    Path("../run").rename("../moved")
    gone = folk("resume", "../other")
    assert gone.code == 2
    assert f"continues a match of {tmp_path}/run, which must be where it was" in gone.err


@pytest.mark.usefixtures("run")
def test_a_replay_that_differs_says_where(folk: Folk) -> None:
    path = Path("run/calls.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"call":2' in line)
    call = json.loads(lines[at])
    said = call["reply"]["text"]
    call["reply"]["text"] = said.replace('"J"', '"F"') if '"J"' in said else said.replace("F", "J")
    lines[at] = json.dumps(call) + "\n"
    path.write_text("".join(lines))
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 1
    assert call["match"] in again.err
    assert "byte for byte" not in again.err


def test_failures_are_replayed_as_they_were(folk: Folk) -> None:
    agents = (
        "mock/flaky(error=0.3, extra={'n': %d}),mock/refuser,mock/random(stall=0.02),tit_for_tat"
    )
    flags = ("--attempts", "1", "--timeout", "0.2", "--match-timeout", "0.5", "--repeats", "3")
    code = 2
    for n in range(20):  # until the word that is asked for first is replied to
        code = folk("run", GAMES[0], "--agents", agents % n, *flags, "--out", "run").code
        if code != 2:
            break
    assert code == 3
    assert {json.loads(line)["status"] for line in played("run")} >= {"error", "void"}
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 3, again.err
    assert Path("again/matches.jsonl").read_bytes() == Path("run/matches.jsonl").read_bytes()
