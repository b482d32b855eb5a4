"""The examples of programs, as the documentation shows them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.match import Match, Status
from harness.play import play_async

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/programs"


def process(runs: str, example: str) -> str:
    return f"process:{runs} {EXAMPLES / example}"


async def played(spec: str) -> list[Any]:
    """What a player and one who tries it do."""
    agents = (registry.build("agent", spec), registry.build("agent", "cycler(pattern='CCDC')"))
    game = registry.build("game", "prisoners_dilemma(rounds=12)")
    record = await play_async(Match(game, agents), timeout_s=30)
    assert record.status is Status.OK, record.reason
    return [r.actions for r in record.rounds]


@pytest.mark.parametrize(
    ("runs", "example", "bot"),
    [
        (sys.executable, "tit_for_tat.py", "tit_for_tat"),
        ("sh", "alternator.sh", "alternator"),
        ("node", "grudger.js", "grudger"),
    ],
)
async def test_an_example_plays_as_it_says(runs: str, example: str, bot: str) -> None:
    if shutil.which(runs) is None:
        pytest.skip(f"{runs} is not installed here")
    ours = await played(process(runs, example))
    assert ours == await played(bot)
    assert len({action for action, _ in ours}) == 2


@pytest.fixture
def server() -> Iterator[int]:
    """The port at which the example of a server is asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-S", "-I", str(EXAMPLES / "server.py"), str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as started:
        until = time.monotonic() + 20
        while True:
            with socket.socket() as trial:
                if not trial.connect_ex(("127.0.0.1", port)):
                    break
            assert time.monotonic() < until, "the server does not begin"
            time.sleep(0.05)
        yield port
        started.kill()


async def test_the_example_of_a_server_plays_as_it_says(server: int) -> None:
    assert await played(f"http://127.0.0.1:{server}/") == await played("win_stay_lose_shift")


def test_the_documentation_shows_the_examples_as_they_are() -> None:
    text = (ROOT / "docs/programs.md").read_text("utf-8")
    blocks = re.findall(r"```(?:python|sh|js)\n(.*?)```", text, re.DOTALL)
    for path in EXAMPLES.iterdir():
        if path.suffix in (".py", ".sh", ".js"):
            assert path.read_text("utf-8") in blocks, path.name
