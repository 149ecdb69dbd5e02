"""Buttons for the analyst's own entries: add, import, export, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QAction, QFileDialog, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from ...data.library import load_library
from ...data.own_behaviors import add_own, import_own, remove_own, write_own
from ...engine.base import SitelightError
from ...engine.behaviors import Library
from .own_entry_dialog import OwnEntryDialog

FOLDER_KEY = "sitelight/behaviors/folder"
JSON_FILES = "JSON (*.json)"


class OwnEntriesBar(QWidget):
    """Changes the file of own entries and hands over the library that results; after a fault both are as before.

    `current_own` gives axis and id of the own entry that the analyst looks at, or None.
    """

    library_changed = pyqtSignal(object)
    failed = pyqtSignal(object)
    told = pyqtSignal(str)

    def __init__(self, current_own: Callable[[], Optional[tuple[str, str]]]) -> None:
        super().__init__()
        self.setObjectName("sitelight_own_entries_bar")
        self._current_own = current_own
        self._add = QPushButton(self.tr("Add Entry…"))
        self._add.setObjectName("sitelight_own_add")
        self._add.setToolTip(self.tr("Make a who, when or what of your own"))
        self._add.clicked.connect(self._on_add_clicked)
        self._more = QToolButton()
        self._more.setObjectName("sitelight_own_more")
        self._more.setText("…")
        self._more.setAccessibleName(self.tr("Own entries"))
        self._more.setToolTip(self.tr("Import, export or remove own entries"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self._more)
        menu.aboutToShow.connect(self._on_menu_opened)
        self.import_action = self._action(menu, "import", self.tr("Import Entries…"), self._on_import_asked)
        self.export_action = self._action(menu, "export", self.tr("Export Own Entries…"), self._on_export_asked)
        menu.addSeparator()
        self.remove_action = self._action(menu, "remove", self.tr("Remove Own Entry"), self._on_remove_asked)
        self._more.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._add)
        layout.addStretch(1)
        layout.addWidget(self._more)

    @staticmethod
    def _action(menu: QMenu, name: str, text: str, slot: Callable[[], None]) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(f"sitelight_own_{name}")
        action.triggered.connect(lambda _checked: slot())
        return action

    def _change(self, change: Callable[[Library], Library], text: str) -> None:
        """Apply `change` to the library as it is in the profile now, and say `text` with the number of models added."""
        try:
            before = load_library()
            after = change(before)
        except SitelightError as error:
            self.failed.emit(error)
            return
        self.library_changed.emit(after)
        self.told.emit(text.format(count=f"{after.asked.size - before.asked.size:,}"))

    def _add_entry(self, content: dict[str, Any]) -> None:
        self.library_changed.emit(add_own(load_library(), content))

    def _on_add_clicked(self) -> None:
        try:
            dialog = OwnEntryDialog(load_library(), self._add_entry, self)
        except SitelightError as error:
            self.failed.emit(error)
            return
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_menu_opened(self) -> None:
        self.remove_action.setEnabled(self._current_own() is not None)

    def _on_import_asked(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, self.tr("Import Entries"), _folder(), JSON_FILES)
        if path:
            _remember(path)
            text = self.tr("The entries were imported; they add {count} models.")
            self._change(lambda library: import_own(library, Path(path)), text)

    def _on_export_asked(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, self.tr("Export Own Entries"), _folder(), JSON_FILES)
        if not path:
            return
        _remember(path)
        path = path if path.lower().endswith(".json") else f"{path}.json"
        try:
            write_own(load_library(), Path(path))
        except SitelightError as error:
            self.failed.emit(error)
            return
        self.told.emit(self.tr("The own entries were exported to {path}.").format(path=path))

    def _on_remove_asked(self) -> None:
        own = self._current_own()
        if own is not None:
            text = self.tr("The own entry was removed; a choice that named it is all behaviors again.")
            self._change(lambda library: remove_own(library, *own), text)


def _folder() -> str:
    return str(QgsSettings().value(FOLDER_KEY) or Path.home())


def _remember(path: str) -> None:
    QgsSettings().setValue(FOLDER_KEY, str(Path(path).parent))
