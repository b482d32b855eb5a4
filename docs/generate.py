"""Write `docs/cli.md`, `docs/games.md` and `docs/agents.md` from the program itself.

`make docs` runs it; a test fails where what it would write differs from what is there.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import click

from harness import registry
from harness.cli import COMMANDS, folk
from harness.cli.catalogue import summary

HERE = Path(__file__).parent
NOTE = "<!-- Written by `make docs`; do not edit. -->\n"


def pages() -> dict[str, str]:
    """All generated pages, by file name."""
    return {"cli.md": cli(), "games.md": games(), "agents.md": agents()}


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
    """All games with their parameters."""
    parts = [NOTE, "# Games\n"]
    for name in registry.names("game"):
        about = inspect.getdoc(registry.load("game", name)) or ""
        known = registry.parameters("game", name).values()
        given = "".join(
            f"\n    {p.name}" + ("" if p.default is p.empty else f"={p.default!r}") + ","
            for p in known
        )
        parts.append(f"## {name}\n\n```text\n{name}({given}\n)\n```\n\n```text\n{about}\n```\n")
    parts.append(
        "## Parameters of repeated play\n\nAll games above take those of `MatrixGame` from `rounds`"
        " on:\n"
    )
    from harness.games.matrix import MatrixGame

    parts.append(f"```text\n{inspect.getdoc(MatrixGame)}\n```\n")
    return "\n".join(parts)


def agents() -> str:
    """All agents, with their parameters, by the module they are in."""
    modules: dict[str, list[str]] = {}
    for name in registry.names("agent"):
        what = registry.load("agent", name)
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


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
