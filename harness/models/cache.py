"""Replies of earlier runs, in one SQLite file, found by everything that was sent for them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import RecordError
from harness.identity import canonical_json
from harness.mounts import is_shared

__all__ = ["Cache"]

SCHEMA = 1
"""Rises when what is kept, or what it is found by, changes its meaning."""

OURS = 0x466F6C6B  # "Folk"

WAIT_S = 30.0
"""Seconds to wait for another process that writes."""

FIND = "SELECT schema, echo, value FROM replies WHERE key = ?"
KEEP = "INSERT OR REPLACE INTO replies (key, schema, echo, value) VALUES (?, ?, ?, ?)"
TABLE = (
    "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, schema INTEGER NOT NULL,"
    " echo TEXT NOT NULL, value TEXT NOT NULL)"
)


class Cache:
    """A file of replies, JSON only; several processes may use it at once.

    `get` and `put` take some microseconds, but a write can wait for another process or for the
    disk: an event loop calls them in a thread. Any thread may.

    Args:
        path: the file, which is made if it does not exist.

    Raises:
        RecordError: it cannot be written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._process = 0
        self._connection: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        with self._lock, self._telling("used"):
            self._connected()

    @staticmethod
    def key(
        provider: str, base_url: str, model: str, body: Mapping[str, Any], sample: object
    ) -> str:
        """What a reply is found by: the SHA-256 hash of all that is sent, to whom, and `sample`.

        Args:
            provider: the provider's name.
            base_url: the server, where there may be several; '' otherwise.
            model: the model's name.
            body: what is sent.
            sample: JSON data that tells apart calls that send the same.
        """
        asked = [SCHEMA, provider, base_url, model, body, sample]
        return hashlib.sha256(canonical_json(asked).encode()).hexdigest()

    def get(self, key: str, echo: object) -> dict[str, Any] | None:
        """What was kept, if it was kept for this `echo` (JSON data), and can be read; else None.

        Raises:
            RecordError: the file cannot be read.
        """
        with self._lock, self._telling("read"):
            row = self._connected().execute(FIND, (key,)).fetchone()
        if row is None or row[0] != SCHEMA or row[1] != canonical_json(echo).encode():
            return None
        try:
            value = json.loads(row[2])
        except (ValueError, TypeError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def put(self, key: str, echo: object, value: Mapping[str, Any]) -> None:
        """Keep JSON data, in place of what was kept before.

        Raises:
            RecordError: the file cannot be written.
        """
        row = (key, SCHEMA, canonical_json(echo), canonical_json(value))
        with self._lock, self._telling("written"), _transaction(self._connected()) as connection:
            connection.execute(KEEP, row)

    def close(self) -> None:
        """Let go of the file; whatever uses it again opens it again."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        """This process's connection: one taken over from a parent must not be used."""
        if self._connection is None or self._process != os.getpid():
            self._inherited = self._connection  # closing it here would harm the parent
            self._make_folder()
            self._connection = _open(self._path)
            self._process = os.getpid()
        return self._connection

    def _make_folder(self) -> None:
        """Make the file's folder, but none outside of where the user works: that is a slip.

        Raises:
            OSError: it cannot be, or is not to be made.
        """
        folder = self._path.parent
        if not folder.exists() and not folder.absolute().is_relative_to(Path.cwd()):
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}")
        folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Whatever SQLite or the disk refuses is a RecordError that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise RecordError(
                f"the cache {self._path} cannot be {what}: {error}; {_advice(error)}"
            ) from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            why = getattr(error, "strerror", None) or str(error)
            raise RecordError(
                f"the cache {str(self._path)!r} cannot be {what}: {why}; choose another --cache,"
                " or none"
            ) from error


def _advice(error: sqlite3.Error) -> str:
    """What to do about an error."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process has held it for long; end that, or choose another --cache"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "move it away, or choose another --cache"
    if code == sqlite3.SQLITE_FULL:
        return "make room on the disk, or go on without --cache"
    return "choose another --cache, or none"


def _open(path: Path) -> sqlite3.Connection:
    """A connection to a file that is ours and can be written."""
    connection = sqlite3.connect(
        path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.text_factory = bytes  # text that is no UTF-8 is for us to judge
        with _transaction(connection):
            _claim(connection, path)
        _choose_journal(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _claim(connection: sqlite3.Connection, path: Path) -> None:
    """Make the table in an empty file; refuse what is not ours to write."""
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner != OURS and (owner or schema or tables):
        raise RecordError(f"{path} is a database, but no cache of replies; choose another --cache")
    if schema > SCHEMA:
        raise RecordError(
            f"the cache {path} is of schema {schema}, and this version of Folkbench knows up to"
            f" {SCHEMA}; upgrade it, or choose another --cache"
        )
    if not tables:
        connection.execute(f"PRAGMA application_id = {OURS}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute(TABLE)


def _choose_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Use a write-ahead log on a file system of this machine, where SQLite lets us."""
    if is_shared(path.resolve().parent):  # a write-ahead log breaks there (sqlite.org/wal.html)
        return
    with contextlib.suppress(sqlite3.OperationalError):  # then the journal stays what it was
        (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if journal == b"wal":  # a power cut may lose the last replies there, but breaks nothing
            connection.execute("PRAGMA synchronous = NORMAL")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that writes; it takes its turn at the beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
