"""Which GeoPackage to load a study from; the folder is remembered."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

FOLDER_KEY = "sitelight/panel/folder"
GEOPACKAGE = "GeoPackage (*.gpkg)"
translate = QCoreApplication.translate


def ask_study_to_load(parent: QWidget) -> str:
    """Return the path of the study chosen, "" for none."""
    title = translate("StudyFiles", "Load a Study")
    folder = str(QgsSettings().value(FOLDER_KEY) or Path.home())
    path, _kind = QFileDialog.getOpenFileName(parent, title, folder, GEOPACKAGE)
    if path:
        QgsSettings().setValue(FOLDER_KEY, str(Path(path).parent))
    return path
