from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.branch import Branch
from harness.config import RunConfig, resolve
from harness.errors import RecordError, UsageError
from harness.match import AnswerPolicy, Entry
from harness.models.transport import Transport
from harness.play import play_async
from harness.record.calls import read_calls
from harness.record.folder import read_matches
from harness.record.lines import encode, match_fields
from harness.runner.branching import branches
from harness.runner.run import resume, run
from harness.runner.scripted import play_all
from tests.sketches import Model, refusal
from tests.small_games import GAMES

BAD = "mock/random(refuse=0.2)"
"""A model that is often asked again, and sometimes moved for."""

SETTINGS: dict[str, Any] = {"on_invalid": "substitute", "reask": 1, "swap": False}


def study(folder: Path, game: str, *agents: str, **settings: Any) -> list[dict[str, Any]]:
    """Run a table of these agents; the matches that it brought."""
    config = RunConfig((game,), agents, ("society",), **{**SETTINGS, **settings})
    run(resolve(config), folder)
    return list(read_matches(folder))


def plan(source: Path, before: int, *agents: str, **settings: Any) -> Any:
    """A run that continues the first match of another."""
    told = next(read_matches(source))
    where = {"from": str(source), "match": told["match"][:8], "round": before}
    return resolve(RunConfig(agents=agents, branch=where, **{**SETTINGS, **settings}))


def go_on(
    folder: Path, source: Path, before: int, *agents: str, **settings: Any
) -> list[dict[str, Any]]:
    """Continue the first match of a run; the matches that this brought, by repeat."""
    run(plan(source, before, *agents, **settings), folder)
    return sorted(read_matches(folder), key=lambda told: int(told["repeat"]))


def course(told: dict[str, Any]) -> dict[str, Any]:
    """All that happened in a match, without what it is."""
    what = ("match", "block", "table", "repeat", "branch")
    return {key: value for key, value in told.items() if key not in what}


def calls(folder: Path) -> list[dict[str, Any]]:
    """The calls made in matches."""
    return [call for call in read_calls(folder) if call["match"] is not None]


