"""The command `folk`."""

from __future__ import annotations

import io
import os
import sys

import click

from harness import starting
from harness.errors import FolkError, did_you_mean

__all__ = ["main"]

COMMANDS = {
    "run": "harness.cli.run:run",
    "resume": "harness.cli.resume:resume",
    "exact": "harness.cli.exact:exact",
    "play": "harness.cli.play:play",
    "smoke": "harness.cli.smoke:smoke",
    "list": "harness.cli.catalogue:list_",
    "show": "harness.cli.catalogue:show",
    "analyze": "harness.cli.analyze:analyze",
    "power": "harness.cli.power:power",
    "export": "harness.cli.export:export",
    "new": "harness.cli.new:new",
    "check": "harness.cli.check:check",
    "doctor": "harness.cli.doctor:doctor",
}
"""The verbs and where they are; each is imported when it is used."""


class Folk(click.Group):
    """A group that imports its verbs when used and suggests names for unknown ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name."""
        if cmd_name not in COMMANDS:
            return None
        import importlib

        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        starting.over()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the arguments begin with."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Folk, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="folkbench", prog_name="folk")
def folk() -> None:
    """How do language models play games? Tournaments, logged and measured."""


def main() -> None:
    """Run the command; every error raised on purpose is one line on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no terminal's encoding may stop a result
            stream.reconfigure(errors="backslashreplace")
    try:
        code = folk(prog_name="folk", standalone_mode=False) or 0
        if sys.stdout is not None:  # it is None where it was closed before the start
            sys.stdout.flush()
        sys.exit(code)
    except FolkError as error:
        click.echo(f"folk: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        where = getattr(error, "ctx", None)
        path = where.command_path if where is not None else "folk"
        message = error.format_message().replace("\n", " ")
        click.echo(f"folk: {message} ({path} --help tells more)", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("folk: interrupted", err=True)
        sys.exit(130)
    except SystemExit:
        # Where click meets a broken pipe, it puts a class of its own there and leaves with 1.
        if not type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            raise
        sys.exit(0)
    except BrokenPipeError:  # whoever read the output has had enough
        _silence()
        sys.exit(0)
    except OSError as error:
        click.echo(f"folk: cannot print: {error.strerror}", err=True)
        _silence()
        sys.exit(1)


def _silence() -> None:
    """Let nothing more be written to where nothing can be written, when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
