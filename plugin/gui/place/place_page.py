"""The site card of one place: what happened there, when, who came and from where."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...engine.site_card import AREA, SiteCard
from ..results.result_models import finding_card, itinerary_card
from ..widgets.charts import Bar, BarChart
from ..widgets.colors import muted
from ..widgets.texts import breakable, nbsp
from .reach_section import ReachSection

ROWS_SHOWN = 8


class PlacePage(QWidget):
    """Shows a `SiteCard`, or what to do to see one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sitelight_place_page")
        self._empty_text = self.tr(
            "Right-click the map and choose “Analyze This Place”, draw an area with “Analyze an Area” in the toolbar, "
            "or double-click a finding, to see what happened there."
        )
        self._title = _label("place_title")
        font = self._title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._title.setFont(font)
        self._about = _label("place_about")
        muted(self._about)
        self._windows = BarChart("windows", 130)
        self._hours = BarChart("hours", 96, is_percent=True)
        self._who = CountTable("who")
        self._origins = CountTable("origins")
        self.reach = ReachSection()
        self.mark = QToolButton()
        self.mark.setObjectName("sitelight_place_mark")
        self.mark.setText(self.tr("Add as Example"))
        self.mark.setToolTip(self.tr("Add this place and one of the study's windows to the examples of a signature"))
        self.mark.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.mark.setMenu(QMenu(self.mark))
        self._findings = _label("place_findings")
        self._itineraries = _label("place_itineraries")
        self._empty = _label("place_empty")
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
            table.show_rows(list(zip(frame[column].astype(str), frame["devices"].astype(int))))
        self.reach.show_card(card)
        self._show_findings(card.findings)
        self._show_itineraries(card.itineraries)
        self._stack.setCurrentIndex(1)
        self._area.verticalScrollBar().setValue(0)

    def _show_findings(self, findings: pd.DataFrame) -> None:
        rows = [finding_card(row) for row in findings.sort_values("rank").head(ROWS_SHOWN).to_dict("records")]
        items = [f"<p><b>{row.rank}.</b> {html.escape(row.text)} <i>{html.escape(row.footer)}</i></p>" for row in rows]
        self._findings.setText("".join(items) or self.tr("Nothing unusual was found here."))

    def _show_itineraries(self, itineraries: pd.DataFrame) -> None:
        rows = [itinerary_card(row) for row in itineraries.sort_values("rank").head(ROWS_SHOWN).to_dict("records")]
        items = [
            f"<p><b>{row.rank}.</b> {html.escape(row.title)}: {html.escape(row.text)}"
            f" <i>{html.escape(row.footer)}</i></p>"
            for row in rows
        ]
        self._itineraries.setText("".join(items) or self.tr("No itinerary leads through this place."))

    def _lay_out(self) -> None:
        form = QWidget()
        form.setObjectName("sitelight_place_form")
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
            heading = QLabel(title)
            font = heading.font()
            font.setBold(True)
            heading.setFont(font)
            heading.setContentsMargins(0, 8, 0, 0)
            column.addWidget(heading)
            if widget is self._windows:
                column.addWidget(self._legend())
            column.addWidget(widget)
        column.addStretch(1)
        area = self._area = QgsScrollArea()
        area.setObjectName("sitelight_place_area")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(form)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(area)

    def _legend(self) -> QLabel:
        legend = _label("place_legend")
        legend.setText(
            f'<span style="color:#d55e00">■</span>&nbsp;{nbsp(self.tr("key date"))} &nbsp; '
            f'<span style="color:#8a8a8a">■</span>&nbsp;{nbsp(self.tr("other weeks"))} &nbsp; '
            f'<span style="color:#009e73"><b>—</b></span>&nbsp;{nbsp(self.tr("expected"))}'
        )
        return legend


class CountTable(QWidget):
    """Labels with counts and a thin bar each, the largest first; what is beyond the first rows is summed up."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"sitelight_{name}_table")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 2)

    def show_rows(self, rows: list[tuple[str, int]]) -> None:
        """Show (label, devices) pairs."""
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()  # it lives on until the event loop comes round, and would shine through the new rows
            widget.deleteLater()
        most = max((count for _label_, count in rows), default=0)
        for number, (text, count) in enumerate(rows[:ROWS_SHOWN]):
            label = _label("")
            label.setText(text)
            bar = QProgressBar()
            bar.setRange(0, max(1, most))
            bar.setValue(count)
            bar.setTextVisible(False)
            bar.setFixedHeight(8)
            bar.setMinimumWidth(30)
            figure = QLabel(str(count))
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((label, bar, figure)):
                self._grid.addWidget(widget, number, column)
        if not rows:
            self._grid.addWidget(QLabel(self.tr("Too few devices to show.")), 0, 0)


def window_bars(windows: pd.DataFrame, expected_word: str) -> list[Bar]:
    """Return one bar per window, the key windows emphasised."""
    return [
        Bar(
            str(row["start"])[5:10],
            float(row["devices"]), float(row["expected"]), bool(row["is_key"]),
            f'{row["label"]} ({str(row["start"])[:10]} – {str(row["end"])[:10]}): {int(row["devices"])}'
            + ("" if pd.isna(row["expected"]) else f', {expected_word} {row["expected"]:.1f}'),
        )
        for row in windows.to_dict("records")
    ]


def hour_bars(hours: np.ndarray) -> list[Bar]:
    """Return 24 bars labelled every six hours."""
    return [
        Bar(f"{hour:02d}" if hour % 6 == 0 else "", float(share), tip=f"{hour:02d}:00 – {hour + 1:02d}:00: {share:.0%}")
        for hour, share in enumerate(hours)
    ]


def _label(name: str) -> QLabel:
    label = QLabel()
    if name:
        label.setObjectName(f"sitelight_{name}")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
