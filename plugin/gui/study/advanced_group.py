"""Settings that most studies leave as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qgis.core import QgsMapLayerProxyModel, QgsProject
from qgis.gui import QgsCheckableComboBox, QgsCollapsibleGroupBoxBasic, QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout

from ...data.event_tables import read_table_file, take_table
from ...engine.base import InputError, SitelightError
from ...engine.calendars import CALENDAR_KINDS, CalendarSpan
from ...engine.screening import ScreeningSettings
from ...engine.study import DEFAULT_LINKED_CATEGORIES, Study
from ..widgets.colors import muted
from ..widgets.form_parts import named, narrow, plain_label, spin_box, wrapped_label
from ..widgets.source_picker import SourcePicker

MOST_CATEGORIES = 1000  # the list looks at all of them for each
FIELD_DEFAULTS = Study.__dataclass_fields__


def default_output() -> str:
    """Return a GeoPackage name beside the project, or in the home folder, that does not exist yet."""
    project = QgsProject.instance()
    folder = Path(project.absolutePath()) if project.absolutePath() else Path.home()
    stem = project.baseName() or "study"
    candidates = (folder / f"{stem}_sitelight{number}.gpkg" for number in ("", *(f"_{n}" for n in range(2, 1000))))
    return str(next((path for path in candidates if not path.exists()), folder / f"{stem}_sitelight.gpkg"))


class AdvancedGroup(QgsCollapsibleGroupBoxBasic):
    """Cell size, lookback, linked categories, calendar, output and device ids; all with sensible defaults.

    `failed` carries what is wrong with a calendar.
    """

    failed = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Advanced"))
        named(self, "advanced")
        self._cell_size = spin_box("cell_size", 50, 50_000, int(FIELD_DEFAULTS["cell_size_m"].default), " m")
        self._cell_size.setMinimumWidth(80)
        self._cell_size.setSingleStep(100)
        self._cell_size.setToolTip(self.tr("Width of the hexagons that stand for places without a site"))
        self._lookback = spin_box("lookback", 1, 365, FIELD_DEFAULTS["lookback_days"].default, self.tr(" days"))
        self._lookback.setMinimumWidth(80)
        self._lookback.setToolTip(self.tr("How far back “recently seen at” and “first time” look"))
        self._linked = narrow(named(QgsCheckableComboBox(), "linked_categories"))
        self._linked.addItems(list(DEFAULT_LINKED_CATEGORIES))
        self._linked.setCheckedItems(list(DEFAULT_LINKED_CATEGORIES))
        self._linked.setToolTip(
            self.tr("Itineraries start from findings and from unusual visits to sites of these categories")
        )
        filters = QgsMapLayerProxyModel.Filter.PointLayer | QgsMapLayerProxyModel.Filter.NoGeometry
        self._calendar = SourcePicker("calendar", filters, self.tr("None"), False)
        self._calendar.setToolTip(
            self.tr("Days that are not ordinary, from a table with the columns country, from, to, kind, name and, for "
                    "borders closed towards some only, neighbours; kinds: {kinds}. They are kept with the study; "
                    "public holidays are known without it.").format(kinds=", ".join(CALENDAR_KINDS))
        )  # fmt: skip
        self._calendar_note = wrapped_label("calendar_note")
        muted(self._calendar_note)
        self._spans: tuple[CalendarSpan, ...] = ()
        self._calendar.changed.connect(self._on_calendar_changed)
        self.collapsedStateChanged.connect(self._show_calendar_note)
        self._output = narrow(named(QgsFileWidget(), "output"))
        self._output.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self._output.setFilter("GeoPackage (*.gpkg)")
        self._output.setDialogTitle(self.tr("Save the Study As"))
        self._output.lineEdit().setPlaceholderText(self.tr("Beside the project"))
        self._keep_ids = named(QCheckBox(self.tr("Keep device ids")), "keep_ids")
        self._keep_ids.setToolTip(
            self.tr("Write the ids of the source instead of new pseudonyms; this is noted in the audit log")
        )
        self._lay_out()
        self.setCollapsed(True)

    def values(self) -> dict[str, Any]:
        """Return the fields of `Study` that are chosen here."""
        return {
            "cell_size_m": float(self._cell_size.value()),
            "lookback_days": self._lookback.value(),
            "linked_categories": tuple(self._linked.checkedItems()),
            "calendar": self._spans,
            "screening": ScreeningSettings(keep_device_ids=self._keep_ids.isChecked()),
        }

    def output_path(self) -> str:
        """Return the chosen GeoPackage, or the default one, always with its extension."""
        path = self._output.filePath().strip()
        if not path:
            return default_output()
        return path if path.lower().endswith(".gpkg") else f"{path}.gpkg"

    def set_output_path(self, path: str) -> None:
        """Choose the GeoPackage; the next run then replaces it."""
        self._output.setFilePath(path)

    def release_output(self, path: str) -> None:
        """Forget the GeoPackage at `path`: the next run gets a name of its own, unless it is chosen again."""
        chosen = self._output.filePath().strip()
        if chosen and Path(chosen).resolve() == Path(path).resolve():
            self._output.setFilePath("")

    def set_categories(self, names: tuple[str, ...]) -> None:
        """Offer these categories besides the default ones; what was checked stays checked."""
        known = {self._linked.itemText(row) for row in range(self._linked.count())}
        for name in names:
            if name and name not in known:
                self._linked.addItemWithCheckState(name, Qt.CheckState.Unchecked)

    def state(self) -> dict[str, Any]:
        """Return the choices as plain values for the project."""
        return {
            "cell_size_m": float(self._cell_size.value()),
            "lookback_days": self._lookback.value(),
            "linked_categories": self._linked.checkedItems(),
            "calendar": self._calendar.state(),
            "keep_device_ids": self._keep_ids.isChecked(),
            "output": self._output.filePath(),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Choose again what `state` kept."""
        self._cell_size.setValue(int(state.get("cell_size_m", self._cell_size.value())))
        self._lookback.setValue(int(state.get("lookback_days", self._lookback.value())))
        if "linked_categories" in state:
            names = state["linked_categories"]
            if not isinstance(names, list) or len(names) > MOST_CATEGORIES:
                raise TypeError("no list of categories")
            self.set_categories(tuple(names))
            self._linked.setCheckedItems(names)
        try:
            self._calendar.set_state(state.get("calendar", {}))
        except InputError as error:
            self.failed.emit(error)
        self._keep_ids.setChecked(bool(state.get("keep_device_ids", False)))
        self._output.setFilePath(str(state.get("output", "")))

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        rows = (
            (self.tr("Cell size"), self._cell_size),
            (self.tr("Lookback"), self._lookback),
            (self.tr("Linked to"), self._linked),
            (self.tr("Calendar"), self._calendar),
            ("", self._calendar_note),
            (self.tr("Output"), self._output),
        )
        for row, (label, widget) in enumerate(rows):
            layout.addWidget(plain_label(text=label), row, 0)
            layout.addWidget(widget, row, 1)
        layout.addWidget(self._keep_ids, len(rows), 0, 1, 2)
        self._calendar_note.hide()

    def _on_calendar_changed(self) -> None:
        self._spans = ()
        layer, path = self._calendar.layer(), self._calendar.path()
        try:
            if layer is not None:
                self._spans = take_table(layer)().calendar()
            elif path:
                self._spans = read_table_file(path).calendar()
        except (SitelightError, OSError) as error:
            self.failed.emit(error)
            self._calendar.set_layer(None)
        self._calendar_note.setText(calendar_text(self._spans))
        self._show_calendar_note()

    def _show_calendar_note(self) -> None:
        """Show what the calendar has; in a group that is collapsed it would lie over the title."""
        self._calendar_note.setVisible(bool(self._spans) and not self.isCollapsed())


def calendar_text(spans: Sequence[CalendarSpan]) -> str:
    """Return how many spans of which kinds and countries a calendar has, and when; "" for none."""
    if not spans:
        return ""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in Counter(span.kind for span in spans).most_common())
    countries = sorted({span.country for span in spans})
    where = ", ".join(countries[:5]) + (", …" if len(countries) > 5 else "")
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    return f"{kinds} · {where} · {first} – {last}"
