"""Logs that were cut off or spoiled: a run goes on to the same results, or refuses and says why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from harness.errors import RecordError
from harness.record.calls import CALLS
from harness.record.disk import TORN
from harness.record.folder import MANIFEST, MATCHES
from tests.runner.crashing import Logged, whole_lines
from tests.runner.studies import Session, Study, study

__all__ = ["study"]

LOGS = (MATCHES, CALLS)

STRIDE = 1000
"""Bytes from one place to the next at which a log is cut, where it is not cut at all of them."""


def places(log: bytes, stride: int) -> Iterable[int]:
    """Where to cut a log off within its last two lines: at and beside their ends, and between."""
    last = log.rfind(b"\n", 0, -1) + 1
    first = log[:last].rfind(b"\n", 0, -1) + 1
    ends = {place + by for place in (first, last, len(log)) for by in (-1, 0, 1)}
    return sorted({*range(first, len(log), stride), *(ends & set(range(first, len(log) + 1)))})


def check_cut(study: Study, begun: Path, log: str, place: int) -> None:
    """Cut off a log, and go on with the run."""
    study.clear(begun)
    path = study.folder / log
    content = path.read_bytes()
    path.write_bytes(content[:place])
    torn = content[content[:place].rfind(b"\n") + 1 : place]
    session = study.go_on()
    check_same(study, session, begun)
    kept = path.with_name(log + TORN)
    if begun == study.finished and log == CALLS:  # a run that is over is only read
        assert path.read_bytes() == content[:place]
        assert not kept.exists()
        return
    assert kept.exists() == bool(torn)
    if torn:
        assert kept.read_bytes() == torn + b"\n"
        assert any(str(path) in told and f"{len(torn)} bytes" in told for told in session.told)


def check_same(study: Study, session: Session, begun: Path) -> None:
    """The run has come to its end, with the results of one that nothing happened to."""
    assert session.raised is None
    logged = Logged.read(study.folder)
    assert logged.matches == study.undisturbed.matches
    if begun == study.finished:  # calls of matches that are over are not made again
        assert not session.ledger.asked
    else:
        assert logged.calls == study.undisturbed.calls


def check_cuts(study: Study, log: str, stride: int) -> None:
    for begun in (study.finished, study.broken_off):
        for place in places((begun / log).read_bytes(), stride):
            check_cut(study, begun, log, place)


@pytest.mark.parametrize("log", LOGS)
def test_a_log_cut_off_within_its_last_lines_loses_nothing(study: Study, log: str) -> None:
    check_cuts(study, log, STRIDE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("log", LOGS)
def test_a_log_cut_off_at_any_byte_of_its_last_two_lines_loses_nothing(
    study: Study, log: str
) -> None:
    check_cuts(study, log, 1)


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\xff\xfe{", b'{"match": "', b"\r", b"[" * 5000])
@pytest.mark.parametrize("log", LOGS)
def test_what_a_failure_of_the_power_leaves_after_the_last_line_is_set_aside(
    study: Study, log: str, tail: bytes
) -> None:
    study.clear(study.broken_off)
    path = study.folder / log
    path.write_bytes(path.read_bytes() + tail)
    check_same(study, study.go_on(), study.broken_off)
    assert path.with_name(log + TORN).read_bytes() == tail + b"\n"


def test_lines_torn_in_several_sessions_are_all_kept(study: Study) -> None:
    study.clear(study.broken_off)
    path = study.folder / MATCHES
    begun = path.read_bytes()
    for tail in (b"one", b"another"):
        path.write_bytes(begun + tail)
        check_same(study, study.go_on(), study.broken_off)
    assert path.with_name(MATCHES + TORN).read_bytes() == b"one\nanother\n"


Spoil = Callable[[list[bytes]], list[bytes]]


def _with_key(line: bytes, key: str, value: object) -> bytes:
    return json.dumps({**json.loads(line), key: value}).encode()


def _counts(line: bytes) -> bool:
    """Whether a line is a match's, or tells a reply to a player: what may stand there once."""
    told = json.loads(line)
    return bool(told["match"] and told.get("reply", "a match has none"))


