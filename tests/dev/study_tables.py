"""Runs the Processing algorithms of one tree of the plugin on fixed inputs; a process of its own, for compare_commits.

Only the public interface is used: what QGIS calls of a plugin, and names and parameters of the algorithms. The random
secret of the pseudonyms is a fixed one here, so that device ids and all that is sorted by them can be compared.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import secrets
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
)

PURPOSE = {"PURPOSE": "Comparison of two commits"}
KEEP_IDS = {"KEEP_DEVICE_IDS": True}
ONE_DAY = {"DAYS_BEFORE": 0, "DAYS_AFTER": 0}
CITY_FIRST_DAY, CITY_LOOKBACK_DAYS = "2024-01-22", 7
CITY_EAST_DEG = 90.0
"""The simulated city has a map of Atlanta, and `analyze` leaves out the United States: it is moved to Algeria."""
SAME_BUILDING_DEG = 5.0 / 111_195.0
"""Venues of one building are laid 5 m apart: the source tells them apart by id, which a position alone could not."""
GROUNDING = "2021-03-23"
SUEZ_DAYS = {"START": "2021-03-22", "END": "2021-03-24", "DAYS": 3}
ANCHORAGE = {"POINT": "32.55,29.85 [EPSG:4326]", "RADIUS": 10_000, **SUEZ_DAYS}
AREAS = {
    "Suez": (32.45, 29.70, 32.65, 29.95), "Bitter Lakes": (32.30, 30.20, 32.60, 30.45),
    "Ismailia": (32.25, 30.50, 32.35, 30.65), "Port Said": (32.20, 31.20, 32.50, 31.45),
}  # fmt: skip
WINDOW = {"start": "2021-03-21", "end": "2021-03-21"}
"""Areas that ships wait in, as west, south, east, north, and the window in which they are examples of a signature."""


def load(tree: Path) -> ModuleType:
    """Load a tree under the plugin's real name, as QGIS does, with one secret of pseudonyms in all processes."""
    secrets.token_bytes = lambda number=32: b"k" * number
    spec = importlib.util.spec_from_file_location(
        "sitelight", tree / "__init__.py", submodule_search_locations=[str(tree)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitelight"] = module
    spec.loader.exec_module(module)
    return module


def run(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run an algorithm and return its results; leave with its own words if it fails."""
    started = time.monotonic()
    feedback = QgsProcessingFeedback(False)
    algorithm = QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}")
    results, is_done = algorithm.create().run(parameters, QgsProcessingContext(), feedback)
    if not is_done:
        sys.exit(f"{name} failed: {feedback.textLog()}")
    print(f"  {name} took {time.monotonic() - started:.0f} s", flush=True)
    return results


def run_demo(out: Path, _data: Path) -> None:
    """Make the scenario of seed 7 and study it as `make demo` does; device ids are replaced."""
    made = run("makescenario", {"SEED": 7, "OUTPUT_FOLDER": str(out / "scenario")})
    run("analyze", {
        "OBSERVATIONS_FILE": made["OUTPUT_FOLDER"], "SITES": made["SITES"], "KEY_DATES": "2023-07-26,2023-08-30",
        "OUTPUT": str(out / "demo.gpkg"), **PURPOSE,
    })  # fmt: skip


def run_city(out: Path, data: Path) -> None:
    """Study the labelled days of the simulated city in one study, each day a window and each venue a site."""
    source = data / "pol-anomaly"
    venues = pd.read_csv(source / "global_venues.csv")
    venues["lat"] += venues.groupby(["lat", "lon"]).cumcount() * SAME_BUILDING_DEG
    venues["lon"] += CITY_EAST_DEG
    check_ins = pd.read_csv(source / "global_checkins.csv.gz").merge(venues, on="VenueId")
    check_ins = check_ins[check_ins["CheckinTime"] >= CITY_FIRST_DAY]
    check_ins[["agent", "CheckinTime", "lat", "lon"]].set_axis(
        ["device_id", "timestamp", "latitude", "longitude"], axis=1
    ).to_csv(out / "city.csv", index=False)
    venues["name"] = venues["VenueType"] + " " + venues["VenueId"].astype(str)
    venues.assign(radius_m=2.0).to_csv(out / "city-venues.csv", index=False)
    labels = pd.read_csv(source / "global_day_labels.csv")
    run("analyze", {
        "OBSERVATIONS_FILE": str(out / "city.csv"), "SITES": str(out / "city-venues.csv"),
        "KEY_DATES": ",".join(labels["date"][labels["label"] != "NORMAL"]), "LOOKBACK_DAYS": CITY_LOOKBACK_DAYS,
        "OUTPUT": str(out / "city.gpkg"), **ONE_DAY, **PURPOSE, **KEEP_IDS,
    })  # fmt: skip


def run_ships(out: Path, data: Path) -> None:
    """Study the day of the grounding, and run on the ships every other algorithm."""
    features = [
        {"type": "Feature", "properties": {"name": name, **WINDOW}, "geometry": {"type": "Polygon", "coordinates": [
            [[west, south], [east, south], [east, north], [west, north], [west, south]]]}}
        for name, (west, south, east, north) in AREAS.items()
    ]  # fmt: skip
    areas = out / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    ships = {"OBSERVATIONS_FILE": str(data / "evergiven-ais" / "boat-positions.csv"), **KEEP_IDS}
    in_areas, day = {"SITES": str(areas)}, {"KEY_DATES": GROUNDING, "LOOKBACK_DAYS": 1, **ONE_DAY}
    run("analyze", {**ships, **day, **PURPOSE, "OUTPUT": str(out / "ships.gpkg")})
    signature = str(out / "waiting.signature.json")
    learned = {"EXAMPLES": str(areas), "LOOKBACK_DAYS": 1, "OUTPUT_SIGNATURE": signature}
    run("learnsignature", {**ships, **in_areas, **learned})
    for name, parameters, sinks in (
        ("detectstays", {}, "OUTPUT"),
        ("detectlegs", {}, "OUTPUT"),
        ("scorespots", {**day, "SIGNATURES": [signature]}, "FINDINGS HEAT MATCHES"),
        ("reachback", ANCHORAGE, "ORIGINS FLOWS"),
        ("tracebackitineraries", {**ANCHORAGE, **PURPOSE}, "ITINERARIES STOPS LEGS"),
        ("compareareas", {**in_areas, **PURPOSE}, "OUTPUT"),
        ("selecttracks", {**in_areas, **PURPOSE}, "OUTPUT"),
        ("classifymovement", {**PURPOSE, "MAX_GAP_S": 3600}, "OUTPUT"),
        ("linknetwork", {"WITH_CELLS": True}, "OUTPUT LINKS"),
        ("findcotravelers", {**PURPOSE, "SEARCH_DISTANCE": 2000, "SPARSE": True, "MAX_Q": 1}, "OUTPUT POINTS"),
        ("findmeetinglocations", PURPOSE, "OUTPUT POINTS"),
        ("findfrequentedlocations", PURPOSE, "OUTPUT"),
    ):
        files = {sink: str(out / f"ships-{name}-{sink.lower()}.gpkg") for sink in sinks.split()}
        run(name, {**ships, **parameters, **files})


STUDIES = {"demo": run_demo, "city": run_city, "ships": run_ships}


def main() -> None:
    """Start QGIS without a window, register the provider, run the studies asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, help="folder with the plugin's __init__.py")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("data", type=Path, help="folder of the shared data")
    parser.add_argument("studies", nargs="+", choices=STUDIES)
    given = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    plugin = load(given.tree).classFactory(None)
    plugin.initProcessing()
    for study in given.studies:
        STUDIES[study](given.out, given.data)
    plugin.unload()


if __name__ == "__main__":
    main()
