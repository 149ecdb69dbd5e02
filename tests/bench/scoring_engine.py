"""Runs the engine on a world for error rates, from stays to q-values, by the very steps of `study.run`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sitelight_package

from .scoring_worlds import (
    CATEGORIES,
    COUNTRIES,
    COUNTRY_DEGREES,
    DAYS_AFTER,
    DAYS_BEFORE,
    FIRST_DAY,
    ScoringWorld,
)

sitelight_package.load()

from shapely.geometry import box  # noqa: E402
from sitelight.plugin.data.library import load_library  # noqa: E402
from sitelight.plugin.engine.behaviors import Library
from sitelight.plugin.engine.calendars import Calendar, CountryDays
from sitelight.plugin.engine.counting import Presence, Windows, make_plain_windows, make_windows
from sitelight.plugin.engine.earth import grid_around
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Places, Sites, World, airfields
from sitelight.plugin.engine.scoring import Measured, Scores, find_families, find_tests, measure, score_kinds
from sitelight.plugin.engine.stays import Stays
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES, Study, find_evidence
from sitelight.plugin.engine.visits import Visits, attribute_visits

HOUR_MS = 3_600_000
LONE_H = 1.0 / 6.0


@dataclass(frozen=True)
class Studied:
    """What the engine made of a world; `own` maps the world's spots to the engine's (-1: nobody was ever seen)."""

    scores: Scores
    presence: Presence
    windows: Windows
    measured: Measured
    own: np.ndarray

    @property
    def exposure(self) -> np.ndarray:
        """The exposure of each spot in each window, float64 (spots, windows)."""
        return self.measured.exposure

    def raw_p(self) -> list[np.ndarray]:
        """Return, for each kind of change, the p-values of all spots and key dates it looks at, before calibration.

        Where it looks and nothing could be tested the p-value is 1.
        """
        raw = []
        for window in self.measured.tested:
            p = score_kinds(self.measured, find_tests(self.measured, int(window)))
            looks = find_families(self.measured, int(window), p) & self.measured.is_busy
            raw.append([np.nan_to_num(row[own], nan=1.0) for row, own in zip(p, looks)])
        return [np.concatenate(own) for own in zip(*raw)]


def study_world(world: ScoringWorld, library: Library | None = None) -> Studied:
    """Score the world's key dates with the whole library, default settings, every spot."""
    grid = grid_around(world.ground.lat, world.ground.lon, Study.cell_size_m)
    # In the middle of their cells, so that the visits of one spot of the world are those of one spot of the engine.
    lat, lon = grid.centres(grid.cells_at(world.ground.lat, world.ground.lon))
    stays, sites, countries = _stays_of(world, lat, lon), _sites_of(world, lat, lon), _countries()
    visits = attribute_visits(stays, sites, grid, countries)
    legs = detect_legs(stays, countries, country=visits.country, airfields=airfields(sites))
    lookback = world.kind.lookback_days
    history = build_history(
        visits, legs, countries, DEFAULT_LINKED_CATEGORIES, lookback, zone_hours=0.0, calendar=_calendar(world),
        settled=_settled(visits),
    )  # fmt: skip
    windows = make_windows(
        world.key_dates,
        DAYS_BEFORE,
        DAYS_AFTER,
        FIRST_DAY,
        FIRST_DAY + 7 * world.kind.weeks - 1,
        lookback,
    )
    study = Study(world.key_dates, library or load_library(), lookback_days=lookback)
    plain = make_plain_windows(
        world.key_dates, DAYS_BEFORE, DAYS_AFTER, FIRST_DAY, FIRST_DAY + 7 * world.kind.weeks - 1
    )
    found = find_evidence(
        study, history, windows, grid, sites, np.empty(0, dtype=object), FIRST_DAY, plain_windows=plain
    )  # fmt: skip
    own = np.full(len(world.ground), -1)
    own[world.visits.spot] = visits.spot
    measured = measure(
        history, found.presence, found.scores.counts, found.facets, windows, found.library, found.min_devices,
        found.plain,
    )  # fmt: skip
    return Studied(found.scores, found.presence, windows, measured, own)


def _stays_of(world: ScoringWorld, lat: np.ndarray, lon: np.ndarray) -> Stays:
    """Return the visits as stays near their spots' centres; those of a few minutes are lone fixes."""
    visits = world.visits
    rng = np.random.default_rng(len(visits))
    start_ms = FIRST_DAY * 24 * HOUR_MS + np.rint(visits.start_h * HOUR_MS).astype(np.int64)
    lasting = visits.end_h - visits.start_h >= LONE_H
    end_ms = start_ms + np.where(lasting, np.rint((visits.end_h - visits.start_h) * HOUR_MS), 0).astype(np.int64)
    _, device = np.unique(visits.device, return_inverse=True)
    error_degrees = 20.0 / 111_000.0
    return Stays(
        device=device.astype(np.int32), start_ms=start_ms, end_ms=end_ms, arrived_ms=start_ms, departed_ms=end_ms,
        lat=lat[visits.spot] + rng.normal(0.0, error_degrees, len(visits)),
        lon=lon[visits.spot] + rng.normal(0.0, error_degrees, len(visits)),
        radius_m=np.full(len(visits), 30, np.float32), n_fixes=np.where(lasting, 6, 1).astype(np.int32),
        longest_gap_s=np.zeros(len(visits), np.float32), lasting=lasting,
    )  # fmt: skip


def _sites_of(world: ScoringWorld, lat: np.ndarray, lon: np.ndarray) -> Sites:
    rows = np.flatnonzero(np.isin(world.ground.category, CATEGORIES))
    names = np.array([f"site {row}" for row in rows], dtype=object)
    category = world.ground.category[rows].astype(object)
    return Sites(
        names, names, category, category, np.full(len(rows), "", dtype=object), lat[rows], lon[rows],
        np.full(len(rows), 200.0), np.full(len(rows), None, dtype=object),
    )  # fmt: skip


def _calendar(world: ScoringWorld) -> Calendar:
    """Return the holidays of the world, the same in all countries."""
    days = np.array([FIRST_DAY + 7 * week for week in world.kind.holiday_weeks], np.int64)
    code = np.repeat(_countries().country_code.astype("U2"), len(days))
    name = np.full(len(code), "a holiday", dtype=object)
    every = np.tile(days, COUNTRIES)
    return Calendar((), CountryDays(code, every, name, np.zeros(len(code), bool)))


def _settled(visits: Visits) -> np.ndarray:
    """Return which devices came back to one place on three days, as `find_settled` does from fixes; bool per code."""
    stays = visits.stays
    place = np.unique(np.stack((stays.device, visits.spot, stays.start_ms // (24 * HOUR_MS))), axis=1)
    device, days = np.unique(place[:2], axis=1, return_counts=True)
    settled = np.zeros(int(stays.device.max()) + 1, bool)
    settled[device[0][days >= 3]] = True
    return settled


def _countries() -> World:
    """Return the square countries, without airports or cities of their own."""
    codes = np.array([f"{letter}{letter}" for letter in "ABCDEFGH"[:COUNTRIES]], dtype=object)
    squares = np.empty(COUNTRIES, dtype=object)
    for number in range(COUNTRIES):
        south, west = number // 2 * COUNTRY_DEGREES, number % 2 * COUNTRY_DEGREES
        squares[number] = box(west, south, west + COUNTRY_DEGREES, south + COUNTRY_DEGREES)
    nothing = Places(codes[:0], codes[:0], np.empty(0), np.empty(0))
    return World(codes, codes, squares, nothing, nothing)
