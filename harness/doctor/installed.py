"""What is installed: Python, packages within the ranges that Folkbench declares, a GPU."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import Any, NamedTuple

from harness.doctor.check import Check

__all__ = ["Requirement", "gpu", "is_within", "packages", "requirements", "system"]

REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)\s*(?P<range>[^;\[\]]*?)\s*
    (?:;\s*extra\s*==\s*['"](?P<extra>[\w.-]+)['"]\s*)?""",
    re.VERBOSE,
)
CLAUSE = re.compile(r"(>=|<)\s*(\d+(?:\.\d+)*)")
RELEASE = re.compile(r"\d+(?:\.\d+)*")

FOR_DEVELOPERS = "dev"
"""The extra that nobody needs who only plays."""

IMPORT_S = 60.0
"""Seconds that torch may take to be imported and to look for GPUs."""

LOOK_FOR_GPUS = """
import json, warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    import torch
    n_devices = torch.cuda.device_count() if torch.cuda.is_available() else 0
found = [torch.cuda.get_device_properties(i) for i in range(n_devices)]
devices = [{"name": one.name, "bytes": one.total_memory} for one in found]
why = str(told[0].message) if told else "torch sees none"
if not (torch.version.cuda or torch.version.hip):
    why = "this torch is built for the CPU alone"
print(json.dumps({"devices": devices, "why": why}))
"""


class Requirement(NamedTuple):
    """A package that Folkbench declares.

    Attributes:
        name: the package.
        range: the versions that are right, as declared; '' for any.
        extra: the extra of Folkbench that it comes with; '' for one that is always needed.
    """

    name: str
    range: str
    extra: str

    @property
    def install(self) -> str:
        """The command that installs a version that is right."""
        return (
            f"pip install 'folkbench[{self.extra}]'"
            if self.extra
            else "pip install --upgrade folkbench"
        )


def system() -> list[Check]:
    """What everything runs on."""
    told = {
        "folkbench": metadata.version("folkbench"),
        "python": f"{platform.python_version()}, {sys.executable}",
        "platform": platform.platform(),
    }
    return [Check("system", name, "ok", detail) for name, detail in told.items()]


def packages() -> list[Check]:
    """The packages that Folkbench declares: their versions, and whether these are right."""
    return [_package(one) for one in requirements() if one.extra != FOR_DEVELOPERS]


def requirements() -> list[Requirement]:
    """The packages that the installed Folkbench declares, those always needed first."""
    found = []
    for line in metadata.requires("folkbench") or []:
        read = REQUIREMENT.fullmatch(line)
        if read:  # markers of other kinds than extras are not ours to judge
            found.append(Requirement(read["name"], read["range"], read["extra"] or ""))
    return sorted(found, key=lambda one: (one.extra, one.name))


def _package(one: Requirement) -> Check:
    """One package."""
    needed = not one.extra
    try:
        version = metadata.version(one.name)
    except metadata.PackageNotFoundError:
        detail = f"not installed; {one.install}"
        return Check("packages", one.name, "missing", detail, needed)
    if is_within(version, one.range) is False:
        detail = f"{version} is installed, {one.range} is needed; {one.install}"
        return Check("packages", one.name, "broken", detail, needed)
    return Check("packages", one.name, "ok", version, needed)


def is_within(version: str, declared: str) -> bool | None:
    """Whether a version is within a range such as `>=3.12,<4`; None where that cannot be told.

    Only what Folkbench itself declares is understood. A pre-release counts as its release.

    >>> [is_within(version, ">=3.12,<4") for version in ("3.9.1", "3.12", "4.0rc1")]
    [False, True, False]
    """
    clauses = [CLAUSE.fullmatch(clause.strip()) for clause in declared.split(",") if clause.strip()]
    found = RELEASE.match(version)
    if found is None or None in clauses:
        return None
    release = _numbers(found[0])
    bounds = [(clause[1], _numbers(clause[2])) for clause in clauses if clause]
    return all(release >= bound if sign == ">=" else release < bound for sign, bound in bounds)


def _numbers(release: str) -> list[int]:
    """A release as numbers that compare; 3.0 is 3."""
    numbers = [int(part) for part in release.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


def gpu(timeout_s: float = IMPORT_S) -> list[Check]:
    """The GPUs that torch sees, which is asked in a process of its own: it takes seconds."""
    if find_spec("torch") is None:
        return [Check("GPU", "torch", "missing", "not installed, so no GPU was looked for")]
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-P", "-c", LOOK_FOR_GPUS],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        why = f"cannot be imported within {timeout_s:g} s; try again, the first time is the slowest"
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        told = "".join(last) or f"exit code {error.returncode}"
        why = f"cannot be imported: {told}; install it again"
    except (OSError, ValueError, LookupError) as error:
        why = f"cannot be asked for GPUs: {type(error).__name__}: {error}"
    else:
        return _devices(found["devices"], found["why"])
    return [Check("GPU", "torch", "broken", why)]


def _devices(devices: list[dict[str, Any]], why: str) -> list[Check]:
    """What torch found, or why it found nothing."""
    if not devices:
        detail = f"{why}; models that run in this process run on the CPU"
        return [Check("GPU", "devices", "missing", detail)]
    return [
        Check("GPU", f"cuda:{i}", "ok", f"{one['name']}, {one['bytes'] / 2**30:.0f} GiB")
        for i, one in enumerate(devices)
    ]
