"""The Donor Game played by generations (Vallinder & Hughes 2024, arXiv:2412.10270).

In every round each donor may give any part of its units to its recipient, who receives a multiple
of them. What a recipient did as a donor is shown to its donor, so that helping can pay only by
reputation: indirect reciprocity (Nowak & Sigmund 1998, Nature 393, 573-577). After a generation
has played, those with the most units go on, and newcomers who read their strategies take the
places of the others: cultural evolution.

Where the article and its authors' notebook differ, parameters name both. The defaults are those
of the article, with the pairs that the notebook makes (`schedule`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Any, Literal

from harness import Decision, Game, Ladder, Play, Words
from harness.games import donor_checks, donor_words
from harness.games.donor_answers import ANSWERS
from harness.games.donor_schedule import Schedule, at_constant_share
from harness.games.donor_society import Society
from harness.games.ladders import ladders

TOLD = (
    *("agents", "endowment", "multiplier", "schedule", "games_per_generation", "selection"),
    *("inheritance", "trace", "punishment", "refusal", "reputation", "max_chars"),
)
"""Parameters that players are told as they are."""

DISCRIMINATORS = {"image": "image_scorer", "standing": "standing"}
"""Who gives to those of good reputation, by the reputation that is shown."""


@dataclass(frozen=True)
class Donor(Game):
    """The Donor Game with generations.

    Players are individuals. The first `agents` of them are there from the start; later ones join
    with their generation, and those that were not selected are not asked again. Generations,
    games and rounds are counted from 0 in data, and from 1 in words.

    Every individual is asked once for its strategy (`kind` "strategy", a text); then, in each
    round, all donors that have units are asked at once (`kind` "donate"): for a number of units,
    or, with punishment or refusal, for `{"donate": units}`, `{"punish": units}` or
    `{"refuse": "yes"}`.

    Readers are shown amounts that are cut to two decimals. So an answer that equals the amount
    that the donor is shown to own counts as all it owns, to give or to spend: what is logged as
    its action is the answer, what moves is all. A donor that owns less than 0.01 is shown to own
    0, and is treated as owning nothing: it is not asked, its act is `nothing`, it gives 0 units,
    and the share of its units that it gives is None.

    Answer policy: what becomes of an answer that is no legal action after all repeated questions
    is the same for all games, and none of the policies is the published rule, by which such a
    donor gives 0. `void`: the match is void, without payoffs. `forfeit`: the match ends there.
    The round (or the writing of strategies) in which that happens does not take place, payoffs
    and measures are as below over the games begun, with the running game as it stands, and
    everyone keeps what it owns. `substitute`: the donor gives a uniformly random amount, or does
    any of the acts with the same chance where there are several; an empty text stands in for a
    strategy. The log flags it.

    Observations for a strategy: `generation`, and `inherited`, a list of `strategy` (text) and,
    with `inheritance` "scores", `score`.

    Observations for a donation: `generation`, `game`, `round`, `resources` (own units), `partner`
    (the recipient), `partner_resources`, `strategy` (own text), and one of `trace` (acts, most
    recent first: `round`, `donor`, `recipient`, `act`, and `share`, the units given or spent as a
    share of those owned) or `reputation` (a number, None if there is none yet, or "good" or
    "bad"). `news` lists what has happened since the player's last decision, by `event`: `acted`
    (its own last act: `generation`, `game`, `round`, `partner`, `act`, `units`), `received` (as
    recipient: `generation`, `game`, `round`, `units`, below 0 for a loss), `game_began`
    (`generation`, `game`), `game_over` (`generation`, `game`, `resources`) and `selected`
    (`generation`, `score`).

    A round's payoffs are the changes of the players' units; the total of a match is the mean of
    an individual's units at the end of its games, and 0 for one that never played. A round's
    info holds `generation`, `game`, `round`, `pairs` (donor, recipient), `shares` (given by each
    donor of its units), `punished` (with punishment: donor, recipient, units spent, units
    destroyed) and `refused` (with refusal: donor, recipient).

    The match's info holds `full_donation`, the mean of final units where every donor always gives
    all it has under this schedule, and `generations`, a list of: `generation`; `players`;
    `parents` (newcomer and whom it is like); means over players of `final_resources` and
    `donated_share` (of an individual's own mean); `efficiency`
    (`harness.games.donor_measures.efficiency`); `gini` of final units; `punished_share` of donors'
    acts; `scores` of the players in their order; `survivors`, best first; and `survivor_gap`, the
    survivors' mean donated share less that of the others, over that of all. A generation in
    which the match was forfeited has no `scores` and no `survivors` (None).

    The match's stages are its generations, each with its `final_resources`, `donated_share`,
    `efficiency` and `gini`.

    Args:
        agents: how many individuals a generation has; an even number.
        generations: how many generations play.
        rounds: how many rounds a game has.
        endowment: units that everyone owns when a game begins, 0.01 or more.
        multiplier: how many units a recipient gets for each that is given.
        schedule: `published`, the pairs of the released notebook: the players are parted by lot
            in two halves that take turns as donors, but every `agents / 2` rounds the pairs repeat
            with roles reversed, where alternation breaks if a half is even. `alternating`: the
            halves take turns throughout, and nobody meets a partner again before it has met
            everyone of the other half, if possible in the other role.
        games_per_generation: 1, or 2 for a second game with the same pairs in reversed roles.
        selection: what a generation is selected by: `both`, the mean of final units over its
            games (the article), or `second`, those of the second game (the notebook, which adds
            them up twice; the order is the same).
        survivors: share of a generation that goes on, rounded to whole individuals; ties are
            broken by lot.
        inheritance: what newcomers read of the survivors: strategies with `scores` (the article),
            bare `strategies` (the notebook), or `none`.
        trace: how many acts are shown at most: the recipient's last, that of its partner before
            it, and so on.
        punishment: False, or how many units of the recipient's are destroyed for each that is
            spent on it; nobody falls below 0.
        refusal: whether a donor may refuse its pair; then nothing moves, and the refusal is shown
            as such.
        reputation: shown in place of acts: None, `image` (the share of the recipient's acts in
            which it gave half of its units or more) or `standing` (`good` or `bad`).
        newborn_type: whom a newcomer is played by: `parent`, the agent of a survivor drawn by lot,
            or `fixed`, the agent of the individual whose place it takes, so that shares stay.
        currency: what units are called.
        max_chars: how long a strategy may be.
        horizon: whether the numbers of rounds and generations are `hidden` or `announced`.
        goal: a last sentence of the rules on what to aim at; none by default.

    Raises:
        UsageError: a parameter is out of its range; the message names it.
    """

    agents: int = 12
    generations: int = 10
    rounds: int = 12
    endowment: float = 10
    multiplier: float = 2
    schedule: Schedule = "published"
    games_per_generation: int = 2
    selection: Literal["both", "second"] = "both"
    survivors: float = 0.5
    inheritance: Literal["scores", "strategies", "none"] = "scores"
    trace: int = 3
    punishment: float | Literal[False] = False
    refusal: bool = False
    reputation: Literal["image", "standing"] | None = None
    newborn_type: Literal["parent", "fixed"] = "parent"
    currency: str = "units"
    max_chars: int = 1000
    horizon: Literal["hidden", "announced"] = "hidden"
    goal: str = ""

    name = "donor"
    version = 1
    measures = MappingProxyType(
        {
            "final_resources": "mean of the individual's units at the end of its games",
            "donated_share": "mean share of its units that the individual gave as a donor",
            "generation": "the generation it was born in, from 0",
            "punishments": "how often it punished; none where there is no punishment",
            "refusals": "how often it refused its pair; none where it may not",
            **ANSWERS,
        }
    )
    measure_bounds = MappingProxyType(
        dict.fromkeys(("donated_share", "share_to_givers", "share_to_keepers", "shunning"), (0, 1))
    )

    def __post_init__(self) -> None:
        donor_checks.check(self)
        total = self.agents + (self.generations - 1) * self.n_newborns
        object.__setattr__(self, "n_players", total)

    @property
    def n_survivors(self) -> int:
        """How many individuals of a generation go on."""
        return int(self.survivors * self.agents + 0.5)

    @property
    def n_newborns(self) -> int:
        """How many individuals join with each generation after the first."""
        return self.agents - self.n_survivors

    @property
    def n_seats(self) -> int:
        """The individuals of the first generation."""
        return self.agents

    @property
    def full_donation(self) -> float:
        """Mean final units of a game in which every donor gives all it has."""
        return at_constant_share(
            1,
            agents=self.agents,
            rounds=self.rounds,
            endowment=self.endowment,
            multiplier=self.multiplier,
            schedule=self.schedule,
        )

    def called(self, player: int) -> str:
        """What a player is called: its generation, and its number among those that came with it."""
        if player < self.agents:
            return f"player 1_{player + 1}"
        generation, number = divmod(player - self.agents, self.n_newborns)
        return f"player {generation + 2}_{number + 1}"

    @property
    def ladder(self) -> Ladder:
        """The exploiters of donor games: one among copies of an agent invades their society."""
        if self.reputation is not None:
            unseen = ladders()["donor_unseen"]
            return replace(unseen, invaders=(*unseen.invaders, DISCRIMINATORS[self.reputation]))
        return ladders()["donor" if self.trace > 0 else "donor_unseen"]

    @property
    def untold(self) -> Collection[str]:
        """How long the game lasts, if that is hidden."""
        return ("rounds", "generations") if self.horizon == "hidden" else ()

    def facts(self, player: int) -> Mapping[str, Any]:
        """The parameters that players are told; `survivors` is a number of individuals."""
        told = self.horizon == "announced"
        return {
            **{name: getattr(self, name) for name in TOLD},
            "survivors": self.n_survivors,
            "rounds": self.rounds if told else None,
            "generations": self.generations if told else None,
        }

    def play(self, rng: Random) -> Play:
        """Generation after generation: newcomers join, all play, the best go on."""
        return Society(self, rng).play()

    def rules(self, decision: Decision) -> str:
        """The rules as this player reads them."""
        return donor_words.rules(self, decision)

    def describe(self, decision: Decision) -> Words:
        """What has happened since the player's last decision, and the question."""
        return donor_words.describe(self, decision)
