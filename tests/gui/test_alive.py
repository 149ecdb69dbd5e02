"""Saved, closed and opened again: every page and every layer has what it had, without the observations."""

from __future__ import annotations

import shutil
import sqlite3

import numpy as np
import pandas as pd
import pytest
from gui.panel_runs import LIMIT_MS, close, fill, load, message, observations, part, press, run_to_end
from gui.reach_texts import cells_of, text_of
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QListView, QSpinBox, QTextBrowser
from shapely.geometry import Point
from sitelight.plugin.data.audit_log import check_study
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.earth import square_ids
from sitelight.plugin.engine.kept import KEPT_TABLES
from sitelight.plugin.engine.site_card import itineraries_at
from sitelight.plugin.engine.tables import SCHEMAS
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.results.explanations import explain_itinerary
from sitelight.plugin.gui.results.result_models import CARD_ROLE, SECTION_ROLE
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


def test_an_event_draws_its_own_itineraries_and_an_itinerary_the_first_and_itself(panel, world, tmp_path, qtbot):
    path = str(tmp_path / "study.gpkg")
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    tables = panel.controller.results.tables
    findings, itineraries = tables["findings"], tables["itineraries"]
    assert len(itineraries) > 1

    def drawn(table: str) -> set[int]:
        return {feature["itinerary_id"] for feature in find_result_layer(path, table).getFeatures()}

    for number, event in enumerate(tables["events"].sort_values("rank").itertuples()):
        panel.findings_page.choose(number)
        own = findings.loc[findings["event_id"] == event.event_id, "finding_id"]
        expected = set(itineraries.loc[itineraries["finding_id"].isin(own), "itinerary_id"])
        assert drawn("itineraries") == drawn("stops") == expected
        told = part(panel, QTextBrowser, "findings_details").toPlainText()
        assert (f"reached from this event: {len(expected)}." in told) == bool(expected)
    last = len(itineraries) - 1
    panel.itineraries_page.choose(last)
    ranked = itineraries.sort_values("rank")["itinerary_id"].tolist()
    assert drawn("itineraries") == drawn("stops") == {*ranked[:8], ranked[last]}


def test_cards_are_listed_by_q_and_the_list_says_so(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    events = panel.controller.results.tables["events"].sort_values("rank")
    assert events["q_value"].is_monotonic_increasing
    model = part(panel, QListView, "findings_list").model()
    assert "lowest q first" in model.index(0, 0).data(SECTION_ROLE)
    assert all("q " in model.index(row, 0).data(CARD_ROLE).footer for row in range(model.rowCount()))


def test_a_place_has_one_name_in_panel_map_and_file(panel, world, tmp_path, qtbot):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    shown, written = panel.controller.results.tables, read_results(path).tables
    for name in ("findings", "events", "heat", "places"):
        assert shown[name]["spot_name"].tolist() == written[name]["spot_name"].tolist()
    cells = shown["findings"][shown["findings"]["spot_kind"] == "cell"]
    assert cells["spot_id"].isin(shown["places"]["spot_id"]).all()


def test_an_unnamed_place_tells_the_itineraries_that_pass_it():
    """Stops at no site are written in the middle of a square, without an id."""
    point = Point(2.1, 13.5)
    square = str(square_ids(np.array([13.5]), np.array([2.1]))[0])
    stops = pd.DataFrame({"itinerary_id": [1, 2, 3], "spot_id": ["", "Camp", ""],
                          "geometry": [point.wkb, point.wkb, Point(2.3, 13.5).wkb]})  # fmt: skip
    tables = {"stops": stops, "itineraries": pd.DataFrame({"itinerary_id": [1, 2, 3, 4]})}
    assert itineraries_at(tables, square)["itinerary_id"].tolist() == [1]
    assert itineraries_at(tables, "Camp")["itinerary_id"].tolist() == [2]
    assert itineraries_at(tables, square, "Camp")["itinerary_id"].tolist() == [1, 2]


def test_what_was_missing_is_told_until_it_is_given(panel, world, qtbot):
    observations(panel).set_path(str(world[0]))
    press(panel, "run")
    assert "no key date yet" in message(panel)
    press(panel, "key_date_add")
    assert message(panel) == ""


def test_days_take_no_letters_and_stops_have_whole_numbers(panel, qtbot):
    before = part(panel, QSpinBox, "days_before")
    before.selectAll()
    qtbot.keyClicks(before, "ab7c")
    assert before.value() == 7 and not set("abc") & set(before.text())
    row = {**dict.fromkeys(SCHEMAS["itineraries"].columns, ""), "lookalikes": None}
    told = explain_itinerary({**row, "stops": " → ".join(f"Place {number}" for number in range(1, 121))})
    browser = QTextBrowser()
    qtbot.addWidget(browser)
    browser.setHtml(told)
    assert all(f"{number}." in browser.toPlainText() for number in range(1, 121))
