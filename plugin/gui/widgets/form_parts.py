"""Labels, lists, buttons and rows as the forms of the panel use them."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QCoreApplication, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QListWidget, QProgressBar, QPushButton, QSizePolicy, QWidget


def wrapped_label(name: str) -> QLabel:
    """Return a label that breaks its lines at any width; its text can be selected."""
    label = QLabel()
    label.setObjectName(f"sitelight_{name}")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def short_list(name: str, height: int) -> QListWidget:
    """Return a list of texts that wrap, `height` pixels high."""
    listed = QListWidget()
    listed.setObjectName(f"sitelight_{name}")
    listed.setWordWrap(True)
    listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    listed.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    listed.setFixedHeight(height)
    return listed


def push_button(name: str, text: str) -> QPushButton:
    """Return a button."""
    button = QPushButton(text)
    button.setObjectName(f"sitelight_{name}")
    button.setAutoDefault(False)  # in a dialog, Return in a text field would press it
    return button


def row_of(*widgets: Optional[QWidget]) -> QHBoxLayout:
    """Return the widgets side by side; None takes what room is left."""
    row = QHBoxLayout()
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row


class WorkButton(QPushButton):
    """A button that starts a piece of background work, and cancels it while it runs; `bar` shows how far it is."""

    start_asked = pyqtSignal()
    cancel_asked = pyqtSignal()

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.setObjectName(f"sitelight_{name}")
        self.setAutoDefault(False)
        self._text = text
        self._is_working = False
        self._is_possible = True
        self.bar = QProgressBar()
        self.bar.setObjectName(f"sitelight_{name}_progress")
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
        self.setText(QCoreApplication.translate("WorkButton", "Cancel") if self._is_working else self._text)
        self.setEnabled(self._is_working or self._is_possible)
        self.bar.setVisible(self._is_working)

    def _on_clicked(self) -> None:
        if self._is_working:
            self.setEnabled(False)
            self.cancel_asked.emit()
        else:
            self.start_asked.emit()
