"""A model in one seat of one match: what it is asked, and what becomes of its replies."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from random import Random

from harness.agent import Answer, Outcome, Seat, Strategy
from harness.errors import ContextOverflow, PluginError, ProviderError, TimedOut
from harness.game import Decision, Words
from harness.models.conversation import Chat, Conversation, Restate
from harness.models.elicit import Ask, elicit
from harness.models.model import Model
from harness.models.read import MAX_CHARS, labelled, spoken
from harness.models.request import Finish, Reply, Request
from harness.space import Action, Space

__all__ = ["ModelPlayer", "draw"]

THINK_FIRST = (
    "Think step by step about the following question. Do not answer it yet; you are asked for the"
    " answer right after."
)


class ModelPlayer:
    """A model in a seat: a reader whose answers come from its provider."""

    def __init__(self, model: Model, seat: Seat) -> None:
        self._model = model
        self._seat = seat
        system = model.system
        for style in model.styles:
            system = style.system(system)
        self._conversation: Conversation = (Chat if model.memory == "chat" else Restate)(system)
        self._reasons = any(style.reasons for style in model.styles)
        self._calls = 0
        self._space: Space | None = None
        self._form: Ask | None = None
        self._question = ""

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        """The model's answer; `problem` puts the question again, in the same conversation."""
        ask = self._asking(decision.space)
        try:
            if problem:
                return await self._put(ask, f"{problem} Answer again. {ask.instruction}", decision)
            self._conversation.open(rules, words.news)
            question = words.question
            for style in self._model.styles:
                question = style.question(question, decision)
                if first := style.before(decision):
                    await self._aside(first)
            self._question = words.question
            if ask.thinks_first:
                await self._aside(f"{THINK_FIRST}\n\n{question}")
            return await self._put(ask, f"{question}\n\n{ask.instruction}", decision)
        except ContextOverflow as error:
            return Answer(outcome=Outcome.CONTEXT_OVERFLOW, reason=str(error))
        except TimedOut as error:
            return Answer(outcome=Outcome.TIMEOUT, reason=str(error))
        except ProviderError as error:
            reason = f"{type(error).__name__}: {error}"
            return Answer(outcome=Outcome.PROVIDER_ERROR, reason=reason)

    def recall(self, decision: Decision, words: Words, rules: str, action: Action) -> None:
        """Take a decision of the past for one's own, as if the model had been asked and answered.

        The question is put in the model's styles, and the answer has the form that is asked for.
        Questions whose replies are not read, such as for a forecast or for reasoning, are left out:
        nobody has answered them.
        """
        ask = self._asking(decision.space)
        question = words.question
        for style in self._model.styles:
            question = style.question(question, decision)
        self._conversation.open(rules, words.news)
        self._conversation.ask(f"{question}\n\n{ask.instruction}")
        self._conversation.hear(_written(ask, decision.space, action))
        self._conversation.close(words.question, spoken(decision.space, action))

    def _asking(self, space: Space) -> Ask:
        """How answers in this space are asked for; spaces often stay the same."""
        if self._form is None or space is not self._space:
            self._form = elicit(self._model, space, reasons=self._reasons)
            self._space = space
        return self._form

    async def _aside(self, question: str) -> None:
        """Put a question whose reply is not read."""
        reply = await self._call(question)
        self._conversation.hear(reply.text[:MAX_CHARS])

    async def _put(self, ask: Ask, question: str, decision: Decision) -> Answer:
        """Put the question of a decision and read the reply."""
        reply = await self._call(question, ask)
        if ask.options:
            answer = draw(reply, ask.options, Random(self._seat.seed("draw", self._calls)))
        else:
            answer = _read(ask, reply)
        self._conversation.hear(answer.text[:MAX_CHARS])
        if answer.outcome is Outcome.OK:
            self._conversation.close(self._question, spoken(decision.space, answer.action))
        return answer

    async def _call(self, question: str, ask: Ask | None = None) -> Reply:
        """Send what puts this question, in the form of `ask` if there is one."""
        call: Callable[[int, Model, Request], Awaitable[Reply]] | None = self._seat.call
        if call is None:
            name = f"{self._model.name}/{self._model.model}"
            raise PluginError(f"{name} needs a transport: play_async(match, Transport(…))")
        self._calls += 1
        number = self._calls
        messages, kept = self._conversation.ask(question)
        # Named by the seat too: the same request of a match with swapped seats is another sample.
        names = ("call", self._seat.player, number)
        seed = self._seat.seed(*names) % 2**31 if self._model.seed else None
        if ask is None:
            request = Request(messages, kept, seed=seed)
        else:
            labels = tuple(label for label, _ in ask.options)
            request = Request(messages, kept, ask.schema, ask.grammar, labels, seed)
        return await call(number, self._model, request)


def _read(ask: Ask, reply: Reply) -> Answer:
    """The answer in a reply; one that was cut off or refused is not read."""
    if reply.finish is Finish.REFUSAL:
        reason = "You declined to answer."
        return Answer(outcome=Outcome.REFUSED, text=reply.text, reason=reason)
    if reply.finish is Finish.OTHER:
        reason = "Your reply did not end as an answer does; give it in words, and nothing else."
        return Answer(outcome=Outcome.UNPARSED, text=reply.text, reason=reason)
    if reply.finish is Finish.LENGTH:
        reason = "Your reply was cut off before its end; be shorter."
        return Answer(outcome=Outcome.TRUNCATED, text=reply.text, reason=reason)
    return ask.read(reply.text)


def _written(ask: Ask, space: Space, action: Action) -> str:
    """An action as a reply in the form that is asked for: the first that is read as this action."""
    said = spoken(space, action)
    told = {"action": labelled(space, action)}
    objects = (json.dumps(each, ensure_ascii=False) for each in (told, {"reasoning": "", **told}))
    for text in (said, f"Answer: {said}", *objects):
        if ask.read(text).within(space).action == action:
            return text
    return said  # a text that no reply in this form could be


def draw(reply: Reply, options: tuple[tuple[str, Action], ...], rng: Random) -> Answer:
    """A move drawn from the probabilities that a model gives to the legal answers.

    The probability of an action is `exp(s_i) / sum(exp(s_k))`, with `s` the log-probabilities of
    the answers; the sum is the mass on legal answers.

    Raises:
        ProviderError: the reply has not one finite or minus infinite score for each, or all are
            minus infinite.
    """
    scores = reply.scores
    if scores is None or len(scores) != len(options) or not all(s <= 1e-3 for s in scores):
        raise ProviderError(f"the provider gave no score for each of {len(options)} answers")
    top = max(scores)
    if top == -math.inf:
        raise ProviderError("the provider gives no probability to any legal answer")
    weights = [math.exp(s - top) for s in scores]
    total = math.fsum(weights)
    probabilities = {
        str(action): w / total for (_, action), w in zip(options, weights, strict=True)
    }
    label, action = rng.choices(options, weights)[0]
    strategy = Strategy(probabilities, min(1.0, math.exp(top) * total))
    return Answer(action, text=label, strategy=strategy)
