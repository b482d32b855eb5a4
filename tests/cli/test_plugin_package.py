"""A package made by `folk new`, installed beside a wheel of Folkbench in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import COMMANDS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installed:
    """A clean environment, and a folder to work in."""

    python: Path
    folder: Path

    def call(self, *command: str | Path, code: int = 0, cwd: Path | None = None) -> str:
        """What a command printed on stdout, given that it ends with this exit code."""
        environment = {
            k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")
        }
        done = subprocess.run(
            command,
            check=False,
            cwd=cwd or self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def pip(self, *arguments: str | Path) -> None:
        self.call(self.python, "-m", "pip", "install", "--quiet", *arguments)

    def folk(self, *arguments: str | Path, code: int = 0) -> str:
        return self.call(self.python.with_name("folk"), *arguments, code=code)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Folkbench from a wheel, with a new game and a new agent, each in a package of its own."""
    folder = tmp_path_factory.mktemp("plugins")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
    made = Installed(folder / "env/bin/python", folder)
    made.pip(wheel)
    made.folk("new", "game", "gifts")
    made.folk("new", "agent", "steady_one")
    packages = [made.folder / name for name in ("folkbench-gifts", "folkbench-steady-one")]
    made.pip(f"{packages[0]}[test]", f"{packages[1]}[test]")
    return made


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_new_package_is_listed_run_checked_analysed_and_resumed(installed: Installed) -> None:
    """Needs the package index, to install what the wheel depends on."""
    games = json.loads(installed.folk("list", "games", "--json"))
    assert "gifts" in [game["name"] for game in games]
    assert "steady_one" in installed.folk("list", "agents")
    assert "do you share or keep?" in installed.folk("show", "gifts")
    agents = "steady_one,first,mock/random"
    run = ("run", "gifts(rounds=4)", "--agents", agents, "--repeats", "3")
    installed.folk(*run, "--out", "run", "--quiet", "--workers", "2")
    manifest = json.loads((installed.folder / "run/manifest.json").read_text())
    assert {"folkbench_gifts", "folkbench_steady_one"} <= set(manifest["code"])
    log = installed.folder / "run/matches.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:4]))
    installed.folk("resume", "run", "--quiet")
    assert sorted(log.read_bytes().splitlines(keepends=True)) == sorted(lines)
    installed.folk(
        "check", "gifts", "steady_one", "--snapshot", "folkbench-gifts/tests/snapshot.json"
    )
    installed.folk("export", "run", "--format", "csv")
    if "analyze" in COMMANDS:
        assert "steady_one" in installed.folk("analyze", "run")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("package", ["folkbench-gifts", "folkbench-steady-one"])
def test_the_tests_of_a_new_package_pass_as_generated(installed: Installed, package: str) -> None:
    told = installed.call(
        installed.python, "-W", "error", "-m", "pytest", "-q", cwd=installed.folder / package
    )
    assert " passed" in told
