"""Looking back from a place in the background: one question at a time, flows on the map when it is answered."""

from __future__ import annotations

from functools import partial
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.errors import Cancelled
from ..engine.evidence import Evidence
from ..engine.origin_tables import hide_small_counts
from ..engine.results import as_table
from ..layers.flow_layers import show_flows
from ..tasks.reach_task import ReachQuestion, ReachTask, reach_from
from ..tasks.study_task import StudyOutcome


class ReachController(QObject):
    """Of `answered` (with the question and a `Reach`) and `failed` (with the exception) one comes at the end."""

    answered = pyqtSignal(object, object)
    failed = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._task: Optional[ReachTask] = None
        self._question: Optional[ReachQuestion] = None
        self._path = ""

    def ask(self, question: ReachQuestion, evidence: Evidence, path: str) -> None:
        """Look for the answer in the background; a question that is being answered is given up."""
        self.shut_down()
        self._question, self._path = question, path
        task = ReachTask(partial(reach_from, question, evidence), path, self.tr("Sitelight looks back"))
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
        question, self._task = self._question, None
        if outcome.error is not None:
            if not isinstance(outcome.error, Cancelled):
                self.failed.emit(outcome.error)
            return
        start, end = (day.isoformat() for day in question.window.days())
        flows = hide_small_counts(outcome.results.flows).assign(finding_id=0, window_start=start, window_end=end)
        show_flows(self._path, question.title, as_table("flows", flows))
        self.answered.emit(question, outcome.results)
