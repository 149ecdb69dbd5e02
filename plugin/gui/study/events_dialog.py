"""Key dates from a table of events: choose the table, filter it, choose events."""

from __future__ import annotations

from functools import partial
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ...data.event_tables import EventTable, read_table_file, take_table
from ...engine.base import Progress
from ...engine.calendars import DatedEvents, places_of
from ..widgets.background_work import BackgroundWork
from ..widgets.form_parts import named, narrow, plain_label, row_of, spin_box, wrapped_label
from ..widgets.messages import faults_told, show_error
from ..widgets.page_parts import message_bar, search_line
from ..widgets.source_picker import POINTS_OR_TABLES, SourcePicker
from .event_model import EventModel

WIDTH, HEIGHT, DELAY_MS = 560, 560, 200


class EventsDialog(QDialog):
    """Lists the events of a table; `chosen` carries key dates, and a table of places to be sites, None without."""

    chosen = pyqtSignal(object, object)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        named(self, "events_dialog")
        self.setWindowTitle(self.tr("Key Dates from a Table"))
        self._events: Optional[DatedEvents] = None
        self._bar = message_bar("events_bar")
        told = self.tr("Choose a table or layer, or a file with …")
        self._picker = SourcePicker("events", POINTS_OR_TABLES, told, False)
        self._country, self._kind = (narrow(named(QComboBox(), f"events_{name}"), 60) for name in ("country", "kind"))
        self._first, self._last = (spin_box(f"events_{name}", 0, 9999, 0) for name in ("first_year", "last_year"))
        self._search = search_line("events", self.tr("Search"))
        self._model = EventModel(self)
        self._table = self._make_table()
        self._note = wrapped_label("events_note", self.tr("ACLED, UCDP GED, lists of coups or elections, or any table "
                                                          "with a date."))  # fmt: skip
        self._places = named(QCheckBox(self.tr("Add their places as a layer of sites")), "events_places")
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self._buttons = named(QDialogButtonBox(buttons), "events_buttons")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._work = BackgroundWork(self)
        self._lay_out()
        self._connect()
        self._show_events(None)

    def accept(self) -> None:
        """Close and say which key dates, and places, were chosen."""
        if self._events is None:
            return
        rows = self._chosen_rows()
        places = places_of(self._events, rows) if self._places.isChecked() else None
        super().accept()
        self.chosen.emit(self._events.key_dates(rows), places)

    def done(self, result: int) -> None:
        """Give up what is being read, and close."""
        self._work.shut_down()
        super().done(result)

    def _make_table(self) -> QTableView:
        table = named(QTableView(), "events_table")
        table.setModel(self._model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        width = table.fontMetrics().averageCharWidth()
        for column, letters in enumerate((18, 15, 15)):
            table.setColumnWidth(column, width * letters)
        return table

    def _lay_out(self) -> None:
        self._filters = QWidget()
        grid = QGridLayout(self._filters)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        cells = (
            (self.tr("Country"), self._country, 0, 0), (self.tr("Kind"), self._kind, 0, 2),
            (self.tr("Years"), row_of(self._first, plain_label(text="–"), self._last, None), 1, 0),
        )  # fmt: skip
        for text, part, row, column in cells:
            grid.addWidget(plain_label(text=text), row, column)
            if isinstance(part, QWidget):
                grid.addWidget(part, row, column + 1)
            else:
                grid.addLayout(part, row, column + 1)
        grid.addWidget(self._search, 1, 2, 1, 2)
        layout = QVBoxLayout(self)
        layout.addWidget(self._bar)
        layout.addWidget(self._picker)
        layout.addWidget(self._filters)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._note)
        layout.addWidget(self._places)
        layout.addWidget(self._buttons)
        self.resize(WIDTH, HEIGHT)

    def _connect(self) -> None:
        self._picker.changed.connect(self._on_picker_changed)
        self._country.currentIndexChanged.connect(self._timer.start)
        self._kind.currentIndexChanged.connect(self._timer.start)
        self._first.valueChanged.connect(self._timer.start)
        self._last.valueChanged.connect(self._timer.start)
        self._search.textChanged.connect(self._timer.start)
        self._timer.timeout.connect(self._on_filter_due)
        self._table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._places.toggled.connect(self._on_selection_changed)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._work.done.connect(self._on_read)
        self._work.failed.connect(self._on_failed)

    def _on_picker_changed(self) -> None:
        self._bar.clearWidgets()
        self._show_events(None)
        layer, path = self._picker.layer(), self._picker.path()
        if layer is None and not path:
            return
        with faults_told(self._on_failed):
            read = partial(read_table_file, path) if layer is None else take_table(layer)
            self._note.setText(self.tr("Reading…"))
            self._work.start(self.tr("Sitelight reads events"), partial(_read_events, read))

    def _on_read(self, events: DatedEvents) -> None:
        self._show_events(events)

    def _on_failed(self, error: BaseException) -> None:
        self._note.setText("")
        show_error(self._bar, error)

    def _show_events(self, events: Optional[DatedEvents]) -> None:
        self._events = events
        self._model.set_events(events)
        for combo, values in ((self._country, () if events is None else events.country),
                              (self._kind, () if events is None else events.kind)):  # fmt: skip
            combo.blockSignals(True)
            combo.clear()
            combo.addItem(self.tr("All"), "")
            for value in sorted({str(value) for value in values} - {""}):
                combo.addItem(value, value)
            combo.blockSignals(False)
        if events is not None:
            years = events.day.astype("datetime64[Y]").astype(int) + 1970
            for box, year in ((self._first, int(years.min())), (self._last, int(years.max()))):
                box.blockSignals(True)
                box.setRange(int(years.min()), int(years.max()))
                box.setValue(year)
                box.setClearValue(year)
                box.blockSignals(False)
        self._filters.setEnabled(events is not None)
        self._places.setEnabled(events is not None and bool(events.is_placed.any()))
        self._places.setChecked(False)
        self._on_selection_changed()

    def _on_filter_due(self) -> None:
        self._model.set_filter(
            str(self._country.currentData() or ""), str(self._kind.currentData() or ""),
            (self._first.value(), self._last.value()), self._search.value(),
        )  # fmt: skip
        self._on_selection_changed()

    def _chosen_rows(self) -> Any:
        return self._model.chosen([index.row() for index in self._table.selectionModel().selectedRows()])

    def _on_selection_changed(self, *_changes: object) -> None:
        rows = self._chosen_rows()
        dates = 0 if self._events is None else len(self._events.key_dates(rows))
        button = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        none = self.tr("Add Places") if self._places.isChecked() else self.tr("Add Key Dates")
        texts = {0: none, 1: self.tr("Add 1 Key Date")}
        button.setText(texts.get(dates, self.tr("Add {count} Key Dates").format(count=f"{dates:,}")))
        button.setEnabled(dates > 0 or (self._places.isChecked() and bool(rows.any())))
        if self._events is not None:
            shown = self.tr("{shown} of {all} events").format(
                shown=f"{self._model.rowCount():,}", all=f"{len(self._events):,}"
            )
            told = (self._events.coarse_note(rows), *self._events.notes)
            self._note.setText(" ".join((f"{shown}.", *filter(None, told))))


def _read_events(read: Any, progress: Progress) -> DatedEvents:
    progress.step("Reading events", 0.0)
    table: EventTable = read()
    return table.events()
