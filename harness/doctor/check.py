"""One thing that was looked at, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Check", "State"]

State: TypeAlias = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        area: what it is part of.
        name: what was looked at.
        state: `ok`; `missing`, where it is simply not there; or `broken`.
        detail: what was found and, unless it is `ok`, what to do.
        needed: whether nothing works without it, or it was asked for by name.
    """

    area: str
    name: str
    state: State
    detail: str
    needed: bool = False

    @property
    def fails(self) -> bool:
        """Whether this is needed, and does not work."""
        return self.needed and self.state != "ok"
