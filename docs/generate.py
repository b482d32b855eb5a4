"""Write the pages here that the program tells: command, games, agents, providers, metrics, deal.

`make docs` runs it; a test fails where what it would write differs from what is there.
"""

from __future__ import annotations

import inspect
import tomllib
from collections import Counter
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import click

from harness import registry
from harness.cli import COMMANDS, folk
from harness.cli.catalogue import summary
from harness.games.deal_contexts import all_contexts
from harness.games.deal_measures import outcomes
from harness.games.matrix import MatrixGame
from harness.metrics.sweep import METRICS as SWEPT
from harness.models import Model

HERE = Path(__file__).parent
NOTE = "<!-- Written by `make docs`; do not edit. -->\n"


def pages() -> dict[str, str]:
    """All generated pages, by file name."""
    return {
        "cli.md": cli(),
        "games.md": games(),
        "agents.md": agents(),
        "providers.md": providers(),
        "deal.md": deal(),
        "metric_list.md": metric_list(),
    }


def cli() -> str:
    """The help of the command and of each verb."""
    parts = [NOTE, "# The command\n", block(folk, "folk")]
    group = click.Context(folk, info_name="folk")
    for name in COMMANDS:
        command = folk.get_command(group, name)
        assert command is not None
        parts += [f"## folk {name}\n", block(command, f"folk {name}")]
    return "\n".join(parts)


def block(command: click.Command, name: str) -> str:
    """A verb's help, as the terminal shows it."""
    context = click.Context(
        command,
        info_name=name,
        terminal_width=96,
        max_content_width=96,
        help_option_names=["-h", "--help"],
    )
    return f"```\n{command.get_help(context)}\n```\n"


def games() -> str:
    """All games and modifiers with their parameters."""
    parts = [NOTE, "# Games\n", *(described("game", name) for name in registry.names("game"))]
    parts.append(
        "## Parameters of repeated play\n\nThe parameters from `rounds` on are explained here for"
        f" all games in normal form:\n\n```text\n{inspect.getdoc(MatrixGame)}\n```\n"
    )
    parts.append(
        "# Modifiers\n\nA modifier turns any game into an experiment. It is written after the game,"
        " with a plus sign: `prisoners_dilemma(rounds=5)+talk(messages=2)+predict`.\n"
    )
    parts += [described("modifier", name) for name in registry.names("modifier")]
    return "\n".join(parts)


def described(kind: registry.Kind, name: str) -> str:
    """A game or modifier: how it is written, with all defaults, and its docstring."""
    about = inspect.getdoc(registry.load(kind, name)) or ""
    known = registry.parameters(kind, name).values()
    lines = [f"    {p.name}" + ("" if p.default is p.empty else f"={p.default!r}") for p in known]
    call = f"{name}(\n" + ",\n".join(lines) + "\n)" if lines else name
    return f"## {name}\n\n```text\n{call}\n```\n\n```text\n{about}\n```\n"


def is_provider(what: object) -> bool:
    """Whether this makes models."""
    return inspect.isclass(what) and issubclass(what, Model)


def providers() -> str:
    """All providers of models and all prompting styles, with their parameters."""
    names = [n for n in registry.names("agent") if is_provider(registry.load("agent", n))]
    shared = {f.name for f in fields(Model)}
    parts = [NOTE, "# Providers\n", "How to use them: [models.md](models.md).\n"]
    for name in names:
        about = inspect.getdoc(registry.load("agent", name)) or ""
        known = registry.parameters("agent", name).values()
        own = [f"{p.name}={p.default!r}" for p in known if p.name not in shared]
        call = f"{name}/MODEL" + (f"({', '.join(own)})" if own else "")
        parts.append(f"## {name}\n\n```text\n{call}\n```\n\n```text\n{about}\n```\n")
    about = inspect.getdoc(Model) or ""
    defaults = [f"{f.name}={default(f)!r}" for f in fields(Model) if f.name != "model"]
    call = "provider/MODEL(\n    " + ",\n    ".join(defaults) + "\n)"
    parts.append(f"## Parameters of all models\n\n```text\n{call}\n\n{about}\n```\n")
    parts.append("# Prompting styles\n\nA style is written after a model, with a plus sign.\n")
    parts += [described("style", name) for name in registry.names("style")]
    return "\n".join(parts)


