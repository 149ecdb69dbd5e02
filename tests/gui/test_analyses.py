"""Further analyses from the panel: the study's link network, drawn areas, origins of a finding, the algorithms."""

from __future__ import annotations

import gc
from datetime import date

import pandas as pd
import pytest
import qgis.utils
from gui.panel_runs import fill, load, part, press, run_to_end
from gui.reach_texts import cells_of, text_of
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsLayerTreeModel,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsBrowserGuiModel, QgsLayerTreeView
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QPoint, Qt, QUrl
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QLabel,
    QListView,
    QPushButton,
    QSpinBox,
    QTextBrowser,
)
from shapely.geometry import LineString
from sitelight.plugin.data.kept_answers import add_answers
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.tables import SCHEMAS
from sitelight.plugin.gui.map.canvas_entry import CanvasEntry
from sitelight.plugin.gui.map.map_tools import AreaTool
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.results.explanations import ORIGINS
from sitelight.plugin.gui.results.result_models import ROW_ROLE
from sitelight.plugin.layers.result_layers import find_result_layer
from worlds.camp_world import FROM_CAMP, write_camp_world
from worlds.small_world import CROWD_LAT, CROWD_LON, KEY_DATE

TIMEOUT_MS = 60_000


@pytest.fixture(scope="module")
def provider(qgis_processing):
    from sitelight.plugin.algorithms.provider import SitelightProvider

    made = SitelightProvider()
    QgsApplication.processingRegistry().addProvider(made)
    yield made
    QgsApplication.processingRegistry().removeProvider(made)


@pytest.fixture()
def browser(qgis_iface, monkeypatch):
    """The stub of QGIS's interface has no browser, which dialogs of Processing look into."""
    model = QgsBrowserGuiModel()
    monkeypatch.setattr(qgis_iface, "browserModel", lambda: model, raising=False)


@pytest.fixture()
def studied(panel, world, tmp_path, qtbot):  # noqa: F811
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    return panel


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return write_camp_world(tmp_path_factory.mktemp("reach"))


def actions_of(panel: SitelightPanel) -> dict:
    return {action.text(): action for action in panel.analyses.menu().actions() if action.text()}


def cancel_tasks() -> None:
    """Cancel what runs in the background, as in QGIS's own list of tasks."""
    for task in QgsApplication.taskManager().tasks():
        task.cancel()


def square(lat: float, lon: float, half_deg: float) -> bytes:
    from shapely.geometry import box

    return box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg).wkb


def test_the_network_of_the_study_is_a_chart_and_two_layers(studied, qtbot):
    questions, window = studied.questions, studied.questions.network
    with qtbot.waitSignal(questions.links.answered, timeout=TIMEOUT_MS) as answered:
        actions_of(studied)["Link Network of the Study…"].trigger()
    assert window.isVisible()
    names = answered.args[1].places["spot_name"].tolist()
    assert {"North Camp", "Hotel Palm"} <= set(names)
    places = find_result_layer(studied.controller.path, "network:places")
    links = find_result_layer(studied.controller.path, "network:links")
    assert sorted(feature["spot_name"] for feature in places.getFeatures()) == sorted(names)
    pairs = {frozenset((f["from_name"], f["to_name"])): f["devices"] for f in links.getFeatures()}
    # The six went from the camp to the hotel; nobody else was at both.
    assert pairs[frozenset(("North Camp", "Hotel Palm"))] == str(FROM_CAMP)
    kind = part(window, QComboBox, "network_kind")
    with qtbot.waitSignal(questions.links.answered, timeout=TIMEOUT_MS) as answered:
        kind.setCurrentIndex(kind.findData("flows"))
    assert answered.args[1].kind == "flows"
    layers = [layer.customProperty("sitelight/role") for layer in QgsProject.instance().mapLayers().values()]
    # It took them four days from the camp to the hotel, and flows last a day at most.
    assert layers.count("network:places") == 1 and layers.count("network:links") == 0
    assert "No two of these places are linked" in part(window, QLabel, "network_note").text()
    window.chart.place_chosen.emit(answered.args[1].places["spot_name"].tolist().index("Hotel Palm"))
    assert part(studied, QLabel, "place_title").text().replace("\u200b", "") == "Hotel Palm"


