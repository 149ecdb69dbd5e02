"""No message tells an id or a coordinate of the data: every column in every role, damaged files, and real bad ones.

The rows are marked: each id and text holds CANARY, each coordinate ends in digits that stand nowhere else.
"""

from __future__ import annotations

import re
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import ogr, osr
from processing_runs import algorithm, registered_provider
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer
from sitelight.plugin.algorithms.parameters.base import processing_errors
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.parquet_files import usable_duckdb
from sitelight.plugin.data.reasons import UNKNOWN, reason_of
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError, SitelightError, fault_place, fault_trace, value_kind
from sitelight.plugin.engine.screening import Roles, ScreeningSettings, screen
from sitelight.plugin.gui.widgets.messages import sentence_of
from sitelight_package import SHARED
from worlds.engine_worlds import square_world

MARK = re.compile(r"CANARY|canary|918273|827364")
ROWS = 40
COLUMNS = (
    "device_id",
    "timestamp",
    "latitude",
    "longitude",
    "horizontal_accuracy",
    "remark",
    "opened",
    "radius_m",
    "ip_address",
    "user",
)


def marked_rows() -> pd.DataFrame:
    count = np.arange(ROWS)
    return pd.DataFrame(
        {
            "device_id": [f"CANARY-{n:04d}-dev" for n in count % 4],
            "timestamp": [f"2023-07-{1 + n % 28:02d}T10:{n % 60:02d}:00Z" for n in count],
            "latitude": [f"5.{n:03d}918273" for n in count],
            "longitude": [f"3.{n:03d}827364" for n in count],
            "horizontal_accuracy": ["12"] * ROWS,
            "remark": [f"CANARY text {n}" for n in count],
            "opened": [f"99.{n % 12 + 1:02d}.CANARY" for n in count],
            "radius_m": [f"CANARY {n} m" for n in count],
            "ip_address": [f"10.CANARY.0.{n}" for n in count],
            "user": [f"CANARY{n}@example.org" for n in count],
        }
    )


def write(folder: Path, suffix: str) -> Path:
    path, rows = folder / f"marked{suffix}", marked_rows()
    if suffix == ".csv":
        rows.to_csv(path, index=False)
    elif suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="the test writes Parquet with it")
        rows.to_parquet(path)
    else:
        dataset = ogr.GetDriverByName({".gpkg": "GPKG", ".geojson": "GeoJSON"}[suffix]).CreateDataSource(str(path))
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(4326)
        layer = dataset.CreateLayer("marked", reference, ogr.wkbPoint)
        for name in rows:
            layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
        for row in rows.itertuples(index=False):
            feature = ogr.Feature(layer.GetLayerDefn())
            for place, value in enumerate(row):
                feature.SetField(place, value)
            feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({row.longitude} {row.latitude})"))
            layer.CreateFeature(feature)
        dataset = None
    return path


SUFFIXES = [".csv", ".gpkg", ".geojson", *([".parquet"] if usable_duckdb() else [])]


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    return {suffix: write(folder, suffix) for suffix in SUFFIXES}


