"""All games of the registry at a size that is quickly played, some of them under modifiers."""

from __future__ import annotations

from harness import registry

SMALL = {
    "beauty": "beauty(players=3, rounds=3, payment='fixed')",
    "deal_or_no_deal": "deal_or_no_deal(max_messages=4)",
    "donor": "donor(agents=4, generations=2, rounds=2, refusal=True)",
    "matrix": "matrix(payoffs=[[[3, 1], [0, 4]], [[5, 2], [1, 1]]], rounds=3, noise=0.2)",
    "prisoners_dilemma": "prisoners_dilemma(continuation=0.7, relabel='round', noise=0.2)",
}
MODIFIED = (
    "prisoners_dilemma(noise=0.3, rounds=3)+talk(messages=2)",
    "deal_or_no_deal(max_messages=3)+talk",
    "donor(agents=4, generations=2, rounds=2)+talk(channel='private')",
    "beauty(players=3, rounds=3)+reflect+talk(when='round')+predict",
    "rock_paper_scissors(rounds=3)+reflect(when='end')",
)


def small(name: str) -> str:
    """A game of the registry, small."""
    rounds = "(rounds=3)" if "rounds" in registry.parameters("game", name) else ""
    return SMALL.get(name, f"{name}{rounds}")


GAMES = (*map(small, registry.names("game")), *MODIFIED)
