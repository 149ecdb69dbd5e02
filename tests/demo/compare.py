"""Findings and itineraries beside what the scenario planted: what was recovered, and how exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Optional

import numpy as np
import pandas as pd
from pyproj import Geod
from shapely import wkb

EARTH = Geod(ellps="WGS84")
HALF_SQUARE_DEG = 0.02501  # of the squares that hide unnamed places, and what rounding takes
NEAR_M = 1500.0
AIR, SURFACE = "air", "surface"


@dataclass(frozen=True)
class PlantedGroup:
    """A group effect at one place, from day `started` to day `ended` (ISO dates)."""

    name: str
    lat: float
    lon: float
    radius_m: float
    key_date: str
    started: str
    ended: str


@dataclass(frozen=True)
class PlantedStop:
    """A dated stop; `day` is the local day of arrival, None where the device had been there all along."""

    name: str
    lat: float
    lon: float
    radius_m: float
    day: Optional[date]


@dataclass(frozen=True)
class PlantedItinerary:
    """The stops in order; `modes[i]` ("air" or "surface") is how stop i + 1 was reached from stop i.

    `base` names the sites where the device lives or goes day by day: they count as one, with no days of their own.
    """

    name: str
    base: tuple[str, ...]
    stops: tuple[PlantedStop, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True)
class GroupMatch:
    """The best finding at a planted group's place and time; `rank` None when there is none."""

    planted: PlantedGroup
    rank: Optional[int]
    q_value: float
    sentence: str


@dataclass(frozen=True)
class ItineraryMatch:
    """The recovered itinerary nearest to a planted one.

    `stops_found[i]` is the `seq` of the stop that matches planted stop i (place, order, day), None if none
    does; `modes_right[i]` says whether the way to stop i + 1, from the last stop found before it, has the planted mode
    (True where there is no such way). `is_base_right`: the itinerary is based at, or stops at, one of the base's sites.
    """

    planted: PlantedItinerary
    itinerary_id: Optional[int]
    rank: Optional[int]
    stops_found: tuple[Optional[int], ...]
    modes_right: tuple[bool, ...]
    is_base_right: bool

    @property
    def is_recovered(self) -> bool:
        """Whether the base and all stops are there, in order and on their days, and all modes are right."""
        return self.is_base_right and None not in self.stops_found and all(self.modes_right)


def planted_groups(truth: dict[str, Any]) -> list[PlantedGroup]:
    """Return the groups of a scenario's truth file."""
    return [
        PlantedGroup(
            f"{group['title']} ({group['spot_name']})", group["lat"], group["lon"], group["radius_m"],
            group["key_date"], group["started"][:10], group["ended"][:10],
        )
        for group in truth["groups"]
    ]  # fmt: skip


def planted_itineraries(truth: dict[str, Any]) -> list[PlantedItinerary]:
    """Return the itineraries of a scenario's truth file, reduced to their stops at sites away from the base.

    A way between two sites counts as flown if any part of it was.
    """
    routes = []
    for trip in truth["itineraries"]:
        base = (trip["based_at"], *trip["also_frequents"])
        at_site = [
            number for number, stop in enumerate(trip["stops"])
            if stop["site_id"] is not None and stop["name"] not in base
        ]  # fmt: skip
        stops = tuple(_planted_stop(trip["stops"][number]) for number in at_site)
        modes = tuple(
            AIR if AIR in trip["modes"][start:end] else SURFACE for start, end in zip(at_site, at_site[1:])
        )
        routes.append(PlantedItinerary(trip["case"], base, stops, modes))
    return routes