def said_by(work) -> str:
    """Return all that is said while `work` runs: its error, the errors behind it as they would be logged, warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = work()
        except SitelightError as error:
            told = f"{error}\n{fault_trace(error)}"
    return f"{told}\n" + "\n".join(str(one.message) for one in caught)


def read_all(path: Path, roles: Roles) -> str:
    source = open_observations_file(path, roles)
    found = screen(source, ScreeningSettings(excluded_countries=()), square_world(), b"k")
    return "\n".join((*found.notes(), str(source.describe()["times"])))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_column_in_every_role_of_the_observations(suffix, marked, capfd):
    refused = 0
    for role, column in product(("device", "time", "accuracy", "lat"), COLUMNS):
        asked = {"lat": column, "lon": "longitude"} if role == "lat" else {role: column}
        said = said_by(lambda asked=asked: read_all(marked[suffix], Roles(**asked)))
        assert not MARK.search(said), (role, column, said)
        refused += "choose" in said
    # Addresses in four roles, the e-mail addresses as ids, and the eight other columns that are no times.
    assert refused == 4 + 1 + 8
    streams = capfd.readouterr()
    assert not MARK.search(streams.out + streams.err)


@pytest.mark.parametrize("suffix", [".csv", ".gpkg"])
def test_every_column_in_every_role_of_the_sites(suffix, marked):
    for role, column in product(("name", "category", "radius", "country", "id"), COLUMNS):
        said = said_by(lambda fields={role: column}: read_sites_file(marked[suffix], fields).note)
        assert not MARK.search(said), (role, column, said)


def test_a_time_column_of_ids_says_what_form_its_values_have(marked):
    form = "for example of the form aaaaaa-9999-aaa, 9 for a digit, a for a letter"
    with pytest.raises(InputError, match=rf'"device_id" \({form}\) are not times'):
        open_observations_file(marked[".csv"], Roles(time="device_id")).chunks().__next__()


@pytest.mark.parametrize(
    "value, kind",
    [
        ("CANARY-7", "text of 8 characters"),
        ("x", "text of one character"),
        ("48.918273", "a number"),
        (7.5, "a number"),
        ("5,918273", "a number"),
        ("10.03.24", "digits written like 00.00.00"),
        ("", "nothing"),
        (None, "nothing"),
        ("2023/13/45 99:00", "digits written like 0000/00/00 00:00"),
        (b"CANARY", "text of 6 characters"),
    ],
)
def test_kinds_of_values(value, kind):
    assert value_kind(value) == kind


@given(st.text(min_size=2))
def test_no_kind_holds_what_a_value_says(text):
    told = value_kind(text)
    assert re.fullmatch(r"nothing|a number|text of (one|\d+) characters?|digits written like [0 .,:/+\-TZ]+", told)


def test_a_file_without_a_header_does_not_have_its_first_row_told(tmp_path):
    lines = [",".join(row[:4]) for row in marked_rows().to_numpy().tolist()]
    path = tmp_path / "headless.csv"
    for separator in (",", ";"):
        path.write_text("\n".join(line.replace(",", separator) for line in lines))
        with pytest.raises(InputError, match="add a row of column names") as told:
            open_observations_file(path)
        assert not MARK.search(str(told.value))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files(suffix, data, marked, tmp_path, capfd):
    content = bytearray(marked[suffix].read_bytes())
    for _time in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))]))
    for work in (lambda: read_all(path, Roles()), lambda: read_sites_file(path).note):
        said = said_by(work)
        # What was damaged may be a name of a column, which becomes part of the header; rows never do.
        assert not MARK.search(said), said
    streams = capfd.readouterr()
    assert not MARK.search(streams.out + streams.err)


BAD_INPUTS = sorted(path for path in (SHARED / "bad-inputs").glob("*") if path.suffix not in (".md", ".txt"))


@pytest.mark.skipif(not BAD_INPUTS, reason="the shared folder of bad inputs is not beside the repository")
@pytest.mark.parametrize("path", BAD_INPUTS, ids=lambda path: path.name)
def test_real_bad_files(path):
    """No number with three or more decimals and no text in quotes that stands in the file's rows is ever told."""
    for work in (lambda: read_all(path, Roles()), lambda: read_sites_file(path).note):
        said = said_by(work).split("Traceback")[0].split("  File ")[0]
        assert not re.search(r"\d\.\d{3}", said), said


SENTENCES = [
    ("`/x/CANARY.gpkg' not recognized as a supported file format.", "not recognized as a supported file format"),
    (
        "Error tokenizing data. C error: Expected 3 fields in line 4, saw 5",
        "Error tokenizing data. C error: Expected 3 fields in line 4, saw 5",
    ),
    (
        "GeoJSON parsing error: unexpected character (at offset 12)",
        "GeoJSON parsing error: unexpected character (at offset 12)",
    ),
    ("CANARY 48.918273", UNKNOWN),
    ("", UNKNOWN),
    ("48.918273", UNKNOWN),
]


