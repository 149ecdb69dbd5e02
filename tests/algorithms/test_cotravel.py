"""findcotravelers, findmeetinglocations and findfrequentedlocations as Processing runs them."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest
from bench.commuter_worlds import Town, make_town
from processing_runs import CancelAt, algorithm, registered_provider, rows_of, run
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import NULL
from seeds import at_least, shifted
from sitelight.plugin.algorithms.parameters import record_sink
from sitelight.plugin.data.result_styles import style_path
from worlds.coarse_grid import is_middle

NAMES = ("findcotravelers", "findmeetinglocations", "findfrequentedlocations")
PEER_FIELDS = {
    # As the documentation of ArcGIS Pro names them; of frequented locations it names the statistics only.
    "findcotravelers": {
        "unique_pair_id", "traveler_id", "cotraveler_id", "unique_pair_id_count",
        *(f"{what}_diff_{kind}" for what in ("time", "dist") for kind in ("max", "min", "mean", "std")),
    },
    "findmeetinglocations": {
        "total_unique_ids", "total_meetings", "mean_meeting_duration", "min_meeting_duration",
        "max_meeting_duration", "minimum_meeting_start", "maximum_meeting_end",
    },
    "findfrequentedlocations": {
        "track_id", "total_dwells", "first_start", "last_end",
        *(f"dwell_duration_{kind}" for kind in ("mean", "min", "max", "std")), "start_time_mean", "end_time_mean",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    },
}  # fmt: skip
PEER_POINT_FIELDS = {
    "findcotravelers": {
        "traveler_id", "cotraveler_id", "X", "Y", "X_cotraveler", "Y_cotraveler", "traveler_time", "cotraveler_time",
        "distance_difference", "time_difference", "cotraveling_pair_id",
    },
    "findmeetinglocations": {
        "participant_1", "participant_2", "meeting_duration", "meeting_start", "meeting_end",
    },
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Return the path of a town's observations and its planted pairs, as ids."""
    crowd = make_town(shifted(61_803), Town(250, 14, teams=8, team_days=(5, 7)))
    fixes = crowd.fixes
    path = tmp_path_factory.mktemp("town") / "pings.csv"
    table = np.stack([fixes[name] for name in ("device", "time_ms", "lat", "lon", "accuracy_m")], axis=1)
    np.savetxt(
        path, table, fmt=("dev%d", "%d", "%.7f", "%.7f", "%.1f"), delimiter=",", comments="",
        header="device_id,timestamp,latitude,longitude,horizontal_accuracy",
    )  # fmt: skip
    return path, {tuple(f"dev{device}" for device in pair) for pair in crowd.pairs.tolist()}


def find(name: str, path, tmp_path, **parameters) -> tuple[list[dict], dict, str, QgsVectorLayer]:
    output = tmp_path / f"{name}.gpkg"
    given = {
        "OBSERVATIONS_FILE": str(path), "PURPOSE": "Test on made-up data", "KEEP_DEVICE_IDS": True,
        "OUTPUT": str(output),
    }  # fmt: skip
    results, log = run(name, {**given, **parameters})
    layer = QgsVectorLayer(str(output), name, "ogr")
    return rows_of(layer), results, log, layer


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_help(name):
    for definition in algorithm(name).parameterDefinitions():
        assert len(definition.help()) > 15, definition.name()


def test_defaults_are_those_of_the_peers():
    values = {
        name: {one.name(): one.defaultValue() for one in algorithm(name).parameterDefinitions()} for name in NAMES
    }
    assert values["findcotravelers"]["SEARCH_DISTANCE"] == pytest.approx(100 * 0.3048)
    assert values["findcotravelers"]["TIME_DIFFERENCE"] == 10.0
    assert values["findcotravelers"]["SPARSE"] is False
    assert values["findcotravelers"]["MINIMUM_COTRAVELING_DURATION"] == 0.0
    assert algorithm("findcotravelers").parameterDefinition("MIN_EVENTS").minimum() == 1
    for name in NAMES[1:]:
        assert (values[name]["SEARCH_DISTANCE"], values[name]["MINIMUM_LOITER_TIME"]) == (100.0, 10.0)
    assert values["findfrequentedlocations"]["MINIMUM_DWELLS"] == 1
    assert values["findfrequentedlocations"]["SPLIT_BY_DAY"] is True
    assert values["findfrequentedlocations"]["NORMALIZE"] is False
    advanced = algorithm("findcotravelers").parameterDefinition("SPARSE_MINUTES")
    assert advanced.flags() & QgsProcessingParameterDefinition.Flag.FlagAdvanced


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("purpose", ["", "  ", "x", "test test test test"])
def test_single_devices_need_a_purpose(name, purpose, town, tmp_path):
    parameters = {"OBSERVATIONS_FILE": str(town[0]), "PURPOSE": purpose, "OUTPUT": str(tmp_path / "out.gpkg")}
    is_fine, sentence = algorithm(name).create().checkParameterValues(parameters, QgsProcessingContext())
    assert not is_fine and "purpose" in sentence.lower() and sentence.endswith(".")
    with pytest.raises(QgsProcessingException, match="(?i)purpose"):
        run(name, parameters)
    assert list(tmp_path.iterdir()) == []


