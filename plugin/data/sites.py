"""Sites given by the analyst: points with a radius, or polygons, from a file or from the rows of a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
from osgeo import gdal, ogr

from ..engine.base import InputError, value_kind
from ..engine.earth import WayToDegrees, crosses_by_jump, edge_points, geodesics_m, hanging_together, wrap_longitude
from ..engine.places import NOWHERE, Sites, TagColumns, locate, tag_texts
from ..engine.screening import detect_roles, is_unit_told, meters_of, require_pseudonyms
from .formats import format_of, only_table
from .library import load_vocabulary
from .observation_source import TableReader
from .ogr_files import clean_text, open_dataset, points_of_wkb, quiet_ogr, to_degrees, way_of
from .polygons import area_in_degrees, shape_of_wkb
from .shape_texts import ShapeColumn, find_shapes, shape_columns
from .site_columns import SiteColumns, detect_site_fields, settle_columns, unused_columns
from .site_positions import find_positions, position_columns
from .stored_files import StoredFile, plain
from .world import load_world

DEFAULT_RADIUS_M = 150.0
_ONE_COMMA = r"\s*[1-9]\d{0,2},\d{3}(?!\d)"
MOST_LISTED = 8  # columns named in one sentence


@dataclass(frozen=True)
class SiteReading:
    """The sites that can be used, and sentences on them ("" for none).

    The note tells where OpenStreetMap tags were found, that no category is known, and how many sites were left out.
    `attributes` has the columns that were read of these sites, row by row; None where there are no sites.
    """

    sites: Sites
    note: str = ""
    attributes: Optional[pd.DataFrame] = None


@dataclass(frozen=True)
class SiteRows:
    """Rows as stored: attributes, and either WKB geometries with the way to WGS84, or degrees in columns.

    `unused` are columns that seem to hold shapes or sizes and are not read; `told` says how the table is written.
    """

    title: str
    frame: pd.DataFrame
    wkb: Optional[np.ndarray] = None
    to_wgs84: Optional[WayToDegrees] = None
    unused: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def read_sites_file(
    path: Union[str, Path],
    fields: Optional[Mapping[str, str]] = None,
    layer: Optional[str] = None,
    more: Sequence[str] = (),
) -> SiteReading:
    """Return the sites of a CSV file with coordinates, or of any OGR file with points or polygons in any CRS.

    `fields` names the column of each role of `SITE_FIELDS`; roles left out are detected, "" leaves one unused; `more`
    are columns read for other ends. Points without a radius get 150 m. Categories are mapped by the vocabulary; a
    missing country is looked up on the world map. Sites without a position are left out and counted in the note.
    Raises InputError for a file that is unreadable, empty, of lines or without a CRS, for columns that are never read,
    and for unusable values.
    """
    path = Path(path)
    stored = only_table(path, "sites")
    reader = _table_reader(stored[0])
    if reader is None:
        return _read_layer(stored, layer, fields, more)
    shapes = shape_columns(reader.sample)
    placed = list(dict.fromkeys((*position_columns(reader.names, reader.sample), *shapes[:1])))
    columns = settle_columns(reader.names, fields, (*placed, *more), path.name)
    frames = list(reader.frames(columns.names, False)) if placed else []
    unused = unused_columns(reader.names, columns.names, shapes)
    frame = pd.concat(frames) if frames else reader.sample
    return make_sites(SiteRows(path.name, frame, unused=unused, told=reader.notes()), columns)


def peek_sites_file(path: Union[str, Path], layer: Optional[str] = None) -> tuple[list[str], dict[str, str], int]:
    """Return a file's column names, the column detected for each role ("" if none), and the number of sites.

    No site is read: the number of a long text file is an estimate.
    """
    file, beside = only_table(Path(path), "sites")
    reader = _table_reader(file)
    if reader is not None:
        return reader.names, detect_site_fields(reader.names), reader.row_count or 0
    place, _copy = plain(file, beside)
    dataset = open_dataset(place)
    with quiet_ogr():
        table = _sites_table(dataset, place, layer)
        names = [clean_text(field.GetName()) for field in table.schema]
        return names, detect_site_fields(names), table.GetFeatureCount()


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


def _read_layer(
    stored: tuple[StoredFile, list[StoredFile]],
    layer: Optional[str],
    fields: Optional[Mapping[str, str]],
    more: Sequence[str],
) -> SiteReading:
    """Return the sites of a layer that GDAL reads; columns that are not needed are not asked of it."""
    path, _copy = plain(*stored)
    dataset = open_dataset(path)
    with quiet_ogr():
        table = _sites_table(dataset, path, layer)
        every = [field.GetName() for field in table.schema]
        names = [name for name in every if clean_text(name) == name]  # a damaged name cannot be said, and so not chosen
        columns = settle_columns(names, fields, more, path.name)
        table.SetIgnoredFields([name for name in names if name not in columns.names])
        gdal.ErrorReset()
        features = list(iter(table))  # a layer that does not know how many it has cannot be made a list of
        if gdal.GetLastErrorType() >= gdal.CE_Failure or len(features) < table.GetFeatureCount():
            raise InputError(f"{path.name} breaks off after {len(features):,} sites: repair the file.")
        places = [every.index(name) for name in columns.names]
        values = [[clean_text(feature.GetField(i)) for i in places] for feature in features]
        shapes = [feature.GetGeometryRef() for feature in features]
        blobs = [None if shape is None else bytes(shape.ExportToIsoWkb(ogr.wkbNDR)) for shape in shapes]
        to_wgs84 = way_of(table.GetSpatialRef(), table.GetName())
    frame = pd.DataFrame(values, columns=list(columns.names), dtype=object, index=range(len(features)))
    unused = unused_columns(names, columns.names)
    return make_sites(SiteRows(stored[0].name, frame, objects(blobs), to_wgs84, unused), columns)


def make_sites(rows: SiteRows, columns: SiteColumns) -> SiteReading:
    """Return the sites of rows read from anywhere; see `read_sites_file`."""
    frame, chosen = rows.frame.reset_index(drop=True), columns.field
    if len(frame) == 0:
        raise InputError(f"{rows.title} holds no sites.")
    for column in dict.fromkeys(filter(None, (chosen["name"], chosen["id"], chosen["category"]))):
        if column not in columns.tags.packed:
            require_pseudonyms(column, frame[column].to_numpy(dtype=object))
    site_id = _ids(frame, chosen["id"], columns.asks_id, rows.title)
    name = _text(frame, chosen["name"])
    name = np.where(name == "", site_id, name)
    shapes = find_shapes(frame) if rows.wkb is None else None
    lat, lon, polygon, enclosing_m = _positions(rows, frame, shapes)
    with np.errstate(invalid="ignore"):
        placed = np.flatnonzero((np.abs(lat) <= 90) & (np.abs(lon) <= 360))
    missing_note = _note_of_missing(rows.title, len(placed), len(frame))
    notes = _notes_of_columns(rows, frame, chosen["radius"], shapes)
    frame, lat, lon, enclosing_m = frame.iloc[placed], lat[placed], lon[placed], enclosing_m[placed]
    given, category, category_note = _categories(frame, columns, rows.title)
    sites = Sites(
        site_id=site_id[placed],
        name=name[placed],
        category=category,
        given_category=given,
        country=_countries(_text(frame, chosen["country"]), lat, lon),
        lat=lat,
        lon=lon,
        radius_m=np.where(np.isnan(enclosing_m), _radii(frame, chosen["radius"]), enclosing_m),
        polygon=polygon[placed],
    )
    sentences = (category_note, missing_note, *rows.told, *notes)
    return SiteReading(sites, " ".join(filter(None, sentences)), frame.reset_index(drop=True))


def _categories(frame: pd.DataFrame, columns: SiteColumns, title: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Return what was given as categories, our categories, and a sentence on where they come from ("" for none).

    The chosen column counts before tags of OpenStreetMap, which fill in where it says nothing that is known; but what
    a tag says is a sensitive place is one, whatever else is written.
    """
    vocabulary, tags, field = load_vocabulary(), columns.tags, columns.field["category"]
    given = _text(frame, "" if field in tags.columns() else field)
    category = vocabulary.categories_of(given)
    tag_text = tag_texts(frame, tags, vocabulary.keys)
    tagged = vocabulary.categories_of(tag_text)
    is_known = np.isin(tagged.astype(str), vocabulary.categories)
    takes = np.isin(tagged.astype(str), list(vocabulary.sensitive)) | (given == "")
    takes |= is_known & ~np.isin(category.astype(str), vocabulary.categories)
    takes &= tag_text != ""
    category, given = np.where(takes, tagged, category), np.where(given == "", tag_text, given)
    if not np.isin(category.astype(str), vocabulary.categories).any():
        return given, category, (
            f"No column of {title} tells a category that is known, so sensitive places among its sites cannot be told: "
            "choose the column that does, or leave such sites out."
        )
    return given, category, _note_of_tags(frame, tags, title) if is_known.any() else ""


