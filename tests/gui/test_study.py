"""The panel from set-up to results: one run in the background, its faults, its cancellation."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from gui.panel_runs import (
    LIMIT_MS,
    close,
    fill,
    groups,
    key_dates,
    load,
    message,
    observations,
    part,
    press,
    purpose,
    run_to_end,
    sites,
    write_to,
)
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsNullSymbolRenderer,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsFieldComboBox, QgsFileWidget
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt, QTimer, QUrl
from qgis.PyQt.QtTest import QSignalSpy, QTest
from qgis.PyQt.QtWidgets import QLabel, QListView, QTextBrowser
from sitelight.plugin.data.exports import export_study
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.base import InputError, StudyError
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.results.explanations import ALIKE, CHANCE, chance_texts
from sitelight.plugin.gui.results.result_models import ROW_ROLE
from sitelight.plugin.gui.widgets.charts import BarChart
from sitelight.plugin.gui.widgets.count_table import CountTable
from sitelight.plugin.gui.widgets.inputs import detect_observations
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE, breakable
from sitelight.plugin.layers.result_layers import MainThreadError, add_result_layers
from sitelight.plugin.tasks.study_task import NOT_READ_AGAIN
from worlds.small_world import CROWD_LAT, CROWD_LON, KEY_DATE, write_observations, write_sites


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=811), write_sites(folder / "sites.geojson")


def test_run_brings_lists_layers_and_place(panel, world, tmp_path, qtbot):
    output = tmp_path / "étude 1.gpkg"
    fill(panel, world, output)
    run_to_end(panel, qtbot)
    findings = panel.controller.results.tables["findings"]
    assert "Hotel Palm" in set(findings["spot_name"])
    events = panel.controller.results.tables["events"]
    assert panel.findings_page.row_count() == len(events) == findings["event_id"].nunique()
    (group,) = groups()
    assert KEY_DATE in group.name()
    layers = [node.layer() for node in group.findLayers()]
    assert [layer.name() for layer in layers][:2] == ["Events", "Findings"]
    shown = {node.layer().name(): node.itemVisibilityChecked() for node in group.findLayers()}
    assert shown["Events"] and not shown["Findings"]
    assert [layer.name() for layer in layers][-2:] == ["Heat", "Places Measured"]
    for layer in layers:
        assert layer.isValid()
        assert layer.crs().authid() == "EPSG:4326"
        assert layer.temporalProperties().isActive() == (layer.name() != "Places Measured")  # which are of all times
        assert layer.featureCount() > 0
    assert layers[0].renderer().type() == "categorizedSymbol"
    assert layers[-2].renderer().type() == "graduatedSymbol"
    panel.findings_page.choose(0)
    assert [layer.selectedFeatureCount() for layer in layers[:2]] == [1, 1]
    assert_explained(panel)
    panel.show_place(CROWD_LAT, CROWD_LON)
    assert part(panel, QLabel, "place_title").text() == "Hotel Palm"
    assert sum(bar.is_key for bar in part(panel, BarChart, "windows_chart").bars()) == 1


def assert_explained(panel: SitelightPanel) -> None:
    """The chosen finding says what drives it and, on a click, which behaviors rest on the same evidence."""
    details = part(panel, QTextBrowser, "findings_details")
    row = part(panel, QListView, "findings_list").currentIndex().data(ROW_ROLE)
    table = panel.controller.results.tables["explanations"]
    mine = table[table.finding_id == row["finding_id"]]
    for text in mine[mine.kind != "alike"].text:
        assert text in details.toPlainText()
    alike = mine[mine.kind == "alike"].text.tolist()
    assert alike
    assert alike[0] not in details.toPlainText()
    assert not any(text in details.toPlainText() for text in chance_texts())
    details.anchorClicked.emit(QUrl(ALIKE))
    assert all(text in details.toPlainText() for text in alike)
    details.anchorClicked.emit(QUrl(CHANCE))
    assert all(text in details.toPlainText() for text in (*alike, *chance_texts()))


def test_sites_that_were_left_out_are_told_in_panel_and_record(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    path = tmp_path / "sites.csv"
    path.write_text(f"name,category,lat,lon\nHotel Palm,hotel,{CROWD_LAT},{CROWD_LON}\nSomewhere,hotel,,\n")
    sites(panel).set_path(str(path))
    run_to_end(panel, qtbot)
    sentence = "1 of 2 sites in sites.csv has no position and was left out."
    assert sentence in part(panel, QLabel, "findings_notes").text()
    assert sentence in read_results(tmp_path / "study.gpkg").notes


def test_pressing_run_opens_no_file(panel, world, tmp_path):
    """What the panel hands over names files that are gone by then: only the run itself can notice."""
    fill(panel, world, tmp_path / "study.gpkg")
    copies = [tmp_path / "o.csv", tmp_path / "s.geojson"]
    for copy, path in zip(copies, world):
        copy.write_bytes(path.read_bytes())
    observations(panel).set_path(str(copies[0]))
    sites(panel).set_path(str(copies[1]))
    for copy in copies:
        copy.unlink()
    request = panel.study_page.request()
    with pytest.raises(InputError, match="o.csv"):
        request.open_source()
    with pytest.raises(InputError, match="s.geojson"):
        request.read_sites()


def test_the_map_follows_the_keyboard_in_the_list(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    panel.setVisible(True)
    page = panel.findings_page
    shown = part(page, QListView, "findings_list")
    page.choose(0)
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    with qtbot.waitSignal(page.chosen) as caught:
        QTest.keyClick(shown, Qt.Key.Key_Down)
    assert shown.currentIndex().row() == 1
    assert caught.args[0]["finding_id"] == shown.currentIndex().data(ROW_ROLE)["finding_id"]


def test_a_second_run_writes_a_file_of_its_own_and_alone_is_drawn(panel, world, tmp_path, qtbot):
    assert QgsProject.instance().write(str(tmp_path / "town.qgz"))
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    before = (tmp_path / "study.gpkg").read_bytes()
    run_to_end(panel, qtbot)
    assert panel.controller.path == str(tmp_path / "town_sitelight.gpkg")
    assert (tmp_path / "study.gpkg").read_bytes() == before
    second, first = groups()
    assert second.isVisible() and not first.isVisible() and not first.isExpanded()


def test_second_run_into_a_chosen_file_replaces_the_group_and_the_file(panel, world, tmp_path, qtbot):
    output = tmp_path / "study.gpkg"
    fill(panel, world, output)
    run_to_end(panel, qtbot)
    write_to(panel, output)
    run_to_end(panel, qtbot)
    assert panel.controller.path == str(output)
    assert len(groups()) == 1
    ids = [node.layerId() for node in groups()[0].findLayers()]
    assert sorted(ids) == sorted(QgsProject.instance().mapLayers())
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".gpkg"] == ["study.gpkg"]


def test_another_key_date_is_asked_without_reading_again_until_the_project_is_closed(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    first = panel.controller.results
    key_dates(panel).set_key_dates((date.fromisoformat(KEY_DATE) - timedelta(days=14),))
    run_to_end(panel, qtbot)
    again = panel.controller.results
    assert NOT_READ_AGAIN in again.notes and NOT_READ_AGAIN in read_results(panel.controller.path).notes
    assert again.known.movements is first.known.movements
    assert not set(first.evidence.pseudonyms) & set(again.evidence.pseudonyms)
    QgsProject.instance().clear()
    fill(panel, world, tmp_path / "other.gpkg")
    run_to_end(panel, qtbot)
    assert NOT_READ_AGAIN not in panel.controller.results.notes


def test_every_fault_is_one_sentence_and_the_panel_stays_usable(panel, world, tmp_path, qtbot):
    output = tmp_path / "study.gpkg"
    fill(panel, world, output)

    def broken():
        raise ZeroDivisionError("of all things")

    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        panel.controller.run(replace(panel.study_page.request(), open_source=broken))
    assert "ZeroDivisionError" in message(panel)
    assert "Log Messages" in message(panel)
    assert list(tmp_path.iterdir()) == []
    assert groups() == []
    run_to_end(panel, qtbot)
    assert len(groups()) == 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda panel, tmp: observations(panel).set_layer(None), "no observations yet"),
        (lambda panel, tmp: key_dates(panel).set_key_dates(()), "no key date yet"),
        (lambda panel, tmp: write_to(panel, tmp / "gone" / "s.gpkg"), "does not exist"),
        (lambda panel, tmp: write_to(panel, "/proc/s.gpkg"), "/proc cannot be written to"),
        (lambda panel, tmp: key_dates(panel).set_key_dates((date(2031, 1, 1),)), "2031-01-01"),
        (lambda panel, tmp: observations(panel).set_path(str(tmp / "missing.csv")), "missing.csv"),
    ],
    ids=["no observations", "no key date", "no folder", "no right to write", "date outside the data", "no file"],
)
def test_what_is_missing_is_said(panel, world, tmp_path, qtbot, spoil, words):
    fill(panel, world, tmp_path / "study.gpkg")
    spoil(panel, tmp_path)
    press(panel, "run")
    if panel.controller.is_running():
        qtbot.waitUntil(lambda: not panel.controller.is_running(), timeout=LIMIT_MS)
    assert words in message(panel)
    assert groups() == []
    assert list(tmp_path.iterdir()) == []
    assert observations(panel).isEnabled()


STAGES = ("Reading observations", "Finding stays", "Testing key dates", "Writing the GeoPackage")


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_leaves_no_file_and_no_layer(panel, world, tmp_path, qtbot, stage):
    fill(panel, world, tmp_path / "study.gpkg")
    cancelled = QSignalSpy(panel.controller.cancelled)
    asked: list[float] = []

    def cancel_at(name: str) -> None:
        if name == stage:
            asked.append(time.perf_counter())
            panel.controller.cancel()

    panel.controller.stage_changed.connect(cancel_at)
    run_to_end(panel, qtbot)
    if len(cancelled) == 0:
        pytest.skip(f"the run was through before the cancel at {stage} arrived")
    assert asked
    assert list(tmp_path.iterdir()) == []
    assert groups() == []
    assert "cancelled" in message(panel)


def test_unloading_during_a_run_cancels_it(qgis_iface, qgis_new_project, world, tmp_path, qtbot):
    panel = SitelightPanel(qgis_iface.mapCanvas())
    fill(panel, world, tmp_path / "study.gpkg")
    press(panel, "run")
    assert panel.controller.is_running()
    close(panel)
    manager = QgsApplication.taskManager()
    qtbot.waitUntil(lambda: manager.countActiveTasks() == 0, timeout=LIMIT_MS)
    assert list(tmp_path.iterdir()) == []
    assert groups() == []


def test_the_interface_answers_during_a_run(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    beats: list[float] = []
    timer = QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    panel.controller.started.connect(timer.start)
    panel.controller.ended.connect(timer.stop)
    run_to_end(panel, qtbot)
    assert len(beats) > 3


def test_choices_are_kept_in_the_project(panel, qgis_iface, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    panel.study_page.save_state()
    project_path = str(tmp_path / "project.qgz")
    assert QgsProject.instance().write(project_path)
    QgsProject.instance().clear()
    purpose(panel).clear()
    key_dates(panel).set_key_dates(())
    observations(panel).set_layer(None)
    assert QgsProject.instance().read(project_path)
    assert observations(panel).path() == str(world[0])
    assert key_dates(panel).key_dates() == (date.fromisoformat(KEY_DATE),)
    assert purpose(panel).text() == "Test with synthetic data"
    assert part(panel, QgsFileWidget, "output").filePath() == str(tmp_path / "study.gpkg")


def test_layers_that_fit_are_proposed_and_others_are_not(panel, world):
    other = QgsVectorLayer("Polygon?crs=EPSG:4326&field=population:int", "districts", "memory")
    empty, unread, pings = (
        QgsVectorLayer("Point?crs=EPSG:4326&field=maid:string&field=timestamp:string", name, "memory")
        for name in ("empty", "unread", "pings")
    )
    add_rows(unread, "yesterday or so")
    add_rows(pings, "2023-07-26T10:00:00Z")
    no_sites = QgsVectorLayer("Point?crs=EPSG:4326&field=name:string&field=category:string", "no sites", "memory")
    roads = QgsVectorLayer("LineString?crs=EPSG:4326&field=name:string&field=category:string", "roads", "memory")
    places = QgsVectorLayer(str(world[1]), "sites", "ogr")
    QgsProject.instance().addMapLayers([other, empty, unread, no_sites, roads])
    assert observations(panel).is_empty()
    assert sites(panel).is_empty()
    QgsProject.instance().addMapLayers([pings, places])
    assert observations(panel).layer().name() == "pings"
    assert sites(panel).layer().name() == "sites"
    QgsProject.instance().removeMapLayer(pings)
    assert observations(panel).is_empty()


def add_rows(layer: QgsVectorLayer, time_text: str) -> None:
    features = []
    for number in range(20):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([f"device {number % 4}", time_text])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(2.1, 13.5 + number / 1000)))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]


def test_the_line_of_columns_follows_what_is_chosen_by_hand(panel, world):
    """The combos are worked with the keyboard, as an analyst does."""
    observations(panel).set_path(str(world[0]))
    summary = part(panel, QLabel, "observations_summary")
    assert "Accuracy: horizontal_accuracy" in summary.text().replace(ZERO_WIDTH_SPACE, "")
    combo = part(panel, QgsFieldComboBox, "observations_accuracy")
    QTest.keyClick(combo, Qt.Key.Key_Home)
    assert combo.currentField() == ""
    assert "Accuracy: none" in summary.text()
    part(panel, QgsFieldComboBox, "observations_time").setField("device_id")
    assert "Time: device_id" in summary.text()


def test_layers_cannot_be_made_outside_the_main_thread(qgis_new_project, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, pytest.raises(MainThreadError):
        pool.submit(add_result_layers, str(tmp_path / "x.gpkg"), None, []).result()


def test_loading_a_file_that_is_no_study_is_one_sentence(panel, world, qtbot, monkeypatch):
    load(panel, world[1], qtbot, monkeypatch)
    assert "no Sitelight study" in message(panel)
    assert observations(panel).isEnabled()
    assert not panel.controller.is_running()


def test_a_study_that_was_loaded_shows_what_the_run_showed(panel, world, tmp_path, qtbot, monkeypatch):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    names = [node.name() for node in groups()[0].findLayers()]
    rows = panel.findings_page.row_count()
    QgsProject.instance().clear()
    assert groups() == []
    load(panel, tmp_path / "study.gpkg", qtbot, monkeypatch)
    assert [node.name() for node in groups()[0].findLayers()] == names
    assert panel.findings_page.row_count() == rows > 0


def test_layers_have_our_style_whatever_the_file_brings(panel, world, tmp_path, qtbot, monkeypatch):
    """The analyst's own styles are kept in the project."""
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    other = QgsVectorLayer(groups()[0].findLayers()[0].layer().source(), "Findings", "ogr")
    other.setRenderer(QgsNullSymbolRenderer())
    assert other.saveStyleToDatabase("mine", "", True, "") == ""
    QgsProject.instance().clear()
    load(panel, tmp_path / "study.gpkg", qtbot, monkeypatch)
    layer = groups()[0].findLayers()[0].layer()
    assert layer.renderer().type() == "categorizedSymbol"
    layer.setRenderer(QgsNullSymbolRenderer())
    QgsProject.instance().write(str(tmp_path / "project.qgz"))
    QgsProject.instance().clear()
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        QgsProject.instance().read(str(tmp_path / "project.qgz"))
    assert groups()[0].findLayers()[0].layer().renderer().type() == "nullSymbol"


