"""Guessing 0.8 of the average with health points.

Zhang et al., "K-Level Reasoning: Establishing Higher Order Beliefs in Large Language Models for
Strategic Reasoning" (arXiv:2402.01521), with the rules that their code plays by
(github.com/microsoft/Alympics, folder k-reasoning/G08A).
"""

from __future__ import annotations

from typing import Any, Literal

from harness import UsageError
from harness.games.beauty import Beauty


def beauty_08(
    *,
    players: int = 5,
    rounds: int = 10,
    health: int = 10,
    horizon: Literal["announced", "hidden"] = "announced",
    feedback: Literal["full", "target", "own", "none"] = "full",
    opponents: str = "",
    story: str = "",
    goal: str = "",
) -> Beauty:
    """Guessing 0.8 of the average with health points (Zhang et al., arXiv:2402.01521).

    Whole numbers from 1 to 100; the target is 0.8 times their mean, to two decimals. All who chose
    the nearest number win, the lower of two at the same distance; all others lose a health point,
    and everyone does where all choose the same number.

    Args:
        players: how many take part.
        rounds: how many rounds there are at most.
        health: how many health points each player starts with.
        horizon: whether players are told how many rounds: `announced` or `hidden`.
        feedback: what is told after a round: `full`, `target`, `own` or `none`.
        opponents: what is said of the others: a name or a text, as in `beauty`.
        story: a cover story; a name or a text, as in `beauty`.
        goal: a last sentence on what to aim at; none by default.

    Raises:
        UsageError: a parameter is out of its range; the message names it.
    """
    if health is None:
        raise UsageError("beauty_08: health is None; it must be a whole number, 1 or more")
    try:
        return _beauty_08(
            players=players,
            rounds=rounds,
            health=health,
            horizon=horizon,
            feedback=feedback,
            opponents=opponents,
            story=story,
            goal=goal,
        )
    except UsageError as error:
        problem = str(error)
        if problem.startswith("beauty: "):
            problem = problem.replace("beauty", "beauty_08", 1)
        raise UsageError(problem) from None


def _beauty_08(**settings: Any) -> Beauty:
    """The contest with the parameters that are fixed."""
    return Beauty(
        **settings,
        p=0.8,
        low=1,
        high=100,
        decimals=2,
        ties="lower",
        all_equal_wins=False,
        level_zero=50,
        currency="health points",
    )
