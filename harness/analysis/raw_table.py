"""Files of tables as they are read: CSV, Parquet or JSON lines, each column as codes of values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.errors import RecordError, shorten
from harness.identity import canonical_json

__all__ = ["Column", "RawTable", "read_table"]

Ints: TypeAlias = NDArray[np.int64]

PARQUET = (".parquet", ".pq")
JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Column:
    """A column: which of its values stands in each row.

    Attributes:
        codes: shape (rows,), indices of `distinct`; -1 where the cell is empty.
        distinct: the values, as read; text in CSV. Lists and objects are JSON text.
    """

    codes: Ints
    distinct: list[Any]


@dataclass(frozen=True)
class RawTable:
    """A table as it was read.

    Attributes:
        path: the file.
        columns: by name.
        n_rows: rows below the header.
        where: tells where a row stands, counted from 0, as `file:line` if the file has lines.
    """

    path: Path
    columns: dict[str, Column]
    n_rows: int
    where: Callable[[int], str]


def read_table(path: Path) -> RawTable:
    """Read a table, by the ending of its name: `.parquet`, `.jsonl`, or else CSV.

    Raises:
        RecordError: the file cannot be read, or is no such table; the message tells the line.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from error
    if start == b"PAR1" or path.suffix.lower() in PARQUET:
        return _read_parquet(path)
    if path.suffix.lower() == ".json":
        raise RecordError(
            f"{path}: a table in JSON has to be JSON lines, an object for each row; name it .jsonl"
        )
    if path.suffix.lower() in JSON_LINES or start[:1] == b"{":
        return _read_json_lines(path)
    return _read_csv(path)


def _read_csv(path: Path) -> RawTable:
    """A table whose cells are separated by commas, or else semicolons or tabs."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    header, separator = _header(path)
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise RecordError(f"{path}:1: two columns are called {shorten(min(twice))}; rename one")
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = arrow.read_csv(
            path,
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(header, text), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise RecordError(_csv_fault(path, separator, len(header)) or f"{path}: {error}") from error
    columns = {name: _arrow_column(table.column(i)) for i, name in enumerate(header)}
    return RawTable(path, columns, table.num_rows, lambda row: f"{path}:{_line(path, row)}")


def _header(path: Path) -> tuple[list[str], str]:
    """The names of the columns, and what separates cells."""
    with path.open("rb") as file:
        first = file.readline(1 << 20)
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}:1: not UTF-8 text; save the table as UTF-8") from error
    if not line.strip():
        raise RecordError(f"{path} is empty: its first line has to name the columns")
    separator = next((sign for sign in ",;\t" if sign in line), ",")
    return next(csv.reader([line], delimiter=separator)), separator


def _csv_rows(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the number of its last line."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        next(reader, None)
        for row in reader:
            if row:
                yield reader.line_num, row


def _line(path: Path, row: int) -> int:
    """The line on which a row of a CSV file ends."""
    separator = _header(path)[1]
    return next(line for i, (line, _) in enumerate(_csv_rows(path, separator)) if i == row)


def _csv_fault(path: Path, separator: str, width: int) -> str | None:
    """What is wrong with a CSV file, if it is a row too long or too short, or no text."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"{path}:{number}: not UTF-8 text; save the table as UTF-8"
    try:
        for number, row in _csv_rows(path, separator):
            if len(row) != width:
                return (
                    f"{path}:{number}: {len(row)} cells where the header names {width} columns:"
                    f" {shorten(row)}"
                )
    except csv.Error as error:
        return f"{path}: {error}"
    return None


def _read_parquet(path: Path) -> RawTable:
    """A Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise RecordError(f"{path} is no readable Parquet file: {error}") from error
    names = table.column_names
    columns = {name: _arrow_column(table.column(i)) for i, name in enumerate(names)}
    return RawTable(path, columns, table.num_rows, lambda row: f"{path}, row {row}")


def _arrow_column(column: Any) -> Column:
    """A column of Arrow's as codes."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_nested(kind):
        return _coded(column.to_pylist())
    if not pa.types.is_dictionary(kind):
        column = column.dictionary_encode()
    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Column(codes, whole.dictionary.to_pylist())


def _read_json_lines(path: Path) -> RawTable:
    """JSON lines, an object each."""
    import orjson

    names: dict[str, list[Any]] = {}
    lines: list[int] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                told = orjson.loads(line)
            except ValueError as error:
                raise RecordError(f"{path}:{number}: not valid JSON: {error}") from error
            if not isinstance(told, dict):
                raise RecordError(f"{path}:{number}: {shorten(told)} is no object of columns")
            for name, value in told.items():
                cells = names.setdefault(name, [])
                cells.extend([None] * (len(lines) - len(cells)))
                cells.append(value)
            lines.append(number)
    for cells in names.values():
        cells.extend([None] * (len(lines) - len(cells)))
    columns = {name: _coded(cells) for name, cells in names.items()}
    return RawTable(path, columns, len(lines), lambda row: f"{path}:{lines[row]}")


def _coded(cells: list[Any]) -> Column:
    """Values of any kind as codes; 1, 1.0, true and '1' are told apart here."""
    known: dict[tuple[type, Any], int] = {}
    codes = np.empty(len(cells), np.int64)
    for i, cell in enumerate(cells):
        plain = canonical_json(cell) if isinstance(cell, list | dict) else cell
        key = (type(plain), plain)
        codes[i] = -1 if plain is None else known.setdefault(key, len(known))
    return Column(codes, [value for _, value in known])
