"""The games of OpenSpiel, written `open_spiel/GAME(…)`, such as `open_spiel/kuhn_poker(players=3)`.

Source: Lanctot et al., "OpenSpiel: A Framework for Reinforcement Learning in Games" (2019),
arXiv:1908.09453; https://github.com/google-deepmind/open_spiel. It is imported when the first of
its games is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from types import MappingProxyType
from typing import Any

from harness import (
    Action,
    Choice,
    Decision,
    Game,
    Library,
    Play,
    Result,
    Round,
    UsageError,
    Words,
    did_you_mean,
)
from harness.games import open_spiel_words as words

__all__ = ["OpenSpiel", "OpenSpielGame"]

SEED = "rng_seed"
"""The parameter by which OpenSpiel seeds games that draw their chance themselves."""

SEEDS = 2**31


class OpenSpiel(Library):
    """The games of OpenSpiel for two and more players: board and card games, auctions, bargaining.

    Chance comes from the match; players see their information state and what is legal.
    """

    name = "open_spiel"
    install = "folkbench[open_spiel]"

    def titles(self) -> Mapping[str, str]:
        """All games that can be played without further files, games or parameters being named."""
        pyspiel = self._pyspiel()
        kinds = {kind.short_name: kind for kind in pyspiel.registered_games()}
        return {
            title: words.sentence(kind)
            for title, kind in sorted(kinds.items())
            if kind.default_loadable and not _refusal(title, kind) and _is_for_several(kind)
        }

    def make(self, title: str, parameters: Mapping[str, Any]) -> Game:
        """The game of this short name, with OpenSpiel's own parameters."""
        pyspiel = self._pyspiel()
        names = pyspiel.registered_names()
        if title not in names:
            raise UsageError(f"OpenSpiel has no game {title!r}{did_you_mean(title, names)}")
        kinds = {kind.short_name: kind for kind in pyspiel.registered_games()}
        known = set(kinds[title].parameter_specification)
        for key in parameters:
            if key not in known:
                hint = did_you_mean(key, known) if known else "; it has none"
                raise UsageError(f"open_spiel/{title} has no parameter {key!r}{hint}")
        if SEED in parameters:
            raise UsageError(f"open_spiel/{title}: {SEED} comes from the match; leave it out")
        game = OpenSpielGame(title, tuple(parameters.items()))
        if why := _refusal(title, game.kind):
            raise UsageError(f"open_spiel/{title} cannot be played here: {why}")
        if game.n_players < 2:
            raise UsageError(f"open_spiel/{title} is a game of one player; a match needs two")
        return game

    def _pyspiel(self) -> Any:
        try:
            import pyspiel
        except ModuleNotFoundError as error:
            raise self.missing("open_spiel") from error
        return pyspiel


