"""Where from and where to: the part of the site card that asks for it, and shows it."""

from __future__ import annotations

import html
from datetime import date
from typing import Any

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..engine.origin_tables import hide_small_counts
from ..engine.origins import AFTER, BEFORE, KINDS
from ..engine.reachback import GivenWindow, Reach
from ..engine.site_card import SiteCard
from ..tasks.reach_task import ReachQuestion
from .messages import breakable
from .result_models import probability

ROWS_SHOWN = 5
translate = QCoreApplication.translate


class ReachSection(QWidget):
    """A window, a button, and what came of it; `asked` carries the question."""

    asked = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sitelight_reach")
        self._card: Any = None
        self._window = QComboBox()
        self._window.setObjectName("sitelight_reach_window")
        self._window.setToolTip(self.tr("Whose origins and destinations: the devices seen here in this window"))
        self._window.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._ask = QPushButton(self.tr("Look Back"))
        self._ask.setObjectName("sitelight_reach_ask")
        self._ask.setToolTip(
            self.tr("Where they were in the 30 days before and after, as a table and as flows on the map")
        )
        self._ask.clicked.connect(self._on_ask_clicked)
        self._text = QLabel()
        self._text.setObjectName("sitelight_reach_text")
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.addWidget(self._window, 1)
        row.addWidget(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._text)

    def show_card(self, card: SiteCard) -> None:
        """Offer the windows of a card, the latest key window first chosen; nothing is asked yet."""
        self._card = card
        self._window.clear()
        windows = card.windows.sort_values("is_key", ascending=False, kind="stable")
        for row in windows.to_dict("records"):
            key = translate("ReachSection", "key date, ") if row["is_key"] else ""
            text = f"{key}{row['label']} ({int(row['devices'])})"
            self._window.addItem(text, (str(row["start"])[:10], str(row["end"])[:10]))
        self.show_text("")

    def choose_window(self, start: str) -> None:
        """Choose the window that starts on a day (ISO)."""
        for index in range(self._window.count()):
            if self._window.itemData(index)[0] == start:
                self._window.setCurrentIndex(index)
                return

    def show_text(self, text: str, is_busy: bool = False) -> None:
        """Show a sentence instead of a table."""
        self._ask.setEnabled(not is_busy)
        self._text.setText(html.escape(text))
        self._text.setVisible(bool(text))

    def show_reach(self, question: ReachQuestion, reach: Reach) -> None:
        """Show the strongest origins and destinations of each kind, unless another card has come meanwhile."""
        if self._card is None or question.spot_id != self._card.spot_id:
            return
        self._ask.setEnabled(True)
        parts = [f"<p>{html.escape(breakable(reach.notes[0]))}</p>"]
        titles = {BEFORE: self.tr("Before"), AFTER: self.tr("After")}
        for direction, title in titles.items():
            rows = reach.origins[reach.origins["direction"] == direction]
            parts.append(f"<p><b>{html.escape(title)}</b></p>{_table(rows)}")
        parts += [f"<p>{html.escape(note)}</p>" for note in reach.notes[1:]]
        self._text.setText("".join(parts))
        self._text.setVisible(True)

    def _on_ask_clicked(self) -> None:
        chosen = self._window.currentData()
        if self._card is None or chosen is None:
            return
        start, end = (date.fromisoformat(day) for day in chosen)
        title = self._card.spot_name or self._card.spot_id
        self.asked.emit(ReachQuestion(self._card.spot_id, title, GivenWindow(start, end)))


def _table(origins: pd.DataFrame) -> str:
    """Return an HTML table of the strongest rows of each kind; small counts are hidden, as in exports."""
    heads = {
        "site": translate("ReachSection", "Sites"), "category": translate("ReachSection", "Kinds of sites"),
        "country": translate("ReachSection", "Countries"),
    }  # fmt: skip
    lines = []
    for kind in KINDS:
        rows = hide_small_counts(origins[origins["kind"] == kind].head(ROWS_SHOWN))
        if rows.empty:
            continue
        names = (heads[kind], "n", "%", translate("ReachSection", "usual"), "p")
        lines.append("<tr>" + "".join(f"<td><i>{html.escape(name)}</i>&nbsp;</td>" for name in names) + "</tr>")
        for row in rows.to_dict("records"):
            share = "–" if pd.isna(row["share"]) else f"{100 * row['share']:.0f}"
            cells = (row["name"], row["devices"], share, f"{100 * row['expected_share']:.0f}",
                     probability(row["p_value"]).replace(" ", "\u00a0"))  # fmt: skip
            lines.append("<tr>" + "".join(f"<td>{html.escape(str(cell))}&nbsp;</td>" for cell in cells) + "</tr>")
    return f"<table width='100%'>{''.join(lines)}</table>" if lines else translate("ReachSection", "Seen nowhere else.")
