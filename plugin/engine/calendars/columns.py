"""Columns of tables of events and of calendars, known by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..base import InputError

EVENT_NAMES = {
    "date": "eventdate date datestart startdate dateofevent dateofcoup coupdate electiondate sqldate start begin from"
    " datum fecha data дата tarih التاريخ 日期",
    "last": "dateend enddate end until to",
    "year": "year eventyear elecyear",
    "month": "month eventmonth elecmonth",
    "day": "day eventday elecday",
    "precision": "timeprecision dateprec dateprecision timeprec precision",
    "country": "country countryname statename statenme nation countryterritory iso3"
    " iso2 countrycode pays país pais land staat paese страна ülke البلد الدولة 国家",
    "kind": "eventtype subeventtype disordertype typeofviolence attempttype kind type event coup category"
    " ereignis événement evenement evento событие olay",
    "name": "eventname name title conflictname dyadname gwfcasename headline notes",
    "place": "location wherecoordinates place placename locationname city town actiongeofullname",
    "lat": "latitude lat y actiongeolat latitud latitudine breite широта enlem",
    "lon": "longitude lon lng long x actiongeolong longitud longitudine länge долгота boylam",
    "where": "geoprecision whereprec whereprecision geoprec",
}
"""Names as ACLED, UCDP GED, Powell & Thyne, the Cline Center, Colpus and REIGN write them, and plain ones; the first
that a table has is taken."""

CALENDAR_NAMES = {
    "country": "country countrycode iso2 iso3 countryname",
    "start": "from start begin datefrom startdate datestart first date day",
    "end": "to end until dateto enddate dateend last",
    "kind": "kind type",
    "name": "name title holiday label",
    "neighbours": "neighbours neighbors neighbour neighbor towards with othercountry othercountries",
}


def plain_name(name: str) -> str:
    """Return a column's name without case and separators."""
    return re.sub(r"[\W_]+", "", name).lower()


def find_columns(names: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the column of each role of `known` (names with blanks between), "" for one that the table has not."""
    by_plain = {plain_name(name): name for name in reversed(names)}
    return {
        role: next((by_plain[word] for word in words.split() if word in by_plain), "") for role, words in known.items()
    }


def with_given(found: dict[str, str], given: Mapping[str, str], names: Sequence[str], title: str) -> dict[str, str]:
    """Return the columns found, those `given` instead where they are named; raise InputError for one that is none."""
    for name in filter(None, given.values()):
        if name not in names:
            raise InputError(f"{title} has no column “{name}”: choose one of {', '.join(names)}.")
    return {**found, **{role: name for role, name in given.items() if name}}


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of texts without blanks around, "" where there is none of this name."""
    if not name:
        return pd.Series([""] * len(frame), index=frame.index, dtype=object)
    return frame[name].astype(object).str.strip()


def objects(values: pd.Series) -> np.ndarray:
    """Return texts as an object array."""
    array: np.ndarray = values.to_numpy(dtype=object)
    return array
