"""What came of checks: one result each, with its faults and what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from harness.crash import described, place_of
from harness.errors import FolkError

__all__ = ["Check", "Report", "Result", "Skip", "tried"]

State = Literal["ok", "failed", "skipped"]

Subject = TypeVar("Subject")

MOST_FAULTS = 5
"""Faults of one check that are told; more would be of the same kind."""


class Skip(Exception):
    """A check says nothing of this subject; the message says why."""


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """One thing that every game, or every agent, must do.

    Attributes:
        name: what it is called in reports, a word or two.
        about: what it holds, in a sentence.
        faults: gives a message for each way in which a subject fails, or raises `Skip`.
        needs: whether nothing more can be tried where it fails.
    """

    name: str
    about: str
    faults: Callable[[Subject], Iterator[str]]
    needs: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one check.

    Attributes:
        check: its name.
        about: what it holds.
        faults: what is wrong, where, and what to do; empty if nothing is.
        skipped: why it was not tried; empty if it was.
    """

    check: str
    about: str
    faults: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def state(self) -> State:
        """Whether it is well, failed, or was not tried."""
        return "failed" if self.faults else "skipped" if self.skipped else "ok"


@dataclass(frozen=True)
class Report:
    """What came of all checks of one game or agent.

    Attributes:
        spec: what was checked.
        kind: `game` or `agent`.
        results: one per check.
    """

    spec: str
    kind: str
    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.faults

    @property
    def faults(self) -> dict[str, tuple[str, ...]]:
        """What is wrong, by the name of the check that found it."""
        return {result.check: result.faults for result in self.results if result.faults}

    def __str__(self) -> str:
        lines = [f"{self.spec}: {'nothing is wrong' if self.ok else 'does not conform'}"]
        for check, faults in self.faults.items():
            lines += [f"  {check}: {fault}" for fault in faults]
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """All of it as JSON data."""
        results = [
            {
                "check": r.check,
                "state": r.state,
                "about": r.about,
                "faults": list(r.faults),
                "skipped": r.skipped,
            }
            for r in self.results
        ]
        return {"spec": self.spec, "kind": self.kind, "ok": self.ok, "results": results}


def tried(
    checks: Iterator[Check[Subject]] | list[Check[Subject]], subject: Subject
) -> list[Result]:
    """The results of checks, tried one after another until one fails that others need."""
    results: list[Result] = []
    broken = ""
    for check in checks:
        if broken:
            results.append(Result(check.name, check.about, skipped=f"{broken} failed"))
            continue
        faults: list[str] = []
        skipped = ""
        try:
            for fault in check.faults(subject):
                if fault not in faults:
                    faults.append(fault)
                if len(faults) == MOST_FAULTS:
                    break
        except Skip as skip:
            skipped = str(skip)
        except FolkError as error:
            faults.append(str(error))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a boundary to other people's code
            faults.append(raised(error))
        results.append(Result(check.name, check.about, tuple(faults), skipped))
        if faults and check.needs:
            broken = check.name
    return results


def raised(error: BaseException) -> str:
    """An exception of other people's code, and where it was raised: in theirs, if it was."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None or place_of(error):
        return described(error)
    return f"{described(error)} at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
