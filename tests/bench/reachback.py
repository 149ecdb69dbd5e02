"""Reach-back on 10 M synthetic fixes of 100,000 devices: seconds from the fixes, and of the question alone.

Devices live around one of 40 towns and are seen 100 times in 60 days at home, at work and at places of their town; a
tenth travel to another town for some days. 500 sites; the question is about one of the busiest in one week. From the
fixes means stays, visits and the question; reading and screening are those of `make bench study`.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import numpy as np
import sitelight_package

from .measure import GIB, in_fresh_process, print_table, report

DEVICES, FIXES = 100_000, 100
DAYS, FIRST_DAY = 60, 19_500
TOWNS, SITES = 40, 500


def _make_fixes(rng: np.random.Generator) -> tuple:
    """Return device, time_ms, lat, lon and the centres of the sites."""
    town_lat, town_lon = rng.uniform(6, 19, TOWNS), rng.uniform(-11, 13, TOWNS)
    site_town = rng.integers(0, TOWNS, SITES)
    site_lat = town_lat[site_town] + rng.normal(0, 0.03, SITES)
    site_lon = town_lon[site_town] + rng.normal(0, 0.03, SITES)
    sites_of = [np.flatnonzero(site_town == town) for town in range(TOWNS)]
    town = rng.integers(0, TOWNS, DEVICES)
    other = rng.integers(0, TOWNS, DEVICES)
    away_from = np.where(rng.random(DEVICES) < 0.1, rng.uniform(0, DAYS, DEVICES), np.inf)
    home = np.stack([rng.normal(0, 0.03, DEVICES), rng.normal(0, 0.03, DEVICES)])
    work = np.array([sites_of[one][rng.integers(0, len(sites_of[one]))] for one in range(TOWNS)])[town]
    device = np.repeat(np.arange(DEVICES, dtype=np.int32), FIXES)
    # Bursts of five fixes in some minutes, as in advertising-grade data.
    burst_day = np.repeat(rng.uniform(0, DAYS, DEVICES * FIXES // 5), 5)
    day = burst_day + rng.uniform(0, 0.005, len(device))
    order = np.lexsort((day, device))
    day = day[order]
    is_away = (burst_day[order] > away_from[device]) & (burst_day[order] < away_from[device] + 5)
    here = np.where(is_away, other[device], town[device])
    at_site = np.repeat(rng.random(len(device) // 5) < 0.4, 5)
    some = np.repeat(rng.integers(0, 64, len(device) // 5), 5)
    site = np.array([np.resize(sites_of[one], 64) for one in range(TOWNS)])[here, some]
    site = np.where(np.repeat(rng.random(len(device) // 5) < 0.5, 5) & ~is_away, work[device], site)
    lat = np.where(at_site, site_lat[site], town_lat[here] + home[0][device])
    lon = np.where(at_site, site_lon[site], town_lon[here] + home[1][device])
    noise = rng.normal(0, 10 / 111_000.0, (2, len(device)))
    time_ms = ((FIRST_DAY + day) * 86_400_000).astype(np.int64)
    return device, time_ms, lat + noise[0], lon + noise[1], site_lat, site_lon


def measure() -> dict[str, Any]:
    """Make the fixes, detect, ask, and return the seconds of each step."""
    sitelight_package.load()
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.earth import grid_around
    from sitelight.plugin.engine.origins import reach
    from sitelight.plugin.engine.places import Sites
    from sitelight.plugin.engine.screening import Fixes
    from sitelight.plugin.engine.stays import detect_stays
    from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow, attribute_visits, find_place

    device, time_ms, lat, lon, site_lat, site_lon = _make_fixes(np.random.default_rng(3))
    accuracy = np.full(len(device), 15.0, np.float32)
    fixes = Fixes(device, time_ms, lat, lon, accuracy, np.arange(DEVICES).astype(str).astype(object))
    names = np.array([f"site {number}" for number in range(SITES)], dtype=object)
    category = np.array(["military", "hotel", "market", "port"], dtype=object)[np.arange(SITES) % 4]
    blank = np.full(SITES, "", dtype=object)
    sites = Sites(names, names, category, category, blank, site_lat, site_lon, np.full(SITES, 150.0),
                  np.full(SITES, None, dtype=object))  # fmt: skip
    world = load_world()
    started = time.perf_counter()
    stays = detect_stays(fixes, keep_short=True)
    stayed = time.perf_counter()
    grid = grid_around(fixes.lat, fixes.lon, 1000.0)
    visits = attribute_visits(stays, sites, grid, world)
    visited = time.perf_counter()
    busiest = int(np.bincount(visits.spot, minlength=SITES)[:SITES].argmax())
    place = find_place(ChosenPlace(spot=str(names[busiest])), visits, sites, grid)
    day = date.fromordinal(date(1970, 1, 1).toordinal() + FIRST_DAY + 40)
    week = GivenWindow(day, date.fromordinal(day.toordinal() + 6))
    found = reach(visits, world, place, week.at(place.lon))
    ended = time.perf_counter()
    at = {"lat": site_lat[[busiest]], "lon": site_lon[[busiest]]}
    wide = find_place(ChosenPlace(**at, radius_m=300_000.0), visits, sites, grid)
    more = reach(visits, world, wide, week.at(wide.lon))
    ended_wide = time.perf_counter()
    return {
        "fixes": len(device), "visits": len(visits), "rows": len(found.origins), "note": found.notes[0],
        "stays_s": stayed - started, "visits_s": visited - stayed, "question_s": ended - visited,
        "wide_s": ended_wide - ended, "wide_note": more.notes[0],
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    found = in_fresh_process("bench.reachback")
    total = found["stays_s"] + found["visits_s"] + found["question_s"]
    rows = [
        ("step", "seconds"),
        ("stays", f"{found['stays_s']:.1f}"), ("visits", f"{found['visits_s']:.1f}"),
        ("the question, one site", f"{found['question_s']:.1f}"), ("together", f"{total:.1f}"),
        ("the question, 300 km around", f"{found['wide_s']:.1f}"),
    ]  # fmt: skip
    print_table(
        f"Reach-back, {found['fixes']:,} fixes of {DEVICES:,} devices, {found['visits']:,} visits; peak "
        f"{found['peak_bytes'] / GIB:.1f} GiB with the fixes", rows,
    )  # fmt: skip
    print(f"  {found['note']} {found['rows']} rows.\n  {found['wide_note']}")


if __name__ == "__main__":
    report(measure)