def _note_of_tags(frame: pd.DataFrame, tags: TagColumns, title: str) -> str:
    filled = [column for column in tags.columns() if (_text(frame, column) != "").any()]
    listed = ", ".join(filled[:MOST_LISTED]) + (" …" if len(filled) > MOST_LISTED else "")
    return f"Categories of {title} were taken from OpenStreetMap tags in: {listed}."


def _note_of_missing(title: str, placed: int, total: int) -> str:
    """Return the sentence that counts sites without a position ("" if all have one); raise InputError if none has."""
    missing = total - placed
    if placed == 0:
        raise InputError(
            f"None of the {total} sites in {title} has a usable point or polygon: give them a position, or choose"
            " another layer or file."
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
        found = np.full(len(frame), None, dtype=object)  # filled one by one: numpy would take a multipolygon for a list
        for row in np.flatnonzero([blob is not None for blob in blobs]):
            found[row] = shape_of_wkb(blobs[row])
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
    found = find_positions(frame)
    if found is None:
        if shapes is None:
            hint = detect_roles(list(frame.columns), frame.head(1000)).hints.get("lat", "")
            raise InputError(f"{rows.title} has no columns of latitude and longitude, or no geometry.{hint}")
        return np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    lat, lon = found.degrees(frame)
    return lat.copy(), lon.copy()


def _notes_of_columns(rows: SiteRows, frame: pd.DataFrame, radius: str, shapes: Optional[ShapeColumn]) -> list[str]:
    """Return which columns gave shapes and radii where that is not plain, and which were not used."""
    notes = []
    if shapes is not None:
        count = sum(one is not None for one in shapes.shapes)
        unread = f"; {shapes.unread:,} could not be read" if shapes.unread else ""
        whose = f"The shapes of {count:,} of {len(frame):,} sites"
        notes.append(f'{whose} are those in the column "{shapes.name}"{unread}.')
    found = find_positions(frame) if rows.wkb is None else None
    if found is not None and found.note:
        notes.append(found.note)
    if radius and is_unit_told(frame[radius], radius):
        notes.append(f'The radii in the column "{radius}" are read with the unit that it, or each of them, names.')
    given = shape_columns(frame) if shapes is None and rows.wkb is None else []
    if rows.unused or given:
        listed = ", ".join(f'"{name}"' for name in dict.fromkeys((*rows.unused, *given)))
        notes.append(f"Not used of {rows.title}: {listed}.")
    jumps = _count_jumps(rows)
    if jumps:
        notes.append(
            f"Sites with edges of more than half the globe are taken as crossing the 180th meridian: {jumps:,}."
        )
    return notes


def _count_jumps(rows: SiteRows) -> int:
    """Return how many sites have edges of which their degrees do not tell which way around the globe they go."""
    if rows.wkb is None or (rows.to_wgs84 is not None and not rows.to_wgs84.is_geographic):
        return 0
    shapes = (shape_of_wkb(blob) for blob in rows.wkb if blob is not None)
    areas = [one for one in shapes if one is not None and one.geom_type in ("Polygon", "MultiPolygon")]
    return sum(crosses_by_jump(one) for one in areas)


def _enclosing_circle(shape: Any) -> tuple[float, float, float]:
    """Return lon, lat of the centroid and the geodesic distance in m to the farthest edge."""
    whole = hanging_together(shape)
    edge = edge_points(whole)
    lon, lat = whole.centroid.x, whole.centroid.y
    distance_m = geodesics_m(np.full(len(edge), lat), np.full(len(edge), lon), edge[:, 1], edge[:, 0])
    return float(wrap_longitude(np.array([lon]))[0]), lat, float(np.max(distance_m))


def _radii(frame: pd.DataFrame, field: str) -> np.ndarray:
    """Return radii in m, the default where the field is empty or 0; raise InputError for words and negatives."""
    if not field:
        return np.full(len(frame), DEFAULT_RADIUS_M)
    text = _text(frame, field)
    radius_m = meters_of(pd.Series(text).where(text != ""), field)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((text != "") & ~(radius_m >= 0))
    if len(bad):
        row, kind = int(frame.index[bad[0]]) + 1, value_kind(text[bad[0]])
        raise InputError(f'Row {row:,} has {kind} in "{field}", no radius in meters or with a unit: correct it.')
    doubtful = np.flatnonzero(pd.Series(text).str.match(_ONE_COMMA).to_numpy(dtype=bool))
    if len(doubtful) and (radius_m[doubtful] < 1000).any():  # else points elsewhere tell that commas part thousands
        row = int(frame.index[doubtful[0]]) + 1
        raise InputError(
            f'Row {row:,} has a number in "{field}" whose comma may be of thousands or of decimals (1,500 is 1500 or '
            "1.5): write it without, or with a point."
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
