"""The background task that runs a study and writes its GeoPackage, or reads an earlier one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..data.audit_log import StudyCheck, check_study
from ..data.country_days import load_country_days
from ..data.drafts import draft_folder
from ..data.geopackage import read_results, rename_project, write_results
from ..data.library import load_library, load_vocabulary
from ..data.outputs import is_study, put_in_place, require_output, require_own
from ..data.run_record import make_record
from ..data.sites import SiteReading
from ..data.source_fingerprints import fingerprint_of
from ..data.trials import stopped_by
from ..data.world import load_world
from ..engine.base import Cancelled, InputError, Progress, StudyError, memory_told
from ..engine.history import Known
from ..engine.places import World, asked_categories, country_codes
from ..engine.results import Results
from ..engine.screening import ObservationSource
from ..engine.study import Study, run

WRITING_SHARE = 0.08
NOT_READ_AGAIN = "The observations were not read again: their files are as they were in the run before."


@dataclass(frozen=True)
class StudyRequest:
    """All that a run needs, taken on the main thread; nothing in it belongs to the GUI or the project.

    `open_source` and `read_sites` open files and read records, so they are called in the thread that runs; the sites
    of `study` itself are not used. `styles` has the QML text of each result table, `output_path` the GeoPackage.
    `inputs` names all files and layers that are read, as paths or layer sources: none of them is written to.
    `known` is what an earlier run found out of its observations, which may be others.
    """

    study: Study
    open_source: Callable[[], ObservationSource]
    read_sites: Callable[[], SiteReading]
    output_path: str
    styles: Mapping[str, str]
    inputs: Sequence[str] = ()
    known: Optional[Known] = None


@dataclass(frozen=True)
class StudyOutcome:
    """What a task came to: the results kept at `path`, or the error that ended it (`Cancelled` included).

    `check` says whether the file at `path` fits its log, where that was asked.
    """

    path: str
    results: Optional[Results] = None
    error: Optional[BaseException] = None
    check: Optional[StudyCheck] = None


def run_request(request: StudyRequest, progress: Progress) -> Results:
    """Run a study, write its GeoPackage and return what may be shown; called in any thread.

    Sites that had to be left out are the first of the results' notes. Raises what the readers, `study.run` and
    `write_results` raise; after an error or cancellation an existing file is as before.
    """
    require_writable(request.output_path, request.inputs)
    started = datetime.now(timezone.utc)
    study, source, results = run_inputs(
        request.study, request.open_source, request.read_sites, progress.part(0.0, 1.0 - WRITING_SHARE), request.known
    )
    written = results.as_written()
    record = make_record(study, source, written, started)
    progress.step("Writing the GeoPackage", 1.0 - WRITING_SHARE)
    write_results(
        written, request.output_path, record, dict(request.styles), progress.part(1.0 - WRITING_SHARE, 1.0)
    )
    return replace(results, tables=written.tables)  # a place has one name in the panel, on the map and in the file


def require_writable(path: str, inputs: Sequence[str], is_let_go: bool = False) -> None:
    """Raise InputError where a GeoPackage cannot or may not be put: told before the run, not after minutes of it.

    It may not take the place of an input, of anything but an earlier study, or of one that is open, unless whoever
    calls has it open and lets it go first.
    """
    target = require_output(path, inputs, is_study, is_replaced=not is_let_go)
    if target is None:
        raise InputError("A study is kept in a file: choose a file name for the output.")
    with draft_folder(Path(os.path.realpath(target)).parent):
        """The folder can be written to."""


def run_inputs(
    study: Study,
    open_source: Callable[[], ObservationSource],
    read_sites: Callable[[], SiteReading],
    progress: Progress,
    known: Optional[Known] = None,
) -> tuple[Study, ObservationSource, Results]:
    """Read sites and observations and run the study; return it with them, the source, and the results.

    Observations that are still those of the run that left `known` are not read again where that changes nothing. Called
    in any thread. Sites that had to be left out are the first of the results' notes.
    """
    study, source, note = read_inputs(study, open_source, read_sites, progress)
    fingerprint = fingerprint_of(source)
    known = known if known is not None and fingerprint and known.fingerprint == fingerprint else None
    results = run(study, source, progress, known=known)
    results = _kept_for_another(results, source, fingerprint, known)
    used = set(results.evidence.windows.key_dates) if results.evidence is not None else set()
    study = replace(study, event_dates=tuple(day for day in study.event_dates if day in used))
    return study, source, replace(results, notes=(note, *results.notes)) if note else results


def _kept_for_another(
    results: Results, source: ObservationSource, fingerprint: str, known: Optional[Known]
) -> Results:
    """Return results with what they know of observations that did not change meanwhile, for another run.

    A note says where the observations were not read again.
    """
    own = results.known
    if own is None or not fingerprint:  # what no later run can use need not stay in memory
        return replace(results, known=None)
    was_read = known is None or own.prepared.fixes.time_ms is not known.prepared.fixes.time_ms
    described = source.describe() if was_read or known is None else known.described
    is_sure = fingerprint_of(source) == fingerprint
    own = replace(own, fingerprint=fingerprint if is_sure else "", described=described)
    return replace(results, known=own, notes=results.notes if was_read else (*results.notes, NOT_READ_AGAIN))


def read_inputs(
    study: Study,
    open_source: Callable[[], ObservationSource],
    read_sites: Callable[[], SiteReading],
    progress: Progress,
) -> tuple[Study, ObservationSource, str]:
    """Return the study with its sites, library and world, the observations, and what was left out of the sites.

    Linked categories are mapped by the vocabulary; InputError names one that neither it nor a site has.
    """
    progress.step("Reading sites", 0.0)
    world = study.world or load_world()
    _require_known(study.screening.excluded_countries, world)
    reading = read_sites()
    linked = asked_categories(load_vocabulary(), study.linked_categories, set(reading.sites.category))
    progress.step("Reading observations", 0.0)
    source = open_source()
    library, days = study.library or load_library(), study.country_days or load_country_days()
    study = replace(
        study, sites=reading.sites, world=world, library=library, linked_categories=linked, country_days=days
    )
    return study, source, reading.note


def _require_known(codes: Sequence[str], world: World) -> None:
    """Raise StudyError naming a country that the world map lacks: excluding it would exclude nothing."""
    for code, row in zip(codes, country_codes.index_of(world, codes)):
        if row == country_codes.NOWHERE and len(world.country_code):
            raise StudyError(f"There is no country “{code}” on the world map; write ISO 3166 codes such as US.")


def load_study(path: str, progress: Progress) -> Results:
    """Return the results of an earlier GeoPackage; called in any thread. Raises InputError, Cancelled."""
    progress.step("Reading the study", 0.0)
    results = read_results(path)
    progress.step("Reading the study", 1.0)
    return results


def working_path(output_path: str) -> str:
    """Return where to write while `output_path` is open in the project: Windows lets no open file be replaced."""
    path = Path(output_path)
    return str(path.with_name(f"{path.stem}.new{path.suffix}"))


def settle_output(written_path: str, output_path: str) -> None:
    """Put what was written in the place of `output_path`; raise InputError naming both when that is locked."""
    try:
        require_own(Path(output_path), is_study)
        rename_project(written_path, Path(output_path).name)
        put_in_place(written_path, output_path)
    except InputError as error:
        with suppress(InputError):
            rename_project(written_path, Path(written_path).name)
        raise InputError(f"{error} The new results are in {written_path} instead.") from error


# The panel tells how a task ended: from QGIS 3.26 on, QGIS need not say so a second time.
_FLAGS = QgsTask.Flags(QgsTask.Flag.CanCancel)
if hasattr(QgsTask.Flag, "Silent") or hasattr(QgsTask, "Silent"):
    _FLAGS = QgsTask.Flag.CanCancel | QgsTask.Flag.Silent


class StudyTask(QgsTask):
    """Does `work`, which leaves results at `path`; `ended` brings its outcome on the main thread, whatever it is.

    A study that `is_checked` is compared with its log once it is there.
    """

    stage_changed = pyqtSignal(str)
    ended = pyqtSignal(object)

    def __init__(
        self, work: Callable[[Progress], Results], path: str, description: str, is_checked: bool = False
    ) -> None:
        super().__init__(description, _FLAGS)
        self._work = work
        self._is_checked = is_checked
        self._path = path
        self._outcome: Optional[StudyOutcome] = None
        self._stage = ""

    def run(self) -> bool:
        """Run in the worker thread; an exception that left this method would end QGIS."""
        try:
            progress = Progress(self._on_report, self.isCanceled)
            with memory_told(), stopped_by(progress):
                results = self._work(progress)
                check = check_study(self._path, progress) if self._is_checked else None
            self._outcome = StudyOutcome(self._path, results=results, check=check)
        except Exception as error:  # noqa: BLE001 - every error becomes one sentence in the panel
            self._outcome = StudyOutcome(self._path, error=error)
            return False
        return True

    def finished(self, result: bool) -> None:
        """Hand the outcome over on the main thread; a task cancelled before it began has none yet."""
        outcome = self._outcome or StudyOutcome(self._path, error=Cancelled("The run was cancelled."))
        self._outcome = None
        if not result:
            # QGIS before 3.26 says "Task failed" of every task that ends early, with this text.
            ended = self.tr("cancelled") if isinstance(outcome.error, Cancelled) else self.tr("see the Sitelight panel")
            self.setDescription(f"{self.description()} – {ended}")
        self.ended.emit(outcome)

    def _on_report(self, stage: str, fraction: float) -> None:
        if stage != self._stage:
            self._stage = stage
            self.stage_changed.emit(stage)
        self.setProgress(100.0 * fraction)
