"""Which GeoPackage to load a study from or to export it to; the folder is remembered."""

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
    path, _kind = QFileDialog.getOpenFileName(parent, title, _folder(), GEOPACKAGE)
    return _remembered(path)


def ask_export_path(parent: QWidget) -> str:
    """Return where to export to, with its suffix, "" for nowhere."""
    title = translate("StudyFiles", "Export the Study As")
    path, _kind = QFileDialog.getSaveFileName(parent, title, _folder(), GEOPACKAGE)
    return _remembered(path if not path or path.lower().endswith(".gpkg") else f"{path}.gpkg")


def _folder() -> str:
    return str(QgsSettings().value(FOLDER_KEY) or Path.home())


def _remembered(path: str) -> str:
    if path:
        QgsSettings().setValue(FOLDER_KEY, str(Path(path).parent))
    return path
