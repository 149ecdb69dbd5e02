"""The log of a study: every row follows from the one before and holds the hash of each table as it was then.

Whoever changes a file can also write the whole log anew. What then differs is the seal, the hash of the last row:
kept somewhere else it proves the content, without it the log only shows changes that did not care for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional, Union

from ..engine.base import InputError, Progress
from ..engine.tables import SCHEMAS
from .content_hashes import TableContent, hash_tables
from .study_checks import require_plain_tables
from .study_extras import extras_in

TABLE = "audit"
STAGE = "Hashing the tables"
# Version of the log: from 2 on its rows hold the hashes of the tables. The run record names it.
LOG_VERSION = 2
# 96 bits: too many to find another study with the same beginning of a hash, few enough to be compared by eye.
SEAL_DIGITS, SEAL_GROUP = 24, 4
_COLUMNS = tuple(SCHEMAS[TABLE].columns)
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_FIRST_HASH = "0" * 64
UNPROVEN = "The content is unproven: the study was written by a version whose log held no hashes of the tables."
Contents = Mapping[str, TableContent]


@dataclass(frozen=True)
class StudyCheck:
    """What the log of a study says of its content.

    `faults` are sentences, one per table that does not fit, or table or trigger that somebody added. `is_proven` is
    false for a study of an earlier version, whose log says nothing of the tables. `seal` is the hash of the last row of
    the log, "" where there is none.
    """

    faults: tuple[str, ...]
    is_proven: bool
    seal: str

    @property
    def fits(self) -> bool:
        """Return whether every table is as the log says."""
        return self.is_proven and not self.faults

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what does not fit, and what cannot be said."""
        return self.faults if self.is_proven else (*self.faults, UNPROVEN)


def short_seal(seal: str) -> str:
    """Return the first digits of a seal in groups, to be printed, read out and compared by eye."""
    return "-".join(seal[at : at + SEAL_GROUP] for at in range(0, min(len(seal), SEAL_DIGITS), SEAL_GROUP))


def require_seal(text: str) -> str:
    """Return the digits of a seal as an analyst gives it, "" for none; raise InputError for what is no seal."""
    digits = "".join(text.split()).replace("-", "").lower()
    if digits and (len(digits) < SEAL_DIGITS or set(digits) - set("0123456789abcdef")):
        raise InputError(f"A seal has {SEAL_DIGITS} to 64 digits (0-9, a-f): copy it whole, in its short or long form.")
    return digits


def append_audit(
    rows: Sequence[Mapping[str, Any]], action: str, detail: Mapping[str, Any], content: Optional[Contents] = None,
    log_rows: Optional[int] = None,
) -> list[dict[str, Any]]:
    """Return the log with one more row: columns of the table `audit`, hash = SHA-256 of previous hash and content.

    `detail` holds plain values, `content` what the tables hold after the action, `log_rows` how many rows the log
    has once all that is written with this one is there.
    """
    told = dict(detail)
    if content is not None:
        told["content"] = {name: asdict(one) for name, one in sorted(content.items())}
        told["log_rows"] = log_rows or len(rows) + 1
    row = {
        "seq": len(rows) + 1,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "action": action,
        "detail": json.dumps(told, sort_keys=True, ensure_ascii=False, default=_plain),
        "previous_hash": rows[-1]["hash"] if rows else _FIRST_HASH,
    }
    return [*(dict(old) for old in rows), {**row, "hash": _hash(row)}]


