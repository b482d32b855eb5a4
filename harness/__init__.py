"""Folkbench: how do language models play games?

These names are all that a game or an agent ever imports.
"""

from harness import starting  # noqa: F401 - first of all, for it takes interrupts meanwhile
from harness.agent import Agent, Answer, Bot, Outcome, Player, Reader, Seat
from harness.api import API_VERSION
from harness.check import is_number, is_whole
from harness.errors import FolkError, PluginError, UsageError, did_you_mean, shorten
from harness.game import Decision, Forfeit, Game, Join, Ladder, Play, Result, Round, Words
from harness.library import Library
from harness.modifier import Course, Modified, Modifier, Steps, merged, quoted
from harness.outside import Heard, Outside, terminal
from harness.space import (
    Action,
    Choice,
    Distribution,
    Form,
    Integer,
    OneOf,
    Real,
    Space,
    Text,
    one_of,
)

__all__ = [
    "API_VERSION",
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
    "Heard",
    "Integer",
    "Join",
    "Ladder",
    "Library",
    "Modified",
    "Modifier",
    "OneOf",
    "Outcome",
    "Outside",
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
    "is_number",
    "is_whole",
    "merged",
    "one_of",
    "quoted",
    "shorten",
    "terminal",
]
