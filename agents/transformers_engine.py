"""The engine: one thread that batches what arrives together and lets it join what is under way.

Between two forward passes newly arrived requests are read and join the batch, finished replies
leave it, and cancelled ones are dropped. Nobody waits for a batch to fill or to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.agents.transformers_cache import Prefixes, Rows
from harness.agents.transformers_chat import Prompt
from harness.agents.transformers_forward import Forward, Work
from harness.agents.transformers_sampling import draw
from harness.agents.transformers_weights import Checkpoint, Weights, load
from harness.agents.transformers_writing import Grammars, Writing
from harness.models import (
    BadRequest,
    ContextOverflow,
    Fatal,
    ProviderError,
    Reply,
    Transient,
    Usage,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Engine"]

COMPANY_S = 0.002
"""How long an idle engine waits for others once a request has arrived."""


@dataclass(eq=False)
class Job:
    """A request on its way, and who waits for its reply."""

    body: Mapping[str, Any]
    future: asyncio.Future[Reply]
    loop: asyncio.AbstractEventLoop

    @property
    def dropped(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.done()

    def settle(self, result: Reply | Exception) -> None:
        """Hand the result to whoever waits, from another thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self.loop.call_soon_threadsafe(_settle, self.future, result)


def _settle(future: asyncio.Future[Reply], result: Reply | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


@dataclass
class Batch:
    """Replies that are being written.

    Attributes:
        jobs, writings, cached: for each row its request, its reply so far, and how many tokens
            of its prompt were known.
        rows: keys and values of all but each row's last token.
        logits: of each row's next token (rows, vocabulary).
    """

    jobs: list[Job] = field(default_factory=list)
    writings: list[Writing] = field(default_factory=list)
    cached: list[int] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: Rows([], []))
    logits: Tensor | None = None

    def keep(self, going: list[int]) -> None:
        """Drop all rows but these."""
        if len(going) == len(self.jobs):
            return
        self.jobs = [self.jobs[i] for i in going]
        self.writings = [self.writings[i] for i in going]
        self.cached = [self.cached[i] for i in going]
        self.rows = self.rows.take(going) if going else Rows([], [])


