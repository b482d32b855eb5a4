"""Whole runs with models through the command, with the scripted model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.record.calls import read_calls
from harness.record.folder import read_matches
from tests.cli.conftest import Folk

PD = "prisoners_dilemma(rounds=3)"
FIVE = (
    PD,
    "rock_paper_scissors(rounds=3)",
    "beauty(players=3, rounds=2)",
    "donor(agents=4, generations=2, rounds=2)",
    "deal_or_no_deal(max_messages=6)",
)
CANARY = "sk-canary-0123456789abcdef"


def lines(folder: str) -> list[dict[str, Any]]:
    return list(read_matches(Path(folder)))


@pytest.mark.parametrize("elicit", ["json", "text", "choice", "logits"])
def test_all_five_games_are_played_however_answers_are_asked_for(folk: Folk, elicit: str) -> None:
    agents = f"mock/random(elicit='{elicit}'),mock/talker(elicit='{elicit}')"
    done = folk("run", *FIVE, "--agents", agents, "--schedule", "society", "--out", "run")
    assert done.code == 0, done.err + done.out
    matches = lines("run")
    assert {m["status"] for m in matches} == {"ok"}
    assert {m["game"].partition("(")[0] for m in matches} == {g.partition("(")[0] for g in FIVE}
    assert all(call["reply"] for call in read_calls(Path("run")))
    drawn = [m for m in matches if m.get("strategies")]
    assert bool(drawn) is (elicit == "logits")


@pytest.mark.parametrize("memory", ["chat", "restate"])
def test_the_same_seed_gives_the_same_matches_whatever_the_concurrency(
    folk: Folk, memory: str
) -> None:
    runs = []
    for concurrency in ("1", "50"):
        agents = (
            f"mock/random(memory='{memory}'),mock/flaky(memory='{memory}', error=0.05),tit_for_tat"
        )
        out = f"run-{concurrency}"
        rest = ("--repeats", "4", "--concurrency", concurrency, "--out", out)
        assert folk("run", PD, "--agents", agents, *rest).code == 0
        runs.append(sorted(Path(out, "matches.jsonl").read_bytes().splitlines()))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("policy", ["void", "forfeit"])
def test_a_refusal_is_no_cooperation_and_shows_in_the_standings(folk: Folk, policy: str) -> None:
    agents = "mock/refuser(marked=False),cooperator"
    done = folk("run", PD, "--agents", agents, "--on-invalid", policy, "--json", "--out", "run")
    assert done.code == 3
    told = {row["agent"]: row for row in json.loads(done.out)["standings"]}
    refuser = told["mock/refuser(marked=False)"]
    assert refuser["statuses"][policy] == 2
    assert refuser["invalid"] == 6
    assert not refuser["cooperation_rate"]["value"]
    assert all(m["actions"] == [[], []] for m in lines("run"))


def test_refusals_show_beside_the_numbers(folk: Folk) -> None:
    agents = "mock/refuser(marked=False),cooperator"
    done = folk("run", PD, "--agents", agents, "--on-invalid", "substitute", "--out", "run")
    assert done.code == 0
    header, row = (x for x in done.out.splitlines() if "invalid" in x or x.startswith("1  mock"))
    assert "substituted" in header
    assert row.split()[-2:] == ["18", "6"]


def test_what_calls_took_is_printed(folk: Folk) -> None:
    done = folk("run", PD, "--agents", "mock/random,cooperator", "--out", "run")
    assert done.code == 0
    (row,) = (line for line in done.out.splitlines() if line.endswith("unknown"))
    assert row.split()[:2] == ["mock/random", "7"]


def test_prices_of_a_run_file_are_counted_by_call_and_by_agent(folk: Folk) -> None:
    Path("study.toml").write_text(
        f'games = ["{PD}"]\nagents = ["mock/random", "cooperator"]\nout = "run"\n'
        '[model]\nmemory = "restate"\nsystem = "Play."\n'
        '[prices."mock/random"]\ninput = 1.0\noutput = 2.0\n'
    )
    told = json.loads(folk("run", "study.toml", "--json").out)["calls"]["mock/random"]
    calls = list(read_calls(Path("run")))
    assert told["usd"] == pytest.approx(sum(call["usd"] for call in calls))
    tokens = told["input_tokens"] * 1e-6 + told["output_tokens"] * 2e-6
    assert told["usd"] == pytest.approx(tokens)
    assert calls[-1]["request"]["messages"][0] == {"role": "system", "content": "Play."}
    assert len(calls[-1]["request"]["messages"]) == 2


def test_a_run_with_a_full_cache_asks_for_one_word_only_and_plays_the_same(folk: Folk) -> None:
    for out in ("one", "two"):
        run = ("run", PD, "--agents", "mock/random,tit_for_tat", "--cache", "replies.sqlite")
        assert folk(*run, "--out", out).code == 0
    assert sorted(Path("one/matches.jsonl").read_bytes().splitlines()) == sorted(
        Path("two/matches.jsonl").read_bytes().splitlines()
    )
    greeting, *calls = read_calls(Path("two"))
    assert all(call.get("cached") for call in calls)
    assert greeting["match"] is None
    assert not any(call.get("cached") for call in read_calls(Path("one")))


def test_what_fails_for_good_is_found_before_anything_is_played(folk: Folk) -> None:
    done = folk("run", PD, "--agents", "mock/random(error=1,status=401),cooperator", "--out", "run")
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("folk: mock/random(error=1, status=401): ")
    assert "401" in line
    assert not Path("run").exists()


def test_one_failing_model_does_not_stop_the_others(folk: Folk) -> None:
    agents = "mock/random(context_tokens=150),mock/biased,cooperator"
    done = folk("run", PD, "--agents", agents, "--out", "run")
    assert done.code == 3
    ended = {(tuple(m["agents"]), m["status"]) for m in lines("run")}
    assert (("mock/biased", "cooperator"), "ok") in ended
    outcomes = {p["outcome"] for m in lines("run") for p in m.get("problems", ())}
    assert outcomes == {"context_overflow"}


def test_injections_change_no_reading(folk: Folk) -> None:
    game = "prisoners_dilemma(rounds=2)+talk(messages=2)"
    plain, poisoned = (
        folk("run", game, "--agents", f"mock/{who},mock/biased(first=1)", "--out", who)
        for who in ("random", "injector")
    )
    assert (plain.code, poisoned.code) == (0, 0)
    for match in lines("injector"):
        biased = match["agents"].index("mock/biased(first=1)")
        assert set(match["actions"][biased]) == {"cooperate"}
        assert not match.get("problems")
    roles = [m["role"] for c in read_calls(Path("injector")) for m in c["request"]["messages"]]
    assert set(roles) == {"system", "user", "assistant"}
    for call in read_calls(Path("injector")):
        system = [m["content"] for m in call["request"]["messages"] if m["role"] == "system"]
        assert all("You are taking part in a game" in text for text in system)


@pytest.mark.parametrize(
    "agents",
    [
        "mock/random,cooperator",
        "mock/random(error=1,status=500),cooperator",
        "openai/gpt-5,cooperator",
        "anthropic/claude-x,cooperator",
    ],
)
def test_no_key_is_written_or_printed_anywhere(
    folk: Folk, agents: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MY_SECRET_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    Path("study.toml").write_text(
        f'games = ["{PD}"]\nagents = "{agents}"\nout = "run"\nattempts = 2\n'
        f'[model]\nsystem = "The key is {CANARY}."'
    )
    done = folk("run", "study.toml")
    assert done.code in (0, 2)
    found = [p for p in Path("run").rglob("*") if p.is_file() and CANARY in p.read_text("utf-8")]
    assert not found
    assert CANARY not in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--agents", "openai,cooperator"), "openai needs the name of a model: openai/MODEL"),
        (("--agents", "opnai/gpt,cooperator"), "there is no agent 'opnai'; did you mean openai?"),
        (("--agents", "tit_for_tat/x,cooperator"), "tit_for_tat is no model's provider"),
        (("--agents", "mock/rndom,cooperator"), "did you mean random?"),
        (("--agents", "mock/random(elicit='guess'),cooperator"), "elicit is 'guess'"),
        (("--agents", "openai/x(elicit='logits'),cooperator"), "elicit is 'logits'"),
        (("--agents", "anthropic/x(seed=True),cooperator"), "seed is True"),
        (("--agents", "mock/random(temperature=-1),cooperator"), "temperature is -1"),
        (("--agents", "mock/random,cooperator", "--concurrency", "-1"), "concurrency is -1"),
        (("--agents", "mock/random,cooperator", "--timeout", "0"), "timeout is 0"),
        (("--agents", "mock/random,cooperator", "--attempts", "0"), "attempts is 0"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    folk: Folk, arguments: tuple[str, ...], message: str
) -> None:
    done = folk("run", PD, *arguments, "--out", "run")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert message in done.err
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[model]\ntemprature = 1", "no model here has a parameter 'temprature'"),
        ('[model]\nmodel = "x"', "no model here has a parameter 'model'"),
        ('[prices."mock/random"]\ninput = "much"', "input"),
        ("prices = 3", "prices is 3; it must be a table"),
        ("timeout = true", "timeout is True; it must be a number"),
    ],
)
def test_a_run_file_that_cannot_be_is_refused(folk: Folk, text: str, message: str) -> None:
    head = f'games = ["{PD}"]\nagents = ["mock/random", "cooperator"]\nout = "run"\n'
    Path("study.toml").write_text(head + text)
    done = folk("run", "study.toml")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "study.toml" in done.err
    assert not Path("run").exists()


def test_failures_fall_on_the_same_calls_whenever_a_run_is_played(folk: Folk) -> None:
    agents = "mock/random(error=0.3, retry_after_s=0.001),tit_for_tat"
    runs = []
    for out in ("one", "two"):
        done = folk(
            "run", PD, "--agents", agents, "--repeats", "10", "--attempts", "2", "--out", out
        )
        assert done.code == 3
        runs.append(sorted(Path(out, "matches.jsonl").read_bytes().splitlines()))
    assert runs[0] == runs[1]


def test_why_matches_failed_is_told_and_is_no_invalid_answer(folk: Folk) -> None:
    agents = "mock/random(error=0.9,status=400),cooperator"
    for seed in range(20):  # until the word before matches comes
        done = folk(
            "run", PD, "--agents", agents, "--json", "--seed", str(seed), "--out", f"{seed}"
        )
        if done.code != 2:
            break
        agents = f"mock/random(error=0.9,status=400,first=0.{seed + 1}),cooperator"
    assert done.code == 3
    assert "matches ended as errors: mock/random(" in done.err
    assert "400" in done.err
    told = json.loads(done.out)["standings"]
    assert all(row["invalid"] == 0 for row in told)
    assert any(row["statuses"]["error"] for row in told)


def test_a_full_disk_stops_the_run_before_more_is_paid_for(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, left = os.fsync, iter(range(12))

    def filling(handle: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", filling)
    game = "prisoners_dilemma(rounds=50)"
    done = folk("run", game, "--agents", "mock/random(latency_s=0.001),cooperator", "--out", "run")
    assert done.code == 1
    assert "No space left on device; what was played until then is in run" in done.err
    assert lines("run") == []
    assert 1 <= len(list(read_calls(Path("run")))) < 20


def test_a_price_of_nobody_is_said(folk: Folk) -> None:
    Path("study.toml").write_text(
        f'games = ["{PD}"]\nagents = ["mock/random", "cooperator"]\nout = "run"\n'
        '[prices."mock/rndom"]\ninput = 1.0\noutput = 2.0\n'
    )
    done = folk("run", "study.toml")
    assert done.code == 0
    assert done.err == "folk: prices are given for mock/rndom, which does not take part\n"
