"""The card of a place from the tables that a study keeps: the same right after a run and when it is opened again."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from shapely import wkb
from shapely.geometry import Point

from .base import StudyError
from .earth import short_date
from .results import Results
from .site_card import SiteCard, itineraries_at
from .tables import MIN_SHOWN
from .visits import ChosenPlace

WHO, HOME = "who", "home"


def kept_card(results: Results, lat: float, lon: float) -> SiteCard:
    """Return the card of the site at a position (degrees WGS84), else of the square around it, as it may be shown.

    Raises StudyError where too few devices were seen for anything to be told, or the study keeps no counts.
    """
    place = _place_at(results, lat, lon)
    spot_id = str(place["spot_id"])
    tables = results.tables
    here = tables["visitors"][tables["visitors"]["spot_id"] == spot_id]
    who, homes = (here[here["kind"] == kind][["name", "devices"]].reset_index(drop=True) for kind in (WHO, HOME))
    findings = tables["findings"]
    return SiteCard(
        place=ChosenPlace(spot=spot_id), spot_id=spot_id, spot_name=str(place["spot_name"]),
        spot_kind=str(place["spot_kind"]), category=str(place["category"]), country=str(place["country"]),
        lat=float(place["lat"]), lon=float(place["lon"]), windows=_windows(tables["presence"], spot_id),
        hours=_hours(str(place["hours"])), who=who.rename(columns={"name": "label"}), origins=homes,
        findings=findings[findings["spot_id"] == spot_id].reset_index(drop=True),
        itineraries=itineraries_at(tables, spot_id),
    )  # fmt: skip


def keeps_counts(results: Results) -> bool:
    """Return whether a study has the tables that cards are made of: one of an earlier version has not."""
    return len(results.tables.get("profile_facets", ())) > 0  # written also where no place has devices enough


def _place_at(results: Results, lat: float, lon: float) -> pd.Series:
    """Return the row of table `places` of the smallest site that holds a position, else of what is around it."""
    if not keeps_counts(results):
        raise StudyError("This study keeps no counts of places. Run it again with this version to see cards.")
    places, position = results.tables["places"], Point(lon, lat)
    shapes = [wkb.loads(bytes(blob)) for blob in places["geometry"]]
    size = np.array([shape.area if shape.covers(position) else np.inf for shape in shapes])
    is_site = (places["spot_kind"] == "site").to_numpy()
    for rows in (np.flatnonzero(is_site), np.flatnonzero(~is_site)):
        if len(rows) and np.isfinite(size[rows]).any():
            return places.iloc[rows[np.argmin(size[rows])]]
    raise StudyError(
        f"Fewer than {MIN_SHOWN} devices were seen here in each of the study's windows, so nothing is told of this "
        "place. Choose one of the places that the map shows as measured."
    )


def _windows(presence: pd.DataFrame, spot_id: str) -> pd.DataFrame:
    """Return the windows of a card, oldest first; those without a row had few devices."""
    every = presence[["day", "days", "is_key"]].drop_duplicates().sort_values(["day", "is_key"]).reset_index(drop=True)
    mine = presence.loc[presence["spot_id"] == spot_id, ["day", "devices", "expected"]]
    frame = every.merge(mine, on="day", how="left")
    start = [date.fromisoformat(day) for day in frame["day"]]
    end = [day + timedelta(days=int(days) - 1) for day, days in zip(start, frame["days"])]
    return pd.DataFrame({
        "label": [short_date(day) for day in start], "start": frame["day"],
        "end": [day.isoformat() for day in end], "is_key": frame["is_key"],
        "devices": frame["devices"].astype(float), "expected": frame["expected"], "told_expected": frame["expected"],
    })  # fmt: skip


def _hours(text: str) -> np.ndarray:
    try:
        shares = np.array(text.split(), dtype=np.float64)
    except ValueError:
        shares = np.empty(0)
    return shares if shares.shape == (24,) and np.isfinite(shares).all() else np.zeros(24)


def key_windows(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return the key dates of a study with the first and last day of the window of each (ISO), in order of time."""
    heat = tables["heat"][["key_date", "window_start", "window_end"]].drop_duplicates()
    return sorted(zip(heat["key_date"], heat["window_start"], heat["window_end"]))
