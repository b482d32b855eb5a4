"""The course of a match of the Donor Game: newcomers join, all play, the best go on."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeAlias

from harness import (
    Action,
    Choice,
    Decision,
    Forfeit,
    Join,
    OneOf,
    Play,
    Result,
    Round,
    Space,
    Text,
)
from harness.games.donor_measures import STAGES, Generation, by_individual, summary
from harness.games.donor_schedule import Pair, pairings
from harness.games.donor_table import Act, Table, Units, shown

if TYPE_CHECKING:
    from harness.games.donor import Donor

Script: TypeAlias = Generator[Decision | tuple[Decision, ...] | Round | Join, Any, None]


class Society:
    """All individuals of a match, living and dead.

    Args:
        game: the parameters.
        rng: the match's chance; parted in three streams, for halves, ties and parents.
    """

    def __init__(self, game: Donor, rng: Random) -> None:
        self.game = game
        self.halves, self.ties, self.kin = (Random(rng.getrandbits(64)) for _ in range(3))
        self.generations: list[Generation] = []
        self.strategies: dict[int, str] = {}
        self.news: dict[int, list[dict[str, Any]]] = {}
        self.table: Table | None = None

    def play(self) -> Play:
        """All generations, one after the other; what was played where a player forfeits."""
        try:
            yield from self._generations()
        except Forfeit:
            if self.table:  # the game that is running counts as it stands
                self._count(self.table)
        return self._result()

    def _generations(self) -> Script:
        """All generations, one after the other."""
        for number in range(self.game.generations):
            yield from self._gather(number)
            now = self.generations[-1]
            order = self.halves.sample(now.players, len(now.players))
            for game in range(self.game.games_per_generation):
                yield from self._play_game(number, game, order)
            self._select(number)

    def _gather(self, number: int) -> Script:
        """The next generation: survivors, and newcomers, who are asked for their strategies."""
        parents = self._parents(number)
        for child, parent in parents.items():
            yield Join(child, like=parent)
        inherited = self._inherited()
        newcomers: Sequence[int] = list(parents)
        players: Sequence[int] = range(self.game.agents)
        if not number:
            newcomers = players
        else:
            players = sorted([*parents, *(self.generations[-1].survivors or ())])
        finals: dict[int, list[float]] = {player: [] for player in players}
        self.generations.append(Generation(players, parents, finals))
        if newcomers:
            texts = yield tuple(
                Decision(
                    player,
                    Text(self.game.max_chars),
                    {"generation": number, "inherited": [dict(item) for item in inherited]},
                    kind="strategy",
                )
                for player in newcomers
            )
            self.strategies |= zip(newcomers, texts, strict=True)
            self.news |= {player: [] for player in newcomers}

    def _parents(self, number: int) -> dict[int, int]:
        """The newcomers of a generation, each with the individual that it is played like."""
        if not number:
            return {}
        last = self.generations[-1]
        survivors = sorted(last.survivors or ())
        places = [player for player in last.players if player not in survivors]
        drawn = [self.kin.choice(survivors) for _ in places]
        first = self.game.agents + (number - 1) * self.game.n_newborns
        like = drawn if self.game.newborn_type == "parent" else places
        return {first + i: parent for i, parent in enumerate(like)}

    def _inherited(self) -> list[dict[str, Any]]:
        """What newcomers read: no names, and without scores nothing that tells the ranks."""
        if self.game.inheritance == "none" or not self.generations:
            return []
        last = self.generations[-1]
        texts = [(player, self.strategies[player]) for player in last.survivors or ()]
        if self.game.inheritance == "strategies":
            return [{"strategy": text} for text in sorted(text for _, text in texts)]
        return [{"strategy": text, "score": last.scores[player]} for player, text in texts]

    def _play_game(self, number: int, game: int, order: Sequence[int]) -> Script:
        """One game, from fresh resources, without a past."""
        rules, now = self.game, self.generations[-1]
        half = len(order) // 2
        table = self.table = Table(
            now.players, rules.endowment, rules.multiplier, rules.punishment or 0, rules.trace
        )
        told = pairings(
            order[:half], order[half:], rules.rounds, rules.schedule, reverse=game % 2 == 1
        )
        self._announce("game_began", number, game)
        for t, pairs in enumerate(told):
            where = {"generation": number, "game": game, "round": t}
            asked = tuple(
                self._donation(where, table, pair)
                for pair in pairs
                if shown(table.resources[pair[0]])
            )
            given = (yield asked) if asked else ()
            actions = {d.player: action for d, action in zip(asked, given, strict=True)}
            acts = table.settle(t, pairs, actions)
            self._tell(where, acts)
            yield self._round(where, acts, actions)
        self._count(table)
        self._announce("game_over", number, game)

    def _count(self, table: Table) -> None:
        """Let a game count, with what everyone owns now."""
        now, self.table = self.generations[-1], None
        now.acts += table.acts
        for player, owned in table.resources.items():
            now.finals[player].append(owned)

    def _announce(self, event: str, number: int, game: int) -> None:
        """Let everyone know that a game has begun, or has ended with so many units."""
        now = self.generations[-1]
        for player in now.players:
            item = {"event": event, "generation": number, "game": game}
            owned = {"resources": now.finals[player][-1]} if event == "game_over" else {}
            self.news[player].append(item | owned)

    def _donation(self, where: dict[str, int], table: Table, pair: Pair) -> Decision:
        """The question to a donor; all lists in it are its own."""
        donor, recipient = pair
        news, self.news[donor] = self.news[donor], []
        observation = {
            **where,
            "resources": table.resources[donor],
            "partner": recipient,
            "partner_resources": table.resources[recipient],
            "strategy": self.strategies[donor],
            "news": news,
        }
        if self.game.reputation is None:
            observation["trace"] = [act.shown() for act in table.traces[recipient]]
        elif self.game.reputation == "image":
            observation["reputation"] = table.image(recipient)
        else:
            observation["reputation"] = table.standing(recipient)
        return Decision(donor, self._space(table.resources[donor]), observation, kind="donate")

    def _space(self, owned: float) -> Space:
        """The legal actions of a donor."""
        amount = Units(0, owned)
        kinds: dict[str, Space] = {"donate": amount}
        if self.game.punishment:
            kinds["punish"] = amount
        if self.game.refusal:
            kinds["refuse"] = Choice(("yes",))
        return OneOf(kinds) if len(kinds) > 1 else amount

    def _tell(self, where: Mapping[str, int], acts: Sequence[Act]) -> None:
        """Let both sides of each pair know what the round brought them."""
        for act in acts:
            if act.deed != "nothing":
                done = {"partner": act.recipient, "act": act.deed, "units": act.units}
                self.news[act.donor].append({"event": "acted", **where, **done})
            got = {"event": "received", **where, "units": act.effect}
            self.news[act.recipient].append(got)

    def _round(
        self, where: dict[str, int], acts: Sequence[Act], actions: dict[int, Action]
    ) -> Round:
        """The round as it is logged."""
        changes: list[float | None] = [None] * self.game.n_players
        for act in acts:
            moved = act.deed in ("donate", "punish")
            changes[act.donor] = -act.units if moved and act.units else 0.0
            changes[act.recipient] = act.effect
        info: dict[str, Any] = {
            **where,
            "pairs": [[act.donor, act.recipient] for act in acts],
            "shares": [act.donated for act in acts],
        }
        if self.game.punishment:
            info["punished"] = [
                [act.donor, act.recipient, act.units, abs(act.effect)]
                for act in acts
                if act.deed == "punish"
            ]
        if self.game.refusal:
            info["refused"] = [[a.donor, a.recipient] for a in acts if a.deed == "refuse"]
        played = tuple(actions.get(player) for player in range(self.game.n_players))
        return Round(played, tuple(changes), info)

    def _select(self, number: int) -> None:
        """Score a generation and, unless it is the last, let the best go on."""
        now = self.generations[-1]
        which = slice(1, None) if self.game.selection == "second" else slice(None)
        now.scores = {player: fmean(now.finals[player][which]) for player in now.players}
        lots = {player: self.ties.random() for player in now.players}
        if number + 1 == self.game.generations:
            return
        ranked = sorted(now.players, key=lambda player: (-now.scores[player], lots[player]))
        now.survivors = ranked[: self.game.n_survivors]
        for player in now.survivors:
            score = now.scores[player]
            event = {"event": "selected", "generation": number, "score": score}
            self.news[player].append(event)

    def _result(self) -> Result:
        """The match's totals, measures and info."""
        game, full = self.game, self.game.full_donation
        punishing = bool(game.punishment)
        measures = by_individual(
            self.generations, game.n_players, punishing=punishing, refusing=game.refusal
        )
        told = [
            summary(number, generation, game.endowment, full, punishing=punishing)
            for number, generation in enumerate(self.generations)
            if generation.played
        ]
        payoffs = tuple(final or 0.0 for final in measures["final_resources"])
        return Result(
            payoffs,
            measures,
            {"full_donation": full, "generations": told},
            [{name: line[name] for name in STAGES} for line in told],
        )
