from __future__ import annotations

import gc
import time

from harness.testing import denial


def test_what_others_do_when_garbage_is_collected_is_nobodys_fault() -> None:
    def clocked(phase: str, info: dict[str, int]) -> None:
        time.perf_counter()

    gc.callbacks.append(clocked)
    try:
        with denial() as found:
            gc.collect()
        assert found == []
        assert clocked in gc.callbacks
    finally:
        gc.callbacks.remove(clocked)
