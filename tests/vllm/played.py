"""Games played through the command, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.models.whole_matches import GAMES, HOW, Run


def spec(model: str, **settings: Any) -> str:
    """An agent as the command takes it."""
    return f"vllm/{model}({', '.join(f'{name}={value!r}' for name, value in settings.items())})"


def command(agent: str, out: Path, *more: str, python: str = sys.executable) -> list[str]:
    """The command that lets an agent play all games with itself."""
    folk = str(Path(python).parent / "folk")
    return [folk, "run", *GAMES, "--agents", agent, *HOW, "--out", str(out), *more]


def played(agent: str, folder: Path, python: str = sys.executable) -> tuple[Run, str]:
    """What it left on disk, and what it said."""
    done = subprocess.run(
        command(agent, folder / "run", python=python),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    run = Run(folder / "run")
    assert set(run.game.values()) == {game.partition("(")[0] for game in GAMES}
    assert {match["status"] for match in run.matches} == {"ok"}
    assert all(call["reply"] is not None for call in run.calls)
    return run, said
