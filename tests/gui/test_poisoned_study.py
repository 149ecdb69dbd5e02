"""A study full of pictures, links, scripts and expressions that lead to a port of this machine: nobody knocks there.

Each way in which QGIS would fetch something is shown to knock first where nothing is escaped.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from gui.panel_runs import fill, groups, load, part, press, run_to_end, write_to
from loopback import Door
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsLayerTreeModel,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsPointXY,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsSvgMarkerSymbolLayer,
    QgsVectorLayer,
)
from qgis.gui import QgsAttributeForm, QgsGui, QgsMapCanvas, QgsMapTip
from qgis.PyQt.QtCore import QModelIndex, QPoint, Qt, QUrl
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QLabel, QTextBrowser, QTextEdit, QToolTip, QWidget
from qgis.PyQt.QtXml import QDomDocument
from sitelight.plugin.data.audit_log import check_study
from sitelight.plugin.data.exports import FORMATS, export_study
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.tables import SCHEMAS, TEXT
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from sitelight.plugin.layers.result_layers import open_result_layers
from worlds.small_world import CROWD_LAT, CROWD_LON, write_observations, write_sites

# Time for a request to reach the port: the controls need a tenth of it.
KNOCK_MS = 1_200
# Columns that code compares or reads as dates and numbers: poisoned they make a study that cannot be shown at all.
READ_COLUMNS = {
    "key_date", "window_start", "window_end", "arrived", "departed", "started", "finished", "departed_after",
    "arrived_before", "direction", "kind", "mode", "spot_kind", "devices", "behavior_id", "spot_id", "day",
}  # fmt: skip


@pytest.fixture(scope="module")
def clean_world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=811), write_sites(folder / "sites.geojson")


@pytest.fixture
def world(clean_world, door, tmp_path):
    """Observations and sites whose names lead to the door."""
    content = json.loads(clean_world[1].read_text(encoding="utf-8"))
    for number, feature in enumerate(content["features"]):
        properties = feature["properties"]
        properties["name"] += door.payload(f"site{number}")
        properties["category"] = door.payload("category") if number == 0 else properties["category"]
    sites = tmp_path / "sites.geojson"
    sites.write_text(json.dumps(content), encoding="utf-8")
    return clean_world[0], sites


def poison(path: Path, door: Door, left_out: set[str]) -> None:
    """Write the payload into every text of every table, and default styles that lead to the door into the file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, schema in SCHEMAS.items():
            for column in [name for name, kind in schema.columns.items() if kind == TEXT and name not in left_out]:
                if table not in ("run", "audit"):
                    text = door.payload(f"{table}.{column}")
                    connection.execute(f'UPDATE "{table}" SET "{column}" = ? || coalesce("{column}", \'\')', (text,))
        for key, value in connection.execute("SELECT key, value FROM run").fetchall():
            found = json.loads(value)
            forged = json.dumps(poisoned_value(found, door, key))
            connection.execute("UPDATE run SET value = ? WHERE key = ?", (forged, key))
        connection.execute("UPDATE gpkg_contents SET description = ?, identifier = identifier || ?",
                           (door.payload("description"), door.payload("identifier")))  # fmt: skip
        named = ("UPDATE gpkg_spatial_ref_sys SET definition = replace(definition, 'WGS 84', ?), srs_name = ?,"
                 " description = ? WHERE srs_id = 4326")  # fmt: skip
        connection.execute(named, (f"<img src='http://127.0.0.1:{door.port}/srs.png'>", *[door.payload("srs")] * 2))
        connection.execute("UPDATE layer_styles SET styleQML = ?, useAsDefault = 1", (foreign_style(door),))
        connection.commit()


def poisoned_value(value, door: Door, key: str):
    if isinstance(value, str):
        return value if key in ("started", "finished", "retain_until") else door.payload(f"run.{key}")
    if isinstance(value, list):
        return [poisoned_value(one, door, key) for one in value]
    if isinstance(value, dict):
        kept = {"key_dates", "who", "when", "what", "change", "behaviors"}
        return {name: one if name in kept else poisoned_value(one, door, key) for name, one in value.items()}
    return value


def foreign_style(door: Door) -> str:
    """Return a style with a marker, a map tip and a metadata text that lead to the door."""
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=spot_name:string(3000)", "x", "memory")
    symbol = QgsMarkerSymbol()
    symbol.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer("marker.svg"))  # an address would be asked for at once
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    layer.setMapTipTemplate(door.payload("maptip"))
    layer.setAbstract(door.payload("abstract"))
    document = QDomDocument()
    layer.exportNamedStyle(document, QgsReadWriteContext(), QgsMapLayer.StyleCategory.AllStyleCategories)
    styled = document.toString()
    assert "marker.svg" in styled
    return styled.replace("marker.svg", f"http://127.0.0.1:{door.port}/marker.svg")


