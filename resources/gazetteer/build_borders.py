"""Make borders.npz from the world map of QGIS 3.22 (Natural Earth 1:10m, generalised); see SOURCE.md.

Run from the repository root: `.venv/bin/python resources/gazetteer/build_borders.py WORLD_MAP.gpkg`. The areas are
those of `plugin/data/world.py`; which provinces each is made of stands here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Optional

import numpy as np
from osgeo import ogr
from shapely.geometry import Point
from shapely.ops import unary_union

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import sitelight_package  # noqa: E402

sitelight_package.load()

from sitelight.plugin.data.ogr_files import open_dataset  # noqa: E402
from sitelight.plugin.data.polygons import polygon_of_wkb  # noqa: E402
from sitelight.plugin.data.world import AREAS, BORDERS, UNIT_DEG, read_borders  # noqa: E402

# The map gives -99 instead of a code; there the name tells the country.
CODES_BY_NAME = {"France": "FR", "Norway": "NO", "Kosovo": "XK", "Taiwan": "TW"}
FULL_NAMES = {"W. Sahara": "Western Sahara", "Falkland Is.": "Falkland Islands"}
PROVINCES = {
    "crimea": "iso_a2 = 'RU' AND name IN ('Crimea', 'Sevastopol')",
    "abkhazia": "iso_a2 = 'GE' AND name = 'Abkhazia'",
    "transnistria": "iso_a2 = 'MD' AND (gn_name IS NULL OR name = 'Bender')",
    "northern-cyprus": "admin = 'Northern Cyprus'",
    "somaliland": "admin = 'Somaliland'",
    "western-sahara-west": "iso_a2 = 'MA' AND (name LIKE 'La%youne%' OR name = 'Oued el Dahab')",
    "kashmir-india": "iso_a2 = 'IN' AND name = 'Jammu and Kashmir' OR admin = 'Siachen Glacier'",
    "kashmir-pakistan": "iso_a2 = 'PK' AND name IN ('Azad Kashmir', 'Northern Areas')",
    "paracel-islands": "name = 'Paracel Islands'",
    "spratly-islands": "admin = 'Spratly Is.'",
    "akrotiri-dhekelia": "admin LIKE '%Sovereign Base Area'",
    "baikonur": "admin LIKE 'Baykonur%'",
    "guantanamo-bay": "admin LIKE '%Guantanamo%'",
    "cocos-islands": "name LIKE 'Cocos%'",
    "christmas-island": "name = 'Christmas Island'",
    "clipperton": "admin = 'Clipperton Island'",
}
# Land that the map leaves out, with people or visitors at least at times: name, code by ISO 3166, latitude, longitude.
ISLETS = (
    ("Dry Tortugas", "US", 24.63, -82.88), ("Farallon Islands", "US", 37.70, -123.00), ("Nihoa", "US", 23.06, -161.92),
    ("Necker Island", "US", 23.57, -164.70), ("French Frigate Shoals", "US", 23.75, -166.20),
    ("Gardner Pinnacles", "US", 25.00, -168.00), ("Lisianski Island", "US", 26.06, -173.97),
    ("Pearl and Hermes Atoll", "US", 27.85, -175.85), ("Kure Atoll", "US", 28.42, -178.33),
    ("Rose Atoll", "AS", -14.55, -168.15), ("Farallon de Medinilla", "MP", 16.02, 146.06),
    ("Kingman Reef", "UM", 6.39, -162.42), ("Baker Island", "UM", 0.19, -176.48),
    ("Howland Island", "UM", 0.81, -176.62), ("Tromelin", "TF", -15.89, 54.52),
)  # fmt: skip
ISLET_DEG = 0.05  # about 5 km around the middle, which holds the largest of them
Row = tuple[str, str, str, Any]


def main(world_map: str) -> None:
    """Read the map, cut the areas out of the countries, and write all of it."""
    dataset = open_dataset(Path(world_map))
    provinces = dataset.GetLayerByName("states_provinces")
    areas = [(code, name, key, _land(provinces, PROVINCES[key])) for key, (name, code, _kind) in AREAS.items()]
    lands = [row for row in map(_country, dataset.GetLayerByName("countries")) if row is not None]
    rows = [(code, name, key, _without(shape, areas)) for code, name, key, shape in lands]
    islets = [(code, name, "", Point(lon, lat).buffer(ISLET_DEG)) for name, code, lat, lon in ISLETS]
    _write([*rows, *areas, *islets])


def _country(feature: ogr.Feature) -> Optional[Row]:
    name = _field(feature, "name")
    code = _field(feature, "iso_a2") or CODES_BY_NAME.get(name, "") or _field(feature, "wb_a2")
    shape = _shape(feature)
    # Land without code or name is what the areas are drawn from.
    return None if shape is None or not (code or name) else (code, FULL_NAMES.get(name, name), "", shape)


def _land(provinces: ogr.Layer, which: str) -> Any:
    if provinces.SetAttributeFilter(which) != ogr.OGRERR_NONE:
        sys.exit(f"build_borders: this map has no columns for {which}.")
    shapes = [shape for shape in map(_shape, provinces) if shape is not None]
    if not shapes:
        sys.exit(f"build_borders: this map has no provinces with {which}.")
    return unary_union(shapes)


def _without(shape: Any, areas: list[Row]) -> Any:
    """Return the country's land outside the areas, which are drawn to the same corners."""
    inside = [area[3] for area in areas if area[3].intersects(shape)]
    return shape.difference(unary_union(inside)) if inside else shape


def _field(feature: ogr.Feature, name: str) -> str:
    place = feature.GetFieldIndex(name)
    value = feature.GetField(place) if place >= 0 else None
    text = "" if value is None else str(value).strip()
    return "" if text.startswith("-") else text  # -99 and -1 stand for "none"


def _shape(feature: ogr.Feature) -> Optional[Any]:
    geometry = feature.GetGeometryRef()
    return None if geometry is None or geometry.IsEmpty() else polygon_of_wkb(bytes(geometry.ExportToWkb()))


def _write(rows: list[Row]) -> None:
    codes, names, areas = (np.array([row[place] for row in rows]) for place in range(3))
    polygons = [[shape] if shape.geom_type == "Polygon" else list(shape.geoms) for *_texts, shape in rows]
    rings = [[polygon.exterior, *polygon.interiors] for parts in polygons for polygon in parts]
    corners = [np.rint(np.array(ring.coords)[:-1] / UNIT_DEG).astype(np.int64) for one in rings for ring in one]
    steps = [np.diff(one, axis=0, prepend=np.zeros((1, 2), np.int64)) for one in corners]
    np.savez_compressed(
        BORDERS, code=codes, name=names, area=areas, polygons=np.array(list(map(len, polygons)), np.int32),
        rings=np.array(list(map(len, rings)), np.int32), corners=np.array(list(map(len, corners)), np.int32),
        steps=np.concatenate(steps).astype(np.int32),
    )  # fmt: skip
    wrong = [row[1] for row, shape in zip(rows, read_borders(BORDERS)[3]) if not shape.is_valid]
    if wrong:
        sys.exit(f"build_borders: rounded corners made these invalid: {', '.join(wrong)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
