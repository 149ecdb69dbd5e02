"""Columns of sites tables: radii in any unit and shapes as text are used, and what is not used is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box, mapping
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.places import sites_at
from sitelight_package import SHARED

PARK = box(2.09, 13.49, 2.11, 13.53)


def write(folder: Path, names: list[str], *rows: list[object]) -> Path:
    with open(folder / "sites.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return folder / "sites.csv"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("radius_m", "300", 300), ("radius", "300", 300), ("radius_km", "0.5", 500), ("Radius (km)", "1,5", 1500),
        ("radius_ft", "1000", 304.8), ("radius", "500 ft", 152.4), ("radius", "0.25 km", 250), ("radius", "250m", 250),
        ("radius", "1 mi", 1609.344), ("radius_miles", "2", 3218.688), ("RadiusFeet", "100", 30.48),
        ("buffer_km", "1", 1000), ("radius_in_meters", "40", 40),
    ],
)  # fmt: skip
def test_radii_are_read_in_their_unit(tmp_path, name, value, expected):
    reading = read_sites_file(write(tmp_path, ["name", "lat", "lon", name], ["Camp", 13.5, 2.1, value]))
    assert reading.sites.radius_m.tolist() == pytest.approx([expected])
    assert ("unit" in reading.note) == (expected != float(value.rstrip("m").replace(",", ".") if value[0].isdigit()
                                                          and " " not in value else -1))  # fmt: skip


@pytest.mark.parametrize("value", ["far", "5 parsec", "-3"])
def test_a_radius_that_is_no_length_is_refused(tmp_path, value):
    with pytest.raises(InputError, match="no radius in meters or with a unit"):
        read_sites_file(write(tmp_path, ["name", "lat", "lon", "radius"], ["Camp", 13.5, 2.1, value]))


def test_a_second_column_of_lengths_is_told(tmp_path):
    path = write(tmp_path, ["name", "lat", "lon", "radius", "diameter_km"], ["Camp", 13.5, 2.1, 5, 7])
    reading = read_sites_file(path)
    assert reading.sites.radius_m.tolist() == [5] and reading.note.endswith('Not used of sites.csv: "diameter_km".')


FORMS = {
    "wkt": PARK.wkt, "multi": MultiPolygon([PARK]).wkt,
    "ewkt": f"SRID=4326;{PARK.wkt}", "geojson": json.dumps(mapping(PARK)),
    "feature": json.dumps({"type": "Feature", "geometry": mapping(PARK), "properties": {}}), "wkb": PARK.wkb.hex(),
    "postgres": f"\\x{PARK.wkb.hex()}",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("has_point", [True, False])
def test_shapes_in_a_column_are_the_sites(tmp_path, form, has_point):
    names = ["name", "shape_of_it", *(["lat", "lon"] if has_point else [])]
    path = write(tmp_path, names, ["Park", FORMS[form], 13.51, 2.1], ["Camp", "", 13.7, 2.2])
    reading = read_sites_file(path)
    assert reading.sites.polygon[0].equals(PARK)
    assert (len(reading.sites) == 2) == has_point
    assert 'shapes of 1 of 2 sites are those in the column "shape_of_it"' in reading.note
    if not has_point:
        assert "1 of 2 sites in sites.csv has no position" in reading.note


def test_points_in_a_column_are_the_sites_where_there_is_nothing_else(tmp_path):
    sites = read_sites_file(write(tmp_path, ["name", "wkt"], ["Camp", "POINT (2.1 13.5)"])).sites
    assert (sites.lat.tolist(), sites.lon.tolist(), sites.polygon.tolist()) == ([13.5], [2.1], [None])


@pytest.mark.parametrize(
    "text",
    [
        "SRID=32631;POLYGON((5 5,6 5,6 6,5 5))", "POLYGON((500000 1e6,500100 1e6,500000 1e5,500000 1e6))",
        "POLYGON((1 2",
    ],
)  # fmt: skip
def test_shapes_that_cannot_be_used_are_told(tmp_path, text):
    path = write(tmp_path, ["name", "lat", "lon", "shape"], ["Camp", 13.5, 2.1, text])
    reading = read_sites_file(path)
    assert reading.sites.polygon.tolist() == [None] and 'Not used of sites.csv: "shape".' in reading.note


def test_a_shape_column_beside_a_geometry_is_told(tmp_path):
    path = tmp_path / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "Park", "polygon_wkt": PARK.wkt},
         "geometry": {"type": "Point", "coordinates": [2.1, 13.5]}}]}))  # fmt: skip
    reading = read_sites_file(path)
    assert reading.sites.polygon.tolist() == [None]
    assert reading.note.endswith('Not used of sites.geojson: "polygon_wkt".')


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
def test_the_shared_park_holds_the_first_stay():
    reading = read_sites_file(SHARED / "field-cases" / "15-polygon-wkt.csv")
    assert sites_at(reading.sites, np.array([13.5, 13.6]), np.array([2.1, 2.1])).tolist() == [0, -1]
    assert "polygon_wkt" in reading.note
