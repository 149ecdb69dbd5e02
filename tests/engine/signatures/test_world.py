"""The whole way on synthetic worlds with seeds of their own: learn early, find later, in engine and Processing."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from bench.signature_worlds import TeamWorld, make_world
from bench.signatures import key_dates, study_world
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)
from seeds import at_most, shifted
from sitelight.plugin.algorithms.parameters.examples_input import read_marks
from sitelight.plugin.algorithms.provider import SitelightProvider
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.signature_files import read_signature
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import InputError, StudyError
from sitelight.plugin.engine.behaviors import FACET_AXES
from sitelight.plugin.engine.signatures.learn import learn_signature
from sitelight.plugin.engine.signatures.marks import Mark, find_examples
from sitelight.plugin.engine.signatures.matches import score_signature
from sitelight.plugin.engine.signatures.tables import signatures_table
from sitelight.plugin.engine.study import Study, run

KIND = "convoy halt"


@pytest.mark.slow
def test_teams_elsewhere_and_later_are_among_the_first_five_and_random_places_have_no_skill():
    found = study_world(shifted(7601), is_faint=True, draws=6)
    for kind, _auc, _ap, p_value, rank, _spots in found["found"]:
        assert p_value <= 0.05 and rank is not None and rank <= 5, kind
    assert at_most(sum(p <= 0.05 for p in found["random"]), len(found["random"]), 0.05)


@pytest.fixture(scope="module")
def world() -> TeamWorld:
    return make_world(shifted(7602), devices=300)


@pytest.fixture(scope="module")
def studied(world):
    """Return the evidence of a study around the later teams and the signature of the earlier convoys."""
    study = Study(key_dates=key_dates(world), sites=world.sites, world=load_world(), library=load_library())
    evidence = run(study, world.source).evidence
    marks = [
        Mark(team.start, team.start + timedelta(days=6), lat=team.spot.lat, lon=team.spot.lon)
        for team in world.teams[KIND][:-1]
    ]
    examples = find_examples(evidence.history, evidence.sites, evidence.grid, marks)
    return evidence, learn_signature(KIND, evidence.history, evidence.library, examples)


@pytest.mark.slow
def test_scores_and_p_values_equal_a_direct_count(studied):
    evidence, signature = studied
    scores = score_signature(signature, evidence)
    history, facets, presence = evidence.history, evidence.facets, evidence.presence
    visit, window = presence.pairs(facets.rows)
    at = np.searchsorted(facets.rows, visit)
    spot, device = history.visits.spot[visit], history.visits.stays.device[visit]
    frame = pd.DataFrame({"spot": spot, "window": window, "device": device})
    values = np.zeros(len(frame))
    frame["value"] = values
    shown = {
        (weight.axis, weight.id): (getattr(facets, weight.axis)[at] >> np.uint64(
            [entry.id for entry in getattr(evidence.library, weight.axis)].index(weight.id))) & np.uint64(1) == 1
        for weight in signature.weights
    }  # fmt: skip
    each = pd.DataFrame({**frame, **{f"{axis}.{name}": column for (axis, name), column in shown.items()}})
    devices = each.groupby(["spot", "window", "device"]).max()
    devices["value"] = sum(
        np.where(devices[f"{weight.axis}.{weight.id}"], weight.present, weight.absent) for weight in signature.weights
    )
    units = devices.groupby(["spot", "window"])["value"].agg(["mean", "size"])
    units = units[units["size"] >= evidence.min_devices]
    expected = units["mean"].reindex(list(zip(scores.spot, scores.window)))
    assert np.allclose(expected, scores.score)
    is_key = np.isin(evidence.windows.key_window, scores.window)
    assert is_key.all() and (np.diff(scores.resemblance) <= 0).all()
    beyond = np.rint(scores.p_value * (scores.ordinary_units + 1)) - 1
    ordinary = units[~np.isin(units.index.get_level_values("window"), evidence.windows.key_window)]
    assert len(ordinary) - len(signature.marked) * 3 <= scores.ordinary_units <= len(ordinary)
    assert (np.diff(beyond) >= 0).all() and beyond[0] == 0
    assert not scores.is_example.any()


@pytest.mark.slow
def test_the_table_says_what_was_counted(studied, world):
    evidence, signature = studied
    table = signatures_table(evidence, signature, score_signature(signature, evidence))
    first, team = table.iloc[0], world.teams[KIND][-1]
    assert first["window_start"] == team.start.isoformat() and first["devices"] >= team.size - 2
    assert first["sentence"].startswith(f"{first['devices']} devices at {first['spot_name']} in the 7 days around")
    assert "In convoy" in first["drivers"] and first["placebo_hits"] == 0
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert set(table["key_date"]) <= {day.isoformat() for day in key_dates(world)}


@pytest.mark.slow
def test_a_study_that_lacks_a_facet_is_refused(studied, world):
    evidence, signature = studied
    library = evidence.library.select(who=("anyone",))
    with pytest.raises(StudyError, match="Run the study with all behaviors"):
        score_signature(signature, type(evidence)(**{**evidence.__dict__, "library": library}))


def table_layer(uri: str, *rows) -> QgsVectorLayer:
    layer = QgsVectorLayer(uri, "examples", "memory")
    for geometry, *values in rows:
        feature = QgsFeature(layer.fields())
        if geometry:
            feature.setGeometry(QgsGeometry.fromWkt(geometry))
        feature.setAttributes(values)
        assert layer.dataProvider().addFeature(feature)
    return layer


def test_marks_are_read_from_points_outlines_and_tables():
    context = QgsProcessingContext()
    days = "&field=window_start:string&field=window_end:string"
    layer = table_layer("Point?crs=EPSG:3857" + days, ("POINT(111319.49 0)", "2023-07-01", "2023-07-07T12:00:00Z"))
    (mark,) = read_marks(layer, context)
    assert (mark.first_day, mark.last_day) == (date(2023, 7, 1), date(2023, 7, 7))
    assert (mark.lat, mark.lon) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1.0, abs=1e-6))
    area = "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))"
    layer = table_layer("Polygon?crs=EPSG:4326&field=start:date&field=end:datetime", (area, "2023-07-01", None))
    with pytest.raises(InputError, match="Example 1 has no day in end"):
        read_marks(layer, context)
    (mark,) = read_marks(layer, context, end="start")
    assert mark.polygon.area == pytest.approx(4.0) and mark.last_day == date(2023, 7, 1)
    uri = "None?field=site_id:string&field=start:string&field=end:string"
    (mark,) = read_marks(table_layer(uri, (None, "niamey-12", "2023-07-01", "2023-07-02")), context)
    assert mark.spot == "niamey-12" and np.isnan(mark.lat)


@pytest.mark.parametrize("uri, rows, text", [
    ("Point?crs=EPSG:4326&field=day:string", (), "START_FIELD"),
    ("None?field=start:string&field=end:string", (), "PLACE_FIELD"),
    (
        "Point?crs=EPSG:4326&field=start:string&field=end:string", (("POINT(0 0)", "July", "2023-07-02"),),
        "no day in start but text",
    ),
])  # fmt: skip
def test_examples_that_cannot_be_read_are_named(uri, rows, text):
    with pytest.raises(InputError, match=text):
        read_marks(table_layer(uri, *rows), QgsProcessingContext())


def test_a_layer_without_crs_is_refused():
    layer = table_layer("Point?crs=EPSG:4326&field=start:string&field=end:string")
    layer.setCrs(QgsCoordinateReferenceSystem())
    with pytest.raises(InputError, match="no CRS"):
        read_marks(layer, QgsProcessingContext())


@pytest.fixture(scope="module")
def provider():
    made = SitelightProvider()
    QgsApplication.processingRegistry().addProvider(made)
    yield made
    QgsApplication.processingRegistry().removeProvider(made)


def run_algorithm(name: str, parameters: dict, context: QgsProcessingContext):
    feedback = QgsProcessingFeedback(False)
    algorithm = QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}").create()
    results, is_done = algorithm.run(parameters, context, feedback)
    if not is_done:
        raise QgsProcessingException(feedback.textLog())
    return results, feedback.textLog()


OBSERVATIONS = {
    "OBSERVATIONS", "OBSERVATIONS_FILE", "DEVICE_FIELD", "TIME_FIELD", "LAT_FIELD", "LON_FIELD", "ACCURACY_FIELD",
    "KEEP_DEVICE_IDS", "SITES", "CELL_SIZE", "LOOKBACK_DAYS", "LINKED_CATEGORIES",
}  # fmt: skip


@pytest.mark.parametrize("name, parameters, outputs", [
    ("scorespots", {"KEY_DATES", "DAYS_BEFORE", "DAYS_AFTER", "WHO", "WHEN", "WHAT", "CHANGE", "SIGNATURES", "FINDINGS",
                    "HEAT", "MATCHES"}, {"FINDINGS", "HEAT", "MATCHES", "MATCHED", "SIGNIFICANT"}),
    ("learnsignature", {"EXAMPLES", "PLACE_FIELD", "START_FIELD", "END_FIELD", "NAME", "OUTPUT_SIGNATURE"},
     {"OUTPUT_SIGNATURE", "AUC", "AP", "CHANCE_AP", "P_VALUE", "PLACES", "SENTENCE"}),
])  # fmt: skip
def test_public_names_and_help(provider, name, parameters, outputs):
    found = QgsApplication.processingRegistry().algorithmById(f"sitelight:{name}")
    names = {definition.name() for definition in found.parameterDefinitions()}
    assert names >= parameters | OBSERVATIONS and "OUTPUT" not in names and "PURPOSE" not in names
    assert {definition.name() for definition in found.outputDefinitions()} == outputs
    assert len(found.shortHelpString()) > 200 and len(found.tags()) >= 3


@pytest.mark.slow
def test_learn_and_score_through_processing(provider, world, tmp_path):
    """Learned from a layer of early convoys, the file finds the later one in a run that knows no example."""
    path, sites = tmp_path / "pings.csv", tmp_path / "sites.csv"
    world.observations.to_csv(path, index=False)
    pd.DataFrame({
        "name": world.sites.name, "category": world.sites.category, "country": world.sites.country,
        "lat": world.sites.lat, "lon": world.sites.lon, "radius_m": world.sites.radius_m,
    }).to_csv(sites, index=False)  # fmt: skip
    *early, later = world.teams[KIND]
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=start:string&field=end:string", "examples", "memory")
    for team in early:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(team.spot.lon, team.spot.lat)))
        feature.setAttributes([team.start.isoformat(), (team.start + timedelta(days=6)).isoformat()])
        assert layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    shared = {"OBSERVATIONS_FILE": str(path), "SITES": str(sites)}
    target = str(tmp_path / "Convoy.signature.json")
    learned, log = run_algorithm(
        "learnsignature", {**shared, "EXAMPLES": layer.id(), "OUTPUT_SIGNATURE": target}, context
    )
    assert learned["P_VALUE"] <= 0.05 and learned["AUC"] > 0.9 and learned["PLACES"] >= 3
    assert learned["SENTENCE"] in log
    signature = read_signature(target)
    assert signature.name == "Convoy"
    text = json.dumps(json.loads((tmp_path / "Convoy.signature.json").read_text(encoding="utf-8")))
    assert not any(device in text for device in world.observations["device_id"].unique())
    assert {weight.axis for weight in signature.weights} == set(FACET_AXES)
    outputs = {name: f"{tmp_path / name}.gpkg" for name in ("FINDINGS", "HEAT", "MATCHES")}
    key_date = (later.start + timedelta(days=2)).isoformat()
    scored, log = run_algorithm(
        "scorespots", {**shared, "KEY_DATES": key_date, "SIGNATURES": [target], **outputs}, context
    )
    matches = QgsVectorLayer(scored["MATCHES"], "m", "ogr")
    best = min(matches.getFeatures(), key=lambda feature: feature["rank"])
    point = QgsGeometry.fromPointXY(QgsPointXY(later.spot.lon, later.spot.lat))
    assert best.geometry().contains(point) and best["signature"] == "Convoy" and "Convoy" in log
    assert matches.featureCount() == scored["MATCHED"]
    findings = QgsVectorLayer(scored["FINDINGS"], "f", "ogr")
    marks = read_marks(findings, context)  # findings are examples as they are
    assert len(marks) == findings.featureCount() > 0
    # a finding may be of the days before the key date, or of those from it on
    assert all(mark.spot and timedelta(0) <= mark.last_day - mark.first_day <= timedelta(days=6) for mark in marks)
    assert QgsVectorLayer(scored["HEAT"], "h", "ogr").featureCount() > 0
    plain = {"FINDINGS": str(tmp_path / "plain.gpkg"), "HEAT": "memory:"}
    unasked, _log = run_algorithm("scorespots", {**shared, "KEY_DATES": key_date, **plain}, context)
    assert QgsVectorLayer(unasked["FINDINGS"], "f", "ogr").featureCount() == findings.featureCount()
    assert "MATCHES" not in unasked and unasked["MATCHED"] == 0
    bad = tmp_path / "bad.json"
    bad.write_text("{}", encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="no Sitelight signature"):
        run_algorithm("scorespots", {**shared, "KEY_DATES": key_date, "SIGNATURES": [str(bad)], **outputs}, context)
    QgsProject.instance().removeMapLayer(layer)
