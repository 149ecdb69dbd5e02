"""Editor of the key dates and the days around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Optional

import pandas as pd
from qgis.PyQt.QtCore import QDate, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QGroupBox, QLineEdit, QListWidget, QListWidgetItem

from ...engine.calendars import KeyDateGroup, make_groups
from ...engine.study import Study
from ..widgets.form_parts import date_edit, icon_button, named, narrow, plain_label, push_button, row_of, spin_box
from .events_dialog import EventsDialog

ROWS_SHOWN, MAX_DAYS = 3, 60
_DATE, _KIND = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class KeyDatesGroup(QGroupBox):
    """A sorted list of key dates with add and remove, and the days before and after that make their windows.

    A date may have a kind; those of one kind are asked together, too.
    `places_given` carries the places of events that were chosen with their dates (`engine.calendars.places_of`).
    """

    changed = pyqtSignal()
    places_given = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setTitle(self.tr("Key Dates"))
        named(self, "key_dates")
        self._edit = date_edit("key_date_edit", QDate.currentDate())
        self._edit.setToolTip(self.tr("A date that matters; choose it in the calendar and press +"))
        self._kind = named(QLineEdit(), "key_date_kind")
        self._kind.setPlaceholderText(self.tr("Kind (optional)"))
        self._kind.setToolTip(
            self.tr("Such as festival: dates of one kind are asked together, beside each by itself. + gives it")
        )
        self._list = narrow(named(QListWidget(), "key_date_list"))
        row_height = self._list.fontMetrics().height() + 4
        self._list.setFixedHeight(row_height * ROWS_SHOWN + 6)
        self._add = icon_button("key_date_add", "/symbologyAdd.svg", self.tr("Add this date"))
        self._add.clicked.connect(self._on_add_clicked)
        self._remove = icon_button("key_date_remove", "/symbologyRemove.svg", self.tr("Remove the selected date"))
        self._remove.clicked.connect(self._on_remove_clicked)
        self._from_table = push_button(
            "key_dates_from_table", self.tr("From a Table…"),
            self.tr("Take the days of events: ACLED, UCDP GED, a list of coups, or your own table"),
        )  # fmt: skip
        self._from_table.clicked.connect(self._on_from_table_clicked)
        self._before = spin_box("days_before", 0, MAX_DAYS, Study.days_before)
        self._after = spin_box("days_after", 0, MAX_DAYS, Study.days_after)
        for box in (self._before, self._after):
            box.setMinimumWidth(64)
            box.valueChanged.connect(self._on_days_changed)
        self._lay_out()

    def key_dates(self) -> tuple[date, ...]:
        """Return the dates in order."""
        return tuple(date.fromisoformat(text) for text in self._texts())

    def days(self) -> tuple[int, int]:
        """Return the days before and after."""
        return self._before.value(), self._after.value()

    def set_key_dates(self, dates: tuple[date, ...]) -> None:
        """Replace the list; dates that were in it keep their kinds."""
        kinds = self.kinds()
        self._list.clear()
        for text in sorted({day.isoformat() for day in dates}):
            item = QListWidgetItem(text)
            item.setData(_DATE, text)
            self._list.addItem(item)
        self.set_kinds(kinds)

    def kinds(self) -> dict[str, str]:
        """Return the kind of each date that has one, by its ISO text."""
        items = (self._list.item(row) for row in range(self._list.count()))
        every = {item.data(_DATE): item.data(_KIND) for item in items}
        return {text: kind for text, kind in every.items() if kind}

    def groups(self) -> tuple[KeyDateGroup, ...]:
        """Return the dates of each kind that two or more have."""
        dates: dict[str, list[date]] = {}
        for text, kind in self.kinds().items():
            dates.setdefault(kind, []).append(date.fromisoformat(text))
        return make_groups(dates)

    def set_kinds(self, kinds: Mapping[Any, Any]) -> None:
        """Give kinds to the dates in the list, by their ISO texts."""
        for row in range(self._list.count()):
            item = self._list.item(row)
            text = item.data(_DATE)
            kind = " ".join(str(kinds.get(text, "")).replace(";", " ").replace(",", " ").split())
            item.setData(_KIND, kind)
            item.setText(f"{text} · {kind}" if kind else text)
        self.changed.emit()

    def set_groups(self, groups: Sequence[Mapping[str, Any]]) -> None:
        """Give kinds as a run record keeps them: objects with `name` and `dates`."""
        self.set_kinds({str(day): group.get("name", "") for group in groups for day in group.get("dates", ())})

    def set_key_dates_from_text(self, texts: list[str]) -> None:
        """Replace the list by ISO dates kept as text; what is none is left out."""
        dates = (QDate.fromString(str(text), Qt.DateFormat.ISODate) for text in texts)
        self.set_key_dates(tuple(day.toPyDate() for day in dates if day.isValid()))

    def set_days(self, before: int, after: int) -> None:
        """Set the days before and after."""
        self._before.setValue(before)
        self._after.setValue(after)

    def propose(self, day: Optional[date]) -> None:
        """Show `day` in the date edit, ready to be added, unless dates were chosen already."""
        if day is not None and not self._texts():
            self._edit.setDate(QDate(day.year, day.month, day.day))

    def _texts(self) -> list[str]:
        return [self._list.item(row).data(_DATE) for row in range(self._list.count())]

    def _lay_out(self) -> None:
        adder = row_of(self._edit, self._add, self._remove)
        adder.setStretch(0, 1)
        layout = QGridLayout(self)
        layout.addLayout(adder, 0, 0, 1, 2)
        layout.addWidget(self._list, 1, 0, 1, 2)
        layout.addLayout(row_of(self._kind, self._from_table), 2, 0, 1, 2)
        layout.addWidget(plain_label(text=self.tr("Days before")), 3, 0)
        layout.addWidget(plain_label(text=self.tr("Days after")), 3, 1)
        layout.addWidget(self._before, 4, 0)
        layout.addWidget(self._after, 4, 1)

    def _on_add_clicked(self) -> None:
        text = self._edit.date().toString(Qt.DateFormat.ISODate)
        self.set_key_dates(tuple(date.fromisoformat(day) for day in {*self._texts(), text}))
        if self._kind.text().strip():
            self.set_kinds({**self.kinds(), text: self._kind.text()})

    def _on_from_table_clicked(self) -> None:
        dialog = EventsDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._on_events_chosen)
        dialog.open()

    def _on_events_chosen(self, dates: tuple[date, ...], places: Optional[pd.DataFrame]) -> None:
        self.set_key_dates((*self.key_dates(), *dates))
        if places is not None and len(places):
            self.places_given.emit(places)

    def _on_remove_clicked(self) -> None:
        row = self._list.currentRow() if self._list.currentRow() >= 0 else self._list.count() - 1
        if row >= 0:
            self._list.takeItem(row)
            self.changed.emit()

    def _on_days_changed(self, _value: int) -> None:
        self.changed.emit()
