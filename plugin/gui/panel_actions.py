"""What is asked of the panel: run, load, export, take a record's settings, come and go with the project."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QObject, Qt
from qgis.PyQt.QtWidgets import QPushButton, QWidget

from ..engine.base import Cancelled
from ..engine.results import Results
from ..engine.scoring import LEVEL
from ..layers.layer_sources import sources_of
from ..layers.result_layers import follow_moved_groups
from ..tasks.export_work import export
from .results.explanations import was_tested
from .study.export_dialog import ExportDialog
from .study.project_study import keep_study_path, kept_study_path
from .study.study_controller import StudyController
from .study.study_files import ask_study_to_load
from .study.study_page import StudyPage
from .widgets.background_work import BackgroundWork
from .widgets.connections import Connections
from .widgets.messages import faults_told, show_error, show_outcome, show_warning


class PanelActions(QObject):
    """Leads from the buttons of the study page to the controller, and tells in the bar what came of it."""

    def __init__(
        self, controller: StudyController, page: StudyPage, export: QPushButton, bar: QgsMessageBar, panel: QWidget
    ) -> None:
        super().__init__(panel)
        self._controller, self._page, self._bar = controller, page, bar
        self._links = Connections()
        self._exports = BackgroundWork(self)
        self._tells_missing = False
        self._follow_page(export)
        self._follow_controller()
        self._follow_project()

    def tell_fault(self, error: BaseException) -> None:
        """Show in the bar what went wrong."""
        show_error(self._bar, error)

    def resume(self) -> None:
        """Load the study that the project was saved with; its layers are there already."""
        path = kept_study_path()
        if not path or self._controller.is_running():
            return
        if not os.path.isfile(path):
            told = self.tr("The study of this project is no longer at {path}; choose it with Load Study… below.")
            show_warning(self._bar, told.format(path=path))
            return
        follow_moved_groups()
        self._controller.resume(path)
        self._page.set_running(True)

    def shut_down(self) -> None:
        """Listen to page, controller and project no more, and cancel a run."""
        self._links.part()
        self._exports.shut_down()
        self._controller.shut_down()

    def _follow_page(self, export: QPushButton) -> None:
        join, footer = self._links.join, self._page.footer
        join(footer.run_asked, self._on_run_asked)
        join(footer.cancel_asked, self._controller.cancel)
        join(footer.load_asked, self._on_load_asked)
        join(export.clicked, self._on_export_clicked)
        join(self._exports.done, self._on_exported)
        join(self._exports.failed, self._on_export_failed)
        join(self._page.record.take_asked, self._on_record_asked)
        join(self._page.failed, self.tell_fault)
        join(self._page.told, self._on_told)
        join(self._page.changed, self._on_page_changed)

    def _follow_controller(self) -> None:
        join, controller, footer = self._links.join, self._controller, self._page.footer
        join(controller.stage_changed, footer.show_stage)
        join(controller.progress_changed, footer.show_progress)
        join(controller.ended, self._on_run_ended)
        join(controller.cancelled, self._on_cancelled)
        join(controller.failed, self.tell_fault)
        join(controller.results_changed, self._on_results_changed)
        join(controller.forgotten, self._on_study_forgotten)
        join(controller.orphaned, self._on_run_orphaned)

    def _follow_project(self) -> None:
        join, project = self._links.join, QgsProject.instance()
        join(project.readProject, self._on_project_read)
        join(project.writeProject, self._on_project_written)
        join(project.cleared, self._on_project_cleared)
        join(project.layersAdded, self._on_layers_added)

    # The page

    def _on_run_asked(self) -> None:
        self._bar.clearWidgets()
        with faults_told(self._tell_missing):
            self._controller.run(self._page.request())
            self._page.set_running(True)
            self._page.save_state()

    def _tell_missing(self, error: BaseException) -> None:
        """Tell why a run could not begin, until something on the page is changed."""
        self.tell_fault(error)
        self._tells_missing = True

    def _on_page_changed(self) -> None:
        if self._tells_missing:
            self._tells_missing = False
            self._bar.clearWidgets()

    def _on_load_asked(self) -> None:
        path = ask_study_to_load(self.parent())
        if not path:
            return
        self._bar.clearWidgets()
        with faults_told(self.tell_fault):
            self._controller.open(path)
            self._page.set_running(True)

    def _on_export_clicked(self) -> None:
        results = self._controller.results
        dialog = ExportDialog(self._controller.path, len(results.tables["linked_places"]) > 0, self.parent())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.asked.connect(self._on_export_asked)
        dialog.open()

    def _on_export_asked(self, kind: str, path: str) -> None:
        layers = QgsProject.instance().mapLayers().values()
        sources = [source for layer in layers for source in sources_of(layer)]
        work = partial(export, kind, self._controller.path, path, sources, self._controller.results)
        self._exports.start(self.tr("Sitelight export {name}").format(name=Path(path).name), work)

    def _on_exported(self, path: str) -> None:
        show_outcome(self._bar, self.tr("The study was exported to {path}.").format(path=path))

    def _on_export_failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            show_warning(self._bar, self.tr("The export was cancelled; nothing was written."))
        else:
            self.tell_fault(error)

    def _on_record_asked(self) -> None:
        self._page.take_record(self._controller.results.run)

    def _on_told(self, sentence: str) -> None:
        show_outcome(self._bar, sentence)

    # The run

    def _on_run_ended(self) -> None:
        self._page.set_running(False)

    def _on_cancelled(self) -> None:
        told = self.tr("The run was cancelled; nothing was written and earlier results are as before.")
        show_warning(self._bar, told)

    def _on_results_changed(self) -> None:
        results, path = self._controller.results, self._controller.path
        self._page.record.show_record(path, results.run)
        self._page.content.show_check(self._controller.check)
        self._page.release_output(path)
        keep_study_path(path)
        if self._controller.check.faults:
            told = self.tr("The study was changed after it was written; the Study tab says what does not fit.")
            show_warning(self._bar, " ".join((told, self._controller.check.faults[0])))
            return
        if not was_tested(results):
            told = self.tr("Nothing could be tested; the map shows counts.")
            show_warning(self._bar, " ".join((told, *results.notes[:1])))
            return
        show_outcome(self._bar, self._outcome(results))

    def _outcome(self, results: Results) -> str:
        """Return how many events hold (of an older study: findings), and how many itineraries there are."""
        events, itineraries = results.tables.get("events"), len(results.tables["itineraries"])
        if events is not None and len(events):
            sure = int((events["q_value"] <= LEVEL).sum())
            text = self.tr("Events that hold beyond chance (q ≤ {level}): {count}. Itineraries: {itineraries}.")
        else:
            sure = int((results.tables["findings"]["q_value"] <= LEVEL).sum())
            text = self.tr("Findings that hold beyond chance (q ≤ {level}): {count}. Itineraries: {itineraries}.")
        return text.format(level=LEVEL, count=sure, itineraries=itineraries)

    def _on_run_orphaned(self, path: str) -> None:
        """Tell where the results of a closed project are, and load the study of this one, which had to wait."""
        told = self.tr(
            "The project was closed during the run, so nothing was added to this one; the results are in {path}."
        )
        show_warning(self._bar, told.format(path=path))
        self.resume()

    def _on_study_forgotten(self) -> None:
        self._page.record.show_record("", {})
        self._page.content.show_check(None)

    # The project

    def _on_layers_added(self, layers: list[QgsMapLayer]) -> None:
        self._page.propose_layers(layers)

    def _on_project_read(self) -> None:
        self._page.restore_state()
        self.resume()

    def _on_project_written(self, _document: object) -> None:
        # The paths of a project that is saved elsewhere are written anew.
        keep_study_path(self._controller.path)

    def _on_project_cleared(self) -> None:
        self._bar.clearWidgets()
        self._controller.forget()
