"""What could be taken from agents that look one round back: the best answer to memory-one play.

A model-based number: it rests on the agent looking one round back, and becomes a finding once the
answer has been played.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.metrics.best_response import BestResponse
from harness.metrics.best_response_estimate import (
    BestResponseEstimate,
    estimate_best_response,
    widened,
)
from harness.metrics.extortion import extortion_test, zd_fit
from harness.metrics.interval import Estimate, ratio
from harness.metrics.memory_one import match_counts
from harness.metrics.memory_order import (
    MEMORY_0,
    MEMORY_1,
    MEMORY_2,
    MemoryFit,
    added,
    memory_fits,
)
from harness.metrics.model_gap import model_gap
from harness.metrics.normal_form import Floats
from harness.metrics.seats import action_text
from harness.metrics.shares import Ints
from harness.metrics.sides import Side, averaged, is_symmetric, sides
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

METRICS = {
    "best_response_value": "the most that an opponent earns per round against its memory-one play: "
    "plug-in less its optimism; interval by Imbens & Manski (2004), over all that it might "
    "do where it was never seen; n counts blocks",
    "best_response_gain": "the same less what mutual cooperation pays the opponent",
    "best_response_damage": "mutual cooperation's payoff less what the best answer leaves it, the "
    "worst of them where several are best",
    "best_response_agent_payoff": "what the best answer leaves it",
    "worst_case_payoff": "the least that any opponent can leave it with, by the estimated policy",
    "rivalry_margin": "the most by which any opponent can out-earn it, by the estimated policy; at "
    "most 0 for a rival (Hilbe, Chatterjee & Nowak 2018)",
    "zd_chi": "chi of the relation own - P = chi (other's - P) that comes closest to its play: an "
    "extortion factor where above 1, as fair as tit for tat at 1, no extortion below, least of all "
    "where negative (Knight et al. 2024); read it with zd_error and the cooperation rate",
    "zd_error": "squared distance to a player that forces that relation: 0 for one",
    "extortion_p": "p-value of a likelihood-ratio test that its play is an extortioner's",
    "model_gap": "best_response_value, predicted from its matches with others, less what the best "
    "responder on the ladder earned against it per round, who had to learn first (--schedule "
    "exploit): wholly above 0, the model promised more than it gave; n counts matches with it",
    "memory_order": "rounds that it looks back, of none, one and two, as explains its moves best "
    "(lowest BIC, Schwarz 1978); n counts moves",
    "memory_one_excess_bic": "BIC of memory one less the lowest, of memory one and what is richer: "
    "two, and one with a last round of its own: 0 where nothing richer explains its moves better, "
    "above 10 strong evidence against it (Kass & Raftery 1995), and against what rests on it; n "
    "counts moves",
}

MOST_JOINT = 16
"""Joint actions above which memory one has too many states to be learned."""

LONG = 50
"""Rounds above which fewer draws of the posterior do: each takes as many steps."""


def compute(study: Study) -> Findings:
    """Best responses to every agent; nothing unless a game of two with known payoffs repeats."""
    game, seats = study.payoffs, study.seats
    if game is None or len(game) != 2 or game[0].size > MOST_JOINT or seats.moves.shape[1] < 2:
        return Findings()
    length = _length(study)
    found: dict[str, dict[str, Estimate]] = {}
    details: dict[str, Any] = {}
    memories: dict[str, dict[str, MemoryFit]] = {}
    unseen = []
    for agent, rows in zip(seats.names, seats.own, strict=True):
        each = [
            (side, estimate)
            for side in sides(seats, rows, game)
            if (estimate := _estimate(study, side, length)) is not None
        ]
        found[agent] = _metrics([estimate for _, estimate in each], study)
        memories[agent] = _memories([side for side, _ in each], length)
        found[agent] |= _memory_metrics(memories[agent])
        if study.ladder is not None and study.ladder.best_responder in seats.names:
            found[agent]["model_gap"] = _gap(study, agent, rows, length)
        if _is_dilemma(game, study):
            found[agent] |= _extortion(study, each[0][0] if each else None)
        details[agent] = [_verdicts(estimate.plug_in) for _, estimate in each]
        guessed = [
            _states(study, side, estimate.unseen) for side, estimate in each if estimate.guesses
        ]
        if guessed:
            unseen.append(f"{agent} after {'; '.join(dict.fromkeys(guessed))}")
    notes = []
    if unseen:
        names = "; ".join(unseen[:5]) + (f"; and {len(unseen) - 5} more" if len(unseen) > 5 else "")
        notes.append(
            f"Never seen: {names} (its own action first). What it would do there is a guess, even"
            " chances, on which best responses to it rest; their intervals reach over what it might"
            " do."
        )
    told = {
        agent: {
            model: {"bic": fit.bic, "parameters": fit.parameters} for model, fit in fits.items()
        }
        for agent, fits in memories.items()
    }
    notes += _beyond_memory_one(memories)
    return Findings(found, {"rounds": length, "plug_in": details, "memory": told}, notes)


def _length(study: Study) -> int | None:
    """Rounds of a match where all have as many and players know it; None for no known end."""
    lengths = np.unique(study.seats.rounds)
    announced = study.facts.get("rounds")
    return int(lengths[0]) if len(lengths) == 1 and announced == lengths[0] else None


def _memories(sides_of: list[Side], length: int | None) -> dict[str, MemoryFit]:
    """How well models of an agent's memory explain its moves on all sides."""
    return added([memory_fits(s.own, s.other, *s.payoffs.shape[1:], end=length) for s in sides_of])


