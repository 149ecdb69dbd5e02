"""The background task that runs a study and writes its GeoPackage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..data.geopackage import write_results
from ..data.library import load_library
from ..data.run_record import make_record
from ..data.world import load_world
from ..engine.errors import Cancelled, InputError
from ..engine.fixes import ObservationSource
from ..engine.progress import Progress
from ..engine.results import Results
from ..engine.study import Study, run

WRITING_SHARE = 0.08


@dataclass(frozen=True)
class StudyRequest:
    """All that a run needs, copied on the main thread; nothing in it belongs to the GUI or the project.

    `styles` has the QML text of each result table, `output_path` the GeoPackage to write.
    """

    study: Study
    source: ObservationSource
    output_path: str
    styles: Mapping[str, str]


@dataclass(frozen=True)
class StudyOutcome:
    """What a run came to: results, or the error that ended it (`Cancelled` included)."""

    request: StudyRequest
    results: Optional[Results] = None
    error: Optional[BaseException] = None


def run_request(request: StudyRequest, progress: Progress) -> Results:
    """Run a study and write its GeoPackage; called in any thread.

    Raises what `study.run` and `write_results` raise; after an error or cancellation an existing file is as before.
    """
    folder = Path(request.output_path).parent
    if not folder.is_dir():
        raise InputError(f"The folder {folder} does not exist; choose another place for the output.")
    started = datetime.now(timezone.utc)
    progress.step("Reading observations", 0.0)
    study = replace(
        request.study,
        world=request.study.world or load_world(),
        library=request.study.library or load_library(),
    )
    results = run(study, request.source, progress.part(0.0, 1.0 - WRITING_SHARE))
    record = make_record(study, request.source, results, started)
    progress.step("Writing the GeoPackage", 1.0 - WRITING_SHARE)
    write_results(
        results, request.output_path, record, dict(request.styles), progress.part(1.0 - WRITING_SHARE, 1.0)
    )
    return results


def working_path(output_path: str) -> str:
    """Return where to write while `output_path` is open in the project: Windows lets no open file be replaced."""
    path = Path(output_path)
    return str(path.with_name(f"{path.stem}.new{path.suffix}"))


def settle_output(written_path: str, output_path: str) -> None:
    """Put what was written in the place of `output_path`; raise InputError naming both when that is locked."""
    try:
        os.replace(written_path, output_path)
    except OSError as error:
        raise InputError(
            f"{output_path} is in use by another program; the new results are in {written_path} instead."
        ) from error


class StudyTask(QgsTask):
    """Runs one request; `ended` brings its outcome on the main thread, whatever it is."""

    stage_changed = pyqtSignal(str)
    ended = pyqtSignal(object)

    def __init__(self, request: StudyRequest, description: str) -> None:
        super().__init__(description, QgsTask.Flag.CanCancel)
        self._request = request
        self._outcome: Optional[StudyOutcome] = None
        self._stage = ""

    def run(self) -> bool:
        """Run in the worker thread; an exception that left this method would end QGIS."""
        try:
            results = run_request(self._request, Progress(self._on_report, self.isCanceled))
            self._outcome = StudyOutcome(self._request, results=results)
        except Exception as error:  # noqa: BLE001 - every error becomes one sentence in the panel
            self._outcome = StudyOutcome(self._request, error=error)
            return False
        return True

    def finished(self, result: bool) -> None:
        """Hand the outcome over on the main thread; a task cancelled before it began has none yet."""
        outcome = self._outcome or StudyOutcome(self._request, error=Cancelled("The run was cancelled."))
        self._outcome = None
        self.ended.emit(outcome)

    def _on_report(self, stage: str, fraction: float) -> None:
        if stage != self._stage:
            self._stage = stage
            self.stage_changed.emit(stage)
        self.setProgress(100.0 * fraction)
