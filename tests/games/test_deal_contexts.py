"""The contexts of Deal or No Deal: the constraints, the file format, what is refused."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from harness import UsageError
from harness.games.deal import DealOrNoDeal
from harness.games.deal_contexts import Context, all_contexts, as_contexts, read_contexts

HERE = Path(__file__).parent
MADE_UP = HERE / "deal_contexts.txt"

PUBLISHED = dict(zip(range(10, 20), (87, 110, 354, 490, 906, 259, 927, 174, 535, 244), strict=True))
"""How many of the 4,086 published contexts have each highest joint score."""


def best_joint(context: Context) -> int:
    """Every item goes to whom it is worth more."""
    pairs = zip(*context.values, strict=True)
    return sum(n * max(pair) for n, pair in zip(context.counts, pairs, strict=True))


def draws(n: int, seed: int) -> list[Context]:
    """Contexts as matches draw them."""
    game, found = DealOrNoDeal(max_messages=3), []
    for i in range(n):
        script = game.play(Random(seed * n + i))
        reply = None
        while True:
            try:
                step = script.send(reply)
            except StopIteration as end:
                info = end.value.info
                break
            reply = {"say": ""} if hasattr(step, "space") else None
        first, second = map(tuple, info["values"])
        found.append(Context(tuple(info["counts"]), (first, second)))
    return found


def test_ten_thousand_drawn_contexts_obey_every_constraint_of_the_published_ones() -> None:
    contexts = draws(10_000, seed=1)
    for counts, (a, b) in contexts:
        assert 5 <= sum(counts) <= 7
        assert all(1 <= count <= 4 for count in counts)
        for values in (a, b):
            assert sum(n * v for n, v in zip(counts, values, strict=True)) == 10
            assert all(0 <= value <= 10 for value in values)
        assert all(x + y > 0 for x, y in zip(a, b, strict=True))
        assert any(x * y > 0 for x, y in zip(a, b, strict=True))
    joint = Counter(map(best_joint, contexts))
    mean = sum(score * n for score, n in joint.items()) / len(contexts)
    published = sum(score * n for score, n in PUBLISHED.items()) / sum(PUBLISHED.values())
    assert round(published, 3) == 15.008
    assert abs(mean - published) < 0.15
    assert joint.keys() == PUBLISHED.keys()
    for score, n in PUBLISHED.items():
        assert abs(joint[score] / 10_000 - n / 4086) < 0.03
    # Uniform: 10,000 draws leave about 5,295 / e^1.89 = 801 of the contexts undrawn.
    assert 5295 - 900 < len(set(contexts)) < 5295 - 700


def test_the_list_of_contexts_holds_all_that_obey_the_constraints() -> None:
    found = set()
    for counts in itertools.product(range(1, 5), repeat=3):
        if sum(counts) not in (5, 6, 7):
            continue
        every = itertools.product(range(11), repeat=3)
        tens = [v for v in every if sum(n * x for n, x in zip(counts, v, strict=True)) == 10]
        for a, b in itertools.product(tens, repeat=2):
            products = [x * y for x, y in zip(a, b, strict=True)]
            sums = [x + y for x, y in zip(a, b, strict=True)]
            if any(products) and all(sums):
                found.add((counts, (a, b)))
    assert set(all_contexts()) == found
    assert len(all_contexts()) == len(found) == 5295


def test_contexts_used_elsewhere_are_among_those_listed() -> None:
    listed = set(all_contexts())
    instances = json.loads((HERE / "deal_reference.json").read_text("utf-8"))["instances"]
    # OpenSpiel's have up to 5 items of a kind, the published ones up to 4.
    usual = [one for one in instances if max(one["counts"]) <= 4]
    assert len(usual) > 30
    for one in usual:
        assert as_contexts([[one["counts"], one["values"]]])[0] in listed


def test_a_file_in_the_published_format_is_read() -> None:
    contexts = read_contexts(str(MADE_UP))
    assert len(contexts) == 5
    assert contexts[0] == Context((1, 2, 3), ((5, 1, 1), (2, 4, 0)))
    assert contexts[-1] == Context((1, 1, 3), ((7, 0, 1), (1, 6, 1)))


GOOD = "1 5 2 1 3 1\n1 2 2 4 3 0\n"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "the file is empty"),
        (GOOD + "1 5 2 1 3\n1 2 2 4 3 0\n", 3, "is not six whole numbers"),
        (GOOD + "1 5 2 1 3 1 1\n1 2 2 4 3 0\n", 3, "is not six whole numbers"),
        (GOOD + "1 5 2 1 3 1\n1 2 2 4 3 x\n", 4, "is not six whole numbers"),
        (GOOD + "1 5 2 1 3 1\n1 2 2 4.0 3 0\n", 4, "is not six whole numbers"),
        (GOOD + "1 5 2 1 3 ٣\n1 2 2 4 3 0\n", 3, "is not six whole numbers"),
        (GOOD + "1 5 2 1 3 1_0\n1 2 2 4 3 0\n", 3, "is not six whole numbers"),
        ("1 5 2 1 3 1\n2 1 2 4 3 0\n" + GOOD, 2, r"the counts are \(2, 2, 3\), but \(1, 2, 3\)"),
        ("1 5 2 1 3 1\n1 12 2 -1 3 0\n", 2, "each must be from 0 to 999"),
        ("0 5 5 1 5 1\n0 2 5 2 5 0\n", 1, "the counts are .* each must be from 1 to 20"),
        ("1 5 2 1 21 1\n1 2 2 4 3 0\n", 1, "the counts are .* each must be from 1 to 20"),
        ("-1 5 5 1 10 1\n1 2 2 4 3 0\n", 1, "the counts are"),
        (GOOD + "1 5 2 1 3 2\n1 2 2 4 3 0\n", 3, "everything together is worth 13; it must be 10"),
        (GOOD + "1 5 2 1 3 1\n1 2 2 3 3 0\n", 4, "everything together is worth 8; it must be 10"),
        (GOOD + "1 5 2 1 3 1\n", 3, "has no partner"),
        (GOOD + "\n" + GOOD, 3, "the line is empty"),
        (GOOD + "\n", 3, "the line is empty"),
    ],
)
def test_a_corrupted_line_is_refused_by_its_number(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    file = tmp_path / "contexts.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=rf"contexts\.txt:{line}: .*{problem}"):
        DealOrNoDeal(contexts=str(file))


def test_totals_other_than_ten_are_read_where_that_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "contexts.txt"
    file.write_text("1 5 2 1 3 2\n1 2 2 3 3 0\n", "utf-8")
    (context,) = read_contexts(str(file), strict=False)
    assert context == Context((1, 2, 3), ((5, 1, 2), (2, 3, 0)))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(UsageError, match=f"cannot read '{path}'"):
            DealOrNoDeal(contexts=str(path))


def test_a_byte_that_is_no_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    binary = tmp_path / "binary.txt"
    binary.write_bytes(GOOD.encode() + b"1 5 2 1 3 \xff\n1 2 2 4 3 0\n")
    with pytest.raises(UsageError, match=r"binary\.txt:3: the line is not UTF-8"):
        DealOrNoDeal(contexts=str(binary))


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, end: str) -> None:
    file = tmp_path / "contexts.txt"
    file.write_bytes((GOOD + GOOD.replace("\n", end)).encode())
    with pytest.raises(UsageError, match=r"contexts\.txt:3: .* is not six whole numbers"):
        read_contexts(str(file))


def test_lines_may_end_as_on_windows_and_the_last_without_an_end(tmp_path: Path) -> None:
    file = tmp_path / "contexts.txt"
    file.write_bytes(GOOD.replace("\n", "\r\n").encode() + GOOD.encode().strip())
    first, second = read_contexts(str(file))
    assert first == second


@pytest.mark.parametrize(
    "given",
    [
        [],
        5,
        [[[1, 2, 3], [[5, 1, 1]]]],
        [[[1, 2, 3], [[5, 1, 1], [2, 4]]]],
        [[[1, 2, 3], [[5, 1, 1.0], [2, 4, 0]]]],
        [[[1, 2, True], [[5, 1, 1], [2, 4, 0]]]],
        [[[1, 2, 3], [[5, 1, 2], [2, 4, 0]]]],
        [[[1, 2, 3], [[5, 1, 1], [12, -1, 0]]]],
    ],
)
def test_what_is_no_context_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match="deal_or_no_deal: contexts"):
        DealOrNoDeal(contexts=given)  # type: ignore[arg-type]