@pytest.fixture
def canvas(qgis_new_project):
    made = QgsMapCanvas()
    made.resize(400, 300)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def draw(canvas: QgsMapCanvas, layers) -> None:
    canvas.setLayers(layers)
    canvas.refresh()
    canvas.waitWhileRendering()


def show_map_tips(canvas: QgsMapCanvas, layer: QgsVectorLayer, most: int = 12) -> int:
    """Point at features as a mouse does; return how many map tips came up."""
    shown = 0
    for feature in list(layer.getFeatures())[:most]:
        corner = next(feature.geometry().vertices(), None)
        if corner is None:
            continue
        point = QgsPointXY(corner)
        canvas.setExtent(QgsRectangle(point.x() - 0.01, point.y() - 0.01, point.x() + 0.01, point.y() + 0.01))
        tip = QgsMapTip()
        pixel = canvas.getCoordinateTransform().transform(point)
        tip.showMapTip(layer, point, QPoint(int(pixel.x()), int(pixel.y())), canvas)
        QTest.qWait(60)
        shown += 1
        tip.clear(canvas)
    return shown


def show_texts(whole: QWidget) -> int:
    """Show every tooltip of a widget, of its rows and choices; return how many texts were looked at."""
    texts = []
    for widget in [whole, *whole.findChildren(QWidget)]:
        texts.append(widget.toolTip())
        if isinstance(widget, QLabel) and widget.objectName() != "qtooltip_label":
            is_guessed = widget.textFormat() == Qt.TextFormat.AutoText
            assert not (is_guessed and "<" in widget.text()), (widget.objectName(), widget.text())
            texts.append(widget.text() if widget.textFormat() == Qt.TextFormat.RichText else "")
        if isinstance(widget, QTextEdit):
            texts.append(widget.toHtml())
        if isinstance(widget, (QAbstractItemView, QComboBox)) and widget.model() is not None:
            texts += list(tips_of(widget.model(), QModelIndex()))
    for text in filter(None, texts):
        assert "<img" not in text and "<script" not in text and "<object" not in text, text[:200]
        QToolTip.showText(QPoint(5, 5), text, whole)
    return len([text for text in texts if text])


def tips_of(model, parent: QModelIndex):
    for row in range(min(model.rowCount(parent), 40)):
        index = model.index(row, 0, parent)
        tip = index.data(Qt.ItemDataRole.ToolTipRole)
        yield tip if isinstance(tip, str) else ""
        yield from tips_of(model, index)


def show_page(text: str) -> QWidget:
    """Show HTML as QGIS shows metadata and reports: in a web view where this build has one."""
    try:
        from qgis.PyQt.QtWebKitWidgets import QWebView

        view = QWebView()
    except ImportError:
        view = QTextEdit()
    view.setHtml(text)
    view.show()
    return view


def look_at_layers(canvas: QgsMapCanvas) -> int:
    """Draw all layers of the studies, show map tips, descriptions, forms and tree tooltips; return features shown."""
    layers = [node.layer() for group in groups() for node in group.findLayers()]
    assert layers
    for layer in layers:
        canvas.setExtent(layer.extent().buffered(0.1))
        draw(canvas, layers)
    shown = sum(show_map_tips(canvas, layer) for layer in layers)
    kept = [show_page(layer.htmlMetadata()) for layer in layers]
    for layer in layers:
        for number in range(layer.fields().count()):
            assert QgsGui.editorWidgetRegistry().findBest(layer, layer.fields().at(number).name()).type() != (
                "ExternalResource"
            )
        form = QgsAttributeForm(layer, next(layer.getFeatures(), QgsFeature()))
        form.show()
        kept.append(form)
    model = QgsLayerTreeModel(QgsProject.instance().layerTreeRoot())
    for tip in tips_of(model, QModelIndex()):
        QToolTip.showText(QPoint(5, 5), tip, canvas)
    QTest.qWait(KNOCK_MS)
    for widget in kept:
        widget.close()
    return shown


def look_at_panel(panel) -> None:
    for page in (panel.findings_page, panel.itineraries_page):
        for row in range(min(page.row_count(), 5)):
            page.choose(row)
            for link in ("alike", "chance", "origins"):
                page.findChild(QTextBrowser).anchorClicked.emit(QUrl(link))
            assert show_texts(page)
    for number in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(number)
        show_texts(panel)
    show_texts(panel.signatures)


