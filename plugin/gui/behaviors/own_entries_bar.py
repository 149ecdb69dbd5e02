"""Buttons for the analyst's own entries: add, import, export, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from ...data.library import load_library
from ...data.own_behaviors import add_own, import_own, remove_own, write_own
from ...engine.behaviors import Library
from ..widgets.form_parts import add_action, menu_button, named, push_button, row_of
from ..widgets.messages import faults_told
from .own_entry_dialog import OwnEntryDialog

FOLDER_KEY = "sitelight/behaviors/folder"
JSON_FILES = "JSON (*.json)"


class OwnEntriesBar(QWidget):
    """Changes the file of own entries and hands over the library that results; after a fault both are as before.

    `current_own` gives axis and id of the own entry that the analyst looks at, or None; `profile` is the folder of the
    file, by default in QGIS's own profile.
    """

    library_changed = pyqtSignal(object)
    failed = pyqtSignal(object)
    told = pyqtSignal(str)

    def __init__(
        self, current_own: Callable[[], Optional[tuple[str, str]]], profile: Optional[Path] = None
    ) -> None:
        super().__init__()
        self._profile = profile
        named(self, "own_entries_bar")
        self._current_own = current_own
        add = push_button("own_add", self.tr("Add Entry…"), self.tr("Make a who, when or what of your own"))
        add.clicked.connect(self._on_add_clicked)
        more = menu_button("own_more", "…", self.tr("Import, export or remove own entries"))
        more.setAccessibleName(self.tr("Own entries"))
        menu = more.menu()
        menu.aboutToShow.connect(self._on_menu_opened)
        add_action(menu, "own_import", self.tr("Import Entries…"), self._on_import_asked)
        add_action(menu, "own_export", self.tr("Export Own Entries…"), self._on_export_asked)
        menu.addSeparator()
        self._remove = add_action(menu, "own_remove", self.tr("Remove Own Entry"), self._on_remove_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row_of(add, None, more))

    def _change(self, change: Callable[[Library], Library], text: str) -> None:
        """Apply `change` to the library as it is in the profile now, and say `text` with the number of models added."""
        with faults_told(self.failed.emit):
            before = load_library(profile=self._profile)
            after = change(before)
            self.library_changed.emit(after)
            self.told.emit(text.format(count=f"{after.asked.size - before.asked.size:,}"))

    def _add_entry(self, content: dict[str, Any]) -> None:
        self.library_changed.emit(add_own(load_library(profile=self._profile), content, self._profile))

    def _on_add_clicked(self) -> None:
        with faults_told(self.failed.emit):
            dialog = OwnEntryDialog(load_library(profile=self._profile), self._add_entry, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _on_menu_opened(self) -> None:
        self._remove.setEnabled(self._current_own() is not None)

    def _on_import_asked(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, self.tr("Import Entries"), _folder(), JSON_FILES)
        if path:
            _remember(path)
            text = self.tr("The entries were imported; they add {count} models.")
            self._change(lambda library: import_own(library, Path(path), self._profile), text)

    def _on_export_asked(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, self.tr("Export Own Entries"), _folder(), JSON_FILES)
        if not path:
            return
        _remember(path)
        path = path if path.lower().endswith(".json") else f"{path}.json"
        with faults_told(self.failed.emit):
            write_own(load_library(profile=self._profile), Path(path))
            self.told.emit(self.tr("The own entries were exported to {path}.").format(path=path))

    def _on_remove_asked(self) -> None:
        own = self._current_own()
        if own is not None:
            text = self.tr("The own entry was removed; a choice that named it is all behaviors again.")
            self._change(lambda library: remove_own(library, *own, self._profile), text)


def _folder() -> str:
    return str(QgsSettings().value(FOLDER_KEY) or Path.home())


def _remember(path: str) -> None:
    QgsSettings().setValue(FOLDER_KEY, str(Path(path).parent))
