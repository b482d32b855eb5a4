"""What decisions of a model in process cost: by logits and by sampling, in batches, with prefixes.

`python -m benchmarks.local` runs it on the CPU, `--device cuda --size 1b` on a GPU. Without
`--model`, a Llama of random weights is made on the spot; its arithmetic is that of a trained one of
its size. What is asked is a prisoner's dilemma in a conversation that grows by one round per
decision, through the client that runs use, one request per decision. The 100 answers that a
decision by logits is compared with have two tokens each, the fewest there can be. Times are wall
seconds, medians over trials; passes and tokens are counted, and do not depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.agents.transformers import Transformers, TransformersClient
from harness.models import Message, Reply, Request

TRIALS = 5
SIZES: dict[str, dict[str, Any]] = {
    "small": {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4},
    "medium": {"hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 8},
    "1b": {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22},
}
HEADS = {
    "small": {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64},
    "medium": {"num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 64},
    "1b": {"num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 64},
}
N_VOCABULARY = 32_000
BATCHES = (1, 4, 16, 64)
N_ANSWERS = 100
RULES = (
    "You are playing a game with one other player. In each round each of you chooses J or F, at the"
    " same time. If both choose J, both get 3 points. If both choose F, both get 1. If one chooses"
    " F and the other J, the one who chose F gets 5 and the other 0. "
)


@dataclass(frozen=True)
class Cost:
    """What some requests took: seconds, passes, tokens computed, tokens reused."""

    seconds: float
    passes: int
    tokens: int
    reused: int


class Bench:
    """A model in process, and what is asked of it."""

    def __init__(self, model: Transformers) -> None:
        self.model = model
        client = model.connect()
        assert isinstance(client, TransformersClient)
        self.client = client

    async def ask(self, rounds: int, who: int = 0, **request: Any) -> Reply:
        """The reply to a conversation of so many rounds, one of many players'."""
        return await self.client.send(self.model.body(Request(talk(rounds, who), **request)))

    async def cost(self, what: Callable[[], Awaitable[object]]) -> Cost:
        """What requests take together."""
        work = self.client.engine.work
        before = (work.n_passes, work.n_tokens, work.n_reused)
        begun = time.perf_counter()
        await what()
        seconds = time.perf_counter() - begun
        after = (work.n_passes, work.n_tokens, work.n_reused)
        return Cost(seconds, *(b - a for a, b in zip(before, after, strict=True)))


def talk(rounds: int, who: int) -> tuple[Message, ...]:
    """A conversation that begins like all shorter ones of the same player."""
    told = [Message("system", f"You are player {who}."), Message("user", f"{RULES * 2}J or F?")]
    for i in range(rounds):
        told.append(Message("assistant", "JF"[i * (who + 2) % 2]))
        told.append(Message("user", f"In round {i + 1} the other player chose J. J or F?"))
    return tuple(told)


async def against_sampling(bench: Bench, rounds: int) -> list[tuple[Cost, Cost]]:
    """One decision by logits, and the same from 100 sampled answers, both with the prompt known."""
    await bench.ask(rounds, scored=("J", "F"))
    pairs = []
    for trial in range(TRIALS):
        again = rounds + 1 + trial
        logits = await bench.cost(lambda n=again: bench.ask(n, scored=("J", "F")))  # type: ignore[misc]
        sampled = await bench.cost(
            lambda n=again: asyncio.gather(  # type: ignore[misc]
                *(bench.ask(n, seed=i, max_tokens=2) for i in range(N_ANSWERS))
            )
        )
        pairs.append((logits, sampled))
    return pairs


async def by_batch(bench: Bench, at_once: int, n_tokens: int) -> list[Cost]:
    """Decisions of so many players at once; by logits, or by replies of so many tokens."""
    how: dict[str, Any] = {"max_tokens": n_tokens} if n_tokens else {"scored": ("J", "F")}

    async def decide(rounds: int) -> None:
        await asyncio.gather(*(bench.ask(rounds, who, **how) for who in range(at_once)))

    await decide(2)
    return [await bench.cost(lambda n=n: decide(n)) for n in range(3, 3 + TRIALS)]  # type: ignore[misc]