def _best(fits: dict[str, MemoryFit]) -> str:
    """The model with the lowest BIC, of several the plainest."""
    return min(fits, key=lambda model: (fits[model].bic, fits[model].parameters))


def _memory_metrics(fits: dict[str, MemoryFit]) -> dict[str, Estimate]:
    """How far back an agent looks, and how much worse memory one explains it than what is richer.

    Less memory is contained in memory one, which is then enough for what rests on it.
    """
    if not fits:
        return dict.fromkeys(
            ("memory_order", "memory_one_excess_bic"), Estimate(None, None, None, 0)
        )
    orders = {MEMORY_0: 0, MEMORY_1: 1, MEMORY_2: 2}
    order = orders[_best({model: fits[model] for model in orders})]
    richer = min(fit.bic for model, fit in fits.items() if model != MEMORY_0)
    excess, n = fits[MEMORY_1].bic - richer, fits[MEMORY_1].n
    return {
        "memory_order": Estimate(float(order), None, None, n),
        "memory_one_excess_bic": Estimate(excess, None, None, n),
    }


def _beyond_memory_one(memories: dict[str, dict[str, MemoryFit]]) -> list[str]:
    """Whose play memory one does not explain best; less memory is contained in it."""
    named = []
    for agent, fits in memories.items():
        if fits and (best := _best(fits)) not in (MEMORY_0, MEMORY_1):
            named.append(
                f"{agent} ({best}, BIC lower by {fits[MEMORY_1].bic - fits[best].bic:.1f})"
            )
    if not named:
        return []
    names = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
    told = f"Memory one does not explain best how these play: {names}."
    return [f"{told} What rests on it is a best response to simpler play: try it out."]


def _cooperative(study: Study, player: int) -> tuple[int, int] | None:
    """The cell of mutual cooperation, the side's own action first."""
    if study.actions is None or len(study.cooperative) < 2 or None in study.cooperative[:2]:
        return None
    texts = [[action_text(a) for a in mine] for mine in study.actions]
    cell = [texts[i].index(action_text(study.cooperative[i])) for i in (0, 1)]
    return (cell[player], cell[1 - player])


def _states(study: Study, side: Side, states: tuple[int, ...]) -> str:
    """States of memory one in words: the opening, or the actions of the last round."""
    shape = side.payoffs.shape[1:]
    names = [[str(i) for i in range(k)] for k in shape]
    if study.actions is not None:
        texts = [[action_text(a) for a in mine] for mine in study.actions]
        names = [texts[side.player], texts[1 - side.player]]
    told = []
    for state in states:
        own, other = divmod(state - 1, shape[1])
        told.append("the start" if state == 0 else f"({names[0][own]}, {names[1][other]})")
    return ", ".join(told)


def _estimate(study: Study, side: Side, length: int | None) -> BestResponseEstimate | None:
    """The best response to an agent on one side; None where it made no valid move."""
    shape = side.payoffs.shape[1:]
    counts = match_counts(side.own, side.other, *shape)
    if not counts.sum():
        return None
    discount = study.facts.get("discount", 1)
    geometric = {"discount": float(discount)} if length is None and 0 < discount < 1 else {}
    return estimate_best_response(
        counts,
        side.payoffs[0],
        side.payoffs[1],
        rounds=length,
        cooperative=_cooperative(study, side.player),
        blocks=side.blocks,
        draws=2000 if (length or 0) <= LONG else 500,
        seed=study.seed,
        **geometric,
    )