@dataclass(frozen=True)
class OpenSpielGame(Game):
    """A game of OpenSpiel.

    Every decision that OpenSpiel asks for is one, simultaneous ones together, and brings a round;
    chance nodes are drawn from the match's stream. Totals are OpenSpiel's returns. The observation
    holds the `state`: the player's information state as OpenSpiel writes it, or its observation
    where it writes none. Where nothing is hidden, it also holds the `history`: all actions so far,
    chance's among them, by OpenSpiel's numbers. A match's `info` holds the history too.

    Args:
        title: its short name in OpenSpiel.
        given: its parameters, as pairs.
    """

    title: str
    given: tuple[tuple[str, Any], ...] = ()

    version = 1
    measures = MappingProxyType(
        {"return": "what a player got in the whole game, in OpenSpiel's points"}
    )

    @property
    def name(self) -> str:  # type: ignore[override]
        """What the game is called: `open_spiel/TITLE`."""
        return f"open_spiel/{self.title}"

    @property
    def n_players(self) -> int:  # type: ignore[override]
        """How many play."""
        return int(self.loaded.num_players())

    @property
    def parameters(self) -> dict[str, Any]:
        """All of OpenSpiel's parameters, those not given with its defaults."""
        import pyspiel

        told = {**self.loaded.get_parameters(), "open_spiel": pyspiel.__version__}
        return {key: value for key, value in told.items() if key != SEED}

    @cached_property
    def loaded(self) -> Any:
        """OpenSpiel's own game.

        Raises:
            UsageError: it does not take these parameters.
        """
        return self._load()

    @cached_property
    def kind(self) -> Any:
        """OpenSpiel's own description of the game."""
        return self.loaded.get_type()

    @property
    def open(self) -> bool:
        """Whether nothing is ever hidden: one player moves at a time, and all is seen."""
        import pyspiel

        kinds = pyspiel.GameType
        return bool(
            self.kind.information == kinds.Information.PERFECT_INFORMATION
            and self.kind.dynamics == kinds.Dynamics.SEQUENTIAL
        )

    def _load(self, **more: Any) -> Any:
        import pyspiel

        given = {key: _theirs(value) for key, value in (*self.given, *more.items())}
        try:
            return pyspiel.load_game(self.title, given)
        except (pyspiel.SpielError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise UsageError(f"open_spiel/{self.title} cannot be made: {reason}") from error

    def facts(self, player: int) -> Mapping[str, Any]:
        """The game as OpenSpiel writes it, and whether nothing in it is hidden."""
        return {"open_spiel": str(self.loaded), "open": self.open}

    def play(self, rng: Random) -> Play:
        """From OpenSpiel's initial state to a terminal one."""
        seeded = _draws_itself(self.title, self.kind)
        game = self._load(**{SEED: rng.randrange(SEEDS)}) if seeded else self.loaded
        state, seen = game.new_initial_state(), [0.0] * self.n_players
        _let_chance_move(state, rng)
        while not state.is_terminal():
            moves = dict(_moves(state, self.n_players))
            decisions = tuple(self._decision(state, p, named) for p, named in moves.items())
            taken = yield decisions if state.is_simultaneous_node() else decisions[0]
            taken = taken if state.is_simultaneous_node() else (taken,)
            actions: list[Action] = [None] * self.n_players
            for player, action in zip(moves, taken, strict=True):
                actions[player] = action
            if state.is_simultaneous_node():
                chosen = [moves[p][a] if p in moves else 0 for p, a in enumerate(actions)]
                state.apply_actions(chosen)
            else:
                state.apply_action(moves[decisions[0].player][taken[0]])
            _let_chance_move(state, rng)  # before the round is told: it may decide who is paid
            now = self._paid(state)
            yield Round(tuple(actions), tuple(b - a for a, b in zip(seen, now, strict=True)))
            seen = now
        info = {"open_spiel": str(game), "history": list(state.history())}
        returns = tuple(state.returns())
        return Result(payoffs=returns, measures={"return": returns}, info=info)

    def _paid(self, state: Any) -> list[float]:
        """What each player has been paid so far: at the end alone, unless the game pays earlier."""
        import pyspiel

        early = self.kind.reward_model == pyspiel.GameType.RewardModel.REWARDS
        return list(state.returns()) if early or state.is_terminal() else [0.0] * self.n_players

    def _decision(self, state: Any, player: int, named: Mapping[str, int]) -> Decision:
        seen: dict[str, Any] = {"state": words.seen(self.kind, state, player)}
        if self.open:
            seen["history"] = list(state.history())
            if self.kind.provides_observation_string:
                seen["board"] = state.observation_string(player)
        return Decision(player, Choice(tuple(named)), seen)

    def rules(self, decision: Decision) -> str:
        """What OpenSpiel tells of its game; it has no rules in words."""
        return words.rules(self.loaded, decision)

    def describe(self, decision: Decision) -> Words:
        """What the player sees, as OpenSpiel writes it, and what is legal."""
        return words.describe(decision)

    def __reduce__(self) -> tuple[Any, ...]:
        return OpenSpielGame, (self.title, self.given)


def _moves(state: Any, n_players: int) -> Iterator[tuple[int, dict[str, int]]]:
    """The players who move now, each with its legal actions: OpenSpiel's numbers, by their text."""
    players = range(n_players) if state.is_simultaneous_node() else [state.current_player()]
    for player in players:
        legal = state.legal_actions(player)
        texts = [" ".join(state.action_to_string(player, action).split()) for action in legal]
        if len(set(texts)) < len(texts):
            texts = [f"{text} #{action}" for text, action in zip(texts, legal, strict=True)]
        if legal:
            yield player, dict(zip(texts, legal, strict=True))


def _let_chance_move(state: Any, rng: Random) -> None:
    """Draw what chance does, until a player is to move or the game is over."""
    while state.is_chance_node():
        outcomes, weights = zip(*state.chance_outcomes(), strict=True)
        state.apply_action(rng.choices(outcomes, weights)[0])


def _is_for_several(kind: Any) -> bool:
    """Whether a game has two players or more where nothing else is said."""
    import pyspiel

    if kind.min_num_players > 1 or kind.max_num_players < 2:
        return bool(kind.min_num_players > 1)
    return bool(pyspiel.load_game(kind.short_name).num_players() > 1)


def _draws_itself(title: str, kind: Any) -> bool:
    """Whether a game draws its chance itself, from a seed that it takes.

    One that is made of another game is of that game's kind, but takes no seed for it.
    """
    import pyspiel

    sampled = pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC
    takes = {k.short_name: SEED in k.parameter_specification for k in pyspiel.registered_games()}
    return bool(kind.chance_mode == sampled and takes[title])


def _refusal(title: str, kind: Any) -> str:
    """Why a game of this kind cannot be played; empty if it can."""
    import pyspiel

    kinds = pyspiel.GameType
    if kind.dynamics == kinds.Dynamics.MEAN_FIELD:
        return "it is a mean field game, which has no players"
    if kind.chance_mode == kinds.ChanceMode.SAMPLED_STOCHASTIC and not _draws_itself(title, kind):
        return "it draws its chance itself and takes no seed, so that no match could be repeated"
    if not (kind.provides_information_state_string or kind.provides_observation_string):
        return "it does not say what a player sees"
    return ""


def _theirs(value: Any) -> Any:
    """A parameter as OpenSpiel takes it: a game within a game is written `'matrix_rps()'`."""
    import pyspiel

    if isinstance(value, str) and value.endswith(")") and "(" in value:
        return pyspiel.game_parameters_from_string(value)
    return value
