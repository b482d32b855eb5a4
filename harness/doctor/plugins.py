"""Whether all that is registered by installed packages can be used."""

from __future__ import annotations

import inspect
from typing import get_args

from harness import registry
from harness.doctor.check import Check
from harness.errors import PluginError, plugin_call
from harness.models.model import Model

__all__ = ["plugins", "providers"]

KINDS: tuple[registry.Kind, ...] = get_args(registry.Kind)


def plugins() -> list[Check]:
    """How many games, agents and so on there are, and which of them are broken, with the reason."""
    counts, broken = [], []
    for kind in KINDS:
        names = registry.names(kind)
        counts.append(f"{len(names)} {kind}{'' if len(names) == 1 else 's'}")
        for name in names:
            try:
                _load(kind, name)
            except PluginError as error:
                detail = f"{error}; uninstall or upgrade the package that it comes with"
                broken.append(Check("plug-ins", f"{kind} {name}", "broken", detail, needed=True))
    return [Check("plug-ins", "found", "ok", ", ".join(counts)), *broken]


def _load(kind: registry.Kind, name: str) -> None:
    """Import what goes by a name, and look at its parameters, if it takes any.

    Raises:
        PluginError: that cannot be done.
    """
    with plugin_call(f"{kind} {name!r}", "its import"):
        if kind == "metric":
            registry.family(name)
        else:
            registry.parameters(kind, name)


def providers() -> dict[str, type[Model]]:
    """All providers of models that can be imported, by the name that stands before the slash."""
    found = {}
    for name in registry.names("agent"):
        try:
            made = registry.load("agent", name)
        except (PluginError, SystemExit):  # `plugins` tells it
            continue
        if inspect.isclass(made) and issubclass(made, Model):
            found[name] = made
    return found
