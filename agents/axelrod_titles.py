"""What strategies the Axelrod library has, read from its source: importing it takes seconds."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["BREACHES", "spelled", "titles"]

BREACHES = {
    "inspects_source": "it reads the other player's program",
    "manipulates_source": "it changes the other player's program",
    "manipulates_state": "it keeps or changes what a match is to begin without",
}
"""What the library says of a strategy that goes beyond the history of play, and what that is."""

MAX_SENTENCE = 100


@cache
def titles() -> dict[str, str]:
    """All strategies that need no more than the history of play: class name and a sentence.

    Raises:
        ModuleNotFoundError: the library is not installed.
    """
    spec = find_spec("axelrod")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("axelrod")
    trees = list(_trees(Path(spec.submodule_search_locations[0]) / "strategies"))
    classes = {
        node.name: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found: dict[str, str] = {}
    for name in sorted({name for tree in trees for name in _listed(tree)}):
        node = classes.get(name)
        if node is None:  # made of another strategy by one of the library's transformers
            found[name] = f"{name}, which the library makes of another strategy."
        elif not _breaches(node):
            found[name] = _sentence(node)
    return found


def spelled(name: str) -> str:
    """A name as all its spellings have it: `TitForTat` and `tit_for_tat` are one.

    >>> spelled("tit_for_2_tats") == spelled("TitFor2Tats")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _trees(folder: Path) -> Iterator[ast.Module]:
    """The syntax trees of all strategies' modules."""
    with warnings.catch_warnings():  # of escapes in other people's docstrings
        warnings.simplefilter("ignore")
        for path in sorted(folder.glob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def _listed(tree: ast.Module) -> Iterator[str]:
    """The names in a module's `all_strategies = […]` or `all_strategies += […]`."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = any(isinstance(t, ast.Name) and t.id == "all_strategies" for t in targets)
        if named and isinstance(value := getattr(node, "value", None), ast.List):
            yield from (item.id for item in value.elts if isinstance(item, ast.Name))


def _breaches(node: ast.ClassDef) -> bool:
    """Whether a class says of itself that it goes beyond the history of play."""
    return any(
        isinstance(key, ast.Constant)
        and key.value in BREACHES
        and isinstance(value, ast.Constant)
        and value.value is True
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict)
        for key, value in zip(statement.value.keys, statement.value.values, strict=True)
    )


def _sentence(node: ast.ClassDef) -> str:
    """The first sentence of a class's docstring, cut to what a table bears."""
    text = " ".join((ast.get_docstring(node) or node.name).split("\n\n")[0].split())
    found = re.match(r".+?[.!?](?=\s|$)", text)
    sentence = found[0] if found else f"{text.rstrip(':')}."
    return (
        sentence if len(sentence) <= MAX_SENTENCE else f"{sentence[: MAX_SENTENCE - 1].rstrip()}…"
    )
