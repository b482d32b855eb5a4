"""Best responses against those found by trying every pure strategy."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from harness import UsageError
from harness.metrics.exact_response import best_response, expected_payoffs, uniform
from harness.metrics.game_tree import END, GameTree, Policy
from tests.exact.games import ultimatum, walked

TREES = {
    "full": walked("battle_of_the_sexes(rounds=2)").tree,
    "blind": walked("matrix(payoffs=[[2, 7], [3, 1]], rounds=3, feedback='none')").tree,
    "payoffs": walked("matrix(payoffs=[[2, 7], [7, 1]], rounds=2, feedback='payoffs')").tree,
    "alternating": ultimatum().tree,
    "alternating, blind": ultimatum(blind=True).tree,
}


def drawn(tree: GameTree, player: int, rng: Random) -> dict[int, list[float]]:
    policy = {}
    for state in tree.states(player):
        weights = [rng.random() ** 3 for _ in range(tree.n_actions[state])]
        policy[state] = [weight / sum(weights) for weight in weights]
    return policy


def tried(tree: GameTree, responder: int, policy: Policy) -> list[tuple[float, float]]:
    """The responder's and the other's payoff for every pure strategy of the responder."""
    states = tree.states(responder)
    found = []
    for choice in itertools.product(*(range(tree.n_actions[s]) for s in states)):
        pure = {
            s: [float(a == i) for i in range(tree.n_actions[s])]
            for s, a in zip(states, choice, strict=True)
        }
        both = (pure, policy) if responder == 0 else (policy, pure)
        paid = expected_payoffs(tree, *both)
        found.append((paid[responder], paid[1 - responder]))
    return found


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("responder", [0, 1])
def test_nothing_that_the_responder_could_do_is_better(name: str, responder: int) -> None:
    tree = TREES[name]
    for seed in range(3):
        policy = drawn(tree, 1 - responder, Random(seed))
        every = tried(tree, responder, policy)
        best = best_response(tree, responder, policy)
        assert best.value == pytest.approx(max(own for own, _ in every))
        ties = [other for own, other in every if own >= best.value - 1e-9]
        assert best.second == pytest.approx(min(ties))
        worst = best_response(tree, responder, policy, harm=True)
        assert -worst.value == pytest.approx(min(other for _, other in every))


def test_among_equally_good_plays_the_one_is_told_that_leaves_the_other_least() -> None:
    tree = walked("matrix(payoffs=[[[1, 3], [1, 0]]], rounds=1)").tree
    assert best_response(tree, 0, {tree.states(1)[0]: [1.0, 0.0]}).second == 3
    two = walked("matrix(payoffs=[[[1, 3]], [[1, 0]]], rounds=1)").tree
    assert best_response(two, 0, uniform(two, 1)).second == 0


def test_what_is_no_strategy_is_refused() -> None:
    tree = TREES["alternating"]
    for wrong in ({}, {1: [0.5, 0.4], 2: [1.0, 0.0]}, {1: [1.0], 2: [1.0, 0.0]}):
        with pytest.raises(UsageError, match="probabilities that sum to 1"):
            best_response(tree, 0, wrong)


def test_a_player_that_would_forget_is_refused() -> None:
    with pytest.raises(UsageError, match="perfect recall"):
        GameTree(
            player=[0, 0, 0, END, END, END, END],
            state=[0, 1, 1, END, END, END, END],  # it does not know what it has just done
            children=[(1, 2), (3, 4), (5, 6), (), (), (), ()],
            payoffs=[(0, 0)] * 7,
        )
