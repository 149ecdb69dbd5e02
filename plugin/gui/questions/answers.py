"""Questions about a study, answered by what its file keeps, else in the background one at a time."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

import pandas as pd
from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...engine.base import Progress
from ...engine.results import Results
from ...layers.flow_layers import show_look_back
from ...layers.network_layers import show_network
from ...tasks.questions import (
    Answer,
    kept_network,
    kept_reach,
    network_of,
    reach_from,
)
from ..widgets.background_work import BackgroundWork

translate = QCoreApplication.translate


class Answers(QObject):
    """Of `answered` (with the question and what was found) and `failed` (with the question and the exception, of a
    cancelled one too) one comes at the end, unless another question comes first.

    `kept` returns the answer that results keep or None; `answer` is called in the background with question, results,
    path and progress; `show` then on the main thread, with the path of the study and the answer, to bring layers.
    `checked` has how the study's file fits its log once an answer was kept in it, `unkept` why it was not.
    """

    answered = pyqtSignal(object, object)
    failed = pyqtSignal(object, object)
    checked = pyqtSignal(object)
    unkept = pyqtSignal(object)

    def __init__(
        self,
        title: str,
        kept: Callable[[Any, Results], Optional[Answer]],
        answer: Callable[[Any, Results, str, Progress], Answer],
        show: Callable[[str, Answer], None],
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._kept, self._answer, self._show = title, kept, answer, show
        self._question: Any = None
        self._results: Optional[Results] = None
        self._path = ""
        self._work = BackgroundWork(self)
        self._work.done.connect(self._on_done)
        self._work.failed.connect(self._on_failed)

    def ask(self, question: Any, results: Results, path: str) -> None:
        """Look for the answer in the study at `path`; a question that is being answered is given up."""
        self._question, self._results, self._path = question, results, path
        self._work.shut_down()
        kept = self._kept(question, results)
        if kept is not None:
            self._on_done(kept)
            return
        self._work.start(self._title, partial(self._answer, question, results, path))

    def shut_down(self) -> None:
        """Cancel the work and listen to it no more."""
        self._work.shut_down()

    def _on_done(self, answer: Answer) -> None:
        question = self._question
        try:
            for name, rows in answer.tables.items():
                tables = self._results.tables
                tables[name] = pd.concat([tables[name], rows], ignore_index=True) if len(tables[name]) else rows
            self._show(self._path, answer)
        except Exception as fault:  # noqa: BLE001 - a slot must not raise; the panel shows it
            self.failed.emit(question, fault)
            return
        self.answered.emit(question, answer.found)
        if answer.check is not None:
            self.checked.emit(answer.check)
        if answer.fault is not None:
            self.unkept.emit(answer.fault)

    def _on_failed(self, error: BaseException) -> None:
        self.failed.emit(self._question, error)


def reach_answers(parent: QObject) -> Answers:
    """Return what answers a `ReachQuestion` by a `LookBack`, with its flows on the map."""
    return Answers(translate("Answers", "Sitelight looks back"), kept_reach, reach_from, _show_look_back, parent)


def network_answers(parent: QObject) -> Answers:
    """Return what answers a `NetworkQuestion` by a `Linked`, with its places and links on the map."""
    return Answers(translate("Answers", "Sitelight links places"), kept_network, network_of, _show_network, parent)


def _show_look_back(path: str, answer: Answer) -> None:
    show_look_back(path, answer.found.spot_name, answer.number)


def _show_network(path: str, answer: Answer) -> None:
    show_network(path, answer.number)
