"""Four pick lists, WHO, WHEN, WHAT and CHANGE, that make one selection of models."""

from __future__ import annotations

from typing import Any

from qgis.gui import QgsCheckableComboBox
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QStandardItem
from qgis.PyQt.QtWidgets import QGridLayout, QWidget

from ...engine.behaviors import AXES, Library, Selection
from ..widgets.form_parts import named, narrow, plain_label
from ..widgets.texts import tip
from .behavior_texts import axis_title


class BehaviorLists(QWidget):
    """One list with check boxes per axis; nothing checked means all of its entries."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "behavior_lists")
        self._combos: dict[str, QgsCheckableComboBox] = {}
        self._shown = Selection()
        self._is_setting = False
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        for row, axis in enumerate(AXES):
            combo = narrow(named(QgsCheckableComboBox(), f"behaviors_{axis}"), 80)
            combo.setAccessibleName(axis_title(axis))
            # Not checkedItemsChanged: it is silent when a box is checked with the keyboard.
            combo.model().itemChanged.connect(self._on_item_changed)
            label = plain_label(text=axis_title(axis))
            label.setBuddy(combo)
            layout.addWidget(label, row, 0)
            layout.addWidget(combo, row, 1)
            self._combos[axis] = combo

    def set_library(self, library: Library) -> None:
        """Offer the entries of `library`; nothing is checked then."""
        self._is_setting = True
        for axis, combo in self._combos.items():
            combo.clear()
            for row, entry in enumerate(getattr(library, axis)):
                combo.addItemWithCheckState(entry.title, Qt.CheckState.Unchecked, entry.id)
                combo.setItemData(row, tip(entry.definition), Qt.ItemDataRole.ToolTipRole)
        self._shown, self._is_setting = Selection(), False

    def selection(self) -> Selection:
        """Return the models that the lists name, ids in the order of the library."""
        return Selection(*(tuple(map(str, self._combos[axis].checkedItemsData())) for axis in AXES))

    def set_selection(self, selection: Selection, text_when_empty: str) -> None:
        """Check the entries of `selection`; lists without any show `text_when_empty`."""
        self._is_setting = True
        for axis, combo in self._combos.items():
            wanted: Any = getattr(selection, axis)
            combo.setDefaultText(text_when_empty)
            for row in range(combo.count()):
                is_wanted = combo.itemData(row) in wanted
                combo.setItemCheckState(row, Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked)
            combo.setToolTip(tip(", ".join(combo.checkedItems())))
            combo.lineEdit().setCursorPosition(0)
        self._shown, self._is_setting = selection, False

    def _on_item_changed(self, _item: QStandardItem) -> None:
        # Told twice for each change.
        if not self._is_setting and self.selection() != self._shown:
            self._shown = self.selection()
            self.changed.emit()
