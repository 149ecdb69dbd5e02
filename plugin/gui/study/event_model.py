"""The events of a table as rows of a list, filtered by country, kind, years and words."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pandas as pd
from qgis.PyQt.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QFont

from ...engine.calendars import DatedEvents
from ..widgets.texts import tip

translate = QCoreApplication.translate
DAY = "day"


class EventModel(QAbstractTableModel):
    """Date, country, kind and what happened where; events whose day is not known are in italics."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._events: Optional[DatedEvents] = None
        self._texts = pd.Series(dtype=object)
        self._rows = np.empty(0, dtype=np.int64)

    def set_events(self, events: Optional[DatedEvents]) -> None:
        """Show the events of a table, the latest first; nothing is filtered out yet."""
        self.beginResetModel()
        self._events = events
        if events is not None:
            parts = zip(events.country, events.code, events.kind, events.name, events.place)
            self._texts = pd.Series([" ".join(part) for part in parts], dtype=object).str.casefold()
        self._rows = self._in_order(np.ones(0 if events is None else len(events), dtype=bool))
        self.endResetModel()

    def set_filter(self, country: str, kind: str, years: tuple[int, int], words: str) -> None:
        """Show only events of a country and kind ("" for all), of these years, that have all words in their texts."""
        if self._events is None:
            return
        events, year = self._events, self._events.day.astype("datetime64[Y]").astype(np.int64) + 1970
        keep = (year >= years[0]) & (year <= years[1])
        if country:
            keep &= events.country == country
        if kind:
            keep &= events.kind == kind
        for word in words.casefold().split():
            keep &= self._texts.str.contains(word, regex=False).to_numpy()
        self.beginResetModel()
        self._rows = self._in_order(keep)
        self.endResetModel()

    def chosen(self, rows: list[int]) -> np.ndarray:
        """Return the events behind shown rows, bool."""
        chosen = np.zeros(0 if self._events is None else len(self._events), dtype=bool)
        chosen[self._rows[rows]] = True
        return chosen

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of events shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the titles of the columns."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        titles = (
            translate("EventModel", "Date"), translate("EventModel", "Country"), translate("EventModel", "Kind"),
            translate("EventModel", "Event"),
        )  # fmt: skip
        return titles[section]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, and the whole of it as its tooltip."""
        if self._events is None or not index.isValid():
            return None
        row = int(self._rows[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(self._events, row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(tip_text(self._events, row))
        if role == Qt.ItemDataRole.FontRole and self._events.precision[row] != DAY:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def _in_order(self, keep: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(keep)
        if self._events is None:
            return rows
        order: np.ndarray = rows[np.argsort(self._events.day[rows], kind="stable")[::-1]]
        return order


def cell_text(events: DatedEvents, row: int, column: int) -> str:
    """Return the text of a cell: date with how it is known, country, kind, and name or place."""
    if column == 0:
        return day_text(events, row)
    if column == 3:
        return ", ".join(text for text in (events.name[row], events.place[row]) if text)
    return str((events.country if column == 1 else events.kind)[row])


def day_text(events: DatedEvents, row: int) -> str:
    """Return the day of an event as exactly as it is known."""
    day, precision = str(events.day[row]), events.precision[row]
    if precision == DAY:
        return day
    texts = {
        "week": translate("EventModel", "{day} (week)").format(day=day),
        "month": translate("EventModel", "{month} (month)").format(month=day[:7]),
        "year": translate("EventModel", "{year} (year)").format(year=day[:4]),
    }
    return texts.get(precision, translate("EventModel", "{day} (not sure)").format(day=day))


def tip_text(events: DatedEvents, row: int) -> str:
    """Return all of an event in plain text, and why it can be no key date if so."""
    lines = [": ".join(filter(None, (day_text(events, row), cell_text(events, row, 3)))), str(events.kind[row])]
    if events.precision[row] != DAY:
        lines.append(translate("EventModel", "Its day is not known: it gives no key date."))
    return "\n".join(filter(None, lines))
