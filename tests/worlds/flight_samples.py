"""Real aircraft: a file per sample of ../shared/data/flights."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.screening import Roles, Screened, ScreeningSettings, screen
from worlds.countries_world import PLACES

FLIGHTS = PLACES.parent / "flights" / "flights_dev.csv.gz"
SAMPLES = (
    "ambulances/rega_sg", "ambulances/rega_zh", "ambulances/samu31", "calibration/noumea",
    "featured/dreamliner_airfrance", "featured/dreamliner_boeing", "featured/elal747", "featured/zero_gravity",
    "firefighting/calfire", "gliders/alpi_italiane", "gliders/luberon", "military/aircraft_carrier",
    "military/inflight_refuelling", "noisy/noisy_ground", "noisy/noisy_landing", "noisy/noisy_spoofing",
    "noisy/noisy_takeoff", "noisy/noisy_time_issue", "surveillance/border_control",
)  # fmt: skip


def read(path: Path, roles: Roles) -> Screened:
    # The sensible default leaves out the United States, where some of the aircraft fly.
    settings = ScreeningSettings(excluded_countries=())
    return screen(open_observations_file(path, roles), settings, load_world(), b"k" * 32)


def write_samples(folder: Path) -> dict[str, Path]:
    """Write a file per sample into `folder` and return them by name."""
    if not FLIGHTS.exists():
        pytest.skip(f"The aircraft tracks {FLIGHTS} are not here.")
    table = pandas.read_csv(FLIGHTS, dtype=str, keep_default_na=False)
    paths = {}
    for name, rows in table.groupby("sample"):
        paths[name] = folder / f"{name.replace('/', '_')}.csv"
        rows.drop(columns="sample").to_csv(paths[name], index=False)
    assert sorted(paths) == sorted(SAMPLES)
    return paths
