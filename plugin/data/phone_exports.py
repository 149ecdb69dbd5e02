"""Exports of phones as rows: what Google keeps of a phone's way, and the records of OwnTracks.

Each takes the elements of a file one by one; what it says of no position is counted, not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

Row = dict[str, Any]
NAMES = ["device", "time", "latitude", "longitude", "accuracy"]
_E7 = 1e-7
_PAIR = re.compile(r"\s*(?:geo:)?\s*(-?\d+(?:\.\d+)?)\s*°?\s*,\s*(-?\d+(?:\.\d+)?)\s*°?\s*")


def record_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the position of one of the `locations` in Records.json or Location History.json."""
    time = element.get("timestamp") or _iso(element.get("timestampMs"))
    tag = element.get("deviceTag")
    yield from _row(
        owner if tag is None else str(tag), time, _degrees(element, "latitudeE7"), _degrees(element, "longitudeE7"),
        element.get("accuracy"),
    )  # fmt: skip


def edit_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the position of one of the `timelineEdits` in Timeline Edits.json."""
    position = _at(element, "rawSignal", "signal", "position")
    point = _at(position, "point")
    accuracy = position.get("accuracyMm")
    yield from _row(
        str(element.get("deviceId") or owner), position.get("timestamp"), _degrees(point, "latE7"),
        _degrees(point, "lngE7"), accuracy / 1000 if isinstance(accuracy, (int, float)) else None,
    )  # fmt: skip


def signal_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the position of one of the `rawSignals` in a phone's Timeline.json."""
    position = _at(element, "position")
    lat, lon = _pair(position.get("LatLng", position.get("latLng")))
    yield from _row(owner, position.get("timestamp"), lat, lon, position.get("accuracyMeters"))


def segment_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the path of a segment in a phone's timeline, and the ends of what it calls a visit or an activity.

    A visit inside another one (a shop in a mall) would be a second place at the same time: it is left out.
    """
    start, end = element.get("startTime"), element.get("endTime")
    for step in _list(element.get("timelinePath")):
        time = step.get("time") or _later(start, step.get("durationMinutesOffsetFromStartTime"))
        yield from _row(owner, time, *_pair(step.get("point")))
    visit = _at(element, "visit")
    if str(visit.get("hierarchyLevel", "0")) == "0":
        place = _pair(_at(visit, "topCandidate").get("placeLocation"))
        yield from _row(owner, start, *place)
        yield from _row(owner, end, *place)
    activity = _at(element, "activity")
    yield from _row(owner, start, *_pair(activity.get("start")))
    yield from _row(owner, end, *_pair(activity.get("end")))


def object_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the ends of one of the `timelineObjects` of Semantic Location History, and the way between."""
    visit, activity = _at(element, "placeVisit"), _at(element, "activitySegment")
    for part, begin, finish in ((visit, "location", "location"), (activity, "startLocation", "endLocation")):
        duration = _at(part, "duration")
        for key, place in (("startTimestamp", _at(part, begin)), ("endTimestamp", _at(part, finish))):
            time = duration.get(key) or _iso(duration.get(f"{key}Ms"))
            yield from _row(owner, time, _degrees(place, "latitudeE7"), _degrees(place, "longitudeE7"))
    for point in _list(_at(activity, "simplifiedRawPath").get("points")):
        time = point.get("timestamp") or _iso(point.get("timestampMs"))
        accuracy = point.get("accuracyMeters", point.get("accuracyMeter"))
        yield from _row(owner, time, _degrees(point, "latE7"), _degrees(point, "lngE7"), accuracy)


def owntracks_rows(element: Row, owner: str) -> Iterator[Row]:
    """Yield the position of a message of OwnTracks of the type location."""
    if element.get("_type") == "location":
        time = _iso(element.get("tst"), 1000)
        device = element.get("topic") or owner or element.get("tid")
        yield from _row(str(device), time, element.get("lat"), element.get("lon"), element.get("acc"))


# The key of the array in the file, "" for a file that is one array.
GOOGLE: dict[str, Callable[[Row, str], Iterator[Row]]] = {
    "locations": record_rows, "timelineEdits": edit_rows, "rawSignals": signal_rows, "semanticSegments": segment_rows,
    "timelineObjects": object_rows, "": segment_rows,
}  # fmt: skip


def _row(device: str, time: Any, lat: Any, lon: Any, accuracy: Any = None) -> Iterator[Row]:
    """Yield a row for what has a position; one without a time is kept, so that it is counted as such."""
    if lat is not None and lon is not None:
        yield dict(zip(NAMES, (device, time, lat, lon, accuracy)))


def _at(value: Any, *keys: str) -> Row:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _degrees(point: Row, key: str) -> Optional[float]:
    value = point.get(key)
    if not isinstance(value, (int, float)):
        return None
    # Old files keep numbers beyond 180 degrees as unsigned ones.
    return round((value - (1 << 32) if value > 1_800_000_000 else value) * _E7, 7)


def _pair(value: Any) -> tuple[Optional[float], Optional[float]]:
    """Return latitude and longitude of "48.8°, 2.3°" or "geo:48.8,2.3", or of an object that has such a text."""
    if isinstance(value, dict):
        value = value.get("latLng", value.get("LatLng"))
    found = _PAIR.fullmatch(value) if isinstance(value, str) else None
    return (None, None) if found is None else (float(found[1]), float(found[2]))


def _iso(count: Any, to_ms: int = 1) -> Optional[str]:
    """Return a count since 1970 (milliseconds, times `to_ms`) as ISO 8601 in UTC, None if it is none."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=int(count) * to_ms)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds") + "Z"


def _later(start: Any, minutes: Any) -> Optional[str]:
    """Return the time so many minutes after an ISO time, in the same zone."""
    try:
        begin = datetime.fromisoformat(str(start).replace("Z", "+00:00"))
        return (begin + timedelta(minutes=float(minutes))).isoformat(timespec="milliseconds")
    except (TypeError, ValueError, OverflowError):
        return None
