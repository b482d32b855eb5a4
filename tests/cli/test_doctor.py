"""`folk doctor` as it is typed; what each check finds is tested in `tests/doctor`."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.doctor import installed
from tests.cli.conftest import Folk
from tests.doctor.environment import unset_all
from tests.doctor.listing import listing

CANARY = "sk-canary-0123456789abcdef"
AREAS = ["system", "packages", "plug-ins", "keys", "disk", "GPU"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys, no servers, no torch, and a terminal of 80 columns."""
    unset_all(monkeypatch)
    monkeypatch.setattr(installed, "find_spec", lambda name: None)
    monkeypatch.setenv("COLUMNS", "80")


def checks(text: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(text)
    return told


def offer(patch: pytest.MonkeyPatch, value: str, name: str = "mine") -> None:
    """Install an agent."""
    point = EntryPoint(name, value, "folkbench.agents")
    real = registry._offers
    more = {name: [point]}
    patch.setattr(registry, "_offers", lambda k: {**real(k), **(more if k == "agent" else {})})


def test_everything_is_looked_at_and_nothing_left_behind(folk: Folk) -> None:
    done = folk("doctor")
    assert (done.code, done.err) == (0, "")
    headings = [line for line in done.out.splitlines() if line and line[0] != " "]
    assert headings[: len(AREAS)] == ["System", "Packages", "Plug-ins", "Keys", "Disk", "GPU"]
    assert "OPENAI_API_KEY is not set" in done.out
    assert "Runs can be played and logged here." in done.out
    assert not list(Path.cwd().iterdir())


def test_lines_fit_a_terminal(folk: Folk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setattr(sys, "executable", "/usr/bin/python")  # paths stay whole, however long
    for arguments in (["doctor"], ["doctor", "mock/random(error=1, status=401)", "mock/random"]):
        lines = folk(*arguments).out.splitlines()
        assert max(map(len, lines)) <= 80
        assert not any(line.endswith(" ") for line in lines)


def test_a_long_or_hostile_name_takes_nothing_from_what_is_said(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a\x1b" * 5, "a" * 90):
        offer(monkeypatch, "no_such_module:Bot", name)
        told = " ".join(folk("doctor").out.split())
        shown = name.replace("\x1b", r"\x1b")
        assert f"broken agent {shown} agent {name!r} (no_such_module:Bot) cannot be" in told


def test_json_holds_every_check(folk: Folk) -> None:
    done = folk("doctor", "--json")
    told = checks(done.out)
    assert done.code == 0
    assert list(dict.fromkeys(check["area"] for check in told)) == AREAS
    assert {check["state"] for check in told} <= {"ok", "missing", "broken"}
    assert all(set(check) == {"area", "name", "state", "detail", "needed"} for check in told)
    assert {"aiohttp", "vllm"} <= {check["name"] for check in told}


def test_a_folder_that_runs_cannot_go_to_is_a_failure(folk: Folk) -> None:
    Path("file").write_text("")
    done = folk("doctor", "--out", "file/results")
    assert done.code == 1
    assert "cannot be made in it: Not a directory" in done.out
    assert done.out.endswith("\nTo be put right: disk file/results\n")
    assert [path.name for path in Path.cwd().iterdir()] == ["file"]


def test_a_broken_plug_in_is_a_failure_with_its_reason(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "no_such_module:Bot")
    done = folk("doctor")
    assert done.code == 1
    assert "No module named 'no_such_module'" in " ".join(done.out.split())
    assert done.out.endswith("\nTo be put right: plug-ins agent mine\n")


@pytest.mark.parametrize("variable", ["VLLM_BASE_URL", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"])
def test_a_dead_server_is_told_and_no_failure(
    folk: Folk, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9/v1")
    done = folk("doctor")
    assert done.code == 0
    assert "Servers\n  broken" in done.out
    assert variable in done.out


def test_a_server_s_words_cannot_steer_the_terminal(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listing(body={"data": [{"id": "\x1b[2Jtiny\u202e"}]}) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        done = folk("doctor")
    assert r"\x1b[2Jtiny\u202e" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("source", ["environment", ".env"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_part_of_a_key_is_printed_whoever_echoes_it(
    folk: Folk, monkeypatch: pytest.MonkeyPatch, source: str, form: list[str]
) -> None:
    names = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "VLLM_API_KEY", "OPENROUTER_API_KEY")
    if source == ".env":
        Path(".env").write_text("".join(f"{name}={CANARY}\n" for name in names))
    else:
        for name in names:
            monkeypatch.setenv(name, CANARY)
    Path("folk_echoing_plugin.py").write_text(f"raise RuntimeError('{CANARY}')\n")
    monkeypatch.syspath_prepend(Path.cwd())
    offer(monkeypatch, "folk_echoing_plugin:Bot")
    with listing(echoes=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("VLLM_BASE_URL", f"http://me:{CANARY}@127.0.0.1:9")
        done = folk("doctor", "--out", f"results-{CANARY}", *form)
        asked = folk("doctor", "openai/gpt-5-mini", f"mock/{CANARY}", *form)
    assert server.shown[0] == f"Bearer {CANARY}"
    for printed in (done.out, done.err, asked.out, asked.err):
        assert "canary" not in printed
        assert "0123456789" not in printed
    assert "[secret " in done.out


def test_models_are_asked_and_nothing_else_is_looked_at(folk: Folk) -> None:
    done = folk("doctor", "mock/random", "tit_for_tat")
    assert (done.code, done.err) == (0, "")
    heading, first, second = done.out.split("\n\n")[0].splitlines()
    assert heading == "Models"
    assert first.startswith("  ok       mock/random  replied in 0.")
    assert second == "  ok       tit_for_tat  plays by a script, and asks nobody"
    assert not list(Path.cwd().iterdir())


def test_a_model_that_does_not_reply_is_a_failure_and_hides_no_other(folk: Folk) -> None:
    done = folk("doctor", "mock/random(error=1, status=401)", "mock/random", "--json")
    refused, replied = checks(done.out)
    assert done.code == 1
    assert (refused["state"], replied["state"]) == ("broken", "ok")
    assert "HTTP 401" in refused["detail"]


def test_what_has_no_part_in_asking_models_is_refused(folk: Folk) -> None:
    done = folk("doctor", "mock/random", "--out", "results")
    assert (done.code, done.out) == (2, "")
    assert done.err == "folk: with models, nothing but these is looked at: leave --out out\n"
