"""Saved, closed and opened again: every page and every layer has what it had, without the observations."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from gui.panel_runs import LIMIT_MS, close, fill, load, part, press, run_to_end
from gui.reach_texts import cells_of, text_of
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QSpinBox
from sitelight.plugin.data.audit_log import check_study
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.kept import KEPT_TABLES
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.charts import BarChart
from sitelight.plugin.gui.widgets.count_table import CountTable
from sitelight.plugin.layers.result_layers import find_result_layer
from worlds.camp_world import write_camp_world
from worlds.small_world import CROWD_LAT, CROWD_LON

ASKED_DAYS = 21
FAR_AWAY = (-40.0, 100.0)


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return write_camp_world(folder)


def card_of(panel: SitelightPanel) -> list:
    """Return what the place page shows of the hotel: its texts, charts and tables."""
    panel.show_place(CROWD_LAT, CROWD_LON)
    page = panel.place_page
    texts = [part(page, QLabel, f"place_{name}").text() for name in ("title", "about", "findings", "itineraries")]
    charts = [[vars(bar) if hasattr(bar, "__dict__") else bar for bar in part(page, BarChart, f"{name}_chart").bars()]
              for name in ("windows", "hours")]  # fmt: skip
    counts = [part(page, CountTable, f"{name}_table").findChildren(QLabel) for name in ("who", "origins")]
    tables = [[label.text() for label in labels if not label.isHidden()] for labels in counts]
    windows = part(page, QComboBox, "reach_window")
    return [texts, repr(charts), tables, [windows.itemText(row) for row in range(windows.count())]]


def look_back(panel: SitelightPanel, days: int, qtbot) -> list:
    panel.show_place(CROWD_LAT, CROWD_LON)
    part(panel, QSpinBox, "reach_days").setValue(days)
    with qtbot.waitSignal(panel.questions.reach.answered, timeout=LIMIT_MS):
        press(panel, "reach_ask")
    return [text_of(panel), cells_of(panel)]


def networks(panel: SitelightPanel, qtbot) -> list:
    """Return what the network window shows of each kind and window."""
    questions, shown = panel.questions, []
    window = questions.network
    with qtbot.waitSignal(questions.links.answered, timeout=LIMIT_MS):
        questions.open_network()
    visits, kind = (part(window, QComboBox, f"network_{name}") for name in ("visits", "kind"))
    for at in (1, 0):
        with qtbot.waitSignal(questions.links.answered, timeout=LIMIT_MS):
            visits.setCurrentIndex(at)
        shown.append([window.chart.accessibleDescription(), window.ranking.accessibleDescription(),
                      [window.chart.tip(row) for row, _point in window.chart.places_shown()]])  # fmt: skip
    assert kind.currentData() == "common devices"
    return shown


def layers() -> dict:
    """Return the rows of every layer of ours: none may be in memory."""
    found = {}
    for layer in QgsProject.instance().mapLayers().values():
        role = layer.customProperty("sitelight/role")
        if role:
            assert layer.isValid() and layer.providerType() == "ogr"
            found[role] = sorted(str(feature.attributes()) for feature in layer.getFeatures())
    return found


def test_a_saved_project_comes_back_with_all_that_it_showed(qgis_iface, qgis_new_project, world, tmp_path, qtbot):
    first = SitelightPanel(qgis_iface.mapCanvas())
    fill(first, world, tmp_path / "study.gpkg")
    run_to_end(first, qtbot)
    before = [card_of(first), look_back(first, 30, qtbot), look_back(first, ASKED_DAYS, qtbot), networks(first, qtbot)]
    first.show_place(*FAR_AWAY)
    nowhere = part(first, QLabel, "place_empty").text()
    assert "Fewer than 5 devices" in nowhere
    shown = layers()
    assert {"events", "heat", "places", "flows:place", "network:places", "network:links"} <= set(shown)
    assert all(shown[role] for role in ("places", "flows:place", "network:places", "network:links"))
    assert QgsProject.instance().write(str(tmp_path / "project.qgz"))
    close(first)
    QgsProject.instance().clear()
    shutil.rmtree(tmp_path / "source")
    assert QgsProject.instance().read(str(tmp_path / "project.qgz"))
    later = SitelightPanel(qgis_iface.mapCanvas())
    qtbot.waitUntil(lambda: not later.controller.is_running(), timeout=LIMIT_MS)
    assert later.controller.results.evidence is None and later.controller.check.fits
    assert layers() == shown
    again = [card_of(later), look_back(later, 30, qtbot), look_back(later, ASKED_DAYS, qtbot), networks(later, qtbot)]
    assert again == before
    later.show_place(*FAR_AWAY)
    assert part(later, QLabel, "place_empty").text() == nowhere
    # What nobody asked while the visits were in memory is told to be missing, and nothing breaks.
    with qtbot.waitSignal(later.questions.reach.failed, timeout=LIMIT_MS):
        later.show_place(CROWD_LAT, CROWD_LON)
        part(later, QSpinBox, "reach_days").setValue(3)
        press(later, "reach_ask")
    assert "keeps no answer to this question" in text_of(later)
    close(later)


def test_a_study_is_loaded_with_its_counts_and_fits_its_log(panel, world, tmp_path, qtbot, monkeypatch):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    before = [card_of(panel), look_back(panel, ASKED_DAYS, qtbot), networks(panel, qtbot)]
    assert check_study(path).fits
    with sqlite3.connect(path) as file:
        steps = [action for (action,) in file.execute("SELECT action FROM audit ORDER BY seq")]
    assert steps == ["run", "look back"]  # the networks were kept by the run
    load(panel, path, qtbot, monkeypatch)
    assert [card_of(panel), look_back(panel, ASKED_DAYS, qtbot), networks(panel, qtbot)] == before


def test_the_tables_are_small_and_tell_no_few(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    tables = read_results(tmp_path / "study.gpkg").tables
    assert all(len(tables[name]) for name in KEPT_TABLES)
    presence, profiles = tables["presence"], tables["profiles"]
    assert not (presence["devices"] < 5).any() and presence["fixes"].isna().equals(presence["devices"].isna())
    assert (profiles["devices"] >= 5).all()
    for row in profiles.itertuples():
        parts = [int(count) for count in row.counts.split()]
        assert all(count == 0 or count >= 5 for count in parts)
        assert all(count == row.devices or row.devices - count >= 5 or count == 0 for count in parts)
    told = [*tables["visitors"]["devices"], *tables["linked_places"]["devices"], *tables["links"]["devices"]]
    assert all(text == "<5" or int(text.rstrip("+")) >= 5 for text in told)
    cells = tables["places"][tables["places"]["spot_kind"] == "cell"]
    assert cells["spot_id"].str.startswith("square:").all()


def test_an_answer_that_cannot_be_kept_is_shown_without_a_layer(panel, world, tmp_path, qtbot):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE look_backs SET days = 31")
    faults = []
    panel.questions.failed.connect(faults.append)
    told = look_back(panel, ASKED_DAYS, qtbot)
    assert "Hotel Palm" in told[0]
    assert ["does not fit its table look_backs" in str(fault) for fault in faults] == [True]
    assert find_result_layer(str(path), "flows:place") is None
    with sqlite3.connect(path) as file:
        assert {days for (days,) in file.execute("SELECT days FROM look_backs")} == {31}
