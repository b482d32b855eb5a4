"""New plug-ins: a complete package for a game or an agent, made from the templates here."""

from __future__ import annotations

import builtins
import importlib.metadata
import keyword
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import harness
from harness import registry
from harness.api import API_VERSION
from harness.errors import RecordError, UsageError, shorten
from harness.files import module_of, offered
from harness.game import Game

__all__ = ["new"]

SUFFIX = ".in"
"""What the names of templates end with, so that no tool takes them for what they become."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

LONGEST = 40


def new(kind: Literal["game", "agent"], name: str, parent: Path) -> Path:
    """Write a package with a game or an agent of this name, and its test, into a new folder.

    Args:
        kind: which of the two.
        name: what it is to be called; a Python name in small letters.
        parent: the folder in which the package's own is made.

    Returns:
        The package's folder.

    Raises:
        UsageError: it cannot be called so, or the folder exists.
        RecordError: the folder cannot be written.
    """
    _refuse(kind, name)
    module = f"folkbench_{name}"
    folder = parent / module.replace("_", "-")
    if folder.exists():
        raise UsageError(f"{folder} exists already; choose another name, or another --out")
    marks = {
        "name": name,
        "module": module,
        "package": module.replace("_", "-"),
        "Class": _class(kind, name),
        "title": name.replace("_", " ").capitalize(),
        "folkbench": importlib.metadata.version("folkbench"),
        "api": str(API_VERSION),
    }
    try:
        _copy(files("harness") / "templates" / kind, folder, marks)
        if kind == "game":
            _snapshot(folder / f"{module}.py", folder / "tests/snapshot.json")
    except OSError as error:
        raise RecordError(f"cannot write {folder}: {error.strerror}") from error
    return folder


def _class(kind: Literal["game", "agent"], name: str) -> str:
    """What the class is called: nothing that the template has another use for."""
    written = "".join(part.capitalize() for part in name.split("_"))
    taken = {*harness.__all__, *dir(builtins), "Random", "Counter"}
    return f"{written}{'Game' if kind == 'game' else 'Bot'}" if written in taken else written


def _refuse(kind: Literal["game", "agent"], name: str) -> None:
    """Refuse what nothing can be called.

    Raises:
        UsageError: the message says why.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{shorten(name)} cannot be a name; write small letters, digits and single underscores,"
            " a letter first, as in my_game"
        )
    if len(name) > LONGEST:
        raise UsageError(f"{shorten(name)} is too long for a name; at most {LONGEST} characters")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise UsageError(f"{name!r} is a word of Python's own; choose another name")
    taken: list[registry.Kind] = ["game", "agent", "modifier", "style"]
    for other in taken:
        if name in registry.names(other):
            article = "an" if other == "agent" else "a"
            raise UsageError(f"there is {article} {other} {name!r} already; choose another name")
        if name in registry.libraries(other):
            raise UsageError(
                f"{name!r} is the library of {other}s that are written {name}/NAME; choose another"
                " name"
            )


def _copy(template: Traversable, target: Path, marks: dict[str, str]) -> None:
    """Write a folder of templates, with its marks `@name@` filled in, in names as in texts."""
    target.mkdir(parents=True)
    for item in sorted(template.iterdir(), key=lambda item: item.name):
        there = target / _filled(item.name, marks).removesuffix(SUFFIX)
        if item.is_dir():
            _copy(item, there, marks)
        elif item.name.endswith(SUFFIX):
            there.write_text(_filled(item.read_text("utf-8"), marks), "utf-8", newline="\n")


def _filled(text: str, marks: dict[str, str]) -> str:
    return re.sub(r"@(\w+)@", lambda mark: marks.get(mark[1], mark[0]), text)


def _snapshot(file: Path, snapshot: Path) -> None:
    """Keep what the new game says and pays, as its test compares."""
    from harness.testing.snapshot import written

    (game,) = offered(module_of(file), Game).values()
    written(game(), snapshot)
