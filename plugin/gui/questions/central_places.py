"""The most central places of a link network as a list with bars."""

from __future__ import annotations

from qgis.PyQt.QtCore import QRectF, QSize
from qgis.PyQt.QtGui import QFontMetrics, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy

from ...engine.networks import Network
from ..widgets.charts import GAP, KEY_COLOR, paint_titles
from ..widgets.colors import faded
from ..widgets.form_parts import named
from .network_chart import cluster_color

SHOWN_ROWS = 12
BAR_HEIGHT = 6


class CentralPlaces(QLabel):
    """The places with the highest value of a measure, as bars with their names."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "central_places")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._rows: list[tuple[str, float, int]] = []
        self._format = "{:.3f}"

    def clear(self) -> None:
        """Show nothing."""
        self._rows = []
        self.setAccessibleDescription("")
        self.update()

    def set_network(self, network: Network, measure: str) -> None:
        """Show the first places by `measure`."""
        places = network.places[network.places[measure] > 0]
        places = places.sort_values([measure, "visitors"], ascending=False).head(SHOWN_ROWS)
        self._format = "{:.0f}" if measure == "degree" else "{:.2g}"
        self._rows = list(zip(places["spot_name"].astype(str), places[measure].astype(float), places["cluster"]))
        self.setAccessibleDescription("; ".join(f"{name}: {value:.3g}" for name, value, _ in self._rows))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(220, SHOWN_ROWS * self._row_height())

    def minimumSizeHint(self) -> QSize:
        """Return the least useful size."""
        return QSize(150, 4 * self._row_height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint names, values and bars."""
        painter = QPainter(self)
        text, metrics = self.palette().color(self.foregroundRole()), QFontMetrics(self.font())
        top_value = max((value for _, value, _ in self._rows), default=0.0) or 1.0
        figures = metrics.horizontalAdvance("0.0000")
        for number, (name, value, cluster) in enumerate(self._rows):
            top = number * self._row_height()
            row = QRectF(0, top, self.width(), 0)
            paint_titles(painter, row, name, self._format.format(value), figures, text)
            bar = QRectF(0, top + metrics.height() + 1, self.width(), BAR_HEIGHT)
            painter.fillRect(bar, faded(text, 0.08))
            bar.setWidth(self.width() * value / top_value)
            painter.fillRect(bar, KEY_COLOR if number == 0 else cluster_color(int(cluster)))
        painter.end()

    def _row_height(self) -> int:
        return QFontMetrics(self.font()).height() + BAR_HEIGHT + GAP
