from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness import Bot, Decision, OneOf, Real, Seat, Text, UsageError
from harness.agents.donor_bots import (
    DonateFraction,
    DonorBot,
    FreeRider,
    Punisher,
    RandomDonor,
    TraceCopier,
    TraceDiscriminator,
)
from harness.agents.donor_reputation import ImageScorer, Standing
from harness.games.catalogue import prisoners_dilemma
from harness.games.donor import Donor
from harness.match import Status
from harness.play import play
from tests.sketches import table

BOTS: list[DonorBot] = [
    DonateFraction(),
    FreeRider(),
    RandomDonor(),
    TraceDiscriminator(),
    TraceCopier(),
    Punisher(),
    ImageScorer(),
    Standing(),
]


def seated(bot: Bot, **settings: Any) -> Any:
    game = Donor(**settings)
    return bot.player(Seat(0, game.n_players, "donor", game.facts(0), lambda: 7))


def act(t: int, donor: int, recipient: int, share: float | None, kind: str = "donate") -> Any:
    return {"round": t, "donor": donor, "recipient": recipient, "act": kind, "share": share}


def donation(*trace: Any, partner: int = 1, game: int = 0, kinds: Sequence[str] = ()) -> Decision:
    amount = Real(0, 8)
    space: Any = OneOf(dict.fromkeys(kinds, amount)) if kinds else amount
    seen = {"generation": 0, "game": game, "partner": partner, "resources": 8.0}
    return Decision(0, space, {**seen, "trace": list(trace)}, kind="donate")


def reputed(reputation: Any) -> Decision:
    seen = {"generation": 0, "game": 0, "partner": 1, "resources": 8.0, "reputation": reputation}
    return Decision(0, Real(0, 8), seen, kind="donate")


STINGY, KIND = act(1, 1, 5, 0.2), act(1, 1, 5, 0.5)


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_every_bot_plays_with_punishment_and_refusal_through_all_generations(
    bot: DonorBot,
) -> None:
    game = Donor(generations=3, punishment=2, refusal=True)
    record = play(table(game, *[bot] * 6, *[FreeRider()] * 6))
    assert (record.status, record.reason, record.problems) == (Status.OK, "", [])


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_every_bot_tells_its_strategy_within_the_length_it_is_given(bot: DonorBot) -> None:
    for max_chars in (10, 1000):
        told = seated(bot, max_chars=max_chars).act(
            Decision(0, Text(max_chars), {"generation": 0, "inherited": []}, kind="strategy")
        )
        assert told
        assert len(told) <= max_chars
    assert told.startswith("My strategy will be")
    assert told.endswith(".")


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_a_game_that_is_no_donor_game_is_refused(bot: DonorBot) -> None:
    with pytest.raises(UsageError, match=f"{bot.name} cannot play prisoners_dilemma"):
        play(table(prisoners_dilemma(), bot, bot))


@pytest.mark.parametrize(
    ("bot", "settings", "needs"),
    [
        (TraceDiscriminator(), {"trace": 0}, "trace"),
        (TraceCopier(), {"reputation": "image"}, "trace"),
        (Punisher(), {"reputation": "standing"}, "trace"),
        (ImageScorer(), {"reputation": "standing"}, "trace or image"),
        (Standing(), {"reputation": "image"}, "trace or standing"),
    ],
)
def test_a_bot_refuses_a_game_that_does_not_show_what_it_reads(
    bot: DonorBot, settings: dict[str, Any], needs: str
) -> None:
    with pytest.raises(UsageError, match=f"{bot.name} .* needs to be shown {needs}$"):
        seated(bot, **settings)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DonateFraction(1.5), "donate_fraction: f is 1.5; it must be a share"),
        (lambda: TraceDiscriminator(low=-1), "low is -1"),
        (lambda: TraceCopier(first=True), "first is True"),
        (lambda: Punisher(spend=2), "punisher: spend is 2"),
        (lambda: ImageScorer(k=9), "k is 9; it must be a whole number from -6 to 6"),
        (lambda: Standing(f=2), "standing: f is 2"),
    ],
)
def test_parameters_out_of_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_unconditional_bots_give_their_share_whatever_they_see() -> None:
    for seen in (donation(), donation(STINGY)):
        assert seated(DonateFraction(0.25)).act(seen) == 2
        assert seated(FreeRider()).act(seen) == 0
    given = [seated(RandomDonor()).act(donation()) for _ in range(2)]
    assert given[0] == given[1]
    assert 0 < given[0] < 8


