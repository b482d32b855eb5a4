"""`folk check` and `folk new`: what an author of a plug-in is told."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from harness.testing import AGENT_CHECKS, GAME_CHECKS
from tests.cli.conftest import Folk
from tests.plugin_files import BOT, GAME, write_both


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, with a game and a bot."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.testing.steady.HASH_SEEDS", ())  # tried elsewhere
    write_both(tmp_path)
    return tmp_path


def test_what_conforms_has_a_line_for_each_check(folk: Folk) -> None:
    ended = folk("check", "./game.py(rounds=2)")
    assert ended.code == 0, ended.out
    lines = ended.out.splitlines()
    assert lines[0] == "./game.py(rounds=2)  (game)"
    assert [line.split()[1] for line in lines[1:-1]] == [check.name for check in GAME_CHECKS]
    assert lines[-1] == "nothing is wrong"


def test_what_fails_is_told_below_its_check_with_exit_1(folk: Folk) -> None:
    Path("game.py").write_text(GAME.replace('"heads or tails?"', '"heads?"'))
    ended = folk("check", "./game.py")
    assert ended.code == 1
    lines = ended.out.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith("  FAILED")]
    assert lines[at].split()[1] == "words"
    assert "does not name the action 'tails': 'heads?'" in lines[at + 1]
    assert lines[-1] == "1 of 15 checks failed"


def test_all_that_a_file_holds_is_tried(folk: Folk) -> None:
    Path("both.py").write_text(GAME + BOT)
    ended = folk("check", "./both.py", "--json")
    assert ended.code == 0, ended.out
    game, agent = json.loads(ended.out)
    assert (game["spec"], game["kind"]) == ("./both.py:Pennies", "game")
    assert (agent["spec"], agent["kind"]) == ("./both.py:Chance", "agent")
    assert len(agent["results"]) == len(AGENT_CHECKS)


CHOOSY = BOT.replace(
    "    def act(",
    """    def begin(self, seat):
        if seat.game != "file_pennies":
            raise UsageError("chance: only pennies")

    def act(""",
).replace("import Bot", "import Bot, UsageError")
"""A bot for one game of its author's own."""


@pytest.mark.parametrize("named", [("./game.py", "./choosy.py"), ("./both.py:Chance",)])
def test_a_bot_for_a_game_of_ones_own_is_tried_with_that(folk: Folk, named: tuple[str]) -> None:
    Path("choosy.py").write_text(CHOOSY)
    Path("both.py").write_text(GAME + CHOOSY)
    ended = folk("check", *named)
    assert ended.code == 0, ended.out


def test_a_bot_that_takes_no_game_is_told_to_name_one(folk: Folk) -> None:
    Path("choosy.py").write_text(CHOOSY)
    ended = folk("check", "chicken", "./choosy.py")
    assert ended.code == 1
    assert "folk check GAME ./choosy.py" in ended.out


def test_agents_are_tried_by_name(folk: Folk) -> None:
    ended = folk("check", "tit_for_tat", "random(p=0.3)")
    assert ended.code == 0
    assert ended.out.count("nothing is wrong") == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["chickn"], "did you mean chicken"),
        (["./nope.py"], "there is no nope.py in "),
        (["mock/random"], "folk doctor mock/random"),
        (["chicken", "--write"], "--write needs --snapshot"),
        (["first", "--snapshot", "x.json"], "first is an agent"),
        (["chicken", "--snapshot", "none.json"], "there is no none.json; --write makes it"),
        (["chicken", "--snapshot", "game.py"], "game.py is no file of snapshots"),
    ],
)
def test_what_cannot_be_checked_is_refused(folk: Folk, arguments: list[str], why: str) -> None:
    ended = folk("check", *arguments)
    assert ended.code in (1, 2)
    assert why in ended.err + ended.out
    assert "Traceback" not in ended.err


def test_a_snapshot_is_written_and_kept_to(folk: Folk) -> None:
    keep = ("check", "./game.py", "--snapshot", "kept.json")
    assert "there is no kept.json" in folk(*keep).err
    assert folk(*keep, "--write").code == 0
    assert folk(*keep).code == 0
    Path("game.py").write_text(GAME.replace("heads or tails?", "Now: heads or tails?"))
    ended = folk(*keep)
    assert ended.code == 1
    assert "raise the game's `version`" in ended.out
    assert folk(*keep, "--write").code == 2
    Path("game.py").write_text(
        GAME.replace("heads or tails?", "Now: heads or tails?").replace(
            'name = "file_pennies"', 'name = "file_pennies"\n    version = 2'
        )
    )
    assert "is of version 1" in folk(*keep).out
    assert folk(*keep, "--write").code == 0


