"""The bots for Deal or No Deal: what they say, read, ask for, accept and refuse."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import Answer, Decision, Seat, UsageError
from harness.agents.deal_bots import (
    Conceder,
    HardLiner,
    LastTurnUltimatum,
    Misreporter,
    NashBargainer,
    ParetoSeeker,
    RandomNegotiator,
    TitForTatNegotiator,
)
from harness.agents.deal_negotiator import Negotiator
from harness.agents.deal_sentences import read_offer, read_values, write_offer, write_values
from harness.games.catalogue import prisoners_dilemma
from harness.games.deal import DealOrNoDeal
from harness.games.deal_contexts import all_contexts
from harness.match import MatchRecord, Status
from harness.play import play, play_async
from harness.record.lines import match_fields
from tests.sketches import Fixed, Model, table

BOTS: list[type[Negotiator]] = [
    Conceder,
    HardLiner,
    LastTurnUltimatum,
    Misreporter,
    NashBargainer,
    ParetoSeeker,
    RandomNegotiator,
    TitForTatNegotiator,
]
each_bot = pytest.mark.parametrize("bot", BOTS, ids=[bot.name for bot in BOTS])
each_pair = pytest.mark.parametrize(
    ("bot", "other"),
    list(itertools.combinations_with_replacement(BOTS, 2)),
    ids=lambda bot: bot.name,
)

ITEMS = ("book", "hat", "ball")
GIVEN: Any = [[[1, 2, 3], [[8, 1, 0], [4, 0, 2]]]]


def deal(**settings: Any) -> DealOrNoDeal:
    return DealOrNoDeal(**{"contexts": GIVEN, "first": 0, **settings})


class Talker(Fixed):
    """Says its lines, the last one over and over, and asks for nothing once it must propose."""

    def act(self, decision: Decision) -> Any:
        if decision.kind == "close":
            return {"propose": dict.fromkeys(ITEMS, 0)}
        self.turn += 1
        return {"say": self.actions[min(self.turn, len(self.actions) - 1)]}


def met(bot: Negotiator, *said: str, **settings: Any) -> MatchRecord:
    """A match of a bot in the first seat with one that says this."""
    return play(table(deal(**settings), bot, Talker(said)))


def asked(record: MatchRecord) -> list[tuple[int, ...]]:
    """The shares that the first player asked for, in order."""
    said = [
        action["say"] for player, action in record.turns or [] if not player and "say" in action
    ]
    return [share for words in said if (share := read_offer(ITEMS, words))]


def proposed(record: MatchRecord) -> tuple[int, ...] | None:
    action = record.rounds[0].actions[0]
    return action and tuple(action.values())


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 999)] * 3))
def test_sentences_are_read_as_they_were_written(numbers: tuple[int, ...]) -> None:
    assert read_offer(ITEMS, write_offer(ITEMS, numbers)) == numbers
    assert read_values(ITEMS, write_values(ITEMS, numbers)) == numbers
    assert read_values(ITEMS, write_offer(ITEMS, numbers)) is None
    both = f"{write_values(ITEMS, (8, 1, 0))} {write_offer(ITEMS, numbers)}"
    assert (read_values(ITEMS, both), read_offer(ITEMS, both)) == ((8, 1, 0), numbers)


@pytest.mark.parametrize(
    "text",
    [
        "I take book=1, hat=0, ball=3.",
        "I take book=1, hat=0, ball=3",
        "i TAKE  Book = 1,hat=0, ball=3!",
        "Listen. I take book=1, hat=0, ball=3. Yes?",
        "Listen:\nI take book=1, hat=0, ball=3\nYes?",
        "I take book=1, hat=0, ball=3. Again: no.\nI take book=1, hat=0, ball=3.",
    ],
)
def test_an_offer_is_read_wherever_it_is_a_sentence_of_its_own(text: str) -> None:
    assert read_offer(ITEMS, text) == (1, 0, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I take 1 book and 3 balls.",
        "I take book=1, hat=0.",
        "I take hat=0, book=1, ball=3.",
        "I take book=1, hat=0, ball=3.5.",
        "I take book=1, hat=0, ball=-3.",
        "I take book=1, hat=0, ball=3000.",
        "I take book=1, hat=0, ball=3, or else.",
        "You say I take book=1, hat=0, ball=3.",
        "If I take book=1, hat=0, ball=3.",
        "I take book=1, hat=0, ball=3. I take book=1, hat=0, ball=2.",
        "I take book=١, hat=0, ball=3.",
    ],
)
def test_what_is_not_of_the_form_or_ambiguous_is_not_read(text: str) -> None:
    assert read_offer(ITEMS, text) is None


@each_pair
def test_bots_always_understand_each_other(bot: type[Negotiator], other: type[Negotiator]) -> None:
    for repeat in range(10):
        record = play(table(DealOrNoDeal(), bot(), other(), repeat=repeat))
        assert record.status is Status.OK, record.reason
        assert record.info["end"] in ("deal", "turns")


@each_bot
def test_a_match_is_the_same_whenever_it_is_played(bot: type[Negotiator]) -> None:
    match = table(DealOrNoDeal(), bot(), RandomNegotiator(), seed=3)
    assert match_fields(play(match)) == match_fields(play(match))


@each_bot
@pytest.mark.parametrize("settings", [{"max_messages": 3}, {"open_with_proposal": True}])
def test_bots_play_legally_under_all_settings(
    bot: type[Negotiator], settings: dict[str, Any]
) -> None:
    for other in (RandomNegotiator(accept=1), Fixed([{"say": ""}])):
        for first in (0, 1):
            record = play(table(deal(**{**settings, "first": first}), bot(), other))
            assert record.status is Status.OK, record.reason


@each_bot
def test_a_bot_that_hears_nothing_closes_with_what_it_offered(bot: type[Negotiator]) -> None:
    rest = {"propose": {"book": 0, "hat": 0, "ball": 0}}
    record = play(table(deal(), bot(), Fixed([{"say": "Hello."}, rest])))
    assert record.status is Status.OK
    offers = asked(record)
    closing = proposed(record)
    assert closing is not None
    assert closing == offers[-1] if offers else sum(closing) > 0


@each_bot
def test_other_games_are_refused(bot: type[Negotiator]) -> None:
    game = prisoners_dilemma(rounds=3)
    with pytest.raises(UsageError, match=f"{bot.name} cannot play prisoners_dilemma; let it play"):
        bot().player(Seat(0, 2, game.name, game.facts(0), lambda: 0))


@each_bot
def test_messages_too_short_for_its_sentences_are_refused(bot: type[Negotiator]) -> None:
    with pytest.raises(UsageError, match="with max_chars=20; it needs"):
        play(table(deal(max_chars=20), bot(), Fixed([{"say": ""}])))


def test_messages_fit_the_length_that_was_asked_for() -> None:
    for bot in BOTS:
        for size in range(400):
            try:
                bot().player(Seat(0, 2, "deal", deal(max_chars=size + 1).facts(0), lambda: 0))
            except UsageError:
                continue
            assert met(bot(), "Hm.", max_chars=size + 1).status is Status.OK
            break
        else:
            pytest.fail(f"{bot.name} needs too much")


@pytest.mark.parametrize(
    "make",
    [
        lambda: HardLiner(target=-1),
        lambda: HardLiner(target=float("inf")),
        lambda: Conceder(start="10"),  # type: ignore[arg-type]
        lambda: Conceder(pace=-1),
        lambda: Conceder(floor=True),
        lambda: ParetoSeeker(floor=-2),
        lambda: Misreporter(target=-1),
        lambda: LastTurnUltimatum(target="9"),  # type: ignore[arg-type]
        lambda: TitForTatNegotiator(first_step=float("nan")),
        lambda: RandomNegotiator(accept=1.5),
    ],
)
def test_parameters_out_of_range_are_refused(make: Any) -> None:
    with pytest.raises(UsageError, match="it must be a number"):
        make()


def test_a_hard_liner_never_asks_for_less_and_accepts_its_target() -> None:
    record = met(HardLiner(target=9), "Please.", "I take book=0, hat=2, ball=3.")
    # 8, 1, 0: the book and a hat are worth 9; the balls are worth nothing to it.
    assert set(asked(record)) == {(1, 1, 0)}
    assert record.info["end"] == "turns"
    content = met(HardLiner(target=8), "Please.", "I take book=0, hat=2, ball=3.")
    assert proposed(content) == (1, 0, 0)


def test_a_hard_liner_whose_target_is_more_than_everything_asks_for_everything() -> None:
    record = met(HardLiner(target=11), "I take book=0, hat=0, ball=0.")
    assert asked(record) == [(1, 2, 3)]
    assert proposed(record) == (1, 2, 3)


def test_a_conceder_asks_for_less_at_its_pace_down_to_its_floor() -> None:
    shares = asked(met(Conceder(start=10, pace=4, floor=1), "No."))
    worths = [8 * book + hat for book, hat, _ in shares]
    assert worths[:5] == [10, 8, 2, 1, 1]


def test_a_conceder_accepts_what_it_would_ask_for_next() -> None:
    record = met(Conceder(start=10, pace=1), "I take book=0, hat=2, ball=3.")
    # The book is worth 8: accepted at its third turn, when it would ask for 8.
    assert len(asked(record)) == 2
    assert proposed(record) == (1, 0, 0)


def test_a_pareto_seeker_walks_down_the_frontier_of_the_values_told() -> None:
    record = met(ParetoSeeker(), "My values: book=4, hat=0, ball=2.")
    # It has 8, 1, 0; the frontier is 10 and 6, then 2 and 10.
    shares = asked(record)
    assert shares[1:4] == [(0, 2, 0)] * 3
    assert "My values: book=8, hat=1, ball=0." in (record.turns or [])[0][1]["say"]


def test_a_pareto_seeker_offers_nothing_that_is_dominated() -> None:
    for context in Random(5).sample(all_contexts(), 50):
        own, theirs = context.values
        told = write_values(ITEMS, theirs)
        given: Any = [[context.counts, context.values]]
        record = met(ParetoSeeker(), told, contexts=given, max_messages=20)
        every = itertools.product(*(range(n + 1) for n in context.counts))
        points = [score(own, theirs, context.counts, share) for share in every]
        for share in asked(record)[1:]:
            x, y = score(own, theirs, context.counts, share)
            assert not [p for p in points if p != (x, y) and p[0] >= x and p[1] >= y]


def score(own: Any, theirs: Any, counts: Any, share: Any) -> tuple[int, int]:
    rest = [n - taken for n, taken in zip(counts, share, strict=True)]
    mine = sum(v * n for v, n in zip(own, share, strict=True))
    return mine, sum(v * n for v, n in zip(theirs, rest, strict=True))


@pytest.mark.parametrize(("most", "left"), [(10, 4), (9, 3)])
def test_an_ultimatum_comes_when_the_other_has_one_turn_to_agree_in(most: int, left: int) -> None:
    record = met(LastTurnUltimatum(), "Well?", max_messages=most)
    said = [action["say"] for player, action in record.turns or [] if not player]
    offers = [turn for turn, words in enumerate(said) if read_offer(ITEMS, words)]
    assert most - 2 * offers[0] == left
    assert set(asked(record)) == {(1, 1, 0)}  # worth 9
    assert record.info["end"] == "turns"


def test_an_ultimatum_that_is_agreed_to_brings_all_but_the_rest() -> None:
    agreed = [*[{"say": "Well?"}] * 3, {"propose": {"book": 0, "hat": 1, "ball": 3}}]
    record = play(table(deal(max_messages=10), LastTurnUltimatum(), Fixed(agreed)))
    assert record.info["end"] == "deal"
    assert record.payoffs == (9, 6)  # what is left, a hat and the balls, is worth 6 to the other


def test_before_its_ultimatum_it_accepts_what_it_would_ask_for() -> None:
    record = met(LastTurnUltimatum(), "I take book=0, hat=1, ball=3.")
    assert asked(record) == []
    assert proposed(record) == (1, 1, 0)


def test_a_misreporter_tells_the_values_that_agree_least_with_its_own() -> None:
    """Of one book, two hats and three balls, worth 10 in all."""
    record = met(Misreporter(), "No.")
    assert "My values: book=0, hat=2, ball=2." in (record.turns or [])[0][1]["say"]
    assert set(asked(record)) == {(1, 0, 0)}  # what it says is worth nothing to it


def test_lies_add_up_and_none_is_further_from_the_truth() -> None:
    for context in Random(3).sample(all_contexts(), 30):
        given: Any = [[context.counts, context.values]]
        said = (met(Misreporter(), "No.", contexts=given).turns or [])[0][1]["say"]
        claimed = read_values(ITEMS, said)
        assert claimed is not None
        own, counts = context.values[0], context.counts
        total = sum(n * value for n, value in zip(counts, own, strict=True))
        every = [
            values
            for values in itertools.product(range(total + 1), repeat=3)
            if sum(n * value for n, value in zip(counts, values, strict=True)) == total
        ]
        least = min(sum(a * b for a, b in zip(own, values, strict=True)) for values in every)
        assert claimed in every
        assert sum(a * b for a, b in zip(own, claimed, strict=True)) == least


def test_a_lie_takes_more_than_the_same_demand_without_it() -> None:
    """What it asks for seems worth little to it, so who believes it gives it up more often."""

    def paid(bot: type[Negotiator]) -> float:
        records = [
            play(table(DealOrNoDeal(), bot(), NashBargainer(), repeat=repeat))
            for repeat in range(60)
        ]
        return sum((record.payoffs or (0, 0))[0] for record in records)

    assert paid(Misreporter) > paid(HardLiner) + 30


def test_a_tit_for_tat_negotiator_concedes_as_the_other_did_and_takes_it_back() -> None:
    record = met(
        TitForTatNegotiator(start=10, first_step=0),
        "I take book=1, hat=2, ball=3.",  # leaves it 0
        "I take book=1, hat=2, ball=0.",  # still 0
        "I take book=1, hat=0, ball=0.",  # 2: it asks for 8
        "I take book=1, hat=1, ball=0.",  # 1: it asks for 9
        "I take book=1, hat=2, ball=0.",  # 0: it asks for 10
    )
    worths = [8 * book + hat for book, hat, _ in asked(record)]
    assert worths[:7] == [10, 10, 10, 8, 9, 10, 10]


def test_a_tit_for_tat_negotiator_takes_one_step_of_its_own() -> None:
    worths = [8 * book + hat for book, hat, _ in asked(met(TitForTatNegotiator(), "No."))]
    assert worths[0] == 10
    assert set(worths[1:]) == {9}


def test_nash_bargainers_find_the_solution_of_their_true_values() -> None:
    for repeat in range(200):
        record = play(table(DealOrNoDeal(), NashBargainer(), NashBargainer(), repeat=repeat))
        assert record.info["end"] == "deal"
        assert record.info["turns"] == 4
        assert record.measures is not None
        assert record.measures["nash_ratio"] == (1, 1)
        assert record.measures["pareto"] == (1, 1)


def test_a_nash_bargainer_assumes_that_every_item_counts_the_same_until_told() -> None:
    silent = asked(met(NashBargainer(), "No.", "No."))
    assert set(silent) == {(1, 0, 0)}  # 8 for it, 5 of the items for the other
    told = asked(met(NashBargainer(), "My values: book=10, hat=0, ball=0."))
    assert set(told) == {(0, 2, 3)} or set(told) == {(0, 2, 0)}


def test_a_random_negotiator_accepts_as_often_as_it_should() -> None:
    always = met(RandomNegotiator(accept=1), "I take book=1, hat=2, ball=3.")
    assert proposed(always) == (0, 0, 0)
    never = met(RandomNegotiator(accept=0), "I take book=0, hat=0, ball=0.")
    assert never.info["end"] == "turns"
    assert len(set(asked(never))) > 10


@each_bot
def test_bots_do_not_look_at_what_they_cannot_know(bot: type[Negotiator]) -> None:
    """Their turns are the same whatever values the other has, as long as it says the same."""
    said = "Hm.", "I take book=0, hat=1, ball=3.", "I take book=0, hat=0, ball=3."

    def turns(other: list[int]) -> list[Any]:
        player = bot().player(Seat(0, 2, "deal", deal().facts(0), lambda: 7))
        game = deal(contexts=[[[1, 2, 3], [[8, 1, 0], other]]]).play(Random(0))
        assert isinstance(player, Negotiator)
        decision, found = game.send(None), []
        for words in said:
            assert isinstance(decision, Decision)
            found.append(player.act(decision))
            game.send(found[-1])
            if "propose" in found[-1]:
                break
            decision = game.send({"say": words})
        return found

    assert turns([4, 0, 2]) == turns([1, 3, 1])


async def test_a_model_can_deal_with_a_bot_in_its_own_words() -> None:
    answers = iter(
        [
            {"say": "Good morning! I take book=0, hat=0, ball=3."},
            {"propose": {"book": 0, "hat": 0, "ball": 3}},
        ]
    )
    model = Model(lambda _: Answer(next(answers)))
    record = await play_async(table(deal(first=1), HardLiner(), model))
    assert record.status is Status.OK
    assert record.payoffs == (10, 6)
    assert model.heard[1][1].startswith("The other player has made a proposal.")
