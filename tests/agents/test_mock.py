from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness import (
    Action,
    Bot,
    Choice,
    Decision,
    Integer,
    Outcome,
    Real,
    Space,
    Text,
    UsageError,
    registry,
)
from harness.agents.mock import CHARACTERS, Mock
from harness.match import Entry, Match
from harness.models import (
    AuthError,
    BadRequest,
    ContextOverflow,
    Finish,
    Message,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Reply,
    Request,
    Transient,
    UnknownModel,
)
from harness.models.elicit import Ask, elicit
from harness.models.read import read_json
from harness.play import play

PD = Choice(("cooperate", "defect"), labels=("J", "F"))
ASKED = (Message("system", "Play."), Message("user", "J or F?"))
N = 2000


def mock(character: str = "random", **parameters: Any) -> Mock:
    return Mock(model=character, **parameters)


def request(ask: Ask, seed: int | None = None, messages: tuple[Message, ...] = ASKED) -> Request:
    scored = tuple(label for label, _ in ask.options)
    return Request(messages, 0, ask.schema, ask.grammar, scored, seed)


def asked(model: Mock, space: Space = PD, seed: int | None = None) -> Request:
    return request(elicit(model, space, reasons=False), seed)


def reply(model: Mock, question: Request) -> Reply:
    return asyncio.run(model.connect().send(model.body(question)))


def replies(model: Mock, space: Space = PD, n: int = N) -> list[Reply]:
    """Replies to the same question under many seeds."""
    ask = elicit(model, space, reasons=False)

    async def all_of_them() -> list[Reply]:
        client = model.connect()
        return [await client.send(model.body(request(ask, seed))) for seed in range(n)]

    return asyncio.run(all_of_them())


def attempts(model: Mock, n: int) -> list[ProviderError]:
    """What went wrong at each of the first attempts at one call."""

    async def try_again() -> list[ProviderError]:
        client, errors = model.connect(), []
        for _ in range(n):
            with pytest.raises(ProviderError) as caught:
                await client.send(model.body(asked(model, seed=1)))
            errors.append(caught.value)
        return errors

    return asyncio.run(try_again())


def near(share: float, expected: float, n: int = N) -> bool:
    """Whether a share of `n` is within four standard errors of what it should be."""
    return abs(share - expected) <= 4 * math.sqrt(expected * (1 - expected) / n)


def test_the_same_request_always_gets_the_same_reply() -> None:
    for character in ("random", "talker", "injector", "contradicter"):
        one = [reply(mock(character), asked(mock(), Text(200), seed)).text for seed in range(9)]
        two = [reply(mock(character), asked(mock(), Text(200), seed)).text for seed in range(9)]
        assert one == two
        assert len(set(one)) > 4


def test_what_was_said_before_and_the_seed_make_a_difference() -> None:
    model, ask = mock(), elicit(mock(), Real(0, 1000), reasons=False)
    longer = (*ASKED, Message("assistant", "7"), Message("user", "And now?"))
    questions = [
        request(ask),
        request(ask, seed=1),
        request(ask, seed=2),
        request(ask, messages=longer),
        request(ask, messages=(ASKED[1],)),
    ]
    assert len({reply(model, question).text for question in questions}) == len(questions)


def test_settings_make_a_difference_to_replies_and_latency_makes_none() -> None:
    question = asked(mock(), Real(0, 1000), seed=3)
    usual = reply(mock(), question)
    assert reply(mock(max_tokens=99), question).text != usual.text
    assert reply(mock(latency_s=0.01, latency_sd=0.001), question) == usual
    assert reply(mock(tokens_per_s=1000), question) == usual


def test_each_call_carries_a_seed_unless_told_otherwise() -> None:
    assert mock().seed
    assert not mock(seed=False).seed


@dataclass
class Watcher(Bot):
    """Plays at random and keeps every space that it chooses from."""

    spaces: dict[str, Space] = field(default_factory=dict)

    name = "watcher"
    takes_asides = True

    def act(self, decision: Decision) -> Action:
        self.spaces[repr(decision.space)] = decision.space
        return decision.space.sample(self.seat.rng)