def test_planted_pairs_are_written_with_their_points(town, tmp_path):
    path, planted = town
    points = tmp_path / "points.gpkg"
    rows, results, log, layer = find("findcotravelers", path, tmp_path, SPARSE=True, POINTS=str(points))
    found = {tuple(sorted((row["traveler_id"], row["cotraveler_id"]), key=lambda name: int(name[3:]))) for row in rows}
    # The eight teams are the cases: the pairs of a team are found or missed together.
    assert at_least(round(8 * len(found & planted) / len(found)), 8, 0.9)
    assert at_least(round(8 * len(found & planted) / len(planted)), 8, 0.8)
    assert set(rows[0]) >= PEER_FIELDS["findcotravelers"]
    assert [row["unique_pair_id"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["joint_events"] > row["expected_by_chance"] and row["q_value"] <= 0.05 for row in rows)
    assert "Purpose: Test" in log and "moved by whole weeks" in log
    together = rows_of(QgsVectorLayer(str(points), "points", "ogr"))
    assert set(together[0]) >= PEER_POINT_FIELDS["findcotravelers"]
    assert len(together) == results["POINT_ROWS"] == sum(row["unique_pair_id_count"] for row in rows)
    assert max(row["distance_difference"] for row in together) <= 300.0
    first = [row["time_difference"] for row in together if row["cotraveling_pair_id"] == 1]
    assert np.mean(first) == pytest.approx(rows[0]["time_diff_mean"], abs=1e-3)
    for feature in layer.getFeatures():
        corners = [point for part in feature.geometry().asMultiPolyline() for point in part]
        assert all(is_middle(point.y(), point.x()) for point in corners)
    for row in together:
        assert is_middle(row["Y"], row["X"]) and is_middle(row["Y_cotraveler"], row["X_cotraveler"])
    *_rest, exact = find("findcotravelers", path, tmp_path / "..", SPARSE=True, EXACT_POSITIONS=True)
    for feature in exact.getFeatures():
        assert sum(len(part) for part in feature.geometry().asMultiPolyline()) >= 2


def together_beside_barracks(tmp_path, home_m: float):
    """Write two devices' halts and barracks: one sleeps so far outside its edge now and then, visited on the evenings.

    Every fourth night, so that this is no usual place; both go round other places together by day.
    """
    radius_m, degree_m, start_s = 100.0, 111_195.0, 1_686_528_000  # 12 June 2023, 00:00 UTC
    second_home = 5.0 + (radius_m + home_m) / degree_m, 5.0
    rng = np.random.default_rng(shifted(5_201))
    rows = []
    for day in range(16):
        for device, home in (("owner", (5.4, 5.4)), ("guest", (5.3, 5.3))):
            both = [(9.0, 12.0, (5.1 + 0.02 * day, 5.1)), (13.0, 15.0, (5.1 + 0.02 * day, 5.2))]
            night = [(20.0, 30.0, home)]
            if day % 4 == 2:
                night = [(20.0, 30.0, second_home)] if device == "owner" else [(20.0, 21.9, second_home)]
            for begin, end, (lat, lon) in both + night:
                for hour in np.arange(begin, end, 0.25):
                    north, east = rng.normal(0.0, 4.0, 2) / degree_m
                    rows.append((device, start_s + 86_400 * day + round(3600 * hour), lat + north, lon + east))
    path, sites = tmp_path / "pings.csv", tmp_path / "sites.geojson"
    lines = "".join(f"{one},{second},{lat:.7f},{lon:.7f},10\n" for one, second, lat, lon in sorted(rows))
    path.write_text("device_id,timestamp,latitude,longitude,horizontal_accuracy\n" + lines)
    sites.write_text(json.dumps({"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"name": "Barracks", "category": "military", "radius_m": radius_m},
        "geometry": {"type": "Point", "coordinates": [5.0, 5.0]},
    }]}))  # fmt: skip
    return path, sites


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("home_m, is_told", [(20.0, False), (-60.0, True)], ids=["beside", "inside"])
def test_evenings_at_a_home_beside_barracks_are_not_told_to_be_in_it(home_m, is_told, sparse, tmp_path):
    """Who sleeps there shows that it lies outside; of the pair alone there are the evenings only."""
    path, sites = together_beside_barracks(tmp_path, home_m)
    points = tmp_path / "points.gpkg"
    rows, _results, _log, layer = find(
        "findcotravelers", path, tmp_path, SITES=str(sites), SPARSE=sparse, MAX_Q=1.0, POINTS=str(points)
    )
    assert len(rows) == 1
    corners = {
        (round(point.y(), 6), round(point.x(), 6))
        for feature in layer.getFeatures() for part in feature.geometry().asMultiPolyline() for point in part
    }  # fmt: skip
    seen = {(round(row["Y"], 6), round(row["X"], 6)) for row in rows_of(QgsVectorLayer(str(points), "points", "ogr"))}
    assert len(corners) > 3 and len(seen) > 3
    assert ((5.0, 5.0) in corners) == is_told and ((5.0, 5.0) in seen) == is_told


