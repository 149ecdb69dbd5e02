"""One input of the study: where it comes from and which columns play which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Callable, Optional

from qgis.core import QgsProcessingFeatureSourceDefinition, QgsVectorLayer
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QGroupBox, QVBoxLayout

from ...engine.base import InputError, SitelightError
from ...engine.screening import ReadingSettings
from .columns_group import ColumnsGroup
from .form_parts import named
from .reading_choices import ReadingChoices
from .source_picker import LayerFilters, SourcePicker


@dataclass(frozen=True)
class Detected:
    """What was found in an input.

    `chosen` has the column of each role ("" for none), `summarise` says such a choice, with what was said of times and
    devices, in one line, `last_day` is the latest day seen in a sample.
    """

    columns: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    summarise: Callable[[Mapping[str, str], ReadingSettings], str] = lambda _chosen, _settings: ""
    last_day: Optional[date] = None


class InputGroup(QGroupBox):
    """A source picker with the detected columns below; `failed` carries what could not be read."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(
        self,
        name: str,
        title: str,
        roles: Mapping[str, str],
        filters: LayerFilters,
        empty_text: str,
        has_folder: bool,
        detect: Callable[[Optional[QgsVectorLayer], str], Detected],
        reading: Optional[ReadingChoices] = None,
    ) -> None:
        super().__init__(title)
        named(self, f"{name}_group")
        self._detect = detect
        self.picker = SourcePicker(name, filters, empty_text, has_folder)
        self.columns = ColumnsGroup(name, self.tr("Columns"), roles)
        self.selected_only = named(QCheckBox(self.tr("Selected features only")), f"{name}_selected_only")
        self.reading = reading
        if reading is not None:
            self.columns.add_below(reading)
            reading.changed.connect(self._on_columns_changed)
        self.detected = Detected()
        self._layer: Optional[QgsVectorLayer] = None
        layout = QVBoxLayout(self)
        layout.addWidget(self.picker)
        layout.addWidget(self.selected_only)
        layout.addWidget(self.columns.summary)
        layout.addWidget(self.columns)
        self.picker.changed.connect(self._on_picker_changed)
        self.columns.changed.connect(self._on_columns_changed)
        self._show_nothing()

    def state(self) -> dict[str, Any]:
        """Return the choices as plain values for the project."""
        reading = {} if self.reading is None else {"reading": self.reading.state()}
        return {**self.picker.state(), "columns": self.columns.chosen(), **reading}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Choose again what `state` kept; what is gone is left out, a path that leads off this machine is refused."""
        try:
            is_there = self.picker.set_state(state)
        except InputError as error:
            self.failed.emit(error)
            return
        if not is_there:
            return
        self.columns.choose(state.get("columns", {}))
        if self.reading is not None:
            self.reading.set_state(state.get("reading", {}))

    def parameters(self, layer_name: str, file_name: str, field_names: Mapping[str, str]) -> dict[str, Any]:
        """Return the choice as parameters of an algorithm: its layer or file, and the columns by role of a layer."""
        layer = self.picker.layer()
        reading = {} if self.reading is None else self.reading.parameters()
        if layer is None:
            return {file_name: self.picker.path(), **reading}
        source = QgsProcessingFeatureSourceDefinition(layer.id(), self.selected_only.isChecked())
        columns = {field_names[role]: column for role, column in self.columns.chosen().items() if role in field_names}
        return {layer_name: source, **columns, **reading}

    def _show_nothing(self) -> None:
        self.detected = Detected()
        self.columns.set_columns((), {})
        self.columns.show_summary("")
        self.columns.setVisible(False)
        self.selected_only.setVisible(False)

    def _watch(self, layer: Optional[QgsVectorLayer]) -> None:
        # A layer may be deleted while it is shown here: the picker reports that as a change before it dies.
        if self._layer is not None:
            try:
                self._layer.selectionChanged.disconnect(self._on_selection_changed)
            except (RuntimeError, TypeError):
                self._layer = None
        self._layer = layer
        if layer is not None:
            layer.selectionChanged.connect(self._on_selection_changed)
        self._on_selection_changed()

    def _on_selection_changed(self, *_ids: object) -> None:
        count = self._layer.selectedFeatureCount() if self._layer is not None else 0
        self.selected_only.setVisible(count > 0)
        if count == 0:
            self.selected_only.setChecked(False)

    def _on_picker_changed(self) -> None:
        self._watch(self.picker.layer())
        if self.picker.is_empty():
            self._show_nothing()
            self.changed.emit()
            return
        try:
            found = self._detect(self.picker.layer(), self.picker.path())
        except (SitelightError, OSError) as error:
            self._show_nothing()
            self.failed.emit(error)
            return
        self.detected = found
        self.columns.set_columns(found.columns, found.chosen)
        self._show_summary(found.chosen)
        self.columns.setVisible(bool(found.columns))
        self.changed.emit()

    def _on_columns_changed(self) -> None:
        self._show_summary(self.columns.chosen())
        self.changed.emit()

    def _show_summary(self, chosen: Mapping[str, str]) -> None:
        try:
            settings = ReadingSettings() if self.reading is None else self.reading.settings()
            self.columns.show_summary(self.detected.summarise(chosen, settings))
        except SitelightError as error:
            self.failed.emit(error)
