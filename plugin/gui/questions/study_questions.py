"""What is asked about the study: where from and where to, and which places are linked."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ...engine.base import Cancelled, SitelightError
from ...engine.kept import Linked, LookBack, network_of_linked
from ...engine.kept_card import key_windows
from ...tasks.questions import NetworkQuestion, ReachQuestion
from ..place.reach_section import ReachSection
from ..study.study_controller import StudyController
from ..widgets.messages import sentence_of
from .answers import network_answers, reach_answers
from .network_window import NetworkWindow


class StudyQuestions(QObject):
    """Puts the questions of the card's section and of the network window to the study, and shows their answers.

    `failed` carries an unexpected error, `place_chosen` lat and lon (degrees WGS84) of a place clicked in the network,
    `checked` how the study's file fits its log once an answer was kept in it.
    """

    failed = pyqtSignal(object)
    checked = pyqtSignal(object)
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
        for answers in (self.reach, self.links):
            answers.checked.connect(self.checked)
            answers.unkept.connect(self.failed)

    def open_network(self) -> None:
        """Show the network of the study."""
        tables = self._controller.results.tables
        kept, places = tables["linked_places"], tables["places"]
        of_sites = kept["with_cells"] == 0 if len(kept) else places["spot_kind"] == "site"
        self.network.open_for(key_windows(tables), bool(of_sites.any()))

    def give_up(self) -> None:
        """Answers about a study that is gone must not come to the next one."""
        self.reach.shut_down()
        self.links.shut_down()
        self.network.hide()

    def _on_reach_asked(self, question: ReachQuestion) -> None:
        self._section.show_text(self.tr("Looking back and forward…"), is_busy=True)
        self.reach.ask(question, self._controller.results, self._controller.path)

    def _on_reach_answered(self, question: ReachQuestion, found: LookBack) -> None:
        self._section.show_look_back(question, found)

    def _on_reach_failed(self, question: ReachQuestion, error: BaseException) -> None:
        is_expected = isinstance(error, SitelightError) and not isinstance(error, Cancelled)
        self._section.show_failure(question, str(error) if is_expected else "")
        if not isinstance(error, SitelightError):
            self.failed.emit(error)

    def _on_network_asked(self, question: NetworkQuestion) -> None:
        self.links.ask(question, self._controller.results, self._controller.path)

    def _on_network_answered(self, _question: NetworkQuestion, linked: Linked) -> None:
        self._places = network_of_linked(linked).places
        self.network.show_network(network_of_linked(linked))

    def _on_network_failed(self, _question: NetworkQuestion, error: BaseException) -> None:
        cancelled = self.tr("Cancelled. Choose again what is to be linked.")
        self.network.show_text(cancelled if isinstance(error, Cancelled) else sentence_of(error))

    def _on_network_place_chosen(self, spot: int) -> None:
        place = self._places.iloc[spot]
        self.place_chosen.emit(float(place["lat"]), float(place["lon"]))
