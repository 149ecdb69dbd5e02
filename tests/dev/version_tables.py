"""Makes studies whose tables must be the same on every QGIS, and tells where those of two differ.

    PYTHONPATH=tests python -m dev.version_tables make FOLDER
    PYTHONPATH=tests python -m dev.version_tables compare FOLDER OTHER

The first makes, with the QGIS of that Python, a scenario with a study of it, and of layers in metres of UTM a study and
the outputs of the other algorithms; FOLDER/hashes.json holds a hash of each table and file, and the versions of all
libraries. The second compares the hashes of two such folders, and what no hash can hold: the run record and the log but
for times and versions. It leaves with 1 where something differs, and says which values. `tests/qgis.sh` does both.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from osgeo import gdal, ogr, osr
from sitelight_package import ROOT

from dev.study_tables import KEEP_IDS, PURPOSE, load, run
from dev.table_differences import COLUMNS, NOT_COMPARED, differences_of_geopackages

HASHES = "hashes.json"
PROJECTS = "qgis_projects"  # a project as this QGIS writes it, zipped
NO_HASH = ("run", PROJECTS, *COLUMNS)
"""Tables that say when and with what they were written: all but projects are compared by value."""
EXPORTS = ("GEOJSON", "CSV", "GPX", "KML")
ARRIVALS = {"SITE": "Hotel Ténéré Palace, Niamey", "START": "2023-07-24", "END": "2023-08-01"}
"""Where and when the scenario plants a team that stays at a hotel."""
UTM, GEOGRAPHIC = 32631, 4326
UTM_DIGITS = 2
"""Rounding to centimetres: both read the same positions, wherever the last bit of a projection falls."""


def make(folder: Path) -> None:
    """Make all tables and their hashes."""
    from qgis.core import QgsApplication

    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # a run records the paths of its files, which must be the same wherever the folder lies
    folder = Path()
    application = QgsApplication([], False)
    application.initQgis()
    plugin = load(ROOT).classFactory(None)
    plugin.initProcessing()
    make_scenario(folder)
    make_town(folder)
    plugin.unload()
    told = {"versions": versions(), "hashes": hashes_of(folder)}
    (folder / HASHES).write_text(json.dumps(told, indent=1, sort_keys=True), encoding="utf-8")


def make_scenario(folder: Path) -> None:
    """Make a small scenario, study it as the demo does, export that, and follow those who came to one place."""
    made = run("makescenario", {"DEVICES": 300, "DAYS": 100, "OUTPUT_FOLDER": str(folder / "scenario")})
    given = {"OBSERVATIONS_FILE": made["OUTPUT_FOLDER"], "SITES": made["SITES"], **PURPOSE}
    study = str(folder / "scenario.gpkg")
    run("analyze", {**given, "KEY_DATES": "2023-07-26,2023-08-30", "OUTPUT": study})
    run("exportstudy", {"STUDY": study, **{kind: str(folder / f"scenario.{kind.lower()}") for kind in EXPORTS}})
    run_each(folder, {**given, **KEEP_IDS}, (
        ("reachback", ARRIVALS, "ORIGINS FLOWS"),
        ("tracebackitineraries", ARRIVALS, "ITINERARIES STOPS LEGS"),
        ("linknetwork", {"WITH_CELLS": True}, "OUTPUT LINKS"),
        ("findcotravelers", {"SPARSE": True, "MAX_Q": 1}, "OUTPUT POINTS"),
    ))  # fmt: skip


def make_town(folder: Path) -> None:
    """Run on layers in metres the other algorithms that make tables."""
    from worlds.small_world import KEY_DATE, write_observations, write_sites

    pings = write_observations(folder / "pings.csv", seed=4711)
    options = ["X_POSSIBLE_NAMES=longitude", "Y_POSSIBLE_NAMES=latitude", "AUTODETECT_TYPE=YES"]
    given = {
        "OBSERVATIONS": in_metres(gdal.OpenEx(str(pings), open_options=options), folder / "pings-utm.gpkg"),
        "SITES": in_metres(gdal.OpenEx(str(write_sites(folder / "sites.geojson"))), folder / "sites-utm.gpkg"),
        **PURPOSE,
    }
    run("analyze", {**given, "KEY_DATES": KEY_DATE, "OUTPUT": str(folder / "town.gpkg")})
    run_each(folder, {**given, **KEEP_IDS}, (
        ("detectstays", {}, "OUTPUT"),
        ("detectlegs", {}, "OUTPUT"),
        ("scorespots", {"KEY_DATES": KEY_DATE}, "FINDINGS HEAT"),
        ("compareareas", {}, "OUTPUT"),
        ("selecttracks", {}, "OUTPUT"),
        ("classifymovement", {"MAX_GAP_S": 10_800}, "OUTPUT"),
        ("findmeetinglocations", {}, "OUTPUT POINTS"),
        ("findfrequentedlocations", {}, "OUTPUT"),
    ))  # fmt: skip


def run_each(folder: Path, given: dict[str, Any], asked: Iterable[tuple[str, dict[str, Any], str]]) -> None:
    """Run algorithms (name, own parameters, outputs), each output into a file of its own."""
    for name, parameters, sinks in asked:
        files = {sink: str(folder / f"{name}-{sink.lower()}.gpkg") for sink in sinks.split()}
        run(name, {**given, **parameters, **files})


def in_metres(source: gdal.Dataset, target: Path) -> str:
    """Write the points of the first layer in UTM, in centimetres, and return where they are."""
    given = source.GetLayer(0)
    systems = []
    for code in (GEOGRAPHIC, UTM):
        system = osr.SpatialReference()
        system.ImportFromEPSG(code)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        systems.append(system)
    to_metres = osr.CoordinateTransformation(*systems)
    file = ogr.GetDriverByName("GPKG").CreateDataSource(str(target))
    layer = file.CreateLayer(target.stem, systems[1], ogr.wkbPoint)
    described = given.GetLayerDefn()
    for number in range(described.GetFieldCount()):
        layer.CreateField(described.GetFieldDefn(number))
    file.StartTransaction()
    for one in given:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetFrom(one)
        x, y, _z = to_metres.TransformPoint(*one.geometry().GetPoint_2D())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({x:.{UTM_DIGITS}f} {y:.{UTM_DIGITS}f})"))
        layer.CreateFeature(feature)
    file.CommitTransaction()
    return str(target)


def versions() -> dict[str, str]:
    """Return the versions of all that a study computes with."""
    import numpy
    import pandas
    import pyproj
    import shapely
    from qgis.core import Qgis

    libraries = {one.__name__: one.__version__ for one in (numpy, pandas, pyproj, shapely)}
    own = {"QGIS": Qgis.QGIS_VERSION.split("-")[0], "Python": sys.version.split()[0], "PROJ": pyproj.proj_version_str}
    return {**own, **libraries, "GDAL": gdal.__version__, "sqlite": sqlite3.sqlite_version}


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the hash of every table of GeoPackages that holds no times of its own, and of every other file."""
    from sitelight.plugin.data.content_hashes import hash_tables

    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != HASHES):
        name = path.relative_to(folder).as_posix()
        if path.suffix != ".gpkg":
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            continue
        with contextlib.closing(sqlite3.connect(path)) as connection:
            asked = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = [table for (table,) in connection.execute(asked) if not table.startswith(NOT_COMPARED)]
            content = hash_tables(connection, [table for table in tables if table not in NO_HASH], "")
        found.update({f"{name} {table}": f"{one.rows} rows {one.sha256}" for table, one in content.items()})
    return found


