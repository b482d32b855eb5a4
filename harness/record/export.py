"""Tables written to files that other programs read. They are derived, and can be deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.errors import RecordError
from harness.record.calls import calls_table
from harness.record.lines import encode
from harness.record.tables import matches_table, moves_table, stages_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Format", "export"]

Format: TypeAlias = Literal["parquet", "csv", "jsonl"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheet programs."""


def export(folder: Path, form: Format, into: Path | None = None) -> list[Path]:
    """Write the moves and the matches table of a run, and those of stages and calls if any.

    Args:
        folder: the run folder.
        form: `parquet`, `csv` or `jsonl`.
        into: where to put them; the run folder itself by default.

    Returns:
        The files written. Files of the same name are replaced.

    Raises:
        RecordError: the run cannot be read, or the files cannot be written.
    """
    written = []
    makers = {
        "matches": matches_table,
        "moves": moves_table,
        "stages": stages_table,
        "calls": calls_table,
    }
    for name, make in makers.items():
        table = make(folder)
        stem = f"{name}_table" if form == "jsonl" else name  # matches.jsonl is a log itself
        path = (into or folder) / f"{stem}.{form}"
        if name in ("stages", "calls") and table.empty:
            path.unlink(missing_ok=True)  # one of another run, exported here before
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.tmp")
            try:
                _write(table, draft, form)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise RecordError(f"cannot write {path}: {error.strerror}") from error
        written.append(path)
    return written


def _write(table: pd.DataFrame, path: Path, form: Format) -> None:
    """Write one table in one format."""
    if form == "parquet":
        mixed = [str(c) for c in table if table[c].dtype == object]
        table.astype(dict.fromkeys(mixed, "string")).to_parquet(path, index=False)
    elif form == "csv":
        texts = [str(c) for c in table if table[c].dtype.kind not in "biuf"]
        safe = table.assign(**{c: table[c].astype(object).map(_harmless) for c in texts})
        safe.to_csv(path, index=False, lineterminator="\n")
    else:
        with path.open("wb") as file:  # pandas' own writer rounds
            for row in table.astype(object).where(table.notna(), None).to_dict("records"):
                file.write(encode({str(key): value for key, value in row.items()}))


def _harmless(value: object) -> object:
    """A cell that no spreadsheet program runs."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
