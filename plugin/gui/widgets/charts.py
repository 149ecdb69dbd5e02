"""Small charts painted with QPainter: they follow the theme's palette and need no plotting package."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QToolTip

from .colors import faded
from .form_parts import named, rich_label
from .texts import nbsp, tip

# Okabe and Ito 2008: told apart with every common colour vision, on light and dark backgrounds.
KEY_COLOR = QColor("#d55e00")
EXPECTED_COLOR = QColor("#009e73")
OTHER_COLOR = QColor("#8a8a8a")
BAR_MARK, LINE_MARK, BOUND_MARK = "■", "<b>—</b>", "□"
TOP, SIDE, BOTTOM = 8, 4, 4
GAP = 8
LEAST_BOUND = 4.0
"""Pixels of a bar that is a bound, at least, so that it is seen beside large ones."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label at the axis ("" for none), value, expectation (NaN for none), emphasis and tool tip.

    With `is_bound` the value is only known to be smaller than this.
    """

    label: str
    value: float
    expected: float = math.nan
    is_key: bool = False
    tip: str = ""
    is_bound: bool = False


def nice_ceiling(value: float) -> float:
    """Return the smallest of 1, 2, 5 x 10^n that is at least `value` (1 for nothing)."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value * (1 - 1e-12))


def legend(name: str, *entries: tuple[QColor, str, str]) -> QLabel:
    """Return the legend of a chart: colour, mark and text of each of its entries."""
    label = rich_label(f"{name}_legend")
    label.setText(" &nbsp; ".join(
        f'<span style="color:{color.name()}">{mark_html}</span>&nbsp;{nbsp(text)}' for color, mark_html, text in entries
    ))  # fmt: skip
    return label


def paint_titles(painter: QPainter, row: QRectF, title: str, figures: str, room: float, text: QColor) -> None:
    """Paint the line above a level bar: its title at the left, and at the right its figures, which take `room`."""
    metrics = painter.fontMetrics()
    painter.setPen(text)
    shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, max(20, int(row.width() - room - GAP)))
    painter.drawText(QPointF(row.left(), row.top() + metrics.ascent()), shown)
    painter.setPen(faded(text, 0.75))
    right = QRectF(row.right() - room, row.top(), room, metrics.height())
    painter.drawText(right, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), figures)


