"""The button with further analyses: the study's link network, and Sitelight's algorithms on the panel's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Callable, Optional

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QMenu, QToolButton, QWidget

from ..engine.base import InputError
from .widgets.form_parts import add_action, named
from .widgets.messages import faults_told
from .widgets.texts import tip

PROVIDER = "sitelight"


class AnalysesButton(QToolButton):
    """Asks for the network, and opens the algorithms of the provider with what `parameters` returns.

    `failed` carries why a dialog could not be opened.
    """

    network_asked = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, parameters: Callable[[], Mapping[str, Any]], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        named(self, "analyses")
        self._parameters = parameters
        self.setText(self.tr("Analyses"))
        self.setToolTip(self.tr("Further analyses of these observations: links, companions, meetings, tracks"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        network = self.tr("Link Network of the Study…")
        self._network = add_action(menu, "analyses_network", network, self.network_asked.emit)
        self.setMenu(menu)
        self._add_algorithms()
        self._dialogs: list[QWidget] = []
        self.offer_network(False)

    def offer_network(self, offers: bool) -> None:
        """Offer the network of the study, or say what it needs."""
        self._network.setEnabled(offers)
        self._network.setToolTip(
            self.tr("Which places have devices in common, as a chart and on the map") if offers
            else self.tr("Run a study first: it needs the counts behind the findings")
        )

    def open_dialogs(self) -> list[QWidget]:
        """Return the dialogs of algorithms that were opened here and are not gone yet, the last one last."""
        return [dialog for dialog in self._dialogs if not sip.isdeleted(dialog)]

    def shut_down(self) -> None:
        """Close the dialogs: without Python's half of them their Run buttons do nothing."""
        for dialog in self.open_dialogs():
            dialog.close()
        self._dialogs = []

    def open_algorithm(self, name: str) -> None:
        """Open the dialog of an algorithm of the provider with those of the parameters that it has.

        Raises InputError where QGIS's Processing plugin is switched off.
        """
        algorithm = QgsApplication.processingRegistry().algorithmById(f"{PROVIDER}:{name}")
        try:
            from processing import createAlgorithmDialog
        except ImportError:
            algorithm = None
        if algorithm is None:
            raise InputError(
                self.tr("Processing is switched off; switch it on in Plugins › Manage and Install Plugins.")
            )
        own = {definition.name() for definition in algorithm.parameterDefinitions()}
        given = {key: value for key, value in self._parameters().items() if key in own and value not in (None, "")}
        dialog = createAlgorithmDialog(algorithm.id(), given)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        self._dialogs = [*self.open_dialogs(), dialog]

    def _add_algorithms(self) -> None:
        """Add what the provider offers for the panel, under its own names; nothing where it is not registered."""
        provider = QgsApplication.processingRegistry().providerById(PROVIDER)
        for section in provider.analyses() if provider is not None else ():
            self.menu().addSeparator()
            for algorithm in section:
                name = algorithm.name()
                opens = partial(self._on_algorithm_triggered, name)
                action = add_action(self.menu(), f"analyses_{name}", f"{algorithm.displayName()}…", opens)
                action.setToolTip(tip(algorithm.shortDescription()))

    def _on_algorithm_triggered(self, name: str) -> None:
        with faults_told(self.failed.emit):
            self.open_algorithm(name)
