"""What a call is taken to cost before anybody is asked: a range, from what would be sent.

- Tokens: 4 characters are one, or 5 at the low end and 3 at the high end, and every message takes
  about 4 more. OpenAI gives both figures, for English ("What are tokens and how to count them?",
  help.openai.com, article 4936856) and for its models ("How to count tokens with tiktoken",
  OpenAI Cookbook). Its tokenizer cl100k_base makes 3.6 to 4.3 characters a token of what the five
  games ask, and 2.5 to 3.5 of most answers, which are short and full of marks: of them, 3 are one.
- Replies: the bare answer at the low end; likely `WORDS` tokens more where words come before it,
  and what a model is set to think; at the high end all that `max_tokens` allows. What of it stays
  in the conversation is read again by the calls that follow.
- An answer that is scored is read once and nothing is written; at the high end it is read once
  more, and a token written, for each possible answer, as engines do that tell one token at a time.
- Answers asked for again: none, and a share `AGAIN` of them at the high end.
- Money: at the low end what was sent before costs what it does from the provider's cache.

A scripted model's calls are counted as it reports them itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from harness.models.model import Model
from harness.models.prices import Prices
from harness.models.read import MAX_CHARS
from harness.models.request import Message, Reply, Request, Usage
from harness.runner.figures import Figures, Range
from harness.runner.stand_in import StandIn

__all__ = ["AGAIN", "CHARS_A_TOKEN", "WORDS", "Reckoner"]

CHARS_A_TOKEN = Range(5, 4, 3)
"""Characters of a prompt."""

ANSWER_CHARS_A_TOKEN = Range(4, 3, 2)
"""Characters of a bare answer."""

A_MESSAGE = Range(3, 4, 5)
"""Tokens that a message takes besides its text."""

MOST_KEPT = ceil(MAX_CHARS / CHARS_A_TOKEN.high)
"""Tokens of a reply that stay in a conversation at most."""

WORDS = 200
"""Tokens of words that a model is taken to put before an answer where it is let: two paragraphs."""

AGAIN = 0.1
"""The share of answers that are asked for once more, at the high end."""

ONCE = Range.exactly(1)


class Reckoner:
    """Reckons the calls of one player, in their order.

    Args:
        stand_in: who replies in the model's place.
        prices: what tokens cost.
        asks_again: whether answers that are no moves are asked for again.
    """

    def __init__(self, stand_in: StandIn, prices: Prices, *, asks_again: bool) -> None:
        self._model = stand_in.model
        self._scripted = stand_in.scripted
        self._prices = prices
        self._worst = 1 + AGAIN if asks_again else 1.0
        self._thought = _thought(stand_in.model)
        # By how many tokens replies are longer than those read as text: the sums up to each.
        self._longer = [Range.exactly(0)]

    def take(self, request: Request, reply: Reply) -> Figures:
        """What a call takes whose stand-in has replied this."""
        if self._scripted:
            return self._reported(reply.usage)
        read, written = self._read(request), self._written(request, reply.text)
        cached = Range(_tokens(request.messages[: request.kept]).low, 0, 0)
        usd = self._usd(read, written, cached)
        if _is_aside(request) or request.scored:  # nothing that could be unreadable
            return Figures(ONCE, read, written, usd)
        worst = self._worst
        return Figures(
            _stretched(ONCE, worst),
            _stretched(read, worst),
            _stretched(written, worst),
            None if usd is None else _stretched(usd, worst),
        )

    def _reported(self, usage: Usage) -> Figures:
        """What a scripted model says that a call took."""
        read, written = (Range.exactly(n or 0) for n in (usage.input, usage.output))
        return Figures(ONCE, read, written, self._usd(read, written, Range.exactly(0)))

    def _usd(self, read: Range, written: Range, cached: Range) -> Range | None:
        """What tokens cost."""
        usd = []
        for tokens in zip(read, written, cached, strict=True):
            cost = self._prices.of(self._model, Usage(*map(int, tokens)))
            if cost is None:
                return None
            usd.append(cost)
        return Range(*usd)

    def _read(self, request: Request) -> Range:
        """Tokens of the whole conversation."""
        heard = sum(role == "assistant" for role, _ in request.messages)
        before, now = self._longer[-heard - 1 :][0], self._longer[-1]
        longer = Range(*(b - a for a, b in zip(before, now, strict=True)))
        return _stretched(_tokens(request.messages) + longer, 1 + len(request.scored))

    def _written(self, request: Request, text: str) -> Range:
        """Tokens of the reply, of which those are noted that stay in the conversation."""
        most = request.max_tokens or self._model.max_tokens
        if request.scored:
            self._longer.append(self._longer[-1])
            return Range(0, 0, 1 + len(request.scored))
        bare, wordy = _parted(len(text), ANSWER_CHARS_A_TOKEN), self._is_wordy(request)
        likely = min(most, bare.likely + WORDS * wordy)
        enforced = self._model.enforces_schema or self._model.elicit == "choice"
        stays = bare.low, likely, bare.high if enforced and not wordy else min(most, MOST_KEPT)
        told = _parted(len(text), CHARS_A_TOKEN)
        longer = Range(*(max(0, a - b) for a, b in zip(stays, told, strict=True)))
        self._longer.append(self._longer[-1] + longer)
        return Range(min(most, bare.low), min(most, likely + self._thought), most)

    def _is_wordy(self, request: Request) -> bool:
        """Whether words come before the answer, or are all that is wanted."""
        if _is_aside(request) or self._model.elicit == "text":
            return True
        return request.schema is not None and "reasoning" in request.schema["properties"]


def _is_aside(request: Request) -> bool:
    """Whether no answer is asked for: stand-ins are told the schema of every one."""
    return request.schema is None and not request.scored


def _thought(model: Model) -> int:
    """Tokens that a model is taken to think before a reply: what it is set to."""
    if isinstance(model.thinking, int):
        return model.thinking
    return 0 if model.thinking in (None, "none") else WORDS


def _tokens(messages: Sequence[Message]) -> Range:
    """Tokens of messages."""
    chars = sum(len(text) for _, text in messages)
    return _parted(chars, CHARS_A_TOKEN) + A_MESSAGE.times(len(messages))


def _parted(chars: int, sizes: Range) -> Range:
    """How many tokens of these sizes so many characters are."""
    return Range(*(ceil(chars / size) for size in sizes))


def _stretched(range_: Range, factor: float) -> Range:
    """The range with a higher high end."""
    return Range(range_.low, range_.likely, range_.high * factor)
