"""Which GeoPackage to load a study from, and the folder that is remembered for it and for exports."""

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
    path, _kind = QFileDialog.getOpenFileName(parent, title, kept_folder(), GEOPACKAGE)
    keep_folder(path)
    return path


def kept_folder() -> str:
    """Return the folder of the study loaded or exported last."""
    return str(QgsSettings().value(FOLDER_KEY) or Path.home())


def keep_folder(path: str) -> None:
    """Propose the folder of `path` the next time."""
    if path:
        QgsSettings().setValue(FOLDER_KEY, str(Path(path).parent))
