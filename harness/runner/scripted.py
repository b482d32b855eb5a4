"""Scripted matches, played in this process or over several; what comes out is the same."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

from harness.errors import FolkError, PluginError
from harness.files import is_module, module_of
from harness.game import Game
from harness.match import AnswerPolicy, Entry, Match, MatchRecord, Status
from harness.play import play
from harness.record.lines import encode, match_fields
from harness.record.tables import match_rows, stage_rows

__all__ = ["Played", "play_all", "played", "reason_of"]

CHUNKS_IN_FLIGHT = 3
"""Chunks handed out per worker: enough to keep it busy, few enough to hoard nothing."""

LARGEST_CHUNK = 64


@dataclass(frozen=True)
class Played:
    """A match that was played.

    Attributes:
        line: its line for the log.
        rows: its rows of the matches table.
        stages: its rows of the stages table.
        reason: why it did not end well, and through whom; else empty.
    """

    line: bytes
    rows: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    reason: str = ""


def play_all(matches: Sequence[Match], workers: int = 1) -> Generator[Played]:
    """Play all matches and yield them in the order of the schedule, as they are done.

    Raises:
        PluginError: a game breaks the engine's contract, or a worker process died.
    """
    if workers <= 1 or len(matches) < 2 or matches[0].branched:  # few, and with a past to send
        yield from map(_play_one, matches)
    else:
        yield from _over_processes(matches, min(workers, len(matches)))


def _play_one(match: Match) -> Played:
    """Play one match and make its line and rows."""
    return played(play(match))


def played(record: MatchRecord) -> Played:
    """The line and the rows of a match.

    Raises:
        PluginError: the game brought what is no JSON data.
    """
    game: Game = record.match.game.what
    spec = record.match.game.spec
    good = {spec: [game.cooperative(player) for player in range(game.n_players)]}
    fields = match_fields(record)
    try:
        line = encode(fields)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{spec} brought what is no JSON data: {error}") from error
    rows, stages = list(match_rows(fields, good)), list(stage_rows(fields))
    return Played(line, rows, stages, reason_of(fields))


def reason_of(fields: Mapping[str, Any]) -> str:
    """Why a match did not end well, and through whom, by its line; empty if it did."""
    if fields["status"] == Status.OK:
        return ""
    player = fields.get("player")
    culprit = None if player is None else fields["agents"][player]
    named = f"{culprit}: " if culprit else ""
    return f"{named}{fields.get('reason', '')}"


def _over_processes(matches: Sequence[Match], workers: int) -> Iterator[Played]:
    """Hand out chunks of the schedule to worker processes, a few at a time."""
    size = max(1, min(LARGEST_CHUNK, len(matches) // (workers * CHUNKS_IN_FLIGHT * 2)))
    places: dict[Entry, int] = {}  # what is large, games and agents, is sent once
    for match in matches:
        for entry in (match.game, *match.seats):
            places.setdefault(entry, len(places))
    # Fresh processes: forking one that has threads (numpy's, a progress bar's) may hang.
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=_sent(list(places))
    )
    waiting: deque[Future[list[Played] | FolkError]] = deque()
    try:
        for start in range(0, len(matches), size):
            chunk = [_packed(match, places) for match in matches[start : start + size]]
            with _deaf():
                waiting.append(pool.submit(_play_chunk, chunk))
            if len(waiting) >= workers * CHUNKS_IN_FLIGHT:
                yield from _done(waiting.popleft())
        while waiting:
            yield from _done(waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Hold back interrupts, so that processes begun meanwhile never hear any: they are ours."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


Packed: TypeAlias = tuple[int, tuple[int, ...], int, int, AnswerPolicy, int | None]
"""A match with numbers in place of its game and agents."""


def _packed(match: Match, places: dict[Entry, int]) -> Packed:
    seats = tuple(places[seat] for seat in match.seats)
    residents = None if match.residents is None else places[match.residents]
    return places[match.game], seats, match.seed, match.repeat, match.policy, residents


def _unpacked(packed: Packed) -> Match:
    game, seats, seed, repeat, policy, residents = packed
    at = [_entries[seat] for seat in seats]
    invaded = None if residents is None else _entries[residents]
    return Match(_entries[game], tuple(at), seed, repeat, policy, invaded)


def _done(future: Future[list[Played] | FolkError]) -> list[Played]:
    """The matches of a chunk."""
    try:
        result = future.result()
    except BrokenProcessPool as error:
        raise PluginError(
            "a worker process died; --workers 1 plays in this process and shows why"
        ) from error
    if isinstance(result, FolkError):
        raise result
    return result


_entries: list[Entry] = []
"""In a worker process: the games and agents of the run."""


def _sent(entries: list[Entry]) -> tuple[list[Path], bytes]:
    """The files that entries come from, which a worker has to import first, and the entries."""
    files = {
        module: Path(path).absolute()
        for entry in entries
        for module, path in entry.sources.items()
        if is_module(module)
    }
    return [files[module] for module in sorted(files)], pickle.dumps(entries)


def _begin(files: list[Path], entries: bytes) -> None:
    """Set up a worker process, which is to end when its parent does."""
    for file in files:
        module_of(file)
    _entries.extend(pickle.loads(entries))  # noqa: S301 - from our own parent
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """Wait for the parent's end, however it comes, and end too."""
    wait([sentinel])
    os._exit(1)


def _play_chunk(chunk: list[Packed]) -> list[Played] | FolkError:
    """Play a chunk of the schedule; an error is returned, for it may not survive being raised."""
    try:
        return [_play_one(_unpacked(packed)) for packed in chunk]
    except FolkError as error:
        return type(error)(*error.args)
