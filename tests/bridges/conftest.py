"""What the tests with other people's libraries need: that they are installed."""

from __future__ import annotations

import importlib
import warnings
from importlib.util import find_spec

import pytest

NEEDED = ("axelrod", "pyspiel", "nashpy")


@pytest.fixture(scope="session")
def imported(installed: None) -> None:
    """The Axelrod library imported, which takes seconds and warns of its dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("axelrod")


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skip where a library is not there; `make test-bridges` installs all of them."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: make test-bridges installs what it takes")