def default(field: Field[Any]) -> Any:
    """A parameter's default."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def agents() -> str:
    """All scripted agents, with their parameters, by the module they are in."""
    modules: dict[str, list[str]] = {}
    for name in registry.names("agent"):
        what = registry.load("agent", name)
        if is_provider(what):
            continue
        given = ", ".join(
            f"{p.name}={p.default!r}" for p in inspect.signature(what).parameters.values()
        )
        row = f"| `{name}{f'({given})' if given else ''}` | {summary(what)} |"
        modules.setdefault(what.__module__, []).append(row)
    parts = [NOTE, "# Agents\n"]
    for module, rows in sorted(modules.items()):
        source = f"agents/{module.rpartition('.')[2]}.py"
        about = (inspect.getdoc(__import__(module, fromlist=["x"])) or "").split("\n\n")[0]
        title = about.replace("\n", " ").rstrip(".")
        table = "\n".join(["| agent | what it does |", "|---|---|", *rows])
        parts.append(f"## {title}\n\n`{source}`\n\n{table}\n")
    return "\n".join(parts)


def metric_list() -> str:
    """All metrics by family: what each is, and what it is tested against."""
    sources = tomllib.loads((HERE / "metric_sources.toml").read_text("utf-8"))
    parts = [NOTE, "# Every metric\n", "How to use them: [metrics.md](metrics.md).\n"]
    for name in registry.names("metric"):
        family = registry.family(name)
        told = sources.get(name, {})
        rows = [
            f"| `{metric}` | {_cell(about)} | {_cell(told.get(metric, told.get('all', '')))} |"
            for metric, about in family.metrics.items()
        ]
        head = "| metric | what it is | tested against |\n|---|---|---|"
        parts.append("\n".join([f"## {name}\n", f"{family.about}\n", head, *rows, ""]))
    return "\n".join([*parts, _swept(sources)])


def _swept(sources: dict[str, Any]) -> str:
    """The metrics of several games together."""
    told = sources["sweep"]
    rows = [f"| `{m}` | {_cell(about)} | {_cell(told[m])} |" for m, about in SWEPT.items()]
    about = "What a term did that differs between a run's games, and nothing else does."
    head = "| metric | what it is | tested against |\n|---|---|---|"
    return "\n".join(["## sweep\n", f"{about}\n", head, *rows, ""])


def _cell(text: str) -> str:
    """A text as it stands in a cell of a table."""
    return text.replace("|", "\\|")


SCORES = range(10, 20)
COUNTS = (87, 110, 354, 490, 906, 259, 927, 174, 535, 244)
PUBLISHED = dict(zip(SCORES, COUNTS, strict=True))
"""Contexts of the published corpus by their best joint score (counted in its `selfplay.txt`)."""


def deal() -> str:
    """The contexts that Deal or No Deal draws from, beside the published ones."""
    contexts = all_contexts()
    best = Counter(max(map(sum, outcomes(context))) for context in contexts)
    ours, theirs = len(contexts), sum(PUBLISHED.values())
    rows = [
        f"| {score} | {best[score] / ours:.1%} | {count / theirs:.1%} |"
        for score, count in PUBLISHED.items()
    ]
    assert best.keys() == PUBLISHED.keys()
    means = [sum(k * n for k, n in d.items()) / sum(d.values()) for d in (best, PUBLISHED)]
    text = (
        f"`deal_or_no_deal` draws uniformly from all {ours:,} contexts that obey the constraints"
        f" which all {theirs:,} published ones obey (Lewis et al. 2017, the file `selfplay.txt` of"
        " facebookresearch/end-to-end-negotiator): 5 to 7 items, 1 to 4 of each kind, worth 10"
        " points in all to each player, no kind worthless to both, at least one kind of value to"
        " both. So compare their best joint scores, over all divisions of the items:"
    )
    head = "| best joint score | drawn from | published |\n|---|---|---|"
    last = f"| mean | {means[0]:.3f} | {means[1]:.3f} |"
    return "\n".join([NOTE, "# Contexts of Deal or No Deal\n", f"{text}\n", head, *rows, last, ""])


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
