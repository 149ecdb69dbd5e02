"""What to do where a table has no column for a role, but one that is close to it: a sentence for the analyst."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .day_times import is_day_time, plain_text
from .lengths import numbers_of
from .never_read import kind_by_name
from .text_forms import form_of

_GRID = re.compile(r"geo_?hash|^h3|h3_?(cell|index)|plus_?code|quad_?key|^s2_?(cell|id)|olc$")
_SQUARES = re.compile(r"mgrs|usng|maidenhead|(grid|os)_?ref")
_PROJECTED = re.compile(r"utm|easting|northing|gauss|lambert")
_NETWORK_CELL = re.compile(r"^(cell|cell_?id|cgi|ecgi|lac|tac|cid|enodeb|bts|tower_?id|site_?id|antenna_?id)$")
_OWNERS = ("phone", "mail", "hardware", "persons")  # in the words of `never_read` for what stands where an id should
_OTHER_YEARS = ((1300, 1500), (2440, 2700))  # Hijri and Persian, Buddhist
_BROKEN = r"[+-]?\d{1,3}(?:\.\d{3}){2,}$|[+-]?\d{1,3}(?:,\d{3}){2,}$"
_AS_LAYER = "load the table as a layer with its CRS (Add Delimited Text Layer), and choose that layer."


def way_out(role: str, names: Sequence[str], unfit: Sequence[str], sample: pd.DataFrame) -> str:
    """Return a sentence with a blank in front, "" where nothing is close.

    `names` are all columns, `unfit` those whose names speak of `role` and whose values of a `sample` do not.
    """
    if role == "device":
        words = _of_ids(names)
    elif role == "time":
        words = next((_of_times(name, plain_text(sample[name])) for name in unfit if name in sample.columns), "")
    else:
        words = _of_positions(names, unfit, sample) if role == "lat" else ""
    return f" {words}" if words else ""


def _of_ids(names: Sequence[str]) -> str:
    for name in names:
        kind = kind_by_name(name)
        if any(word in kind for word in _OWNERS):
            return (
                f"“{name}” is never read, because such columns hold {kind}: put hashes of its values into a column "
                "called device_id."
            )
    return ""


def _of_times(name: str, text: pd.Series) -> str:
    text = text[text != ""]
    if len(text) == 0:
        return f"“{name}” is empty."
    told = f"“{name}” holds no times that can be read (for example of the form {form_of(text.iloc[0])}, 9 for a digit)"
    if is_day_time(text):
        return f"“{name}” holds times of day without a date: add a column of dates."
    years = pd.to_numeric(text.str.extract(r"(?<!\d)(\d{4})(?!\d)", expand=False), errors="coerce").to_numpy(np.float64)
    with np.errstate(invalid="ignore"):
        is_other = np.any([(years >= least) & (years <= most) for least, most in _OTHER_YEARS], axis=0)
    if is_other.mean() > 0.5:
        return f"{told}: its years are of another calendar; write dates in the Gregorian one."
    return f"{told}: write them as 2024-03-10T08:00:00Z, or as seconds since 1970."


def _of_positions(names: Sequence[str], unfit: Sequence[str], sample: pd.DataFrame) -> str:
    for name in names:
        plain = str(name).strip().lower().replace(" ", "_").replace("-", "_")
        if _GRID.search(plain):
            return f"“{name}” names cells of a grid: add the latitude and longitude of their middles as columns."
        if _SQUARES.search(plain):
            return f"“{name}” names squares of a grid: convert them to columns of latitude and longitude first."
        if _PROJECTED.search(plain):
            return f"“{name}” is no longitude or latitude in degrees: {_AS_LAYER}"
        if _NETWORK_CELL.match(plain):
            return f"“{name}” names cells of a network: join a list of cells with their latitude and longitude first."
    for name in unfit:
        if name not in sample.columns or sample.empty:
            continue
        if plain_text(sample[name]).str.match(_BROKEN).mean() > 0.5:
            return (
                f"“{name}” holds numbers in which a spreadsheet took decimals for thousands (99.999.999): export it "
                "anew with the column as text."
            )
        numbers = numbers_of(sample[name])
        with np.errstate(invalid="ignore"):
            if (np.abs(numbers) > 360).mean() > 0.5:
                return f"“{name}” holds no degrees: {_AS_LAYER}"
        if plain_text(sample[name]).str.match(r"(?i)SRID=(?!4326)\d+;").mean() > 0.5:
            return f"“{name}” holds points that are not in degrees (SRID 4326): {_AS_LAYER}"
    return ""
