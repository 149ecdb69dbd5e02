"""What was tested on which QGIS: `make bench versions` tells what the last whole runs left, and runs nothing itself.

`bash tests/run.sh` leaves its outcome in build/qgis-here, `make test-qgis VERSION=3.40` in build/qgis-3.40.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree
from pathlib import Path

import sitelight_package
from dev.version_tables import HASHES, versions

from .measure import print_table

HERE, OTHERS = "qgis-here", ("qgis-3.40", "qgis-3.44")
LIBRARIES = ("QGIS", "Python", "GDAL", "PROJ", "pyproj", "numpy", "pandas", "shapely")
COUNTS = ("tests", "failures", "errors", "skipped")
MAKE = {HERE: "bash tests/run.sh", **{name: f"make test-qgis VERSION={name.split('-')[1]}" for name in OTHERS}}


def main() -> None:
    """Print versions and outcomes of the last whole runs; leave where one of them is missing."""
    build = sitelight_package.ROOT / "build"
    missing = [name for name in MAKE if not (build / name / "tests.xml").exists()]
    if missing:
        sys.exit(f"bench: nothing to tell of {', '.join(missing)}; run first: {'; '.join(map(MAKE.get, missing))}.")
    told = {name: json.loads((build / name / HASHES).read_text(encoding="utf-8")) for name in OTHERS}
    of_each = {HERE: versions(), **{name: one["versions"] for name, one in told.items()}}
    print_table("Versions", [LIBRARIES, *(tuple(one[key] for key in LIBRARIES) for one in of_each.values())])
    outcomes = [(of_each[name]["QGIS"], *_outcome(build / name)) for name in MAKE]
    print_table("Tests", [("QGIS", "run", "failed", "left out", "minutes", "date", "commit"), *outcomes])
    compared = [(of_each[name]["QGIS"], *_compared(build / name, told[name]["hashes"])) for name in OTHERS]
    print_table("Tables and files of the same studies, made here and there", [("QGIS", "hashes", "differ"), *compared])


def _outcome(folder: Path) -> tuple[str, ...]:
    """Return what a run of pytest says of itself: tests, failures, tests left out, minutes, date, commit."""
    suite = xml.etree.ElementTree.parse(folder / "tests.xml").getroot()[0]
    tests, failures, errors, skipped = (int(suite.attrib[name]) for name in COUNTS)
    minutes, day = f"{float(suite.attrib['time']) / 60:.0f}", suite.attrib["timestamp"][:10]
    commit = (folder / "commit").read_text(encoding="utf-8").strip()
    return str(tests - skipped), str(failures + errors), str(skipped), minutes, day, commit


def _compared(folder: Path, hashes: dict[str, str]) -> tuple[str, str]:
    """Return how many tables and files were made there or here, and how many of them differ."""
    here = json.loads((folder / "here.json").read_text(encoding="utf-8"))["hashes"]
    names = {*here, *hashes}
    return str(len(names)), str(sum(here.get(name) != hashes.get(name) for name in names))
