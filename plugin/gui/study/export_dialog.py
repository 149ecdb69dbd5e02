"""What of the study to export, and where to."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...data.exports import FORMATS
from ..widgets.colors import muted
from ..widgets.form_parts import named, plain_label, wrapped_label

WIDTH = 420
# Added to the name of the study, so that no two exports of one study have one name.
NAMES = {"bundle": "_evidence", "events_geojson": "_events", "events_csv": "_events", "geojson": "_findings",
         "csv": "_findings", "gpx": "_itineraries", "kml": "_itineraries", "graphml": "_network"}  # fmt: skip


class ExportDialog(QDialog):
    """Asks for a format and a file; `asked` carries the key of `FORMATS` and the path."""

    asked = pyqtSignal(str, str)

    def __init__(self, study_path: str, has_network: bool, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        named(self, "export_dialog")
        self.setWindowTitle(self.tr("Export the Study"))
        self._folder, self._stem = str(Path(study_path).parent), Path(study_path).stem
        self._has_network = has_network
        self._suggested = ""
        self._format = named(QComboBox(), "export_format")
        self._format.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for kind, title in self._titles().items():
            self._format.addItem(title, kind)
        self._about = wrapped_label("export_about")
        muted(self._about)
        self._file = named(QgsFileWidget(), "export_file")
        self._file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._file.setDialogTitle(self.tr("Export To"))
        buttons = QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        self._buttons = named(QDialogButtonBox(buttons), "export_buttons")
        self._lay_out()
        self._format.currentIndexChanged.connect(self._on_format_changed)
        self._file.fileChanged.connect(self._on_file_changed)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._on_format_changed(0)

    def choice(self) -> tuple[str, str]:
        """Return the key of the format and the path, with its suffix."""
        kind, path = str(self._format.currentData()), self._file.filePath().strip()
        suffix = FORMATS[kind].suffix
        return kind, path if not path or path.lower().endswith(suffix) else f"{path}{suffix}"

    def accept(self) -> None:
        """Close and say what was chosen."""
        kind, path = self.choice()
        super().accept()
        self.asked.emit(kind, path)

    def _titles(self) -> dict[str, str]:
        return {
            "study": self.tr("Study (GeoPackage)"),
            "bundle": self.tr("Evidence bundle (zip)"),
            "events_geojson": self.tr("Events (GeoJSON)"),
            "events_csv": self.tr("Events (CSV)"),
            "geojson": self.tr("Findings (GeoJSON)"),
            "csv": self.tr("Findings (CSV)"),
            "gpx": self.tr("Itineraries (GPX)"),
            "kml": self.tr("Itineraries (KML)"),
            "graphml": self.tr("Link network (GraphML)"),
        }

    def _abouts(self) -> dict[str, str]:
        network = self.tr("Places linked by common devices, for Gephi, yEd or networkx.")
        if not self._has_network:
            network = self.tr("The study keeps no link network: it is of an earlier version, or of few places.")
        return {
            "study": self.tr("All tables with their styles and a QGIS project that shows them."),
            "bundle": self.tr("The study, a report with events, screening and limits, and SHA-256 sums of both."),
            "events_geojson": self.tr("One point per event, at its main place, with all its columns."),
            "events_csv": self.tr("One row per event for a spreadsheet; WKT, lon and lat tell its main place."),
            "geojson": self.tr("One point per finding, with all its columns and the id of its event."),
            "csv": self.tr("One row per finding for a spreadsheet; WKT, lon and lat tell its position."),
            "gpx": self.tr("Tracks of the itineraries with times, waypoints of their stops, routes of their legs."),
            "kml": self.tr("Itineraries, stops and legs with their times, as Google Earth plays them."),
            "graphml": network,
        }

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setColumnStretch(1, 1)
        form.addWidget(plain_label(text=self.tr("Format")), 0, 0)
        form.addWidget(self._format, 0, 1)
        form.addWidget(self._about, 1, 1)
        form.addWidget(plain_label(text=self.tr("File name")), 2, 0)
        form.addWidget(self._file, 2, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        line = self.fontMetrics().lineSpacing()
        self._about.setMinimumHeight(2 * line + 4)
        self.resize(WIDTH, self.sizeHint().height())

    def _on_format_changed(self, _index: int) -> None:
        kind = str(self._format.currentData())
        form = FORMATS[kind]
        self._about.setText(self._abouts()[kind])
        self._file.setFilter(f"{self._titles()[kind]} (*{form.suffix})")
        chosen = self._file.filePath().strip()
        if not chosen or chosen == self._suggested:
            self._suggested = suggested_path(self._folder, self._stem + NAMES.get(kind, "_copy"), form.suffix)
        else:  # the analyst's own name stays, with the suffix of the format
            self._suggested = str(Path(chosen).with_suffix(form.suffix))
        self._file.setFilePath(self._suggested)
        self._on_file_changed(self._suggested)

    def _on_file_changed(self, path: str) -> None:
        is_possible = bool(path.strip()) and (self._has_network or self._format.currentData() != "graphml")
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(is_possible)


def suggested_path(folder: str, stem: str, suffix: str) -> str:
    """Return a file name in `folder` that does not exist yet."""
    names = (f"{stem}{number}{suffix}" for number in ("", *(f"_{n}" for n in range(2, 1000))))
    return str(next((Path(folder) / name for name in names if not (Path(folder) / name).exists()), ""))
