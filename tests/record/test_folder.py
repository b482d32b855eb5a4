from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.errors import RecordError, UsageError
from harness.record import writing
from harness.record.folder import read_manifest, read_matches
from harness.record.lines import encode
from harness.record.writing import MatchLog, RunFolder
from tests.record.logs import create

EMPTY: dict[str, Any] = {"games": [], "agents": [], "matches": []}

WHOLE: dict[str, Any] = {
    **dict.fromkeys(("match", "block", "table", "game"), "m"),
    "agents": ["a", None],
    "status": "ok",
    "payoffs": [1, 0.5],
    "rounds": 2,
    "actions": [["x", 1], [None, None]],
    "round_payoffs": [[1, 0], [None, 0.5]],
}


def line(**fields: Any) -> bytes:
    """A line with all that a match's line must have."""
    return encode({**WHOLE, **fields})


def test_a_manifest_is_written_once_with_its_schema(tmp_path: Path) -> None:
    with create(tmp_path / "run", {**EMPTY, "seed": 1}):
        pass
    assert read_manifest(tmp_path / "run") == {"schema_version": 1, **EMPTY, "seed": 1}
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == ["manifest.json", "matches.jsonl"]


def test_an_existing_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(UsageError, match="exists already; choose another"):
        RunFolder.create(tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot make the folder .*file"):
        RunFolder.create(tmp_path / "file" / "run", {})


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        for i in range(1000):
            log.append(line(match=str(i)))
    assert [match["match"] for match in read_matches(tmp_path / "run")] == list(
        map(str, range(1000))
    )


def test_lines_are_on_disk_within_the_promised_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("harness.record.writing.time.monotonic", lambda: clock[0])
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line())
        assert list(read_matches(tmp_path / "run")) == []
        clock[0] = writing.FLUSH_S
        log.append(line())
        assert len(list(read_matches(tmp_path / "run"))) == 2


def test_a_full_disk_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with RunFolder.create(tmp_path / "run", EMPTY) as opened:
        log = MatchLog(opened.path)
        log.append(line())
        monkeypatch.setattr("harness.record.disk.os.write", full)
        with pytest.raises(RecordError, match=r"cannot write to .*matches\.jsonl: No space left"):
            log.close()


def test_a_write_that_takes_only_part_is_carried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(
        "harness.record.disk.os.write", lambda handle, data: whole(handle, data[:7])
    )
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line(match="a long name"))
    assert [match["match"] for match in read_matches(tmp_path / "run")] == ["a long name"]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line(match="1") + b'{"mat')
    assert [match["match"] for match in read_matches(tmp_path / "run")] == ["1"]


def test_any_other_bad_line_is_an_error_with_its_number(tmp_path: Path) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line() + b'{"mat\n' + line())
    with pytest.raises(RecordError, match=r"matches\.jsonl:2: not valid JSON"):
        list(read_matches(tmp_path / "run"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is no run folder"),
        ("{", "not valid JSON"),
        ("[]", "no schema_version"),
        ("{}", "no schema_version"),
        (json.dumps({"schema_version": 1}), "does not list games"),
        (json.dumps({"schema_version": 999}), "of schema 999, .* reads up to 1; upgrade"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(RecordError, match=message):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"[]", b'{"match": 1}', b"null", b"3"])
def test_a_line_that_is_no_match_is_an_error_with_its_number(
    tmp_path: Path, content: bytes
) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line() + content + b"\n")
    with pytest.raises(RecordError, match=r"matches\.jsonl:2: not the line of a match"):
        list(read_matches(tmp_path / "run"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("match", ["m"]), ("status", "great"), ("status", ["ok"]), ("payoffs", ["x", 1])],
        *[("payoffs", None), ("payoffs", [1]), ("rounds", "2"), ("agents", None)],
        *[("actions", [["x"]]), ("round_payoffs", [["1", 0], [None, 0]]), ("turns", [3])],
        *[("problems", [{}]), ("problems", [{"round": 0, "player": 2}]), ("seed", "0")],
        *[("measures", {"share": [1]}), ("stages", [1]), ("branch", {"match": "m"})],
    ],
)
def test_a_line_with_a_value_that_no_match_has_is_named(
    tmp_path: Path, key: str, value: Any
) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line() + line(**{key: value}))
    with pytest.raises(RecordError, match=rf"matches\.jsonl:2: not the line of a match: {key} is"):
        list(read_matches(tmp_path / "run"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("config", []),
        ("resumed", [{}]),
        ("games", [1]),
        ("games", [{"spec": "g"}]),
        ("agents", [{}]),
    ],
)
def test_a_manifest_with_a_value_that_none_has_is_named(
    tmp_path: Path, key: str, value: Any
) -> None:
    told = json.dumps({"schema_version": 1, **EMPTY, key: value})
    (tmp_path / "manifest.json").write_text(told)
    with pytest.raises(RecordError, match=rf"manifest\.json: {key} is"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("value", ["\ud800", 2**90, -(2**64), 0.1, "\u2028", 12345678901234567890])
def test_whatever_is_written_is_read_as_it_was(tmp_path: Path, value: Any) -> None:
    with create(tmp_path / "run", EMPTY) as log:
        log.append(line(info=value))
    (read,) = read_matches(tmp_path / "run")
    assert read["info"] == value
    assert type(read["info"]) is type(value)


def test_a_full_disk_leaves_no_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.record.disk.os.fsync", full)
    with pytest.raises(UsageError, match=r"cannot (make|write|lock).*: No space left"):
        RunFolder.create(tmp_path / "run", EMPTY)
    assert not (tmp_path / "run").exists()


def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot make the folder"):
        RunFolder.create(tmp_path / "a\0b", EMPTY)