def asked(folder: Path, player: int = 0) -> list[dict[str, Any]]:
    """A player's calls in order."""
    mine = [call for call in calls(folder) if call["player"] == player]
    return sorted(mine, key=lambda call: int(call["call"]))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all games by one model."""
    folder = tmp_path_factory.mktemp("everything") / "run"
    run(resolve(RunConfig(GAMES, (BAD,), ("society",), **SETTINGS)), folder)
    return folder


@pytest.mark.parametrize("spec", GAMES)
async def test_any_game_goes_on_from_any_round_as_it_did(spec: str, everything: Path) -> None:
    game = registry.build("game", spec)
    (source,) = (told for told in read_matches(everything) if told["game"] == game.spec)
    seats = [registry.build("agent", BAD)] * game.what.n_seats
    where, policy = (everything, source["match"]), AnswerPolicy(1, "substitute")
    assert source["status"] == "ok"
    for before in range(source["rounds"]):
        (match,) = branches(*where, before, seats, repeats=1, policy=policy)
        async with Transport() as transport:
            told = json.loads(encode(match_fields(await play_async(match, transport))))
        assert course(told) == course(source), before


CASES = {
    "talking": ("prisoners_dilemma(rounds=4, noise=0.3, relabel='round')+talk", BAD),
    "society": ("donor(agents=4, generations=2, rounds=2, games_per_generation=1)", BAD),
    "forecasts": (
        "beauty(players=3, rounds=3)+reflect+predict",
        "mock/random(refuse=0.2, elicit='text')+reason",
    ),
    "drawn": (
        "rock_paper_scissors(rounds=3)+reflect(when='end')",
        "mock/random(elicit='logits', memory='restate')+predict_first",
    ),
    "overflow": ("rock_paper_scissors(rounds=8)", "mock/random(context_tokens=400)"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_models_go_on_as_they_did_and_nobody_is_asked_for_the_past(
    case: str, tmp_path: Path
) -> None:
    game, agent = CASES[case]
    (source,) = study(tmp_path / "source", game, agent)
    seats = [agent] * registry.build("game", game).what.n_seats
    assert source["status"] == "ok"
    assert "strategies" in source if case == "drawn" else "problems" in source
    n_calls = len(calls(tmp_path / "source"))
    last = source["rounds"] - (case != "drawn")
    for before in (0, last):
        folder = tmp_path / str(before)
        (told,) = go_on(folder, tmp_path / "source", before, *seats)
        assert course(told) == course(source), before
        assert told["branch"] == {"match": source["match"], "round": before}
        n_calls_now = len(calls(folder))
        assert n_calls_now < n_calls if before else n_calls_now == n_calls


def test_calls_go_on_where_they_stood_and_the_first_holds_all_that_was_said(
    tmp_path: Path,
) -> None:
    study(tmp_path / "source", "rock_paper_scissors(rounds=4)", "mock/random", "mock/biased")
    (told,) = go_on(tmp_path / "now", tmp_path / "source", 2, "mock/random", "random")
    before, now = asked(tmp_path / "source"), asked(tmp_path / "now")
    assert [call["call"] for call in now] == [3, 4]
    assert [call["kept"] for call in now] == [0, 6]
    said = [message["content"] for message in now[0]["request"]["messages"]]
    assert said[2:5:2] == [call["reply"]["text"] for call in before[:2]]
    assert told["agents"] == ["mock/random", "random"]


def test_a_new_model_is_told_the_past_as_its_own(tmp_path: Path) -> None:
    (source,) = study(tmp_path / "source", "rock_paper_scissors(rounds=4)", "random", "flat")
    go_on(tmp_path / "now", tmp_path / "source", 2, "mock/random", "flat")
    first = asked(tmp_path / "now")[0]
    assert (first["call"], first["kept"]) == (1, 0)
    messages = first["request"]["messages"]
    said = [message["content"] for message in messages]
    roles = [message["role"] for message in messages]
    assert roles == ["system", *["user", "assistant"] * 2, "user"]
    assert [json.loads(text)["action"] for text in said[2:5:2]] == source["actions"][0][:2]
    assert said[3].startswith("In round 1 you chose")


def test_repeats_ask_with_seeds_of_their_own_from_the_round_on(tmp_path: Path) -> None:
    study(tmp_path / "source", "rock_paper_scissors(rounds=6)", "mock/random")
    told = go_on(tmp_path / "now", tmp_path / "source", 3, *["mock/random"] * 2, repeats=4)
    assert len({json.dumps(match["actions"]) for match in told}) == 4
    assert len({json.dumps([side[:3] for side in match["actions"]]) for match in told}) == 1
    seeds = [call["request"]["seed"] for call in calls(tmp_path / "now")]
    assert len(set(seeds)) == len(seeds) == 4 * 3 * 2
    assert len({match["block"] for match in told}) == 4
    assert len({match["table"] for match in told}) == 1


def test_a_branch_that_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    study(tmp_path / "source", "prisoners_dilemma(rounds=6, noise=0.2)+talk", BAD)
    seats = ("mock/talker(refuse=0.2)", BAD)
    whole = go_on(tmp_path / "now", tmp_path / "source", 3, *seats, repeats=2)
    log = tmp_path / "now" / "calls.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[: len(lines) // 2]))
    (tmp_path / "now" / "matches.jsonl").write_bytes(b"")
    resume(plan(tmp_path / "source", 3, *seats, repeats=2), tmp_path / "now")
    again = sorted(read_matches(tmp_path / "now"), key=lambda told: int(told["repeat"]))
    assert again == whole

    def made(line: bytes) -> Any:
        call = json.loads(line)
        return call["match"], call["player"], call["call"], call["request"], call["reply"]

    now = log.read_bytes().splitlines()
    assert len(now) == len(lines)
    assert sorted(map(repr, map(made, now))) == sorted(map(repr, map(made, lines)))


def test_a_branch_of_a_branch_says_again_what_both_logs_hold(tmp_path: Path) -> None:
    game = "donor(agents=4, generations=2, rounds=3, games_per_generation=1)"
    study(tmp_path / "a", game, BAD)
    new = "mock/talker(refuse=0.2)"
    seats = (BAD, new, "random", BAD)
    (_, second) = go_on(tmp_path / "b", tmp_path / "a", 2, *seats, repeats=2)
    where = {"from": str(tmp_path / "b"), "match": second["match"]}
    for before in (2, 3, 5):
        config = RunConfig(agents=seats, branch={**where, "round": before}, **SETTINGS)
        run(resolve(config), tmp_path / f"c{before}")
        (told,) = read_matches(tmp_path / f"c{before}")
        assert course(told) == course(second)
    early = RunConfig(agents=seats, branch={**where, "round": 1}, **SETTINGS)
    with pytest.raises(UsageError, match=r"before round 2, it is match .* continue that one"):
        resolve(early)


def test_scripted_branches_are_played_like_any_matches(tmp_path: Path) -> None:
    (source,) = study(tmp_path / "source", "prisoners_dilemma(noise=0.2)", "tit_for_tat", "random")
    matches = plan(tmp_path / "source", 5, "grudger", "random", repeats=9).matches
    told = [json.loads(played.line) for played in play_all(matches)]
    assert [m["repeat"] for m in told] == list(range(9))
    assert {tuple(m["actions"][1][:5]) for m in told} == {tuple(source["actions"][1][:5])}
    assert len({tuple(m["actions"][1]) for m in told}) > 1


def test_who_stands_in_for_a_model_is_told_the_past_and_needs_no_log(tmp_path: Path) -> None:
    study(tmp_path / "source", "rock_paper_scissors(rounds=4)", "mock/random")
    (match,) = plan(tmp_path / "source", 2, "mock/random", "mock/random").matches
    assert isinstance(match, Branch)
    assert match.restored_from(0, match.seats[0]) == 0
    other = match.for_rehearsal(match.seats)
    assert isinstance(other, Branch)
    assert other.id == match.id
    assert other.restored_from(0, other.seats[0]) == 2


def test_a_log_that_is_gone_ends_the_run_and_becomes_no_result(tmp_path: Path) -> None:
    study(tmp_path / "source", "rock_paper_scissors(rounds=4)", "mock/random")
    planned = plan(tmp_path / "source", 2, "mock/random", "mock/random")
    (tmp_path / "source" / "calls.jsonl").unlink()
    with pytest.raises(RecordError, match=r"cannot read .*calls\.jsonl: No such file"):
        run(planned, tmp_path / "now")
    assert list(read_matches(tmp_path / "now")) == []


def made(source: Path, match: str, before: int, *agents: str) -> list[Any]:
    entries = [registry.build("agent", agent) for agent in agents]
    policy = AnswerPolicy(1, "substitute")
    return branches(source, match, before, entries, repeats=1, policy=policy)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A run of eight matches between bots."""
    study(tmp_path / "source", "prisoners_dilemma(rounds=3)", "random", "grudger", repeats=8)
    return tmp_path / "source"


