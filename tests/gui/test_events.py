"""Key dates from a table of events, their places as sites, and the calendar of the study."""

from __future__ import annotations

from datetime import date

import pytest
from gui.panel_runs import fill, key_dates, load, message, part, press, run_to_end, sites
from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLabel, QTableView, QWidget
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.gui.study.events_dialog import EventsDialog
from sitelight.plugin.gui.widgets.source_picker import SourcePicker
from worlds.small_world import KEY_DATE, write_observations, write_sites

ACLED = """event_date,time_precision,event_type,country,location,latitude,longitude,geo_precision
28 June 2023,1,Protests,Niger,Niamey,13.5137,2.1098,1
20 June 2023,2,Battles,Niger,Tera,14.0078,0.7531,1
01 June 2023,3,Battles,Niger,Tillaberi,14.2,1.45,3
12 May 2022,1,Battles,Mali,Mopti,14.4843,-4.183,1
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "acled é.csv"
    path.write_text(ACLED, encoding="utf-8")
    return path


def opened(panel, qtbot, path=None, layer=None) -> EventsDialog:
    press(panel, "key_dates_from_table")
    dialog = part(panel, EventsDialog, "events_dialog")
    picker = part(dialog, SourcePicker, "events_picker")
    picker.set_path(str(path)) if layer is None else picker.set_layer(layer)
    rows = part(dialog, QTableView, "events_table").model()
    qtbot.waitUntil(lambda: rows.rowCount() > 0 or bool(dialog.findChildren(QLabel, "unknown")), timeout=30_000)
    return dialog


def ok(dialog):
    return part(dialog, QDialogButtonBox, "events_buttons").button(QDialogButtonBox.StandardButton.Ok)


def texts(view: QTableView, column: int) -> list[str]:
    model = view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_events_are_filtered_and_their_days_added(panel, table, qtbot):
    dialog = opened(panel, qtbot, table)
    view = part(dialog, QTableView, "events_table")
    assert texts(view, 0) == ["2023-06-28", "2023-06-20 (week)", "2023-06 (month)", "2022-05-12"]
    assert not ok(dialog).isEnabled()
    country = part(dialog, QComboBox, "events_country")
    country.setCurrentIndex(country.findText("Niger"))
    qtbot.waitUntil(lambda: view.model().rowCount() == 3)
    view.selectAll()
    assert ok(dialog).text() == "Add 1 Key Date"
    note = part(dialog, QLabel, "events_note").text()
    assert "3 of 4 events" in note and "1 to the week, 1 to the month" in note
    ok(dialog).click()
    assert key_dates(panel).key_dates() == (date(2023, 6, 28),)
    assert sites(panel).is_empty()


def test_places_become_a_layer_that_is_the_sites(panel, table, qtbot):
    dialog = opened(panel, qtbot, table)
    part(dialog, QCheckBox, "events_places").setChecked(True)
    part(dialog, QTableView, "events_table").selectAll()
    ok(dialog).click()
    (layer,) = QgsProject.instance().mapLayers().values()
    assert {feature["name"] for feature in layer.getFeatures()} == {"Niamey", "Tera", "Mopti"}
    assert sites(panel).layer() is layer and layer.crs().authid() == "EPSG:4326"
    assert key_dates(panel).key_dates() == (date(2022, 5, 12), date(2023, 6, 28))
    assert "3 sites" in message(panel)


def test_a_layer_of_the_project_as_it_is_filtered(panel, table, qtbot):
    layer = QgsVectorLayer(str(table), "events", "ogr")
    assert layer.setSubsetString("country = 'Mali'")
    QgsProject.instance().addMapLayer(layer)
    dialog = opened(panel, qtbot, layer=layer)
    assert texts(part(dialog, QTableView, "events_table"), 1) == ["Mali"]
    dialog.reject()


def test_a_table_without_dates_is_said_in_the_dialog(panel, tmp_path, qtbot):
    path = tmp_path / "none.csv"
    path.write_text("a,b\n1,2\n")
    press(panel, "key_dates_from_table")
    dialog = part(panel, EventsDialog, "events_dialog")
    part(dialog, SourcePicker, "events_picker").set_path(str(path))
    bar = part(dialog, QWidget, "events_bar")
    told = lambda: " ".join(label.text() for label in bar.findChildren(QLabel))  # noqa: E731
    qtbot.waitUntil(lambda: "no column of dates" in told(), timeout=30_000)
    assert not ok(dialog).isEnabled()
    dialog.reject()


def test_closing_while_it_reads_leaves_nothing(panel, table, qtbot):
    press(panel, "key_dates_from_table")
    dialog = part(panel, EventsDialog, "events_dialog")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    part(dialog, SourcePicker, "events_picker").set_path(str(table))
    dialog.reject()
    qtbot.wait(500)
    assert part(dialog, QTableView, "events_table").model().rowCount() == 0
    dialog.deleteLater()


def test_the_calendar_is_checked_shown_and_kept_with_the_study(panel, tmp_path, qtbot, monkeypatch):
    days = tmp_path / "days.csv"
    days.write_text("country,from,to,kind,name\nNiger,2023-06-27,2023-07-03,curfew,Niamey\nNAM,2023-03-21,,holiday,\n")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("country,from,to,kind,name\nNiger,2023-06-27,2023-06-01,curfew,Niamey\n")
    picker = part(panel, SourcePicker, "calendar_picker")
    picker.set_path(str(wrong))
    assert "Row 1 of wrong.csv ends" in message(panel) and picker.is_empty()
    picker.set_path(str(days))
    assert part(panel, QLabel, "calendar_note").text().startswith("1 curfew, 1 holiday · NA, NE · 2023-03-21")
    panel.show()  # a group that was never shown does not change
    group = part(panel, QgsCollapsibleGroupBoxBasic, "advanced")
    for is_collapsed in (True, False, True):
        group.setCollapsed(is_collapsed)
        assert part(panel, QLabel, "calendar_note").isVisibleTo(group) is not is_collapsed
    fill(panel, (write_observations(tmp_path / "pings.csv", 4711), write_sites(tmp_path / "sites.geojson")),
         tmp_path / "study.gpkg")  # fmt: skip
    run_to_end(panel, qtbot)
    kept = read_results(tmp_path / "study.gpkg")
    table = kept.tables["calendar"]
    assert table.loc[table["source"] == "days.csv", ["country", "start", "end", "kind"]].values.tolist() == [
        ["NE", "2023-06-27", "2023-07-03", "curfew"], ["NA", "2023-03-21", "2023-03-21", "holiday"],
    ]  # fmt: skip
    assert ["NE", "2023-06-28", "Eid al-Adha"] in table[["country", "start", "name"]].values.tolist()
    load(panel, tmp_path / "study.gpkg", qtbot, monkeypatch)
    assert f"{len(table)} days and spans" in part(panel, QLabel, "record_text").text()
    assert kept.run["study"]["key_dates"] == [KEY_DATE]
