"""Where output goes that nobody reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = f"{sys.executable} -m harness.cli run chicken --agents tit_for_tat,random --quiet --out run"


@pytest.mark.parametrize("ending", ["| true; exit ${PIPESTATUS[0]}", ">&-"])
def test_a_run_whose_output_nobody_reads_ends_well(tmp_path: Path, ending: str) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"{RUN} {ending}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "run/matches.jsonl").read_bytes()
