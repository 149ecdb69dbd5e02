"""The dock panel: four pages over one study."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QTabWidget, QVBoxLayout, QWidget

from ..engine.base import StudyError
from ..engine.kept_card import keeps_counts
from .analyses_menu import AnalysesButton
from .map_links import MapLinks
from .panel_actions import PanelActions
from .place.card_lookup import no_counts_text
from .place.place_page import PlacePage
from .questions.study_questions import StudyQuestions
from .results.events import event_card, event_rows, explain_event
from .results.explanations import explain_itinerary, no_findings_text, no_itineraries_text, silences_of
from .results.false_trace_texts import about_false_traces
from .results.region_texts import is_region, no_example_text
from .results.result_models import itinerary_card
from .results.results_page import ResultsPage
from .signatures.signature_examples import example_of_finding
from .signatures.signature_window import SignatureWindow
from .study.study_controller import StudyController
from .study.study_page import StudyPage
from .widgets.form_parts import named, push_button, row_of
from .widgets.messages import show_error
from .widgets.page_parts import message_bar


class SitelightPanel(QgsDockWidget):
    """Study, Events, Itineraries and Place, with one message bar below them, and the signature window beside.

    Own behaviors and signatures are kept in `profile`, by default in a folder of QGIS's own profile.
    """

    can_mark_changed = pyqtSignal(bool)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None, profile: Optional[Path] = None) -> None:
        super().__init__("Sitelight", parent)
        named(self, "panel")
        self.controller = StudyController(self)
        self.bar = message_bar("message_bar")
        self.study_page = StudyPage(profile)
        self.findings_page = ResultsPage(
            "findings", event_card, self._explain_event,
            self.tr("No events yet. Run a study, or load an earlier one, on the Study tab."),
        )  # fmt: skip
        self.itineraries_page = ResultsPage(
            "itineraries", itinerary_card, self._explain_itinerary,
            self.tr("No itineraries yet. Give the study a purpose and run it on the Study tab."),
        )  # fmt: skip
        self.findings_page.offer_marking(self.tr("Add as Signature Example"))
        self.place_page = PlacePage()
        self.questions = StudyQuestions(self.controller, self.place_page.reach, self)
        self.signatures = SignatureWindow(self, profile)
        self.analyses = AnalysesButton(self._parameters)
        self._signatures = push_button(
            "signatures", self.tr("Signatures…"),
            self.tr("Learn from example places, and look for places that resemble them"),
        )  # fmt: skip
        self._export = push_button(
            "export", self.tr("Export…"),
            self.tr("Events, findings, itineraries, the study or an evidence bundle as a file"),
        )
        self.tabs = self._make_tabs()
        self._lay_out()
        self._links = MapLinks(canvas, self.controller, self.place_page, self)
        self._actions = PanelActions(self.controller, self.study_page, self._export, self.bar, self)
        self._connect()
        self._begin()

    def show_place(self, lat: float, lon: float) -> None:
        """Show the site card of the spot at a position (degrees WGS84)."""
        self._links.show_place(lat, lon)

    def show_area(self, wkb: bytes) -> None:
        """Show the card of an area (WKB, lon/lat), and mark it on the map."""
        self._links.show_area(wkb)

    def mark_place(self, lat: float, lon: float) -> None:
        """Ask for a window of the study, at the mouse, and add the spot at a position to the signature examples."""
        self._links.mark_place(lat, lon)

    def shut_down(self) -> None:
        """Cancel what is going on, clear the canvas and listen to the project no more."""
        self._actions.shut_down()
        self._links.shut_down()
        self.questions.give_up()
        self.analyses.shut_down()
        self.signatures.controller.shut_down()

    def _make_tabs(self) -> QTabWidget:
        tabs = named(QTabWidget(), "tabs")
        tabs.setDocumentMode(True)
        tabs.setUsesScrollButtons(False)
        tabs.setElideMode(Qt.TextElideMode.ElideRight)
        if "QTabBar" in QApplication.instance().styleSheet():
            # Theme style sheets such as Night Mapping pad tabs so much that four do not fit a narrow dock.
            tabs.setStyleSheet("QTabBar::tab { padding-left: 5px; padding-right: 5px; min-width: 0px; }")
        tabs.addTab(self.study_page, self.tr("Study"))
        tabs.addTab(self.findings_page, self.tr("Events"))
        tabs.addTab(self.itineraries_page, self.tr("Itineraries"))
        tabs.addTab(self.place_page, self.tr("Place"))
        return tabs

    def _lay_out(self) -> None:
        for button in (self._signatures, self._export):
            button.setVisible(False)
        foot = row_of(self.analyses, None, self._signatures, self._export)
        foot.setContentsMargins(6, 0, 6, 6)
        content = named(QWidget(), "panel_content")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.bar)  # above the pages it would push down what is about to be clicked
        layout.addLayout(foot)
        self.setWidget(content)

    def _connect(self) -> None:
        self.controller.results_changed.connect(self._on_results_changed)
        self.controller.forgotten.connect(self._on_study_forgotten)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.findings_page.marked.connect(self._on_findings_marked)
        self._signatures.clicked.connect(self.signatures.open_beside)
        self.analyses.network_asked.connect(self.questions.open_network)
        self.questions.place_chosen.connect(self.show_place)
        self._links.card_asked.connect(self._on_card_asked)
        self._links.marked.connect(self.signatures.add_examples)
        for checking in (self.signatures.controller, self.questions):
            checking.checked.connect(self.study_page.content.show_check)
        self._links.follow_lists(self.findings_page, self.itineraries_page, self.signatures)
        for source in (self.analyses, self.questions, self._links):
            source.failed.connect(self._actions.tell_fault)

    def _begin(self) -> None:
        self.study_page.behaviors.load()
        self.study_page.restore_state()
        self.study_page.propose_layers(QgsProject.instance().mapLayers().values())
        self._actions.resume()

    # What the pages show

    def _explain_itinerary(self, row: dict[str, Any], _unfolded: frozenset[str]) -> str:
        results = self.controller.results
        return explain_itinerary(row, silences_of(row["itinerary_id"], results.tables["silences"]) if results else ())

    def _explain_event(self, row: dict[str, Any], unfolded: frozenset[str]) -> str:
        return explain_event(row, self.controller.results.tables, unfolded)

    def _parameters(self) -> dict[str, Any]:
        """Return what the panel has chosen as parameters of algorithms, with the place that is looked at, if any."""
        parameters = self.study_page.algorithm_parameters()
        question = self.place_page.reach.question() if self.tabs.currentWidget() is self.place_page else None
        if question is None:
            return parameters
        start, end = (day.isoformat() for day in question.window.days())
        return {**parameters, "SITE": question.place.spot, "START": start, "END": end}

    def _on_results_changed(self) -> None:
        self.questions.give_up()
        results, is_resumed = self.controller.results, self.controller.is_resumed
        events, itineraries = event_rows(results.tables), results.tables["itineraries"]
        has_counts = keeps_counts(results)
        self.findings_page.set_table(events, no_findings_text(results), results.notes)
        self.itineraries_page.set_table(
            itineraries, no_itineraries_text(results), about=about_false_traces(itineraries)
        )
        self.place_page.clear("" if has_counts else no_counts_text())
        self.signatures.controller.set_study(results, self.controller.path, not is_resumed)
        self._offer_counts(has_counts, results.evidence is not None)
        if self.tabs.currentWidget() is self.study_page or not is_resumed:
            self.tabs.setCurrentWidget(self.findings_page)

    def _on_study_forgotten(self) -> None:
        self.questions.give_up()
        for page in (self.findings_page, self.itineraries_page, self.place_page):
            page.clear()
        self.signatures.controller.set_study(None, "")
        self._offer_counts(False, False)
        self.tabs.setCurrentWidget(self.study_page)

    def _offer_counts(self, has_counts: bool, can_learn: bool) -> None:
        """Offer what needs the counts of a study, or its visits in memory, or say what is missing."""
        self.can_mark_changed.emit(can_learn)
        self.place_page.mark.setVisible(can_learn)
        self.analyses.offer_network(has_counts)

    def _on_tab_changed(self, _index: int) -> None:
        has_results = self.controller.results is not None
        for button in (self._export, self._signatures):
            button.setVisible(has_results and self.tabs.currentWidget() is not self.study_page)

    def _on_card_asked(self) -> None:
        self.tabs.setCurrentWidget(self.place_page)

    def _on_findings_marked(self, rows: list[dict[str, Any]]) -> None:
        places = [row for row in rows if not is_region(row)]
        if len(places) < len(rows):
            show_error(self.bar, StudyError(no_example_text()))
        if places:
            self.signatures.add_examples([example_of_finding(row) for row in places])
