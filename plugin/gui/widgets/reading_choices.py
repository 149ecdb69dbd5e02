"""What the analyst says of times and devices where the values of the observations do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QWidget

from ...engine.screening import UNITS, ReadingSettings
from .form_parts import named, narrow, plain_label


class ReadingChoices(QWidget):
    """Order of dates, unit and zone of times, and whether all records are of one device; automatic unless chosen."""

    changed = pyqtSignal()

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, f"{name}_reading")
        automatic = self.tr("Automatic")
        orders = {
            "": automatic, "dmy": self.tr("Day first"), "mdy": self.tr("Month first"), "ymd": self.tr("Year first")
        }  # fmt: skip
        self._order = _combo(f"{name}_date_order", orders)
        self._order.setToolTip(self.tr("How dates such as 03/04/2021 or 10.03.24 are read"))
        self._unit = _combo(f"{name}_time_unit", {"": automatic, **{key: unit.words for key, unit in UNITS.items()}})
        self._unit.setToolTip(self.tr("What times that are numbers count, and from when"))
        self._zone = narrow(named(QLineEdit(), f"{name}_time_zone"), 80)
        self._zone.setPlaceholderText("UTC")
        self._zone.setToolTip(self.tr("Zone of times that have none of their own, as Europe/Paris or UTC-07:00"))
        self._one_device = named(QCheckBox(self.tr("All records are of one device")), f"{name}_one_device")
        self._one_device.setToolTip(self.tr("For a track without a column of devices"))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        rows = (
            (self.tr("Dates"), self._order), (self.tr("Numbers"), self._unit), (self.tr("Time zone"), self._zone)
        )  # fmt: skip
        for row, (label, widget) in enumerate(rows):
            layout.addWidget(plain_label(text=label), row, 0)
            layout.addWidget(widget, row, 1)
        layout.addWidget(self._one_device, len(rows), 0, 1, 2)
        self._order.currentIndexChanged.connect(self._on_changed)
        self._unit.currentIndexChanged.connect(self._on_changed)
        self._zone.editingFinished.connect(self._on_changed)
        self._one_device.toggled.connect(self._on_changed)

    def settings(self) -> ReadingSettings:
        """Return what was chosen; raise InputError for a time zone that is none."""
        return ReadingSettings(**self.state())

    def state(self) -> dict[str, Any]:
        """Return the choices as plain values for the project."""
        return {
            "date_order": self._order.currentData(), "time_unit": self._unit.currentData(),
            "time_zone": self._zone.text().strip(), "one_device": self._one_device.isChecked(),
        }  # fmt: skip

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Choose again what `state` kept; what it lacks is automatic."""
        for combo, key in ((self._order, "date_order"), (self._unit, "time_unit")):
            combo.setCurrentIndex(max(0, combo.findData(state.get(key, ""))))
        self._zone.setText(str(state.get("time_zone", "")))
        self._one_device.setChecked(bool(state.get("one_device", False)))
        self._on_changed()

    def parameters(self) -> dict[str, Any]:
        """Return the choices as parameters of an algorithm."""
        return {
            "DATE_ORDER": self._order.currentIndex(), "TIME_UNIT": self._unit.currentIndex(),
            "TIME_ZONE": self._zone.text().strip(), "ONE_DEVICE": self._one_device.isChecked(),
        }  # fmt: skip

    def _on_changed(self, *_value: object) -> None:
        self.changed.emit()


def _combo(name: str, items: Mapping[str, str]) -> QComboBox:
    combo = narrow(named(QComboBox(), name), 80)
    for key, text in items.items():
        combo.addItem(text, key)
    return combo