def spaces_of(spec: str) -> list[Space]:
    """The spaces that a match of a game has."""
    game, watcher = registry.build("game", spec), Watcher()
    seats = (Entry("watcher", watcher),) * game.what.n_seats
    play(Match(game, seats))
    return list(watcher.spaces.values())


SMALL = {
    "beauty": "beauty(players=3, rounds=2)",
    "donor": "donor(agents=4, generations=2, rounds=2)",
    "matrix": "matrix(payoffs=[[[3, 1], [0, 4]], [[5, 2], [1, 1]]], rounds=3)",
}


@pytest.mark.parametrize("name", registry.names("game"))
def test_honest_characters_play_every_game_legally(name: str) -> None:
    small = SMALL.get(name, name)
    spaces = spaces_of(small)
    for modifier in ("talk(messages=1)", "predict", "predict(kind='point')", "reflect"):
        spaces += spaces_of(f"{small}+{modifier}")
    different = {repr(space): space for space in spaces}.values()
    assert different
    manners = itertools.product(("random", "talker", "injector"), ("json", "text", "choice"))
    for (character, form), reasons in itertools.product(manners, (False, True)):
        model = mock(character, elicit=form)
        for space, seed in itertools.product(different, range(4)):
            ask = elicit(model, space, reasons=reasons)
            said = reply(model, request(ask, seed))
            answer = ask.read(said.text)
            assert answer.outcome is Outcome.OK, (form, space, said.text, answer)
            assert space.canonical(answer.action) is not None


def test_every_option_is_chosen_as_often_as_any_other() -> None:
    counts = Counter(said.text for said in replies(mock()))
    assert near(counts['{"action":"J"}'] / N, 0.5)
    assert counts.total() == counts['{"action":"J"}'] + counts['{"action":"F"}']


def test_a_bias_is_the_probability_of_the_first_option() -> None:
    for model, share in ((mock("biased"), 0.8), (mock(first=0.1), 0.1)):
        counts = Counter(said.text for said in replies(model))
        assert near(counts['{"action":"J"}'] / N, share)
    assert {said.text for said in replies(mock(first=1), n=50)} == {'{"action":"J"}'}


def outcome(model: Mock, said: Reply, space: Space = PD) -> Outcome:
    """What becomes of a reply."""
    if said.finish is not Finish.STOP:
        return Outcome({"refusal": "refused", "length": "truncated"}[said.finish])
    return elicit(model, space, reasons=False).read(said.text).outcome


@pytest.mark.parametrize(
    ("character", "outcomes"),
    [
        ("talker", {Outcome.OK}),
        ("injector", {Outcome.OK}),
        ("refuser", {Outcome.REFUSED}),
        ("rambler", {Outcome.UNPARSED}),
        ("contradicter", {Outcome.AMBIGUOUS}),
        ("truncater", {Outcome.TRUNCATED}),
        ("empty", {Outcome.EMPTY}),
        ("outlaw", {Outcome.ILLEGAL, Outcome.UNPARSED}),
    ],
)
@pytest.mark.parametrize("form", ["json", "text", "choice"])
def test_a_character_does_what_its_name_says(
    character: str, outcomes: set[Outcome], form: str
) -> None:
    model = mock(character, elicit=form)
    assert {outcome(model, said) for said in replies(model, n=50)} <= outcomes


def test_what_is_no_answer_comes_as_often_as_asked_for() -> None:
    model = mock(refuse=0.1, truncate=0.1, empty=0.2, contradict=0.1, ramble=0.2)
    counts = Counter(outcome(model, said) for said in replies(model))
    expected = {
        Outcome.REFUSED: 0.1,
        Outcome.TRUNCATED: 0.1,
        Outcome.EMPTY: 0.2,
        Outcome.AMBIGUOUS: 0.1,
        Outcome.UNPARSED: 0.2,
        Outcome.OK: 0.3,
    }
    for kind, share in expected.items():
        assert near(counts[kind] / N, share), counts
    assert counts.total() == sum(counts[kind] for kind in expected)


