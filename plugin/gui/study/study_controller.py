"""The current study of the panel: runs it, holds its results, and tells the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Callable, Optional

from qgis.core import QgsApplication, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...data.audit_log import StudyCheck
from ...engine.base import Cancelled, InputError, Progress, StudyError
from ...engine.results import Results
from ...layers.result_layers import (
    add_result_layers,
    is_open_in_project,
    open_result_layers,
    remove_result_layers,
)
from ...tasks.study_task import (
    StudyOutcome,
    StudyRequest,
    StudyTask,
    load_study,
    require_writable,
    run_request,
    settle_output,
    working_path,
)


class StudyController(QObject):
    """Runs or loads one study at a time in the background and keeps the last good results.

    Of `cancelled`, `failed` (with the exception) and `results_changed` one comes at the end, and then `ended`; after a
    run whose project was closed meanwhile `orphaned` follows, with the path of the results, which are shown nowhere.
    `check` says whether their file fits its log; `is_resumed` tells whether the results are those that the project
    already shows on its map.
    """

    started = pyqtSignal()
    stage_changed = pyqtSignal(str)
    progress_changed = pyqtSignal(float)
    ended = pyqtSignal()
    cancelled = pyqtSignal()
    failed = pyqtSignal(object)
    results_changed = pyqtSignal()
    forgotten = pyqtSignal()
    orphaned = pyqtSignal(str)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.results: Optional[Results] = None
        self.path = ""
        self.check: Optional[StudyCheck] = None
        self.is_resumed = False
        self._is_loading = False
        self._resumes = False
        self._is_orphan = False
        self._task: Optional[StudyTask] = None
        self._target_path = ""
        self._coming: Optional[tuple[Results, str, Optional[StudyCheck]]] = None
        self._layers: list[QgsVectorLayer] = []
        self._opening: Iterator[QgsVectorLayer] = iter(())

    def is_running(self) -> bool:
        """Return whether a study is running or being loaded."""
        return self._task is not None or self._coming is not None

    def run(self, request: StudyRequest) -> None:
        """Start a run; raise StudyError if one is going on, InputError if the output may not be written."""
        path = request.output_path
        is_open = is_open_in_project(path)
        require_writable(path, request.inputs, is_let_go=is_open)
        if is_open:
            request = replace(request, output_path=working_path(path))
            require_writable(request.output_path, request.inputs)
        if self.results is not None:
            request = replace(request, known=self.results.known)
        self._start(partial(run_request, request), request.output_path, path)
        self._is_loading = self._resumes = False

    def _start(self, work: Callable[[Progress], Results], path: str, target_path: str) -> None:
        if self.is_running():
            raise StudyError("A study is running; wait for it or cancel it first.")
        self._target_path, self._is_orphan = target_path, False
        title = self.tr("Sitelight study {name}").format(name=Path(target_path).stem)
        task = StudyTask(work, path, title, is_checked=True)
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
        """Load the results of an earlier GeoPackage; raise StudyError while another study is running or loading."""
        self._start(partial(load_study, path), path, path)
        self._is_loading, self._resumes = True, False

    def resume(self, path: str) -> None:
        """Load the results of a study whose layers the project has, or had, on its map: they stay as they are."""
        self.open(path)
        self._resumes = True

    def forget(self) -> None:
        """Let go of the results, and of a study that is being loaded: the project that showed them is gone.

        A run goes on to its end, and its results come into no other project.
        """
        if self.is_running() and self._is_loading:
            self.shut_down()
            self.ended.emit()
        elif self._coming is not None:
            self._leave_in_file(self._coming[1])
        self._is_orphan = self.is_running()
        self.results, self.path, self.check, self.is_resumed = None, "", None, False
        self.forgotten.emit()

    def shut_down(self) -> None:
        """Cancel the run and listen to it no more."""
        if self._task is not None and not sip.isdeleted(self._task):
            # One by one: disconnecting a whole signal would cut off QGIS's task manager as well.
            self._task.stage_changed.disconnect(self.stage_changed)
            self._task.progressChanged.disconnect(self.progress_changed)
            self._task.ended.disconnect(self._on_task_ended)
            self._task.cancel()
        self._task = self._coming = None
        self._layers = []

    def _on_task_ended(self, outcome: StudyOutcome) -> None:
        self._task = None
        if outcome.results is None:
            if isinstance(outcome.error, Cancelled):
                self.cancelled.emit()
            else:
                self.failed.emit(outcome.error)
            self.ended.emit()
            return
        path = self._settle(outcome.path)
        if self._is_orphan:
            self._leave_in_file(path)
            return
        self._coming = outcome.results, path, outcome.check
        self._layers = []
        self._opening = iter(()) if self._resumes else open_result_layers(path, outcome.results)
        self.stage_changed.emit("Adding layers")
        QTimer.singleShot(0, self._on_layer_due)

    def _settle(self, written_path: str) -> str:
        """Return where the results are, after the attempt to put them where they were asked for."""
        if written_path == self._target_path or (self._is_orphan and is_open_in_project(self._target_path)):
            return written_path
        try:
            remove_result_layers(self._target_path)
            settle_output(written_path, self._target_path)
        except InputError as error:
            self.failed.emit(error)
            return written_path
        return self._target_path

    def _leave_in_file(self, path: str) -> None:
        """End a run whose project is gone: the results stay in their file."""
        self._coming, self._layers = None, []
        self._opening = iter(())
        self.ended.emit()
        self.orphaned.emit(path)

    def _on_layer_due(self) -> None:
        """Open one layer and come back for the next, so that the interface answers in between; then add them all."""
        if self._coming is None:  # shut down meanwhile
            return
        results, path, check = self._coming
        try:
            layer = next(self._opening, None)
            if layer is not None:
                self._layers.append(layer)
                QTimer.singleShot(0, self._on_layer_due)
                return
            if not self._resumes:
                add_result_layers(path, results, self._layers)
        except Exception as error:  # noqa: BLE001 - a slot must not raise; the panel shows it
            self.failed.emit(error)
        else:
            self.results, self.path, self.check, self.is_resumed = results, path, check, self._resumes
            self.results_changed.emit()
        self._coming, self._layers = None, []
        self.ended.emit()
