"""The version of the contract between Folkbench and plug-ins.

A plug-in may state the version that it is written for: `folk_api = 1`, in its class or beside it in
its module. One that states none is taken for one of this version.
"""

from __future__ import annotations

from typing import Any

from harness.errors import PluginError, shorten

__all__ = ["API_VERSION", "OLDEST_API", "refuse_other_api"]

API_VERSION = 1
"""What plug-ins are written for. It rises when plug-ins may need a change; see docs/plugins.md."""

OLDEST_API = 1
"""The oldest version whose plug-ins still work."""


def refuse_other_api(named: str, *places: Any) -> None:
    """Refuse a plug-in that is written for another version of the contract.

    Args:
        named: what messages call it.
        places: where it may state its version: its class or function, then its module.

    Raises:
        PluginError: it states a version that this Folkbench does not have.

    >>> class Game: folk_api = 99
    >>> refuse_other_api("game 'chess'", Game)
    Traceback (most recent call last):
    harness.errors.PluginError: game 'chess' is written for version 99 of the plug-in interface; \
this Folkbench has version 1: upgrade Folkbench
    """
    stated = next((place.folk_api for place in places if hasattr(place, "folk_api")), API_VERSION)
    if isinstance(stated, bool) or not isinstance(stated, int):
        raise PluginError(
            f"{named}: folk_api is {shorten(stated)}; it must be the number of a version of the"
            f" plug-in interface, such as {API_VERSION}"
        )
    if OLDEST_API <= stated <= API_VERSION:
        return
    known = f"version {API_VERSION}"
    if OLDEST_API < API_VERSION:
        known = f"versions {OLDEST_API} to {API_VERSION}"
    what = "upgrade Folkbench" if stated > API_VERSION else "upgrade the plug-in"
    raise PluginError(
        f"{named} is written for version {stated} of the plug-in interface; this Folkbench has"
        f" {known}: {what}"
    )