def test_a_refusal_in_words_alone_is_not_marked() -> None:
    (said,) = replies(mock("refuser", marked=False), n=1)
    assert said.finish is Finish.STOP
    assert said.text


def test_an_injector_writes_other_peoples_turns_into_texts_of_legal_length() -> None:
    texts = []
    for said in replies(mock("injector"), Text(300), n=50):
        answer = read_json(said.text, Text(300))
        assert answer.outcome is Outcome.OK
        texts.append(str(answer.action))
    assert all(len(text) <= 300 for text in texts)
    for sign in ("<system>", "<|im_start|>system", "Answer:", '{"action"', "Ignore all previous"):
        assert any(sign in text for text in texts), sign


def test_thinking_is_apart_and_can_use_up_all_that_may_be_written() -> None:
    (some,) = replies(mock(thinking=100), n=1)
    assert len(some.thinking) == 400
    assert some.finish is Finish.STOP
    assert some.usage.thinking == 100
    assert some.usage.output == 100 + 4
    (much,) = replies(mock(thinking=100, max_tokens=100), n=1)
    assert (much.text, much.finish) == ("", Finish.LENGTH)
    assert much.usage.output == 100


def test_usage_counts_what_was_sent_and_said() -> None:
    (said,) = replies(mock(), n=1)
    assert said.usage.input == 2 + 2  # 'Play.' and 'J or F?', four characters a token
    assert said.usage.output == 4
    assert said.model == "random"


def test_probabilities_are_scored_with_some_mass_elsewhere() -> None:
    model = mock(elicit="logits")
    for said in replies(model, n=50):
        assert said.text == ""
        assert said.scores is not None
        mass = math.fsum(map(math.exp, said.scores))
        assert 0.8 <= mass < 1
    biased = mock("biased", elicit="logits", first=0.7)
    for said in replies(biased, n=50):
        assert said.scores is not None
        ours, theirs = map(math.exp, said.scores)
        assert ours / (ours + theirs) == pytest.approx(0.7)
    (sure,) = replies(mock(elicit="logits", first=1), n=1)
    assert sure.scores is not None
    assert sure.scores[1] == -math.inf


def test_who_would_not_answer_leaves_little_probability_to_answers() -> None:
    for said in replies(mock("refuser", elicit="logits"), n=20):
        assert said.scores is not None
        assert math.fsum(map(math.exp, said.scores)) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, AuthError),
        (402, QuotaExceeded),
        (403, AuthError),
        (404, UnknownModel),
        (408, Transient),
        (413, ContextOverflow),
        (422, BadRequest),
        (429, RateLimited),
        (500, Transient),
        (502, Transient),
        (503, Transient),
        (529, Transient),
    ],
)
def test_an_error_is_what_a_provider_with_this_status_means(
    status: int, kind: type[ProviderError]
) -> None:
    for error in attempts(mock(error=1, status=status, retry_after_s=1.5), 3):
        assert type(error) is kind
        assert error.status == status
        if isinstance(error, RateLimited | Transient):
            assert error.retry_after_s == 1.5


def test_errors_are_drawn_for_each_attempt_so_that_further_ones_succeed() -> None:
    model = mock("flaky")

    async def until_answered() -> list[list[str]]:
        client = model.connect()
        courses = []
        for seed in range(500):
            body, course = model.body(asked(model, seed=seed)), []
            while True:
                try:
                    await client.send(body)
                    break
                except (RateLimited, Transient) as error:
                    course.append(str(error))
            courses.append(course)
        return courses

    courses = asyncio.run(until_answered())
    failed = sum(map(len, courses))
    assert near(failed / (failed + 500), 0.3, failed + 500)
    assert len({error for course in courses for error in course}) == 7
    assert asyncio.run(until_answered()) == courses


def test_one_call_failing_says_nothing_about_another() -> None:
    model = mock(error=0.5)

    async def first_attempts() -> int:
        client, failed = model.connect(), 0
        for seed in range(500):
            try:
                await client.send(model.body(asked(model, seed=seed)))
            except ProviderError:
                failed += 1
        return failed

    assert near(asyncio.run(first_attempts()) / 500, 0.5, 500)


