"""The current study of the panel: runs it, holds its results, and tells the pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..data.geopackage import copy_results, read_results
from ..engine.errors import Cancelled, InputError, StudyError
from ..engine.results import Results
from ..layers.result_layers import add_result_layers, is_open_in_project, open_geopackages, remove_result_layers
from ..tasks.study_task import StudyOutcome, StudyRequest, StudyTask, settle_output, working_path


class StudyController(QObject):
    """Runs one study at a time in the background and keeps the last good results.

    `failed` carries the exception; `cancelled` and `finished` follow a run; `results_changed` follows new results.
    """

    started = pyqtSignal()
    stage_changed = pyqtSignal(str)
    progress_changed = pyqtSignal(float)
    ended = pyqtSignal()
    cancelled = pyqtSignal()
    failed = pyqtSignal(object)
    results_changed = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.results: Optional[Results] = None
        self.path = ""
        self._task: Optional[StudyTask] = None
        self._target_path = ""

    def is_running(self) -> bool:
        """Return whether a study is running."""
        return self._task is not None

    def run(self, request: StudyRequest) -> None:
        """Start a run; raise StudyError if one is going on."""
        if self._task is not None:
            raise StudyError("A study is running; wait for it or cancel it first.")
        name = Path(request.output_path).stem
        self._target_path = request.output_path
        if is_open_in_project(request.output_path):
            request = replace(request, output_path=working_path(request.output_path))
        task = StudyTask(request, self.tr("Sitelight study {name}").format(name=name))
        task.stage_changed.connect(self.stage_changed)
        task.progressChanged.connect(self.progress_changed)
        task.ended.connect(self._on_task_ended)
        self._task = task
        self.started.emit()
        QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """Ask the running study to stop; `cancelled` follows."""
        if self._task is not None and not sip.isdeleted(self._task):
            self._task.cancel()

    def open(self, path: str) -> None:
        """Show the results of an earlier GeoPackage; raises InputError where it is none of ours."""
        self._take(read_results(path), path)

    def export(self, path: str) -> None:
        """Copy the current study's GeoPackage to `path`."""
        if not self.path:
            raise StudyError("There is no study to export; run or load one first.")
        copy_results(self.path, path, open_geopackages())

    def shut_down(self) -> None:
        """Cancel the run and listen to it no more."""
        if self._task is not None and not sip.isdeleted(self._task):
            # One by one: disconnecting a whole signal would cut off QGIS's task manager as well.
            self._task.stage_changed.disconnect(self.stage_changed)
            self._task.progressChanged.disconnect(self.progress_changed)
            self._task.ended.disconnect(self._on_task_ended)
            self._task.cancel()
        self._task = None

    def _take(self, results: Results, path: str) -> None:
        add_result_layers(path, results)
        self.results, self.path = results, path
        self.results_changed.emit()

    def _on_task_ended(self, outcome: StudyOutcome) -> None:
        self._task = None
        self.ended.emit()
        if isinstance(outcome.error, Cancelled):
            self.cancelled.emit()
        elif outcome.error is not None:
            self.failed.emit(outcome.error)
        else:
            self._finish(outcome.results, outcome.request.output_path)

    def _finish(self, results: Results, written_path: str) -> None:
        path = written_path
        try:
            if written_path != self._target_path:
                remove_result_layers(self._target_path)
                settle_output(written_path, self._target_path)
                path = self._target_path
        except InputError as error:
            self.failed.emit(error)
        try:
            self._take(results, path)
        except Exception as error:  # noqa: BLE001 - a slot of a task must not raise; the panel shows it
            self.failed.emit(error)
