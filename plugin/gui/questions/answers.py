"""Questions about the study in memory, answered in the background one at a time, with layers on the map."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...engine.base import Progress
from ...engine.findings import Evidence
from ...engine.networks import Network
from ...engine.origins import Reach, hide_small_counts
from ...engine.tables import as_table
from ...layers.flow_layers import show_flows
from ...layers.network_layers import show_network
from ...tasks.questions import NetworkQuestion, ReachQuestion, network_of, reach_from
from ..widgets.background_work import BackgroundWork

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
        self._question, self._path = None, ""
        self._work = BackgroundWork(self)
        self._work.done.connect(self._on_done)
        self._work.failed.connect(self._on_failed)

    def ask(self, question: Any, evidence: Evidence, path: str) -> None:
        """Look for the answer in the study at `path`; a question that is being answered is given up."""
        self._question, self._path = question, path
        self._work.start(self._title, partial(self._answer, question, evidence))

    def shut_down(self) -> None:
        """Cancel the work and listen to it no more."""
        self._work.shut_down()

    def _on_done(self, answer: Any) -> None:
        question = self._question
        try:
            self._show(self._path, question, answer)
        except Exception as fault:  # noqa: BLE001 - a slot must not raise; the panel shows it
            self.failed.emit(question, fault)
            return
        self.answered.emit(question, answer)

    def _on_failed(self, error: BaseException) -> None:
        self.failed.emit(self._question, error)


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
