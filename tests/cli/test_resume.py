"""Runs that are gone on with, or refused."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Folk
from tests.cli.runs import AGENTS, GAMES, answered, cut, played, started, wait_for_calls, whole


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(("n_matches", "n_calls"), [(0, 2), (0, 30), (5, 60), (18, 0)])
def test_a_run_is_gone_on_with_to_the_same_end(folk: Folk, n_matches: int, n_calls: int) -> None:
    full, calls = played("run"), answered("run")
    cut("run", "matches.jsonl", n_matches)
    if n_calls:
        cut("run", "calls.jsonl", n_calls)
    done = folk("resume", "run")
    assert done.code == 0, done.err
    assert played("run") == full
    made = answered("run")
    assert len(set(made)) == len(made)
    assert set(made) <= set(calls)
    assert n_matches or made == calls
    assert not Path("run/run.lock").exists()


@pytest.mark.parametrize("changed", [False, True])
def test_a_run_that_is_over_is_only_printed(
    folk: Folk, run: Ended, changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if changed:
        monkeypatch.setattr("harness.runner.manifest._code", lambda plan: {"harness": "0" * 16})
    monkeypatch.setattr("harness.record.lock.RunLock.take", None)
    before = whole("run")
    Path("run").chmod(0o500)
    try:
        done = folk("resume", "run")
    finally:
        Path("run").chmod(0o700)
    assert (done.code, done.out) == (0, run.out)
    assert ("folk: other code than this played it: code.harness: '" in done.err) is changed
    assert done.err.count("\n") == changed  # on a line of its own
    assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_the_same_command_goes_on_with_its_folder(folk: Folk) -> None:
    full = played("run")
    cut("run", "matches.jsonl", 3)
    same = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out", "run")
    done = folk(*same, "--concurrency", "2")
    assert done.code == 0
    assert "going on with the run in run" in done.err
    assert played("run") == full


@pytest.mark.usefixtures("run")
def test_another_command_does_not_go_on_with_that_folder(folk: Folk) -> None:
    before = whole("run")
    for flags, field in (
        (("--seed", "1"), "config.seed: 0 in the manifest, 1 now"),
        (("--repeats", "4"), "config.repeats: 3 in the manifest, 4 now"),
        (("--on-invalid", "forfeit"), "config.on_invalid: 'void' in the manifest, 'forfeit' now"),
        (("--reask", "0"), "config.reask: 2 in the manifest, 0 now"),
    ):
        same = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out", "run")
        refused = folk(*same, *flags)
        assert refused.code == 2
        assert field in refused.err
        assert "matches" in refused.err
    game = folk("run", GAMES[1], "--agents", AGENTS, "--repeats", "3", "--out", "run")
    assert "games[0].name: 'prisoners_dilemma' in the manifest" in game.err
    assert whole("run") == before


def test_a_new_version_of_a_game_is_another_game(
    folk: Folk, run: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole("run")
    monkeypatch.setattr("harness.games.matrix.MatrixGame.version", 99)
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "games[0].version: 1 in the manifest, 99 now" in refused.err
    assert folk("resume", "run", "--mixed").code == 2
    assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_other_code_goes_on_only_when_told_to_and_is_noted(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = played("run")
    cut("run", "matches.jsonl", 5)
    before = whole("run")
    monkeypatch.setattr("harness.runner.manifest._code", lambda plan: {"harness": "0" * 16})
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "code.harness: " in refused.err
    assert "--mixed" in refused.err
    assert whole("run") == before
    assert folk("resume", "run", "--mixed").code == 0
    assert played("run") == full
    (session,) = json.loads(Path("run/manifest.json").read_bytes())["resumed"]
    assert (session["matches"], session["code"]) == (5, {"harness": "0" * 16})
    assert folk("resume", "run").code == 0, "what was accepted once is not asked about again"


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("matches.jsonl", b'{"match": "torn\n', r"matches.jsonl:3: not valid JSON"),
        ("calls.jsonl", b'{"match": "torn\n', r"calls.jsonl:3: not valid JSON"),
        ("matches.jsonl", b"{}\n", r"matches.jsonl:3: not the line of a match"),
        ("calls.jsonl", b"[]\n", r"calls.jsonl:3: not the line of a call"),
    ],
)
def test_a_bad_line_inside_a_log_is_named_and_nothing_is_touched(
    folk: Folk, name: str, line: bytes, message: str
) -> None:
    path = Path("run", name)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], line, *lines[2:], b'{"torn'][: len(lines)]))
    before = whole("run")
    refused = folk("resume", "run")
    assert refused.code == 2
    assert message in refused.err
    assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_a_match_that_stands_twice_or_belongs_elsewhere_is_named(folk: Folk) -> None:
    path = Path("run/matches.jsonl")
    good = path.read_bytes()
    first = good.splitlines(keepends=True)[0]
    for extra, what in (
        (first, "stands twice"),
        (first.replace(b'"match":"', b'"match":"x', 1), "is none of this run"),
    ):
        path.write_bytes(good + extra)
        before = whole("run")
        refused = folk("resume", "run")
        assert refused.code == 2
        assert "matches.jsonl:19: match" in refused.err
        assert what in refused.err
        assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_a_newer_schema_is_refused(folk: Folk) -> None:
    path = Path("run/manifest.json")
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    before = whole("run")
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "is of schema 2, and this version of Folkbench reads up to 1" in refused.err
    assert whole("run") == before


@pytest.mark.parametrize("name", ["nothing", ".", "file"])
def test_what_is_no_run_cannot_be_gone_on_with(folk: Folk, name: str) -> None:
    Path("file").write_text("")
    refused = folk("resume", name)
    assert refused.code == 2
    assert name in refused.err


@pytest.mark.usefixtures("run")
def test_a_torn_last_line_is_kept_beside_and_played_again(folk: Folk) -> None:
    full = played("run")
    for name in ("matches.jsonl", "calls.jsonl"):
        path = Path("run", name)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    done = folk("resume", "run")
    assert done.code == 0
    assert "run/matches.jsonl: its last line was torn; its 40 bytes are in" in done.err
    assert played("run") == full
    assert len(Path("run/matches.jsonl.torn").read_bytes()) == 41
    assert len(Path("run/calls.jsonl.torn").read_bytes()) == 41


@pytest.mark.usefixtures("run")
def test_a_reply_to_another_question_is_not_taken_for_this_one(folk: Folk) -> None:
    cut("run", "matches.jsonl", 0)
    path = Path("run/calls.jsonl")
    path.write_bytes(
        path.read_bytes().replace(b"prisoner", b"prisoned").replace(b"points", b"dollars")
    )
    before = whole("run")
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "18 matches that had begun can go on only with the code and the log" in refused.err
    assert "calls.jsonl:" in refused.err
    assert "differs" in refused.err
    assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_matches_that_cannot_go_on_hold_up_no_others(folk: Folk) -> None:
    full = played("run")
    cut("run", "matches.jsonl", 0)
    path = Path("run/calls.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    stuck = json.loads(next(line for line in lines if b'"match":"' in line))["match"]
    mine = f'"match":"{stuck}"'.encode()
    path.write_bytes(b"".join(x.replace(b"points", b"dollars") if mine in x else x for x in lines))
    before = whole("run")
    refused = folk("resume", "run")
    assert refused.code == 2
    assert f"in match {stuck} was another one when it was logged" in refused.err
    assert "--mixed" in refused.err
    assert whole("run") == before
    for _ in range(2):  # there is no further progress, and nothing is said to bring any
        done = folk("resume", "run", "--mixed")
        assert done.code == 4
        assert f"in match {stuck} was another one when it was logged" in done.err
        assert "17 of 18 matches are over" in done.err
        assert "folk resume" not in done.err
        assert played("run") == [line for line in full if mine not in line]


def test_one_process_at_a_time_writes_to_a_folder(folk: Folk, tmp_path: Path) -> None:
    agents = "mock/random(latency_s=0.1),tit_for_tat"
    first = started(
        "run",
        GAMES[0],
        "--agents",
        agents,
        "--repeats",
        "50",
        "--out",
        "run",
        "--concurrency",
        "2",
        cwd=tmp_path,
    )
    try:
        wait_for_calls(tmp_path / "run", 3)
        refused = folk("resume", "run")
        assert refused.code == 2
        assert (
            f"is being written to by process {first.pid} on {socket.gethostname()}" in refused.err
        )
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGTERM)
        _, err = first.communicate(timeout=30)
    assert first.returncode == 130
    assert "To go on: folk resume run" in err


@pytest.mark.usefixtures("run")
def test_a_lock_of_another_machine_is_not_broken(folk: Folk) -> None:
    cut("run", "matches.jsonl", 5)
    lock = Path("run/run.lock")
    lock.write_text(json.dumps({"pid": 7, "host": "elsewhere", "since": "yesterday"}))
    before = whole("run")
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "says that process 7 on elsewhere (since yesterday) writes to this folder" in refused.err
    assert "delete that file" in refused.err
    assert whole("run") == before


@pytest.mark.usefixtures("run")
def test_a_lock_that_a_process_of_this_machine_left_is_taken_over(folk: Folk) -> None:
    cut("run", "matches.jsonl", 5)
    lock = Path("run/run.lock")
    lock.write_text(json.dumps({"pid": 7, "host": socket.gethostname(), "since": "yesterday"}))
    done = folk("resume", "run")
    assert done.code == 0
    assert "run was left by process 7" in done.err
    assert not lock.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
@pytest.mark.usefixtures("run")
def test_a_folder_that_cannot_be_written_is_refused(folk: Folk) -> None:
    cut("run", "matches.jsonl", 5)
    Path("run").chmod(0o500)
    try:
        refused = folk("resume", "run")
    finally:
        Path("run").chmod(0o700)
    assert refused.code == 2
    assert "cannot lock run" in refused.err
