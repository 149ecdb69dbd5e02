"""Thirty pieces of background work of each kind in a row, in one thread that Qt made: none of them ends QGIS.

A library that keeps something for each thread of the system, and frees it with Python's state of that thread, works in
the first piece of work there and reads freed memory in the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from osgeo import gdal
from processing_runs import algorithm, registered_provider
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QThreadPool
from sitelight.plugin.algorithms.provider import ALGORITHMS
from sitelight.plugin.data.exports import FORMATS
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import take_layer
from sitelight.plugin.data.site_layers import SitesSnapshot
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import Progress
from sitelight.plugin.engine.networks import NetworkSettings
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.signatures import Mark
from sitelight.plugin.engine.study import Study
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
from sitelight.plugin.tasks.export_work import export
from sitelight.plugin.tasks.questions import NetworkQuestion, ReachQuestion, network_of, reach_from
from sitelight.plugin.tasks.signature_task import SignatureTask, learn_from, look_for
from sitelight.plugin.tasks.study_task import StudyOutcome, StudyRequest, StudyTask, load_study, run_request
from worlds.small_world import KEY_DATE, SITES, write_observations, write_sites

RUNS = 30
ROUNDS = 5  # of each algorithm; all are done in the same thread, one after the other
LIMIT_MS = 60_000
KEY_DAY = date.fromisoformat(KEY_DATE)
FIRST, LAST = KEY_DAY - timedelta(days=3), KEY_DAY + timedelta(days=3)
DAY = GivenWindow(KEY_DAY, KEY_DAY)
HOTEL = SITES[0][0]
LEARNING = ("learn", "look", "learnsignature")
TOO_SMALL = "are needed to compare with"  # the town has no other places; all else of learning has been done by then
PURPOSE = {"PURPOSE": "Test on made-up data"}


class Town(NamedTuple):
    """A small town in metres of UTM, so that all of it is projected, and a study of it."""

    observations: Path
    sites: Path
    study: Path
    results: Results


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    places = ["X_POSSIBLE_NAMES=longitude", "Y_POSSIBLE_NAMES=latitude", "AUTODETECT_TYPE=YES"]
    pings = write_observations(folder / "pings.csv", seed=4711, residents=8, crowd=9)
    in_metres(gdal.OpenEx(str(pings), open_options=places), folder / "pings.gpkg")
    in_metres(gdal.OpenEx(str(write_sites(folder / "sites.geojson"))), folder / "sites.gpkg")
    rows = "".join(f"{name},{FIRST},{LAST}\n" for name, *_rest in SITES)
    (folder / "examples.csv").write_text("name,start,end\n" + rows, encoding="utf-8")
    made = folder / "study.gpkg"
    results = run_request(request(folder / "pings.gpkg", folder / "sites.gpkg", made), Progress())
    return Town(folder / "pings.gpkg", folder / "sites.gpkg", made, results)


def in_metres(source: gdal.Dataset, target: Path) -> None:
    gdal.VectorTranslate(str(target), source, srcSRS="EPSG:4326", dstSRS="EPSG:32631", reproject=True)


def request(observations: Path, sites: Path, output: Path) -> StudyRequest:
    study = Study((KEY_DAY,), purpose="Test on made-up data")
    return StudyRequest(
        study, partial(open_observations_file, observations), partial(read_sites_file, sites), str(output), {}
    )


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """All background work one after the other in the same thread."""
    pool = QThreadPool.globalInstance()
    threads, expires_ms = pool.maxThreadCount(), pool.expiryTimeout()
    pool.setMaxThreadCount(1)
    pool.setExpiryTimeout(-1)
    yield
    pool.setMaxThreadCount(threads)
    pool.setExpiryTimeout(expires_ms)


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


def run_study(town: Town, folder: Path, progress: Progress) -> Any:
    return run_request(request(town.observations, town.sites, folder / "study.gpkg"), progress)


def run_study_of_layers(town: Town, folder: Path) -> Callable[[Progress], Any]:
    """Return the run of a study of layers, which are taken on the main thread and read in the background."""
    pings, sites = (QgsVectorLayer(str(path), path.stem, "ogr") for path in (town.observations, town.sites))
    assert pings.isValid() and sites.isValid()
    observations, places = take_layer(pings), SitesSnapshot(sites)
    study = Study((KEY_DAY,), purpose="Test on made-up data")
    return partial(
        run_request, StudyRequest(study, observations.open_source, places.read, str(folder / "study.gpkg"), {})
    )


def learn(town: Town, _folder: Path, progress: Progress) -> Any:
    return learn_from("waiting", town.results.evidence, [Mark(FIRST, LAST, name) for name, *_rest in SITES], progress)


def look(town: Town, _folder: Path, progress: Progress) -> Any:
    return look_for(learn(town, _folder, Progress()), town.results, str(town.study), progress)


def reach_back(town: Town, _folder: Path, progress: Progress) -> Any:
    return reach_from(ReachQuestion(ChosenPlace(HOTEL), HOTEL, DAY), town.results, str(town.study), progress)


def link(town: Town, _folder: Path, progress: Progress) -> Any:
    answer = network_of(NetworkQuestion(NetworkSettings(with_cells=True)), town.results, str(town.study), progress)
    assert answer.fault is None or "another window" in str(answer.fault).lower()
    return answer


def load(town: Town, _folder: Path, progress: Progress) -> Any:
    return load_study(str(town.study), progress)


def write(kind: str, town: Town, folder: Path, progress: Progress) -> Any:
    target = str(folder / f"export{FORMATS[kind].suffix}")
    return export(kind, str(town.study), target, (), town.results, progress)


WORK = {
    "study": run_study, "load": load, "learn": learn, "look": look, "reach back": reach_back, "link": link,
    **{kind: partial(write, kind) for kind in FORMATS},
}  # fmt: skip


def outcome_of(task: StudyTask, qtbot) -> StudyOutcome:
    with qtbot.waitSignal(task.ended, timeout=LIMIT_MS) as waited:
        QgsApplication.taskManager().addTask(task)
    return waited.args[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", WORK)
def test_tasks_in_a_row(town, qtbot, tmp_path, kind):
    make = SignatureTask if kind in LEARNING else StudyTask
    for number in range(RUNS):
        outcome = outcome_of(make(partial(WORK[kind], town, tmp_path), str(town.study), kind), qtbot)
        told = "" if outcome.error is None else str(outcome.error)
        assert TOO_SMALL in told if kind in LEARNING else told == "" and outcome.results is not None, (number, told)


@pytest.mark.slow
def test_studies_of_layers_in_a_row(town, qtbot, tmp_path, qgis_new_project):
    for number in range(RUNS):
        work = run_study_of_layers(town, tmp_path)
        outcome = outcome_of(StudyTask(work, str(tmp_path / "study.gpkg"), "layers", is_checked=True), qtbot)
        assert outcome.error is None and outcome.check.fits, (number, outcome.error)


def parameters_of(name: str, town: Town, folder: Path) -> dict[str, Any]:
    """Return parameters with which an algorithm does all that it can."""
    given = {"OBSERVATIONS_FILE": str(town.observations), "SITES": str(town.sites)}
    place = {**given, "SITE": HOTEL, "START": KEY_DATE, "END": KEY_DATE}
    sinks = dict.fromkeys(("OUTPUT", "POINTS", "LINKS", "ORIGINS", "FLOWS", "ITINERARIES", "STOPS", "LEGS"), "memory:")
    return {
        "analyze": {**given, **PURPOSE, "KEY_DATES": KEY_DATE, "OUTPUT": str(folder / "study.gpkg")},
        "scorespots": {**given, "KEY_DATES": KEY_DATE, "FINDINGS": "memory:", "HEAT": "memory:"},
        "learnsignature": {
            **given, "EXAMPLES": str(town.sites.with_name("examples.csv")),
            "OUTPUT_SIGNATURE": str(folder / "one.signature.json"),
        },
        "classifymovement": {**given, **sinks, **PURPOSE, "MAX_GAP_S": 10_800},
        "makescenario": {"DEVICES": 200, "DAYS": 70, "OUTPUT_FOLDER": str(folder / "scenario")},
        "exportstudy": {"STUDY": str(town.study), "GEOJSON": str(folder / "findings.geojson")},
        "verifystudy": {"STUDY": str(town.study)},
        "reachback": {**place, **sinks},
        "tracebackitineraries": {**place, **sinks, **PURPOSE},
    }.get(name, {**given, **sinks, **PURPOSE})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.NAME for one in ALGORITHMS])
def test_algorithms_in_a_row(provider, town, qtbot, tmp_path, qgis_new_project, name):
    for number in range(RUNS if name == "detectstays" else ROUNDS):
        feedback, context = QgsProcessingFeedback(False), QgsProcessingContext()
        context.setProject(QgsProject.instance())
        task = QgsProcessingAlgRunnerTask(algorithm(name), parameters_of(name, town, tmp_path), context, feedback)
        assert not task.isCanceled(), (number, feedback.textLog())  # as QGIS leaves it where the inputs were refused
        with qtbot.waitSignal(task.executed, timeout=LIMIT_MS) as waited:
            QgsApplication.taskManager().addTask(task)
        is_done, results = waited.args
        if name in LEARNING:
            assert not is_done and TOO_SMALL in feedback.textLog(), (number, feedback.textLog())
        else:
            assert is_done and results, (number, feedback.textLog())