def refused(source: Path, match: str, before: int, *agents: str) -> str:
    with pytest.raises(UsageError) as error:
        made(source, match, before, *(agents or ("random", "random")))
    return str(error.value)


def test_what_cannot_be_continued_is_refused_by_name(source: Path) -> None:
    ids = [told["match"] for told in read_matches(source)]
    assert made(source, ids[0], 2, "random", "random")[0].source.id == ids[0]
    assert "no match whose identity begins with 'xyz'" in refused(source, "xyz", 0)
    several = refused(source, "", 0)
    assert several.startswith("the identities of 8 matches in")
    assert f"{ids[4]}, …; give more of" in several
    for before in (-1, 4):
        told = refused(source, ids[0], before)
        assert f"match {ids[0]} cannot be continued from round {before}: it has 3 rounds" in told
        assert told.endswith("give one from 0 to 3")
    assert "round 3: nothing was left to decide then" in refused(source, ids[0], 3)
    assert "has 2 seats, and 3 agents are given" in refused(source, ids[0], 1, *["random"] * 3)


def test_a_match_that_is_not_over_is_to_be_resumed_first(source: Path) -> None:
    log = source / "matches.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    told = refused(source, json.loads(lines[-1])["match"], 0)
    assert told.endswith(f"is not over: `folk resume {source}` plays it to its end")


