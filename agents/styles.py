"""Prompting styles of models, written after the model: `openai/gpt-5+reason`.

Several are put on from left to right: `openai/gpt-5+persona(text='…')+k_level(k=2)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness import Decision, UsageError, is_whole, shorten
from harness.models import Style


@dataclass(frozen=True)
class Direct(Style):
    """The question as it is: what a model without a style is asked."""

    name = "direct"


@dataclass(frozen=True)
class Reason(Style):
    """The model is invited to reason step by step before its answer.

    In JSON the reasoning is a field that stands before the action; in text it stands before the
    last line. Where the answer is constrained or scored, it is a turn of its own before (Wei et al.
    2022, arXiv:2201.11903; Kojima et al. 2022, arXiv:2205.11916).
    """

    name = "reason"
    reasons = True


@dataclass(frozen=True)
class PredictFirst(Style):
    """The model first says what it expects of the others, in a turn of its own.

    This is the "social chain of thought" of Akata et al. (2025, Nature Human Behaviour 9(7)). The
    forecast is free text that nobody scores; the modifier `predict` asks for forecasts as actions.
    """

    name = "predict_first"

    def before(self, decision: Decision) -> str:
        """The question for a forecast."""
        if decision.kind == "predict":
            return ""
        return (
            "Before you decide: what do you expect the other players to do next? Say it in a"
            " sentence or two. Do not make your own decision yet."
        )


@dataclass(frozen=True)
class KLevel(Style):
    """The model is told to reason k steps deep about the others' reasoning.

    The k-level reasoning prompt of Zhang et al. (2025, NAACL, arXiv:2402.01521), after the level-k
    model of Nagel (1995, American Economic Review 85(5)) and Stahl & Wilson (1995).

    Args:
        k: the depth: 1 expects others who do not think about anybody, 2 expects others of depth
            1, and so on.

    Raises:
        UsageError: `k` is no whole number from 1 to 10.
    """

    k: int = 1

    name = "k_level"

    def __post_init__(self) -> None:
        if not is_whole(self.k, 1) or self.k > 10:
            raise UsageError(f"k_level: k is {shorten(self.k)}; it must be from 1 to 10")

    def question(self, text: str, decision: Decision) -> str:
        """The question, with how deep to reason about it."""
        levels = ["A player of level 0 does not think about what other players do."]
        levels += [
            f"A player of level {i} expects the other players to be of level {i - 1}, and does what"
            " is best against them."
            for i in range(1, self.k + 1)
        ]
        return f"{text}\n\n{' '.join(levels)} Decide as a player of level {self.k}."


@dataclass(frozen=True)
class Persona(Style):
    """The model is given a persona, at the beginning of its system prompt.

    Args:
        text: who the model is to be, as in 'You are a cautious banker.'

    Raises:
        UsageError: `text` is empty.
    """

    text: str

    name = "persona"

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip():
            raise UsageError(f"persona: text is {shorten(self.text)}; it must be a text")

    def system(self, text: str) -> str:
        """The persona, then the system prompt."""
        return f"{self.text}\n\n{text}" if text else self.text
