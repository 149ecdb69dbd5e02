"""The QGIS project inside a study's GeoPackage: its layers, ordered and styled, for whoever has only the file."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Collection, Mapping
from datetime import datetime, timezone

from ..engine.tables import SCHEMAS
from .result_styles import for_levels
from .xml_texts import xml_text

PROJECTS, NAME, AUTHOR = "qgis_projects", "Sitelight study", "Sitelight"
ROLE_KEY, GROUP_KEY = "sitelight/role", "sitelight/geopackage"
TOP_DOWN = ("events", "findings", "stops", "legs", "silences", "itineraries", "flows", "heat", "places")
OF_ITINERARIES = ("stops", "legs", "silences")
# Hundreds of itineraries at once would cover the map; the stops and legs of the rest are one filter away.
ITINERARIES_DRAWN = 8
MARGIN_DEG = 0.05
# The version that the shipped styles are written with: a later QGIS reads them as such.
_VERSION = "3.22.16"
_GEOMETRIES = {"point": "Point", "line": "Line", "multiline": "Line", "polygon": "Polygon"}
_CRS = "<spatialrefsys><srsid>3452</srsid><srid>4326</srid><authid>EPSG:4326</authid></spatialrefsys>"
_ROOT = re.compile(r"<qgis\b([^>]*)>(.*)</qgis>", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(?:version|styleCategories)="[^"]*"')


def store_project(connection: sqlite3.Connection, file_name: str, styles: Mapping[str, str]) -> None:
    """Store the project of a study's GeoPackage, which will be called `file_name`, in place of an earlier one.

    It shows the layers that have rows, in `styles` (layer name -> QML). The table is the one QGIS itself makes.
    """
    used = [name for name in TOP_DOWN if name in styles and _has_rows(connection, name)]
    kinds = connection.execute("SELECT DISTINCT spot_kind FROM heat").fetchall() if "heat" in used else ()
    styles = for_levels(styles, [str(kind) for (kind,) in kinds])
    connection.execute("CREATE TABLE IF NOT EXISTS qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)")
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    metadata = json.dumps({"last_modified_time": moment, "last_modified_user": AUTHOR})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("study.qgs", _project(connection, file_name, used, styles))
    content = packed.getvalue().hex()  # as QGIS reads it
    connection.execute("INSERT OR REPLACE INTO qgis_projects VALUES (?, ?, ?)", (NAME, metadata, content))


def hidden_at_first(names: Collection[str]) -> frozenset[str]:
    """Return which layers of those of a study wait in the layer tree.

    The flows of all findings at once cover the map, and findings would repeat what their events show.
    """
    return frozenset(("flows", "findings") if "events" in names else ("flows",))


def has_own_project(connection: sqlite3.Connection, is_alone: bool = False) -> bool:
    """Return whether the project that we stored is there, untouched; with `is_alone`, and none of someone else."""
    made = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(made, (PROJECTS,)).fetchone() is None:
        return False
    rows = [_is_own(*row) for row in connection.execute("SELECT name, metadata FROM qgis_projects")]
    return all(rows) if is_alone else any(rows)


def _is_own(name: str, metadata: str) -> bool:
    """Return whether a project is ours: QGIS writes the name of whoever saves one."""
    try:
        return name == NAME and json.loads(metadata).get("last_modified_user") == AUTHOR
    except (ValueError, TypeError, AttributeError, RecursionError):
        return False


def _has_rows(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute(" ".join(("SELECT 1 FROM", f'"{name}"', "LIMIT 1"))).fetchone() is not None


def _project(connection: sqlite3.Connection, file_name: str, used: list[str], styles: Mapping[str, str]) -> str:
    drawn = connection.execute(
        "SELECT itinerary_id FROM itineraries WHERE rank <= ? ORDER BY rank", (ITINERARIES_DRAWN,)
    ).fetchall()
    ids = ",".join(str(int(one)) for (one,) in drawn if one is not None) or "-1"
    sources = {name: _source(file_name, name, ids) for name in used}
    hidden = hidden_at_first(used)
    nodes = "".join(_node(name, sources[name], name in hidden) for name in used)
    layers = "".join(_layer(name, sources[name], styles[name]) for name in used)
    title = xml_text(file_name.rpartition(".")[0] or file_name)
    shown = f'name="Sitelight – {title}" checked="Qt::Checked" expanded="1"'
    group = f'<layer-tree-group {shown}>{_property(GROUP_KEY, ".")}'
    return (
        f'<qgis projectname="{title}" version="{_VERSION}"><title>{title}</title>'
        f"<projectCrs>{_CRS}</projectCrs><layer-tree-group>{group}{nodes}</layer-tree-group></layer-tree-group>"
        f'<mapcanvas name="theMapCanvas"><units>degrees</units>{_extent(connection)}<rotation>0</rotation>'
        f"<destinationsrs>{_CRS}</destinationsrs></mapcanvas><projectlayers>{layers}</projectlayers>"
        '<properties><Paths><Absolute type="bool">false</Absolute></Paths>'
        f'<sitelight><results type="QString">./{xml_text(file_name)}</results></sitelight></properties></qgis>'
    )


def _source(file_name: str, name: str, ids: str) -> str:
    subset = f"|subset=itinerary_id IN ({ids})" if name in OF_ITINERARIES else ""
    return f"./{file_name}|layername={name}{subset}"


def _node(name: str, source: str, is_hidden: bool) -> str:
    checked = "Qt::Unchecked" if is_hidden else "Qt::Checked"
    return (
        f'<layer-tree-layer id="{_id(name)}" name="{xml_text(SCHEMAS[name].title)}" providerKey="ogr"'
        f' source="{xml_text(source)}" checked="{checked}" expanded="0"/>'
    )


def _layer(name: str, source: str, style: str) -> str:
    """Return a layer of the project: what a style file holds is what a layer's element holds, attributes too."""
    found = _ROOT.search(style)
    attributes, inner = (_ATTRIBUTE.sub("", found.group(1)), found.group(2)) if found else ("", "")
    geometry = _GEOMETRIES[str(SCHEMAS[name].geometry)]
    return (
        f'<maplayer type="vector" geometry="{geometry}"{attributes}><id>{_id(name)}</id>'
        f"<datasource>{xml_text(source)}</datasource><layername>{xml_text(SCHEMAS[name].title)}</layername>"
        f'<srs>{_CRS}</srs><provider encoding="UTF-8">ogr</provider>{_property(ROLE_KEY, name)}{inner}</maplayer>'
    )


def _property(key: str, value: str) -> str:
    option = f'<Option type="QString" name="{key}" value="{value}"/>'
    return f'<customproperties><Option type="Map">{option}</Option></customproperties>'


def _id(name: str) -> str:
    return f"sitelight_{name}"


def _extent(connection: sqlite3.Connection) -> str:
    """Return the extent of the findings, else of all layers, as the map first shows it."""
    asked = "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents WHERE data_type = 'features'"
    bounds = connection.execute("".join((asked, " AND table_name = 'findings'"))).fetchone()
    if bounds[0] is None:
        bounds = connection.execute(asked).fetchone()
    if bounds[0] is None:
        return ""
    west, south, east, north = (edge + sign * MARGIN_DEG for edge, sign in zip(bounds, (-1, -1, 1, 1)))
    return f"<extent><xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax></extent>"
