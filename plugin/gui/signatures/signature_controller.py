"""Signatures in the panel: the examples marked so far, learning and looking in the background, the files kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional

import pandas as pd
from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...data.profile import profile_folder
from ...data.signature_files import list_signatures, read_signature, signature_path, write_signature
from ...engine.base import Cancelled, InputError, Progress, StudyError
from ...engine.findings import Evidence
from ...engine.results import Results
from ...engine.signatures import Mark, Signature, check_name
from ...engine.tables import empty_table
from ...layers.signature_layers import TABLE, show_matches
from ...tasks.signature_task import SignatureTask, learn_from, look_for
from ...tasks.study_task import StudyOutcome


@dataclass(frozen=True)
class Example:
    """A marked place and window with the name to show."""

    title: str
    mark: Mark


class SignatureController(QObject):
    """One piece of work at a time: of `learned`, `looked` and `failed` one comes at its end, and then `ended`.

    `checked` has how the study's file fits its log once matches were written into it.

    Signatures are kept in `profile`, by default in QGIS's own profile folder.
    """

    examples_changed = pyqtSignal()
    study_changed = pyqtSignal()
    learning = pyqtSignal()
    looking = pyqtSignal()
    progress_changed = pyqtSignal(float)
    learned = pyqtSignal(object)
    looked = pyqtSignal(str)
    checked = pyqtSignal(object)
    failed = pyqtSignal(object)
    ended = pyqtSignal()
    saved_changed = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None, profile: Optional[Path] = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self.examples: list[Example] = []
        self.signature: Optional[Signature] = None
        self.results: Optional[Results] = None
        self._path = ""
        self._task: Optional[SignatureTask] = None
        self._then: Callable[[Any], None] = self._on_learned

    def set_study(self, results: Optional[Results], path: str, has_new_layers: bool = True) -> None:
        """Take the results that examples are learned from; beside new layers matches kept in the study come again."""
        self.results, self._path = results, path
        if has_new_layers:
            for name in self.matched_names():
                show_matches(path, name)
        self.study_changed.emit()

    def can_learn(self) -> bool:
        """Return whether the study is in memory, so that examples can be learned from."""
        return self.results is not None and self.results.evidence is not None

    def can_look(self) -> bool:
        """Return whether there is a study that a signature can be looked for in: in memory, or of kept profiles."""
        return self.can_learn() or (self.results is not None and len(self.results.tables.get("profiles", ())) > 0)

    def matches(self, name: str) -> pd.DataFrame:
        """Return the rows of table `signatures` for one signature."""
        table = self._matches()
        return table[table["signature"] == name]

    def matched_names(self) -> list[str]:
        """Return the names of the signatures that were looked for in this study."""
        return sorted(self._matches()["signature"].unique())

    # Examples

    def add(self, examples: list[Example]) -> None:
        """Add examples; a place and window that is there already stays once."""
        every = [*self.examples, *examples]
        self.examples = list({(one.title, one.mark.first_day, one.mark.last_day): one for one in every}.values())
        self.examples_changed.emit()

    def remove(self, numbers: list[int]) -> None:
        """Remove the examples of these numbers."""
        self.examples = [one for number, one in enumerate(self.examples) if number not in numbers]
        self.examples_changed.emit()

    # Work

    def learn(self, name: str) -> None:
        """Learn from the examples in the background; raise StudyError when that cannot begin."""
        name = check_name(name)
        marks = [one.mark for one in self.examples]
        self._start(partial(learn_from, name, self._evidence(), marks), self._on_learned)
        self.learning.emit()

    def look(self, path: Path) -> None:
        """Look for a saved signature in the study, in the background; raise InputError, StudyError."""
        signature = read_signature(path)
        if self.results is None:
            raise StudyError("There is no study to look in. Run one or load one, then look again.")
        self._start(partial(look_for, signature, self.results, self._path), self._on_looked, is_checked=True)
        self.looking.emit()

    def cancel(self) -> None:
        """Ask the work to stop."""
        if self._task is not None and not sip.isdeleted(self._task):
            self._task.cancel()

    def shut_down(self) -> None:
        """Cancel the work and listen to it no more."""
        if self._task is not None and not sip.isdeleted(self._task):
            self._task.progressChanged.disconnect(self.progress_changed)
            self._task.ended.disconnect(self._on_task_ended)
            self._task.cancel()
        self._task = None

    # Files

    def saved(self) -> list[Path]:
        """Return the signature files of the profile."""
        folder = self._folder()
        return list_signatures(folder) if folder is not None else []

    def save(self) -> None:
        """Keep the learned signature in the profile, in place of one of the same name; raise InputError, StudyError."""
        folder = self._folder()
        if self.signature is None:
            raise StudyError("There is no signature to save; learn one first.")
        if folder is None:
            raise InputError("QGIS has no profile folder to keep signatures in; start it with a profile.")
        write_signature(self.signature, signature_path(folder, self.signature.name))
        self.saved_changed.emit()

    def delete(self, path: Path) -> None:
        """Remove a saved signature; raise InputError."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{path} cannot be removed: {error.strerror}.") from error
        self.saved_changed.emit()

    def _folder(self) -> Optional[Path]:
        folder = profile_folder(self._profile)
        return None if folder is None else folder / "signatures"

    def _evidence(self) -> Evidence:
        if self.results is None or self.results.evidence is None:
            raise StudyError("The counts behind the study are not in memory. Run the study, then try again.")
        return self.results.evidence

    def _matches(self) -> pd.DataFrame:
        # A study written by an earlier version has no such table.
        return self.results.tables.get(TABLE, empty_table(TABLE)) if self.results is not None else empty_table(TABLE)

    def _start(
        self, work: Callable[[Progress], Any], then: Callable[[Any], None], is_checked: bool = False
    ) -> None:
        if self._task is not None:
            raise StudyError("A signature is being learned or looked for; wait for it or cancel it first.")
        task = SignatureTask(work, self._path, self.tr("Sitelight signature"), is_checked)
        task.progressChanged.connect(self.progress_changed)
        task.ended.connect(self._on_task_ended)
        self._task, self._then = task, then
        QgsApplication.taskManager().addTask(task)

    def _on_task_ended(self, outcome: StudyOutcome) -> None:
        self._task = None
        if outcome.error is None and outcome.path == self._path:
            self._then(outcome.results)
            if outcome.check is not None:
                self.checked.emit(outcome.check)
        elif outcome.error is not None and not isinstance(outcome.error, Cancelled):
            self.failed.emit(outcome.error)
        self.ended.emit()

    def _on_learned(self, signature: Signature) -> None:
        self.signature = signature
        self.learned.emit(signature)

    def _on_looked(self, table: pd.DataFrame) -> None:
        if len(table) == 0:
            self.failed.emit(StudyError("No spot of the key windows has devices enough to be compared."))
            return
        name = str(table["signature"].iloc[0])
        kept = self._matches()
        self.results.tables[TABLE] = pd.concat([kept[kept["signature"] != name], table], ignore_index=True)
        show_matches(self._path, name)
        self.looked.emit(name)
