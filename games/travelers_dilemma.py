"""The traveler's dilemma (Basu 1994, American Economic Review 84(2), 391-395).

Two players claim a whole number each. Both are paid the lower claim; the one who claimed less
gets a reward on top, the other a penalty of the same size. The only equilibrium is the lowest
claim. Basu's range is 2 to 100 with a penalty of 2; Capra, Goeree, Gomez & Holt (1999, American
Economic Review 89(3), 678-690) had claims of 80 to 200 cents and penalties of 5 to 80, and found
claims to fall as the penalty rises.
"""

from __future__ import annotations

from typing import Any

from harness import UsageError, is_whole, shorten
from harness.games.matrix import named
from harness.games.matrix_checks import check_numbers
from harness.games.matrix_words import number

MAX_CLAIMS = 1000

RULE = (
    "If you both choose the same number, each of you receives that number of {currency}."
    " If not, each of you receives the lower of the two numbers in {currency}; in addition, the"
    " player who chose the lower number receives {penalty} more and the player who chose the"
    " higher number receives {penalty} less."
)


@named(labels="names")
def travelers_dilemma(
    low: int = 2, high: int = 100, penalty: float = 2, step: int = 1
) -> dict[str, Any]:
    """Traveler's dilemma: the lower claim is paid, plus or minus a reward for claiming less.

    Args:
        low: the lowest claim.
        high: the highest claim.
        penalty: what the lower claim gains and the higher one loses.
        step: the distance between neighbouring claims.
    """
    for name, value in (("low", low), ("high", high), ("step", step)):
        if not is_whole(value):
            raise UsageError(f"travelers_dilemma: {name} is {shorten(value)}; it must be whole")
    if step < 1 or not 1 <= (high - low) // step < MAX_CLAIMS:
        raise UsageError(
            f"travelers_dilemma: claims from {low} to {high} in steps of {step}; there must be"
            f" between 2 and {MAX_CLAIMS} of them"
        )
    check_numbers("travelers_dilemma", penalty=penalty)
    claims = range(low, high + 1, step)
    row = tuple(
        tuple(min(a, b) + (penalty if a < b else -penalty if a > b else 0) for b in claims)
        for a in claims
    )
    return {
        "row": row,
        "column": tuple(zip(*row, strict=True)),
        "row_actions": tuple(map(str, claims)),
        "column_actions": tuple(map(str, claims)),
        "payoff_rule": RULE.replace("{penalty}", number(penalty)),
    }
