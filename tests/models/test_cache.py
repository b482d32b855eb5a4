from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RecordError
from harness.models import cache as module
from harness.models.cache import SCHEMA, Cache

BODY = {"model": "m", "messages": [{"role": "user", "content": "J or F?"}], "seed": 3}
KEPT = {"text": "J", "usage": {"input": 3}, "scores": [None, -0.5]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "replies.sqlite"


def tamper(path: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def one(path: Path, query: str) -> Any:
    """The single value that a query finds, asked past our own code."""
    connection = sqlite3.connect(path)
    try:
        (value,) = connection.execute(query).fetchone()
    finally:
        connection.close()
    return value


def test_what_is_kept_comes_back_also_in_a_later_process(path: Path) -> None:
    cache = Cache(path)
    assert cache.get("k", BODY) is None
    cache.put("k", BODY, KEPT)
    assert cache.get("k", BODY) == KEPT
    cache.close()
    assert Cache(path).get("k", BODY) == KEPT


def test_what_is_kept_again_takes_the_place_of_the_old(path: Path) -> None:
    cache = Cache(path)
    cache.put("k", BODY, {"text": "J"})
    cache.put("k", BODY, {"text": "F"})
    assert cache.get("k", BODY) == {"text": "F"}


@pytest.mark.parametrize(
    "other",
    [
        ("anthropic", "", "m", BODY, [1]),
        ("openai", "http://127.0.0.1/v1", "m", BODY, [1]),
        ("openai", "", "m2", BODY, [1]),
        ("openai", "", "m", BODY | {"seed": 4}, [1]),
        ("openai", "", "m", BODY | {"seed": 3.0}, [1]),
        ("openai", "", "m", BODY | {"seed": None}, [1]),
        ("openai", "", "m", BODY, [2]),
        ("openai", "", "m", BODY, [True]),
        ("", "openai", "m", BODY, [1]),
    ],
)
def test_the_key_tells_apart_whatever_differs_in_what_is_sent(other: Any) -> None:
    key = Cache.key("openai", "", "m", BODY, [1])
    assert len(key) == 64
    assert Cache.key(*other) != key


def test_the_key_does_not_depend_on_the_order_of_names() -> None:
    turned = dict(reversed(BODY.items()))
    assert Cache.key("openai", "", "m", turned, 1) == Cache.key("openai", "", "m", BODY, 1)


def test_the_key_changes_with_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Cache.key("openai", "", "m", BODY, 1)
    monkeypatch.setattr(module, "SCHEMA", SCHEMA + 1)
    assert Cache.key("openai", "", "m", BODY, 1) != before


def test_a_reply_to_something_else_is_none(path: Path) -> None:
    cache = Cache(path)
    cache.put("k", BODY, KEPT)
    assert cache.get("k", BODY | {"seed": 4}) is None
    assert cache.get("k2", BODY) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("value", '{"text": "J'),
        ("value", "[1]"),
        ("value", "null"),
        ("value", b"\xff\xfe"),
        ("value", "[" * 100_000),
        ("echo", b"\xff\xfe"),
        ("echo", "{}"),
        ("schema", SCHEMA + 1),
        ("schema", "x"),
    ],
)
def test_an_entry_that_is_damaged_or_of_another_schema_is_none(
    path: Path, column: str, value: object
) -> None:
    cache = Cache(path)
    cache.put("k", BODY, KEPT)
    statements = {
        "value": "UPDATE replies SET value = CAST(? AS TEXT)",
        "echo": "UPDATE replies SET echo = CAST(? AS TEXT)",
        "schema": "UPDATE replies SET schema = ?",
    }
    tamper(path, statements[column], value)
    assert cache.get("k", BODY) is None


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(body=json_data, value=st.dictionaries(st.text(), json_data, max_size=4))
def test_any_json_data_comes_back_as_it_was(body: Any, value: dict[str, Any]) -> None:
    cache = Cache(Path(":memory:"))
    cache.put("k", body, value)
    assert cache.get("k", body) == value
    cache.close()


def test_half_a_surrogate_pair_is_kept(path: Path) -> None:
    cache = Cache(path)
    cache.put("k", {"say": "\ud800"}, {"text": "\udfff"})
    assert cache.get("k", {"say": "\ud800"}) == {"text": "\udfff"}


def test_nothing_is_ever_unpickled(path: Path) -> None:
    cache = Cache(path)
    cache.put("k", BODY, KEPT)
    assert json.loads(one(path, "SELECT value FROM replies")) == KEPT