class Engine:
    """A model in memory and the thread that runs it.

    Args:
        checkpoint: which weights.
        max_batch: most replies written at once.
        threads: torch's threads on the CPU; 0 leaves them as they are.
        prefix_cache_tokens: tokens whose keys and values are kept; 0 for none.

    Attributes:
        work: what was computed so far.
    """

    def __init__(
        self, checkpoint: Checkpoint, max_batch: int, threads: int, prefix_cache_tokens: int
    ) -> None:
        self._checkpoint = checkpoint
        self._max_batch = max_batch
        self._threads = threads
        self._prefixes = Prefixes(prefix_cache_tokens)
        self._arrivals: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = False
        self._batch = Batch()
        self._grammars: Grammars | None = None
        self.work = Work()
        self._loaded: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, name=f"transformers/{checkpoint.name}", daemon=True
        )
        self._thread.start()

    async def ready(self) -> None:
        """Wait until the weights are loaded.

        Raises:
            ProviderError: they cannot be.
        """
        await asyncio.shield(asyncio.wrap_future(self._loaded))

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """The reply to a request."""
        loop = asyncio.get_running_loop()
        job = Job(body, loop.create_future(), loop)
        if self._closing:
            raise self._closed()
        self._arrivals.put(job)
        return await job.future

    async def close(self) -> None:
        """Stop, and let go of the weights."""
        self._closing = True
        self._arrivals.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        """What the thread does."""
        try:
            weights = self._load()
        except Exception as error:  # noqa: BLE001 - torch itself may be broken
            told = self._as_ours(error)
            self._loaded.set_exception(told)
            self._refuse_all(told)
            return
        self._loaded.set_result(None)
        import torch

        with torch.inference_mode():
            while (jobs := self._arrived()) is not None:
                try:
                    self._serve(weights, jobs)
                except Exception as error:  # noqa: BLE001 - nobody may wait for a dead thread
                    self._give_up(error, jobs)
        self._give_up(self._closed(), self._left())
        self._prefixes.clear()
        del self._forward

    def _closed(self) -> Transient:
        return Transient(f"transformers/{self._checkpoint.name} is closed")

    def _left(self) -> list[Job]:
        """Requests that nobody has begun with."""
        jobs = []
        with contextlib.suppress(queue.Empty):
            while True:
                if (job := self._arrivals.get_nowait()) is not None:
                    jobs.append(job)
        return jobs

    def _load(self) -> Weights:
        import torch

        if self._threads:
            torch.set_num_threads(self._threads)
        weights = load(self._checkpoint)
        self._forward = Forward(weights, self._prefixes, self._max_batch)
        self._forward.work = self.work
        return weights

    def _refuse_all(self, error: ProviderError) -> None:
        """Answer everything with the error that kept the model from loading."""
        while (job := self._arrivals.get()) is not None:
            job.settle(error)

    def _arrived(self) -> list[Job] | None:
        """Requests to begin with; waits for one only where nothing is under way. None to stop."""
        jobs: list[Job] = []
        room = self._max_batch - len(self._batch.jobs)
        until = 0.0 if self._batch.jobs else math.inf
        while len(jobs) < room and not self._closing:
            left = until - time.monotonic()
            try:
                if left == math.inf:
                    job = self._arrivals.get()
                else:
                    job = self._arrivals.get(block=left > 0, timeout=max(left, 0))
            except queue.Empty:
                break
            if job is not None and not job.dropped:
                jobs.append(job)
                until = min(until, time.monotonic() + COMPANY_S)
        if self._closing:
            self._give_up(self._closed(), jobs)
            return None
        return jobs

    def _serve(self, weights: Weights, jobs: list[Job]) -> None:
        """Begin with what has arrived, and write one token of every reply under way."""
        scored: list[tuple[Job, Prompt, list[tuple[int, ...]]]] = []
        begun: list[tuple[Job, Writing]] = []
        for job in jobs:
            try:
                prompt = self._prompt(weights, job.body)
                if "scored" in job.body:
                    scored.append((job, prompt, self._candidates(weights, prompt, job.body)))
                else:
                    begun.append((job, self._writing(weights, prompt, job.body)))
            except ProviderError as error:
                job.settle(error)
        if scored:
            self._score(weights, scored)
        if begun:
            self._begin(begun)
        if self._batch.jobs:
            self._write(weights)

    def _prompt(self, weights: Weights, body: Mapping[str, Any]) -> Prompt:
        """A request's conversation as tokens.

        Raises:
            BadRequest: the chat template takes no such conversation.
            ContextOverflow: it leaves no room for a reply.
        """
        variables = dict(body.get("chat_template_kwargs", {}))
        thinking = body.get("thinking")
        if isinstance(thinking, int):
            variables["enable_thinking"] = thinking > 0
        elif thinking is not None:
            variables["reasoning_effort"] = thinking
        for name in variables:
            if name != "enable_thinking" and not weights.chat.takes(name):
                raise Fatal(f"the model's chat template knows no {name}: leave it out")
        prompt = weights.chat.prompt(body["messages"], variables)
        if weights.n_positions is not None and len(prompt.tokens) >= weights.n_positions:
            raise ContextOverflow(
                f"the conversation has {len(prompt.tokens)} tokens; this model reads"
                f" {weights.n_positions}, its reply included"
            )
        return prompt

    def _candidates(
        self, weights: Weights, prompt: Prompt, body: Mapping[str, Any]
    ) -> list[tuple[int, ...]]:
        """The tokens of the replies that are to be scored."""
        if prompt.thinks:
            raise BadRequest(
                "this model's chat template lets it think before it replies, so that no reply has"
                " a probability of its own: use text or json, or thinking=0 if the model knows it"
            )
        candidates = weights.chat.candidates(prompt, body["scored"])
        most = weights.n_positions
        if most is not None and len(prompt.tokens) + max(map(len, candidates)) > most:
            raise ContextOverflow(f"conversation and answer are longer than {most} tokens")
        return candidates

    def _writing(self, weights: Weights, prompt: Prompt, body: Mapping[str, Any]) -> Writing:
        """A reply to be written."""
        most = body["max_tokens"]
        if weights.n_positions is not None:
            most = min(most, weights.n_positions - len(prompt.tokens))
        if body.get("grammar") and self._grammars is None:
            self._grammars = Grammars(weights.chat, weights.n_vocabulary)
        grammars = self._grammars if body.get("grammar") else None
        sampling = weights.sampling.with_settings(body)
        return Writing(prompt, weights.chat, sampling, body, most=most, grammars=grammars)

    def _score(
        self, weights: Weights, asked: list[tuple[Job, Prompt, list[tuple[int, ...]]]]
    ) -> None:
        """Read the prompts, and score all candidates."""
        prompts = [tuple(prompt.tokens) for _, prompt, _ in asked]
        scores, cached = self._forward.score(prompts, [candidates for _, _, candidates in asked])
        for (job, prompt, candidates), own, n_cached in zip(asked, scores, cached, strict=True):
            n_read = len(prompt.tokens) + sum(map(len, candidates))
            raw = {"scores": own, "tokens": [len(c) for c in candidates], "cached": n_cached}
            usage = Usage(input=n_read, output=0, cached=n_cached)
            reply = Reply(scores=tuple(own), usage=usage, raw=raw)
            job.settle(self._signed(weights, job, reply))

    def _begin(self, begun: list[tuple[Job, Writing]]) -> None:
        """Read the prompts, and let the replies join the batch."""
        import torch

        rows, logits, cached = self._forward.read([tuple(w.prompt.tokens) for _, w in begun])
        batch = self._batch
        if batch.logits is None or not batch.jobs:
            batch.rows, batch.logits = rows, logits
        else:
            batch.rows = batch.rows.joined(rows)
            batch.logits = torch.cat((batch.logits, logits))
        batch.jobs += [job for job, _ in begun]
        batch.writings += [writing for _, writing in begun]
        batch.cached += cached

    def _write(self, weights: Weights) -> None:
        """Write one token of every reply, hand over those that end, read the others' tokens."""
        import torch

        batch = self._batch
        assert batch.logits is not None
        shaped = [w.shape(row) for w, row in zip(batch.writings, batch.logits, strict=True)]
        samplings = [w.sampling for w in batch.writings]
        drawn = draw(torch.stack(shaped), samplings, [w.chance for w in batch.writings])
        going = []
        for i, (job, writing) in enumerate(zip(batch.jobs, batch.writings, strict=True)):
            ended = writing.add(drawn[i])
            if not ended and not job.dropped:
                going.append(i)
                continue
            read = (*writing.prompt.tokens, *writing.tokens[:-1])
            self._forward.remember(batch.rows, i, read)
            if ended:
                job.settle(self._signed(weights, job, writing.reply(batch.cached[i])))
        batch.keep(going)
        if going:
            last = [writing.tokens[-1:] for writing in batch.writings]
            batch.logits, batch.rows = self._forward.step(batch.rows, last)

    @staticmethod
    def _signed(weights: Weights, job: Job, reply: Reply) -> Reply:
        """A reply with the names of who replied."""
        return replace(reply, model=job.body["model"], fingerprint=weights.fingerprint)

    def _give_up(self, error: Exception, jobs: list[Job]) -> None:
        """Tell everybody who waits that there will be no reply, and begin anew."""
        told = self._as_ours(error)
        for job in (*jobs, *self._batch.jobs):
            job.settle(told)
        self._batch = Batch()
        if isinstance(told, Transient):
            self._prefixes.clear()

    def _as_ours(self, error: Exception) -> ProviderError:
        """What an error means for those who wait."""
        if isinstance(error, ProviderError):
            return error
        told: ProviderError
        if isinstance(error, RuntimeError) and "memory" in str(error):
            least = "a smaller max_batch or prefix_cache_tokens needs less"
            told = Transient(f"out of memory: {error}; {least}")
        else:
            name = self._checkpoint.name
            told = Fatal(f"transformers/{name} failed: {type(error).__name__}: {error}")
        told.__cause__ = error
        return told
