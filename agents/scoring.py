"""What the score of a reply is: which tokens it stands for, and what ends it.

The score of a candidate reply is the natural logarithm of the probability that the model, after
the conversation's prompt, writes exactly the *canonical tokens* of that reply, *its ending
included*: the sum of the tokens' log-probabilities under the model's own distribution
(temperature 1, whole vocabulary, nothing masked). Who scores, in process or over HTTP, follows
these steps, so that the scores are the same:

1. The *prompt* is the conversation as the chat template writes it, with what opens the model's
   turn (`add_generation_prompt`), as tokens. No further special tokens are put before it.
2. The *context* is the end of the prompt's text, from a special token on: the last one in the
   prompt, or the first of what opens the model's turn. Tokenizers cut a text at its special
   tokens first, so that the context is tokenised as it is within the whole prompt. A prompt
   without special tokens is its own context.
3. The *canonical tokens* of a reply are those that the tokenizer gives for it where it stands,
   directly after the context (`candidate_tokens`). Where the tokenizer merges the end of the
   context with the beginning of the reply, no tokens are the reply's own in that place, and the
   tokens of the reply by itself are taken, after the prompt's.
4. The *ending* is what the chat template puts after an assistant's reply, up to the first token
   at which the model stops (`reply_ending`); the tokenizer's end-of-sequence token where the
   template puts none. It is found once per model, in a conversation of no importance.

With the ending, no candidate is the beginning of another: "10" is scored as "10" and nothing
more, so that "100" takes nothing from it, and the probabilities of all replies, by their
canonical tokens, make at most 1 together. What is missing to 1 went to replies that are no
candidates and to other tokenisations of the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["candidate_tokens", "reply_ending"]


def candidate_tokens(
    context: Sequence[int], whole: Sequence[int], alone: Sequence[int], ending: Sequence[int]
) -> tuple[int, ...]:
    """The tokens that a candidate reply is scored by, to be put after the prompt's.

    Args:
        context: tokens of the context, by itself.
        whole: tokens of the context's text directly followed by the reply's.
        alone: tokens of the reply by itself, without any special tokens.
        ending: tokens that end a reply, from `reply_ending`.

    >>> candidate_tokens([5, 6], [5, 6, 7, 8], [9, 8], ending=[2])
    (7, 8, 2)
    >>> candidate_tokens([5, 6], [5, 67, 8], [9, 8], ending=[2])  # 6 has merged with the reply
    (9, 8, 2)
    """
    context, whole = list(context), list(whole)
    merged = whole[: len(context)] != context
    return (*(alone if merged else whole[len(context) :]), *ending)


def reply_ending(
    open_: Sequence[int], closed: Sequence[int], stops: Collection[int] | None, eos: int
) -> tuple[int, ...]:
    """The tokens that end a reply.

    Args:
        open_: tokens of a conversation that ends in an assistant's reply, cut directly after
            the reply's words (`continue_final_message`).
        closed: tokens of the same conversation with what the template puts after them.
        stops: tokens at which the model stops; None where they cannot be known, and then the
            first token that the template puts is the ending.
        eos: the tokenizer's end-of-sequence token.

    >>> reply_ending([1, 7, 8], [1, 7, 8, 2, 13], stops={2}, eos=3)
    (2,)
    >>> reply_ending([1, 7, 8], [1, 7, 8, 13, 2, 13], stops={2}, eos=3)
    (13, 2)
    >>> reply_ending([1, 7, 8], [1, 7, 8, 13], stops={2}, eos=3)  # nothing that would stop it
    (3,)
    """
    open_, closed = list(open_), list(closed)
    if closed[: len(open_)] != open_:
        return (eos,)
    after = closed[len(open_) :]
    if stops is None:
        return tuple(after[:1]) or (eos,)
    for place, token in enumerate(after):
        if token in stops:
            return tuple(after[: place + 1])
    return (eos,)
