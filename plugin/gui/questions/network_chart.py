"""The link network as a chart: places on a circle by cluster, joined by their links, and the most central ones."""

from __future__ import annotations

import math
from typing import Optional

import numpy as np
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QPointF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QToolTip

from ...engine.networks import FLOWS, Network
from ...engine.tables import MOST_HIDDEN, shown_counts
from ..widgets.colors import faded
from ..widgets.form_parts import named
from ..widgets.texts import tip

SHOWN_PLACES = 40
# Okabe and Ito 2008, without the colour of emphasis; clusters beyond the seventh begin again.
CLUSTER_COLORS = ("#0072b2", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#7f3c8d", "#8c6d31")
NO_CLUSTER_COLOR = "#9aa0a6"
MEASURES = ("betweenness", "degree", "closeness", "eigenvector", "pagerank")
MAX_LABEL = 130
translate = QCoreApplication.translate
ARROW = 7.0


def measure_title(name: str) -> str:
    """Return the name of a measure to show."""
    return {
        "betweenness": translate("NetworkChart", "Betweenness"), "degree": translate("NetworkChart", "Degree"),
        "closeness": translate("NetworkChart", "Closeness"), "eigenvector": translate("NetworkChart", "Eigenvector"),
        "pagerank": translate("NetworkChart", "PageRank"),
    }[name]  # fmt: skip


def cluster_color(cluster: int) -> QColor:
    """Return the colour of a cluster; 0 is none."""
    return QColor(CLUSTER_COLORS[(cluster - 1) % len(CLUSTER_COLORS)] if cluster else NO_CLUSTER_COLOR)


class NetworkChart(QLabel):
    """The most central places on a circle; a click tells which place is meant.

    A label, because theme style sheets such as Night Mapping give labels their text colour but plain widgets none.
    """

    place_chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        named(self, "network_chart")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._network: Optional[Network] = None
        self._measure = MEASURES[0]
        self._central = np.empty(0, np.int64)

    def clear(self) -> None:
        """Show nothing."""
        self._network, self._central = None, np.empty(0, np.int64)
        self.setAccessibleDescription("")
        self.update()

    def set_network(self, network: Network, measure: str) -> None:
        """Show a network, places large by `measure`."""
        self._network, self._measure = network, measure
        places = network.places
        linked = np.flatnonzero(places["degree"].to_numpy() > 0)
        order = places[measure].to_numpy()[linked].argsort(kind="stable")[::-1]
        self._central = linked[order][:SHOWN_PLACES]
        shown = self.tr("{count} of {all} places, {links} links").format(
            count=len(self._central), all=len(places), links=len(network.links)
        )
        self.setAccessibleDescription(shown)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(460, 460)

    def minimumSizeHint(self) -> QSize:
        """Return the least useful size."""
        return QSize(260, 260)

    def event(self, event: QEvent) -> bool:
        """Show the tool tip of the place under the mouse."""
        if event.type() == QEvent.Type.ToolTip:
            row = self._row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if row is None else tip(self.tip(row)), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which place was clicked."""
        row = self._row_at(QPointF(event.pos()))
        if row is not None and self._network is not None:
            self.place_chosen.emit(int(self._network.places["spot"].iloc[row]))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint links, places and names."""
        if self._network is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().color(self.foregroundRole())
        self._paint_links(painter, text)
        self._paint_places(painter, text)
        painter.end()

    @property
    def _rows(self) -> np.ndarray:
        """The places for which there is room, in the order of the circle: by cluster, and in it most central first."""
        metrics = QFontMetrics(self.font())
        room = int(2.0 * math.pi * self._circle()[1] / (metrics.height() + 1))
        shown = self._central[: max(room, 6)]
        if self._network is None:
            return shown
        return shown[np.argsort(self._network.places["cluster"].to_numpy()[shown], kind="stable")]

    def _circle(self) -> tuple[QPointF, float]:
        """Return centre and radius; names have their room around it."""
        metrics = QFontMetrics(self.font())
        names = [] if self._network is None else self._network.places["spot_name"].iloc[self._central].astype(str)
        room = min(max((metrics.horizontalAdvance(name) for name in names), default=0), MAX_LABEL) + 20
        radius = max(40.0, min(self.width(), self.height()) / 2.0 - room)
        return QPointF(self.width() / 2.0, self.height() / 2.0), radius

    def _angles(self) -> list[float]:
        """Return the angle (radians) of each place on the circle, clockwise from the top."""
        count = len(self._rows)
        return [2.0 * math.pi * number / max(1, count) - math.pi / 2.0 for number in range(count)]

    def _points(self) -> list[QPointF]:
        centre, radius = self._circle()
        return [
            QPointF(centre.x() + radius * math.cos(a), centre.y() + radius * math.sin(a)) for a in self._angles()
        ]

    def _sizes(self) -> np.ndarray:
        if self._network is None:
            return np.empty(0)
        values = self._network.places[self._measure].to_numpy()[self._rows].astype(float)
        return 4.0 + 7.0 * np.sqrt(values / max(values.max(initial=0.0), 1e-12))

    def _row_at(self, position: QPointF) -> Optional[int]:
        for point, size, row in zip(self._points(), self._sizes(), self._rows):
            if math.hypot(position.x() - point.x(), position.y() - point.y()) <= size + 3:
                return int(row)
        return None

    def places_shown(self) -> list[tuple[int, QPointF]]:
        """Return the rows of the places that are shown and where their circles are, in the order of the circle."""
        return [(int(row), point) for row, point in zip(self._rows, self._points())]

    def tip(self, row: int) -> str:
        """Return what is said of the place under the mouse."""
        place = self._network.places.iloc[row]  # type: ignore[union-attr]
        devices = shown_counts(self._network.places["visitors"]).iloc[row]  # type: ignore[union-attr]
        return self.tr("{name}: {devices} devices, {degree} links, {measure} {value}, cluster {cluster}").format(
            name=place["spot_name"], devices=devices, degree=place["degree"], measure=measure_title(self._measure),
            value=f"{place[self._measure]:.3g}", cluster=place["cluster"],
        )  # fmt: skip

    def _paint_links(self, painter: QPainter, text: QColor) -> None:
        points, centre = self._points(), self._circle()[0]
        at = {int(row): number for number, row in enumerate(self._rows)}
        links = self._network.links  # type: ignore[union-attr]
        links = links[links["a"].isin(at) & links["b"].isin(at)].iloc[::-1]  # the strongest are painted last, on top
        strongest = max(float(links["devices"].max()), MOST_HIDDEN) if len(links) else 1.0
        is_directed = self._network.kind == FLOWS  # type: ignore[union-attr]
        for a, b, devices in links[["a", "b", "devices"]].to_numpy().tolist():
            share = max(devices, MOST_HIDDEN) / strongest  # widths tell no small count
            painter.setPen(QPen(faded(text, 0.08 + 0.5 * share), 0.6 + 3.4 * share))
            start, end = points[at[int(a)]], points[at[int(b)]]
            path = QPainterPath(start)
            path.quadTo((start + end) * 0.25 + centre * 0.5 + bend(start, end, is_directed), end)
            painter.drawPath(path)
            if is_directed:
                painter.fillPath(arrow_head(path, ARROW + 1.5 * share), faded(text, 0.3 + 0.5 * share))

    def _paint_places(self, painter: QPainter, text: QColor) -> None:
        places, metrics = self._network.places, QFontMetrics(self.font())  # type: ignore[union-attr]
        spots = zip(self._points(), self._angles(), self._sizes(), self._rows)
        for point, angle, size, row in spots:
            painter.setPen(QPen(self.palette().color(self.backgroundRole()), 1.2))
            painter.setBrush(cluster_color(int(places["cluster"].iloc[row])))
            painter.drawEllipse(point, size, size)
            name = metrics.elidedText(str(places["spot_name"].iloc[row]), Qt.TextElideMode.ElideRight, MAX_LABEL)
            is_left = math.cos(angle) < -1e-9
            painter.save()
            painter.translate(point)
            painter.rotate(math.degrees(angle) + (180.0 if is_left else 0.0))  # names read from left to right
            begin = -size - 6 - metrics.horizontalAdvance(name) if is_left else size + 6
            painter.setPen(text)
            painter.drawText(QPointF(begin, metrics.ascent() / 2.0 - 1), name)
            painter.restore()


def bend(start: QPointF, end: QPointF, is_directed: bool) -> QPointF:
    """Return how far the curve of a flow is moved aside, so that there and back are two curves."""
    if not is_directed:
        return QPointF()
    along = end - start
    return QPointF(-along.y(), along.x()) * 0.08


def arrow_head(path: QPainterPath, size: float) -> QPainterPath:
    """Return a triangle in the middle of a path that points the way it goes."""
    tip, angle = path.pointAtPercent(0.55), math.radians(path.angleAtPercent(0.55))
    along, across = QPointF(math.cos(angle), -math.sin(angle)), QPointF(math.sin(angle), math.cos(angle))
    head = QPainterPath(tip + along * size * 0.6)
    head.lineTo(tip - along * size * 0.5 + across * size * 0.45)
    head.lineTo(tip - along * size * 0.5 - across * size * 0.45)
    head.closeSubpath()
    return head
