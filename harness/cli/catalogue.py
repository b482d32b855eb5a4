"""`folk list` and `folk show`: what there is, and what a game looks like."""

from __future__ import annotations

import inspect
import json
from random import Random
from typing import Any, cast

import click

from harness import registry
from harness.agent import Agent
from harness.cli.table import printable, printable_lines, table
from harness.errors import PluginError, UsageError, did_you_mean, plugin_call
from harness.files import hint_at_file, is_file, module_of, offered, path_of
from harness.game import Decision, Game, Join, Round
from harness.match import Entry
from harness.modifier import Modifier
from harness.normal_form import normal_form
from harness.space import Action, Form, OneOf, Space, Text
from harness.spec import expand, parse, split

__all__ = ["list_", "show"]

BOTH: tuple[registry.Kind, ...] = ("game", "agent")

LAST_ROUND = 1000
"""A sample match goes no further, in search of questions that have not been asked so far."""

LAST_STEP = 50_000
"""Nor further than this many decisions and rounds, where a game has no end."""

SAMPLE_ROUNDS = 3
"""Rounds of the sample match whose words are shown."""


@click.command("list", no_args_is_help=True)
@click.argument("kind", type=click.Choice(["games", "modifiers", "agents", "styles", "metrics"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(kind: str, *, as_json: bool) -> int:
    """List the installed games, modifiers, agents, styles or metrics, with what each is.

    Modifiers are of games, styles of models. Agents that are providers of models are written
    provider/MODEL. Games and agents of other packages are written library/NAME, and listed where
    the package is installed.
    """
    singular = cast("registry.Kind", kind[:-1])
    found: dict[str, str] = {}
    broken = []
    for name in registry.names(singular):
        try:
            if kind == "metrics":
                found |= registry.family(name).metrics
            else:
                found[name] = summary(registry.load(singular, name))
        except PluginError as error:
            broken.append(str(error))
    if kind == "metrics":
        from harness.metrics.sweep import METRICS

        found |= METRICS
    for name in registry.libraries(singular):
        try:
            found |= of_library(singular, name)
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


def of_library(kind: registry.Kind, name: str) -> dict[str, str]:
    """What a library brings; if what it stands for is not installed, what to install."""
    library = registry.library(kind, name)
    try:
        return {f"{name}/{title}": about for title, about in library.titles().items()}
    except UsageError:
        about = summary(library).rstrip(".")
        return {f"{name}/NAME": f'{about}; they need pip install "{library.install}".'}


def summary(what: Any) -> str:
    """The first sentence of a docstring."""
    return (inspect.getdoc(what) or "").split("\n\n")[0].replace("\n", " ")


@click.command(no_args_is_help=True)
@click.argument("what", metavar="GAME | AGENT")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--nfg", is_flag=True, help="Print one round as a file for Gambit and OpenSpiel.")
def show(what: str, *, as_json: bool, nfg: bool) -> int:
    """Show a game or an agent: what it is, and its parameters.

    Of a game, also the exact words that a model reads, in the first rounds of a match. GAME may
    have modifiers, as in 'prisoners_dilemma(rounds=3)+talk(messages=2)', or be a file of your own:
    './my_game.py'. With --json, a game of two players in normal form comes with its payoffs, as
    Nashpy takes them.
    """
    return _show(registry.build(kind_of(what), what), as_json=as_json, nfg=nfg)


def _show(entry: Entry, *, as_json: bool, nfg: bool) -> int:
    """Print a game or an agent."""
    form = normal_form(entry.what) if isinstance(entry.what, Game) else None
    if nfg:
        if form is None:
            raise UsageError(
                f"{entry.spec} is no game of two players in normal form, which --nfg needs; try it"
                " with prisoners_dilemma"
            )
        click.echo(form.nfg(), nl=False)
        return 0
    if not isinstance(entry.what, Game):
        if as_json:
            click.echo(json.dumps({"spec": entry.spec, **entry.identity}, indent=2))
        else:
            click.echo(f"{entry.spec}\n")
            name, given = parse(split(entry.spec, "+")[0])
            _show_part("agent", name, entry.what.parameters, given)
        return 0
    with plugin_call(entry.spec, "its play() or words"):
        texts = sample(entry)
    if as_json:
        told = {"normal_form": {"actions": form.actions, "payoffs": form.payoffs}} if form else {}
        content = {"spec": entry.spec, **entry.identity, **told, "words": texts}
        click.echo(json.dumps(content, indent=2, allow_nan=False))
        return 0
    click.echo(f"{entry.spec}  (version {entry.what.version}, {entry.what.n_players} players)\n")
    for kind, part, game, given in parts(entry):
        click.echo(f"{part}\n" if kind == "modifier" else "", nl=kind == "modifier")
        _show_part(kind, part, {**game.parameters, **given}, given)
    for text in texts:
        click.echo(f"── {text['to']} {'─' * max(0, 66 - len(text['to']))}\n")
        click.echo(printable_lines(text["text"]) + "\n")
    return 0


def kind_of(spec: str) -> registry.Kind:
    """Whether a specification, or a file, is that of a game or an agent; of a game if of both.

    Raises:
        UsageError: of neither.
    """
    name = parse(split(expand(spec), "+")[0])[0]
    libraries = [kind for kind in BOTH if name in registry.libraries(kind)]
    if libraries:
        alone = [kind for kind in BOTH if name in registry.names(kind)]  # which are refused
        return _kind_in([*alone, *libraries], spec)
    if is_file(name):
        module, member = module_of(path_of(name)), name.partition(".py:")[2]
        games, agents = offered(module, Game), offered(module, Agent)
        return "agent" if member in agents or (agents and not games and not member) else "game"
    known = {*registry.names("game"), *registry.names("agent")}
    if name in registry.names("modifier") and name not in known:
        raise UsageError(
            f"{name} is a modifier; show it with a game, as in prisoners_dilemma+{name}"
        )
    if name not in known:
        hint = hint_at_file(name) or did_you_mean(name, known)
        raise UsageError(f"there is no game or agent {name!r}{hint}")
    return "game" if name in registry.names("game") else "agent"


def _kind_in(kinds: list[registry.Kind], spec: str) -> registry.Kind:
    """Which of these kinds a library makes of a specification.

    Raises:
        UsageError: none of them.
    """
    errors = []
    for kind in kinds:
        try:
            registry.build(kind, spec)
        except UsageError as error:
            errors.append(error)
        else:
            return kind
    raise errors[0]


def _show_part(
    kind: registry.Kind, name: str, values: dict[str, Any], given: dict[str, Any]
) -> None:
    """Print what something is, and its parameters with their values."""
    if name in registry.libraries(kind):
        title, library = given["model"], registry.library(kind, name)
        about = library.titles().get(title, "")
        rows = [[k, printable(_short(v))] for k, v in values.items() if k != "model"]
        click.echo(f"{about}\n\n{inspect.getdoc(library)}\n")
    else:
        known = registry.parameters(kind, name)
        rows = [[key, printable(_short(values.get(key, p.default)))] for key, p in known.items()]
        click.echo(f"{inspect.getdoc(registry.load(kind, name))}\n")
    if rows:
        click.echo(table(["parameter", "value"], rows) + "\n")


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
    """The first rounds of a match between players who choose at random, as its readers see them.

    Of more than two players asked at once, one is shown. After the first rounds, only questions
    are shown that have not been asked so far: of a new kind, or of a player that has joined.
    """
    game: Game = entry.what
    rng = Random(0)
    script = game.play(Random(0))
    texts: list[dict[str, str]] = []
    told: set[int] = set()
    seen: set[tuple[str, bool]] = set()
    reply: Any = None
    rounds = 0
    for _ in range(LAST_STEP):
        if rounds == LAST_ROUND:
            break
        try:
            item = script.send(reply)
        except StopIteration:
            break
        reply = None
        if isinstance(item, Round):
            rounds += 1
            if rounds <= SAMPLE_ROUNDS:
                texts.append({"to": f"round {rounds}", "text": _brought(item)})
        if isinstance(item, Round | Join):
            continue
        decisions = (item,) if isinstance(item, Decision) else item
        for decision in decisions if len(decisions) <= 2 else decisions[:1]:
            what = (decision.kind, decision.player >= game.n_seats)
            if rounds < SAMPLE_ROUNDS or what not in seen:
                others = len(decisions) - 1
                likewise = f" (and {others} others likewise)" if others > 1 else ""
                words = str(game.describe(decision))
                if decision.player not in told:
                    told.add(decision.player)
                    words = f"{game.rules(decision)}\n\n{words}"
                texts.append({"to": f"player {decision.player} reads{likewise}", "text": words})
            seen.add(what)
        actions = [example(decision.space, rng) for decision in decisions]
        reply = actions[0] if isinstance(item, Decision) else tuple(actions)
    return texts


def _brought(happened: Round) -> str:
    """What a round brought, as text."""
    played = ", ".join("–" if a is None else str(a) for a in happened.actions)
    paid = ", ".join("–" if u is None else f"{u:g}" for u in happened.payoffs)
    return f"played: {played}\npayoffs: {paid}"


def example(space: Space, rng: Random) -> Action:
    """A legal action at random, with some words where a text is asked for."""
    match space:
        case Text():
            return "These are some words."[: space.max_chars]
        case Form():
            return {name: example(part, rng) for name, part in space.fields.items()}
        case OneOf():
            kind = list(space.kinds)[int(rng.random() * len(space.kinds))]
            return {kind: example(space.kinds[kind], rng)}
    return space.sample(rng)
