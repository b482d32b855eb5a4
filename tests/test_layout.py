from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import harness
import harness.agents
import harness.games

ROOT = Path(__file__).parent.parent
LEAVES = {
    "harness/crash.py",
    "harness/check.py",
    "harness/errors.py",
    "harness/space.py",
    "harness/game.py",
    "harness/agent.py",
}
LEAF_MODULES = {
    "harness.crash",
    "harness.errors",
    "harness.space",
    "harness.game",
    "harness.agent",
}
HEAVY = {"numpy", "pandas", "scipy", "pyarrow", "rich", "torch", "openai", "anthropic"}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """What a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module or "")
    return found


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.partition(".")[0] == "harness"}


def test_the_links_lead_to_the_top_level() -> None:
    for name, package in (("games", harness.games), ("agents", harness.agents)):
        link = ROOT / "harness" / name
        assert link.is_symlink()
        assert str(link.readlink()) == f"../{name}"
        assert Path(package.__path__[0]).resolve() == ROOT / name


def test_leaves_import_nothing_of_ours_but_leaves() -> None:
    for leaf in LEAVES:
        assert ours(ROOT / leaf) <= LEAF_MODULES, leaf


@pytest.mark.parametrize("family", ["games", "agents"])
def test_games_and_agents_import_only_public_names_and_siblings(family: str) -> None:
    for path in sources(family):
        allowed = {"harness", "harness.models", f"harness.{family}"}
        for name in ours(path):
            assert name in allowed or name.startswith(f"harness.{family}."), f"{path}: {name}"


def test_the_harness_names_no_game_and_no_agent() -> None:
    for path in sources("harness"):
        if not {"games", "agents"} & set(path.relative_to(ROOT / "harness").parts):
            for name in ours(path):
                assert not name.startswith(("harness.games", "harness.agents")), f"{path}: {name}"


def test_metrics_do_no_io() -> None:
    for path in sources("harness/metrics"):
        forbidden = {"os", "io", "pathlib", "subprocess", "socket", "json"}
        assert not {name.partition(".")[0] for name in imports(path)} & forbidden, path
        assert not {name for name in ours(path) if "record" in name or "runner" in name}, path


def test_public_names_are_what_a_plug_in_imports() -> None:
    assert sorted(harness.__all__) == list(harness.__all__)
    for name in harness.__all__:
        assert hasattr(harness, name)


def test_the_built_in_games_and_agents_come_by_entry_points() -> None:
    for kind in ("games", "agents"):
        found = entry_points(group=f"folkbench.{kind}")
        assert any(point.value.startswith(f"harness.{kind}.") for point in found)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['folk', '--help']\nfrom harness.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
    code += "print(' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not HEAVY & set(done.stderr.split())


def test_no_file_is_much_longer_than_400_lines() -> None:
    for folder in ("harness", "games", "agents", "tests", "benchmarks"):
        for path in sources(folder):
            n_lines = path.read_text("utf-8").count("\n")
            assert n_lines <= 420, f"{path.relative_to(ROOT)}: {n_lines} lines"


@pytest.mark.slow
def test_a_wheel_from_the_sdist_has_one_package_and_lives_beside_openai_agents(
    tmp_path: Path,
) -> None:
    """Needs the package index, to install what the wheel depends on."""
    build = [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"harness"}
    for file in ("py.typed", "games/catalogue.toml", "games/rps.py", "agents/tit_for_tats.py"):
        assert f"harness/{file}" in names
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python = str(tmp_path / "env/bin/python")
    install = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "openai-agents", str(wheel)], check=True, capture_output=True)
    checks = (
        "import agents, harness.agents; assert hasattr(agents, 'Runner'); "
        "assert 'harness' in harness.agents.__file__"
    )
    run = [str(tmp_path / "env/bin/folk"), "run", "chicken", "--agents", "random,first"]
    for command in ([python, "-c", checks], [*run, "--out", str(tmp_path / "run")]):
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    uninstall = [python, "-m", "pip", "uninstall", "--quiet", "--yes", "folkbench"]
    subprocess.run(uninstall, check=True, capture_output=True)
    subprocess.run([python, "-c", "import agents; agents.Runner"], check=True, cwd=tmp_path)
