"""Sites given by the analyst: points with a radius, or polygons, from a file or from the rows of a layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
from osgeo import gdal, ogr
from pyproj import Geod, Transformer

from ..engine.base import InputError
from ..engine.earth import crosses_by_jump, edge_points, hanging_together, wrap_longitude
from ..engine.places import NOWHERE, Sites, locate
from ..engine.screening import detect_roles, is_unit_told, meters_of, numbers_of
from .formats import format_of, is_known
from .library import load_vocabulary
from .observation_source import TableReader
from .ogr_files import clean_text, open_dataset, points_of_wkb, quiet_ogr, to_degrees, transformer_of
from .polygons import area_in_degrees, shape_of_wkb
from .shape_texts import ShapeColumn, find_shapes, shape_columns
from .stored_files import StoredFile, is_archive, members_of, plain
from .world import load_world

DEFAULT_RADIUS_M = 150.0
SITE_FIELDS = ("name", "category", "radius", "country", "id")
_GEOD = Geod(ellps="WGS84")
_NAMES = {
    "name": "name sitename placename locationname title label site place venue operator venueid",
    "category": "category sitecategory placecategory type sitetype placetype venuetype kind class fclass topcategory",
    "radius": "radiusm radius radiusmeters radiusmetres radiusinmeters radiusinm radiuskm radiusinkm radiuskilometers"
    " radiusft radiusfeet radiusinfeet radiusmi radiusmiles radiusinmiles radiusyards radiusnmi bufferm buffer"
    " bufferkm bufferft buffermiles bufferradius",
    "country": "country countrycode isocountrycode isoa2 iso2 iso adm0a2",
    "id": "siteid id placeid venueid osmid fullid qid safegraphplaceid placekey",
}


@dataclass(frozen=True)
class SiteReading:
    """The sites that can be used, and a sentence that counts those that were left out ("" if none was).

    `attributes` has all columns of these sites as they were given, row by row; None where there are no sites.
    """

    sites: Sites
    note: str = ""
    attributes: Optional[pd.DataFrame] = None


@dataclass(frozen=True)
class SiteRows:
    """Rows as stored: attributes, and either WKB geometries with the way to WGS84, or degrees in columns."""

    title: str
    frame: pd.DataFrame
    wkb: Optional[np.ndarray] = None
    to_wgs84: Optional[Transformer] = None


def read_sites_file(
    path: Union[str, Path], fields: Optional[Mapping[str, str]] = None, layer: Optional[str] = None
) -> SiteReading:
    """Return the sites of a CSV file with coordinates, or of any OGR file with points or polygons in any CRS.

    `fields` names the column of each role of `SITE_FIELDS`; roles left out are detected, "" leaves one unused. Points
    without a radius get 150 m. Categories are mapped by the vocabulary; a missing country is looked up on the world
    map. Sites without a position are left out and counted in the note. Raises InputError for a file that is
    unreadable, empty, of lines or without a CRS, and for unusable values.
    """
    return make_sites(_rows_of_file(Path(path), layer), fields)


def peek_sites_file(path: Union[str, Path], layer: Optional[str] = None) -> tuple[list[str], dict[str, str], int]:
    """Return a file's column names, the column detected for each role ("" if none), and the number of sites.

    No site is read: the number of a long text file is an estimate.
    """
    file, beside = _sites_file(Path(path))
    reader = _table_reader(file)
    if reader is not None:
        return reader.names, detect_site_fields(reader.names), reader.row_count or 0
    place, _copy = plain(file, beside)
    dataset = open_dataset(place)
    with quiet_ogr():
        table = _sites_table(dataset, place, layer)
        names = [clean_text(field.GetName()) for field in table.schema]
        return names, detect_site_fields(names), table.GetFeatureCount()


def detect_site_fields(names: Sequence[str]) -> dict[str, str]:
    """Return the field for each role of `SITE_FIELDS` by its name, "" where none is known."""
    by_plain = {re.sub(r"[\W_]+", "", name).lower(): name for name in reversed(names)}
    return {
        role: next((by_plain[word] for word in words.split() if word in by_plain), "")
        for role, words in _NAMES.items()
    }


def _sites_file(path: Path) -> tuple[StoredFile, list[StoredFile]]:
    """Return the file of sites at a path, or the one in the archive there, and the files beside it in the archive."""
    if not path.is_file():
        raise InputError(f"There is no sites file {path}.")
    if not is_archive(path):
        return StoredFile(path), []
    members = members_of(path)
    known = [one for one in members if is_known(one)]
    tables = [one for one in known if not format_of(one).reads_sites or len(_table_reader(one).names) > 1]
    if len(tables) != 1:
        listed = ", ".join(one.name for one in tables[:5]) or "none"
        raise InputError(f"{path.name} must hold one file of sites; found: {listed}. Unpack it and choose one.")
    return tables[0], members


def _table_reader(file: StoredFile) -> Optional[TableReader]:
    """Return the reader of a file whose sites have their coordinates in columns, None for those that GDAL reads."""
    found = format_of(file)
    return found.open_file(file, None, ()) if found.reads_sites else None


def _sites_table(dataset: gdal.Dataset, path: Path, layer: Optional[str]) -> ogr.Layer:
    """Return the one layer of sites; raise InputError listing the layers if it is not clear which one that is."""
    tables = [dataset.GetLayer(i) for i in range(dataset.GetLayerCount())]
    usable = [
        table for table in tables
        if (table.GetName() == layer if layer else table.GetGeomType() != ogr.wkbNone and table.GetFeatureCount())
    ]
    if len(usable) != 1:
        listed = ", ".join(table.GetName() for table in usable) or "none with geometry"
        raise InputError(f"{path.name} must hold one layer of sites; found: {listed}. Name the one to read.")
    return usable[0]


def _rows_of_file(path: Path, layer: Optional[str]) -> SiteRows:
    file, beside = _sites_file(path)
    reader = _table_reader(file)
    if reader is not None:
        frames = list(reader.frames(reader.names, False))
        return SiteRows(path.name, pd.concat(frames) if frames else reader.sample)
    place, _copy = plain(file, beside)
    dataset = open_dataset(place)
    with quiet_ogr():
        table = _sites_table(dataset, place, layer)
        gdal.ErrorReset()
        features = list(table)
        if gdal.GetLastErrorType() >= gdal.CE_Failure or len(features) < table.GetFeatureCount():
            raise InputError(f"{path.name} breaks off after {len(features):,} sites: repair the file.")
        names = [clean_text(field.GetName()) for field in table.schema]
        values = [[clean_text(feature.GetField(i)) for i in range(len(names))] for feature in features]
        shapes = [feature.GetGeometryRef() for feature in features]
        blobs = [None if shape is None else bytes(shape.ExportToIsoWkb(ogr.wkbNDR)) for shape in shapes]
        to_wgs84 = transformer_of(table.GetSpatialRef(), table.GetName())
    return SiteRows(path.name, pd.DataFrame(values, columns=names, dtype=object), objects(blobs), to_wgs84)


def make_sites(rows: SiteRows, fields: Optional[Mapping[str, str]]) -> SiteReading:
    """Return the sites of rows read from anywhere; see `read_sites_file`."""
    frame = rows.frame.reset_index(drop=True)
    if len(frame) == 0:
        raise InputError(f"{rows.title} holds no sites.")
    asked = {role: name for role, name in (fields or {}).items() if name is not None}
    for role, name in asked.items():
        if name and name not in frame.columns:
            raise InputError(f'{rows.title} has no column "{name}" for the sites\' {role}.')
    chosen = {**detect_site_fields(list(frame.columns)), **asked}
    site_id = _ids(frame, chosen["id"], bool(asked.get("id")), rows.title)
    name = _text(frame, chosen["name"])
    name = np.where(name == "", site_id, name)
    shapes = find_shapes(frame) if rows.wkb is None else None
    lat, lon, polygon, enclosing_m = _positions(rows, frame, shapes)
    with np.errstate(invalid="ignore"):
        placed = np.flatnonzero((np.abs(lat) <= 90) & (np.abs(lon) <= 360))
    notes = [_note_of_missing(rows.title, len(placed), name), *_notes_of_columns(rows, frame, chosen["radius"], shapes)]
    frame, name, polygon = frame.iloc[placed], name[placed], polygon[placed]
    lat, lon, enclosing_m = lat[placed], lon[placed], enclosing_m[placed]
    given = _text(frame, chosen["category"])
    sites = Sites(
        site_id=site_id[placed],
        name=name,
        category=load_vocabulary().categories_of(given),
        given_category=given,
        country=_countries(_text(frame, chosen["country"]), lat, lon),
        lat=lat,
        lon=lon,
        radius_m=np.where(np.isnan(enclosing_m), _radii(frame, chosen["radius"], name), enclosing_m),
        polygon=polygon,
    )
    return SiteReading(sites, " ".join(note for note in notes if note), frame.reset_index(drop=True))


def _note_of_missing(title: str, placed: int, name: np.ndarray) -> str:
    """Return the sentence that counts sites without a position ("" if all have one); raise InputError if none has."""
    missing, total = len(name) - placed, len(name)
    if placed == 0:
        raise InputError(
            f"None of the {total} sites in {title} has a usable point or polygon (first: {name[0]}): give them a"
            " position, or choose another layer or file."
        )
    if missing == 0:
        return ""
    verb = "has no position and was" if missing == 1 else "have no position and were"
    return f"{missing} of {total} sites in {title} {verb} left out."


def _ids(frame: pd.DataFrame, field: str, asked: bool, title: str) -> np.ndarray:
    ids = _text(frame, field)
    if len(set(ids.tolist())) == len(ids) and "" not in ids:
        return ids
    if asked:
        raise InputError(f'The column "{field}" of {title} has empty or repeated ids: choose another.')
    return np.array([f"site-{number}" for number in range(1, len(frame) + 1)], dtype=object)


def _positions(
    rows: SiteRows, frame: pd.DataFrame, shapes: Optional[ShapeColumn]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return lat, lon (NaN where missing), polygons (None for points), their enclosing radius in m (NaN for points)."""
    polygon, enclosing_m = np.full(len(frame), None, dtype=object), np.full(len(frame), np.nan)
    if rows.wkb is None:
        lat, lon = _degrees(rows, frame, shapes)
        found = np.full(len(frame), None, dtype=object) if shapes is None else shapes.shapes
    else:
        lon, lat = points_of_wkb(rows.wkb)
        if rows.to_wgs84 is not None:
            lon, lat = to_degrees(rows.to_wgs84, lon, lat)
        blobs = np.where(np.isnan(lat), rows.wkb, None)
        found = objects([None if blob is None else shape_of_wkb(blob) for blob in blobs])
    for row in np.flatnonzero([one is not None for one in found]):
        if found[row].geom_type == "Point" and not found[row].is_empty:
            lon[row], lat[row] = found[row].x, found[row].y
            continue
        polygon[row] = area_in_degrees(found[row], rows.to_wgs84)
        if polygon[row] is not None:
            lon[row], lat[row], enclosing_m[row] = _enclosing_circle(polygon[row])
    return lat, lon, polygon, enclosing_m