async def test_a_staller_never_replies() -> None:
    model = mock("staller")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.connect().send(model.body(asked(model))), 0.05)


async def test_a_call_that_stalled_can_be_answered_at_a_further_attempt() -> None:
    model = mock(stall=0.5)
    client = model.connect()
    stalled = 0
    for seed in range(8):
        body = model.body(asked(model, seed=seed))
        for _ in range(30):
            try:
                await asyncio.wait_for(client.send(body), 0.01)
                break
            except TimeoutError:
                stalled += 1
        else:
            pytest.fail("it was never answered")
    assert stalled


async def test_a_conversation_has_no_end_but_the_one_that_is_set() -> None:
    model = mock(context_tokens=100)
    client = model.connect()
    said = await client.send(model.body(asked(model)))
    assert said.text
    long = request(elicit(model, PD, reasons=False), messages=(Message("user", "x" * 404),))
    with pytest.raises(ContextOverflow, match="101 tokens, and 100"):
        await client.send(model.body(long))


async def test_a_reply_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    for settings, least in (({"latency_s": 0.05}, 0.05), ({"tokens_per_s": 100}, 0.04)):
        model = mock(**settings)
        begun = loop.time()
        await model.connect().send(model.body(asked(model)))
        assert loop.time() - begun >= least * 0.9


def test_what_is_sent_is_json_and_holds_all_that_the_reply_depends_on() -> None:
    model = mock(refuse=0.5, extra={"note": 1})
    body = model.body(asked(model, seed=5))
    assert json.loads(json.dumps(body)) == body
    assert body["manner"] == {"refuse": 0.5}
    assert (body["seed"], body["note"]) == (5, 1)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_halves_of_surrogate_pairs_and_huge_numbers_are_taken() -> None:
    odd = (Message("user", "half of a pair: \ud800"),)
    assert reply(mock(), request(elicit(mock(), PD, reasons=False), messages=odd)).text
    vast = Integer(0, 10**30)
    said = reply(mock(), asked(mock(), vast, seed=1))
    assert read_json(said.text, vast).outcome is Outcome.OK


def test_models_with_different_manners_share_nothing() -> None:
    different = [mock(), mock(error=0.1), mock(error=0.1, status=500), mock(latency_s=1)]
    assert len({model.connection for model in different}) == len(different)
    assert mock(error=0.1).connection == mock(error=0.1).connection


def test_a_character_is_its_rates_and_they_can_be_changed() -> None:
    assert mock("flaky").error == 0.3
    assert mock("flaky", error=0.5).error == 0.5
    assert mock("biased").parameters["first"] == 0.8
    for character in CHARACTERS:
        assert mock(character).parameters["model"] == character


def test_what_it_does_not_heed_is_said() -> None:
    assert mock().notices() == []
    assert mock(temperature=0.5).notices() == ["mock/random does not heed temperature"]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"model": "refusr"}, "did you mean refuser"),
        ({"refuse": 1.2}, "refuse is 1.2; it must be a number from 0 to 1"),
        ({"ramble": 0.6, "empty": 0.6}, "make 1.2 together"),
        ({"error": 0.6, "stall": 0.6}, "error, stall make 1.2 together"),
        ({"first": -1}, "first is -1"),
        ({"status": 401}, "give error=1"),
        ({"status": 200, "error": 1}, "status is 200"),
        ({"thinking": "low"}, "a number of tokens"),
        ({"latency_s": -1}, "latency_s is -1"),
        ({"tokens_per_s": 0}, "tokens_per_s is 0"),
        ({"context_tokens": 0}, "context_tokens is 0"),
        ({"marked": 1}, "True or False"),
    ],
)
def test_settings_that_cannot_be_are_refused(parameters: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Mock(**{"model": "random"} | parameters)


def test_it_is_named_on_the_command_line() -> None:
    entry = registry.build("agent", "mock/biased(first=0.9, elicit='text')")
    assert entry.what == mock("biased", first=0.9, elicit="text")
