"""`folk list` and `folk show`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any, TypeAlias

import pytest

from harness import registry
from harness.cli import main

Folk: TypeAlias = Callable[..., str]


@pytest.fixture
def folk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Folk:
    """What a command prints that ends well and says nothing on the side."""

    def call(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["folk", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert (end.value.code, printed.err) == (0, "")
        return printed.out

    return call


@pytest.mark.parametrize("kind", ["game", "agent"])
def test_everything_installed_is_listed_by_name(folk: Folk, kind: registry.Kind) -> None:
    names = [line.split()[0] for line in folk("list", f"{kind}s").splitlines()[2:]]
    assert [name for name in names if "/" not in name] == registry.names(kind)
    libraries = [name.partition("/")[0] for name in names if "/" in name]
    assert list(dict.fromkeys(libraries)) == registry.libraries(kind)


@pytest.mark.parametrize("kind", ["game", "agent"])
def test_the_list_as_json_holds_names_and_sentences(folk: Folk, kind: registry.Kind) -> None:
    listed = json.loads(folk("list", f"{kind}s", "--json"))
    names = [item["name"] for item in listed if "/" not in item["name"]]
    assert names == registry.names(kind)
    assert all(item["about"].endswith(".") for item in listed)
    assert {key for item in listed for key in item} == {"name", "about"}


def test_a_broken_plug_in_is_told_on_the_side_and_the_others_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {
        "good": [EntryPoint("good", "harness.agents.generic:First", "folkbench.agents")],
        "bad": [EntryPoint("bad", "no_such_module:Bot", "folkbench.agents")],
    }
    monkeypatch.setattr(registry, "_offers", lambda kind: points)
    monkeypatch.setattr(registry, "_library_offers", lambda kind: {})
    monkeypatch.setattr(sys, "argv", ["folk", "list", "agents", "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    assert end.value.code == 0
    assert [item["name"] for item in json.loads(printed.out)] == ["good"]
    assert printed.err.count("\n") == 1
    assert "'bad'" in printed.err


@pytest.mark.parametrize("name", registry.names("game"))
def test_every_game_can_be_shown(folk: Folk, name: str) -> None:
    spec = f"{name}(payoffs=[[1, 0], [0, 1]])" if name == "matrix" else name
    shown = folk("show", spec)
    assert shown.startswith(spec)
    assert "player 0 reads" in shown
    assert "player 1 reads" in shown or "others likewise" in shown


def test_a_shown_game_tells_its_parameters_with_their_values(folk: Folk) -> None:
    shown = folk("show", "prisoners_dilemma(noise=0.05, payoffs='akata')")
    rows = dict(line.split(maxsplit=1) for line in shown.splitlines() if len(line.split()) == 2)
    assert rows["noise"] == "0.05"
    assert rows["rounds"] == "10"
    assert rows["discount"] == "1"
    assert rows.keys() >= registry.parameters("game", "prisoners_dilemma").keys() - {"payoffs"}


def test_a_shown_parameter_has_the_value_that_was_given(folk: Folk) -> None:
    shown = folk("show", "prisoners_dilemma(payoffs='akata')")
    [line] = [line for line in shown.splitlines() if line.startswith("payoffs ")]
    assert "akata" in line
    assert "axelrod" not in line


def test_a_shown_game_tells_the_words_that_a_model_reads(folk: Folk) -> None:
    shown = folk("show", "prisoners_dilemma(noise=0.05)")
    assert "You are playing a game with one other player. It lasts for 10 rounds." in shown
    assert "with probability 0.05" in shown
    assert "Round 1 of 10. Which option do you choose: J or F?" in shown
    assert "Round 3 of 10." in shown


def shown_json(folk: Folk, spec: str) -> Any:
    return json.loads(folk("show", spec, "--json"))


def test_a_game_shown_as_json_holds_identity_and_words(folk: Folk) -> None:
    content = shown_json(folk, "chicken(rounds=2, noise=0.5)")
    entry = registry.build("game", "chicken(rounds=2, noise=0.5)")
    assert content["spec"] == entry.spec
    assert {key: content[key] for key in entry.identity} == entry.identity
    assert [text["to"] for text in content["words"]] == [
        "player 0 reads",
        "player 1 reads",
        "round 1",
        "player 0 reads",
        "player 1 reads",
        "round 2",
    ]


def test_a_matrix_game_shown_as_json_holds_its_payoffs(folk: Folk) -> None:
    content = shown_json(folk, "prisoners_dilemma(payoffs='axelrod')")["normal_form"]
    assert content["actions"] == [["cooperate", "defect"]] * 2
    assert content["payoffs"] == [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    assert "normal_form" not in shown_json(folk, "beauty")


def test_a_matrix_game_is_printed_for_gambit(folk: Folk) -> None:
    printed = folk("show", "prisoners_dilemma(payoffs='axelrod')", "--nfg")
    assert printed.startswith('NFG 1 R "prisoners_dilemma"')
    assert printed.endswith("\n3 3 5 0 0 5 1 1\n")


@pytest.mark.parametrize("what", ["beauty", "tit_for_tat"])
def test_what_has_no_normal_form_is_not_printed_for_gambit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["folk", "show", what, "--nfg"])
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    assert "normal form" in printed.err


def test_the_words_shown_are_the_same_every_time(folk: Folk) -> None:
    spec = "prisoners_dilemma(relabel='round', noise=0.3, continuation=0.9)"
    assert shown_json(folk, spec) == shown_json(folk, spec)


def test_control_characters_in_a_story_do_not_reach_the_terminal(
    folk: Folk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)  # as on a terminal
    assert "\x1b" not in folk("show", r"chicken(story='a \x1b[31m b')")


def test_text_that_no_encoding_holds_is_no_crash() -> None:
    start = "from harness.cli import main; main()"
    spec = r"chicken(story='a \ud800 b')"
    ended = subprocess.run(
        [sys.executable, "-c", start, "show", spec], capture_output=True, check=False, timeout=60
    )
    assert b"Traceback" not in ended.stderr
    assert ended.returncode in (0, 2)


def test_help_is_given_for_every_verb(folk: Folk) -> None:
    for verb in ("run", "list", "show", "export"):
        assert verb in folk("--help")
        assert folk(verb, "--help").startswith(f"Usage: folk {verb}")


def test_the_version_is_told(folk: Folk) -> None:
    assert folk("--version").startswith("folk, version ")
