"""The strategies of the Axelrod library, written `axelrod/NAME`, such as `axelrod/TitForTat`.

Source: Knight et al., "An open framework for the reproducible study of the iterated prisoner's
dilemma", Journal of Open Research Software 4 (2016), e35; https://github.com/Axelrod-Python/Axelrod.
It is imported when the first of them is made.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness import Action, Agent, Decision, Library, Seat, UsageError, did_you_mean, shorten
from harness.agents.axelrod_titles import BREACHES, spelled, titles
from harness.agents.two_by_two import TwoByTwoBot

__all__ = ["Axelrod", "AxelrodStrategy"]

SEEDS = 2**32
"""The library's streams of chance take seeds below this."""


class Axelrod(Library):
    """The strategies of the Axelrod library, for repeated symmetric games of two actions each."""

    name = "axelrod"
    install = "folkbench[axelrod]"

    def titles(self) -> Mapping[str, str]:
        """All strategies that need no more than the history of play."""
        try:
            return titles()
        except ModuleNotFoundError as error:
            raise self.missing("axelrod") from error

    def make(self, title: str, parameters: Mapping[str, Any]) -> Agent:
        """The strategy of this name, in any spelling: `TitForTat`, `tit_for_tat`, `tit-for-tat`."""
        self.titles()
        try:
            import axelrod  # noqa: F401 - whether it can be
        except ImportError as error:
            raise UsageError(
                f'axelrod cannot be imported: {error}; pip install "{self.install}" anew'
            ) from error
        known = {spelled(each.__name__): each for each in _classes()}
        strategy = known.get(spelled(title))
        if strategy is None:
            raise UsageError(f"the Axelrod library has no strategy {title!r}{_near(title, known)}")
        _check_parameters(strategy, parameters)
        bot = AxelrodStrategy(strategy.__name__, dict(parameters))
        _check_fair(bot.fresh())
        return bot


@dataclass
class AxelrodStrategy(TwoByTwoBot):
    """A strategy of the Axelrod library.

    It is given what the library itself gives it: both histories, the number of rounds where the
    players know it (else infinity), the payoffs, the noise, and a seed from the match's own chance.

    Args:
        strategy: the name of its class in the library.
        given: its parameters; actions are written `C` and `D`, strategies by their names.
    """

    strategy: str
    given: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = f"axelrod/{self.strategy}"

    @property
    def parameters(self) -> dict[str, Any]:
        """The strategy's own parameters, as given."""
        return self.given

    def fresh(self) -> Any:
        """A player of the library, new.

        Raises:
            UsageError: the strategy does not take these parameters.
        """
        import axelrod

        _seed_at_once()
        strategy = getattr(axelrod, self.strategy)
        known = inspect.signature(strategy.__init__).parameters
        given = {key: _theirs(value, known[key].default) for key, value in self.given.items()}
        try:
            return strategy(**given)
        except Exception as error:  # whatever a strategy makes of its parameters
            told = ", ".join(f"{key}={shorten(value)}" for key, value in self.given.items())
            raise UsageError(
                f"{self.name} cannot be made with {told or 'its defaults'}:"
                f" {type(error).__name__}: {error}"
            ) from error

    def begin(self, seat: Seat) -> None:
        """Make a player of the library, and tell it of the match.

        Raises:
            UsageError: the game is no repeated symmetric game of two actions each, or it hides
                the history.
        """
        super().begin(seat)
        import axelrod

        facts = seat.facts
        (r, s), (t, p) = self.payoffs
        if [list(line) for line in facts["other_payoffs"]] != [[r, t], [s, p]]:
            raise UsageError(
                f"{self.name} cannot play {seat.game}, whose players are not paid alike: the"
                " Axelrod library's strategies know symmetric games alone"
            )
        known = facts["rounds"] if facts["continuation"] is None else None
        self._player = self.fresh()
        self._other = axelrod.Player()
        self._player.set_match_attributes(
            length=float("inf") if known is None else known,
            game=axelrod.Game(r=r, s=s, t=t, p=p),
            noise=facts["noise"],
        )
        self._player.set_seed(seat.seed("axelrod") % SEEDS)
        self._called = {axelrod.Action.C: self.c, axelrod.Action.D: self.d}
        self._plays = {self.c: axelrod.Action.C, self.d: axelrod.Action.D}
        self._coplays = {self.their_c: axelrod.Action.C, self.their_d: axelrod.Action.D}
        self._n_known = self._n_asked = 0

    def act(self, decision: Decision) -> Action:
        """What the strategy plays, once it knows what was played since."""
        seen = decision.observation
        own, other = seen["own"], seen["other"]
        for i in range(self._n_known, len(own)):
            if self._n_asked <= i:  # others played this round: it takes their place in a match
                self._ask()
            play, coplay = self._plays[own[i]], self._coplays[other[i]]
            self._player.update_history(play, coplay)
            self._other.update_history(coplay, play)
        self._n_known = len(own)
        return self._called[self._ask()]

    def _ask(self) -> Any:
        self._n_asked += 1
        return self._player.strategy(self._other)