def test_what_cannot_be_linked_is_said_in_the_window(studied, qtbot):
    window = studied.questions.network
    with qtbot.waitSignal(studied.questions.links.answered, timeout=TIMEOUT_MS):
        actions_of(studied)["Link Network of the Study…"].trigger()
    visits = part(window, QComboBox, "network_visits")
    visits.addItem("before the data", ("2001-01-01", "2001-01-07"))
    with qtbot.waitSignal(studied.questions.links.failed, timeout=TIMEOUT_MS):
        visits.setCurrentIndex(visits.count() - 1)
    assert "There are no visits in this window." in part(window, QLabel, "network_note").text()
    assert window.chart.accessibleDescription() == window.ranking.accessibleDescription() == ""


def test_a_study_from_a_file_offers_its_network_and_the_origins_of_its_findings(studied, qtbot, monkeypatch):
    path = studied.controller.path
    findings = studied.controller.results.tables["findings"]
    origins = studied.controller.results.tables["origins"]
    load(studied, path, qtbot, monkeypatch)
    assert actions_of(studied)["Link Network of the Study…"].isEnabled()
    main = findings["finding_id"].isin(studied.controller.results.tables["events"]["finding_id"])
    told = findings[main & findings["finding_id"].isin(origins["finding_id"])].sort_values("rank")
    finding = told[told["spot_name"] == "Hotel Palm"].iloc[0]
    events = studied.controller.results.tables["events"]
    studied.findings_page.choose(int(events.loc[events["event_id"] == finding["event_id"], "rank"].iloc[0]) - 1)
    details = part(studied, QTextBrowser, "findings_details")
    assert "North Camp" not in details.toPlainText()
    details.anchorClicked.emit(QUrl(ORIGINS))
    assert "North Camp" in details.toPlainText()
    # Nobody had come to the hotel before, so there is no control, and no line is drawn.
    assert find_result_layer(studied.controller.path, "flows:place") is None


def test_the_flows_of_a_finding_and_of_no_other_come_to_the_map(studied):
    tables = studied.controller.results.tables
    ids = tables["findings"]["finding_id"].tolist()
    row = dict.fromkeys(SCHEMAS["flows"].columns, "")
    shape = LineString([(2.0, 13.0), (2.1, 13.5)]).wkb
    flows = [{**row, "finding_id": number, "direction": "before", "kind": "site", "name": f"Place {number}",
              "devices": "7", "share": 0.5, "expected_share": 0.1, "lift": 5.0, "p_value": 0.001, "geometry": shape}
             for number in ids]  # fmt: skip
    add_answers(studied.controller.path, "finding_id", {"flows": pd.DataFrame(flows)}, "test", {})
    for position in range(2):
        studied.findings_page.choose(position)
        number = part(studied, QListView, "findings_list").currentIndex().data(ROW_ROLE)["finding_id"]
        part(studied, QTextBrowser, "findings_details").anchorClicked.emit(QUrl(ORIGINS))
        layer = find_result_layer(studied.controller.path, "flows:place")
        assert [feature["name"] for feature in layer.getFeatures()] == [f"Place {number}"]


def test_a_drawn_area_has_a_card_and_is_looked_back_from(studied, qtbot):
    studied.show_area(square(CROWD_LAT, CROWD_LON, 0.002))
    assert part(studied, QLabel, "place_title").text().startswith("Drawn area ")
    ask = part(studied, QPushButton, "reach_ask")
    with qtbot.waitSignal(studied.questions.reach.answered, timeout=TIMEOUT_MS):
        ask.click()
    assert cells_of(studied)["North Camp"][0] == str(FROM_CAMP)
    studied.show_area(square(-40.0, 100.0, 0.002))
    empty = part(studied, QLabel, "place_empty").text()
    assert empty == "Nobody was ever seen at the drawn area. Choose a larger area or a place with observations."
    studied.show_area(b"\x01\x03\x00\x00\x00\x00\x00\x00\x00")
    assert "no area" in part(studied, QLabel, "place_empty").text()


