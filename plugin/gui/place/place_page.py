"""The site card of one place: what happened there, when, who came and from where."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from ...engine.site_card import AREA, SiteCard
from ...engine.tables import MIN_SHOWN, shown_count
from ..results.result_models import finding_card, itinerary_card
from ..widgets.charts import (
    BAR_MARK,
    BOUND_MARK,
    EXPECTED_COLOR,
    KEY_COLOR,
    LINE_MARK,
    OTHER_COLOR,
    Bar,
    BarChart,
    legend,
)
from ..widgets.colors import muted
from ..widgets.count_table import CountTable
from ..widgets.form_parts import heading, menu_button, named, rich_label, wrapped_label
from ..widgets.page_parts import scrolled
from ..widgets.texts import breakable
from .reach_section import ReachSection

ROWS_SHOWN = 8


class PlacePage(QWidget):
    """Shows a `SiteCard`, or what to do to see one."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "place_page")
        self._empty_text = self.tr(
            "Right-click the map and choose “Analyze This Place”, draw an area with “Analyze an Area” in the toolbar, "
            "or double-click a finding, to see what happened there."
        )
        self._title = wrapped_label("place_title")
        font = self._title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._title.setFont(font)
        self._about = wrapped_label("place_about")
        muted(self._about)
        self._windows = BarChart("windows", 130)
        self._hours = BarChart("hours", 96, is_percent=True)
        self._who = CountTable("who")
        text = self.tr("Groups of fewer than {count} devices are left out.").format(count=MIN_SHOWN)
        self._left_out = wrapped_label("who_left_out", text)
        muted(self._left_out)
        self._origins = CountTable("origins")
        self.reach = ReachSection()
        self.mark = menu_button(
            "place_mark", self.tr("Add as Example"),
            self.tr("Add this place and one of the study's windows to the examples of a signature"),
        )  # fmt: skip
        self._findings = rich_label("place_findings")
        self._itineraries = rich_label("place_itineraries")
        self._empty = wrapped_label("place_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setMargin(16)
        self._lay_out()
        self.clear()

    def clear(self, reason: str = "") -> None:
        """Show `reason`, or how to get a card."""
        self._empty.setText(reason or self._empty_text)
        self._stack.setCurrentIndex(0)

    def show_card(self, card: SiteCard) -> None:
        """Show `card`."""
        self._title.setText(breakable(card.spot_name or card.spot_id))
        kinds = {"site": self.tr("Site"), AREA: self.tr("As drawn on the map")}
        kind = kinds.get(card.spot_kind, self.tr("Unnamed place"))
        position = f"{card.lat:.4f}, {card.lon:.4f}"
        self._about.setText(" · ".join(part for part in (card.category or kind, card.country, position) if part))
        self._windows.set_bars(window_bars(card.windows, self.tr("expected")))
        self._hours.set_bars(hour_bars(card.hours))
        for table, frame, column in ((self._who, card.who, "label"), (self._origins, card.origins, "name")):
            table.show_rows(list(zip(frame[column].astype(str), frame["devices"].astype(str))))
        self.reach.show_card(card)
        self._show_findings(card.findings)
        self._show_itineraries(card.itineraries)
        self._stack.setCurrentIndex(1)
        self._area.verticalScrollBar().setValue(0)

    def _show_findings(self, findings: pd.DataFrame) -> None:
        rows = [finding_card(row) for row in findings.sort_values("rank").head(ROWS_SHOWN).to_dict("records")]
        items = [
            f"<p><b>{html.escape(row.rank)}.</b> {html.escape(row.text)} <i>{html.escape(row.footer)}</i></p>"
            for row in rows
        ]
        self._findings.setText("".join(items) or self.tr("Nothing unusual was found here."))

    def _show_itineraries(self, itineraries: pd.DataFrame) -> None:
        rows = [itinerary_card(row) for row in itineraries.sort_values("rank").head(ROWS_SHOWN).to_dict("records")]
        items = [
            f"<p><b>{html.escape(row.rank)}.</b> {html.escape(row.title)}: {html.escape(row.text)}"
            f" <i>{html.escape(row.footer)}</i></p>"
            for row in rows
        ]
        self._itineraries.setText("".join(items) or self.tr("No itinerary leads through this place."))

    def _lay_out(self) -> None:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addWidget(self.mark)
        sections = (
            (self.tr("Devices per Window"), self._windows),
            (self.tr("Visits by Local Hour"), self._hours),
            (self.tr("Who Came"), self._who),
            (self.tr("Where They Live"), self._origins),
            (self.tr("Where From, Where To"), self.reach),
            (self.tr("Findings Here"), self._findings),
            (self.tr("Itineraries Through Here"), self._itineraries),
        )
        for title, widget in sections:
            label = heading(title)
            label.setContentsMargins(0, 8, 0, 0)
            column.addWidget(label)
            if widget is self._windows:
                column.addWidget(legend(
                    "place",
                    (KEY_COLOR, BAR_MARK, self.tr("key date")),
                    (OTHER_COLOR, BAR_MARK, self.tr("other weeks")),
                    (EXPECTED_COLOR, LINE_MARK, self.tr("expected")),
                    (OTHER_COLOR, BOUND_MARK, self.tr("fewer than {count}").format(count=MIN_SHOWN)),
                ))  # fmt: skip
            column.addWidget(widget)
            if widget is self._who:
                column.addWidget(self._left_out)
        column.addStretch(1)
        self._area = scrolled("place", form)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._area)


def window_bars(windows: pd.DataFrame, expected_word: str) -> list[Bar]:
    """Return one bar per window, the key windows emphasised, few devices as a bound."""
    return [
        Bar(
            str(row["start"])[5:10],
            float(row["devices"] if row["devices"] >= MIN_SHOWN else MIN_SHOWN), float(row["expected"]),
            bool(row["is_key"]),
            f'{row["label"]} ({str(row["start"])[:10]} – {str(row["end"])[:10]}): {shown_count(row["devices"])}'
            + ("" if pd.isna(row["expected"]) else f', {expected_word} {row["expected"]:.1f}'),
            not row["devices"] >= MIN_SHOWN,
        )
        for row in windows.to_dict("records")
    ]


def hour_bars(hours: np.ndarray) -> list[Bar]:
    """Return 24 bars labelled every six hours."""
    return [
        Bar(f"{hour:02d}" if hour % 6 == 0 else "", float(share), tip=f"{hour:02d}:00 – {hour + 1:02d}:00: {share:.0%}")
        for hour, share in enumerate(hours)
    ]
