"""One piece of work at a time in QGIS's task manager, with its answer on the main thread."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...engine.base import Progress
from ...tasks.study_task import StudyOutcome, StudyTask


class BackgroundWork(QObject):
    """Of `done` (with what the work returned) and `failed` (with the exception) one comes at the end."""

    done = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._task: Optional[StudyTask] = None

    def is_working(self) -> bool:
        """Return whether work is going on."""
        return self._task is not None

    def start(self, title: str, work: Callable[[Progress], Any]) -> None:
        """Do `work` in the background under `title`; what was going on is given up."""
        self.shut_down()
        task = StudyTask(work, "", title)
        task.ended.connect(self._on_task_ended)
        self._task = task
        QgsApplication.taskManager().addTask(task)

    def shut_down(self) -> None:
        """Cancel the work and listen to it no more."""
        if self._task is not None and not sip.isdeleted(self._task):
            self._task.ended.disconnect(self._on_task_ended)
            self._task.cancel()
        self._task = None

    def _on_task_ended(self, outcome: StudyOutcome) -> None:
        self._task = None
        if outcome.error is not None:
            self.failed.emit(outcome.error)
        else:
            self.done.emit(outcome.results)
