"""The tables behind the cards of places: `places`, `presence` (devices by window) and `visitors` (who, and from where).

All counts are as they may be told: see `tables.small_counts`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..base import begins_run, distinct_pairs
from ..earth import hours_of_day
from ..places import country_codes
from ..tables import MIN_SHOWN, as_table, fewest_beside, leaves_few, told_counts
from .counts import PlaceCounts

WHO, HOME = "who", "home"
UNKNOWN_HOME, OTHER_HOMES = "Unknown home", "Other countries"
MINUTE_MS = 60_000
HOUR_DIGITS = 2
"""Shares of hours are told in whole percent: by hand, what a chart of 24 bars shows."""


def place_table(counts: PlaceCounts) -> pd.DataFrame:
    """Return the table `places`: one row for each place that something is told of."""
    kept, spots = counts.kept, counts.visits.spots
    columns = {name: getattr(spots, name)[kept] for name in ("spot_id", "category", "country", "lat", "lon")}
    frame = pd.DataFrame({**columns, "spot_name": spots.name[kept], "spot_kind": spots.kind[kept]})
    return as_table("places", frame.assign(hours=_hours(counts), geometry=counts.outlines(kept)))


def _hours(counts: PlaceCounts) -> list[str]:
    """Return the shares of the visits to each kept place by local hour, from midnight on, as text."""
    kept, history = counts.kept, counts.history
    row = np.full(len(counts.visits.spots), -1, np.int64)
    row[kept] = np.arange(len(kept))
    visit = np.flatnonzero(row[counts.visits.spot] >= 0)
    place, start_ms = row[counts.visits.spot[visit]], history.start_ms[visit]
    end_ms = np.maximum(history.end_ms[visit], start_ms + MINUTE_MS)
    spent = hours_of_day(start_ms, end_ms, place, len(kept))
    shares = np.round(spent / np.maximum(spent.sum(axis=1, keepdims=True), 1e-9), HOUR_DIGITS)
    return [" ".join(f"{share:g}" for share in shown) for shown in shares.tolist()]


def presence_table(counts: PlaceCounts, devices: np.ndarray) -> pd.DataFrame:
    """Return the table `presence`: devices of each kept place in each window, and what is expected of key windows.

    `devices` are those of `told_devices`. A window without a row had fewer than MIN_SHOWN.
    """
    kept, windows = counts.kept, counts.evidence.windows
    told = np.where(devices < MIN_SHOWN, MIN_SHOWN // 2, devices)
    compared = windows.baseline.sum(axis=1)
    expected = told @ windows.baseline.T / np.maximum(compared, 1)
    is_known = ((devices >= MIN_SHOWN) @ windows.baseline.T > 0) & windows.is_key
    place, window = np.nonzero((devices >= MIN_SHOWN) | windows.is_key)
    start = [windows.dates(number)[0].isoformat() for number in range(len(windows))]
    few = devices[place, window] < MIN_SHOWN
    fixes = _fixes(counts)[place, window].astype(object)
    frame = pd.DataFrame({
        "spot_id": counts.visits.spots.spot_id[kept[place]], "day": np.array(start, dtype=object)[window],
        "days": windows.length_days, "is_key": windows.is_key[window].astype(np.int64),
        "devices": told_counts(devices[place, window]), "fixes": np.where(few, np.nan, fixes),
        "expected": np.where(is_known, expected, np.nan)[place, window].round(3),
    })  # fmt: skip
    return as_table("presence", frame)


def told_devices(counts: PlaceCounts, findings: pd.DataFrame) -> np.ndarray:
    """Return devices, int64 (kept places, windows), as they may be told beside those of findings at parts of a place.

    `findings` are those of the study, by its own spots. Counts below MIN_SHOWN are whole: they are to be hidden.
    """
    kept, evidence = counts.kept, counts.evidence
    devices = counts.presence.devices[kept].astype(np.int64)
    spot = pd.Index(evidence.history.visits.spots.spot_id).get_indexer(findings["spot_id"])
    place = np.where(spot >= 0, counts.place_of[spot], -1)
    days = {day.isoformat(): int(row) for day, row in zip(evidence.windows.key_dates, evidence.windows.key_window)}
    told = findings["observed"].fillna(0).to_numpy(dtype=np.int64)
    for number in np.argsort(-told, kind="stable"):  # some hundreds, the largest first
        row = np.searchsorted(kept, place[number])
        if row < len(kept) and kept[row] == place[number]:
            window = days[findings["key_date"].iloc[number]]
            devices[row, window] = fewest_beside(devices[row, window], int(told[number]))
    return devices


def _fixes(counts: PlaceCounts) -> np.ndarray:
    """Return the fixes of the visits to each kept place that overlap each window."""
    kept, windows = counts.kept, counts.evidence.windows
    visit, window = counts.presence.pairs(np.flatnonzero(np.isin(counts.visits.spot, kept)))
    cell = np.searchsorted(kept, counts.visits.spot[visit]) * len(windows) + window
    size = len(kept) * len(windows)
    return np.bincount(cell, counts.visits.stays.n_fixes[visit], size).reshape(len(kept), len(windows))


def visitor_table(counts: PlaceCounts) -> pd.DataFrame:
    """Return the table `visitors`: devices of the key windows by WHO entry and by the country of their home."""
    windows, presence = counts.evidence.windows, counts.presence
    keys_until = np.append(0, np.cumsum(windows.is_key))
    in_key = keys_until[np.maximum(presence.first, presence.last)] > keys_until[presence.first]
    visit = np.flatnonzero(in_key & np.isin(counts.visits.spot, counts.kept))
    place, device = distinct_pairs(counts.visits.spot[visit], counts.visits.stays.device[visit])
    came = np.bincount(place, minlength=len(counts.visits.spots))
    visit = visit[came[counts.visits.spot[visit]] >= MIN_SHOWN]
    frame = pd.concat((_who(counts, visit, came), _homes(counts, visit)), ignore_index=True)
    frame["spot_id"] = counts.visits.spots.spot_id[frame["place"].to_numpy(dtype=np.int64)]
    return as_table("visitors", frame.sort_values(["place", "kind"], ascending=[True, False], kind="stable"))


def _who(counts: PlaceCounts, visit: np.ndarray, came: np.ndarray) -> pd.DataFrame:
    """Return `place`, `kind`, `name`, `devices` of each WHO entry that MIN_SHOWN devices show, most first.

    Where few do not, it is told as so many as the fewest that it may be, with a plus sign.
    """
    facets, visits = counts.evidence.facets, counts.visits
    visit = visit[np.isin(visit, facets.rows)]
    described = facets.take(np.searchsorted(facets.rows, visit))
    parts = []
    for index, entry in enumerate(counts.evidence.library.who):
        fits = visit[described.has("who", index)]
        place, _device = distinct_pairs(visits.spot[fits], visits.stays.device[fits])
        devices = np.bincount(place, minlength=len(visits.spots))
        found = np.flatnonzero(devices >= MIN_SHOWN)
        parts.append(pd.DataFrame({"place": found, "name": entry.title, "count": devices[found]}))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.sort_values(["place", "count"], ascending=[True, False], kind="stable", ignore_index=True)
    return frame.assign(kind=WHO, devices=_bounded(frame["count"].to_numpy(), came[frame["place"]]))


def _bounded(devices: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return counts as text; where few of the whole are left, as the fewest that it may be and a plus sign."""
    least = np.maximum(whole - MIN_SHOWN + 1, MIN_SHOWN).astype(str).astype(object)
    return np.where(leaves_few(devices, whole), least + "+", devices.astype(str).astype(object))


