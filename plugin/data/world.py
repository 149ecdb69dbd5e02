"""Reference data: borders from QGIS's own world map, airports and cities from the plugin's gazetteer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pandas as pd
from osgeo import ogr
from shapely.geometry import Point
from shapely.ops import unary_union

from ..engine.base import InputError
from ..engine.places import DISPUTED, HELD_BY_OTHERS, Places, World
from .ogr_files import open_dataset, quiet_ogr
from .polygons import polygon_of_wkb

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
_WORLD_MAP = Path("resources") / "data" / "world_map.gpkg"
_USUAL_FOLDERS = ("/usr/share/qgis", "/usr/local/share/qgis")
# Older maps give -99 instead of a code; there the name tells the country.
_CODES_BY_NAME = {"France": "FR", "Norway": "NO", "Kosovo": "XK", "Taiwan": "TW"}
_FULL_NAMES = {"W. Sahara": "Western Sahara", "Falkland Is.": "Falkland Islands"}
_DISPUTED_CODES = ("EH", "FK", "PS", "TW", "XK")
# Areas drawn as provinces: name, code by ISO 3166, whether disputed, and which provinces they are. Not drawn as
# areas, and so not told apart: Golan Heights, South Ossetia, Nagorno-Karabakh, Donbas, Aksai Chin, southern Kurils.
_AREAS = (
    ("Crimea", "UA", HELD_BY_OTHERS, "iso_a2 = 'RU' AND name IN ('Crimea', 'Sevastopol')"),
    ("Abkhazia", "GE", HELD_BY_OTHERS, "iso_a2 = 'GE' AND name = 'Abkhazia'"),
    ("Transnistria", "MD", HELD_BY_OTHERS, "iso_a2 = 'MD' AND (gn_name IS NULL OR name = 'Bender')"),
    ("Northern Cyprus", "CY", HELD_BY_OTHERS, "admin = 'Northern Cyprus'"),
    ("Somaliland", "SO", HELD_BY_OTHERS, "admin = 'Somaliland'"),
    ("Western Sahara", "EH", HELD_BY_OTHERS, "iso_a2 = 'MA' AND (name LIKE 'La%youne%' OR name = 'Oued el Dahab')"),
    ("Kashmir", "IN", DISPUTED, "iso_a2 = 'IN' AND name = 'Jammu and Kashmir' OR admin = 'Siachen Glacier'"),
    ("Kashmir", "PK", DISPUTED, "iso_a2 = 'PK' AND name IN ('Azad Kashmir', 'Northern Areas')"),
    ("Paracel Islands", "CN", DISPUTED, "name = 'Paracel Islands'"),
    ("Spratly Islands", "", DISPUTED, "admin = 'Spratly Is.'"),
    ("Akrotiri and Dhekelia", "GB", 0, "admin LIKE '%Sovereign Base Area'"),
    ("Baikonur", "KZ", 0, "admin LIKE 'Baykonur%'"),
    ("Guantanamo Bay", "CU", 0, "admin LIKE '%Guantanamo%'"),
    ("Cocos Islands", "CC", 0, "name LIKE 'Cocos%'"),
    ("Christmas Island", "CX", 0, "name = 'Christmas Island'"),
    ("Clipperton", "FR", 0, "admin = 'Clipperton Island'"),
)
# Land that the map leaves out, with people or visitors at least at times: name, code by ISO 3166, latitude, longitude.
_ISLETS = (
    ("Dry Tortugas", "US", 24.63, -82.88), ("Farallon Islands", "US", 37.70, -123.00), ("Nihoa", "US", 23.06, -161.92),
    ("Necker Island", "US", 23.57, -164.70), ("French Frigate Shoals", "US", 23.75, -166.20),
    ("Gardner Pinnacles", "US", 25.00, -168.00), ("Lisianski Island", "US", 26.06, -173.97),
    ("Pearl and Hermes Atoll", "US", 27.85, -175.85), ("Kure Atoll", "US", 28.42, -178.33),
    ("Rose Atoll", "AS", -14.55, -168.15), ("Farallon de Medinilla", "MP", 16.02, 146.06),
    ("Kingman Reef", "UM", 6.39, -162.42), ("Baker Island", "UM", 0.19, -176.48),
    ("Howland Island", "UM", 0.81, -176.62), ("Tromelin", "TF", -15.89, 54.52),
)  # fmt: skip
_ISLET_DEG = 0.05  # about 5 km around the middle, which holds the largest of them


@lru_cache(maxsize=1)
def load_world() -> World:
    """Return countries, airports and cities, read once per process.

    Countries are those of QGIS's world_map.gpkg (Natural Earth 1:10m, generalised), codes ISO 3166 alpha-2 (XK for
    Kosovo, "" where a territory has none), in lon/lat degrees; islets that it leaves out are added. Disputed areas are
    cut out of the country that holds them, get the code of ISO 3166 and keep their name. A gazetteer file that is
    missing gives no places.
    Raises InputError if QGIS's world map cannot be found or read.
    """
    codes, names, shapes, disputed = _read_countries(find_world_map())
    gazetteer = RESOURCES / "gazetteer"
    airports, cities = (read_places(gazetteer / f"{name}.csv") for name in ("airports", "cities"))
    return World(codes, names, shapes, airports, cities, disputed)


def find_world_map() -> Path:
    """Return the path of QGIS's world map; raise InputError if this QGIS has none."""
    candidates = [Path(folder) / _WORLD_MAP for folder in (*_qgis_folder(), *_USUAL_FOLDERS)]
    for path in candidates:
        if path.is_file():
            return path
    raise InputError(f"QGIS's world map is missing ({candidates[0]}): repair the QGIS installation.")


