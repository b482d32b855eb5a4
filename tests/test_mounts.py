from __future__ import annotations

from pathlib import Path

import pytest

from harness.mounts import file_system, is_shared


@pytest.mark.parametrize(
    ("mounts", "kind", "shared"),
    [
        ("/dev/sda / ext4 rw 0 0\n", "ext4", False),
        ("/dev/sda / ext4 rw 0 0\nhost:/x {} nfs4 rw 0 0\n", "nfs4", True),
        ("host:/x / nfs rw 0 0\n/dev/sdb {} xfs rw 0 0\n", "xfs", False),
        ("/dev/sda / ext4 rw 0 0\nauto {} autofs rw 0 0\nhost:/x {} nfs rw 0 0\n", "nfs", True),
        ("/dev/sda / ext4 rw 0 0\nhost:/x {}\\040other nfs4 rw 0 0\n", "ext4", False),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, kind: str, shared: bool
) -> None:
    told = mounts.replace("{}", str(tmp_path.resolve()))
    monkeypatch.setattr(Path, "read_text", lambda *_: told)
    assert file_system(tmp_path) == kind
    assert is_shared(tmp_path) is shared


def test_where_nothing_tells_the_mounts_the_kind_is_unknown_and_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", none)
    assert file_system(tmp_path) == ""
    assert not is_shared(tmp_path)
