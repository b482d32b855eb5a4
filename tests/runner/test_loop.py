from __future__ import annotations

import asyncio
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from harness.config import RunConfig, resolve
from harness.runner.loop import MOST_AT_ONCE, Helpings, run_to_end
from harness.runner.run import run

READY = 5 * MOST_AT_ONCE // 2


async def name() -> str:
    return threading.current_thread().name


def test_work_is_done_in_this_thread() -> None:
    assert run_to_end(name()) == threading.current_thread().name


async def test_where_a_loop_runs_already_a_run_is_played_all_the_same(tmp_path: Path) -> None:
    assert run_to_end(name()) != threading.current_thread().name
    agents = ("mock/random", "tit_for_tat")
    plan = resolve(RunConfig(games=("prisoners_dilemma(rounds=2)",), agents=agents))
    assert run(plan, tmp_path / "run").played == 2


@pytest.fixture
def readers() -> Iterator[list[socket.socket]]:
    """Sockets that have something to be read."""
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(READY)]
        for one, other in pairs:
            stack.enter_context(closing(one))
            stack.enter_context(closing(other))
            other.send(b"!")
        yield [one for one, _ in pairs]


def read_from(selector: Helpings) -> list[socket.socket]:
    """The sockets of one helping, from which is read what there is."""
    told = []
    for key, _ in selector.select(0):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.recv(1)
        told.append(key.fileobj)
    return told


def test_what_is_ready_is_told_in_helpings_and_all_of_it(readers: list[socket.socket]) -> None:
    with closing(Helpings()) as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        helpings = [read_from(selector) for _ in range(3)]
        assert [len(told) for told in helpings] == [MOST_AT_ONCE, MOST_AT_ONCE, MOST_AT_ONCE // 2]
        assert [reader for told in helpings for reader in told] == readers
        assert selector.select(0) == []


def test_what_is_watched_otherwise_by_its_turn_is_not_told(readers: list[socket.socket]) -> None:
    with closing(Helpings()) as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        told = read_from(selector)
        gone, changed, *others = [reader for reader in readers if reader not in told]
        selector.unregister(gone)
        selector.modify(changed, selectors.EVENT_WRITE)
        assert read_from(selector) + read_from(selector) == others
        assert [(key.fileobj, e) for key, e in selector.select(0)] == [
            (changed, selectors.EVENT_WRITE)
        ]


def test_a_burst_does_not_keep_the_others_waiting(readers: list[socket.socket]) -> None:
    async def most_between_two_looks() -> int:
        loop, at_once, most, left = asyncio.get_running_loop(), 0, 0, len(readers)

        def read(reader: socket.socket) -> None:
            nonlocal at_once, left
            at_once, left = at_once + 1, left - 1
            loop.remove_reader(reader)

        for reader in readers:
            loop.add_reader(reader, read, reader)
        while left:
            await asyncio.sleep(0)
            most, at_once = max(most, at_once), 0
        return most

    assert run_to_end(most_between_two_looks()) <= MOST_AT_ONCE
