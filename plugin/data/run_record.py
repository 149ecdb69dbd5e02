"""The run record: what was run on what with which versions, and the first steps of the log of the study."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import pandas as pd

from ..engine.behaviors import own_rows
from ..engine.places import Sites
from ..engine.results import Results
from ..engine.screening import ObservationSource
from ..engine.study import Study
from ..engine.tables import as_table
from .audit_log import LOG_VERSION

RETENTION_DAYS = 365
_PACKAGES = ("numpy", "pandas", "shapely", "pyproj", "GDAL", "duckdb", "pyarrow")
_ROOT = Path(__file__).resolve().parents[2]


def make_record(
    study: Study,
    source: ObservationSource,
    results: Results,
    started: Optional[datetime] = None,
    finished: Optional[datetime] = None,
    versions: Optional[Mapping[str, str]] = None,
) -> dict[str, Any]:
    """Return what makes a run repeatable as plain JSON values, with the steps for the log under "audit".

    Holds the study's parameters, the source and its columns, counts of all tables, notes, purpose, retention date,
    package versions, and ISO 8601 UTC times (`finished` is now by default).
    """
    finished = finished or datetime.now(timezone.utc)
    counts = {name: len(table) for name, table in results.tables.items()}
    read_before = results.known.described if results.known is not None else {}
    record: dict[str, Any] = {
        "study": _study_values(study),
        "source": {"name": source.name, **(read_before or source.describe())},
        "purpose": study.purpose,
        "started": _iso(started) if started else "",
        "finished": _iso(finished),
        "retain_until": (finished + timedelta(days=RETENTION_DAYS)).date().isoformat(),
        "versions": dict(versions or package_versions()),
        "counts": counts,
        "notes": list(results.notes),
        "run": results.run,
        "log_version": LOG_VERSION,
    }
    record = _jsonable(record)
    told = {"study": record["study"], "source": record["source"], "counts": counts}
    steps = [{"action": "run", "detail": told}]
    if study.screening.keep_device_ids:
        steps.append({"action": "keep device ids", "detail": {"purpose": study.purpose}})
    return {**record, "audit": steps}


def package_versions() -> dict[str, str]:
    """Return the versions of this plugin, Python, and the packages results depend on ("" where missing)."""
    versions = {"sitelight": _plugin_version(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def run_table(record: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table `run`: one row per entry of the record, values as JSON."""
    entries = {key: value for key, value in record.items() if key != "audit"}
    values = [json.dumps(_jsonable(value), ensure_ascii=False) for value in entries.values()]
    return as_table("run", pd.DataFrame({"key": list(entries), "value": values}))


def notes_of_record(run: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the notes kept in a run record read back."""
    return tuple(run.get("notes", ()))


def _study_values(study: Study) -> dict[str, Any]:
    """Return every parameter; sites by number and digest, the library by its version and the analyst's own entries.

    Reference data are left out, and the key of the pseudonyms: whoever has the result must not be able to undo them.
    """
    left_out = ("world", "sites", "library", "rekey", "calendar", "country_days")
    values = {item.name: getattr(study, item.name) for item in fields(study) if item.name not in left_out}
    values["behaviors"] = [selection.values() for selection in study.behaviors]
    values["library"] = study.library.version if study.library is not None else None
    values["country_days"] = study.country_days.source if study.country_days is not None else None
    values["own_entries"] = own_rows(study.library.own) if study.library is not None else {}
    return {**values, "sites": _sites_values(study.sites)}


def _sites_values(sites: Sites) -> dict[str, Any]:
    rows = zip(sites.site_id, sites.name, sites.category, sites.lat, sites.lon, sites.radius_m)
    content = json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)
    return {"count": len(sites), "sha256": hashlib.sha256(content.encode("utf-8")).hexdigest()}


def _jsonable(value: Any) -> Any:
    """Return `value` with plain JSON types only; what JSON cannot hold becomes text."""
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_jsonable(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if is_dataclass(value):
        return _jsonable({item.name: getattr(value, item.name) for item in fields(value)})
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _jsonable(value.tolist())
    if isinstance(value, float) and value != value:
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plugin_version() -> str:
    path = _ROOT / "metadata.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return next((line.split("=", 1)[1].strip() for line in lines if line.startswith("version=")), "")