def _degrees(rows: SiteRows, frame: pd.DataFrame, shapes: Optional[ShapeColumn]) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of columns, NaN where a column of shapes has to give them."""
    roles = detect_roles(list(frame.columns), frame.head(1000)).roles
    if roles.lat is None or roles.lon is None:
        if shapes is None:
            raise InputError(f"{rows.title} has no columns of latitude and longitude, or no geometry.")
        return np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    return numbers_of(frame[roles.lat]).copy(), numbers_of(frame[roles.lon]).copy()


def _notes_of_columns(rows: SiteRows, frame: pd.DataFrame, radius: str, shapes: Optional[ShapeColumn]) -> list[str]:
    """Return which columns gave shapes and radii where that is not plain, and which were not used."""
    notes = []
    if shapes is not None:
        count = sum(one is not None for one in shapes.shapes)
        unread = f"; {shapes.unread:,} could not be read" if shapes.unread else ""
        whose = f"The shapes of {count:,} of {len(frame):,} sites"
        notes.append(f'{whose} are those in the column "{shapes.name}"{unread}.')
    if radius and is_unit_told(frame[radius], radius):
        notes.append(f'The radii in the column "{radius}" are read with the unit that it, or each of them, names.')
    left = [name for name in shape_columns(frame) if shapes is None or name != shapes.name]
    words = re.compile(r"radius|radii|diameter|buffer", re.IGNORECASE)
    left += [name for name in frame.columns if words.search(str(name)) and name != radius and frame[name].notna().any()]
    if left:
        listed = ", ".join(f'"{name}"' for name in dict.fromkeys(left))
        notes.append(f"Not used of {rows.title}: {listed}.")
    jumps = _count_jumps(rows)
    if jumps:
        notes.append(
            f"Sites with edges of more than half the globe are taken as crossing the 180th meridian: {jumps:,}."
        )
    return notes


def _count_jumps(rows: SiteRows) -> int:
    """Return how many sites have edges of which their degrees do not tell which way around the globe they go."""
    if rows.wkb is None or (rows.to_wgs84 is not None and not rows.to_wgs84.source_crs.is_geographic):
        return 0
    shapes = (shape_of_wkb(blob) for blob in rows.wkb if blob is not None)
    areas = [one for one in shapes if one is not None and one.geom_type in ("Polygon", "MultiPolygon")]
    return sum(crosses_by_jump(one) for one in areas)


def _enclosing_circle(shape: Any) -> tuple[float, float, float]:
    """Return lon, lat of the centroid and the geodesic distance in m to the farthest edge."""
    whole = hanging_together(shape)
    edge = edge_points(whole)
    lon, lat = whole.centroid.x, whole.centroid.y
    distance_m = _GEOD.inv(np.full(len(edge), lon), np.full(len(edge), lat), edge[:, 0], edge[:, 1])[2]
    return float(wrap_longitude(np.array([lon]))[0]), lat, float(np.max(distance_m))


def _radii(frame: pd.DataFrame, field: str, name: np.ndarray) -> np.ndarray:
    """Return radii in m, the default where the field is empty or 0; raise InputError for words and negatives."""
    if not field:
        return np.full(len(frame), DEFAULT_RADIUS_M)
    text = _text(frame, field)
    radius_m = meters_of(pd.Series(text).replace("", np.nan), field)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((text != "") & ~(radius_m >= 0))
    if len(bad):
        raise InputError(
            f'The radius "{text[bad[0]]}" of site {name[bad[0]]} is no length: write meters, or a number with its unit.'
        )
    return np.where((radius_m > 0), radius_m, DEFAULT_RADIUS_M)


def _countries(given: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return ISO alpha-2 codes: as given, by the country's name, else by position; "" where none is known."""
    world = load_world()
    codes = {code.casefold(): code for code in world.country_code if code}
    names = zip(world.country_name, world.country_code)
    codes.update((country.casefold(), code) for country, code in names if code and country)
    found = np.array([codes.get(text.casefold(), "") for text in given.tolist()], dtype=object)
    blank = np.flatnonzero(found == "")
    if len(blank):
        where = locate(world, lat[blank], lon[blank])
        found[blank] = np.where(where == NOWHERE, "", world.country_code[where])
    return found


def _text(frame: pd.DataFrame, field: str) -> np.ndarray:
    """Return a column as stripped text, "" where missing or not chosen."""
    if not field:
        return np.full(len(frame), "", dtype=object)
    values = frame[field].astype(object)
    return values.where(values.notna(), "").astype(str).str.strip().to_numpy(dtype=object)


def objects(values: Sequence[Any]) -> np.ndarray:
    """Return values as a one-dimensional object array."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
