"""Reference data of the plugin's own gazetteer: borders, airports and cities, the same on every QGIS."""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from shapely.geometry import MultiPolygon, Polygon

from ..engine.base import InputError, require_room
from ..engine.places import DISPUTED, HELD_BY_OTHERS, Places, World
from .reasons import reason_of

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
BORDERS = RESOURCES / "gazetteer" / "borders.npz"
UNIT_DEG = 1e-7  # of the corners in that file: a centimetre, where the map itself is generalised to hundreds of metres
# Countries whose status is disputed as a whole.
_DISPUTED_CODES = ("EH", "FK", "PS", "TW", "XK")
# Areas inside countries, known by the key they have in the file of borders: name, code by ISO 3166, whether disputed.
# Not told apart: Golan Heights, South Ossetia, Nagorno-Karabakh, Donbas, Aksai Chin, southern Kurils.
AREAS = {
    "crimea": ("Crimea", "UA", HELD_BY_OTHERS),
    "abkhazia": ("Abkhazia", "GE", HELD_BY_OTHERS),
    "transnistria": ("Transnistria", "MD", HELD_BY_OTHERS),
    "northern-cyprus": ("Northern Cyprus", "CY", HELD_BY_OTHERS),
    "somaliland": ("Somaliland", "SO", HELD_BY_OTHERS),
    "western-sahara-west": ("Western Sahara", "EH", HELD_BY_OTHERS),
    "kashmir-india": ("Kashmir", "IN", DISPUTED),
    "kashmir-pakistan": ("Kashmir", "PK", DISPUTED),
    "paracel-islands": ("Paracel Islands", "CN", DISPUTED),
    "spratly-islands": ("Spratly Islands", "", DISPUTED),
    "akrotiri-dhekelia": ("Akrotiri and Dhekelia", "GB", 0),
    "baikonur": ("Baikonur", "KZ", 0),
    "guantanamo-bay": ("Guantanamo Bay", "CU", 0),
    "cocos-islands": ("Cocos Islands", "CC", 0),
    "christmas-island": ("Christmas Island", "CX", 0),
    "clipperton": ("Clipperton", "FR", 0),
}


@lru_cache(maxsize=1)
def load_world() -> World:
    """Return countries, airports and cities, read once per process.

    Countries are those of Natural Earth 1:10m (generalised), codes ISO 3166 alpha-2 (XK for Kosovo, "" where a
    territory has none), in lon/lat degrees, with islets that it leaves out. Disputed areas are cut out of the country
    that holds them, get the code of ISO 3166 and keep their name. A gazetteer file that is missing gives no places.
    Raises InputError if the borders are missing, cannot be read, or lack an area.
    """
    require_room()  # without it shapely complains on the console, shape by shape
    codes, names, areas, shapes = read_borders(BORDERS)
    lacking = [name for key, (name, _code, _kind) in AREAS.items() if key not in areas]
    if lacking:
        raise InputError(f"The borders that Sitelight brings lack {', '.join(lacking)}: install the plugin anew.")
    disputed = np.isin(codes, _DISPUTED_CODES).astype(np.int8)
    for row in np.flatnonzero(areas != ""):
        names[row], codes[row], disputed[row] = AREAS[areas[row]]
    airports, cities = (read_places(BORDERS.with_name(f"{name}.csv")) for name in ("airports", "cities"))
    return World(codes, names, shapes, airports, cities, disputed)


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


def read_borders(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, names, keys of areas ("" for a country) and shapes (object) of the file of borders.

    Its corners are steps from the one before in units of UNIT_DEG, ring by ring, polygon by polygon, row by row; the
    first of a ring is a step from 0, 0. Raises InputError.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            codes, names, areas = (file[name].astype(object) for name in ("code", "name", "area"))
            polygons, rings, corners = (_ends(file[name]) for name in ("polygons", "rings", "corners"))
            steps = file["steps"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        raise InputError(
            f"The borders that Sitelight brings cannot be read ({reason_of(error)}): install the plugin anew."
        ) from error
    made = [np.cumsum(part, axis=0) * UNIT_DEG for part in np.split(steps, corners[:-1])]
    areal = [Polygon(made[begin], made[begin + 1 : end]) for begin, end in zip([0, *rings], rings)]
    shapes = np.empty(len(codes), dtype=object)
    for row, (begin, end) in enumerate(zip([0, *polygons], polygons)):
        shapes[row] = areal[begin] if end - begin == 1 else MultiPolygon(areal[begin:end])
    return codes, names, areas, shapes


def _ends(counts: np.ndarray) -> list[int]:
    return np.cumsum(counts, dtype=np.int64).tolist()
