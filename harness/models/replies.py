"""The replies that a run's log of calls holds, so that nobody is asked for them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from harness.errors import Mismatch, RecordError
from harness.identity import canonical_json
from harness.models.entry import without
from harness.models.tally import Price, Tally
from harness.record.calls import CALLS, located_calls

__all__ = ["Replies", "Span"]

Key: TypeAlias = tuple[str, int, int]
"""A match, a player of it, and which of that player's calls."""


@dataclass(slots=True)
class Span:
    """Which calls of one player in one match a log holds.

    Attributes:
        first: the line of the first of them.
        last: the line of the last.
        lowest: the lowest of their numbers.
        highest: the highest.
        distinct: how many numbers there are.
        replied: how many of them were replied to.
    """

    first: int
    last: int = 0
    lowest: int = 0
    highest: int = 0
    distinct: int = 0
    replied: int = 0

    def take(self, line: int, number: int, *, anew: bool, replied: bool) -> None:
        """Count a call."""
        self.last = line
        self.lowest = min(self.lowest or number, number)
        self.highest = max(self.highest, number)
        self.distinct += anew
        self.replied += replied


class Replies:
    """The calls of a run by match, player and number, read from disk as they are wanted.

    Where a call stands several times, as one does that first failed and was made again when the
    run was resumed, the last counts.

    Args:
        folder: the run's folder; it need not hold any calls.
        matches: those whose calls will be wanted; None for all.
        planned: all matches of the run, if others' calls are to be refused; None if not.
        price: what calls cost whose cost was not known when they were logged.

    Attributes:
        tallies: what all calls of the run took, by agent, those of other matches included.
        greeted: the agents that have replied to the word that every model is asked for first.
        spans: which calls of matches that will not be wanted are there, by match and player.

    Raises:
        RecordError: the log cannot be read, or holds what it cannot hold; the message gives file
            and line.
    """

    def __init__(
        self,
        folder: Path,
        matches: Collection[str] | None = None,
        *,
        planned: Collection[str] | None = None,
        price: Price = lambda agent, usage: None,
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self.greeted: set[str] = set()
        self.spans: dict[tuple[str, int], Span] = {}
        self._path = folder / CALLS
        self._places: dict[Key, tuple[int, int, int]] = {}
        # Hashes of keys: the keys themselves would take much room.
        answered: set[int] = set()
        failed: set[int] = set()
        for number, start, size, call in located_calls(folder):
            if call["match"] is not None:
                anew = _check(call, f"{self._path}:{number}", answered, failed, planned)
            self.tallies.setdefault(call["agent"], Tally()).add_logged(call, price)
            if call["match"] is None:
                if call["reply"] is not None:
                    self.greeted.add(call["agent"])
            elif matches is None or call["match"] in matches:
                key = call["match"], call["player"], call["call"]
                self._places[key] = number, start, size
            else:
                span = self.spans.setdefault((call["match"], call["player"]), Span(number))
                span.take(number, call["call"], anew=anew, replied=call["reply"] is not None)

    @property
    def begun(self) -> set[str]:
        """The wanted matches of which there are calls."""
        return {match for match, *_ in self._places}

    def find(
        self,
        match: str,
        player: int,
        number: int,
        body: Mapping[str, Any],
        conversation: str,
        *,
        clean: Callable[[bytes], bytes] = lambda text: text,
    ) -> dict[str, Any] | None:
        """The line of a call, or None where there is none.

        Args:
            match: the match's identity.
            player: whose call.
            number: which of the player's.
            body: what would be sent now.
            conversation: the key of the conversation in it.
            clean: takes out of `body` what was not written.

        Raises:
            Mismatch: something else was sent then; the message says where it stands.
        """
        place = self._places.get((match, player, number))
        if place is None:
            return None
        line_number, start, size = place
        call = self._read(start, size)
        now = without(body, conversation, call["kept"])
        if clean(canonical_json(now).encode()) != canonical_json(call["request"]).encode():
            raise Mismatch(
                f"{self._path}:{line_number}: call {number} of player {player} in match {match} was"
                " another one when it was logged: what the model would be told now differs, so"
                " this match cannot go on from its log"
            )
        return call

    def _read(self, start: int, size: int) -> dict[str, Any]:
        """The line that begins at a byte."""
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                call: dict[str, Any] = json.loads(file.read(size))
        except OSError as error:
            raise RecordError(f"cannot read {self._path}: {error.strerror}") from error
        except ValueError as error:
            raise RecordError(f"{self._path} has changed while it was read: {error}") from error
        return call


def _check(
    call: Mapping[str, Any],
    where: str,
    answered: set[int],
    failed: set[int],
    planned: Collection[str] | None,
) -> bool:
    """Whether a call stands in this log for the first time; one that cannot be in it is refused.

    Raises:
        RecordError: it was replied to before, or is a call of another run's match.
    """
    match = call["match"]
    named = f"{where}: call {call['call']} of player {call['player']} in match {match}"
    if planned is not None and match not in planned:
        raise RecordError(f"{named} is none of this run")
    key = hash((match, call["player"], call["call"]))
    anew = key not in answered and key not in failed
    if call["reply"] is None:
        failed.add(key)
    elif key in answered:
        raise RecordError(f"{named} was replied to before; nobody is asked twice")
    else:
        answered.add(key)
    return anew
