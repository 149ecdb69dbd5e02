"""Signatures as JSON files, and the table of their matches inside a study's GeoPackage."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

import pandas as pd

from ..engine.base import InputError
from ..engine.results import written_tables
from ..engine.signatures import FORMAT, Signature, from_content, to_content
from .geopackage_tables import replace_rows
from .json_files import read_json
from .kept_answers import change_tables
from .outputs import json_object, replacing

PathLike = Union[str, Path]
SUFFIX = ".signature.json"
TABLE = "signatures"
_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d")  # devices of Windows, whatever follows after a dot


def write_signature(signature: Signature, path: PathLike) -> None:
    """Write a signature as JSON; an earlier signature is replaced as a whole. Raises InputError."""
    target = Path(path)
    text = json.dumps(to_content(signature), indent=1, ensure_ascii=False) + "\n"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, is_signature) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The signature cannot be written to {target} ({error.strerror}); choose another place."
        ) from error


def is_signature(path: Path) -> bool:
    """Return whether a file says that it is a signature."""
    return (json_object(path) or {}).get("format") == FORMAT


def read_signature(path: PathLike) -> Signature:
    """Return the signature of a JSON file; raise InputError naming the file and the field that is wrong."""
    try:
        return from_content(read_json(Path(path)))
    except InputError as error:
        text = str(error)
        raise error if str(path) in text else InputError(f"{path}: {text}") from error


def list_signatures(folder: PathLike) -> list[Path]:
    """Return the signature files of a folder by name; none where there is no folder."""
    return sorted(Path(folder).glob(f"*{SUFFIX}"))


def signature_path(folder: PathLike, name: str) -> Path:
    """Return the file that a signature called `name` is kept in; names that differ have files that differ."""
    plain = re.sub(r"[^\w-]+", "-", name.lower()).strip("-") or "signature"
    plain = f"{plain}-" if _RESERVED.fullmatch(plain) else plain
    return Path(folder) / f"{plain}{SUFFIX}"


def write_matches(path: PathLike, matches: pd.DataFrame, detail: Mapping[str, Any]) -> None:
    """Put the rows of table `signatures` into a study's GeoPackage, in place of those of the same signatures.

    QGIS may have the file open. `detail` goes into the log. All or nothing: raises InputError when the file cannot be
    written, is of an earlier version or does not fit its log, and then it is as before.
    """
    with change_tables(path, [TABLE], "signature", detail) as connection:
        replace_rows(connection, TABLE, "signature", written_tables({TABLE: matches})[TABLE])
