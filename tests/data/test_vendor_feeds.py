"""Feeds in the columns of vendors, receivers and offices: each gives its positions, or one sentence on the way out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import ReadingSettings, Roles
from worlds.feed_rows import EXPECTED, HEAD, ROWS, comma, iso, ms, read, write, write_five

MIDNIGHT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def since_midnight(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def local(moment: datetime) -> str:
    return f"{moment - timedelta(hours=3):%Y-%m-%d %H:%M:%S}"


def plain(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def minutes(degrees: float, letters: str) -> tuple[str, str]:
    whole, rest = divmod(abs(degrees), 1)
    return f"{whole * 100 + rest * 60:011.5f}", letters[degrees < 0]


# Names of columns, and what stands in them for a device, time, latitude and longitude.
FEEDS = {
    "Veraset": (
        "caid,id_type,utc_timestamp,latitude,longitude,horizontal_accuracy,geo_hash,ip_address,iso_country_code",
        lambda d, t, a, o: (d, "aaid", ms(t) // 1000, a, o, 12.0, "66jd", "192.0.2.1", "CL"),
    ),
    "X-Mode": (
        "advertiser_id,location_at,latitude,longitude,altitude,horizontal_accuracy,vertical_accuracy,heading,speed",
        lambda d, t, a, o: (d, ms(t) // 1000, a, o, 500, 12, 3, 0, 0),
    ),
    "Spectus": (
        "cuebiq_id,event_zoned_datetime,lat,lng,accuracy_meters,classification_type",
        lambda d, t, a, o: (d, f"{t - timedelta(hours=3):%Y-%m-%dT%H:%M:%S}-03:00", a, o, 12, "TRANSIT"),
    ),
    "Gravy": (
        "registrationID,latitude,longitude,timestamp,horizontalAccuracy,ipAddress,forensicFlag",
        lambda d, t, a, o: (d, a, o, ms(t), 12, "192.0.2.1", 0),
    ),
    "Unacast": (
        "identifier,identifier_type,timestamp,local_date_time,centroid_latitude,centroid_longitude,bump_count",
        lambda d, t, a, o: (d, "AAID", f"{plain(t)} UTC", local(t), a, o, 4),
    ),
    "Traccar": (
        "id,deviceid,servertime,devicetime,fixtime,valid,latitude,longitude,altitude,speed,course",
        lambda d, t, a, o: (1, d, plain(t + timedelta(hours=5)), plain(t), plain(t), "t", a, o, 0, 0, 0),
    ),
    "OpenSky": (
        "time,icao24,lat,lon,velocity,heading,callsign,onground,lastposupdate,lastcontact,hour",
        lambda d, t, a, o: (ms(t) // 1000, d, a, o, 9, 0, "X", "False", ms(t) / 1000 - 3, ms(t) / 1000 - 1, 475_223),
    ),
    "Flightradar24": (
        "Timestamp,UTC,Callsign,Position,Altitude,Speed,Direction",
        lambda d, t, a, o: (ms(t) // 1000, iso(t), d, f'"{a},{o}"', 0, 0, 0),
    ),
    "Danish AIS": (
        "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,SOG,COG,Name",
        lambda d, t, a, o: (f"{t:%d/%m/%Y %H:%M:%S}", "Class A", d, a, o, "Moored", 0, 0, "MARIA"),
    ),
    "receiver of NMEA": (
        "device_id,time,lat,ns,lon,ew", lambda d, t, a, o: (d, iso(t), *minutes(a, "NS"), *minutes(o, "EW")),
    ),
    "local time before UTC": (
        "device_id,timestamp,timestamp_utc,lat,lon", lambda d, t, a, o: (d, local(t), plain(t), a, o),
    ),
    "UTC before local time": ("device_id,utc_time,time,lat,lon", lambda d, t, a, o: (d, plain(t), local(t), a, o)),
    "UTC in capitals": ("device_id,EventTime,EventTime_GMT,lat,lon", lambda d, t, a, o: (d, local(t), plain(t), a, o)),
    "seconds of the day": (
        "device_id,date,seconds_of_day,lat,lon", lambda d, t, a, o: (d, f"{t:%Y-%m-%d}", since_midnight(t), a, o),
    ),
    "milliseconds since midnight": (
        "device_id,day,ms_since_midnight,lat,lon",
        lambda d, t, a, o: (d, f"{t:%d.%m.%Y}", since_midnight(t) * 1000, a, o),
    ),
    "minutes of the day": (
        "device_id,date,minute_of_day,lat,lon", lambda d, t, a, o: (d, f"{t:%Y%m%d}", since_midnight(t) // 60, a, o),
    ),
    "seconds under the name of times": (
        "device_id,date,time,lat,lon", lambda d, t, a, o: (d, f"{t:%Y-%m-%d}", since_midnight(t), a, o),
    ),
    "days of the year with a part": (
        "device_id,year,doy,lat,lon",
        lambda d, t, a, o: (d, t.year, f"{(t - MIDNIGHT) / timedelta(days=1) + 1:.9f}", a, o),
    ),
    "days of the month with a part": (
        "device_id,year,month,day,lat,lon",
        lambda d, t, a, o: (d, t.year, t.month, f"{t.day + since_midnight(t) / 86_400:.9f}", a, o),
    ),
    "date in digits by its form": (
        "device_id,yyyymmdd,hhmm,lat,lon", lambda d, t, a, o: (d, f"{t:%Y%m%d}", f"{t:%H%M}", a, o),
    ),
    "offset in words": (
        "device_id,time_utc_minus_3,lat,lon", lambda d, t, a, o: (d, local(t), a, o),
    ),
    "date-time group": ("device_id,dtg,lat,lon", lambda d, t, a, o: (d, f"{t:%d%H%MZ%b%y}".upper(), a, o)),
    "date-time group of a zone": (
        "device_id,dtg,lat,lon", lambda d, t, a, o: (d, f"{t + timedelta(hours=2):%d %H%MB %b %Y}".upper(), a, o),
    ),
    "date-time group to the west": (
        "device_id,DTG,lat,lon", lambda d, t, a, o: (d, f"{t - timedelta(hours=3):%d%H%MP%b%y}".upper(), a, o),
    ),
    "blanks before quotes": (
        '"device_id", "time", "lat", "lon"', lambda d, t, a, o: (f'"{d}"', f' "{iso(t)}"', f' "{a}"', f' "{o}"'),
    ),
    "an empty column of times first": ("device_id,time,recorded_at,lat,lon", lambda d, t, a, o: (d, "", iso(t), a, o)),
    "an empty column of devices first": ("caid,device_id,time,lat,lon", lambda d, t, a, o: ("", d, iso(t), a, o)),
    "commas in one column": ("device_id\ttime\tposition", lambda d, t, a, o: (d, iso(t), f"{comma(a)}; {comma(o)}")),
    "commas with a comma between": (
        "device_id\ttime\tposition", lambda d, t, a, o: (d, iso(t), f"{comma(a)}, {comma(o)}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", FEEDS)
def test_a_feed_in_its_own_columns_gives_its_positions(tmp_path, vendor):
    head, row = FEEDS[vendor]
    assert read(write(tmp_path, head, row, "\t" if "\t" in head else ","))[0] == EXPECTED


def lines(record) -> str:
    return "".join(json.dumps(record(*one)) + "\n" for one in ROWS)


JSON = {
    "MongoDB": lambda d, t, a, o: {
        "_id": {"$oid": "65f8"}, "deviceId": d, "ts": {"$date": iso(t)},
        "loc": {"type": "Point", "coordinates": [o, a]},
    },
    "MongoDB with types": lambda d, t, a, o: {
        "deviceId": d, "ts": {"$date": {"$numberLong": str(ms(t))}}, "lat": {"$numberDouble": str(a)},
        "lon": {"$numberDouble": str(o)},
    },
    "OpenRTB": lambda d, t, a, o: {"id": f"r{ms(t)}", "ts": ms(t), "device": {"ifa": d, "geo": {"lat": a, "lon": o}}},
}  # fmt: skip


@pytest.mark.parametrize("kind", JSON)
def test_records_of_a_database_give_their_positions(tmp_path, kind):
    path = tmp_path / "records.json"
    path.write_text(lines(JSON[kind]))
    assert read(path)[0] == EXPECTED


REFUSED = {
    # What follows after the names is the row; its columns alone would be read as something else.
    "time,lat,lon,timestamp_ms,profile_name|2024-03-18T23:40:00Z,-33.5,-70.25,1710805200000,home":
        "recognised as the device id.*of one device",
    "device_id,time,lat_deg,lat_min,lat_sec,lon_deg,lon_min,lon_sec|a,2024-03-18T23:40:00Z,-33,30,12,-70,15,12":
        "“lat_deg” holds whole degrees, and “lat_min” their minutes",
    "device_id,time,latitude,latitude_minutes,longitude,longitude_minutes|a,2024-03-18T23:40:00Z,-33,30.2,-70,15.5":
        "“latitude_minutes” their minutes",
    "device_id;time;lat;lon|a;2024-03-18T23:40:00Z;-33.512.345;-70.251.234": "took decimals for thousands",
    "device_id,time,lat,lon|true,2024-03-18T23:40:00Z,-33.5,-70.2": "recognised as the device id",
}  # fmt: skip


@pytest.mark.parametrize("table", REFUSED)
def test_what_would_be_read_wrongly_is_told_with_the_way_out(tmp_path, table):
    path = write_five(tmp_path, table)
    with pytest.raises(InputError, match=REFUSED[table]):
        source = open_observations_file(path)
        list(source.chunks())


def test_least_and_most_latitudes_are_no_minutes(tmp_path):
    found, _told = read(write(
        tmp_path, "device_id,time,lat,lon,lat_min,lat_max", lambda d, t, a, o: (d, iso(t), a, o, 30, 31)
    ))  # fmt: skip
    assert found == EXPECTED


NOBODY = [
    "00000000-0000-0000-0000-000000000000", "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709", "undefined", "Unknown",
]  # fmt: skip


@pytest.mark.parametrize("nobody", NOBODY)
def test_the_id_of_all_who_have_none_is_no_device(tmp_path, nobody):
    """The second is the MD5 of nothing, the third its SHA-1 (RFC 1321, RFC 3174)."""
    path = write(tmp_path, HEAD, lambda d, t, a, o: (nobody if d == "unit-0" else d, iso(t), a, o))
    found, told = read(path)
    assert found == EXPECTED[1::2] and f"“{nobody}” count as rows without a device" in told


@pytest.mark.parametrize("text", ["1.234,5", "1.234.567,5"])
def test_points_between_thousands_of_an_accuracy_are_none(tmp_path, text):
    head = "device_id;time;lat;lon;accuracy"
    path = write(tmp_path, head, lambda d, t, a, o: (d, iso(t), comma(a), comma(o), text), ";")
    chunk = next(iter(open_observations_file(path).chunks()))
    assert set(chunk.accuracy_m) == {np.float32(text.replace(".", "").replace(",", "."))}


# What decides how a table is read, and the words in which it is told.
RULES = {
    "comma": (
        "device_id;time;lat;lon", lambda d, t, a, o: (d, iso(t), comma(a), comma(o)), ";",
        ["Positions have decimal commas", "separated by semicolons", "ISO 8601 with their zone"],
    ),
    "parts": (
        "device_id,year,month,day,hour,lat,lon",
        lambda d, t, a, o: (d, t.year, t.month, t.day, since_midnight(t) / 3600, a, o), ",",
        ["put together from year, month, day, hour", "without a zone: taken as UTC"],
    ),
    "parts and a clock": (
        "device_id,year,month,day,utc_time,lat,lon",
        lambda d, t, a, o: (d, t.year, t.month, t.day, f"{t:%H:%M:%S}", a, o), ",",
        ["put together from year, month, day, utc_time"],
    ),
    "two columns": (
        "device_id,Datum,Uhrzeit,lat,lon", lambda d, t, a, o: (d, f"{t:%d.%m.%Y}", f"{t:%H:%M}", a, o), ",",
        ["from two columns, “Datum” and “Uhrzeit”", "written day first"],
    ),
    "seconds": (
        "device_id,date,seconds_of_day,lat,lon", lambda d, t, a, o: (d, f"{t:%Y-%m-%d}", since_midnight(t), a, o), ",",
        ["“seconds_of_day” (seconds since midnight)", "written year first"],
    ),
    "accuracy": (
        HEAD + ",accuracy", lambda d, t, a, o: (d, iso(t), a, o, "good"), ",", ["“accuracy” is not used"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_that_decided_is_told_once_and_by_its_name(tmp_path, rule):
    head, row, mark, words = RULES[rule]
    found, told = read(write(tmp_path, head, row, mark))
    assert found == EXPECTED
    assert all(told.count(one) == 1 for one in words), told
    assert "parts" not in rule or "ISO 8601" not in told and "two columns" not in told


def test_positions_in_radians_are_doubted(tmp_path):
    path = write(tmp_path, HEAD, lambda d, t, a, o: (d, iso(t), np.radians(a), np.radians(o)))
    assert "if they are radians" in read(path)[1]


def test_no_accuracy_is_a_choice_of_which_nothing_is_told(tmp_path):
    path = write(tmp_path, HEAD + ",accuracy", lambda d, t, a, o: (d, iso(t), a, o, "good"))
    source = open_observations_file(path, Roles(accuracy=""))
    list(source.chunks())
    assert "is not used" not in " ".join(source.notes())


def test_a_zone_that_is_said_counts_for_parts_too(tmp_path):
    path = write(tmp_path, "device_id,year,month,day,time,lat,lon",
                 lambda d, t, a, o: (d, *(t - timedelta(hours=3)).timetuple()[:3], local(t)[11:], a, o))  # fmt: skip
    found, told = read(path, ReadingSettings(time_zone="-03:00"))
    assert found == EXPECTED and "taken as -03:00" in told
