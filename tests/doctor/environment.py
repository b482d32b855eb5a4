"""An environment in which nothing is set that providers look at."""

from __future__ import annotations

import pytest

from harness.doctor.plugins import providers


def unset_all(patch: pytest.MonkeyPatch) -> None:
    """Let there be no keys and no servers; whatever `.env` sets later is undone."""
    for what in providers().values():
        for variable in (what.key_from[0], what.server_from[0]):
            if variable:
                patch.setenv(variable, "x")  # only what was changed is undone
                patch.delenv(variable)
