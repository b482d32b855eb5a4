"""Prompting styles: wrappers around a model player, written `provider/model+style(…)`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from harness.game import Decision, plain

__all__ = ["Style"]


class Style:
    """Base of all styles. A subclass is a frozen dataclass; its fields are its parameters.

    Attributes:
        name: what it is called on the command line.
        reasons: whether the model is invited to reason in its reply before its answer.
    """

    name: str = ""
    reasons: bool = False

    def system(self, text: str) -> str:
        """The system prompt, given what it is without this style."""
        return text

    def before(self, decision: Decision) -> str:
        """A question put to the model before a decision, in a turn of its own; '' for none.

        Its reply stays in the conversation and is not read for an action.
        """
        return ""

    def question(self, text: str, decision: Decision) -> str:
        """The question at a decision, given what it is without this style."""
        return text

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters by name, as JSON data."""
        if not is_dataclass(self):
            raise TypeError(f"{type(self).__name__} must be a dataclass: @dataclass(frozen=True)")
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}
