"""The signature window beside the panel: learn from examples, look for what was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from ..widgets.form_parts import named
from ..widgets.messages import show_error, show_outcome
from ..widgets.page_parts import message_bar
from .signature_controller import Example, SignatureController
from .signature_learn_page import LearnPage
from .signature_saved_page import SavedPage

WIDTH, HEIGHT = 340, 560


class SignatureWindow(QDialog):
    """Two pages over one controller; reports the match that was chosen (clicked) or opened (double-clicked)."""

    match_chosen = pyqtSignal(object)
    match_opened = pyqtSignal(object)

    def __init__(self, parent: Optional[QWidget] = None, profile: Optional[Path] = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        named(self, "signature_window")
        self.setWindowTitle(self.tr("Sitelight Signatures"))
        self.resize(WIDTH, HEIGHT)
        self.controller = SignatureController(self, profile)
        self.bar = message_bar("signature_bar")
        self.learn_page = LearnPage(self.controller)
        self.saved_page = SavedPage(self.controller)
        self._tabs = named(QTabWidget(), "signature_tabs")
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(self.learn_page, self.tr("Learn"))
        self._tabs.addTab(self.saved_page, self.tr("Look For"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.bar)
        layout.addWidget(self._tabs, 1)
        for source in (self.learn_page, self.saved_page, self.controller):
            source.failed.connect(self._on_failed)
        self.learn_page.told.connect(self._on_told)
        self.saved_page.matches.chosen.connect(self.match_chosen)
        self.saved_page.matches.opened.connect(self.match_opened)

    def add_examples(self, examples: list[Example]) -> None:
        """Add examples and show them."""
        self.controller.add(examples)
        self._tabs.setCurrentWidget(self.learn_page)
        self.open_beside()

    def open_beside(self) -> None:
        """Show the window and bring it to the front."""
        self.show()
        self.raise_()

    def _on_failed(self, error: Any) -> None:
        show_error(self.bar, error)

    def _on_told(self, sentence: str) -> None:
        show_outcome(self.bar, sentence)