def test_a_match_is_continued_up_to_its_forfeit(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    (told,) = study(folder, "deal_or_no_deal", "mock/refuser", on_invalid="forfeit")
    assert (told["status"], told["rounds"]) == ("forfeit", 1)  # which the game closed itself
    (now,) = go_on(tmp_path / "now", folder, 0, "random", "random")
    assert now["status"] == "ok"
    expected = "it was forfeited in round 0; give one from 0 to 0"
    assert expected in refused(folder, told["match"], 1)


def test_another_game_than_was_played_is_told_field_by_field(source: Path) -> None:
    manifest = source / "manifest.json"
    content = json.loads(manifest.read_bytes())
    content["games"][0]["version"] = 99
    content["games"][0]["parameters"]["rounds"] = 7
    manifest.write_text(json.dumps(content))
    match = next(read_matches(source))["match"]
    told = refused(source, match, 1)
    assert "prisoners_dilemma(rounds=3) is not the game that was played in" in told
    assert told.splitlines()[1:] == [
        "  version: 99 in the manifest, 1 now",
        "  parameters.rounds: 7 in the manifest, 3 now",
    ]


def test_a_manifest_of_other_settings_than_the_matches_is_refused(source: Path) -> None:
    manifest = source / "manifest.json"
    content = json.loads(manifest.read_bytes())
    content["config"]["reask"] = 0
    manifest.write_text(json.dumps(content))
    match = next(read_matches(source))["match"]
    with pytest.raises(RecordError, match=f"match {match} of .* is not what the run's manifest"):
        made(source, match, 1, "random", "random")


def test_a_log_that_contradicts_its_game_is_refused_before_anybody_plays(source: Path) -> None:
    log = source / "matches.jsonl"
    lines = log.read_text().splitlines()
    told = json.loads(lines[0])
    told["actions"][1][1] = "sulk"
    log.write_text("\n".join([json.dumps(told), *lines[1:]]) + "\n")
    with pytest.raises(RecordError, match="in round 1, player 1 did 'sulk', and legal is"):
        made(source, told["match"], 2, "random", "random")
    assert made(source, told["match"], 1, "random", "random")


def test_an_agent_that_cannot_be_told_a_past_is_refused_before_anybody_plays(source: Path) -> None:
    match = next(read_matches(source))["match"]
    agents = [registry.build("agent", "random"), Entry("person", Model(refusal))]
    for before in (0, 1):
        arguments: Any = (source, match, before, agents)
        if before:
            with pytest.raises(UsageError, match=r"^person cannot go on with a match that others"):
                branches(*arguments, repeats=1, policy=AnswerPolicy())
        else:
            assert branches(*arguments, repeats=1, policy=AnswerPolicy())


@pytest.mark.parametrize("fault", ["missing", "changed", "read otherwise", "without reply"])
def test_a_past_that_the_log_of_calls_does_not_hold_is_refused(fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    (told,) = study(folder, "rock_paper_scissors(rounds=4)", "mock/random", "random")
    log = folder / "calls.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    second = next(call for call in lines if call["call"] == 2)
    if fault == "missing":
        lines.remove(second)
    elif fault == "changed":
        second["request"]["messages"][-1]["content"] += "?"
    elif fault == "read otherwise":
        now = {"rock": "paper", "paper": "scissors", "scissors": "rock"}[told["actions"][0][1]]
        second["reply"]["text"] = json.dumps({"action": now})
    else:
        second |= {"reply": None, "error": {"error": "TimedOut", "message": "no reply"}}
    log.write_text("".join(json.dumps(call) + "\n" for call in lines))
    what = {
        "missing": "in round 1, call 2 of player 0 has no reply in the log of calls",
        "changed": f"call 2 of player 0 in match {told['match']} was another one when it was",
        "read otherwise": "in round 1, player 0 did .* and its reply in the log of calls is read",
        "without reply": "in round 1, call 2 of player 0 has no reply in the log of calls",
    }
    with pytest.raises(RecordError, match=what[fault]):
        go_on(tmp_path / "now", folder, 3, "mock/random", "random")


def test_an_invaded_society_can_be_continued(tmp_path: Path) -> None:
    """Its chance is that of the society without invaders, which the log has to tell."""
    config = RunConfig(
        ("donor(agents=4, generations=1, rounds=3)",),
        ("random_donor",),
        ("invade@1",),
        swap=False,
    )
    run(resolve(config), tmp_path / "source")
    source = next(m for m in read_matches(tmp_path / "source") if "residents" in m)
    seats = [registry.build("agent", spec) for spec in source["agents"]]
    (match,) = branches(
        tmp_path / "source", source["match"], 2, seats, repeats=1, policy=AnswerPolicy()
    )
    (played,) = play_all([match])
    expected = course(source)
    assert expected.pop("residents") == "random_donor"
    assert course(json.loads(played.line)) == expected
