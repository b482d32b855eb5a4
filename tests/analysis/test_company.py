"""Who played a match of anybody's table, where players leave and others take their places."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from harness.analysis.analysis import analyse, families
from harness.analysis.studies import Given, Played, read_studies
from harness.metrics.interval import ratio

HEAD = "match,round,player,agent,action,payoff\n"


def played(folder: Path, rows: list[str], *, name: str = "society.csv") -> Played:
    path = folder / name
    path.write_text(HEAD + "".join(rows))
    (found,) = read_studies(path, Given())
    return found


def societies(n: int) -> tuple[list[str], list[list[float]]]:
    """Matches of A and B, of whom one is survived by a newcomer of any kind; what A earned."""
    rng, rows, earned = Random(3), [], []
    for match in range(n):
        kind, mine = rng.choice("ABC"), []
        seats = [[(0, "A"), (1, "B")], [(0, "A"), (2, kind)]]
        for number in range(6):
            for player, agent in seats[number // 3]:
                paid = rng.choice([1, 2, 3, 7]) + 3 * (kind == "C")
                rows.append(f"{match},{number},{player},{agent},x,{paid}\n")
                mine += [float(paid)] if agent == "A" else []
        earned.append(mine)
    return rows, earned


def test_newcomers_do_not_part_the_repeats_of_a_table(tmp_path: Path) -> None:
    """The interval is that of matches drawn from one table, as the run itself would have it."""
    rows, earned = societies(24)
    one = played(tmp_path, rows)
    assert one.study.matches["table"].nunique() == 1
    found = analyse(one, families(["payoff"])).agents["A"]["payoff_per_round"]
    sums, counts = [sum(e) for e in earned], [len(e) for e in earned]
    expected = ratio(sums, counts, list(range(24)), [0] * 24)
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


@pytest.mark.parametrize(
    "late",
    [
        ["{m},1,1,{who},x,1\n"],  # moves in turn
        ["{m},0,1,Z,x,1\n", "{m},1,2,{who},x,1\n"],  # a third party that moves alone, later
        ["{m},0,1,Z,x,1\n", "{m},1,0,A,x,1\n", "{m},1,1,Z,x,1\n", "{m},1,2,{who},x,1\n"],
    ],
)
def test_who_moves_later_and_takes_nobodys_place_is_of_the_table(
    tmp_path: Path, late: list[str]
) -> None:
    rows = [
        row.format(m=match, who=who)
        for match, who in enumerate("BBCC")
        for row in ["{m},0,0,A,x,1\n", *late]
    ]
    assert played(tmp_path, rows).study.matches["table"].nunique() == 2


def test_totals_that_no_row_tells_are_left_out_with_the_reason(tmp_path: Path) -> None:
    def told(rows: list[str], game: str) -> tuple[bool, str]:
        found = analyse(played(tmp_path, rows, name=f"{game}.csv"), families(["payoff"]))
        assert "payoff_per_round" in found.agents["A"]
        metrics = {"payoff_total", "gini"} & set(found.agents["A"])
        assert len(metrics) in (0, 2)
        return bool(metrics), " ".join(found.notes)

    pair = ["m,0,0,A,cooperate,3\n", "m,0,1,B,cooperate,3\n"]
    assert told(pair, "society")[0]
    left, why = told(pair, "prisoners_dilemma(discount=0.9)")
    assert not left
    assert "discounted by 0.9" in why
    left, why = told(pair, "donor(agents=2)")
    assert not left
    assert "endowment" in why
    left, why = told(societies(2)[0], "society")
    assert not left
    assert "different lives" in why
