from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import pytest

from harness import Action, Bot, Decision, Integer, Outcome, Real, Space, Text, registry
from harness.agents.mock import CHARACTERS, Mock
from harness.match import Entry, Match, Status
from harness.models import Elicit, Finish, Message, Reply
from harness.models.elicit import elicit
from harness.models.read import read_json
from harness.models.transport import Transport
from harness.play import play, play_async
from tests.agents.mocked import ASKED, PD, N, asked, mock, near, replies, reply, request


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


def test_a_character_is_its_rates_and_they_can_be_changed() -> None:
    assert mock("flaky").error == 0.3
    assert mock("flaky", error=0.5).error == 0.5
    assert mock("biased").parameters["first"] == 0.8
    for character in CHARACTERS:
        assert mock(character).parameters["model"] == character


def test_it_is_named_on_the_command_line() -> None:
    entry = registry.build("agent", "mock/biased(first=0.9, elicit='text')")
    assert entry.what == mock("biased", first=0.9, elicit="text")


@pytest.mark.parametrize("form", ["json", "text", "choice", "logits"])
@pytest.mark.parametrize("memory", ["chat", "restate"])
async def test_an_injection_changes_no_reading_of_its_readers_answers(
    form: Elicit, memory: Literal["chat", "restate"]
) -> None:
    game = registry.build("game", "prisoners_dilemma(rounds=3)+talk(messages=1)")
    agents = [mock(who, elicit=form, memory=memory) for who in ("injector", "random")]
    seats = tuple(Entry(f"mock/{agent.model}", agent) for agent in agents)
    async with Transport() as transport:
        record = await play_async(Match(game, seats), transport, 60)
    assert record.status is Status.OK, record.reason
    assert record.problems == []
    assert record.turns is not None
    said = [action for player, action in record.turns if player == 0 and " " in action]
    assert len(said) == 3
    assert any("<" in text or "Answer" in text or "[" in text for text in said)
