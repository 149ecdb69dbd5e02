"""Feeds of the field through the doors that analysts have: Processing, with a file and with a layer, and the panel."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from processing_runs import registered_provider, run
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtWidgets import QComboBox, QLabel
from sitelight.plugin.gui.study.source_groups import observations_group
from sitelight_package import SHARED
from worlds.small_world import KEY_DATE, write_observations, write_sites

CASES = SHARED / "field-cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared data are not on this machine")
ZERO_WIDTH_SPACE = "\u200b"  # lets long names break

# What EXPECTED.md says of each case: rows read, rows kept, stays, and the rule that decided, in words of the log.
RIGHT = {
    "00-control.csv": (28, 28, 4, "ISO 8601 with their zone"),
    "05-epoch-2001.csv": (28, 28, 4, "seconds since 2001"),
    "06-ids-int-and-float.csv": (28, 28, 4, "Columns read: device"),
    "09-date-and-time.csv": (28, 28, 4, "from two columns"),
    "10a-weekday-month.csv": (28, 28, 4, "name their months"),
    "10b-zone-name.csv": (28, 28, 4, "with their zone"),
    "10c-utc-minus.csv": (28, 28, 4, "with their zone"),
    "10d-14digits.csv": (28, 28, 4, "year, month, day, hour, minute and second without marks"),
    "10e-us-ampm.csv": (28, 28, 4, "read month first"),
    "10f-pg-minus03-note.csv": (28, 28, 4, "with their zone"),
    "11d-wkt-column.csv": (28, 28, 4, "(WKT)"),
    "12b-order": (28, 28, 4, "2 CSV files"),
    "12c-s-then-ms": (28, 28, 4, "milliseconds since 1970 (UTC). (b.csv)"),
    "11c-lines.jsonl": (28, 28, 4, "JSON"),
    "03-comma-one-whole.csv": (28, 27, 4, "Positions have decimal commas"),
    "07-hemisphere-columns.csv": (28, 28, 4, "signs of positions are in columns of their own"),
    "08-movebank-visible-false.csv": (24, 18, 1, "itself marks as wrong"),
    "17-accuracy-unit.csv": (28, 14, None, "Columns read: device"),
    "01-ddmmyy-month.csv": (None, None, None, "day first"),
}  # fmt: skip
REFUSED = {"06-ids-scientific.csv": "digits are lost", "13-one-track-no-id.txt": "of one device"}
# A layer of text has the columns of the file, but folders, archives and JSON are none.
AS_LAYERS = [name for name in RIGHT if name.endswith(".csv")]


@pytest.fixture(scope="module", autouse=True)
def provider(qgis_app) -> Iterator:
    yield from registered_provider()


def text_layer(path: Path, mark: str) -> QgsVectorLayer:
    address = QUrl.fromLocalFile(str(path)).toString() + f"?type=csv&delimiter={mark}&detectTypes=no&geomType=none"
    layer = QgsVectorLayer(address, path.stem, "delimitedtext")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer


def figures(name: str, results: dict) -> tuple:
    """Return rows read, rows kept and stays, None for those that EXPECTED.md does not say."""
    found = results["READ"], results["KEPT"], results.get("STAYS")
    return tuple(None if right is None else one for right, one in zip(RIGHT[name], found))


@needs_cases
@pytest.mark.parametrize("name", RIGHT)
def test_a_file_through_processing(name):
    results, log = run("detectstays", {"OBSERVATIONS_FILE": str(CASES / name), "OUTPUT": "memory:"})
    assert figures(name, results) == RIGHT[name][:3]
    assert RIGHT[name][3] in log


@needs_cases
@pytest.mark.parametrize("name", AS_LAYERS)
def test_a_layer_of_text_through_processing(name, qgis_new_project):
    mark = ";" if ";" in (CASES / name).read_text(encoding="utf-8").split("\n")[0] else ","
    layer = text_layer(CASES / name, mark)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    results, log = run("detectstays", {"OBSERVATIONS": layer.id(), "OUTPUT": "memory:"}, context)
    assert figures(name, results) == RIGHT[name][:3]
    assert RIGHT[name][3] in log


@needs_cases
@pytest.mark.parametrize("name", ["00-control.csv", "03-comma-one-whole.csv", "09-date-and-time.csv"])
def test_journeys_of_a_file_through_processing(name):
    results, log = run("detectlegs", {"OBSERVATIONS_FILE": str(CASES / name), "OUTPUT": "memory:"})
    read, kept, _stays, rule = RIGHT[name]
    assert (results["READ"], results["KEPT"]) == (read, kept) and rule in log


@needs_cases
@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("algorithm", ["detectstays", "detectlegs"])
def test_what_is_refused_names_the_way_out(name, algorithm):
    with pytest.raises(QgsProcessingException, match=REFUSED[name]):
        run(algorithm, {"OBSERVATIONS_FILE": str(CASES / name), "OUTPUT": "memory:"})


@needs_cases
@pytest.mark.parametrize("name", [*RIGHT, *REFUSED])
def test_the_panel_tells_the_rule_before_the_run(name, qtbot):
    group = observations_group()
    qtbot.addWidget(group)
    group.picker.set_path(str(CASES / name))
    told = group.findChild(QLabel, "sitelight_observations_summary").text().replace(ZERO_WIDTH_SPACE, "")
    rule = {**{case: right[3] for case, right in RIGHT.items()}, **REFUSED}[name]
    # What a folder holds is known when all of it was read; the panel looks at its first file.
    rule = "ISO 8601" if name.startswith("12b") else "seconds since 1970" if name.startswith("12c") else rule
    rule = {"Columns read: device": "Device: ", "JSON": "ISO 8601"}.get(rule, rule)
    assert rule in told, told


def test_the_panel_changes_the_rule_and_tells_the_new_one(tmp_path, qtbot):
    path = tmp_path / "track.csv"
    rows = [f"a;10.03.24 08:{minute:02d};13,5;2,1" for minute in range(0, 60, 5)]
    path.write_text("\n".join(["device_id;time;lat;lon", *rows, ""]))
    group = observations_group()
    qtbot.addWidget(group)
    group.picker.set_path(str(path))
    summary = group.findChild(QLabel, "sitelight_observations_summary")
    told = summary.text()
    assert "they were read day first" in told and "decimal commas" in told and "semicolons" in told
    order = group.findChild(QComboBox, "sitelight_observations_date_order")
    order.setCurrentIndex(order.findData("mdy"))
    assert "written month first" in summary.text() and "read day first" not in summary.text()


def test_the_panel_tells_why_a_choice_cannot_be_read(tmp_path, qtbot):
    path = tmp_path / "track.csv"
    path.write_text("device_id,time,lat,lon,hdop\n" + "a,2024-03-10T08:00:00Z,13.5,2.1,1\n" * 5)
    group = observations_group()
    qtbot.addWidget(group)
    group.picker.set_path(str(path))
    group.columns.choose({"accuracy": "hdop"})
    told = group.findChild(QLabel, "sitelight_observations_summary").text().replace(ZERO_WIDTH_SPACE, "")
    assert "dilution of precision" in told and "choose another accuracy column" in told


def told_of(path: Path) -> dict:
    """Return what a written study says of its run, and the findings."""
    with sqlite3.connect(path) as study:
        tables = {key: json.loads(value) for key, value in study.execute("SELECT key, value FROM run")}
        names = "spot_name, key_date, p_value, devices"
        return {**tables, "findings": study.execute(f"SELECT {names} FROM findings ORDER BY p_value, 1, 2").fetchall()}


def test_a_study_of_a_feed_in_another_spelling_is_the_same_study(tmp_path):
    """Day first, without a zone, decimal commas, semicolons, another alphabet: as an office in Kyiv writes it."""
    write_observations(tmp_path / "plain.csv", seed=4711)
    write_sites(tmp_path / "sites.geojson")
    frame = pd.read_csv(tmp_path / "plain.csv")
    device, time, lat, lon, accuracy = frame.columns
    clock = pd.to_datetime(frame[time], unit="s" if frame[time].dtype.kind in "if" else None)
    own = pd.DataFrame({
        "пристрій": frame[device], "дата": clock.dt.strftime("%d.%m.%Y"), "час": clock.dt.strftime("%H:%M:%S"),
        "широта": frame[lat], "довгота": frame[lon], "точність": frame[accuracy],
    })  # fmt: skip
    own.to_csv(tmp_path / "own.csv", sep=";", decimal=",", index=False, encoding="cp1251")
    found, logs = [], []
    for name in ("plain", "own"):
        given = {
            "OBSERVATIONS_FILE": str(tmp_path / f"{name}.csv"), "SITES": str(tmp_path / "sites.geojson"),
            "KEY_DATES": KEY_DATE, "PURPOSE": "Compare two spellings", "OUTPUT": str(tmp_path / f"{name}.gpkg"),
        }  # fmt: skip
        results, log = run("analyze", given)
        found.append(told_of(Path(results["OUTPUT"]))["findings"])
        logs.append(log)
    assert found[0] == found[1] and found[0]
    for rule in ("day first", "decimal commas", "semicolons", "cp1251", "“дата” and “час”", "taken as UTC"):
        assert rule in logs[1]
