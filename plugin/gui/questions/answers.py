"""Questions about the study in memory, answered in the background one at a time, with layers on the map."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...engine.base import Progress
from ...engine.findings import Evidence
from ...engine.networks import Network
from ...engine.origins import Reach, hide_small_counts
from ...engine.tables import as_table
from ...layers.flow_layers import show_flows
from ...layers.network_layers import show_network
from ...tasks.questions import NetworkQuestion, ReachQuestion, network_of, reach_from
from ...tasks.study_task import StudyOutcome, StudyTask

translate = QCoreApplication.translate


class Answers(QObject):
    """Of `answered` (with the question and its answer) and `failed` (with the question and the exception, of a
    cancelled one too) one comes at the end, unless another question comes first.

    `answer` is called in the background with question, evidence and progress; `show` then on the main thread, with the
    path of the study, question and answer, to bring layers.
    """

    answered = pyqtSignal(object, object)
    failed = pyqtSignal(object, object)

    def __init__(
        self,
        title: str,
        answer: Callable[[Any, Evidence, Progress], Any],
        show: Callable[[str, Any, Any], None],
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._answer, self._show = title, answer, show
        self._task: Optional[StudyTask] = None
        self._question: Any = None

    def ask(self, question: Any, evidence: Evidence, path: str) -> None:
        """Look for the answer in the study at `path`; a question that is being answered is given up."""
        self.shut_down()
        self._question = question
        task = StudyTask(partial(self._answer, question, evidence), path, self._title)
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
        question, self._task, error = self._question, None, outcome.error
        if error is None:
            try:
                self._show(outcome.path, question, outcome.results)
            except Exception as fault:  # noqa: BLE001 - a slot must not raise; the panel shows it
                error = fault
        if error is None:
            self.answered.emit(question, outcome.results)
        else:
            self.failed.emit(question, error)


def reach_answers(parent: QObject) -> Answers:
    """Return what answers a `ReachQuestion` by a `Reach`, with its flows on the map."""
    return Answers(translate("Answers", "Sitelight looks back"), reach_from, _show_reach, parent)


def network_answers(parent: QObject) -> Answers:
    """Return what answers a `NetworkQuestion` by a `Network`, with its places and links on the map."""
    return Answers(translate("Answers", "Sitelight links places"), network_of, _show_network, parent)


def _show_reach(path: str, question: ReachQuestion, reach: Reach) -> None:
    start, end = (day.isoformat() for day in question.window.days())
    flows = hide_small_counts(reach.flows).assign(finding_id=0, window_start=start, window_end=end)
    show_flows(path, question.title, as_table("flows", flows))


def _show_network(path: str, _question: NetworkQuestion, network: Network) -> None:
    show_network(path, network)
