"""Feeds as people have them: every one gives the same fourteen positions, or one sentence that names the way out."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import ogr
from sitelight.plugin.data.event_tables import read_table_file
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import ReadingSettings
from worlds.feed_rows import EXPECTED, HEAD, PLACES, ROWS, comma, iso, ms, read, write, write_five

SPREADSHEETS = {
    "german": ("cp1252", "Gerät;Datum;Uhrzeit;Breite;Länge", "%d.%m.%Y;%H:%M:%S"),
    "spanish": ("utf-16", "dispositivo;fecha;hora;latitud;longitud", "%d/%m/%Y;%H:%M"),
    "french": ("utf-8-sig", "appareil;date;heure;latitude;longitude", "%d/%m/%Y;%Hh%M"),
    "italian": ("utf-8", "dispositivo;data;ora;latitudine;longitudine", "%d/%m/%Y;%H.%M.%S"),
    "turkish": ("cp1254", "cihaz;tarih;saat;enlem;boylam", "%d.%m.%Y;%H:%M:%S"),
    "russian": ("cp1251", "устройство;дата;время;широта;долгота", "%d.%m.%Y;%H:%M:%S"),
    "arabic": ("cp1256", "الجهاز;التاريخ;الوقت;خط العرض;خط الطول", "%Y/%m/%d;%H:%M:%S"),
    "chinese": ("gb18030", "设备;日期;时间;纬度;经度", "%Y/%m/%d;%H:%M:%S"),
    "korean": ("euc_kr", "기기;날짜;시간;위도;경도", "%Y/%m/%d;%H:%M:%S"),
    "japanese": ("shift_jis", "端末;日付;時刻;緯度;経度", "%Y/%m/%d;%H:%M:%S"),
}


@pytest.mark.parametrize("language", SPREADSHEETS)
def test_the_table_of_a_country_is_read_as_its_people_write_it(tmp_path, language):
    encoding, head, style = SPREADSHEETS[language]
    path = write(
        tmp_path, head, lambda d, t, a, o: (d, t.strftime(style), comma(a), comma(o)), ";", encoding=encoding
    )
    assert read(path)[0] == EXPECTED


def half(moment: datetime, am: str, pm: str) -> str:
    return f"{am if moment.hour < 12 else pm}{moment.hour % 12 or 12}:{moment:%M:%S}"


EAST = {
    "chinese": lambda t: f"{t.year}年{t.month}月{t.day}日 星期一 {half(t, '上午', '下午')}",
    "chinese with slashes": lambda t: f"{t.year}/{t.month}/{t.day} {half(t, '上午', '下午')}",
    "korean": lambda t: f"{t.year}. {t.month}. {t.day}. {half(t, '오전 ', '오후 ')}",
    "japanese": lambda t: f"{t.year}年{t.month}月{t.day}日(月) {t:%H}時{t:%M}分{t:%S}秒",
}


@pytest.mark.parametrize("style", EAST)
def test_halves_of_the_day_in_signs_count(tmp_path, style):
    assert read(write(tmp_path, HEAD, lambda d, t, a, o: (d, EAST[style](t), a, o)))[0] == EXPECTED


def test_signs_that_are_not_known_make_no_time(tmp_path):
    path = write(tmp_path, HEAD, lambda d, t, a, o: (d, f"昭和{t:%y/%m/%d %H:%M}", a, o))
    with pytest.raises(InputError, match="“time” holds no times that can be read"):
        read(path)


@pytest.mark.parametrize("column", ["am_pm", "AM/PM", "time_ampm", "meridiem"])
def test_am_and_pm_in_a_column_of_their_own_count(tmp_path, column):
    def row(d, t, a, o):
        return d, f"{t:%m/%d/%Y}", f"{t.hour % 12 or 12}:{t:%M}", f"{t:%p}", a, o

    found, told = read(write(tmp_path, f"device_id,date,time,{column},lat,lon", row))
    assert found == EXPECTED
    assert f"AM and PM of the times are read from “{column}”" in told


@pytest.mark.parametrize("column", ["am_pm", "meridiem"])
def test_am_and_pm_beside_dates_with_times_count(tmp_path, column):
    def row(d, t, a, o):
        return d, f"{t:%m/%d/%Y} {t.hour % 12 or 12}:{t:%M}", f"{t:%p}", a, o

    assert read(write(tmp_path, f"device_id,time,{column},lat,lon", row))[0] == EXPECTED


def test_a_shift_that_is_called_pm_turns_no_time(tmp_path):
    path = write(tmp_path, "device_id,time,shift,lat,lon", lambda d, t, a, o: (d, iso(t), "PM", a, o))
    assert read(path)[0] == EXPECTED


@given(minutes=st.integers(-12 * 4, 14 * 4).map(lambda quarter: quarter * 15), shape=st.sampled_from("abc"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_an_offset_in_the_name_of_the_column_counts(tmp_path, minutes, shape):
    hours = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    name = {"a": f"time (UTC{hours})", "b": f"Time [GMT {hours}]", "c": f"time_utc{hours}"}[shape]
    wall = timedelta(minutes=minutes)
    path = write(tmp_path, f"device_id,{name},lat,lon", lambda d, t, a, o: (d, f"{t + wall:%Y-%m-%d %H:%M:%S}", a, o))
    found, told = read(path)
    assert found == EXPECTED
    assert f"The name of the column “{name}” says the zone" in told


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("time_cet", 1), ("Time (America/Lima)", -5), ("time_cat", 0), ("datetime_utc", 0), ("Zeit (MEZ)", 1),
        ("Time (EST)", -5), ("time_utc-1", -1), ("time_msk", 3), ("time_est", 0), ("timestamp est", 0),
        ("Time (est)", 0), ("time_est.1", 0), ("time_bst", 0),
    ],
)
def test_a_zone_in_the_name_of_the_column_counts(tmp_path, name, hours):
    wall = timedelta(hours=hours)
    path = write(tmp_path, f"device_id,{name},lat,lon", lambda d, t, a, o: (d, f"{t + wall:%Y-%m-%d %H:%M:%S}", a, o))
    assert read(path)[0] == EXPECTED


def test_a_zone_that_is_said_overrules_the_name_of_the_column(tmp_path):
    path = write(tmp_path, "device_id,time_cet,lat,lon", lambda d, t, a, o: (d, f"{t:%Y-%m-%d %H:%M:%S}", a, o))
    found, _told = read(path, ReadingSettings(time_zone="UTC"))
    assert [one[1] for one in found] == [ms(one[1]) for one in ROWS]


@pytest.mark.parametrize("faults", [1, 4])
@pytest.mark.parametrize("lon", ["0", "181"])
def test_the_mark_of_ais_for_no_position_swaps_nothing(tmp_path, faults, lon):
    after = f"unit-0,2024-03-19T00:00:00Z,91.0,{lon}\n" * faults
    assert read(write(tmp_path, HEAD, lambda d, t, a, o: (d, iso(t), a, o), after=after))[0] == EXPECTED


def test_columns_that_are_really_swapped_are_still_turned(tmp_path):
    path = write(tmp_path, HEAD, lambda d, t, a, o: (d, iso(t), o - 60, a))
    found, told = read(path)
    assert "swapped" in told
    turned = [(lat, round(lon - 60, PLACES)) for _device, _time, lat, lon in EXPECTED]
    assert [one[2:] for one in found] == turned


@pytest.mark.parametrize(("good", "void"), [("A", "V"), ("true", "false"), ("1", "0")])
def test_the_receiver_s_own_mark_of_a_void_fix_is_used(tmp_path, good, void):
    after = f"unit-0,2024-03-19T01:00:00Z,-30,-70,{void}\n"
    found, told = read(write(tmp_path, HEAD + ",valid", lambda d, t, a, o: (d, iso(t), a, o, good), after=after))
    assert found == EXPECTED
    assert "itself marks as wrong (valid)" in told


GUARDS = {"apostrophe": "'{}", "formula": '="{}"'}


@pytest.mark.parametrize("guard", GUARDS)
def test_what_keeps_a_spreadsheet_from_changing_texts_is_no_part_of_them(tmp_path, guard):
    put = GUARDS[guard].format
    path = write(tmp_path, HEAD, lambda d, t, a, o: (put(d), put(f"{t:%Y-%m-%d %H:%M:%S}"), put(a), put(o)))
    assert read(path)[0] == EXPECTED


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_digits_of_the_arabic_scripts_are_digits(tmp_path, digits):
    table = str.maketrans("0123456789.", digits + "٫")

    def row(d, t, a, o):
        return d, f"{t:%Y-%m-%d %H:%M:%S}".translate(table), *(str(value).translate(table) for value in (a, o))

    assert read(write(tmp_path, HEAD.replace(",", ";"), row, ";"))[0] == EXPECTED


@pytest.mark.parametrize(
    "before", ["Fleet report\nPeriod: March, 2024\n\n", "Unit,Time,Position,\n", "WigleWifi-1.4,appRelease=2.26,x,y\n"]
)
def test_titles_above_the_names_of_columns_are_left_out_and_told(tmp_path, before):
    found, told = read(write(tmp_path, HEAD, lambda d, t, a, o: (d, iso(t), a, o), before=before))
    assert found == EXPECTED
    assert f"stand in line {before.count(chr(10)) + 1}" in told


def test_names_that_are_repeated_among_the_rows_are_no_row(tmp_path):
    rows = write(tmp_path, HEAD, lambda d, t, a, o: (d, iso(t), a, o)).read_text().splitlines()
    path = tmp_path / "joined.csv"
    path.write_text("\n".join([*rows[:8], rows[0], *rows[8:]]).replace("lon", "longitude"))
    assert read(path)[0] == EXPECTED


def test_a_path_of_json_is_known_by_its_last_part(tmp_path):
    path = tmp_path / "hits.jsonl"
    path.write_text(
        "".join(
            f'{{"_id": "{k}", "_source": {{"device_id": "{d}", "@timestamp": "{iso(t)}", "location": '
            f'{{"lat": {a}, "lon": {o}}}}}}}\n'
            for k, (d, t, a, o) in enumerate(ROWS)
        )
    )
    assert read(path)[0] == EXPECTED


# What SQLite stores whatever a column is declared for, and how the rows are written into it.
STORED = {
    "milliseconds as INTEGER": ("integer", "real", lambda t: ms(t), lambda v: v),
    "milliseconds as DATETIME": ("datetime", "real", lambda t: ms(t), lambda v: v),
    "days first as DATETIME": ("datetime", "real", lambda t: f"{t:%d/%m/%Y %H:%M:%S}", lambda v: v),
    "ISO as TIMESTAMP": ("timestamp", "double", lambda t: f"{t:%Y-%m-%d %H:%M:%S}", lambda v: v),
    "degrees as INTEGER": ("integer", "integer", lambda t: ms(t) // 1000, lambda v: v),
    "decimal commas as REAL": ("integer", "real", lambda t: ms(t) // 1000, comma),
    "nothing declared": ("", "", lambda t: ms(t), lambda v: v),
}


@pytest.mark.parametrize("way", STORED)
def test_a_column_of_sqlite_gives_what_is_stored_and_not_what_is_declared(tmp_path, way):
    of_time, of_degrees, time, degrees = STORED[way]
    path = tmp_path / "phone.sqlite"
    with sqlite3.connect(path) as base:
        base.execute(f"CREATE TABLE positions (device_id TEXT, time {of_time}, lat {of_degrees}, lon {of_degrees})")
        base.executemany(
            "INSERT INTO positions VALUES (?, ?, ?, ?)",
            [(d, time(t), degrees(a), degrees(o)) for d, t, a, o in ROWS],
        )
    assert read(path)[0] == EXPECTED


def test_ids_of_nineteen_digits_in_sqlite_stay_apart(tmp_path):
    path = tmp_path / "sims.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE positions (device_id INTEGER, time INTEGER, lat REAL, lon REAL)")
        base.executemany(
            "INSERT INTO positions VALUES (?, ?, ?, ?)",
            [(8939107500012345670 + int(d[-1]), ms(t) // 1000, a, o) for d, t, a, o in ROWS],
        )
    found, _told = read(path)
    assert {one[0] for one in found} == {"8939107500012345670", "8939107500012345671"}


def test_a_sheet_of_texts_below_titles_has_the_names_in_it(tmp_path):
    path = tmp_path / "book.xlsx"
    book = ogr.GetDriverByName("XLSX").CreateDataSource(str(path))
    sheet = book.CreateLayer("positions", None, ogr.wkbNone)
    for number in range(5):
        sheet.CreateField(ogr.FieldDefn(f"Field{number + 1}", ogr.OFTString))
    titles = [["Bericht", "", "", "", ""], ["März", "", "", "", ""], ["Gerät", "Datum", "Uhrzeit", "Breite", "Länge"]]
    for texts in titles + [[d, f"{t:%d.%m.%Y}", f"{t:%H:%M}", comma(a), comma(o)] for d, t, a, o in ROWS]:
        feature = ogr.Feature(sheet.GetLayerDefn())
        for number, text in enumerate(texts):
            feature.SetField(number, text)
        sheet.CreateFeature(feature)
    del feature, sheet, book
    assert read(path)[0] == EXPECTED


def test_texts_among_the_dates_of_a_sheet_are_read_and_told(tmp_path):
    style = {True: "%Y-%m-%d %H:%M:%S", False: "%d/%m/%Y %H:%M:%S"}
    path = write(tmp_path, HEAD, lambda d, t, a, o: (d, t.strftime(style[a < -33.4]), a, o))
    found, told = read(path)
    assert found == EXPECTED and "Some dates are texts and written day first" in told


REFUSED = {
    "device_id,time,geo_hash|unit-0,2024-03-10T08:00:00Z,s1z0gs3": "“geo_hash” names cells of a grid",
    "device_id,time,h3_cell|unit-0,2024-03-10T08:00:00Z,8a58e0d1a2affff": "“h3_cell” names cells of a grid",
    "device_id,time,mgrs|unit-0,2024-03-10T08:00:00Z,31PDQ1234593822": "“mgrs” names squares of a grid",
    "device_id,time,easting,northing|unit-0,2024-03-10T08:00:00Z,412345.6,1493822.1": "load the table as a layer",
    "device_id,time,x,y|unit-0,2024-03-10T08:00:00Z,412345.6,1493822.1": "“x” holds no degrees",
    "device_id;time;geom|unit-0;2024-03-10T08:00:00Z;\"SRID=3857;POINT(1 2)\"": "points that are not in degrees",
    "msisdn,time,lat,lon|22790000001,2024-03-10T08:00:00Z,13.5,2.1": "“msisdn” is never read.*hashes",
    "device_id,cell_id,time|unit-0,1234,2024-03-10T08:00:00Z": "“cell_id” names cells of a network",
    "device_id,time,lat,lon|unit-0,08:00:00,13.5,2.1": "“time” holds times of day without a date",
    "device_id,time,lat,lon|unit-0,1402/12/20 08:00:00,13.5,2.1": "another calendar",
    "device_id,time,lat,lon|unit-0,10/03/2567 08:00:00,13.5,2.1": "another calendar",
    "id time lat lon|unit-0 2024-03-10T08:00:00Z 13.5 2.1": "one column only: separate the columns by commas",
}


@pytest.mark.parametrize("table", REFUSED)
def test_what_is_close_to_a_role_is_told_with_the_way_out(tmp_path, table):
    path = write_five(tmp_path, table)
    with pytest.raises(InputError, match=REFUSED[table]):
        open_observations_file(path)


@pytest.mark.parametrize(
    ("name", "told"), [("ride.tcx", "Convert it to GPX"), ("a.igc", "Convert it to GPX"), ("old.xls", "CSV, Parquet")]
)
def test_a_format_that_is_not_read_is_told_with_the_way_out(tmp_path, name, told):
    (tmp_path / name).write_bytes(b"nothing that is known" * 9)
    with pytest.raises(InputError, match=told):
        open_observations_file(tmp_path / name)


SITES = {
    "french": ("cp1252", "nom;catégorie;rayon_m;latitude;longitude\nCamp;caserne;300;13,5;2,25\n"),
    "spanish": ("utf-8", "nombre;categoría;radio (m);latitud;longitud\nCamp;cuartel;300;13,5;2,25\n"),
    "russian": ("cp1251", "название;категория;радиус;широта;долгота\nCamp;казарма;300;13,5;2,25\n"),
    "kilometres": ("utf-8", "name;category;radius_km;lat;lon\nCamp;barracks;0,300;13,5;2,25\n"),
    "degrees and minutes": ("utf-8", "name;category;radius;lat;lon\nCamp;barracks;300;13°30'N;2°15'E\n"),
    "one column": ("utf-8", 'name;category;radius;coordinates\nCamp;barracks;300;"13.5, 2.25"\n'),
    "sides": ("utf-8", "name,category,radius,lat,ns,lon,ew\nCamp,barracks,300,13.5,N,2.25,E\n"),
}


@pytest.mark.parametrize("way", SITES)
def test_a_site_is_read_as_its_people_write_it(tmp_path, way):
    encoding, text = SITES[way]
    path = tmp_path / "sites.csv"
    path.write_bytes(text.encode(encoding))
    sites = read_sites_file(path).sites
    assert (sites.name[0], sites.category[0], sites.radius_m[0]) == ("Camp", "military", 300.0)
    assert (round(sites.lat[0], 9), round(sites.lon[0], 9)) == (13.5, 2.25)


def test_the_south_and_the_west_of_sites_may_stand_in_columns(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("name,lat,ns,lon,ew\nA,33.5,S,70.25,W\n")
    sites = read_sites_file(path).sites
    assert (sites.lat[0], sites.lon[0]) == (-33.5, -70.25)


def test_a_comma_that_may_part_thousands_is_asked_about(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text('name,radius_m,lat,lon\nA,"1,500",13.5,2.1\n')
    with pytest.raises(InputError, match="comma may be of thousands or of decimals"):
        read_sites_file(path)
    path.write_text('name,radius_m,lat,lon\nA,"1,500",13.5,2.1\nB,250.5,13.6,2.1\n')
    assert read_sites_file(path).sites.radius_m.tolist() == [1500.0, 250.5]


@pytest.mark.parametrize(
    "text",
    [
        "Datum;Land;Ereignis\n26.07.2023;Niger;Putsch\n",
        "date;pays;événement\n26/07/2023;Niger;Coup\n",
        "GLOBALEVENTID;SQLDATE;MonthYear;Year;country\n1;20230726;202307;2023;Niger\n",
    ],
)
def test_lists_of_events_in_other_languages_keep_their_days(tmp_path, text):
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    events = read_table_file(path).events()
    assert [day.isoformat() for day in events.key_dates(np.flatnonzero(events.is_key))] == ["2023-07-26"]
    assert list(events.country) == ["Niger"]
