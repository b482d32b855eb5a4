"""Libraries: other people's games or agents, all under one name, written `library/NAME(…)`.

An entry point of `folkbench.game_libraries` or `folkbench.agent_libraries` names a subclass of
`Library`. What it stands for need not be installed: it then says what to install.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from harness.agent import Agent
from harness.errors import UsageError
from harness.game import Game

__all__ = ["Library"]


class Library(ABC):
    """Games or agents that another package brings, each under a title of its own.

    Attributes:
        name: what stands before the slash.
        install: what to give to `pip install` for what stands behind it.
    """

    name: str = ""
    install: str = ""

    @abstractmethod
    def titles(self) -> Mapping[str, str]:
        """All that can be had, by what stands after the slash, each with a sentence on it.

        Raises:
            UsageError: what it stands for is not installed.
        """

    @abstractmethod
    def make(self, title: str, parameters: Mapping[str, Any]) -> Game | Agent:
        """The game or agent of this title; its `name` is `library/TITLE` in one spelling.

        Raises:
            UsageError: it is not installed, there is no such title, or no such parameter or value.
        """

    def missing(self, package: str) -> UsageError:
        """The error that says that a package is not there, and how to get it."""
        return UsageError(
            f'{self.name}/… needs the package {package}: pip install "{self.install}"'
        )
