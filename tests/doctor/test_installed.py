from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from harness.doctor import installed
from harness.doctor.check import Check
from harness.doctor.installed import gpu, is_within, packages, requirements, system

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))[
    "project"
]


def only(checks: list[Check], name: str) -> Check:
    (found,) = (check for check in checks if check.name == name)
    return found


def test_everything_declared_is_read_with_its_range_and_extra() -> None:
    declared = {(line, "") for line in PROJECT["dependencies"]} | {
        (line, extra) for extra, lines in PROJECT["optional-dependencies"].items() for line in lines
    }
    found = {(one.name, frozenset(one.range.split(",")), one.extra) for one in requirements()}
    assert found == {
        (name, frozenset(line.removeprefix(name).split(",")), extra)
        for line, extra in declared
        for name in [re.split("[<>]", line)[0]]
    }


VERSIONS = ["0.2", "1.9.9", "2", "2.0", "2.6.0+cpu", "3.0.1", "3.12", "3.9", "4.0", "10.1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_ranges_mean_what_the_packaging_library_says(version: str) -> None:
    ranges = {one.range for one in requirements()}
    assert len(ranges) > 10
    for one in ranges:
        assert is_within(version, one) is SpecifierSet(one).contains(version), one


@pytest.mark.parametrize(
    ("version", "declared"), [("1.0", "!=1.0"), ("1.0", "~=1.0"), ("unknown", ">=1"), ("", "<2")]
)
def test_what_cannot_be_compared_is_not_judged(version: str, declared: str) -> None:
    assert is_within(version, declared) is None


def test_what_is_installed_is_told_with_its_version() -> None:
    assert only(system(), "folkbench").detail == metadata.version("folkbench")
    click = only(packages(), "click")
    assert (click.state, click.detail) == ("ok", metadata.version("click"))


def test_what_only_developers_need_is_not_told() -> None:
    assert not [check for check in packages() if check.name == "ruff"]


@pytest.mark.parametrize(
    ("package", "state", "fails", "words"),
    [
        (("aiohttp", "2.3"), "broken", True, "2.3 is installed, <4,>=3.12 is needed; pip install"),
        (("aiohttp", None), "missing", True, "not installed; pip install --upgrade folkbench"),
        (("transformers", "4.9"), "broken", False, "pip install 'folkbench[transformers]'"),
        (("vllm", None), "missing", False, "not installed; pip install 'folkbench[vllm]'"),
        (("vllm", "0.40"), "ok", False, "0.40"),
    ],
)
def test_a_package_that_is_not_right_is_told_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
    package: tuple[str, str | None],
    state: str,
    fails: bool,
    words: str,
) -> None:
    real, (name, version) = metadata.version, package

    def pretended(asked: str) -> str:
        if asked == name and version is None:
            raise metadata.PackageNotFoundError(asked)
        return version if asked == name and version else real(asked)

    monkeypatch.setattr(metadata, "version", pretended)
    check = only(packages(), name)
    assert (check.state, check.fails) == (state, fails)
    assert words in check.detail


TORCH = """
import sys
class version: cuda = {cuda!r}; hip = None
class cuda:
    def is_available(): {available}
    def device_count(): return 2
    def get_device_properties(i):
        class properties: name = f"Card {{i}}"; total_memory = 80 << 30
        return properties
"""


def pretend_torch(patch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    (folder / "torch.py").write_text(code)
    patch.syspath_prepend(folder)
    patch.setenv("PYTHONPATH", str(folder))


@pytest.mark.parametrize(
    ("code", "state", "told"),
    [
        (
            TORCH.format(cuda="12.8", available="return True"),
            "ok",
            {"cuda:0": "Card 0, 80 GiB", "cuda:1": "Card 1, 80 GiB"},
        ),
        (
            TORCH.format(cuda=None, available="return False"),
            "missing",
            {"devices": "this torch is built for the CPU alone; models that run in this process"},
        ),
        (
            TORCH.format(
                cuda="12.8",
                available="import warnings; warnings.warn('the driver is too old')",
            ),
            "missing",
            {"devices": "the driver is too old; models that run in this process run on the CPU"},
        ),
        ("raise ImportError('no libcudart')", "broken", {"torch": "ImportError: no libcudart"}),
        ("import os; os._exit(7)", "broken", {"torch": "cannot be imported: exit code 7"}),
        ("import time; time.sleep(60)", "broken", {"torch": "cannot be imported within 0.3 s"}),
    ],
)
def test_the_gpus_are_those_that_torch_sees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, state: str, told: dict[str, str]
) -> None:
    pretend_torch(monkeypatch, tmp_path, code)
    checks = gpu(timeout_s=0.3 if "sleep" in code else 60.0)
    assert [check.name for check in checks] == list(told)
    for check in checks:
        assert check.state == state
        assert told[check.name] in check.detail
        assert not check.fails


def test_without_torch_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", None)
    (check,) = gpu()
    assert check.state == "missing"
