"""Hand-made visits of a traveller and of residents, days counted from a key date."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from sitelight.plugin.engine.calendars import Calendar
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.itineraries import ItinerarySettings, find_itineraries
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.stays import Stays
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES
from sitelight.plugin.engine.visits import Visits, attribute_visits
from worlds.countries_world import as_text, world_of_qgis

DAY_MS = 86_400_000
KEY = date(2023, 7, 26)
KEY_MS = int(pd.Timestamp(KEY).value // 1_000_000)
SITES = Sites(
    site_id=as_text(["s1", "s2", "s3", "s4", "s5"]),
    name=as_text(["Garrison East", "Sheremetyevo", "Lome airport", "Camp Niamey", "Base 101"]),
    category=as_text(["military", "airport", "airport", "military", "air base"]),
    given_category=as_text([""] * 5),
    country=as_text(["RU", "RU", "TG", "NE", "NE"]),
    lat=np.array([55.60, 55.9726, 6.1656, 13.56, 13.4815]),
    lon=np.array([37.90, 37.4146, 1.2545, 2.05, 2.1836]),
    radius_m=np.array([400.0, 1500.0, 1000.0, 400.0, 1000.0]),
    polygon=np.full(5, None, dtype=object),
)
KANDI = (11.134, 2.939)


def site(name: str) -> tuple[float, float]:
    row = SITES.name.tolist().index(name)
    return float(SITES.lat[row]), float(SITES.lon[row])


def visits_of(*rows) -> Visits:
    """Return visits from (device, first day, last day, (lat, lon)), days counted from the key date at 00 UTC."""
    rows = sorted(rows, key=lambda row: row[:2])
    device, start, end, where = zip(*rows)
    start_ms = KEY_MS + (np.array(start) * DAY_MS).astype(np.int64)
    end_ms = KEY_MS + (np.array(end) * DAY_MS).astype(np.int64)
    lat, lon = np.array(where, dtype=np.float64).T
    few, zero = np.full(len(rows), 5, dtype=np.int32), np.zeros(len(rows), dtype=np.float32)
    stays = Stays(np.array(device, dtype=np.int32), start_ms, end_ms, start_ms, end_ms, lat, lon, zero, few, zero,
                  end_ms - start_ms >= 600_000)
    return attribute_visits(stays, SITES, Grid(10, 5, 1000.0), world_of_qgis())


def nights_at(device: int, where, first: int, last: int) -> list[tuple]:
    """Return a stay from 18 h to 7 h of every night between two days."""
    return [(device, day - 0.25, day + 0.29, where) for day in range(first, last)]


def traveller(device: int) -> list[tuple]:
    """Lives at Garrison East; flies to Lome three days before the key date, drives to Niamey, stays at the camp."""
    return [
        *nights_at(device, site("Garrison East"), -75, -3),
        (device, -3.5, -3.3, site("Sheremetyevo")),
        (device, -2.9, -2.85, site("Lome airport")),
        (device, -2.8, -0.5, (6.137, 1.212)),
        (device, 0.0, 0.0, (9.34, 2.63)),
        (device, 0.2, 0.5, KANDI),
        (device, 1.0, 1.35, site("Camp Niamey")),
        (device, 2.4, 2.6, site("Base 101")),
    ]


def residents(first_device: int, count: int) -> list[tuple]:
    """People of Niamey who are at home by night and now and then, each on another day, at the base's gate."""
    rows = []
    for number in range(count):
        device, home = first_device + number, (13.50 + 0.002 * number, 2.10)
        rows += nights_at(device, home, -75, 21)
        rows.append((device, -20 + number + 0.4, -20 + number + 0.5, site("Base 101")))
    return rows


def itineraries_of(visits: Visits, key_dates=(KEY,), findings=(), calendar=None, **settings) -> dict[str, pd.DataFrame]:
    world = world_of_qgis()
    legs = detect_legs(visits.stays, world, country=visits.country)
    history = build_history(visits, legs, world, DEFAULT_LINKED_CATEGORIES, 30, calendar=calendar or Calendar())
    codes = as_text([f"device-{code}" for code in range(int(visits.stays.device.max()) + 1)])
    return find_itineraries(
        history, key_dates, DEFAULT_LINKED_CATEGORIES, codes, findings, ItinerarySettings(**settings),
    )
