"""The styles of the result tables as texts: shipped as .qml, stored inside each GeoPackage and in its project."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from ..engine.tables import SCHEMAS, column_title
from .xml_texts import xml_text

PLACES_SCORE = 'coalesce("score", -1)'
"""What heat is drawn by where it has places only; otherwise its style asks the map's scale for a level."""
LEVEL_KINDS = ("country", "district")
_ATTR = re.compile(r'\battr="[^"]*"')
FOLDER = Path(__file__).resolve().parents[2] / "resources" / "styles"


def style_path(table: str) -> Path:
    """Return the .qml of a result table."""
    return FOLDER / f"{table}.qml"


def read_styles() -> dict[str, str]:
    """Return the QML text of every result table with geometry, with the titles of its columns as their aliases."""
    names = [name for name, schema in SCHEMAS.items() if schema.geometry is not None]
    return {name: _with_aliases(style_path(name).read_text(encoding="utf-8"), name) for name in names}


def for_levels(styles: Mapping[str, str], kinds: Collection[str]) -> dict[str, str]:
    """Return the styles for a study whose heat has spots of these kinds: where all are places, drawn at all scales."""
    told = dict(styles)
    if "heat" in told and not set(LEVEL_KINDS) & set(kinds):
        told["heat"] = _ATTR.sub(f'attr="{xml_text(PLACES_SCORE)}"', told["heat"], count=1)
    return told


def _with_aliases(style: str, table: str) -> str:
    """Return a style with aliases by the place of each column in the GeoPackage, where 0 is its own id."""
    aliases = "".join(
        f'<alias field="{name}" index="{number}" name="{xml_text(column_title(name))}"/>'
        for number, name in enumerate(SCHEMAS[table].columns, start=1)
    )
    body, end, _rest = style.rpartition("</qgis>")
    return f"{body}<aliases>{aliases}</aliases>{end}"
