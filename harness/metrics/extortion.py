"""Whether a memory-one player of a prisoner's dilemma extorts, and how it fares when extorted.

A zero-determinant player forces a linear relation between the two long-run payoffs. With
p~ = (p_CC - 1, p_CD - 1, p_DC, p_DD) and S_X, S_Y the payoffs of both over CC, CD, DC, DD, it is
one whose p~ = alpha S_X + beta S_Y + gamma: Press & Dyson (2012), "Iterated prisoner's dilemma
contains strategies that dominate any evolutionary opponent", PNAS 109(26), equations 6 and 7. It
extorts where the relation is s_X - P = chi (s_Y - P) with chi > 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError

__all__ = [
    "ExtortionTest",
    "ZDFit",
    "compliance",
    "extortion_test",
    "extortionate",
    "surcharge",
    "zd_fit",
]

Floats: TypeAlias = NDArray[np.float64]

LEVEL = 0.05
"""Of the tests."""

SMALLEST_GAIN = 0.05
"""Gains above mutual punishment smaller than this, in points per round, give no ratio."""


@dataclass(frozen=True, slots=True)
class ZDFit:
    """The zero-determinant player closest to a memory-one player, by least squares.

    Attributes:
        chi: factor by which the extortioner closest to it multiplies its own gain above mutual
            defection, relative to the other's; None where it is undefined.
        ss_error: squared distance to that extortioner (SSError): 0 for an extortioner. Defectors
            are close too, so that it is read together with `chi` and the cooperation rate.
        baseline: payoff at which both fare alike under the general relation
            s_Y - baseline = slope (s_X - baseline); None where there is none.
        slope: by how much the other's payoff moves with the player's under the general relation:
            1 / chi for an extortioner, 0 for an equalizer; None where undefined.
        fixed_payoff: what an equalizer sets the other's payoff to; None for all others.
        zd_error: squared distance to the closest zero-determinant player of any kind.
    """

    chi: float | None
    ss_error: float
    baseline: float | None
    slope: float | None
    fixed_payoff: float | None
    zd_error: float


@dataclass(frozen=True, slots=True)
class ExtortionTest:
    """Whether observed play can be an extortioner's.

    Attributes:
        chi: extortion factor of the extortioner under which the play is most likely.
        deviance: twice the logarithm of the likelihood ratio of any memory-one player to it;
            infinite where the player cooperated after mutual defection.
        p_value: probability of a deviance as large if it were one; None where too few states were
            seen to tell.
        extorts: it can be one (p at least 0.05), and `chi` is above 1, as a like test against
            fair play with chi 1 tells; None where one cannot tell.
    """

    chi: float | None
    deviance: float
    p_value: float | None
    extorts: bool | None


def zd_fit(p: ArrayLike, payoffs: tuple[float, float, float, float] = (3, 0, 5, 1)) -> ZDFit:
    """The extortioner, and the zero-determinant player, closest to four probabilities.

    Source: Knight, Harper, Glynatsi & Gillard (2024), "Recognising and evaluating the effectiveness
    of extortion in the iterated prisoner's dilemma", PLoS ONE 19(7) e0304641: least squares of p~
    on S_X - P and S_Y - P. The general relation adds a constant.

    Args:
        p: probabilities of C after CC, CD, DC, DD, the own action named first.
        payoffs: R, S, T, P of the prisoner's dilemma.

    Raises:
        UsageError: not four probabilities.

    >>> fit = zd_fit([8 / 9, 1 / 2, 1 / 3, 0])  # extort-2
    >>> print(round(fit.chi, 9), round(fit.ss_error, 9), round(fit.baseline, 9))
    2.0 0.0 1.0
    """
    values = np.asarray(p, float)
    if values.shape != (4,) or not ((values >= 0) & (values <= 1)).all():
        raise UsageError(
            f"four probabilities are needed, those of cooperating after CC, CD, DC and DD; these"
            f" were given: {values.tolist()}"
        )
    tilde = values - [1, 1, 0, 0]
    own, other = _payoff_vectors(payoffs)
    punished = payoffs[3]
    (alpha, beta), ss_error = _least_squares(np.stack([own - punished, other - punished], 1), tilde)
    (a, b, c), zd_error = _least_squares(np.stack([own, other, np.ones(4)], 1), tilde)
    size = max(abs(a), abs(b), 1e-300) * 1e-9
    forced = abs(b) > size
    equalizes = forced and abs(a) <= size
    shared = forced and not equalizes and abs(a + b) > size
    return ZDFit(
        chi=-beta / alpha if abs(alpha) > 1e-9 * max(abs(alpha), abs(beta), 1e-300) else None,
        ss_error=ss_error,
        baseline=-c / (a + b) if shared else None,
        slope=-a / b + 0.0 if forced else None,
        fixed_payoff=-c / b if equalizes else None,
        zd_error=zd_error,
    )


def extortionate(fit: ZDFit, tolerance: float = 1e-6) -> bool:
    """Whether a known player is an extortioner: it forces the relation with chi above 1.

    Args:
        fit: from `zd_fit`.
        tolerance: largest SSError that counts as none.

    >>> extortionate(zd_fit([1, 0, 1, 0]))  # tit for tat has chi 1 and takes nothing
    False
    """
    return fit.ss_error <= tolerance and fit.chi is not None and fit.chi > 1 + tolerance


def extortion_test(
    cooperated: ArrayLike,
    seen: ArrayLike,
    payoffs: tuple[float, float, float, float] = (3, 0, 5, 1),
) -> ExtortionTest:
    """Test by likelihood ratio whether observed play can be an extortioner's.

    Extortioners have two parameters, alpha and beta; memory-one players four. After mutual
    defection an extortioner never cooperates: one C there rules it out, and otherwise that state
    tells nothing, so that what is left of the four is compared with two by chi-square (Wilks).

    Args:
        cooperated: how often the player did after CC, CD, DC, DD.
        seen: how often each was seen.
        payoffs: R, S, T, P of the prisoner's dilemma.

    Raises:
        UsageError: not four counts, or more successes than trials.

    >>> print(extortion_test([80, 55, 31, 0], [90, 110, 93, 107]).extorts)
    True
    >>> print(extortion_test([90, 2, 91, 3], [90, 110, 93, 107]).extorts)
    False
    """
    from scipy.optimize import LinearConstraint, minimize
    from scipy.special import xlogy
    from scipy.stats import chi2

    k, n = np.asarray(cooperated, float), np.asarray(seen, float)
    if k.shape != (4,) or n.shape != (4,) or (k > n).any() or (k < 0).any():
        raise UsageError(
            f"four counts and their totals are needed, after CC, CD, DC and DD; these were given:"
            f" {k.tolist()} of {n.tolist()}"
        )
    own, other = _payoff_vectors(payoffs)
    columns = np.stack([own - payoffs[3], other - payoffs[3]], axis=1)[:3]
    base = np.array([1.0, 1.0, 0.0])

    def loss(parameters: Floats) -> float:
        fitted = np.clip(base + columns @ parameters, 1e-12, 1 - 1e-12)
        return float(-(xlogy(k[:3], fitted) + xlogy(n[:3] - k[:3], 1 - fitted)).sum())

    def least(directions: Floats, starts: list[Floats]) -> tuple[float, Floats]:
        """The smallest loss among extortioners that are sums of directions."""
        within = LinearConstraint(columns @ directions.T, -base, 1 - base)

        def along(x: Floats) -> float:
            return loss(np.asarray(x @ directions))

        tried = [minimize(along, s, method="SLSQP", constraints=within) for s in starts]
        best = min(tried, key=lambda found: float(found.fun))
        return float(best.fun), np.asarray(best.x @ directions)

    shares = np.array([0.2, 0.5, 0.8]) / columns.max()
    starts = [np.array([share / chi, -share]) for share in shares for chi in (1, 3)]
    any_chi, (alpha, beta) = least(np.eye(2), starts)
    fair, _ = least(np.array([[1.0, -1.0]]), [np.array([share]) for share in shares])
    full = np.divide(k, n, out=np.full(4, 0.5), where=n > 0)[:3]
    none = float(-(xlogy(k[:3], full) + xlogy(n[:3] - k[:3], 1 - full)).sum())
    chi = float(-beta / alpha) if abs(alpha) > 1e-9 else None
    deviance = max(2 * (any_chi - none), 0.0)
    if k[3] > 0:
        return ExtortionTest(chi, float("inf"), 0.0, extorts=False)
    free = int((n[:3] > 0).sum()) - 2
    if free < 1 or n[3] == 0:
        return ExtortionTest(chi, deviance, None, None)
    p_value = float(chi2.sf(deviance, free))
    unfair = chi is not None and chi > 1 and bool(chi2.sf(2 * (fair - any_chi), 1) < LEVEL)
    return ExtortionTest(chi, deviance, p_value, p_value >= LEVEL and unfair)


def surcharge(extorter: float, agent: float, punishment: float = 1.0) -> float | None:
    """How many times a player's gain above mutual defection its extorter gained.

    Args:
        extorter: its payoff per round.
        agent: the player's.
        punishment: payoff of mutual defection.

    Returns:
        (extorter - P) / (agent - P); None where the player gained less than 0.05 points a round.

    >>> surcharge(3.5, 2.25)
    2.0
    """
    gained = agent - punishment
    return None if abs(gained) < SMALLEST_GAIN else (extorter - punishment) / gained


def compliance(agent: float, most: float, punishment: float = 1.0) -> float | None:
    """How far a player gives in to an extorter: 1 for its best answer, 0 for mutual defection.

    Args:
        agent: its payoff per round against the extorter.
        most: the most that anybody can earn against it (`best_response`).
        punishment: payoff of mutual defection.

    Returns:
        (agent - P) / (most - P); None where nothing can be gained.

    >>> compliance(2.25, 2.25)
    1.0
    """
    gainable = most - punishment
    return None if abs(gainable) < SMALLEST_GAIN else (agent - punishment) / gainable


def _payoff_vectors(payoffs: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Both players' payoffs after CC, CD, DC, DD."""
    reward, sucker, temptation, punishment = payoffs
    own = np.array([reward, sucker, temptation, punishment], float)
    return own, own[[0, 2, 1, 3]]


def _least_squares(columns: Floats, target: Floats) -> tuple[tuple[float, ...], float]:
    """Coefficients and the squared error that they leave."""
    found = np.linalg.lstsq(columns, target, rcond=None)[0]
    left = target - columns @ found
    return tuple(float(x) for x in found), float(left @ left)