def test_all_pairs_on_demand_and_new_pseudonyms_by_default(town, tmp_path):
    rows, _results, log, _layer = find(
        "findcotravelers", town[0], tmp_path, SPARSE=True, MAX_Q=1.0, KEEP_DEVICE_IDS=False
    )
    assert len(rows) > 100 and max(row["q_value"] for row in rows) > 0.5
    assert not any(row["traveler_id"].startswith("dev") for row in rows)
    assert f"With q up to 1: {len(rows):,}" in log


def test_pairs_need_the_duration_that_is_asked_for(town, tmp_path):
    """Asked of all pairs: among fewer of them, others may be found at the same q."""
    rows, _results, _log, _layer = find("findcotravelers", town[0], tmp_path, SPARSE=True, MAX_Q=1.0)
    # Durations are in whole milliseconds: none is as long as this.
    median_s = sorted(row["joint_duration"] for row in rows)[len(rows) // 2] - 0.0005
    fewer, _results, log, _layer = find(
        "findcotravelers", town[0], tmp_path / "..", SPARSE=True, MAX_Q=1.0,
        MINIMUM_COTRAVELING_DURATION=median_s / 60,
    )  # fmt: skip
    assert len(fewer) > 0 and min(row["joint_duration"] for row in fewer) >= median_s
    pairs = [{(row["traveler_id"], row["cotraveler_id"]) for row in table if row["joint_duration"] >= median_s}
             for table in (rows, fewer)]  # fmt: skip
    assert pairs[0] == pairs[1]
    assert f"so much time together ({median_s / 60:g} min)" in log


def test_sparse_data_in_the_mode_for_dense_data_are_told(town, tmp_path):
    _rows, _results, log, _layer = find("findcotravelers", town[0], tmp_path)
    assert "These data are sparse" in log


def test_nobody_together_is_said_in_a_sentence(tmp_path):
    path = tmp_path / "lone.csv"
    lines = [f"d{device},{1_686_528_000 + 60 * n},{13 + device},2.1,10\n" for device in (0, 1) for n in range(300)]
    path.write_text("device_id,timestamp,latitude,longitude,horizontal_accuracy\n" + "".join(lines))
    for name, sentence in (("findcotravelers", "No two devices were together"),
                           ("findmeetinglocations", "No two devices stayed near each other")):  # fmt: skip
        rows, _results, log, _layer = find(name, path, tmp_path)
        assert rows == [] and sentence in log


def test_meeting_locations_add_up_with_their_points(town, tmp_path):
    points = tmp_path / "points.gpkg"
    rows, results, _log, layer = find("findmeetinglocations", town[0], tmp_path, POINTS=str(points))
    assert set(rows[0]) >= PEER_FIELDS["findmeetinglocations"]
    meetings = rows_of(QgsVectorLayer(str(points), "points", "ogr"))
    assert set(meetings[0]) >= PEER_POINT_FIELDS["findmeetinglocations"]
    assert len(meetings) == results["POINT_ROWS"] == sum(row["pair_meetings"] for row in rows)
    for row in rows:
        mine = [one for one in meetings if one["location_id"] == row["location_id"]]
        ids = {one[f"participant_{number}"] for one in mine for number in (1, 2)}
        told = row["total_unique_ids"]  # no count below five is told
        assert told == NULL if len(ids) < 5 else told == len(ids)
        assert min(one["meeting_start"] for one in mine) == row["minimum_meeting_start"]
        assert max(one["meeting_end"] for one in mine) == row["maximum_meeting_end"]
        assert row["min_meeting_duration"] >= 600 and row["total_meetings"] <= row["pair_meetings"]
    assert_homes_are_coarse(layer)
    assert any(row["is_home"] for row in rows)
    fewer, _results, log, _layer = find("findmeetinglocations", town[0], tmp_path / "..", LEAVE_OUT_USUAL=True)
    assert 0 < sum(row["pair_meetings"] for row in fewer) < len(meetings) / 5
    assert "usual places" in log


def assert_homes_are_coarse(layer: QgsVectorLayer) -> None:
    for feature in layer.getFeatures():
        assert feature.geometry().isGeosValid()
        box = feature.geometry().boundingBox()
        assert is_middle(box.center().y(), box.center().x())
        assert box.height() == pytest.approx(0.05)
        assert box.width() * np.cos(np.radians(box.center().y())) == pytest.approx(0.05, rel=0.01)


def test_frequented_locations_of_some_devices(town, tmp_path):
    rows, results, _log, layer = find("findfrequentedlocations", town[0], tmp_path, DEVICES="dev7, dev11")
    assert {row["track_id"] for row in rows} == {"dev7", "dev11"}
    assert set(rows[0]) >= PEER_FIELDS["findfrequentedlocations"]
    assert results["LOCATIONS"] == len(rows)
    for device in ("dev7", "dev11"):
        mine = [row for row in rows if row["track_id"] == device]
        assert [row["location"] for row in mine] == list(range(1, len(mine) + 1))
        assert sum(row["share_of_time"] for row in mine) == pytest.approx(1.0, abs=1e-3)
        assert mine[0]["is_home"] == 1
    for row in rows:
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        assert sum(row[day] for day in days) == row["total_dwells"]
    assert_homes_are_coarse(layer)
    normal, *_rest = find(
        "findfrequentedlocations", town[0], tmp_path / "..", DEVICES="dev7", NORMALIZE=True, MINIMUM_DWELLS=3
    )
    assert all(row["total_dwells"] >= 3 for row in normal)
    assert sum(normal[0][day] for day in days) == pytest.approx(100.0, abs=0.01)


@pytest.mark.parametrize("values, word", [
    ({"DEVICES": "dev1", "KEEP_DEVICE_IDS": False}, "KEEP_DEVICE_IDS"),
    ({"DEVICES": "nobody"}, "nobody"),
])  # fmt: skip
def test_devices_that_cannot_be_chosen_are_told(values, word, town, tmp_path):
    with pytest.raises(QgsProcessingException, match=word):
        find("findfrequentedlocations", town[0], tmp_path, **values)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_data_that_do_not_pass_screening_give_a_sentence(name, tmp_path):
    path = tmp_path / "null.csv"
    rows = "".join(f"a,{1_686_528_000 + number},0,0\n" for number in range(9))
    path.write_text("device_id,timestamp,latitude,longitude\n" + rows)
    with pytest.raises(QgsProcessingException) as caught:
        find(name, path, tmp_path)
    assert str(caught.value).strip().endswith(".")


@pytest.mark.parametrize("name, stage", [
    *((name, stage) for name in NAMES for stage in ("Finding stays", "Writing")),
    ("findcotravelers", "Looking for neighbours"), ("findcotravelers", "Weighing chance"),
    ("findmeetinglocations", "Finding meetings"), ("findfrequentedlocations", "Finding frequented locations"),
])  # fmt: skip
def test_a_cancelled_run_leaves_no_file(name, stage, town, tmp_path, monkeypatch):
    monkeypatch.setattr(record_sink, "CHUNK", 3)  # so that some rows are written before the cancel is heard
    given = {
        "OBSERVATIONS_FILE": str(town[0]), "PURPOSE": "Test on made-up data", "SPARSE": True,
        "OUTPUT": str(tmp_path / "out.gpkg"),
    }  # fmt: skip
    with pytest.raises(QgsProcessingException, match="cancelled"):
        run(name, given, feedback=CancelAt(stage))
    assert list(tmp_path.iterdir()) == []


def test_outputs_may_share_a_geopackage(town, tmp_path):
    path = tmp_path / "all.gpkg"
    run("findmeetinglocations", {
        "OBSERVATIONS_FILE": str(town[0]), "PURPOSE": "Test on made-up data", "LEAVE_OUT_USUAL": True,
        "OUTPUT": str(path),
        "POINTS": f"ogr:dbname='{path}' table=\"pairs\" (geom)",
    })  # fmt: skip
    with sqlite3.connect(path) as stored:
        assert {row[0] for row in stored.execute("SELECT table_name FROM gpkg_contents")} == {"all", "pairs"}


@pytest.mark.parametrize("style, kind, fields", [
    ("cotravelers", "MultiLineString", "log10_lr:double"), ("meeting_locations", "Polygon", "total_meetings:integer"),
    ("frequented_locations", "Polygon", "share_of_time:double"), ("cotravel_points", "Point", "X:double"),
    ("pair_meetings", "Point", "meeting_duration:double"),
])  # fmt: skip
def test_styles_are_loaded_and_follow_time(style, kind, fields):
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:4326&field={fields}", style, "memory")
    assert layer.loadNamedStyle(str(style_path(style)))[1]
    assert layer.temporalProperties().isActive() and layer.temporalProperties().startExpression()
    if hasattr(layer.renderer(), "ranges"):
        ranges = layer.renderer().ranges()
        assert [one.upperValue() for one in ranges[:-1]] == [one.lowerValue() for one in ranges[1:]]
