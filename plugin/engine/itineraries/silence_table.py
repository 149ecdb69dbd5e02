"""The table of silences: where a device may have stopped while it was not seen, with lines and sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from shapely.geometry import LineString

from ..base import place_in_run, run_starts
from ..earth import unwrapped
from ..history import History
from ..places import categories, country_codes
from ..tables import as_table, empty_table
from .hidden_stops import HiddenStops

TABLE = "silences"
LEAST_TOLD = 0.2
"""By hand: a silence is told if the likeliest place has at least one chance in five."""
LEAST_NAMED, MOST_NAMED = 0.1, 3
"""By hand: what is less likely than one in ten, or fourth, is no lead."""
MOST_SILENCES = 10
"""By hand: of each itinerary the longest are told; a device seen once a day is silent on most days."""
DAYS_FROM_HOURS = 72.0


@dataclass(frozen=True)
class Ends:
    """The visits around silences as they are shown: `name` object array of str, `lat`, `lon` degrees."""

    name: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


def silence_table(
    history: History, hidden: HiddenStops, number: np.ndarray, ends_of: Callable[[np.ndarray], Ends]
) -> pd.DataFrame:
    """Return the table `silences`: the likely places of each silence that is told, likeliest first.

    `number` int64 is the itinerary_id of each device code, 0 for none; `ends_of` shows visits (rows).
    """
    row, rank = _told(history, hidden, number)
    if len(row) == 0:
        return empty_table(TABLE)
    silence, place, chance = hidden.silence[row], hidden.place[row], hidden.probability[row]
    spans = hidden.silences.take(silence)
    before, after = ends_of(spans.before), ends_of(spans.after)
    named = _names(history, hidden.places.spot[place])
    none = 1.0 - np.bincount(hidden.silence, weights=hidden.probability, minlength=len(hidden.silences))[silence]
    itinerary = number[history.visits.stays.device[spans.before]]
    frame = pd.DataFrame({
        "itinerary_id": itinerary,
        "seq": 0,
        "place_rank": rank,
        **named,
        "probability": chance.round(2),
        "nowhere": np.maximum(none, 0.0).round(2),
        "silent_from": _iso(spans.start_ms),
        "silent_from_ms": spans.start_ms,
        "silent_until": _iso(spans.end_ms),
        "silent_until_ms": spans.end_ms,
        "silent_hours": spans.hours.round(1),
        "last_seen": before.name,
        "next_seen": after.name,
        "geometry": _lines(before, hidden, place, after),
    })
    frame["seq"] = frame.groupby("itinerary_id")["silent_from_ms"].rank(method="dense").astype(np.int64)
    frame["sentence"] = _sentences(frame, silence)
    return as_table(TABLE, frame)


def _told(history: History, hidden: HiddenStops, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates (rows) that are told, by itinerary, time and probability, and the rank of each (from 1)."""
    owner = number[history.visits.stays.device[hidden.silences.before]]
    best = np.zeros(len(hidden.silences))
    np.maximum.at(best, hidden.silence, hidden.probability)
    told = np.flatnonzero((best >= LEAST_TOLD) & (owner > 0))
    longest = told[np.lexsort((-hidden.silences.hours[told], owner[told]))]
    _, length = run_starts(owner[longest])
    shown = np.isin(np.arange(len(best)), longest[place_in_run(length) < MOST_SILENCES])
    row = np.flatnonzero(shown[hidden.silence] & (hidden.probability >= LEAST_NAMED))
    silence = hidden.silence[row]
    row = row[np.lexsort((-hidden.probability[row], hidden.silences.start_ms[silence], owner[silence]))]
    _, length = run_starts(hidden.silence[row])
    place = place_in_run(length)
    return row[place < MOST_NAMED], 1 + place[place < MOST_NAMED]


def _names(history: History, spot: np.ndarray) -> dict[str, np.ndarray]:
    """Return id, name, category and country of known places, given as spots or, behind these, airports."""
    spots, airports = history.visits.spots, history.world.airports
    field = spot - len(spots)
    at_field = field >= 0
    site, field = np.where(at_field, 0, spot), np.maximum(field, 0)
    country = country_codes.codes(history.world, spots.country_index[site])
    name = np.where(at_field, airports.name[field], spots.name[site]) if at_field.any() else spots.name[site]
    return {
        "spot_id": np.where(at_field, "", spots.spot_id[site]),
        "spot_name": name,
        "category": np.where(at_field, categories.AIRPORT, spots.category[site]),
        "country": np.where(at_field, "", country),
    }


def _lines(before: Ends, hidden: HiddenStops, place: np.ndarray, after: Ends) -> list[bytes]:
    """Return lines (WKB) from where the device was last seen by way of each place to where it was seen next."""
    lat = np.stack([before.lat, hidden.places.lat[place], after.lat], axis=1)
    lon = np.stack([before.lon, hidden.places.lon[place], after.lon], axis=1)
    return [LineString(unwrapped(y, x)).wkb for y, x in zip(lat, lon)]


def _sentences(frame: pd.DataFrame, silence: np.ndarray) -> np.ndarray:
    """Return what each silence says, the same on the rows of all its places."""
    named = frame["spot_name"] + [f" ({chance:.2f})" for chance in frame["probability"]]
    places = named.groupby(silence).agg(" or ".join)
    return np.array([
        f"Silent for {_length(hours)}, {_ends(last, following)}: could have been at {places[which]}; "
        f"at no known place ({rest:.2f})"
        for which, hours, last, following, rest in zip(
            silence, frame["silent_hours"], frame["last_seen"], frame["next_seen"], frame["nowhere"]
        )
    ], dtype=object)  # fmt: skip


def _ends(last: str, following: str) -> str:
    return f"last and next seen {last}" if last == following else f"last seen {last}, next {following}"


def _length(hours: float) -> str:
    return f"{hours:.0f} h" if hours < DAYS_FROM_HOURS else f"{hours / 24.0:.0f} days"


def _iso(time_ms: np.ndarray) -> np.ndarray:
    """Return ISO 8601 UTC texts with seconds and Z."""
    seconds = time_ms.astype("datetime64[ms]").astype("datetime64[s]")
    return np.char.add(seconds.astype(str), "Z").astype(object)
