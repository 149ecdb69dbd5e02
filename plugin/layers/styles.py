"""The styles of the result layers, shipped as .qml and stored inside each GeoPackage."""

from __future__ import annotations

from pathlib import Path

from ..engine.tables import SCHEMAS

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "styles"


def style_path(table: str) -> Path:
    """Return the .qml of a result table."""
    return FOLDER / f"{table}.qml"


def read_styles() -> dict[str, str]:
    """Return the QML text of every result table with geometry."""
    names = [name for name, schema in SCHEMAS.items() if schema.geometry is not None]
    return {name: style_path(name).read_text(encoding="utf-8") for name in names}
