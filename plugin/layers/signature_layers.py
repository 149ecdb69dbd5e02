"""The map layer of a signature's matches, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from .study_rows import open_rows, put_in_study

TABLE = "signatures"


def show_matches(path: str, name: str) -> Optional[QgsVectorLayer]:
    """Add the layer of the signature `name` on top of the study's heat and return it; an earlier one goes.

    None where the study at `path` has no group in the project, or no rows of that name.
    """
    quoted = name.replace("'", "''")
    title = QCoreApplication.translate("SignatureLayers", "Signature – {name}").format(name=name)
    layer = open_rows(path, TABLE, f"\"signature\" = '{quoted}'", title)
    return put_in_study(path, f"{TABLE}:{name}", layer, is_expanded=True)
