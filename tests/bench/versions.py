"""What was tested on which QGIS: `make bench versions` tells what the last runs left, and runs nothing itself.

`bash tests/run.sh` leaves its outcome in build/qgis-here, `make test-qgis VERSION=3.40` in build/qgis-3.40.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import sitelight_package
from dev.version_tables import HASHES, versions

from .measure import print_table

HERE, OTHERS = "qgis-here", ("qgis-3.40", "qgis-3.44")
MAKE = {HERE: "bash tests/run.sh", **{name: f"make test-qgis VERSION={name.split('-')[1]}" for name in OTHERS}}
LIBRARIES = ("QGIS", "Python", "GDAL", "PROJ", "pyproj", "numpy", "pandas", "shapely")


class Outcome(NamedTuple):
    """How many tests of a folder passed, failed and were left out, on what day and of which commit."""

    counts: Counter[str]
    day: str
    commit: str


def main() -> None:
    """Print versions, outcomes of the last run of each folder of tests, and how many tables differ."""
    build = sitelight_package.ROOT / "build"
    others = [name for name in OTHERS if (build / name / HASHES).exists()]
    for name in (one for one in OTHERS if one not in others):
        print(f"Nothing is told of {name.replace('qgis-', 'QGIS ')}: `{MAKE[name]}` was not run.")
    told = {name: json.loads((build / name / HASHES).read_text(encoding="utf-8")) for name in others}
    of_each = {HERE: versions(), **{name: one["versions"] for name, one in told.items()}}
    print_table("Versions", [LIBRARIES, *(tuple(one[key] for key in LIBRARIES) for one in of_each.values())])
    rows = [
        (libraries["QGIS"], folder, *(str(one.counts[kind]) for kind in ("passed", "failed", "skipped")), *one[1:])
        for name, libraries in of_each.items()
        for folder, one in sorted(outcomes(build / name).items())
    ]
    if not rows:
        sys.exit(f"bench: there is nothing to tell; run first: {'; '.join(MAKE.values())}.")
    print_table("Tests", [("QGIS", "folder", "passed", "failed", "left out", "date", "commit"), *rows])
    compared = [(of_each[name]["QGIS"], *_compared(build / name, told[name]["hashes"])) for name in others]
    print_table("Tables and files of the same studies, made here and there", [("QGIS", "hashes", "differ"), *compared])


def outcomes(folder: Path) -> dict[str, Outcome]:
    """Return the last outcome of each folder of tests; a file is the report of a run, named by second and commit."""
    last = {}
    for path in sorted(folder.glob("*.xml"), key=lambda path: int(path.stem.split("-")[0])):
        second, commit = path.stem.split("-", 1)
        counts: dict[str, Counter[str]] = {}
        for case in xml.etree.ElementTree.parse(path).iter("testcase"):
            part = "/".join(case.attrib["classname"].split(".")[:2])
            kinds = {child.tag for child in case}
            kind = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
            counts.setdefault(part, Counter())[kind] += 1
        day = f"{datetime.fromtimestamp(int(second), timezone.utc):%Y-%m-%d}"
        last.update({part: Outcome(counted, day, commit) for part, counted in counts.items()})
    return last


def _compared(folder: Path, hashes: dict[str, str]) -> tuple[str, str]:
    """Return how many tables and files were made there or here, and how many of them differ."""
    here = json.loads((folder / "here.json").read_text(encoding="utf-8"))["hashes"]
    names = {*here, *hashes}
    return str(len(names)), str(sum(here.get(name) != hashes.get(name) for name in names))
