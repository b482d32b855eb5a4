"""Inspect AI's side of `calls.py`: the same prisoner's dilemma as a solver, in one process.

Runs under a Python that has `inspect-ai` and `openai`, and none of ours. Reads one JSON object
from standard input, `{"url": …, "samples": …, "rounds": …, "concurrency": …, "log": …}`, and prints
processor seconds of this process, wall seconds and calls, imports left out.
"""

from __future__ import annotations

import json
import sys
import time

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

RULES = (
    "You are playing a game with one other player. It lasts for 10 rounds. In each round, you and"
    " the other player each choose one option: J or F. You both choose at the same time, without"
    " knowing what the other chooses. If both choose J, you receive 3 points each; if both choose"
    " F, 1 point each; whoever chooses F against J receives 5 points, and the other 0 points."
)
QUESTION = 'Round {}. Which option do you choose: J or F? Answer with JSON: {{"action": …}}'
PAYOFFS = {"JJ": (3, 3), "JF": (0, 5), "FJ": (5, 0), "FF": (1, 1)}


def prisoners_dilemma(rounds: int) -> Solver:
    """Play against tit for tat, in one conversation that grows."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        theirs, news = "J", RULES
        for turn in range(1, rounds + 1):
            content = f"{news}\n\n{QUESTION.format(turn)}"
            state.messages.append(ChatMessageUser(content=content))
            state = await generate(state)
            ours = json.loads(state.output.completion)["action"]
            mine, other = PAYOFFS[ours + theirs]
            news = (
                f"In round {turn} you chose {ours} and received {mine} points; the other player"
                f" chose {theirs} and received {other} points."
            )
            theirs = ours
        return state

    return solve


def run(samples: int, task: dict[str, object]) -> int:
    """Play as many matches, all at once, under the limit of calls; how many calls."""
    rounds, concurrency = int(str(task["rounds"])), int(str(task["concurrency"]))
    model = get_model(
        "openai/bench",
        base_url=f"{task['url']}/v1",
        api_key="none",
        config=GenerateConfig(max_connections=concurrency, max_retries=0),
        responses_api=False,
        memoize=False,
    )
    match = Task(
        dataset=[Sample(input="Let us begin.", id=i) for i in range(1, samples + 1)],
        solver=solver(prisoners_dilemma)(rounds),
    )
    (log,) = evaluate(
        match, model=model, log_dir=str(task["log"]), display="none", max_samples=samples
    )
    if log.status != "success":
        raise SystemExit(f"inspect: {log.status}: {log.error}")
    return samples * rounds


def main() -> None:
    """Warm up, measure, print."""
    task = json.load(sys.stdin)
    run(4, task)
    begun, cpu = time.perf_counter(), time.process_time()
    calls = run(task["samples"], task)
    wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    print(json.dumps({"cpu_s": cpu_s, "wall_s": wall_s, "calls": calls}))


if __name__ == "__main__":
    main()