SPOILT: dict[str, Spoil] = {
    "zeros, and a line after them": lambda lines: [lines[0], b"\0" * 100 + lines[1], *lines[2:]],
    "a line torn in the midst": lambda lines: [lines[0], lines[1][:50], *lines[2:]],
    "an empty line": lambda lines: [lines[0], b"", *lines[1:]],
    "garbage": lambda lines: [lines[0], b"\xff\xfe\xfd", *lines[1:]],
    "two lines in one": lambda lines: [lines[0], lines[1] + lines[2], *lines[3:]],
    "no line of the log": lambda lines: [lines[0], b"{}", *lines[1:]],
    "a line twice": lambda lines: [*lines, next(line for line in lines if _counts(line))],
    "a line of another run": lambda lines: [
        lines[0],
        _with_key(lines[1], "match", "0123456789abcdef"),
        *lines[1:],
    ],
}


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("log", LOGS)
def test_a_spoilt_log_is_refused_with_its_line_and_left_as_it_is(
    study: Study, log: str, spoil: str
) -> None:
    study.clear(study.finished)
    path = study.folder / log
    lines = SPOILT[spoil](whole_lines(path))
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    before = {file.name: file.read_bytes() for file in study.folder.iterdir()}
    with pytest.raises(RecordError, match=rf"{re.escape(str(path))}:\d+: "):
        study.play()
    assert {file.name: file.read_bytes() for file in study.folder.iterdir()} == before


def test_a_log_of_matches_that_is_emptied_is_played_again_from_the_calls(study: Study) -> None:
    study.clear(study.finished)
    (study.folder / MATCHES).write_bytes(b"")
    session = study.go_on()
    check_same(study, session, study.broken_off)
    assert not session.ledger.answered


def test_a_log_of_matches_that_is_gone_is_missed(study: Study) -> None:
    study.clear(study.finished)
    (study.folder / MATCHES).unlink()
    session = study.go_on()
    assert isinstance(session.raised, RecordError)
    assert f"cannot read {study.folder / MATCHES}: No such file" in str(session.raised)


def go_on_without_calls(study: Study, log: bytes | None) -> Session:
    """Go on with the run, to all its matches, with this for its log of calls, or without one."""
    (study.folder / CALLS).unlink()
    if log is not None:
        (study.folder / CALLS).write_bytes(log)
    session = study.go_on()
    assert session.raised is None
    assert Logged.read(study.folder).matches == study.undisturbed.matches
    return session


@pytest.mark.parametrize("log", [b"", None])
def test_without_a_log_of_calls_what_is_over_stays_and_the_rest_is_asked_again(
    study: Study, log: bytes | None
) -> None:
    study.clear(study.broken_off)
    go_on_without_calls(study, log)


@pytest.mark.parametrize("log", [b"", None])
@pytest.mark.parametrize("over", [False, True])
def test_a_log_of_calls_that_is_lost_is_told_of_and_noted(
    study: Study, log: bytes | None, over: bool
) -> None:
    study.clear(study.finished)
    lines = whole_lines(study.folder / MATCHES)
    kept = lines if over else [line for line in lines if b'"status":"ok"' in line][:2]
    (study.folder / MATCHES).write_bytes(b"".join(line + b"\n" for line in kept))
    session = go_on_without_calls(study, log)
    gone = f"{study.folder / CALLS} holds no calls of "
    (told,) = [message for message in session.told if gone in message]
    assert "is not counted" in told
    sessions = json.loads((study.folder / MANIFEST).read_bytes()).get("resumed", [])
    assert [session["lost"] for session in sessions] == ([] if over else [told])


@pytest.mark.parametrize("lost", ["a line", "the first half"])
def test_calls_that_are_gone_from_within_the_log_are_missed(study: Study, lost: str) -> None:
    study.clear(study.finished)
    lines = whole_lines(study.folder / CALLS)
    kept, told = lines[len(lines) // 2 :], [json.loads(line) for line in lines]
    if lost == "a line":
        second = next(call for call in told if call["call"] == 2)
        key = second["match"], second["player"], 1
        first = next(i for i, c in enumerate(told) if (c["match"], c["player"], c["call"]) == key)
        kept = lines[:first] + lines[first + 1 :]
    (study.folder / CALLS).write_bytes(b"".join(line + b"\n" for line in kept))
    before = {file.name: file.read_bytes() for file in study.folder.iterdir()}
    with pytest.raises(RecordError, match=r"calls\.jsonl lacks calls of .* lines of this file"):
        study.play()
    assert {file.name: file.read_bytes() for file in study.folder.iterdir()} == before