def _homes(counts: PlaceCounts, visit: np.ndarray) -> pd.DataFrame:
    """Return `place`, `kind`, `name`, `devices` by the country of each device's home as of its first visit there."""
    visits, history = counts.visits, counts.evidence.history
    order = np.lexsort((visit, visits.stays.device[visit], visits.spot[visit]))
    visit = visit[order]
    first = visit[begins_run(visits.spot[visit], visits.stays.device[visit])]
    home = history.home[first]
    country = np.where(home >= 0, history.visits.spots.country_index[np.maximum(home, 0)], -1).astype(np.int64)
    key, devices = np.unique(np.stack((visits.spot[first].astype(np.int64), country)), axis=1, return_counts=True)
    names = country_codes.names(history.world, key[1])
    names[names == ""] = UNKNOWN_HOME
    place, name, told = join_few(key[0], names, devices)
    return pd.DataFrame({"place": place, "kind": HOME, "name": name, "devices": told.astype(str).astype(object)})


def join_few(place: np.ndarray, name: np.ndarray, devices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return parts that add up to a place's devices, most first, small ones joined as OTHER_HOMES.

    With them larger ones are joined until they hold MIN_SHOWN, and while the next would be small.
    """
    order = np.lexsort((devices, place))
    place, name, devices = place[order], name[order], devices[order]
    begins = begins_run(place)
    ends = np.append(begins[1:], True)
    run = np.cumsum(begins) - 1
    until = np.cumsum(devices)
    until = until - (until - devices)[begins][run]
    is_enough = (until >= MIN_SHOWN) & (ends | (np.append(devices[1:], 0) >= MIN_SHOWN))
    rows = np.arange(len(place))
    first_enough = np.full(int(run[-1]) + 1 if len(run) else 0, len(rows))
    np.minimum.at(first_enough, run[is_enough], rows[is_enough])
    has_few = devices[begins] < MIN_SHOWN
    joins = has_few[run] & (rows <= first_enough[run])
    shown = ~joins | (rows == first_enough[run])
    name = np.where(joins, OTHER_HOMES, name)
    total = np.where(joins, until, devices)
    place, name, total, joins = place[shown], name[shown], total[shown], joins[shown]
    order = np.lexsort((-total, joins, place))
    return place[order], name[order], total[order]
