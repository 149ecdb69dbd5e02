"""The dock panel: four pages over one study."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgsDockWidget, QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QCursor
from qgis.PyQt.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..engine.base import SitelightError
from ..engine.scoring import LEVEL
from ..engine.site_card import SiteCard
from ..engine.tables import empty_table
from ..layers.flow_layers import show_flows
from ..layers.result_layers import find_result_layer, follow_moved_groups
from .analyses_menu import AnalysesButton
from .map.canvas_highlight import CanvasHighlight
from .place.place_page import PlacePage
from .place.site_cards import find_area_card, find_card, find_position, no_counts_text
from .questions.study_questions import StudyQuestions
from .results.explanations import (
    ORIGINS,
    explain_finding,
    explain_itinerary,
    no_findings_text,
    no_itineraries_text,
    was_tested,
)
from .results.result_models import finding_card, itinerary_card
from .results.results_page import ResultsPage
from .signatures.signature_controller import Example
from .signatures.signature_examples import example_of_finding, fill_window_menu
from .signatures.signature_window import SignatureWindow
from .study.project_study import keep_study_path, kept_study_path
from .study.study_controller import StudyController
from .study.study_files import ask_export_path, ask_study_to_load
from .study.study_page import StudyPage
from .widgets.messages import show_error, show_outcome, show_warning


class SitelightPanel(QgsDockWidget):
    """Study, Findings, Itineraries and Place, with one message bar above them, and the signature window beside."""

    can_mark_changed = pyqtSignal(bool)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__("Sitelight", parent)
        self.setObjectName("sitelight_panel")
        self._highlight = CanvasHighlight(canvas)
        self.controller = StudyController(self)
        self.bar = QgsMessageBar()
        self.bar.setObjectName("sitelight_message_bar")
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.study_page = StudyPage()
        self.findings_page = ResultsPage(
            "findings", finding_card, self._explain_finding,
            self.tr("No findings yet. Run a study, or load an earlier one, on the Study tab."),
        )
        self.itineraries_page = ResultsPage(
            "itineraries", itinerary_card, lambda row, _unfolded: explain_itinerary(row),
            self.tr("No itineraries yet. Give the study a purpose and run it on the Study tab."),
        )
        self.findings_page.offer_marking(self.tr("Add as Signature Example"))
        self.place_page = PlacePage()
        self.questions = StudyQuestions(self.controller, self.place_page.reach, self)
        self.signatures = SignatureWindow(self)
        self._analyses = AnalysesButton()
        self._signatures = QPushButton(self.tr("Signatures…"))
        self._export = QPushButton(self.tr("Export…"))
        self._lay_out()
        self._connect()
        self.study_page.behaviors.load()
        self.study_page.restore_state()
        self.study_page.propose_layers(QgsProject.instance().mapLayers().values())
        self._resume_study()

    def _explain_finding(self, row: dict[str, Any], unfolded: frozenset[str]) -> str:
        tables = self.controller.results.tables
        # A study written by an earlier version lacks some of them.
        explanations, origins = (tables.get(name, empty_table(name)) for name in ("explanations", "origins"))
        return explain_finding(row, explanations, origins, unfolded)

    def show_place(self, lat: float, lon: float) -> None:
        """Show the site card of the spot at a position (degrees WGS84)."""
        self._show_card(partial(find_card, self.controller.results, lat, lon))

    def show_area(self, wkb: bytes) -> None:
        """Show the card of an area (WKB, lon/lat), and mark it on the map."""
        self._highlight.show(wkb)
        self._show_card(partial(find_area_card, self.controller.results, wkb))

    def _show_card(self, find: Callable[[], SiteCard]) -> None:
        self.tabs.setCurrentWidget(self.place_page)
        try:
            card = find()
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            if isinstance(error, SitelightError):
                self.place_page.clear(str(error))
            else:
                show_error(self.bar, error)
            return
        self.place_page.show_card(card)
        self._offer_windows(self.place_page.mark.menu(), card)

    def mark_place(self, lat: float, lon: float) -> None:
        """Ask for a window of the study, at the mouse, and add the spot at a position to the signature examples."""
        try:
            card = find_card(self.controller.results, lat, lon)
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            show_error(self.bar, error)
            return
        menu = QMenu(self)
        self._offer_windows(menu, card)
        menu.exec(QCursor.pos())

    def _offer_windows(self, menu: QMenu, card: SiteCard) -> None:
        fill_window_menu(menu, self.controller.results.evidence, card, self._on_example_marked)

    def shut_down(self) -> None:
        """Cancel a run, clear the canvas and listen to the project no more."""
        QgsProject.instance().readProject.disconnect(self._on_project_read)
        QgsProject.instance().writeProject.disconnect(self._on_project_written)
        QgsProject.instance().cleared.disconnect(self._on_project_cleared)
        QgsProject.instance().layersAdded.disconnect(self._on_layers_added)
        self.controller.shut_down()
        self.questions.give_up()
        self._analyses.shut_down()
        self.signatures.controller.shut_down()
        self._highlight.clear()

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("sitelight_tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        if "QTabBar" in QApplication.instance().styleSheet():
            # Theme style sheets such as Night Mapping pad tabs so much that four do not fit a narrow dock.
            self.tabs.setStyleSheet("QTabBar::tab { padding-left: 5px; padding-right: 5px; min-width: 0px; }")
        self.tabs.addTab(self.study_page, self.tr("Study"))
        self.tabs.addTab(self.findings_page, self.tr("Findings"))
        self.tabs.addTab(self.itineraries_page, self.tr("Itineraries"))
        self.tabs.addTab(self.place_page, self.tr("Place"))
        self._export.setObjectName("sitelight_export")
        self._export.setToolTip(self.tr("Copy the study's GeoPackage to another place"))
        self._export.setVisible(False)
        self._signatures.setObjectName("sitelight_signatures")
        self._signatures.setToolTip(self.tr("Learn from example places, and look for places that resemble them"))
        self._signatures.setVisible(False)
        foot = QHBoxLayout()
        foot.setContentsMargins(6, 0, 6, 6)
        foot.addWidget(self._analyses)
        foot.addStretch(1)
        foot.addWidget(self._signatures)
        foot.addWidget(self._export)
        content = QWidget()
        content.setObjectName("sitelight_panel_content")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.bar)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        self.setWidget(content)

    def _connect(self) -> None:
        footer, controller = self.study_page.footer, self.controller
        footer.run_asked.connect(self._on_run_asked)
        footer.cancel_asked.connect(controller.cancel)
        footer.load_asked.connect(self._on_load_asked)
        self.study_page.record.take_asked.connect(self._on_record_asked)
        self._export.clicked.connect(self._on_export_clicked)
        self._signatures.clicked.connect(self.signatures.open_beside)
        self._analyses.network_asked.connect(self.questions.open_network)
        self._analyses.algorithm_asked.connect(self._on_algorithm_asked)
        self.findings_page.marked.connect(self._on_findings_marked)
        self.signatures.match_chosen.connect(self._on_match_chosen)
        self.signatures.match_opened.connect(self._on_match_opened)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.study_page.failed.connect(self._on_failed)
        self.study_page.told.connect(self._on_told)
        controller.stage_changed.connect(footer.show_stage)
        controller.progress_changed.connect(footer.show_progress)
        controller.ended.connect(self._on_run_ended)
        controller.cancelled.connect(self._on_cancelled)
        controller.failed.connect(self._on_failed)
        controller.results_changed.connect(self._on_results_changed)
        controller.forgotten.connect(self._on_study_forgotten)
        self.findings_page.chosen.connect(self._on_finding_chosen)
        self.findings_page.opened.connect(self._on_finding_opened)
        self.findings_page.unfolded.connect(self._on_finding_unfolded)
        self.itineraries_page.chosen.connect(self._on_itinerary_chosen)
        self.questions.failed.connect(self._on_failed)
        self.questions.place_chosen.connect(self.show_place)
        QgsProject.instance().readProject.connect(self._on_project_read)
        QgsProject.instance().writeProject.connect(self._on_project_written)
        QgsProject.instance().cleared.connect(self._on_project_cleared)
        QgsProject.instance().layersAdded.connect(self._on_layers_added)

    # The run

    def _on_run_asked(self) -> None:
        self.bar.clearWidgets()
        try:
            self.controller.run(self.study_page.request())
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            show_error(self.bar, error)
            return
        self.study_page.set_running(True)
        self.study_page.save_state()

    def _on_run_ended(self) -> None:
        self.study_page.set_running(False)

    def _on_cancelled(self) -> None:
        show_warning(self.bar, self.tr("The run was cancelled; nothing was written and earlier results are as before."))

    def _on_failed(self, error: BaseException) -> None:
        show_error(self.bar, error)

    def _on_told(self, sentence: str) -> None:
        show_outcome(self.bar, sentence)

    def _on_results_changed(self) -> None:
        self.questions.give_up()
        results = self.controller.results
        findings, itineraries = results.tables["findings"], results.tables["itineraries"]
        self.findings_page.set_table(findings, no_findings_text(results), results.notes)
        self.itineraries_page.set_table(itineraries, no_itineraries_text(results))
        self.place_page.clear(no_counts_text() if results.evidence is None else "")
        self.study_page.record.show_record(self.controller.path, results.run)
        self._highlight.clear()
        self.signatures.controller.set_study(results, self.controller.path, not self.controller.is_resumed)
        self.can_mark_changed.emit(results.evidence is not None)
        self._analyses.offer_network(results.evidence is not None)
        keep_study_path(self.controller.path)
        self.study_page.release_output(self.controller.path)
        if self.tabs.currentWidget() is self.study_page or not self.controller.is_resumed:
            self.tabs.setCurrentWidget(self.findings_page)
        sure = int((findings["q_value"] <= LEVEL).sum())
        sentence = self.tr("{findings} findings hold beyond chance (q < 0.05); {itineraries} itineraries.").format(
            findings=sure, itineraries=len(itineraries)
        )
        if was_tested(results):
            show_outcome(self.bar, sentence)
        else:
            told = self.tr("Nothing could be tested; the map shows counts.")
            show_warning(self.bar, " ".join((told, *results.notes[:1])))

    def _on_study_forgotten(self) -> None:
        self.questions.give_up()
        self._analyses.offer_network(False)
        self.findings_page.clear()
        self.itineraries_page.clear()
        self.place_page.clear()
        self.study_page.record.show_record("", {})
        self._highlight.clear()
        self.signatures.controller.set_study(None, "")
        self.can_mark_changed.emit(False)
        self.tabs.setCurrentWidget(self.study_page)

    def _on_record_asked(self) -> None:
        self.study_page.take_record(self.controller.results.run)

    def _resume_study(self) -> None:
        """Load the study that the project was saved with; its layers are there already."""
        path = kept_study_path()
        if not path or self.controller.is_running():
            return
        if not Path(path).is_file():
            told = self.tr("The study of this project is no longer at {path}; choose it with Load Study… below.")
            show_warning(self.bar, told.format(path=path))
            return
        follow_moved_groups()
        self.controller.resume(path)
        self.study_page.set_running(True)

    # Files

    def _on_load_asked(self) -> None:
        path = ask_study_to_load(self)
        if not path:
            return
        self.bar.clearWidgets()
        try:
            self.controller.open(path)
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            show_error(self.bar, error)
            return
        self.study_page.set_running(True)

    def _on_export_clicked(self) -> None:
        path = ask_export_path(self)
        if not path:
            return
        try:
            self.controller.export(path)
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            show_error(self.bar, error)
            return
        show_outcome(self.bar, self.tr("The study was exported to {path}.").format(path=path))

    # Signatures

    def _on_findings_marked(self, rows: list[dict[str, Any]]) -> None:
        self.signatures.add_examples([example_of_finding(row) for row in rows])

    def _on_example_marked(self, example: Example) -> None:
        self.signatures.add_examples([example])

    def _on_match_chosen(self, row: dict[str, Any]) -> None:
        self._highlight.show(row["geometry"])

    def _on_match_opened(self, row: dict[str, Any]) -> None:
        self.show_place(*find_position(row["geometry"]))

    # What Processing offers

    def _on_algorithm_asked(self, name: str) -> None:
        try:
            self._analyses.open_algorithm(name, {**self.study_page.algorithm_parameters(), **self._asked_place()})
        except Exception as error:  # noqa: BLE001 - any fault becomes one sentence and the panel stays usable
            show_error(self.bar, error)

    def _asked_place(self) -> dict[str, Any]:
        """Return place and window of the Place tab as parameters, if it is what the analyst looks at."""
        question = self.place_page.reach.question() if self.tabs.currentWidget() is self.place_page else None
        if question is None:
            return {}
        start, end = (day.isoformat() for day in question.window.days())
        return {"SITE": question.place.spot, "START": start, "END": end}

    # The lists

    def _on_finding_chosen(self, row: dict[str, Any]) -> None:
        self._highlight.show(self._spot_geometry(row))
        self._select("findings", "finding_id", row["finding_id"])

    def _on_finding_opened(self, row: dict[str, Any]) -> None:
        self.show_place(*find_position(row["geometry"]))
        self.place_page.reach.choose_window(str(row["window_start"])[:10])

    def _on_finding_unfolded(self, row: dict[str, Any], part: str) -> None:
        """Show the flows of a finding beside the table of where its devices came from and went to."""
        if part == ORIGINS:
            flows = self.controller.results.tables.get("flows", empty_table("flows"))
            mine = flows[flows["finding_id"] == row["finding_id"]]
            show_flows(self.controller.path, row["spot_name"] or row["spot_id"], mine)

    def _on_itinerary_chosen(self, row: dict[str, Any]) -> None:
        self._highlight.show(row["geometry"])
        self._select("itineraries", "itinerary_id", row["itinerary_id"])

    def _spot_geometry(self, row: dict[str, Any]) -> bytes:
        """Return the outline of the finding's spot, or its point where the heat does not have it."""
        heat = self.controller.results.tables["heat"]
        outline = heat.loc[heat["spot_id"] == row["spot_id"], "geometry"]
        return outline.iloc[0] if len(outline) else row["geometry"]

    def _select(self, table: str, key: str, value: int) -> None:
        layer = find_result_layer(self.controller.path, table)
        if layer is not None:
            layer.selectByExpression(f'"{key}" = {int(value)}')

    def _on_tab_changed(self, _index: int) -> None:
        has_results = self.controller.results is not None
        for button in (self._export, self._signatures):
            button.setVisible(has_results and self.tabs.currentWidget() is not self.study_page)

    def _on_layers_added(self, layers: list[QgsMapLayer]) -> None:
        self.study_page.propose_layers(layers)

    def _on_project_read(self) -> None:
        self.study_page.restore_state()
        self._resume_study()

    def _on_project_written(self, _document: object) -> None:
        # The paths of a project that is saved elsewhere are written anew.
        keep_study_path(self.controller.path)

    def _on_project_cleared(self) -> None:
        self.bar.clearWidgets()
        self.controller.forget()