def compare(folder: Path, other: Path) -> bool:
    """Say what differs between two folders, and return whether anything does."""
    told, told_now = (json.loads((one / HASHES).read_text(encoding="utf-8")) for one in (folder, other))
    hashes, hashes_now = told["hashes"], told_now["hashes"]
    unequal = [name for name in sorted({*hashes, *hashes_now}) if hashes.get(name) != hashes_now.get(name)]
    for name in unequal:
        print(f"tables: {name} DIFFERS: {hashes.get(name, 'missing')} / {hashes_now.get(name, 'missing')}")
    details = 0  # of tables without a hash, and what exactly differs in others
    for path in sorted(folder.rglob("*.gpkg")):
        name = path.relative_to(folder)
        for table, lines in differences_of_geopackages(path, other / name) if (other / name).exists() else ():
            if table.startswith(PROJECTS):
                continue
            details += bool(lines)
            print("".join(f"tables: {name} {table}: {line}\n" for line in lines), end="")
    sides = " and ".join(" ".join(f"{key} {value}" for key, value in sorted(one["versions"].items()))
                         for one in (told, told_now))  # fmt: skip
    print(f"tables: {len(hashes)} hashes, {len(unequal)} differ; {sides}")
    return bool(unequal or details)


def main() -> None:
    """Make or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("make", "compare"))
    parser.add_argument("folders", type=Path, nargs="+")
    given: Any = parser.parse_args()
    if given.step == "make":
        make(given.folders[0])
    else:
        sys.exit(compare(*given.folders))


if __name__ == "__main__":
    main()
