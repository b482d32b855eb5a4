"""Folkbench: how do language models play games?

These names are all that a game or an agent ever imports.
"""

from harness.agent import Agent, Answer, Bot, Outcome, Player, Reader, Seat
from harness.errors import FolkError, PluginError, UsageError, did_you_mean, shorten
from harness.game import (
    Action,
    Choice,
    Decision,
    Distribution,
    Forfeit,
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
from harness.modifier import Course, Modified, Modifier, Steps, merged, quoted

__all__ = [
    "Action",
    "Agent",
    "Answer",
    "Bot",
    "Choice",
    "Course",
    "Decision",
    "Distribution",
    "FolkError",
    "Forfeit",
    "Form",
    "Game",
    "Integer",
    "Join",
    "Modified",
    "Modifier",
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
    "Steps",
    "Text",
    "UsageError",
    "Words",
    "did_you_mean",
    "merged",
    "one_of",
    "quoted",
    "shorten",
]
