"""detectstays and detectlegs as Processing runs them: their limits, detectors, outputs, account, cancel and style."""

from __future__ import annotations

import dataclasses
import gc
import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processing_runs import CancelAt, algorithm, registered_provider, rows_of, run
from qgis.core import (
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from sitelight.plugin.algorithms.parameters import record_sink
from sitelight.plugin.data.result_styles import style_path
from sitelight.plugin.engine.earth import segments
from sitelight.plugin.engine.legs import MODES, LegSettings
from sitelight.plugin.engine.screening import REASONS, ScreeningSettings
from sitelight.plugin.engine.stays import SlidingSettings, StaySettings, detect_sliding_stays, detect_stays
from worlds.engine_worlds import make_fixes
from worlds.journeys_world import BAMAKO_AIRPORT, COTONOU, NIAMEY_AIRPORT, Journey, journeys, write_journeys

UNITS = {"_m": "(m)", "_km": "(km", "_kmh": "(km/h)", "_minutes": "(minutes)", "_hours": "(hours)"}
ALL_FIELDS = {
    "detectstays": ((ScreeningSettings, ""), (StaySettings, ""), (SlidingSettings, "SLIDING_")),
    "detectlegs": ((ScreeningSettings, ""), (StaySettings, ""), (LegSettings, "")),
}

WITHOUT_EFFECT = {("detectlegs", "max_reach_hours")}  # legs lead from last fix to first fix, not between estimates

EXACT = {"EXACT_POSITIONS": True, "PURPOSE": "Test on synthetic data"}


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def pings(tmp_path_factory):
    return write_journeys(tmp_path_factory.mktemp("journeys") / "pings.csv", journeys())


def detect(name: str, **parameters) -> list[dict]:
    """Return the rows of a run into memory, with the ids of the source."""
    context = QgsProcessingContext()
    given = {"KEEP_DEVICE_IDS": True, "OUTPUT": "memory:", **parameters}
    results, _log = run(name, given, context)
    return rows_of(context.takeResultLayer(results["OUTPUT"]))


@pytest.mark.parametrize("name", sorted(ALL_FIELDS))
def test_every_limit_of_the_detectors_is_an_advanced_parameter(name):
    found = algorithm(name)
    for settings, prefix in ALL_FIELDS[name]:
        for field in dataclasses.fields(settings):
            if (name, field.name) in WITHOUT_EFFECT:
                continue
            definition = found.parameterDefinition(f"{prefix}{field.name.upper()}")
            assert definition is not None, f"{name} has no parameter for {settings.__name__}.{field.name}"
            is_list = isinstance(field.default, tuple)
            assert definition.defaultValue() == (", ".join(field.default) if is_list else field.default)
            assert definition.flags() & QgsProcessingParameterDefinition.Flag.FlagAdvanced
            units = [unit for ending, unit in UNITS.items() if field.name.endswith(ending)]
            assert all(unit in definition.description() for unit in units[-1:])


@pytest.mark.parametrize("name", sorted(ALL_FIELDS))
def test_every_parameter_has_a_help_and_a_range(name):
    for definition in algorithm(name).parameterDefinitions():
        assert len(definition.help()) > 15, definition.name()
        if definition.type() == "number":
            assert definition.minimum() >= 0
            assert definition.minimum() < float(definition.defaultValue()) < definition.maximum() < 1e6


def fixes_of(made: list[Journey]):
    """Return the fixes of devices as they were written, sorted by name as screening sorts them."""
    rows = [row for journey in made for row in journey.rows]
    names = list(dict.fromkeys(row[0] for row in rows))
    columns = [np.array(column) for column in zip(*((names.index(row[0]), *row[1:]) for row in rows))]
    fixes = make_fixes(columns[0], columns[1] * 1000, np.round(columns[2], 7), np.round(columns[3], 7))
    return names, dataclasses.replace(fixes, accuracy_m=columns[4].astype(np.float32))


@pytest.mark.parametrize("detector", [0, 1])
def test_each_detector_gives_what_the_engine_gives(detector, tmp_path):
    made = [journey for journey in journeys() if journey.device in ("walker", "vague", "dense", "flyer")]
    names, fixes = fixes_of(made)
    if detector:
        limits = {"SLIDING_DISTANCE_M": 150, "SLIDING_MIN_MINUTES": 12, "SLIDING_MAX_GAP_MINUTES": 25,
                  "SLIDING_INCLUDE_LAST": True}  # fmt: skip
        expected = detect_sliding_stays(fixes, SlidingSettings(150.0, 12.0, 25.0, True))
    else:
        chosen = {"radius_m": 60.0, "max_radius_m": 250.0, "min_minutes": 7.0, "max_bridge_hours": 5.0,
                  "max_reach_hours": 2.0}  # fmt: skip
        limits = {name.upper(): value for name, value in chosen.items()}
        expected = detect_stays(fixes, StaySettings(**chosen))
    output = tmp_path / "stays.gpkg"
    path = write_journeys(tmp_path / "pings.csv", made)
    parameters = {"OBSERVATIONS_FILE": str(path), "KEEP_DEVICE_IDS": True, "DETECTOR": detector, **limits, **EXACT}
    results, log = run("detectstays", {**parameters, "OUTPUT": str(output)})
    assert ("sliding" if detector else "merging") in log
    layer = QgsVectorLayer(str(output), "stays", "ogr")
    rows = rows_of(layer)
    assert len(rows) == results["STAYS"] == len(expected) > 8
    assert [row["device"] for row in rows] == [names[device] for device in expected.device]
    for column, values in (
        ("started_ms", expected.start_ms), ("finished_ms", expected.end_ms), ("arrived_ms", expected.arrived_ms),
        ("departed_ms", expected.departed_ms), ("n_fixes", expected.n_fixes),
    ):  # fmt: skip
        assert [row[column] for row in rows] == values.tolist(), column
    np.testing.assert_allclose([row["lat"] for row in rows], expected.lat, atol=1e-9)
    np.testing.assert_allclose([row["radius_m"] for row in rows], expected.radius_m, atol=0.01)
    for feature, row in zip(layer.getFeatures(), rows):
        assert feature.geometry().asPoint().x() == row["lon"]
        moment = np.datetime64(row["arrived_ms"] // 1000, "s")
        assert row["arrived"] == f"{moment}Z"


CHANGES = {
    "detectstays": [
        {"MAX_ACCURACY_M": 50}, {"MAX_SPEED_KMH": 100}, {"EXCLUDED_COUNTRIES": "BJ"},
        {"EXCLUDED_COUNTRIES": "US; BJ"}, {"RADIUS_M": 3}, {"MAX_RADIUS_M": 100}, {"MIN_MINUTES": 100},
        {"MAX_BRIDGE_HOURS": 48}, {"MAX_REACH_HOURS": 0.5}, {"DETECTOR": 1}, {"TURN_SPEED_KMH": 100},
        {"SHARED_MIN_DEVICES": 30}, {"SHARED_MIN_SHARE": 0.9},
    ],
    "detectlegs": [
        {"MAX_ACCURACY_M": 50}, {"MAX_SPEED_KMH": 100}, {"EXCLUDED_COUNTRIES": "ML"}, {"RADIUS_M": 3},
        {"MAX_RADIUS_M": 100}, {"MIN_MINUTES": 100}, {"MAX_BRIDGE_HOURS": 48}, {"AIR_KMH": 340}, {"AIR_KM": 2000},
        {"TOP_KMH": 500}, {"RAIL_KMH": 300}, {"AIRPORT_KM": 0.5}, {"DRIVE_KMH": 40}, {"FOOT_KMH": 1}, {"FOOT_KM": 0.5},
        {"OFFSHORE_KM": 400}, {"MOVING_KMH": 100}, {"SURE_AIR_KM": 100}, {"AIRPORT_AIR_KM": 2000},
        {"AIRPORT_AIR_KMH": 400}, {"TURN_SPEED_KMH": 100}, {"WALK_KM": 2},
        {"SHARED_MIN_DEVICES": 30}, {"SHARED_MIN_SHARE": 0.9},
    ],
}  # fmt: skip
SLIDING_CHANGES = [
    {"SLIDING_DISTANCE_M": 3}, {"SLIDING_MIN_MINUTES": 40}, {"SLIDING_MAX_GAP_MINUTES": 45},
    {"SLIDING_INCLUDE_LAST": True},
]  # fmt: skip


def more_journeys() -> list[Journey]:
    """Return devices in the desert, far from airports, and some that share a position, for limits of their own."""
    camp, well, pass_ = (18.5, 10.2), (20.0, 11.9), (18.5, 10.77)
    cruiser = Journey("cruiser", 31).remain(camp, 3).travel(camp, well, 0.8, fixes=9).remain(well, 3)
    short = Journey("short", 32).remain(camp, 3).travel(camp, pass_, 0.2, fixes=5).remain(pass_, 3)
    aloft = Journey("aloft", 33).fix(camp).travel(camp, well, 0.8, fixes=9).fix(well)
    aloft.travel(well, (20.0, 12.5), 1.0, fixes=5)
    off_niamey, off_bamako = ((lat + 0.035, lon) for lat, lon in (NIAMEY_AIRPORT, BAMAKO_AIRPORT))
    unseen = Journey("unseen", 34).remain(off_niamey, 3).travel(off_niamey, off_bamako, 6).remain(off_bamako, 3)
    spiked = Journey("spiked twice", 35).remain(camp, 1).fix((camp[0] + 0.1, camp[1])).wait(0.05).remain(camp, 1)
    spiked.wait(0.5).remain((camp[0] + 0.02, camp[1]), 2)
    sharers = [
        Journey(f"sharer-{number}", 50 + number).remain(COTONOU, 1, jitter_m=0.0).wait(0.5)
        .remain((COTONOU[0] + 0.05, COTONOU[1] + 0.01 * number), 1)
        for number in range(26)
    ]  # fmt: skip
    away = (camp[0] + 0.03, camp[1])  # 3.3 km in an hour, unseen: a walk or a drive with a wait
    slow = Journey("slow", 36).remain(camp, 3).wait(1.0).remain(away, 3)
    return [cruiser, short, aloft, unseen, spiked, slow, *sharers]


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_limit_has_an_effect(name, tmp_path):
    pings = write_journeys(tmp_path / "pings.csv", journeys() + more_journeys())
    usual = detect(name, OBSERVATIONS_FILE=str(pings))
    assert len(usual) > 10
    idle = [change for change in CHANGES[name] if detect(name, OBSERVATIONS_FILE=str(pings), **change) == usual]
    assert idle == []
    numbers = {definition.name() for definition in algorithm(name).parameterDefinitions()
               if definition.type() == "number" and not definition.name().startswith("SLIDING_")}  # fmt: skip
    assert numbers <= {key for change in CHANGES[name] for key in change}


def test_every_limit_of_the_sliding_detector_has_an_effect(pings):
    usual = detect("detectstays", OBSERVATIONS_FILE=str(pings), DETECTOR=1)
    assert len(usual) > 3
    given = {"OBSERVATIONS_FILE": str(pings), "DETECTOR": 1}
    assert [change for change in SLIDING_CHANGES if detect("detectstays", **given, **change) == usual] == []
    covered = {key for change in SLIDING_CHANGES for key in change}
    assert {f"SLIDING_{field.name.upper()}" for field in dataclasses.fields(SlidingSettings)} == covered


@pytest.mark.parametrize("detector, foreign", [(0, {"SLIDING_DISTANCE_M": 20}), (1, {"RADIUS_M": 20})])
def test_parameters_of_the_other_detector_are_ignored_and_named(detector, foreign, pings):
    given = {"OBSERVATIONS_FILE": str(pings), "DETECTOR": detector}
    assert detect("detectstays", **given, **foreign) == detect("detectstays", **given)
    _results, log = run("detectstays", {**given, **foreign, "OUTPUT": "memory:"})
    (line,) = [line for line in log.splitlines() if "other detector" in line]
    assert list(foreign)[0] in line
    assert "other detector" not in run("detectstays", {**given, "OUTPUT": "memory:"})[1]


def test_places_without_exclusion_are_kept(pings):
    devices = {row["device"] for row in detect("detectstays", OBSERVATIONS_FILE=str(pings), EXCLUDED_COUNTRIES="")}
    assert "abroad" in devices
    devices = {row["device"] for row in detect("detectstays", OBSERVATIONS_FILE=str(pings), EXCLUDED_COUNTRIES="BJ")}
    assert "abroad" not in devices


BAD = [
    ("detectstays", {"RADIUS_M": -5}, "RADIUS_M"),
    ("detectstays", {"RADIUS_M": "wide"}, "wide"),
    ("detectstays", {"RADIUS_M": 500}, "MAX_RADIUS_M"),
    ("detectstays", {"MAX_REACH_HOURS": -1}, "MAX_REACH_HOURS"),
    ("detectstays", {"SLIDING_DISTANCE_M": 0}, "SLIDING_DISTANCE_M"),
    ("detectstays", {"EXCLUDED_COUNTRIES": "Atlantis"}, "Atlantis"),
    ("detectlegs", {"MAX_ACCURACY_M": 0}, "MAX_ACCURACY_M"),
    ("detectlegs", {"FOOT_KMH": 99}, "DRIVE_KMH"),
    ("detectlegs", {"AIR_KMH": 1500}, "RAIL_KMH"),
    ("detectlegs", {"TOP_KMH": 300}, "RAIL_KMH"),
    ("detectlegs", {"AIRPORT_KM": 1000}, "AIRPORT_KM"),
    ("detectlegs", {"AIRPORT_KM": float("nan")}, "AIRPORT_KM"),
    ("detectstays", {"SHARED_MIN_DEVICES": "NaN"}, "SHARED_MIN_DEVICES"),
    ("detectstays", {"DETECTOR": "NaN"}, "DETECTOR"),
    ("linknetwork", {"LINK_KIND": "NaN"}, "LINK_KIND"),
    ("detectlegs", {"DATE_ORDER": float("nan")}, "DATE_ORDER"),
]


@pytest.mark.parametrize("name, values, word", BAD)
def test_bad_values_are_refused_with_one_sentence(name, values, word, pings, tmp_path):
    parameters = {"OBSERVATIONS_FILE": str(pings), "OUTPUT": str(tmp_path / "out.gpkg"), **values}
    is_fine, sentence = algorithm(name).create().checkParameterValues(parameters, QgsProcessingContext())
    assert not is_fine
    assert word in sentence and sentence.endswith(".") and "\n" not in sentence
    with pytest.raises(QgsProcessingException) as caught:
        run(name, parameters)
    assert sentence in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_names_that_end_or_turn_a_text_do_not_cut_the_sentence(pings):
    given = {"OBSERVATIONS_FILE": str(pings), "OUTPUT": "memory:", "DEVICE_FIELD": "a\0b\u202ec"}
    with pytest.raises(QgsProcessingException, match=r"“?\"?a b c\"?.*columns seen: .*\."):
        run("detectstays", given)


def test_good_values_pass_the_check(pings):
    for name in ALL_FIELDS:
        parameters = {"OBSERVATIONS_FILE": str(pings), "OUTPUT": "memory:"}
        assert algorithm(name).create().checkParameterValues(parameters, QgsProcessingContext()) == (True, "")


def test_a_country_that_is_not_on_the_map_is_named(pings):
    with pytest.raises(QgsProcessingException, match="ZZ"):
        run("detectstays", {"OBSERVATIONS_FILE": str(pings), "EXCLUDED_COUNTRIES": "US, ZZ", "OUTPUT": "memory:"})


def test_sensitive_categories_are_chosen_in_the_words_of_the_sites_and_told(pings, tmp_path):
    sites = write_sites(tmp_path / "sites.csv", [("Ward", "hospital", *COTONOU), ("Field", "airport", *NIAMEY_AIRPORT)])
    given = {"OBSERVATIONS_FILE": str(pings), "SITES": sites}
    for chosen, devices, words in (
        ("", {"abroad", "flyer"}, "none"), ("aerodrome", {"abroad"}, "aerodrome"),
        ("clinic, airport", set(), "clinic, airport"),
    ):  # fmt: skip
        rows = detect("detectstays", **given, SENSITIVE_CATEGORIES=chosen)
        assert {row["device"] for row in rows if row["spot_name"]} & {"abroad", "flyer"} == devices
        _results, log = run("detectstays", {**given, "SENSITIVE_CATEGORIES": chosen, "OUTPUT": "memory:"})
        assert f"Settings changed: SENSITIVE_CATEGORIES {words}" in log.splitlines()


@pytest.mark.parametrize("name", ["detectstays", "detectlegs"])
def test_columns_times_ids_and_changes_are_told(name, pings):
    given = {"OBSERVATIONS_FILE": str(pings), "OUTPUT": "memory:"}
    _results, log = run(name, given)
    lines = log.splitlines()
    assert ("Columns read: device device_id, time timestamp, lat latitude, lon longitude, accuracy horizontal_accuracy."
            in lines)  # fmt: skip
    assert "Times are seconds since 1970 (UTC)." in lines
    assert "Device ids: new pseudonyms" in lines
    assert "Settings changed" not in log
    _results, log = run(name, {**given, "KEEP_DEVICE_IDS": True, "RADIUS_M": 50, "EXCLUDED_COUNTRIES": "",
                               "LAT_FIELD": "longitude", "LON_FIELD": "latitude"})  # fmt: skip
    lines = log.splitlines()
    assert "Device ids: those of the source are kept" in lines
    assert "Settings changed: EXCLUDED_COUNTRIES none; RADIUS_M 50.0" in lines
    assert any(line.startswith("Columns read: ") and "lat longitude, lon latitude" in line for line in lines)


@pytest.mark.parametrize("name", ["detectstays", "detectlegs"])
def test_the_account_gives_every_reason_and_adds_up(name, pings):
    results, log = run(name, {"OBSERVATIONS_FILE": str(pings), "MAX_ACCURACY_M": 100, "OUTPUT": "memory:"})
    lines = log.splitlines()
    read = sum(1 for _line in pings.open(encoding="utf-8")) - 1
    assert results["READ"] == read == results["KEPT"] + results["DROPPED"]
    assert f"Rows: {read:,} read = {results['KEPT']:,} kept + {results['DROPPED']:,} dropped" in lines
    dropped = {reason: int(line.rpartition(" ")[2].replace(",", "")) for reason in REASONS
               for line in lines if line.startswith(f"Dropped – {reason}: ")}  # fmt: skip
    assert set(dropped) == set(REASONS)
    assert sum(dropped.values()) == results["DROPPED"]
    assert dropped["accuracy worse than the limit"] == sum(",250.0" in line for line in pings.open())


def write_sites(path, rows: list[tuple[str, str, float, float]]):
    lines = [f"{name},{category},{lat},{lon},400\n" for name, category, lat, lon in rows]
    path.write_text("name,category,lat,lon,radius_m\n" + "".join(lines), encoding="utf-8")
    return str(path)


def test_sensitive_sites_are_dropped_and_not_named(pings, tmp_path):
    sites = write_sites(tmp_path / "sites.csv", [("Ward", "hospital", *COTONOU), ("Field", "airport", *NIAMEY_AIRPORT)])
    parameters = {"OBSERVATIONS_FILE": str(pings), "SITES": sites, "KEEP_DEVICE_IDS": True, "OUTPUT": "memory:"}
    context = QgsProcessingContext()
    results, log = run("detectstays", parameters, context)
    rows = rows_of(context.takeResultLayer(results["OUTPUT"]))
    assert "abroad" not in {row["device"] for row in rows}
    assert {row["spot_name"] for row in rows} == {"", "Field"}
    assert "Dropped – sensitive place: 61" in log
    assert "1 of the sites" in log


def test_sites_are_airfields_for_legs(tmp_path):
    strip, camp = (18.5, 10.2), (20.9, 4.8)  # in the desert, far from every airport of the gazetteer
    made = [Journey("hopper", 5).remain(strip, 3).travel(strip, camp, 12).remain(camp, 3)]
    path = str(write_journeys(tmp_path / "pings.csv", made))
    sites = write_sites(tmp_path / "sites.csv", [("Strip", "air base", *strip), ("Camp", "aerodrome", *camp)])
    (without,), (leg,) = detect("detectlegs", OBSERVATIONS_FILE=path), detect(
        "detectlegs", OBSERVATIONS_FILE=path, SITES=sites
    )
    assert leg["mode"] == "air" and leg["inferred"]
    assert without["mode"] != "air" or without["confidence"] < leg["confidence"]
    _results, log = run("detectlegs", {"OBSERVATIONS_FILE": path, "SITES": sites, "OUTPUT": "memory:"})
    assert "Airfields among the 2 sites: 2" in log


def test_legs_have_the_modes_that_were_planted(pings):
    modes = {(row["device"], row["mode"]) for row in detect("detectlegs", OBSERVATIONS_FILE=str(pings))}
    planted = {"flyer": "air", "jet": "air", "train": "road", "ship": "water"}
    assert {*planted.items(), ("walker", "foot"), ("walker", "road")} <= modes


@pytest.mark.parametrize("name", ["detectstays", "detectlegs"])
@pytest.mark.parametrize("stage", ["Reading observations", "Screening", "Finding stays", "Writing"])
def test_a_cancelled_run_leaves_no_file(name, stage, pings, tmp_path, monkeypatch):
    monkeypatch.setattr(record_sink, "CHUNK", 3)  # so that some rows are written before the cancel is heard
    for ending in ("gpkg", "shp", "geojson", "csv"):
        parameters = {"OBSERVATIONS_FILE": str(pings), "OUTPUT": str(tmp_path / f"out.{ending}")}
        feedback = CancelAt(stage)
        with pytest.raises(QgsProcessingException) as caught:
            run(name, parameters, feedback=feedback)
        assert "cancelled" in str(caught.value)
        assert list(tmp_path.iterdir()) == []


def test_a_cancelled_run_leaves_other_layers_of_the_file(pings, tmp_path, monkeypatch):
    monkeypatch.setattr(record_sink, "CHUNK", 3)
    path = tmp_path / "mine.gpkg"
    run("detectlegs", {"OBSERVATIONS_FILE": str(pings), "OUTPUT": str(path)})
    target = f"ogr:dbname='{path}' table=\"stays\" (geom)"
    with pytest.raises(QgsProcessingException):
        run("detectstays", {"OBSERVATIONS_FILE": str(pings), "OUTPUT": target}, feedback=CancelAt("Writing"))
    with sqlite3.connect(path) as left:
        assert left.execute("SELECT table_name FROM gpkg_contents").fetchall() == [("mine",)]
        assert left.execute("SELECT count(*) FROM mine").fetchone()[0] > 5
    run("detectstays", {"OBSERVATIONS_FILE": str(pings), "OUTPUT": target})
    with sqlite3.connect(path) as left:
        assert {row[0] for row in left.execute("SELECT table_name FROM gpkg_contents")} == {"mine", "stays"}
    assert [file.name for file in tmp_path.iterdir()] == ["mine.gpkg"]


def test_progress_only_rises(pings, tmp_path):
    class Watch(QgsProcessingFeedback):
        def __init__(self) -> None:
            super().__init__(False)
            self.seen: list[float] = []
            self.progressChanged.connect(self.seen.append)

    for name in ALL_FIELDS:
        feedback = Watch()
        run(name, {"OBSERVATIONS_FILE": str(pings), "OUTPUT": str(tmp_path / f"{name}.gpkg")}, feedback=feedback)
        assert feedback.seen == sorted(feedback.seen)
        assert len(feedback.seen) > 3


def test_one_algorithm_serves_a_batch_of_runs(pings, tmp_path):
    """The batch dialog runs one instance again and again: nothing of one run may reach the next."""
    other = write_journeys(tmp_path / "other.csv", [Journey("solo", 11).remain(NIAMEY_AIRPORT, 4)])
    batch = algorithm("detectstays").create()
    counts = []
    for path, sites in ((pings, ""), (other, write_sites(tmp_path / "s.csv", [("A", "airport", *NIAMEY_AIRPORT)])),
                        (pings, "")):  # fmt: skip
        context = QgsProcessingContext()
        parameters = {"OBSERVATIONS_FILE": str(path), "SITES": sites, "OUTPUT": "TEMPORARY_OUTPUT"}
        results, is_done = batch.run(parameters, context, QgsProcessingFeedback(False))
        assert is_done
        layer = context.takeResultLayer(results["OUTPUT"])
        counts.append((results["STAYS"], "spot_name" in layer.fields().names()))
    assert counts[0] == counts[2]
    assert counts[1] == (1, True)


@pytest.mark.parametrize("name, table, title", [("detectstays", "detected_stays", "Stays"),
                                                ("detectlegs", "detected_legs", "Legs")])  # fmt: skip
def test_a_loaded_output_has_name_style_and_times(name, table, title, pings, tmp_path, qgis_new_project):
    for destination in ("TEMPORARY_OUTPUT", str(tmp_path / "out.gpkg")):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        output = QgsProcessingOutputLayerDefinition(destination, QgsProject.instance())
        output.destinationName = title
        results, _log = run(name, {"OBSERVATIONS_FILE": str(pings), "OUTPUT": output}, context)
        gc.collect()
        details = context.layerToLoadOnCompletionDetails(results["OUTPUT"])
        assert details.name == f"{title} – pings.csv"
        layer = context.takeResultLayer(results["OUTPUT"]) or QgsVectorLayer(results["OUTPUT"], "out", "ogr")
        details.postProcessor().postProcessLayer(layer, context, QgsProcessingFeedback(False))
        wanted = QgsVectorLayer(layer.source(), "plain", layer.providerType())
        assert wanted.loadNamedStyle(str(style_path(table)))[1]
        assert layer.renderer().dump() == wanted.renderer().dump()
        assert layer.temporalProperties().isActive()
        assert_every_feature_is_drawn(layer)
        del details, layer, wanted


def assert_every_feature_is_drawn(layer: QgsVectorLayer) -> None:
    renderer, drawing = layer.renderer().clone(), QgsRenderContext()
    drawing.expressionContext().setFields(layer.fields())
    renderer.startRender(drawing, layer.fields())
    for feature in layer.getFeatures():
        drawing.expressionContext().setFeature(feature)
        assert renderer.symbolForFeature(feature, drawing) is not None
    renderer.stopRender(drawing)


def test_the_style_of_legs_knows_every_mode_seen_and_inferred():
    layer = QgsVectorLayer("MultiLineString?crs=EPSG:4326&field=mode:string&field=inferred:integer", "legs", "memory")
    assert layer.loadNamedStyle(str(style_path("detected_legs")))[1]
    seen: dict[str, tuple[bool, str]] = {}
    for category in layer.renderer().categories():
        line = category.symbol().symbolLayer(0)
        seen[category.value()] = line.useCustomDashPattern(), line.color().name()
    assert set(seen) == {f"{mode} {inferred}" for mode in MODES for inferred in (0, 1)}
    for mode in MODES:
        assert (seen[f"{mode} 0"][0], seen[f"{mode} 1"][0]) == (False, True)
        assert seen[f"{mode} 0"][1] == seen[f"{mode} 1"][1]
    assert len({color for _, color in seen.values()}) == len(MODES)


def test_the_style_of_stays_has_a_class_for_every_duration():
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=started_ms:integer&field=finished_ms:integer", "stays", "memory")
    assert layer.loadNamedStyle(str(style_path("detected_stays")))[1]
    ranges = layer.renderer().ranges()
    assert ranges[0].lowerValue() == 0
    assert [one.upperValue() for one in ranges[:-1]] == [one.lowerValue() for one in ranges[1:]]
    assert ranges[-1].upperValue() > 24 * 365 * 50
    assert all("hour" in one.label() or "day" in one.label() for one in ranges)
    sizes = [one.symbol().size() for one in ranges]
    assert sizes == sorted(set(sizes))


def test_a_leg_across_the_antimeridian_does_not_span_the_map(tmp_path):
    east, west = (-16.8, 179.6), (-16.4, -179.8)
    ferry = Journey("ferry", 12).remain(east, 3).travel(east, west, 4).remain(west, 3)
    ferry.travel(west, east, 4).remain(east, 3)
    path = write_journeys(tmp_path / "pings.csv", [ferry])
    output = tmp_path / "legs.gpkg"
    results, _log = run("detectlegs", {"OBSERVATIONS_FILE": str(path), "OUTPUT": str(output), **EXACT})
    assert results["LEGS"] == 2
    for feature in QgsVectorLayer(str(output), "legs", "ogr").getFeatures():
        parts = feature.geometry().asMultiPolyline()
        assert len(parts) == 2
        assert sum(abs(part[-1].x() - part[0].x()) for part in parts) == pytest.approx(0.6, abs=0.01)
        assert all(abs(point.x()) <= 180.0 for part in parts for point in part)


@given(
    st.floats(-80, 80), st.floats(-180, 180), st.floats(-80, 80), st.floats(-179.9, 179.9),
)  # fmt: skip
def test_segments_go_the_shorter_way_and_join_at_the_edge(lat, lon, end_lat, reach):
    end_lon = (lon + reach + 180.0) % 360.0 - 180.0
    (wkb,) = segments(*(np.array([value]) for value in (lat, lon, end_lat, end_lon)))
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    parts = geometry.asMultiPolyline()
    # Geometry is written to eight decimals, about a millimetre.
    assert (parts[0][0].x(), parts[0][0].y()) == pytest.approx((lon, lat), rel=0, abs=6e-9)
    assert (parts[-1][-1].x(), parts[-1][-1].y()) == pytest.approx((end_lon, end_lat), rel=0, abs=6e-9)
    assert sum(abs(part[1].x() - part[0].x()) for part in parts) == pytest.approx(abs(reach), rel=0, abs=3e-8)
    assert all(abs(point.x()) <= 180.0 for part in parts for point in part)
    if len(parts) == 2:
        assert parts[0][1].y() == parts[1][0].y()
        assert {parts[0][1].x(), parts[1][0].x()} == {180.0, -180.0}


def test_the_airports_of_the_journeys_are_those_of_the_gazetteer():
    """Otherwise no test above would turn on the nearness of an airport."""
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.earth import nearest_within

    airports = load_world().airports
    lat, lon = (np.array(values) for values in zip(NIAMEY_AIRPORT, BAMAKO_AIRPORT))
    _row, away_km = nearest_within(lat, lon, airports.lat, airports.lon, 6.0)
    assert (away_km < 6.0).all()


def test_columns_without_names_are_chosen_by_their_place(tmp_path):
    path = tmp_path / "taxi.txt"
    path.write_text("".join(f"a,2024-03-10 08:{minute:02d}:00,2.1,13.5\n" for minute in range(0, 40, 5)))
    given = {"OBSERVATIONS_FILE": str(path), "OUTPUT": "memory:"}
    with pytest.raises(QgsProcessingException, match="DEVICE_FIELD=1"):
        run("detectstays", given)
    chosen = {"DEVICE_FIELD": "1", "TIME_FIELD": "2", "LON_FIELD": "3", "LAT_FIELD": "4"}
    results, log = run("detectstays", {**given, **chosen})
    assert results["STAYS"] == 1 and "There is no row of column names" in log
