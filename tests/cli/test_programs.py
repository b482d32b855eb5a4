"""Programs in a run: whatever one does costs a match, not the run."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.agents.process_guard import GUARD
from harness.record.folder import read_matches
from tests.cli.conftest import Folk
from tests.cli.runs import cut, played, started

ECHO = """
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "ask":
        number, cooperate = message["id"], message["space"]["enum"][0]
        {}
        print(json.dumps({{"id": number, "action": cooperate}}), flush=True)
"""
LATE = """if number > 1:
            print(json.dumps({"id": number - 1, "action": "defect"}), flush=True)"""
COUNTS = """open(sys.argv[1], "a").write(f"{number}\\n")"""


def python(path: Path, body: str = "") -> str:
    """A program that cooperates, after it has done something else."""
    path.write_text(ECHO.format(body))
    return f"{sys.executable} -I -S {path.name}"


def spec(command: str) -> str:
    return f"process(command={command!r})"


BAD = {
    "kill -9 $$": ("error", "provider_error: the program was ended by SIGKILL"),
    "read x; echo broken >&2; exit 3": ("error", "exit code 3; it said: broken"),
    "exec 1>&-; sleep 100": ("error", "closed its standard output"),
    "cat /dev/zero": ("error", "a line of more than 1048576 bytes"),
    "yes": ("void", "unparsed: not a JSON object"),
    'read x; while read x; do n=$((n + 1)); echo "{\\"id\\": $n, \\"action\\": \\"F\\"}"; done': (
        "void",
        "illegal: 'F' is not legal",
    ),
    'read x; read x; sleep 0.1; yes \'{"id": 1, "action": "defect"}\'': (
        "error",
        "1000 answers to earlier questions and none to this one",
    ),
    "printf '\\377\\n'; cat": ("void", "unparsed"),
    "while read x; do echo; done": ("void", "empty"),
}
"""What programs do, each as a shell's script, and how their match ends."""


@pytest.mark.filterwarnings("error")
def test_a_bad_program_costs_its_match_and_not_the_run(folk: Folk, tmp_path: Path) -> None:
    n_open, before = n_descriptors(), children()
    bad = {
        spec(f"sh {write(tmp_path, i, script)}"): end for i, (script, end) in enumerate(BAD.items())
    }
    good = spec(python(tmp_path / "good.py"))
    late = spec(python(tmp_path / "late.py", LATE))
    agents = ",".join(["tit_for_tat", *bad, good, late])
    done = folk(
        *("run", "prisoners_dilemma(rounds=3)", "--agents", agents, "--schedule", "versus"),
        *("--no-swap", "--timeout", "30", "--out", "run"),
    )
    assert done.code == 3, done.err
    matches = {match["agents"][1]: match for match in read_matches(Path("run"))}
    for agent, (status, reason) in bad.items():
        assert matches[agent]["status"] == status, (agent, matches[agent])
        assert reason in matches[agent]["reason"], (agent, matches[agent]["reason"])
        assert matches[agent]["player"] == 1
    for agent in (good, late):  # an answer to an earlier question is none to the next
        assert matches[agent]["status"] == "ok"
        assert matches[agent]["actions"][1] == ["cooperate"] * 3
    assert children() - before <= {GUARD.pid}
    assert n_descriptors() <= n_open + 1  # the way to the guard
    assert folk("run", "--replay", "run", "--out", "again").code == 3
    assert played("again") == played("run")


def test_a_program_that_hangs_costs_its_match(folk: Folk) -> None:
    before = children()
    done = folk(
        *("run", "prisoners_dilemma(rounds=3)", "--agents", "process:sleep 100,tit_for_tat"),
        *("--no-swap", "--timeout", "0.3", "--out", "run"),
    )
    assert done.code == 3, done.err
    (match,) = read_matches(Path("run"))
    assert (match["status"], match["player"]) == ("error", 0)
    assert match["reason"] == "timeout: no answer within 0.3 s (--timeout)"
    assert match["problems"][0]["outcome"] == "timeout"
    assert children() - before <= {GUARD.pid}


def n_descriptors() -> int:
    """How many files and pipes this process has open, where the system tells."""
    path = Path("/proc/self/fd")
    return len([*path.iterdir()]) if path.exists() else 0


