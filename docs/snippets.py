"""Run the snippets of the pages here, and put into them what the commands print.

A fence says what its block is: `console` has commands behind `$ ` with what they print, `sh` has
commands alone, `python` and `pycon` are Python, `toml` a file whose name stands in its first line.
Blocks of one page are run in their order in one folder. Marks behind the language: `no-run` where
a key, a server, a package or something of the reader's is needed, `exit=4` where the block's last
command ends so, `about` where the numbers that it prints vary. `…` stands for anything.

`make docs` writes what has changed anew; the tests fail where it would.
"""

from __future__ import annotations

import doctest
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

HERE = Path(__file__).parent
FENCE = re.compile(r"^```(\S+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d[\d.,]*")
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.MULTILINE)


class SnippetError(Exception):
    """A snippet does not do what its page says."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        language: what it is.
        marks: the words behind that.
        text: what stands in it.
        start: where `text` begins in the page.
    """

    language: str
    marks: tuple[str, ...]
    text: str
    start: int

    @property
    def runs(self) -> bool:
        """Whether it is to be run."""
        return "no-run" not in self.marks

    @property
    def code(self) -> int:
        """How its last command ends."""
        return next((int(m[5:]) for m in self.marks if m.startswith("exit=")), 0)

    def shows(self, shown: str, printed: str) -> bool:
        """Whether a part of this block is what was printed."""
        if "about" in self.marks:
            shown, printed = (NUMBER.sub("0", text) for text in (shown, printed))
        return agree(shown, printed)


@dataclass
class Page:
    """A page whose blocks are run one after another.

    Attributes:
        name: the page's, for messages.
        made: the names that its Python blocks have defined so far.
    """

    name: str
    made: dict[str, Any] = field(default_factory=dict)

    def run(self, text: str) -> str:
        """Run all blocks in the current folder; the page with what was printed.

        Raises:
            SnippetError: a command ends otherwise than the page says, or Python prints otherwise.
        """
        parts, end = [], 0
        for block in blocks(text):
            if block.runs:
                parts += [text[end : block.start], self._block(block)]
                end = block.start + len(block.text)
        return "".join([*parts, text[end:]])

    def _block(self, block: Block) -> str:
        """Run one block; its text with what was printed."""
        if block.language == "toml" and (name := re.match(r"# (\S+\.toml)\n", block.text)):
            Path(name[1]).write_text(block.text, "utf-8")
        elif block.language == "python":
            exec(compile(block.text, self.name, "exec"), self.made)  # noqa: S102 - our own text
        elif block.language == "pycon":
            self._session(block.text)
        elif block.language == "sh":
            commands = [line for line in block.text.replace("\\\n", "").splitlines() if line]
            for command in commands:
                self._command(command, block.code if command == commands[-1] else 0)
        elif block.language == "console":
            return self._console(block)
        return block.text

    def _console(self, block: Block) -> str:
        """Run the commands of a block that shows what they print."""
        found = list(COMMAND.finditer(block.text))
        ends = [*(match.start() for match in found[1:]), len(block.text)]
        parts = []
        for match, end in zip(found, ends, strict=True):
            shown = block.text[match.end() : end]
            code = block.code if end == len(block.text) else 0
            printed = self._command(match[1].replace("\\\n", ""), code)
            parts += [match[0], shown if block.shows(shown, printed) else printed]
        return "".join(parts)

    def _command(self, command: str, code: int) -> str:
        """Run a command of a shell; `folk` in this process. What it prints."""
        words = shlex.split(command, comments=True)
        into = words[-1] if words[-2:-1] == [">"] else ""
        if words[0] == "folk":
            ended, printed = folk(words[:-2] if into else words)
        else:
            shell = ["/bin/sh", "-c", command]
            done = subprocess.run(shell, capture_output=True, text=True, check=False)  # noqa: S603 - our own text
            ended, printed = done.returncode, done.stdout + done.stderr
        if ended != code:
            raise SnippetError(f"{self.name}: {command} ended with {ended}, not {code}: {printed}")
        if into and words[0] == "folk":
            Path(into).write_text(printed, "utf-8")
            return ""
        return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())

    def _session(self, text: str) -> None:
        """Run a session of Python, and compare what it prints."""
        test = doctest.DocTestParser().get_doctest(text, self.made, self.name, None, None)
        told = io.StringIO()
        if doctest.DocTestRunner(verbose=False).run(test, out=told.write, clear_globs=False).failed:
            raise SnippetError(f"{self.name}: {told.getvalue()}")
        self.made.update(test.globs)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page that name a language."""
    for match in FENCE.finditer(text):
        yield Block(match[1], tuple(match[2].split()), match[3], match.start(3))


def agree(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, `…` standing for anything."""
    pattern = ".*?".join(map(re.escape, shown.split("…")))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def folk(words: list[str]) -> tuple[int, str]:
    """Run the command in this process: its exit code, and all that it prints.

    How far a run has come is left out, since how often that is told depends on the machine.
    """
    from harness.cli import live, main

    out, err = io.StringIO(), io.StringIO()
    silent = patch.object(live, "BEGIN_S", float("inf"))
    given = patch.object(sys, "argv", words)
    with given, silent, redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), out.getvalue() + err.getvalue()
    raise AssertionError("the command ends by SystemExit")


def pages() -> list[Path]:
    """The pages whose snippets are run here."""
    return [path for path in sorted(HERE.glob("*.md")) if path.name not in ELSEWHERE]


ELSEWHERE = ("plugin_tutorial.md", "programs.md")
"""Pages that tests of their own try: they need files put together, or processes."""


if __name__ == "__main__":
    for path in pages():
        before = path.read_text("utf-8")
        with TemporaryDirectory() as folder, chdir(folder):
            after = Page(path.name).run(before)
        if after != before:
            path.write_text(after, "utf-8")
