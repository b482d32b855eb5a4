"""JUnit XML, as continuous integration reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from harness.cli.table import printable_lines

__all__ = ["Case", "junit_xml"]

MOST_MESSAGE = 200
"""Characters of a message that stands in an attribute; the whole is in the element."""


class Case(NamedTuple):
    """One thing tested.

    Attributes:
        group: what it belongs to.
        name: what it is.
        seconds: how long it took.
        failure: why it failed; empty if it did not.
        skipped: why it was not tested; empty if it was.
    """

    group: str
    name: str
    seconds: float
    failure: str = ""
    skipped: str = ""


def junit_xml(suite: str, cases: Sequence[Case], timestamp: str) -> bytes:
    """A suite's results in the form that Jenkins, GitLab, GitHub's actions and others read.

    Args:
        suite: its name.
        cases: the results.
        timestamp: when it began, in ISO 8601 and UTC, without a zone.

    >>> told = junit_xml("s", [Case("games", "chicken", 0.25)], "2026-01-01T00:00:00").decode()
    >>> print(told.splitlines()[1])
    <testsuites name="s" tests="1" failures="0" errors="0" time="0.250">
    """
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failure) for case in cases)),
        "errors": "0",
    }
    time = f"{sum(case.seconds for case in cases):.3f}"
    root = ET.Element("testsuites", {"name": suite, **counts, "time": time})
    skipped = str(sum(bool(case.skipped) for case in cases))
    told = {"name": suite, **counts, "skipped": skipped, "time": time, "timestamp": timestamp}
    element = ET.SubElement(root, "testsuite", told)
    for case in cases:
        named = {"classname": _clean(case.group), "name": _clean(case.name)}
        one = ET.SubElement(element, "testcase", {**named, "time": f"{case.seconds:.3f}"})
        if case.failure:
            text = _clean(case.failure)
            failure = {"message": text[:MOST_MESSAGE], "type": "failure"}
            ET.SubElement(one, "failure", failure).text = text
        elif case.skipped:
            ET.SubElement(one, "skipped", {"message": _clean(case.skipped)})
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(c for c in printable_lines(text) if c not in "\ufffe\uffff")
