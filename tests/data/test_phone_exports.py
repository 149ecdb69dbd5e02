"""What phones export: Google's files of all its years, OwnTracks and GeoLife tracks, as their public schemas are."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from sitelight.plugin.data import json_text
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import InputError

T0 = 1_710_057_600_000  # 2024-03-10T08:00:00Z


def read(path: Path) -> tuple[list[tuple], tuple[str, ...]]:
    source = open_observations_file(path)
    chunks = list(source.chunks())
    ids = source.device_ids()
    rows = [
        (ids[device], time - T0, round(lat, 6), round(lon, 6), None if accuracy != accuracy else float(accuracy))
        for chunk in chunks
        for device, time, lat, lon, accuracy in zip(
            chunk.device, chunk.time_ms.tolist(), chunk.lat.tolist(), chunk.lon.tolist(), chunk.accuracy_m.tolist()
        )
    ]
    return rows, source.notes()


def write(path: Path, content: object, **how: object) -> Path:
    path.write_text(json.dumps(content, **how), encoding="utf-8")
    return path


@pytest.mark.parametrize("indent", [None, 1])
def test_records_of_all_years(tmp_path, indent):
    path = write(tmp_path / "Records.json", {"locations": [
        {"latitudeE7": 135000000, "longitudeE7": 21000000, "accuracy": 12, "timestamp": "2024-03-10T08:00:00.000Z",
         "deviceTag": -577, "activity": [{"activity": [{"type": "STILL", "confidence": 90}]}]},
        {"timestampMs": str(T0 + 60_000), "latitudeE7": 135000000, "longitudeE7": -21000000, "accuracy": 9},
        {"timestamp": "2024-03-10T08:02:00Z", "source": "WIFI"},
        {"timestamp": "2024-03-10T08:03:00Z", "latitudeE7": 4159967296, "longitudeE7": 21000000, "deviceTag": 12},
    ]}, indent=indent)  # fmt: skip
    rows, notes = read(path)
    assert rows == [
        ("-577", 0, 13.5, 2.1, 12.0), ("this phone", 60_000, 13.5, -2.1, 9.0), ("12", 180_000, -13.5, 2.1, None)
    ]  # fmt: skip
    assert any("1 of its entries have no position" in note for note in notes)


SEGMENTS = [
    {"startTime": "2024-03-10T09:00:00.000+01:00", "endTime": "2024-03-10T10:00:00.000+01:00",
     "visit": {"hierarchyLevel": 0, "topCandidate": {"placeLocation": {"latLng": "13.5°, 2.1°"}}}},
    {"startTime": "2024-03-10T09:10:00.000+01:00", "endTime": "2024-03-10T09:50:00.000+01:00",
     "visit": {"hierarchyLevel": 1, "topCandidate": {"placeLocation": {"latLng": "13.9°, 2.9°"}}}},
    {"startTime": "2024-03-10T10:00:00.000+01:00", "endTime": "2024-03-10T10:30:00.000+01:00",
     "activity": {"start": {"latLng": "13.5°, 2.1°"}, "end": {"latLng": "13.6°, -2.1°"}}},
    {"startTime": "2024-03-10T10:00:00.000+01:00", "endTime": "2024-03-10T12:00:00.000+01:00",
     "timelinePath": [{"point": "13.55°, 2.1°", "time": "2024-03-10T10:10:00.000+01:00"}]},
    {"startTime": "2024-03-10T10:00:00.000+01:00", "endTime": "2024-03-10T12:00:00.000+01:00",
     "timelineMemory": {"trip": {"distanceFromOriginKms": 7}}},
]  # fmt: skip
WAY = sorted([
    (0, 13.5, 2.1), (3_600_000, 13.5, 2.1), (3_600_000, 13.5, 2.1), (5_400_000, 13.6, -2.1), (4_200_000, 13.55, 2.1),
])  # fmt: skip


def test_the_timeline_of_an_android_phone(tmp_path):
    signals = [
        {"position": {"LatLng": "13.6°, -2.1°", "accuracyMeters": 13, "source": "WIFI",
                      "timestamp": "2024-03-10T09:31:00.000Z"}},
        {"wifiScan": {"deliveryTime": "2024-03-10T09:31:00.000Z", "devicesRecords": []}},
    ]  # fmt: skip
    content = {"userLocationProfile": {"frequentPlaces": []}, "semanticSegments": SEGMENTS, "rawSignals": signals}
    rows, notes = read(write(tmp_path / "Timeline.json", content, ensure_ascii=False))
    assert {row[0] for row in rows} == {"this phone"}
    assert sorted(row[1:4] for row in rows) == sorted([*WAY, (5_460_000, 13.6, -2.1)])
    assert any("3 of its entries have no position" in note and "as Google infers them" in note for note in notes)


def test_the_timeline_of_an_iphone(tmp_path):
    content = [
        {"startTime": "2024-03-10T08:00:00.000Z", "endTime": "2024-03-10T09:00:00.000Z",
         "visit": {"hierarchyLevel": "0", "topCandidate": {"placeLocation": "geo:13.500000,2.100000"}}},
        {"startTime": "2024-03-10T09:00:00.000Z", "endTime": "2024-03-10T09:30:00.000Z",
         "activity": {"start": "geo:13.500000,2.100000", "end": "geo:13.600000,-2.100000"}},
        {"startTime": "2024-03-10T09:00:00.000Z", "endTime": "2024-03-10T11:00:00.000Z",
         "timelinePath": [{"point": "geo:13.550000,2.100000", "durationMinutesOffsetFromStartTime": "10"}]},
    ]  # fmt: skip
    assert sorted(row[1:4] for row in read(write(tmp_path / "location-history.json", content))[0]) == WAY


def test_timeline_edits_keep_phones_apart(tmp_path):
    def position(device: str, minute: int) -> dict:
        point = {"latE7": 135000000, "lngE7": 21000000}
        signal = {"point": point, "accuracyMm": 12500, "timestamp": f"2024-03-10T08:{minute:02d}:00.123Z"}
        return {"deviceId": device, "rawSignal": {"signal": {"position": signal}}}

    scan = {"deviceId": "1", "rawSignal": {"signal": {"wifiScan": {"devices": []}}}}
    content = {"timelineEdits": [position("1", 0), scan, position("-2", 1), {"deviceId": "1", "placeAggregates": {}}]}
    rows, notes = read(write(tmp_path / "Timeline Edits.json", content))
    assert rows == [("1", 123, 13.5, 2.1, 12.5), ("-2", 60_123, 13.5, 2.1, 12.5)]
    assert any("2 of its entries have no position" in note for note in notes)


def test_the_months_of_semantic_location_history_in_a_takeout_archive(tmp_path):
    place = {"latitudeE7": 135000000, "longitudeE7": 21000000}
    visit = {"placeVisit": {"location": place, "duration": {
        "startTimestamp": "2024-03-10T08:00:00Z", "endTimestamp": "2024-03-10T09:00:00Z"}}}  # fmt: skip
    ride = {"activitySegment": {
        "startLocation": place, "endLocation": {"latitudeE7": 136000000, "longitudeE7": -21000000},
        "duration": {"startTimestampMs": str(T0 + 3_600_000), "endTimestampMs": str(T0 + 5_400_000)},
        "simplifiedRawPath": {"points": [
            {"latE7": 135500000, "lngE7": 21000000, "timestampMs": str(T0 + 4_200_000), "accuracyMeters": 20}]},
    }}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "takeout.zip", "w") as archive:
        folder = "Takeout/Location History/Semantic Location History/2024"
        archive.writestr(f"{folder}/2024_MARCH.json", json.dumps({"timelineObjects": [visit, ride]}))
        archive.writestr("Takeout/archive_browser.html", "<html></html>")
        settings = json.dumps({"createdTime": "2015", "deviceSettings": []})
        archive.writestr("Takeout/Location History/Settings.json", settings)
    rows, notes = read(tmp_path / "takeout.zip")
    assert sorted(row[1:4] for row in rows) == WAY
    assert "archive_browser.html" in notes[0] and "Settings.json" in notes[0]


def test_owntracks_keeps_the_device_of_its_folder(tmp_path):
    message = {"_type": "location", "tst": T0 // 1000, "lat": 13.5, "lon": 2.1, "acc": 12, "tid": "an"}
    lines = [
        f"2024-03-10T08:00:00Z\t*                 \t{json.dumps(message)}",
        '2024-03-10T08:00:00Z\tlwt               \t{"_type":"lwt","tst":1710057600}',
        '2024-03-10T08:00:00Z\t*                 \t{"_type":"encrypted","data":"x"}',
    ]  # fmt: skip
    for user in ("anna", "ben"):
        (tmp_path / "rec" / user / "phone").mkdir(parents=True)
        (tmp_path / "rec" / user / "phone" / "2024-03.rec").write_text("\n".join(lines) + "\n")
    rows, notes = read(tmp_path / "rec")
    assert rows == [("anna/phone", 0, 13.5, 2.1, 12.0), ("ben/phone", 0, 13.5, 2.1, 12.0)]
    assert any("2 of its entries have no position" in note for note in notes)


def test_geolife_tracks_belong_to_the_person_of_their_folder(tmp_path):
    head = "Geolife trajectory\nWGS 84\nAltitude is in Feet\nReserved 3\n0,2,255,My Track,0,0,2,8421376\n0\n"
    for person in ("000", "001"):
        folder = tmp_path / "Data" / person / "Trajectory"
        folder.mkdir(parents=True)
        lines = [f"13.5,2.1,0,492,{days},2024-03-10,08:00:00\n" for days in ("45361.3333333333", "45361.3340277778")]
        (folder / "20240310080000.plt").write_text(head + "".join(lines))
        (tmp_path / "Data" / person / "labels.txt").write_text(
            "Start Time\tEnd Time\tTransportation Mode\n2024/03/10 08:00:00\t2024/03/10 09:00:00\tbus\n"
        )
    rows, notes = read(tmp_path / "Data")
    assert [row[:4] for row in rows] == [
        (person, time, 13.5, 2.1) for person in ("000", "001") for time in (0, 60_000)
    ]
    assert "labels.txt" in notes[0]
    assert [row[0] for row in read(tmp_path / "Data" / "001" / "Trajectory" / "20240310080000.plt")[0]] == ["001"] * 2


@pytest.mark.parametrize("wrap", ["array", "lines", "list", "nested", "feature"])
def test_records_in_json_however_they_are_wrapped(tmp_path, wrap):
    records = [
        {"device_id": 9_007_199_254_740_993 + k % 2, "ts": f"2024-03-10T08:0{k}:00Z", "lat": 13.5, "lon": 2.1}
        for k in range(6)
    ]  # fmt: skip
    path = tmp_path / "pings.json"
    if wrap == "lines":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    elif wrap == "nested":
        write(path, [{"device_id": r["device_id"], "ts": r["ts"], "geo": {"lat": 13.5, "lon": 2.1}} for r in records])
    elif wrap == "feature":
        path = tmp_path / "pings.ndjson"
        point = {"type": "Point", "coordinates": [2.1, 13.5]}
        named = [{"device_id": str(r["device_id"]), "ts": r["ts"]} for r in records]
        features = [{"type": "Feature", "properties": names, "geometry": point} for names in named]
        path.write_text("".join(json.dumps(feature) + "\n" for feature in features))
    else:
        write(path, records if wrap == "array" else {"count": 6, "next": None, "data": records})
    rows, _ = read(path)
    assert [row[:4] for row in rows] == [
        (str(9_007_199_254_740_993 + k % 2), 60_000 * k, 13.5, 2.1) for k in range(6)
    ]


def test_json_is_read_the_same_in_small_blocks(tmp_path, monkeypatch):
    note = '"}]\\ \n'
    place = {"lat": 13.5, "lon": 2.1}
    records = [{"device": f"d{k % 3}", "time": T0 + k, **place, "é": note * (k % 50)} for k in range(400)]
    path = write(tmp_path / "pings.json", records, ensure_ascii=False)
    whole = read(path)[0]
    monkeypatch.setattr(json_text, "BLOCK_CHARACTERS", 37)
    assert read(path)[0] == whole and len(whole) == 400


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"a": 1, "b": [1, 2]}', "no list of records"),
        ('[{"device": "a", "time": 1}, {"device": "b"', "breaks off in line 1"),
        ('[{"device": "a"},\n{"device": nothing}]' + " " * 5000, "not valid JSON: .* line 2"),
        ('{"one": [{"a": 1}], "two": [{"a": 1}]}', "several lists of records"),
        ("[1, 2, 3]", "something else than records"),
    ],
)
def test_other_json_is_refused_in_one_sentence(tmp_path, text, word):
    (tmp_path / "pings.json").write_text(text)
    with pytest.raises(InputError, match=word) as caught:
        read(tmp_path / "pings.json")
    assert "\n" not in str(caught.value)
