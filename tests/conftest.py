"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long anything takes is the machine's business: a loaded one makes no test fail.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
