"""Time columns: every spelling against times worked out by Python's own datetime."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening.observations import NO_TIME
from sitelight.plugin.engine.screening.reading import ReadingSettings
from sitelight.plugin.engine.screening.timestamps import detect_time_format, parse_times

MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone.utc)
)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def epoch_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def ms(*parts: int) -> int:
    return epoch_ms(datetime(*parts, tzinfo=timezone.utc))


@settings(max_examples=60, deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=30), st.sampled_from(["s", "ms", "us", "ns"]))
def test_epoch_numbers_of_every_unit(moments, unit):
    per_second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    whole = [moment.replace(microsecond=0) for moment in moments]
    values = np.array([epoch_ms(moment) // 1000 * per_second for moment in whole], dtype=np.int64)
    times, found = parse_times(values)
    assert found.unit == unit
    assert times.tolist() == [epoch_ms(moment) for moment in whole]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(MOMENTS, min_size=1, max_size=30),
    st.sampled_from(["T", " "]),
    st.sampled_from(["", "Z", "+03:00", "-0930", "+05:45"]),
)
def test_iso_with_any_zone(moments, joint, zone):
    offset = timedelta()
    if len(zone) > 1:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    texts = [(m + offset).strftime(f"%Y-%m-%d{joint}%H:%M:%S.") + f"{m.microsecond // 1000:03d}{zone}" for m in moments]
    times, _ = parse_times(pd.Series(texts))
    assert times.tolist() == [epoch_ms(moment) for moment in moments]


@settings(max_examples=60, deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=30), st.sampled_from(["/", ".", "-"]), st.booleans())
def test_day_and_month_first_when_told(moments, mark, day_first):
    style = f"%d{mark}%m{mark}%Y %H:%M:%S" if day_first else f"%m{mark}%d{mark}%Y %I:%M:%S %p"
    texts = pd.Series([moment.strftime(style) for moment in moments])
    times, found = parse_times(texts, ReadingSettings(date_order="dmy" if day_first else "mdy"))
    assert found.order == ("dmy" if day_first else "mdy")
    assert times.tolist() == [epoch_ms(moment.replace(microsecond=0)) for moment in moments]


def test_mixed_zones_in_one_column():
    texts = ["2021-03-20T00:22:00+03:00", "2021-03-20T00:22:00-05:30", "2021-03-20T00:22:00Z", "2021-03-20 00:22"]
    times, _ = parse_times(pd.Series(texts))
    expected = [ms(2021, 3, 19, 21, 22), ms(2021, 3, 20, 5, 52), ms(2021, 3, 20, 0, 22), ms(2021, 3, 20, 0, 22)]
    assert times.tolist() == expected


def test_one_unambiguous_row_settles_the_order():
    times, found = parse_times(pd.Series(["03/04/2021 00:22", "20/03/2021 5:07", ""]))
    assert found.order == "dmy"
    assert times.tolist() == [ms(2021, 4, 3, 0, 22), ms(2021, 3, 20, 5, 7), NO_TIME]


def test_ambiguous_order_is_said_and_takes_the_shorter_span():
    times, found = parse_times(pd.Series(["01/07/2023", "02/07/2023", "03/07/2023"]))
    assert found.order == "dmy" and "Check" in found.note
    assert np.diff(times).tolist() == [86_400_000, 86_400_000]
    _, found = parse_times(pd.Series(["07/01/2023", "07/02/2023", "07/03/2023"]))
    assert found.order == "mdy" and "Check" in found.note


def test_impossible_dates_are_no_time():
    texts = ["31/01/2021", "30/02/2021", "29/02/2020", "29/02/2021", "13/13/2021", "01/01/2021 25:00", "31/04/2021"]
    _, found = parse_times(pd.Series(["31/01/2021"]))
    times, _ = parse_times(pd.Series(texts), time_format=found)
    assert [time != NO_TIME for time in times] == [True, False, True, False, False, False, False]


def test_a_faulty_clock_does_not_change_the_unit():
    times, found = parse_times(pd.Series([1_688_169_600, 1_688_169_600_000_000, 0, 1_688_169_601]))
    assert found.unit == "s"
    assert times.tolist() == [1_688_169_600_000, NO_TIME, 0, 1_688_169_601_000]


def test_format_of_the_first_chunk_reads_the_next():
    _, found = parse_times(pd.Series(["20/03/2021 00:22"]))
    times, same = parse_times(pd.Series(["01/02/2021 00:00"]), time_format=found)
    assert same is found
    assert times.tolist() == [ms(2021, 2, 1)]


@pytest.mark.parametrize("blank", [None, "", float("nan"), "NaT", "bad", "now", "today", "NOW", "5"])
def test_blank_and_bad_values_are_no_time(blank):
    times, _ = parse_times(pd.Series(["2021-03-20T00:22:00Z", "2021-03-20T00:22:00Z", blank], dtype=object))
    assert times.tolist() == [ms(2021, 3, 20, 0, 22)] * 2 + [NO_TIME]


def test_numbers_written_as_text_with_rubbish_between():
    times, _ = parse_times(pd.Series(["1444951742000", "x", None, "1444951743000.0"]))
    assert times.tolist() == [1_444_951_742_000, NO_TIME, NO_TIME, 1_444_951_743_000]


def test_datetime64_naive_and_zoned():
    naive = pd.Series(np.array(["2021-03-20T00:22:00.250", "NaT"], dtype="datetime64[ns]"))
    assert parse_times(naive)[0].tolist() == [ms(2021, 3, 20, 0, 22) + 250, NO_TIME]
    zoned = naive.dt.tz_localize("Europe/Athens")
    assert parse_times(zoned)[0].tolist() == [ms(2021, 3, 19, 22, 22) + 250, NO_TIME]


def test_blank_column_leaves_the_format_open():
    times, found = parse_times(pd.Series([None, ""], dtype=object))
    assert found is None and times.tolist() == [NO_TIME, NO_TIME]


@pytest.mark.parametrize("values", [["x", "y"], [12, 13, 14], ["09:15:00", "10:20:00"], [20230726, 20230727]])
def test_no_times_are_refused_by_name(values):
    with pytest.raises(InputError, match='"when"'):
        parse_times(pd.Series(values), column="when")
    assert detect_time_format(pd.Series(values)) is None