def _metrics(estimates: list[BestResponseEstimate], study: Study) -> dict[str, Estimate]:
    """The metrics of one agent, over the sides that it sat on."""
    none = Estimate(None, None, None, 0)
    with_cooperation = _cooperative(study, 0) is not None
    if not estimates:
        names = ["best_response_value", "best_response_agent_payoff", "worst_case_payoff"]
        names += ["rivalry_margin"]
        names += ["best_response_gain", "best_response_damage"] if with_cooperation else []
        return dict.fromkeys(names, none)
    found = {
        "best_response_value": averaged([e.value for e in estimates]),
        "best_response_agent_payoff": averaged([e.agent_payoff for e in estimates]),
        "worst_case_payoff": averaged([_over_guesses(e, "worst_case") for e in estimates]),
        "rivalry_margin": averaged([_over_guesses(e, "rivalry_margin") for e in estimates]),
    }
    if with_cooperation:
        found["best_response_gain"] = averaged([e.gain for e in estimates if e.gain is not None])
        found["best_response_damage"] = averaged(
            [e.damage for e in estimates if e.damage is not None]
        )
    return found


def _gap(study: Study, agent: str, rows: Ints, length: int | None) -> Estimate:
    """The predicted value of the best response less what the ladder's best responder earned."""
    game, ladder, seats = study.payoffs, study.ladder, study.seats
    if game is None or ladder is None or agent == ladder.best_responder:
        return Estimate(None, None, None, 0)
    validating = seats.opponent[rows] == seats.names.index(ladder.best_responder)
    found = []
    for side in sides(seats, rows[~validating], game):
        met = rows[validating]
        met = met if is_symmetric(game) else met[seats.player[met] == side.player]
        estimate = _estimate(study, side, length) if met.size else None
        if estimate is not None:
            other, where = seats.other[met], (seats.block[met].tolist(), seats.table[met].tolist())
            earned = ratio(seats.payoff[other], seats.rounds[other], *where, study.seed)
            found.append(model_gap(estimate.value, earned))
    return averaged(found)


def _over_guesses(estimate: BestResponseEstimate, name: str) -> Estimate:
    """A number of the estimated policy, with all that it may be where states were never seen."""
    told = Estimate(getattr(estimate.plug_in, name), None, None, estimate.value.n)
    if not estimate.guesses:
        return told
    return widened(told, [getattr(guess, name) for guess in estimate.guesses])


def _verdicts(best: BestResponse) -> dict[str, Any]:
    """What the best response to the estimated policy is, taken for true."""
    return {
        "value": best.value,
        "agent_payoff": best.agent_payoff,
        "worst_case": best.worst_case,
        "security_gap": best.security_gap,
        "rivalry_margin": best.rivalry_margin,
        "partner": best.partner,
        "good": best.good,
    }


def _is_dilemma(game: Floats, study: Study) -> bool:
    """Whether this is a symmetric prisoner's dilemma with its first or second action as C."""
    cell = _cooperative(study, 0)
    if game.shape != (2, 2, 2) or not is_symmetric(game) or cell is None or cell[0] != cell[1]:
        return False
    reward, sucker, temptation, punishment = _four(game, cell[0])
    return temptation > reward > punishment > sucker


def _four(game: Floats, good: int) -> tuple[float, float, float, float]:
    """R, S, T, P."""
    bad = 1 - good
    cells = ((good, good), (good, bad), (bad, good), (bad, bad))
    reward, sucker, temptation, punishment = (float(game[0][cell]) for cell in cells)
    return reward, sucker, temptation, punishment


def _extortion(study: Study, side: Side | None) -> dict[str, Estimate]:
    """How close the agent is to an extortioner."""
    none = Estimate(None, None, None, 0)
    cell = _cooperative(study, 0)
    if side is None or cell is None:
        return dict.fromkeys(("zd_chi", "zd_error", "extortion_p"), none)
    own, other = (_as_cooperation(moves, cell[0]) for moves in (side.own, side.other))
    counts = match_counts(own, other).sum(axis=0)[1:]
    good, seen = counts[:, 0], counts.sum(axis=1)
    n = int(seen.sum())
    four = _four(side.payoffs, cell[0])
    fit = zd_fit(good / seen, four) if (seen > 0).all() else None
    p_value = extortion_test(good, seen, four).p_value if n else None
    return {
        "zd_chi": Estimate(None if fit is None else fit.chi, None, None, n),
        "zd_error": Estimate(None if fit is None else fit.ss_error, None, None, n),
        "extortion_p": Estimate(p_value, None, None, n),
    }


def _as_cooperation(moves: Any, good: int) -> Any:
    """Moves as 0 for C and 1 for D."""
    return np.where(moves < 0, -1, (moves != good).astype(np.int64))


FAMILY = Family(compute, METRICS, "The best answer to memory-one play, and extortion.")
