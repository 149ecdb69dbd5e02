"""A button for work in the background."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QProgressBar, QPushButton

from .form_parts import named


class WorkButton(QPushButton):
    """A button that starts a piece of background work, and cancels it while it runs; `bar` shows how far it is."""

    start_asked = pyqtSignal()
    cancel_asked = pyqtSignal()

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        named(self, name)
        self.setAutoDefault(False)
        self._text = text
        self._is_working = False
        self._is_possible = True
        self.bar = named(QProgressBar(), f"{name}_progress")
        self.bar.hide()
        self.clicked.connect(self._on_clicked)

    def set_possible(self, is_possible: bool) -> None:
        """Let the work be started or not."""
        self._is_possible = is_possible
        self._show()

    def begin(self) -> None:
        """Offer Cancel and show the progress."""
        self._is_working = True
        self.bar.setValue(0)
        self._show()

    def end(self) -> None:
        """Offer the work again."""
        self._is_working = False
        self._show()

    def show_progress(self, percent: float) -> None:
        """Show the progress, 0 to 100."""
        self.bar.setValue(round(percent))

    def _show(self) -> None:
        self.setText(self.tr("Cancel") if self._is_working else self._text)
        self.setEnabled(self._is_working or self._is_possible)
        self.bar.setVisible(self._is_working)

    def _on_clicked(self) -> None:
        if self._is_working:
            self.setEnabled(False)
            self.cancel_asked.emit()
        else:
            self.start_asked.emit()
