"""Signatures in the panel: examples from findings, a place and the map; learn, save, look, and see it on the map."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import pandas as pd
import pytest
import shapely.wkb
from bench.signature_worlds import make_world
from gui.panel_runs import (
    close,
    key_dates,
    load,
    message,
    observations,
    part,
    run_to_end,
    sites,
    told_in,
    write_to,
)
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle
from qgis.gui import QgsMapMouseEvent
from qgis.PyQt.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QLabel, QLineEdit, QListView, QListWidget, QMenu, QPushButton
from seeds import shifted
from sitelight.plugin.data.signature_files import SUFFIX, read_signature
from sitelight.plugin.engine.signatures import Mark
from sitelight.plugin.gui.map.canvas_entry import CanvasEntry
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.signatures.signature_controller import Example
from sitelight.plugin.gui.widgets.facet_bars import FacetBars
from sitelight.plugin.gui.widgets.work_button import WorkButton
from sitelight.plugin.layers.result_layers import ROLE_KEY
from worlds.coarse_grid import square_of

KIND = "convoy halt"
TIMEOUT_MS = 60_000


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return the planted world with its files."""
    folder, made = tmp_path_factory.mktemp("teams"), make_world(shifted(7611), devices=250)
    made.observations.to_csv(folder / "pings.csv", index=False)
    places = made.sites
    pd.DataFrame({
        "name": places.name, "category": places.category, "country": places.country, "lat": places.lat,
        "lon": places.lon, "radius_m": places.radius_m,
    }).to_csv(folder / "sites.csv", index=False)  # fmt: skip
    return made, folder


@pytest.fixture
def panel(qgis_iface, qgis_new_project, tmp_path):
    made = SitelightPanel(qgis_iface.mapCanvas(), profile=tmp_path / "profile é")
    yield made
    close(made)


def study(panel: SitelightPanel, world, path, qtbot) -> None:
    made, folder = world
    observations(panel).set_path(str(folder / "pings.csv"))
    sites(panel).set_path(str(folder / "sites.csv"))
    key_dates(panel).set_key_dates((made.teams[KIND][-1].start + timedelta(days=2),))
    write_to(panel, path)
    run_to_end(panel, qtbot)
    assert "hold beyond chance" in message(panel)


def convoys(world) -> list[Example]:
    return [
        Example(team.spot.name, Mark(team.start, team.start + timedelta(days=6), lat=team.spot.lat, lon=team.spot.lon))
        for team in world[0].teams[KIND][:-1]
    ]


def child(panel: SitelightPanel, kind: type, name: str):
    return part(panel.signatures, kind, name)


def said(panel: SitelightPanel) -> str:
    return told_in(panel.signatures.bar)


def work(panel: SitelightPanel, qtbot, button: str) -> None:
    with qtbot.waitSignal(panel.signatures.controller.ended, timeout=TIMEOUT_MS):
        qtbot.mouseClick(child(panel, QPushButton, button), Qt.MouseButton.LeftButton)


def matches_layers() -> list:
    layers = QgsProject.instance().mapLayers().values()
    return [layer for layer in layers if str(layer.customProperty(ROLE_KEY)).startswith("signatures:")]


@pytest.mark.slow
def test_examples_are_learned_saved_and_looked_for(panel, world, tmp_path, qtbot, monkeypatch):
    path = tmp_path / "study.gpkg"
    study(panel, world, path, qtbot)
    controller = panel.signatures.controller
    controller.add(convoys(world))
    assert child(panel, QListWidget, "example_list").count() == 4
    work_without_name(panel, qtbot)
    child(panel, QLineEdit, "signature_name").setText("Convoy's “halt”")
    work(panel, qtbot, "signature_learn")
    assert "told from ordinary ones" in child(panel, QLabel, "signature_skill").text()
    assert "0.50 is chance" in child(panel, QLabel, "signature_figures").text()
    assert "In convoy" in child(panel, FacetBars, "facet_bars").accessibleDescription()
    qtbot.mouseClick(child(panel, QPushButton, "signature_save"), Qt.MouseButton.LeftButton)
    (saved,) = controller.saved()
    assert read_signature(saved) == controller.signature and "was saved" in said(panel)
    for _twice in range(2):
        work(panel, qtbot, "saved_look")
        (layer,) = matches_layers()
        found = controller.matches("Convoy's “halt”")
        cell = (found["spot_kind"] == "cell").to_numpy()
        places = found["spot_id"].where(~cell, [str(square_around(blob)) for blob in found["geometry"]])
        # Cells are written as squares of 5 km, each once.
        written = found.assign(place=places).drop_duplicates(["place", "key_date"])
        assert 20 < layer.featureCount() <= len(found)
        assert layer.featureCount() == pytest.approx(len(written), rel=0.1)  # cells on the edge of two squares
        group = QgsProject.instance().layerTreeRoot().findLayer(layer.id()).parent()
        assert [node.name() for node in group.children()].index(layer.name()) < len(group.children()) - 1
    first = controller.matches("Convoy's “halt”").sort_values("rank").iloc[0]
    later = world[0].teams[KIND][-1]
    assert first["window_start"] == later.start.isoformat() and "In convoy" in first["drivers"]
    with sqlite3.connect(path) as connection:
        actions = [row[0] for row in connection.execute("SELECT action FROM audit ORDER BY seq")]
    assert actions == ["run", "signature", "signature"]
    panel.signatures.saved_page.matches.choose(0)
    assert_a_loaded_study_shows_them(panel, path, qtbot, monkeypatch)
    qtbot.mouseClick(child(panel, QPushButton, "saved_delete"), Qt.MouseButton.LeftButton)
    assert controller.saved() == [] and not child(panel, QPushButton, "saved_look").isEnabled()