def test_closing_the_panel_while_layers_are_opened_adds_none(qgis_iface, qgis_new_project, world, tmp_path, qtbot):
    panel = SitelightPanel(qgis_iface.mapCanvas())
    fill(panel, world, tmp_path / "study.gpkg")
    panel.controller.stage_changed.connect(lambda stage: panel.shut_down() if stage == "Adding layers" else None)
    press(panel, "run")
    qtbot.waitUntil(lambda: not panel.controller.is_running(), timeout=LIMIT_MS)
    qtbot.wait(50)
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert groups() == []
    assert (tmp_path / "study.gpkg").exists()


def test_a_place_without_a_study_says_what_to_do(panel):
    panel.show_place(1.0, 2.0)
    assert "run one on the Study tab" in part(panel, QLabel, "place_empty").text()


def test_state_in_the_project_that_is_no_state_is_ignored(panel):
    QgsProject.instance().writeEntry("sitelight", "/study", json.dumps([1, 2]))
    panel.study_page.restore_state()
    assert key_dates(panel).key_dates() == ()


def test_only_one_study_runs_at_a_time(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    request = panel.study_page.request()
    panel.controller.run(request)
    with pytest.raises(StudyError):
        panel.controller.run(request)
    panel.controller.cancel()
    qtbot.waitUntil(lambda: not panel.controller.is_running(), timeout=LIMIT_MS)


def test_long_words_of_a_message_can_be_broken_and_short_ones_stay():
    short = "The file a_b.csv is empty."
    assert breakable(short) == short
    long = "The layer observations_of_the_summer_2023.csv is empty."
    assert breakable(long).replace(ZERO_WIDTH_SPACE, "") == long
    assert max(map(len, breakable(long).replace(" ", ZERO_WIDTH_SPACE).split(ZERO_WIDTH_SPACE))) <= 13


def test_clocks_that_run_ahead_do_not_become_the_proposed_date(tmp_path):
    rows = "".join(f"d{n % 7},{1_690_000_000 + 60 * n},13.5,2.1\n" for n in range(300))
    path = tmp_path / "pings.csv"
    path.write_text(f"device_id,timestamp,latitude,longitude\n{rows}d1,4102444799,13.5,2.1\n", encoding="utf-8")
    assert detect_observations(None, str(path)).last_day == date(2023, 7, 22)


def test_a_second_table_replaces_the_first_at_once(qgis_new_project, qtbot):
    table = CountTable("who")
    qtbot.addWidget(table)
    table.show_rows([("Anyone", "9"), ("Resident", "8+"), ("Local", "6")])
    table.show()
    first = table.findChildren(QLabel)
    assert all(label.isVisible() for label in first) and len(first) == 6
    table.show_rows([("Anyone", "7")])
    assert not any(label.isVisible() for label in first)
    assert [label.text() for label in table.findChildren(QLabel) if label not in first] == ["Anyone", "7"]


def test_no_run_and_no_export_writes_over_an_input_or_a_file_of_the_analyst(panel, world, tmp_path, qtbot):
    before = world[0].read_bytes(), world[1].read_bytes()
    mine = tmp_path / "mine.gpkg"
    mine.write_text("a file of the analyst")
    fill(panel, world, tmp_path / "study.gpkg")
    for place in (mine, tmp_path):
        write_to(panel, place if place.is_file() else f"{place}/.gpkg")
        if place.is_dir():
            (tmp_path / ".gpkg").mkdir()
        press(panel, "run")
        assert not panel.controller.is_running() and message(panel).endswith(".")
    link = tmp_path / "link.gpkg"
    link.symlink_to(world[0])
    write_to(panel, link)
    press(panel, "run")
    assert "is read in this run" in message(panel) and not panel.controller.is_running()
    write_to(panel, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    for target in (mine, link, world[0]):
        with pytest.raises(InputError):
            export_study("study", panel.controller.path, target, [str(world[0])])
    assert mine.read_text() == "a file of the analyst" and (world[0].read_bytes(), world[1].read_bytes()) == before