@pytest.mark.parametrize("text, told", SENTENCES)
def test_reasons_of_libraries_are_told_in_their_own_words_only(text, told):
    assert reason_of(text) == told


@given(
    st.lists(
        st.sampled_from(
            [
                "could",
                "not",
                "convert",
                "string",
                "to",
                "float:",
                "'CANARY 1'",
                "CANARY-2",
                "5.918273",
                "at",
                "line",
                "7",
                "(CANARY)",
                "3.827364,",
                "canary=3",
                "value",
            ]
        ),
        max_size=12,
    )
)
def test_no_reason_holds_a_value(words):
    assert not MARK.search(reason_of(" ".join(words)))
    assert not MARK.search(reason_of(ValueError(" ".join(words))))


def test_an_unforeseen_error_is_told_by_its_place(qgis_app):
    logged = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, *_rest: logged.append(text))

    def fail() -> None:
        try:
            float(marked_rows().remark[0])
        except ValueError as error:
            raise KeyError(marked_rows().latitude[0]) from error

    with pytest.raises(KeyError) as caught:
        fail()
    sentence = sentence_of(caught.value)
    assert "KeyError in test_silent_errors.py, line " in sentence and not MARK.search(sentence)
    assert fault_place(caught.value).startswith("test_silent_errors.py")
    from qgis.core import QgsProcessingException

    with pytest.raises(QgsProcessingException, match="KeyError in test_silent_errors.py") as told, processing_errors():
        fail()
    assert told.value.__cause__ is None and told.value.__suppress_context__
    assert len(logged) == 2 and "ValueError" in logged[0] and not any(map(MARK.search, logged))


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


FIELDS = {"DEVICE_FIELD": {}, "TIME_FIELD": {}, "ACCURACY_FIELD": {}, "LAT_FIELD": {"LON_FIELD": "longitude"}}
SITE_FIELDS = ("SITE_NAME_FIELD", "SITE_CATEGORY_FIELD", "SITE_RADIUS_FIELD", "SITE_COUNTRY_FIELD")


def log_of(name: str, parameters: dict) -> str:
    feedback = QgsProcessingFeedback(False)
    algorithm(name).create().run(parameters, QgsProcessingContext(), feedback)
    return feedback.textLog()


@pytest.mark.parametrize("column", COLUMNS)
def test_what_algorithms_say_of_every_column_in_every_field(column, marked, qgis_new_project):
    logged = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, *_rest: logged.append(text))
    layer = QgsVectorLayer(str(marked[".gpkg"]), "marked", "ogr")
    base = {"OBSERVATIONS": layer, "EXCLUDED_COUNTRIES": "", "OUTPUT": "memory:"}
    said = [log_of("detectstays", {**base, name: column, **more}) for name, more in FIELDS.items()]
    said += [log_of("detectstays", {**base, "SITES": layer, name: column}) for name in SITE_FIELDS]
    said.append(
        log_of(
            "compareareas",
            {**base, "SITES": layer, "PURPOSE": "A test of messages", "RELATIONSHIP": 1, "AREA_START_FIELD": column},
        )
    )
    said.append(log_of("linknetwork", {**base, "SITES": layer, "SITE_CATEGORY_FIELD": column, "CATEGORIES": "embassy"}))
    said.append(
        log_of(
            "learnsignature",
            {
                **base,
                "EXAMPLES": layer,
                "PLACE_FIELD": column,
                "START_FIELD": column,
                "END_FIELD": "timestamp",
                "NAME": "Test",
            },
        )
    )
    for text in (*said, *logged):
        assert not MARK.search(text), text
