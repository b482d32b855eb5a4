from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from harness import Decision, Game, Round, registry
from harness.chance import renew
from tests.sketches import Pennies

SPLIT_UP = (
    "prisoners_dilemma(noise=0.5, relabel='round', rounds=20)",
    "prisoners_dilemma(noise=0.5, rounds=20)+talk+tell(text='Hello.')",
    "beauty(payment='fixed', players=3, rounds=20)",
    "donor(agents=6, generations=4, rounds=2, schedule='alternating')",
)
"""Games that part their stream of chance at once, and modifiers that do so before them."""


def course(game: Game, renewed_by: int | None = None, after: int = 2) -> list[str]:
    """What a game brings to players who do always the same, with chance renewed after a round."""
    script, rounds = game.play(Random(5)), 0
    items: list[str] = []
    reply: Any = None
    item: Any
    while True:
        if rounds == after and renewed_by is not None:
            renew(script, renewed_by)
            renewed_by = None
        try:
            item = script.send(reply)
        except StopIteration as end:
            return [*items, repr(end.value)]
        reply = None
        if type(item) is tuple:
            reply = tuple(d.space.sample(Random(0)) for d in item)
        rounds += type(item) is Round
        items.append(repr(item))


@pytest.mark.parametrize("spec", SPLIT_UP)
def test_every_stream_that_a_game_has_made_of_its_own_is_renewed(spec: str) -> None:
    game = registry.build("game", spec).what
    plain, one, two = course(game), course(game, 1), course(game, 2)
    assert course(game, 1) == one
    assert plain != one != two != plain
    ends = [i for i, item in enumerate(plain) if item.startswith("Round(")]
    assert plain[: ends[1] + 1] == one[: ends[1] + 1] == two[: ends[1] + 1]


def test_a_game_that_has_not_begun_has_all_its_chance_renewed() -> None:
    game = registry.build("game", "deal_or_no_deal").what
    questions = [next(game.play(Random(5))) for _ in range(2)]
    script = game.play(Random(5))
    renew(script, 1)
    same, again, other = (
        q.observation["values"] for q in (*questions, next(script)) if isinstance(q, Decision)
    )
    assert same == again != other


def test_a_game_without_chance_is_left_as_it_is() -> None:
    assert course(Pennies(), 1) == course(Pennies())


def roll(rng: Random) -> Callable[[], float]:
    return lambda: 2 * rng.random()


def rolls(rng: Random) -> Iterator[float]:
    while True:
        yield rng.random()


def test_chance_in_closures_generators_and_bound_methods_is_found() -> None:
    def play(rng: Random) -> Any:
        one, two, three = (Random(rng.getrandbits(64)) for _ in range(3))
        hidden = (roll(one), rolls(two), [{"draw": three.random}])
        del rng, one, two, three
        while True:
            yield [hidden[0](), next(hidden[1]), hidden[2][0]["draw"]()]

    left, renewed = play(Random(1)), play(Random(1))
    assert next(left) == next(renewed)
    renew(renewed, 7)
    assert all(a != b for a, b in zip(next(left), next(renewed), strict=True))
