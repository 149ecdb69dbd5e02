"""The tables of itineraries: stops, legs between them, lines on the map and the texts an analyst reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import shapely.wkb
from shapely.geometry import LineString, MultiLineString, Point

from ..base import begins_run, expand_ranges, pairs
from ..calendars import CalendarSpan
from ..earth import (
    DAY_MS,
    EPOCH,
    bend_long_parts,
    distance_km,
    nearest_within,
    short_date,
    split_at_antimeridian,
    unwrapped,
)
from ..history import History
from ..homes import show_halts
from ..legs import AIR, MODES, Closure, Legs, detect_legs, find_closures
from ..places import Places, World, airfields, categories, country_codes
from ..tables import as_table, empty_table, worded_count
from ..visits import Visits
from .hidden_stops import HiddenStops
from .lookalikes import in_steps
from .silence_table import TABLE as SILENCES
from .silence_table import Ends, silence_table
from .stops import BASE, FIELD, Stops

TOWN_KM = 100.0
MAX_NAMED = 12
GAP_DAYS = 2
TABLES = ("itineraries", "stops", "legs")


@dataclass(frozen=True)
class Ranked:
    """Per itinerary: `score`, `finding` (0 none), `route` (the one that stands for its route), `lookalikes`."""

    score: np.ndarray
    finding: np.ndarray
    route: np.ndarray
    lookalikes: np.ndarray


def make_tables(
    stops: Stops, history: History, pseudonyms: np.ndarray, ranked: Ranked, hidden: HiddenStops
) -> dict[str, pd.DataFrame]:
    """Return the tables `itineraries`, `stops`, `legs` and `silences`, without itineraries of a single stop.

    Geometry is WKB. `ranked` has a row per itinerary of `stops`. Sites are shown at their centre, all other places as
    squares of 5 km (`homes.show_halts`). A line that crosses the antimeridian is split there in `itineraries` and runs
    on beyond 180 degrees in the others.
    """
    visits, world = history.visits, history.world
    count = np.bincount(stops.itinerary, minlength=len(stops.devices))
    if not (count > 1).any():
        return no_tables()
    number = np.where(count > 1, np.cumsum(count > 1), 0)
    shown_at = _Shown(visits, stops.devices)
    stop_table = _stop_table(stops, visits, world, number, shown_at)
    leg_table = _leg_table(stops, visits, world, number, stop_table, shown_at, history.calendar.spans)
    shown = stop_table["itinerary_id"] > 0
    stop_table, leg_table = stop_table[shown], leg_table[leg_table["itinerary_id"] > 0]
    table = _itinerary_table(stops, pseudonyms, ranked, number, stop_table, leg_table)
    routes = number[ranked.route[number > 0]]
    table = _with_routes(table, routes)
    frames = zip(TABLES, (table, stop_table, leg_table))
    tables = {name: as_table(name, frame) for name, frame in frames}

    def ends_of(row: np.ndarray) -> Ends:
        return _ends(visits, world, shown_at, row)

    of_device = np.zeros(1 + int(visits.stays.device.max()), dtype=np.int64)
    of_device[stops.devices] = number
    return {**tables, SILENCES: silence_table(history, hidden, of_device, ends_of)}


def _ends(visits: Visits, world: World, shown_at: _Shown, row: np.ndarray) -> Ends:
    """Return the visits (rows) around silences as they are shown."""
    lat, lon = shown_at.at(row)
    spot = visits.spot[row]
    at_site = np.array([f"at {name}" for name in visits.spots.name[spot]], dtype=object)
    return Ends(np.where(visits.spots.kind[spot] == "site", at_site, _near_towns(world.cities, lat, lon)), lat, lon)


class _Shown:
    """Where the visits of some devices are drawn, all of them: of one part of them their squares could differ."""

    def __init__(self, visits: Visits, devices: np.ndarray) -> None:
        self.row = np.flatnonzero(np.isin(visits.stays.device, devices))
        stays, spot = visits.stays.take(self.row), visits.spot[self.row].astype(np.int64)
        site = np.where(visits.spots.kind[spot] == "site", spot, -1)
        self._at = show_halts(stays, site, visits.spots)
        # Of each device and spot the longest visit: a base is shown where those to it are.
        length_ms = stays.end_ms - stays.start_ms
        order = np.lexsort((-length_ms, spot, stays.device))
        self._longest = order[begins_run(stays.device[order], spot[order])]
        self._key = pairs(stays.device[self._longest], spot[self._longest])

    def at(self, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lat, lon (degrees) of visits (rows)."""
        shown = self._at.take(np.searchsorted(self.row, row))
        return shown.lat, shown.lon

    def at_spot(self, device: np.ndarray, spot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lat, lon (degrees) of each device (code) at a spot where it was."""
        shown = self._at.take(self._longest[np.searchsorted(self._key, pairs(device, spot))])
        return shown.lat, shown.lon


def _with_routes(table: pd.DataFrame, routes: np.ndarray) -> pd.DataFrame:
    """Return the itineraries with their routes; that which stands for a route tells how many devices are on it too."""
    others = np.bincount(routes)[routes] - 1
    told = np.array([f" and {worded_count(count)} more devices on the same route" for count in others], dtype=object)
    heads = (table["itinerary_id"].to_numpy() == routes) & (others > 0)
    stops = table["stops"] + np.where(heads, told, "")
    return table.assign(route=routes, n_same_route=others, stops=stops)


def no_tables() -> dict[str, pd.DataFrame]:
    """Return the four tables without rows."""
    return {name: empty_table(name) for name in (*TABLES, SILENCES)}


def _stop_table(
    stops: Stops, visits: Visits, world: World, number: np.ndarray, shown_at: _Shown
) -> pd.DataFrame:
    spots, spot = visits.spots, np.maximum(stops.spot, 0)
    lat, lon = _stop_positions(stops, world.airports, shown_at)
    at_field = np.flatnonzero(stops.kind == FIELD)
    unnamed, kind = _near_towns(world.cities, lat, lon), np.full(len(lat), "", dtype=object)
    unnamed[at_field], kind[at_field] = world.airports.name[stops.field[at_field]], categories.AIRPORT
    named = (stops.spot >= 0) & (spots.kind[spot] == "site")
    first = np.searchsorted(stops.itinerary, stops.itinerary, side="left")
    return pd.DataFrame({
        "itinerary_id": number[stops.itinerary],
        "seq": np.arange(len(first)) - first + 1,
        "spot_id": np.where(named, spots.spot_id[spot], ""),
        "spot_name": np.where(named, spots.name[spot], unnamed),
        "category": np.where(named, spots.category[spot], kind),
        "country": country_codes.codes(world, stops.country),
        "arrived": _iso(stops.arrived_ms),
        "arrived_ms": stops.arrived_ms,
        "departed": _iso(stops.departed_ms),
        "departed_ms": stops.departed_ms,
        "days_from_key_date": stops.day - stops.key_days[stops.itinerary],
        "n_fixes": stops.n_fixes,
        "unseen_days": _unseen_days(stops, visits),
        "geometry": _as_wkb([Point(x, y) for x, y in zip(lon, lat)]),
        "day": stops.day,
        "kind": stops.kind,
    })


def _unseen_days(stops: Stops, visits: Visits) -> np.ndarray:
    """Return the whole days of the longest silence between each stop and the one before it, 0 below GAP_DAYS."""
    days = np.zeros(len(stops.itinerary), dtype=np.int64)
    pair = np.flatnonzero(stops.itinerary[1:] == stops.itinerary[:-1])
    row, stays = np.unique(stops.row), visits.stays
    silence_ms = np.append(stays.start_ms[row[1:]] - stays.end_ms[row[:-1]], 0)
    leave, enter = np.searchsorted(row, stops.leave[pair]), np.searchsorted(row, stops.enter[pair + 1])
    owner, member = expand_ranges(leave, enter)
    longest = np.zeros(len(pair), dtype=np.int64)
    np.maximum.at(longest, owner, silence_ms[member])
    days[pair + 1] = longest // DAY_MS
    return np.where(days >= GAP_DAYS, days, 0)


def _stop_positions(stops: Stops, airports: Places, shown_at: _Shown) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of the stops as drawn: airports where the gazetteer has them.

    A base is where its device's visits to it are, not this one.
    """
    lat, lon = shown_at.at(stops.at)
    at_field = np.flatnonzero(stops.kind == FIELD)
    lat[at_field], lon[at_field] = airports.lat[stops.field[at_field]], airports.lon[stops.field[at_field]]
    base = np.flatnonzero(stops.kind == BASE)
    lat[base], lon[base] = shown_at.at_spot(stops.devices[stops.itinerary[base]], stops.spot[base])
    return lat, lon


def _near_towns(cities: Places, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return "near <town>" for each position, or its coordinates where no town is within TOWN_KM."""
    index, _ = nearest_within(lat, lon, cities.lat, cities.lon, TOWN_KM)
    texts = np.empty(len(lat), dtype=object)
    texts[:] = [
        f"near {cities.name[town] if town >= 0 else _degrees(y, x)}" for town, y, x in zip(index, lat, lon)
    ]
    return texts


def _degrees(lat: float, lon: float) -> str:
    return f"{abs(lat):.1f} {'S' if lat < 0 else 'N'}, {abs(lon):.1f} {'W' if lon < 0 else 'E'}"


def _leg_table(
    stops: Stops,
    visits: Visits,
    world: World,
    number: np.ndarray,
    stop_table: pd.DataFrame,
    shown_at: _Shown,
    spans: Sequence[CalendarSpan],
) -> pd.DataFrame:
    """Return one row per pair of successive stops: the way from leaving one to entering the next."""
    pair = np.flatnonzero(stops.itinerary[1:] == stops.itinerary[:-1])
    legs, found, row = _legs_between(stops, visits, world, pair)
    closures: list[list[Closure]] = [[] for _ in range(len(legs))]
    for closure in find_closures(legs, visits.stays.take(row), visits.country[row], world, spans):
        closures[closure.leg].append(closure)
    lat, lon = shown_at.at(row)
    ends = np.stack([_decode(stop_table["geometry"].iloc[pair]), _decode(stop_table["geometry"].iloc[pair + 1])])
    lines = [
        _line(lat[begin : end + 1], lon[begin : end + 1], air, ends[:, position])
        for position, (begin, end, air) in enumerate(
            zip(legs.from_stay[found], legs.to_stay[found], legs.mode[found] == AIR)
        )
    ]
    return pd.DataFrame({
        "itinerary_id": number[stops.itinerary[pair]],
        "seq": stop_table["seq"].to_numpy()[pair],
        "mode": np.array(MODES, dtype=object)[legs.mode[found]],
        "inferred": legs.inferred[found].astype(np.int64),
        "confidence": legs.confidence[found].astype(np.float64).round(2),
        "distance_km": np.array([_length_km(line) for line in lines]).round(1),
        "departed_after": _iso(legs.departed_after_ms[found]),
        "departed_after_ms": legs.departed_after_ms[found],
        "arrived_before": _iso(legs.arrived_before_ms[found]),
        "arrived_before_ms": legs.arrived_before_ms[found],
        "borders": legs.borders[found],
        "closures": ["; ".join(closure.sentence for closure in closures[leg]) for leg in found.tolist()],
        "geometry": _as_wkb(lines),
        "line": lines,
        "marks": [_marks(closures[leg], legs.borders[leg]) for leg in found.tolist()],
    })


def _marks(closures: Sequence[Closure], borders: str) -> str:
    """Return which of the `borders` of a leg were crossed while they were closed, in a few words."""
    told = [closure.mark if closure.crossed == borders else f"{closure.crossed} {closure.mark}" for closure in closures]
    return "".join(f", {text}" for text in told)


def _legs_between(
    stops: Stops, visits: Visits, world: World, pair: np.ndarray
) -> tuple[Legs, np.ndarray, np.ndarray]:
    """Return the legs of the itineraries' visits, which leg joins each pair of stops, and the rows they run over."""
    row = np.unique(stops.row)
    leave = np.searchsorted(row, stops.leave[pair])
    enter = np.searchsorted(row, stops.enter[pair + 1])
    ends = np.zeros(len(row), dtype=bool)
    ends[leave] = ends[enter] = True
    part = replace(visits.stays.take(row), lasting=ends)
    legs = detect_legs(part, world, country=visits.country[row], airfields=airfields(visits.spots), lone_landings=False)
    return legs, np.searchsorted(legs.from_stay, leave), row


def _decode(points: pd.Series) -> np.ndarray:
    """Return (n, 2) lon, lat of WKB points."""
    return np.array([shapely.wkb.loads(point).coords[0] for point in points], dtype=np.float64).reshape(-1, 2)


def _line(lat: np.ndarray, lon: np.ndarray, air: bool, ends: np.ndarray) -> np.ndarray:
    """Return (n, 2) lon, lat of a leg: through the halts seen, long flights as arcs; longitudes do not jump."""
    lat = np.concatenate([[ends[0, 1]], lat[1:-1], [ends[1, 1]]])
    lon = np.concatenate([[ends[0, 0]], lon[1:-1], [ends[1, 0]]])
    moves = begins_run(lat, lon)  # halts in one square of the coarse grid are one corner
    moves[-1] = True
    lat, lon = lat[moves], lon[moves]
    if air:
        lat, lon = bend_long_parts(lat, lon)
    return unwrapped(lat, lon)


def _length_km(line: np.ndarray) -> float:
    """Return the length of a line as drawn: true ones, from two known sites, would tell where a hidden place is."""
    lon, lat = line.T
    return float(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def _itinerary_table(
    stops: Stops,
    pseudonyms: np.ndarray,
    ranked: Ranked,
    number: np.ndarray,
    stop_table: pd.DataFrame,
    leg_table: pd.DataFrame,
) -> pd.DataFrame:
    kept = np.flatnonzero(number)
    grouped = stop_table.groupby("itinerary_id")
    started, finished = grouped["arrived_ms"].min().to_numpy(), grouped["departed_ms"].max().to_numpy()
    lines = [
        MultiLineString([part for line in group for part in split_at_antimeridian(line)])
        for _, group in leg_table.groupby("itinerary_id")["line"]
    ]
    return pd.DataFrame({
        "itinerary_id": number[kept],
        "rank": number[kept],
        "score": ranked.score[kept].round(3),
        "device": pseudonyms[stops.devices[kept]],
        "key_date": _iso_day(stops.key_days[kept]),
        "started": _iso(started),
        "started_ms": started,
        "finished": _iso(finished),
        "finished_ms": finished,
        "based_at": [_base_text(group) for _, group in grouped],
        "stops": [_stops_text(group) for _, group in grouped],
        "borders": [_borders_text(group) for _, group in leg_table.groupby("itinerary_id")],
        "finding_id": ranked.finding[kept],
        "closures": [
            "; ".join(filter(None, group)) for _, group in leg_table.groupby("itinerary_id")["closures"]
        ],
        "lookalikes": in_steps(ranked.lookalikes[kept]),
        "geometry": _as_wkb(lines),
    })


def _base_text(stops: pd.DataFrame) -> str:
    base = stops.loc[stops["kind"] == BASE, "spot_name"]
    return base.iloc[0] if len(base) else "unknown"


def _stops_text(stops: pd.DataFrame) -> str:
    """Return the stops in a line: names with the day of arrival, the home base without; long silences are said."""
    days = [short_date(EPOCH + timedelta(days=int(day))) for day in stops["day"]]
    unseen = [f", after {gap} days unseen" if gap else "" for gap in stops["unseen_days"]]
    texts = [
        name if kind == BASE and position == 0 else f"{name} ({day}{gap})"
        for position, (name, kind, day, gap) in enumerate(zip(stops["spot_name"], stops["kind"], days, unseen))
    ]
    if len(texts) > MAX_NAMED:
        texts = _without_returns(texts, stops["spot_name"].tolist(), stops["country"].tolist())
    if len(texts) > MAX_NAMED:
        texts = [*texts[: MAX_NAMED - 1], f"{len(texts) - MAX_NAMED} more", texts[-1]]
    return " → ".join(texts)


def _without_returns(texts: list[str], names: list[str], country: list[str]) -> list[str]:
    """Return the texts less those of places named before, but for the last stop before a border: "…" in their stead."""
    shown: list[str] = []
    for number, (text, name) in enumerate(zip(texts, names)):
        leaves = number + 1 == len(texts) or country[number + 1] != country[number]
        if leaves or name not in names[:number]:
            shown.append(text)
        elif shown[-1] != "…":
            shown.append("…")
    return shown


def _borders_text(legs: pd.DataFrame) -> str:
    crossed = legs[legs["borders"] != ""]
    days = [EPOCH + timedelta(days=day) for day in (crossed["arrived_before_ms"] // DAY_MS).tolist()]
    return "; ".join(
        f"{borders} ({mode}, {short_date(day)}{marks})"
        for borders, mode, day, marks in zip(crossed["borders"], crossed["mode"], days, crossed["marks"])
    )


def _iso_day(day: np.ndarray) -> np.ndarray:
    return day.astype("datetime64[D]").astype(str).astype(object)


def _iso(time_ms: np.ndarray) -> np.ndarray:
    """Return ISO 8601 UTC texts with seconds and Z."""
    seconds = np.asarray(time_ms, dtype=np.int64).astype("datetime64[ms]").astype("datetime64[s]")
    return np.char.add(seconds.astype(str), "Z").astype(object)


def _as_wkb(shapes: list) -> np.ndarray:
    """Return an object array of WKB bytes of shapely shapes or (n, 2) coordinate arrays of lines."""
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = [(LineString(shape) if isinstance(shape, np.ndarray) else shape).wkb for shape in shapes]
    return geometry
