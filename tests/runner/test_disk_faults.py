"""Each operation on the disk fails, once or for good, and no run is lost by it."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import resolve
from harness.errors import AuthError, RecordError
from harness.record.calls import CALLS
from harness.runner.run import resume
from tests.runner.crashing import Logged, check_kept, check_whole
from tests.runner.failing_disk import Fault, When
from tests.runner.studies import Study, study

__all__ = ["study"]

WAYS: list[tuple[bool, When]] = [
    (lasting, when) for when in ("before", "amid", "after") for lasting in (False, True)
]


def check_every_operation(
    study: Study, faults: Iterator[Fault], begun: Path | None = None
) -> set[str]:
    """Let operations fail until none of those to fail is reached.

    Args:
        study: the run.
        faults: what goes wrong, a new run each time.
        begun: the folder of the run as it is gone on with, matches with errors played again; None
            for one that is begun anew.

    Returns:
        What the operations were.
    """
    again = begun is not None
    for fault in faults:
        study.clear(begun)
        disk = study.disk(fault)
        session = study.go_on(disk, retry_errors=again)
        if not disk.failed:
            assert session.raised is None
            check_whole(study.folder, study.undisturbed)
            return {name for name, _ in disk.done}
        study.go_on_to_the_end(retry_errors=again)
    raise AssertionError("the faults have come to an end before the operations")


def some() -> Iterator[Fault]:
    """Every 23rd operation, in all ways by turns."""
    for at, way in zip(itertools.count(1, 23), itertools.cycle(WAYS), strict=False):
        yield Fault(at, *way)


def test_a_run_survives_whatever_operation_fails(study: Study) -> None:
    done = check_every_operation(study, some())
    assert {"mkdir", "open", "write", "fsync", "flock", "replace", "unlink"} <= done


def test_a_resumed_run_survives_whatever_operation_fails(study: Study) -> None:
    done = check_every_operation(study, some(), study.torn)
    assert {"read", "open", "write", "fsync", "flock", "replace", "ftruncate"} <= done


def test_a_run_that_was_killed_before_its_manifest_is_no_run_and_can_be_begun(
    study: Study,
) -> None:
    study.clear()
    disk = study.disk()
    study.go_on(disk)
    written = disk.done.index(("replace", "manifest.tmp")) + 1
    study.clear()
    study.go_on(study.disk(Fault(written, lasting=True)))
    with pytest.raises(RecordError, match=r"is no run folder: it holds no manifest\.json"):
        resume(study.plan, study.folder)
    study.go_on_to_the_end()


def test_a_log_that_cannot_be_read_for_a_moment_becomes_no_result(study: Study) -> None:
    study.clear(study.broken_off)
    disk = study.disk()
    study.go_on(disk)
    read = ("read", CALLS)
    for at in (1, disk.done.count(read)):
        study.clear(study.broken_off)
        session = study.go_on(study.disk(Fault(at, error=errno.EMFILE, of=read)))
        assert f"{study.folder / CALLS}" in str(session.raised)
        study.go_on_to_the_end()


@pytest.mark.parametrize("lasting", [False, True])
def test_a_run_that_no_model_answers_can_be_tried_again_wherever_its_removal_fails(
    study: Study, *, lasting: bool
) -> None:
    agents = ("counted/random(mock={'error': 1.0, 'status': 401})", "random")
    refused = Study(resolve(replace(study.plan.config, agents=agents)), study.home)
    refused.clear()
    disk = refused.disk()
    assert isinstance(refused.go_on(disk).raised, AuthError)
    removing = range(disk.done.index(("unlink", CALLS)) + 1, len(disk.done) + 1)
    for at in removing:
        refused.clear()
        assert refused.go_on(refused.disk(Fault(at, lasting))).raised is not None
        assert isinstance(refused.go_on().raised, AuthError)


def check_every_power_failure(
    study: Study, places: Iterator[int], *, zeros: bool, begun: Path | None = None
) -> None:
    """Let the power fail at operations, until none of those is reached.

    Args:
        study: the run.
        places: at which operations, a new run each time.
        zeros: whether files keep the length to which they had grown, without what was in them.
        begun: the folder of the run as it is gone on with; None for one that is begun anew.
    """
    again = begun is not None
    for at in places:
        study.clear(begun)
        disk = study.disk(Fault(at, lasting=True, when="after"))
        session = study.go_on(disk, retry_errors=again)
        if not disk.failed:
            return
        disk.platter.fail(zeros=zeros)
        check_kept(session.ledger, Logged.read(study.folder), study.undisturbed)
        study.go_on_to_the_end(retry_errors=again)


@pytest.mark.parametrize("zeros", [False, True])
def test_what_a_run_goes_on_with_outlives_a_failure_of_the_power(
    study: Study, *, zeros: bool
) -> None:
    check_every_power_failure(study, itertools.count(2 + 8 * zeros, 17), zeros=zeros)


def test_what_a_killed_run_had_not_synced_is_synced_before_it_is_used(study: Study) -> None:
    study.clear()
    disk = study.disk()
    study.go_on(disk)
    last = max(at for at, what in enumerate(disk.done, 1) if what == ("fsync", CALLS))
    for at in itertools.count(1, 19):
        study.clear()
        killed = study.disk(Fault(last, lasting=True))
        study.go_on(killed)
        disk = study.disk(Fault(at, lasting=True, when="after"))
        disk.platter = killed.platter
        session = study.go_on(disk)
        if not disk.failed:
            break
        disk.platter.fail(zeros=False)
        check_kept(session.ledger, Logged.read(study.folder), study.undisturbed)
        study.go_on_to_the_end()


@pytest.mark.slow
@pytest.mark.parametrize("zeros", [False, True])
def test_a_run_survives_every_failure_of_the_power(study: Study, *, zeros: bool) -> None:
    check_every_power_failure(study, itertools.count(1), zeros=zeros)


@pytest.mark.slow
@pytest.mark.parametrize("zeros", [False, True])
def test_a_resumed_run_survives_every_failure_of_the_power(study: Study, *, zeros: bool) -> None:
    check_every_power_failure(study, itertools.count(1), zeros=zeros, begun=study.torn)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_run_survives_whatever_operation_fails_in_whatever_way(
    study: Study, way: tuple[bool, When]
) -> None:
    check_every_operation(study, (Fault(at, *way) for at in itertools.count(1)))


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_resumed_run_survives_whatever_operation_fails_in_whatever_way(
    study: Study, way: tuple[bool, When]
) -> None:
    check_every_operation(study, (Fault(at, *way) for at in itertools.count(1)), study.torn)
