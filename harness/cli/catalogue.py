"""`folk list` and `folk show`: what there is, and what a game looks like."""

from __future__ import annotations

import inspect
import json
from random import Random
from typing import Any, cast

import click

from harness import registry
from harness.cli.table import printable, printable_lines, table
from harness.errors import PluginError
from harness.game import Decision, Game, Join, Round
from harness.match import Entry
from harness.modifier import Modifier
from harness.spec import parse, split

__all__ = ["list_", "show"]

SAMPLE_ROUNDS = 3
"""Rounds of the sample match whose words are shown."""


@click.command("list", no_args_is_help=True)
@click.argument("kind", type=click.Choice(["games", "modifiers", "agents"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(kind: str, *, as_json: bool) -> int:
    """List the installed games, modifiers or agents, with what each is."""
    singular = cast("registry.Kind", kind[:-1])
    found, broken = {}, []
    for name in registry.names(singular):
        try:
            found[name] = summary(registry.load(singular, name))
        except PluginError as error:
            broken.append(str(error))
    if as_json:
        click.echo(
            json.dumps([{"name": n, "about": about} for n, about in found.items()], indent=2)
        )
    else:
        click.echo(table(["name", "what it is"], list(found.items())))
    for message in broken:
        click.echo(f"folk: {message}", err=True)
    return 0


def summary(what: Any) -> str:
    """The first sentence of a docstring."""
    return (inspect.getdoc(what) or "").split("\n\n")[0].replace("\n", " ")


@click.command(no_args_is_help=True)
@click.argument("game")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(game: str, *, as_json: bool) -> int:
    """Show a game: what it is, its parameters, and the exact words that a model reads.

    GAME may have modifiers, as in 'prisoners_dilemma(rounds=3)+talk(messages=2)'.
    """
    entry = registry.build("game", game)
    texts = sample(entry)
    if as_json:
        content = {"spec": entry.spec, **entry.identity, "words": texts}
        click.echo(json.dumps(content, indent=2, allow_nan=False))
        return 0
    click.echo(f"{entry.spec}  (version {entry.what.version}, {entry.what.n_players} players)\n")
    for kind, name, what, given in parts(entry):
        all_of_it = what.parameters
        rows = [
            [key, printable(_short(given.get(key, all_of_it.get(key, p.default))))]
            for key, p in registry.parameters(kind, name).items()
        ]
        title = f"{name}\n\n" if kind == "modifier" else ""
        click.echo(f"{title}{inspect.getdoc(registry.load(kind, name))}\n")
        click.echo(table(["parameter", "value"], rows) + "\n")
    for text in texts:
        click.echo(f"── {text['to']} {'─' * max(0, 66 - len(text['to']))}\n")
        click.echo(printable_lines(text["text"]) + "\n")
    return 0


def parts(entry: Entry) -> list[tuple[registry.Kind, str, Game, dict[str, Any]]]:
    """The game in an entry and its modifiers, innermost first.

    Of each: its kind, its name, what it is, and the parameters given.
    """
    what: Game = entry.what
    found: list[tuple[registry.Kind, str, Game, dict[str, Any]]] = []
    for spec in reversed(split(entry.spec, "+")):
        name, given = parse(spec)
        kind: registry.Kind = "modifier" if isinstance(what, Modifier) else "game"
        found.append((kind, name, what, given))
        what = what.game if isinstance(what, Modifier) else what
    return found[::-1]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def sample(entry: Entry) -> list[dict[str, str]]:
    """The first rounds of a match between players who choose at random, as its readers see them."""
    game: Game = entry.what
    rng = Random(0)
    script = game.play(Random(0))
    texts: list[dict[str, str]] = []
    told: set[int] = set()
    reply: Any = None
    rounds = 0
    while rounds < SAMPLE_ROUNDS:
        try:
            item = script.send(reply)
        except StopIteration:
            break
        if isinstance(item, Round):
            rounds += 1
            reply = None
            played = ", ".join(map(str, item.actions))
            paid = ", ".join("–" if u is None else f"{u:g}" for u in item.payoffs)
            texts.append({"to": f"round {rounds}", "text": f"played: {played}\npayoffs: {paid}"})
            continue
        if isinstance(item, Join):
            reply = None
            continue
        decisions = (item,) if isinstance(item, Decision) else item
        actions = []
        for decision in decisions:
            words = str(game.describe(decision))
            if decision.player not in told:
                told.add(decision.player)
                words = f"{game.rules(decision)}\n\n{words}"
            texts.append({"to": f"player {decision.player} reads", "text": words})
            actions.append(decision.space.sample(rng))
        reply = actions[0] if isinstance(item, Decision) else tuple(actions)
    return texts
