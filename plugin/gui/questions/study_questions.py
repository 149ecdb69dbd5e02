"""What is asked about the study in memory: where from and where to, and which places are linked."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ...engine.base import Cancelled, SitelightError
from ...engine.networks import Network
from ...engine.origins import Reach
from ...tasks.questions import NetworkQuestion, ReachQuestion
from ..place.reach_section import ReachSection
from ..study.study_controller import StudyController
from ..widgets.messages import sentence_of
from .answers import network_answers, reach_answers
from .network_window import NetworkWindow


class StudyQuestions(QObject):
    """Puts the questions of the card's section and of the network window to the study, and shows their answers.

    `failed` carries an unexpected error, `place_chosen` lat and lon (degrees WGS84) of a place clicked in the network.
    """

    failed = pyqtSignal(object)
    place_chosen = pyqtSignal(float, float)

    def __init__(self, controller: StudyController, section: ReachSection, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller, self._section = controller, section
        self.reach, self.links = reach_answers(self), network_answers(self)
        self.network = NetworkWindow(parent)
        section.asked.connect(self._on_reach_asked)
        self.reach.answered.connect(self._on_reach_answered)
        self.reach.failed.connect(self._on_reach_failed)
        self.network.asked.connect(self._on_network_asked)
        self.network.place_chosen.connect(self._on_network_place_chosen)
        self.links.answered.connect(self._on_network_answered)
        self.links.failed.connect(self._on_network_failed)

    def open_network(self) -> None:
        """Show the network of the study in memory."""
        evidence = self._controller.results.evidence
        self.network.open_for(evidence.windows, len(evidence.sites) > 0)

    def give_up(self) -> None:
        """Answers about a study that is gone must not come to the next one."""
        self.reach.shut_down()
        self.links.shut_down()
        self.network.hide()

    def _on_reach_asked(self, question: ReachQuestion) -> None:
        self._section.show_text(self.tr("Looking back and forward…"), is_busy=True)
        self.reach.ask(question, self._controller.results.evidence, self._controller.path)

    def _on_reach_answered(self, question: ReachQuestion, reach: Reach) -> None:
        self._section.show_reach(question, reach)

    def _on_reach_failed(self, question: ReachQuestion, error: BaseException) -> None:
        is_expected = isinstance(error, SitelightError) and not isinstance(error, Cancelled)
        self._section.show_failure(question, str(error) if is_expected else "")
        if not isinstance(error, SitelightError):
            self.failed.emit(error)

    def _on_network_asked(self, question: NetworkQuestion) -> None:
        self.links.ask(question, self._controller.results.evidence, self._controller.path)

    def _on_network_answered(self, _question: NetworkQuestion, network: Network) -> None:
        self.network.show_network(network)

    def _on_network_failed(self, _question: NetworkQuestion, error: BaseException) -> None:
        cancelled = self.tr("Cancelled. Choose again what is to be linked.")
        self.network.show_text(cancelled if isinstance(error, Cancelled) else sentence_of(error))

    def _on_network_place_chosen(self, spot: int) -> None:
        spots = self._controller.results.evidence.history.visits.spots
        self.place_chosen.emit(float(spots.lat[spot]), float(spots.lon[spot]))