class BarChart(QLabel):
    """Vertical bars from zero with an optional stepped line of expectations; key bars stand out by colour and frame.

    A label, because theme style sheets such as Night Mapping give labels their text colour but plain widgets none.
    """

    def __init__(self, name: str, height: int, is_percent: bool = False) -> None:
        super().__init__()
        named(self, f"{name}_chart")
        self._bars: list[Bar] = []
        self._is_percent = is_percent
        self._height = height
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def bars(self) -> tuple[Bar, ...]:
        """Return the bars that are shown."""
        return tuple(self._bars)

    def set_bars(self, bars: Sequence[Bar]) -> None:
        """Show these bars, first at the left."""
        self._bars = list(bars)
        self.setAccessibleDescription("; ".join(bar.tip for bar in self._bars if bar.tip))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(220, self._height)

    def minimumSizeHint(self) -> QSize:
        """Return the least useful size."""
        return QSize(120, self._height)

    def event(self, event: QEvent) -> bool:
        """Show the tool tip of the bar under the mouse."""
        if event.type() == QEvent.Type.ToolTip:
            plot = self._plot()
            if self._bars and plot.width() > 0:
                column = int((event.pos().x() - plot.left()) / plot.width() * len(self._bars))
                if 0 <= column < len(self._bars):
                    QToolTip.showText(event.globalPos(), tip(self._bars[column].tip), self)
                    return True
            QToolTip.hideText()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint axis, bars, expectations and labels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().color(self.foregroundRole())
        plot, top = self._plot(), self._top_value()
        self._paint_axis(painter, plot, top, faded(text, 0.25), faded(text, 0.75))
        self._paint_bars(painter, plot, top, faded(text, 0.42), text)
        self._paint_expected(painter, plot, top)
        self._paint_labels(painter, plot, faded(text, 0.75))
        painter.end()

    def _top_value(self) -> float:
        values = [value for bar in self._bars for value in (bar.value, bar.expected) if math.isfinite(value)]
        return nice_ceiling(max(values, default=0.0))

    def _plot(self) -> QRectF:
        metrics = QFontMetrics(self.font())
        left = metrics.horizontalAdvance(self._format(self._top_value())) + 2 * SIDE
        bottom = metrics.height() + BOTTOM
        return QRectF(left, TOP, max(1, self.width() - left - SIDE), max(1, self.height() - TOP - bottom))

    def _format(self, value: float) -> str:
        return f"{100 * value:.0f} %" if self._is_percent else f"{value:g}"

    def _paint_axis(self, painter: QPainter, plot: QRectF, top: float, line: QColor, text: QColor) -> None:
        metrics = QFontMetrics(self.font())
        for value, y in ((0.0, plot.bottom()), (top, plot.top())):
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(text)
            label = self._format(value)
            x = plot.left() - SIDE - metrics.horizontalAdvance(label)
            painter.drawText(QPointF(x, y + metrics.ascent() / 2 - 1), label)

    def _columns(self, plot: QRectF) -> list[QRectF]:
        width = plot.width() / max(1, len(self._bars))
        gap = 1.0 if width < 8 else width * 0.18
        return [
            QRectF(plot.left() + number * width + gap / 2, plot.top(), width - gap, plot.height())
            for number in range(len(self._bars))
        ]

    def _paint_bars(self, painter: QPainter, plot: QRectF, top: float, color: QColor, frame: QColor) -> None:
        for bar, column in zip(self._bars, self._columns(plot)):
            height = plot.height() * (bar.value / top if math.isfinite(bar.value) else 0.0)
            rect = QRectF(column.left(), plot.bottom() - height, column.width(), height)
            if bar.is_bound:
                rect.setTop(min(rect.top(), plot.bottom() - LEAST_BOUND))
                painter.setPen(QPen(KEY_COLOR if bar.is_key else color, 1, Qt.PenStyle.DashLine))
                painter.drawRect(rect)
                continue
            painter.fillRect(rect, KEY_COLOR if bar.is_key else color)
            if bar.is_key and height > 0:
                painter.setPen(QPen(frame, 1))
                painter.drawRect(rect)

    def _paint_expected(self, painter: QPainter, plot: QRectF, top: float) -> None:
        painter.setPen(QPen(EXPECTED_COLOR, 2.2))
        for bar, column in zip(self._bars, self._columns(plot)):
            if math.isfinite(bar.expected):
                y = plot.bottom() - plot.height() * bar.expected / top
                painter.drawLine(QPointF(column.left() - 1, y), QPointF(column.right() + 1, y))

    def _paint_labels(self, painter: QPainter, plot: QRectF, color: QColor) -> None:
        metrics = QFontMetrics(self.font())
        painter.setPen(color)
        columns = list(zip(self._bars, self._columns(plot)))
        # Key bars first and from the right, so that their labels are the ones that stay where room is short.
        taken: list[tuple[float, float]] = []
        for bar, column in sorted(columns, key=lambda pair: (not pair[0].is_key, -pair[1].left())):
            width = metrics.horizontalAdvance(bar.label)
            left = min(max(column.center().x() - width / 2, plot.left()), self.width() - SIDE - width)
            if bar.is_key and taken:  # beside the label at its right, as long as it still begins left of its bar
                left = min(left, max(taken[-1][0] - 2 * SIDE - width, column.center().x() - width))
            if bar.label and all(left > end + SIDE or left + width < start - SIDE for start, end in taken):
                painter.drawText(QPointF(left, plot.bottom() + metrics.ascent() + 3), bar.label)
                taken.append((left, left + width))