def test_each_way_knocks_where_nothing_is_escaped(door, canvas):
    """The control: were texts not escaped and styles not ours, the tests below would see it."""
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=spot_name:string(3000)", "x", "memory")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(2, 13)))
    feature.setAttributes([door.payload("control")])
    layer.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(layer)
    layer.setMapTipTemplate('[% "spot_name" %]')
    canvas.setExtent(QgsRectangle(1.9, 12.9, 2.1, 13.1))
    draw(canvas, [layer])
    assert door.knocks == []
    assert show_map_tips(canvas, layer) == 1
    QTest.qWait(KNOCK_MS)
    fetches = find_spec("PyQt5.QtWebKit") is not None  # without it, as on Debian 13, map tips fetch nothing
    assert any("control.img.png" in knock for knock in door.knocks) == fetches
    door.knocks.clear()
    layer.setMapTipTemplate("")
    layer.setDisplayExpression('"spot_name"')
    assert show_map_tips(canvas, layer) == 1
    QTest.qWait(KNOCK_MS)
    assert bool(door.knocks) == fetches
    door.knocks.clear()
    document = QDomDocument()
    document.setContent(foreign_style(door))
    assert layer.importNamedStyle(document)[0]
    draw(canvas, [layer])
    QTest.qWait(KNOCK_MS)
    draw(canvas, [layer])
    assert any("marker.svg" in knock for knock in door.knocks)
    door.knocks.clear()
    view = show_page(layer.htmlMetadata().replace("<body>", f"<body>{door.payload('page')}"))
    QTest.qWait(KNOCK_MS)
    assert bool(door.knocks) == fetches
    view.close()


def test_a_study_of_places_with_hostile_names_knocks_nowhere(panel, world, door, canvas, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    assert panel.controller.results.tables["findings"]["spot_name"].str.contains("127.0.0.1").any()
    panel.show()
    panel.show_place(CROWD_LAT, CROWD_LON)
    assert "127.0.0.1" in part(panel, QLabel, "place_title").text().replace(ZERO_WIDTH_SPACE, "")
    press(panel, "reach_ask")
    qtbot.waitUntil(lambda: part(panel, QLabel, "reach_text").text() != "", timeout=20_000)
    panel.questions.open_network()
    look_at_panel(panel)
    for widget in QgsApplication.topLevelWidgets():
        if widget.objectName().startswith("sitelight"):
            show_texts(widget)
    assert look_at_layers(canvas) > 5
    assert door.knocks == []


@pytest.mark.parametrize("left_out", [READ_COLUMNS, set()], ids=["texts", "all"])
def test_a_poisoned_study_that_is_loaded_knocks_nowhere(
    panel, clean_world, door, canvas, tmp_path, qtbot, monkeypatch, left_out
):
    path = tmp_path / "study.gpkg"
    fill(panel, clean_world, path)
    run_to_end(panel, qtbot)
    QgsProject.instance().clear()
    poison(path, door, left_out)
    panel.show()
    load(panel, path, qtbot, monkeypatch)
    assert len(check_study(path).faults) >= 5
    if panel.controller.results is not None:
        look_at_panel(panel)
        press(panel, "record_take")
        for kind in ("study", "bundle", "geojson", "csv", "gpx", "kml"):
            export_study(kind, path, tmp_path / f"export{FORMATS[kind].suffix}")
        with zipfile.ZipFile(tmp_path / "export.zip") as archive:
            report = archive.read("report.html").decode("utf-8")
        assert "<img" not in report and "<object" not in report and "<script" not in report
        show_page(report).close()
        assert look_at_layers(canvas) > 5
        show_texts(panel)
    assert left_out == set() or panel.controller.results is not None
    write_to(panel, tmp_path / "next.gpkg")
    QTest.qWait(KNOCK_MS)
    assert door.knocks == []


def test_our_layers_take_nothing_of_a_style_in_the_file(panel, clean_world, door, tmp_path, qtbot):
    path = tmp_path / "study.gpkg"
    fill(panel, clean_world, path)
    run_to_end(panel, qtbot)
    results = panel.controller.results
    QgsProject.instance().clear()
    poison(path, door, READ_COLUMNS)
    for layer in open_result_layers(str(path), results):
        told = [layer.mapTipTemplate(), layer.htmlMetadata(), layer.abstract(), layer.title(), layer.name()]
        told += [field.alias() + field.comment() for field in layer.fields()]
        assert not [text for text in told if "127.0.0.1" in text or "<img" in text]


@pytest.mark.parametrize("statement", [
    "CREATE VIEW more AS SELECT * FROM findings",
    "CREATE VIRTUAL TABLE more USING fts3(text)",
    "UPDATE gpkg_data_columns SET description = '<img src=x>' WHERE column_name = 'spot_name'",
    "UPDATE gpkg_data_columns SET title = '<img src=x>' WHERE column_name = 'spot_name'",
    "ALTER TABLE heat ADD COLUMN \"<img src='http://127.0.0.1:9/x.png'>\" TEXT",
])
def test_a_study_that_does_more_than_hold_tables_is_refused(panel, clean_world, tmp_path, qtbot, statement):
    path = tmp_path / "study.gpkg"
    fill(panel, clean_world, path)
    run_to_end(panel, qtbot)
    QgsProject.instance().clear()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
        connection.commit()
    with pytest.raises(InputError, match="Sitelight did not write"):
        read_results(path)


def test_a_path_that_is_html_is_refused(tmp_path):
    path = tmp_path / "<img src=http:&#47;&#47;127.0.0.1:9&#47;x>.gpkg"
    path.write_bytes(b"SQLite format 3")
    with pytest.raises(InputError, match="takes for HTML"):
        read_results(path)
