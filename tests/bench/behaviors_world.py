"""Synthetic visits for measuring cost: a million occupied spots, skewed as real ones, and devices that return.

No error rate is measured here, so nothing is planted. What matters for cost is made as in advertising-grade data: half
of the spots are hardly ever visited and a few hold thousands of visits; devices have a home, a work place and errands
near them; some travel to other towns and countries for days, by road or air; couples go about together.
"""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import sitelight_package

FOLDER = sitelight_package.ROOT / "build" / "bench" / "behaviors"
FIRST_DAY = (date(2023, 3, 1) - date(1970, 1, 1)).days
DAYS = 190
DAY_H = 24.0
HOUR_MS = 3_600_000
SEED = 5
VISITS_PER_SPOT = 10
VISITS_PER_DEVICE = 100
SEEN_SHARE = 0.55
SLOTS_H = np.array([8.0, 12.5, 17.5, 20.5])  # work, two errands, the night at home
HOURS = np.array([8.0, 1.0, 1.5, 10.5])
CATEGORIES = (
    "hotel", "market", "government", "military", "police", "airport", "port", "embassy", "transport hub", "telecom",
    "border crossing", "air base", "energy or mining",
)


@dataclass(frozen=True)
class _Ground:
    """Spots sorted by town: centres in degrees, `first` row of each town (towns + 1), running `weight` of appeal."""

    lat: np.ndarray
    lon: np.ndarray
    town: np.ndarray
    first: np.ndarray
    weight: np.ndarray

    def draw(self, rng: np.random.Generator, town: np.ndarray) -> np.ndarray:
        """Return a spot of each `town`, drawn by appeal."""
        edge = np.concatenate(([0.0], self.weight))[self.first]
        share = edge[town] + rng.random(len(town)) * (edge[town + 1] - edge[town])
        return np.minimum(np.searchsorted(self.weight, share, "right"), self.first[town + 1] - 1)