def test_other_dates_and_days_are_asked_as_chosen(studied, qtbot):
    studied.show_place(CROWD_LAT, CROWD_LON)
    windows = part(studied, QComboBox, "reach_window")
    first, last = (part(studied, QDateEdit, f"reach_{name}") for name in ("first", "last"))
    assert not first.isVisibleTo(studied.place_page)
    windows.setCurrentIndex(windows.count() - 1)
    assert first.isVisibleTo(studied.place_page)
    first.setDate(first.date().addDays(1))
    last.setDate(first.date())
    part(studied, QSpinBox, "reach_days").setValue(3)
    question = studied.place_page.reach.question()
    chosen = date.fromisoformat(first.date().toString("yyyy-MM-dd"))
    assert (question.window.start, question.window.end, question.days) == (chosen, chosen, 3)
    # The six were at the camp four days before they came: three days do not reach that far.
    with qtbot.waitSignal(studied.questions.reach.answered, timeout=TIMEOUT_MS):
        press(studied, "reach_ask")
    assert "North Camp" not in cells_of(studied)
    last.setDate(first.date().addDays(-2))
    with qtbot.waitSignal(studied.questions.reach.failed, timeout=TIMEOUT_MS):
        press(studied, "reach_ask")
    assert "The window ends before it begins" in text_of(studied)


def test_an_answer_about_an_earlier_study_does_not_come(studied, world, tmp_path, qtbot):  # noqa: F811
    studied.show_place(CROWD_LAT, CROWD_LON)
    part(studied, QSpinBox, "reach_days").setValue(3)  # the run keeps the answer for 30
    asked = studied.place_page.reach.question()
    studied.place_page.reach.asked.emit(asked)
    studied.controller.forget()
    with qtbot.assertNotEmitted(studied.questions.reach.answered, wait=600):
        pass
    assert find_result_layer(str(tmp_path / "study.gpkg"), "flows:place") is None


def test_a_cancelled_question_frees_the_card_and_one_about_another_card_leaves_it_alone(studied, qtbot):
    studied.show_place(CROWD_LAT, CROWD_LON)
    reach, ask = studied.questions.reach, part(studied, QPushButton, "reach_ask")
    part(studied, QSpinBox, "reach_days").setValue(3)  # the run keeps the answer for 30
    ask.click()
    with qtbot.waitSignal(reach.failed, timeout=TIMEOUT_MS):
        cancel_tasks()
    assert ask.isEnabled() and text_of(studied) == ""
    asked = studied.place_page.reach.question()
    studied.show_area(square(CROWD_LAT, CROWD_LON, 0.002))
    reach.failed.emit(asked, StudyError("about the place before"))
    assert text_of(studied) == ""
    network, window = studied.questions.links, studied.questions.network
    actions_of(studied)["Link Network of the Study…"].trigger()
    part(window, QCheckBox, "network_cells").click()
    with qtbot.waitSignal(network.failed, timeout=TIMEOUT_MS):
        cancel_tasks()
    assert part(studied, QLabel, "network_note").text().startswith("Cancelled.")


