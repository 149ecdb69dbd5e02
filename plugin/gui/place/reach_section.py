"""Where from and where to: the part of a place's card that asks for it, and shows it."""

from __future__ import annotations

import html
from datetime import date
from typing import Optional

from qgis.PyQt.QtCore import QDate, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from ...engine.kept import LookBack
from ...engine.origins import DAYS
from ...engine.site_card import SiteCard
from ...engine.tables import shown_count
from ...engine.visits import GivenWindow
from ...tasks.questions import ReachQuestion
from ..results.origin_texts import origins_html
from ..widgets.form_parts import (
    date_edit,
    named,
    narrow,
    plain_label,
    push_button,
    rich_label,
    row_of,
    spin_box,
)
from ..widgets.texts import breakable

MAX_DAYS = 365


class ReachSection(QWidget):
    """A window, a button, and what came of it; `asked` carries the question."""

    asked = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        named(self, "reach")
        self._card: Optional[SiteCard] = None
        self._window = narrow(named(QComboBox(), "reach_window"))
        self._window.setToolTip(self.tr("Whose origins and destinations: the devices seen here in this window"))
        self._window.currentIndexChanged.connect(self._on_window_changed)
        self._ask = push_button(
            "reach_ask", self.tr("Look Back"),
            self.tr("Where they were in the days before and after, as a table and on the map"),
        )  # fmt: skip
        self._ask.clicked.connect(self._on_ask_clicked)
        self._first, self._last = date_edit("reach_first"), date_edit("reach_last")
        self._days = spin_box("reach_days", 1, MAX_DAYS, DAYS)
        self._days.setToolTip(self.tr("How many days before and after the window to look"))
        self._text = rich_label("reach_text")
        self._lay_out()

    def show_card(self, card: SiteCard) -> None:
        """Offer the windows of a card, the latest key window first chosen; nothing is asked yet."""
        self._card = card
        self._window.clear()
        windows = card.windows.sort_values("is_key", ascending=False, kind="stable")
        for row in windows.to_dict("records"):
            key = self.tr("key date, ") if row["is_key"] else ""
            text = f"{key}{row['label']} ({shown_count(row['devices'])})"
            self._window.addItem(text, (str(row["start"])[:10], str(row["end"])[:10]))
        if len(windows):
            start, end = self._window.itemData(0)
            self._first.setDate(QDate.fromString(start, "yyyy-MM-dd"))
            self._last.setDate(QDate.fromString(end, "yyyy-MM-dd"))
        self._window.addItem(self.tr("Other dates…"), None)
        self.show_text("")

    def choose_window(self, start: str) -> None:
        """Choose the window that starts on a day (ISO)."""
        for index in range(self._window.count() - 1):
            if self._window.itemData(index)[0] == start:
                self._window.setCurrentIndex(index)
                return

    def question(self) -> Optional[ReachQuestion]:
        """Return what is asked as it stands; None without a card."""
        if self._card is None or self._window.currentIndex() < 0:
            return None
        texts = self._window.currentData() or (
            edit.date().toString("yyyy-MM-dd") for edit in (self._first, self._last)
        )
        window = GivenWindow(*(date.fromisoformat(day) for day in texts))
        return ReachQuestion(self._card.place, self._card.spot_name or self._card.spot_id, window, self._days.value())

    def show_text(self, text: str, is_busy: bool = False) -> None:
        """Show a sentence instead of a table."""
        self._ask.setEnabled(not is_busy)
        self._text.setText(html.escape(text))
        self._text.setVisible(bool(text))

    def show_failure(self, question: ReachQuestion, text: str) -> None:
        """Show why there is no answer, unless another card has come meanwhile."""
        if self._card is not None and question.place is self._card.place:
            self.show_text(text)

    def show_look_back(self, question: ReachQuestion, found: LookBack) -> None:
        """Show the strongest origins and destinations of each kind, unless another card has come meanwhile."""
        if self._card is None or question.place is not self._card.place:
            return
        self._ask.setEnabled(True)
        first, *others = (f"<p>{html.escape(breakable(note))}</p>" for note in found.notes)
        table = origins_html(found.origins)
        self._text.setText("".join([first, table, *others]))
        self._text.setVisible(True)

    def _lay_out(self) -> None:
        row = row_of(self._window, self._ask)
        row.setStretch(0, 1)
        self._dates = QWidget()
        dates = QGridLayout(self._dates)
        dates.setContentsMargins(0, 0, 0, 0)
        for column, (text, edit) in enumerate(((self.tr("From"), self._first), (self.tr("to"), self._last))):
            dates.addWidget(plain_label(text=text), 0, 2 * column)
            dates.addWidget(edit, 0, 2 * column + 1)
            dates.setColumnStretch(2 * column + 1, 1)
        reach = row_of(plain_label(text=self.tr("Days before and after")), self._days)
        reach.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._dates)
        column.addLayout(reach)
        column.addWidget(self._text)
        self._dates.setVisible(False)

    def _on_window_changed(self, index: int) -> None:
        self._dates.setVisible(index >= 0 and self._window.itemData(index) is None)

    def _on_ask_clicked(self) -> None:
        question = self.question()
        if question is not None:
            self.asked.emit(question)
