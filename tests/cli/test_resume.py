"""Runs that are stopped, refused and gone on with, through the command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.models import QuotaExceeded, Reply, Transient
from harness.models.line import Line
from harness.record.calls import read_calls
from harness.record.folder import read_matches
from tests.cli.conftest import Ended, Folk

GAMES = ("prisoners_dilemma(rounds=4)", "chicken(rounds=4)")
AGENTS = "mock/random,mock/biased,tit_for_tat"
PRICED = """\
games = ["prisoners_dilemma(rounds=5)"]
agents = ["mock/random", "mock/biased"]
repeats = 20
concurrency = 4

[prices."mock/random"]
input = 1.0
output = 2.0

[prices."mock/biased"]
input = 1.0
output = 2.0
"""


def played(folder: str | Path) -> list[bytes]:
    return sorted(Path(folder, "matches.jsonl").read_bytes().splitlines())


def answered(folder: str | Path) -> list[tuple[Any, ...]]:
    """Every call that was replied to, as often as it was."""
    calls = read_calls(Path(folder))
    return sorted(
        (c["match"] or "", c["agent"], c["player"] or 0, c["call"])
        for c in calls
        if c["reply"] is not None
    )


def whole(folder: str | Path) -> dict[str, bytes]:
    """Every byte in a folder."""
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def cut(folder: str, name: str, n_lines: int) -> None:
    """Leave only the first lines of a log."""
    path = Path(folder, name)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:n_lines]))


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness.cli", *arguments]
    return subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_calls(folder: Path, n_calls: int) -> None:
    path, until = folder / "calls.jsonl", time.monotonic() + 30
    while not path.exists() or path.read_bytes().count(b"\n") < n_calls:
        assert time.monotonic() < until, "the run makes no calls"
        time.sleep(0.02)


@pytest.fixture
def run(folk: Folk) -> Ended:
    """A finished run, in `run`."""
    done = folk("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out", "run")
    assert done.code == 0
    return done


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


def test_a_run_that_is_over_is_only_printed(folk: Folk, run: Ended) -> None:
    before = whole("run")
    done = folk("resume", "run")
    assert (done.code, done.out) == (0, run.out)
    after = whole("run")
    assert {k: v for k, v in after.items() if "manifest" not in k} == {
        k: v for k, v in before.items() if "manifest" not in k
    }


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
    full, before = played("run"), whole("run")
    monkeypatch.setattr("harness.runner.manifest._code", lambda plan: {"harness": "0" * 16})
    refused = folk("resume", "run")
    assert refused.code == 2
    assert "code.harness: " in refused.err
    assert "--mixed" in refused.err
    assert whole("run") == before
    cut("run", "matches.jsonl", 5)
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
    refused = folk("resume", "run")
    assert refused.code == 1
    assert "calls.jsonl:" in refused.err
    assert "differs" in refused.err
    assert played("run") == []


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
    lock = Path("run/run.lock")
    lock.write_text(json.dumps({"pid": 7, "host": socket.gethostname(), "since": "yesterday"}))
    done = folk("resume", "run")
    assert done.code == 0
    assert "run was left by process 7" in done.err
    assert not lock.exists()


def spent(folder: str) -> float:
    return sum(call.get("usd") or 0.0 for call in read_calls(Path(folder)))


@pytest.mark.parametrize("cap", ["cost", "tokens"])
def test_a_budget_stops_a_run_which_then_goes_on_to_the_same_end(folk: Folk, cap: str) -> None:
    Path("priced.toml").write_text(PRICED)
    assert folk("run", "priced.toml", "--out", "full").code == 0
    told = json.loads(folk("run", "priced.toml", "--dry-run", "--json").out)["forecast"]
    tokens = told["input_tokens"]["value"] + told["output_tokens"]["value"]
    half = {"cost": told["usd"]["value"] / 2, "tokens": int(tokens / 2)}[cap]
    stopped = folk("run", "priced.toml", "--out", "run", f"--max-{cap}", str(half))
    assert stopped.code == 4
    assert "To go on: folk resume run" in stopped.err
    calls = list(read_calls(Path("run")))
    usage = [
        c["usd"] if cap == "cost" else sum(c["usage"].get(k, 0) for k in ("input", "output"))
        for c in calls
    ]
    in_flight = 8  # matches: twice the concurrency
    assert half - in_flight * max(usage) <= sum(usage) <= half + in_flight * max(usage)
    again = folk("resume", "run")
    assert (again.code, len(list(read_calls(Path("run"))))) == (4, len(calls)), (
        "the cap still holds"
    )
    assert folk("resume", "run", f"--max-{cap}", str(int(half * 10) + 1)).code == 0
    assert played("run") == played("full")
    assert answered("run") == answered("full")


def test_a_budget_needs_a_price(folk: Folk) -> None:
    refused = folk(
        "run", GAMES[0], "--agents", "mock/random,tit_for_tat", "--max-cost", "1", "--out", "run"
    )
    assert refused.code == 2
    assert "no price is known for mock/random" in refused.err
    assert not Path("run").exists()


@pytest.mark.parametrize("cap", ["cost", "tokens", "hours", "errors"])
def test_a_budget_of_nothing_is_refused(folk: Folk, cap: str) -> None:
    value = "1.5" if cap == "errors" else "0"
    refused = folk("run", GAMES[0], "--agents", AGENTS, f"--max-{cap}", value)
    assert refused.code == 2
    assert f"max_{cap} is {value}" in refused.err


def test_too_many_errors_stop_a_run_and_are_played_again_on_request(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "20", "--attempts", "1", "--out")
    assert folk(*command, "full").code == 0

    async def broken(*_: object) -> None:
        raise Transient("the server is down")

    with monkeypatch.context() as patch:
        patch.setattr("harness.models.transport.Transport.preflight", nothing)
        patch.setattr("harness.models.line.Line.send", broken)
        stopped = folk(*command, "run", "--max-errors", "0.5", "--concurrency", "2")
    assert stopped.code == 4
    assert "and max_errors is 0.5" in stopped.err
    assert len(played("run")) < 60
    assert folk("resume", "run", "--max-errors", "1").code == 0
    assert b'"status":"error"' in b"".join(played("run"))
    assert folk("resume", "run", "--retry-errors").code == 0
    assert played("run") == played("full")
    assert b'"status":"error"' in Path("run/matches.retried.jsonl").read_bytes()


async def nothing(*_: object) -> None:
    """Ask nobody."""


def test_time_that_is_up_stops_a_run(folk: Folk) -> None:
    agents = "mock/random(latency_s=0.05),tit_for_tat"
    command = ("run", GAMES[0], "--agents", agents, "--repeats", "20", "--concurrency", "2")
    stopped = folk(*command, "--out", "run", "--max-hours", str(1 / 3600))
    assert stopped.code == 4
    assert "which max_hours allows" in stopped.err
    assert folk("resume", "run", "--max-hours", "1", "--concurrency", "50").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_lets_calls_come_to_their_end(
    folk: Folk, tmp_path: Path, number: int
) -> None:
    agents = "mock/random(latency_s=0.15),tit_for_tat"
    same = (
        "run",
        GAMES[0],
        "--agents",
        agents,
        "--repeats",
        "5",
        "--concurrency",
        "4",
        "--out",
        "run",
    )
    process = started(*same, cwd=tmp_path)
    wait_for_calls(tmp_path / "run", 6)
    process.send_signal(number)
    begun = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - begun < 5
    assert "folk: interrupted; " in err
    assert "To go on: folk resume run" in err
    assert not (tmp_path / "run/run.lock").exists()
    n_calls = len(answered("run"))
    done = folk("resume", "run")
    assert done.code == 0, done.err
    assert len(answered("run")) == len(set(answered("run"))) > n_calls


def test_the_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    agents = "mock/random(latency_s=20),tit_for_tat"
    process = started(
        "run", GAMES[0], "--agents", agents, "--out", "run", "--timeout", "60", cwd=tmp_path
    )
    until = time.monotonic() + 20
    while not (tmp_path / "run/calls.jsonl").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.7)
    assert process.poll() is None, "the first waits for what is on the way"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    assert process.returncode == 130
    assert "folk resume run" in err
    assert "Traceback" not in err


def test_scripted_matches_are_interrupted_too(folk: Folk, tmp_path: Path) -> None:
    same = ("run", "prisoners_dilemma(rounds=400)", "--agents", "tit_for_tat,random,grudger")
    flags = ("--repeats", "200", "--out", "run")
    process = started(*same, *flags, cwd=tmp_path)
    until = time.monotonic() + 20
    path = tmp_path / "run/matches.jsonl"
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert 0 < len(played("run")) < 1200
    assert folk("resume", "run", "--workers", "2").code == 0
    logged = [match["match"] for match in read_matches(Path("run"))]
    assert logged == json.loads(Path("run/manifest.json").read_bytes())["matches"]


def test_a_provider_that_refuses_leaves_its_matches_for_later(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("run", GAMES[0], "--agents", AGENTS, "--repeats", "3", "--out")
    assert folk(*command, "full").code == 0
    in_time, n_sent = Line._in_time, 0

    async def poor(self: Line, body: Any, agent: str) -> Reply:
        nonlocal n_sent
        n_sent += 1
        if n_sent > 30:
            raise QuotaExceeded("used up")
        return await in_time(self, body, agent)

    with monkeypatch.context() as patch:
        patch.setattr(Line, "_in_time", poor)
        stopped = folk(*command, "run", "--json")
    assert stopped.code == 4
    told = json.loads(stopped.out)
    assert "used up" in told["stopped"]
    assert told["played"] == len(played("run")) < 18
    assert b"used up" not in b"".join(played("run"))
    assert folk("resume", "run").code == 0
    assert played("run") == played("full")


@pytest.mark.usefixtures("run")
def test_a_replay_needs_nobody_and_is_byte_for_byte_the_same(
    folk: Folk, run: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.agents.mock.Mock.connect", lambda self: 1 / 0)
    again = folk("run", "--replay", "run", "--out", "again")
    assert again.code == 0, again.err
    assert "byte for byte" in again.err
    assert again.out.replace("logged in again", "logged in run") == run.out
    for name in ("matches.jsonl", "calls.jsonl"):
        assert Path("again", name).read_bytes() == Path("run", name).read_bytes()


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


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
@pytest.mark.usefixtures("run")
def test_a_folder_that_cannot_be_written_is_refused(folk: Folk) -> None:
    Path("run").chmod(0o500)
    try:
        refused = folk("resume", "run")
    finally:
        Path("run").chmod(0o700)
    assert refused.code == 2
    assert "cannot lock run" in refused.err
