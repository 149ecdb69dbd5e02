"""The facets of a signature as bars: how common each is among the examples and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.PyQt.QtCore import QEvent, QRectF, QSize
from qgis.PyQt.QtGui import QFontMetrics, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QToolTip

from ...engine.signatures import Signature
from ...engine.tables import shown_count
from .charts import GAP, KEY_COLOR, paint_titles
from .colors import faded
from .form_parts import named
from .texts import tip

SHOWN = 8
BAR_HEIGHT = 5


@dataclass(frozen=True)
class FacetBar:
    """A facet with its shares of devices, 0 to 1."""

    title: str
    example: float
    elsewhere: float
    tip: str


class FacetBars(QLabel):
    """One row per facet, strongest first: its title, and under it the examples' share above that of other places.

    A label, because theme style sheets such as Night Mapping give labels their text colour but plain widgets none.
    """

    def __init__(self) -> None:
        super().__init__()
        named(self, "facet_bars")
        self._bars: list[FacetBar] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_signature(self, signature: Signature) -> None:
        """Show the strongest facets."""
        tip = self.tr("{title}: {example} of the examples' devices ({devices} seen), {elsewhere} at other places")
        self._bars = [
            FacetBar(
                weight.title, weight.example_share, weight.background_share,
                tip.format(
                    title=weight.title, example=f"{weight.example_share:.0%}",
                    devices=shown_count(weight.example_devices or 0), elsewhere=f"{weight.background_share:.0%}",
                ),
            )
            for weight in signature.strongest[:SHOWN]
        ]  # fmt: skip
        self.setAccessibleDescription("; ".join(bar.tip for bar in self._bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(240, max(1, len(self._bars)) * self._row_height())

    def minimumSizeHint(self) -> QSize:
        """Return the least useful size."""
        return QSize(140, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Show the tool tip of the row under the mouse."""
        if event.type() == QEvent.Type.ToolTip:
            row = event.pos().y() // self._row_height()
            QToolTip.showText(event.globalPos(), tip(self._bars[row].tip) if row < len(self._bars) else "", self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint titles, shares and both bars of each row."""
        painter = QPainter(self)
        text = self.palette().color(self.foregroundRole())
        metrics = QFontMetrics(self.font())
        figures = metrics.horizontalAdvance("100 % / 100 %")
        for number, bar in enumerate(self._bars):
            top = number * self._row_height()
            shares = f"{100 * bar.example:.0f} % / {100 * bar.elsewhere:.0f} %"
            paint_titles(painter, QRectF(0, top, self.width(), 0), bar.title, shares, figures, text)
            y = top + metrics.height() + 1
            painter.fillRect(QRectF(0, y, self.width(), 2 * BAR_HEIGHT), faded(text, 0.08))
            painter.fillRect(QRectF(0, y, self.width() * bar.example, BAR_HEIGHT), KEY_COLOR)
            painter.fillRect(
                QRectF(0, y + BAR_HEIGHT, self.width() * bar.elsewhere, BAR_HEIGHT), faded(text, 0.5)
            )
        painter.end()

    def _row_height(self) -> int:
        return QFontMetrics(self.font()).height() + 2 * BAR_HEIGHT + GAP