def cached_world(visits: int, spots: int) -> Path:
    """Return the file with about `visits` synthetic visits at `spots` occupied spots, made at the first call."""
    engine = sitelight_package.ROOT / "plugin" / "engine"
    kinds = ("stays", "visits", "legs", "earth", "places")
    sources = [Path(__file__), *(path for kind in kinds for path in sorted((engine / kind).glob("*.py")))]
    made_of = zlib.crc32(b"".join(path.read_bytes() for path in sources))
    path = FOLDER / f"{visits}-at-{spots}-{made_of:08x}.pickle"
    if not path.is_file():
        print(f"bench: making {visits:,} synthetic visits at {spots:,} spots in {FOLDER}", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        content = _make(visits, spots)
        path.write_bytes(pickle.dumps(content, protocol=5))
    return path


def _make(visits: int, spots: int) -> tuple:
    """Return the engine's visits, legs, sites and grid: the very steps of a study from its stays on."""
    sitelight_package.load()
    from sitelight.plugin.data.world import load_world
    from sitelight.plugin.engine.base import Progress
    from sitelight.plugin.engine.earth import Grid
    from sitelight.plugin.engine.history import find_legs
    from sitelight.plugin.engine.legs import LegSettings
    from sitelight.plugin.engine.places import airfields
    from sitelight.plugin.engine.visits import attribute_visits

    rng = np.random.default_rng(SEED)
    grid, world = Grid(13, 0, 1000.0), load_world()
    ground = _make_ground(rng, spots, grid)
    sites = _make_sites(rng, ground)
    stays = _make_stays(rng, ground, visits)
    found = attribute_visits(stays, sites, grid, world)
    legs = find_legs(stays, world, LegSettings(), airfields(sites), Progress(), found.country)
    return found, legs, sites, grid


def _make_ground(rng, spots: int, grid) -> _Ground:
    """Spread spots over towns (sizes by Zipf) of West Africa, each spot a cell of its own."""
    towns = max(20, spots // 2500)
    share = 1.0 / np.arange(1, towns + 1) ** 0.7
    lat, lon = rng.uniform(6.0, 19.0, towns), rng.uniform(-11.0, 13.0, towns)
    cells = np.empty(0, np.int64)
    town = np.empty(0, np.int64)
    while len(cells) < spots:
        more = rng.choice(towns, spots, p=share / share.sum())
        spread = 0.14 * (share[more] / share.mean()) ** 0.5 * rng.exponential(1.0, spots)
        angle = rng.uniform(0, 2 * np.pi, spots)
        found = grid.cells_at(lat[more] + spread * np.sin(angle), lon[more] + spread * np.cos(angle))
        both, first = np.unique(np.concatenate((cells, found)), return_index=True)
        cells, town = both, np.concatenate((town, more))[first]
    kept = rng.permutation(len(cells))[:spots]
    kept = kept[np.argsort(town[kept], kind="stable")]
    cell_lat, cell_lon = grid.centres(cells[kept])
    present, own = np.unique(town[kept], return_inverse=True)
    first = np.searchsorted(own, np.arange(len(present) + 1))
    return _Ground(cell_lat, cell_lon, own, first, np.cumsum(rng.lognormal(0.0, 1.6, spots)))


def _make_sites(rng, ground: _Ground):
    """Name one spot in 300, more often those of great appeal."""
    from sitelight.plugin.engine.places import Sites

    appeal = np.diff(ground.weight, prepend=0.0) ** 0.5
    rows = rng.choice(len(appeal), len(appeal) // 300, replace=False, p=appeal / appeal.sum())
    names = np.array([f"site {row}" for row in rows], dtype=object)
    category = rng.choice(np.array(CATEGORIES, dtype=object), len(rows))
    return Sites(
        names, names, category, category, np.full(len(rows), "", dtype=object), ground.lat[rows], ground.lon[rows],
        np.full(len(rows), 200.0), np.full(len(rows), None, dtype=object),
    )  # fmt: skip


def _make_stays(rng, ground: _Ground, visits: int):
    from sitelight.plugin.engine.stays import Stays

    device, day, slot, spot = _make_visits(rng, ground, visits)
    start_h = DAY_H * day + SLOTS_H[slot] + rng.normal(0.0, 0.8, len(day))
    hours = HOURS[slot] * rng.lognormal(-0.2, 0.5, len(day))
    order = np.lexsort((start_h, device))
    device, spot, start_h, hours = device[order], spot[order], start_h[order], hours[order]
    alone = np.ones(len(device), bool)
    alone[1:] = (device[1:] != device[:-1]) | (np.diff(start_h) > 0.3)
    device, spot, start_h, hours = device[alone], spot[alone], start_h[alone], hours[alone]
    free_h = np.append(np.diff(start_h) - 0.25, 24.0)
    free_h[:-1][device[1:] != device[:-1]] = 24.0
    hours = np.minimum(hours, np.maximum(free_h, 0.0))
    lasting = (hours >= 1 / 6) & (rng.random(len(hours)) > 0.25)
    start_ms = FIRST_DAY * 24 * HOUR_MS + np.rint(start_h * HOUR_MS).astype(np.int64)
    # Times are UTC; devices keep the hours of their own longitude.
    start_ms -= np.rint(ground.lon[spot] / 15.0 * HOUR_MS).astype(np.int64)
    end_ms = start_ms + np.where(lasting, np.rint(hours * HOUR_MS), 0).astype(np.int64)
    error_degrees = 20.0 / 111_000.0
    _, device = np.unique(device, return_inverse=True)
    return Stays(
        device=device.astype(np.int32), start_ms=start_ms, end_ms=end_ms, arrived_ms=start_ms.copy(),
        departed_ms=end_ms.copy(), lat=ground.lat[spot] + rng.normal(0.0, error_degrees, len(spot)),
        lon=ground.lon[spot] + rng.normal(0.0, error_degrees, len(spot)),
        radius_m=np.full(len(spot), 30, np.float32), n_fixes=np.where(lasting, 6, 1).astype(np.int32),
        longest_gap_s=np.zeros(len(spot), np.float32), lasting=lasting,
    )  # fmt: skip


def _make_visits(rng, ground: _Ground, visits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return device, day, slot and spot of about `visits` visits that leave no spot unvisited."""
    devices = visits // VISITS_PER_DEVICE
    town = ground.town[np.sort(rng.integers(0, len(ground.lat), devices))]
    home, work = ground.draw(rng, town), ground.draw(rng, town)
    usual = np.stack([ground.draw(rng, town) for _ in range(4)], axis=1)
    # Days seen: skewed over devices, in one span each; every day a share of the four slots.
    wanted = visits * 0.9 / (len(SLOTS_H) * SEEN_SHARE)
    days = rng.lognormal(0.0, 0.9, devices)
    days = np.clip(np.rint(days * wanted / days.sum() * 1.12), 1, DAYS).astype(np.int64)
    owner = np.repeat(np.arange(devices), days)
    day = np.concatenate([np.sort(rng.integers(0, DAYS - span + 1, 1)) + np.arange(span) for span in days])
    here = town[owner]
    away, lodging = _trips(rng, ground, owner, day, here)
    at = np.flatnonzero(rng.random(len(owner) * len(SLOTS_H)) < SEEN_SHARE)
    row, slot = at // len(SLOTS_H), at % len(SLOTS_H)
    device = owner[row]
    where = np.where(away[row] >= 0, away[row], here[row])
    spot = ground.draw(rng, where)
    local = away[row] < 0
    works = local & (slot == 0) & (day[row] % 7 != 4)
    spot[works] = work[device[works]]
    known = local & ((slot == 1) | (slot == 2)) & (rng.random(len(row)) < 0.5)
    spot[known] = usual[device[known], rng.integers(0, 4, int(known.sum()))]
    nights = slot == 3
    spot[nights] = np.where(local, home[device], lodging[row])[nights]
    _fill_empty(rng, spot, slot, len(ground.lat))
    twin = rng.random(devices) < 0.08
    copies = np.flatnonzero(twin[device] & (rng.random(len(row)) < 0.6))
    columns = [np.concatenate((column, column[copies])) for column in (device, day[row], slot, spot)]
    columns[0][len(row) :] += devices
    return tuple(columns)


def _trips(rng, ground: _Ground, owner, day, here) -> tuple[np.ndarray, np.ndarray]:
    """Return the town where each device-day is spent away (-1 at home) and the spot slept at: weeks of travel."""
    span = owner * (DAYS // 5 + 1) + day // 5
    _, number = np.unique(span, return_inverse=True)
    spans = int(number.max()) + 1
    travels = rng.random(spans) < 0.06
    towns = len(ground.first) - 1
    target = np.where(travels, rng.integers(0, towns, spans), -1)
    lodging = np.zeros(spans, np.int64)
    lodging[travels] = ground.draw(rng, target[travels])
    return target[number], lodging[number]


def _fill_empty(rng, spot: np.ndarray, slot: np.ndarray, spots: int) -> None:
    """Send errands to the spots where nobody was, so that all are occupied."""
    while True:
        times = np.bincount(spot, minlength=spots)
        empty = np.flatnonzero(times == 0)
        if len(empty) == 0:
            return
        errands = np.flatnonzero(((slot == 1) | (slot == 2)) & (times[spot] > 3))
        chosen = rng.choice(errands, len(empty), replace=False)
        # Nearest in the order of towns, so that an errand stays near where its device is.
        spot[chosen[np.argsort(spot[chosen], kind="stable")]] = empty