def _seed_at_once() -> None:
    """Let the library make its streams of chance without asking the system for a first state.

    It seeds each one right after, and where it is given no seed it asks the system then: all that
    it does stays the same, but a match asks for nothing from outside.
    """
    from axelrod import random_
    from numpy.random import MT19937, RandomState

    if random_.RandomState is RandomState:
        random_.RandomState = lambda: RandomState(MT19937(0))


def _classes() -> list[Any]:
    """All strategies of the library, and those that need parameters, such as `MemoryOnePlayer`.

    Those that evolve draw what they are from chance that is no match's.
    """
    import axelrod

    found = [each for each in vars(axelrod).values() if inspect.isclass(each)]
    found = [each for each in found if issubclass(each, axelrod.Player)]
    without = (axelrod.EvolvablePlayer, axelrod.MockPlayer)
    general = [each for each in found if each is not axelrod.Player]
    allowed = [each for each in general if not issubclass(each, without)]
    return [*allowed, *axelrod.all_strategies]


def _near(title: str, known: Mapping[str, Any]) -> str:
    """A hint at the strategies whose names are nearest, upper and lower case being one."""
    close = difflib.get_close_matches(spelled(title), known, n=3, cutoff=0.6)
    names = [known[each].__name__ for each in close]
    return f"; did you mean {' or '.join(names)}?" if names else ""


def _check_parameters(strategy: Any, given: Mapping[str, Any]) -> None:
    """Refuse parameters that the strategy does not have.

    Raises:
        UsageError: there is one.
    """
    known = list(inspect.signature(strategy.__init__).parameters)[1:]
    for key in given:
        if key not in known:
            hint = did_you_mean(key, known) if known else "; it has none"
            raise UsageError(f"axelrod/{strategy.__name__} has no parameter {key!r}{hint}")


def _check_fair(player: Any) -> None:
    """Refuse a strategy that needs more than the history of play.

    Raises:
        UsageError: the library says so of it.
    """
    from axelrod import Classifiers

    for breach, meaning in BREACHES.items():
        if Classifiers[breach](player):
            raise UsageError(
                f"axelrod/{type(player).__name__} cannot play here: {meaning}, and a player sees"
                " what its game shows it and nothing else"
            )


def _theirs(value: Any, default: Any = None) -> Any:
    """A parameter as the library takes it: its actions for C and D, its classes for their names.

    Where its default is a text, it is a text.
    """
    import axelrod

    if isinstance(value, list | tuple):
        return [_theirs(item) for item in value]
    if not isinstance(value, str) or isinstance(default, str):
        return value
    if value in ("C", "D"):
        return axelrod.Action.from_char(value)
    known = {spelled(each.__name__): each for each in axelrod.strategies}
    return known.get(spelled(value), value)
