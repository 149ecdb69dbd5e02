"""List models over the findings and itineraries tables: one row, one card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import pandas as pd
from qgis.PyQt.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)

from ...data.library import load_named
from ...engine.behaviors import name_of
from ...engine.scoring import LEVEL
from .false_trace_texts import lookalikes_short

CARD_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_ROLE = Qt.ItemDataRole.UserRole + 2
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 3
SECTION_ROLE = Qt.ItemDataRole.UserRole + 4


@dataclass(frozen=True)
class Card:
    """What the delegate paints: a bold title after its rank, wrapped text and a quiet last line.

    Cards of one `section` are listed together, below its name.
    """

    rank: str
    title: str
    text: str
    footer: str
    section: str = ""


translate = QCoreApplication.translate


def probability(value: float) -> str:
    """Return a probability with one or two significant digits, small ones as a bound."""
    if pd.isna(value):
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def finding_card(row: dict[str, Any]) -> Card:
    """Return the card of one finding, with its behavior's name if it has one.

    Its sentence already says how ordinary dates compare.
    """
    chance = translate("ResultModels", "q = {q}").format(q=probability(row["q_value"])).replace("= <", "<")
    named = name_of(load_named(), row["behavior_id"])
    parts = [*([named.title] if named else []), row["key_date"], chance]
    section = translate("ResultModels", "Holds at q ≤ {level}").format(level=LEVEL)
    if not row["q_value"] <= LEVEL:
        section = translate("ResultModels", "Weaker")
        parts.append(translate("ResultModels", "not beyond chance"))
    title = row["spot_name"] or row["spot_id"]
    return Card(str(row["rank"]), title, row["sentence"], " · ".join(parts), section)


def itinerary_card(row: dict[str, Any]) -> Card:
    """Return the card of one itinerary, with its first and last stops and borders."""
    parts = [
        translate("ResultModels", "{start} to {end}").format(start=row["started"][:10], end=row["finished"][:10]),
        translate("ResultModels", "key date {date}").format(date=row["key_date"]),
    ]
    if row["borders"]:
        borders = shortened(row["borders"], "; ", 2, 1)
        parts.append(translate("ResultModels", "borders {borders}").format(borders=borders))
    parts += [short] if (short := lookalikes_short(row)) else []
    return Card(str(row["rank"]), base_title(row["based_at"]), shortened(row["stops"], " → ", 4, 2), " · ".join(parts))


def base_title(based_at: str) -> str:
    """Return where an itinerary is based, as a title."""
    if not based_at:
        return translate("ResultModels", "Base unknown")
    if based_at.startswith("near "):
        return translate("ResultModels", "Based near {place}").format(place=based_at[len("near "):])
    return translate("ResultModels", "Based at {place}").format(place=based_at)


def shortened(text: str, separator: str, first: int, last: int) -> str:
    """Return a list in one text with its middle left out where it is long."""
    parts = text.split(separator)
    if len(parts) <= first + last + 1:
        return text
    return separator.join([*parts[:first], "…", *parts[-last:]])


class ResultModel(QAbstractListModel):
    """Rows of one result table as cards: section after section, in rank order in each."""

    def __init__(self, make_card: Any, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._make_card = make_card
        self._rows: list[dict[str, Any]] = []
        self._cards: list[Card] = []

    def set_table(self, table: pd.DataFrame) -> None:
        """Show the rows of `table`; geometry stays with each row."""
        self.beginResetModel()
        rows = table.sort_values("rank", kind="stable").to_dict("records")
        made = [(self._make_card(row), row) for row in rows]
        first_seen = list(dict.fromkeys(card.section for card, _row in made))
        made.sort(key=lambda pair: first_seen.index(pair[0].section))
        self._cards, self._rows = [card for card, _row in made], [row for _card, row in made]
        self.endResetModel()

    def rowCount(self, parent: Optional[QModelIndex] = None) -> int:
        """Return the number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the card, the row, the searched text, or the plain text of a row."""
        if not index.isValid():
            return None
        card = self._cards[index.row()]
        if role == CARD_ROLE:
            return card
        if role == ROW_ROLE:
            return self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " – ".join(part for part in (f"{card.rank}. {card.title}: {card.text}", card.section) if part)
        if role == SEARCH_ROLE:
            row = self._rows[index.row()]
            return " ".join([card.footer, *(str(value) for key, value in row.items() if key != "geometry")])
        return None


class SearchProxy(QSortFilterProxyModel):
    """Rows in which every searched word occurs, in any order."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []

    def search(self, text: str) -> None:
        """Filter by the words of `text`, case-insensitively."""
        self._words = text.casefold().split()
        self.invalidateFilter()

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return also, for the first row of each section, the name of the section and how many rows it shows."""
        if role != SECTION_ROLE:
            return super().data(index, role)
        section = self._section(index.row())
        if not section or (index.row() > 0 and section == self._section(index.row() - 1)):
            return ""
        count = sum(section == self._section(row) for row in range(index.row(), self.rowCount()))
        return f"{section} · {count}"

    def _section(self, row: int) -> str:
        return super().data(self.index(row, 0), CARD_ROLE).section

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Return whether all words occur in the row."""
        if not self._words:
            return True
        text = self.sourceModel().index(row, 0, parent).data(SEARCH_ROLE).casefold()
        return all(word in text for word in self._words)
