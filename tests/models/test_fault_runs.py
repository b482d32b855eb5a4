"""Runs against providers that fail at their start, for good, or in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.models.line import FROZEN_AFTER
from tests.models import faulty_runs
from tests.models.faulty import Faulty, Script
from tests.models.faulty_runs import CANARY, WAYS, check_paid, errors, named, play

server = faulty_runs.server

FATAL = ("quota", "credit", "401", "401 echo", "403", "404")

every_way = pytest.mark.parametrize("way", WAYS)


@every_way
@pytest.mark.parametrize("fault", FATAL)
def test_what_no_call_can_mend_is_found_before_anything_is_played(
    server: Faulty, tmp_path: Path, way: str, fault: str
) -> None:
    model = named(way, fault)
    ran = play(server, tmp_path / "run", {model: ([], fault), named(way, "ok"): ([], "ok")})
    assert ran.code == 2
    assert not ran.folder.exists()
    assert [s.fault for s in ran.of(model)] == [fault]
    (line,) = (
        line for line in ran.err.splitlines() if line.startswith("folk: ") and "HTTP" in line
    )
    assert model in line
    assert CANARY not in ran.out + ran.err


@every_way
def test_a_preflight_outlasts_a_fault_that_passes(server: Faulty, tmp_path: Path, way: str) -> None:
    scripts = {
        named(way, fault): ([fault], "ok") for fault in ("429", "503", "reset in body", "half json")
    }
    ran = play(server, tmp_path / "run", scripts)
    assert (ran.code, len(ran.matches)) == (0, 4)


@every_way
def test_a_server_that_is_down_is_told_before_anything_is_played(
    server: Faulty, tmp_path: Path, way: str
) -> None:
    ran = play(server, tmp_path / "run", {named(way, "503"): ([], "503")}, "--attempts", "2")
    assert (ran.code, len(ran.seen)) == (2, 2)
    assert not ran.folder.exists()
    assert "HTTP 503" in ran.err


@every_way
def test_a_model_that_becomes_unusable_leaves_its_own_matches_for_later_and_no_others(
    server: Faulty, tmp_path: Path, way: str
) -> None:
    dies, lives = named(way, "quota"), named(way, "ok")
    scripts: dict[str, Script] = {dies: (["ok"] * 5, "quota"), lives: ([], "ok")}
    ran = play(server, tmp_path / "run", scripts, "--repeats", "10", "--concurrency", "1")
    assert ran.code == 4
    assert [match["status"] for match in ran.matches[lives]] == ["ok"] * 10
    assert [match["status"] for match in ran.matches[dies]] == ["ok"] * 2
    assert "8 matches could not go on" in ran.err
    assert [s.fault for s in ran.of(dies)] == ["ok"] * 5 + ["quota"]  # once, and nothing more
    assert ran.err.count("nothing more is sent") == 1


def test_a_server_that_says_it_is_well_but_is_frozen_is_given_up(
    server: Faulty, tmp_path: Path
) -> None:
    frozen, lives = named("bare", "hang"), named("bare", "ok")
    scripts: dict[str, Script] = {frozen: (["ok"] * 7, "hang"), lives: ([], "ok")}
    flags = ("--repeats", "40", "--concurrency", "8", "--timeout", "0.6", "--attempts", "1")
    ran = play(server, tmp_path / "run", scripts, *flags)
    assert server.health() == 200
    assert ran.code == 4
    assert [match["status"] for match in ran.matches[lives]] == ["ok"] * 40
    assert FROZEN_AFTER <= len(ran.matches[frozen]) < 40
    hung = [s for s in ran.of(frozen) if s.fault == "hang"]
    assert FROZEN_AFTER <= len(hung) <= FROZEN_AFTER + 2 * 8 + 1  # those on the way, and a probe
    assert ran.err.count("nothing more is sent") == 1
    assert ran.seconds < 30


@pytest.mark.parametrize("probed", ["ok", "429"])
def test_a_server_that_is_there_after_a_silence_is_not_given_up(
    server: Faulty, tmp_path: Path, probed: str
) -> None:
    model = named("bare", "hang")
    scripts: dict[str, Script] = {model: (["ok", *["hang"] * FROZEN_AFTER, probed], "ok")}
    flags = ("--repeats", "8", "--concurrency", "8", "--timeout", "0.6", "--attempts", "4")
    ran = play(server, tmp_path / "run", scripts, *flags)
    assert [match["status"] for match in ran.matches[model]] == ["ok"] * 8
    check_paid(ran, model)


@pytest.mark.parametrize("policy", ["forfeit", "substitute"])
def test_a_policy_for_bad_answers_does_not_apply_where_there_was_none(
    server: Faulty, tmp_path: Path, policy: str
) -> None:
    faults = ("500", "hang", "401", "context", "refusal")
    scripts = {named("bare", fault): (["ok"], fault) for fault in faults}
    flags = ("--on-invalid", policy, "--reask", "0", "--attempts", "1", "--timeout", "0.6")
    ran = play(server, tmp_path / "run", scripts, *flags)
    assert named("bare", "401") not in ran.matches  # left for when the key is right
    for fault in ("500", "hang"):
        match = ran.match(named("bare", fault))
        assert (match["status"], match["payoffs"], match["rounds"]) == ("error", None, 0)
    for fault in ("context", "refusal"):
        match = ran.match(named("bare", fault))
        assert match["status"] == ("forfeit" if policy == "forfeit" else "ok")
        flagged = [problem["substituted"] for problem in match["problems"]]
        assert flagged == ([False] if policy == "forfeit" else [True, True])


def test_no_wait_goes_beyond_the_most_that_is_waited(server: Faulty, tmp_path: Path) -> None:
    scripts = {named(way, "429 seconds"): (["ok"], "429 seconds") for way in WAYS}
    ran = play(server, tmp_path / "run", scripts, "--max-wait", "0.9")
    for way in WAYS:
        assert len(ran.of(named(way, "429 seconds"))) == 2
        assert errors(ran.first_move(named(way, "429 seconds"))) == ["RateLimited"]
