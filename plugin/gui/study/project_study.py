"""Which study the project shows: its GeoPackage's path, kept in the project as QGIS keeps the paths of layers."""

from __future__ import annotations

from qgis.core import QgsProject

SCOPE, ENTRY = "sitelight", "/results"


def keep_study_path(path: str) -> None:
    """Keep `path` ("" for none) in the project, relative to it unless the project is set to absolute paths."""
    project = QgsProject.instance()
    written = project.pathResolver().writePath(path) if path else ""
    if written != project.readEntry(SCOPE, ENTRY, "")[0]:
        project.writeEntry(SCOPE, ENTRY, written)


def kept_study_path() -> str:
    """Return the path that the project keeps, as an absolute one, or ""."""
    project = QgsProject.instance()
    written, _is_there = project.readEntry(SCOPE, ENTRY, "")
    return project.pathResolver().readPath(written) if written else ""
