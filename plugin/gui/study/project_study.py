"""What the project keeps of a study: the choices of its form, and the path of the GeoPackage that it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Optional

from qgis.core import QgsProject

SCOPE, CHOICES, RESULTS = "sitelight", "/study", "/results"


def keep_choices(state: Mapping[str, Any]) -> None:
    """Keep the choices of the form in the project."""
    QgsProject.instance().writeEntry(SCOPE, CHOICES, json.dumps(state))


def kept_choices() -> Optional[dict[str, Any]]:
    """Return the choices that the project keeps; None where it has none that can be read."""
    text, is_there = QgsProject.instance().readEntry(SCOPE, CHOICES, "")
    if not is_there or not text:
        return None
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return state if isinstance(state, dict) else None


def keep_study_path(path: str) -> None:
    """Keep `path` ("" for none) in the project, relative to it unless the project is set to absolute paths."""
    project = QgsProject.instance()
    written = project.pathResolver().writePath(path) if path else ""
    if written != project.readEntry(SCOPE, RESULTS, "")[0]:
        project.writeEntry(SCOPE, RESULTS, written)


def kept_study_path() -> str:
    """Return the path that the project keeps, as an absolute one, or ""."""
    project = QgsProject.instance()
    written, _is_there = project.readEntry(SCOPE, RESULTS, "")
    return project.pathResolver().readPath(written) if written else ""