async def growing(bench: Bench, rounds: int) -> Cost:
    """A whole match of one player by logits, round after round."""

    async def play() -> None:
        for n in range(rounds):
            await bench.ask(n, who=1, scored=("J", "F"))

    return await bench.cost(play)


async def measure(settings: dict[str, Any]) -> None:
    """Measure everything, and print it."""
    bench = Bench(Transformers(**settings))
    first = await bench.ask(0, max_tokens=1)
    print(f"\n{first.fingerprint}\n")
    await _print_against_sampling(bench)
    await _print_batches(bench)
    await bench.client.close()
    await _print_prefixes(settings)


async def _print_against_sampling(bench: Bench) -> None:
    print(
        f"One decision (J or F), beginning of the conversation known: logits v {N_ANSWERS} answers"
    )
    print("prompt    logits ms  passes  tokens    sampled ms  passes  tokens    ratio")
    for rounds in (0, 40):
        pairs = await against_sampling(bench, rounds)
        logits, sampled = ([pair[i] for pair in pairs] for i in (0, 1))
        n_prompt = (await bench.ask(rounds, max_tokens=1)).usage.input
        ratio = statistics.median(b.seconds / a.seconds for a, b in pairs)
        print(f"{n_prompt:6}  {_row(logits)}    {_row(sampled)}    {ratio:5.1f}")


async def _print_batches(bench: Bench) -> None:
    print("\nDecisions per second, each player in a conversation of its own")
    print("at once   by logits   by replies of 16 tokens")
    for at_once in BATCHES:
        logits = await by_batch(bench, at_once, 0)
        text = await by_batch(bench, at_once, 16)
        rates = [at_once / statistics.median(c.seconds for c in costs) for costs in (logits, text)]
        print(f"{at_once:7}   {rates[0]:9.1f}   {rates[1]:9.1f}")


async def _print_prefixes(settings: dict[str, Any]) -> None:
    print("\nA match of 30 rounds by logits, one player")
    print("prefixes   ms a decision   tokens computed   tokens reused")
    for name, kept in (("kept", settings.get("prefix_cache_tokens", 65536)), ("not kept", 0)):
        bench = Bench(Transformers(**(settings | {"prefix_cache_tokens": kept})))
        await bench.ask(0, max_tokens=1)
        cost = await growing(bench, 30)
        print(f"{name:8}   {1000 * cost.seconds / 30:13.1f}   {cost.tokens:15}   {cost.reused:13}")
        await bench.client.close()


def _row(costs: Sequence[Cost]) -> str:
    """Medians of milliseconds, passes and tokens."""
    seconds = statistics.median(cost.seconds for cost in costs)
    passes = statistics.median(cost.passes for cost in costs)
    tokens = statistics.median(cost.tokens for cost in costs)
    return f"{1000 * seconds:9.1f}  {passes:6g}  {tokens:6g}"


def main() -> None:
    """Read the flags, make a model if none is named, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.local")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU")
    parser.add_argument("--size", choices=SIZES, default="small", help="of the model that is made")
    parser.add_argument("--model", help="a folder or a name on the Hub, in place of one made here")
    flags = parser.parse_args()
    settings = {"device": flags.device, "dtype": flags.dtype, "threads": flags.threads}
    if flags.model:
        asyncio.run(measure(settings | {"model": flags.model}))
        return
    from tests.hf.make_model import make_checkpoint

    shape = SIZES[flags.size] | HEADS[flags.size]
    with tempfile.TemporaryDirectory() as folder:
        made = make_checkpoint(Path(folder) / flags.size, vocab_size=N_VOCABULARY, **shape)
        print(f"{flags.size}: {shape}, random weights, {N_VOCABULARY} tokens")
        asyncio.run(measure(settings | {"model": str(made)}))


if __name__ == "__main__":
    main()
