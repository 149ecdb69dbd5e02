"""Tables written in every way that is read: what went in comes out, whatever dates, zones, marks and positions."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import MARKED, NO_TIME, ReadingSettings, Roles
from sitelight_package import SHARED

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FRENCH = [
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
]  # fmt: skip
RUSSIAN = [
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
]  # fmt: skip
ENGLISH = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
TURKISH = [
    "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
    "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
]  # fmt: skip


def unix(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1)


def half_day(moment: datetime) -> str:
    """Return a time of day as Americans write it, worked out by hand: strftime asks the locale."""
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02d}:{moment.second:02d} {'PM' if moment.hour >= 12 else 'AM'}"


def shown(moment: datetime, style: str) -> str:
    return moment.strftime(style)


# How a moment (UTC) is written; those with an offset are written in their own wall-clock time.
EAST, WEST = timedelta(hours=5, minutes=30), timedelta(hours=-3)
TIMES = {
    "iso": lambda m: shown(m, "%Y-%m-%dT%H:%M:%SZ"),
    "blank": lambda m: shown(m, "%Y-%m-%d %H:%M:%S"),
    "offset": lambda m: shown(m + EAST, "%Y-%m-%dT%H:%M:%S+05:30"),
    "short offset": lambda m: shown(m + WEST, "%Y-%m-%d %H:%M:%S-03"),
    "bare offset": lambda m: shown(m + EAST, "%Y-%m-%d %H:%M:%S+0530"),
    "named offset": lambda m: shown(m + WEST, "%Y-%m-%d %H:%M:%S.0 UTC-03:00"),
    "EST": lambda m: shown(m - timedelta(hours=5), "%Y-%m-%d %H:%M:%S EST"),
    "zone": lambda m: shown(m + timedelta(hours=9), "%Y-%m-%d %H:%M:%S Asia/Tokyo"),
    "java": lambda m: shown(m + timedelta(hours=9), "%Y-%m-%dT%H:%M:%S+09:00[Asia/Tokyo]"),
    "script": lambda m: f"{DAYS[m.weekday()]} {ENGLISH[m.month - 1][:3]} {m:%d %Y %H:%M:%S} GMT+0000 (Universal Time)",
    "twitter": lambda m: f"{DAYS[m.weekday()]} {ENGLISH[m.month - 1][:3]} {m:%d %H:%M:%S} +0000 {m:%Y}",
    "mail": lambda m: f"{DAYS[m.weekday()]}, {m.day} {ENGLISH[m.month - 1][:3]} {m:%Y %H:%M:%S} GMT",
    "log": lambda m: f"{m:%d}/{ENGLISH[m.month - 1][:3]}/{m:%Y:%H:%M:%S} +0000",
    "english": lambda m: f"{ENGLISH[m.month - 1]} {m.day}, {m.year} {half_day(m)}",
    "french": lambda m: f"{m.day} {FRENCH[m.month - 1]} {m.year} à {m.hour:02d}h{m.minute:02d}m{m.second:02d}s",
    "russian": lambda m: f"{m.day} {RUSSIAN[m.month - 1]} {m.year} г. {m:%H:%M:%S}",
    "turkish": lambda m: f"{m.day:02d} {TURKISH[m.month - 1]} {m.year} {m:%H:%M:%S}",
    "week": lambda m: shown(m, "%G-W%V-%uT%H:%M:%SZ"),
    "bare week": lambda m: shown(m, "%GW%V%u %H:%M:%S"),
    "day of the year": lambda m: shown(m, "%Y-%jT%H:%M:%S"),
    "photograph": lambda m: shown(m, "%Y:%m:%d %H:%M:%S"),
    "points": lambda m: shown(m, "%d.%m.%Y %H:%M:%S"),
    "two digits": lambda m: shown(m, "%d.%m.%y %H:%M:%S"),
    "american": lambda m: f"{m.month}/{m.day}/{m.year} {half_day(m)}",
    "british": lambda m: shown(m, "%d/%m/%Y %H:%M:%S"),
    "chinese": lambda m: f"{m.year}年{m.month}月{m.day}日 {'下午' if m.hour >= 12 else '上午'}{half_day(m)[:-3]}",
    "japanese": lambda m: f"{m.year}年{m.month}月{m.day}日 {m.hour}時{m:%M}分{m:%S}秒",
    "korean": lambda m: f"{m.year}. {m.month}. {m.day}. {'오후' if m.hour >= 12 else '오전'} {half_day(m)[:-3]}",
    "guarded": lambda m: shown(m, "'%Y-%m-%d %H:%M:%S"),
    "14 digits": lambda m: shown(m, "%Y%m%d%H%M%S"),
    "8 and 6 digits": lambda m: shown(m, "%Y%m%d %H%M%S"),
    "s": lambda m: str(unix(m)),
    "ms": lambda m: str(unix(m) * 1_000),
    "us": lambda m: str(unix(m) * 1_000_000),
    "ns": lambda m: str(unix(m) * 1_000_000_000),
    "Apple": lambda m: str(unix(m) - unix(datetime(2001, 1, 1, tzinfo=timezone.utc))),
    "ticks": lambda m: str((m.replace(tzinfo=None) - datetime(1, 1, 1)) // timedelta(microseconds=1) * 10),
    "filetime": lambda m: str((m.replace(tzinfo=None) - datetime(1601, 1, 1)) // timedelta(microseconds=1) * 10),
    "spreadsheet": lambda m: repr((m.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)),
}
AFTER_2012 = datetime(2012, 1, 1)


def sexagesimal(degrees: float, letters: str) -> str:
    whole, rest = divmod(round(abs(degrees) * 36_000_000), 36_000_000)  # a millionth of a degree is 36 of these
    minutes, rest = divmod(rest, 600_000)
    return f"{whole}°{minutes:02d}'{rest / 10_000:07.4f}\"{letters[degrees < 0]}"


def with_comma(degrees: float) -> str:
    return f"{degrees:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def with_minutes(degrees: float, letters: str) -> str:
    whole, rest = divmod(round(abs(degrees) * 60_000_000), 60_000_000)
    return f"{letters[degrees < 0]} {whole} {rest / 1_000_000:.6f}"


POSITIONS = {
    "points": (("lat", "lon"), lambda y, x: (f"{y:.6f}", f"{x:.6f}")),
    "commas": (("lat", "lon"), lambda y, x: (with_comma(y), with_comma(x))),
    "letters": (("lat", "lon"), lambda y, x: (f"{abs(y):.6f}° {'NS'[y < 0]}", f"{abs(x):.6f}° {'EW'[x < 0]}")),
    "seconds": (("Latitude", "Longitude"), lambda y, x: (sexagesimal(y, "NS"), sexagesimal(x, "EW"))),
    "minutes": (("Latitude", "Longitude"), lambda y, x: (with_minutes(y, "NS"), with_minutes(x, "EW"))),
    "E7": (("latitudeE7", "longitudeE7"), lambda y, x: (str(round(y * 1e7)), str(round(x * 1e7)))),
    "E6": (("lat_e6", "lon_e6"), lambda y, x: (str(round(y * 1e6)), str(round(x * 1e6)))),
    "sides": (
        ("lat", "lat_dir", "lon", "lon_dir"),
        lambda y, x: (f"{abs(y):.6f}", "NS"[y < 0], f"{abs(x):.6f}", "EW"[x < 0]),
    ),
    "WKT": (("geom",), lambda y, x: (f"POINT ({x:.6f} {y:.6f})",)),
    "EWKT": (("geom",), lambda y, x: (f"SRID=4326;POINT({x:.6f} {y:.6f})",)),
    "WKB": (("wkb",), lambda y, x: (struct.pack("<BIdd", 1, 1, x, y).hex().upper(),)),
    "EWKB": (("the_geom",), lambda y, x: (struct.pack("<BIIdd", 1, 0x20000001, 4326, x, y).hex(),)),
    "big-endian WKB": (("geometry",), lambda y, x: (struct.pack(">BIdd", 0, 1, x, y).hex(),)),
    "GeoJSON": (("geometry",), lambda y, x: (f'{{"type": "Point", "coordinates": [{x:.6f}, {y:.6f}]}}',)),
    "lat,lon": (("lat_lon",), lambda y, x: (f"{y:.6f}, {x:.6f}",)),
    "lon lat": (("lonlat",), lambda y, x: (f"({x:.6f} {y:.6f})",)),
    "pair with letters": (("position",), lambda y, x: (f"{sexagesimal(y, 'NS')} {sexagesimal(x, 'EW')}",)),
}


@st.composite
def tables(draw):
    """Draw devices, moments of more than 12 days in a row, and positions of six decimals."""
    start = draw(st.datetimes(AFTER_2012, datetime(2025, 6, 1))).replace(microsecond=0, tzinfo=timezone.utc)
    steps = draw(st.lists(st.integers(3_600, 90_000), min_size=20, max_size=30))
    spread = 25 * 86_400 // 20
    moments = [start + timedelta(seconds=int(total) + spread * k) for k, total in enumerate(np.cumsum(steps))]
    count = len(moments)
    micro = st.integers(-89_000_000, 89_000_000), st.integers(-179_000_000, 179_000_000)
    lat, lon = ([value / 1e6 for value in draw(st.lists(one, min_size=count, max_size=count))] for one in micro)
    devices = draw(st.lists(st.sampled_from(["a1", "007", "12345678901234567890"]), min_size=count, max_size=count))
    return devices, moments, lat, lon


def written(folder: Path, table, time_style: str, position_style: str) -> Path:
    devices, moments, lat, lon = table
    names, place = POSITIONS[position_style]
    rows = [[device, TIMES[time_style](moment), *place(y, x)] for device, moment, y, x in zip(*table)]
    frame = pd.DataFrame(rows, columns=["device_id", "timestamp", *names])
    path = folder / "observations.csv"
    frame.to_csv(path, index=False, sep=";")
    return path


def read(path: Path, **choices):
    source = open_observations_file(path, settings=ReadingSettings(**choices))
    chunks = list(source.chunks())
    columns = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks])
        for name in ("device", "time_ms", "lat", "lon", "accuracy_m")
    }
    return source, columns


@pytest.mark.parametrize("time_style", TIMES)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(sorted(POSITIONS)))
def test_what_is_written_is_read(tmp_path, time_style, table, position_style):
    devices, moments, lat, lon = table
    source, found = read(written(tmp_path, table, time_style, position_style))
    assert found["time_ms"].tolist() == [unix(moment) * 1000 for moment in moments], source.notes()
    places = 1e-12 if position_style in ("points", "E7", "WKB") else 3e-10
    np.testing.assert_allclose(found["lat"], lat, rtol=0, atol=places)
    np.testing.assert_allclose(found["lon"], lon, rtol=0, atol=places)
    assert source.device_ids()[found["device"]].tolist() == devices


@pytest.mark.parametrize("position_style", POSITIONS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_positions_of_every_kind(tmp_path, position_style, table):
    _devices, _moments, lat, lon = table
    _source, found = read(written(tmp_path, table, "iso", position_style))
    np.testing.assert_allclose(found["lat"], lat, rtol=0, atol=3e-10)
    np.testing.assert_allclose(found["lon"], lon, rtol=0, atol=3e-10)


CLOCKS = {
    "%Y-%m-%d|%H:%M:%S": ("date", "time"), "%d.%m.%Y|%H:%M": ("Datum", "Uhrzeit"), "%Y%m%d|%H%M%S": ("date", "time"),
    "%d/%m/%y|%H:%M:%S": ("UTC DATE", "UTC TIME"), "%m/%d/%Y|%I:%M:%S %p": ("Date", "Time"),
}  # fmt: skip


@pytest.mark.parametrize("style", CLOCKS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_date_and_time_of_day_in_two_columns(tmp_path, style, table):
    devices, moments, lat, lon = table
    if "%S" not in style:
        moments = [moment.replace(second=0) for moment in moments]
    date_style, clock_style = style.split("|")
    frame = pd.DataFrame({
        "id": devices, CLOCKS[style][0]: [moment.strftime(date_style) for moment in moments],
        CLOCKS[style][1]: [moment.strftime(clock_style) for moment in moments], "lat": lat, "lon": lon,
    })
    path = tmp_path / "two.csv"
    frame.to_csv(path, index=False)
    source, found = read(path)
    assert found["time_ms"].tolist() == [unix(moment) * 1000 for moment in moments], source.notes()


PARTS = {
    "Year Month Day Hour Minute Second": "%Y %m %d %H %M %S", "YEAR MON HR DAY MIN": "%Y %m %H %d %M",
    "yyyy mm dd time_utc": "%Y %m %d %H:%M:%S", "année mois jour heure": "%Y %m %d %H:%M:%S",
    "obs_year obs_doy obs_hour obs_minute obs_second": "%Y %j %H %M %S", "date year month day hour minute second":
    "%Y-%m-%d %Y %m %d %H %M %S",
}  # fmt: skip


@pytest.mark.parametrize("names", PARTS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_dates_in_columns_of_their_parts(tmp_path, names, table):
    devices, moments, lat, lon = table
    style = PARTS[names]
    if "%S" not in style:
        moments = [moment.replace(second=0) for moment in moments]
    values = [[moment.strftime(part) for part in style.split()] for moment in moments]
    frame = pd.DataFrame(values, columns=names.split()).assign(id=devices, lat=lat, lon=lon)
    path = tmp_path / "parts.csv"
    frame.to_csv(path, index=False)
    source, found = read(path)
    assert found["time_ms"].tolist() == [unix(moment) * 1000 for moment in moments], source.notes()
    assert any("put together from" in note for note in source.notes())


def test_parts_of_a_date_that_make_no_day_are_counted(tmp_path):
    parts = {"time": [], "year": ["2024", "2024", ""], "month": ["2", "2", "3"], "day": ["29", "30", "1"]}
    source, found = read(table_of(tmp_path, **parts))
    assert found["time_ms"].tolist() == [unix(datetime(2024, 2, 29, tzinfo=timezone.utc)) * 1000, NO_TIME, NO_TIME]


def test_parts_of_a_date_in_a_zone_that_is_said(tmp_path):
    parts = {"time": [], "year": ["2024"] * 3, "month": ["7"] * 3, "day": ["10"] * 3, "hour": ["8", "9", "24"]}
    _source, found = read(table_of(tmp_path, **parts), time_zone="Europe/Paris")
    expected = [datetime(2024, 7, 10, hour, tzinfo=timezone.utc) for hour in (6, 7, 22)]
    assert found["time_ms"].tolist() == [unix(moment) * 1000 for moment in expected]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata", "Africa/Niamey"]))
def test_times_of_a_zone_that_is_said(tmp_path, table, zone):
    devices, moments, lat, lon = table
    wall = pd.DatetimeIndex([moment.replace(tzinfo=None) for moment in moments])
    frame = pd.DataFrame({"id": devices, "time": wall.strftime("%d.%m.%Y %H:%M:%S"), "lat": lat, "lon": lon})
    path = tmp_path / "zone.csv"
    frame.to_csv(path, index=False)
    expected = wall.tz_localize(zone, ambiguous=np.ones(len(wall), bool), nonexistent="NaT")
    known = ~expected.isna()
    _source, found = read(path, time_zone=zone)
    utc = expected.tz_convert("UTC").tz_localize(None).to_numpy()[known].astype("datetime64[ms]").astype(np.int64)
    assert found["time_ms"][known].tolist() == utc.tolist()
    assert (found["time_ms"] != NO_TIME).all()


# Files as people really had them, beside one that says the same plainly.

CASES = SHARED / "field-cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared data are not on this machine")
SAME_AS_CONTROL = (
    "05-epoch-2001.csv", "06-ids-int-and-float.csv", "09-date-and-time.csv", "10a-weekday-month.csv",
    "10b-zone-name.csv", "10c-utc-minus.csv", "10d-14digits.csv", "10e-us-ampm.csv", "10f-pg-minus03-note.csv",
    "11d-wkt-column.csv", "12c-s-then-ms",
)  # fmt: skip


@needs_cases
@pytest.mark.parametrize("name", SAME_AS_CONTROL)
def test_field_cases_that_say_the_same(name):
    _source, plain = read(CASES / "00-control.csv")
    source, found = read(CASES / name)
    for column in ("device", "time_ms", "lat", "lon"):
        assert found[column].tolist() == plain[column].tolist()
    expected = {"10f": "with their zone", "05": "1993", "10e": "Check", "12c": "b.csv"}.get(name.split("-")[0], "")
    assert any(expected in note for note in source.notes())


@needs_cases
def test_field_cases_with_values_of_their_own():
    _source, plain = read(CASES / "00-control.csv")
    _source, month = read(CASES / "01-ddmmyy-month.csv")
    assert (month["time_ms"].min(), month["time_ms"].max()) == (1_709_280_000_000, 1_711_875_000_000)
    _source, comma = read(CASES / "03-comma-one-whole.csv")
    assert comma["lat"].tolist() == [14.0 if row == 3 else value for row, value in enumerate(plain["lat"].tolist())]
    _source, late = read(CASES / "03-comma-one-whole-late.csv.gz")
    assert np.isfinite(late["lat"]).sum() == 1200
    _source, south = read(CASES / "07-hemisphere-columns.csv")
    assert south["lat"].tolist() == (-plain["lat"]).tolist() and south["lon"].tolist() == (-plain["lon"]).tolist()
    source, marked = read(CASES / "08-movebank-visible-false.csv")
    assert (marked["device"] == MARKED).sum() == 6 and any("marks as wrong" in note for note in source.notes())
    _source, accuracy = read(CASES / "17-accuracy-unit.csv")
    assert sorted(set(accuracy["accuracy_m"].tolist())) == [12.0, 5000.0]
    _source, track = read(CASES / "13-one-track-no-id.txt", one_device=True)
    assert set(track["device"].tolist()) == {0} and track["lat"].tolist() == plain["lat"][:14].tolist()


@needs_cases
@pytest.mark.parametrize(
    ("name", "words"), [("06-ids-scientific.csv", "digits are lost"), ("13-one-track-no-id.txt", "of one device")]
)
def test_field_cases_that_are_refused_with_the_way_out(name, words):
    with pytest.raises(InputError, match=words):
        read(CASES / name)


def table_of(tmp_path: Path, **columns: list[str]) -> Path:
    frame = {"id": ["a", "b", "a"], "time": [f"2024-03-10T08:0{minute}:00Z" for minute in range(3)],
             "lat": ["13.5", "13.6", "13.5"], "lon": ["2.1", "2.2", "2.1"], **columns}  # fmt: skip
    path = tmp_path / "table.csv"
    pd.DataFrame({name: values for name, values in frame.items() if values}).to_csv(path, index=False)
    return path


def test_one_day_is_read_as_told_and_said_to_be_open(tmp_path):
    path = table_of(tmp_path, time=[f"10.03.24 08:0{minute}" for minute in range(3)])
    for order, day in (("dmy", datetime(2024, 3, 10)), ("mdy", datetime(2024, 10, 3)), ("ymd", datetime(2010, 3, 24))):
        _source, found = read(path, date_order=order)
        assert found["time_ms"][0] == unix(day.replace(hour=8, tzinfo=timezone.utc)) * 1000
    source, found = read(path)
    assert found["time_ms"][0] == unix(datetime(2024, 3, 10, 8, tzinfo=timezone.utc)) * 1000
    assert any("Check" in note for note in source.notes())


def test_years_of_two_digits_are_of_this_century_unless_to_come(tmp_path):
    path = table_of(tmp_path, time=["10.03.95 08:00", "11.03.95 08:00", "28.03.95 08:00"])
    assert read(path)[1]["time_ms"][0] == unix(datetime(1995, 3, 10, 8, tzinfo=timezone.utc)) * 1000


def test_later_rows_that_show_another_order_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sitelight.plugin.data.text_files.CHUNK_ROWS", 600)
    monkeypatch.setattr("sitelight.plugin.data.text_files.SAMPLE_ROWS", 10)
    days = [f"03/04/2024 08:{minute % 60:02d}" for minute in range(600)] + ["03/25/2024 08:00"] * 600
    path = tmp_path / "later.csv"
    pd.DataFrame({"id": "a", "time": days, "lat": 13.5, "lon": 2.1}).to_csv(path, index=False)
    with pytest.raises(InputError, match="600 later ones only month first.*DATE_ORDER"):
        read(path)
    assert (read(path, date_order="mdy")[1]["time_ms"] != NO_TIME).all()


def test_seconds_since_1980_are_read_when_told_and_doubted_when_not(tmp_path):
    # 2024-03-10 08:00:00 UTC is 1394092818 in GPS time: 18 leap seconds ahead, counted from 1980-01-06.
    path = table_of(tmp_path, time=["1394092818", "1394092878", "1394092938"])
    _source, found = read(path, time_unit="gps")
    assert found["time_ms"].tolist() == [1_710_057_600_000, 1_710_057_660_000, 1_710_057_720_000]
    assert any("2014" in note and "2024" in note for note in read(path)[0].notes())


def test_unreadable_times_are_told_by_their_form(tmp_path):
    path = table_of(tmp_path, time=["2024-03-10T08:00:00Z", "2024-03-10T08:01:00Z", "yesterday 17:45"])
    source, found = read(path)
    told = " ".join(source.notes())
    assert found["time_ms"][2] == NO_TIME and "aaaaaaaaa 99:99" in told and "yesterday" not in told


def test_swapped_columns_are_turned_and_told(tmp_path):
    source, found = read(table_of(tmp_path, lat=["120.5", "121.5", "89.0"], lon=["14.5", "14.6", "14.7"]))
    assert found["lat"].tolist() == [14.5, 14.6, 14.7] and found["lon"].tolist() == [120.5, 121.5, 89.0]
    assert any("swapped" in note for note in source.notes())


@pytest.mark.parametrize(
    ("letters", "lon"),
    [(["2.1 O", "2.1 E", "2.1 O"], [-2.1, 2.1, -2.1]), (["2.1 O", "2.1 W", "2.1 O"], [2.1, -2.1, 2.1])],
)
def test_the_letter_o_is_told_by_the_other_letter(tmp_path, letters, lon):
    assert read(table_of(tmp_path, lon=letters))[1]["lon"].tolist() == lon


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"lon": ["2.1 O", "2.2 O", "2.3 O"]}, "west in some languages"),
        ({"lat": ["1350000", "1360000", "1350000"], "lon": ["2100000", "2100000", "2100000"]}, "E6 or E7"),
        ({"id": ["8.9391E+18", "8.9391E+18", "x"]}, "digits are lost"),
        ({"time": ["1.71006E+09"] * 3}, "digits are lost"),
        ({"time": ["x1", "x2", "x3"]}, "recognised as the time"),
    ],
)
def test_what_may_mean_two_things_is_refused(tmp_path, columns, words):
    with pytest.raises(InputError, match=words):
        read(table_of(tmp_path, **columns))


def test_hours_and_digits_beside_a_date(tmp_path):
    hours = table_of(tmp_path, time=[], date=["2024-03-10"] * 3, hour=["8", "9", "23"])
    expected = [unix(datetime(2024, 3, 10, hour, tzinfo=timezone.utc)) * 1000 for hour in (8, 9, 23)]
    assert read(hours)[1]["time_ms"].tolist() == expected
    digits = table_of(tmp_path, time=[], utc_date=["100324", "110324", "120324"], utc_time=["080000.00"] * 3)
    assert read(digits)[1]["time_ms"][0] == unix(datetime(2024, 3, 10, 8, tzinfo=timezone.utc)) * 1000


OF_DAY = {
    "colons": ("08:15:00", "23:40:00", "00:00:30"), "no mark": ("0815", "2340", "0000"),
    "parts": (0.34375, 0.986111111, 0.000347222), "seconds": (29_700, 85_200, 30),
}  # fmt: skip


@pytest.mark.parametrize("name", ["time_of_day", "Time of Day", "timeofday", "TimeOfDay"])
@pytest.mark.parametrize("way", OF_DAY)
def test_a_time_of_day_is_read_as_it_is_written(tmp_path, name, way):
    path = table_of(tmp_path, time=[], date=["2024-03-10", "2024-03-11", "2024-03-12"], **{name: list(OF_DAY[way])})
    first = unix(datetime(2024, 3, 10, tzinfo=timezone.utc))
    seconds = [29_700, 85_200, 0 if way == "no mark" else 30]
    found = read(path)[1]["time_ms"]
    expected = [(first + 86_400 * day + second) * 1000 for day, second in enumerate(seconds)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1 if way == "parts" else 0)


@pytest.mark.parametrize("name", ["seconds_of_day", "minutes since midnight", "time_of_day"])
def test_colons_count_before_the_unit_in_a_name(tmp_path, name):
    path = table_of(tmp_path, time=[], date=["2024-03-10"] * 3, **{name: ["08:15:00", "23:40:00", "00:00:30"]})
    first = unix(datetime(2024, 3, 10, tzinfo=timezone.utc))
    assert read(path)[1]["time_ms"].tolist() == [(first + second) * 1000 for second in (29_700, 85_200, 30)]


def test_ids_of_damaged_bytes_stay_apart(tmp_path):
    pytest.importorskip("pyarrow")
    ids = [b"caf\xe9-00001", b"caf\xe8-00001", "café-00001".encode()]
    frame = pd.DataFrame({"device_id": ids, "time": [1_710_057_600 + k for k in range(3)], "lat": 13.5, "lon": 2.1})
    frame.to_parquet(tmp_path / "bytes.parquet")
    source, found = read(tmp_path / "bytes.parquet")
    assert found["device"].tolist() == [0, 1, 2]
    assert source.device_ids().tolist() == ["caf\\xe9-00001", "caf\\xe8-00001", "café-00001"]


def test_cells_of_a_grid_hold_no_minutes(tmp_path):
    path = table_of(
        tmp_path, lat=["13", "14", "13"], lon=["2", "3", "2"], lat_min=["13", "14", "13"], lat_max=["14", "15", "14"],
        lon_min=["2", "3", "2"], lon_max=["3", "4", "3"],
    )  # fmt: skip
    assert read(path)[1]["lat"].tolist() == [13, 14, 13]
    minutes = table_of(tmp_path, lat=["13", "14", "13"], lon=["2", "3", "2"], lat_min=["0"] * 3, lon_min=["30"] * 3)
    with pytest.raises(InputError, match="holds whole degrees"):
        read(minutes)


@pytest.mark.parametrize(
    ("zone", "hours"), [("Africa/Niamey", 1), ("+01:00", 1), ("-5", -5), ("330", 5.5), ("3600", 1)]
)
def test_local_times_with_a_column_of_zones(tmp_path, zone, hours):
    local = [f"2024-03-10 08:0{minute}:00" for minute in range(3)]
    source, found = read(table_of(tmp_path, time=[], local_time=local, timezone=[zone] * 3))
    expected = unix(datetime(2024, 3, 10, 8, tzinfo=timezone.utc) - timedelta(hours=hours)) * 1000
    assert found["time_ms"][0] == expected and any("“timezone”" in note for note in source.notes())
    # Times that are not said to be local stay as they are, and the note says that the zones were not used.
    source, found = read(table_of(tmp_path, time=local, timezone=[zone] * 3))
    assert found["time_ms"][0] == unix(datetime(2024, 3, 10, 8, tzinfo=timezone.utc)) * 1000
    assert any("not used" in note for note in source.notes())


def test_words_for_a_missing_device_are_no_device_and_told(tmp_path):
    source, found = read(table_of(tmp_path, id=["NA", "b", "null"]))
    assert found["device"].tolist() == [-1, 0, -1] and source.device_ids().tolist() == ["b"]
    assert any("“NA”" in note and "“null”" in note for note in source.notes())


def test_ids_beyond_what_a_number_holds_are_refused_in_a_table_of_numbers(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"device_id": [8.9391e18, 1.0], "time": [1_710_057_600] * 2, "lat": 13.5, "lon": 2.1})
    frame.to_parquet(tmp_path / "ids.parquet")
    with pytest.raises(InputError, match="too large"):
        read(tmp_path / "ids.parquet")


def test_points_as_bytes_in_a_parquet_file(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({
        "device_id": ["a", "b"], "time": [1_710_057_600] * 2,
        "geometry": [struct.pack("<BIdd", 1, 1, 2.1, 13.5), struct.pack("<BIddd", 1, 1001, 2.2, 13.6, 5.0)],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "points.parquet")
    _source, found = read(tmp_path / "points.parquet")
    assert found["lat"].tolist() == [13.5, 13.6] and found["lon"].tolist() == [2.1, 2.2]


@pytest.mark.parametrize(
    ("text", "meters"),
    [("5000 m", 5000), ("3 km", 3000), ("50 ft", 15.24), ("±20", 20), ("12,5 m", 12.5), ("1e3", 1000)],
)
def test_accuracies_with_a_unit(tmp_path, text, meters):
    _source, found = read(table_of(tmp_path, accuracy=[text, "10", "10"]))
    np.testing.assert_allclose(found["accuracy_m"], np.float32([meters, 10, 10]))


def test_accuracies_that_are_no_lengths_are_told(tmp_path):
    source, _found = read(table_of(tmp_path, accuracy=["10", "good", "10"], hdop=["1", "2", "1"]))
    told = " ".join(source.notes())
    assert "1 accuracies are no lengths" in told and "not used: hdop" in told
    with pytest.raises(InputError, match="dilution of precision"):
        open_observations_file(tmp_path / "table.csv", Roles(accuracy="hdop"))
