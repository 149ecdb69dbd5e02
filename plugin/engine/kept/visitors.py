"""The table `visitors` behind the cards of places: who came, and from where, as it may be told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import pandas as pd

from ..base import begins_run, distinct_pairs
from ..places import country_codes
from ..tables import MIN_SHOWN, as_table, told_apart
from .counts import PlaceCounts

WHO, HOME = "who", "home"
UNKNOWN_HOME, OTHER_HOMES = "Unknown home", "Other countries"


def visitor_table(counts: PlaceCounts, devices: np.ndarray, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the table `visitors`: devices of the key windows by WHO entry and by the country of their home.

    Each as it may be told beside the others, the `devices` of the key windows (`told_devices`) and `findings_at` the
    place. A loop over some hundreds of places.
    """
    windows, presence = counts.evidence.windows, counts.presence
    keys_until = np.append(0, np.cumsum(windows.is_key))
    in_key = keys_until[np.maximum(presence.first, presence.last)] > keys_until[presence.first]
    visit = np.flatnonzero(in_key & np.isin(counts.visits.spot, counts.kept))
    place, device = distinct_pairs(counts.visits.spot[visit], counts.visits.stays.device[visit])
    came = np.bincount(place, minlength=len(counts.visits.spots))
    visit = visit[came[counts.visits.spot[visit]] >= MIN_SHOWN]
    found = dict(tuple(findings.groupby("spot_id")["observed"]))
    who, homes = (_by_place(one) for one in (_who(counts, visit), _homes(counts, visit)))
    nobody = np.empty(0, object), np.empty(0, np.int64)
    rows: list[tuple[int, str, str, int]] = []
    for at, home in homes.items():
        row = int(np.searchsorted(counts.kept, at))
        beside = [*found.get(row, ()), *devices[row, windows.is_key]]
        names, told = homes_beside(*home, beside, OTHER_HOMES)
        entries, shown = who.get(at, nobody)
        rows += zip(repeat(at), repeat(WHO), entries, told_apart(shown, [*beside, *told]).tolist())
        rows += zip(repeat(at), repeat(HOME), names, told.tolist())
    frame = pd.DataFrame(rows, columns=["place", "kind", "name", "devices"])
    spot_id = counts.visits.spots.spot_id[frame["place"].to_numpy(dtype=np.int64)]
    return as_table("visitors", frame.assign(spot_id=spot_id, devices=frame["devices"].astype(str).astype(object)))


def _by_place(frame: pd.DataFrame) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return the names and the devices of each place; its rows stand together."""
    place, name, devices = (frame[column].to_numpy() for column in ("place", "name", "devices"))
    begin = np.flatnonzero(begins_run(place)) if len(place) else np.empty(0, np.int64)
    return dict(zip(place[begin].tolist(), zip(np.split(name, begin[1:]), np.split(devices, begin[1:]))))


def homes_beside(
    names: np.ndarray, devices: np.ndarray, beside: Sequence[int], others: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return homes with the largest numbers as small as they may be beside what is told of the same devices.

    Homes add up to all devices of the key windows, which are some more than those of one of them or of a finding. Where
    all are so small that none may be told as fewer, the last two are one row `others`.
    """
    everybody = int(devices.sum())
    less = everybody - int(told_apart(np.array([everybody]), beside)[0])
    if less > np.maximum(devices - MIN_SHOWN, 0).sum():
        names, devices = last_joined(names, devices, 2, others)
    falling = np.argsort(-devices, kind="stable")
    room = np.minimum(np.maximum(devices[falling] - MIN_SHOWN, 0).cumsum(), less)
    shown = devices.copy()
    shown[falling] -= np.diff(room, prepend=0)
    return names, shown


def last_joined(names: np.ndarray, devices: np.ndarray, count: int, others: str) -> tuple[np.ndarray, np.ndarray]:
    """Return homes with the last `count` as one row `others`."""
    return np.append(names[:-count], others), np.append(devices[:-count], devices[-count:].sum())


def _who(counts: PlaceCounts, visit: np.ndarray) -> pd.DataFrame:
    """Return `place`, `name`, `devices` of each WHO entry that MIN_SHOWN devices show, most first."""
    facets, visits = counts.evidence.facets, counts.visits
    visit = visit[np.isin(visit, facets.rows)]
    described = facets.take(np.searchsorted(facets.rows, visit))
    parts = []
    for index, entry in enumerate(counts.evidence.library.who):
        fits = visit[described.has("who", index)]
        place, _device = distinct_pairs(visits.spot[fits], visits.stays.device[fits])
        devices = np.bincount(place, minlength=len(visits.spots))
        found = np.flatnonzero(devices >= MIN_SHOWN)
        parts.append(pd.DataFrame({"place": found, "name": entry.title, "devices": devices[found]}))
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["place", "devices"], ascending=[True, False], kind="stable", ignore_index=True)


def _homes(counts: PlaceCounts, visit: np.ndarray) -> pd.DataFrame:
    """Return `place`, `name`, `devices` by the country of each device's home as of its first visit there."""
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
    return pd.DataFrame({"place": place, "name": name, "devices": told})


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
