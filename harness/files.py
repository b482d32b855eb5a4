"""Plug-ins that are single files, without packaging: `./my_game.py` in place of a name.

A file is a module named by its content, so that a file that has changed is another module, and two
files of one name do not meet. Its folder is not searched for other modules: what a run depends on
is then all in the file, whose hash stands in the manifest.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.api import refuse_other_api
from harness.crash import described
from harness.errors import PluginError, UsageError, did_you_mean
from harness.spec import FILE, at_home

__all__ = ["hint_at_file", "is_file", "is_module", "load_file", "module_of", "offered", "path_of"]

MODULE = "folkbench_file_"
"""What the names of such modules begin with."""


def is_module(name: str) -> bool:
    """Whether a module of this name was a single file."""
    return name.startswith(MODULE)


def is_file(name: str) -> bool:
    """Whether a name in a specification is that of a file.

    >>> is_file("./my_game.py:MyGame"), is_file("chicken")
    (True, False)
    """
    return FILE.fullmatch(name) is not None


def path_of(name: str) -> Path:
    """The file that a name in a specification means."""
    match = FILE.fullmatch(name)
    assert match is not None
    return at_home(match["path"])


def hint_at_file(name: str) -> str:
    """How to write a file that an unknown name may have been meant for; empty if there is none."""
    if os.path.isfile(f"{name}.py"):  # noqa: PTH113 - pathlib's raises where a name is too long
        return f"; for the file beside, write ./{name}.py"
    if os.path.isdir(name):  # noqa: PTH112
        return f"; a file in that folder is written with its ending, as in {name}/my_game.py"
    return ""


def load_file(kind: str, base: type, name: str) -> Callable[..., Any]:
    """The class or function in a file that makes a game, agent or what else `kind` says.

    Args:
        kind: what it is, for messages.
        base: the class that all of this kind have as a base.
        name: the file, and which of the things in it, where that is said.

    Raises:
        UsageError: there is no such file, or it holds none or several and does not say which.
        PluginError: it cannot be imported, or is written for another version of the interface.
    """
    module, wanted = module_of(path_of(name)), FILE.fullmatch(name)
    assert wanted is not None
    path, member = wanted["path"], wanted["name"]
    known = offered(module, base)
    if member is not None:
        made = vars(module).get(member)
        if made is None:
            raise UsageError(f"{path} has no {kind} {member!r}{did_you_mean(member, known)}")
        if not callable(made):
            raise PluginError(f"{name} is neither a class nor a function")
    elif not known:
        raise UsageError(
            f"{path} has no {kind}: it needs a class with the base harness.{base.__name__} and a"
            f" `name`; a function that makes one is named, as in {path}:function"
        )
    elif len(known) > 1:
        written = " or ".join(f"{path}:{each}" for each in known)
        raise UsageError(f"{path} has several {kind}s; write {written}")
    else:
        (made,) = known.values()
    refuse_other_api(name, made, module)
    return made


def offered(module: ModuleType, base: type) -> Mapping[str, type]:
    """The classes of a module that can be used under their file's name, by their own."""
    return {
        name: what
        for name, what in vars(module).items()
        if inspect.isclass(what)
        and issubclass(what, base)
        and what.__module__ == module.__name__
        and not inspect.isabstract(what)
        and not name.startswith("_")
        and getattr(what, "name", False)
    }


def module_of(path: Path) -> ModuleType:
    """A file as a module, imported once for each content that it has.

    Raises:
        UsageError: it cannot be read.
        PluginError: it cannot be imported.
    """
    here = "" if path.is_absolute() else f" in {Path.cwd()}"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        known = (each.stem for each in path.parent.glob("*.py"))
        near = " or ".join(f"{name}.py" for name in difflib.get_close_matches(path.stem, known))
        hint = f"; did you mean {near}?" if near else ""
        raise UsageError(f"there is no {path}{here}{hint}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}{here}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"cannot read {str(path)!r}{here}: {error}") from error
    return _imported(path.absolute(), content)


@functools.cache
def _imported(path: Path, content: bytes) -> ModuleType:
    """The module of a file with this content."""
    digest = hashlib.blake2b(content, digest_size=6).hexdigest()
    name = f"{MODULE}{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        # Compiled here, and kept in no cache, whose entries go by time and not by content.
        exec(compile(content, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102
    except KeyboardInterrupt:
        del sys.modules[name]
        raise
    except BaseException as error:  # whatever somebody's module does when imported
        del sys.modules[name]
        number = getattr(error, "lineno", None)  # none, too, where there are null bytes
        line = f", line {number}" if number else ""
        raise PluginError(f"{path}{line} cannot be imported: {described(error)}") from error
    return module