def _planted_stop(stop: dict[str, Any]) -> PlantedStop:
    arrived_ms = int(pd.Timestamp(stop["arrived"]).value // 1_000_000)
    return PlantedStop(stop["name"], stop["lat"], stop["lon"], NEAR_M, local_day(arrived_ms, stop["lon"]))


def positions(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return lat and lon of a table whose `geometry` is WKB of points in lon/lat."""
    points = [wkb.loads(bytes(value)) for value in table["geometry"]]
    return np.array([point.y for point in points]), np.array([point.x for point in points])


def is_near(lat: np.ndarray, lon: np.ndarray, place: PlantedGroup | PlantedStop) -> np.ndarray:
    """Return which positions lie within the place's radius, or 1.5 km if that is more."""
    count = len(lat)
    _forth, _back, distance_m = EARTH.inv(lon, lat, np.full(count, place.lon), np.full(count, place.lat))
    return np.asarray(distance_m) <= max(NEAR_M, place.radius_m)


def is_in_square(lat: np.ndarray, lon: np.ndarray, place: PlantedGroup) -> np.ndarray:
    """Return which positions are the middle of the square, 0.05 degrees high and as wide, that holds the place."""
    east = (lon - place.lon) * np.cos(np.radians(place.lat))
    return (np.abs(lat - place.lat) <= HALF_SQUARE_DEG) & (np.abs(east) <= HALF_SQUARE_DEG)


def _nearest(lat: np.ndarray, lon: np.ndarray, planted: list[PlantedGroup]) -> np.ndarray:
    """Return the number of the planted group nearest to each position."""
    if not planted:
        return np.full(len(lat), -1)
    distance_m = [
        EARTH.inv(lon, lat, np.full(len(lat), group.lon), np.full(len(lat), group.lat))[2] for group in planted
    ]
    return np.argmin(np.reshape(distance_m, (len(planted), len(lat))), axis=0)


def event_rows(tables: dict[str, Any]) -> pd.DataFrame:
    """Return the events of a study with the windows of their main findings, as `match_groups` takes rows."""
    main = tables["findings"].set_index("finding_id").loc[tables["events"]["finding_id"]]
    return tables["events"].assign(**{name: main[name].to_numpy() for name in ("window_start", "window_end")})


def match_groups(findings: pd.DataFrame, planted: list[PlantedGroup]) -> list[GroupMatch]:
    """Return the highest-ranked finding, or event, at the place of each planted group whose window overlaps it.

    A finding between two planted groups counts for the nearer one only. Unnamed places are written as squares of 5 km.
    """
    lat, lon, is_square = np.empty(0), np.empty(0), np.empty(0, dtype=bool)
    if len(findings):
        (lat, lon), is_square = positions(findings), (findings["spot_kind"] == "cell").to_numpy(dtype=bool)
    nearest = _nearest(lat, lon, planted)
    matches = []
    for number, group in enumerate(planted):
        begins_in_time = findings["window_start"].astype(str).str[:10] <= group.ended
        ends_in_time = findings["window_end"].astype(str).str[:10] >= group.started
        is_then = (begins_in_time & ends_in_time).to_numpy(dtype=bool)
        is_there = np.where(is_square, is_in_square(lat, lon, group), is_near(lat, lon, group))
        here = findings[is_there & (nearest == number) & is_then]
        if here.empty:
            matches.append(GroupMatch(group, None, float("nan"), ""))
            continue
        best = here.loc[here["rank"].idxmin()]
        matches.append(GroupMatch(group, int(best["rank"]), float(best["q_value"]), str(best["sentence"])))
    return matches


def local_day(time_ms: int, lon: float) -> date:
    """Return the day at this longitude by the sun (15 degrees an hour)."""
    return (datetime(1970, 1, 1) + timedelta(milliseconds=int(time_ms), hours=lon / 15.0)).date()


def match_itineraries(
    itineraries: pd.DataFrame, stops: pd.DataFrame, legs: pd.DataFrame, planted: list[PlantedItinerary]
) -> list[ItineraryMatch]:
    """Return, for each planted itinerary, the recovered one with the most stops (then modes) right."""
    if itineraries.empty:
        return [_no_match(route) for route in planted]
    listed = itineraries.set_index("itinerary_id")
    lat, lon = positions(stops)
    placed = stops.assign(lat=lat, lon=lon).sort_values(["itinerary_id", "seq"])
    modes = {identity: frame.set_index("seq")["mode"] for identity, frame in legs.groupby("itinerary_id")}
    candidates = {identity: frame for identity, frame in placed.groupby("itinerary_id") if identity in listed.index}
    matches = []
    for route in planted:
        tried = [
            _match(route, int(identity), listed.loc[identity], frame, modes.get(identity))
            for identity, frame in candidates.items()
        ]
        matches.append(max(tried, key=_quality) if tried else _no_match(route))
    return [match if _quality(match)[0] else _no_match(match.planted) for match in matches]


def _quality(match: ItineraryMatch) -> tuple[int, int, int]:
    found = sum(stop is not None for stop in match.stops_found)
    return found, sum(match.modes_right) + match.is_base_right, -(match.rank or 0)


def _no_match(route: PlantedItinerary) -> ItineraryMatch:
    return ItineraryMatch(route, None, None, (None,) * len(route.stops), (False,) * len(route.modes), False)


def _match(
    route: PlantedItinerary, identity: int, row: pd.Series, stops: pd.DataFrame, modes: Optional[pd.Series]
) -> ItineraryMatch:
    """Walk the planted stops in order, each taking the first later stop at its place on its day."""
    lat, lon, seq = stops["lat"].to_numpy(), stops["lon"].to_numpy(), stops["seq"].to_numpy()
    days = [local_day(ms, x) for ms, x in zip(stops["arrived_ms"], lon)]
    found: list[Optional[int]] = []
    after = -1
    for number, stop in enumerate(route.stops):
        fits = is_near(lat, lon, stop) & (np.arange(len(seq)) > after)
        if stop.day is not None:
            fits &= np.array([day == stop.day for day in days])
        if not fits.any():
            found.append(None)
            continue
        # An undated stop is where the device stayed for long: the last visit before it set out counts.
        is_undated = stop.day is None and number + 1 < len(route.stops)
        after = int(np.argmax(fits))
        if is_undated:
            after = _last_before(fits, lat, lon, route.stops[number + 1], days)
        found.append(int(seq[after]))
    based = {str(row["based_at"]), *stops["spot_name"].astype(str)}
    is_base_right = not based.isdisjoint(route.base)
    right = _modes_right(route, found, modes)
    return ItineraryMatch(route, identity, int(row["rank"]), tuple(found), right, is_base_right)


def _modes_right(
    route: PlantedItinerary, found: list[Optional[int]], modes: Optional[pd.Series]
) -> tuple[bool, ...]:
    """Return, for each planted way, whether the way between the stops found at and before its ends has its mode."""
    right, last = [], None
    for number, seq in enumerate(found):
        before = last
        if seq is not None:
            last = number
        if number == 0:
            continue
        if seq is None or before is None:
            right.append(True)
            continue
        planted = AIR if AIR in route.modes[before:number] else SURFACE
        right.append(_mode_between(modes, found[before], seq) == planted)
    return tuple(right)


def _last_before(
    fits: np.ndarray, lat: np.ndarray, lon: np.ndarray, following: PlantedStop, days: list[date]
) -> int:
    """Return the last fitting position before `following` is reached, else the first fitting one."""
    reached = is_near(lat, lon, following)
    if following.day is not None:
        reached &= np.array([day == following.day for day in days])
    reached &= np.arange(len(fits)) > int(np.argmax(fits))
    before = np.flatnonzero(fits & (np.arange(len(fits)) < np.argmax(reached))) if reached.any() else []
    return int(before[-1]) if len(before) else int(np.argmax(fits))


def _mode_between(modes: Optional[pd.Series], start: int, end: int) -> str:
    """Return "air" if any leg between the two stops was flown, "surface" if none, "" without legs."""
    if modes is None:
        return ""
    between = modes[(modes.index >= start) & (modes.index < end)]
    if between.empty:
        return ""
    return AIR if (between == "air").any() else SURFACE