def write(folder: Path, number: int, script: str) -> str:
    path = folder / f"bad{number}.sh"
    path.write_text(script)
    return path.name


def children() -> set[int | None]:
    """The processes that this one has started and not reaped."""
    path = Path("/proc/self/task")
    if not path.exists():
        return set()
    found = [(task / "children").read_text().split() for task in path.iterdir()]
    return {int(pid) for pids in found for pid in pids}


@pytest.mark.parametrize("signals", [(signal.SIGKILL,), (signal.SIGINT, signal.SIGINT)])
def test_no_program_outlives_a_run_that_is_killed(tmp_path: Path, signals: tuple[int, ...]) -> None:
    (tmp_path / "hung.sh").write_text(
        "trap '' TERM INT HUP; sleep 1000 & echo $$ $! > pids; cat > /dev/null; wait"
    )
    process = started(
        *("run", "chicken(rounds=2)", "--agents", "process:sh hung.sh,tit_for_tat"),
        *("--no-swap", "--out", "run"),
        cwd=tmp_path,
    )
    pids = [int(pid) for pid in wait_for_words(tmp_path / "pids", 2)]
    assert all(map(alive, pids))
    for number in signals:
        process.send_signal(number)
        time.sleep(0.3)
    process.communicate(timeout=30)
    until = time.monotonic() + 30
    while any(map(alive, pids)):
        assert time.monotonic() < until, "a program was left behind"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_words(path: Path, n_words: int) -> list[str]:
    until = time.monotonic() + 60
    while not path.exists() or len(words := path.read_text().split()) < n_words:
        assert time.monotonic() < until, "the program has not begun"
        time.sleep(0.02)
    return words


def test_a_match_that_was_broken_off_goes_on_without_another_question(
    folk: Folk, tmp_path: Path
) -> None:
    command = python(tmp_path / "bot.py", COUNTS) + " told"
    same = ("run", "prisoners_dilemma(rounds=5)", "--no-swap", "--out", "run")
    assert folk(*same, "--agents", f"process:{command},mock/random").code == 0
    whole = played("run")
    for name, n_lines in (("matches.jsonl", 0), ("answers.jsonl", 3), ("calls.jsonl", 3)):
        cut("run", name, n_lines)
    Path("told").unlink()
    done = folk("resume", "run")
    assert done.code == 0, done.err
    assert played("run") == whole
    assert Path("told").read_text().split() == list("12345"), "a new process is told the past"
    lines = Path("run/answers.jsonl").read_text().splitlines()
    assert [line.count('"call":') for line in lines] == [1] * 5


def test_another_answer_in_the_log_is_refused(folk: Folk, tmp_path: Path) -> None:
    command = python(tmp_path / "bot.py")
    same = ("run", "prisoners_dilemma(rounds=3)", "--no-swap", "--out", "run")
    assert folk(*same, "--agents", f"process:{command},tit_for_tat").code == 0
    cut("run", "matches.jsonl", 0)
    path = Path("run/answers.jsonl")
    path.write_text(path.read_text().replace("cooperate", "defect", 1))
    done = folk("resume", "run")
    assert done.code == 2
    assert "was another one when it was logged" in done.err


def test_a_program_that_is_not_there_is_refused_before_anything_is_played(folk: Folk) -> None:
    done = folk("run", "chicken", "--agents", "process:no_such_program -x,random", "--out", "run")
    assert done.code == 2
    assert "there is no program 'no_such_program'" in done.err
    assert not Path("run").exists()


def test_a_program_can_take_over_a_match(folk: Folk, tmp_path: Path) -> None:
    run: Any = ("run", "prisoners_dilemma(rounds=4)", "--agents", "cooperator,defector")
    assert folk(*run, "--no-swap", "--out", "run").code == 0
    (match,) = read_matches(Path("run"))
    command = python(tmp_path / "bot.py", COUNTS) + " told"
    done = folk(
        *("run", "--from", "run", "--match", match["match"], "--round", "2"),
        *("--agents", f"defector,process:{command}", "--out", "branch"),
    )
    assert done.code == 0, done.err
    (branch,) = read_matches(Path("branch"))
    assert branch["actions"][1] == ["defect", "defect", "cooperate", "cooperate"]
    assert Path("told").read_text().split() == list("1234")