def test_folders_on_the_way_are_made_where_the_user_works_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordError, match="there is no folder"):
        Cache(tmp_path / "a" / "b" / "replies")
    assert not any(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    Cache(tmp_path / "a" / "b" / "replies").put("k", 1, {})
    assert (tmp_path / "a" / "b" / "replies").is_file()


@pytest.mark.parametrize("where", ["", "file/below", "nul\0"])
def test_a_path_that_cannot_be_is_told_with_what_to_do(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecordError, match=r"the cache .* cannot be used.*--cache"):
        Cache(tmp_path / where)


def test_a_file_system_that_cannot_be_written_is_told() -> None:
    with pytest.raises(RecordError, match=r"/proc/replies cannot be used: unable to open"):
        Cache(Path("/proc/replies"))


def test_a_file_that_is_no_database_is_told_and_left_alone(path: Path) -> None:
    path.write_text("dear diary, " * 100)
    with pytest.raises(RecordError, match=r"not a database; move it away"):
        Cache(path)
    assert path.read_text() == "dear diary, " * 100


def test_another_programs_database_is_told_and_left_alone(path: Path) -> None:
    tamper(path, "CREATE TABLE diary (entry TEXT)")
    before = path.read_bytes()
    with pytest.raises(RecordError, match="a database, but no cache of replies"):
        Cache(path)
    assert path.read_bytes() == before


def test_a_cache_of_a_newer_version_is_told_and_left_alone(path: Path) -> None:
    Cache(path).close()
    tamper(path, f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(RecordError, match=rf"{path} is of schema {SCHEMA + 1}.*upgrade"):
        Cache(path)


def test_a_file_damaged_in_the_middle_of_a_run_is_told(path: Path) -> None:
    cache = Cache(path)
    for i in range(200):
        cache.put(str(i), BODY, {"text": "J" * 500})
    cache.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xaa" * (len(content) - 8192)
    path.write_bytes(content)
    cache = Cache(path)
    with pytest.raises(RecordError, match=r"cannot be read: .*move it away"):
        [cache.get(str(i), BODY) for i in range(200)]


def test_a_writer_that_never_ends_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    cache = Cache(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordError, match="cannot be written: database is locked; another process"):
        cache.put("k", BODY, KEPT)
    other.execute("ROLLBACK")
    other.close()
    cache.put("k", BODY, KEPT)
    assert cache.get("k", BODY) == KEPT


def test_readers_do_not_wait_for_a_writer(path: Path) -> None:
    cache = Cache(path)
    cache.put("k", BODY, KEPT)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert cache.get("k", BODY) == KEPT
    other.close()


def test_where_machines_share_the_file_system_there_is_no_write_ahead_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_shared", lambda folder: True)
    cache = Cache(path)
    cache.put("k", BODY, KEPT)
    assert cache.get("k", BODY) == KEPT
    assert one(path, "PRAGMA journal_mode") == "delete"


def test_threads_share_a_cache(path: Path) -> None:
    cache = Cache(path)

    def work(i: int) -> None:
        for n in range(20):
            cache.put(f"{i}-{n}", BODY, {"text": str(n)})

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [cache.get(f"{i}-{n}", BODY) for i in range(8) for n in range(20)]
    assert found == [{"text": str(n)} for _ in range(8) for n in range(20)]


WORK = """
import sys
from pathlib import Path
from harness.models.cache import Cache
path, me = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()  # all begin together
cache = Cache(path)
for n in range(60):
    cache.put(f"{me}-{n}", n, {"text": me * 200, "n": n})
    cache.put("shared", 0, {"by": me})
    assert cache.get(f"{me}-{n}", n) == {"text": me * 200, "n": n}
    assert set(cache.get("shared", 0)) == {"by"}
"""


def test_processes_share_a_cache_that_they_make_together(path: Path) -> None:
    command = [sys.executable, "-c", WORK, str(path)]
    workers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in "abcd"
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"\n")
        worker.stdin.flush()
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert (worker.returncode, errors) == (0, b"")
    cache = Cache(path)
    found = {name: [cache.get(f"{name}-{n}", n) for n in range(60)] for name in "abcd"}
    for name, kept in found.items():
        assert kept == [{"text": name * 200, "n": n} for n in range(60)]


FORK = """
import os, sys
from pathlib import Path
from harness.models.cache import Cache
cache = Cache(Path(sys.argv[1]))
cache.put("parent", 0, {"by": "parent"})
child = os.fork()
if child == 0:
    cache.put("child", 0, {"by": "child"})
    os._exit(0 if cache.get("parent", 0) == {"by": "parent"} else 2)
assert os.waitpid(child, 0)[1] == 0
assert cache.get("child", 0) == {"by": "child"}
cache.put("parent", 0, {"by": "parent again"})
assert cache.get("parent", 0) == {"by": "parent again"}
"""


def test_a_forked_process_opens_the_file_anew(path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORK, str(path)], check=True, timeout=60)
    assert one(path, "PRAGMA integrity_check") == "ok"