def test_a_polygon_is_drawn_by_clicks_on_the_canvas(qgis_iface, qgis_new_project, qtbot):
    from qgis.PyQt.QtGui import QIcon

    canvas = qgis_iface.mapCanvas()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    canvas.resize(400, 400)
    canvas.setExtent(QgsRectangle(1.0, 13.0, 3.0, 15.0))
    entry = CanvasEntry(canvas, qgis_iface.mainWindow(), QIcon(), QIcon())
    before = canvas.mapTool()
    entry.actions[1].trigger()
    assert isinstance(canvas.mapTool(), AreaTool) and entry.actions[1].isChecked()

    def click(x: int, y: int, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseClick(canvas.viewport(), button, pos=QPoint(x, y))

    drawn = []
    entry.area_drawn.connect(drawn.append)
    click(100, 100), click(300, 100)
    click(200, 200, Qt.MouseButton.RightButton)  # two corners are no area
    assert drawn == []
    click(390, 390), QTest.keyClick(canvas, Qt.Key.Key_Backspace)
    click(200, 300), click(200, 300, Qt.MouseButton.RightButton)
    from shapely import wkb

    (shape,) = (wkb.loads(one) for one in drawn)
    transform = canvas.getCoordinateTransform()
    corners = [transform.toMapCoordinates(x, y) for x, y in ((100, 100), (300, 100), (200, 300))]
    assert [QgsPointXY(*xy).sqrDist(corner) < 1e-12 for xy, corner in zip(shape.exterior.coords, corners)] == [True] * 3
    click(50, 50), click(350, 60)
    point = QPoint(200, 350)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=point)
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=point)  # a mouse sends a release after it
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert len(drawn) == 2 and len(wkb.loads(drawn[1]).exterior.coords) == 4
    QTest.keyClick(canvas, Qt.Key.Key_Escape)  # nothing is drawn any more: at once it leaves the tool
    assert canvas.mapTool() is before and not entry.actions[1].isChecked()
    entry.shut_down()


def test_every_algorithm_of_the_menu_opens_with_the_inputs_of_the_panel(panel, world, provider, browser, tmp_path):  # noqa: F811
    fill(panel, world, tmp_path / "study.gpkg")
    part(panel, QSpinBox, "cell_size").setValue(700)
    offered = [f"{algorithm.displayName()}…" for section in provider.analyses() for algorithm in section]
    assert list(actions_of(panel)) == ["Link Network of the Study…", *offered]
    assert "Trace itineraries back from a place…" in offered
    names = {algorithm.name() for section in provider.analyses() for algorithm in section}
    assert {action.objectName() for action in actions_of(panel).values()} == {
        f"sitelight_analyses_{name}" for name in (*names, "network")
    }
    for title, action in actions_of(panel).items():
        if title == "Link Network of the Study…":
            continue
        action.trigger()
        dialog = panel.analyses.open_dialogs()[-1]
        assert dialog.isVisible(), title
        given = dialog.createProcessingParameters()
        assert given["OBSERVATIONS_FILE"] == str(world[0]), title
        assert given.get("CELL_SIZE", 700) == 700
        assert given["SITES"].endswith("sites.geojson"), title
        if "PURPOSE" in given:
            assert given["PURPOSE"] == "Test with synthetic data"
        if "KEY_DATES" in given:
            assert given["KEY_DATES"] == KEY_DATE
        dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_run_in_an_opened_dialog_runs(panel, world, provider, browser, tmp_path, qtbot, monkeypatch):  # noqa: F811
    tree = QgsLayerTreeView()
    tree.setModel(QgsLayerTreeModel(QgsProject.instance().layerTreeRoot(), tree))
    # pytest-qgis has none, and Processing of QGIS 3.44 puts the outputs into it.
    monkeypatch.setattr(qgis.utils.iface, "layerTreeView", lambda: tree, raising=False)
    fill(panel, world, tmp_path / "study.gpkg")
    actions_of(panel)["Find frequented locations…"].trigger()
    gc.collect()
    dialog = next(one for one in QApplication.topLevelWidgets() if one in panel.analyses.open_dialogs())
    dialog.runButton().click()
    qtbot.waitUntil(lambda: bool(dialog.results()), timeout=TIMEOUT_MS)
    assert dialog.results()["ROWS"] if "ROWS" in dialog.results() else dialog.results()
    dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
