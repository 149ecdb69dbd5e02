"""Synthetic worlds with silences whose truth is known: the timetables of all devices stand beside their fixes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from seeds import shifted
from sitelight.plugin.engine.scenario import ScenarioSettings
from sitelight.plugin.engine.scenario.geography import distance_km, sites_with_city
from sitelight.plugin.engine.scenario.itinerant import journeys_of
from sitelight.plugin.engine.scenario.ordinary_days import ordinary_stays
from sitelight.plugin.engine.scenario.people import make_people, roster
from sitelight.plugin.engine.scenario.sampling import sample_fixes
from sitelight.plugin.engine.scenario.timetable import complete, without_overlap
from sitelight.plugin.engine.scenario.world import _blocks
from worlds.engine_worlds import ListSource

DAYS = 130
LEAST_STOP_S = 1200.0


@dataclass(frozen=True)
class SilenceWorld:
    """Fixes, and the true halts at sites: `device` (id), `arrive`, `depart` (UTC epoch s), `site` row; `dark` rows
    (device id, from, to in UTC epoch s) are the outages put in."""

    source: ListSource
    halts: pd.DataFrame
    dark: pd.DataFrame


KINDS = ("outages", "thinned", "nothing hidden", "switched off")


def silence_world(seed: int, devices: int, kind: str) -> SilenceWorld:
    """Return a world of one of the kinds.

    "outages": devices leave no fix in spans drawn without regard to what they do; "thinned": 30 % of the fixes are
    kept; "nothing hidden": such outages as lie where the device halts at no site; "switched off": half of all halts
    at sites leave no fix, with one to eight hours before and after.
    """
    settings = ScenarioSettings(devices=devices, days=DAYS, seed=shifted(seed), null=True)
    rng = np.random.default_rng([shifted(seed), 14])
    role, city = roster(settings)
    fixes, halts = [], []
    for number, block in enumerate(_blocks(settings), start=1):
        stream = settings.stream(1, number)
        people = make_people(stream, settings, role[block], city[block])
        stays = ordinary_stays(people, settings, stream)
        journeys, away = journeys_of(people, settings, stream)
        stays = pd.concat([without_overlap(stays, away), journeys], ignore_index=True)
        table = complete(stays, people.home_lat, people.home_lon, settings)
        none = np.empty(0, dtype=np.int64)
        device, time_s, lat, lon, accuracy = sample_fixes(people, table, settings, stream, none, none.astype(float))
        fixes.append(pd.DataFrame({"device": people.device_id[device], "time_s": time_s, "lat": lat, "lon": lon,
                                   "accuracy": accuracy}))
        table = table.assign(id=people.device_id[table["device"].to_numpy()], site=_site_of(table))
        halts.append(table.loc[(table["site"] >= 0) & (table["depart"] > settings.start_s),
                               ["id", "arrive", "depart", "site"]].rename(columns={"id": "device"}))
    frame, halts = pd.concat(fixes, ignore_index=True), pd.concat(halts, ignore_index=True)
    dark = _dark(kind, frame, halts, rng)
    if kind == "thinned":
        frame = frame[rng.random(len(frame)) < 0.3]
    frame = frame[~_inside(frame["device"].to_numpy(), frame["time_s"].to_numpy(dtype=float), dark)]
    frame = frame.sort_values(["device", "time_s"])
    source = ListSource(frame["device"].to_numpy(), frame["time_s"].to_numpy() * 1000, frame["lat"].to_numpy(),
                        frame["lon"].to_numpy(), frame["accuracy"].to_numpy())  # fmt: skip
    return SilenceWorld(source, halts, dark)


def true_halts(world: SilenceWorld, history, silences, pseudonyms: np.ndarray) -> np.ndarray:
    """Return per silence the site (row) at which the device was longest meanwhile, -1 for none.

    Halts of less than 20 minutes inside do not count, nor those at the two places around, where it may have remained.
    """
    stays, spot, halts = history.visits.stays, history.visits.spot, world.halts
    device = pd.Index(pseudonyms).get_indexer(halts["device"])
    mine = pd.DataFrame({
        "silence": np.arange(len(silences)), "device": stays.device[silences.before].astype(np.int64),
        "start": silences.start_ms / 1000, "end": silences.end_ms / 1000,
        "before": spot[silences.before], "after": spot[silences.after],
    })  # fmt: skip
    found = np.full(len(silences), -1)
    kept = halts.assign(device=device)
    for number in range(0, len(mine), 4000):  # all pairs of a device's silences and halts, some devices at a time
        part = mine.iloc[number : number + 4000].merge(kept, on="device")
        part = part.assign(inside=part[["depart", "end"]].min(axis=1) - part[["arrive", "start"]].max(axis=1))
        elsewhere = (part["site"] != part["before"]) & (part["site"] != part["after"])
        part = part[(part["inside"] >= LEAST_STOP_S) & elsewhere].sort_values("inside")
        found[part["silence"].to_numpy()] = part["site"].to_numpy()
    return found


def _dark(kind: str, frame: pd.DataFrame, halts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    if kind == "thinned":
        return pd.DataFrame({"device": [], "start": [], "end": []})
    if kind == "switched off":
        long = halts[halts["depart"] - halts["arrive"] >= LEAST_STOP_S]
        some = long[rng.random(len(long)) < 0.5]
        pad = rng.uniform(3600.0, 8 * 3600.0, (2, len(some)))
        return pd.DataFrame({"device": some["device"].to_numpy(), "start": some["arrive"].to_numpy() - pad[0],
                             "end": some["depart"].to_numpy() + pad[1]})
    span = frame.groupby("device")["time_s"].agg(["min", "max"])
    number = np.repeat(np.arange(len(span)), 10)
    hours = np.exp(rng.uniform(np.log(6.0), np.log(72.0), len(number)))
    low, high = span["min"].to_numpy()[number], span["max"].to_numpy()[number]
    start = low + rng.random(len(number)) * (high - low)
    dark = pd.DataFrame({"device": span.index.to_numpy()[number], "start": start, "end": start + 3600 * hours})
    if kind == "nothing hidden":
        dark = dark[~_touches(dark, halts)]
    return dark


def _touches(dark: pd.DataFrame, halts: pd.DataFrame) -> np.ndarray:
    """Return bool per span: its device halts at a site inside."""
    names, back = np.unique(np.concatenate([dark["device"], halts["device"]]).astype(str), return_inverse=True)
    mine, theirs = back[: len(dark)] * 1e11, back[len(dark) :] * 1e11
    ends = np.sort(theirs + halts["depart"].to_numpy())
    starts = np.sort(theirs + halts["arrive"].to_numpy())
    first = np.searchsorted(ends, mine + dark["start"].to_numpy(), side="right")
    last = np.searchsorted(starts, mine + dark["end"].to_numpy())
    return last > first


def _inside(device: np.ndarray, time_s: np.ndarray, dark: pd.DataFrame) -> np.ndarray:
    if len(dark) == 0:
        return np.zeros(len(device), dtype=bool)
    _, back = np.unique(np.concatenate([device, dark["device"]]).astype(str), return_inverse=True)
    fix, mine = back[: len(device)] * 1e11 + time_s, back[len(device) :] * 1e11
    starts, ends = np.sort(mine + dark["start"].to_numpy()), np.sort(mine + dark["end"].to_numpy())
    # More spans begun than ended.
    return np.searchsorted(starts, fix, side="right") > np.searchsorted(ends, fix, side="right")


def _site_of(table: pd.DataFrame) -> np.ndarray:
    """Return the site (row) that holds each stay of a timetable, -1 for none: by distances of its own."""
    sites = sites_with_city()
    spots, back = np.unique(table[["lat", "lon"]].to_numpy().round(7), axis=0, return_inverse=True)
    found = np.full(len(spots), -1)
    for row, (lat, lon, radius_m) in enumerate(zip(sites["lat"], sites["lon"], sites["radius_m"])):
        near = np.abs(spots[:, 0] - lat) < 0.1
        found[near & (1000 * distance_km(spots[:, 0], spots[:, 1], lat, lon) <= radius_m)] = row
    return found[back.ravel()]


def meets_dark(world: SilenceWorld, history, silences, pseudonyms: np.ndarray) -> np.ndarray:
    """Return bool per silence: an outage that was put in lies in it by half of it or more."""
    stays, dark = history.visits.stays, world.dark
    mine = pd.DataFrame({
        "silence": np.arange(len(silences)), "device": stays.device[silences.before].astype(np.int64),
        "from": silences.start_ms / 1000, "to": silences.end_ms / 1000,
    })  # fmt: skip
    both = mine.merge(dark.assign(device=pd.Index(pseudonyms).get_indexer(dark["device"])), on="device")
    inside = both[["to", "end"]].min(axis=1) - both[["from", "start"]].max(axis=1)
    meets = np.zeros(len(silences), dtype=bool)
    meets[both.loc[inside >= 0.5 * (both["to"] - both["from"]), "silence"].to_numpy()] = True
    return meets
