"""Folkbench: how do language models play games?

These names are all that a game or an agent ever imports.
"""

from harness.agent import Agent, Answer, Bot, Outcome, Player, Reader, Seat
from harness.errors import FolkError, PluginError, UsageError, did_you_mean, shorten
from harness.game import (
    Action,
    Choice,
    Decision,
    Form,
    Game,
    Integer,
    Join,
    OneOf,
    Play,
    Real,
    Result,
    Round,
    Space,
    Text,
    Words,
    one_of,
)

__all__ = [
    "Action",
    "Agent",
    "Answer",
    "Bot",
    "Choice",
    "Decision",
    "FolkError",
    "Form",
    "Game",
    "Integer",
    "Join",
    "OneOf",
    "Outcome",
    "Play",
    "Player",
    "PluginError",
    "Reader",
    "Real",
    "Result",
    "Round",
    "Seat",
    "Space",
    "Text",
    "UsageError",
    "Words",
    "did_you_mean",
    "one_of",
    "shorten",
]
