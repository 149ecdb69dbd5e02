"""Reference data: borders from QGIS's own world map, airports and cities from the plugin's gazetteer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pandas as pd
from osgeo import ogr

from ..engine.errors import InputError
from ..engine.places import Places, World
from .ogr_files import open_dataset, quiet_ogr
from .polygons import polygon_of_wkb

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
_WORLD_MAP = Path("resources") / "data" / "world_map.gpkg"
_USUAL_FOLDERS = ("/usr/share/qgis", "/usr/local/share/qgis")
# Where the world map gives -99 instead of a code, the name tells the country.
_CODES_BY_NAME = {
    "France": "FR", "Norway": "NO", "Kosovo": "XK", "N. Cyprus": "CY", "Northern Cyprus": "CY",
    "Somaliland": "SO", "Taiwan": "TW",
}


@lru_cache(maxsize=1)
def load_world() -> World:
    """Return countries, airports and cities, read once per process.

    Countries are those of QGIS's world_map.gpkg (Natural Earth 1:10m, generalised), codes ISO 3166 alpha-2 (XK for
    Kosovo, "" where a territory has none), in lon/lat degrees. A gazetteer file that is missing gives no places.
    Raises InputError if QGIS's world map cannot be found or read.
    """
    codes, names, shapes = _read_countries(find_world_map())
    gazetteer = RESOURCES / "gazetteer"
    return World(codes, names, shapes, read_places(gazetteer / "airports.csv"), read_places(gazetteer / "cities.csv"))


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


def _read_countries(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dataset = open_dataset(path)
    with quiet_ogr():
        layer = dataset.GetLayerByName("countries")
        if layer is None:
            raise InputError(f"{path} has no layer of countries: repair the QGIS installation.")
        fields = {field.GetName().lower(): field.GetName() for field in layer.schema}
        rows = [(_code(feature, fields), _field(feature, fields, "name"), _shape(feature)) for feature in layer]
    kept = [row for row in rows if row[2] is not None]
    columns = np.empty((3, len(kept)), dtype=object)
    for place, column in enumerate(zip(*kept)):
        columns[place, :] = np.fromiter(column, dtype=object, count=len(kept))
    return columns[0], columns[1], columns[2]


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
