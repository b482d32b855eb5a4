"""How far a run has come: what is shown while it plays."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AgentProgress", "Progress"]


@dataclass(frozen=True)
class AgentProgress:
    """What one model has done so far, over all sessions of the run.

    Attributes:
        agent: as specified.
        calls: calls that were replied to, without those from a cache.
        cached: calls replied to from a cache.
        failed: calls that had no reply.
        retries: further attempts at calls.
        input: tokens read.
        output: tokens written.
        usd: what is known of their cost; None where no call's cost is known.
        invalid: answers that were no moves, in matches that are over.
        waiting: calls on the way now.
        most: calls that may be on the way at once, now; those to the same provider and model share
            it.
    """

    agent: str
    calls: int = 0
    cached: int = 0
    failed: int = 0
    retries: int = 0
    input: int = 0
    output: int = 0
    usd: float | None = None
    invalid: int = 0
    waiting: int = 0
    most: int = 0


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        matches: how many the run holds.
        done: how many are over, those of earlier sessions included.
        before: how many of them were over when this session began.
        under_way: matches with models that have begun and are not over.
        not_ok: of those over, how many are void, forfeited or ended as errors.
        seconds: since this session began.
        agents: one for each model that plays, in the order in which they were given.
        usd: what the run has cost so far; None where no model's price is known.
        projected_usd: what it will have cost in the end, as far as can be told.
        left_s: seconds until its end, as far as can be told.
        max_cost: USD that the run may cost, if there is a limit.
        ending: why nothing new begins, where the run is about to stop; else empty.
    """

    matches: int
    done: int = 0
    before: int = 0
    under_way: int = 0
    not_ok: int = 0
    seconds: float = 0.0
    agents: tuple[AgentProgress, ...] = ()
    usd: float | None = None
    projected_usd: float | None = None
    left_s: float | None = None
    max_cost: float | None = None
    ending: str = ""
