"""The pinned foot of the study page: Run or Cancel, progress and stage."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ..widgets.form_parts import named, narrow, plain_label, push_button, row_of


class RunFooter(QWidget):
    """One button that runs or cancels, and what the run is doing."""

    run_asked = pyqtSignal()
    cancel_asked = pyqtSignal()
    load_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "run_footer")
        self._is_running = False
        self._stage = narrow(plain_label("stage"))
        self._bar = named(QProgressBar(), "progress")
        self._bar.setRange(0, 1000)
        self._button = push_button("run", "")
        self._button.clicked.connect(self._on_button_clicked)
        self._load = push_button(
            "load", self.tr("Load Study…"), self.tr("Show the results of an earlier study's GeoPackage")
        )
        self._load.clicked.connect(self.load_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.addWidget(self._stage)
        layout.addWidget(self._bar)
        layout.addLayout(row_of(self._load, None, self._button))
        self.set_running(False)

    def set_running(self, is_running: bool) -> None:
        """Offer Cancel and show progress, or offer Run."""
        self._is_running = is_running
        self._button.setText(self.tr("Cancel") if is_running else self.tr("Run"))
        icon = "/mActionStop.svg" if is_running else "/mActionStart.svg"
        self._button.setIcon(QgsApplication.getThemeIcon(icon))
        self._button.setEnabled(True)
        self._load.setEnabled(not is_running)
        self._bar.setVisible(is_running)
        self._stage.setVisible(is_running)
        self._bar.setValue(0)
        self._stage.setText(self.tr("Starting") if is_running else "")

    def show_stage(self, stage: str) -> None:
        """Name the stage of the run."""
        self._stage.setText(stage)

    def show_progress(self, percent: float) -> None:
        """Show the progress of the run, 0 to 100."""
        self._bar.setValue(round(percent * 10))

    def show_cancelling(self) -> None:
        """Show that the cancel was heard."""
        self._button.setEnabled(False)
        self._stage.setText(self.tr("Cancelling"))

    def _on_button_clicked(self) -> None:
        if self._is_running:
            self.show_cancelling()
            self.cancel_asked.emit()
        else:
            self.run_asked.emit()
