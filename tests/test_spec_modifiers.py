from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from harness import (
    Action,
    Agent,
    Bot,
    Decision,
    Modified,
    Player,
    PluginError,
    Round,
    Seat,
    UsageError,
    registry,
)
from harness.cli import folk
from harness.config import RunConfig, resolve
from harness.games.predict import Predict
from harness.games.talk import Talk
from harness.match import Entry, Match, Status
from harness.modifier import Modifier
from harness.play import play
from harness.runner.run import run
from harness.spec import split

SPEC = "prisoners_dilemma(rounds=3)+talk(messages=2)+predict"


def test_a_game_and_its_modifiers_are_read_from_left_to_right() -> None:
    entry = registry.build("game", " prisoners_dilemma( rounds=3 ) + talk(messages=2)+predict ")
    assert entry.spec == SPEC
    predict = entry.what
    assert isinstance(predict, Predict)
    assert isinstance(predict.game, Talk)
    assert (predict.game.messages, predict.game.game.name) == (2, "prisoners_dilemma")
    assert entry.identity["name"] == "prisoners_dilemma+talk+predict"


def test_a_normal_form_is_read_back_as_itself() -> None:
    spec = "chicken(noise=0.1)+tell(text='1 + 1 = (2')+reflect"
    once = registry.build("game", spec)
    again = registry.build("game", once.spec)
    assert (again.spec, again.key) == (once.spec, once.key)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a+b", ["a", "b"]),
        ("a(x=+1)+b(y='c+d')", ["a(x=+1)", "b(y='c+d')"]),
        ("a(x=[1, +2], y={'+': 1}) + b", ["a(x=[1, +2], y={'+': 1})", "b"]),
        (r"a(x='\'+')+b", [r"a(x='\'+')", "b"]),
    ],
)
def test_plus_signs_split_outside_brackets_and_quotes_only(text: str, parts: list[str]) -> None:
    assert split(text, "+") == parts


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("chicken+", "nothing between two plus signs or at an end"),
        ("+talk", "nothing between two plus signs"),
        ("chicken++talk", "nothing between two plus signs"),
        ("chicken(+talk", "a bracket or a quote is not closed"),
        ("chicken+tolk", "there is no modifier 'tolk'; did you mean talk"),
        ("chicken+chicken", "there is no modifier 'chicken'"),
        ("talk+chicken", "there is no game 'talk'"),
        ("chicken+talk(messages=0)", "talk: messages is 0"),
        ("chicken+talk(mesages=2)", "talk has no parameter 'mesages'; did you mean messages"),
        ("chicken+talk(game=1)", "talk has no parameter 'game'"),
        ("chicken+talk(2)", "every parameter needs its name"),
        ("chicken+tell", "tell: text is empty"),
        ("chicken+talk+tell(text='x')+reflect", "write reflect before talk and predict"),
        ("chicken+predict+reflect", "notes on a round come before predict; write reflect before"),
    ],
)
def test_what_cannot_be_read_says_why(spec: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        registry.build("game", spec)


STACKED = {
    "talk": "talk(messages=2)",
    "predict": "predict",
    "reflect": "reflect",
    "tell": "tell(about='person')",
}
"""How each modifier is stacked; others are by their name."""


@dataclass
class Asked(Bot):
    """A bot that knows the game only, and what it was asked."""

    bot: Agent
    asked: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.bot.name

    @property
    def parameters(self) -> dict[str, Any]:
        return self.bot.parameters

    def begin(self, seat: Seat) -> None:
        player = self.bot.player(seat)
        assert isinstance(player, Player)
        assert getattr(player, "takes_asides", None) is False
        self.answers: Player = player

    def act(self, decision: Decision) -> Action:
        self.asked.append(decision)
        return self.answers.act(decision)


def of_the_game(decision: Decision) -> bool:
    """Whether a decision is that of the game inside all modifiers."""
    while isinstance(decision, Modified) and decision.passed:
        decision = decision.inner
    return not isinstance(decision, Modified)


def replayed(match: Match, turns: list[tuple[int, Action]]) -> list[tuple[Decision, Action]]:
    """All decisions of a match, with what was logged for them."""
    script, left, reply = match.game.what.play(Random(match.stream("game"))), iter(turns), None
    found: list[tuple[Decision, Action]] = []
    while True:
        try:
            item = script.send(reply)
        except StopIteration:
            assert not list(left)
            return found
        reply = None
        if isinstance(item, Decision | tuple) and not isinstance(item, Round):
            asked = item if isinstance(item, tuple) else (item,)
            given = list(itertools.islice(left, len(asked)))
            assert [d.player for d in asked] == [player for player, _ in given]
            found += [(d, action) for d, (_, action) in zip(asked, given, strict=True)]
            reply = given[0][1] if isinstance(item, Decision) else tuple(a for _, a in given)


def pairs() -> list[str]:
    """Two modifiers in every order, notes where they may be asked for."""
    found = []
    for one, other in itertools.product(registry.names("modifier"), repeat=2):
        first, second = (STACKED.get(name, name) for name in (one, other))
        late = other == "reflect" and one in ("talk", "predict")
        found.append(f"{first}+{second}(when='end')" if late else f"{first}+{second}")
    return found


@pytest.mark.parametrize(
    ("game", "agents"),
    [
        ("prisoners_dilemma(rounds=3)", ("tit_for_tat", "grudger")),
        ("deal_or_no_deal(max_messages=5)", ("conceder", "tit_for_tat_negotiator")),
        ("donor(agents=4, generations=1, rounds=3)", ("donate_fraction",) * 4),
    ],
)
@pytest.mark.parametrize("pair", pairs())
def test_bots_that_know_the_game_answer_it_alone_under_any_two_modifiers(
    pair: str, game: str, agents: tuple[str, ...]
) -> None:
    bots = [Asked(registry.build("agent", name).what) for name in agents]
    seats = tuple(Entry(bot.name, bot) for bot in bots)
    match = Match(registry.build("game", f"{game}+{pair}"), seats, seed=5)
    record = play(match)
    assert (record.status, record.reason) == (Status.OK, "")
    assert all(of_the_game(decision) for bot in bots for decision in bot.asked)
    turns = record.turns or [(p, a) for r in record.rounds for p, a in enumerate(r.actions)]
    decisions = replayed(match, turns)
    own = [d for d, _ in decisions if of_the_game(d)]
    assert sum(len(bot.asked) for bot in bots) == len(own)
    for decision, action in decisions:
        if not of_the_game(decision):
            assert decision.aside is not None
            assert action == decision.aside
        else:
            assert decision.aside is None


def test_what_is_said_for_a_bot_counts_for_nothing_in_its_play() -> None:
    def rounds(spec: str) -> list[Any]:
        seats = tuple(registry.build("agent", name) for name in ("tit_for_tat", "grudger"))
        record = play(Match(registry.build("game", spec), seats, seed=5))
        return [r.actions for r in record.rounds]

    game = "prisoners_dilemma(rounds=20)"
    for pair in pairs():
        assert rounds(f"{game}+{pair}") == rounds(game)


def test_agents_have_no_modifiers() -> None:
    with pytest.raises(UsageError, match="random is no model; talk is for models alone"):
        registry.build("agent", "random+talk")


def test_the_parameters_of_a_modifier_are_its_own() -> None:
    assert list(registry.parameters("modifier", "predict")) == ["kind"]
    for name in registry.names("modifier"):
        assert issubclass(registry.load("modifier", name), Modifier)  # type: ignore[arg-type]


def gameless() -> None:
    """Takes no game."""


def no_modifier(game: Any) -> Any:
    """Returns the game as it is."""
    return game


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (gameless, "must take a game as its first parameter"),
        (no_modifier, "made a MatrixGame, which is no modifier"),
    ],
)
def test_a_modifier_that_breaks_the_contract_is_named(
    broken: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = registry.load
    monkeypatch.setattr(
        registry, "load", lambda kind, name: broken if kind == "modifier" else load(kind, name)
    )
    with pytest.raises(PluginError, match=f"modifier 'broken'.*{message}"):
        registry.build("game", "chicken+broken")


def test_modifiers_are_listed() -> None:
    result = CliRunner().invoke(folk, ["list", "modifiers", "--json"])
    assert result.exit_code == 0
    found = {row["name"]: row["about"] for row in json.loads(result.stdout)}
    assert {"talk", "predict", "tell", "reflect"} <= set(found)
    assert found["talk"] == "Players send messages before they decide."


def test_a_modified_game_is_shown_with_all_its_parts() -> None:
    result = CliRunner().invoke(folk, ["show", SPEC])
    assert (result.exit_code, result.exception) == (0, None)
    for part in ("Prisoner's dilemma: each gains", "max_chars", "'distribution'", "rounds"):
        assert part in result.stdout
    assert "First, what is your message (1 of 2) to the other player?" in result.stdout
    content = json.loads(CliRunner().invoke(folk, ["show", SPEC, "--json"]).stdout)
    assert content["spec"] == SPEC
    assert content["parameters"]["game"]["parameters"]["game"]["name"] == "prisoners_dilemma"


def test_a_run_of_modified_games_is_logged_with_its_measures(tmp_path: Path) -> None:
    config = RunConfig((SPEC, "chicken+reflect"), ("random",), ("self_play",), workers=2)
    result = run(resolve(config), tmp_path / "run")
    rows = result.matches[result.matches["game"] == SPEC]
    assert list(rows["status"]) == ["ok", "ok"]
    assert rows["brier"].between(0, 2).all()
    manifest = json.loads((tmp_path / "run/manifest.json").read_text("utf-8"))
    assert [game["spec"] for game in manifest["games"]] == [SPEC, "chicken+reflect"]
    assert manifest["games"][0]["cooperative"] == ["cooperate", "cooperate"]


def test_the_command_reads_a_modified_game() -> None:
    result = CliRunner().invoke(folk, ["run", SPEC, "--agents", "random,first", "--dry-run"])
    assert (result.exit_code, result.exception) == (0, None)
    assert SPEC in result.stdout
