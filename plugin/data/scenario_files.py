"""Writes a synthetic scenario into a folder: observations and calendar as CSV, sites as GeoPackage, truth, README."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pandas as pd
from osgeo import ogr, osr

from ..engine.base import InputError, Progress
from ..engine.scenario import ScenarioSettings, make_observations, scenario_calendar, scenario_sites, scenario_truth
from .drafts import LOCK, draft_folder

CSV_HEADER = b"device_id,timestamp,latitude,longitude,horizontal_accuracy\n"
_CSV_ROWS = 200_000
_OWN_NAME = re.compile(r"observations(?:-\d{4,})?\.csv|calendar\.csv|sites\.gpkg(?:-wal|-shm)?|truth\.json|README\.md")

README = """\
SYNTHETIC DATA, made by the Sitelight scenario maker. No record belongs to a real device or person.

observations*.csv  device_id, timestamp (seconds UTC), latitude, longitude (WGS84), horizontal_accuracy (m)
sites.gpkg         layer "sites": places with category, country, radius_m; fictional = 1 marks invented positions
calendar.csv       closed borders and airspace, curfews and a shutdown of those weeks, as they were (real dates)
truth.json         what was planted, where and when, and with which devices

{devices} background devices, {days} days to 2023-09-07, seed {seed}. {planted}
Of the invented devices only the planted itineraries were made with the calendar in mind.
Cities and airports have real coordinates. Homes, habits, and all sites marked fictional are drawn at random.
The feed is as imperfect as a real one: bursts, gaps, duplicates and 2 to 3 % bad records.
"""


def write_scenario(
    settings: ScenarioSettings, folder: str, progress: Optional[Progress] = None
) -> dict[str, Any]:
    """Write the synthetic scenario into `folder` and return the paths.

    The result has "observations" (list of CSV paths), "sites", "calendar", "truth", "readme" and "folder". Files
    are written beside the folder and moved into it at the end, so that a cancelled run leaves nothing. An earlier
    scenario in the folder is replaced.
    Raises InputError if the folder holds anything else or cannot be written, Cancelled.
    """
    target = Path(folder)
    _check_target(target)
    made_parent = _make_parent(target.parent)
    try:
        with draft_folder(target.parent) as temporary:
            _write_all(settings, temporary, progress or Progress())
            _check_target(target)
            names = _move(temporary, target)
    except OSError as error:
        raise InputError(f"The scenario could not be written to {target}: {error}. Free space there.") from error
    finally:
        if made_parent is not None and not target.exists():
            shutil.rmtree(made_parent, ignore_errors=True)
    return {
        "folder": str(target),
        "observations": [str(target / name) for name in names if name.startswith("observations")],
        "sites": str(target / "sites.gpkg"),
        "calendar": str(target / "calendar.csv"),
        "truth": str(target / "truth.json"),
        "readme": str(target / "README.md"),
    }


def _check_target(target: Path) -> None:
    """Raise InputError unless `target` is absent, an empty folder or an earlier scenario."""
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file; choose a folder for the scenario.")
    if target.is_dir() and any(target.iterdir()) and not _is_scenario(target):
        raise InputError(f"The folder {target} is not empty and holds no earlier scenario; choose an empty folder.")
    odd = [path.name for path in _own_paths(target) if not path.is_file() or path.is_symlink()]
    if odd:
        raise InputError(f"{odd[0]} in the folder {target} is no plain file; choose an empty folder.")


def _own_paths(folder: Path) -> list[Path]:
    """Return what has the name of a scenario's file; all else in the folder stays."""
    return [path for path in folder.iterdir() if _OWN_NAME.fullmatch(path.name)] if folder.is_dir() else []


