"""The doors by which an input comes in: each reads one file as panel or Processing would and says what came of it."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject
from sitelight.plugin.algorithms.provider import SitelightProvider
from sitelight.plugin.data import own_behaviors
from sitelight.plugin.data.audit_log import check_study
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.observation_files import open_observations_file, open_table
from sitelight.plugin.data.signature_files import read_signature, signature_path
from sitelight.plugin.data.sites import peek_sites_file, read_sites_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import InputError, Progress
from sitelight.plugin.engine.behaviors import Selection, describe
from sitelight.plugin.engine.findings import Evidence
from sitelight.plugin.engine.screening import ScreeningSettings, screen
from sitelight.plugin.engine.signatures import score_signature, signatures_table
from sitelight.plugin.engine.tables import empty_table
from sitelight.plugin.gui.place.card_lookup import find_position
from sitelight.plugin.gui.results.explanations import (
    ALIKE,
    CHANCE,
    ORIGINS,
    explain_finding,
    explain_itinerary,
    no_findings_text,
)
from sitelight.plugin.gui.results.result_models import ResultModel, finding_card, itinerary_card
from sitelight.plugin.gui.signatures.signature_examples import example_of_finding
from sitelight.plugin.gui.signatures.signature_saved_page import explain_match, match_card
from sitelight.plugin.gui.study.project_study import CHOICES, SCOPE
from sitelight.plugin.gui.study.record_group import record_html
from sitelight.plugin.gui.study.study_page import StudyPage
from sitelight.plugin.layers.flow_layers import show_finding_flows
from sitelight.plugin.layers.result_layers import add_result_layers, open_result_layers

from fuzz.mutations import NUMBERS, TEXTS

FEW_ROWS = 3  # of a large table that are looked at one by one
PLAIN_ALGORITHMS = ("detectstays", "detectlegs", "classifymovement", "findfrequentedlocations", "linknetwork")
EVERY_ALGORITHM = (*PLAIN_ALGORITHMS, "analyze", "scorespots", "reachback", "tracebackitineraries", "selecttracks")


@dataclass(frozen=True)
class Told:
    """What came of a door: `rows`, or the `sentence` that refused; `lost` says what is missing."""

    rows: int = 0
    sentence: str = ""
    lost: str = ""


class Refused(Exception):
    """An algorithm or a page said something that is to be judged like the text of a typed error."""


class Doors:
    """All doors; made once, before the children that go through them are forked."""

    def __init__(self, samples: Path, evidence: Optional[Evidence] = None) -> None:
        self._samples, self._evidence = samples, evidence
        self._world = load_world()
        self._library = load_library()
        self._provider = SitelightProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def go(self, kind: str, path: Path, rng: random.Random) -> Told:
        """Go through the door of `kind` with a file; typed errors become sentences, everything else is raised."""
        try:
            return getattr(self, f"_{kind}")(path, rng)
        except (InputError, Refused) as error:
            return Told(sentence=str(error))

    def _observations(self, path: Path, rng: random.Random) -> Told:
        if rng.random() < 0.15:
            return self._run(rng.choice(PLAIN_ALGORITHMS), {"OBSERVATIONS_FILE": str(path)}, path.parent, rng)
        table = open_table(path)
        assert set(table.sample.columns) <= set(table.names)
        source = open_observations_file(path)
        read = sum(len(chunk) for chunk in source.chunks())
        held = independent_count(path)
        lost = f"{held} rows are there and {read} were read" if held is not None and read < held else ""
        screened = screen(open_observations_file(path), ScreeningSettings(), self._world, b"key")
        if sum(screened.counts.values()) != screened.read or screened.read != read:
            lost = f"{screened.counts} are not the {read} rows read"
        return Told(rows=read, lost=lost)

    def _sites(self, path: Path, rng: random.Random) -> Told:
        if rng.random() < 0.15:
            given = {"OBSERVATIONS_FILE": str(self._samples / "observations.csv"), "SITES": str(path)}
            return self._run("detectstays", given, path.parent, rng)
        peek_sites_file(path)
        reading = read_sites_file(path)
        told = re.search(r"([\d,]+) of [\d,]+ sites .* left out", reading.note)
        missing = int(told[1].replace(",", "")) if told else 0
        held = independent_count(path)
        found = len(reading.sites) + missing
        lost = f"{held} sites are there and {found} were read" if held is not None and found < held else ""
        return Told(rows=len(reading.sites), lost=lost)

    def _behaviors(self, path: Path, rng: random.Random) -> Told:
        profile = path.parent / "profile"
        library = own_behaviors.join_file(self._library, path)
        after = own_behaviors.import_own(self._library, path, profile)
        if load_library(profile=profile).own != after.own or after.own != library.own:
            return Told(lost="the entries kept are not those that were read")
        for axis, entries in after.own.items():
            for entry in entries:
                describe(after, Selection(**{axis: (entry.id,)}))
        shutil.rmtree(profile)
        return Told(rows=sum(len(entries) for entries in after.own.values()))

    def _signature(self, path: Path, rng: random.Random) -> Told:
        signature = read_signature(path)
        signature_path(path.parent, signature.name)
        assert signature.skill.sentence
        if self._evidence is not None:
            try:
                scores = score_signature(signature, self._evidence)
            except Exception as error:
                raise _judged(error) from error
            for row in signatures_table(self._evidence, signature, scores).head(FEW_ROWS).to_dict("records"):
                match_card(row)
        return Told(rows=len(signature.weights))

    def _study(self, path: Path, rng: random.Random) -> Told:
        if rng.random() < 0.3:  # as the algorithm that verifies a study does, which reads it no further
            check_study(path, Progress())
        results = read_results(path)
        check_study(path, Progress())
        tables = {
            name: results.tables.get(name, empty_table(name))
            for name in ("explanations", "origins", "signatures", "flows")
        }
        for row in results.tables["findings"].to_dict("records"):
            finding_card(row)
            explain_finding(row, tables["explanations"], tables["origins"], frozenset((ALIKE, CHANCE, ORIGINS)))
            example_of_finding(row)
            find_position(row["geometry"])
        for row in results.tables["itineraries"].to_dict("records"):
            itinerary_card(row)
            explain_itinerary(row)
        for row in tables["signatures"].to_dict("records"):
            match_card(row)
            explain_match(row)
            find_position(row["geometry"])
        for make, table in ((finding_card, "findings"), (itinerary_card, "itineraries")):
            ResultModel(make).set_table(results.tables[table])
        no_findings_text(results)
        record_html(str(path), results.run)
        page = StudyPage(path.parent / "profile")
        page.take_record(results.run)
        layers = list(open_result_layers(str(path), results))
        add_result_layers(str(path), results, layers)
        for number in results.tables["flows"]["finding_id"].unique().tolist()[:FEW_ROWS]:
            show_finding_flows(str(path), "x", number)
        QgsProject.instance().clear()
        return Told(rows=len(results.tables["heat"]))

    def _state(self, path: Path, rng: random.Random) -> Told:
        text = path.read_bytes().decode("utf-8", "replace").replace("\x00", "")
        QgsProject.instance().writeEntry(SCOPE, CHOICES, text)
        said: list[str] = []
        page = StudyPage(path.parent / "profile")
        page.failed.connect(lambda error: said.append(str(_judged(error))))
        page.restore_state()
        page.algorithm_parameters()
        return Told(sentence=said[0]) if said else Told(rows=1)

    def _parameters(self, path: Path, rng: random.Random) -> Told:
        """Run an algorithm on sound observations with some of its parameters damaged."""
        name = rng.choice(EVERY_ALGORITHM)
        algorithm = QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}")
        given = {"OBSERVATIONS_FILE": str(path), "SITES": str(self._samples / "sites.geojson"),
                 "KEY_DATES": "2023-07-08",
                 "SITE": "Camp", "START": "2023-07-04", "END": "2023-07-08", "PURPOSE": "Test on damaged parameters",
                 "DAYS_BEFORE": 0, "DAYS_AFTER": 1, "LOOKBACK_DAYS": 2}  # fmt: skip
        known = {definition.name() for definition in algorithm.parameterDefinitions()}
        given = {key: value for key, value in given.items() if key in known}
        free = sorted(
            known - {"OBSERVATIONS_FILE"} - {one.name() for one in algorithm.destinationParameterDefinitions()}
        )
        for _ in range(rng.choice((1, 1, 2))):
            given[rng.choice(free)] = rng.choice(
                (*NUMBERS, *TEXTS, *huge_texts(rng), None, -1, 1e308, float("nan"), [], ["x", 1])
            )
        return self._run(name, given, path.parent, rng)

    def _run(self, name: str, given: dict, folder: Path, rng: random.Random) -> Told:
        """Run an algorithm as Processing does; what it says is judged: a traceback in its log is none of ours."""
        algorithm = QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}").create()
        output = folder / "out"
        output.mkdir(exist_ok=True)
        outputs = {
            definition.name(): str(
                output / f"{definition.name()}.{'json' if 'SIGNATURE' in definition.name() else 'gpkg'}"
            )
            for definition in algorithm.destinationParameterDefinitions()
        }
        known = {definition.name() for definition in algorithm.parameterDefinitions()}
        purpose = {"PURPOSE": "Test on damaged files"} if "PURPOSE" in known and "PURPOSE" not in given else {}
        parameters = {**given, **purpose, **outputs}
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback(False)
        is_fine, sentence = algorithm.checkParameterValues(parameters, context)
        if not is_fine:
            is_of_qgis = re.match(r"Incorrect parameter value for \w+$|Could not load source layer for ", sentence)
            return Told(sentence=f"QGIS says: {' '.join(sentence[:300].split())}." if is_of_qgis else sentence)
        results, is_done = algorithm.run(parameters, context, feedback)
        log = feedback.textLog()
        if "Traceback" in log:
            raise AssertionError(log)
        written = {one.name for one in output.iterdir()}
        if not is_done:
            lost = f"a run that failed left {written}" if written else ""
            return Told(sentence=log.strip().splitlines()[-1], lost=lost)
        extra = {one for one in written if not one.endswith((".gpkg", ".json"))}
        return Told(rows=len(results), lost=f"a run left {extra}" if extra else "")


def huge_texts(rng: random.Random) -> tuple[str, ...]:
    """Return parameters of megabytes: a point, a polygon, a list of dates."""
    ring = ", ".join(f"{k % 360 - 180} {k % 180 - 90}" for k in range(150_000))
    return rng.choice(
        ((f"POLYGON(({ring}))",), ("POINT(" + "9" * 3_000_000 + " 1)",), ("2023-07-08," * 200_000,), ("(" * 500_000,))
    )


def independent_count(path: Path) -> Optional[int]:
    """Return how many records a file holds by a reader that shares nothing with ours; None where that cannot be told.

    A file without a position, or one that the other reader does not take either, is not counted.
    """
    try:
        if path.suffix in (".csv", ".tsv"):
            return _lines_in(path)
        if path.suffix == ".geojson":
            content = json.loads(path.read_text(encoding="utf-8"))
            return sum(isinstance(feature, dict) for feature in content["features"])
        if path.suffix == ".gpkg":
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                names = [name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")]
                counts = [connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names]
            return counts[0] if len(counts) == 1 else None
        if path.suffix == ".gpx":
            root = ElementTree.parse(path).getroot()
            return sum(1 for one in root.iter() if one.tag.endswith("}wpt")) or None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        RecursionError,
        sqlite3.Error,
        ElementTree.ParseError,
    ):
        return None
    return None


def _lines_in(path: Path) -> Optional[int]:
    """Return the records of a text without quotes, whose lines are its records; titles of one cell above are none."""
    data = path.read_bytes()
    if b'"' in data or b"\x00" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    lines = [line for line in re.split(r"\r\n|\r|\n", data.decode("utf-8", "replace")) if line.strip(" \t")]
    separator = "\t" if path.suffix == ".tsv" else ","
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    header = next((number for number, row in enumerate(rows) if len(row) > 1), 0)
    return len(rows) - header - 1


def _judged(error: BaseException) -> Exception:
    """Return a typed error as what was said, everything else as it is."""
    from sitelight.plugin.engine.base import SitelightError

    if isinstance(error, SitelightError):
        return Refused(str(error))
    raise error


def left_in(folder: Path) -> list[str]:
    """Return what of ours lies in a folder that should not: drafts, logs of SQLite."""
    return [
        str(Path(where, name).relative_to(folder))
        for where, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if name.startswith(".sitelight-") or name.endswith(("-wal", "-shm", "-journal"))
    ]
