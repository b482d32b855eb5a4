"""What cannot be is refused in one line, before anything is played or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Folk

PD = "prisoners_dilemma(rounds=2)"
TWO = "tit_for_tat,random"


def refused(folk: Folk, *arguments: str) -> str:
    """The one line in which a command refuses, having done nothing."""
    before = sorted(Path().rglob("*"))
    ended = folk(*arguments)
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.startswith("folk: ")
    assert "Traceback" not in ended.err
    assert len(ended.err) < 400 + len(str(Path.cwd()))
    assert sorted(Path().rglob("*")) == before, "something was written"
    return ended.err


@pytest.mark.parametrize(
    ("game", "words"),
    [
        ("prisoner_dilemma", ["game", "'prisoner_dilemma'", "did you mean prisoners_dilemma"]),
        ("tit_for_tat", ["no game", "'tit_for_tat'"]),
        ("chicken(round=3)", ["chicken", "'round'", "did you mean rounds"]),
        ("chicken(3)", ["'chicken(3)'", "name(key=value"]),
        ("chicken(rounds=ten)", ["chicken", "rounds=ten", "'ten' in quotes"]),
        ("chicken(rounds='ten')", ["chicken", "rounds", "'ten'", "whole number"]),
        ("chicken(rounds=0)", ["chicken", "rounds", "0", "1 or more"]),
        ("chicken(rounds=-5)", ["chicken", "rounds", "-5", "1 or more"]),
        ("chicken(noise=1.5)", ["chicken", "noise", "1.5", "probability"]),
        ("chicken(noise=1e999)", ["chicken", "noise", "inf", "probability"]),
        ("chicken(", ["'chicken('"]),
        ("chicken(rounds=3", ["'chicken(rounds=3'"]),
        ("", ["''"]),
        ("chicken; rm", ["'chicken; rm'"]),
        ("chicken(rounds=__import__('os').getpid())", ["rounds", "__import__", "literal"]),
        ("chicken(rounds=2, rounds=3)", ["rounds"]),
        ("chicken(stakes=1" + "0" * 400 + ")", ["chicken", "stakes"]),
        ("chicken(rounds=" + "-" * 500 + "1)", ["chicken", "rounds"]),
        ("chicken(payoffs='ordnal')", ["chicken", "'ordnal'", "did you mean ordinal"]),
        ("matrix", ["matrix", "'payoffs'"]),
        ("matrix(payoffs=7)", ["payoffs", "7", "lists"]),
        ("matrix(payoffs=[[1, 2], [3]])", ["payoffs", "[2, 1]", "equally long"]),
        ("matrix(payoffs=[[[1, 2]], [[1, 2], [3, 4]]])", ["payoffs", "[1, 2]", "equally long"]),
        ("matrix(payoffs=[[1, 2, 3]])", ["payoffs", "1 x 3", "pairs"]),
        ("matrix(payoffs=[[1e999, 0], [0, 1]])", ["matrix", "payoffs[0][0]", "inf", "finite"]),
        ("matrix(payoffs=[[nan, 0], [0, 1]])", ["matrix", "payoffs", "nan"]),
        ("matrix(payoffs=[['a', 0], [0, 1]])", ["matrix", "payoffs[0][0]", "'a'", "number"]),
        ("matrix(payoffs=[[1, 0], [0, 1" + "0" * 400 + "]])", ["matrix", "payoffs"]),
        ("matrix(payoffs='nowhere.toml')", ["payoffs", "nowhere.toml", "No such file"]),
        ("matrix(payoffs='nowhere.csv')", ["payoffs", "nowhere.csv", ".toml or .json"]),
        ("matrix(payoffs=[[1, 0], [0, 1]], actions=['a', 'a'])", ["actions", "['a', 'a']"]),
        ("ordinal_2x2(game=117)", ["ordinal_2x2", "117"]),
        ("ordinal_2x2(game='hegemony')", ["ordinal_2x2", "'hegemony'", "221, 412"]),
        ("travelers_dilemma(low=9, high=3)", ["travelers_dilemma", "9", "3"]),
        ("donation(cost='much')", ["donation", "cost", "'much'", "number"]),
    ],
)
def test_a_game_that_cannot_be_is_refused(folk: Folk, game: str, words: list[str]) -> None:
    message = refused(folk, "run", game, "--agents", TWO)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        ("tit_for_tat,grudgr", ["agent", "'grudgr'", "did you mean grudger"]),
        ("chicken,random", ["no agent", "'chicken'"]),
        ("tit_for_tat,random(q=1)", ["random", "'q'", "known: p"]),
        ("tit_for_tat,random(p=2)", ["random", "p", "2", "from 0 to 1"]),
        ("tit_for_tat,random(p='half')", ["random", "p", "'half'", "number"]),
        ("tit_for_tat,random(p=1e999)", ["random", "p", "inf"]),
        ("tit_for_tat,random(", ["'tit_for_tat,random('", "not closed"]),
        ("tit_for_tat,,random", ["'tit_for_tat,,random'", "between two commas"]),
        ("", ["''"]),
        ("tit_for_tat", ["at least 2 agents", "1 ", "self_play"]),
        ("tit_for_tat,tit_for_tat", ["tit_for_tat", "twice", "self_play"]),
        ("random,random(p=None)", ["random(p=None)", "also as random"]),
        ("random,cycle(actions=[])", ["cycle", "actions", "empty"]),
        ("random,cycle(actions=['swerve'])", ["cycle", "'swerve'", "prisoners_dilemma"]),
        ("random,cycle(actions=[1e999])", ["cycle", "actions"]),
        ("random,cycle(actions=[{1, 2}])", ["cycle", "actions"]),
        ("random,copy_last", ["copy_last", "prisoners_dilemma"]),
    ],
)
def test_agents_that_cannot_be_are_refused(folk: Folk, agents: str, words: list[str]) -> None:
    message = refused(folk, "run", PD, "--agents", agents)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("game", "words"),
    [
        ("rock_paper_scissors", ["tit_for_tat", "rock_paper_scissors", "3x3"]),
        ("chicken(feedback='none')", ["tit_for_tat", "chicken", "feedback"]),
        ("chicken(recall=1)", ["tit_for_tat", "chicken", "recall"]),
    ],
)
def test_a_bot_that_cannot_play_a_game_is_refused(folk: Folk, game: str, words: list[str]) -> None:
    message = refused(folk, "run", game, "--agents", TWO)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--repeats", "0"], ["repeats", "0", "1 or more"]),
        (["--repeats", "many"], ["--repeats", "'many'"]),
        (["--repeats", "1.5"], ["--repeats", "'1.5'"]),
        (["--seed", "x"], ["--seed", "'x'"]),
        (["--workers", "0"], ["workers", "0", "1 or more"]),
        (["--workers", "-1"], ["workers", "-1", "1 or more"]),
        (["--reask", "-1"], ["reask", "-1", "0 or more"]),
        (["--on-invalid", "cry"], ["--on-invalid", "'cry'", "void"]),
        (["--schedule", "all"], ["'all'", "round_robin"]),
        (["--schedule", "round_robbin"], ["'round_robbin'", "did you mean round_robin"]),
        (["--schedule", ""], ["''"]),
        (["--rounds", "3"], ["--rounds"]),
        (["--repeat", "3"], ["--repeat", "--repeats"]),
        (["--seed"], ["--seed"]),
    ],
)
def test_a_flag_that_cannot_be_is_refused(folk: Folk, flags: list[str], words: list[str]) -> None:
    message = refused(folk, "run", PD, "--agents", TWO, *flags)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu"], ["'rnu'", "did you mean run"]),
        (["tournament", PD], ["'tournament'"]),
        (["--jsno"], ["--jsno"]),
        (["list", "game"], ["'game'", "games"]),
        (["list", "games", "agents"], ["agents"]),
        (["list", "games", "--yaml"], ["--yaml"]),
        (["show", "chickn"], ["'chickn'", "did you mean chicken"]),
        (["show", "chicken(rounds=0)"], ["chicken", "rounds", "0"]),
        (["show", "chicken", "deadlock"], ["deadlock"]),
        (["export", "nowhere"], ["nowhere", "no run folder"]),
        (["export", "nowhere", "--format", "xls"], ["--format", "'xls'", "parquet"]),
    ],
)
def test_a_command_that_cannot_be_is_refused(
    folk: Folk, arguments: list[str], words: list[str]
) -> None:
    message = refused(folk, *arguments)
    assert all(word in message for word in words), message


def test_a_run_without_games_is_refused(folk: Folk) -> None:
    assert "no game is given" in refused(folk, "run", "--agents", TWO)


def test_a_run_without_agents_is_refused(folk: Folk) -> None:
    assert "no agent is given" in refused(folk, "run", PD)


def test_the_same_game_twice_is_refused(folk: Folk) -> None:
    message = refused(folk, "run", "chicken", "chicken(rounds=10)", "--agents", TWO)
    assert "chicken(rounds=10)" in message
    assert "also as chicken" in message


def test_an_existing_folder_is_refused_and_left_alone(folk: Folk) -> None:
    Path("there").mkdir()
    Path("there/mine").write_text("precious")
    message = refused(folk, "run", PD, "--agents", TWO, "--out", "there")
    assert "there exists already" in message
    assert "--out" in message
    assert Path("there/mine").read_text() == "precious"


def test_a_file_in_place_of_a_folder_is_refused(folk: Folk) -> None:
    Path("there").write_text("precious")
    assert "there exists already" in refused(folk, "run", PD, "--agents", TWO, "--out", "there")
    assert Path("there").read_text() == "precious"


def test_a_folder_below_a_file_is_refused(folk: Folk) -> None:
    Path("there").write_text("precious")
    message = refused(folk, "run", PD, "--agents", TWO, "--out", "there/new/run")
    assert "there/new/run" in message
    assert "Not a directory" in message


def test_a_folder_of_a_name_too_long_is_refused(folk: Folk) -> None:
    assert "too long" in refused(folk, "run", PD, "--agents", TWO, "--out", "x" * 300)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('game = "chicken"\n', ["run.toml:1", "'game'", "did you mean games"]),
        ('games = "chicken"\nrepeats = "3"\n', ["run.toml:2", "repeats", "'3'", "whole number"]),
        ('games = "chicken\n', ["run.toml", "not valid TOML", "line 1"]),
        ('games = "chickn"\nagents = ["random", "first"]\n', ["'chickn'", "did you mean chicken"]),
        ('games = "chicken"\nagents = ["random"]\n', ["at least 2 agents"]),
        ("", ["no game is given"]),
        ('games = "chicken"\nagents = ["random", "first"]\nschedule = []\n', ["schedule"]),
    ],
)
def test_a_run_file_that_cannot_be_is_refused(folk: Folk, content: str, words: list[str]) -> None:
    Path("run.toml").write_text(content)
    message = refused(folk, "run", "run.toml")
    assert all(word in message for word in words), message


def test_a_run_file_that_is_not_there_is_refused(folk: Folk) -> None:
    message = refused(folk, "run", "nowhere.toml")
    assert "nowhere.toml" in message
    assert "No such file" in message


def test_a_run_file_beside_games_is_refused(folk: Folk) -> None:
    Path("run.toml").write_text("")
    message = refused(folk, "run", "chicken", "run.toml")
    assert "not both" in message
    assert "run.toml" in message


def test_a_broken_payoff_file_is_refused(folk: Folk) -> None:
    Path("game.json").write_text('{"payoffs": [[NaN, 0], [0, 1]]}')
    message = refused(folk, "run", "matrix(payoffs='game.json')", "--agents", TWO)
    assert "nan" in message


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"schema_version": 99}', "\0"])
def test_a_folder_whose_manifest_is_broken_is_not_exported(folk: Folk, content: str) -> None:
    Path("run").mkdir()
    Path("run/manifest.json").write_text(content)
    assert "manifest.json" in refused(folk, "export", "run")


def test_payoffs_that_overflow_are_refused_before_anything_is_written(folk: Folk) -> None:
    game = "matrix(payoffs=[[1e308, 1e308], [1e308, 1e308]], stakes=1e10)"
    assert "payoffs" in refused(folk, "run", game, "--agents", TWO)


def test_control_characters_do_not_reach_the_terminal_in_a_refusal(folk: Folk) -> None:
    assert "\x1b" not in refused(folk, "run", "chic\x1b[31mken", "--agents", TWO)
    assert "\x1b" not in refused(folk, "run", PD, "--agents", TWO, "--repeats", "\x1b[31m")


LONG = "a" * 300


@pytest.mark.parametrize("command", ["run", "show", "check", "smoke"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./", "./ is a folder; name a file in it, as in ./my_game.py"),
        (".//", ".// is a folder; name a file in it, as in ./my_game.py"),
        ("./ ", "./ is a folder"),
        ("./(rounds=3)", "./ is a folder"),
        ("/", "/ is a folder; name a file in it, as in /my_game.py"),
        ("//", "// is a folder; name a file in it, as in /my_game.py"),
        ("~nobody_here/x.py", "there is no ~nobody_here/x.py"),
        ("~nobody_here/x", "there is neither ~nobody_here/x nor ~nobody_here/x.py"),
        (LONG, "there is no"),
        (f"./{LONG}", "there is neither ./aaaaaaa"),
    ],
)
def test_what_looks_like_a_path_and_leads_to_no_file_is_refused(
    folk: Folk, command: str, name: str, words: str
) -> None:
    as_game = [command, name, *(["--agents", TWO] if command == "run" else [])]
    assert words in refused(folk, *as_game)
    if command == "run":
        assert words in refused(folk, "run", PD, "--agents", f"{name},random")


@pytest.mark.parametrize("command", ["show", "check", "smoke"])
def test_a_file_with_too_long_a_name_is_refused(folk: Folk, command: str) -> None:
    ended = folk(command, f"./{LONG}.py")
    assert ended.code == 2
    assert "File name too long" in ended.err
    assert ended.err.startswith("folk: cannot read aaa")