def _is_scenario(folder: Path) -> bool:
    truth = folder / "truth.json"
    if not truth.is_file():
        return False
    try:
        content = json.loads(truth.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("synthetic") is True and "groups" in content


def _make_parent(parent: Path) -> Optional[Path]:
    """Create missing parents; return the topmost one created, to be removed again if nothing is written."""
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {parent} cannot be created; choose another one. ({error})") from error
    return missing[-1] if missing else None


def _write_all(settings: ScenarioSettings, folder: Path, progress: Progress) -> None:
    truth = scenario_truth(settings)
    paths, devices = [], 0
    for number, part in enumerate(make_observations(settings, progress), start=1):
        devices += part["device_id"].nunique()
        paths.append(folder / f"observations-{number:04d}.csv")
        write_csv(part, paths[-1], progress, min(1.0, devices / settings.devices))
    if len(paths) == 1:
        paths[0].rename(folder / "observations.csv")
    write_sites(scenario_sites(), folder / "sites.gpkg")
    with (folder / "calendar.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(scenario_calendar())
    (folder / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False), encoding="utf-8")
    planted = "Nothing is planted (null world)." if settings.null else "truth.json says what is planted."
    text = README.format(devices=settings.devices, days=settings.days, seed=settings.seed, planted=planted)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _move(temporary: Path, target: Path) -> list[str]:
    """Move the files into `target`, replacing those of an earlier scenario; return their names in order."""
    target.mkdir(exist_ok=True)
    for old in _own_paths(target):
        if old.name.startswith("observations"):
            old.unlink()
    names = sorted(path.name for path in temporary.iterdir() if path.name != LOCK)
    for name in names:
        (temporary / name).replace(target / name)
    return names


def write_csv(part: pd.DataFrame, path: Path, progress: Progress, done: float) -> None:
    """Write one part of the observations as CSV, a missing number as an empty field.

    `done` is the share of the work reported meanwhile; raises Cancelled between blocks of rows.
    """
    with path.open("wb") as file:
        file.write(CSV_HEADER)
        for start in range(0, len(part), _CSV_ROWS):
            progress.step("Writing the synthetic scenario", done)
            file.write(csv_rows(part.iloc[start : start + _CSV_ROWS]))


def csv_rows(part: pd.DataFrame) -> bytes:
    """Return rows of a feed as CSV text; formats whole columns at once, ten times faster than `to_csv`."""
    n = len(part)
    device = np.array(part["device_id"].to_numpy(), dtype="S32").view(np.uint8).reshape(n, 32)
    columns = [device]
    for name, decimals in (("timestamp", 0), ("latitude", 6), ("longitude", 6), ("horizontal_accuracy", 1)):
        columns += [np.full((n, 1), ord(","), dtype=np.uint8), _digits(part[name].to_numpy(), decimals)]
    columns.append(np.full((n, 1), ord("\n"), dtype=np.uint8))
    text = np.concatenate(columns, axis=1)
    return text[text > 0].tobytes()


def _digits(values: np.ndarray, decimals: int) -> np.ndarray:
    """Return numbers as (n, width) ASCII codes with fixed decimals; 0 stands for no character."""
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    whole = np.rint(np.where(missing, 0, values) * 10**decimals).astype(np.int64)
    size = np.abs(whole)
    places = max(len(str(int(size.max(initial=0)))), decimals + 1)
    digit = (size[:, None] // 10 ** np.arange(places - 1, -1, -1, dtype=np.int64)) % 10
    leading = np.cumsum(digit, axis=1) == 0
    leading[:, places - decimals - 1 :] = False
    text = np.where(leading, 0, digit + ord("0")).astype(np.uint8)
    sign = np.where(whole < 0, ord("-"), 0).astype(np.uint8)[:, None]
    point = np.full((len(values), 1 if decimals else 0), ord("."), dtype=np.uint8)
    text = np.concatenate([sign, text[:, : places - decimals], point, text[:, places - decimals :]], axis=1)
    text[missing] = 0
    return text


def write_sites(sites: pd.DataFrame, path: Path) -> None:
    """Write the sites as point layer "sites" (EPSG:4326) of a new GeoPackage; raise InputError if that fails."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    if dataset is None:
        raise InputError(f"The sites cannot be written to {path}; choose another folder.")
    layer = dataset.CreateLayer("sites", reference, ogr.wkbPoint)
    layer.SetMetadataItem("DESCRIPTION", "Synthetic sites of the Sitelight scenario; fictional = 1: invented position")
    types = {"radius_m": ogr.OFTReal, "fictional": ogr.OFTInteger}
    names = [name for name in sites.columns if name not in ("lat", "lon")]
    for name in names:
        layer.CreateField(ogr.FieldDefn(name, types.get(name, ogr.OFTString)))
    layer.StartTransaction()
    for row in sites.to_dict("records"):
        feature = ogr.Feature(layer.GetLayerDefn())
        for name in names:
            feature.SetField(name, row[name])
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({row['lon']} {row['lat']})"))
        if layer.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise InputError(f"A site cannot be written to {path}; free space there.")
    is_done = layer.CommitTransaction() == ogr.OGRERR_NONE
    del feature, layer, dataset
    if not is_done:
        raise InputError(f"The sites cannot be written to {path}; free space there.")