def test_amounts_take_the_form_that_is_asked_for() -> None:
    assert seated(DonateFraction(0.5)).act(donation(kinds=("donate", "punish"))) == {"donate": 4}


@pytest.mark.parametrize(
    ("trace", "given"),
    [
        ((), 4),
        ((KIND,), 4),
        ((STINGY, KIND), 1),
        ((act(1, 1, 5, 0.9, "punish"),), 1),
        ((act(1, 1, 5, None, "refuse"),), 1),
        ((act(1, 1, 5, None, "nothing"),), 4),
    ],
)
def test_the_discriminator_goes_by_the_last_act(trace: Any, given: float) -> None:
    assert seated(TraceDiscriminator(low=0.125)).act(donation(*trace)) == given


def test_the_copier_gives_the_share_that_was_given() -> None:
    copier = seated(TraceCopier(first=1))
    assert [copier.act(donation(*trace)) for trace in ((), (STINGY,), (KIND,))] == [8, 1.6, 4]
    assert copier.act(donation(act(1, 1, 5, 0.9, "punish"))) == 0


def test_the_punisher_punishes_the_stingy_where_it_can() -> None:
    punisher = seated(Punisher(), punishment=2)
    forms = ("donate", "punish")
    assert punisher.act(donation(STINGY, kinds=forms)) == {"punish": 2}
    assert punisher.act(donation(KIND, kinds=forms)) == {"donate": 4}
    assert punisher.act(donation(kinds=forms)) == {"donate": 4}
    assert seated(Punisher()).act(donation(STINGY)) == 0


def test_an_image_is_the_sum_of_all_acts_seen_each_once_and_of_this_game_only() -> None:
    scorer = seated(ImageScorer())
    assert scorer.act(donation()) == 4
    assert scorer.act(donation(STINGY)) == 0
    assert scorer.score(1) == -1
    scorer.act(donation(act(3, 2, 1, 0.5), STINGY, partner=2))
    assert (scorer.score(1), scorer.score(2)) == (-1, 1), "no act counts twice"
    assert scorer.act(donation(act(5, 1, 2, 0.5))) == 4
    scorer.act(donation(game=1))
    assert scorer.score(2) == 0, "a new game forgets the last one"


def test_image_scores_stay_within_their_bounds() -> None:
    scorer = seated(ImageScorer())
    for t in range(9):
        scorer.act(donation(act(t, 1, 2, 0)))
    assert scorer.score(1) == -5


def test_a_shown_image_is_taken_as_it_is() -> None:
    scorer = seated(ImageScorer(), reputation="image")
    assert [scorer.act(reputed(image)) for image in (None, 0.5, 0.4)] == [4, 4, 0]


def test_not_helping_the_bad_is_no_fault_by_standing_but_is_one_by_image() -> None:
    # Player 2 keeps from 3, who was good; then 1 keeps from 2, who is bad.
    trace = act(3, 1, 2, 0.0), act(2, 2, 3, 0.0)
    assert seated(Standing()).act(donation(*trace)) == 4
    assert seated(ImageScorer()).act(donation(*trace)) == 0
    assert seated(Standing()).act(donation(act(2, 2, 3, 0.0), partner=2)) == 0


def test_helping_restores_good_standing() -> None:
    standing = seated(Standing())
    assert standing.act(donation(STINGY)) == 0
    assert standing.act(donation(act(3, 1, 4, 0.5))) == 4


def test_a_shown_standing_is_taken_as_it_is() -> None:
    standing = seated(Standing(), reputation="standing")
    assert [standing.act(reputed(told)) for told in ("good", "bad")] == [4, 0]


def test_discriminators_leave_free_riders_behind_and_unconditional_donors_do_not() -> None:
    def gap(bot: DonorBot) -> float:
        game = Donor(generations=1, schedule="alternating")
        record = play(table(game, *[bot] * 9, *[FreeRider()] * 3))
        assert record.payoffs is not None
        return sum(record.payoffs[:9]) / 9 - sum(record.payoffs[9:]) / 3

    assert gap(DonateFraction(0.5)) < 0
    assert gap(ImageScorer(f=0.5)) > gap(DonateFraction(0.5))
    assert gap(TraceDiscriminator(f=0.5)) > gap(DonateFraction(0.5))