def verify_audit(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether every row follows from the one before: false once a row was changed, removed or inserted."""
    return _first_break(rows) is None


def write_log(connection: sqlite3.Connection, steps: Sequence[Mapping[str, Any]], progress: Progress) -> None:
    """Write the log of a new study, whose other tables are written: a row per step ("action" and "detail")."""
    content = hash_tables(connection, SCHEMAS, TABLE, lambda: progress.step(STAGE, 1.0))
    rows: list[dict[str, Any]] = []
    for step in steps:
        rows = append_audit(rows, step["action"], step["detail"], content, len(steps))
    _insert(connection, rows)


@contextlib.contextmanager
def logged_change(
    connection: sqlite3.Connection, tables: Sequence[str], action: str, detail: Mapping[str, Any]
) -> Iterator[None]:
    """Change the rows of `tables` inside, and log it: raises InputError first if the log or one of them does not fit.

    Hashes of the other tables are taken from the row before: a change that nobody logged stays one that shows.
    """
    rows = read_log(connection)
    known = content_of(rows[-1]) if rows else None
    before = hash_tables(connection, tables, TABLE)
    for table in tables:
        if not verify_audit(rows) or (known is not None and known.get(table) != before.get(table)):
            raise InputError(f"The log of this study does not fit its table {table}: run the study again.")
    yield
    content = None if known is None else {**known, **hash_tables(connection, tables, TABLE)}
    _insert(connection, append_audit(rows, action, detail, content)[-1:])


def log_step(connection: sqlite3.Connection, action: str, detail: Mapping[str, Any]) -> None:
    """Add a row to a log; what it says of tables goes on as it was."""
    rows = read_log(connection)
    _insert(connection, append_audit(rows, action, detail, content_of(rows[-1]) if rows else None)[-1:])


def read_seal(path: Union[str, Path]) -> str:
    """Return the seal of the study at `path` as its log has it, unchecked; "" where it has none."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            rows = read_log(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise InputError(f"{Path(path).name} cannot be read: it is damaged or no study ({error}).") from error
    return str(rows[-1]["hash"]) if rows else ""


def check_study(path: Union[str, Path], progress: Optional[Progress] = None, seal: str = "") -> StudyCheck:
    """Return what the log of the study at `path` says of its content now, and of a `seal` that was kept elsewhere.

    Called in any thread. Raises InputError if the file cannot be read, is no study, or `seal` is none; Cancelled.
    """
    progress = progress or Progress()
    source, digits = Path(path), require_seal(seal)
    if not os.path.isfile(source):
        raise InputError(f"There is no file {source}.")
    require_plain_tables(source)
    try:
        with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")  # everything is read as it is at one moment
            rows = read_log(connection)
            known = content_of(rows[-1]) if rows else None
            names = {**SCHEMAS, **(known or {})}
            content = hash_tables(connection, names, TABLE, lambda: progress.step(STAGE, 0.5))
            written = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (TABLE,)).fetchone()
            had_hashes = _says_hashes(connection)
            extras = extras_in(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise InputError(f"{source.name} cannot be checked: it is damaged or no study ({error}).") from error
    check = check_log(rows, content, written[0] if written else 0, had_hashes, digits)
    return replace(check, faults=(*check.faults, *extras))


def check_log(
    rows: Sequence[Mapping[str, Any]], content: Contents, written: int, had_hashes: bool, seal: str = ""
) -> StudyCheck:
    """Compare a log with what the tables hold.

    `written` is how many rows the log ever had, `had_hashes` whether the run record says that they hold hashes, `seal`
    the digits of one that was kept elsewhere.
    """
    known = content_of(rows[-1]) if rows else None
    is_proven = known is not None or had_hashes or not rows
    faults = _log_faults(rows, known, written, is_proven)
    if known is not None:
        faults += _table_faults(known, content)
    if seal:
        faults += _seal_faults(rows, seal, content)
    return StudyCheck(tuple(faults), is_proven, str(rows[-1]["hash"]) if rows else "")


def _says_hashes(connection: sqlite3.Connection) -> bool:
    """Return whether the run record says that the log holds hashes; a record that is no table of ours says nothing."""
    try:
        found = connection.execute("SELECT count(*) FROM run WHERE key = 'log_version'").fetchone()
    except sqlite3.OperationalError:
        return False
    return bool(found[0])


def read_log(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the rows of the log in their order."""
    asked = " ".join(("SELECT", _NAMES, "FROM", TABLE, "ORDER BY rowid"))
    return [dict(zip(_COLUMNS, row)) for row in connection.execute(asked)]


def _log_faults(
    rows: Sequence[Mapping[str, Any]], known: Optional[Contents], written: int, is_proven: bool
) -> list[str]:
    """Return at most one sentence: what is wrong with the log itself."""
    if not rows:
        return [f"{TABLE}: the log is empty, its rows were removed."]
    broken = _first_break(rows)
    if broken is not None:
        return [f"{TABLE}: row {broken} does not follow from the row before it; rows were changed, added or removed."]
    if known is None:
        return [f"{TABLE}: the hashes of the tables were removed from the log."] if is_proven else []
    expected = max(_detail(rows[-1]).get("log_rows", 0), written)
    return [f"{TABLE}: {len(rows)} rows where {expected} were written."] if len(rows) != expected else []


def _table_faults(known: Contents, content: Contents) -> list[str]:
    """Return a sentence for each table that is not as the log says."""
    faults = []
    for name in dict.fromkeys([*SCHEMAS, *known]):
        logged, found = known.get(name), content.get(name)
        if logged == found:
            continue
        if found is None:
            faults.append(f"{name}: the table is missing.")
        elif logged is None:
            faults.append(f"{name}: the table was added.")
        elif logged.rows != found.rows:
            faults.append(f"{name}: {found.rows} rows where {logged.rows} were written.")
        else:
            faults.append(f"{name}: rows or columns are not as they were written.")
    return faults


def _seal_faults(rows: Sequence[Mapping[str, Any]], seal: str, content: Contents) -> list[str]:
    """Return what a seal does not prove: everything where it is of no row, else what later rows changed."""
    place = next((number for number, row in enumerate(rows, 1) if str(row["hash"]).startswith(seal)), 0)
    if not place:
        return ["The seal is not that of this study: its log was written anew, or the seal is that of another study."]
    sealed = content_of(rows[place - 1]) or {}
    changed = sorted(name for name in {*sealed, *content} if sealed.get(name) != content.get(name))
    if place == len(rows) or not changed:
        return []
    return [f"The seal is that of row {place} of {len(rows)} of the log and proves nothing of: {', '.join(changed)}."]


def _first_break(rows: Sequence[Mapping[str, Any]]) -> Optional[int]:
    """Return the number of the first row that does not follow from the one before."""
    previous = _FIRST_HASH
    for seq, row in enumerate(rows, start=1):
        if row["seq"] != seq or row["previous_hash"] != previous or row["hash"] != _hash(row):
            return seq
        previous = row["hash"]
    return None


def _hash(row: Mapping[str, Any]) -> str:
    content = [row[column] for column in _COLUMNS if column != "hash"]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, default=repr).encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a numpy number as JSON takes it."""
    return value.item() if hasattr(value, "item") else str(value)


def _detail(row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        detail = json.loads(row["detail"])
    except (TypeError, ValueError, RecursionError):
        return {}
    return detail if isinstance(detail, dict) else {}


def content_of(row: Mapping[str, Any]) -> Optional[dict[str, TableContent]]:
    """Return what a row of the log says that the tables held; None where it says nothing, or nothing that is any."""
    try:
        return {name: TableContent(one["rows"], one["sha256"]) for name, one in _detail(row)["content"].items()}
    except (KeyError, TypeError, AttributeError):
        return None


def _insert(connection: sqlite3.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    marks = ", ".join("?" for _name in _COLUMNS)
    statement = " ".join(("INSERT INTO", TABLE, "(", _NAMES, ")", "VALUES", "(", marks, ")"))
    connection.executemany(statement, [tuple(row[name] for name in _COLUMNS) for row in rows])
