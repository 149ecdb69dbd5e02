"""Itineraries of a written study as GPX and KML, with their times, stops and legs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

import pandas as pd

from ..engine.base import Progress
from ..engine.tables import INTEGER, REAL, SCHEMAS
from . import format_names
from .export_values import Point, iso_ms, lines_of, plain_rows, points_of
from .xml_texts import element, xml_text

Row = dict[str, Any]
NAMESPACE = "urn:sitelight:study:1"
GPX_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Sitelight"'
    f' xmlns="{format_names.GPX}" xmlns:sitelight="{NAMESPACE}">\n'
)
KML_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="{format_names.KML}">\n'
    "<!-- Written by Sitelight -->\n<Document>\n"
)
# KML has no whole number of 64 bits; a double holds milliseconds since 1970 exactly.
_KML_TYPES = {INTEGER: "int", REAL: "double"}


def write_gpx(path: Path, tables: Mapping[str, pd.DataFrame], progress: Progress) -> None:
    """Write stops as waypoints, legs as routes, itineraries as tracks from stop to stop, at each when it came and went.

    What GPX has no word for stands in extensions, named as in the tables.
    """
    stops, legs, itineraries = (_rows(name, tables) for name in ("stops", "legs", "itineraries"))
    progress.step("Exporting", 0.0)
    points, lines = points_of(tables["stops"]), lines_of(tables["legs"])
    ways: dict[Any, list[str]] = {}
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(GPX_HEAD)
        for stop, point in zip(stops, points):
            if point is not None:
                ways.setdefault(stop["itinerary_id"], []).extend(_track_points(stop, point))
                file.write(_waypoint(stop, point))
        progress.step("Exporting", 0.4)
        for leg, parts in zip(legs, lines):
            turns = "".join(f'<rtept{_at(point)}/>' for line in parts for point in line)
            name = f"Itinerary {leg['itinerary_id']}, leg {leg['seq']}: {leg['mode'] or ''}"
            file.write(f"<rte>{element('name', name)}{_extensions(leg)}{turns}</rte>\n")
        progress.step("Exporting", 0.7)
        for row in itineraries:
            told = element("name", _title(row)) + element("desc", row["stops"] or "")
            way = "".join(ways.get(row["itinerary_id"], ()))
            file.write(f"<trk>{told}{_extensions(row)}<trkseg>{way}</trkseg></trk>\n")
        file.write("</gpx>\n")


def write_kml(path: Path, tables: Mapping[str, pd.DataFrame], progress: Progress) -> None:
    """Write folders of itineraries, stops and legs; each has its time span, and its row as typed data."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(KML_HEAD)
        for name in ("itineraries", "stops", "legs"):
            fields = "".join(
                f'<SimpleField name="{column}" type="{_kml_type(column, kind)}"/>'
                for column, kind in SCHEMAS[name].columns.items()
            )
            file.write(f'<Schema id="{name}" name="{name}">{fields}</Schema>\n')
        for number, (name, start, end) in enumerate((
            ("itineraries", "started", "finished"), ("stops", "arrived", "departed"),
            ("legs", "departed_after", "arrived_before"),
        )):  # fmt: skip
            progress.step("Exporting", number / 3)
            file.write(f"<Folder>{element('name', SCHEMAS[name].title)}\n")
            for row, parts in zip(_rows(name, tables), lines_of(tables[name])):
                span = _span(row[f"{start}_ms"], row[f"{end}_ms"])
                told = element("name", _kml_name(name, row)) + span + _schema_data(name, row)
                shape = _kml_shape(parts, SCHEMAS[name].geometry == "point")
                file.write(f"<Placemark>{told}{shape}</Placemark>\n")
            file.write("</Folder>\n")
        file.write("</Document>\n</kml>\n")


def _rows(name: str, tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    names = list(SCHEMAS[name].columns)
    return [dict(zip(names, values)) for values in plain_rows(name, tables[name])]


def _title(row: Row) -> str:
    return f"Itinerary {row['itinerary_id']}"


def _at(point: Point) -> str:
    return f' lat="{point[1]!r}" lon="{point[0]!r}"'


def _waypoint(stop: Row, point: Point) -> str:
    time = iso_ms(stop["arrived_ms"])
    parts = (
        element("time", time) if time else "", element("name", stop["spot_name"] or ""),
        element("type", stop["category"] or ""), _extensions(stop),
    )  # fmt: skip
    return f"<wpt{_at(point)}>{''.join(parts)}</wpt>\n"


def _track_points(stop: Row, point: Point) -> Iterable[str]:
    """Yield the position of a stop when the device came and when it went: a line even where there is but one stop."""
    for moment in (stop["arrived_ms"], stop["departed_ms"]):
        time = iso_ms(moment)
        yield f"<trkpt{_at(point)}>{element('time', time) if time else ''}</trkpt>"


def _extensions(row: Row) -> str:
    # GDAL takes a whole number in an extension for one of 32 bits: milliseconds since 1970 get a point.
    told = "".join(
        element(f"sitelight:{name}", f"{value}.0" if name.endswith("_ms") else _text(value))
        for name, value in row.items() if value is not None
    )  # fmt: skip
    return f"<extensions>{told}</extensions>"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _kml_type(column: str, kind: str) -> str:
    return "double" if column.endswith("_ms") else _KML_TYPES.get(kind, "string")


def _kml_name(table: str, row: Row) -> str:
    if table == "stops":
        return row["spot_name"] or ""
    return _title(row) if table == "itineraries" else f"{_title(row)}, leg {row['seq']}: {row['mode'] or ''}"


def _span(start_ms: Optional[int], end_ms: Optional[int]) -> str:
    ends = (("begin", iso_ms(start_ms)), ("end", iso_ms(end_ms)))
    told = "".join(element(name, time) for name, time in ends if time)
    return f"<TimeSpan>{told}</TimeSpan>" if told else ""


def _schema_data(table: str, row: Row) -> str:
    told = "".join(
        f'<SimpleData name="{name}">{xml_text(_text(value))}</SimpleData>'
        for name, value in row.items() if value is not None
    )  # fmt: skip
    return f'<ExtendedData><SchemaData schemaUrl="#{table}">{told}</SchemaData></ExtendedData>'


def _kml_shape(parts: list[list[Point]], is_point: bool) -> str:
    if not parts:
        return ""
    if is_point:
        return f"<Point>{_coordinates(parts[0])}</Point>"
    lines = "".join(f"<LineString>{_coordinates(line)}</LineString>" for line in parts)
    return lines if len(parts) == 1 else f"<MultiGeometry>{lines}</MultiGeometry>"


def _coordinates(line: list[Point]) -> str:
    return f"<coordinates>{' '.join(f'{x!r},{y!r}' for x, y in line)}</coordinates>"