@pytest.mark.parametrize("kind", ["game", "agent"])
def test_what_folk_new_says_can_be_run_as_it_stands(folk: Folk, kind: str) -> None:
    made = folk("new", kind, "my_own")
    assert made.code == 0
    run, check, _ = (line for line in made.out.splitlines() if line.startswith("  "))
    for line in (run, check):
        ended = folk(*shlex.split(line)[1:])
        assert ended.code == 0, ended.err


def test_a_new_package_can_go_elsewhere(folk: Folk) -> None:
    assert folk("new", "agent", "my_own", "--out", "deep/er").code == 0
    assert Path("deep/er/folkbench-my-own/folkbench_my_own.py").exists()


def test_a_name_that_cannot_be_is_one_line(folk: Folk) -> None:
    ended = folk("new", "game", "my game")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "cannot be a name" in ended.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a, b = yield", "{}['x']; a, b = yield", "play() raised KeyError: 'x' at "),
        ('return Words("",', 'return {}["x"] or Words("",', "raised KeyError: 'x' at "),
        ("from harness import", "{}['x']\nfrom harness import", "imported: KeyError: 'x' at "),
        (
            "    def play",
            "    n_players = property(lambda s: {}['x'])\n    def play",
            "n_seats raised",
        ),
    ],
)
def test_a_run_tells_where_a_plugin_fails(folk: Folk, old: str, new: str, told: str) -> None:
    text = GAME.replace(old, new)
    first = new.splitlines()[0]
    line = next(i for i, each in enumerate(text.splitlines(), 1) if first in each)
    Path("game.py").write_text(text)
    ended = folk("run", "./game.py", "--agents", "mock/random,random", "--out", "run")
    assert ended.code in (1, 2)
    assert told in ended.err
    assert f"game.py:{line}" in ended.err


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("./game", "cannot read './game'; did you mean ./game.py?"),
        ("./bot(a=1)", "did you mean ./bot.py?"),
        ("./games", "there is neither ./games nor ./games.py in "),
        ("./games", "a game or an agent in a file is written with its ending, as in ./my_game.py"),
        ("./folder", "./folder is a folder; name a file in it, as in ./folder/my_game.py"),
        ("./note.txt", "./note.txt does not end in .py"),
        ("./gme.py", "there is no gme.py in "),
        ("./gme.py", "; did you mean game.py?"),
        ("./none/bot.py", "there is no none/bot.py in "),
        ("game", "for the file beside, write ./game.py"),
        ("folder/game", "in that folder is written with its ending, as in folder/my_game.py"),
    ],
)
def test_who_names_a_file_wrongly_is_told_how(folk: Folk, written: str, why: str) -> None:
    Path("folder").mkdir()
    Path("note.txt").write_text("Buy eggs.")
    commands = (
        ("run", written, "--agents", "random,first"),
        ("run", "chicken", "--agents", f"{written},first"),
        ("check", written),
        ("show", written),
    )
    for command in commands:
        ended = folk(*command)
        assert ended.code == 2
        assert why in ended.err
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("check", "./game.py", "./bot.py"),
        ("run", "./game.py", "--agents", "./bot.py,random", "--out", "run"),
        ("run", "./game.py", "--agents", "./bot.py,mock/random", "--out", "run"),
    ],
)
def test_where_a_bot_fails_is_told(folk: Folk, command: tuple[str, ...]) -> None:
    Path("bot.py").write_text(BOT.replace("return decision", "return {}['x'] or decision"))
    ended = folk(*command)
    assert ended.code == (1 if command[0] == "check" else 3)
    line = BOT.splitlines().index("        return decision.space.sample(self.seat.rng)") + 1
    told = ended.out + ended.err
    assert f"KeyError: 'x' at bot.py:{line}" in told


@pytest.mark.parametrize("command", [("check",), ("run", "--agents", "random,first")])
def test_a_game_that_does_not_yield_is_told_to(folk: Folk, command: tuple[str, ...]) -> None:
    body = GAME.index("        for _ in"), GAME.index("    def rules")
    Path("game.py").write_text(GAME[: body[0]] + "        return None\n\n" + GAME[body[1] :])
    ended = folk(command[0], "./game.py", *command[1:])
    assert ended.code in (1, 2)
    assert "it must yield decisions and rounds" in ended.out + ended.err


def test_a_file_that_takes_the_name_of_what_is_installed_is_refused(folk: Folk) -> None:
    Path("game.py").write_text(GAME.replace("file_pennies", "chicken"))
    ended = folk("check", "./game.py")
    assert ended.code == 2
    assert "give it another name" in ended.err