def square_around(blob: bytes) -> tuple[int, int]:
    """Return the square of 5 km of the middle of an outline (WKB)."""
    middle = shapely.wkb.loads(bytes(blob)).centroid
    return square_of(middle.y, middle.x)


def work_without_name(panel: SitelightPanel, qtbot) -> None:
    qtbot.mouseClick(child(panel, QPushButton, "signature_learn"), Qt.MouseButton.LeftButton)
    assert "Give the signature a name" in said(panel)


def assert_a_loaded_study_shows_them(panel: SitelightPanel, path, qtbot, monkeypatch) -> None:
    """A study read from its file has the matches in list and map; learning needs a run."""
    load(panel, path, qtbot, monkeypatch)
    assert len(matches_layers()) == 1 and panel.signatures.saved_page.matches.row_count() > 20
    assert not child(panel, QPushButton, "signature_learn").isEnabled()
    assert "Run a study first" in child(panel, QLabel, "example_hint").text()


@pytest.mark.slow
def test_findings_places_and_the_map_give_examples(panel, world, tmp_path, qtbot, monkeypatch):
    study(panel, world, tmp_path / "study.gpkg", qtbot)
    shown = part(panel, QListView, "findings_list")
    model = shown.selectionModel()
    for number in (0, 1):
        model.select(shown.model().index(number, 0), QItemSelectionModel.SelectionFlag.Select)
    part(panel, QAction, "findings_mark").trigger()
    examples = panel.signatures.controller.examples
    events = panel.controller.results.tables["events"].sort_values("rank").head(2)
    assert [one.mark.spot for one in examples] == events["spot_id"].tolist()
    assert panel.signatures.isVisible()
    spot = world[0].teams[KIND][0].spot
    panel.show_place(spot.lat, spot.lon)
    actions = panel.place_page.mark.menu().actions()
    windows = panel.controller.results.evidence.windows
    assert len([action for action in actions if not action.isSeparator()]) == len(windows)
    actions[0].trigger()
    key = windows.dates(int(windows.key_window[0]))
    added = panel.signatures.controller.examples[-1].mark
    assert (added.first_day, added.last_day) == key and abs(added.lat - spot.lat) < 0.026  # a square
    monkeypatch.setattr(QMenu, "exec", lambda menu, *_at: menu.actions()[-1].trigger())
    panel.mark_place(spot.lat, spot.lon)
    assert panel.signatures.controller.examples[-1].mark.first_day == windows.dates(0)[0]
    panel.mark_place(-80.0, 0.0)
    assert "Fewer than 5 devices" in message(panel)
    chosen = child(panel, QListWidget, "example_list")
    chosen.item(0).setSelected(True)
    qtbot.mouseClick(child(panel, QPushButton, "example_remove"), Qt.MouseButton.LeftButton)
    assert chosen.count() == 3
    child(panel, QLineEdit, "signature_name").setText("Few")
    work(panel, qtbot, "signature_learn")
    assert "are needed" in said(panel) or "No skill" in child(panel, QLabel, "signature_skill").text()
    qtbot.mouseClick(child(panel, QPushButton, "example_clear"), Qt.MouseButton.LeftButton)
    work(panel, qtbot, "signature_learn")
    assert "No example place is given" in said(panel)


def test_without_a_study_the_window_says_what_to_do(panel):
    assert "Run a study first" in child(panel, QLabel, "example_hint").text()
    assert not child(panel, QPushButton, "signature_learn").isEnabled()
    assert not child(panel, QPushButton, "saved_look").isEnabled()
    panel.signatures.controller.add([Example("A", Mark(date(2023, 7, 1), date(2023, 7, 7), "a"))] * 2)
    assert child(panel, QListWidget, "example_list").count() == 1


def test_the_map_offers_examples_only_when_a_study_is_in_memory(qgis_iface, qgis_new_project, qtbot):
    canvas = qgis_iface.mapCanvas()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    entry = CanvasEntry(canvas, qgis_iface.mainWindow(), QIcon(), QIcon())
    canvas.setExtent(QgsRectangle(1.0, 13.0, 3.0, 14.0))
    press = QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonPress, QPoint(40, 30), Qt.MouseButton.RightButton)
    menu = QMenu()
    canvas.contextMenuAboutToShow.emit(menu, press)
    assert len(menu.actions()) == 1
    entry.offer_examples(True)
    menu.clear()
    canvas.contextMenuAboutToShow.emit(menu, press)
    with qtbot.waitSignal(entry.example_picked) as caught, qtbot.assertNotEmitted(entry.place_picked):
        menu.actions()[1].trigger()
    assert caught.args == pytest.approx([press.mapPoint().y(), press.mapPoint().x()])
    entry.shut_down()


def test_a_saved_file_that_is_broken_keeps_its_name_and_is_said(panel, tmp_path, qtbot):
    folder = tmp_path / "profile é" / "signatures"
    folder.mkdir(parents=True)
    (folder / f"odd{SUFFIX}").write_text("{}", encoding="utf-8")
    panel.signatures.controller.saved_changed.emit()
    assert child(panel, QListWidget, "saved_list").item(0).text() == "odd"
    child(panel, WorkButton, "saved_look").start_asked.emit()
    assert "no Sitelight signature" in said(panel)
