"""The window of the study's link network: what links places, the chart of it, and the most central places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...engine.networks import COMMON, FLOWS, Network, NetworkSettings
from ...engine.visits import GivenWindow
from ...tasks.questions import NetworkQuestion
from ..widgets.form_parts import named, plain_label
from ..widgets.texts import tip
from .central_places import CentralPlaces
from .network_chart import NetworkChart, measure_title

SIDE_WIDTH = 250


class NetworkWindow(QDialog):
    """`asked` carries a `NetworkQuestion` whenever the choices change; `place_chosen` the spot of a clicked place."""

    asked = pyqtSignal(object)
    place_chosen = pyqtSignal(int)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        named(self, "network_window")
        self.setWindowTitle(self.tr("Sitelight Link Network"))
        self.resize(760, 560)
        self._network: Optional[Network] = None
        self._kind = self._combo("kind")
        self._kind.addItem(self.tr("Common Devices"), COMMON)
        self._kind.addItem(self.tr("Flows"), FLOWS)
        self._kind.setToolTip(self.tr("Devices that were at both places, or that went from one place to the next"))
        self._window = self._combo("visits")
        self._window.setToolTip(self.tr("Only visits in these days count (UTC)"))
        self._cells = named(QCheckBox(self.tr("Unnamed places too")), "network_cells")
        self._cells.setToolTip(
            tip(self.tr("Cells with {count} or more devices").format(count=NetworkSettings.min_visitors))
        )
        self.measure = self._combo("measure")
        for name, about in self._measure_tips().items():
            self.measure.addItem(measure_title(name), name)
            self.measure.setItemData(self.measure.count() - 1, tip(about), Qt.ItemDataRole.ToolTipRole)
        self.chart, self.ranking = NetworkChart(), CentralPlaces()
        self._note = plain_label("network_note")
        self._note.setWordWrap(True)
        self._lay_out()
        self._kind.currentIndexChanged.connect(self._ask)
        self._window.currentIndexChanged.connect(self._ask)
        self._cells.toggled.connect(self._ask)
        self.measure.currentIndexChanged.connect(self._on_measure)
        self.chart.place_chosen.connect(self.place_chosen)

    def open_for(self, windows: Sequence[tuple[str, str, str]], has_sites: bool) -> None:
        """Show the window and ask for the network of all visits of a study.

        `windows` are its key dates with the first and last day of the window of each (ISO).
        """
        for chooser in (self._window, self._cells):
            chooser.blockSignals(True)
        self._window.clear()
        self._window.addItem(self.tr("All Visits"), None)
        for key_date, first, last in windows:
            self._window.addItem(self.tr("Around {day}").format(day=key_date), (first, last))
        self._cells.setChecked(not has_sites)
        self._cells.setEnabled(has_sites)
        for chooser in (self._window, self._cells):
            chooser.blockSignals(False)
        self.show()
        self.raise_()
        self._ask()

    def question(self) -> NetworkQuestion:
        """Return what is chosen."""
        settings = NetworkSettings(kind=self._kind.currentData(), with_cells=self._cells.isChecked())
        days = self._window.currentData()
        window = None if days is None else GivenWindow(*(date.fromisoformat(day) for day in days))
        return NetworkQuestion(settings, window)

    def show_network(self, network: Network) -> None:
        """Show a network, and what was left out of it."""
        self._network = network
        tip = self.tr("Colors are clusters, lines grow with the number of devices. Click a place to see its card.")
        if len(network.links) == 0:
            tip = self.tr("No two of these places are linked. Choose another window, or unnamed places too.")
        self._note.setText("\n".join((*network.notes, tip)))
        self._on_measure()

    def show_text(self, text: str) -> None:
        """Show a sentence instead of a network."""
        self._network = None
        self.chart.clear()
        self.ranking.clear()
        self._note.setText(text)

    def _combo(self, name: str) -> QComboBox:
        combo = named(QComboBox(), f"network_{name}")
        combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return combo

    def _measure_tips(self) -> dict[str, str]:
        return {
            "betweenness": self.tr("How many shortest paths between others lead over it"),
            "degree": self.tr("How many links it has"),
            "closeness": self.tr("How few links it is from all others"),
            "eigenvector": self.tr("How central those are that it is linked to"),
            "pagerank": self.tr("How often one comes to it when following links at random"),
        }

    def _lay_out(self) -> None:
        column = QWidget()
        column.setMaximumWidth(SIDE_WIDTH)
        side = QVBoxLayout(column)
        side.setContentsMargins(0, 0, 0, 0)
        choices = QGridLayout()
        texts = (self.tr("Links"), self.tr("Visits"), self.tr("Measure"))
        for row, (text, combo) in enumerate(zip(texts, (self._kind, self._window, self.measure))):
            choices.addWidget(plain_label(text=text), row, 0)
            choices.addWidget(combo, row, 1)
        side.addLayout(choices)
        side.addWidget(self._cells)
        side.addWidget(self.ranking, 1)
        side.addWidget(self._note)
        layout = QHBoxLayout(self)
        layout.addWidget(self.chart, 2)
        layout.addWidget(column, 1)

    def _ask(self, *_choice: object) -> None:
        self.show_text(self.tr("Linking places…"))
        self.asked.emit(self.question())

    def _on_measure(self, _index: int = 0) -> None:
        if self._network is not None:
            for part in (self.chart, self.ranking):
                part.set_network(self._network, self.measure.currentData())
