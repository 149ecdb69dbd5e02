"""Collapsed group with one column choice per role, with one line that says which are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qgis.core import QgsFields
from qgis.gui import QgsCollapsibleGroupBoxBasic, QgsFieldComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QWidget

from ...data import field_types
from .colors import muted
from .form_parts import named, narrow, plain_label
from .texts import breakable


class ColumnsGroup(QgsCollapsibleGroupBoxBasic):
    """Column choices for named roles; `labels` maps each role to its label, in the order shown."""

    changed = pyqtSignal()

    def __init__(self, name: str, title: str, labels: Mapping[str, str]) -> None:
        super().__init__(title)
        named(self, f"{name}_columns")
        self._labels = dict(labels)
        self._summary = plain_label(f"{name}_summary")
        self._summary.setWordWrap(True)
        muted(self._summary)
        self._combos: dict[str, QgsFieldComboBox] = {}
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        for row, (role, label) in enumerate(self._labels.items()):
            combo = narrow(named(QgsFieldComboBox(), f"{name}_{role}"), 80)
            combo.setAllowEmptyFieldName(True)
            combo.fieldChanged.connect(self._on_field_changed)
            layout.addWidget(plain_label(text=label), row, 0)
            layout.addWidget(combo, row, 1)
            self._combos[role] = combo
        self._layout = layout
        self.setCollapsed(True)

    def add_below(self, widget: QWidget) -> None:
        """Put choices that go with the columns below them."""
        self._layout.addWidget(widget, self._layout.rowCount(), 0, 1, 2)

    @property
    def summary(self) -> QLabel:
        """The line that says which columns are read; the page places it where it shows while this is collapsed."""
        return self._summary

    def set_columns(self, columns: Sequence[str], chosen: Mapping[str, str]) -> None:
        """Offer `columns` and choose `chosen` (role -> column, "" for none)."""
        fields = QgsFields()
        for column in columns:
            fields.append(field_types.make_field(column, field_types.TEXT))
        for role, combo in self._combos.items():
            combo.blockSignals(True)
            combo.setFields(fields)
            combo.setField(chosen.get(role) or "")
            combo.blockSignals(False)
        self.setEnabled(bool(columns))

    def show_summary(self, text: str) -> None:
        """Say in one line which columns are read, and how."""
        self._summary.setText(breakable(text))
        self._summary.setVisible(bool(text))

    def chosen(self) -> dict[str, str]:
        """Return role -> column, "" for none."""
        return {role: combo.currentField() for role, combo in self._combos.items()}

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Choose the columns of `chosen` that exist; other roles stay as they are."""
        for role, combo in self._combos.items():
            if chosen.get(role) and combo.fields().indexFromName(chosen[role]) >= 0:
                combo.setField(chosen[role])

    def _on_field_changed(self, _name: str) -> None:
        self.changed.emit()
