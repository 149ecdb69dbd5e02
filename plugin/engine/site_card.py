"""The site card: what is known about one spot after a run, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class SiteCard:
    """One spot with its history, its visitors and what was found there.

    `lat`, `lon` degrees WGS84 of the spot's centre; `category` and `country` are "" when unknown.
    `windows`: label, start, end (text), is_key (0/1), devices, expected (float, NaN where not computed), oldest
    first. `hours`: float64, 24 values, share of visits by local hour, summing to 1 (or all 0 without visits).
    `who`: label, devices; `origins`: name, devices; both by falling count. `findings` and `itineraries`: rows of
    the result tables of these names that belong to the spot.
    """

    spot_id: str
    spot_name: str
    spot_kind: str
    category: str
    country: str
    lat: float
    lon: float
    windows: pd.DataFrame
    hours: np.ndarray
    who: pd.DataFrame
    origins: pd.DataFrame
    findings: pd.DataFrame
    itineraries: pd.DataFrame
