"""A study whose first finding is a whole country: written, read back, loaded, shown, exported and asked about."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from gui.panel_runs import load, message, part
from qgis.core import (
    QgsExpressionContextScope,
    QgsFeatureRequest,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QAction, QLabel, QListView
from sitelight.plugin.algorithms.parameters.place_input import read_findings
from sitelight.plugin.data.exports import export_study
from sitelight.plugin.data.geopackage import read_results, write_results
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.result_styles import read_styles
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.engine.study import Study
from sitelight.plugin.gui.results.explanations import explain_finding
from sitelight.plugin.gui.results.result_models import ROW_ROLE
from sitelight.plugin.layers.result_layers import find_result_layer
from worlds.moved_country import KEY_DATE, TOWNS, moved_results, write_moved

# A scale at which each level is drawn, and the kinds and ids that are then.
SCALES = {20_000_000: "country:", 4_000_000: "district4:", 800_000: "district1:", 100_000: ""}


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """Return the results of the study and its GeoPackage."""
    folder = tmp_path_factory.mktemp("moved")
    observations = write_moved(folder / "moved.csv")
    results = moved_results(observations)
    study = Study((KEY_DATE,), purpose="Test with invented data")
    record = make_record(study, open_observations_file(str(observations)), results)
    write_results(results, folder / "moved.gpkg", record, read_styles())
    return results, folder / "moved.gpkg"


def drawn_at(layer: QgsVectorLayer, scale: float) -> list[str]:
    """Return the ids of the features that a layer draws at a scale, whatever the colour."""
    context = QgsRenderContext()
    context.setRendererScale(scale)
    expressions = layer.createExpressionContext()
    scope = QgsExpressionContextScope()
    scope.setVariable("map_scale", scale)
    expressions.appendScope(scope)
    context.setExpressionContext(expressions)
    renderer, drawn = layer.renderer().clone(), []
    renderer.startRender(context, layer.fields())
    for feature in layer.getFeatures(QgsFeatureRequest()):
        context.expressionContext().setFeature(feature)
        if renderer.symbolForFeature(feature, context) is not None:
            drawn.append(str(feature["spot_id"]))
    renderer.stopRender(context)
    return drawn


def test_a_country_that_moved_is_the_first_finding_and_no_place_beside_it(moved):
    results, _path = moved
    findings = results.tables["findings"]
    first = findings.iloc[0]
    assert (first.spot_kind, first.spot_name, first.country, first["rank"]) == ("country", "Niger", "NE", 1)
    assert first.change == "Falls away" and 0.3 < first.ratio < 0.5
    assert first.observed == pytest.approx(0.4 * first.expected, rel=0.1)
    assert first.window_start == "2023-07-26" and first.window_end == "2023-07-30"
    assert "devices present per day in the 5 days from 26 July 2023, after " in first.sentence
    assert first.sentence.count("in the whole country") == 1
    assert (findings.q_value <= 0.05).sum() == 1
    assert sorted(findings["rank"]) == list(range(1, len(findings) + 1)) and findings.finding_id.is_unique
    told = results.tables["explanations"]
    assert "vendor" in told[told.finding_id == first.finding_id].text.iloc[0]


def test_nobody_is_followed_from_a_country(moved):
    tables = moved[0].tables
    number = tables["findings"].finding_id.iloc[0]
    for name in ("itineraries", "origins", "flows"):
        assert number not in set(tables[name].finding_id)


def test_it_is_read_back_as_it_was_written_and_tells_no_sum_of_small_counts(moved):
    results, path = moved
    back = read_results(path).tables
    assert back["findings"].sentence.iloc[0] == results.tables["findings"].sentence.iloc[0]
    heat = back["heat"]
    coarse = heat[~heat.spot_kind.isin(["site", "cell"])]
    assert {"country", "district"} == set(coarse.spot_kind)
    assert coarse.observed.isna().equals(coarse.finding_id == 0)
    assert (coarse.score.to_numpy() >= 0).all()


def test_the_heat_of_a_country_is_as_strong_as_its_finding(moved):
    heat = moved[0].tables["heat"].set_index("spot_id")
    first = moved[0].tables["findings"].iloc[0]
    assert heat.score["country:NE"] == pytest.approx(-np.log10(first.p_value), abs=1e-4)
    assert heat.finding_id["country:NE"] == first.finding_id
    assert heat.score["country:TG"] < 2.0


def test_one_level_of_heat_is_drawn_at_a_time(moved, panel, qtbot, monkeypatch):
    load(panel, moved[1], qtbot, monkeypatch)
    layer = find_result_layer(str(moved[1]), "heat")
    for scale, prefix in SCALES.items():
        drawn = drawn_at(layer, scale)
        assert drawn, scale
        levels = {one.split(":")[0] + ":" if one.startswith(("country", "district")) else "" for one in drawn}
        assert levels == {prefix}, scale


def test_heat_of_places_alone_is_drawn_at_all_scales(moved, tmp_path, panel, qtbot, monkeypatch):
    """As in studies of earlier versions, or of behaviors alone."""
    results, _path = moved
    heat = results.tables["heat"]
    places = {**results.tables, "heat": heat[heat.spot_kind == "cell"].reset_index(drop=True)}
    path = tmp_path / "places.gpkg"
    record = make_record(Study((KEY_DATE,)), open_observations_file(str(_path.parent / "moved.csv")), results)
    write_results(type(results)(places, evidence=results.evidence), path, record, read_styles())
    load(panel, path, qtbot, monkeypatch)
    layer = find_result_layer(str(path), "heat")
    own = QgsVectorLayer(f"{path}|layername=heat", "heat", "ogr")  # with the style that the file brings
    for shown in (layer, own):
        assert len(drawn_at(shown, 20_000_000)) == len(drawn_at(shown, 100_000)) == shown.featureCount()


def test_the_panel_shows_a_country_and_says_why_it_has_no_card(moved, panel, qgis_iface, qtbot, monkeypatch):
    load(panel, moved[1], qtbot, monkeypatch)
    panel.findings_page.choose(0)
    canvas = qgis_iface.mapCanvas()
    (south, west), _togo = TOWNS
    assert west - 3.0 < canvas.extent().xMinimum() < west + 0.05
    assert canvas.extent().yMinimum() < south + 0.05 and canvas.extent().yMaximum() < south + 3.0
    row = part(panel, QListView, "findings_list").model().index(0, 0).data(ROW_ROLE)
    shown = explain_finding(row, moved[0].tables["explanations"], moved[0].tables["origins"])
    assert "No origins and no itineraries are followed" in shown and "vendor" in shown
    panel.findings_page.opened.emit(row)
    texts = " ".join(label.text() for label in panel.place_page.findChildren(QLabel))
    assert "Niger as a whole has no card" in texts.replace("\u200b", "")
    part(panel, QAction, "findings_mark").trigger()
    assert "no examples of a signature" in message(panel)


def test_it_is_exported_and_reported(moved, tmp_path):
    results, path = moved
    told = results.tables["findings"].sentence.iloc[0]
    export_study("geojson", path, tmp_path / "findings.geojson")
    features = json.loads((tmp_path / "findings.geojson").read_text("utf-8"))["features"]
    assert told in {feature["properties"]["sentence"] for feature in features}
    export_study("csv", path, tmp_path / "findings.csv")
    assert told in (tmp_path / "findings.csv").read_text("utf-8")
    export_study("bundle", path, tmp_path / "bundle.zip")
    assert (tmp_path / "bundle.zip").stat().st_size > 10_000


def test_its_finding_is_no_place_to_trace_back_from(moved):
    from sitelight.plugin.engine.base import StudyError
    from sitelight.plugin.engine.visits import ChosenPlace, find_place, is_region_id

    layer = QgsVectorLayer(f"{moved[1]}|layername=findings", "findings", "ogr")
    asked = read_findings(layer)
    (region,) = [one for one in asked if is_region_id(one.place.spot)]
    assert region.window.days()[0] == date(2023, 7, 26)
    evidence = moved[0].evidence
    for spot in ("country:NE", "district4:67_3 NE", "district1:2_3 NE"):
        with pytest.raises(StudyError, match="nobody is followed"):
            find_place(ChosenPlace(spot=spot), evidence.history.visits, evidence.sites, evidence.grid)
    QgsProject.instance().clear()