def _qgis_folder() -> tuple[str, ...]:
    try:
        from qgis.core import QgsApplication
    except ImportError:  # without QGIS, as in benchmarks: the usual places only
        return ()
    return () if QgsApplication.instance() is None else (QgsApplication.pkgDataPath(),)


def read_places(path: Path) -> Places:
    """Return the places of a gazetteer file (columns name, country, lat, lon), none if there is no such file."""
    if not path.is_file():
        text, number = np.empty(0, dtype=object), np.empty(0)
        return Places(text, text, number, number)
    table = pd.read_csv(path, dtype={"name": str, "country": str}, keep_default_na=False, encoding="utf-8-sig")
    return Places(
        table["name"].to_numpy(dtype=object),
        table["country"].to_numpy(dtype=object),
        table["lat"].to_numpy(dtype=np.float64),
        table["lon"].to_numpy(dtype=np.float64),
    )


def _read_countries(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, names, shapes (object) and `disputed` (int8) of countries, then of areas inside them."""
    dataset = open_dataset(path)
    with quiet_ogr():
        layer = dataset.GetLayerByName("countries")
        if layer is None:
            raise InputError(f"{path} has no layer of countries: repair the QGIS installation.")
        fields = {field.GetName().lower(): field.GetName() for field in layer.schema}
        rows = [(_code(feature, fields), _field(feature, fields, "name"), _shape(feature)) for feature in layer]
        areas = _read_areas(dataset)
    # Land without code or name is what the areas are drawn from.
    kept = [row for row in rows if row[2] is not None and (row[0] or row[1] or not areas)]
    every = [
        (code, _FULL_NAMES.get(name, name), _without(shape, areas), int(code in _DISPUTED_CODES))
        for code, name, shape in kept
    ]
    every += areas
    every += [(code, name, Point(lon, lat).buffer(_ISLET_DEG), 0) for name, code, lat, lon in _ISLETS]
    columns = np.empty((4, len(every)), dtype=object)
    for place, column in enumerate(zip(*every)):
        columns[place, :] = np.fromiter(column, dtype=object, count=len(every))
    return columns[0], columns[1], columns[2], columns[3].astype(np.int8)


def _read_areas(dataset: ogr.DataSource) -> list[tuple[str, str, Any, int]]:
    """Return code, name, shape and kind of the areas of `_AREAS` that the map's provinces know."""
    layer = dataset.GetLayerByName("states_provinces")
    if layer is None:
        return []
    areas = []
    for name, code, disputed, which in _AREAS:
        if layer.SetAttributeFilter(which) != ogr.OGRERR_NONE:
            continue  # another edition of the map, without these columns
        shapes = [shape for shape in map(_shape, layer) if shape is not None]
        if shapes:
            areas.append((code, name, unary_union(shapes), disputed))
    return areas


def _without(shape: Any, areas: list[tuple[str, str, Any, int]]) -> Any:
    """Return the country's land outside the areas, which are drawn to the same corners."""
    inside = [area[2] for area in areas if area[2].intersects(shape)]
    return shape.difference(unary_union(inside)) if inside else shape


def _field(feature: ogr.Feature, fields: dict[str, str], name: str) -> str:
    value = feature.GetField(fields[name]) if name in fields else None
    text = "" if value is None else str(value).strip()
    return "" if text.startswith("-") else text  # -99 and -1 stand for "none"


def _code(feature: ogr.Feature, fields: dict[str, str]) -> str:
    code = _field(feature, fields, "iso_a2") or _CODES_BY_NAME.get(_field(feature, fields, "name"), "")
    return code or _field(feature, fields, "wb_a2")


def _shape(feature: ogr.Feature) -> Optional[Any]:
    geometry = feature.GetGeometryRef()
    if geometry is None or geometry.IsEmpty():
        return None
    return polygon_of_wkb(bytes(geometry.ExportToWkb()))
