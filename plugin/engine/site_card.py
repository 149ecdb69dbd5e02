"""The site card: what is known about one spot, or about a drawn area, after a run, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from shapely import wkb

from .base import StudyError
from .counting import Windows, count_devices
from .earth import contains_points, hours_of_day, short_date, square_ids
from .findings import Evidence
from .homes import in_squares
from .kept import homes_beside, last_joined
from .places import country_codes, find_spots
from .results import Results
from .tables import MIN_SHOWN, told_apart
from .visits import ChosenPlace, find_place

AREA = "area"


@dataclass(frozen=True)
class SiteCard:
    """One place with its history, its visitors and what was found there; `shown_card` has what may be shown of it.

    `place` is what to ask further questions with. `spot_kind` is site, cell or area; of an area `spot_id` is "".
    `lat`, `lon` degrees WGS84 of the spot's centre; `category` and `country` are "" when unknown.
    `windows`: label, start, end (text), is_key (0/1), devices, expected (float, NaN where not computed) and
    told_expected (the same for whichever small counts it is the mean of, NaN where all are small), oldest first.
    `hours`: float64, 24 values, share of visits by local hour, summing to 1 (or all 0 without visits).
    `who`: label, devices; `origins`: name, devices; both by falling count. `findings` and `itineraries`: rows of
    the result tables of these names that belong to the spot.
    """

    place: ChosenPlace
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


def site_card(results: Results, lat: float, lon: float) -> SiteCard:
    """Return the card of the site that contains a position (degrees WGS84), else of its cell.

    WHO and origins are shown for devices of the key windows, and only where at least `MIN_SHOWN` of them came.
    Raises StudyError when nobody was ever seen there.
    """
    evidence = _evidence_of(results)
    spot = find_spot(evidence, lat, lon)
    spots, presence = evidence.history.visits.spots, evidence.presence
    visits = presence.by_spot[presence.start[spot] : presence.start[spot + 1]]
    if len(visits) == 0:
        raise StudyError(f"No device was seen at {spots.name[spot]}. Choose a place with observations.")
    spot_id = str(spots.spot_id[spot])
    about = {
        "place": ChosenPlace(spot=spot_id), "spot_id": spot_id, "spot_name": str(spots.name[spot]),
        "spot_kind": str(spots.kind[spot]), "category": str(spots.category[spot]),
        "country": str(spots.country[spot]), "lat": float(spots.lat[spot]), "lon": float(spots.lon[spot]),
    }  # fmt: skip
    return _card(results, evidence, about, visits, np.array([spot_id], dtype=object))


def area_card(results: Results, polygon: Any, name: str) -> SiteCard:
    """Return the card of an area (shapely polygon in lon/lat degrees) under a `name`.

    Stays count by their own positions; findings and stops are those of spots whose middle lies inside. WHO knows only
    visits at spots that were counted. Raises StudyError when nobody was ever seen there.
    """
    evidence = _evidence_of(results)
    visits, place = evidence.history.visits, ChosenPlace(polygon=polygon)
    found = find_place(place, visits, evidence.sites, evidence.grid)
    squares = in_squares(visits, evidence.grid).spots  # as which cells are named once the tables were written
    ids = np.concatenate([
        spots.spot_id[contains_points(polygon, spots.lon, spots.lat)] for spots in (visits.spots, squares)
    ])  # fmt: skip
    about = {
        "place": place, "spot_id": "", "spot_name": name, "spot_kind": AREA, "category": "", "country": "",
        "lat": found.lat, "lon": found.lon,
    }  # fmt: skip
    return _card(results, evidence, about, np.flatnonzero(found.here), ids)


def _evidence_of(results: Results) -> Evidence:
    if results.evidence is None:
        raise StudyError("The counts behind this study are not in memory. Run the study again to analyze a place.")
    return results.evidence


def _card(
    results: Results, evidence: Evidence, about: dict[str, Any], visits: np.ndarray, spot_ids: np.ndarray
) -> SiteCard:
    """Return the card of some visits (rows, sorted) and of what was found at the spots of these ids."""
    presence, windows = evidence.presence, evidence.windows
    first, last = presence.first[visits], presence.last[visits]
    keys_until = np.append(0, np.cumsum(windows.is_key))
    key_rows = visits[keys_until[np.maximum(first, last)] > keys_until[first]]
    device = evidence.history.visits.stays.device[visits]
    devices = count_devices(np.zeros(len(visits), np.int64), device, first, last, (1, len(windows)))[0]
    findings = results.tables["findings"]
    return SiteCard(
        **about,
        windows=_windows(windows, devices),
        hours=_hours(evidence, visits),
        who=_who(evidence, key_rows),
        origins=_origins(evidence, key_rows),
        findings=findings[findings.spot_id.isin(spot_ids)].reset_index(drop=True),
        itineraries=itineraries_at(results.tables, *spot_ids.astype(str)),
    )


def itineraries_at(tables: dict[str, pd.DataFrame], *spot_ids: str) -> pd.DataFrame:
    """Return the itineraries with a stop at one of these places, or in one of these squares of 5 km."""
    stops = tables["stops"]
    at = stops["spot_id"].to_numpy().astype(object)
    unnamed = np.flatnonzero(at == "")
    shapes = [wkb.loads(bytes(blob)) for blob in stops["geometry"].to_numpy()[unnamed]]
    at[unnamed] = square_ids(np.array([shape.y for shape in shapes]), np.array([shape.x for shape in shapes]))
    passing = stops["itinerary_id"].to_numpy()[np.isin(at.astype(str), spot_ids)]
    itineraries = tables["itineraries"]
    return itineraries[itineraries["itinerary_id"].isin(passing)].reset_index(drop=True)


def shown_card(card: SiteCard, others: str) -> SiteCard:
    """Return a card as it may be shown, without counts below MIN_SHOWN, also by subtraction.

    `windows.devices` is NaN then, with `expected` as it may be told; `hours` are all 0 where no window has more. Small
    entries of `who` are left out. Homes add up to all devices, so that small ones go into one row `others`, with larger
    ones until it holds MIN_SHOWN. Devices of key windows, entries and homes are the fewest that they may be beside
    each other and the findings there.
    """
    beside = [int(count) for count in card.findings["observed"].dropna()]
    windows, who = _windows_beside(card.windows, beside), card.who
    names, homes = card.origins["name"].to_numpy(dtype=object), card.origins["devices"].to_numpy()
    few = windows["devices"] < MIN_SHOWN
    shown = windows.assign(devices=windows["devices"].mask(few), expected=windows["told_expected"])
    if (homes < MIN_SHOWN).any():
        rising = homes[::-1]
        is_enough = (rising.cumsum() >= MIN_SHOWN) & (np.append(rising[1:], MIN_SHOWN) >= MIN_SHOWN)
        names, homes = last_joined(names, homes, int(np.argmax(is_enough)) + 1, others)
    beside += windows["devices"][windows["is_key"] == 1].tolist()
    names, homes = homes_beside(names, homes, beside, others)
    who = who.assign(devices=told_apart(who["devices"].to_numpy(), beside + homes.tolist()))
    return replace(
        card, windows=shown, hours=np.zeros(24) if few.all() else card.hours,
        origins=pd.DataFrame({"name": names, "devices": homes.astype(np.int64)}),
        who=who[who["devices"] >= MIN_SHOWN].reset_index(drop=True),
    )  # fmt: skip


def _windows_beside(windows: pd.DataFrame, findings: Sequence[int]) -> pd.DataFrame:
    """Return windows with the devices of key windows as they may be told beside those of the findings there."""
    told = [told_apart(np.array([count]), findings)[0] for count in windows["devices"]]  # none is a part of another
    return windows.assign(devices=windows["devices"].where(windows["is_key"] == 0, np.array(told, np.int64)))


def find_spot(evidence: Evidence, lat: float, lon: float) -> int:
    """Return the row of the site at a position, else of its cell; raise StudyError when nobody was seen in the cell."""
    spots = evidence.history.visits.spots
    row = int(find_spots(spots, evidence.sites, evidence.grid, np.array([float(lat)]), np.array([float(lon)]))[0])
    if row < 0:
        raise StudyError("No device was seen at this place. Choose a place with observations, or a larger cell size.")
    return row


def _windows(windows: Windows, devices: np.ndarray) -> pd.DataFrame:
    """Describe `devices` per window; a key window also gets the mean of the windows it is compared with."""
    baseline = windows.baseline.sum(axis=1)
    told = np.where(devices < MIN_SHOWN, MIN_SHOWN // 2, devices)
    mean, told_mean = (windows.baseline @ one / np.maximum(baseline, 1) for one in (devices.astype(np.float64), told))
    is_key = windows.is_key
    dates = [windows.dates(index) for index in range(len(windows))]
    return pd.DataFrame(
        {
            "label": [short_date(start) for start, _ in dates],
            "start": [start.isoformat() for start, _ in dates],
            "end": [end.isoformat() for _, end in dates],
            "is_key": is_key.astype(np.int64),
            "devices": devices.astype(np.int64),
            "expected": np.where(is_key & (baseline > 0), mean, np.nan),
            "told_expected": np.where(is_key & (windows.baseline @ (devices >= MIN_SHOWN) > 0), told_mean, np.nan),
        }
    )


def _hours(evidence: Evidence, visits: np.ndarray) -> np.ndarray:
    start_ms, end_ms = evidence.history.start_ms[visits], evidence.history.end_ms[visits]
    end_ms = np.maximum(end_ms, start_ms + 60_000)
    hours = hours_of_day(start_ms, end_ms, np.zeros(len(visits), np.int64), 1)[0]
    return hours / hours.sum() if hours.sum() > 0 else hours


def _who(evidence: Evidence, rows: np.ndarray) -> pd.DataFrame:
    """Count distinct devices per WHO entry, most first; empty where too few devices came to be shown."""
    facets, device = evidence.facets, evidence.history.visits.stays.device
    rows = rows[np.isin(rows, facets.rows)]
    labels, counts = [], []
    if len(np.unique(device[rows])) >= MIN_SHOWN:
        described = facets.take(np.searchsorted(facets.rows, rows))
        for index, entry in enumerate(evidence.library.who):
            labels.append(entry.title)
            counts.append(len(np.unique(device[rows[described.has("who", index)]])))
    frame = pd.DataFrame({"label": labels, "devices": np.array(counts, dtype=np.int64)})
    return frame[frame.devices > 0].sort_values("devices", ascending=False, kind="stable").reset_index(drop=True)


def _origins(evidence: Evidence, rows: np.ndarray) -> pd.DataFrame:
    """Count distinct devices by the country of their home as of their first visit, most first."""
    history = evidence.history
    device, first = np.unique(history.visits.stays.device[rows], return_index=True)
    if len(device) < MIN_SHOWN:
        return pd.DataFrame({"name": np.empty(0, object), "devices": np.empty(0, np.int64)})
    home = history.home[rows[first]]
    country = np.where(home >= 0, history.visits.spots.country_index[np.maximum(home, 0)], -1)
    index, devices = np.unique(country, return_counts=True)
    names = country_codes.names(history.world, index)
    names[names == ""] = "Unknown home"
    frame = pd.DataFrame({"name": names, "devices": devices.astype(np.int64)})
    return frame.sort_values("devices", ascending=False, kind="stable").reset_index(drop=True)
