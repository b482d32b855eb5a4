"""The processes of a machine, as Linux shows them."""

from __future__ import annotations

import time
from pathlib import Path


def in_group(leader: int) -> dict[int, str]:
    """What lives of a group of processes: their titles, by process id."""
    found = {}
    for pid in pids():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found[pid] = title(pid)
    return found


def about(words: str) -> list[int]:
    """The processes whose command holds these words."""
    return [pid for pid in pids() if words in title(pid)]


def pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def title(pid: int) -> str:
    """The command of a process, or what it calls itself; '' when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def named(group: dict[int, str], name: str) -> int:
    """The one process of a group whose title holds a name."""
    (pid,) = [pid for pid, told in group.items() if name in told]
    return pid


def ends(leader: int, within_s: float) -> bool:
    """Whether nothing is left of a group of processes, soon."""
    deadline = time.monotonic() + within_s
    while in_group(leader) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not in_group(leader)
